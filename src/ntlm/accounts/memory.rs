//! Accounts in memory.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher};

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::mechanism::{AccountAnswer, AccountQuestion, AccountStore};
use crate::ntlm::response::{NtHash, upcase};
use crate::ntlm::target_info::TargetInfo;
use crate::peer::Account;

/// Accounts by domain and name, found in the same time however many there are.
///
/// Names are compared as Windows does it: letter by letter in upper case. What is found is the one account whose domain
/// *and* name were sent; each further way to it is opened by name. An account without a domain is this server's own.
///
/// ```
/// use negotiate::ntlm::{MemoryAccounts, NtHash};
/// use negotiate::peer::Account;
/// let mut accounts = MemoryAccounts::new();
/// accounts.insert(Account::new("ADEX", "alice"), NtHash::from_password("Alice-Pw-1")?);
/// # Ok::<(), negotiate::ntlm::response::Error>(())
/// ```
#[derive(Default)]
pub struct MemoryAccounts {
    entries: Vec<Entry>,
    /// The first entry of each hash.
    index: HashMap<u64, usize>,
    /// The hashes of the domains that have accounts here.
    domains: HashSet<u64>,
    hashes: RandomState,
    own_names: Vec<Box<str>>,
    empty_domain_is_own: bool,
    unknown_domains_are_own: bool,
    upn_suffixes: Vec<(Box<str>, Box<str>)>,
}

struct Entry {
    account: Account,
    /// In a place of its own, which does not move when the list grows and leaves no copy behind.
    hash: Box<NtHash>,
    /// The next entry of the same hash.
    next: Option<usize>,
}

impl MemoryAccounts {
    /// No accounts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an account. One of the same domain and name, whatever their case, is replaced. Says whether one was.
    pub fn insert(&mut self, account: Account, hash: NtHash) -> bool {
        if let Some(same) = self.position(account.domain(), account.name()).and_then(|at| self.entries.get_mut(at)) {
            (same.account, same.hash) = (account, Box::new(hash));
            return true;
        }
        let key = self.key(account.domain(), account.name());
        let next = self.index.insert(key, self.entries.len());
        self.domains.insert(self.key(account.domain(), ""));
        self.entries.push(Entry { account, hash: Box::new(hash), next });
        false
    }

    /// How many accounts there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// These names of the server and of its domain stand for this server's own accounts, those without a domain, as well.
    /// Clients write either.
    #[must_use]
    pub fn own_names(mut self, target: &TargetInfo) -> Self {
        let names = [target.netbios_name(), target.netbios_domain(), target.dns_name(), target.dns_domain()];
        self.own_names.extend(names.map(Box::from));
        self
    }

    /// A user who names no domain is looked for in the server's own by its names too (row D25), once.
    #[must_use]
    pub const fn empty_domain_is_own(mut self) -> Self {
        self.empty_domain_is_own = true;
        self
    }

    /// A user of a domain of which there are no accounts here is taken for this server's own, as Windows does outside a
    /// domain (row D25).
    #[must_use]
    pub const fn unknown_domains_are_own(mut self) -> Self {
        self.unknown_domains_are_own = true;
        self
    }

    /// `alice@suffix`, sent without a domain, is `domain\alice`.
    #[must_use]
    pub fn upn_suffix(mut self, suffix: &str, domain: &str) -> Self {
        self.upn_suffixes.push((suffix.into(), domain.into()));
        self
    }

    /// The account that was meant.
    fn find(&self, domain: &str, user: &str) -> Option<&Entry> {
        let exact = self.position(domain, user);
        let found = exact.or_else(|| self.find_own(domain, user)).or_else(|| self.find_upn(domain, user));
        self.entries.get(found?)
    }

    /// The server's own account, if the domain stands for that one.
    fn find_own(&self, domain: &str, user: &str) -> Option<usize> {
        let own = || self.own_names.iter().any(|own| same(own, domain));
        if domain.is_empty() {
            let by_name = || self.own_names.iter().find_map(|own| self.position(own, user));
            return if self.empty_domain_is_own { by_name() } else { None };
        }
        let unknown = || !self.domains.contains(&self.key(domain, ""));
        if own() || (self.unknown_domains_are_own && unknown()) { self.position("", user) } else { None }
    }

