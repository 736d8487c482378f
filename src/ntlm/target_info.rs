//! What a server says of itself with its challenge.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::message::{AvId, AvPair, AvPairs, Charset, Error, Field, FileTime, Utf16};
use crate::error::{Fault, Reason};
use crate::time::Timestamp;

/// The names of a server and of its domain (TargetInfo of a CHALLENGE_MESSAGE, [MS-NLMP] section 2.2.1.2).
///
/// One is enough: a server that belongs to no domain. A member of a domain adds that one's names. Clients bind their
/// responses to them, so that no other server can use what was meant for this one.
///
/// ```
/// use negotiate::ntlm::TargetInfo;
/// let alone = TargetInfo::new("www.example.com")?;
/// assert_eq!((alone.netbios_name(), alone.netbios_domain()), ("WWW", "WWW"));
///
/// let member = TargetInfo::new("web.ad.example.com")?.with_netbios_domain("ADEX")?;
/// assert_eq!((member.netbios_name(), member.netbios_domain()), ("WEB", "ADEX"));
/// assert_eq!((member.dns_name(), member.dns_domain()), ("web.ad.example.com", "ad.example.com"));
/// # Ok::<(), negotiate::ntlm::BadTargetInfo>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TargetInfo {
    netbios_name: Box<str>,
    netbios_domain: Option<Box<str>>,
    dns_name: Box<str>,
    dns_domain: Option<Box<str>>,
    dns_tree: Option<Box<str>>,
}

/// The longest NetBIOS name in characters; a sixteenth octet tells its kind (RFC 1001 section 14).
const NETBIOS_LIMIT: usize = 15;

impl TargetInfo {
    /// A server by its DNS name, or by its NetBIOS name. The NetBIOS name is the first label in upper case, the DNS domain
    /// what stands behind it.
    ///
    /// # Errors
    /// [`BadTargetInfo::DnsName`].
    pub fn new(dns_name: &str) -> Result<Self, BadTargetInfo> {
        let dns_name = plain_dns(dns_name)?;
        let (label, domain) = dns_name.split_once('.').unwrap_or((dns_name, ""));
        let netbios_name: alloc::string::String = label.chars().take(NETBIOS_LIMIT).collect();
        Ok(Self {
            netbios_name: netbios_name.to_ascii_uppercase().into(),
            netbios_domain: None,
            dns_name: dns_name.into(),
            dns_domain: Some(domain).filter(|domain| !domain.is_empty()).map(Into::into),
            dns_tree: None,
        })
    }

    /// The server's NetBIOS name, where it is not the first label of its DNS name.
    ///
    /// # Errors
    /// [`BadTargetInfo::NetbiosName`].
    pub fn with_netbios_name(self, name: &str) -> Result<Self, BadTargetInfo> {
        Ok(Self { netbios_name: plain_netbios(name)?.into(), ..self })
    }

    /// The NetBIOS name of the domain that the server is a member of.
    ///
    /// # Errors
    /// [`BadTargetInfo::NetbiosName`].
    pub fn with_netbios_domain(self, name: &str) -> Result<Self, BadTargetInfo> {
        Ok(Self { netbios_domain: Some(plain_netbios(name)?.into()), ..self })
    }

    /// The DNS name of the domain, where it is not what stands behind the server's first label.
    ///
    /// # Errors
    /// [`BadTargetInfo::DnsName`].
    pub fn with_dns_domain(self, name: &str) -> Result<Self, BadTargetInfo> {
        Ok(Self { dns_domain: Some(plain_dns(name)?.into()), ..self })
    }

    /// The DNS name of the forest.
    ///
    /// # Errors
    /// [`BadTargetInfo::DnsName`].
    pub fn with_dns_tree(self, name: &str) -> Result<Self, BadTargetInfo> {
        Ok(Self { dns_tree: Some(plain_dns(name)?.into()), ..self })
    }

