//! NTLM explained: every field as the recorders of the exchanges decoded it, the check of the response as they verified
//! it, damaged messages as far as they make sense, and no response in sight.
#![cfg(all(feature = "kerberos", feature = "ntlm"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its functions as well"
)]

use std::fs;
use std::path::{Path, PathBuf};

use negotiate::inspect::{Explanation, Node, Options, explain};
use negotiate::ntlm::message::{Authenticate, Challenge, NegotiateFlags};
use negotiate::ntlm::response::{LmHash, NtHash, lm_v1};
use serde_json::Value;

// What others decoded.

#[test]
fn fields_equal_an_independent_decoding() {
    let Some(cases) = shared_cases() else { return };
    let mut messages = 0;
    for case in &cases {
        for kind in ["negotiate", "challenge", "authenticate"] {
            let decoded = &case["ntlm"][kind];
            if decoded["hex"].is_string() {
                compare(kind, decoded, text(&case["name"]));
                messages += 1;
            }
        }
    }
    println!("{messages} messages compared");
    assert!(messages > 400, "{messages}");
}

fn compare(kind: &str, decoded: &Value, label: &str) {
    let octets = octets(&decoded["hex"]);
    let explanation = explain(&octets, &Options::new().show_keys());
    assert!(explanation.is_sound(), "{label}\n{explanation}");
    let root = explanation.root();
    assert_eq!(root.kind, format!("{}_MESSAGE", kind.to_uppercase()), "{label}");
    covers(root, octets.len(), label);

    let value = |name: &str| root.child(name).and_then(|node| node.value.as_deref());
    let flags: Vec<_> =
        value("NegotiateFlags").unwrap().split(' ').skip(1).filter(|name| !name.starts_with("bit-")).collect();
    let expected: Vec<_> =
        decoded["flag_names"].as_array().unwrap().iter().map(text).filter(|name| !name.starts_with("0x")).collect();
    assert_eq!(flags, expected, "{label}");
    if kind == "negotiate" {
        return;
    }
    let pairs = if kind == "challenge" {
        assert_eq!(value("ServerChallenge").unwrap(), text(&decoded["server_challenge"]), "{label}");
        assert_eq!(value("TargetName").unwrap_or_default(), text(&decoded["target_name"]), "{label}");
        compare_pairs(root.child("TargetInfo"), &decoded["target_info"], label)
    } else {
        compare_authenticate(root, decoded, label);
        compare_pairs(root.find("AvPairs"), &decoded["blob"]["avs"], label)
    };
    assert!(pairs < 16);
}

fn compare_authenticate(root: &Node, decoded: &Value, label: &str) {
    let value = |name: &str| root.find(name).and_then(|node| node.value.as_deref()).unwrap_or_default();
    for (name, expected) in [("DomainName", "domain"), ("UserName", "user"), ("Workstation", "workstation")] {
        let shown = value(name).split(" (").next().unwrap_or_default();
        let expected = text(&decoded[expected]);
        // Which code page OEM is nobody says, so it is spelt out.
        assert!(
            shown == expected || shown.contains("\\x") || value(name).contains("code page"),
            "{label}: {shown} {expected}"
        );
    }
    assert_eq!(value("EncryptedRandomSessionKey"), text(&decoded["enc_session_key"]), "{label}");
    let proof = root
        .child("NtChallengeResponse")
        .and_then(|node| node.child("Response"))
        .and_then(|node| node.value.as_deref());
    let expected = decoded["nt_proof"].as_str().unwrap_or(text(&decoded["nt"]));
    assert_eq!(proof.unwrap_or_default(), expected, "{label}");
    let blob = &decoded["blob"];
    if blob.is_object() {
        let challenge = root.find("NTLMv2_CLIENT_CHALLENGE").unwrap();
        let own = |name: &str| challenge.child(name).unwrap().value.clone().unwrap();
        assert_eq!(own("ChallengeFromClient"), text(&blob["client_challenge"]), "{label}");
        let time = blob["timestamp"].as_u64().unwrap();
        assert!(own("TimeStamp").ends_with(&format!("({time})")), "{label}: {}", own("TimeStamp"));
    }
    let mic = root.child("MIC").filter(|node| node.value.as_ref().unwrap().ends_with("announced by MsvAvFlags"));
    assert_eq!(mic.map_or(Value::Null, |node| node.range.start.into()), decoded["mic_offset"], "{label}");
    if let Some(mic) = mic {
        assert!(mic.value.as_ref().unwrap().starts_with(text(&decoded["mic"])), "{label}");
    }
}

