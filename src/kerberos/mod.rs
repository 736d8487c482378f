//! The Kerberos V5 mechanism (RFC 4120, RFC 4121).

pub mod replay;
