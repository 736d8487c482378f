//! The frame of a PAC, KERB_VALIDATION_INFO and PAC_DEVICE_INFO: everything that was recorded, and what is not sound.

#![cfg(feature = "kerberos")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod corpus;
mod device;
mod frame;
mod hostile;
mod made;
mod recorded;
mod samba;
