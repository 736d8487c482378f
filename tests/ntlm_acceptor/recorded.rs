//! Recorded exchanges of real clients, judged again: the same verdict, the same keys, the same messages.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;

use negotiate::gss::ContextFlags;
use negotiate::ntlm::message::{AuthenticateMessage, AvId, NtResponse};
use negotiate::ntlm::{Details, Proof};
use negotiate::{Acceptor, Context, Protection};

use crate::case::{Case, cases, front_door, unhex};

/// Both ways of each exchange: its bare messages, and the tokens as they were sent.
fn contexts(case: &Case, acceptor: &Acceptor) -> Vec<Result<Context, String>> {
    let bare = (true, case.run(acceptor, &case.authenticate));
    let carried = (!case.tokens.is_empty()).then(|| (false, case.run_tokens(acceptor)));
    let kind = |(_, outcome): (bool, Result<Context, negotiate::Rejected>)| {
        outcome.map_err(|rejected| rejected.error.kind().to_owned())
    };
    [Some(bare), carried].into_iter().flatten().map(kind).collect()
}

#[test]
fn recorded_logins_are_judged_as_they_should_be() {
    let (mut accepted, mut refused, mut carried) = (0, 0, 0);
    for case in cases() {
        let outcomes = contexts(&case, &front_door(case.acceptor(&case.password)));
        carried += outcomes.len() - 1;
        for outcome in outcomes {
            match (outcome, &case.refusal) {
                (Ok(context), None) => {
                    accepted += 1;
                    let details: &Details = context.details().unwrap();
                    assert_eq!(details.mic, case.mic_at.is_some(), "{}", case.name);
                    if case.door.as_deref() == Some("anonymous") {
                        assert_eq!(context.peer().to_string(), r"NT AUTHORITY\ANONYMOUS LOGON");
                        assert_eq!(details.proof, Proof::Anonymous);
                        continue;
                    }
                    assert_eq!(context.peer().to_string(), r"STORE\the account", "{}", case.name);
                    if let Some(key) = &case.session_key {
                        assert_eq!(context.session_key(), key, "{}", case.name);
                    }
                    let of_v1 = [Proof::NtlmV1, Proof::NtlmV1Extended].contains(&details.proof);
                    assert_eq!(of_v1, case.door.is_some(), "{}", case.name);
                }
                (Err(kind), Some(due)) => {
                    refused += 1;
                    assert_eq!(&kind, due, "{}", case.name);
                }
                (Ok(_), Some(due)) => panic!("{}: got in, and {due} was due", case.name),
                (Err(kind), None) => panic!("{}: {kind}", case.name),
            }
        }
    }
    println!("{accepted} logins accepted, {refused} refused, {carried} of them in SPNEGO");
    assert!(accepted > 150 && refused >= 8 && carried > 10, "{accepted} {refused} {carried}");
}

/// Each of the weak ones needs its door.
#[test]
fn d06_d07_weak_logins_are_refused_while_their_door_is_shut() {
    let mut kinds = BTreeSet::new();
    for case in cases().into_iter().filter(|case| case.door.is_some()) {
        let kind = case.run(&front_door(case.closed_acceptor(&case.password)), &case.authenticate).unwrap_err();
        let due = if case.door.as_deref() == Some("ntlmv1") { "ntlmv1-refused" } else { "anonymous-refused" };
        assert_eq!(kind.error.kind(), due, "{}", case.name);
        assert!(kind.token.is_none());
        kinds.insert(due);
    }
    assert_eq!(kinds.len(), 2);
}

/// Where the octets of a part of a message are.
fn place(message: &[u8], part: &[u8]) -> Range<usize> {
    let begin = part.as_ptr() as usize - message.as_ptr() as usize;
    begin..begin + part.len()
}