    fn find_upn(&self, domain: &str, user: &str) -> Option<usize> {
        let (name, suffix) = user.rsplit_once('@').filter(|_| domain.is_empty())?;
        let (_, domain) = self.upn_suffixes.iter().find(|(known, _)| same(known, suffix))?;
        self.position(domain, name)
    }

    fn position(&self, domain: &str, user: &str) -> Option<usize> {
        let mut at = self.index.get(&self.key(domain, user)).copied();
        while let Some(entry) = at.and_then(|at| self.entries.get(at)) {
            if same(entry.account.domain(), domain) && same(entry.account.name(), user) {
                return at;
            }
            at = entry.next;
        }
        None
    }

    /// Under a key of its own: whoever chooses the names that are asked for cannot choose which ones share a place.
    fn key(&self, domain: &str, user: &str) -> u64 {
        let mut hasher = self.hashes.build_hasher();
        // No name has a NUL in it.
        upcased(domain).chain([0]).chain(upcased(user)).for_each(|unit| hasher.write_u16(unit));
        hasher.finish()
    }
}

/// Windows' comparison of names (row D24).
fn same(one: &str, other: &str) -> bool {
    upcased(one).eq(upcased(other))
}

fn upcased(name: &str) -> impl Iterator<Item = u16> + '_ {
    name.encode_utf16().map(upcase)
}

impl AccountStore for MemoryAccounts {
    fn look_up(&self, question: &AccountQuestion<'_>) -> AccountAnswer {
        match self.find(question.domain(), question.user()) {
            Some(entry) => AccountAnswer::nt_hash(entry.account.clone(), &entry.hash),
            None => AccountAnswer::unknown(),
        }
    }
}

impl fmt::Debug for MemoryAccounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryAccounts").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use alloc::format;
    use alloc::string::{String, ToString};

    use super::*;

    fn accounts(number: usize) -> MemoryAccounts {
        let mut accounts = MemoryAccounts::new();
        for (domain, user) in [("", "alice"), ("ADEX", "bob"), ("Straße", "carol")] {
            assert!(!accounts.insert(Account::new(domain, user), NtHash::new([1; 16])));
        }
        for number in 0..number {
            accounts.insert(Account::new(&format!("D{number}"), "dave"), NtHash::new([2; 16]));
        }
        accounts
    }

    fn found(accounts: &MemoryAccounts, domain: &str, user: &str) -> Option<String> {
        accounts.find(domain, user).map(|entry| entry.account.to_string())
    }

    #[test]
    fn d25_an_unknown_domain_is_our_own_only_if_it_was_said_so() {
        let strict = accounts(10);
        let open = accounts(10).unknown_domains_are_own();
        for (domain, user) in [("ELSEWHERE", "alice"), ("D10", "alice"), ("ADEX2", "alice")] {
            assert_eq!(found(&strict, domain, user), None, "{domain}");
            assert_eq!(found(&open, domain, user), found(&open, "", "alice"), "{domain}");
        }
        // Known, in whatever case: whoever is not there is not ours.
        for (domain, user) in [("ADEX", "alice"), ("adex", "alice"), ("d9", "alice"), ("STRAßE", "alice"), ("X", "bob")]
        {
            assert_eq!((found(&strict, domain, user), found(&open, domain, user)), (None, None), "{domain}");
        }
    }

    /// Row D23: how many accounts there are shows neither in a hit nor in any kind of miss.
    #[test]
    fn d23_no_lookup_takes_longer_for_more_accounts() {
        let (few, many) = (accounts(1).unknown_domains_are_own(), accounts(50_000).unknown_domains_are_own());
        for (domain, user) in [("ADEX", "bob"), ("ADEX", "nobody"), ("ELSEWHERE", "alice"), ("ELSEWHERE", "nobody")] {
            let (one, other) = (fastest(&few, domain, user), fastest(&many, domain, user));
            // A walk over all of them would take some thousand times as long; a colder table a few times.
            assert!(other < one.saturating_mul(50) + Duration::from_micros(20), "{domain} {user}: {one:?}, {other:?}");
        }
    }

    fn fastest(accounts: &MemoryAccounts, domain: &str, user: &str) -> Duration {
        let timed = |_| {
            let begun = Instant::now();
            core::hint::black_box(accounts.find(domain, user).is_some());
            begun.elapsed()
        };
        (0..200).map(timed).min().unwrap_or_default()
    }
}
