//! What an acceptor, or whoever stands in between, must not get an initiator to do.

use negotiate::ntlm::InitiatorError;
use negotiate::ntlm::message::{AvFlags, AvId, AvPair, Field, NegotiateFlags, NtResponse, SingleHostData, Utf16};

use crate::made::{FLAGS, TIME, challenge, full, target_info, utf16};
use crate::{MACHINE_ID, NOW, alice, bare, changed, reason};

/// Each bit that was not offered, but for those by which acceptors say what they are.
#[test]
fn d17_nothing_is_chosen_that_was_not_offered() {
    let of_itself = [0x0001_0000, 0x0002_0000, 0x0080_0000, 0x0200_0000];
    let offered = 0xe208_8237;
    for bit in (0..32).map(|shift| 1u32 << shift) {
        let flag = NegotiateFlags::from_bits(bit);
        let outcome = bare(alice(), &changed(&full(), |flags| flags | flag, None), NOW);
        if offered & bit != 0 || of_itself.contains(&bit) {
            assert!(outcome.is_ok(), "{flag:?}");
        } else {
            assert_eq!(reason(outcome), InitiatorError::NotOffered(flag));
        }
    }
}

/// CVE-2019-1166, and gss-ntlmssp's own MsvAvFlags in its challenge: what is the initiator's to say stands there once, and
/// is the initiator's.
#[test]
fn d10_pairs_that_are_the_initiators_are_replaced() {
    let (name, machine_id) = (utf16("cifs/dc.ad.example.com"), [9; 32]);
    let host = SingleHostData { size: 48, z4: 0, custom_data: &[9; 8], machine_id: &machine_id, rest: &[] };
    let injected = [
        AvPair::Flags(AvFlags::NONE),
        AvPair::SingleHost(host),
        AvPair::TargetName(Utf16::new(&name, Field::TargetName).unwrap()),
        AvPair::ChannelBindings(&[9; 16]),
        AvPair::Other(AvId(0xfff0), b"kept"),
    ];
    let login = bare(alice(), &challenge(FLAGS, &target_info(&[], &injected)), NOW).unwrap();
    let message = login.message();
    let Ok(NtResponse::V2(response)) = message.meaning().nt_response() else { panic!() };
    let pairs = response.client_challenge.av_pairs;
    let ids: Vec<_> = pairs.iter().map(|pair| pair.id().0).collect();
    assert_eq!(ids, [2, 1, 7, 0xfff0, 6, 8, 10, 9]);
    assert_eq!((pairs.flags(), pairs.timestamp()), (AvFlags::MIC, Some(TIME)));
    assert_eq!(pairs.target_name().unwrap().to_string(), "HTTP/web.ad.example.com");
    assert_eq!(pairs.channel_bindings(), Some(&[0; 16]));
    let host = pairs.single_host().unwrap();
    assert_eq!((host.machine_id, host.custom_data, host.size), (&MACHINE_ID, &[0; 8], 48));
}

#[test]
fn d04_d10_a_target_info_that_is_not_sound() {
    let twice = [&target_info(&[], &[])[..target_info(&[], &[]).len() - 4], &[6, 0, 4, 0, 0, 0, 0, 0][..]].concat();
    let twice = [&twice[..], &[6, 0, 4, 0, 2, 0, 0, 0], &[0; 4]].concat();
    for bad in [twice, vec![1, 2, 3], vec![7, 0, 4, 0, 1, 2, 3, 4, 0, 0, 0, 0], vec![2, 0, 2, 0, 0, 0xd8, 0, 0, 0, 0]] {
        let error = bare(alice(), &challenge(FLAGS, &bad), NOW).unwrap_err();
        assert!(error.downcast_ref::<negotiate::ntlm::message::Error>().is_some(), "{error}");
        // Without the flag nobody looks.
        let unflagged = challenge(FLAGS.without(NegotiateFlags::TARGET_INFO), &bad);
        assert_eq!(reason(bare(alice(), &unflagged, NOW)), InitiatorError::NoTargetInfo);
    }
    // 32 pairs may come; with this side's own there are too many.
    let many: Vec<_> = (0x100..0x100 + 29).map(|id| AvPair::Other(AvId(id), b"x")).collect();
    assert!(bare(alice(), &challenge(FLAGS, &target_info(&[], &many)), NOW).is_err());
    assert!(bare(alice(), &challenge(FLAGS, &target_info(&[], &many[..25])), NOW).is_ok());
}

#[test]
fn d03_anything_else_than_a_challenge() {
    let login = bare(alice(), &full(), NOW).unwrap();
    for other in [&login.negotiate[..], &login.authenticate, b"", b"NTLMSSP\0", b"YII"] {
        assert_eq!(bare(alice(), other, NOW).unwrap_err().fault(), negotiate::Fault::Peer);
    }
    // Row C14: what is behind the parts of a message is part of it, up to a limit.
    let padded = |length: usize| [full(), vec![0; length - full().len()]].concat();
    assert!(bare(alice(), &padded(65_536), NOW).is_ok());
    assert_eq!(reason(bare(alice(), &padded(65_537), NOW)), InitiatorError::TooLong(65_537));
    let neither = NegotiateFlags::UNICODE | NegotiateFlags::OEM;
    assert!(bare(alice(), &challenge(FLAGS.without(neither), &target_info(&[], &[])), NOW).is_err());
}

/// Each login has a challenge and a key of its own.
#[test]
fn d19_nothing_random_comes_twice() {
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let credential = negotiate::ntlm::Credential::with_password(r"ADEX\alice", "x").unwrap();
        let login = bare(credential, &full(), NOW).unwrap();
        let message = login.message();
        let Ok(NtResponse::V2(response)) = message.meaning().nt_response() else { panic!() };
        assert!(seen.insert(response.client_challenge.challenge_from_client.to_vec()));
        assert!(seen.insert(login.context.session_key().to_vec()));
    }
}
