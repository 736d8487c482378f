//! Hostile logins, a test a row.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use negotiate::ntlm::message::{AvId, ChallengeMessage, Negotiate, NegotiateFlags};
use negotiate::ntlm::{Details, NtHash, Proof, ReflectionGuard};
use negotiate::peer::Account;
use negotiate::{Accept, Acceptor, AccountAnswer, AccountQuestion, AccountStore, Timestamp};

use crate::login::{KEY, Login, Mic, NOW, OFFERED, PASSWORD, attempt, kind, ntlm, refused};

#[test]
fn a_sound_login_gets_in() {
    let context = attempt(ntlm(), |_| ()).unwrap();
    assert_eq!(context.peer().to_string(), r"ADEX\alice");
    assert_eq!(context.session_key(), KEY);
    let details: &Details = context.details().unwrap();
    assert!(details.mic && details.workstation == "CLIENT" && details.target_name.is_none());
    assert!(context.flags().contains(negotiate::gss::ContextFlags::CONFIDENTIALITY));
}

#[test]
fn d03_only_the_message_that_is_due() {
    let acceptor = Acceptor::builder().ntlm(ntlm()).build().unwrap();
    let (login, handshake) = Login::begin(&acceptor, None);
    let first = |token: &[u8]| kind(acceptor.accept(token, NOW).map(|_| panic!("it goes on")));
    assert_eq!(first(&login.authenticate()), "out-of-turn");
    assert_eq!(first(&login.challenge_message), "out-of-turn");
    assert_eq!(first(b"NTLMSSP\0"), "malformed");
    assert_eq!(first(&[&login.negotiate[..], &[0; 2048]].concat()), "too-long");
    assert_eq!(kind(handshake.accept(&login.negotiate, NOW).map(|_| panic!("it goes on"))), "out-of-turn");
    let (login, handshake) = Login::begin(&acceptor, None);
    let long = [login.authenticate(), vec![0; 65_536]].concat();
    assert_eq!(kind(handshake.accept(&long, NOW).map(|_| panic!("it goes on"))), "too-long");
}

/// User, NT response and LM response, there or not.
#[test]
fn d06_a_login_is_anonymous_or_somebodys() {
    let (empty, zero, full) = (Vec::new(), vec![0], vec![7; 24]);
    let table = [
        ("", false, &empty, "anonymous-refused", "in"),
        ("", false, &zero, "anonymous-refused", "in"),
        ("", false, &full, "malformed", "malformed"),
        ("", true, &empty, "malformed", "malformed"),
        ("", true, &zero, "malformed", "malformed"),
        ("", true, &full, "malformed", "malformed"),
        ("alice", false, &empty, "malformed", "malformed"),
        ("alice", false, &zero, "malformed", "malformed"),
        ("alice", false, &full, "lm-only", "lm-only"),
        ("alice", true, &empty, "in", "in"),
        ("alice", true, &zero, "in", "in"),
        ("alice", true, &full, "in", "in"),
    ];
    for (user, has_nt, lm, shut, open) in table {
        let change = |login: &mut Login| {
            login.user = user.into();
            login.lm.clone_from(lm);
            if !has_nt {
                login.nt = Some(Vec::new());
                login.encrypted_key = Some(vec![1; 16]);
            }
        };
        assert_eq!(refused(change), shut, "{user} {has_nt} {lm:?}");
        let outcome = attempt(ntlm().dangerous().allow_anonymous(), change);
        if let (Ok(context), "") = (&outcome, user) {
            assert_eq!(context.peer(), &negotiate::peer::Peer::Anonymous);
        }
        assert_eq!(kind(outcome), open, "{user} {has_nt} {lm:?}");
    }
    // The flag alone makes nobody anonymous, and nobody else may set it.
    assert_eq!(refused(|login| login.returned = login.returned | NegotiateFlags::ANONYMOUS), "flags-mismatch");
}

#[test]
fn d29_nobody_in_particular_signs_nothing() {
    let outcome = attempt(ntlm().dangerous().allow_anonymous(), |login| {
        login.user.clear();
        login.nt = Some(Vec::new());
        login.lm = vec![0];
        login.encrypted_key = Some(vec![1; 16]);
    });
    let mut context = outcome.unwrap();
    assert_eq!(context.get_mic(b"x").unwrap_err().kind(), "null-session");
    assert_eq!(context.flags(), negotiate::gss::ContextFlags::default());
    assert!(context.session_key().is_empty(), "what everybody knows is no key");
}

