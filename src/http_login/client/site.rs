//! Where a request goes: scheme, host and port (RFC 6454 section 4).

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use crate::peer::Target;

/// `http` or `https`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum WebScheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl WebScheme {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port where none is named.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A server or a proxy: two are the same if scheme, host and port are, the host in any case.
///
/// ```
/// use negotiate::http_login::Site;
/// let site: Site = "https://Web.Example.com:443".parse()?;
/// assert_eq!(site, "https://web.example.com/index.html".parse()?);
/// assert_eq!(site.to_string(), "https://web.example.com");
/// # Ok::<(), negotiate::http_login::BadSite>(())
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Site {
    scheme: WebScheme,
    host: Box<str>,
    port: u16,
}

/// This is no `http` or `https` URL with a plain host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BadSite;

impl fmt::Display for BadSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the address of a web server: http:// or https://, a plain host without a user's name, and a port if need be")
    }
}

impl core::error::Error for BadSite {}

impl Site {
    /// `host` may be a name, an IPv4 address, or an IPv6 address in brackets. No `port` is the scheme's.
    ///
    /// # Errors
    /// [`BadSite`].
    pub fn new(scheme: WebScheme, host: &str, port: Option<u16>) -> Result<Self, BadSite> {
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        // What the service's name is made of later (`HTTP/host`), so that it is found wrong here.
        Target::new("HTTP", host).map_err(|_| BadSite)?;
        // Of two dots at the end one would be left, and gone when the site is written down and read again.
        if !host.is_ascii() || host.ends_with('.') {
            return Err(BadSite);
        }
        Ok(Self { scheme, host: host.into(), port: port.unwrap_or(scheme.default_port()) })
    }

    /// The scheme.
    #[must_use]
    pub const fn scheme(&self) -> WebScheme {
        self.scheme
    }

    /// The host, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The service to log in to: `HTTP/host`, without the port, as every browser and curl have it (Chromium adds the port by
    /// policy only), and without asking DNS for another name.
    ///
    /// # Errors
    /// None for a site that was made here.
    pub(super) fn target(&self) -> Result<Target, crate::Error> {
        Ok(Target::new("HTTP", &self.host)?)
    }

    pub(super) fn is_address(&self) -> bool {
        self.host.parse::<Ipv4Addr>().is_ok() || self.host.starts_with('[')
    }

    /// Whether this is a host of the domain, over TLS, or the domain's own.
    pub(super) fn is_below(&self, domain: &Self) -> bool {
        let below = |host: &str| host.strip_suffix(&*domain.host).is_some_and(|labels| labels.ends_with('.'));
        self.scheme == WebScheme::Https && !self.is_address() && (self.host == domain.host || below(&self.host))
    }

    /// The host and the port, as `CONNECT` and `Host` have them, the port always.
    #[must_use]
    pub fn authority(&self) -> String {
        alloc::format!("{}:{}", self.host, self.port)
    }

    /// From what stands behind the scheme's colon and two slashes, up to the path.
    pub(super) fn from_authority(scheme: WebScheme, rest: &str) -> Result<Self, BadSite> {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // What browsers and others read in different ways: another host would be trusted than is asked.
        if authority.contains(['@', '\\']) {
            return Err(BadSite);
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let digits = |port: &str| port.bytes().all(|octet| octet.is_ascii_digit()).then(|| port.parse().ok()).flatten();
        let port = match port {
            None | Some("") => None,
            Some(port) => Some(digits(port).ok_or(BadSite)?),
        };
        if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            address.parse::<Ipv6Addr>().map_err(|_| BadSite)?;
        }
        Self::new(scheme, host, port)
    }
}

/// The scheme of an absolute URL, and what is behind its `://`.
pub(super) fn split_scheme(url: &str) -> Option<(WebScheme, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let known = [WebScheme::Http, WebScheme::Https].into_iter().find(|known| known.name().eq_ignore_ascii_case(scheme));
    known.map(|scheme| (scheme, rest))
}

impl FromStr for Site {
    type Err = BadSite;

    /// Of a URL: path and query are left out.
    fn from_str(url: &str) -> Result<Self, BadSite> {
        let (scheme, rest) = split_scheme(url).ok_or(BadSite)?;
        Self::from_authority(scheme, rest)
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.host)?;
        if self.port == self.scheme.default_port() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Site({self})")
    }
}
