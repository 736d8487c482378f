//! The layer: what an operator decides.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tower_layer::Layer;

use super::half_open::HalfOpen;
use super::service::{Negotiate, Settings};
use super::{OtherScheme, Refusal};
use crate::http::Origin;
use crate::http_login::HttpAcceptor;
use crate::{AsyncAccountStore, AsyncReplayCache, Timestamp};

/// The next layer's number: no two of a process have the same.
static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// How many logins may wait for their next token: at 1 KiB each, as NTLM's are, 10 MiB, and 160 MiB at the 16 KiB that a hostile
/// client may make of one.
const HALF_OPEN_LIMIT: usize = 10_000;

/// How much of a request's body is read for nothing, for the login's sake: what browsers send of a form, again with each leg.
const DRAINED_BODY: usize = 1 << 20;

/// Lets in who logs in; see [the room](super).
///
/// Required, unless [`Self::optional`] says otherwise. Requests of other sites' pages that may change something are
/// refused ([`Self::trust_origin`]).
#[derive(Clone)]
pub struct NegotiateLayer {
    /// Shared: axum lays a layer around its routes anew with each request, unless `Router::with_state` came after it.
    settings: Arc<Settings>,
}

impl NegotiateLayer {
    /// By these logins. Replays are remembered by this layer and its clones, from now on: another one that takes the same
    /// tickets does not know them, unless both are given one memory ([`Self::replays`]). Accounts are the acceptor's own.
    #[must_use]
    pub fn new(logins: HttpAcceptor<Origin>) -> Self {
        let settings = Settings {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            unbound: logins.not_connection_bound(),
            logins,
            replays: replays(),
            accounts: None,
            required: true,
            beside: Vec::new(),
            trusted: Vec::new(),
            on_refusal: Arc::new(|_| ()),
            half_open: HalfOpen::new(HALF_OPEN_LIMIT),
            drained: DRAINED_BODY,
            clock: Timestamp::now,
        };
        Self { settings: Arc::new(settings) }
    }

    fn with(mut self, decide: impl FnOnce(&mut Settings)) -> Self {
        decide(Arc::make_mut(&mut self.settings));
        self
    }

    /// Asks this memory whether a login was seen before, instead of one of this layer alone: what several layers share that
    /// take the same tokens, such as an `Arc` of `kerberos::MemoryReplayCache`, or several processes or machines, such as
    /// `kerberos::replay::redis::RedisReplayCache` (feature `redis`).
    #[must_use]
    pub fn replays(self, cache: impl AsyncReplayCache + 'static) -> Self {
        self.with(|settings| settings.replays = Arc::new(cache))
    }

    /// Asks this store whose account a name is, where the acceptor has none of its own.
    ///
    /// Whoever another store let in, such as that of the layer that this one is a clone of, has to log in here anew.
    #[must_use]
    pub fn accounts(self, store: impl AsyncAccountStore + 'static) -> Self {
        self.with(|settings| {
            settings.number = NUMBER.fetch_add(1, Ordering::Relaxed);
            settings.accounts = Some(Arc::new(store));
        })
    }

    /// Lets requests without a credential through as well, without an [`Authenticated`](super::Authenticated). A credential
    /// that is refused is refused all the same. Where the service answers such a request with 401, what is offered is added, so
    /// the service decides who has to log in.
    #[must_use]
    pub fn optional(self) -> Self {
        self.with(|settings| settings.required = false)
    }

    /// Offers another scheme as well, which somebody else judges. They are offered in the order in which they are said, behind
    /// `Negotiate` and `NTLM`.
    #[must_use]
    pub fn beside(self, scheme: impl OtherScheme + 'static) -> Self {
        self.with(|settings| settings.beside.push(Arc::new(scheme)))
    }

    /// Lets pages of this origin (`https://portal.example.com`, as browsers write it in the field `Origin`) make browsers send
    /// requests that change something, with the user's login. The origin `null`, which every sandboxed frame has, is never
    /// trusted. It is compared octet by octet: in lower case, without a slash at its end or a port that is the default.
    #[must_use]
    pub fn trust_origin(self, origin: impl Into<String>) -> Self {
        self.with(|settings| settings.trusted.push(origin.into()))
    }

    /// Is told of every refusal: the place for a log. By default nobody is. It is called before the answer is sent, and should
    /// not take long.
    #[must_use]
    pub fn on_refusal(self, log: impl Fn(&Refusal) + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.on_refusal = Arc::new(log))
    }

    /// How many logins may wait for their next token, over all connections: 10,000 unless this says otherwise.
    #[must_use]
    pub fn half_open_limit(self, limit: usize) -> Self {
        self.with(|settings| settings.half_open = HalfOpen::new(limit))
    }

    /// The logins that wait for their next token.
    #[must_use]
    pub fn half_open(&self) -> &HalfOpen {
        &self.settings.half_open
    }

    /// How many octets of a request's body are read and dropped, where the login takes another request of the same connection:
    /// 1 MiB unless this says otherwise. Where the client sends more, most servers close the connection, and the login is lost.
    #[must_use]
    pub fn drained_body(self, octets: usize) -> Self {
        self.with(|settings| settings.drained = octets)
    }

    /// Another clock than [`Timestamp::now`], for tests.
    #[must_use]
    pub fn clock(self, clock: fn() -> Timestamp) -> Self {
        self.with(|settings| settings.clock = clock)
    }
}

/// What remembers logins by Kerberos, the only ones that anybody could repeat.
fn replays() -> Arc<dyn AsyncReplayCache> {
    #[cfg(feature = "kerberos")]
    let cache = crate::kerberos::MemoryReplayCache::new(Timestamp::now());
    #[cfg(not(feature = "kerberos"))]
    let cache = NoKerberos;
    Arc::new(cache)
}

/// Answers questions that nobody asks, where no mechanism does.
#[cfg(not(feature = "kerberos"))]
struct NoKerberos;

#[cfg(not(feature = "kerberos"))]
impl crate::ReplayCache for NoKerberos {
    fn check_and_insert(&self, _: &crate::ReplayQuestion, _: Timestamp) -> crate::ReplayVerdict {
        crate::ReplayVerdict::Unavailable
    }
}

impl<S> Layer<S> for NegotiateLayer {
    type Service = Negotiate<S>;

    fn layer(&self, inner: S) -> Negotiate<S> {
        Negotiate::new(inner, Arc::clone(&self.settings))
    }
}

impl fmt::Debug for NegotiateLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { logins, required, half_open, .. } = &*self.settings;
        f.debug_struct("NegotiateLayer")
            .field("logins", logins)
            .field("required", required)
            .field("half_open", half_open)
            .finish_non_exhaustive()
    }
}
