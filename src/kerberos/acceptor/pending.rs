//! A login that passed all checks but the replay question, and what it becomes.

use alloc::boxed::Box;
use alloc::sync::Arc;

use super::answer::{self, Proof};
use super::dce::ThirdLeg;
use super::pac::PacFacts;
use super::request::Request;
use super::settings::Settings;
use super::times::InTime;
use crate::context::{BindingsStatus, Context, Facts, Mechanism};
use crate::error::Rejected;
use crate::gss::ContextFlags;
use crate::kerberos::error::Error;
use crate::kerberos::established::Established;
use crate::kerberos::etype::{EncryptionKey, EncryptionType};
use crate::kerberos::message::{KerberosTime, Microseconds};
use crate::kerberos::pac::KdcSignatures;
use crate::kerberos::per_message::{Keys, Messages, Role, Sequences};
use crate::kerberos::replay::NotReplayed;
use crate::mechanism::{MechStep, ReplayQuestion, ReplayVerdict, Resume};
use crate::peer::{Peer, Principal};
use crate::random::{Pool, Randomness};
use crate::secret::SecretBytes;
use crate::time::Timestamp;

/// What the AP-REQ said, in values of our own.
pub(super) struct Pending {
    pub(super) settings: Arc<Settings>,
    pub(super) question: ReplayQuestion,
    pub(super) now: Timestamp,
    pub(super) asks_for_mutual: bool,
    pub(super) in_time: InTime,
    pub(super) authenticator_time: (KerberosTime, Microseconds),
    pub(super) sequence: u32,
    pub(super) client: Principal,
    pub(super) acceptor: Arc<Principal>,
    pub(super) kvno: u32,
    pub(super) ticket_kvno: Option<u32>,
    pub(super) ticket_etype: EncryptionType,
    pub(super) channel_bindings: BindingsStatus,
    pub(super) flags: ContextFlags,
    pub(super) delegated_credential: Option<SecretBytes>,
    pub(super) pac: PacFacts,
    pub(super) acceptor_etype: Option<EncryptionType>,
    pub(super) session_key: EncryptionKey,
    pub(super) subkey: Option<EncryptionKey>,
}

/// What only a Kerberos login knows, from [`Context::details`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Details {
    /// The encryption type of the ticket.
    pub ticket_etype: EncryptionType,
    /// The version of the key that opened it, by the keytab.
    pub kvno: u32,
    /// The version the ticket names, if it names one. Where it differs, keytab and KDC disagree on numbers.
    pub ticket_kvno: Option<u32>,
    /// The encryption type of the context's key.
    pub context_etype: EncryptionType,
    /// What is known of the KDC's own signatures in the ticket's PAC; `None` if the ticket has no PAC. They are unverified
    /// unless the acceptor has a key of krbtgt ([`Acceptor::krbtgt_key`](super::Acceptor::krbtgt_key)).
    pub kdc_signatures: Option<KdcSignatures>,
}

/// The services that are granted when they are asked for. What they promise, messages that are protected and numbered,
/// is the context's to keep. DELEGATE is not among them: it is granted
/// with a credential that was opened (row E14).
const GRANTED: ContextFlags = ContextFlags::from_bits(
    ContextFlags::MUTUAL.bits()
        | ContextFlags::REPLAY.bits()
        | ContextFlags::SEQUENCE.bits()
        | ContextFlags::CONFIDENTIALITY.bits()
        | ContextFlags::INTEGRITY.bits()
        | ContextFlags::DCE_STYLE.bits()
        | ContextFlags::IDENTIFY.bits()
        | ContextFlags::EXTENDED_ERROR.bits(),
);

/// The question whether this authenticator was seen before.
pub(super) fn question(
    settings: &Settings,
    session_key: &EncryptionKey,
    request: &Request<'_>,
    client: &Principal,
    in_time: &InTime,
    now: Timestamp,
) -> ReplayQuestion {
    let (_, authenticator) = request.ciphers();
    ReplayQuestion::of(session_key.expose(), authenticator, client, in_time.stamped, now, settings.skew)
}

