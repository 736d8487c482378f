//! TLS, and the channel bindings of each connection.
//!
//! A login is bound to the certificate that the client was sent (`tls-server-end-point`, RFC 5929), and rustls does not tell
//! which one that was. So it is chosen before the handshake and pinned: [`LazyConfigAcceptor`] stops behind the
//! ClientHello, the resolver picks the certificate, and the handshake goes on by a configuration that has this one only.
//!
//! A resumed session sends no certificate: its binding would be the original session's. The configuration ends with its
//! connection and keeps no sessions, so there is none to resume.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use negotiate::gss::ChannelBindings;
use rcgen::{CertificateParams, KeyPair, SanType};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{Acceptor, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

/// What is spoken inside (RFC 7301).
const PROTOCOLS: &[&[u8]] = &[b"h2", b"http/1.1"];

/// The same where browsers log in by NTLM. Of eight logins of Chromium 156 that began over HTTP/2 and were sent back, six
/// ended in an error of its own (net::ERR_UNEXPECTED).
const WITHOUT_HTTP2: &[&[u8]] = &[b"http/1.1"];

/// The certificate, and who picks it.
pub(crate) struct Tls {
    provider: Arc<CryptoProvider>,
    resolver: Arc<dyn ResolvesServerCert>,
    certificate: CertificateDer<'static>,
    pem: String,
    protocols: &'static [&'static [u8]],
}

impl Tls {
    /// With a certificate made for this run, which nobody trusts unless told to.
    pub(crate) fn self_made(name: &str) -> Result<Self, Box<dyn Error>> {
        let mut parameters = CertificateParams::new([name.to_owned(), "localhost".to_owned()])?;
        parameters.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        let key = KeyPair::generate()?;
        let certificate = parameters.self_signed(&key)?;
        let key = PrivateKeyDer::try_from(key.serialize_der())?;
        Self::new(vec![certificate.der().clone()], key, certificate.pem())
    }

    /// With a certificate and its key from files.
    pub(crate) fn read(certificate: &Path, key: &Path) -> Result<Self, Box<dyn Error>> {
        let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
        Self::new(chain, PrivateKeyDer::from_pem_file(key)?, std::fs::read_to_string(certificate)?)
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        pem: String,
    ) -> Result<Self, Box<dyn Error>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = CertifiedKey::from_der(chain, key, &provider)?;
        let certificate = key.end_entity_cert()?.clone().into_owned();
        // A server of several names has one here that looks at the ClientHello.
        let resolver = Arc::new(SingleCertAndKey::from(key));
        Ok(Self { provider, resolver, certificate, pem, protocols: PROTOCOLS })
    }

    /// Offers HTTP/1.1 alone.
    pub(crate) const fn without_http2(mut self) -> Self {
        self.protocols = WITHOUT_HTTP2;
        self
    }

    pub(crate) const fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The certificate for those who are to trust it (RFC 7468).
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// Speaks TLS on a connection, and says what logins on it are bound to.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
    ) -> Result<(TlsStream<TcpStream>, ChannelBindings), Box<dyn Error + Send + Sync>> {
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let key = self.resolver.resolve(start.client_hello()).ok_or("no certificate for this client")?;
        let bindings = ChannelBindings::tls_server_end_point(key.end_entity_cert()?)?;
        let stream = start.into_stream(self.pinned(key)?).await?;
        Ok((stream, bindings))
    }

    /// A configuration that has this certificate only, for one connection.
    fn pinned(&self, key: Arc<CertifiedKey>) -> Result<Arc<ServerConfig>, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
        config.alpn_protocols = self.protocols.iter().map(|name| name.to_vec()).collect();
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}
