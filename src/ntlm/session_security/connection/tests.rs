use alloc::vec::Vec;

use hex_literal::hex;

use super::super::{DatagramSecurity, KeyStrength};
use super::*;

/// `P l a i n t e x t` of [MS-NLMP] sections 4.2.2.4, 4.2.3.4 and 4.2.4.4.
const PLAINTEXT: [u8; 18] = hex!("50006c00610069006e007400650078007400");

/// Extended session security, 128 bits, key exchange.
const STRONG: u32 = 0x6008_0000;

fn pair(flags: u32) -> (SessionSecurity, SessionSecurity) {
    let (key, negotiated) = (ExportedSessionKey::new([0x55; 16]), Negotiated::from_flags(flags));
    let side = |role| SessionSecurity::dangerous(&key, role, &negotiated).unwrap();
    (side(Role::Initiator), side(Role::Acceptor))
}

fn sealed(flags: u32, key: [u8; 16], data: [u8; 18], signature: [u8; 16]) {
    let (key, negotiated) = (ExportedSessionKey::new(key), Negotiated::from_flags(flags));
    let mut message = PLAINTEXT;
    let mut initiator = SessionSecurity::dangerous(&key, Role::Initiator, &negotiated).unwrap();
    assert_eq!(initiator.seal(&mut message), Ok(signature));
    assert_eq!(message, data);
    let mut acceptor = SessionSecurity::dangerous(&key, Role::Acceptor, &negotiated).unwrap();
    assert_eq!(acceptor.unseal(&mut message, &signature), Ok(()));
    assert_eq!(message, PLAINTEXT);
}

#[test]
fn ms_nlmp_4_2_2_4_without_extended_session_security() {
    sealed(
        0xe202_8233,
        [0x55; 16],
        hex!("56fe04d861f9319af0d7238a2e3b4d457fb8"),
        hex!("0100000045c844e509dcd1df2e459d36"),
    );
}

#[test]
fn ms_nlmp_4_2_3_4_extended_without_key_exchange_at_56_bits() {
    sealed(
        0x820a_8233,
        hex!("eb93429a8bd952f8b89c55b87f475edc"),
        hex!("a02372f6530273f3aa1eb90190ce5200c99d"),
        hex!("01000000ff2aeb52f681793a00000000"),
    );
}

#[test]
fn ms_nlmp_4_2_4_4_extended_with_key_exchange() {
    sealed(
        0xe28a_8233,
        [0x55; 16],
        hex!("54e50165bf1936dc996020c1811b0f06fb5f"),
        hex!("010000007fb38ec5c55d497600000000"),
    );
}

#[test]
fn d26_each_bit_counts_and_failure_poisons() {
    for flags in [STRONG, 0x2008_0000, 0x2000_0000] {
        let (mut initiator, _) = pair(flags);
        let mut message = PLAINTEXT;
        let signature = initiator.seal(&mut message).unwrap();
        let whole = [&signature[..], &message].concat();
        for bit in 0..whole.len() * 8 {
            let mut wrong = whole.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            let (_, mut acceptor) = pair(flags);
            let (signature, message) = wrong.split_at_mut(16);
            let verdict = acceptor.unseal(message, signature);
            // RandomPad is the one field that nobody looks at, and there is none with extended session security.
            if flags == 0x2000_0000 && (32..64).contains(&bit) {
                assert_eq!(verdict, Ok(()));
                continue;
            }
            assert_eq!(verdict, Err(Error::BadSignature), "{flags:x} {bit}");
            assert!(message.iter().all(|octet| *octet == 0), "nothing of it is given out");
            assert_eq!(acceptor.sign(b""), Err(Error::Poisoned));
            assert_eq!(acceptor.seal(&mut []), Err(Error::Poisoned));
            assert_eq!(acceptor.verify(b"", &[0; 16]), Err(Error::Poisoned));
            assert_eq!(acceptor.unseal(&mut [], &[0; 16]), Err(Error::Poisoned));
            assert_eq!(acceptor.restart_key_streams(), Err(Error::Poisoned));
        }
    }
}

#[test]
fn d26_length_order_and_direction_count() {
    let refused = |judge: &dyn Fn(&mut SessionSecurity, &mut SessionSecurity) -> Result<(), Error>| {
        let (mut initiator, mut acceptor) = pair(STRONG);
        assert_eq!(judge(&mut initiator, &mut acceptor), Err(Error::BadSignature));
        assert_eq!(acceptor.verify(b"", &[0; 16]), Err(Error::Poisoned));
    };
    for length in [0, 15] {
        refused(&|initiator, acceptor| acceptor.verify(b"m", &initiator.sign(b"m")?[..length]));
    }
    refused(&|initiator, acceptor| acceptor.verify(b"m", &[&initiator.sign(b"m")?[..], &[0]].concat()));
    refused(&|initiator, acceptor| {
        initiator.sign(b"first")?;
        acceptor.verify(b"second", &initiator.sign(b"second")?)
    });
    refused(&|initiator, acceptor| {
        let signature = initiator.sign(b"m")?;
        acceptor.verify(b"m", &signature)?;
        acceptor.verify(b"m", &signature)
    });
    refused(&|_, acceptor| {
        let signature = acceptor.sign(b"m")?;
        acceptor.verify(b"m", &signature)
    });
}

