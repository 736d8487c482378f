//! Messages of an established context (RFC 2743 section 2.3): whole, or in pieces where they stand.

use alloc::vec::Vec;
use core::fmt;

use super::Context;
use crate::error::{Error, Fault, Reason};

/// How a message is protected: sealed or only signed (RFC 2743 section 2.3.3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Protection {
    /// Signed and encrypted (`conf_req_flag` true).
    #[doc(alias = "sealed")]
    Confidentiality,
    /// Signed, and readable by all (`conf_req_flag` false).
    #[doc(alias = "signed")]
    Integrity,
}

/// A message that was unwrapped, which borrows from the token it came in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unwrapped<'t> {
    /// The message.
    pub message: &'t [u8],
    /// How it was protected: `conf_state` of RFC 2743 section 2.3.4. Whoever needs secrecy has to look.
    pub protection: Protection,
}

/// A part of a message that is protected where it stands, without being copied together: RPC and WinRM want that.
pub enum Piece<'b> {
    /// Data of the message. With [`Protection::Confidentiality`] it is encrypted where it stands.
    Data(&'b mut [u8]),
    /// Octets that are signed with the message and stay as they are: they travel beside the token, such as RPC's headers.
    SignOnly(&'b [u8]),
}

impl Piece<'_> {
    /// What stands there.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        match self {
            Self::Data(octets) => octets,
            Self::SignOnly(octets) => octets,
        }
    }

    /// The octets to be encrypted, if they are.
    pub(crate) fn data(&mut self) -> Option<&mut [u8]> {
        match self {
            Self::Data(octets) => Some(octets),
            Self::SignOnly(_) => None,
        }
    }
}

/// Without the octets: they may be secret.
impl fmt::Debug for Piece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Data(_) => "Data",
            Self::SignOnly(_) => "SignOnly",
        };
        f.debug_struct(name).field("length", &self.octets().len()).finish_non_exhaustive()
    }
}

/// Where a token's own octets go that belong to a message in pieces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Placement {
    /// In front of the data and behind it. One behind the other, header, data and trailer are what [`Context::wrap`] makes.
    Around,
    /// All in front, as RPC and WinRM have it: Windows' `SECBUFFER_TOKEN`. Padding alone, where there is any, stays behind.
    InFront,
}

/// How many octets a token has beside the data, for [`Context::wrap_pieces`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TokenLengths {
    /// In front of the data.
    pub header: usize,
    /// Behind the data: padding first (one octet in rc4-hmac contexts, else none), then what the mechanism puts there.
    pub trailer: usize,
    /// How many octets of the trailer are padding.
    pub padding: usize,
}

/// A token's own octets, of a message that stands in pieces.
pub struct TokenParts<'b> {
    /// In front of the data.
    pub header: &'b mut [u8],
    /// Behind the data, padding included; empty if there is none.
    pub trailer: &'b mut [u8],
}

impl fmt::Debug for TokenParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { header, trailer } = self;
        write!(f, "TokenParts(header: {} octets, trailer: {} octets)", header.len(), trailer.len())
    }
}

/// The per-message services.
impl Context {
    /// The signature of `message`, to be sent beside it (`GSS_GetMIC`, RFC 2743 section 2.3.1).
    ///
    /// # Errors
    /// If this login's messages are not protected: no session key, or less than is needed was agreed on
    /// ([`INTEGRITY`](crate::gss::ContextFlags::INTEGRITY) or
    /// [`CONFIDENTIALITY`](crate::gss::ContextFlags::CONFIDENTIALITY)). Every initiator of MIT krb5, Heimdal and the JDK that
    /// was recorded asks for both, whatever its program asked for.
    pub fn get_mic(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.get_mic_of_pieces(&[message])
    }

    /// The same of a message that stands in pieces (`GSS_GetMICEx` of [MS-NLMP] section 3.4.4, `gss_get_mic_iov`).
    ///
    /// # Errors
    /// As [`Self::get_mic`].
    pub fn get_mic_of_pieces(&mut self, message: &[&[u8]]) -> Result<Vec<u8>, Error> {
        self.mechanism.messages()?.get_mic(message)
    }

    /// Checks the other side's signature of `message` (`GSS_VerifyMIC`, RFC 2743 section 2.3.2).
    ///
    /// # Errors
    /// If it does not fit, or is out of order; as [`Self::get_mic`].
    pub fn verify_mic(&mut self, message: &[u8], mic: &[u8]) -> Result<(), Error> {
        self.verify_mic_of_pieces(&[message], mic)
    }

    /// The same of a message that stands in pieces.
    ///
    /// # Errors
    /// As [`Self::verify_mic`].
    pub fn verify_mic_of_pieces(&mut self, message: &[&[u8]], mic: &[u8]) -> Result<(), Error> {
        self.mechanism.messages()?.verify_mic(message, mic)
    }

    /// A token with `message` in it (`GSS_Wrap`, RFC 2743 section 2.3.3).
    ///
    /// # Errors
    /// As [`Self::get_mic`].
    pub fn wrap(&mut self, message: &[u8], protection: Protection) -> Result<Vec<u8>, Error> {
        self.mechanism.messages()?.wrap(message, protection)
    }

