//! Credential caches: hostile files by SECURITY rows A06, G01 and G03, the choice of a ticket, and the files of other
//! implementations.
#![cfg(all(feature = "std", feature = "kerberos"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test panics when it fails"
)]

mod choice;
mod delegated;
mod file;
mod krb_cred;
mod location;
mod made;
mod recorded;
