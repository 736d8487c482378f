//! NTLM explained: its three messages, and whether a response answers a challenge ([MS-NLMP]).
//!
//! ```text
//! token ─▶ messages ─▶ payload ─▶ responses, av_pairs, names     the tree
//!                                   │
//! challenge, NEGOTIATE, password ─▶ check ─▶ hints               what is right, and what a person would want to know
//! ```
//! Responses, MIC and session keys stay out of sight like keys: with one of them and the messages anybody can guess the
//! password at leisure.

mod av_pairs;
mod check;
mod hints;
mod login;
mod messages;
mod names;
mod payload;
mod proofs;
mod responses;
mod signature;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub(super) use messages::message;
pub(super) use signature::signature;

use super::tree::Tree;
use super::{Options, input, walk};
use crate::ntlm::response::NtHash;

/// What may be known of an NTLM login besides its last message.
#[derive(Clone, Copy, Default)]
pub(super) struct Known<'a> {
    challenge: Option<&'a [u8]>,
    negotiate: Option<&'a [u8]>,
    password: Option<&'a str>,
    nt_hash: Option<&'a NtHash>,
}

impl Known<'_> {
    pub(super) const NOTHING: Self = Self { challenge: None, negotiate: None, password: None, nt_hash: None };
}

impl fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { challenge, negotiate, password, nt_hash } = self;
        f.debug_struct("Known")
            .field("challenge", &challenge.is_some())
            .field("negotiate", &negotiate.is_some())
            .field("password", &password.is_some())
            .field("nt_hash", &nt_hash.is_some())
            .finish()
    }
}

/// The check of an NTLM login (feature `ntlm`).
impl<'a> Options<'a> {
    /// The CHALLENGE_MESSAGE that the explained AUTHENTICATE_MESSAGE answers, in any form that [`explain`](super::explain)
    /// takes, in SPNEGO or bare. The explanation then says whether the target info came back, and with the password or its
    /// hash whether the responses are right: see the nodes of the kind `check`.
    ///
    /// ```
    /// use negotiate::inspect::{Options, explain};
    /// use negotiate::ntlm::message::{Authenticate, Challenge, NegotiateFlags};
    /// use negotiate::ntlm::response::{NtHash, ntlm_v1};
    ///
    /// let (flags, server_challenge) = (NegotiateFlags::UNICODE | NegotiateFlags::NTLM, [1, 2, 3, 4, 5, 6, 7, 8]);
    /// let challenge = Challenge { flags, server_challenge, ..Challenge::default() }.encode()?;
    /// let response = ntlm_v1(&NtHash::from_password("Password")?, &server_challenge);
    /// let token = Authenticate { flags, nt_challenge_response: &response, ..Authenticate::default() }.encode()?;
    ///
    /// let explanation = explain(&token, &Options::new().challenge(&challenge).password("Password"));
    /// let check = explanation.root().child("check").unwrap();
    /// assert_eq!(check.value.as_deref(), Some("the response fits the password and the challenge"));
    /// assert!(!explain(&token, &Options::new().challenge(&challenge).password("password")).is_sound());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn challenge(mut self, challenge: &'a [u8]) -> Self {
        self.login.challenge = Some(challenge);
        self
    }

    /// The NEGOTIATE_MESSAGE that began the login, in any form that [`explain`](super::explain) takes. With the challenge
    /// and the password or its hash the MIC is checked over all three messages.
    #[must_use]
    pub const fn negotiate(mut self, negotiate: &'a [u8]) -> Self {
        self.login.negotiate = Some(negotiate);
        self
    }

    /// The password that the response should be made with. An LM response is checked with nothing else.
    #[must_use]
    pub const fn password(mut self, password: &'a str) -> Self {
        self.login.password = Some(password);
        self
    }

    /// The NT hash of the password, in its place. It wins over a password.
    #[must_use]
    pub const fn nt_hash(mut self, hash: &'a NtHash) -> Self {
        self.login.nt_hash = Some(hash);
        self
    }
}

/// Checks what can be checked, adds it to the tree, and says what a person would want to know of the login.
pub(super) fn remarks(tree: &mut Tree, token: &[u8], options: &Options<'_>) -> Vec<String> {
    let mut remarks = hints::of(tree, token);
    remarks.extend(check::check(tree, token, options));
    remarks
}

/// The first message of this kind in a token that was given beside the explained one, in whatever form.
fn message_of(input: &[u8], kind: &str) -> Option<Vec<u8>> {
    let (_, token, _) = input::recognise(input);
    let tree = walk::token(&token, false);
    find(&tree, &token, kind).map(|(_, octets)| octets.to_vec())
}

/// The first node of this kind, and its octets.
fn find<'a>(tree: &Tree, token: &'a [u8], kind: &str) -> Option<(usize, &'a [u8])> {
    let index = tree.of_kind(kind).next()?;
    Some((index, token.get(tree.node(index)?.range.clone())?))
}