#[test]
fn d07_responses_of_no_length_and_ntlmv1() {
    for length in (1..24).chain(25..48) {
        assert_eq!(refused(|login| login.nt = Some(vec![7; length])), "malformed", "{length}");
    }
    assert_eq!(refused(|login| login.nt = Some(login.ntlm_v1())), "ntlmv1-refused");
    assert_eq!(refused(|login| login.nt = Some(login.ntlm_v1_extended())), "ntlmv1-refused");
    for version in [0, 2, 3, 255] {
        assert_eq!(refused(|login| login.version = version), "malformed");
    }
    // With the door open the flags in effect tell which of the two it must be.
    let v1 = |change: &dyn Fn(&mut Login)| kind(attempt(ntlm().dangerous().allow_ntlmv1(), |login| change(login)));
    let extended = |login: &mut Login| {
        login.lm = [vec![0xaa; 8], vec![0; 16]].concat();
        login.nt = Some(login.ntlm_v1_extended());
    };
    assert_eq!(v1(&extended), "in");
    assert_eq!(v1(&|login| login.nt = Some(login.ntlm_v1())), "logon-failure");
    let plain = |login: &mut Login| login.returned = login.returned.without(NegotiateFlags::EXTENDED_SESSIONSECURITY);
    assert_eq!(
        v1(&|login| {
            plain(login);
            login.nt = Some(login.ntlm_v1());
        }),
        "in"
    );
    assert_eq!(
        v1(&|login| {
            extended(login);
            plain(login);
        }),
        "logon-failure"
    );
}

#[test]
fn d08_lmv2_is_never_enough() {
    for nt in [Some(Vec::new()), Some(vec![9; 24])] {
        let outcome = refused(|login| {
            login.lm = login.lm_v2();
            login.nt.clone_from(&nt);
        });
        assert_eq!(outcome, if nt == Some(Vec::new()) { "lm-only" } else { "ntlmv1-refused" });
    }
    let wrong = refused(|login| {
        login.lm = login.lm_v2();
        login.password = "another".into();
    });
    assert_eq!(wrong, "logon-failure");
    // Not with NTLMv1's door open either.
    let open = attempt(ntlm().dangerous().allow_ntlmv1(), |login| {
        login.lm = login.lm_v2();
        login.nt = Some(vec![9; 24]);
    });
    assert_eq!(kind(open), "logon-failure");
}

/// What a domain controller does with a response that is passed on ([MS-NLMP] section 3.2.5.1.2): where the NT response is
/// wrong, a right LM response will do.
struct DomainController;

impl AccountStore for DomainController {
    fn look_up(&self, question: &AccountQuestion<'_>) -> AccountAnswer {
        let (hash, account) = (NtHash::from_password(PASSWORD).unwrap(), Account::new("ADEX", "alice"));
        let key = hash.response_key(question.user().encode_utf16(), question.domain().encode_utf16());
        let (proof, temp) = question.nt_response().split_first_chunk::<16>().unwrap();
        if *proof == key.nt_proof(question.server_challenge(), temp) {
            return AccountAnswer::verified(account, &key.session_base_key(proof));
        }
        match question.lm_response().split_first_chunk::<16>() {
            Some((lm, client)) if key.lm_v2(question.server_challenge(), client.try_into().unwrap())[..16] == *lm => {
                AccountAnswer::verified(account, &key.session_base_key(lm))
            }
            _ => AccountAnswer::refused(),
        }
    }
}

/// CVE-2019-1338: the client's LMv2 response stays as it is, and in the NT response beside it the MIC is no more announced
/// and the bindings are others.
#[test]
fn d08_a_domain_controller_is_not_asked_about_lmv2() {
    let outcome = |change: &dyn Fn(&mut Login)| {
        attempt(ntlm().accounts(DomainController), |login| {
            login.lm = login.lm_v2();
            change(login);
        })
    };
    assert_eq!(outcome(&|_| ()).unwrap().details::<Details>().unwrap().proof, Proof::PassThrough);
    let stripped = outcome(&|login| {
        let proven = login.response().0;
        login.remove(AvId::FLAGS);
        login.set(AvId::CHANNEL_BINDINGS, &[7; 16]);
        let changed = login.response().0;
        login.nt = Some([&proven[..16], &changed[16..]].concat());
        login.mic = Mic::Cut;
    });
    assert_eq!(kind(stripped), "account-refused");
    // What extended session security has there is no proof, and needed.
    struct Seen(Vec<u8>);
    impl AccountStore for Seen {
        fn look_up(&self, question: &AccountQuestion<'_>) -> AccountAnswer {
            assert_eq!(question.lm_response(), self.0);
            AccountAnswer::refused()
        }
    }
    let challenge = [&[0xaa; 8][..], &[0; 16]].concat();
    for (lm, seen) in [(challenge.clone(), challenge), (vec![9; 24], Vec::new())] {
        let acceptor = ntlm().accounts(Seen(seen)).dangerous().allow_ntlmv1();
        let outcome = attempt(acceptor, |login| {
            login.nt = Some(login.ntlm_v1_extended());
            login.lm.clone_from(&lm);
        });
        assert_eq!(kind(outcome), "account-refused");
    }
}

