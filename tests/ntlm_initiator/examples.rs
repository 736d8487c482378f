//! [MS-NLMP] section 4.2: its logins, through the front door.

use hex_literal::hex;
use negotiate::gss::ContextFlags;
use negotiate::ntlm::message::{NegotiateFlags, Version};
use negotiate::ntlm::{self, Credential, Proof};
use negotiate::{Mechanism, Peer, Protection, Timestamp};

use crate::{Fixed, Login, SESSION_KEY, TARGET, bare};

/// Section 4.2.2.3.
const V1_CHALLENGE: &[u8] = &hex!(
    "4e544c4d53535000020000000c000c0038000000338202e20123456789abcdef"
    "00000000000000000000000000000000060070170000000f"
    "530065007200760065007200"
);
const V1_AUTHENTICATE: [u8; 172] = hex!(
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
/// FILETIME zero, which is the time of section 4.2.1.
const YEAR_1601: Timestamp = Timestamp::from_seconds(-11_644_473_600);
const PLAINTEXT: &[u8] = b"P\0l\0a\0i\0n\0t\0e\0x\0t\0";

/// Section 4.2.1, and the VERSION of the messages.
fn user() -> ntlm::Initiator {
    let credential = Credential::with_password(r"Domain\User", "Password").unwrap();
    let version = Version { major: 5, minor: 1, build: 2600, reserved: [0; 3], revision: 15 };
    ntlm::Initiator::new(credential).workstation("COMPUTER").version(version).randomness(Fixed)
}

fn sealed(login: &mut Login) -> Vec<u8> {
    login.context.wrap(PLAINTEXT, Protection::Confidentiality).unwrap()
}

/// NTLMv1 with LM. In the specification TARGET_INFO is set, of which neither the challenge nor the text knows anything.
#[test]
fn ms_nlmp_4_2_2() {
    let initiator = user().dangerous().send_lm().dangerous().allow_weak_session_security();
    let mut login = bare(initiator, V1_CHALLENGE, YEAR_1601).unwrap();
    let target_info = NegotiateFlags::TARGET_INFO.bits().to_le_bytes();
    let mut expected = V1_AUTHENTICATE;
    expected[60..64].iter_mut().zip(target_info).for_each(|(octet, bit)| *octet &= !bit);
    assert_eq!(login.authenticate, expected);
    assert_eq!((login.context.session_key(), login.details().proof), (&SESSION_KEY[..], Proof::NtlmV1));
    // Section 4.2.2.4; RandomPad is as RC4 left it.
    let token = sealed(&mut login);
    assert_eq!(token[16..], hex!("56fe04d861f9319af0d7238a2e3b4d457fb8"));
    assert_eq!((&token[..4], &token[8..16]), (&hex!("01000000")[..], &hex!("09dcd1df2e459d36")[..]));
}

/// NTLMv1 with extended session security, of 56 bits and without key exchange.
#[test]
fn ms_nlmp_4_2_3() {
    let initiator = user().dangerous().use_ntlmv1().dangerous().allow_weak_session_security();
    let mut login = bare(initiator, ESS_CHALLENGE, YEAR_1601).unwrap();
    assert_eq!(login.authenticate, ESS_AUTHENTICATE);
    assert_eq!(login.context.session_key(), hex!("eb93429a8bd952f8b89c55b87f475edc"));
    // Section 4.2.3.4.
    let expected = hex!("01000000ff2aeb52f681793a00000000" "a02372f6530273f3aa1eb90190ce5200c99d");
    assert_eq!(sealed(&mut login), expected);
}

/// NTLMv2 with an acceptor without a clock, as it was before Windows Vista.
#[test]
fn ms_nlmp_4_2_4() {
    let initiator = user().dangerous().allow_no_timestamp().dangerous().omit_ties();
    let mut login = bare(initiator, V2_CHALLENGE, YEAR_1601).unwrap();
    assert_eq!(login.authenticate, V2_AUTHENTICATE);
    assert_eq!(login.context.session_key(), SESSION_KEY);
    // Section 4.2.4.4.
    let expected = hex!("010000007fb38ec5c55d497600000000" "54e50165bf1936dc996020c1811b0f06fb5f");
    assert_eq!(sealed(&mut login), expected);
    let all = ContextFlags::CONFIDENTIALITY | ContextFlags::INTEGRITY | ContextFlags::REPLAY | ContextFlags::SEQUENCE;
    assert_eq!((login.context.flags(), login.context.mechanism()), (all, Mechanism::Ntlm));
    assert_eq!(login.context.peer(), &Peer::Service(TARGET.parse().unwrap()));
}

/// Section 4.2 shows no NEGOTIATE_MESSAGE: what section 3.1.5.1.1 demands, and nothing of the user.
#[test]
fn ms_nlmp_3_1_5_1_1() {
    let login = bare(user().dangerous().use_ntlmv1(), ESS_CHALLENGE, YEAR_1601).unwrap();
    assert_eq!(
        login.negotiate,
        hex!("4e544c4d5353500001000000" "378208e2" "0000000028000000" "0000000028000000" "0501280a0000000f")
    );
}
