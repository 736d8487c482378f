//! Headers that lie, under the right key each time.

use super::*;
use crate::kerberos::etype::KeyUsage;
use crate::random::SystemRandom;

const ETYPES: [EncryptionType; 6] = [
    EncryptionType::AES256_CTS_HMAC_SHA384_192,
    EncryptionType::AES256_CTS_HMAC_SHA1_96,
    EncryptionType::CAMELLIA256_CTS_CMAC,
    EncryptionType::AES128_CTS_HMAC_SHA256_128,
    EncryptionType::AES128_CTS_HMAC_SHA1_96,
    EncryptionType::CAMELLIA128_CTS_CMAC,
];

/// The header of a Wrap token of the initiator.
fn header(flags: u8, extra: u16, rotation: u16, sequence: u64) -> [u8; 16] {
    let mut header = [0x05, 0x04, flags, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    header[4..6].copy_from_slice(&extra.to_be_bytes());
    header[6..8].copy_from_slice(&rotation.to_be_bytes());
    header[8..].copy_from_slice(&sequence.to_be_bytes());
    header
}

/// A token with this plaintext, sealed by the initiator without a subkey of the acceptor's.
fn sealed(etype: EncryptionType, clear: [u8; 16], plaintext: &[u8]) -> Vec<u8> {
    let cipher = key(etype, 1).for_encryption(KeyUsage::INITIATOR_SEAL).encrypt(plaintext, &SystemRandom).unwrap();
    [&clear[..], &cipher].concat()
}

#[test]
fn b06_the_clear_header_is_the_encrypted_one() {
    for etype in ETYPES {
        let [_, mut there] = sides(etype, false, NO_ORDER);
        let inner = header(2, 3, 0, 7);
        let plaintext = [b"message", &[0xff; 3][..], &inner].concat();
        let found = unwrapped(&mut there, &sealed(etype, inner, &plaintext));
        assert_eq!(found, Ok((b"message".to_vec(), Protection::Confidentiality)));
        for clear in
            [header(2, 2, 0, 7), header(2, 4, 0, 7), header(2, 0, 0, 7), header(2, 3, 0, 6), header(2, 3, 0, 8)]
        {
            assert_eq!(unwrapped(&mut there, &sealed(etype, clear, &plaintext)), Err(MessageError::BadSignature));
        }
        // The copy is of another kind, or has other flags.
        for copy in [[0x04, 0x04, 2, 0xff], [0x05, 0x04, 0, 0xff], [0x05, 0x04, 3, 0xff], [0x05, 0x04, 2, 0xfe]] {
            let mut plaintext = plaintext.clone();
            plaintext[10..14].copy_from_slice(&copy);
            assert_eq!(unwrapped(&mut there, &sealed(etype, inner, &plaintext)), Err(MessageError::BadSignature));
        }
        // RRC is not compared: who rotates may have encrypted it or not.
        let mut rotated =
            sealed(etype, header(2, 3, 5, 7), &[b"message", &[0xff; 3][..], &header(2, 3, 5, 7)].concat());
        rotated[16..].rotate_right(5);
        assert_eq!(unwrapped(&mut there, &rotated).unwrap().0, b"message");
    }
}

#[test]
fn b07_padding_is_never_more_than_there_is() {
    for etype in ETYPES {
        let [_, mut there] = sides(etype, false, NO_ORDER);
        for length in 0..16 {
            for extra in [0, 1, 15, 16, 0xffff] {
                let inner = header(2, extra, 0, 7);
                let token = sealed(etype, inner, &inner[..length]);
                assert_eq!(unwrapped(&mut there, &token), Err(MessageError::BadSignature), "{length}, {extra}");
            }
        }
        for (length, extra) in [(0, 0), (5, 5), (5, 6), (5, 0xffff), (0, 1), (16, 17)] {
            let inner = header(2, extra, 0, 7);
            let token = sealed(etype, inner, &[&[9; 16][..length], &inner].concat());
            let left = length.checked_sub(usize::from(extra));
            let expected = left.map(|left| (Vec::from(&[9; 16][..left]), Protection::Confidentiality));
            assert_eq!(unwrapped(&mut there, &token), expected.ok_or(MessageError::BadSignature), "{length}, {extra}");
        }
        // Of a message that is not sealed, EC is how long the checksum is.
        for extra in [0, 1, 11, 13, 0xffff] {
            let [mut here, _] = sides(etype, false, NO_ORDER);
            let mut token = here.wrap(b"message", Protection::Integrity).unwrap();
            token[4..6].copy_from_slice(&u16::to_be_bytes(extra));
            assert!(unwrapped(&mut there, &token).is_err());
        }
    }
}

#[test]
fn b13_flags_tell_direction_sealing_and_key_or_it_is_no_token() {
    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    for has_acceptor_subkey in [false, true] {
        let [mut here, mut there] = sides(etype, has_acceptor_subkey, NO_ORDER);
        let sound = if has_acceptor_subkey { 4 } else { 0 };
        // Under the right key each time: it is the flags that are wrong.
        let secret = key(etype, if has_acceptor_subkey { 2 } else { 1 });
        for flags in (0..=0xff_u8).filter(|flags| *flags != sound) {
            let mut head = [0xff; 16];
            head[..3].copy_from_slice(&[0x04, 0x04, flags]);
            let checksum = secret.for_checksum(KeyUsage::INITIATOR_SIGN).checksum(&[b"message", &head]);
            let refused = if flags == sound | 1 { MessageError::Reflected } else { MessageError::Defective };
            assert_eq!(there.verify(&[b"message"], &[&head[..], &checksum].concat()), Err(refused), "{flags:x}");
            let head = header(flags, 0, 0, 7);
            let token =
                [&head[..], b"message", &secret.for_checksum(KeyUsage::INITIATOR_SEAL).checksum(&[b"message", &head])];
            if flags != sound | 2 {
                let refused = if flags & !2 == sound | 1 { MessageError::Reflected } else { MessageError::Defective };
                assert_eq!(unwrapped(&mut there, &token.concat()), Err(refused), "{flags:x}");
            }
        }
        for protection in BOTH {
            let own = here.wrap(b"message", protection).unwrap();
            assert_eq!(unwrapped(&mut here, &own), Err(MessageError::Reflected));
        }
        let own = here.get_mic(&[b"message"]).unwrap();
        assert_eq!(here.verify(&[b"message"], &own), Err(MessageError::Reflected));
        assert_eq!(there.verify(&[b"message"], &own), Ok(()));
    }
}

/// Every RRC, more than there is to rotate included.
#[test]
fn b14_rotation_goes_round() {
    for etype in ETYPES {
        let [mut here, mut there] = sides(etype, true, NO_ORDER);
        for (message, protection) in [(&b""[..], BOTH[0]), (b"", BOTH[1]), (b"some message", BOTH[0]), (b"m", BOTH[1])]
        {
            let token = here.wrap(message, protection).unwrap();
            let length = token.len() - 16;
            for rotation in (0..=3 * length).chain([0x7fff, 0x8000, 0xfffe, 0xffff]) {
                let mut rotated = token.clone();
                rotated[6..8].copy_from_slice(&u16::try_from(rotation).unwrap().to_be_bytes());
                rotated[16..].rotate_right(rotation % length);
                let found = unwrapped(&mut there, &rotated);
                assert_eq!(found, Ok((message.to_vec(), protection)), "{etype}, {rotation}");
            }
        }
        // Nothing to rotate.
        for flags in [4, 6] {
            for rotation in [0, 1, 0xffff] {
                assert!(unwrapped(&mut there, &header(flags, 0, rotation, 7)).is_err());
            }
        }
    }
}

/// Windows rotates by EC and RRC in DCE style (MIT krb5, k5sealv3iov.c): header and data one behind the other are such a token.
#[test]
fn in_dce_style_a_token_is_turned_back_by_both() {
    let flags = ALL | ContextFlags::DCE_STYLE;
    for etype in ETYPES {
        let [mut here, mut there] = sides(etype, true, flags);
        for protection in BOTH {
            let mut data = *b"some data";
            let mut header = std::vec![0; here.lengths(data.len(), protection, Placement::InFront).header];
            let around = TokenParts { header: &mut header, trailer: &mut [] };
            here.wrap_pieces(&mut [Piece::Data(&mut data)], around, protection).unwrap();
            assert_eq!(
                u16::from_be_bytes([header[4], header[5]]) == 16,
                etype.tag_len() == 16 || protection == BOTH[0]
            );
            let found = unwrapped(&mut there, &[&header[..], &data].concat());
            assert_eq!(found, Ok((b"some data".to_vec(), protection)), "{etype}");
            let token = here.wrap(b"whole", protection).unwrap();
            assert_eq!(unwrapped(&mut there, &token), Ok((b"whole".to_vec(), protection)), "{etype}");
        }
    }
}
