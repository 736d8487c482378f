//! The messages of NTLM ([MS-NLMP] section 2.2.1): the header, and where the payload of each of the three lies.
//!
//! Two fields at a time lie in every way that borders allow, the others are empty; `src/ntlm/message/fields/exhaustive.rs` has three
//! at a time. Of the flags those are tried that a reader looks at: UNICODE, OEM and VERSION.

use std::ops::Range;

use negotiate::ntlm::message::{AuthenticateMessage, ChallengeMessage, Error, Field, MessageType, NegotiateMessage};

use crate::exhaustive::{around, place};

/// A message by the tables of its section: its fields with their places, those that are text, and where its flags, its VERSION and
/// what comes behind it lie.
struct Kind {
    message_type: MessageType,
    fields: &'static [(Field, usize)],
    texts: &'static [Field],
    flags: usize,
    version: usize,
}

const KINDS: [Kind; 3] = [
    Kind {
        message_type: MessageType::Negotiate,
        fields: &[(Field::DomainName, 16), (Field::Workstation, 24)],
        // OEM, whatever the flags say.
        texts: &[],
        flags: 12,
        version: 32,
    },
    Kind {
        message_type: MessageType::Challenge,
        fields: &[(Field::TargetName, 12), (Field::TargetInfo, 40)],
        texts: &[Field::TargetName],
        flags: 20,
        version: 48,
    },
    Kind {
        message_type: MessageType::Authenticate,
        fields: &[
            (Field::LmChallengeResponse, 12),
            (Field::NtChallengeResponse, 20),
            (Field::DomainName, 28),
            (Field::UserName, 36),
            (Field::Workstation, 44),
            (Field::EncryptedRandomSessionKey, 52),
        ],
        texts: &[Field::DomainName, Field::UserName, Field::Workstation],
        flags: 60,
        version: 64,
    },
];

const UNICODE: u32 = 1;
const OEM: u32 = 2;
const VERSION: u32 = 0x0200_0000;

/// What is read: where each value lies, VERSION and MIC.
#[derive(Debug, Eq, PartialEq)]
struct Read {
    values: Vec<Range<usize>>,
    version: Option<Range<usize>>,
    mic: Option<Range<usize>>,
}

fn number(octets: &[u8], at: usize, length: usize) -> usize {
    octets[at..at + length].iter().rev().fold(0, |number, octet| number * 256 + usize::from(*octet))
}

fn model(kind: &Kind, octets: &[u8]) -> Result<Read, Error> {
    let signature = b"NTLMSSP\0";
    if octets.iter().zip(signature).any(|(one, other)| one != other) {
        return Err(Error::BadSignature);
    }
    if octets.len() < 12 {
        return Err(Error::Truncated);
    }
    let found = u32::try_from(number(octets, 8, 4)).unwrap();
    if found != kind.message_type.number() {
        return Err(Error::WrongType(kind.message_type, found));
    }
    if octets.len() < kind.version {
        return Err(Error::Truncated);
    }
    let flags = u32::try_from(number(octets, kind.flags, 4)).unwrap();
    if flags & (UNICODE | OEM) == 0 {
        return Err(Error::NoCharset);
    }
    let lies = |at: usize| {
        let (length, offset) = (number(octets, at, 2), number(octets, at + 4, 4));
        offset..offset + length
    };
    let full: Vec<_> = kind.fields.iter().filter(|(_, at)| !lies(*at).is_empty()).collect();
    if let Some((field, _)) =
        full.iter().find(|(field, at)| flags & UNICODE != 0 && kind.texts.contains(field) && lies(*at).start % 2 == 1)
    {
        return Err(Error::FieldBounds(*field));
    }
    // AUTHENTICATE_MESSAGE is told by its payload alone (curl, Chromium); in the others the flag has its word.
    let is_last = kind.message_type == MessageType::Authenticate;
    let fixed = if flags & VERSION != 0 && !is_last { kind.version + 8 } else { kind.version };
    if octets.len() < fixed {
        return Err(Error::Truncated);
    }
    let mut owner = vec![None; octets.len()];
    for (field, at) in &full {
        let place = lies(*at);
        if place.start < fixed || place.end > octets.len() {
            return Err(Error::FieldBounds(*field));
        }
        if owner[place.clone()].iter().any(Option::is_some) {
            return Err(Error::FieldOverlap(*field));
        }
        owner[place].fill(Some(field));
    }
    let start = full.iter().map(|(_, at)| lies(*at).start).min().unwrap_or(octets.len());
    let room = start - kind.version;
    let (version, mic) = match (is_last, room) {
        (_, ..8) => (false, None),
        (false, _) => (true, None),
        (true, 24..) => (true, Some(kind.version + 8)),
        (true, 16..) if flags & VERSION == 0 => (false, Some(kind.version)),
        _ => (true, None),
    };
    let empty = |place: Range<usize>| if place.is_empty() { 0..0 } else { place };
    Ok(Read {
        values: kind.fields.iter().map(|(_, at)| empty(lies(*at))).collect(),
        version: version.then_some(kind.version..kind.version + 8),
        mic: mic.map(|at| at..at + 16),
    })
}

