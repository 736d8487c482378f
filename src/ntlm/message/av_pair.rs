//! AV_PAIR, and what is in it.

use alloc::vec::Vec;
use core::fmt;

use super::{AvFlags, AvFlaw, Error, Field, FileTime, Utf16};

/// AvId ([MS-NLMP] section 2.2.2.1); any number is possible.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AvId(pub u16);

impl AvId {
    /// The end of the list.
    pub const EOL: Self = Self(0);
    /// The acceptor's NetBIOS name.
    pub const NB_COMPUTER_NAME: Self = Self(1);
    /// The NetBIOS name of the acceptor's domain.
    pub const NB_DOMAIN_NAME: Self = Self(2);
    /// The acceptor's DNS name.
    pub const DNS_COMPUTER_NAME: Self = Self(3);
    /// The DNS name of the acceptor's domain.
    pub const DNS_DOMAIN_NAME: Self = Self(4);
    /// The DNS name of the acceptor's forest.
    pub const DNS_TREE_NAME: Self = Self(5);
    /// Flags.
    pub const FLAGS: Self = Self(6);
    /// The acceptor's time.
    pub const TIMESTAMP: Self = Self(7);
    /// What only the initiator's own machine understands.
    pub const SINGLE_HOST: Self = Self(8);
    /// The service principal name of the target.
    pub const TARGET_NAME: Self = Self(9);
    /// The MD5 of the channel bindings.
    pub const CHANNEL_BINDINGS: Self = Self(10);
}

impl fmt::Display for AvId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::EOL => "MsvAvEOL",
            Self::NB_COMPUTER_NAME => "MsvAvNbComputerName",
            Self::NB_DOMAIN_NAME => "MsvAvNbDomainName",
            Self::DNS_COMPUTER_NAME => "MsvAvDnsComputerName",
            Self::DNS_DOMAIN_NAME => "MsvAvDnsDomainName",
            Self::DNS_TREE_NAME => "MsvAvDnsTreeName",
            Self::FLAGS => "MsvAvFlags",
            Self::TIMESTAMP => "MsvAvTimestamp",
            Self::SINGLE_HOST => "MsvAvSingleHost",
            Self::TARGET_NAME => "MsvAvTargetName",
            Self::CHANNEL_BINDINGS => "MsvAvChannelBindings",
            Self(number) => return write!(f, "AvId {number}"),
        })
    }
}

