//! The three messages ([MS-NLMP] section 2.2.1), field by field in the order of the octets.

use alloc::format;
use alloc::string::{String, ToString};

use super::payload::{Part, Payload, part};
use super::{av_pairs, names, responses};
use crate::inspect::escape::{elided, hex};
use crate::inspect::fixed::Fixed;
use crate::ntlm::message::{AvFlags, Charset, NegotiateFlags, NtResponse, Version};

/// What is behind MessageType; `fields` begins there, and `whole` is the message from its first octet on.
pub(in crate::inspect) fn message<'a>(fields: &mut Fixed<'_, 'a, '_>, whole: &'a [u8], number: u32) {
    let complete = match number {
        1 => negotiate(fields, whole),
        2 => challenge(fields, whole),
        3 => authenticate(fields, whole),
        _ => {
            let range = fields.at.saturating_sub(4)..fields.at;
            return fields.flaw(range, "no such MessageType: 1, 2 and 3 are known");
        }
    };
    // Where the fixed part was cut, that has been said, and there is nothing behind it.
    if complete.is_none() {
        fields.octets = &[];
    }
}

/// NEGOTIATE_MESSAGE (section 2.2.1.1).
fn negotiate<'a>(fields: &mut Fixed<'_, 'a, '_>, whole: &'a [u8]) -> Option<()> {
    let flags = flags(fields)?;
    let parts =
        [part(fields, "DomainNameFields", "DomainName")?, part(fields, "WorkstationFields", "WorkstationName")?];
    let payload = Payload::new(whole, fields, &parts);
    if payload.room() >= 8 {
        version(fields);
    } else if flags.contains(NegotiateFlags::VERSION) {
        fields.flaw(fields.at..fields.at, "NegotiateFlags announces VERSION, and there is no room for it");
    }
    payload.explain(fields, |fields, part| {
        // In the OEM character set whatever the flags say.
        names::explain(fields, part, Some(Charset::Oem));
    });
    Some(())
}

/// CHALLENGE_MESSAGE (section 2.2.1.2).
fn challenge<'a>(fields: &mut Fixed<'_, 'a, '_>, whole: &'a [u8]) -> Option<()> {
    let target_name = part(fields, "TargetNameFields", "TargetName")?;
    let flags = flags(fields)?;
    fields.take("ServerChallenge", "octets", |octets: &[u8; 8]| hex(octets))?;
    fields.take("Reserved", "octets", |octets: &[u8; 8]| hex(octets))?;
    let parts = [target_name, part(fields, "TargetInfoFields", "TargetInfo")?];
    let payload = Payload::new(whole, fields, &parts);
    if payload.room() >= 8 {
        version(fields);
    } else if flags.contains(NegotiateFlags::VERSION) {
        fields.flaw(fields.at..fields.at, "NegotiateFlags announces VERSION, and there is no room for it");
    }
    payload.explain(fields, |fields, part| match part.name {
        "TargetInfo" => {
            let node = fields.walk.tree.add(fields.node, "AV_PAIRs", part.name, part.range());
            let mut inside = Fixed::new(fields.walk, node, part.octets, part.at);
            av_pairs::explain(&mut inside);
        }
        _ => names::explain(fields, part, flags.charset().ok()),
    });
    Some(())
}

/// AUTHENTICATE_MESSAGE (section 2.2.1.3).
fn authenticate<'a>(fields: &mut Fixed<'_, 'a, '_>, whole: &'a [u8]) -> Option<()> {
    let parts = [
        part(fields, "LmChallengeResponseFields", "LmChallengeResponse")?,
        part(fields, "NtChallengeResponseFields", "NtChallengeResponse")?,
        part(fields, "DomainNameFields", "DomainName")?,
        part(fields, "UserNameFields", "UserName")?,
        part(fields, "WorkstationFields", "Workstation")?,
        part(fields, "EncryptedRandomSessionKeyFields", "EncryptedRandomSessionKey")?,
    ];
    let flags = flags(fields)?;
    let payload = Payload::new(whole, fields, &parts);
    let announced = announces_mic(payload.octets("NtChallengeResponse"));
    // Which of the two there is room for, told by where the payload begins as parsers do: curl announces VERSION and
    // leaves it out, Chromium and Windows the other way about.
    let (has_version, has_mic) = match payload.room() {
        24.. => (true, true),
        16.. if !flags.contains(NegotiateFlags::VERSION) => (false, true),
        8.. => (true, false),
        _ => (false, false),
    };
    if has_version {
        version(fields);
    }
    if has_mic {
        mic(fields, announced);
    } else if announced == Some(true) {
        fields.flaw(fields.at..fields.at, "MsvAvFlags announces a MIC, and there is no room for it: was it cut out?");
    }
    let nt = payload.octets("NtChallengeResponse");
    payload.explain(fields, |fields, part| match part.name {
        "LmChallengeResponse" => responses::lm(fields, part, nt),
        "NtChallengeResponse" => responses::nt(fields, part),
        "EncryptedRandomSessionKey" => session_key(fields, part),
        _ => names::explain(fields, part, flags.charset().ok()),
    });
    Some(())
}

