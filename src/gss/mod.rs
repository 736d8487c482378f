//! What all GSS-API mechanisms share: their names, the frame of a first token, flags, channel bindings.

mod channel_bindings;
mod flags;
mod initial_token;
mod oid;

pub use channel_bindings::{AddressType, BindingsHash, CertificateError, ChannelBindings};
pub use flags::ContextFlags;
pub use initial_token::{Error, InitialToken};
pub use oid::Oid;
