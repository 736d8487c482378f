//! `negotiate-web`: a web server with and without logins, what its clients need, and clients. `web.sh` puts them together.
//!
//! ```text
//! keytab FILE                              the key of a new realm's HTTP/localhost
//! tokens KEYTAB COUNT FILE                 COUNT logins by it in base64, one a line, each to be used once
//! serve open|kerberos|ntlm                 says its port; see `serve` for its environment
//! ask PORT PATH FILE                       the statuses of a request without a login, with one, and with the same again
//! accept FILE                              judges the logins of FILE, without a server; prints as `drive` does
//! drive PORT SECONDS CONNECTIONS open|ntlm requests on kept connections; prints how many, and in how many microseconds
//! memory CONNECTIONS                       starts servers, and says what connections cost them
//! ```

mod drive;
mod memory;
mod serve;
mod tokens;
mod wire;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["keytab", file] => tokens::keytab(file),
        ["tokens", keytab, count, file] => tokens::mint(keytab, count.parse().unwrap(), file),
        ["serve", mode] => serve::run(mode),
        ["ask", port, path, file] => drive::ask_thrice(port.parse().unwrap(), path, file),
        ["accept", file] => serve::accept(file),
        ["drive", port, seconds, connections, mode] => {
            drive::run(port.parse().unwrap(), seconds.parse().unwrap(), connections.parse().unwrap(), mode);
        }
        ["memory", connections] => memory::run(connections.parse().unwrap()),
        _ => panic!("keytab, tokens, serve, drive or memory: see src/main.rs"),
    }
}
