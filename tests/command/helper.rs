//! `helper squid-ntlm` and `helper squid-negotiate`: their line protocol, a login through each.

use std::fs;

use crate::ntlm::{Files, Talk};
use crate::{Case, REFUSED, Run, SUCCESS};

/// A first token, and another one, as any client sends them.
const NEGOTIATE: &str = "TlRMTVNTUAABAAAABoIIAAAAAAAAAAAAAAAAAAAAAAA=";
const PROTOCOLS: [(&str, &str); 2] = [("squid-ntlm", "ntlm"), ("squid-negotiate", "negotiate")];

fn helper(files: &Files, protocol: &str) -> Talk {
    Talk::with(&[
        "helper",
        protocol,
        "--accounts",
        &files.accounts,
        "--netbios-domain",
        "ADEX",
        "--dns-name",
        "proxy.ad.example.com",
    ])
}

fn initiator(files: &Files, mechanism: &str, user: &str, password: &str) -> Talk {
    let password = files.password(password);
    let target = ["initiate", "--target", "HTTP@proxy.ad.example.com", "--mechanism", mechanism];
    Talk::with(&[&target[..], &["--user", user, "--password-file", &password]].concat())
}

/// A login from `YR` to the helper's last word.
fn login(helper: &mut Talk, client: &mut Talk) -> String {
    helper.say(&format!("YR {}", client.hear()));
    let challenge = helper.hear();
    client.say(challenge.strip_prefix("TT ").unwrap_or_else(|| panic!("{challenge}")));
    helper.say(&format!("KK {}", client.hear()));
    helper.hear()
}

#[test]
fn squid_logs_in_by_either_scheme() {
    let files = Files::new("squid");
    for (protocol, mechanism) in PROTOCOLS {
        let mut helper = helper(&files, protocol);
        // One after the other, as Squid uses a helper.
        for user in [r"ADEX\alice", "alice"] {
            let mut client = initiator(&files, mechanism, user, "Alice-Pw-1");
            let reply = login(&mut helper, &mut client);
            let words: Vec<_> = reply.split(' ').collect();
            match (mechanism, &words[..]) {
                ("ntlm", ["AF", r"ADEX\alice"]) => {}
                // The token is SPNEGO's last word, which the client takes.
                ("negotiate", ["AF", token, r"ADEX\alice"]) => client.say(token),
                other => panic!("{other:?}"),
            }
            assert_eq!(client.end(), SUCCESS, "{protocol}");
        }
        assert_eq!(helper.end(), SUCCESS);
    }
}

#[test]
fn squid_is_told_no_and_nothing_else() {
    let files = Files::new("squid-no");
    for (protocol, mechanism) in PROTOCOLS {
        let mut helper = helper(&files, protocol);
        let mut replies = Vec::new();
        for (user, password) in
            [(r"ADEX\alice", "wrong"), (r"ADEX\mallory", "Alice-Pw-1"), (r"BDEX\alice", "Alice-Pw-1")]
        {
            let mut client = initiator(&files, mechanism, user, password);
            replies.push(login(&mut helper, &mut client));
        }
        assert!(replies.iter().all(|reply| *reply == replies[0] && reply.starts_with("NA ")), "{replies:?}");
        assert!(replies[0].ends_with(" login refused"));
        assert_eq!(login(&mut helper, &mut initiator(&files, mechanism, "alice", "Alice-Pw-1")).get(..3), Some("AF "));
    }
}

