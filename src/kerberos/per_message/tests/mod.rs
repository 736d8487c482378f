//! Tokens of every form, sound and unsound ones.

mod kept;
mod pieces;
mod recorded;
mod rfc4121;
mod rfc4757;

use alloc::string::String;
use alloc::vec::Vec;

use super::*;

const ALL: ContextFlags = ContextFlags::from_bits(
    ContextFlags::INTEGRITY.bits()
        | ContextFlags::CONFIDENTIALITY.bits()
        | ContextFlags::REPLAY.bits()
        | ContextFlags::SEQUENCE.bits(),
);
const NO_ORDER: ContextFlags =
    ContextFlags::from_bits(ContextFlags::INTEGRITY.bits() | ContextFlags::CONFIDENTIALITY.bits());

const BOTH: [Protection; 2] = [Protection::Confidentiality, Protection::Integrity];

fn key(etype: EncryptionType, octet: u8) -> EncryptionKey {
    EncryptionKey::new(etype, &[octet; 32][..etype.key_len().unwrap()]).unwrap()
}

/// Initiator and acceptor of a context, with a subkey of the acceptor's or without.
fn sides(etype: EncryptionType, has_acceptor_subkey: bool, flags: ContextFlags) -> [Messages; 2] {
    let keys = || Keys { initiator_key: key(etype, 1), acceptor_subkey: has_acceptor_subkey.then(|| key(etype, 2)) };
    [
        Messages::new(Role::Initiator, keys(), Sequences { own: 7, peer: 0xffff_fffe }, flags),
        Messages::new(Role::Acceptor, keys(), Sequences { own: 0xffff_fffe, peer: 7 }, flags),
    ]
}

/// What a failure of the context's face was.
fn reason<T: core::fmt::Debug>(result: Result<T, crate::Error>) -> MessageError {
    *result.unwrap_err().downcast_ref().unwrap()
}

/// Unwraps a copy: the message and how it was protected, or why not, and then nothing is left of it.
fn unwrapped(side: &mut Messages, token: &[u8]) -> Result<(Vec<u8>, Protection), MessageError> {
    let mut copy = token.to_vec();
    let found = side.unwrap(&mut copy).map(|found| (found.message.to_vec(), found.protection));
    if found.is_err() {
        assert!(copy.iter().all(|octet| *octet == 0), "something is left of what was refused");
    }
    found.map_err(|error| *error.downcast_ref().unwrap())
}

#[test]
fn both_sides_of_every_etype_understand_each_other() {
    for etype in EncryptionType::IMPLEMENTED {
        for has_acceptor_subkey in [true, false] {
            let [mut here, mut there] = sides(etype, has_acceptor_subkey, ALL);
            for length in (0_usize..70).chain([127, 128, 255, 256, 4096, 65_600]) {
                let message: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
                for protection in BOTH {
                    let token = here.wrap(&message, protection).unwrap();
                    assert_eq!(unwrapped(&mut there, &token), Ok((message.clone(), protection)), "{etype}");
                    let limit = here.wrap_size_limit(token.len(), protection);
                    assert_eq!(limit, message.len(), "{etype}: {} octets", token.len());
                    let less = here.wrap_size_limit(token.len() - 1, protection);
                    assert!(less == length.saturating_sub(1), "{etype}: {less} of {length}");
                    let token = there.wrap(&message, protection).unwrap();
                    assert_eq!(unwrapped(&mut here, &token), Ok((message.clone(), protection)), "{etype}");
                }
                let mic = here.get_mic(&[&message]).unwrap();
                let (some, others) = message.split_at(length / 2);
                there.verify_mic(&[some, &[], others], &mic).unwrap();
            }
        }
    }
}

#[test]
fn what_was_agreed_on_decides_which_messages_there_are() {
    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    let [here, _] = sides(etype, true, ContextFlags::MUTUAL);
    assert_eq!(here.permitted(), Err(MessageError::NotNegotiated));
    for flags in [ContextFlags::INTEGRITY, ContextFlags::CONFIDENTIALITY] {
        let [mut here, mut there] = sides(etype, true, flags);
        assert_eq!(here.permitted(), Ok(()));
        let token = here.wrap(b"message", Protection::Integrity).unwrap();
        assert_eq!(unwrapped(&mut there, &token).unwrap().1, Protection::Integrity);
        let sealed = here.wrap(b"message", Protection::Confidentiality);
        if flags == ContextFlags::INTEGRITY {
            assert_eq!(reason(sealed), MessageError::NoConfidentiality);
            // What the other side seals all the same can be read.
            let [mut other, _] = sides(etype, true, NO_ORDER);
            let token = other.wrap(b"message", Protection::Confidentiality).unwrap();
            assert_eq!(unwrapped(&mut there, &token).unwrap().1, Protection::Confidentiality);
        } else {
            assert_eq!(unwrapped(&mut there, &sealed.unwrap()).unwrap().1, Protection::Confidentiality);
        }
    }
}