/// How many pairs there are, once they are as decoded.
fn compare_pairs(list: Option<&Node>, decoded: &Value, label: &str) -> usize {
    let expected: Vec<_> = decoded.as_array().into_iter().flatten().collect();
    let pairs = list.into_iter().flat_map(|list| &list.children);
    let shown: Vec<_> = pairs.filter(|node| node.kind == "AV_PAIR" && node.name != "MsvAvEOL").collect();
    assert_eq!(shown.len(), expected.len(), "{label}");
    for (shown, expected) in shown.iter().zip(&expected) {
        let value = shown.value.as_deref().unwrap_or_default();
        if let Some(name) = expected["name"].as_str() {
            assert_eq!(shown.name, format!("MsvAv{name}"), "{label}");
        }
        match &expected["value"] {
            Value::Number(number) if shown.name == "MsvAvTimestamp" => {
                assert!(value.ends_with(&format!("({number})")), "{label}: {value}");
            }
            Value::Number(number) => {
                let number = format!("{:#010x}", number.as_u64().unwrap());
                assert_eq!(value.split(' ').next().unwrap(), number, "{label}");
            }
            Value::String(zeros) if zeros.len() == 32 && zeros.bytes().all(|digit| digit == b'0') => {
                assert_eq!(value, "all zero: none", "{label}");
            }
            Value::String(expected) if shown.name == "MsvAvChannelBindings" => {
                assert!(value.starts_with(expected), "{label}")
            }
            Value::String(expected) if shown.name == "MsvAvSingleHost" => {
                let machine = &expected[expected.len() - 64..];
                assert!(value.contains(machine) || value.contains("MachineID"), "{label}: {value}");
            }
            Value::String(expected) => assert_eq!(value, expected, "{label}"),
            other => panic!("{label}: {other}"),
        }
    }
    expected.len()
}

/// Every octet belongs to a field without children, each field lies in its parent, and they stand in order.
fn covers(root: &Node, length: usize, label: &str) {
    let mut covered = vec![0; length];
    for (_, node) in root.walk() {
        let mut end = node.range.start;
        for child in &node.children {
            assert!(child.range.start >= end && child.range.end <= node.range.end, "{label}: {} {child:?}", node.name);
            end = child.range.end;
        }
        if node.children.is_empty() {
            covered[node.range.clone()].iter_mut().for_each(|count| *count += 1);
        }
    }
    assert!(covered.iter().all(|count| *count == 1), "{label}: {covered:?}");
}

#[test]
fn every_recorded_token_is_sound() {
    let Some(cases) = shared_cases() else { return };
    let (mut tokens, mut signatures) = (0, 0);
    for case in &cases {
        for leg in case["legs"].as_array().into_iter().flatten() {
            let explanation = explain(text(&leg["hex"]).as_bytes(), &Options::new());
            // One recorded leg is a status code in hexadecimal, and some are Kerberos.
            if !text(&leg["hex"]).starts_with("3534") {
                assert!(explanation.is_sound(), "{}\n{explanation}", case["name"]);
            }
            tokens += 1;
            signatures += usize::from(of_kind(explanation.root(), "NTLMSSP_MESSAGE_SIGNATURE").is_some());
        }
        for message in case["messages"].as_array().into_iter().flatten() {
            let explanation = explain(&octets(&message["token"]), &Options::new());
            assert_eq!(explanation.root().kind, "NTLMSSP_MESSAGE_SIGNATURE");
            assert!(explanation.is_sound());
            signatures += 1;
        }
    }
    println!("{tokens} tokens, {signatures} signatures");
    assert!(tokens > 500 && signatures > 500, "{tokens} {signatures}");
}

