//! Windows logins in pure Rust: SPNEGO, Kerberos and NTLM as a library without I/O.
//!
//! Octets and a time go in, octets and a verdict come out. A web server, an LDAP server, an SSH daemon or a proxy embeds
//! it and moves the octets.
//!
//! ```text
//! "Negotiate YII…" ─▶ http ─▶ acceptor ─▶ spnego ─▶ mechanism ─▶ kerberos::Acceptor
//!                     octets   front door  which     the seam     ticket by keytab, authenticator by ticket,
//!                                          mechanism     │        the checks of RFC 4120 section 3.2.3
//!                                                        │              │
//!       Context ◀── proof ◀── "was it seen before?" ◀────┼──────────────┘
//!          ▲                                             │
//!          │                                             └─▶ ntlm::Acceptor
//!          │                                                 a challenge, and its answer
//!          └─── proof ◀── "whose account is this?" ◀─────────────┘
//! ```
//!
//! ```text
//! tickets, password ─▶ initiator ─▶ spnego ─▶ mechanism ─▶ kerberos::Initiator, ntlm::Initiator
//!                      front door   what is    the seam    a token; then the acceptor's answer, verified
//!                                   offered                      │
//!       messages ◀──▶ Context ◀──────────────────────────────────┘
//!    wrap, unwrap, get_mic, verify_mic: of either side
//! ```
//!
//! | to | begin with |
//! |---|---|
//! | take logins | [`Acceptor`]; over HTTP `tower` or [`http_login::HttpAcceptor`] |
//! | log in | [`Initiator`]; over HTTP [`http_login::HttpInitiator`] |
//! | do either in LDAP, Kafka, IMAP | [`sasl`] |
//! | protect messages behind a login | [`Context`] |
//!
//! The README has each in a page, `examples` whole programs that run.
//!
//! # How it is built
//!
//! A room imports only from floors below, which `tests/floors` checks:
//!
//! | floor | rooms |
//! |---|---|
//! | 0 ground | [`error`] [`secret`] [`time`] [`random`], `utf16` |
//! | 1 encoding | [`asn1`] [`gss`] [`http`] [`peer`] [`authorization`] |
//! | 2 seam | [`context`], `mechanism` |
//! | 3 mechanisms | [`kerberos`] [`ntlm`] |
//! | 4 negotiation | [`spnego`] |
//! | 5 front doors | [`acceptor`] [`initiator`] [`http_login`] [`sasl`] |
//! | 6 leaves | [`inspect`] `tower` `kerberos::replay::redis`, the command `negotiate` |
//!
//! * A type per state; a step consumes it. After a failure nothing is left to go on with.
//! * Questions to the outside, such as whether a login was seen before, are values that pause the handshake.
//! * Time is an argument, and so is randomness. Nothing here reads a clock or a file, but for the few doors that say so.
//! * Secrets are wiped, never printed, compared in constant time. What weakens a login has a door called `dangerous()`.
//!
//! # What is not done
//!
//! Claims that a KDC compressed are not here yet, and nothing here asks a KDC for tickets: they come from a credential cache. DES and
//! triple DES will not be, but where LM and NTLMv1 are made of DES: those are refused unless opened by name.

#![cfg_attr(not(feature = "std"), no_std)]
// The seam is made for all mechanisms: with some of them left out, nobody uses parts of it.
#![cfg_attr(not(all(feature = "kerberos", feature = "ntlm")), allow(dead_code, unused_imports))]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions))]

extern crate alloc;

pub mod acceptor;
pub mod asn1;
pub mod authorization;
pub mod context;
pub mod error;
#[cfg(test)]
mod exhaustive;
pub mod gss;
pub mod http;
pub mod http_login;
pub mod initiator;
#[cfg(feature = "kerberos")]
pub mod inspect;
#[cfg(feature = "kerberos")]
pub mod kerberos;
mod mechanism;
#[cfg(feature = "ntlm")]
pub mod ntlm;
pub mod peer;
pub mod random;
pub mod sasl;
pub mod secret;
pub mod spnego;
pub mod time;
#[cfg(feature = "tower")]
pub mod tower;
mod utf16;

pub use acceptor::{Accept, Acceptor, Handshake, Opening};
pub use authorization::{Authorization, Sid};
pub use context::{
    BindingsStatus, Context, Mechanism, Piece, Placement, Protection, TokenLengths, TokenParts, Unwrapped, Wrapping,
};
pub use error::{Error, Fault, Rejected};
pub use initiator::{Initiate, Initiator};
pub use mechanism::{
    AccountAnswer, AccountQuestion, AccountStore, AsyncAccountStore, AsyncReplayCache, Later, ReplayCache,
    ReplayQuestion, ReplayVerdict,
};
pub use peer::{Account, Peer, Principal, Target};
pub use time::Timestamp;

/// The README's program, compiled.
#[cfg(all(doctest, feature = "axum", feature = "kerberos", feature = "ntlm"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// The programs of the page about tokens, compiled.
#[cfg(all(doctest, feature = "std", feature = "kerberos", feature = "ntlm"))]
#[doc = include_str!("../docs/tokens.md")]
struct Tokens;

/// The programs of the page about axum, compiled.
#[cfg(all(doctest, feature = "axum", feature = "ntlm", feature = "redis"))]
#[doc = include_str!("../docs/howto-axum.md")]
struct HowtoAxum;

/// The program of the page about HTTP clients, compiled.
#[cfg(all(doctest, feature = "std", feature = "kerberos", feature = "ntlm"))]
#[doc = include_str!("../docs/howto-http-client.md")]
struct HowtoHttpClient;
