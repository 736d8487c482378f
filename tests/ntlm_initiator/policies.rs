//! What an initiator goes on without, and what it does not.

use negotiate::gss::{BindingsHash, ChannelBindings, ContextFlags};
use negotiate::ntlm::message::{AvId, Field, NegotiateFlags, NtResponse};
use negotiate::ntlm::response::{LmHash, NtHash};
use negotiate::ntlm::{self, Credential, InitiatorError, Proof};
use negotiate::{Initiate, Initiator, Protection};

use crate::made::{FLAGS, challenge, full, target_info};
use crate::{Fixed, NOW, TARGET, alice, answer, bare, changed, reason};

const PROTECTED: ContextFlags = ContextFlags::from_bits(
    ContextFlags::INTEGRITY.bits() | ContextFlags::REPLAY.bits() | ContextFlags::SEQUENCE.bits(),
);

#[test]
fn an_acceptor_of_today_is_good_enough_for_everything() {
    for initiator in [alice(), alice().require_integrity(), alice().require_confidentiality()] {
        let mut login = bare(initiator, &full(), NOW).unwrap();
        assert_eq!(login.context.flags(), PROTECTED | ContextFlags::CONFIDENTIALITY);
        assert_eq!(login.details().proof, Proof::NtlmV2);
        assert_eq!(login.details().target_name.as_deref(), Some("HTTP/web.ad.example.com"));
        assert!(login.context.wrap(b"x", Protection::Confidentiality).is_ok());
    }
}

#[test]
fn d13_an_acceptor_that_does_not_say_who_it_is() {
    let without_flag = changed(&full(), |flags| flags.without(NegotiateFlags::TARGET_INFO), None);
    let without_octets = changed(&full(), |flags| flags, Some(&[]));
    for challenge in [without_flag, without_octets] {
        assert_eq!(reason(bare(alice(), &challenge, NOW)), InitiatorError::NoTargetInfo);
        assert_eq!(
            reason(bare(alice().dangerous().allow_no_timestamp(), &challenge, NOW)),
            InitiatorError::NoTargetInfo
        );
        let mut login = bare(alice().dangerous().allow_no_target_info(), &challenge, NOW).unwrap();
        assert_eq!((login.context.flags(), login.details().mic), (ContextFlags::default(), false));
        assert_eq!(login.details().target_name, None);
        assert_eq!(login.context.wrap(b"x", Protection::Integrity).unwrap_err().kind(), "not-negotiated");
        let required = alice().require_integrity().dangerous().allow_no_target_info();
        assert!(matches!(reason(bare(required, &challenge, NOW)), InitiatorError::NoProtection(_)));
        let weak = alice().dangerous().allow_no_target_info().dangerous().allow_weak_session_security();
        assert_eq!(bare(weak, &challenge, NOW).unwrap().context.flags(), PROTECTED | ContextFlags::CONFIDENTIALITY);
    }
}

/// [MS-NLMP] section 3.1.5.1.2: both names, or neither signing nor sealing.
#[test]
fn an_acceptor_that_leaves_out_a_name() {
    for id in [AvId::NB_COMPUTER_NAME, AvId::NB_DOMAIN_NAME] {
        let challenge = challenge(FLAGS, &target_info(&[id], &[]));
        assert_eq!(reason(bare(alice(), &challenge, NOW)), InitiatorError::NoServerName(id));
        let unprotected = changed(&challenge, |flags| flags.without(NegotiateFlags::SIGN | NegotiateFlags::SEAL), None);
        assert!(bare(alice().without_message_protection(), &unprotected, NOW).unwrap().details().mic);
        let login = bare(alice().dangerous().allow_no_target_info(), &challenge, NOW).unwrap();
        assert_eq!((login.context.flags(), login.details().mic), (ContextFlags::default(), true));
    }
}

