//! Lists of AV_PAIR.
//!
//! ```text
//! AvId, AvLen, Value ── AvId, AvLen, Value ── … ── MsvAvEOL, 0 ── up to four zero octets
//! ```

use alloc::vec::Vec;
use core::fmt;

use super::{AvFlags, AvFlaw, AvId, AvPair, Error, Field, FileTime, SingleHostData, Utf16};

/// The pairs a list may have, MsvAvEOL not counted. There are ten known ones.
pub const MAX_AV_PAIRS: usize = 32;
/// The octets that may follow MsvAvEOL: `Z(4)` of [MS-NLMP] section 3.3.2.
const MAX_TRAILING: usize = 4;

/// A list of AV_PAIR, checked to its end (rows D04, D05, D10).
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct AvPairs<'a> {
    /// The pairs without MsvAvEOL.
    pairs: &'a [u8],
    /// The pairs with MsvAvEOL and what is behind it.
    octets: &'a [u8],
}

impl<'a> AvPairs<'a> {
    /// Checks a list: the lengths, the texts, that no pair is there twice, that MsvAvEOL is the last one.
    ///
    /// # Errors
    /// [`Error::BadAvPair`] (row D04), [`Error::BadUtf16`] (row D05), [`Error::DuplicateAvPair`] (row D10).
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let (mut rest, mut length, mut seen) = (octets, 0usize, [AvId::EOL; MAX_AV_PAIRS]);
        for count in 0..=MAX_AV_PAIRS {
            let (id, value, behind) = split(rest)?;
            if id == AvId::EOL {
                let trailing = behind.len() <= MAX_TRAILING && behind.iter().all(|octet| *octet == 0);
                return match octets.get(..length) {
                    _ if !value.is_empty() => Err(Error::BadAvPair(AvFlaw::Length(id))),
                    Some(pairs) if trailing => Ok(Self { pairs, octets }),
                    _ => Err(Error::BadAvPair(AvFlaw::AfterEol)),
                };
            }
            if seen.contains(&id) {
                return Err(Error::DuplicateAvPair(id));
            }
            AvPair::new(id, value)?;
            *seen.get_mut(count).ok_or(Error::BadAvPair(AvFlaw::TooMany))? = id;
            length = octets.len().saturating_sub(behind.len());
            rest = behind;
        }
        Err(Error::BadAvPair(AvFlaw::TooMany))
    }

    /// A list of these pairs with MsvAvEOL and, behind it, as many zero octets as `trailing` says: 4 in an
    /// NTLMv2_CLIENT_CHALLENGE ([MS-NLMP] section 3.3.2), else none.
    ///
    /// # Errors
    /// What [`Self::parse`] would have against it, [`Error::TooLong`].
    pub fn encode<'b>(pairs: impl IntoIterator<Item = AvPair<'b>>, trailing: usize) -> Result<Vec<u8>, Error> {
        let mut octets = Vec::new();
        for pair in pairs {
            // Another end before the end would hide what follows it.
            if pair.id() == AvId::EOL {
                return Err(Error::BadAvPair(AvFlaw::AfterEol));
            }
            pair.write(&mut octets)?;
        }
        octets.extend_from_slice(&[0; 4]);
        // One too many is refused below, like any other flaw.
        octets.extend([0; MAX_TRAILING.saturating_add(1)].iter().take(trailing));
        if octets.len() > u16::MAX.into() {
            return Err(Error::TooLong(Field::TargetInfo));
        }
        AvPairs::parse(&octets)?;
        Ok(octets)
    }

    /// The list as it came, to its last octet.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The zero octets behind MsvAvEOL: 0 to 4.
    #[must_use]
    pub fn trailing(&self) -> usize {
        self.octets.len().saturating_sub(self.pairs.len()).saturating_sub(4)
    }

    /// The pairs in order, without MsvAvEOL.
    pub fn iter(&self) -> impl Iterator<Item = AvPair<'a>> + use<'a> {
        self.values().filter_map(|(id, value)| AvPair::new(id, value).ok())
    }

    /// The pairs in order as octets, without MsvAvEOL: what an acceptor sent must come back like this (row D13).
    pub fn values(&self) -> impl Iterator<Item = (AvId, &'a [u8])> + use<'a> {
        let mut rest = self.pairs;
        core::iter::from_fn(move || {
            let (id, value, behind) = split(rest).ok()?;
            rest = behind;
            Some((id, value))
        })
    }

    /// The octets of one pair, if it is there.
    #[must_use]
    pub fn value(&self, id: AvId) -> Option<&'a [u8]> {
        self.values().find(|(found, _)| *found == id).map(|(_, value)| value)
    }

    /// MsvAvFlags; none are set if it is not there.
    #[must_use]
    pub fn flags(&self) -> AvFlags {
        if let Some(AvPair::Flags(flags)) = self.pair(AvId::FLAGS) { flags } else { AvFlags::NONE }
    }

    /// MsvAvTimestamp.
    #[must_use]
    pub fn timestamp(&self) -> Option<FileTime> {
        if let Some(AvPair::Timestamp(time)) = self.pair(AvId::TIMESTAMP) { Some(time) } else { None }
    }

    /// MsvAvSingleHost.
    #[must_use]
    pub fn single_host(&self) -> Option<SingleHostData<'a>> {
        if let Some(AvPair::SingleHost(data)) = self.pair(AvId::SINGLE_HOST) { Some(data) } else { None }
    }

    /// MsvAvTargetName.
    #[must_use]
    pub fn target_name(&self) -> Option<Utf16<'a>> {
        if let Some(AvPair::TargetName(name)) = self.pair(AvId::TARGET_NAME) { Some(name) } else { None }
    }

    /// MsvAvChannelBindings: all zero if the initiator knows the pair and has no channel.
    #[must_use]
    pub fn channel_bindings(&self) -> Option<&'a [u8; 16]> {
        if let Some(AvPair::ChannelBindings(hash)) = self.pair(AvId::CHANNEL_BINDINGS) { Some(hash) } else { None }
    }

    /// The pair of this kind, of which there is at most one. The others' texts are not read for it.
    fn pair(&self, id: AvId) -> Option<AvPair<'a>> {
        AvPair::new(id, self.value(id)?).ok()
    }
}