// The check.

#[test]
fn d07_d09_d16_recorded_responses_are_right_with_their_password_only() {
    let Some(cases) = shared_cases() else { return };
    let (mut right, mut wrong, mut mics) = (0, 0, 0);
    for case in cases.iter().filter(|case| case["password"].is_string() && case["verified"].is_object()) {
        let (name, verified) = (text(&case["name"]), &case["verified"]);
        let login = Login::of(case);
        let (hash, other) = (NtHash::from_password(text(&case["password"])).unwrap(), NtHash::new([7; 16]));
        // httpntlm claims what was not offered; the recorder held it to it, the response is right nevertheless.
        let fits = verified["ok"] == true || name == "node-httpntlm-toy-noess";
        for options in [login.options().password(text(&case["password"])), login.options().nt_hash(&hash)] {
            let explanation = explain(&login.authenticate, &options.show_keys());
            assert_eq!(explanation.is_sound(), fits, "{name}\n{explanation}");
            let (check, verdict) = check(&explanation, "NtChallengeResponse");
            assert!(verdict.starts_with(if fits { "right" } else { "wrong" }), "{name}: {verdict}");
            let line = check.value.clone().unwrap();
            assert!(explanation.hints().contains(&line) && line.contains("does not fit") != fits, "{name}: {line}");
            if !fits {
                assert!(check.child("SessionBaseKey").is_none(), "{name}");
                continue;
            }
            if name != "node-httpntlm-toy-noess" {
                for key in ["session_base_key", "exported_session_key"] {
                    let shown = if key == "session_base_key" { "SessionBaseKey" } else { "ExportedSessionKey" };
                    assert_eq!(check.child(shown).unwrap().value.as_deref(), verified[key].as_str(), "{name}");
                }
            }
            let mic = check.child("MIC").map(|node| node.value.as_deref().unwrap().starts_with("right"));
            assert_eq!(mic, (verified["mic_present"] == true).then_some(true), "{name}");
            mics += usize::from(mic.is_some());
        }
        right += usize::from(fits);
        for options in [login.options().password("Alice-pw-1 "), login.options().nt_hash(&other)] {
            let explanation = explain(&login.authenticate, &options);
            assert!(!explanation.is_sound(), "{name}");
            assert_eq!(self::check(&explanation, "NtChallengeResponse").1, "wrong", "{name}");
            wrong += 1;
        }
    }
    println!("{right} right, {wrong} wrong, {mics} MICs");
    assert!(right > 140 && wrong > 300 && mics > 100, "{right} {wrong} {mics}");
}

/// The LM and LMv2 responses beside it, as verified independently.
#[test]
fn lm_responses_are_told_apart() {
    let Some(cases) = shared_cases() else { return };
    let mut counts = [0; 3];
    for case in cases.iter().filter(|case| case["password"].is_string() && case["verified"]["ok"] == true) {
        let (name, verified) = (text(&case["name"]), &case["verified"]);
        let login = Login::of(case);
        let explanation = explain(&login.authenticate, &login.options().password(text(&case["password"])));
        let lm = of_kind(explanation.root(), "check").unwrap().child("LmChallengeResponse");
        let says = |words: &str| lm.is_some_and(|node| node.value.as_deref().unwrap().starts_with(words));
        if verified["lmv2_ok"] == true {
            assert!(says("right: LMv2"), "{name}\n{explanation}");
            counts[0] += 1;
        } else if verified["lm_ok"] == true {
            assert!(says("right: LM"), "{name}\n{explanation}");
            counts[1] += 1;
        } else if verified["lm_is_nt"] == true {
            assert!(says("the NTLM response again"), "{name}\n{explanation}");
            counts[2] += 1;
        } else if verified["lmv2_ok"] == false {
            assert!(lm.is_none() || says("not an LMv2 response"), "{name}\n{explanation}");
        } else {
            assert!(lm.is_none(), "{name}\n{explanation}");
        }
    }
    println!("{counts:?}");
    assert!(counts[0] > 30 && counts[1] > 5 && counts[2] > 2, "{counts:?}");
}

