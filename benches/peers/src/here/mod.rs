//! This crate.

pub(crate) mod accept;
mod messages;
mod ntlm;
mod parse;
mod replay;

use std::path::Path;

pub(crate) fn run(section: &str, dir: &Path) {
    match section {
        "spnego" => parse::run(dir),
        "accept" => accept::run(dir),
        "accept-threads" => accept::threads(dir),
        "accept-memory" => accept::memory(dir),
        "messages" => messages::run(),
        "decrypt" => parse::decrypt(),
        "ntlm" => ntlm::run(),
        "string-to-key" => parse::string_to_key(),
        "keytab" => accept::keytabs(dir),
        "replay" => replay::run(),
        "replay-threads" => replay::threads(),
        _ => {}
    }
}