fn each_bit(octets: &[u8], place: Range<usize>) -> impl Iterator<Item = Vec<u8>> + '_ {
    place.flat_map(|at| (0..8).map(move |bit| (at, bit))).map(|(at, bit)| {
        let mut changed = octets.to_vec();
        changed[at] ^= 1 << bit;
        changed
    })
}

#[test]
fn d12_d16_d21_no_bit_of_proof_mic_or_bindings_may_differ() {
    let (mut wrong, mut proofs, mut mics, mut sent, mut own) = (0, 0, 0, 0, 0);
    for case in cases().into_iter().filter(|case| case.refusal.is_none() && !case.password.is_empty()) {
        let kind = |acceptor: &Acceptor, case: &Case, octets: &[u8]| {
            let outcome = case.run(acceptor, octets);
            outcome.err().map_or("in", |rejected| rejected.error.kind())
        };
        let other = front_door(case.acceptor("another"));
        assert_eq!(kind(&other, &case, &case.authenticate), "logon-failure", "{}", case.name);
        wrong += 1;

        let acceptor = front_door(case.acceptor(&case.password));
        let message = AuthenticateMessage::parse(&case.authenticate).unwrap();
        let (proof, bindings) = match message.meaning().nt_response().unwrap() {
            NtResponse::V1(response) => (&response[..], None),
            NtResponse::V2(response) => {
                (&response.response[..], response.client_challenge.av_pairs.value(AvId::CHANNEL_BINDINGS))
            }
            NtResponse::None => panic!("{}", case.name),
        };
        for changed in each_bit(&case.authenticate, place(&case.authenticate, proof)) {
            assert_eq!(kind(&acceptor, &case, &changed), "logon-failure", "{}", case.name);
            proofs += 1;
        }
        for changed in case.mic_at.into_iter().flat_map(|at| each_bit(&case.authenticate, at..at + 16)) {
            assert_eq!(kind(&acceptor, &case, &changed), "mic-mismatch", "{}", case.name);
            mics += 1;
        }
        let of_sent = bindings.into_iter().flat_map(|of| each_bit(&case.authenticate, place(&case.authenticate, of)));
        for changed in of_sent {
            assert_eq!(kind(&acceptor, &case, &changed), "logon-failure", "{}", case.name);
            sent += 1;
        }
        let (Some(_), Some(octets)) = (bindings, &case.bindings) else { continue };
        for changed in each_bit(octets, 0..octets.len()) {
            let elsewhere = Case { bindings: Some(changed), ..case.clone() };
            assert_eq!(kind(&acceptor, &elsewhere, &case.authenticate), "bad-bindings", "{}", case.name);
            own += 1;
        }
    }
    println!(
        "{wrong} wrong passwords; bits: {proofs} of proofs, {mics} of MICs, {sent} of bindings sent, {own} of own"
    );
    assert!(wrong > 140 && proofs > 18_000 && mics > 5_000 && sent > 2_000 && own > 1_000);
}

