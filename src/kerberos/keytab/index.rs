//! From a name to its entries, in the same time for 10 entries and for 100,000.
//!
//! The table hashes names without regard to ASCII case, so that a name spelt in another case is found as quickly, for
//! the operator's log. A keytab is the operator's own, so the hash (FNV-1a) needs no secret: which names share a place
//! does not depend on what a peer asks for.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::KeytabEntry;
use crate::peer::Principal;

/// Realm and components, wherever they are kept.
#[derive(Clone)]
pub(super) struct Name<'n, I> {
    pub(super) realm: &'n [u8],
    pub(super) components: I,
}

pub(super) struct Index {
    /// Positions of the entries: by principal, then etype, then the newest kvno, the newest timestamp, the last in the
    /// file first.
    order: Box<[usize]>,
    /// Open addressing with linear probing, at most half full.
    slots: Box<[Slot]>,
}

/// The entries of one principal: a run in `order`. An empty slot has none.
#[derive(Clone, Copy, Default)]
struct Slot {
    hash: u64,
    start: usize,
    length: usize,
}

impl Index {
    pub(super) fn new(entries: &[KeytabEntry]) -> Self {
        let mut sorted: Vec<_> = entries.iter().enumerate().collect();
        sorted.sort_unstable_by_key(|(position, entry)| {
            let newest_first = Reverse((entry.kvno(), entry.created(), *position));
            (entry.principal().as_parts(), entry.etype(), newest_first)
        });
        let runs = || sorted.chunk_by(|(_, one), (_, next)| one.principal() == next.principal());
        let mut index = Self {
            order: sorted.iter().map(|(position, _)| *position).collect(),
            slots: vec![Slot::default(); runs().count().saturating_mul(2).next_power_of_two()].into(),
        };
        let mut start = 0usize;
        for run in runs() {
            if let Some((_, entry)) = run.first() {
                let hash = Name::of(entry.principal()).hash();
                index.put(Slot { hash, start, length: run.len() });
            }
            start = start.saturating_add(run.len());
        }
        index
    }

    /// The run of this very name: positions of its entries.
    pub(super) fn find<'n, I>(&self, entries: &[KeytabEntry], name: &Name<'n, I>) -> Option<&[usize]>
    where
        I: Iterator<Item = &'n [u8]> + Clone,
    {
        self.probe(name.hash()).find(|run| first(entries, run).is_some_and(|principal| name.is(principal)))
    }

    /// The run of a name that differs in ASCII case only.
    pub(super) fn find_similar<'n, I>(&self, entries: &[KeytabEntry], name: &Name<'n, I>) -> Option<&[usize]>
    where
        I: Iterator<Item = &'n [u8]> + Clone,
    {
        let similar = |principal| !name.is(principal) && name.is_but_for_case(principal);
        self.probe(name.hash()).find(|run| first(entries, run).is_some_and(similar))
    }

    /// All runs, by name.
    pub(super) fn runs<'k>(&'k self, entries: &'k [KeytabEntry]) -> impl Iterator<Item = &'k [usize]> {
        let principal = |position: &usize| entries.get(*position).map(KeytabEntry::principal);
        self.order.chunk_by(move |one, next| principal(one) == principal(next))
    }

    fn probe(&self, hash: u64) -> impl Iterator<Item = &[usize]> {
        self.places(hash)
            .map_while(|place| self.slots.get(place).filter(|slot| slot.length > 0))
            .filter(move |slot| slot.hash == hash)
            .filter_map(|slot| self.order.get(slot.start..slot.start.checked_add(slot.length)?))
    }

    fn put(&mut self, slot: Slot) {
        let empty = self.places(slot.hash).find(|place| self.slots.get(*place).is_some_and(|slot| slot.length == 0));
        if let Some(place) = empty.and_then(|place| self.slots.get_mut(place)) {
            *place = slot;
        }
    }

    /// Where to look, in order: each slot once.
    fn places(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len().saturating_sub(1);
        // The upper half of FNV's product mixes best.
        let home = usize::try_from(hash >> 32).unwrap_or(usize::MAX);
        (0..=mask).map(move |step| home.wrapping_add(step) & mask)
    }
}

/// The principal of a run.
fn first<'k>(entries: &'k [KeytabEntry], run: &[usize]) -> Option<&'k Principal> {
    run.first().and_then(|position| entries.get(*position)).map(KeytabEntry::principal)
}

impl<'n, I: Iterator<Item = &'n [u8]> + Clone> Name<'n, I> {
    fn hash(&self) -> u64 {
        const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;
        let mix = |hash: u64, octet: u8| (hash ^ u64::from(octet)).wrapping_mul(FNV_PRIME);
        core::iter::once(self.realm)
            .chain(self.components.clone())
            .fold(FNV_OFFSET, |hash, part| part.iter().map(u8::to_ascii_lowercase).fold(mix(hash, b'/'), mix))
    }

    fn is(&self, principal: &Principal) -> bool {
        self.realm == principal.realm() && self.components.clone().eq(principal.components())
    }

    fn is_but_for_case(&self, principal: &Principal) -> bool {
        let mut theirs = principal.components();
        self.realm.eq_ignore_ascii_case(principal.realm())
            && self.components.clone().all(|ours| theirs.next().is_some_and(|part| part.eq_ignore_ascii_case(ours)))
            && theirs.next().is_none()
    }
}

impl<'n> Name<'n, ()> {
    fn of(principal: &'n Principal) -> Name<'n, impl Iterator<Item = &'n [u8]> + Clone> {
        Name { realm: principal.realm(), components: principal.components() }
    }
}
