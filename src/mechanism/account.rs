//! The question who a user is and what proves it, as a value.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use zeroize::Zeroizing;

use crate::peer::Account;

/// "Whose account is this, and what is its password's hash?" as a value that pauses the handshake until someone has looked.
///
/// All of it is what the peer claims: the identity of the login is the [`Account`] in the answer (row D25). Whoever has the
/// hash answers with that; whoever has not passes challenge and responses on to a domain controller
/// (`NETLOGON_NETWORK_INFO`, [MS-NRPC] section 2.2.1.4.5) and answers with its verdict.
#[derive(Clone, Eq, PartialEq)]
pub struct AccountQuestion<'a> {
    pub(crate) user: String,
    pub(crate) domain: String,
    pub(crate) workstation: String,
    pub(crate) server_challenge: [u8; 8],
    pub(crate) nt_response: Cow<'a, [u8]>,
    pub(crate) lm_response: Cow<'a, [u8]>,
}

impl AccountQuestion<'_> {
    /// The user's name as it was sent, in whatever case: Windows compares names unit by unit in upper case
    /// (`ntlm::response::upcase`). It may be a UPN, `alice@example.com`, then with an empty domain as a rule.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The name of the user's domain as it was sent; empty if none was named.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// What the peer calls its own machine: a label on which nothing may be decided (row D14).
    #[must_use]
    pub fn workstation(&self) -> &str {
        &self.workstation
    }

    /// The challenge that was answered, for a domain controller: as it is where [`Self::lm_response`] is empty, else the first 8
    /// octets of the MD5 of it and the first 8 of that ([MS-APDS] section 3.1.5.2).
    #[must_use]
    pub const fn server_challenge(&self) -> &[u8; 8] {
        &self.server_challenge
    }

    /// `NtChallengeResponse`, for a domain controller.
    #[must_use]
    pub fn nt_response(&self) -> &[u8] {
        &self.nt_response
    }

    /// `LmChallengeResponse`, for a domain controller: empty unless it is the client's challenge of an NTLMv1 response with
    /// extended session security. As a proof it is never taken, and so is not passed on (row D08).
    #[must_use]
    pub fn lm_response(&self) -> &[u8] {
        &self.lm_response
    }

    /// The same, of octets of its own.
    pub(crate) fn into_owned(self) -> AccountQuestion<'static> {
        AccountQuestion {
            nt_response: Cow::Owned(self.nt_response.into_owned()),
            lm_response: Cow::Owned(self.lm_response.into_owned()),
            ..self
        }
    }
}

/// Without the responses: with them and the challenge passwords can be guessed at leisure.
impl fmt::Debug for AccountQuestion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, domain, workstation, server_challenge: _, nt_response: _, lm_response: _ } = self;
        f.debug_struct("AccountQuestion")
            .field("user", user)
            .field("domain", domain)
            .field("workstation", workstation)
            .finish_non_exhaustive()
    }
}

/// The answer to an [`AccountQuestion`]. The constructors that take secrets are in `ntlm`.
pub struct AccountAnswer(pub(crate) AccountVerdict);

/// What an [`AccountAnswer`] says.
pub(crate) enum AccountVerdict {
    /// The account, and the hash of its password (NTOWFv1).
    NtHash(Account, Zeroizing<[u8; 16]>),
    /// Someone else has verified the response, and this is the account and the session base key.
    Verified(Account, Zeroizing<[u8; 16]>),
    /// Nobody by this name.
    Unknown,
    /// Someone else has looked at the response, or at the account, and refuses.
    Refused,
    /// The store does not answer.
    Unavailable,
}

impl AccountAnswer {
    /// Nobody by this name. The peer cannot tell it from a wrong password, neither by the answer nor by its time (row D23).
    #[must_use]
    pub const fn unknown() -> Self {
        Self(AccountVerdict::Unknown)
    }

    /// A domain controller, or the account's state (disabled, expired, locked), says no.
    #[must_use]
    pub const fn refused() -> Self {
        Self(AccountVerdict::Refused)
    }

    /// The store did not answer, so nobody can log in.
    #[must_use]
    pub const fn unavailable() -> Self {
        Self(AccountVerdict::Unavailable)
    }
}

impl fmt::Debug for AccountAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, account) = match &self.0 {
            AccountVerdict::NtHash(account, _) => ("NtHash", Some(account)),
            AccountVerdict::Verified(account, _) => ("Verified", Some(account)),
            AccountVerdict::Unknown => ("Unknown", None),
            AccountVerdict::Refused => ("Refused", None),
            AccountVerdict::Unavailable => ("Unavailable", None),
        };
        f.debug_struct("AccountAnswer").field("says", &what).field("account", &account).finish_non_exhaustive()
    }
}

/// A store of accounts that answers at once.
pub trait AccountStore: Send + Sync {
    /// Finds the account that is meant: the domain has to be compared as well as the name, or `OTHER\alice` is `ADEX\alice`,
    /// and in whatever case they come. In doubt, [`AccountAnswer::unknown`]: what it gives is who will be logged in.
    fn look_up(&self, question: &AccountQuestion<'_>) -> AccountAnswer;
}

/// A store that others use too.
impl<Store: AccountStore + ?Sized> AccountStore for Arc<Store> {
    fn look_up(&self, question: &AccountQuestion<'_>) -> AccountAnswer {
        (**self).look_up(question)
    }
}
