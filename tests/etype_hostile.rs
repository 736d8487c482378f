//! What the encryption types do with messages, keys and checksums that are not right.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its functions as well"
)]

use std::mem::size_of;

use negotiate::error::Reason;
use negotiate::kerberos::etype::{ChecksumKey, CipherKey, EncryptionKey, EncryptionType, Error, KeyUsage};
use negotiate::random::{Randomness, SystemRandom, Unavailable};

#[test]
fn every_length_survives_the_way_there_and_back() {
    for etype in EncryptionType::IMPLEMENTED {
        let key = key(etype).for_encryption(KeyUsage::AP_REP);
        assert_eq!(key.etype(), etype);
        for length in 0..=200 {
            let plain = plain(length);
            let mut message = key.encrypt(&plain, &SystemRandom).unwrap();
            assert_eq!(message.len(), key.encrypted_len(length));
            assert_eq!(key.header_len() + length + key.trailer_len(), message.len());
            assert_ne!(message, key.encrypt(&plain, &SystemRandom).unwrap(), "confounders differ");
            assert_eq!(key.decrypt_in_place(&mut message).unwrap(), plain, "{etype} {length}");
        }
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    for etype in EncryptionType::IMPLEMENTED {
        let key = key(etype).for_encryption(KeyUsage::TICKET);
        for length in [0, 1, 15, 16, 17, 40] {
            let message = key.encrypt(&plain(length), &SystemRandom).unwrap();
            for bit in 0..message.len() * 8 {
                let mut flipped = message.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(key.decrypt_in_place(&mut flipped), Err(Error::Integrity), "{etype} {length} bit {bit}");
            }
        }
    }
}

#[test]
fn e08_short_and_cut_ciphertexts_are_refused() {
    for etype in EncryptionType::IMPLEMENTED {
        let key = key(etype).for_encryption(KeyUsage::TICKET);
        let minimum = key.encrypted_len(0);
        // Confounder and tag: RFC 3962 section 6, RFC 8009 section 5, RFC 6803 section 6, RFC 4757 section 5.
        let expected = match etype.0 {
            17 | 18 => 16 + 12,
            19 | 25 | 26 => 16 + 16,
            20 => 16 + 24,
            _ => 8 + 16,
        };
        assert_eq!(minimum, expected, "{etype}");
        for actual in 0..minimum {
            let short = Error::TooShort { minimum, actual };
            assert_eq!(key.decrypt_in_place(&mut vec![0; actual]), Err(short), "{etype}");
            assert_eq!(key.encrypt_in_place(&mut vec![0; actual], &SystemRandom), Err(short), "{etype}");
        }
        for length in [minimum, minimum + 1] {
            assert_eq!(key.decrypt_in_place(&mut vec![0; length]), Err(Error::Integrity), "{etype}");
        }
        let message = key.encrypt(&plain(50), &SystemRandom).unwrap();
        for cut in 1..=message.len() {
            assert!(key.decrypt_in_place(&mut message[cut..].to_vec()).is_err(), "{etype} front {cut}");
            assert!(key.decrypt_in_place(&mut message[..message.len() - cut].to_vec()).is_err(), "{etype} end {cut}");
        }
        let mut longer = [&message[..], &[0]].concat();
        assert_eq!(key.decrypt_in_place(&mut longer), Err(Error::Integrity), "{etype}");
    }
}

#[test]
fn e08_keys_of_the_wrong_length_do_not_exist() {
    for etype in EncryptionType::IMPLEMENTED {
        let expected = etype.key_len().unwrap();
        for actual in (0..=65).filter(|actual| *actual != expected) {
            let refused = EncryptionKey::new(etype, &vec![7; actual]).unwrap_err();
            assert_eq!(refused, Error::KeyLength { etype, expected, actual });
        }
        assert_eq!(EncryptionKey::new(etype, &vec![7; expected]).unwrap().etype(), etype);
    }
    for number in [i32::MIN, -1, 0, 1, 2, 3, 16, 21, 22, 24, 27, i32::MAX] {
        let refused = EncryptionKey::new(EncryptionType(number), &[7; 16]).unwrap_err();
        assert_eq!(refused, Error::UnknownEtype(EncryptionType(number)));
        assert_eq!(refused.krb_error(), Some(14));
        let refused = EncryptionKey::generate(EncryptionType(number), &SystemRandom).unwrap_err();
        assert_eq!(refused, Error::UnknownEtype(EncryptionType(number)));
    }
}

#[test]
fn another_key_and_another_usage_are_refused() {
    for etype in EncryptionType::IMPLEMENTED {
        let (one, other) = (key(etype), EncryptionKey::generate(etype, &SystemRandom).unwrap());
        let message = one.for_encryption(KeyUsage::TICKET).encrypt(b"a ticket", &SystemRandom).unwrap();
        for key in [other.for_encryption(KeyUsage::TICKET), one.for_encryption(KeyUsage::AP_REP)] {
            assert_eq!(key.decrypt_in_place(&mut message.clone()), Err(Error::Integrity), "{etype}");
        }
        let checksum = one.for_checksum(KeyUsage::AP_REQ_CHECKSUM).checksum(&[b"data"]);
        for key in [other.for_checksum(KeyUsage::AP_REQ_CHECKSUM), one.for_checksum(KeyUsage::PAC_SIGNATURE)] {
            assert_eq!(key.verify(&[b"data"], &checksum), Err(Error::Checksum), "{etype}");
        }
    }
}

/// Row B15 asks for the checksum type of the key's encryption type: there is no other to ask a key for.
#[test]
fn b15_checksums_have_one_type_and_one_length() {
    let types = [(17, 15, 12), (18, 16, 12), (19, 19, 16), (20, 20, 24), (25, 17, 16), (26, 18, 16), (23, -138, 16)];
    for (etype, checksum_type, length) in types {
        let etype = EncryptionType(etype);
        let key = key(etype).for_checksum(KeyUsage::PAC_SIGNATURE);
        assert_eq!(key.checksum_type().0, checksum_type, "{etype}");
        assert_eq!(Some(key.checksum_type()), etype.checksum_type());
        assert_eq!(key.checksum_len(), length, "{etype}");
        let checksum = key.checksum(&[b"some ", b"data"]);
        assert_eq!(checksum.len(), length, "{etype}");
        assert_eq!(key.verify(&[b"some data"], &checksum), Ok(()), "{etype}");
        for bit in 0..length * 8 {
            let mut flipped = checksum.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.verify(&[b"some data"], &flipped), Err(Error::Checksum), "{etype}");
        }
        for actual in (0..=length + 1).filter(|actual| *actual != length) {
            let wrong = [&checksum[..], &[0]].concat()[..actual].to_vec();
            assert_eq!(key.verify(&[b"some data"], &wrong), Err(Error::ChecksumLength { expected: length, actual }));
        }
    }
}

