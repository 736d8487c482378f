//! What an operator decides: who this server is, whose accounts, how strict, which dangers.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::target_name::TargetNames;
use crate::mechanism::AccountStore;
use crate::ntlm::error::Error;
use crate::ntlm::message::{ChallengeMessage, Error as MessageError};
use crate::ntlm::reflection::ReflectionGuard;
use crate::ntlm::target_info::{EncodedTargetInfo, TargetInfo};
use crate::random::{Randomness, SystemRandom};

/// How long a challenge may be answered (row D19).
pub(super) const CHALLENGE_LIFETIME: Duration = Duration::from_secs(300);

/// How far the time in a response may be from this side's clock: what Windows allows between the making of a response and
/// its judgement ([MS-NLMP] section 3.1.1.1, MaxLifetime). Clients that have no time of the acceptor's take their own.
pub(super) const RESPONSE_LIFETIME: Duration = Duration::from_secs(36 * 3600);

/// An NTLM acceptor: the server's names, and what to take.
///
/// Made once and shared by all handshakes. Every weak choice is off until it is opened by name ([`Self::dangerous`]).
/// Whose account it is that logs in is asked by value (`Accept::NeedsAccount`), unless there is a store that answers at
/// once ([`Self::accounts`]).
///
/// ```
/// # fn accounts() -> impl negotiate::AccountStore + 'static { NoAccounts }
/// # struct NoAccounts;
/// # impl negotiate::AccountStore for NoAccounts {
/// #     fn look_up(&self, _: &negotiate::AccountQuestion<'_>) -> negotiate::AccountAnswer { negotiate::AccountAnswer::unknown() }
/// # }
/// use negotiate::ntlm::{self, TargetInfo};
/// let target = TargetInfo::new("web.ad.example.com")?.with_netbios_domain("ADEX")?;
/// let acceptor = ntlm::Acceptor::new(target).accounts(accounts()).require_mic();
/// # Ok::<(), negotiate::ntlm::BadTargetInfo>(())
/// ```
pub struct Acceptor {
    pub(super) settings: Arc<Settings>,
}

/// Everything a handshake needs, behind one reference count.
pub(super) struct Settings {
    pub(super) target: Result<EncodedTargetInfo, MessageError>,
    pub(super) accounts: Option<Box<dyn AccountStore>>,
    pub(super) randomness: Box<dyn Randomness>,
    pub(super) challenge_lifetime: Duration,
    pub(super) response_lifetime: Duration,
    pub(super) target_names: TargetNames,
    pub(super) require_mic: bool,
    pub(super) reflection: Option<Arc<ReflectionGuard>>,
    pub(super) allow_ntlmv1: bool,
    pub(super) allow_anonymous: bool,
    pub(super) allow_guests: bool,
    pub(super) allow_weak_session_security: bool,
    pub(super) recorded_challenge: Option<Box<[u8]>>,
}

impl Acceptor {
    /// An acceptor on a server of these names.
    #[must_use]
    pub fn new(target: TargetInfo) -> Self {
        Self {
            settings: Arc::new(Settings {
                target: EncodedTargetInfo::new(&target),
                accounts: None,
                randomness: Box::new(SystemRandom),
                challenge_lifetime: CHALLENGE_LIFETIME,
                response_lifetime: RESPONSE_LIFETIME,
                target_names: TargetNames::default(),
                require_mic: false,
                reflection: None,
                allow_ntlmv1: false,
                allow_anonymous: false,
                allow_guests: false,
                allow_weak_session_security: false,
                recorded_challenge: None,
            }),
        }
    }

