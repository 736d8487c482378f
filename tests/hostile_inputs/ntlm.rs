//! D: messages of NTLM.

use negotiate::ntlm::message::{
    Authenticate, AuthenticateMessage, AvFlaw, AvId, AvPairs, Challenge, ChallengeMessage, Error, Field, Negotiate,
    NegotiateFlags, NegotiateMessage, Version,
};

use crate::Inputs;

const UNICODE: NegotiateFlags = NegotiateFlags::UNICODE;

type Reader = fn(&[u8]) -> Option<Error>;

/// A message, its name, its reader, where its fields stand, and the length of its fixed part.
type Sound = (Vec<u8>, &'static str, Reader, &'static [(Field, usize)], u32);

fn sound() -> [Sound; 3] {
    let version = Some(Version::SENT);
    let negotiate =
        Negotiate { flags: UNICODE | NegotiateFlags::VERSION, domain_name: b"DOMA", workstation: b"WORK", version };
    let challenge = Challenge {
        target_name: b"T\0N\0",
        flags: UNICODE | NegotiateFlags::VERSION | NegotiateFlags::TARGET_INFO,
        server_challenge: [7; 8],
        target_info: &[0; 4],
        version,
    };
    let authenticate = Authenticate {
        lm_challenge_response: &[1; 24],
        nt_challenge_response: &[2; 24],
        domain_name: b"D\0O\0",
        user_name: b"U\0S\0",
        workstation: b"W\0S\0",
        encrypted_random_session_key: &[3; 16],
        flags: UNICODE,
        version,
        mic: None,
    };
    [
        (
            negotiate.encode().unwrap(),
            "NEGOTIATE",
            |octets| NegotiateMessage::parse(octets).err(),
            &[(Field::DomainName, 16), (Field::Workstation, 24)],
            40,
        ),
        (
            challenge.encode().unwrap(),
            "CHALLENGE",
            |octets| ChallengeMessage::parse(octets).err(),
            &[(Field::TargetName, 12), (Field::TargetInfo, 40)],
            56,
        ),
        (
            authenticate.encode().unwrap(),
            "AUTHENTICATE",
            |octets| AuthenticateMessage::parse(octets).err(),
            &[
                (Field::LmChallengeResponse, 12),
                (Field::NtChallengeResponse, 20),
                (Field::DomainName, 28),
                (Field::UserName, 36),
                (Field::Workstation, 44),
                (Field::EncryptedRandomSessionKey, 52),
            ],
            64,
        ),
    ]
}

fn with(octets: &[u8], at: usize, part: &[u8]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    octets[at..at + part.len()].copy_from_slice(part);
    octets
}

pub(crate) fn inputs(inputs: &mut Inputs) {
    for (octets, name, read, fields, header) in sound() {
        let end = u32::try_from(octets.len()).unwrap();
        for &(field, at) in fields {
            for (length, offset) in [(0x47_u16, u32::MAX), (1, end), (2, end - 1), (2, 0), (1, header - 1)] {
                let damaged = with(&with(&octets, at, &length.to_le_bytes()), at + 4, &offset.to_le_bytes());
                inputs.refused("D01", name, &damaged, (read(&damaged), Error::FieldBounds(field)));
            }
        }
        for (index, &(field, at)) in fields.iter().enumerate() {
            for &(_, earlier) in &fields[..index] {
                let offset = u32::from_le_bytes(octets[earlier + 4..earlier + 8].try_into().unwrap());
                let damaged = with(&with(&octets, at, &2_u16.to_le_bytes()), at + 4, &offset.to_le_bytes());
                inputs.refused("D02", name, &damaged, (read(&damaged), Error::FieldOverlap(field)));
            }
        }
        let unsigned = with(&octets, 7, b" ");
        inputs.refused("D03", name, &unsigned, (read(&unsigned), Error::BadSignature));
        for length in [8, 11, 12, 16, header as usize - 1] {
            inputs.refused("D03", name, &octets[..length], (read(&octets[..length]), Error::Truncated));
        }
    }
    pairs(inputs);
}

fn pair(id: u16, value: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &u16::try_from(value.len()).unwrap().to_le_bytes(), value].concat()
}

fn pairs(inputs: &mut Inputs) {
    const EOL: [u8; 4] = [0; 4];
    let mut refused =
        |row, octets: &[u8], error| inputs.refused(row, "AV_PAIRs", octets, (AvPairs::parse(octets).err(), error));
    let bad = Error::BadAvPair;
    for (id, lengths) in [(6_u16, [3_usize, 5, 0]), (7, [7, 9, 0]), (8, [47, 1, 0]), (10, [15, 17, 0])] {
        for length in lengths {
            refused("D04", &[pair(id, &vec![b'x'; length]), EOL.to_vec()].concat(), bad(AvFlaw::Length(AvId(id))));
        }
    }
    for id in [1, 2, 3, 4, 5, 9] {
        refused("D04", &[pair(id, b"xxx"), EOL.to_vec()].concat(), bad(AvFlaw::Length(AvId(id))));
        for text in [&[0, 0xd8][..], &[0, 0xdc], &[b'a', 0, 0, 0, b'b', 0], &[0, 0xd8, b'a', 0]] {
            refused("D05", &[pair(id, text), EOL.to_vec()].concat(), Error::BadUtf16(Field::AvPair(AvId(id))));
        }
        let mut overrun = [pair(id, b"xx"), EOL.to_vec()].concat();
        overrun[2..4].copy_from_slice(&[0xff; 2]);
        refused("D04", &overrun, bad(AvFlaw::Overrun(AvId(id))));
    }
    for octets in [Vec::new(), vec![0; 3], pair(6, &[0; 4]), [pair(6, &[0; 4]), vec![0; 3]].concat()] {
        refused("D04", &octets, bad(AvFlaw::NoEol));
    }
    for behind in [&[0; 5][..], &[1], &[0, 0, 0, 1], &pair(6, &[0; 4])] {
        refused("D04", &[&EOL, behind].concat(), bad(AvFlaw::AfterEol));
    }
    let many = (0..33_u16).flat_map(|id| pair(0x100 + id, b"x")).chain([0; 4]).collect::<Vec<_>>();
    refused("D04", &many, bad(AvFlaw::TooMany));
    for id in [1, 6, 7, 77] {
        let value: &[u8] = match id {
            6 => &[0; 4],
            7 => &[0; 8],
            _ => b"x\0",
        };
        refused("D10", &[pair(id, value), pair(id, value), EOL.to_vec()].concat(), Error::DuplicateAvPair(AvId(id)));
    }
}
