//! What an operator decides: which names, which encryption types, how much skew, which dangers.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::kerberos::error::Error;
use crate::kerberos::etype::{ChecksumKey, ChecksumType, EncryptionKey, EncryptionType, KeyUsage};
use crate::kerberos::keytab::{Keytab, KeytabPrincipal};
use crate::kerberos::transited::TransitedPolicy;
use crate::peer::Principal;
use crate::random::{Randomness, SystemRandom};

/// How far the clocks of client and acceptor may be apart: the customary five minutes (RFC 4120 section 8.2).
pub(super) const DEFAULT_SKEW: Duration = Duration::from_secs(300);

/// A Kerberos acceptor: a keytab, and what to take.
///
/// Made once and shared by all handshakes. Every weak choice is off until it is opened by name ([`Self::dangerous`]).
///
/// ```
/// # fn keytab() -> negotiate::kerberos::Keytab { negotiate::kerberos::Keytab::new() }
/// use negotiate::kerberos;
/// let acceptor = kerberos::Acceptor::new(keytab())
///     .principal("HTTP/www.example.com@EXAMPLE.COM".parse()?)
///     .skew(core::time::Duration::from_secs(60));
/// # Ok::<(), negotiate::peer::BadName>(())
/// ```
pub struct Acceptor {
    pub(super) settings: Arc<Settings>,
}

/// Everything a handshake needs, behind one reference count.
pub(super) struct Settings {
    pub(super) keytab: Keytab,
    pub(super) has_usable_key: bool,
    pub(super) principals: Vec<Principal>,
    pub(super) fold_host_case: bool,
    pub(super) strict_kvno: bool,
    pub(super) skew: Duration,
    pub(super) max_lifetime: Option<Duration>,
    pub(super) transited: TransitedPolicy,
    pub(super) require_pac: bool,
    pub(super) accept_delegation: bool,
    pub(super) krbtgt_keys: Vec<ChecksumKey>,
    pub(super) error_replies: ErrorReplies,
    pub(super) kile_errors: bool,
    pub(super) permit_rc4: bool,
    pub(super) permit_anonymous: bool,
    pub(super) permit_plain_authenticators: bool,
    pub(super) randomness: Arc<dyn Randomness>,
}

/// How much a refused peer is told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ErrorReplies {
    /// Nothing: a refusal has no token.
    Never,
    /// A `KRB-ERROR`, if the peer asked for mutual authentication; what would let it list the keytab is reported as
    /// KRB_ERR_GENERIC. The message must name a service (RFC 4120 section 5.9.1): it names the acceptor's first principal,
    /// whoever asks.
    #[default]
    Minimal,
    /// The same with the exact code.
    Exact,
}