#[test]
fn a_helper_answers_every_line() {
    let files = Files::new("squid-lines");
    let challenged = |line: &str| line.starts_with("TT TlRMTVNTUAAC");
    let mut helper = helper(&files, "squid-ntlm");
    let mut ask = |line: &str| {
        helper.say(line);
        helper.hear()
    };
    assert_eq!(ask("YR"), "NA no token");
    assert_eq!(ask("YR "), "NA no token");
    assert!(challenged(&ask(&format!("YR {NEGOTIATE}"))));
    // Words behind the token are Squid's key_extras; a carriage return is none of it.
    assert!(challenged(&ask(&format!("YR {NEGOTIATE} 192.0.2.1 \"x y\"\r"))));
    // A new YR drops the old login; a login goes on once.
    assert_eq!(ask(&format!("KK {NEGOTIATE}")), "NA login refused");
    assert!(ask(&format!("KK {NEGOTIATE}")).starts_with("BH "), "nothing waits any more");
    assert_eq!(ask("YR AAAA"), "NA login refused");
    assert_eq!(ask("YR ###"), "NA login refused");
    assert_eq!(ask("YR YEgGBisGAQUFAg=="), "NA login refused", "SPNEGO is not for this scheme");
    for line in ["", " ", "XX", "yr AAAA", "YRAAAA", "OK user=root", "\u{fffd}"] {
        assert!(ask(line).starts_with("BH "), "{line:?}");
    }
    assert_eq!(ask(&format!("YR {}", "A".repeat(300_000))), "NA login refused");
    assert!(challenged(&ask(&format!("YR {NEGOTIATE}"))));
    assert_eq!(ask("KK"), "NA no token");
    assert!(ask(&format!("KK {NEGOTIATE}")).starts_with("BH "));
    assert_eq!(helper.end(), SUCCESS);
}

/// What Squid says wrongly, its log tells; and how to set it up, the help.
#[test]
fn a_line_without_an_answer_leaves_a_line_in_the_log() {
    let files = Files::new("squid-log");
    let run = Run::of(&["helper", "squid-ntlm", "--accounts", &files.accounts], b"KK AAAA\nXX\n0 YR AAAA\n");
    assert_eq!((run.status, run.out.lines().filter(|line| line.starts_with("BH ")).count()), (SUCCESS, 3));
    assert_eq!(run.errors.lines().count(), 3, "{}", run.errors);
    assert!(run.errors.contains("KK without a login") && run.errors.contains("let concurrency be 0"), "{}", run.errors);
    let help = Run::of(&["helper", "--help"], b"").out;
    for line in ["auth_param negotiate program ", "auth_param ntlm program ", "`concurrency` stays 0"] {
        assert!(help.contains(line), "{help}");
    }
}

/// Whatever an account is called, it stays one word on one line.
#[test]
fn names_do_not_forge_the_protocol() {
    let files = Files::new("squid-names");
    for (name, word) in [
        ("al ice", "al%20ice"),
        ("a\"b", "a%22b"),
        ("100%41", "100%2541"),
        ("j\u{fc}rgen", "j%C3%BCrgen"),
        ("x\u{2028}AF root", "x\\u{2028}AF%20root"),
    ] {
        fs::write(&files.accounts, format!("ADEX:{name}:Alice-Pw-1\n")).unwrap();
        for (protocol, mechanism) in PROTOCOLS {
            let mut helper = helper(&files, protocol);
            let mut client = initiator(&files, mechanism, name, "Alice-Pw-1");
            let reply = login(&mut helper, &mut client);
            assert_eq!(reply.split(' ').count(), if mechanism == "ntlm" { 2 } else { 3 }, "{reply}");
            assert!(reply.ends_with(&format!("ADEX\\{word}")), "{reply}");
        }
    }
}

/// Kerberos under Negotiate: one line, and `*` where the client wants no token.
#[test]
fn squid_negotiate_takes_tickets() {
    // Old tickets are refused, which is what can be seen without a KDC; NTLM is not configured, and refused as well.
    let (case, absent) = (Case::read("crafted-good"), Case::read("absent-principal"));
    let run = Run::of(
        &["helper", "squid-negotiate", "--keytab", &case.keytab],
        format!("YR {}\nYR {NEGOTIATE}\nYR {}\n", case.tokens[0], absent.tokens[0]).as_bytes(),
    );
    assert_eq!(run.status, SUCCESS);
    let replies: Vec<_> = run.out.lines().collect();
    assert_eq!(replies.len(), 3);
    assert!(replies.iter().all(|reply| reply.starts_with("NA ") && reply.ends_with(" login refused")), "{replies:?}");
    assert!(run.errors.contains("NTLM") && run.errors.lines().count() == 3, "why is in the log: {}", run.errors);
    assert_ne!(run.status, REFUSED, "refusals are a helper's work, not its failure");
}
