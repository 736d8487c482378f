//! What a SASL login, or its layer, is refused for beside what the mechanisms refuse.

use core::fmt;

use super::{Layer, Layers, Mechanism};
use crate::context::{self, Wrapping};
use crate::error::{Fault, Reason};

/// What a SASL login, or its layer, is refused for beside what the mechanisms refuse.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The initiator does not speak as the mechanism does: bare for `GSSAPI`, in SPNEGO for `GSS-SPNEGO`.
    WrongInitiator(Mechanism),
    /// The login is not one that the mechanism makes.
    WrongLogin {
        /// The mechanism.
        mechanism: Mechanism,
        /// What the login was made by.
        login: context::Mechanism,
        /// What carried it.
        wrapping: Wrapping,
    },
    /// An authorization identity was to be sent where there is no place for one.
    NoPlaceForIdentity,
    /// What the server offers is not four octets.
    BadOffer {
        /// How many it is.
        length: usize,
    },
    /// What the client chooses is less than four octets.
    BadChoice {
        /// How many it is.
        length: usize,
    },
    /// A message of the negotiation was sealed, where RFC 4752 has it signed.
    SealedNegotiation,
    /// A message of the negotiation is longer than any is.
    MessageTooLong {
        /// How long.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
    /// No layer is left that both sides go on with.
    NoCommonLayer {
        /// What the other side offers: everything where it is this side that offers.
        offered: Layers,
        /// What this side's policy allows, and the login can do.
        possible: Layers,
    },
    /// The client did not choose one layer.
    NotOneLayer {
        /// What it chose.
        bits: u8,
    },
    /// The client chose a layer that was not offered.
    LayerNotOffered {
        /// Which.
        layer: Layer,
    },
    /// The login's flags make a layer that this side's policy does not allow.
    LayerNotAllowed {
        /// Which.
        layer: Layer,
        /// What is allowed.
        allowed: Layers,
    },
    /// A layer was agreed on, and the other side takes no token that anything fits into.
    PeerTakesNothing {
        /// The longest that it takes.
        size: u32,
    },
    /// The authorization identity is not UTF-8, or has control characters in it.
    BadAuthorizationIdentity,
    /// The caller does not let this peer be whom it wants to be.
    NotAuthorized,
    /// Something came where nothing was due.
    Unexpected,
    /// A frame is longer than this side takes.
    FrameTooLong {
        /// How long it may be.
        limit: usize,
    },
    /// A message was only signed where sealed ones were agreed on.
    NotSealed,
    /// A frame failed before.
    Finished,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongInitiator(Mechanism::Gssapi) => f.write_str(
                "GSSAPI carries Kerberos' tokens bare: configure the initiator with Kerberos alone, and `bare()`",
            ),
            Self::WrongInitiator(Mechanism::GssSpnego) => {
                f.write_str("GSS-SPNEGO carries SPNEGO's tokens: configure the initiator without `bare()`")
            }
            Self::WrongLogin { mechanism, login, wrapping } => {
                let right = match mechanism {
                    Mechanism::Gssapi => "GSSAPI is Kerberos without SPNEGO (RFC 4752)",
                    Mechanism::GssSpnego => "GSS-SPNEGO is a login inside SPNEGO",
                };
                write!(f, "this login is {login}, {wrapping}: {right}")
            }
            Self::NoPlaceForIdentity => {
                f.write_str("GSS-SPNEGO has no place for an authorization identity: who logs in is who it is")
            }
            Self::BadOffer { length } => write!(f, "the server's offer of layers is {length} octets, not 4"),
            Self::BadChoice { length } => write!(f, "the client's choice of a layer is {length} octets, less than 4"),
            Self::SealedNegotiation => f.write_str(
                "a message of the layer's negotiation is sealed, where it is to be signed only (RFC 4752 section 3.1)",
            ),
            Self::MessageTooLong { length, limit } => {
                write!(f, "a message of the layer's negotiation has {length} octets, more than {limit}")
            }
            Self::NoCommonLayer { offered, possible } => write!(
                f,
                "no security layer in common: the other side has {offered}; here the policy, and what the login can do, leave {possible}"
            ),
            Self::NotOneLayer { bits } => write!(f, "the client chose {bits:#04x}, which is not one security layer"),
            Self::LayerNotOffered { layer } => {
                write!(f, "the client chose the security layer {layer}, which was not offered")
            }
            Self::LayerNotAllowed { layer, allowed } => write!(
                f,
                "the login's flags make the security layer {layer}, where the policy allows {allowed}: the initiator's \
                 mechanisms have to ask for what fits"
            ),
            Self::PeerTakesNothing { size } => {
                write!(f, "the other side takes tokens of {size} octets at most, into which no message fits")
            }
            Self::BadAuthorizationIdentity => {
                f.write_str("the authorization identity is not UTF-8, or has control characters in it")
            }
            Self::NotAuthorized => f.write_str("the peer may not act as the authorization identity that it asked for"),
            Self::Unexpected => f.write_str("the peer sent something where nothing was due"),
            Self::FrameTooLong { limit } => write!(
                f,
                "a frame is longer than {limit} octets: the other side ignores the size that it was told, or these are no \
                 frames, as when one side uses no security layer"
            ),
            Self::NotSealed => f.write_str("a message was only signed, where sealed ones were agreed on"),
            Self::Finished => {
                f.write_str("a frame failed before: the security layer is finished, and the connection to be closed")
            }
        }
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::WrongInitiator(_) | Self::NoPlaceForIdentity => Fault::Configuration,
            Self::WrongLogin { .. }
            | Self::NoCommonLayer { .. }
            | Self::LayerNotAllowed { .. }
            | Self::NotAuthorized => Fault::Policy,
            _ => Fault::Peer,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::WrongInitiator(_) => "wrong-initiator",
            Self::WrongLogin { .. } => "wrong-login",
            Self::NoPlaceForIdentity => "no-place-for-identity",
            Self::BadOffer { .. } | Self::BadChoice { .. } | Self::NotOneLayer { .. } | Self::MessageTooLong { .. } => {
                "bad-layer-message"
            }
            Self::SealedNegotiation => "sealed-negotiation",
            Self::NoCommonLayer { .. } | Self::LayerNotAllowed { .. } | Self::LayerNotOffered { .. } => {
                "no-common-layer"
            }
            Self::PeerTakesNothing { .. } => "peer-takes-nothing",
            Self::BadAuthorizationIdentity => "bad-authorization-identity",
            Self::NotAuthorized => "not-authorized",
            Self::Unexpected => "unexpected",
            Self::FrameTooLong { .. } => "frame-too-long",
            Self::NotSealed => "not-sealed",
            Self::Finished => "finished",
        }
    }
}