#[test]
fn d09_an_acceptor_without_a_clock() {
    let challenge = challenge(FLAGS, &target_info(&[AvId::TIMESTAMP], &[]));
    assert_eq!(reason(bare(alice(), &challenge, NOW)), InitiatorError::NoTimestamp);
    let no_target_info = alice().dangerous().allow_no_target_info();
    assert_eq!(reason(bare(no_target_info, &challenge, NOW)), InitiatorError::NoTimestamp);
    let login = bare(alice().dangerous().allow_no_timestamp(), &challenge, NOW).unwrap();
    let message = login.message();
    let Ok(NtResponse::V2(response)) = message.meaning().nt_response() else { panic!() };
    assert_eq!(response.client_challenge.time_stamp.to_timestamp(), NOW);
    assert_eq!((login.details().mic, response.client_challenge.av_pairs.value(AvId::FLAGS)), (false, None));
}

#[test]
fn d27_less_than_strong_keys_protect_nothing() {
    let strength = [NegotiateFlags::EXTENDED_SESSIONSECURITY, NegotiateFlags::KEY_128, NegotiateFlags::KEY_EXCH];
    for missing in strength {
        let challenge = changed(&full(), |flags| flags.without(missing), None);
        let mut login = bare(alice(), &challenge, NOW).unwrap();
        assert_eq!((login.context.flags(), login.details().mic), (ContextFlags::default(), true));
        assert_eq!(login.context.get_mic(b"x").unwrap_err().kind(), "weak-key");
        let required = bare(alice().require_integrity(), &challenge, NOW);
        assert_eq!(reason(required), InitiatorError::NoProtection(missing));
        let weak = || alice().require_confidentiality().dangerous().allow_weak_session_security();
        let login = bare(weak(), &challenge, NOW).unwrap();
        assert_eq!(login.context.flags(), PROTECTED | ContextFlags::CONFIDENTIALITY, "{missing:?}");
    }
}

#[test]
fn signing_and_sealing_not_chosen_or_not_asked_for() {
    let (sign, seal) = (NegotiateFlags::SIGN, NegotiateFlags::SEAL);
    let signed = changed(&full(), |flags| flags.without(seal), None);
    assert_eq!(bare(alice(), &signed, NOW).unwrap().context.flags(), PROTECTED);
    assert!(bare(alice().require_integrity(), &signed, NOW).is_ok());
    let refused = reason(bare(alice().require_confidentiality(), &signed, NOW));
    assert_eq!(refused, InitiatorError::NoProtection(seal));

    let neither = changed(&full(), |flags| flags.without(seal | sign), None);
    let login = bare(alice(), &neither, NOW).unwrap();
    assert_eq!(login.context.flags(), ContextFlags::default());
    assert!(!login.details().flags.contains(NegotiateFlags::KEY_EXCH));
    let refused = reason(bare(alice().require_integrity(), &neither, NOW));
    assert_eq!(refused, InitiatorError::NoProtection(sign | NegotiateFlags::KEY_EXCH));

    // What is not asked for must not be chosen (row D17).
    assert_eq!(reason(bare(alice().without_confidentiality(), &full(), NOW)), InitiatorError::NotOffered(seal));
    let not_asked = alice().without_message_protection();
    assert_eq!(reason(bare(not_asked, &full(), NOW)), InitiatorError::NotOffered(seal | sign));
    assert!(bare(alice().without_message_protection(), &neither, NOW).is_ok());
}

#[test]
fn an_acceptor_without_unicode() {
    let oem = changed(&full(), |flags| flags.without(NegotiateFlags::UNICODE) | NegotiateFlags::OEM, None);
    let login = bare(alice(), &oem, NOW).unwrap();
    assert_eq!(
        (login.message().meaning().user_name, login.message().meaning().domain_name),
        (&b"alice"[..], &b"ADEX"[..])
    );
    assert!(login.details().mic);
    for (name, field) in
        [(r"ADEX\jürgen", Field::UserName), (r"Süd\alice", Field::DomainName), (r"ADEX\日本", Field::UserName)]
    {
        let credential = Credential::with_password(name, "x").unwrap();
        assert_eq!(reason(bare(credential, &oem, NOW)), InitiatorError::OemName(field));
    }
    assert_eq!(reason(bare(alice().workstation("Büro"), &oem, NOW)), InitiatorError::OemName(Field::Workstation));
    let both = changed(&full(), |flags| flags | NegotiateFlags::OEM, None);
    assert_eq!(bare(alice(), &both, NOW).unwrap().message().meaning().user_name.len(), 10);
}

