//! The services of a context.

use core::fmt;
use core::ops::{BitAnd, BitOr};

/// The services asked for and given, as in the flags field of RFC 4121 section 4.1.1.1; unknown bits survive.
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct ContextFlags(u32);

impl ContextFlags {
    /// Credentials are delegated.
    pub const DELEGATE: Self = Self(0x1);
    /// The acceptor proves itself too.
    pub const MUTUAL: Self = Self(0x2);
    /// Repeated messages are detected.
    pub const REPLAY: Self = Self(0x4);
    /// Messages out of sequence are detected.
    pub const SEQUENCE: Self = Self(0x8);
    /// Messages can be sealed.
    pub const CONFIDENTIALITY: Self = Self(0x10);
    /// Messages can be signed.
    pub const INTEGRITY: Self = Self(0x20);
    /// Three legs, and sealing in pieces, as DCE RPC wants them (RFC 4757 section 7.1).
    pub const DCE_STYLE: Self = Self(0x1000);
    /// The acceptor shall only identify the initiator (RFC 4757 section 7.1).
    pub const IDENTIFY: Self = Self(0x2000);
    /// Errors carry Windows' extended status (RFC 4757 section 7.1).
    pub const EXTENDED_ERROR: Self = Self(0x4000);

    const NAMES: [(Self, &'static str); 9] = [
        (Self::DELEGATE, "delegate"),
        (Self::MUTUAL, "mutual"),
        (Self::REPLAY, "replay"),
        (Self::SEQUENCE, "sequence"),
        (Self::CONFIDENTIALITY, "confidentiality"),
        (Self::INTEGRITY, "integrity"),
        (Self::DCE_STYLE, "dce-style"),
        (Self::IDENTIFY, "identify"),
        (Self::EXTENDED_ERROR, "extended-error"),
    ];

    /// From the bits of the field.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The bits of the field.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether every flag of `other` is set here.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The names of the known flags that are set, in order of their bits.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, name)| name)
    }
}

impl BitAnd for ContextFlags {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for ContextFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for ContextFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContextFlags({:#x}", self.0)?;
        for name in self.names() {
            write!(f, " {name}")?;
        }
        f.write_str(")")
    }
}
