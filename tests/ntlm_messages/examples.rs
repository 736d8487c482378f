//! [MS-NLMP] section 4.2: its messages, built of its values and read.

use hex_literal::hex;
use negotiate::ntlm::message::{
    Authenticate, AuthenticateMessage, AvId, AvPair, AvPairs, Challenge, ChallengeMessage, Charset, ClientChallenge,
    Field, FileTime, LmResponse, NegotiateFlags, NtResponse, Utf16, Version,
};

/// Section 4.2.2.3.
const V1_CHALLENGE: &[u8] = &hex!(
    "4e544c4d53535000020000000c000c0038000000338202e20123456789abcdef"
    "00000000000000000000000000000000060070170000000f"
    "530065007200760065007200"
);
const V1_AUTHENTICATE: &[u8] = &hex!(
    "4e544c4d535350000300000018001800"
    "6c00000018001800840000000c000c00"
    "48000000080008005400000010001000"
    "5c000000100010009c000000358280e2"
    "0501280a0000000f44006f006d006100"
    "69006e00550073006500720043004f00"
    "4d0050005500540045005200"
    "98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13"
    "67c43011f30298a2ad35ece64f16331c44bdbed927841f94"
    "518822b1b3f350c8958682ecbb3e3cb7"
);
/// Section 4.2.3.3.
const ESS_CHALLENGE: &[u8] = &hex!(
    "4e544c4d53535000020000000c000c003800000033820a820123456789abcdef"
    "00000000000000000000000000000000060070170000000f"
    "530065007200760065007200"
);
const ESS_AUTHENTICATE: &[u8] = &hex!(
    "4e544c4d535350000300000018001800"
    "6c00000018001800840000000c000c00"
    "48000000080008005400000010001000"
    "5c000000000000009c00000035820882"
    "0501280a0000000f44006f006d006100"
    "69006e00550073006500720043004f00"
    "4d0050005500540045005200"
    "aaaaaaaaaaaaaaaa00000000000000000000000000000000"
    "7537f803ae367128ca458204bde7caf81e97ed2683267232"
);
/// Section 4.2.4.3.
const V2_CHALLENGE: &[u8] = &hex!(
    "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef"
    "00000000000000002400240044000000060070170000000f"
    "530065007200760065007200"
    "02000c0044006f006d00610069006e0001000c0053006500720076006500720000000000"
);
const V2_AUTHENTICATE: &[u8] = &hex!(
    "4e544c4d535350000300000018001800"
    "6c00000054005400840000000c000c00"
    "48000000080008005400000010001000"
    "5c00000010001000d8000000358288e2"
    "0501280a0000000f44006f006d006100"
    "69006e00550073006500720043004f00"
    "4d0050005500540045005200"
    "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa"
    "68cd0ab851e51c96aabc927bebef6a1c"
    "01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000"
    "02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000"
    "c5dad2544fc9799094ce1ce90bc9d03e"
);

/// All six, for the tests that damage them.
pub(crate) const MESSAGES: [&[u8]; 6] =
    [V1_CHALLENGE, V1_AUTHENTICATE, ESS_CHALLENGE, ESS_AUTHENTICATE, V2_CHALLENGE, V2_AUTHENTICATE];

fn unicode(text: &str) -> Vec<u8> {
    Charset::Unicode.encode(text, Field::UserName).unwrap()
}

fn flags(octets: [u8; 4]) -> NegotiateFlags {
    NegotiateFlags::from_bits(u32::from_le_bytes(octets))
}

