//! The service that an initiator wants to log in to.

use alloc::boxed::Box;
use core::fmt;
use core::str::FromStr;

use super::escape::is_formatting;

/// A service on a host, by either of the two forms in use: `HTTP@web.example.com` (GSS-API's host-based service, RFC 2743
/// section 4.1) or a service principal name, `MSSQLSvc/db.example.com:1433@EXAMPLE.COM`, of which port and realm may be
/// missing. Nothing is looked up: the host is the one that was named.
///
/// ```
/// use negotiate::peer::Target;
/// let target: Target = "HTTP@web.example.com".parse()?;
/// assert_eq!(target.to_string(), "HTTP/web.example.com");
/// assert_eq!(target.host(), "web.example.com");
/// # Ok::<(), negotiate::peer::BadTarget>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Target {
    service: Box<str>,
    host: Box<str>,
    port: Option<u16>,
    realm: Option<Box<str>>,
}

impl Target {
    /// `service` on `host`.
    ///
    /// # Errors
    /// [`BadTarget`] for an empty service, and for a host that is no plain host name (row D15).
    pub fn new(service: &str, host: &str) -> Result<Self, BadTarget> {
        if service.is_empty() || !is_shown(service) || service.contains(['/', '@', '\\']) {
            return Err(BadTarget);
        }
        if !is_plain_host(host) {
            return Err(BadTarget);
        }
        Ok(Self { service: service.into(), host: host.into(), port: None, realm: None })
    }

    /// The service class, such as `HTTP`.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The host, as it was named.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, if the service's name has one.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The Kerberos realm, if it was named.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }
}

/// The host is a DNS name, a NetBIOS name or an IP address, and has none of the marshalled target information behind it
/// that Windows takes off again before it resolves the name, so that one host answers to another's name (row D15,
/// CVE-2025-33073).
fn is_plain_host(host: &str) -> bool {
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if let Some(address) = inside {
        return address.parse::<core::net::Ipv6Addr>().is_ok();
    }
    let label = |label: &str| {
        let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_') || !octet.is_ascii();
        (1..=63).contains(&label.len()) && label.bytes().all(plain) && is_shown(label)
    };
    // RFC 1035 section 2.3.4; a dot at the end stands for the root.
    host.len() <= 255 && host.strip_suffix('.').unwrap_or(host).split('.').all(label) && !host.contains("1UWhRC")
}

/// Whether all of it shows as what it is (row A09): a target may come from a link, and goes into logs as it is.
fn is_shown(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() || is_formatting(c))
}

/// The service principal name, without the realm: what MsvAvTargetName holds.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Target {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, BadTarget> {
        let Some((service, rest)) = text.split_once('/') else {
            let (service, host) = text.split_once('@').ok_or(BadTarget)?;
            return Self::new(service, host);
        };
        let (instance, realm) = match rest.split_once('@') {
            Some((instance, realm)) if !realm.is_empty() && is_shown(realm) => (instance, Some(realm)),
            Some(_) => return Err(BadTarget),
            None => (rest, None),
        };
        let (host, port) = match instance.rsplit_once(':') {
            // The colons of an address without a port are its own.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().map_err(|_| BadTarget)?)),
            _ => (instance, None),
        };
        Ok(Self { port, realm: realm.map(Box::from), ..Self::new(service, host)? })
    }
}

/// Not the name of a service on a host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BadTarget;

impl fmt::Display for BadTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a service on a plain host name: HTTP@web.example.com, or MSSQLSvc/db.example.com:1433@REALM")
    }
}

impl core::error::Error for BadTarget {}

impl crate::error::Reason for BadTarget {
    fn fault(&self) -> crate::error::Fault {
        crate::error::Fault::Configuration
    }

    fn kind(&self) -> &'static str {
        "bad-target"
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn both_forms() {
        for (text, spn, realm) in [
            ("HTTP@web.example.com", "HTTP/web.example.com", None),
            ("HTTP/web.example.com", "HTTP/web.example.com", None),
            ("MSSQLSvc/db.example.com:1433@EXAMPLE.COM", "MSSQLSvc/db.example.com:1433", Some("EXAMPLE.COM")),
            ("cifs/SRV_1.", "cifs/SRV_1.", None),
            ("HTTP/[2001:db8::1]", "HTTP/[2001:db8::1]", None),
            ("HTTP/[2001:db8::1]:80", "HTTP/[2001:db8::1]:80", None),
            ("HTTP/192.0.2.1:8080", "HTTP/192.0.2.1:8080", None),
        ] {
            let target: Target = text.parse().unwrap();
            assert_eq!((target.to_string().as_str(), target.realm()), (spn, realm), "{text}");
        }
    }

    /// What a terminal obeys or hides is in no part of a name: nothing escapes it where it is shown.
    #[test]
    fn a09_a_target_shows_as_what_it_is() {
        assert!("HTTP/bücher.example".parse::<Target>().is_ok());
        for odd in ['\u{85}', '\u{9b}', '\u{a0}', '\u{200b}', '\u{202e}', '\u{2028}', '\u{3000}', '\u{e0041}'] {
            for text in [format!("HTTP/w{odd}b"), format!("HT{odd}TP/web"), format!("HTTP/web@R{odd}")] {
                assert_eq!(text.parse::<Target>(), Err(BadTarget), "{text:?}");
            }
        }
    }

    #[test]
    fn d15_a_host_is_a_plain_name() {
        for text in [
            "",
            "HTTP",
            "HTTP/",
            "/web",
            "@web",
            "HTTP@",
            "HTTP/a b",
            "HTTP/a/b",
            "HTTP/a@",
            "HTTP/a:b",
            "HTTP/a:65536",
            "HTTP/a..b",
            "HTTP/.a",
            "HTTP/a\0",
            "HT\\TP/a",
            "HTTP/[zz]",
            "HTTP/srv1UWhRCAAAAAAAAAAAAAAAAAAAAAAAAAAAAwbEAYBAAAA",
        ] {
            assert_eq!(text.parse::<Target>(), Err(BadTarget), "{text}");
        }
        assert_eq!(Target::new("HTTP", &"a".repeat(64)), Err(BadTarget));
        assert_eq!(Target::new("HTTP", &"a.".repeat(128)), Err(BadTarget));
    }
}