#[test]
fn a_whole_check_of_a_login_of_chromium() {
    let login = Login::kept("chromium");
    let explanation = explain(&login.authenticate, &login.options().password(PASSWORD));
    let (node, nt) = check(&explanation, "NtChallengeResponse");
    assert_eq!(nt, "right: NTLMv2, NTProofStr fits");
    assert_eq!(check(&explanation, "MIC").1, "right: the three messages are as they were sent");
    assert_eq!(check(&explanation, "TargetInfo").1, "right: each of the challenge's 5 AV_PAIRs is repeated");
    assert_eq!(node.value.as_deref(), Some("the response fits the password and the challenge"));
    assert!(explanation.is_sound());
    // The same in every form, and inside SPNEGO.
    let hexadecimal: String = login.challenge.iter().map(|octet| format!("{octet:02x}")).collect();
    let wrapped = wrap(&login.challenge);
    for challenge in [hexadecimal.as_bytes(), &wrapped] {
        let options = Options::new().challenge(challenge).negotiate(&login.negotiate).password(PASSWORD);
        let explanation = explain(&wrap(&login.authenticate), &options);
        assert!(explanation.is_sound(), "{explanation}");
        assert!(check(&explanation, "MIC").1.starts_with("right"), "{explanation}");
    }
}

#[test]
fn d16_each_bit_of_proof_mic_and_negotiate_counts() {
    let login = Login::kept("chromium");
    let verdict = |login: &Login, name: &str| {
        let explanation = explain(&login.authenticate, &login.options().password(PASSWORD));
        assert!(!explanation.is_sound());
        check(&explanation, name).1.to_owned()
    };
    for at in 112..128 {
        for bit in 0..8 {
            let mut wrong = login.clone();
            wrong.authenticate[at] ^= 1 << bit;
            assert_eq!(verdict(&wrong, "NtChallengeResponse"), "wrong");
        }
    }
    for at in 72..88 {
        for bit in 0..8 {
            let mut wrong = login.clone();
            wrong.authenticate[at] ^= 1 << bit;
            assert!(verdict(&wrong, "MIC").starts_with("wrong"));
        }
    }
    // A flag of the first message, changed on its way, is seen by the MIC alone.
    let mut wrong = login.clone();
    wrong.negotiate[14] ^= 0x08;
    assert!(verdict(&wrong, "MIC").starts_with("wrong"));
    let explanation = explain(&wrong.authenticate, &wrong.options().password(PASSWORD));
    assert!(check(&explanation, "NtChallengeResponse").1.starts_with("right"));
    assert!(explanation.hints().iter().any(|hint| hint.ends_with("but see the check of MIC")), "{explanation}");
    // Another challenge, with another name in it.
    let mut wrong = login;
    wrong.challenge[68] ^= 1;
    assert!(verdict(&wrong, "TargetInfo").contains("MsvAvNbDomainName"));
}

