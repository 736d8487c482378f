//! SASL (RFC 4422): the mechanisms `GSSAPI` (RFC 4752) and `GSS-SPNEGO`, and the security layer that follows them, both sides.
//!
//! LDAP, Kafka, HDFS, IMAP and many more log in so. The protocol moves challenges and responses; what they are wrapped in
//! there, and whether the first response may go along with the request, is its own business.
//!
//! | | `GSSAPI` | `GSS-SPNEGO` |
//! |---|---|---|
//! | tokens | Kerberos' own, bare | SPNEGO's: Kerberos or NTLM |
//! | security layer | negotiated behind the login, with sizes and an authorization identity (RFC 4752 section 3) | what the login's flags say: sealed, signed or nothing, as Active Directory, Samba and Cyrus have it |
//! | frames | 4 octets of length, then a token of `GSS_Wrap` (RFC 4422 section 3.7) | the same |
//!
//! ```text
//! Initiator::begin ─▶ Initiate::Respond ──▶ …      (send the response, wait for the challenge)
//!                     Initiate::Established        (the login is made; a last response may be left to send)
//! Acceptor::begin ─▶ Accept::Challenge ──▶ …       (send the challenge, wait for the response)
//!                    Accept::NeedsReplayCheck, Accept::NeedsAccount, Accept::NeedsAuthorization ──▶ …   (answer, then go on)
//!                    Accept::Established           (success; there may be data to go along)
//! ```
//!
//! The stream behind it is a [`Channel`]: [`Channel::Plain`] where no layer was agreed on, else [`Channel::Protected`], whose
//! [`SecurityLayer`] makes frames of what is sent, and messages of what arrives, however it was split on its way.
//!
//! # What is easily done wrong
//! * Inside TLS, Active Directory refuses signed and sealed messages: there [`LayerPolicy::INSIDE_TLS`], with the channel
//!   bindings of TLS. For `GSS-SPNEGO` the mechanisms must then not ask for any either
//!   ([`ntlm::Initiator::without_message_protection`](crate::ntlm::Initiator::without_message_protection) and its like).
//! * A connection that logs in anew keeps its old layer until then (RFC 4422 section 3.8), and Kafka does not log in anew on
//!   the same connection at all: drop the channel, and begin with another connection.
//! * A frame that fails ends the connection (RFC 4752 section 3.3). The layer then refuses everything.
//! * Where a server wants the first word, its first challenge is empty: [`AcceptorExchange::step`] with an empty response
//!   makes it, and an initiator sends its first response then.
//!
//! ```
//! use negotiate::ntlm::{self, Credential, MemoryAccounts, TargetInfo};
//! use negotiate::sasl::{self, Channel, Layer, LayerPolicy, Mechanism};
//! use negotiate::{Timestamp, acceptor, initiator};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now = Timestamp::now();
//! let credential = Credential::with_password(r"ADEX\alice", "open sesame")?;
//! let initiator = initiator::Initiator::builder("ldap@dc.example.com".parse()?).ntlm(credential).build()?;
//! let client = sasl::Initiator::new(Mechanism::GssSpnego, initiator, LayerPolicy::CONFIDENTIALITY)?;
//!
//! let accounts = MemoryAccounts::parse("ADEX:alice:open sesame")?;
//! let target = TargetInfo::new("dc.example.com")?.with_netbios_domain("ADEX")?;
//! let acceptor = acceptor::Acceptor::builder().ntlm(ntlm::Acceptor::new(target).accounts(accounts)).build()?;
//! let server = sasl::Acceptor::new(Mechanism::GssSpnego, acceptor, LayerPolicy::CONFIDENTIALITY);
//!
//! let mut ours = client.begin(now)?;
//! let mut theirs = server.begin();
//! let [client, server] = loop {
//!     let sasl::Initiate::Respond { response, next } = ours else { panic!("the server has the last word") };
//!     match theirs.step(&response, now)? {
//!         sasl::Accept::Challenge { challenge, next: exchange } => {
//!             ours = next.step(&challenge, now)?;
//!             theirs = exchange;
//!         }
//!         sasl::Accept::Established { challenge, login } => {
//!             // What goes along with the success; a protocol that has no place for it sends it as a challenge.
//!             let sasl::Initiate::Established { login: ours, .. } = next.step(&challenge.unwrap_or_default(), now)? else {
//!                 panic!("the server is done")
//!             };
//!             break [ours.channel, login.channel];
//!         }
//!         _ => panic!("no question is left open"),
//!     }
//! };
//! let (Channel::Protected(mut client), Channel::Protected(mut server)) = (client, server) else { panic!("sealed") };
//! assert_eq!(client.layer(), Layer::Confidentiality);
//! let mut frames = Vec::new();
//! client.wrap(b"search", &mut frames)?;
//! let mut arrived = &frames[..];
//! while let Some(message) = server.unwrap(&mut arrived)? {
//!     assert_eq!(message, b"search");
//! }
//! # Ok(())
//! # }
//! ```

mod acceptor;
mod error;
mod frame;
mod initiator;
mod layer;
mod negotiation;
mod questions;
mod security_layer;
#[cfg(test)]
mod tests;

use core::fmt;

pub use acceptor::{Accept, Acceptor, AcceptorExchange};
pub use error::Error;
pub use initiator::{Initiate, Initiator, InitiatorExchange};
pub use layer::{Layer, LayerPolicy, Layers};
pub use questions::{AccountQuery, AuthorizationQuery, ReplayCheck};
pub use security_layer::{Channel, Login, SecurityLayer};

use crate::context::{self, Context, Wrapping};

/// A SASL mechanism of GSS-API.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Mechanism {
    /// Kerberos, and a negotiated layer (RFC 4752).
    Gssapi,
    /// SPNEGO, whose flags are the layer.
    GssSpnego,
}

impl Mechanism {
    /// Its name in SASL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gssapi => "GSSAPI",
            Self::GssSpnego => "GSS-SPNEGO",
        }
    }

    /// The mechanism of this name, in capitals as SASL has it (RFC 4422 section 3.1).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Gssapi, Self::GssSpnego].into_iter().find(|mechanism| mechanism.name() == name)
    }

    /// Whether the login is one of those that this mechanism makes. `GSSAPI` is Kerberos and never anything else (RFC 4752
    /// section 1), and what came without SPNEGO may have been taken out of it by somebody in between (row C04).
    fn admits(self, context: &Context) -> Result<(), Error> {
        let (login, wrapping) = (context.mechanism(), context.wrapping());
        let fits = match self {
            Self::Gssapi => login == context::Mechanism::Kerberos && wrapping == Wrapping::Raw,
            Self::GssSpnego => wrapping == Wrapping::Spnego,
        };
        if fits { Ok(()) } else { Err(Error::WrongLogin { mechanism: self, login, wrapping }) }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