/// The first pair, and what is behind it.
fn split(octets: &[u8]) -> Result<(AvId, &[u8], &[u8]), Error> {
    let Some((&[i, d, l, n], rest)) = octets.split_first_chunk() else {
        return Err(Error::BadAvPair(AvFlaw::NoEol));
    };
    let id = AvId(u16::from_le_bytes([i, d]));
    let length = u16::from_le_bytes([l, n]).into();
    let (value, behind) = rest.split_at_checked(length).ok_or(Error::BadAvPair(AvFlaw::Overrun(id)))?;
    Ok((id, value, behind))
}

impl fmt::Debug for AvPairs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;
    use crate::ntlm::message::Charset;

    fn pair(id: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len()).unwrap().to_le_bytes();
        [&id.to_le_bytes()[..], &length, value].concat()
    }

    fn bad(flaw: AvFlaw) -> Result<AvPairs<'static>, Error> {
        Err(Error::BadAvPair(flaw))
    }

    const EOL: &[u8] = &[0; 4];

    #[test]
    fn every_pair_is_encoded_as_it_was() {
        let server = Charset::Unicode.encode("Server", Field::TargetName).unwrap();
        let name = Utf16::new(&server, Field::TargetName).unwrap();
        let host = SingleHostData { size: 80, z4: 0, custom_data: &[1; 8], machine_id: &[2; 32], rest: &[3; 32] };
        let pairs = [
            AvPair::NbDomainName(name),
            AvPair::NbComputerName(name),
            AvPair::DnsDomainName(name),
            AvPair::DnsComputerName(name),
            AvPair::DnsTreeName(name),
            AvPair::Flags(AvFlags::from_bits(0x8000_0002)),
            AvPair::Timestamp(FileTime(u64::MAX)),
            AvPair::SingleHost(host),
            AvPair::TargetName(name),
            AvPair::ChannelBindings(&[9; 16]),
            AvPair::Other(AvId(0xfff0), b"odd"),
        ];
        for trailing in 0..=4 {
            let octets = AvPairs::encode(pairs, trailing).unwrap();
            let list = AvPairs::parse(&octets).unwrap();
            assert_eq!((list.iter().collect::<Vec<_>>(), list.trailing()), (pairs.to_vec(), trailing));
            assert_eq!((list.octets(), list.value(AvId(0xfff0))), (&octets[..], Some(&b"odd"[..])));
            assert_eq!((list.flags().bits(), list.timestamp()), (0x8000_0002, Some(FileTime(u64::MAX))));
            assert_eq!((list.single_host(), list.channel_bindings()), (Some(host), Some(&[9; 16])));
            assert_eq!(list.target_name().unwrap().to_string(), "Server");
        }
        assert_eq!(AvPairs::parse(EOL).unwrap().flags(), AvFlags::NONE);
    }

    /// Each known pair with one octet less and more, with none, and longer than the list.
    #[test]
    fn d04_each_length_of_each_pair() {
        let sound: [(u16, usize); 11] =
            [(0, 0), (1, 6), (2, 6), (3, 6), (4, 6), (5, 6), (6, 4), (7, 8), (8, 48), (9, 6), (10, 16)];
        let any_even = [1, 2, 3, 4, 5, 9];
        for (id, length) in sound {
            let value = [b'x'; 49];
            for other in [length.wrapping_sub(1), length, length + 1, 0] {
                let Some(value) = value.get(..other) else { continue };
                let octets = [pair(id, value), if id == 0 { Vec::new() } else { EOL.to_vec() }].concat();
                let is_sound = match id {
                    8 => other >= 48,
                    _ => other == length || other == 0 && any_even.contains(&id),
                };
                let expected = if is_sound { Ok(()) } else { bad(AvFlaw::Length(AvId(id))).map(|_| ()) };
                assert_eq!(AvPairs::parse(&octets).map(|_| ()), expected, "{id} {other}");
            }
            let mut octets = [pair(id, &value[..length]), EOL.to_vec()].concat();
            octets[2..4].copy_from_slice(&[0xff; 2]);
            assert_eq!(AvPairs::parse(&octets), bad(AvFlaw::Overrun(AvId(id))));
        }
        // What Windows 11 sends.
        assert!(AvPairs::parse(&[pair(8, &[0; 80]), EOL.to_vec()].concat()).is_ok());
    }

    #[test]
    fn d04_the_end_is_there_once_and_last() {
        for octets in [Vec::new(), vec![0; 3], pair(6, &[0; 4]), [pair(6, &[0; 4]), vec![0; 3]].concat()] {
            assert_eq!(AvPairs::parse(&octets), bad(AvFlaw::NoEol));
        }
        for behind in [&[0; 5][..], &[1], &[0, 0, 0, 1], &pair(6, &[0; 4])] {
            assert_eq!(AvPairs::parse(&[EOL, behind].concat()), bad(AvFlaw::AfterEol), "{behind:?}");
        }
    }

    #[test]
    fn d04_no_more_pairs_than_32() {
        let many = |count: u16| (0..count).flat_map(|id| pair(0x100 + id, b"x")).chain([0; 4]).collect::<Vec<_>>();
        assert_eq!(AvPairs::parse(&many(32)).unwrap().iter().count(), 32);
        assert_eq!(AvPairs::parse(&many(33)), bad(AvFlaw::TooMany));
        assert_eq!(AvPairs::parse(&many(3_000)), bad(AvFlaw::TooMany));
    }

    #[test]
    fn d05_text_is_sound_utf16() {
        for id in [1, 2, 3, 4, 5, 9] {
            for text in [&[0, 0xd8][..], &[0, 0xdc], &[b'a', 0, 0, 0, b'b', 0], &[0, 0xd8, b'a', 0]] {
                let octets = [pair(id, text), EOL.to_vec()].concat();
                assert_eq!(AvPairs::parse(&octets), Err(Error::BadUtf16(Field::AvPair(AvId(id)))));
            }
        }
    }

    #[test]
    fn d10_no_pair_is_there_twice() {
        let flags = [pair(6, &[0; 4]), pair(6, &[2, 0, 0, 0]), EOL.to_vec()].concat();
        assert_eq!(AvPairs::parse(&flags), Err(Error::DuplicateAvPair(AvId::FLAGS)));
        let unknown = [pair(77, b""), pair(1, b""), pair(77, b"x"), EOL.to_vec()].concat();
        assert_eq!(AvPairs::parse(&unknown), Err(Error::DuplicateAvPair(AvId(77))));
        let twice = [AvPair::Flags(AvFlags::MIC), AvPair::Flags(AvFlags::NONE)];
        assert_eq!(AvPairs::encode(twice, 0), Err(Error::DuplicateAvPair(AvId::FLAGS)));
    }

    #[test]
    fn what_cannot_be_written_is_an_error() {
        let long = vec![0; 65_536];
        let id = AvId(99);
        assert_eq!(AvPairs::encode([AvPair::Other(id, &long)], 0), Err(Error::TooLong(Field::AvPair(id))));
        let two = [AvPair::Other(id, &long[..40_000]), AvPair::Other(AvId(100), &long[..40_000])];
        assert_eq!(AvPairs::encode(two, 0), Err(Error::TooLong(Field::TargetInfo)));
        let flaw = Err(Error::BadAvPair(AvFlaw::AfterEol));
        assert_eq!(AvPairs::encode([AvPair::Other(AvId::EOL, b"")], 0), flaw);
        assert_eq!(AvPairs::encode([], 5), flaw);
        let disguised = [AvPair::Other(AvId::FLAGS, b"abc")];
        assert_eq!(AvPairs::encode(disguised, 0), Err(Error::BadAvPair(AvFlaw::Length(AvId::FLAGS))));
    }
}
