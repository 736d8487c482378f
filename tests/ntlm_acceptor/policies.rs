//! What an operator decides, against what a client sends.

use std::time::Instant;

use negotiate::gss::ChannelBindings;
use negotiate::ntlm::message::AvId;
use negotiate::ntlm::response::SessionBaseKey;
use negotiate::ntlm::{Details, MemoryAccounts, NtHash, Proof, TargetInfo};
use negotiate::peer::Account;
use negotiate::{Accept, Acceptor, AccountAnswer, BindingsStatus, ntlm};

use crate::login::{Login, NOW, PASSWORD, attempt, kind, ntlm, refused};

/// Three policies, and what a client can send.
#[test]
fn d21_bindings_by_policy() {
    let own = ChannelBindings::application_data(&b"tls-server-end-point:x"[..]);
    let (hash, other) = (*own.hash().as_octets(), [9; 16]);
    let sent: [(&str, Option<&[u8]>); 6] = [
        ("absent", None),
        ("zero", Some(&[0; 16])),
        ("match", Some(&hash)),
        ("mismatch", Some(&other)),
        ("15", Some(&hash[..15])),
        ("17", Some(&[0; 17])),
    ];
    // Without own bindings; with them; with them and required.
    let table = [
        ("absent", ["not-checked", "absent", "bad-bindings"]),
        ("zero", ["not-checked", "bad-bindings", "bad-bindings"]),
        ("match", ["not-checked", "matched", "matched"]),
        ("mismatch", ["not-checked", "bad-bindings", "bad-bindings"]),
        ("15", ["malformed"; 3]),
        ("17", ["malformed"; 3]),
    ];
    for ((name, value), (same_name, due)) in sent.into_iter().zip(table) {
        assert_eq!(name, same_name);
        for (policy, due) in due.into_iter().enumerate() {
            let builder = Acceptor::builder().ntlm(ntlm());
            let builder = if policy == 2 { builder.require_channel_bindings() } else { builder };
            let (mut login, handshake) = Login::begin(&builder.build().unwrap(), (policy > 0).then_some(&own));
            if let Some(value) = value {
                login.set(AvId::CHANNEL_BINDINGS, value);
            }
            let outcome = match login.finish(handshake) {
                Ok(context) => context.channel_bindings().to_string(),
                Err(rejected) => rejected.error.kind().to_owned(),
            };
            assert_eq!(outcome, due, "{name} {policy}");
        }
    }
    let forgotten = Acceptor::builder().ntlm(ntlm()).require_channel_bindings().build().unwrap();
    let (login, handshake) = Login::begin(&forgotten, None);
    assert_eq!(kind(login.finish(handshake)), "no-own-bindings");
    // Whoever does not know the password learns nothing of it.
    let (mut login, handshake) = Login::begin(&forgotten, None);
    login.password = "another".into();
    assert_eq!(kind(login.finish(handshake)), "logon-failure");
    assert_ne!(BindingsStatus::Absent, BindingsStatus::Matched);
}

#[test]
fn d22_the_service_that_is_meant() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let table = [
        (None, ["in", "in", "wrong-target"]),
        (Some(""), ["in", "in", "wrong-target"]),
        (Some("HTTP/web.ad.example.com"), ["in"; 3]),
        (Some("http/WEB.ad.example.com."), ["in"; 3]),
        (Some("HTTP/web.ad.example.com:8443"), ["in"; 3]),
        (Some("cifs/web.ad.example.com"), ["in", "wrong-target", "wrong-target"]),
        (Some("HTTP/web.ad.example.com.evil.example"), ["in", "wrong-target", "wrong-target"]),
        (Some("HTTP/web1UWhRCAAAAAAAAAAAAAAAAAAAAAAAAAAAAwbEAYBAAAA"), ["in", "wrong-target", "wrong-target"]),
    ];
    let policy = |number: usize| {
        let listed = ntlm().target_names(["HTTP/web.ad.example.com", "HTTP/web"]);
        [ntlm(), listed]
            .into_iter()
            .nth(number.min(1))
            .map(|ntlm| if number == 2 { ntlm.require_target_name() } else { ntlm })
    };
    for (name, due) in table {
        for (number, due) in due.into_iter().enumerate() {
            let outcome = attempt(policy(number).unwrap(), |login| {
                if let Some(name) = name {
                    login.set(AvId::TARGET_NAME, &utf16(name));
                }
            });
            assert_eq!(kind(outcome), due, "{name:?} {number}");
        }
    }
    // MsvAvFlags 0x4: the client does not trust where it had the name from.
    for (number, due) in ["in", "in", "wrong-target"].into_iter().enumerate() {
        let outcome = attempt(policy(number).unwrap(), |login| {
            login.set(AvId::TARGET_NAME, &utf16("HTTP/web.ad.example.com"));
            login.set(AvId::FLAGS, &[6, 0, 0, 0]);
        });
        assert_eq!(kind(outcome), due);
    }
    let untrusted = attempt(ntlm(), |login| {
        login.set(AvId::TARGET_NAME, &utf16("HTTP/web"));
        login.set(AvId::FLAGS, &[6, 0, 0, 0]);
    });
    assert_eq!(untrusted.unwrap().details::<Details>().unwrap().target_name, None);
    let context = attempt(ntlm(), |login| login.set(AvId::TARGET_NAME, &utf16("HTTP/web"))).unwrap();
    assert_eq!(context.details::<Details>().unwrap().target_name.as_deref(), Some("HTTP/web"));
}