/// What Windows 95 sent: an LM response and no other. And what nobody sends: none, but a name.
#[test]
fn an_lm_response_alone_counts() {
    let (flags, server_challenge) = (NegotiateFlags::OEM | NegotiateFlags::NTLM, [1, 2, 3, 4, 5, 6, 7, 8]);
    let challenge = Challenge { flags, server_challenge, ..Challenge::default() }.encode().unwrap();
    let lm = lm_v1(&LmHash::from_password(PASSWORD).unwrap(), &server_challenge);
    for (lm, password, sound, expected) in [
        (&lm[..], PASSWORD, true, "the LM response fits"),
        (&lm, "another", false, "no response that fits; but see the check of LmChallengeResponse"),
        (&[], PASSWORD, false, "no response that fits"),
    ] {
        let user_name = &b"ALICE"[..];
        let message = Authenticate { flags, user_name, lm_challenge_response: lm, ..Authenticate::default() };
        let message = message.encode().unwrap();
        let explanation = explain(&message, &Options::new().challenge(&challenge).password(password));
        assert_eq!(explanation.is_sound(), sound, "{explanation}");
        assert!(explanation.hints().iter().any(|hint| hint.contains(expected)), "{expected}\n{explanation}");
    }
}

#[test]
fn what_is_missing_for_a_check_is_said() {
    let login = Login::kept("chromium");
    let said = |token: &[u8], options: &Options<'_>| {
        let explanation = explain(token, options);
        (explanation.to_string(), explanation.is_sound())
    };
    for (options, sound, expected) in [
        (Options::new().password(PASSWORD), false, "the challenge that it answers is needed"),
        (
            Options::new().challenge(b"oQcwBaADCgEB").password(PASSWORD),
            false,
            "the challenge given is no CHALLENGE_MESSAGE",
        ),
        (
            Options::new().challenge(&login.challenge[..60]).password(PASSWORD),
            false,
            "the response is not checked: the challenge:",
        ),
        (Options::new().challenge(&login.challenge), true, "the password or its hash is needed"),
        (Options::new().challenge(&login.challenge).password(PASSWORD), true, "the NEGOTIATE_MESSAGE is needed"),
        (
            Options::new().challenge(&login.challenge).password(PASSWORD).negotiate(b"hello"),
            false,
            "is no NEGOTIATE_MESSAGE",
        ),
        (login.options().password(&"x".repeat(2000)), false, "a password of 2000 octets is refused"),
    ] {
        let (text, is_sound) = said(&login.authenticate, &options);
        assert!(text.contains(expected) && is_sound == sound, "{expected}\n{text}");
    }
    let (text, is_sound) = said(&login.negotiate, &login.options());
    assert!(text.contains("only an AUTHENTICATE_MESSAGE has responses") && !is_sound, "{text}");
    let (text, is_sound) = said(&login.authenticate[..300], &login.options().password(PASSWORD));
    assert!(text.contains("the response is not checked: the message:") && !is_sound, "{text}");
}

// Hints.

#[test]
fn hints_say_what_a_person_wants_to_know() {
    for (client, message, expected) in [
        ("chromium", 1, "this is NTLM: the browser had no ticket"),
        ("curl", 1, "OEM code page only"),
        ("wget", 1, "extended session security is not offered"),
        ("wget", 2, "no TargetInfo"),
        ("chromium", 2, "this is NTLM's challenge"),
        ("chromium", 3, "the login is ADEX\\alice's, from a machine that calls itself vm"),
        ("chromium", 3, "it was made for HTTP/web.ad.example.com:8080"),
        ("chromium", 3, "no channel bindings (all zero)"),
        ("firefox", 3, "no MIC"),
        ("firefox", 3, "does not say for which service"),
        ("wget", 3, "the response is NTLMv1"),
        ("wget", 3, "the login is ADEX\\alice's"),
    ] {
        let login = Login::kept(client);
        let message = [&login.negotiate, &login.challenge, &login.authenticate][message - 1];
        let explanation = explain(message, &Options::new());
        assert!(explanation.hints().iter().any(|hint| hint.contains(expected)), "{client}: {expected}\n{explanation}");
    }
}

