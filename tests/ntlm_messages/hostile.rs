//! What no peer should send, row by row of the catalogue.

use negotiate::error::{Fault, Reason as _};
use negotiate::ntlm::message::{
    Authenticate, AuthenticateMessage, AvFlags, AvPair, AvPairs, Challenge, ChallengeMessage, Charset, Error, Field,
    MessageType, Negotiate, NegotiateFlags, NegotiateMessage, NtResponse, Version,
};

use crate::corpus::messages;
use crate::examples::MESSAGES;
use crate::re_encoded;

const UNICODE: NegotiateFlags = NegotiateFlags::UNICODE;

/// Where each field of variable length stands in the fixed part.
const NEGOTIATE: [(Field, usize); 2] = [(Field::DomainName, 16), (Field::Workstation, 24)];
const CHALLENGE: [(Field, usize); 2] = [(Field::TargetName, 12), (Field::TargetInfo, 40)];
const AUTHENTICATE: [(Field, usize); 6] = [
    (Field::LmChallengeResponse, 12),
    (Field::NtChallengeResponse, 20),
    (Field::DomainName, 28),
    (Field::UserName, 36),
    (Field::Workstation, 44),
    (Field::EncryptedRandomSessionKey, 52),
];

/// A message, where its fields stand, and the length of its fixed part.
type Sound = (Vec<u8>, &'static [(Field, usize)], u32);

/// Sound messages with every field filled.
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
    [
        (negotiate.encode().unwrap(), &NEGOTIATE, 40),
        (challenge.encode().unwrap(), &CHALLENGE, 56),
        (authenticate(AvFlags::NONE).encode().unwrap(), &AUTHENTICATE, 64),
    ]
}

const RESPONSE: [u8; 56] = {
    let mut octets = [0; 56];
    octets[16] = 1;
    octets[17] = 1;
    // MsvAvFlags with the MIC's bit.
    octets[44] = 6;
    octets[46] = 4;
    octets[48] = 2;
    octets
};

fn authenticate(flags: AvFlags) -> Authenticate<'static> {
    Authenticate {
        lm_challenge_response: &[1; 24],
        nt_challenge_response: if flags.contains(AvFlags::MIC) { &RESPONSE } else { &[2; 24] },
        domain_name: b"D\0O\0",
        user_name: b"U\0S\0",
        workstation: b"W\0S\0",
        encrypted_random_session_key: &[3; 16],
        flags: UNICODE,
        version: Some(Version::SENT),
        mic: flags.contains(AvFlags::MIC).then_some([4; 16]),
    }
}

fn error(octets: &[u8]) -> Option<Error> {
    re_encoded(octets).err()
}

fn with(octets: &[u8], at: usize, part: &[u8]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    octets[at..at + part.len()].copy_from_slice(part);
    octets
}

#[test]
fn d01_no_field_lies_outside_the_payload() {
    let mut cases = 0;
    for (octets, fields, header) in sound() {
        assert_eq!(error(&octets), None);
        let end = u32::try_from(octets.len()).unwrap();
        for &(field, at) in fields {
            for (length, offset) in [
                (0x47_u16, u32::MAX),
                (u16::MAX, u32::MAX),
                (1, u32::MAX),
                (u16::MAX, u32::MAX - 0xfffe),
                (1, end),
                (2, end - 1),
                (u16::MAX, header),
                (1, 0),
                (2, 0),
                (2, header - 2),
                (1, header - 1),
            ] {
                let damaged = with(&with(&octets, at, &length.to_le_bytes()), at + 4, &offset.to_le_bytes());
                assert_eq!(error(&damaged), Some(Error::FieldBounds(field)), "{field} {length} at {offset:#x}");
                cases += 1;
            }
            // An empty field is nowhere: curl, Java and Firefox leave its offset at zero.
            for offset in [0, 1, header - 1, end, u32::MAX] {
                let empty = with(&with(&octets, at, &[0; 2]), at + 4, &offset.to_le_bytes());
                assert_eq!(re_encoded(&empty).as_deref(), Ok(&empty[..]));
            }
        }
    }
    println!("{cases} cases");
}