impl Acceptor {
    /// An acceptor for every principal of the keytab.
    #[must_use]
    pub fn new(keytab: Keytab) -> Self {
        let has_usable_key = keytab.entries().any(|entry| entry.key().is_some());
        Self {
            settings: Arc::new(Settings {
                has_usable_key,
                keytab,
                principals: Vec::new(),
                fold_host_case: false,
                strict_kvno: false,
                skew: DEFAULT_SKEW,
                max_lifetime: None,
                transited: TransitedPolicy::default(),
                require_pac: false,
                accept_delegation: false,
                krbtgt_keys: Vec::new(),
                error_replies: ErrorReplies::default(),
                kile_errors: false,
                permit_rc4: false,
                permit_anonymous: false,
                permit_plain_authenticators: false,
                randomness: Arc::new(SystemRandom),
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

    /// Answers to this principal only, and to each that is added likewise.
    #[must_use]
    pub fn principal(self, principal: Principal) -> Self {
        self.set(|settings| settings.principals.push(principal))
    }

    /// Takes `HTTP/WWW.example.com` for `HTTP/www.example.com`: Active Directory compares service names without regard
    /// to ASCII case, and a ticket carries the name as the client wrote it.
    #[must_use]
    pub fn fold_host_case(self) -> Self {
        self.set(|settings| settings.fold_host_case = true)
    }

    /// Tries no key but that of the version the ticket names. By default the principal's other keys are tried too,
    /// because real keytabs and tickets disagree on numbers; the integrity check decides.
    #[must_use]
    pub fn strict_kvno(self) -> Self {
        self.set(|settings| settings.strict_kvno = true)
    }

    /// How far the clocks of client and acceptor may be apart. Five minutes by default.
    #[must_use]
    pub fn skew(self, skew: Duration) -> Self {
        self.set(|settings| settings.skew = skew)
    }

    /// Refuses tickets that live longer from authtime to endtime: a forged one often claims years.
    #[must_use]
    pub fn max_lifetime(self, lifetime: Duration) -> Self {
        self.set(|settings| settings.max_lifetime = Some(lifetime))
    }

    /// Which realms may stand between the client's realm and this one.
    #[must_use]
    pub fn transited(self, policy: TransitedPolicy) -> Self {
        self.set(|settings| settings.transited = policy)
    }

    /// Refuses tickets without a PAC: in a domain whose services all get one, its absence says that something is wrong.
    /// A PAC that is there is verified whether it is required or not, and a login is refused if it does not verify. MIT's KDC
    /// writes PACs without SIDs, which pass: `Authorization::user_sid` says whether there is one.
    #[must_use]
    pub fn require_pac(self) -> Self {
        self.set(|settings| settings.require_pac = true)
    }

    /// Takes the credential that a client delegates (RFC 4121 section 4.1.1): a ticket-granting ticket, with which this
    /// service is the client wherever it likes, until the ticket ends. It is opened, must be the client's own, and is then
    /// found in [`Context::delegated_credential`](crate::Context::delegated_credential); a login whose credential cannot be
    /// opened is refused. Without this, what is delegated is passed over, and the flag is not granted.
    #[must_use]
    pub fn accept_delegation(self) -> Self {
        self.set(|settings| settings.accept_delegation = true)
    }

    /// Verifies the KDC's own signatures in PACs too, with this key of krbtgt, and with each that is added likewise: a KDC
    /// keeps the key before the last change in use. With the service's key alone anyone who has that key can sign what
    /// they like. Only a KDC has this one: a service on the KDC's own machine, or a tool that looks at tickets.
    ///
    /// Every signature of the KDC that a PAC has must then verify. A ticket without a PAC has none, and whoever has the
    /// service's key can make one of those too, with any name in it: [`Self::require_pac`] closes that way.
    #[must_use]
    pub fn krbtgt_key(self, key: &EncryptionKey) -> Self {
        self.set(|settings| settings.krbtgt_keys.push(key.for_checksum(KeyUsage::PAC_SIGNATURE)))
    }

    /// How much a refused peer is told.
    #[must_use]
    pub fn error_replies(self, replies: ErrorReplies) -> Self {
        self.set(|settings| settings.error_replies = replies)
    }

    /// Says KRB_AP_ERR_MODIFIED for a ticket no key opens, as Windows does ([MS-KILE] 3.4.5), instead of
    /// KRB_AP_ERR_BAD_INTEGRITY. Of use with [`ErrorReplies::Exact`]; otherwise neither is said.
    #[must_use]
    pub fn kile_errors(self) -> Self {
        self.set(|settings| settings.kile_errors = true)
    }

    /// Where random octets come from, instead of the system.
    #[must_use]
    pub fn randomness(self, source: impl Randomness + 'static) -> Self {
        self.set(|settings| settings.randomness = Arc::new(source))
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
    /// Takes tickets and keys of type rc4-hmac: its keys are unsalted password hashes, open to offline guessing
    /// (RFC 8429), and its message signatures can be forged (CVE-2025-3576), the initiator's mechListMIC by whoever saw the
    /// acceptor's among them. Numbers and direction of messages are not signed at all, so replays and messages that are sent back
    /// to their maker are not noticed; and what is sealed after a login without mutual authentication can be read by whoever
    /// sees both directions: they share one key stream.
    #[must_use]
    pub fn permit_rc4(self) -> Acceptor {
        self.0.set(|settings| settings.permit_rc4 = true)
    }

    /// Takes anonymous tickets (RFC 8062): the peer is then nobody in particular.
    #[must_use]
    pub fn permit_anonymous(self) -> Acceptor {
        self.0.set(|settings| settings.permit_anonymous = true)
    }

    /// Takes authenticators without GSS-API's checksum: some SMB clients send none, and [MS-KILE] 3.4.5 takes them; Samba's
    /// send a plain one. They ask for no service and prove no channel binding.
    #[must_use]
    pub fn permit_plain_authenticators(self) -> Acceptor {
        self.0.set(|settings| settings.permit_plain_authenticators = true)
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").field("principals", &self.settings.principals).finish_non_exhaustive()
    }
}

impl Settings {
    /// Each principal that was asked for has a key, and no key is of a type that is not permitted.
    pub(super) fn check(&self) -> Result<(), crate::Error> {
        let has_key = |own: &&Principal| {
            let found = self.keytab.find(own.realm(), own.components());
            found.is_some_and(|found| found.entries().any(|entry| entry.key().is_some()))
        };
        if !self.permit_rc4 && self.krbtgt_keys.iter().any(|key| key.checksum_type() == ChecksumType::HMAC_MD5) {
            return Err(Error::EtypeNotPermitted { what: "key of krbtgt", etype: EncryptionType::RC4_HMAC }.into());
        }
        match self.principals.iter().find(|own| !has_key(own)) {
            Some(without) => Err(Error::NoKeyOfOwn(Box::new(without.clone())).into()),
            None => Ok(()),
        }
    }

    /// Whether this acceptor takes an encryption type.
    pub(super) fn permits(&self, etype: EncryptionType) -> bool {
        match etype {
            EncryptionType::RC4_HMAC => self.permit_rc4,
            _ => etype.key_len().is_some(),
        }
    }

    /// Whether this acceptor answers to a principal of its keytab.
    pub(super) fn answers_to(&self, principal: &Principal) -> bool {
        self.principals.is_empty() || self.principals.contains(principal)
    }

    /// The principals of the keytab that this acceptor answers to.
    pub(super) fn own_names(&self) -> impl Iterator<Item = &Principal> {
        let listed = self.principals.iter().filter(|own| self.keytab.find(own.realm(), own.components()).is_some());
        let all = if self.principals.is_empty() { usize::MAX } else { 0 };
        listed.chain(self.keytab.principals().take(all).map(KeytabPrincipal::name))
    }

    /// What this acceptor answers to, for the operator. A long list is cut, and not walked to its end either: whoever
    /// sends nonsense must not make a large keytab work.
    pub(super) fn names(&self) -> alloc::string::String {
        const SHOWN: usize = 5;
        let mut names = self.own_names();
        let shown: Vec<_> = names.by_ref().take(SHOWN).map(ToString::to_string).collect();
        let more = if names.next().is_some() { " and others" } else { "" };
        alloc::format!("{}{more}", shown.join(", "))
    }
}
