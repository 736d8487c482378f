//! What answers a challenge, and the keys that come of it ([MS-NLMP] sections 3.3 and 3.4.5.1).
//!
//! ```text
//! password ── NtHash ── ResponseKey ──▶ NTProofStr ──▶ SessionBaseKey ── KeyExchangeKey ── ExportedSessionKey
//!             NTOWFv1   NTOWFv2         user, domain,   both sides,       KXKEY              signs, seals,
//!                                       challenge       once it is right                     and makes the MIC
//! ```
//!
//! Everything here is made of octets that were read elsewhere; nothing is decided but whether a response is right.
//!
//! ```
//! use negotiate::ntlm::response::{NtHash, verify_ntlmv2};
//!
//! let (account, challenge) = (NtHash::from_password("Password")?, [1, 2, 3, 4, 5, 6, 7, 8]);
//! let (user, domain) = ("User".encode_utf16(), "Domain".encode_utf16());
//! let blob = [0; 44];
//! let proof = account.response_key(user.clone(), domain.clone()).nt_proof(&challenge, &blob);
//! let response = [&proof[..], &blob].concat();
//! assert!(verify_ntlmv2(Some(&account), user, domain, &challenge, &response).is_ok());
//! # Ok::<(), negotiate::ntlm::response::Error>(())
//! ```
//!
//! LM and NTLMv1 rest on DES and on a challenge that one side alone chose: they are here for those who must still speak
//! to them, and no policy but an explicit one lets them in.

mod account_hash;
mod des;
mod error;
mod key_exchange;
mod ntlmv1;
mod ntlmv2;
mod upcase;

pub use account_hash::{LmHash, MAX_PASSWORD_LEN, NtHash};
pub use error::Error;
pub use key_exchange::{ExportedSessionKey, KeyExchangeKey, SessionBaseKey};
pub use ntlmv1::{lm_v1, ntlm_v1, ntlm_v1_extended, verify_ntlmv1, verify_ntlmv1_extended};
pub use ntlmv2::{ResponseKey, verify_ntlmv2};
pub use upcase::{code_units, upcase};

/// What a server sends to be answered: 8 octets, new for each login ([MS-NLMP] section 2.2.1.2).
pub type ServerChallenge = [u8; 8];

/// What a client adds so that the server alone does not choose ([MS-NLMP] section 2.2.2.7).
pub type ClientChallenge = [u8; 8];
