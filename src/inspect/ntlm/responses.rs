//! LmChallengeResponse and NtChallengeResponse, told apart as far as their octets tell ([MS-NLMP] section 2.2.2).

use alloc::format;
use alloc::string::String;

use super::av_pairs;
use super::payload::Part;
use crate::inspect::escape::{all_hex, elided, hex};
use crate::inspect::fixed::Fixed;
use crate::ntlm::message::FileTime;

/// LmChallengeResponse; `nt` is the other one, which tells how to read it.
pub(super) fn lm<'a>(fields: &mut Fixed<'_, 'a, '_>, part: &Part<'a>, nt: &[u8]) {
    let kind = match part.octets {
        [_, _, _, _, _, _, _, _, zeros @ ..] if zeros.len() == 16 && zeros.iter().all(|octet| *octet == 0) => "octets",
        _ if part.announced != 24 => "octets",
        _ if nt.len() > 24 => "LMv2_RESPONSE",
        _ => "LM_RESPONSE",
    };
    let node = fields.walk.tree.add(fields.node, kind, part.name, part.range());
    let mut inside = Fixed::new(fields.walk, node, part.octets, part.at);
    let show_keys = inside.walk.show_keys;
    match (part.octets, kind) {
        ([0], _) => inside.walk.tree.set_value(node, "one zero octet: an anonymous login"),
        (octets, "octets") if octets.len() == 24 && octets.iter().all(|octet| *octet == 0) => {
            inside.walk.tree.set_value(node, "all zero: none");
        }
        // Zeros behind it, or else it is a response with a damaged length.
        (octets, "octets") if octets.len() == 24 && octets.ends_with(&[0; 16]) => {
            inside.walk.tree.set_value(node, "the client's challenge: extended session security with NTLMv1");
            inside.take("ChallengeFromClient", "octets", |octets: &[u8; 8]| hex(octets));
            inside.rest("Z(16)", "octets", hex);
        }
        (_, "LMv2_RESPONSE") => {
            inside.take("Response", "octets", |octets: &[u8; 16]| response(octets, show_keys));
            inside.take("ChallengeFromClient", "octets", |octets: &[u8; 8]| hex(octets));
        }
        (octets, "LM_RESPONSE") => {
            if octets == nt {
                inside.walk.tree.set_value(node, "the NTLM response again: no LM response");
            }
            inside.take("Response", "octets", |octets: &[u8; 24]| response(octets, show_keys));
        }
        (octets, _) => {
            inside.walk.tree.set_value(node, response(octets, show_keys));
            let why = format!("a response of {} octets: there are such of 24, and one zero octet", part.announced);
            inside.flaw(part.range(), why);
        }
    }
}

/// NtChallengeResponse.
pub(super) fn nt<'a>(fields: &mut Fixed<'_, 'a, '_>, part: &Part<'a>) {
    let show_keys = fields.walk.show_keys;
    let kind = match part.announced {
        24 => "NTLM_RESPONSE",
        0..24 => "octets",
        _ => "NTLMv2_RESPONSE",
    };
    let node = fields.walk.tree.add(fields.node, kind, part.name, part.range());
    let mut inside = Fixed::new(fields.walk, node, part.octets, part.at);
    match kind {
        "NTLM_RESPONSE" => {
            inside.take("Response", "octets", |octets: &[u8; 24]| response(octets, show_keys));
        }
        "NTLMv2_RESPONSE" => {
            // NTProofStr of section 3.3.2.
            if inside.take("Response", "NTProofStr", |octets: &[u8; 16]| response(octets, show_keys)).is_some() {
                client_challenge(&mut inside);
            }
        }
        _ => {
            inside.walk.tree.set_value(node, response(part.octets, show_keys));
            let why = format!("a response of {} octets: NTLMv1 has 24, NTLMv2 at least 48", part.announced);
            inside.flaw(part.range(), why);
        }
    }
}

/// NTLMv2_CLIENT_CHALLENGE (section 2.2.2.7), `temp` of section 3.3.2.
fn client_challenge(fields: &mut Fixed<'_, '_, '_>) {
    let node =
        fields.walk.tree.add(fields.node, "NTLMv2_CLIENT_CHALLENGE", "NTLMv2_CLIENT_CHALLENGE", fields.remaining());
    let mut inside = Fixed::new(fields.walk, node, fields.octets, fields.at);
    fields.octets = &[];
    if head(&mut inside).is_some() {
        let list = inside.walk.tree.add(node, "AV_PAIRs", "AvPairs", inside.remaining());
        let mut pairs = Fixed::new(inside.walk, list, inside.octets, inside.at);
        av_pairs::explain(&mut pairs);
    }
}

/// Its fixed part.
fn head(fields: &mut Fixed<'_, '_, '_>) -> Option<()> {
    must_be(fields, "RespType", [1])?;
    must_be(fields, "HiRespType", [1])?;
    must_be(fields, "Reserved1", [0; 2])?;
    must_be(fields, "Reserved2", [0; 4])?;
    fields
        .take("TimeStamp", "FILETIME", |octets: &[u8; 8]| av_pairs::file_time(FileTime(u64::from_le_bytes(*octets))))?;
    fields.take("ChallengeFromClient", "octets", |octets: &[u8; 8]| hex(octets))?;
    must_be(fields, "Reserved3", [0; 4])
}

fn must_be<const N: usize>(fields: &mut Fixed<'_, '_, '_>, name: &'static str, value: [u8; N]) -> Option<()> {
    let at = fields.at;
    let found = fields.take(name, "octets", |octets: &[u8; N]| hex(octets))?;
    if found != value {
        fields.flaw(at..fields.at, format!("{name} must be {}", hex(&value)));
    }
    Some(())
}

/// A response, in full or out of sight: it and the challenge are enough to guess the password.
fn response(octets: &[u8], show_keys: bool) -> String {
    if show_keys { all_hex(octets) } else { elided(octets) }
}