/// No response, no name: as smbclient logs in without an account.
#[test]
fn an_anonymous_login_is_called_so() {
    let Some(cases) = shared_cases() else { return };
    let case = cases.iter().find(|case| case["name"] == "smbclient-smbd-anon").unwrap();
    let login = Login::of(case);
    let explanation = explain(&login.authenticate, &login.options().password(PASSWORD).show_keys());
    assert!(explanation.hints().iter().any(|hint| hint.starts_with("an anonymous login")), "{explanation}");
    let check = of_kind(explanation.root(), "check").unwrap();
    assert_eq!(check.child("SessionBaseKey").unwrap().value.as_deref(), Some(&*"0".repeat(32)));
}

// Secrets and terminals.

#[test]
fn g03_no_response_and_no_key_is_shown_unless_asked_for() {
    let Some(cases) = shared_cases() else { return };
    let mut secrets = 0;
    for case in cases.iter().filter(|case| case["ntlm"]["authenticate"].is_object()) {
        let (login, decoded, verified) = (Login::of(case), &case["ntlm"]["authenticate"], &case["verified"]);
        let password = case["password"].as_str().unwrap_or(PASSWORD);
        let options = login.options().password(password);
        let hidden = explain(&login.authenticate, &options);
        let texts = [hidden.to_string(), hidden.to_json(), format!("{hidden:?}"), format!("{options:?}")];
        // A damaged message, too: its octets end up where none should be.
        let mut damaged = login.authenticate.clone();
        for at in [12, 20] {
            damaged[at] = 1;
        }
        let damaged = explain(&damaged, &options).to_string();
        let lm = text(&decoded["lm"]);
        let proof = decoded["nt_proof"].as_str().unwrap_or(text(&decoded["nt"]));
        let keys = ["session_base_key", "exported_session_key"].map(|key| text(&verified[key]));
        let mic = text(&decoded["mic"]);
        for secret in
            [lm.get(..32).unwrap_or_default(), proof, keys[0], keys[1], mic, text(&decoded["enc_session_key"])]
        {
            // Zeros are no secret, and stand in other places. Neither is the challenge in front of zeros.
            if secret.len() < 32 || secret.ends_with("0000000000000000") {
                continue;
            }
            for text in texts.iter().chain([&damaged]) {
                assert!(!text.contains(&secret[..16]), "{}: {secret}\n{text}", case["name"]);
            }
            secrets += 1;
        }
        assert!(texts.iter().all(|text| !text.contains(password)), "{}", case["name"]);
    }
    println!("{secrets} secrets stayed out of sight");
    assert!(secrets > 400, "{secrets}");
}

/// A length that is damaged, in a message that is cut: what is left of the response is one all the same.
#[test]
fn g03_a_response_of_a_wrong_length_stays_out_of_sight() {
    let flags = NegotiateFlags::UNICODE | NegotiateFlags::NTLM;
    let response = lm_v1(&LmHash::from_password("Password").unwrap(), &[1, 2, 3, 4, 5, 6, 7, 8]);
    let mut token =
        Authenticate { flags, lm_challenge_response: &response, ..Authenticate::default() }.encode().unwrap();
    assert!(token.ends_with(&response));
    token[12] = 25;
    let explanation = explain(&token, &Options::new());
    let hex: String = response[8..].iter().map(|octet| format!("{octet:02x}")).collect();
    for text in [explanation.to_string(), explanation.to_json()] {
        assert!(!text.contains(&hex[..16]), "{text}");
    }
    assert!(explanation.to_string().contains("a response of 25 octets"), "{explanation}");
}

#[test]
fn g03_options_print_no_password() {
    let hash = NtHash::new([0xab; 16]);
    let printed = format!("{:?}", Options::new().password("hunter2").nt_hash(&hash));
    assert!(!printed.contains("hunter2") && !printed.contains("abab") && !printed.contains("171"), "{printed}");
}