#[test]
fn d01_a_unicode_text_is_whole_units_at_an_even_place() {
    let decode = |octets: &[u8]| {
        let message = AuthenticateMessage::parse(octets)?;
        let meaning = message.meaning();
        Ok([meaning.decode_domain_name()?, meaning.decode_user_name()?, meaning.decode_workstation()?])
    };
    let [(negotiate, ..), (challenge, ..), (authenticate, ..)] = sound();
    assert_eq!(decode(&authenticate).unwrap(), ["DO", "US", "WS"]);
    for (field, at) in [(Field::DomainName, 28), (Field::UserName, 36), (Field::Workstation, 44)] {
        let odd_length = with(&authenticate, at, &[3]);
        assert_eq!(decode(&odd_length), Err(Error::FieldBounds(field)));
        let odd_place = with(&with(&authenticate, at, &[2]), at + 4, &[authenticate[at + 4] + 1]);
        assert_eq!(error(&odd_place), Some(Error::FieldBounds(field)));
        // With OEM there are no units.
        assert_eq!(error(&with(&odd_place, 60, &[2])), None);
    }
    let odd_length = with(&challenge, 12, &[3]);
    let message = ChallengeMessage::parse(&odd_length).unwrap();
    assert_eq!(message.meaning().decode_target_name(), Err(Error::FieldBounds(Field::TargetName)));
    assert_eq!(error(&with(&challenge, 12, &[2, 0, 2, 0, 57])), Some(Error::FieldBounds(Field::TargetName)));
    // The names of a NEGOTIATE_MESSAGE are OEM whatever its flags say.
    assert_eq!(error(&with(&negotiate, 16, &[3, 0, 3, 0, 41])), None);
}

#[test]
fn d02_no_octet_serves_two_fields() {
    for (octets, fields, _) in sound() {
        for (index, &(field, at)) in fields.iter().enumerate() {
            for &(_, earlier) in &fields[..index] {
                // The same place, its last octet, and all of it and more.
                let offset = u32::from_le_bytes(octets[earlier + 4..earlier + 8].try_into().unwrap());
                let length = u32::from(u16::from_le_bytes([octets[earlier], octets[earlier + 1]]));
                for (length, offset) in [(2_u16, offset), (2, offset + length - 2)] {
                    let damaged = with(&with(&octets, at, &length.to_le_bytes()), at + 4, &offset.to_le_bytes());
                    assert_eq!(error(&damaged), Some(Error::FieldOverlap(field)), "{field}");
                }
            }
        }
        // The last field stretched over what it touches is caught at whichever of the two comes later.
        let first = fields.iter().min_by_key(|(_, at)| octets[at + 4]).unwrap();
        let stretched = with(&octets, first.1, &[octets[first.1] + 2]);
        assert!(matches!(error(&stretched), Some(Error::FieldOverlap(_))), "{}", first.0);
    }
}

#[test]
fn d02_d09_an_announced_mic_has_a_place_of_its_own() {
    let sound = authenticate(AvFlags::MIC);
    let octets = sound.encode().unwrap();
    let message = AuthenticateMessage::parse(&octets).unwrap();
    let Ok(NtResponse::V2(response)) = message.meaning().nt_response() else { panic!() };
    assert!(response.client_challenge.av_pairs.flags().contains(AvFlags::MIC));
    let mic = message.announced_mic().unwrap();
    assert_eq!((mic.before, mic.value, mic.after), (&octets[..72], &[4; 16], &octets[88..]));
    // Row D02: a name inside it.
    for place in (72..88).step_by(2).map(|place| place as u8) {
        let damaged = with(&octets, 28, &[2, 0, 2, 0, place]);
        let message = AuthenticateMessage::parse(&damaged).unwrap();
        let room_at_64 = place >= 80;
        match message.announced_mic() {
            // Without VERSION the place is 8 octets earlier, and another one: what stands there is no MIC of this message.
            Ok(mic) => assert!(room_at_64 && mic.before.len() == 64),
            Err(error) => assert_eq!((error, room_at_64), (Error::FieldOverlap(Field::DomainName), false)),
        }
        let with_version = with(&damaged, 63, &[2]);
        let message = AuthenticateMessage::parse(&with_version).unwrap();
        assert_eq!(message.announced_mic(), Err(Error::FieldOverlap(Field::DomainName)));
    }
    // Row D09: MIC and VERSION cut out, and every offset 24 less.
    let cut = Authenticate { version: None, mic: None, ..sound }.encode().unwrap();
    let message = AuthenticateMessage::parse(&cut).unwrap();
    assert_eq!((message.mic(), message.announced_mic()), (None, Err(Error::MicMissing)));
    // gss-ntlmssp without VERSION.
    let early = Authenticate { version: None, ..sound }.encode().unwrap();
    let message = AuthenticateMessage::parse(&early).unwrap();
    assert_eq!(message.announced_mic().unwrap().before.len(), 64);
}

#[test]
fn d03_a_message_is_whole_and_the_one_that_must_come() {
    let [(negotiate, ..), (challenge, ..), (authenticate, ..)] = sound();
    let wrong = |expected, found| Some(Error::WrongType(expected, found));
    assert_eq!(NegotiateMessage::parse(&authenticate).err(), wrong(MessageType::Negotiate, 3));
    assert_eq!(AuthenticateMessage::parse(&negotiate).err(), wrong(MessageType::Authenticate, 1));
    assert_eq!(ChallengeMessage::parse(&with(&challenge, 11, &[1])).err(), wrong(MessageType::Challenge, 0x0100_0002));
    assert_eq!(MessageType::of(&with(&challenge, 8, &[4])), Ok(None));
    for (octets, _, header) in sound() {
        assert_eq!(error(&with(&octets, 7, b" ")), Some(Error::BadSignature));
        for length in 0..usize::try_from(header).unwrap() {
            assert_eq!(error(&octets[..length]), Some(Error::Truncated), "{length}");
        }
        for length in usize::try_from(header).unwrap()..octets.len() {
            assert!(matches!(error(&octets[..length]), Some(Error::FieldBounds(_))), "{length}");
        }
    }
    assert_eq!(error(b"NTLMSSQ"), Some(Error::BadSignature));
    assert_eq!(Error::Truncated.fault(), Fault::Peer);
}

