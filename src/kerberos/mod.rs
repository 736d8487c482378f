//! Kerberos V5 (RFC 4120, RFC 4121).

pub mod etype;
pub mod keytab;
pub mod replay;