/// Kerberos's tokens stand each for itself: what was refused ends nothing (RFC 4121 has no such demand).
#[test]
fn after_a_refusal_the_context_goes_on() {
    for etype in EncryptionType::IMPLEMENTED {
        let [mut here, mut there] = sides(etype, true, ALL);
        for protection in BOTH {
            let token = here.wrap(b"message", protection).unwrap();
            let mut flipped = token.clone();
            *flipped.last_mut().unwrap() ^= 1;
            assert_eq!(unwrapped(&mut there, &flipped), Err(MessageError::BadSignature), "{etype}");
            assert!(unwrapped(&mut there, &token).is_ok(), "{etype}");
            assert_eq!(unwrapped(&mut there, &token), Err(MessageError::Duplicate), "{etype}");
            let _lost = here.wrap(b"lost", protection).unwrap();
            let token = here.wrap(b"message", protection).unwrap();
            assert_eq!(unwrapped(&mut there, &token), Err(MessageError::Gap), "{etype}");
            assert_eq!(unwrapped(&mut there, &token), Err(MessageError::Duplicate), "{etype}: told once");
            let token = here.wrap(b"message", protection).unwrap();
            assert!(unwrapped(&mut there, &token).is_ok(), "{etype}");
        }
    }
}

#[test]
fn numbers_that_are_used_up_are_not_used_again() {
    for (etype, count) in [(EncryptionType::RC4_HMAC, 1 << 32), (EncryptionType::AES128_CTS_HMAC_SHA1_96, u64::MAX - 7)]
    {
        let [mut here, _] = sides(etype, true, ALL);
        here.outgoing.sequence += count - 1;
        assert!(here.get_mic(&[b"the last"]).is_ok());
        assert_eq!(reason(here.get_mic(&[b"one more"])), MessageError::SequenceExhausted);
        assert_eq!(reason(here.wrap(b"one more", Protection::Integrity)), MessageError::SequenceExhausted);
    }
}

#[test]
fn without_random_octets_nothing_is_sealed() {
    struct Nothing;
    impl Randomness for Nothing {
        fn fill(&self, _: &mut [u8]) -> Result<(), crate::random::Unavailable> {
            Err(crate::random::Unavailable)
        }
    }
    let [here, _] = sides(EncryptionType::AES256_CTS_HMAC_SHA384_192, true, ALL);
    let mut here = here.randomness(Arc::new(Nothing));
    let refused = MessageError::Random(crate::random::Unavailable);
    assert_eq!(reason(here.wrap(b"message", Protection::Confidentiality)), refused);
    assert!(here.wrap(b"message", Protection::Integrity).is_ok());
}

/// Each block of random octets is in one message only.
#[test]
fn confounders_are_fresh() {
    let mut confounders = Confounders::default();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let mut octets = [0; 16];
        confounders.fill(&mut octets).unwrap();
        assert!(seen.insert(octets));
    }
    assert!(confounders.fill(&mut [0; 300]).is_err());
}

/// The form is the key's, whatever a token looks like.
#[test]
fn b16_no_token_of_another_form_is_taken() {
    for (own, other) in [
        (EncryptionType::RC4_HMAC, EncryptionType::AES256_CTS_HMAC_SHA1_96),
        (EncryptionType::AES256_CTS_HMAC_SHA1_96, EncryptionType::RC4_HMAC),
    ] {
        let ([_, mut there], [mut other, _]) = (sides(own, true, ALL), sides(other, true, ALL));
        for protection in BOTH {
            let token = other.wrap(b"message", protection).unwrap();
            assert_eq!(unwrapped(&mut there, &token), Err(MessageError::Defective));
        }
        let mic = other.get_mic(&[b"message"]).unwrap();
        assert_eq!(reason(there.verify_mic(&[b"message"], &mic)), MessageError::Defective);
    }
}

/// Gives a token to a side.
type Take<'t> = dyn FnMut(&mut Messages, &[u8]) -> Result<(), MessageError> + 't;

/// Octets of SND_SEQ in an rc4-hmac token of this length: under RC4 with no checksum of their own.
fn number_of(token: &[u8]) -> core::ops::Range<usize> {
    let begin = if token[0] == 0x60 { 13 + 8 } else { usize::MAX - 4 };
    begin..begin + 4
}

#[test]
fn b08_each_bit_of_every_token_counts_and_every_octet_is_needed() {
    for (etype, has_acceptor_subkey) in
        EncryptionType::IMPLEMENTED.into_iter().flat_map(|etype| [(etype, true), (etype, false)])
    {
        let [mut here, mut there] = sides(etype, has_acceptor_subkey, NO_ORDER);
        let mut refused = |what: &mut Take<'_>, token: &[u8]| {
            assert_eq!(what(&mut there, token), Ok(()), "{etype}");
            for bit in 0..token.len() * 8 {
                let mut flipped = token.to_vec();
                flipped[bit / 8] ^= 1 << (bit % 8);
                let verdict = what(&mut there, &flipped);
                let other_number = number_of(token).contains(&(bit / 8)) && verdict.is_ok();
                assert!(verdict.is_err() || other_number, "{etype}, bit {bit}");
            }
            for length in 0..token.len() {
                assert!(what(&mut there, &token[..length]).is_err(), "{etype}, {length} octets");
            }
            assert!(what(&mut there, &[token, &[0]].concat()).is_err(), "{etype}, one more");
        };
        let mic = here.get_mic(&[b"a message"]).unwrap();
        let mut verify = |there: &mut Messages, token: &[u8]| there.verify(&[b"a message"], token);
        refused(&mut verify, &mic);
        for protection in BOTH {
            let token = here.wrap(b"a message", protection).unwrap();
            let mut unwrap = |there: &mut Messages, token: &[u8]| unwrapped(there, token).map(|_| ());
            refused(&mut unwrap, &token);
        }
        assert_eq!(there.verify(&[b"b message"], &mic), Err(MessageError::BadSignature));
    }
}