#[test]
fn each_challenge_is_built_of_its_values() {
    let (server, domain) = (unicode("Server"), unicode("Domain"));
    let text = |octets| Utf16::new(octets, Field::TargetInfo).unwrap();
    let pairs =
        AvPairs::encode([AvPair::NbDomainName(text(&domain)), AvPair::NbComputerName(text(&server))], 0).unwrap();
    for (octets, bits, target_info) in [
        (V1_CHALLENGE, hex!("338202e2"), &[][..]),
        (ESS_CHALLENGE, hex!("33820a82"), &[]),
        (V2_CHALLENGE, hex!("33828ae2"), &pairs),
    ] {
        let challenge = Challenge {
            target_name: &server,
            flags: flags(bits),
            server_challenge: hex!("0123456789abcdef"),
            target_info,
            version: Some(Version { major: 6, minor: 0, build: 6000, reserved: [0; 3], revision: 15 }),
        };
        let message = ChallengeMessage::parse(octets).unwrap();
        assert_eq!(message.meaning(), &challenge);
        assert_eq!(message.meaning().decode_target_name().unwrap(), "Server");
        // The first two examples have zero as the offset of their empty TargetInfo, not the place where it would be.
        let mut ours = challenge.encode().unwrap();
        if target_info.is_empty() {
            assert_eq!(ours[44], 0x44);
            ours[44] = 0;
        }
        assert_eq!(ours, octets);
        assert_eq!(challenge.encode_as(message.layout()).unwrap(), octets);
        assert_eq!(message.meaning().av_pairs().unwrap().is_some(), !target_info.is_empty());
    }
}

#[test]
fn each_authenticate_is_built_of_its_values() {
    let (domain, user, workstation) = (unicode("Domain"), unicode("User"), unicode("COMPUTER"));
    let temp = ClientChallenge {
        time_stamp: FileTime(0),
        challenge_from_client: [0xaa; 8],
        av_pairs: AvPairs::parse(&V2_AUTHENTICATE[176..216]).unwrap(),
    };
    let v2 = [&hex!("68cd0ab851e51c96aabc927bebef6a1c")[..], &temp.encode()].concat();
    let empty = &[][..];
    for (octets, bits, lm, nt, key) in [
        (
            V1_AUTHENTICATE,
            hex!("358280e2"),
            hex!("98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13"),
            &hex!("67c43011f30298a2ad35ece64f16331c44bdbed927841f94")[..],
            &hex!("518822b1b3f350c8958682ecbb3e3cb7")[..],
        ),
        (
            ESS_AUTHENTICATE,
            hex!("35820882"),
            hex!("aaaaaaaaaaaaaaaa00000000000000000000000000000000"),
            &hex!("7537f803ae367128ca458204bde7caf81e97ed2683267232"),
            empty,
        ),
        (
            V2_AUTHENTICATE,
            hex!("358288e2"),
            hex!("86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa"),
            &v2,
            &hex!("c5dad2544fc9799094ce1ce90bc9d03e"),
        ),
    ] {
        let authenticate = Authenticate {
            lm_challenge_response: &lm,
            nt_challenge_response: nt,
            domain_name: &domain,
            user_name: &user,
            workstation: &workstation,
            encrypted_random_session_key: key,
            flags: flags(bits),
            version: Some(Version { major: 5, minor: 1, build: 2600, reserved: [0; 3], revision: 15 }),
            mic: None,
        };
        let message = AuthenticateMessage::parse(octets).unwrap();
        assert_eq!(message.meaning(), &authenticate);
        assert_eq!(authenticate.encode().unwrap(), octets);
        assert_eq!(authenticate.encode_as(message.layout()).unwrap(), octets);
        assert_eq!((message.octets(), message.mic()), (octets, None));
        assert_eq!(message.meaning().decode_user_name().unwrap(), "User");
        assert_eq!(message.meaning().lm_response(), Ok(LmResponse::Response(&lm)));
    }
}

/// Section 4.2.4.1.3: what the proof is computed over.
#[test]
fn the_ntlmv2_response_of_the_example() {
    let message = AuthenticateMessage::parse(V2_AUTHENTICATE).unwrap();
    let Ok(NtResponse::V2(response)) = message.meaning().nt_response() else { panic!() };
    assert_eq!(response.response, &hex!("68cd0ab851e51c96aabc927bebef6a1c"));
    assert_eq!(response.temp, &V2_AUTHENTICATE[148..216]);
    let pairs = response.client_challenge.av_pairs;
    assert_eq!(pairs.iter().map(|pair| pair.id()).collect::<Vec<_>>(), [AvId::NB_DOMAIN_NAME, AvId::NB_COMPUTER_NAME]);
    assert_eq!((pairs.trailing(), response.client_challenge.challenge_from_client), (4, [0xaa; 8]));
    let v1 = AuthenticateMessage::parse(V1_AUTHENTICATE).unwrap();
    assert!(matches!(v1.meaning().nt_response(), Ok(NtResponse::V1(_))));
}
