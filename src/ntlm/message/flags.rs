//! Sets of flags, of which unknown ones survive (row D11).

use core::fmt;
use core::ops::{BitAnd, BitOr};

use super::Error;
use super::text::Charset;

macro_rules! flags {
    ($(#[$meta:meta])* $set:ident { $($(#[$flag_meta:meta])* $flag:ident = $bit:literal, $name:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
        pub struct $set(u32);

        impl $set {
            /// No flag at all.
            pub const NONE: Self = Self(0);
            $($(#[$flag_meta])* pub const $flag: Self = Self($bit);)*

            const NAMES: &'static [(Self, &'static str)] = &[$((Self::$flag, $name)),*];

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

            /// The flags of both.
            #[must_use]
            pub const fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// These flags without those of `other`.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// The names of the known flags that are set, in order of their bits.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                Self::NAMES.iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, name)| *name)
            }
        }

        impl BitAnd for $set {
            type Output = Self;

            fn bitand(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }
        }

        impl BitOr for $set {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                self.with(other)
            }
        }

        impl fmt::Debug for $set {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($set), "({:#x}"), self.0)?;
                self.names().try_for_each(|name| write!(f, " {name}"))?;
                f.write_str(")")
            }
        }
    };
}

flags! {
    /// NegotiateFlags ([MS-NLMP] section 2.2.2.5): what is offered, chosen, and at last in effect.
    NegotiateFlags {
        /// A: texts are UTF-16. It wins over [`Self::OEM`].
        UNICODE = 0x0000_0001, "UNICODE";
        /// B: texts are in the OEM character set.
        OEM = 0x0000_0002, "OEM";
        /// C: a CHALLENGE_MESSAGE has a TargetName.
        REQUEST_TARGET = 0x0000_0004, "REQUEST_TARGET";
        /// D: messages can be signed.
        SIGN = 0x0000_0010, "SIGN";
        /// E: messages can be sealed.
        SEAL = 0x0000_0020, "SEAL";
        /// F: connectionless authentication.
        DATAGRAM = 0x0000_0040, "DATAGRAM";
        /// G: the session key comes of the LM response.
        LM_KEY = 0x0000_0080, "LM_KEY";
        /// H: session security of NTLM; everybody sets it.
        NTLM = 0x0000_0200, "NTLM";
        /// J: the login should be anonymous.
        ANONYMOUS = 0x0000_0800, "ANONYMOUS";
        /// K: a NEGOTIATE_MESSAGE has a DomainName.
        OEM_DOMAIN_SUPPLIED = 0x0000_1000, "OEM_DOMAIN_SUPPLIED";
        /// L: a NEGOTIATE_MESSAGE has a WorkstationName.
        OEM_WORKSTATION_SUPPLIED = 0x0000_2000, "OEM_WORKSTATION_SUPPLIED";
        /// M: there is a session key even without [`Self::SIGN`] and [`Self::SEAL`].
        ALWAYS_SIGN = 0x0000_8000, "ALWAYS_SIGN";
        /// N: the TargetName is a domain's.
        TARGET_TYPE_DOMAIN = 0x0001_0000, "TARGET_TYPE_DOMAIN";
        /// O: the TargetName is a server's.
        TARGET_TYPE_SERVER = 0x0002_0000, "TARGET_TYPE_SERVER";
        /// P: extended session security, "ESS": keys and sequence numbers for each direction, and HMAC-MD5.
        EXTENDED_SESSIONSECURITY = 0x0008_0000, "ESS";
        /// Q: the acceptor shall only identify the initiator.
        IDENTIFY = 0x0010_0000, "IDENTIFY";
        /// R: the session key comes of LMOWF.
        REQUEST_NON_NT_SESSION_KEY = 0x0040_0000, "REQUEST_NON_NT_SESSION_KEY";
        /// S: a CHALLENGE_MESSAGE has a TargetInfo.
        TARGET_INFO = 0x0080_0000, "TARGET_INFO";
        /// T: there is a VERSION.
        VERSION = 0x0200_0000, "VERSION";
        /// U: keys of 128 bits.
        KEY_128 = 0x2000_0000, "128";
        /// V: the initiator chooses the session key, and sends it encrypted.
        KEY_EXCH = 0x4000_0000, "KEY_EXCH";
        /// W: keys of 56 bits, where 128 are not to be had.
        KEY_56 = 0x8000_0000, "56";
    }
}

flags! {
    /// The value of MsvAvFlags ([MS-NLMP] section 2.2.2.1).
    AvFlags {
        /// The account's authentication is constrained.
        CONSTRAINED = 0x1, "CONSTRAINED";
        /// The AUTHENTICATE_MESSAGE has a MIC.
        MIC = 0x2, "MIC";
        /// The target's name comes from a source that is not trusted.
        UNTRUSTED_TARGET_NAME = 0x4, "UNTRUSTED_TARGET_NAME";
    }
}

impl NegotiateFlags {
    /// The character set of the texts ([MS-NLMP] section 2.2.2.5, bits A and B).
    ///
    /// # Errors
    /// [`Error::NoCharset`] if neither is set.
    pub const fn charset(self) -> Result<Charset, Error> {
        if self.contains(Self::UNICODE) {
            Ok(Charset::Unicode)
        } else if self.contains(Self::OEM) {
            Ok(Charset::Oem)
        } else {
            Err(Error::NoCharset)
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn d11_unknown_bits_survive_and_clear_nothing() {
        for bits in [6, u32::MAX] {
            assert!(AvFlags::from_bits(bits).contains(AvFlags::MIC));
            assert_eq!(AvFlags::from_bits(bits).bits(), bits);
            assert_eq!(NegotiateFlags::from_bits(bits).bits(), bits);
        }
    }

    #[test]
    fn unicode_wins_over_oem_and_one_must_be_there() {
        assert_eq!(NegotiateFlags::from_bits(3).charset(), Ok(Charset::Unicode));
        assert_eq!(NegotiateFlags::OEM.charset(), Ok(Charset::Oem));
        assert_eq!(NegotiateFlags::from_bits(!3).charset(), Err(Error::NoCharset));
    }

    /// [MS-NLMP] section 4.2.4 lists the names behind `33 82 8a e2`.
    #[test]
    fn names_are_those_of_the_examples() {
        let flags = NegotiateFlags::from_bits(u32::from_le_bytes([0x33, 0x82, 0x8a, 0xe2]));
        assert_eq!(
            flags.names().collect::<Vec<_>>(),
            [
                "UNICODE",
                "OEM",
                "SIGN",
                "SEAL",
                "NTLM",
                "ALWAYS_SIGN",
                "TARGET_TYPE_SERVER",
                "ESS",
                "TARGET_INFO",
                "VERSION",
                "128",
                "KEY_EXCH",
                "56"
            ]
        );
    }
}
