//! What a user decides: whose login, what to ask for, what to go on without, which dangers.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;

use crate::ntlm::credential::Credential;
use crate::ntlm::message::{NegotiateFlags, Version};
use crate::ntlm::reflection::ReflectionGuard;
use crate::random::{Randomness, SystemRandom};

/// An NTLM initiator: a credential, and what to ask for.
///
/// By default it answers with NTLMv2 only, asks for signed and sealed messages, and goes on only with a server that lets
/// the login be tied to its name, to the channel and to the three messages: TargetInfo with the server's names and its
/// time, which everything since Windows Vista sends, and so do Samba and gss-ntlmssp.
///
/// | the server chose | by default |
/// |---|---|
/// | no TargetInfo, or none with its two NetBIOS names | refused; [`Dangerous::allow_no_target_info`] |
/// | no MsvAvTimestamp | refused; [`Dangerous::allow_no_timestamp`] |
/// | no signing or sealing, or less than extended session security, 128 bits and key exchange | the login goes on, its messages are not protected; [`Self::require_integrity`] and [`Self::require_confidentiality`] refuse it, [`Dangerous::allow_weak_session_security`] protects them as well as can be |
/// | OEM, not Unicode | goes on if the names are ASCII |
/// | anything that was not offered | refused |
///
/// ```
/// use negotiate::ntlm::{self, Credential};
/// let credential = Credential::with_password(r"ADEX\alice", "open sesame")?;
/// let initiator = ntlm::Initiator::new(credential).workstation("LAPTOP-7").require_confidentiality();
/// # Ok::<(), ntlm::CredentialError>(())
/// ```
pub struct Initiator {
    pub(super) settings: Arc<Settings>,
}

/// Everything a handshake needs, behind one reference count.
#[allow(clippy::struct_excessive_bools, reason = "choices of the operator, each for itself")]
pub(super) struct Settings {
    pub(super) credential: Credential,
    pub(super) workstation: Box<str>,
    pub(super) version: Version,
    /// SIGN, SEAL or both, as far as they are asked for.
    pub(super) ask: NegotiateFlags,
    /// SIGN or SEAL, if the login is of no use without.
    pub(super) require: NegotiateFlags,
    pub(super) response: Response,
    /// Whether the response says for which service and channel it is.
    pub(super) tie: bool,
    pub(super) reflection: Option<Arc<ReflectionGuard>>,
    pub(super) allow_no_target_info: bool,
    pub(super) allow_no_timestamp: bool,
    pub(super) allow_weak_session_security: bool,
    pub(super) randomness: Box<dyn Randomness>,
}

/// What answers the challenge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Response {
    /// NTLMv2.
    V2,
    /// NTLMv1, with extended session security where it is chosen.
    V1,
    /// NTLMv1 and LM.
    V1AndLm,
}

impl Initiator {
    /// An initiator for this credential.
    #[must_use]
    pub fn new(credential: Credential) -> Self {
        Self {
            settings: Arc::new(Settings {
                credential,
                workstation: Box::default(),
                version: Version::SENT,
                ask: NegotiateFlags::SIGN | NegotiateFlags::SEAL,
                require: NegotiateFlags::NONE,
                response: Response::V2,
                tie: true,
                reflection: None,
                allow_no_target_info: false,
                allow_no_timestamp: false,
                allow_weak_session_security: false,
                randomness: Box::new(SystemRandom),
            }),
        }
    }