/// The same words for an unknown user, a wrong password, a wrong domain, and an account that nobody may log in to.
#[test]
fn d23_unknown_users_and_wrong_passwords_are_alike() {
    let text = |change: &dyn Fn(&mut Login)| {
        let rejected = attempt(ntlm(), |login| change(login)).unwrap_err();
        assert!(rejected.token.is_none());
        (rejected.error.kind(), rejected.error.to_string().replace("alice", "USER").replace("nobody", "USER"))
    };
    let wrong = text(&|login| login.password = "another".into());
    assert_eq!(wrong.0, "logon-failure");
    assert_eq!(wrong.1, r"user ADEX\USER is unknown or the password is wrong");
    assert_eq!(text(&|login| login.user = "nobody".into()), wrong);
    // Where no domain was named the line says what to do, for the one as for the other.
    let undomained = text(&|login| (login.domain, login.password) = ("".into(), "another".into()));
    let expected = "user USER is unknown or the password is wrong; no domain was named: if the \
                    account has one, write DOMAIN\\user, or let the store take an empty domain for its own";
    assert_eq!(undomained.1, expected);
    assert_eq!(text(&|login| (login.domain, login.user) = ("".into(), "nobody".into())), undomained);
    assert_eq!(
        text(&|login| {
            login.user = "nobody".into();
            login.password.clear();
        }),
        wrong
    );
    // An account without a password: nobody logs in to it from afar.
    let empty = text(&|login| {
        login.user = "nopassword".into();
        login.password.clear();
    });
    assert_eq!(empty.0, "logon-failure");
    // Half of the proof, none of it.
    assert_eq!(refused(|login| login.nt = Some(vec![0; 24])), "ntlmv1-refused");
}

/// Known and unknown users take the same time, as far as a test can tell: the medians differ by less than a tenth.
#[test]
fn d23_unknown_users_take_as_long() {
    let acceptor = Acceptor::builder().ntlm(ntlm()).build().unwrap();
    let once = |user: &str| {
        let (mut login, handshake) = Login::begin(&acceptor, None);
        (login.user, login.password) = (user.into(), "another".into());
        let token = login.authenticate();
        let began = Instant::now();
        let outcome = handshake.accept(&token, NOW);
        let took = began.elapsed();
        assert!(outcome.is_err());
        took
    };
    let median = |mut times: Vec<std::time::Duration>| {
        times.sort();
        times[times.len() / 2].as_nanos() as f64
    };
    // Others use the machine as well, so one quiet round of many is enough.
    let alike = (0..20).any(|_| {
        let (known, unknown): (Vec<_>, Vec<_>) = (0..400).map(|_| (once("alice"), once("nobod"))).unzip();
        let difference = (median(known) / median(unknown) - 1.0).abs();
        println!("known and unknown users differ by {:.1} %", difference * 100.0);
        difference < 0.1
    });
    assert!(alike);
}

#[test]
fn d25_who_it_is_says_the_store() {
    let hash = || NtHash::from_password(PASSWORD).unwrap();
    let acceptor = Acceptor::builder().ntlm(ntlm::Acceptor::new(TargetInfo::new("web").unwrap())).build().unwrap();
    let ask = |change: &dyn Fn(&mut Login)| {
        let (mut login, handshake) = Login::begin(&acceptor, None);
        change(&mut login);
        match handshake.accept(&login.authenticate(), NOW).unwrap() {
            Accept::NeedsAccount(query) => query,
            other => panic!("{other:?}"),
        }
    };
    // A UPN, which the store knows by another name.
    let query = ask(&|login| (login.user, login.domain) = ("alice@ad.example.com".into(), String::new()));
    assert_eq!((query.question().user(), query.question().domain()), ("alice@ad.example.com", ""));
    assert_eq!(query.question().workstation(), "CLIENT");
    let answer = AccountAnswer::nt_hash(Account::new("ADEX", "alice"), &hash());
    let Ok(Accept::Established { context, .. }) = query.continue_with(answer, NOW) else { panic!() };
    assert_eq!(context.peer().to_string(), r"ADEX\alice");
    let details: &Details = context.details().unwrap();
    assert_eq!((details.user_name.as_str(), details.domain_name.as_str()), ("alice@ad.example.com", ""));

    // A domain controller's word, and its key.
    let (login, handshake) = Login::begin(&acceptor, None);
    let (_, base) = login.response();
    let Ok(Accept::NeedsAccount(query)) = handshake.accept(&login.authenticate(), NOW) else { panic!() };
    assert_eq!(query.question().server_challenge(), &login.challenge);
    assert_eq!(query.question().nt_response(), login.response().0);
    let answer = AccountAnswer::verified(Account::new("ADEX", "alice"), &SessionBaseKey::new(base));
    let Ok(Accept::Established { context, .. }) = query.continue_with(answer, NOW) else { panic!() };
    assert_eq!(context.details::<Details>().unwrap().proof, Proof::PassThrough);
    assert_eq!(context.session_key(), crate::login::KEY);
    // Another key than that of this response: the MIC tells.
    let answer = AccountAnswer::verified(Account::new("ADEX", "alice"), &SessionBaseKey::new([1; 16]));
    assert_eq!(ask(&|_| ()).continue_with(answer, NOW).unwrap_err().error.kind(), "mic-mismatch");

    for (answer, kind) in [
        (AccountAnswer::unknown(), "logon-failure"),
        (AccountAnswer::refused(), "account-refused"),
        (AccountAnswer::unavailable(), "store-unavailable"),
        (AccountAnswer::nt_hash(Account::new("ADEX", "alice"), &NtHash::new([0; 16])), "logon-failure"),
    ] {
        let rejected = ask(&|_| ()).continue_with(answer, NOW).unwrap_err();
        assert_eq!(rejected.error.kind(), kind);
        assert!(rejected.token.is_none());
    }
    let store = MemoryAccounts::new();
    assert_eq!(ask(&|_| ()).use_store(&store, NOW).unwrap_err().error.kind(), "logon-failure");
}