    /// MsvAvNbComputerName.
    #[must_use]
    pub fn netbios_name(&self) -> &str {
        &self.netbios_name
    }

    /// MsvAvNbDomainName: the server's own name if it is in no domain.
    #[must_use]
    pub fn netbios_domain(&self) -> &str {
        self.netbios_domain.as_deref().unwrap_or(&self.netbios_name)
    }

    /// MsvAvDnsComputerName.
    #[must_use]
    pub fn dns_name(&self) -> &str {
        &self.dns_name
    }

    /// MsvAvDnsDomainName: the server's own name if it is in no domain.
    #[must_use]
    pub fn dns_domain(&self) -> &str {
        self.dns_domain.as_deref().unwrap_or(&self.dns_name)
    }

    /// MsvAvDnsTreeName.
    #[must_use]
    pub fn dns_tree(&self) -> Option<&str> {
        self.dns_tree.as_deref()
    }

    /// Whether the server is a member of a domain that was named.
    #[must_use]
    pub const fn is_member(&self) -> bool {
        self.netbios_domain.is_some()
    }

    /// The pairs in Windows' order, without time and end.
    fn pairs(&self) -> Result<Vec<u8>, Error> {
        let names = [
            (AvId::NB_DOMAIN_NAME, Some(self.netbios_domain())),
            (AvId::NB_COMPUTER_NAME, Some(self.netbios_name())),
            (AvId::DNS_DOMAIN_NAME, Some(self.dns_domain())),
            (AvId::DNS_COMPUTER_NAME, Some(self.dns_name())),
            (AvId::DNS_TREE_NAME, self.dns_tree()),
        ];
        let mut octets = Vec::new();
        for (id, name) in names {
            let Some(name) = name else { continue };
            let text = Charset::Unicode.encode(name, Field::AvPair(id))?;
            Utf16::new(&text, Field::AvPair(id))?;
            let list = AvPairs::encode([AvPair::new(id, &text)?], 0)?;
            let (pair, _end) = list.split_at_checked(list.len().saturating_sub(EOL.len())).unwrap_or_default();
            octets.extend_from_slice(pair);
        }
        Ok(octets)
    }
}

/// MsvAvEOL.
const EOL: [u8; 4] = [0; 4];

/// A [`TargetInfo`] as it is sent, but for the time.
pub(super) struct EncodedTargetInfo {
    pairs: Box<[u8]>,
    name: Box<str>,
    name_unicode: Box<[u8]>,
    is_domain: bool,
}

impl EncodedTargetInfo {
    pub(super) fn new(target: &TargetInfo) -> Result<Self, Error> {
        let name = if target.is_member() { target.netbios_domain() } else { target.netbios_name() };
        Ok(Self {
            pairs: target.pairs()?.into(),
            name: name.into(),
            name_unicode: Charset::Unicode.encode(name, Field::TargetName)?.into(),
            is_domain: target.is_member(),
        })
    }

    /// TargetInfo of a challenge, with MsvAvTimestamp.
    pub(super) fn at(&self, now: Timestamp) -> Vec<u8> {
        let ([i, d], [l, n]) = (AvId::TIMESTAMP.0.to_le_bytes(), 8_u16.to_le_bytes());
        let time = FileTime::from_timestamp(now).0.to_le_bytes();
        [&*self.pairs, &[i, d, l, n], &time, &EOL].concat()
    }

    /// TargetName. In the OEM character set it is left out if it is not ASCII.
    pub(super) fn name(&self, charset: Charset) -> &[u8] {
        match charset {
            Charset::Unicode => &self.name_unicode,
            Charset::Oem if self.name.is_ascii() => self.name.as_bytes(),
            Charset::Oem => &[],
        }
    }

    /// Whether TargetName is a domain's.
    pub(super) const fn is_domain(&self) -> bool {
        self.is_domain
    }
}