/// NegotiateFlags (section 2.2.2.5).
fn flags(fields: &mut Fixed<'_, '_, '_>) -> Option<NegotiateFlags> {
    let at = fields.at;
    let octets = fields.take("NegotiateFlags", "ULONG", |octets: &[u8; 4]| flag_names(u32::from_le_bytes(*octets)))?;
    let flags = NegotiateFlags::from_bits(u32::from_le_bytes(octets));
    if flags.charset().is_err() {
        fields.flaw(at..fields.at, "neither UNICODE nor OEM: no character set is negotiated");
    }
    Some(flags)
}

/// The bits, and their names in the specification without `NTLMSSP_NEGOTIATE_`.
fn flag_names(bits: u32) -> String {
    let mut text = format!("{bits:#010x}");
    for number in 0..32u32 {
        let bit = 1u32.checked_shl(number).unwrap_or(0) & bits;
        if bit == 0 {
            continue;
        }
        text.push(' ');
        match NegotiateFlags::from_bits(bit).names().next() {
            Some(name) => text.push_str(name),
            None => text.push_str(&format!("bit-{number}")),
        }
    }
    text
}

/// VERSION (section 2.2.2.10).
fn version(fields: &mut Fixed<'_, '_, '_>) {
    fields.take("Version", "VERSION", |octets: &[u8; 8]| {
        let Version { major, minor, build, revision, .. } = Version::from_octets(*octets);
        let windows = match (octets, revision) {
            ([0, 0, 0, 0, 0, 0, 0, 0], _) => return "zero: not sent".to_string(),
            (_, Version::NTLMSSP_REVISION_W2K3) => " (NTLMSSP_REVISION_W2K3)",
            _ => "",
        };
        format!(
            "ProductMajorVersion {major}, ProductMinorVersion {minor}, ProductBuild {build}, NTLMRevisionCurrent {revision}{windows}"
        )
    });
}

/// MIC, which is one only where the response says so.
fn mic(fields: &mut Fixed<'_, '_, '_>, announced: Option<bool>) {
    let show_keys = fields.walk.show_keys;
    fields.take("MIC", "octets", |octets: &[u8; 16]| {
        let shown = if show_keys { hex(octets) } else { elided(octets) };
        match (announced, octets) {
            (Some(true), _) => format!("{shown}, announced by MsvAvFlags"),
            (_, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) => {
                "all zero: none, and MsvAvFlags announces none".to_string()
            }
            (Some(false), _) => format!("{shown}, but MsvAvFlags announces none: they mean nothing"),
            (None, _) => format!("{shown}; whether it is announced cannot be told"),
        }
    });
}

/// Whether MsvAvFlags in the response announces a MIC; `None` where the response cannot be read.
fn announces_mic(nt: &[u8]) -> Option<bool> {
    Some(match NtResponse::parse(nt).ok()? {
        NtResponse::V2(response) => response.client_challenge.av_pairs.flags().contains(AvFlags::MIC),
        NtResponse::None | NtResponse::V1(_) => false,
    })
}

/// EncryptedRandomSessionKey, which is as good as the session key to whoever has the password.
fn session_key(fields: &mut Fixed<'_, '_, '_>, part: &Part<'_>) {
    let node = fields.walk.tree.add(fields.node, "octets", part.name, part.range());
    let value = fields.walk.key(part.octets);
    fields.walk.tree.set_value(node, value);
    if part.octets.len() != 16 {
        fields.walk.tree.flaw(node, part.range(), "an encrypted session key has 16 octets");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d11_unknown_flags_are_numbered() {
        assert_eq!(flag_names(0), "0x00000000");
        assert_eq!(flag_names(0x8200_0109), "0x82000109 UNICODE bit-3 bit-8 VERSION 56");
    }
}