#[test]
fn a09_names_command_no_terminal() {
    let mut authenticate = Login::kept("chromium").authenticate;
    // alice, in UTF-16.
    for (to, octet) in authenticate[366..376].iter_mut().zip(*b"\x1b\0]\0\x9b\0\x2e\x20\x07\0") {
        *to = octet;
    }
    let explanation = explain(&authenticate, &Options::new());
    for text in [explanation.to_string(), explanation.to_json()] {
        let commands = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(commands), "{text:?}");
    }
    assert!(explanation.to_string().contains("\\u{1b}]\\u{9b}\\u{202e}\\u{7}"), "{explanation}");
}

// Damage.

/// Of five logins all messages, and what was recorded besides: every prefix, every flipped bit.
#[test]
fn d01_d02_d04_every_prefix_and_every_flipped_bit() {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for client in CLIENTS {
        let login = Login::kept(client);
        messages.extend([login.negotiate, login.challenge, login.authenticate]);
    }
    let more =
        ["m-gss-to-gss", "m-samba-ntlmv1-lm", "m-impacket-cbt-gss", "spnego-samba-to-samba", "smbclient-smbd-anon"];
    for case in shared_cases().iter().flatten() {
        if more.iter().any(|name| text(&case["name"]).starts_with(name)) {
            messages.extend(case["legs"].as_array().unwrap().iter().map(|leg| octets(&leg["hex"])));
        }
    }
    let login = Login::kept("chromium");
    let options = login.options().password(PASSWORD);
    let (mut inputs, mut unsound) = (0, 0);
    for message in &messages {
        for end in 0..message.len() {
            render(&message[..end], &options);
        }
        let mut flipped = message.clone();
        for bit in 0..message.len() * 8 {
            flipped[bit / 8] ^= 1 << (bit % 8);
            unsound += usize::from(!render(&flipped, &options));
            flipped[bit / 8] ^= 1 << (bit % 8);
        }
        inputs += message.len() * 9;
    }
    println!("{} messages, {inputs} damaged ones explained, {unsound} not sound", messages.len());
    assert!(messages.len() >= 15 && inputs > 20_000 && unsound > 1_000);
}

/// What is wrong is named where it stands.
#[test]
fn d01_d02_d04_damage_is_named() {
    let chromium = Login::kept("chromium").authenticate;
    for (at, octets, expected) in [
        (20, &[0xf6, 2][..], "NtChallengeResponse would end at octet 870 of a message that has 380"),
        (32, &[200, 0], "DomainName begins at octet 200 of the message, which is not its own"),
        (40, &[12, 0], "UserName begins at octet 12 of the message, which is not its own"),
        (60, &[4], "neither UNICODE nor OEM"),
        (128, &[2], "RespType must be 01"),
        (134, &[1], "Reserved2 must be 00000000"),
        (158, &[200], "AvLen says 200 octets, but 198 are left"),
        (168, &[2], "this pair is there twice"),
        (264, &[3], "length"),
        (352, &[4], "MsvAvEOL has no octets"),
        (357, &[1], "four zero octets and nothing else"),
        (12, &[25], "a response of 25 octets"),
        (20, &[9, 0], "a response of 9 octets"),
        (361, &[0xd8], "not UTF-16"),
        (16, &[64], "there is no room for it"),
    ] {
        let mut wrong = chromium.clone();
        wrong[at..at + octets.len()].copy_from_slice(octets);
        let explanation = explain(&wrong, &Options::new());
        assert!(!explanation.is_sound(), "{at}");
        assert!(explanation.to_string().contains(expected), "{at} {expected}\n{explanation}");
    }
    let other = explain(b"NTLMSSP\0\x07\0\0\0", &Options::new());
    assert!(other.to_string().contains("no such MessageType") && !other.is_sound());
    let cut = explain(&chromium[..30], &Options::new());
    assert!(cut.to_string().contains("2 octets are left for DomainNameFields, which has 8"), "{cut}");
}

