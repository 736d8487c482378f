//! Why an initiator does not go on.

use core::fmt;

use super::pending::MAX_CHALLENGE;
use crate::error::{Fault, Reason};
use crate::ntlm::message::{AvId, Field, NegotiateFlags};

/// Why an NTLM login was given up by the side that wanted it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A CHALLENGE_MESSAGE of this many octets (row C14).
    TooLong(usize),
    /// The CHALLENGE_MESSAGE chooses what was not offered (row D17).
    NotOffered(NegotiateFlags),
    /// The CHALLENGE_MESSAGE has no TargetInfo.
    NoTargetInfo,
    /// TargetInfo lacks a name that session security needs ([MS-NLMP] section 3.1.5.1.2).
    NoServerName(AvId),
    /// TargetInfo has no MsvAvTimestamp, so the login can have no MIC ([MS-NLMP] section 3.1.5.1.2).
    NoTimestamp,
    /// Signed or sealed messages are required, and the server did not choose these (row D27).
    NoProtection(NegotiateFlags),
    /// The server knows no Unicode, and this name is not ASCII.
    OemName(Field),
    /// LM is to be sent, and this credential has no LM hash.
    NoLmHash,
    /// The challenge is one that an acceptor of this very program sent out (row D15).
    Reflection,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(length) => write!(f, "a challenge of {length} octets: the limit is {MAX_CHALLENGE}"),
            Self::NotOffered(flags) => {
                f.write_str("the server chose what it was not offered, so somebody may have changed the messages:")?;
                names(*flags, f)
            }
            Self::NoTargetInfo => write!(
                f,
                "the server does not say who it is (no target info), so the login would be tied neither to it nor to the \
                 channel, and anybody between could use it elsewhere; {ALLOW}allow_no_target_info"
            ),
            Self::NoServerName(id) => write!(
                f,
                "the server's target info lacks {id}, so what is signed or sealed could be for another server; \
                 {ALLOW}allow_no_target_info"
            ),
            Self::NoTimestamp => write!(
                f,
                "the server sends no timestamp, so the messages of the login would have no integrity code, as with \
                 Windows before Vista; {ALLOW}allow_no_timestamp"
            ),
            Self::NoProtection(flags) => {
                f.write_str("signed or sealed messages are required, and the server did not agree to")?;
                names(*flags, f)
            }
            Self::OemName(field) => {
                write!(f, "the server knows no Unicode, and the {field} has other characters than ASCII")
            }
            Self::NoLmHash => f.write_str(
                "the LM response is to be sent, and there is no LM hash: the password has more than 14 characters, or \
                 others than ASCII, or is not known",
            ),
            Self::Reflection => f.write_str(
                "the challenge is one that this program's own acceptor sent: somebody reflects the login back to it",
            ),
        }
    }
}

const ALLOW: &str = "if you know that server and its network, go on with dangerous().";

fn names(flags: NegotiateFlags, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, " {flags:?}")
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::TooLong(_) | Self::NotOffered(_) | Self::Reflection => Fault::Peer,
            Self::NoTargetInfo | Self::NoServerName(_) | Self::NoTimestamp | Self::NoProtection(_) => Fault::Policy,
            Self::OemName(_) | Self::NoLmHash => Fault::Configuration,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "too-long",
            Self::NotOffered(_) => "flags-mismatch",
            Self::NoTargetInfo => "no-target-info",
            Self::NoServerName(_) => "no-server-name",
            Self::NoTimestamp => "no-timestamp",
            Self::NoProtection(_) => "no-protection",
            Self::OemName(_) => "oem-name",
            Self::NoLmHash => "no-lm-hash",
            Self::Reflection => "reflection",
        }
    }
}