#[test]
fn d21_bindings_are_those_of_the_channel_and_zeros_without_one() {
    let bindings = ChannelBindings::tls_exporter(&[7; 32]);
    let initiator = |bindings: Option<ChannelBindings>| {
        let builder = Initiator::builder(TARGET.parse().unwrap()).ntlm(alice()).bare();
        match bindings {
            Some(bindings) => builder.channel_bindings(bindings).build().unwrap(),
            None => builder.build().unwrap(),
        }
    };
    let sent = |initiator: &Initiator| {
        let login = answer(initiator, &full(), NOW).unwrap();
        let message = login.message();
        let Ok(NtResponse::V2(response)) = message.meaning().nt_response() else { panic!() };
        BindingsHash::from_octets(*response.client_challenge.av_pairs.channel_bindings().unwrap())
    };
    assert_eq!(sent(&initiator(None)), BindingsHash::ZERO);
    assert_eq!(sent(&initiator(Some(bindings.clone()))), bindings.hash());
    assert_eq!(sent(&initiator(None).with_channel_bindings(bindings.clone())), bindings.hash());
    let empty = ChannelBindings::default();
    assert_eq!(sent(&initiator(Some(empty.clone()))), empty.hash(), "empty is not none");
}

#[test]
fn d07_ntlmv1_and_lm_have_doors_of_their_own() {
    let without_ess = changed(&full(), |flags| flags.without(NegotiateFlags::EXTENDED_SESSIONSECURITY), None);
    let proof = |initiator, challenge: &[u8]| bare(initiator, challenge, NOW).unwrap().details().proof;
    assert_eq!(proof(alice().dangerous().use_ntlmv1(), &full()), Proof::NtlmV1Extended);
    assert_eq!(proof(alice().dangerous().use_ntlmv1(), &without_ess), Proof::NtlmV1);
    assert_eq!(proof(alice().dangerous().send_lm(), &without_ess), Proof::NtlmV1);
    // LM and extended session security rule each other out, so this is not offered.
    let ess = NegotiateFlags::EXTENDED_SESSIONSECURITY;
    assert_eq!(reason(bare(alice().dangerous().send_lm(), &full(), NOW)), InitiatorError::NotOffered(ess));
    let long = Credential::with_password("alice", "fifteen letters").unwrap();
    let long = ntlm::Initiator::new(long).dangerous().send_lm();
    assert_eq!(reason(bare(long, &without_ess, NOW)), InitiatorError::NoLmHash);
    let only_nt = Credential::with_nt_hash("alice", NtHash::new([1; 16])).unwrap();
    let only_nt = ntlm::Initiator::new(only_nt).dangerous().send_lm();
    assert_eq!(reason(bare(only_nt, &without_ess, NOW)), InitiatorError::NoLmHash);
    let both = Credential::with_hashes("alice", LmHash::new([2; 16]), NtHash::new([1; 16])).unwrap();
    assert_eq!(proof(ntlm::Initiator::new(both).dangerous().send_lm(), &without_ess), Proof::NtlmV1);
}

#[test]
fn a_hash_logs_in_as_its_password_does() {
    let by_hash = Credential::with_nt_hash(r"ADEX\alice", NtHash::from_password("Alice-Pw-1").unwrap()).unwrap();
    let by_hash = ntlm::Initiator::new(by_hash.duplicate()).randomness(Fixed);
    let octets = |initiator| bare(initiator, &full(), NOW).unwrap().authenticate;
    assert_eq!(octets(by_hash), octets(alice()));
}