#[test]
fn g03_nothing_prints_a_key() {
    for etype in EncryptionType::IMPLEMENTED {
        let key = key(etype);
        let printed = format!(
            "{key:?} {:?} {:?}",
            key.for_encryption(KeyUsage::TICKET),
            key.for_checksum(KeyUsage::PAC_SIGNATURE)
        );
        assert!(!printed.contains("90") && !printed.to_lowercase().contains("5a"), "{printed}");
    }
    let key = EncryptionKey::new(EncryptionType::AES128_CTS_HMAC_SHA1_96, &[9; 16]).unwrap();
    assert_eq!(format!("{key:?}"), "EncryptionKey(aes128-cts-hmac-sha1-96, ..)");
}

#[test]
fn keys_are_compared_by_type_and_octets() {
    let key = |etype, octets: &[u8]| EncryptionKey::new(EncryptionType(etype), octets).unwrap();
    assert_eq!(key(17, &[1; 16]), key(17, &[1; 16]).duplicate());
    assert_ne!(key(17, &[1; 16]), key(17, &[2; 16]));
    assert_ne!(key(17, &[1; 16]), key(19, &[1; 16]));
    assert_ne!(key(17, &[1; 16]), key(18, &[1; 32]));
}

#[test]
fn no_randomness_is_no_message() {
    struct Dry;
    impl Randomness for Dry {
        fn fill(&self, _: &mut [u8]) -> Result<(), Unavailable> {
            Err(Unavailable)
        }
    }
    for etype in EncryptionType::IMPLEMENTED {
        let refused = key(etype).for_encryption(KeyUsage::AP_REP).encrypt(b"plain", &Dry);
        assert_eq!(refused, Err(Error::Randomness(Unavailable)));
        assert_eq!(EncryptionKey::generate(etype, &Dry).unwrap_err(), Error::Randomness(Unavailable));
    }
}

/// A keytab keeps one of each for every entry, and 100,000 entries are possible.
#[test]
fn keys_are_of_a_size_to_be_kept() {
    fn crosses_threads<T: Send + Sync + 'static>() {}
    crosses_threads::<(EncryptionKey, CipherKey, ChecksumKey)>();
    println!("CipherKey {} octets, ChecksumKey {} octets", size_of::<CipherKey>(), size_of::<ChecksumKey>());
    assert!(size_of::<CipherKey>() <= 1536);
    assert!(size_of::<ChecksumKey>() <= 512);
}

fn key(etype: EncryptionType) -> EncryptionKey {
    EncryptionKey::new(etype, &vec![0x5a; etype.key_len().unwrap()]).unwrap()
}

fn plain(length: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(length).collect()
}
