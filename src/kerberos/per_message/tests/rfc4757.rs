//! Tokens of rc4-hmac contexts that are none.

use super::*;

const RC4: EncryptionType = EncryptionType::RC4_HMAC;
const DCE: ContextFlags = ContextFlags::from_bits(ALL.bits() | ContextFlags::DCE_STYLE.bits());

/// A token with this in place of the padding, signed and sealed as if it were right. DCE style has no padding, so that what
/// looks like it there is the message's; the frame is then another one.
fn padded(padding: &[u8], protection: Protection) -> Vec<u8> {
    let [mut here, _] = sides(RC4, true, DCE);
    let token = here.wrap(&[b"message", padding].concat(), protection).unwrap();
    let mut framed = token;
    framed[1] += u8::try_from(7 + padding.len()).unwrap();
    framed
}

/// One error for padding and signature: nobody learns which it was.
#[test]
fn b10_padding_and_signature_are_one_verdict() {
    for protection in BOTH {
        let [_, mut there] = sides(RC4, true, ALL);
        assert_eq!(unwrapped(&mut there, &padded(&[1], protection)), Ok((b"message".to_vec(), protection)));
        for padding in [&[0][..], &[2], &[9], &[255], &[2, 2], &[8; 8]] {
            let refused = unwrapped(&mut there, &padded(padding, protection));
            assert_eq!(refused, Err(MessageError::BadSignature), "{padding:?}");
        }
        let mut damaged = padded(&[1], protection);
        *damaged.last_mut().unwrap() ^= 0x80;
        assert_eq!(unwrapped(&mut there, &damaged), Err(MessageError::BadSignature));
    }
}

#[test]
fn b10_what_is_too_short_is_refused() {
    let [mut here, mut there] = sides(RC4, true, ALL);
    let token = here.wrap(b"", Protection::Confidentiality).unwrap();
    for length in 0..token.len() {
        assert_eq!(unwrapped(&mut there, &token[..length]), Err(MessageError::Defective), "{length} octets");
        // With a frame that says so.
        if let Some(framed) = u8::try_from(length).unwrap().checked_sub(2) {
            let mut cut = token[..length].to_vec();
            cut[1] = framed;
            assert!(unwrapped(&mut there, &cut).is_err(), "{length} octets");
        }
    }
}

#[test]
fn b13_the_direction_is_the_other_sides() {
    let [mut here, _] = sides(RC4, true, ALL);
    for protection in BOTH {
        let own = here.wrap(b"message", protection).unwrap();
        assert_eq!(unwrapped(&mut here, &own), Err(MessageError::Reflected));
    }
    let own = here.get_mic(&[b"message"]).unwrap();
    assert_eq!(here.verify(&[b"message"], &own), Err(MessageError::Reflected));
}

#[test]
fn the_frame_is_as_long_as_it_says_in_the_shortest_form() {
    let [mut here, mut there] = sides(RC4, true, NO_ORDER);
    for length in [0, 83, 84, 85, 211, 212, 213, 65_491, 65_492] {
        let token = here.wrap(&std::vec![7; length], Protection::Integrity).unwrap();
        assert!(unwrapped(&mut there, &token).is_ok(), "{length}");
        assert_eq!(crate::gss::InitialToken::parse(&token).unwrap().inner.len(), 33 + length);
    }
    let token = here.wrap(b"message", Protection::Integrity).unwrap();
    for longer in [&[0x81, token[1]][..], &[0x82, 0, token[1]], &[0x84, 0, 0, 0, token[1]], &[0x80], &[0xff]] {
        let other = [&token[..1], longer, &token[2..]].concat();
        assert_eq!(unwrapped(&mut there, &other), Err(MessageError::Defective), "{longer:?}");
    }
}

/// In DCE style the frame is around what stands in front of the message, and nothing is padded.
#[test]
fn dce_style_has_no_padding() {
    let [mut here, mut there] = sides(RC4, true, DCE);
    for protection in BOTH {
        let token = here.wrap(b"message", protection).unwrap();
        assert_eq!((token.len(), token[1]), (45 + 7, 43));
        assert_eq!(unwrapped(&mut there, &token), Ok((b"message".to_vec(), protection)));
    }
}

/// What rc4-hmac cannot tell, and docs/threats.md says so: SND_SEQ is encrypted and not signed, so that whoever turns its bits
/// sends a token back to its maker, or once more under another number (rows B12, B13).
#[test]
fn b13_direction_and_number_of_rc4_hmac_are_anybodys() {
    let turned = |token: &[u8], bits: [u8; 8]| {
        let mut token = token.to_vec();
        token[13 + 8..13 + 16].iter_mut().zip(bits).for_each(|(octet, bits)| *octet ^= bits);
        token
    };
    let [mut here, mut there] = sides(RC4, false, ALL);
    for protection in BOTH {
        let own = here.wrap(b"message", protection).unwrap();
        let [mut receiver, _] = sides(RC4, false, NO_ORDER);
        let back = turned(&own, [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(unwrapped(&mut receiver, &back), Ok((b"message".to_vec(), protection)));
        assert!(unwrapped(&mut there, &own).is_ok());
    }
    let own = here.get_mic(&[b"message"]).unwrap();
    assert_eq!(there.verify(&[b"message"], &own), Ok(()));
    assert_eq!(there.verify(&[b"message"], &turned(&own, [0, 0, 0, 9 ^ 10, 0, 0, 0, 0])), Ok(()), "a replay");
}

/// Without mutual authentication both sides count from the same number, and the key stream depends on nothing else: what
/// both have sealed under one number tells of both what they are. `allow_rc4` and `permit_rc4` say so.
#[test]
fn one_way_logins_of_rc4_hmac_seal_twice_under_one_key_stream() {
    let keys = || Keys { initiator_key: key(RC4, 1), acceptor_subkey: None };
    let side = |role| Messages::new(role, keys(), Sequences { own: 7, peer: 7 }, ALL);
    let [ours, theirs] = [(Role::Initiator, b"a question"), (Role::Acceptor, b"an answer.")]
        .map(|(role, message)| side(role).wrap(message, Protection::Confidentiality).unwrap()[13 + 32..].to_vec());
    let mixed: Vec<u8> = ours.iter().zip(&theirs).map(|(one, other)| one ^ other).take(10).collect();
    let plain: Vec<u8> = b"a question".iter().zip(b"an answer.").map(|(one, other)| one ^ other).collect();
    assert_eq!(mixed, plain);
}
