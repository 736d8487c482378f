//! What this side keeps of a login, from its AP-REQ to the context.

use alloc::boxed::Box;
use alloc::sync::Arc;

use super::error::Error;
use super::reply::Proof;
use super::settings::Settings;
use crate::context::{BindingsStatus, Context, Facts, Mechanism};
use crate::gss::ContextFlags;
use crate::kerberos::established::Established;
use crate::kerberos::etype::{EncryptionKey, EncryptionType};
use crate::kerberos::message::{KerberosTime, Microseconds};
use crate::kerberos::per_message::{Keys, Messages, Role, Sequences};
use crate::peer::{Peer, Principal};
use crate::time::Timestamp;

/// A login that was begun.
pub(super) struct Login {
    pub(super) settings: Arc<Settings>,
    pub(super) client: Principal,
    pub(super) service: Principal,
    pub(super) ticket_etype: EncryptionType,
    pub(super) ends: Timestamp,
    pub(super) session_key: EncryptionKey,
    pub(super) subkey: EncryptionKey,
    /// ctime and cusec of the authenticator.
    pub(super) stamp: (KerberosTime, Microseconds),
    /// The number of this side's first message.
    pub(super) sequence: u32,
    /// The services that were asked for.
    pub(super) flags: ContextFlags,
}

/// What only a Kerberos login knows, on the side that made it: from [`Context::details`].
///
/// ```
/// use negotiate::{Context, kerberos::InitiatorDetails};
///
/// /// Whether this is by Kerberos, and the service has shown that it has its key.
/// fn is_proven(context: &Context) -> bool {
///     context.details::<InitiatorDetails>().is_some_and(|details| details.peer_is_proven)
/// }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Details {
    /// Whose ticket it was: who is logged in.
    pub client: Principal,
    /// The encryption type of the ticket.
    pub ticket_etype: EncryptionType,
    /// The encryption type of the context's key.
    pub context_etype: EncryptionType,
    /// Whether the acceptor proved that it has the service's key. If not, [`Context::peer`] is the service that this side
    /// asked for, and nothing shows that it is the one that answers.
    pub peer_is_proven: bool,
}

impl Login {
    /// The context of a login to which there is no answer.
    pub(super) fn unanswered(self) -> Context {
        // The acceptor has no number of its own: it goes by this side's.
        let sequence = self.sequence;
        self.context(None, sequence, false)
    }

    /// The context of a login that the acceptor answered.
    pub(super) fn answered(self, proof: Proof) -> Context {
        let adopted = proof.subkey.filter(|subkey| self.adopts(subkey.etype()));
        self.context(adopted, proof.sequence, true)
    }

    /// Whether the acceptor's subkey becomes the key of the context: always, but in contexts of rc4-hmac that are not in DCE
    /// style. Those are of RFC 1964, which has no acceptor's subkey; MIT, Heimdal and Java repeat the initiator's there.
    fn adopts(&self, etype: EncryptionType) -> bool {
        let rc4 = EncryptionType::RC4_HMAC;
        etype != rc4 || self.subkey.etype() != rc4 || self.flags.contains(ContextFlags::DCE_STYLE)
    }

    fn context(self, acceptor_subkey: Option<EncryptionKey>, peer_sequence: u32, peer_is_proven: bool) -> Context {
        let keys = Keys { initiator_key: self.subkey, acceptor_subkey };
        let sequences = Sequences { own: self.sequence.into(), peer: peer_sequence.into() };
        let messages = Messages::new(Role::Initiator, keys, sequences, self.flags)
            .randomness(Arc::clone(&self.settings.randomness));
        let details = Details {
            client: self.client,
            ticket_etype: self.ticket_etype,
            context_etype: messages.context_key().etype(),
            peer_is_proven,
        };
        let facts = Facts {
            mechanism: Mechanism::Kerberos,
            peer: Peer::Kerberos(self.service),
            acceptor: None,
            flags: self.flags,
            expires_at: Some(self.ends),
            // Only the acceptor compares.
            channel_bindings: BindingsStatus::NotChecked,
            delegated_credential: None,
            authorization: None,
        };
        Context::new(facts, Box::new(Established { messages, details }))
    }

    /// Refuses an encryption type of the acceptor's subkey that this side did not permit, or that is weaker than what it
    /// proposed (rows E09, E13).
    pub(super) fn check_subkey(&self, etype: EncryptionType) -> Result<(), Error> {
        if !self.settings.permits(etype) {
            return Err(Error::EtypeNotPermitted { what: "acceptor's subkey", etype });
        }
        let proposed = self.subkey.etype();
        if bits(etype) < bits(proposed) {
            return Err(Error::WeakerSubkey { etype, proposed });
        }
        Ok(())
    }
}

/// How strong a type is for this: by its key's octets, of which those of rc4-hmac count for nothing. Acceptors choose types of
/// another family with keys as long: MIT krb5 aes256-cts-hmac-sha1-96 under aes256-cts-hmac-sha384-192, if it may.
fn bits(etype: EncryptionType) -> usize {
    match etype {
        EncryptionType::RC4_HMAC => 0,
        other => other.key_len().unwrap_or(0),
    }
}