fn read(kind: &Kind, octets: &[u8]) -> Result<Read, Error> {
    let (values, version, mic) = match kind.message_type {
        MessageType::Negotiate => {
            let message = *NegotiateMessage::parse(octets)?.meaning();
            (vec![message.domain_name, message.workstation], message.version, None)
        }
        MessageType::Challenge => {
            let message = *ChallengeMessage::parse(octets)?.meaning();
            assert_eq!(message.server_challenge, octets[24..32]);
            (vec![message.target_name, message.target_info], message.version, None)
        }
        MessageType::Authenticate => {
            let received = AuthenticateMessage::parse(octets)?;
            let message = *received.meaning();
            let mic = received.mic().map(|mic| {
                let [before, value, after] =
                    [mic.before, mic.value, mic.after].map(|part| place(octets, part).unwrap());
                assert_eq!(
                    (before.start, before.end, value.end, after.end),
                    (0, value.start, after.start, octets.len())
                );
                assert_eq!(message.mic.as_ref(), Some(mic.value));
                value
            });
            let values = vec![
                message.lm_challenge_response,
                message.nt_challenge_response,
                message.domain_name,
                message.user_name,
                message.workstation,
                message.encrypted_random_session_key,
            ];
            (values, message.version, mic)
        }
    };
    let lies = |value: &[u8]| if value.is_empty() { 0..0 } else { place(octets, value).unwrap() };
    let at = kind.version..kind.version + 8;
    let version = version.map(|version| (version.to_octets() == octets[at.clone()]).then_some(at.clone()).unwrap());
    Ok(Read { values: values.into_iter().map(lies).collect(), version, mic })
}

fn agree(kind: &Kind, octets: &[u8]) {
    assert_eq!(read(kind, octets), model(kind, octets), "{octets:02x?}");
}

fn message(kind: &Kind, flags: u32, length: usize) -> Vec<u8> {
    let mut octets = b"NTLMSSP\0".to_vec();
    octets.extend(kind.message_type.number().to_le_bytes());
    octets.resize(kind.version, 0);
    octets[kind.flags..kind.flags + 4].copy_from_slice(&flags.to_le_bytes());
    // Octets that are told from one another.
    octets.extend((0..).take(length).map(|at| 0x80 + at));
    // Where nothing lies means nothing.
    kind.fields.iter().for_each(|(_, at)| octets[at + 4..at + 8].fill(0xff));
    octets
}

fn lay(octets: &mut [u8], at: usize, (length, offset): (u16, u32)) {
    octets[at..at + 2].copy_from_slice(&length.to_le_bytes());
    octets[at + 4..at + 8].copy_from_slice(&offset.to_le_bytes());
}

#[test]
fn exhaustive_payloads() {
    let mut count = 0;
    for kind in &KINDS {
        for behind in [0, 7, 8, 16, 26] {
            let (fixed, end) = (kind.version as u32, (kind.version + behind) as u32);
            let offsets =
                [0, fixed - 1, fixed, fixed + 7, fixed + 8, fixed + 15, fixed + 16, fixed + 24, end - 1, end, u32::MAX];
            let places: Vec<(u16, u32)> =
                [0, 1, 2, 8, u16::MAX].into_iter().flat_map(|length| offsets.map(|offset| (length, offset))).collect();
            let places: Vec<_> = places.into_iter().step_by(if cfg!(miri) { 11 } else { 1 }).collect();
            for flags in [0, UNICODE, OEM, UNICODE | OEM | VERSION, OEM | VERSION] {
                let mut octets = message(kind, flags, behind);
                for (index, (_, one)) in kind.fields.iter().enumerate() {
                    for (_, other) in &kind.fields[index + 1..] {
                        for here in &places {
                            lay(&mut octets, *one, *here);
                            for there in &places {
                                lay(&mut octets, *other, *there);
                                agree(kind, &octets);
                                count += 1;
                            }
                        }
                        lay(&mut octets, *other, (0, 1));
                    }
                    lay(&mut octets, *one, (0, 1));
                }
            }
        }
    }
    println!("{count} messages");
}

#[test]
fn exhaustive_headers_of_messages() {
    let others: &[u8] = if cfg!(miri) { &[0] } else { &[0, 1, 2, 3, 4, b'N', b'P', 0xff] };
    for kind in &KINDS {
        for flags in [0, UNICODE, OEM | VERSION] {
            let whole = message(kind, flags, 30);
            (0..=whole.len()).for_each(|end| agree(kind, &whole[..end]));
            let (header, rest) = whole.split_at(12);
            around(header, others, |header| {
                for octets in [header, &[header, rest].concat()] {
                    agree(kind, octets);
                    let expected = match model(kind, octets) {
                        Err(error @ Error::BadSignature) => Err(error),
                        Err(error @ Error::Truncated) if octets.len() < 12 => Err(error),
                        Err(Error::WrongType(_, found)) => {
                            Ok(KINDS.iter().map(|kind| kind.message_type).find(|known| known.number() == found))
                        }
                        _ => Ok(Some(kind.message_type)),
                    };
                    assert_eq!(MessageType::of(octets), expected, "{octets:02x?}");
                }
            });
        }
    }
}