/// A list of 64 KiB of empty pairs has a bound.
#[test]
fn d04_lists_without_end_are_cut_off() {
    let mut message =
        b"NTLMSSP\0\x02\0\0\0\0\0\0\0\0\0\0\0\x01\x02\x80\0ABCDEFGH\0\0\0\0\0\0\0\0\xfc\xff\xfc\xff\x30\0\0\0".to_vec();
    message.extend(b"\x63\0\0\0".repeat(16_383));
    let explanation = explain(&message, &Options::new());
    assert!(!explanation.is_sound() && explanation.root().walk().count() < 10_000);
}

fn render(token: &[u8], options: &Options<'_>) -> bool {
    let explanation = explain(token, options);
    let _ = (explanation.to_string(), explanation.to_json());
    explanation.is_sound()
}

// The guide.

/// The guide shows a real message as it is printed.
#[test]
fn the_guide_shows_what_is_printed() {
    let login = Login::kept("chromium");
    let explanation = explain(&login.authenticate, &login.options().password(PASSWORD));
    let printed = explanation.to_string().replacen("a token in binary", "a token in base64", 1);
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tokens.md")).unwrap();
    assert!(guide.split("```").any(|block| block.strip_prefix("text\n") == Some(&*printed)), "{printed}");
}

// The logins of the repository, and the larger collection beside it.

/// Of the throw-away domain ADEX.
const PASSWORD: &str = "Alice-Pw-1";

const CLIENTS: [&str; 5] = ["chromium", "curl", "firefox", "java", "wget"];

#[derive(Clone)]
struct Login {
    negotiate: Vec<u8>,
    challenge: Vec<u8>,
    authenticate: Vec<u8>,
}

impl Login {
    /// A login to Samba, kept as the seeds of a fuzz target.
    fn kept(client: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/ntlm_message");
        let read = |message: &str| fs::read(folder.join(format!("{client}-samba_{message}"))).unwrap();
        Self { negotiate: read("negotiate"), challenge: read("challenge"), authenticate: read("authenticate") }
    }

    fn of(case: &Value) -> Self {
        let message = |name: &str| octets(&case["ntlm"][name]["hex"]);
        Self { negotiate: message("negotiate"), challenge: message("challenge"), authenticate: message("authenticate") }
    }

    fn options(&self) -> Options<'_> {
        Options::new().challenge(&self.challenge).negotiate(&self.negotiate)
    }
}

/// The check as a whole, and what it says of one field.
fn check<'e>(explanation: &'e Explanation, name: &str) -> (&'e Node, &'e str) {
    let check = of_kind(explanation.root(), "check").unwrap_or_else(|| panic!("no check in\n{explanation}"));
    let of = check.child(name).unwrap_or_else(|| panic!("no check of {name} in\n{explanation}"));
    (check, of.value.as_deref().unwrap())
}

fn of_kind<'a>(root: &'a Node, kind: &str) -> Option<&'a Node> {
    root.walk().map(|(_, node)| node).find(|node| node.kind == kind)
}

/// A NegTokenResp with nothing but this token.
fn wrap(token: &[u8]) -> Vec<u8> {
    let tagged = |tag: u8, content: &[u8]| {
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82, high, low], content].concat()
    };
    tagged(0xa1, &tagged(0x30, &tagged(0xa2, &tagged(0x04, token))))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn octets(value: &Value) -> Vec<u8> {
    let pairs = text(value).as_bytes().chunks_exact(2);
    assert!(pairs.remainder().is_empty());
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The recorded exchanges, if they are there.
fn shared_cases() -> Option<Vec<Value>> {
    let folder = std::env::var_os("NEGOTIATE_VECTORS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from)
        .join("ntlm");
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let cases = paths.map(|path| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap());
    let cases: Vec<_> = cases.filter(|case| case["legs"].is_array()).collect();
    assert!(cases.len() > 150, "the folder is there, but hardly any case in it");
    Some(cases)
}