/// A domain controller that has no such account may let the client in as a guest, whoever it says it is ([MS-NLMP]
/// section 3.2.5.1.2): nothing is proven then, and the key is 16 zeros.
#[test]
fn d29_a_guest_is_refused() {
    let acceptor = Acceptor::builder().ntlm(ntlm::Acceptor::new(TargetInfo::new("web").unwrap())).build().unwrap();
    let (mut login, handshake) = Login::begin(&acceptor, None);
    (login.user, login.password) = ("administrator".into(), "whatever".into());
    login.remove(AvId::FLAGS);
    let Ok(Accept::NeedsAccount(query)) = handshake.accept(&login.authenticate(), NOW) else { panic!() };
    let account = Account::new("ADEX", query.question().user());
    let rejected =
        query.continue_with(AccountAnswer::verified(account, &SessionBaseKey::null_session()), NOW).unwrap_err();
    assert_eq!(rejected.error.kind(), "guest-refused");
    assert!(rejected.token.is_none());

    let guests = || ntlm::Acceptor::new(TargetInfo::new("web").unwrap()).dangerous().allow_guests();
    let outcome = |acceptor: ntlm::Acceptor| {
        let acceptor = Acceptor::builder().ntlm(acceptor).build().unwrap();
        let (login, handshake) = Login::begin(&acceptor, None);
        let Ok(Accept::NeedsAccount(query)) = handshake.accept(&login.authenticate(), NOW) else { panic!() };
        let answer = AccountAnswer::verified(Account::new("ADEX", "Guest"), &SessionBaseKey::null_session());
        query.continue_with(answer, NOW)
    };
    let Ok(Accept::Established { mut context, .. }) = outcome(guests()) else { panic!() };
    assert_eq!(context.peer().to_string(), r"ADEX\Guest");
    assert!(!context.details::<Details>().unwrap().mic, "its MIC is under a password's key, and nobody here has that");
    assert!(context.session_key().is_empty());
    assert_eq!(context.get_mic(b"x").unwrap_err().kind(), "null-session");
    assert_eq!(outcome(guests().require_mic()).unwrap_err().error.kind(), "mic-required");
}

/// What is printed of it has no secret in it, and threads can share it.
#[test]
fn nothing_printed_is_a_secret() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<ntlm::Acceptor>();
    shared::<MemoryAccounts>();
    shared::<ntlm::ReflectionGuard>();
    shared::<ntlm::Error>();
    let answer = AccountAnswer::nt_hash(Account::new("ADEX", "alice"), &NtHash::new([0xab; 16]));
    let key = AccountAnswer::verified(Account::new("ADEX", "alice"), &SessionBaseKey::new([0xab; 16]));
    let acceptor = Acceptor::builder().ntlm(ntlm::Acceptor::new(TargetInfo::new("web").unwrap())).build().unwrap();
    let (login, handshake) = Login::begin(&acceptor, None);
    let asked = handshake.accept(&login.authenticate(), NOW).unwrap();
    let guard = ntlm::ReflectionGuard::new().unwrap();
    let text = format!("{answer:?} {key:?} {asked:?} {guard:?} {:?} {:?}", ntlm(), ntlm().dangerous());
    assert!(text.contains("alice"));
    let response = login.response().0;
    for secret in [&[0xab; 3][..], &response[..3], &guard.machine_id()[..3]] {
        let (decimal, hexadecimal) = (format!("{secret:?}"), format!("{secret:02x?}"));
        let inside = |list: &str| text.contains(list.trim_matches(['[', ']']));
        assert!(!inside(&decimal) && !inside(&hexadecimal), "{text}");
    }
}