/// The type of the subkey that the acceptor adds, if it adds one: what RFC 4537 negotiated where that is not weaker,
/// else the type of the context so far. An rc4-hmac context gets none but in DCE style: MIT's, Heimdal's and Java's
/// acceptors all repeat the initiator's subkey there, and so does [`Pending::establish`].
pub(super) fn subkey_etype(
    session_key: &EncryptionKey,
    subkey: Option<&EncryptionKey>,
    negotiated: Option<EncryptionType>,
    flags: ContextFlags,
) -> Option<EncryptionType> {
    let so_far = subkey.unwrap_or(session_key).etype();
    let chosen = negotiated.filter(|etype| etype.strength_rank() <= so_far.strength_rank()).unwrap_or(so_far);
    (chosen != EncryptionType::RC4_HMAC || flags.contains(ContextFlags::DCE_STYLE)).then_some(chosen)
}

impl Resume<ReplayVerdict> for Pending {
    fn resume(self: Box<Self>, answer: ReplayVerdict, _now: Timestamp) -> Result<MechStep, Rejected> {
        let (settings, asks, now) = (Arc::clone(&self.settings), self.asks_for_mutual, self.now);
        let step = NotReplayed::prove(answer).map_err(Error::from).and_then(|proof| self.establish(proof));
        step.map_err(|error| answer::refuse(&settings, asks, error, now))
    }
}

impl Pending {
    /// The last step, which only the proof that the authenticator is fresh opens.
    fn establish(self: Box<Self>, _fresh: NotReplayed) -> Result<MechStep, Error> {
        let dce_style = self.flags.contains(ContextFlags::DCE_STYLE);
        if !self.flags.contains(ContextFlags::MUTUAL) && !dce_style {
            return Ok(MechStep::Established { token: None, context: self.context(None, None) });
        }
        // One call of the generator for all that is random here: a subkey, a number, a confounder.
        let randomness = Pool::<{ 32 + 4 + 16 }>::drawn(&*self.settings.randomness)?;
        let subkey = self.acceptor_etype.map(|etype| EncryptionKey::generate(etype, &randomness)).transpose();
        let subkey = subkey.map_err(|error| Error::Key { what: "acceptor's subkey", error })?;
        let sequence = initial_sequence(&randomness)?;
        let (ctime, cusec) = self.authenticator_time;
        let told = subkey.as_ref().or(self.subkey.as_ref());
        let proof = Proof { session_key: &self.session_key, ctime, cusec, subkey: told, sequence };
        let token = proof.to_token(!dce_style, &randomness)?;
        if dce_style {
            let session_key = self.session_key.duplicate();
            let context = self.context(subkey, Some(sequence));
            let next = ThirdLeg { second_leg: token.clone(), session_key, sequence, context };
            return Ok(MechStep::Continue { token, next: Box::new(next) });
        }
        Ok(MechStep::Established { token: Some(token), context: self.context(subkey, Some(sequence)) })
    }

    fn context(self, acceptor_subkey: Option<EncryptionKey>, sequence: Option<u32>) -> Context {
        let initiator_key = self.subkey.unwrap_or(self.session_key);
        // Without an AP-REP the initiator cannot know another number than its own.
        let sequences = Sequences { own: u64::from(sequence.unwrap_or(self.sequence)), peer: u64::from(self.sequence) };
        let granted = match &self.delegated_credential {
            Some(_) => GRANTED | ContextFlags::DELEGATE,
            None => GRANTED,
        };
        let flags = self.flags & granted;
        let messages = Messages::new(Role::Acceptor, Keys { initiator_key, acceptor_subkey }, sequences, flags)
            .randomness(Arc::clone(&self.settings.randomness));
        let details = Details {
            ticket_etype: self.ticket_etype,
            kvno: self.kvno,
            ticket_kvno: self.ticket_kvno,
            context_etype: messages.context_key().etype(),
            kdc_signatures: self.pac.kdc_signatures,
        };
        let facts = Facts {
            mechanism: Mechanism::Kerberos,
            peer: Peer::Kerberos(self.client),
            acceptor: Some(self.acceptor),
            flags,
            expires_at: Some(self.in_time.ends),
            channel_bindings: self.channel_bindings,
            delegated_credential: self.delegated_credential,
            authorization: self.pac.authorization,
        };
        Context::new(facts, Box::new(Established { messages, details }))
    }
}

/// A first sequence number of 30 bits, so that it is positive for whoever reads it signed, and does not wrap soon.
fn initial_sequence(randomness: &dyn Randomness) -> Result<u32, Error> {
    let mut octets = [0; 4];
    randomness.fill(&mut octets)?;
    Ok(u32::from_be_bytes(octets) & 0x3fff_ffff)
}
