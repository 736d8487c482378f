//! The 401 -> token -> 200 dance, line by line on the terminal, by a client that is as plain as can be.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use negotiate::http::{Credential, Origin};

/// The longest header value shown in full.
const SHOWN: usize = 100;

/// Asks for the page without a token, then with one, over one connection, and shows what goes over the wire.
pub(crate) fn show(address: SocketAddr, token: &[u8]) -> std::io::Result<()> {
    let stream = TcpStream::connect(address)?;
    println!("A client without a login asks for the page:\n");
    exchange(&stream, address, None)?;
    println!("The server wants Negotiate. The client gets a ticket for HTTP/localhost and asks again:\n");
    let (_, authorization) = Credential::<Origin>::new(token.to_vec()).header();
    exchange(&stream, address, Some(&authorization))?;
    Ok(())
}

fn exchange(mut stream: &TcpStream, address: SocketAddr, authorization: Option<&str>) -> std::io::Result<()> {
    let mut request = format!("GET / HTTP/1.1\r\nHost: {address}\r\n");
    if let Some(value) = authorization {
        request.push_str(&format!("Authorization: {value}\r\n"));
    }
    request.lines().for_each(|line| println!("  > {}", shortened(line)));
    println!();
    stream.write_all(request.as_bytes())?;
    stream.write_all(b"\r\n")?;
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        println!("  < {}", shortened(line));
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    println!("  < {}\n", text_of(&String::from_utf8_lossy(&body)));
    Ok(())
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
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" | ")
}