#[test]
fn d09_a_mic_that_is_announced_is_there_and_right() {
    assert_eq!(refused(|login| login.mic = Mic::Cut), "mic-missing");
    assert_eq!(refused(|login| login.mic = Mic::Zero), "mic-mismatch");
    assert_eq!(refused(|login| login.mic = Mic::Flipped), "mic-mismatch");
    // CVE-2019-1040: the flags that go with it are cleared, the MIC is cut out.
    let flags = NegotiateFlags::SIGN
        .with(NegotiateFlags::ALWAYS_SIGN)
        .with(NegotiateFlags::KEY_EXCH)
        .with(NegotiateFlags::VERSION)
        .with(NegotiateFlags::SEAL);
    let dropped = refused(|login| {
        login.mic = Mic::Cut;
        login.returned = login.returned.without(flags);
    });
    assert_eq!(dropped, "mic-missing");
    // Nobody announces one: it is for the policy to say.
    let none = |login: &mut Login| {
        login.remove(AvId::FLAGS);
        login.mic = Mic::Cut;
    };
    assert_eq!(refused(none), "in");
    assert_eq!(kind(attempt(ntlm().require_mic(), none)), "mic-required");
    assert_eq!(kind(attempt(ntlm().require_mic(), |_| ())), "in");
}

#[test]
fn d10_d11_flags_inside_the_response() {
    for bits in [6_u32, u32::MAX] {
        let announced = |mic| {
            refused(|login| {
                login.set(AvId::FLAGS, &bits.to_le_bytes());
                login.mic = mic;
            })
        };
        assert_eq!(
            (announced(Mic::Right), announced(Mic::Cut), announced(Mic::Zero)),
            ("in", "mic-missing", "mic-mismatch")
        );
    }
    // CVE-2019-1166.
    for (first, second) in [(0, 2), (2, 0), (2, 2)] {
        let twice = refused(|login| {
            login.set(AvId::FLAGS, &u32::to_le_bytes(first));
            login.pairs.push((AvId::FLAGS, u32::to_le_bytes(second).to_vec()));
            login.mic = Mic::Cut;
        });
        assert_eq!(twice, "malformed");
    }
}

#[test]
fn d12_no_mic_stands_in_for_the_password() {
    for flags in [0_u32, 2] {
        for exchange in [true, false] {
            let outcome = refused(|login| {
                login.password = "another".into();
                login.set(AvId::FLAGS, &flags.to_le_bytes());
                if !exchange {
                    login.returned = login.returned.without(NegotiateFlags::KEY_EXCH);
                }
            });
            assert_eq!(outcome, "logon-failure", "{flags} {exchange}");
        }
    }
}

#[test]
fn d13_what_was_sent_comes_back_as_it_was() {
    let own = [AvId::NB_DOMAIN_NAME, AvId::NB_COMPUTER_NAME, AvId::DNS_DOMAIN_NAME, AvId::DNS_COMPUTER_NAME];
    for id in own {
        assert_eq!(refused(|login| login.remove(id)), "target-info-mismatch", "{id}");
        assert_eq!(refused(|login| login.set(id, b"E\0V\0I\0L\0")), "target-info-mismatch", "{id}");
        assert_eq!(refused(|login| login.set(id, &[])), "target-info-mismatch", "{id}");
        let folded = refused(|login| {
            let (_, value) = login.pairs.iter().find(|(known, _)| *known == id).unwrap();
            let other: Vec<u8> =
                value.iter().map(|octet| if octet.is_ascii_alphabetic() { octet ^ 0x20 } else { *octet }).collect();
            login.set(id, &other);
        });
        assert_eq!(folded, "target-info-mismatch", "{id}");
    }
    // Another server's name that was not sent.
    assert_eq!(refused(|login| login.set(AvId::DNS_TREE_NAME, b"x\0")), "target-info-mismatch");
    // All of them, as a relay does that has its victim answer another server's challenge.
    assert_eq!(refused(|login| login.pairs.retain(|(id, _)| *id == AvId::FLAGS)), "target-info-mismatch");
    // Order and additions are the client's own.
    let turned = refused(|login| {
        login.pairs.reverse();
        login.set(AvId(0x0020), b"new");
        login.set(AvId::TARGET_NAME, b"x\0");
        login.set(AvId::CHANNEL_BINDINGS, &[0; 16]);
        login.set(AvId::SINGLE_HOST, &[1; 48]);
    });
    assert_eq!(turned, "in");
}

