//! NTLM ([MS-NLMP]): a challenge, a response made with the hash of a password, and messages signed and sealed after it.
//!
//! | room | what |
//! |---|---|
//! | [`response`] | what answers a challenge, and the keys that come of it |
//! | [`session_security`] | signatures and sealed messages of an established context |

mod hmac_md5;
mod rc4_stream;
pub mod response;
pub mod session_security;
