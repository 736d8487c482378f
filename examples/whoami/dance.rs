//! The 401 -> token -> 200 dance, line by line on the terminal, by a client that is as plain as can be.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use negotiate::http::{Challenge, Credential, MAX_TOKEN, Origin, Scheme};
use negotiate::{Initiate, Initiator, Timestamp};

/// The longest header value shown in full.
const SHOWN: usize = 100;

/// By Kerberos: asks for the page without a token, then with one.
pub(crate) fn by_kerberos(address: SocketAddr, token: Vec<u8>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut client = Client::connect(address)?;
    println!("A client without a login asks for the page:\n");
    client.exchange(None)?;
    println!("The server wants a login. The client gets a ticket for HTTP/localhost and asks again:\n");
    client.exchange(Some(&Credential::new(token)))?;
    Ok(())
}

/// By NTLM: offers, is challenged, answers, and is known on this connection from then on.
pub(crate) fn by_ntlm(address: SocketAddr, initiator: &Initiator) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut client = Client::connect(address)?;
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
    stream: BufReader<TcpStream>,
    address: SocketAddr,
}

impl Client {
    fn connect(address: SocketAddr) -> std::io::Result<Self> {
        Ok(Self { stream: BufReader::new(TcpStream::connect(address)?), address })
    }

    /// One request and its response. Returns the token of NTLM in it, if there is one.
    fn exchange(
        &mut self,
        credential: Option<&Credential<Origin>>,
    ) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        let mut request = format!("GET / HTTP/1.1\r\nHost: {}\r\n", self.address);
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

/// The words of a page, without its markup.
fn text_of(html: &str) -> String {
    let body = html.split_once("<h1>").map_or(html, |(_, body)| body);
    let words = body.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text).trim());
    let text = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" | ");
    text.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
