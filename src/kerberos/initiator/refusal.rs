//! What a KRB-ERROR says (RFC 4120 section 5.9.1).

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use crate::kerberos::error::code;
use crate::kerberos::message::{ErrorCode, KerbErrorData, KrbError};
use crate::time::Timestamp;

/// A KRB-ERROR instead of an answer: what the acceptor, or anybody between, says of the refusal. It is in the clear and
/// nobody has signed it, so it is for the log and for nothing else.
///
/// ```
/// use negotiate::kerberos::InitiatorError;
///
/// /// How far the acceptor says that its clock is from ours, if that was why.
/// fn skew(error: &negotiate::Error) -> Option<core::time::Duration> {
///     match error.downcast_ref()? {
///         InitiatorError::Refused(refusal) if error.krb_error() == Some(37) => Some(refusal.skew()), // KRB_AP_ERR_SKEW
///         _ => None,
///     }
/// }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Refusal {
    /// Why (RFC 4120 section 7.5.9).
    pub code: ErrorCode,
    /// The acceptor's clock: stime and susec.
    pub acceptor_time: Timestamp,
    /// This side's clock when the message came.
    pub now: Timestamp,
    /// Its words for people, if it has any: at most 200 characters, and without what could disturb a terminal.
    pub text: Option<String>,
    /// The status of Windows in KERB-ERROR-DATA ([MS-KILE] section 2.2.1), if there is one.
    pub windows_status: Option<u32>,
}

/// KERB_ERR_TYPE_EXTENDED ([MS-KILE] section 2.2.2): data-value is a KERB_EXT_ERROR, whose first four octets are the status.
const EXTENDED: i32 = 3;

/// The longest e-text that is shown, in characters.
const SHOWN: usize = 200;

impl Refusal {
    pub(super) fn of(message: &KrbError<'_>, now: Timestamp) -> Self {
        let acceptor_time = message.stime.with_micros(message.susec).unwrap_or(message.stime.to_timestamp());
        Self {
            code: ErrorCode(message.error_code),
            acceptor_time,
            now,
            text: message.e_text.map(|text| shown(text.0)).filter(|text| !text.is_empty()),
            windows_status: message.e_data.and_then(|data| windows_status(data.0)),
        }
    }

    /// How far the two clocks are apart.
    #[must_use]
    pub const fn skew(&self) -> Duration {
        self.acceptor_time.distance(self.now)
    }
}

/// The text, short and in characters that show as what they are (row A09).
fn shown(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    text.trim_end_matches('\0').chars().take(SHOWN).flat_map(char::escape_debug).collect()
}

/// The status in e-data, where that is a KERB-ERROR-DATA. Other things stand there too, which say nothing here.
fn windows_status(octets: &[u8]) -> Option<u32> {
    let data = KerbErrorData::parse(octets).ok().filter(|data| data.data_type == EXTENDED)?;
    let (status, _) = data.data_value?.0.split_first_chunk()?;
    Some(u32::from_le_bytes(*status))
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, acceptor_time, now, text, windows_status } = self;
        write!(f, "the acceptor refused the login: {code}")?;
        if let Some(meaning) = code.meaning() {
            write!(f, ", {meaning}")?;
        }
        if code.0 == code::AP_ERR_SKEW {
            let seconds = self.skew().as_secs();
            write!(
                f,
                "; its clock says {acceptor_time}, this side's {now}: {seconds} s apart; set the wrong one right"
            )?;
        }
        if let Some(status) = windows_status {
            write!(f, "; its Windows status is {status:#010x}")?;
        }
        if let Some(text) = text {
            write!(f, "; it says \"{text}\"")?;
        }
        f.write_str(" (nobody signs such an error: it could be somebody else's)")
    }
}