#[test]
fn d26_numbers_end_before_they_begin_anew() {
    let (mut initiator, mut acceptor) = pair(STRONG);
    for side in [&mut initiator, &mut acceptor] {
        side.outgoing().unwrap().sequence = u32::MAX - 1;
        side.incoming().unwrap().sequence = u32::MAX - 1;
    }
    let signature = initiator.sign(b"last").unwrap();
    assert_eq!(signature[12..], (u32::MAX - 1).to_le_bytes());
    assert_eq!(acceptor.verify(b"last", &signature), Ok(()));
    for _ in 0..2 {
        assert_eq!(initiator.sign(b"more"), Err(Error::SequenceExhausted));
        assert_eq!(initiator.seal(&mut [1]), Err(Error::SequenceExhausted));
        assert_eq!(acceptor.verify(b"more", &signature), Err(Error::SequenceExhausted));
    }
}

#[test]
fn d27_weak_keys_only_by_name() {
    let key = ExportedSessionKey::new([1; 16]);
    let verdict = |flags| SessionSecurity::new(&key, Role::Acceptor, &Negotiated::from_flags(flags)).map(|_| ());
    assert_eq!(verdict(STRONG), Ok(()));
    for flags in [0x4008_0000, 0xc008_0000, 0x2008_0000, 0x6000_0000, 0] {
        assert_eq!(verdict(flags), Err(Error::WeakKey), "{flags:x}");
        let datagram = DatagramSecurity::new(&key, Role::Acceptor, &Negotiated::from_flags(flags)).map(|_| ());
        assert_eq!(datagram, Err(Error::WeakKey), "{flags:x}");
    }
    assert_eq!(Negotiated::from_flags(0xc008_0000).strength, KeyStrength::Bits56);
}

#[test]
fn d27_key_streams_begin_anew_once() {
    let (mut initiator, mut acceptor) = pair(STRONG);
    acceptor.verify(b"list", &initiator.sign(b"list").unwrap()).unwrap();
    initiator.verify(b"list", &acceptor.sign(b"list").unwrap()).unwrap();
    initiator.restart_key_streams().unwrap();
    acceptor.restart_key_streams().unwrap();
    let signature = initiator.sign(b"m").unwrap();
    assert_eq!(signature[12..], [1, 0, 0, 0]);
    acceptor.verify(b"m", &signature).unwrap();
    assert_eq!(initiator.restart_key_streams(), Err(Error::TooLate));
    assert_eq!(acceptor.restart_key_streams(), Err(Error::TooLate));
}

#[test]
fn d29_nobody_signs_nothing() {
    let key = ExportedSessionKey::new([0; 16]);
    for flags in [STRONG, 0] {
        let negotiated = Negotiated::from_flags(flags);
        let verdict = SessionSecurity::dangerous(&key, Role::Acceptor, &negotiated).map(|_| ());
        assert_eq!(verdict, Err(Error::NullSession));
        let verdict = DatagramSecurity::dangerous(&key, Role::Acceptor, &negotiated).map(|_| ());
        assert_eq!(verdict, Err(Error::NullSession));
    }
}

#[test]
fn what_is_sealed_is_unsealed_in_both_directions_under_all_flags() {
    for bits in 0..32 {
        let flag = |bit: u32, value| if bits & (1 << bit) == 0 { 0 } else { value };
        let flags =
            flag(0, 0x0008_0000) | flag(1, 0x4000_0000) | flag(2, 0x80) | flag(3, 0x2000_0000) | flag(4, 0x8000_0000);
        let (mut initiator, mut acceptor) = pair(flags);
        for length in [0, 1, 63, 64, 65, 1000] {
            let plain: Vec<u8> = (0..=255).cycle().take(length).collect();
            let mut message = plain.clone();
            let signature = initiator.seal(&mut message).unwrap();
            acceptor.unseal(&mut message, &signature).unwrap();
            assert_eq!(message, plain);
            let signature = acceptor.seal(&mut message).unwrap();
            initiator.unseal(&mut message, &signature).unwrap();
            assert_eq!(message, plain);
            acceptor.verify(&plain, &initiator.sign(&plain).unwrap()).unwrap();
        }
    }
}

#[test]
fn datagrams_come_in_any_order() {
    let key = ExportedSessionKey::new([9; 16]);
    let negotiated = Negotiated::from_flags(STRONG | 0x40);
    let initiator = DatagramSecurity::new(&key, Role::Initiator, &negotiated).unwrap();
    let acceptor = DatagramSecurity::new(&key, Role::Acceptor, &negotiated).unwrap();
    for sequence in [7, 3, u32::MAX, 0] {
        let mut message = PLAINTEXT;
        let signature = initiator.seal(sequence, &mut message).unwrap();
        let mut again = message;
        assert_eq!(acceptor.unseal(sequence ^ 1, &mut again, &signature), Err(Error::BadSignature));
        assert_eq!(again, [0; 18]);
        acceptor.unseal(sequence, &mut message, &signature).unwrap();
        assert_eq!(message, PLAINTEXT);
        acceptor.verify(sequence, b"m", &initiator.sign(sequence, b"m")).unwrap();
    }
    let old = DatagramSecurity::dangerous(&key, Role::Initiator, &Negotiated::from_flags(0x40)).unwrap();
    assert_eq!(old.seal(0, &mut []), Err(Error::NoConfidentiality));
    assert_eq!(old.unseal(0, &mut [], &[0; 16]), Err(Error::NoConfidentiality));
    let peer = DatagramSecurity::dangerous(&key, Role::Acceptor, &Negotiated::from_flags(0x40)).unwrap();
    peer.verify(5, b"m", &old.sign(5, b"m")).unwrap();
}