    /// Changes the settings. Nothing shares them while they can be changed: an initiator is not `Clone`, and a handshake
    /// takes its share from one that was given away to a builder.
    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        if let Some(settings) = Arc::get_mut(&mut self.settings) {
            change(settings);
        }
        self
    }

    /// What to call this machine: a label for the server's log, and for accounts that may log in from certain machines
    /// only. None by default.
    #[must_use]
    pub fn workstation(self, name: &str) -> Self {
        self.set(|settings| settings.workstation = name.into())
    }

    /// The VERSION to send, which is for debugging; [`Version::SENT`] by default.
    #[must_use]
    pub fn version(self, version: Version) -> Self {
        self.set(|settings| settings.version = version)
    }

    /// Asks for signed messages, not for sealed ones.
    #[must_use]
    pub fn without_confidentiality(self) -> Self {
        self.set(|settings| settings.ask = NegotiateFlags::SIGN)
    }

    /// Asks neither for signed nor for sealed messages: Active Directory refuses them inside TLS.
    #[must_use]
    pub fn without_message_protection(self) -> Self {
        self.set(|settings| settings.ask = NegotiateFlags::NONE)
    }

    /// Gives up with a server after whose login messages could not be signed.
    #[must_use]
    pub fn require_integrity(self) -> Self {
        self.set(|settings| {
            settings.ask = settings.ask | NegotiateFlags::SIGN;
            settings.require = settings.require | NegotiateFlags::SIGN;
        })
    }

    /// Gives up with a server after whose login messages could not be sealed.
    #[must_use]
    pub fn require_confidentiality(self) -> Self {
        self.set(|settings| {
            settings.ask = NegotiateFlags::SIGN | NegotiateFlags::SEAL;
            settings.require = NegotiateFlags::SIGN | NegotiateFlags::SEAL;
        })
    }

    /// Answers no challenge of this program's own acceptors, and lets them know its responses by the guard's MachineID (row
    /// D15). Of use where a program takes logins and makes them; without it each login has a random MachineID.
    #[must_use]
    pub fn reflection_guard(self, guard: Arc<ReflectionGuard>) -> Self {
        self.set(|settings| settings.reflection = Some(guard))
    }

    /// Where random octets come from, instead of the system: 56 a login, of which 8 are the challenge to the server, 16 the
    /// session key, 32 the MachineID.
    #[must_use]
    pub fn randomness(self, source: impl Randomness + 'static) -> Self {
        self.set(|settings| settings.randomness = Box::new(source))
    }

    /// The door to choices that weaken the login.
    #[must_use]
    pub fn dangerous(self) -> Dangerous {
        Dangerous(self)
    }
}

impl From<Credential> for Initiator {
    fn from(credential: Credential) -> Self {
        Self::new(credential)
    }
}

impl fmt::Debug for Initiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Initiator").field("credential", &self.settings.credential).finish_non_exhaustive()
    }
}

/// Choices that weaken an [`Initiator`], each opened by name.
#[derive(Debug)]
pub struct Dangerous(Initiator);

impl Dangerous {
    /// Answers with NTLMv1, with extended session security if the server chooses it, instead of NTLMv2. The password's hash
    /// falls to a search of DES keys, and the login is tied to no server, no channel, and no messages.
    #[must_use]
    pub fn use_ntlmv1(self) -> Initiator {
        self.0.set(|settings| settings.response = Response::V1)
    }

    /// Answers with NTLMv1 and LM, without extended session security, which rules LM out. Passwords fall in minutes. The
    /// credential needs an LM hash, or a password of at most 14 ASCII characters.
    #[must_use]
    pub fn send_lm(self) -> Initiator {
        self.0.set(|settings| settings.response = Response::V1AndLm)
    }

    /// Does not say in the response for which service, which channel and from which machine it is: for a server that
    /// is reached by a name it does not know, and yet looks at it. Whoever stands between can use the login for another
    /// server of the same account.
    #[must_use]
    pub fn omit_ties(self) -> Initiator {
        self.0.set(|settings| settings.tie = false)
    }

    /// Goes on with a server that does not say who it is, and so as a rule not its time either. Whoever stands between can
    /// use the login for another server: the response says neither for which service nor for which channel it is, there is
    /// no MIC, and messages are neither signed nor sealed.
    #[must_use]
    pub fn allow_no_target_info(self) -> Initiator {
        self.0.set(|settings| settings.allow_no_target_info = true)
    }

    /// Goes on with a server that does not say its time. There is then no MIC, so that whoever stands between can change
    /// what the sides offer each other, and an LMv2 response goes along, which is tied to nothing.
    #[must_use]
    pub fn allow_no_timestamp(self) -> Initiator {
        self.0.set(|settings| settings.allow_no_timestamp = true)
    }

    /// Signs and seals messages with whatever was agreed on: keys of 40 or 56 bits, keys that are the same for every login,
    /// checksums that anybody can forge, and with a server that does not say who it is.
    #[must_use]
    pub fn allow_weak_session_security(self) -> Initiator {
        self.0.set(|settings| settings.allow_weak_session_security = true)
    }
}