/// A sweep of all prefixes, and of each bit of each message, over the recorded exchanges of every client.
#[test]
fn a07_prefixes_and_bits_of_recorded_messages() {
    const CLIENTS: [&str; 24] = [
        "chromium-toy-full",
        "chromium-tls-cbt-toy-full",
        "chromium-upn-samba",
        "chromium-jurgen-samba",
        "curl-toy-full",
        "curl-samba",
        "curl-toy-lm",
        "firefox-toy-full",
        "java-toy-full",
        "m-gss-toy-full",
        "m-gss-cbt-gss",
        "m-impacket-toy-full",
        "m-impacket-v1-samba",
        "m-pyspnego-cbt-pyspnego",
        "m-samba-toy-full",
        "m-samba-ntlmv1-ess",
        "m-ntlmauthc-to-samba",
        "node-axios-ntlm-toy-full",
        "node-httpntlm-toy-full",
        "requests-ntlm-tls-toy-full",
        "smbclient-smbd-ntlm",
        "smbclient-smbd-anon",
        "wget-toy-full",
        "pingpong-samba-noess",
    ];
    let (mut inputs, mut accepted) = (0_usize, 0_usize);
    for case in cases().into_iter().filter(|case| CLIENTS.contains(&case.name.as_str())) {
        let acceptor = front_door(case.acceptor(&case.password));
        for length in 0..case.authenticate.len() {
            assert!(case.run(&acceptor, &case.authenticate[..length]).is_err(), "{} {length}", case.name);
        }
        for length in 0..case.negotiate.len() {
            let begun = case.begin(&acceptor, &case.negotiate[..length]);
            assert!(begun.is_err() || length >= 32, "{} {length}", case.name);
        }
        inputs += case.authenticate.len() + case.negotiate.len();
        for changed in each_bit(&case.authenticate, 0..case.authenticate.len()) {
            let outcome = case.run(&acceptor, &changed);
            // Row D16: where there is a MIC, it is over all of it.
            assert!(outcome.is_err() || case.mic_at.is_none(), "{}", case.name);
            accepted += usize::from(outcome.is_ok());
            inputs += 1;
        }
        for changed in each_bit(&case.negotiate, 0..case.negotiate.len()) {
            let other = Case { negotiate: changed, ..case.clone() };
            let outcome = other.run(&acceptor, &case.authenticate);
            // What a MIC covers may not differ.
            assert!(outcome.is_err() || case.mic_at.is_none(), "{}", case.name);
            inputs += 1;
        }
    }
    // Without a MIC anybody may change the workstation, the version, LM responses, the encrypted session key.
    println!("{inputs} inputs, of which {accepted} with a bit in AUTHENTICATE_MESSAGE that nothing covers got in");
    assert!(inputs > 40_000);
}

/// What the other side signed and sealed is read, and what this side signs and seals is what the recorded acceptor sent.
#[test]
fn recorded_messages_are_read_and_made_again() {
    // Samba's client returns extended session security that was not offered, and its messages have it: another context.
    const OTHER_KEYS: [&str; 1] = ["m-samba-toy-noess-ti"];
    let (mut logins, mut messages) = (0, 0);
    for case in cases() {
        if case.messages.is_empty() || case.refusal.is_some() || OTHER_KEYS.contains(&case.name.as_str()) {
            continue;
        }
        let ntlm = case.acceptor(&case.password).dangerous().allow_weak_session_security();
        // Behind SPNEGO's signatures the key streams begin anew and the numbers go on.
        let acceptor = front_door(ntlm);
        let bare = case.tokens.is_empty();
        let outcome = if bare { case.run(&acceptor, &case.authenticate) } else { case.run_tokens(&acceptor) };
        let mut context = outcome.unwrap_or_else(|rejected| panic!("{}: {rejected}", case.name));
        if !context.flags().contains(ContextFlags::INTEGRITY) {
            assert_eq!(context.get_mic(b"x").unwrap_err().kind(), "not-negotiated", "{}", case.name);
            continue;
        }
        messages += exchange(&case, &mut context);
        logins += 1;
    }
    println!("{messages} messages of {logins} logins");
    assert!(logins > 50 && messages > 450);
}