    /// The message in the other side's `token` (`GSS_Unwrap`, RFC 2743 section 2.3.4). It is decrypted where it stands, so
    /// the token is used up.
    ///
    /// # Errors
    /// If it does not verify, or is out of order: then the token is wiped. After that an NTLM context is finished, whose
    /// messages hang together; a Kerberos one goes on, as RFC 2743 section 2.3.4 has it (`kerberos::MessageError` tells which
    /// it was, and what was agreed on decides what is out of order). As [`Self::get_mic`].
    pub fn unwrap<'t>(&mut self, token: &'t mut [u8]) -> Result<Unwrapped<'t>, Error> {
        self.mechanism.messages()?.unwrap(token)
    }

    /// The longest message whose [`Self::wrap`] has at most `token` octets (`GSS_Wrap_size_limit`, RFC 2743 section 2.2.7).
    ///
    /// # Errors
    /// As [`Self::get_mic`].
    pub fn wrap_size_limit(&mut self, token: usize, protection: Protection) -> Result<usize, Error> {
        Ok(self.mechanism.messages()?.wrap_size_limit(token, protection))
    }

    /// How many octets [`Self::wrap_pieces`] needs in front of `data` octets of data, and behind them.
    ///
    /// # Errors
    /// As [`Self::get_mic`].
    pub fn wrap_lengths(
        &mut self,
        data: usize,
        protection: Protection,
        placement: Placement,
    ) -> Result<TokenLengths, Error> {
        self.mechanism.messages()?.wrap_lengths(data, protection, placement)
    }

    /// Protects a message where it stands, and writes the token's own octets in front of it and behind it: nothing is
    /// copied, and nothing allocated but the keys when the first message needs them.
    ///
    /// `around` is as long as [`Self::wrap_lengths`] says, for the placement that the protocol wants. The pieces are signed in
    /// their order, data and what is only signed alike.
    ///
    /// ```
    /// use negotiate::{Context, Piece, Placement, Protection, TokenParts};
    ///
    /// /// One packet: a header that is signed and readable, the token's octets, the data sealed in their place.
    /// fn seal(context: &mut Context, head: &[u8], data: &mut [u8]) -> Result<Vec<u8>, negotiate::Error> {
    ///     let lengths = context.wrap_lengths(data.len(), Protection::Confidentiality, Placement::InFront)?;
    ///     let (mut header, mut trailer) = (vec![0; lengths.header], vec![0; lengths.trailer]);
    ///     let around = TokenParts { header: &mut header, trailer: &mut trailer };
    ///     context.wrap_pieces(&mut [Piece::SignOnly(head), Piece::Data(data)], around, Protection::Confidentiality)?;
    ///     Ok([head, &header, data, &trailer].concat())
    /// }
    ///
    /// /// The other side, which knows from its protocol where each part stands.
    /// fn open(context: &mut Context, head: &[u8], around: TokenParts<'_>, data: &mut [u8]) -> Result<Protection, negotiate::Error> {
    ///     context.unwrap_pieces(&mut [Piece::SignOnly(head), Piece::Data(data)], around) // `data` is the message then
    /// }
    /// ```
    ///
    /// # Errors
    /// [`ContextError::Lengths`] if `around` is not as long; as [`Self::get_mic`].
    pub fn wrap_pieces(
        &mut self,
        message: &mut [Piece<'_>],
        around: TokenParts<'_>,
        protection: Protection,
    ) -> Result<(), Error> {
        self.mechanism.messages()?.wrap_pieces(message, around, protection)
    }

    /// Takes a message in pieces out of its protection where it stands. The data are cut as they were sent, or otherwise, if
    /// they are as many octets in all; what is only signed stands where it stood for [`Self::wrap_pieces`]. Which octets are
    /// data and which are not is for the protocol to know, and not for a length that somebody in between could have written:
    /// the octets are signed, and where the one ends and the other begins is not.
    /// How the message was protected is what comes back: whoever needs secrecy has to look.
    ///
    /// # Errors
    /// If it does not verify, or is out of order: then the data are wiped. As [`Self::get_mic`].
    pub fn unwrap_pieces(&mut self, message: &mut [Piece<'_>], around: TokenParts<'_>) -> Result<Protection, Error> {
        self.mechanism.messages()?.unwrap_pieces(message, around)
    }
}

/// What an established context cannot do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ContextError {
    /// The octets set aside for header and trailer of a token are not as many as it has.
    Lengths {
        /// What it has.
        needed: TokenLengths,
        /// What there was in front.
        header: usize,
        /// What there was behind.
        trailer: usize,
    },
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lengths { needed, header, trailer } => write!(
                f,
                "the token of this message needs {} octets in front and {} behind; there were {header} and {trailer}",
                needed.header, needed.trailer
            ),
        }
    }
}

impl core::error::Error for ContextError {}

impl Reason for ContextError {
    fn fault(&self) -> Fault {
        Fault::Configuration
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Lengths { .. } => "wrong-lengths",
        }
    }
}