#[test]
fn d14_the_workstation_is_a_label() {
    for name in ["", "WEB", "DC1", "web.ad.example.com", "localhost"] {
        let context = attempt(ntlm(), |login| login.workstation = name.into()).unwrap();
        assert_eq!(context.peer().to_string(), r"ADEX\alice");
        assert_eq!(context.details::<Details>().unwrap().workstation, name);
    }
}

#[test]
fn d15_this_programs_own_logins_are_refused() {
    let guard = Arc::new(ReflectionGuard::new().unwrap());
    let host = |machine: &[u8; 32]| [&[48, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9][..], machine].concat();
    let guarded = || ntlm().reflection_guard(Arc::clone(&guard));
    let from = |machine: [u8; 32]| kind(attempt(guarded(), |login| login.set(AvId::SINGLE_HOST, &host(&machine))));
    assert_eq!(from(*guard.machine_id()), "reflection");
    assert_eq!(from([7; 32]), "in");
    // An open challenge is known to the initiators, until it is answered, ends, or its connection is gone.
    let acceptor = Acceptor::builder().ntlm(guarded()).build().unwrap();
    let (login, handshake) = Login::begin(&acceptor, None);
    assert!(guard.is_own(&login.challenge, NOW));
    assert!(!guard.is_own(&login.challenge, NOW.saturating_add(Duration::from_secs(301))));
    assert_eq!(kind(login.finish(handshake)), "in");
    assert!(!guard.is_own(&login.challenge, NOW));
    let (login, handshake) = Login::begin(&acceptor, None);
    drop(handshake);
    assert!(!guard.is_own(&login.challenge, NOW));
}

/// CVE-2025-33073: flags are changed in one of the messages, and the MIC is kept.
#[test]
fn d16_flags_changed_on_the_way() {
    let acceptor = Acceptor::builder().ntlm(ntlm()).build().unwrap();
    for bit in [0x10_u32, 0x20, 0x8000] {
        let (login, handshake) = Login::begin(&acceptor, None);
        let mut octets = login.authenticate();
        let flags = login.returned.without(NegotiateFlags::from_bits(bit));
        octets[60..64].copy_from_slice(&flags.bits().to_le_bytes());
        assert_eq!(kind(handshake.accept(&octets, NOW).map(|_| panic!("in"))), "mic-mismatch", "{bit:x}");
        // In the first message: the client made its MIC over the one that it sent.
        let (mut login, handshake) =
            Login::begin_with(&acceptor, None, OFFERED.without(NegotiateFlags::from_bits(bit)));
        login.negotiate = Negotiate { flags: OFFERED, ..Negotiate::default() }.encode().unwrap();
        assert_eq!(kind(login.finish(handshake)), "mic-mismatch", "{bit:x}");
    }
}

#[test]
fn d17_what_was_not_offered_is_not_in_effect() {
    for extra in [NegotiateFlags::LM_KEY, NegotiateFlags::DATAGRAM, NegotiateFlags::REQUEST_NON_NT_SESSION_KEY] {
        assert_eq!(refused(|login| login.returned = login.returned | extra), "flags-mismatch", "{extra:?}");
    }
    assert_eq!(refused(|login| login.returned = login.returned.without(NegotiateFlags::NTLM)), "flags-mismatch");
    let acceptor = Acceptor::builder().ntlm(ntlm()).build().unwrap();
    let (mut login, handshake) = Login::begin_with(&acceptor, None, OFFERED.without(NegotiateFlags::KEY_EXCH));
    login.returned = login.returned | NegotiateFlags::KEY_EXCH;
    assert_eq!(kind(login.finish(handshake)), "flags-mismatch");
    // Others are passed over: they are not in effect.
    let (mut login, handshake) =
        Login::begin_with(&acceptor, None, OFFERED.without(NegotiateFlags::EXTENDED_SESSIONSECURITY));
    login.returned = login.returned | NegotiateFlags::EXTENDED_SESSIONSECURITY;
    let mut context = login.finish(handshake).unwrap();
    let details: &Details = context.details().unwrap();
    assert!(!details.flags.contains(NegotiateFlags::EXTENDED_SESSIONSECURITY));
    assert_eq!(context.get_mic(b"x").unwrap_err().kind(), "weak-key");
}

