//! A text that stands in several places.

use super::cts::BLOCK;
use crate::context::Piece;

/// One text in several places: what is in front, the message's pieces, and what is behind. It is encrypted where it stands;
/// what is only signed stands among the pieces, and only a MAC knows of it.
pub(crate) struct Scattered<'a, 'b> {
    /// The confounder.
    pub(crate) front: &'a mut [u8],
    /// The message.
    pub(crate) pieces: &'a mut [Piece<'b>],
    /// What the token encrypts behind the message.
    pub(crate) back: &'a mut [u8],
}

/// A place in a text: which part, and which octet of it.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    part: usize,
    octet: usize,
}

impl Scattered<'_, '_> {
    /// The octets to be encrypted. They stand in memory, so that they cannot be more than fit into the sum.
    pub(super) fn length(&self) -> usize {
        let data = self.pieces.iter().map(|piece| match piece {
            Piece::Data(octets) => octets.len(),
            Piece::SignOnly(_) => 0,
        });
        data.fold(self.front.len().saturating_add(self.back.len()), usize::saturating_add)
    }

    /// Whether all that is signed is encrypted as well.
    pub(super) fn is_all_encrypted(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Data(_)))
    }

    /// All that is signed, in its order.
    pub(super) fn signed(&self) -> impl Iterator<Item = &[u8]> {
        let message = self.pieces.iter().map(Piece::octets);
        core::iter::once(&*self.front).chain(message).chain(core::iter::once(&*self.back))
    }

    /// Calls `apply` with each part that is encrypted, in their order.
    pub(super) fn each_part(&mut self, mut apply: impl FnMut(&mut [u8])) {
        apply(self.front);
        self.pieces.iter_mut().filter_map(Piece::data).for_each(&mut apply);
        apply(self.back);
    }

    /// Calls `apply` with `octets` octets from `place` on, a multiple of the block: as many whole blocks at a time as stand
    /// together, and those that are cut by the end of a part one by one.
    pub(super) fn each_run(&mut self, place: &mut Place, octets: usize, mut apply: impl FnMut(&mut [u8])) {
        let mut rest = octets;
        while rest >= BLOCK {
            let here = self.at(place);
            let run = here.len().min(rest);
            let run = run.saturating_sub(run % BLOCK);
            if let Some(run @ [_, ..]) = here.get_mut(..run) {
                apply(run);
                place.octet = place.octet.saturating_add(run.len());
                rest = rest.saturating_sub(run.len());
            } else {
                let mut block = [0; BLOCK];
                self.gather(*place, &mut block);
                apply(&mut block);
                *place = self.scatter(*place, &block);
                rest = rest.saturating_sub(BLOCK);
            }
        }
    }

    /// Copies octets from `place` on into `out`.
    pub(super) fn gather(&mut self, place: Place, out: &mut [u8]) {
        self.walk(place, out.len(), |here, at| {
            if let Some(out) = at.checked_add(here.len()).and_then(|end| out.get_mut(at..end)) {
                out.copy_from_slice(here);
            }
        });
    }

    /// Copies `octets` to `place`, and tells where they end.
    pub(super) fn scatter(&mut self, place: Place, octets: &[u8]) -> Place {
        self.walk(place, octets.len(), |here, at| {
            if let Some(octets) = at.checked_add(here.len()).and_then(|end| octets.get(at..end)) {
                here.copy_from_slice(octets);
            }
        })
    }

    /// Goes over `octets` octets from `place` on, part by part.
    fn walk(&mut self, mut place: Place, octets: usize, mut visit: impl FnMut(&mut [u8], usize)) -> Place {
        let mut done = 0usize;
        while done < octets {
            let here = self.at(&mut place);
            let length = here.len().min(octets.saturating_sub(done));
            let Some(here @ [_, ..]) = here.get_mut(..length) else { break };
            visit(here, done);
            done = done.saturating_add(length);
            place.octet = place.octet.saturating_add(length);
        }
        place
    }

    /// What stands at `place` to the end of its part, after parts that are used up were passed over; nothing at the end.
    fn at(&mut self, place: &mut Place) -> &mut [u8] {
        let last = self.pieces.len().saturating_add(1);
        while place.part < last && self.part(place.part).len() <= place.octet {
            *place = Place { part: place.part.saturating_add(1), octet: 0 };
        }
        self.part(place.part).get_mut(place.octet..).unwrap_or_default()
    }

    /// A part that is encrypted; nothing for one that is not, or is not there.
    fn part(&mut self, index: usize) -> &mut [u8] {
        let Some(piece) = index.checked_sub(1) else { return self.front };
        if piece == self.pieces.len() {
            return self.back;
        }
        self.pieces.get_mut(piece).and_then(Piece::data).unwrap_or_default()
    }
}
