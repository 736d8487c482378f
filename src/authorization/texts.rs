//! The names of a user, in one piece of memory.

use alloc::string::String;
use core::fmt;

/// Which of the texts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Text {
    LogonName,
    FullName,
    LogonScript,
    ProfilePath,
    HomeDirectory,
    HomeDirectoryDrive,
    LogonServer,
    LogonDomain,
    Upn,
    DnsDomain,
    SamName,
}

const COUNT: usize = 11;

/// A dozen texts that would be a dozen allocations.
#[derive(Clone, Default)]
pub(crate) struct Texts {
    all: String,
    /// Where each begins and ends, in octets.
    places: [(u32, u32); COUNT],
}

impl Texts {
    /// Makes room for as many octets more.
    pub(crate) fn reserve(&mut self, octets: usize) {
        self.all.reserve_exact(octets);
    }

    /// Writes one of them.
    pub(crate) fn write(&mut self, which: Text, chars: impl Iterator<Item = char>) {
        let begin = self.all.len();
        self.all.extend(chars);
        let place = u32::try_from(begin).ok().zip(u32::try_from(self.all.len()).ok());
        if let (Some(entry), Some(place)) = (self.places.get_mut(index(which)), place) {
            *entry = place;
        }
    }

    /// One of them, if it was written and is not empty.
    pub(crate) fn read(&self, which: Text) -> Option<&str> {
        let (begin, end) = *self.places.get(index(which))?;
        let place = usize::try_from(begin).ok()?..usize::try_from(end).ok()?;
        self.all.get(place).filter(|text| !text.is_empty())
    }
}

const fn index(which: Text) -> usize {
    match which {
        Text::LogonName => 0,
        Text::FullName => 1,
        Text::LogonScript => 2,
        Text::ProfilePath => 3,
        Text::HomeDirectory => 4,
        Text::HomeDirectoryDrive => 5,
        Text::LogonServer => 6,
        Text::LogonDomain => 7,
        Text::Upn => 8,
        Text::DnsDomain => 9,
        Text::SamName => 10,
    }
}

const ALL: [Text; COUNT] = [
    Text::LogonName,
    Text::FullName,
    Text::LogonScript,
    Text::ProfilePath,
    Text::HomeDirectory,
    Text::HomeDirectoryDrive,
    Text::LogonServer,
    Text::LogonDomain,
    Text::Upn,
    Text::DnsDomain,
    Text::SamName,
];

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        ALL.iter().all(|which| self.read(*which) == other.read(*which))
    }
}

impl Eq for Texts {}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = ALL.iter().filter_map(|which| self.read(*which).map(|text| (which, text)));
        f.debug_map().entries(texts).finish()
    }
}
