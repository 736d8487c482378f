//! Negotiation of a mechanism (RFC 4178, [MS-SPNG]).

pub mod message;