#[test]
fn a_character_set_is_negotiated() {
    for ((octets, ..), at) in sound().into_iter().zip([12, 20, 60]) {
        assert_eq!(error(&with(&octets, at, &[0])), Some(Error::NoCharset));
    }
}

#[test]
fn payload_may_lie_in_any_order_with_anything_between() {
    let [(octets, ..), ..] = sound();
    // Workstation first, three octets between the two and five behind them.
    let mut odd = [&octets[..40], b"WORK---DOMA+++++"].concat();
    odd[20] = 47;
    odd[28] = 40;
    // MaxLen means nothing.
    odd[18..20].copy_from_slice(&[0xff; 2]);
    assert_eq!(re_encoded(&odd).as_deref(), Ok(&odd[..]));
    let message = NegotiateMessage::parse(&odd).unwrap();
    let changed = Negotiate { domain_name: b"LONGER", ..*message.meaning() }.encode_as(message.layout()).unwrap();
    assert_eq!(&changed[40..], b"WORK---LONGER+++++");
    assert_eq!(NegotiateMessage::parse(&changed).unwrap().meaning().domain_name, b"LONGER");
}

#[test]
fn what_no_message_can_hold_is_not_written() {
    let long = vec![b'x'; 65_536];
    let too_long = Negotiate { domain_name: &long, ..Negotiate::default() };
    assert_eq!(too_long.encode(), Err(Error::TooLong(Field::DomainName)));
    assert_eq!(Error::TooLong(Field::DomainName).fault(), Fault::Configuration);
    assert_eq!(Charset::Unicode.encode(&"ü".repeat(40_000), Field::UserName), Err(Error::TooLong(Field::UserName)));
}

/// Responses are enough to guess passwords with, and keys are keys.
#[test]
fn nothing_printed_has_a_response_in_it() {
    let octets = Authenticate { nt_challenge_response: &[0xa7; 24], ..authenticate(AvFlags::MIC) }.encode().unwrap();
    let message = AuthenticateMessage::parse(&octets).unwrap();
    let meaning = message.meaning();
    let printed = format!("{message:?} {:?} {:?}", meaning.nt_response(), meaning.lm_response());
    assert!(printed.contains("(24 octets)") && printed.contains("US"), "{printed}");
    assert!(!printed.contains("167") && !printed.contains("a7"), "{printed}");
}

/// Everything there is to call. What parses must come out as it went in.
fn try_everything(octets: &[u8]) {
    if let Ok(written) = re_encoded(octets) {
        assert_eq!(written, octets);
    }
    if let Ok(message) = ChallengeMessage::parse(octets) {
        let _ = (format!("{message:?}"), message.meaning().decode_target_name());
        if let Ok(Some(pairs)) = message.meaning().av_pairs() {
            everything_in(pairs);
        }
    }
    if let Ok(message) = AuthenticateMessage::parse(octets) {
        let meaning = message.meaning();
        let _ = (format!("{message:?}"), message.announced_mic(), meaning.lm_response());
        if let Ok(NtResponse::V2(response)) = meaning.nt_response() {
            assert_eq!(response.client_challenge.encode(), response.temp);
            everything_in(response.client_challenge.av_pairs);
        }
    }
}

fn everything_in(pairs: AvPairs<'_>) {
    let all: Vec<AvPair<'_>> = pairs.iter().collect();
    assert_eq!(all.len(), pairs.values().count());
    assert_eq!(AvPairs::encode(all, pairs.trailing()).unwrap(), pairs.octets());
}

/// All prefixes, and all flips of a single bit.
#[test]
fn d03_damaged_messages_never_panic() {
    let recorded = messages().unwrap_or_default();
    let recorded = recorded.iter().map(|message| &message.octets[..]);
    // One of each length is enough to have them of all kinds.
    let mut golden: Vec<&[u8]> = MESSAGES.into_iter().chain(recorded).collect();
    golden.sort_unstable_by_key(|octets| octets.len());
    golden.dedup_by_key(|octets| octets.len());
    let mut cases = 0;
    for octets in &golden {
        for length in 0..octets.len() {
            try_everything(&octets[..length]);
        }
        for bit in 0..octets.len() * 8 {
            let mut flipped = octets.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            try_everything(&flipped);
        }
        cases += octets.len() * 9;
    }
    println!("{} messages, {cases} damaged ones", golden.len());
}
