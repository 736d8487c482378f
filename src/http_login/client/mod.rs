//! The other side of a login over HTTP: what a client answers to a 401, or to a proxy's 407.
//!
//! ```text
//! HttpInitiator ─▶ ClientHandshake::receive(response) ─▶ Next::Resend     (the same request again, on the same connection, with the field)
//!                                                        Next::Finished   (the response is the caller's)
//!                                                        Next::NeedsHttp11
//!                                                        Err              (give up; why is for the log)
//! ```

mod error;
mod handshake;
mod next;
mod pool;
mod redirect;
mod site;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

pub use error::ClientError;
pub use handshake::ClientHandshake;
pub use next::Next;
pub use pool::ClientLogin;
pub use redirect::Redirect;
pub use site::{BadSite, Site, WebScheme};

use super::{ConnectionId, HttpVersion};
use crate::http::{Challenger, MAX_TOKEN, Origin, Proxy};
use crate::mechanism::InitiatorMechanism;

/// What a program logs in with over HTTP, to servers ([`Origin`]) or to a proxy ([`Proxy`]), shared by all its connections.
///
/// It has nothing to log in with until it is told, and no server to log in to: a token for any page that asks would
/// tell every site who the user is, and give it an NTLM response to guess the password by (row H11).
///
/// ```
/// use negotiate::http::Origin;
/// use negotiate::http_login::{ConnectionId, HttpInitiator, HttpVersion, Next};
/// use negotiate::{Timestamp, ntlm::Credential};
///
/// let alice = Credential::with_password(r"ADEX\alice", "open sesame")?;
/// let logins = HttpInitiator::<Origin>::new().ntlm(alice).trust("https://intranet.example.com".parse()?);
///
/// // A request without a credential comes first; this is its response.
/// let site = "https://intranet.example.com".parse()?;
/// let connection = ConnectionId(1); // a number of its own for each connection
/// let handshake = logins.handshake(&site, connection, HttpVersion::Http1)?;
/// match handshake.receive(connection, 401, ["Negotiate", "NTLM"], Timestamp::now())? {
///     Next::Resend { field: (name, value), next } => {
///         assert_eq!(name, "authorization");
///         assert!(value.starts_with("Negotiate "));
///         // Send the request again on this very connection, and give the next response to `next`.
///     }
///     Next::Finished { .. } => unreachable!("401"),
///     Next::NeedsHttp11 => unreachable!("this is HTTP/1.1"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct HttpInitiator<C> {
    settings: Arc<Settings>,
    challenger: PhantomData<fn() -> C>,
}

#[derive(Clone, Default)]
struct Settings {
    kerberos: Option<Arc<dyn InitiatorMechanism>>,
    ntlm: Option<Arc<dyn InitiatorMechanism>>,
    forbid_ntlm: bool,
    require_mutual: bool,
    trusted: Vec<Trusted>,
    max_token: usize,
}

/// Whom a program logs in to.
#[derive(Clone, Debug)]
enum Trusted {
    Site(Site),
    /// Every host below this one, over `https`.
    Domain(Site),
}

impl<C: Challenger> HttpInitiator<C> {
    /// With nothing to log in with.
    #[must_use]
    pub fn new() -> Self {
        let settings = Settings { max_token: MAX_TOKEN, ..Settings::default() };
        Self { settings: Arc::new(settings), challenger: PhantomData }
    }

    /// Each change makes a set of logins of its own: connections of the one before are not lent to it.
    fn set(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::clone(&self.settings);
        change(&mut settings);
        Self { settings: Arc::new(settings), challenger: PhantomData }
    }

    /// Logs in by Kerberos, wherever there is a ticket for `HTTP/host`.
    #[cfg(feature = "kerberos")]
    #[must_use]
    pub fn kerberos(self, initiator: impl Into<crate::kerberos::Initiator>) -> Self {
        self.set(|settings| settings.kerberos = Some(Arc::new(initiator.into())))
    }

