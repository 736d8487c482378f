//! The 401 -> token -> 200 dance, line by line on the terminal, by a client that is as plain as can be.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use negotiate::gss::ChannelBindings;
use negotiate::http::{Challenge, Credential, MAX_TOKEN, Origin, Scheme};
use negotiate::kerberos::testing::Realm;
use negotiate::{Initiate, Initiator, Target, Timestamp, ntlm};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::logins::{PASSWORD, USER, alice_of_the_directory};

/// The longest header value shown in full.
const SHOWN: usize = 100;

type Failure = Box<dyn Error + Send + Sync>;

/// Where the server is.
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    /// What it proves that by, if it speaks TLS.
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

/// Logs in by a ticket and by a password, before the eyes of whoever started this.
pub(crate) fn before_the_eyes(place: &Place, realm: &Realm, takes_ntlm: bool) -> Result<(), Failure> {
    let bindings = match &place.certificate {
        Some(certificate) => Some(ChannelBindings::tls_server_end_point(certificate)?),
        None => None,
    };
    by_kerberos(place, realm, bindings.as_ref())?;
    if takes_ntlm { by_ntlm(place, bindings) } else { Ok(()) }
}

/// By Kerberos: asks for the page without a token, then with one.
fn by_kerberos(place: &Place, realm: &Realm, bindings: Option<&ChannelBindings>) -> Result<(), Failure> {
    let mut login = realm.directory_login(&alice_of_the_directory(), Timestamp::now())?.in_spnego();
    if let Some(bindings) = bindings {
        login.authenticator.gss.bindings = *bindings.hash().as_octets();
    }
    let mut client = Client::connect(place)?;
    println!("A client without a login asks for the page:\n");
    client.exchange(None)?;
    println!("The server wants a login. The client gets a ticket for HTTP/localhost and asks again:\n");
    client.exchange(Some(&Credential::new(login.encode()?)))?;
    Ok(())
}

/// By NTLM: offers, is challenged, answers, and is known on this connection from then on.
fn by_ntlm(place: &Place, bindings: Option<ChannelBindings>) -> Result<(), Failure> {
    let credential = ntlm::Credential::with_password(USER, PASSWORD)?;
    let mut builder = Initiator::builder(Target::new("HTTP", "localhost")?).ntlm(credential).bare();
    if let Some(bindings) = bindings {
        builder = builder.channel_bindings(bindings);
    }
    let initiator = builder.build()?;
    let mut client = Client::connect(place)?;
    println!("Another client has no ticket, but a name and a password. It chooses the scheme NTLM:\n");
    let Initiate::NeedsToken { token, next } = initiator.initiate(Timestamp::now())? else {
        return Err("NTLM begins with a token, and does not end with it".into());
    };
    let challenge = client.exchange(Some(&Credential::ntlm(token)?))?.ok_or("the server sent no challenge")?;
    println!("It proves to know the password by what it makes of the server's challenge:\n");
    let Initiate::Established { token: Some(token), .. } = next.step(&challenge, Timestamp::now())? else {
        return Err("NTLM ends with the answer to the challenge".into());
    };
    client.exchange(Some(&Credential::ntlm(token)?))?;
    println!("NTLM logs in a connection: the next request on it needs no token.\n");
    client.exchange(None)?;
    Ok(())
}

/// One connection.
struct Client {
    stream: BufReader<Box<dyn Stream>>,
    port: u16,
}

trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

impl Client {
    fn connect(place: &Place) -> Result<Self, Failure> {
        let stream = TcpStream::connect(place.address)?;
        let stream: Box<dyn Stream> = match &place.certificate {
            Some(certificate) => Box::new(over_tls(stream, certificate)?),
            None => Box::new(stream),
        };
        Ok(Self { stream: BufReader::new(stream), port: place.address.port() })
    }

    /// One request and its response. Returns the token of NTLM in it, if there is one.
    fn exchange(&mut self, credential: Option<&Credential<Origin>>) -> Result<Option<Vec<u8>>, Failure> {
        let mut request = format!("GET / HTTP/1.1\r\nHost: localhost:{}\r\n", self.port);
        if let Some(credential) = credential {
            request.push_str(&format!("Authorization: {}\r\n", credential.header().1));
        }
        request.lines().for_each(|line| println!("  > {}", shortened(line)));
        println!();
        request.push_str("\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut length, mut token) = (0, None);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            println!("  < {}", shortened(line));
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or(0);
            } else if name.eq_ignore_ascii_case(Challenge::<Origin>::FIELD) {
                for challenge in Challenge::<Origin>::parse([value]) {
                    let challenge = challenge?;
                    token = challenge.token(MAX_TOKEN)?.filter(|_| challenge.scheme == Scheme::Ntlm).or(token);
                }
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        println!("  < {}\n", text_of(&String::from_utf8_lossy(&body)));
        Ok(token)
    }
}

fn shortened(line: &str) -> String {
    match line.get(..SHOWN) {
        Some(start) => format!("{start}… ({} octets in all)", line.len()),
        None => line.to_owned(),
    }
}

/// TLS with a server that has this certificate.
fn over_tls(
    stream: TcpStream,
    certificate: &CertificateDer<'static>,
) -> Result<StreamOwned<ClientConnection, TcpStream>, Failure> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone())?;
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost")?)?;
    Ok(StreamOwned::new(connection, stream))
}

/// The words of a page's head, without its markup.
fn text_of(html: &str) -> String {
    let head =
        html.split_once("<header>").and_then(|(_, rest)| rest.split_once("</header>")).map_or(html, |(head, _)| head);
    let words = head.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text).trim());
    let text = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" | ");
    text.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