/// Less than all three, and the context protects nothing, unless that was opened by name.
#[test]
fn d17_d27_a_login_is_no_session_security() {
    for without in [NegotiateFlags::EXTENDED_SESSIONSECURITY, NegotiateFlags::KEY_128, NegotiateFlags::KEY_EXCH] {
        let change = |login: &mut Login| login.returned = login.returned.without(without);
        let mut context = attempt(ntlm(), change).unwrap();
        assert_eq!(context.get_mic(b"x").unwrap_err().kind(), "weak-key", "{without:?}");
        let mut context = attempt(ntlm().dangerous().allow_weak_session_security(), change).unwrap();
        assert_eq!(context.get_mic(b"x").unwrap().len(), 16);
    }
}

#[test]
fn d18_an_exchanged_key_has_16_octets() {
    for length in [0, 1, 15, 17, 32] {
        let with = refused(|login| login.encrypted_key = Some(vec![1; length]));
        assert_eq!(with, "session-key-length", "{length}");
        let without = refused(|login| {
            login.returned = login.returned.without(NegotiateFlags::KEY_EXCH);
            login.encrypted_key = Some(vec![1; length]);
        });
        assert_eq!(without, if length == 0 { "in" } else { "session-key-length" }, "{length}");
    }
    // gss-ntlmssp sends 16 octets where none are due: they are not the key.
    let context = attempt(ntlm(), |login| {
        login.returned = login.returned.without(NegotiateFlags::KEY_EXCH);
        login.encrypted_key = Some(vec![1; 16]);
    });
    assert_ne!(context.unwrap().session_key(), KEY);
}

#[test]
fn d19_a_challenge_is_new_and_ends() {
    let long = Duration::from_secs(3600);
    let acceptor = |ntlm| Acceptor::builder().ntlm(ntlm).handshake_lifetime(long).build().unwrap();
    let at = |acceptor: &Acceptor, seconds: i64, micros: i64| {
        let (mut login, handshake) = Login::begin(acceptor, None);
        login.at = Timestamp::from_micros(NOW.as_micros() + seconds * 1_000_000 + micros);
        kind(login.finish(handshake))
    };
    let five_minutes = acceptor(ntlm());
    assert_eq!((at(&five_minutes, 300, 0), at(&five_minutes, 300, 1)), ("in", "challenge-expired"));
    let ten_seconds = acceptor(ntlm().challenge_lifetime(Duration::from_secs(10)));
    assert_eq!((at(&ten_seconds, 10, 0), at(&ten_seconds, 10, 1)), ("in", "challenge-expired"));
    // The lifetime of the whole handshake comes first.
    let short = Acceptor::builder().ntlm(ntlm()).build().unwrap();
    assert_eq!((at(&short, 30, 0), at(&short, 30, 1)), ("in", "handshake-expired"));
    // An answer to one challenge is none to another. That no challenge is answered twice is in the types.
    let (old, _) = Login::begin(&short, None);
    let (_, handshake) = Login::begin(&short, None);
    assert_eq!(kind(old.clone().finish(handshake)), "logon-failure");
    let negotiate = old.negotiate;
    let challenges: HashSet<_> = (0..20_000)
        .map(|_| match short.accept(&negotiate, NOW).unwrap() {
            Accept::NeedsToken { token, .. } => ChallengeMessage::parse(&token).unwrap().meaning().server_challenge,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(challenges.len(), 20_000);
}

#[test]
fn d20_a_response_is_of_its_time() {
    let tick = |by: i64| {
        move |login: &mut Login| login.set(AvId::TIMESTAMP, &login.time.wrapping_add_signed(by).to_le_bytes())
    };
    assert_eq!(refused(tick(1)), "stale");
    assert_eq!(refused(tick(-1)), "stale");
    assert_eq!(refused(|login| login.remove(AvId::TIMESTAMP)), "stale");
    assert_eq!(refused(|login| login.time = 0), "stale");
    assert_eq!(refused(|login| login.time = u64::MAX), "stale");
    const HOUR: u64 = 36_000_000_000;
    for (hours, due) in [(35, "in"), (37, "stale")] {
        assert_eq!(refused(|login| login.time -= hours * HOUR), due);
        assert_eq!(refused(|login| login.time += hours * HOUR), due);
    }
    let strict = || ntlm().response_lifetime(Duration::from_secs(60));
    assert_eq!(kind(attempt(strict(), |login| login.time -= 61 * 10_000_000)), "stale");
    assert_eq!(kind(attempt(strict(), |login| login.time -= 60 * 10_000_000)), "in");
}