/// One AV_PAIR; MsvAvEOL is the list's own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AvPair<'a> {
    /// MsvAvNbComputerName.
    NbComputerName(Utf16<'a>),
    /// MsvAvNbDomainName.
    NbDomainName(Utf16<'a>),
    /// MsvAvDnsComputerName.
    DnsComputerName(Utf16<'a>),
    /// MsvAvDnsDomainName.
    DnsDomainName(Utf16<'a>),
    /// MsvAvDnsTreeName.
    DnsTreeName(Utf16<'a>),
    /// MsvAvFlags.
    Flags(AvFlags),
    /// MsvAvTimestamp.
    Timestamp(FileTime),
    /// MsvAvSingleHost.
    SingleHost(SingleHostData<'a>),
    /// MsvAvTargetName.
    TargetName(Utf16<'a>),
    /// MsvAvChannelBindings: all zero if there are none.
    ChannelBindings(&'a [u8; 16]),
    /// A pair this version does not know.
    Other(AvId, &'a [u8]),
}

impl<'a> AvPair<'a> {
    /// The pair with this value.
    ///
    /// # Errors
    /// [`Error::BadAvPair`] for a length that this `id` cannot have (row D04), [`Error::BadUtf16`] (row D05).
    pub fn new(id: AvId, value: &'a [u8]) -> Result<Self, Error> {
        let length = || Error::BadAvPair(AvFlaw::Length(id));
        let text = || match value.len() & 1 {
            0 => Utf16::new(value, Field::AvPair(id)),
            _ => Err(length()),
        };
        Ok(match id {
            AvId::EOL => return Err(length()),
            AvId::NB_COMPUTER_NAME => Self::NbComputerName(text()?),
            AvId::NB_DOMAIN_NAME => Self::NbDomainName(text()?),
            AvId::DNS_COMPUTER_NAME => Self::DnsComputerName(text()?),
            AvId::DNS_DOMAIN_NAME => Self::DnsDomainName(text()?),
            AvId::DNS_TREE_NAME => Self::DnsTreeName(text()?),
            AvId::FLAGS => Self::Flags(AvFlags::from_bits(u32::from_le_bytes(value.try_into().map_err(|_| length())?))),
            AvId::TIMESTAMP => Self::Timestamp(FileTime(u64::from_le_bytes(value.try_into().map_err(|_| length())?))),
            AvId::SINGLE_HOST => Self::SingleHost(SingleHostData::parse(value).ok_or_else(length)?),
            AvId::TARGET_NAME => Self::TargetName(text()?),
            AvId::CHANNEL_BINDINGS => Self::ChannelBindings(value.try_into().map_err(|_| length())?),
            _ => Self::Other(id, value),
        })
    }

    /// AvId.
    #[must_use]
    pub const fn id(&self) -> AvId {
        match self {
            Self::NbComputerName(_) => AvId::NB_COMPUTER_NAME,
            Self::NbDomainName(_) => AvId::NB_DOMAIN_NAME,
            Self::DnsComputerName(_) => AvId::DNS_COMPUTER_NAME,
            Self::DnsDomainName(_) => AvId::DNS_DOMAIN_NAME,
            Self::DnsTreeName(_) => AvId::DNS_TREE_NAME,
            Self::Flags(_) => AvId::FLAGS,
            Self::Timestamp(_) => AvId::TIMESTAMP,
            Self::SingleHost(_) => AvId::SINGLE_HOST,
            Self::TargetName(_) => AvId::TARGET_NAME,
            Self::ChannelBindings(_) => AvId::CHANNEL_BINDINGS,
            Self::Other(id, _) => *id,
        }
    }

    /// Appends the pair.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut put = |parts: &[&[u8]]| {
            let length = parts.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()));
            let length = u16::try_from(length).map_err(|_| Error::TooLong(Field::AvPair(self.id())))?;
            out.extend_from_slice(&self.id().0.to_le_bytes());
            out.extend_from_slice(&length.to_le_bytes());
            parts.iter().for_each(|part| out.extend_from_slice(part));
            Ok(())
        };
        match self {
            Self::NbComputerName(text)
            | Self::NbDomainName(text)
            | Self::DnsComputerName(text)
            | Self::DnsDomainName(text)
            | Self::DnsTreeName(text)
            | Self::TargetName(text) => put(&[text.octets()]),
            Self::Flags(flags) => put(&[&flags.bits().to_le_bytes()]),
            Self::Timestamp(time) => put(&[&time.0.to_le_bytes()]),
            Self::SingleHost(data) => {
                put(&[&data.size.to_le_bytes(), &data.z4.to_le_bytes(), data.custom_data, data.machine_id, data.rest])
            }
            Self::ChannelBindings(hash) => put(&[*hash]),
            Self::Other(_, value) => put(&[value]),
        }
    }
}

/// Single_Host_Data ([MS-NLMP] section 2.2.2.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SingleHostData<'a> {
    /// Size: of the whole value. The length of the pair is what counts.
    pub size: u32,
    /// Z4: zero.
    pub z4: u32,
    /// CustomData.
    pub custom_data: &'a [u8; 8],
    /// MachineID: a random number from the start of the initiator's machine.
    pub machine_id: &'a [u8; 32],
    /// What newer systems have behind it, to be ignored.
    pub rest: &'a [u8],
}

impl<'a> SingleHostData<'a> {
    /// The octets of a structure without anything behind MachineID, which is the value of `size` there.
    pub const SIZE: u32 = 48;

    /// From a value of at least 48 octets.
    fn parse(value: &'a [u8]) -> Option<Self> {
        let (size, value) = value.split_first_chunk()?;
        let (z4, value) = value.split_first_chunk()?;
        let (custom_data, value) = value.split_first_chunk()?;
        let (machine_id, rest) = value.split_first_chunk()?;
        let (size, z4) = (u32::from_le_bytes(*size), u32::from_le_bytes(*z4));
        Some(Self { size, z4, custom_data, machine_id, rest })
    }
}