    /// Changes the settings. Nothing shares them while they can be changed: an acceptor is not `Clone`, and a handshake
    /// takes its share from one that was given away to a builder.
    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        if let Some(settings) = Arc::get_mut(&mut self.settings) {
            change(settings);
        }
        self
    }

    /// Asks this store, at once, instead of pausing with `Accept::NeedsAccount`. A shared one is given as an `Arc`.
    #[must_use]
    pub fn accounts(self, store: impl AccountStore + 'static) -> Self {
        self.set(|settings| settings.accounts = Some(Box::new(store)))
    }

    /// Where random octets come from, instead of the system.
    #[must_use]
    pub fn randomness(self, source: impl Randomness + 'static) -> Self {
        self.set(|settings| settings.randomness = Box::new(source))
    }

    /// How long a challenge may be answered. Five minutes by default; a shorter lifetime of the whole handshake
    /// (`AcceptorBuilder::handshake_lifetime`) comes first.
    #[must_use]
    pub fn challenge_lifetime(self, lifetime: Duration) -> Self {
        self.set(|settings| settings.challenge_lifetime = lifetime)
    }

    /// How far the time in an NTLMv2 response may be from this side's clock. 36 hours by default, as with Windows: some
    /// clients, such as curl, write their own clock's time and not the challenge's.
    #[must_use]
    pub fn response_lifetime(self, lifetime: Duration) -> Self {
        self.set(|settings| settings.response_lifetime = lifetime)
    }

    /// Takes logins to these service principal names only, such as `HTTP/web.example.com`: a client that means another
    /// service is refused. Compared without regard to ASCII case and to a dot at the end of the host; a name without a port
    /// stands for all of them. Clients that name no service, such as curl, Firefox and Java, still get in.
    #[must_use]
    pub fn target_names<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.set(|settings| settings.target_names.take(names))
    }

    /// Refuses clients that name no service, or one that they had from a source they do not trust (MsvAvFlags 0x4).
    #[must_use]
    pub fn require_target_name(self) -> Self {
        self.set(|settings| settings.target_names.require())
    }

    /// Refuses logins without a message integrity code. Windows and browsers built on Chromium have one; curl, Firefox and
    /// Java have not.
    #[must_use]
    pub fn require_mic(self) -> Self {
        self.set(|settings| settings.require_mic = true)
    }

    /// Refuses logins of this program's own initiators, and lets them know this acceptor's challenges.
    #[must_use]
    pub fn reflection_guard(self, guard: Arc<ReflectionGuard>) -> Self {
        self.set(|settings| settings.reflection = Some(guard))
    }

    /// The door to choices that weaken the acceptor.
    #[must_use]
    pub fn dangerous(self) -> Dangerous {
        Dangerous(self)
    }
}

/// Choices that weaken an [`Acceptor`], each opened by name.
#[derive(Debug)]
pub struct Dangerous(Acceptor);

impl Dangerous {
    /// Takes NTLMv1 responses, with and without extended session security. They fall to a search in hours, are bound to no
    /// server, no channel and no time, and have no message integrity code. With it come clients such as wget, which say
    /// Unicode and send ASCII.
    #[must_use]
    pub fn allow_ntlmv1(self) -> Acceptor {
        self.0.set(|settings| settings.allow_ntlmv1 = true)
    }

    /// Takes anonymous logins: the peer is then nobody in particular, and its messages are not protected.
    #[must_use]
    pub fn allow_anonymous(self) -> Acceptor {
        self.0.set(|settings| settings.allow_anonymous = true)
    }

    /// Takes guests: logins of which nothing is proven, and that a domain controller lets in all the same under an account of
    /// its own choice ([`AccountAnswer::verified`](crate::AccountAnswer::verified) with a key of zeros). The account in that
    /// answer is who is logged in, so it must not be the name that was claimed. Their messages are not protected, and
    /// neither MIC nor channel bindings prove anything.
    #[must_use]
    pub fn allow_guests(self) -> Acceptor {
        self.0.set(|settings| settings.allow_guests = true)
    }

    /// Protects messages even where less was agreed on than extended session security, 128 bits and key exchange (row
    /// D27): keys of 40 bits, signatures that anybody can make. Without it such logins get in, and their contexts sign and
    /// seal nothing.
    #[must_use]
    pub fn allow_weak_session_security(self) -> Acceptor {
        self.0.set(|settings| settings.allow_weak_session_security = true)
    }

    /// Answers every first token with this recorded CHALLENGE_MESSAGE, so that recorded exchanges can be judged. Whoever
    /// has seen one answer to it can log in with that again.
    ///
    /// # Errors
    /// [`Error::Message`] if it is none.
    pub fn replay_challenge(self, message: &[u8]) -> Result<Acceptor, Error> {
        ChallengeMessage::parse(message)?.meaning().av_pairs()?;
        Ok(self.0.set(|settings| settings.recorded_challenge = Some(message.into())))
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.settings;
        f.debug_struct("Acceptor")
            .field("allow_ntlmv1", &settings.allow_ntlmv1)
            .field("allow_anonymous", &settings.allow_anonymous)
            .field("allow_guests", &settings.allow_guests)
            .field("allow_weak_session_security", &settings.allow_weak_session_security)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// The server's names fit into a message.
    pub(super) fn check(&self) -> Result<(), crate::Error> {
        self.target.as_ref().map(|_| ()).map_err(|error| Error::Message(*error).into())
    }
}
