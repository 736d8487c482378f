//! What ties a login to the channel it came over (RFC 2744 section 3.11, RFC 5056, RFC 5929, RFC 9266).

mod certificate;

use alloc::vec::Vec;
use core::fmt;

use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

pub use certificate::CertificateError;

/// What one side knows of the channel: both must say the same, or somebody sits in between.
///
/// ```text
/// typedef struct gss_channel_bindings_struct {
///   OM_uint32       initiator_addrtype;
///   gss_buffer_desc initiator_address;
///   OM_uint32       acceptor_addrtype;
///   gss_buffer_desc acceptor_address;
///   gss_buffer_desc application_data;
/// } *gss_channel_bindings_t;
/// ```
/// No bindings at all is `None::<ChannelBindings>`; bindings whose five fields are all empty are something else, and
/// their hash is not zero. Over TLS the addresses stay empty and the application data names the channel:
///
/// ```
/// use negotiate::gss::ChannelBindings;
/// # let exported = [7; 32];
/// // rustls: connection.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", None)?
/// let bindings = ChannelBindings::tls_exporter(&exported);
/// assert!(bindings.application_data.starts_with(b"tls-exporter:"));
/// assert!(!bindings.hash().is_zero());
/// ```
#[derive(Clone, Default, Eq, PartialEq)]
pub struct ChannelBindings {
    /// The kind of the initiator's address.
    pub initiator_addrtype: AddressType,
    /// The initiator's address, in network order.
    pub initiator_address: Vec<u8>,
    /// The kind of the acceptor's address.
    pub acceptor_addrtype: AddressType,
    /// The acceptor's address, in network order.
    pub acceptor_address: Vec<u8>,
    /// What the application says of the channel.
    pub application_data: Vec<u8>,
}

impl ChannelBindings {
    /// Bindings of application data alone, the addresses unspecified: the usual kind.
    #[must_use]
    pub fn application_data(octets: impl Into<Vec<u8>>) -> Self {
        Self { application_data: octets.into(), ..Self::default() }
    }

    /// The server's certificate as it was sent in TLS, in DER (RFC 5929 section 4): what Windows calls Extended Protection.
    ///
    /// Its hash is made with the hash function of the certificate's own signature, SHA-256 in place of MD5 and SHA-1.
    /// It is the same for every connection, so it is made once. Where a proxy ends TLS, it is the proxy's certificate.
    ///
    /// # Errors
    /// [`CertificateError`] if it is no certificate, or if no binding is defined for its signature, as with Ed25519.
    pub fn tls_server_end_point(certificate_der: &[u8]) -> Result<Self, CertificateError> {
        certificate::hash(certificate_der).map(|hash| Self::tls_server_end_point_hash(&hash))
    }

    /// The same, where only the hash of the certificate is at hand, made as RFC 5929 section 4.1 wants it.
    #[must_use]
    pub fn tls_server_end_point_hash(certificate_hash: &[u8]) -> Self {
        Self::of_type(b"tls-server-end-point:", certificate_hash)
    }

    /// The first `Finished` message of the last TLS handshake (RFC 5929 section 3): up to TLS 1.2 only.
    ///
    /// It holds what it promises only where the extended master secret was negotiated (RFC 7627), which is for the caller
    /// to see to; TLS 1.3 does not have it, and [`Self::tls_exporter`] takes its place (RFC 9266 section 3).
    #[must_use]
    pub fn tls_unique(finished: &[u8]) -> Self {
        Self::of_type(b"tls-unique:", finished)
    }

    /// Keying material exported from TLS 1.3, or 1.2 with extended master secret, under the label
    /// `EXPORTER-Channel-Binding` with an empty context (RFC 9266 section 2).
    #[must_use]
    pub fn tls_exporter(exported: &[u8; 32]) -> Self {
        Self::of_type(b"tls-exporter:", exported)
    }

    /// The unique prefix of a type of channel bindings, with its colon, and the bindings themselves (RFC 5056 section 2.1).
    fn of_type(prefix: &[u8], bindings: &[u8]) -> Self {
        Self::application_data([prefix, bindings].concat())
    }

    /// The 16 octets that go over the wire: MD5 over the five fields, integers and lengths in four octets, least significant first
    /// (RFC 4121 section 4.1.1.2). MD5 is what the RFC says; an attacker cannot choose both sides' data.
    #[must_use]
    pub fn hash(&self) -> BindingsHash {
        let Self { initiator_addrtype, initiator_address, acceptor_addrtype, acceptor_address, application_data } =
            self;
        let mut md5 = Md5::new();
        md5.update(initiator_addrtype.0.to_le_bytes());
        update_counted(&mut md5, initiator_address);
        md5.update(acceptor_addrtype.0.to_le_bytes());
        update_counted(&mut md5, acceptor_address);
        update_counted(&mut md5, application_data);
        BindingsHash(md5.finalize().into())
    }
}

fn update_counted(md5: &mut Md5, octets: &[u8]) {
    // The field cannot say more than 4 GiB; nor does anybody send that.
    md5.update(u32::try_from(octets.len()).unwrap_or(u32::MAX).to_le_bytes());
    md5.update(octets);
}