    /// Logs in by NTLM where Kerberos does not: inside `Negotiate`, or under the scheme `NTLM`.
    #[cfg(feature = "ntlm")]
    #[must_use]
    pub fn ntlm(self, initiator: impl Into<crate::ntlm::Initiator>) -> Self {
        self.set(|settings| settings.ntlm = Some(Arc::new(initiator.into())))
    }

    /// Never logs in by NTLM, whatever else it is told.
    #[must_use]
    pub fn forbid_ntlm(self) -> Self {
        self.set(|settings| settings.forbid_ntlm = true)
    }

    /// Takes no response for the server's that does not bring its proof (row H08), not even one of a server that asks for no
    /// login: whoever stands in between need only not ask. This shuts out NTLM, which has no proof, and pages that need no
    /// login.
    #[must_use]
    pub fn require_mutual(self) -> Self {
        self.set(|settings| settings.require_mutual = true)
    }

    /// The most octets that a server's token may have: [`MAX_TOKEN`] unless this says otherwise.
    #[must_use]
    pub fn max_token(self, octets: usize) -> Self {
        self.set(|settings| settings.max_token = octets)
    }
}

impl HttpInitiator<Origin> {
    /// Logs in to this server, if it asks.
    #[must_use]
    pub fn trust(self, site: Site) -> Self {
        self.set(|settings| settings.trusted.push(Trusted::Site(site)))
    }

    /// Logs in to every server below this domain, if it asks, over `https` and on any port.
    ///
    /// # Errors
    /// [`BadSite`] if it is no name of a host with a dot in it: `com` is not a domain of anybody's.
    pub fn trust_domain(self, domain: &str) -> Result<Self, BadSite> {
        let site = Site::new(WebScheme::Https, domain.strip_prefix('.').unwrap_or(domain), None)?;
        if site.is_address() || !site.host().contains('.') {
            return Err(BadSite);
        }
        Ok(self.set(|settings| settings.trusted.push(Trusted::Domain(site))))
    }

    /// Whether it logs in to this server.
    #[must_use]
    pub fn trusts(&self, site: &Site) -> bool {
        self.settings.trusted.iter().any(|trusted| match trusted {
            Trusted::Site(trusted) => trusted == site,
            Trusted::Domain(domain) => site.is_below(domain),
        })
    }

    /// The login for one request to `site` over this connection, whose number no other has (row H01). Each request has its
    /// own, and each connection.
    ///
    /// # Errors
    /// [`ClientError::NotTrusted`].
    pub fn handshake(
        &self,
        site: &Site,
        connection: ConnectionId,
        version: HttpVersion,
    ) -> Result<ClientHandshake<Origin>, crate::Error> {
        if !self.trusts(site) {
            return Err(ClientError::NotTrusted(site.clone()).into());
        }
        Ok(ClientHandshake::new(self.clone(), site.clone(), connection, version))
    }

    /// What may follow a redirect that came from `from` (row H11).
    ///
    /// # Errors
    /// [`ClientError::BadLocation`].
    pub fn redirect(&self, from: &Site, location: &str) -> Result<Redirect, crate::Error> {
        redirect::judge(self, from, location)
    }
}

impl HttpInitiator<Proxy> {
    /// The login for one request, or one CONNECT, to this proxy over this connection. The program has named its proxy, and so
    /// trusts it.
    #[must_use]
    pub fn handshake(&self, proxy: &Site, connection: ConnectionId, version: HttpVersion) -> ClientHandshake<Proxy> {
        ClientHandshake::new(self.clone(), proxy.clone(), connection, version)
    }
}

impl<C: Challenger> Default for HttpInitiator<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C> Clone for HttpInitiator<C> {
    fn clone(&self) -> Self {
        Self { settings: Arc::clone(&self.settings), challenger: PhantomData }
    }
}

impl<C> fmt::Debug for HttpInitiator<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { kerberos, ntlm, forbid_ntlm, require_mutual, trusted, max_token: _ } = &*self.settings;
        f.debug_struct("HttpInitiator")
            .field("kerberos", &kerberos.is_some())
            .field("ntlm", &ntlm.is_some())
            .field("forbid_ntlm", forbid_ntlm)
            .field("require_mutual", require_mutual)
            .field("trusted", trusted)
            .finish_non_exhaustive()
    }
}
