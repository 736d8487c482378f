//! Every small input of readers that lengths and offsets steer, held against models that are written straight from the standards:
//! slow, plain, and of nothing that the crate is made of. The readers that nobody outside can call have theirs beside them: DER
//! (`src/asn1/exhaustive.rs`), NTLM's fields (`src/ntlm/message/fields/exhaustive.rs`), the window of sequence numbers
//! (`src/kerberos/per_message/window/exhaustive.rs`).

#![cfg(all(feature = "std", feature = "kerberos", feature = "ntlm"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod av_pairs;
#[path = "../../src/exhaustive.rs"]
mod exhaustive;
mod keytab;
mod ntlm_messages;
mod pac;
