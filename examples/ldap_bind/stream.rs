//! The connection below LDAP: TCP, or TLS over it.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use negotiate::gss::ChannelBindings;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// How long the server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) enum Stream {
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    pub(crate) fn connect(host: &str, port: Option<u16>, tls_ca: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let port = port.unwrap_or(if tls_ca.is_some() { 636 } else { 389 });
        let mut tcp = TcpStream::connect((host, port)).map_err(|error| format!("{host}, port {port}: {error}"))?;
        tcp.set_read_timeout(Some(PATIENCE))?;
        let Some(ca) = tls_ca else { return Ok(Self::Tcp(tcp)) };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(ca)? {
            roots.add(certificate?)?;
        }
        let configuration = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let mut tls = ClientConnection::new(Arc::new(configuration), ServerName::try_from(host.to_owned())?)?;
        // The server's certificate is there before the first message: the login is bound to it.
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp)?;
        }
        Ok(Self::Tls(Box::new(StreamOwned::new(tls, tcp))))
    }

    /// Of the channel, if it is a secure one: `tls-server-end-point`, as Active Directory wants it.
    pub(crate) fn channel_bindings(&self) -> Result<Option<ChannelBindings>, Box<dyn Error>> {
        let Self::Tls(tls) = self else { return Ok(None) };
        let certificate = tls.conn.peer_certificates().and_then(<[_]>::first).ok_or("the server has no certificate")?;
        Ok(Some(ChannelBindings::tls_server_end_point(certificate)?))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(octets),
            Self::Tls(stream) => stream.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