#[test]
fn d06_d29_anonymous_is_empty_and_protects_nothing() {
    let anonymous = || ntlm::Initiator::new(Credential::anonymous()).randomness(Fixed);
    let without_target_info = changed(&full(), |flags| flags.without(NegotiateFlags::TARGET_INFO), None);
    for challenge in [full(), without_target_info] {
        let mut login = bare(anonymous(), &challenge, NOW).unwrap();
        let message = login.message();
        let sent = message.meaning();
        assert!(sent.user_name.is_empty() && sent.domain_name.is_empty() && sent.nt_challenge_response.is_empty());
        assert_eq!((sent.lm_challenge_response, sent.encrypted_random_session_key), (&[0][..], &[][..]));
        assert!(sent.flags.contains(NegotiateFlags::ANONYMOUS) && sent.mic.is_none());
        assert_eq!((login.details().proof, login.context.flags()), (Proof::Anonymous, ContextFlags::default()));
        assert_eq!(login.context.get_mic(b"x").unwrap_err().kind(), "null-session");
    }
    let required = bare(anonymous().require_integrity(), &full(), NOW);
    assert!(matches!(reason(required), InitiatorError::NoProtection(_)));
}

#[test]
fn names_of_all_kinds_and_lengths() {
    let long = "日".repeat(512);
    for (domain, user) in [("", "alice@example.com"), ("ADEX", "jürgen"), ("Straße", "straße"), (&long, &long)] {
        let credential = Credential::with_password(ntlm::UserName::new(domain, user), "x").unwrap();
        let login = bare(ntlm::Initiator::new(credential).workstation(&long), &full(), NOW).unwrap();
        let message = login.message();
        assert_eq!(message.meaning().decode_user_name().unwrap(), user);
        assert_eq!(message.meaning().decode_domain_name().unwrap(), domain);
        assert_eq!(message.meaning().decode_workstation().unwrap(), long);
        assert_eq!((login.details().user_name.as_str(), login.details().domain_name.as_str()), (user, domain));
    }
    let endless = alice().workstation(&"x".repeat(40_000));
    assert_eq!(bare(endless, &full(), NOW).unwrap_err().kind(), "too-long");
}

#[test]
fn the_front_door() {
    let builder = || Initiator::builder(TARGET.parse().unwrap());
    assert_eq!(builder().build().unwrap_err().kind(), "no-mechanism");
    assert_eq!(builder().bare().build().unwrap_err().kind(), "no-mechanism");
    assert_eq!(builder().ntlm(alice()).ntlm(alice()).bare().build().unwrap_err().kind(), "bare-needs-one");
    let initiator = builder().ntlm(alice()).build().unwrap();
    let Initiate::NeedsToken { token, next } = initiator.initiate(NOW).unwrap() else { panic!() };
    assert_eq!(token[0], 0x60, "SPNEGO");
    let lifetime = negotiate::initiator::HANDSHAKE_LIFETIME;
    assert_eq!(next.deadline(), NOW.saturating_add(lifetime));
    let late = NOW.saturating_add(lifetime + std::time::Duration::from_micros(1));
    assert_eq!(next.step(b"", late).unwrap_err().kind(), "handshake-expired");

    const fn thread_safe<T: Send + Sync + 'static>() {}
    thread_safe::<Initiator>();
    thread_safe::<negotiate::initiator::Handshake>();
    thread_safe::<negotiate::initiator::InitiatorBuilder>();
    thread_safe::<Initiate>();
    thread_safe::<ntlm::Initiator>();
    thread_safe::<Credential>();
}

#[test]
fn texts_say_what_to_do_and_no_secret() {
    let no_target_info = changed(&full(), |flags| flags.without(NegotiateFlags::TARGET_INFO), None);
    let error = bare(alice(), &no_target_info, NOW).unwrap_err();
    assert!(error.to_string().ends_with("dangerous().allow_no_target_info"), "{error}");
    let builder = || Initiator::builder(TARGET.parse().unwrap()).ntlm(alice());
    let front = builder().build().unwrap();
    let texts = [
        format!("{:?} {:?}", alice(), alice().dangerous()),
        format!("{:?} {front:?} {:?}", builder(), front.initiate(NOW)),
        format!("{:?}", bare(alice(), &full(), NOW).map(|login| login.context)),
        format!("{error:?}"),
    ];
    for text in texts {
        assert!(!text.contains("Alice-Pw-1") && !text.contains("85, 85") && !text.contains("5555"), "{text}");
    }
}