/// A NetBIOS name as Windows lets a computer have it.
fn plain_netbios(name: &str) -> Result<&str, BadTargetInfo> {
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"\\/:*?\"<>|".contains(c);
    let sound = (1..=NETBIOS_LIMIT).contains(&name.chars().count()) && name.chars().all(plain);
    if sound { Ok(name) } else { Err(BadTargetInfo::NetbiosName) }
}

/// A DNS name: labels of 1 to 63 octets, 255 in all (RFC 1035 section 2.3.4), without the root's dot.
fn plain_dns(name: &str) -> Result<&str, BadTargetInfo> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let label = |label: &str| (1..=63).contains(&label.len()) && label.chars().all(plain);
    if name.len() <= 255 && name.split('.').all(label) { Ok(name) } else { Err(BadTargetInfo::DnsName) }
}

/// Not a name that a server or a domain can have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BadTargetInfo {
    /// A NetBIOS name of no characters, of more than 15, or with others than it may have.
    NetbiosName,
    /// A DNS name with an empty or overlong label, or with others than letters, digits, hyphens and underscores.
    DnsName,
}

impl fmt::Display for BadTargetInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NetbiosName => "not a NetBIOS name: 1 to 15 characters, no space, none of \\ / : * ? \" < > |",
            Self::DnsName => "not a DNS name such as web.example.com",
        })
    }
}

impl core::error::Error for BadTargetInfo {}

impl Reason for BadTargetInfo {
    fn fault(&self) -> Fault {
        Fault::Configuration
    }

    fn kind(&self) -> &'static str {
        "bad-target-info"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_enough() {
        let target = TargetInfo::new("a-very-long-host-name.example.com.").unwrap();
        assert_eq!((target.netbios_name(), target.netbios_domain()), ("A-VERY-LONG-HOS", "A-VERY-LONG-HOS"));
        assert_eq!((target.dns_name(), target.dns_domain()), ("a-very-long-host-name.example.com", "example.com"));
        let target = TargetInfo::new("box").unwrap();
        assert_eq!((target.netbios_name(), target.dns_domain(), target.dns_tree()), ("BOX", "box", None));
    }

    #[test]
    fn bad_names_are_told() {
        for name in ["", ".", "a..b", "a b", "a\0", "a/b", &"x".repeat(64), &"x.".repeat(130)] {
            assert_eq!(TargetInfo::new(name), Err(BadTargetInfo::DnsName), "{name}");
        }
        let target = TargetInfo::new("box").unwrap();
        for name in ["", "A\\B", "A B", "A\n", "0123456789abcdef"] {
            assert_eq!(target.clone().with_netbios_domain(name), Err(BadTargetInfo::NetbiosName), "{name}");
        }
    }

    /// The TargetInfo that Samba's toy-like acceptors of the recorded exchanges send.
    #[test]
    fn it_is_sent_as_windows_sends_it() {
        let target = TargetInfo::new("web.ad.example.com").unwrap();
        let target = target.with_netbios_domain("ADEX").unwrap().with_dns_tree("ad.example.com").unwrap();
        let encoded = EncodedTargetInfo::new(&target).unwrap();
        let octets = encoded.at(Timestamp::from_micros(1_795_377_246_888_016));
        let pairs = AvPairs::parse(&octets).unwrap();
        assert_eq!(pairs.timestamp(), Some(FileTime(134_398_508_468_880_160)));
        assert_eq!(pairs.values().map(|(id, _)| id.0).collect::<Vec<_>>(), [2, 1, 4, 3, 5, 7]);
        assert_eq!((encoded.name(Charset::Unicode), encoded.name(Charset::Oem)), (&b"A\0D\0E\0X\0"[..], &b"ADEX"[..]));
        let foreign = EncodedTargetInfo::new(&TargetInfo::new("bücher").unwrap()).unwrap();
        assert_eq!((foreign.name(Charset::Oem), foreign.is_domain()), (&[][..], false));
    }
}