/// The application data is text up to its colon; none of it is secret.
impl fmt::Debug for ChannelBindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { initiator_addrtype, initiator_address, acceptor_addrtype, acceptor_address, application_data } =
            self;
        f.debug_struct("ChannelBindings")
            .field("initiator_addrtype", &initiator_addrtype.0)
            .field("initiator_address", &format_args!("\"{}\"", initiator_address.escape_ascii()))
            .field("acceptor_addrtype", &acceptor_addrtype.0)
            .field("acceptor_address", &format_args!("\"{}\"", acceptor_address.escape_ascii()))
            .field("application_data", &format_args!("\"{}\"", application_data.escape_ascii()))
            .finish()
    }
}

/// The kind of an address in channel bindings (RFC 2744 section 3.11). It takes part in the hash, so both sides must agree on it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct AddressType(pub u32);

impl AddressType {
    /// GSS_C_AF_UNSPEC: the default.
    pub const UNSPECIFIED: Self = Self(0);
    /// GSS_C_AF_INET: IPv4, four octets.
    pub const INET: Self = Self(2);
    /// GSS_C_AF_NULLADDR: no address. Java says so, rather than unspecified, for bindings that a program made by hand.
    pub const NULL: Self = Self(255);
}

/// The field `Bnd` of a Kerberos authenticator's checksum (RFC 4121 section 4.1.1), and NTLM's `MsvAvChannelBindings`:
/// the hash of the peer's bindings, or 16 zero octets where the peer has none.
///
/// Equality takes the same time wherever the octets differ.
///
/// ```
/// use negotiate::gss::{BindingsHash, ChannelBindings};
/// assert!(BindingsHash::ZERO.is_zero());
/// assert_ne!(ChannelBindings::default().hash(), BindingsHash::ZERO); // empty is not none
/// ```
#[derive(Clone, Copy)]
pub struct BindingsHash([u8; 16]);

impl BindingsHash {
    /// The number of its octets.
    pub const LENGTH: usize = 16;

    /// What stands for no bindings at all (RFC 4121 section 4.1.1.2, GSS_C_NO_CHANNEL_BINDINGS).
    pub const ZERO: Self = Self([0; Self::LENGTH]);

    /// From the field's octets.
    #[must_use]
    pub const fn from_octets(octets: [u8; Self::LENGTH]) -> Self {
        Self(octets)
    }

    /// The field's octets.
    #[must_use]
    pub const fn as_octets(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// Whether the peer says that it has no bindings.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl PartialEq for BindingsHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for BindingsHash {}

/// In hexadecimal: it is a hash of what is not secret.
impl fmt::Debug for BindingsHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BindingsHash(")?;
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))?;
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use hex_literal::hex;

    /// As MIT krb5 1.20.1 and JDK 17 hashed them.
    #[test]
    fn five_fields() {
        let inet = |initiator: [u8; 4], acceptor: [u8; 4]| ChannelBindings {
            initiator_addrtype: AddressType::INET,
            initiator_address: initiator.into(),
            acceptor_addrtype: AddressType::INET,
            acceptor_address: acceptor.into(),
            application_data: b"data".into(),
        };
        let local = [127, 0, 0, 1];
        assert_eq!(inet(local, [10, 1, 2, 3]).hash().0, hex!("d61dd78043a598ce5cce61b7d96184ef"));
        assert_eq!(inet(local, local).hash().0, hex!("643b76cd9c0a1f79a6b2aa9754ebab1d"));
        assert_ne!(inet([10, 1, 2, 3], local).hash(), inet(local, [10, 1, 2, 3]).hash());
        assert_eq!(ChannelBindings::default().hash().0, hex!("441018525208457705bf09a8ee3c1093"));
        let data = hex!("746c732d756e697175653aca58aa37c29470dae679a4d2");
        assert_eq!(ChannelBindings::tls_unique(&data[11..]).hash().0, hex!("5c6bc5e1a4070ada43a50e0f2751d0cd"));
        assert_eq!(ChannelBindings::tls_unique(&data[11..]), ChannelBindings::application_data(data));
    }

    #[test]
    fn prefixes() {
        assert_eq!(ChannelBindings::tls_unique(b"x").application_data, b"tls-unique:x");
        assert_eq!(ChannelBindings::tls_server_end_point_hash(b"x").application_data, b"tls-server-end-point:x");
        let exporter = ChannelBindings::tls_exporter(b"0123456789abcdef0123456789abcdef");
        assert_eq!(exporter.application_data, b"tls-exporter:0123456789abcdef0123456789abcdef");
    }

    #[test]
    fn zero_empty_and_none_are_three_values() {
        assert!(BindingsHash::from_octets([0; 16]).is_zero());
        assert!(!ChannelBindings::default().hash().is_zero());
        assert_ne!(ChannelBindings::application_data([0; 16]).hash(), ChannelBindings::default().hash());
        for bit in 0..128 {
            let mut octets = [0; 16];
            octets[bit / 8] = 1 << (bit % 8);
            assert!(!BindingsHash::from_octets(octets).is_zero());
            assert_ne!(BindingsHash::from_octets(octets), BindingsHash::ZERO);
        }
    }

    #[test]
    fn shown_for_people() {
        let bindings = ChannelBindings::tls_unique(b"\x01");
        assert!(format!("{bindings:?}").ends_with("application_data: \"tls-unique:\\x01\" }"));
        assert_eq!(format!("{:?}", BindingsHash::ZERO), "BindingsHash(00000000000000000000000000000000)");
    }
}