fn exchange(case: &Case, context: &mut Context) -> usize {
    let flags = context.details::<Details>().unwrap().flags;
    let extended = flags.contains(negotiate::ntlm::message::NegotiateFlags::EXTENDED_SESSIONSECURITY);
    let sealed = context.flags().contains(ContextFlags::CONFIDENTIALITY);
    let protection = if sealed { Protection::Confidentiality } else { Protection::Integrity };
    let mut count = 0;
    for message in &case.messages {
        // Without extended session security there is one key stream for both sides, and only these take turns with it.
        if !extended && !message.from_initiator && !case.name.starts_with("pingpong") {
            break;
        }
        // RandomPad, which is not compared: Samba leaves what RC4 made of it, gss-ntlmssp zeros.
        let without_pad = |token: &[u8]| {
            let mut token = token.to_vec();
            if !extended {
                token[4..8].fill(0);
            }
            token
        };
        match (message.from_initiator, message.is_mic) {
            (true, true) => context.verify_mic(&message.plain, &message.token).unwrap(),
            (true, false) => {
                let mut token = message.token.clone();
                let unwrapped = context.unwrap(&mut token).unwrap_or_else(|error| panic!("{}: {error}", case.name));
                assert_eq!(
                    (unwrapped.message, unwrapped.protection),
                    (&message.plain[..], protection),
                    "{}",
                    case.name
                );
            }
            (false, true) => {
                let made = context.get_mic(&message.plain).unwrap();
                assert_eq!(without_pad(&made), without_pad(&message.token), "{}", case.name);
            }
            (false, false) => {
                let made = context.wrap(&message.plain, protection).unwrap();
                assert_eq!(without_pad(&made), without_pad(&message.token), "{}", case.name);
            }
        }
        count += 1;
    }
    count
}

/// Whoever is refused learns that, and nothing else.
#[test]
fn d23_a_refused_peer_is_told_that_it_is_refused() {
    let mut told = BTreeSet::new();
    let (mut tokens, mut count) = (BTreeSet::new(), 0);
    for case in cases().into_iter().filter(|case| !case.tokens.is_empty() && case.door.is_none()) {
        for change in 0..3 {
            let mut case = case.clone();
            let token = case.tokens.last_mut().unwrap();
            let message = token.windows(8).position(|octets| octets == b"NTLMSSP\0").unwrap();
            match change {
                // The workstation's name, which the MIC is over; the MIC.
                0 => token[message + 44] ^= 2,
                1 => token[message + 80] ^= 1,
                _ => {}
            }
            let password = if change == 2 { "another" } else { &case.password };
            let Err(rejected) = case.run_tokens(&front_door(case.acceptor(password))) else { continue };
            told.insert(rejected.error.kind());
            tokens.insert(rejected.token);
            count += 1;
        }
    }
    println!("{count} refusals of the kinds {told:?}");
    assert!(count > 20 && told.len() >= 2 && tokens.len() == 1, "{told:?} {tokens:?}");
}

/// docs/interop.md lists where this acceptor says otherwise than the recorded one, and nothing else.
#[test]
fn what_others_judge_otherwise_is_documented() {
    let page = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/interop.md")).unwrap();
    let (_, table) = page.split_once("## NTLM").unwrap();
    let (table, _pac) = table.split_once("## PAC").unwrap();
    let listed: BTreeSet<_> = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).collect();
    let listed: BTreeSet<_> = listed.into_iter().map(|(name, _)| name.to_owned()).collect();
    let disputed: BTreeSet<_> = cases().into_iter().filter(|case| case.is_disputed).map(|case| case.name).collect();
    assert_eq!(listed, disputed);
}

/// Every recorded exchange of the shared folder is among the files.
#[test]
fn no_recorded_exchange_is_left_out() {
    let folder = std::env::var_os("NEGOTIATE_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    if !folder.is_dir() {
        println!("no vectors, no folder {}", folder.display());
        return;
    }
    let known: BTreeSet<_> = cases().into_iter().map(|case| (case.challenge, case.authenticate)).collect();
    let mut count = 0;
    for entry in std::fs::read_dir(folder.join("ntlm")).expect("the folder is there, so is this one") {
        let case: serde_json::Value = serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
        let octets = |message: &str| unhex(case["ntlm"][message]["hex"].as_str().unwrap_or_default());
        let (challenge, authenticate) = (octets("challenge"), octets("authenticate"));
        if !authenticate.is_empty() {
            assert!(known.contains(&(challenge, authenticate)), "{}", case["name"]);
            count += 1;
        }
    }
    println!("{count} recorded exchanges");
    assert!(count > 150);
}
