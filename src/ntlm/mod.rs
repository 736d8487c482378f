//! NTLM, after [MS-NLMP].
//!
//! ```text
//! NEGOTIATE_MESSAGE ─▶ CHALLENGE_MESSAGE ─▶ AUTHENTICATE_MESSAGE
//!        message   what stands on the wire
//! ```

pub mod message;
