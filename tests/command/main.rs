//! The command `negotiate`, run as scripts run it: exit status, JSON, and what it must never print.
#![cfg(feature = "cli")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its functions as well"
)]

mod ccache;
mod helper;
mod kerberos;
mod ntlm;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

const SUCCESS: i32 = 0;
const REFUSED: i32 = 1;
const USAGE: i32 = 2;

/// What a run came to.
struct Run {
    status: i32,
    out: String,
    errors: String,
}

impl Run {
    fn of(arguments: &[&str], input: &[u8]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_negotiate"));
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that ends before it has read everything is no failure of the test.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        Self {
            status: output.status.code().expect("an exit status, not a signal"),
            out: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The lines of JSON, after a run of this status.
    #[track_caller]
    fn json(&self, status: i32) -> Vec<Value> {
        assert_eq!(self.status, status, "{}{}", self.out, self.errors);
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    }
}

/// A recorded exchange of the repository.
struct Case {
    now: String,
    keytab: String,
    peer: String,
    session_key: String,
    tokens: Vec<String>,
    answers: Vec<String>,
}

impl Case {
    fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit");
        let text = fs::read_to_string(folder.join(name).with_extension("txt")).unwrap();
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_default().to_owned()
        };
        let tokens = |mark: &str| text.lines().filter_map(|line| line.strip_prefix(mark)).map(str::to_owned).collect();
        Self {
            now: field("now"),
            keytab: folder.join("keytabs").join(field("keytab")).to_str().unwrap().to_owned(),
            peer: field("peer"),
            session_key: field("session-key").rsplit(' ').next().unwrap_or_default().to_owned(),
            tokens: tokens("> "),
            answers: tokens("< "),
        }
    }

    /// `negotiate accept --json` at the time of the recording.
    fn accept(&self, more: &[&str], lines: &[&str]) -> Run {
        let arguments = ["accept", "--json", "--keytab", &self.keytab, "--at", &self.now];
        Run::of(&[&arguments, more].concat(), lines.join("\n").as_bytes())
    }
}

// accept

#[test]
fn an_accepted_token_is_one_line_of_json() {
    let case = Case::read("etype-aes256-sha2-spnego-mutual");
    let lines = case.accept(&[], &[&case.tokens[0]]).json(SUCCESS);
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(line["result"], "established");
    assert_eq!(line["peer"], "alice@EXAMPLE.COM");
    assert_eq!(line["peer"], case.peer.as_str());
    assert_eq!(line["acceptor"], "HTTP/aes256-sha2.example.com@EXAMPLE.COM");
    assert_eq!((&line["mechanism"], &line["wrapping"]), (&"kerberos".into(), &"spnego".into()));
    assert_eq!((line["etype"].as_i64(), line["kvno"].as_i64()), (Some(20), Some(1)));
    assert_eq!(line["flags"], serde_json::json!(["mutual", "replay", "sequence", "confidentiality", "integrity"]));
    assert_eq!(line["expires_at"], 2_110_651_119_i64);
    assert_eq!(line["channel_bindings"], "not-checked");
    // MIT's KDC signs a PAC that has no SIDs.
    assert_eq!(
        (&line["pac"]["user_sid"], &line["pac"]["kdc_signature"]),
        (&Value::Null, &serde_json::json!("unverified"))
    );
    assert_eq!(line["pac"]["group_sids"], serde_json::json!([]));
    let token = line["token"].as_str().unwrap();
    assert_eq!(line["header"], format!("Negotiate {token}"));
    assert!(token.starts_with("oY"), "a NegTokenResp: {token}");
    let fields = line.as_object().unwrap();
    assert!(!fields.contains_key("error") && !fields.contains_key("session_key"), "{line}");
}

#[test]
fn without_mutual_authentication_there_may_be_no_token() {
    let case = Case::read("etype-aes256-sha1-krb5-nomutual");
    let lines = case.accept(&[], &[&case.tokens[0]]).json(SUCCESS);
    assert_eq!((&lines[0]["token"], &lines[0]["header"]), (&Value::Null, &Value::Null));
    assert_eq!(lines[0]["wrapping"], "raw");
}

#[test]
fn lines_may_be_headers() {
    let case = Case::read("etype-aes256-sha1-krb5-mutual");
    let token = &case.tokens[0];
    for line in [format!("Negotiate {token}"), format!("Authorization: Negotiate {token}\r"), format!("  {token}  ")] {
        assert_eq!(case.accept(&[], &[&line]).json(SUCCESS)[0]["result"], "established", "{line}");
    }
}

#[test]
fn e02_a_repetition_within_a_run_is_refused() {
    let case = Case::read("etype-aes256-sha1-krb5-mutual");
    let token = case.tokens[0].as_str();
    for lines in [&[token, "", token][..], &[token, token]] {
        let verdicts = case.accept(&[], lines).json(REFUSED);
        assert_eq!((&verdicts[0]["result"], &verdicts[1]["result"]), (&"established".into(), &"rejected".into()));
        let error = &verdicts[1]["error"];
        assert_eq!(
            (&error["kind"], &error["krb_error"], &error["fault"]),
            (&"replay".into(), &34.into(), &"time".into())
        );
    }
    let verdicts = case.accept(&["--no-replay-cache"], &[token, "", token]).json(SUCCESS);
    assert!(verdicts.iter().all(|verdict| verdict["result"] == "established"));
}

#[test]
fn a_refusal_says_why() {
    let table: [(&str, &[&str], &str, Value, &str); 8] = [
        ("crafted-ctime-310", &[], "skew", 37.into(), "time"),
        ("crafted-tkt-expired", &[], "ticket-expired", 32.into(), "time"),
        ("absent-principal", &[], "not-us", 35.into(), "configuration"),
        ("etype-rc4-krb5-mutual", &[], "etype-not-permitted", Value::Null, "policy"),
        ("crafted-anonymous", &[], "anonymous-refused", Value::Null, "policy"),
        ("cb-mismatch-krb5", &["--channel-bindings", "tls-server-end-point:00"], "bad-bindings", Value::Null, "peer"),
        ("crafted-good", &["--require-pac"], "pac-missing", Value::Null, "policy"),
        ("damaged-ntlm", &[], "", Value::Null, ""),
    ];
    for (name, options, kind, code, fault) in table {
        let case = Case::read(name);
        let lines = case.accept(options, &[&case.tokens[0]]).json(REFUSED);
        let error = &lines[0]["error"];
        assert_eq!(lines[0]["result"], "rejected", "{name}");
        assert!(error["message"].as_str().unwrap().len() > 30, "{name}: {error}");
        if kind.is_empty() {
            assert!(error["message"].as_str().unwrap().contains("NTLM"), "{error}");
            continue;
        }
        assert_eq!((&error["kind"], &error["fault"]), (&kind.into(), &fault.into()), "{name}: {error}");
        assert!(code.is_null() || error["krb_error"] == code, "{name}: {error}");
    }
}

#[test]
fn dangers_are_opened_by_name() {
    for (name, danger) in [("etype-rc4-krb5-mutual", "rc4"), ("crafted-anonymous", "anonymous")] {
        let case = Case::read(name);
        case.accept(&[], &[&case.tokens[0]]).json(REFUSED);
        let lines = case.accept(&["--allow", danger], &[&case.tokens[0]]).json(SUCCESS);
        assert_eq!(lines[0]["result"], "established", "{name}");
    }
    let case = Case::read("crafted-good");
    assert_eq!(case.accept(&["--allow", "everything"], &[&case.tokens[0]]).status, USAGE);
}

#[test]
fn channel_bindings_are_given_as_application_data() {
    let case = Case::read("crafted-cb-good");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit/crafted-cb-good.txt");
    let text = fs::read_to_string(folder).unwrap();
    let bindings = text.lines().find_map(|line| line.strip_prefix("bindings: ")).unwrap();
    let data = bindings.split(' ').next_back().unwrap();
    let lines =
        case.accept(&["--channel-bindings", data, "--require-channel-bindings"], &[&case.tokens[0]]).json(SUCCESS);
    assert_eq!(lines[0]["channel_bindings"], "matched");
    let without = Case::read("crafted-good");
    let lines = without.accept(&["--channel-bindings", data], &[&without.tokens[0]]).json(SUCCESS);
    assert_eq!(lines[0]["channel_bindings"], "absent");
    let run = without.accept(&["--channel-bindings", data, "--require-channel-bindings"], &[&without.tokens[0]]);
    assert_eq!(run.json(REFUSED)[0]["error"]["kind"], "bad-bindings");
    // Required, but there is nothing to compare with: nobody could ever log in.
    assert_eq!(without.accept(&["--require-channel-bindings"], &[&without.tokens[0]]).status, USAGE);
}

#[test]
fn an_empty_line_begins_a_new_connection() {
    let case = Case::read("spnego-mit-ntlm-first-aes256-sha1-mutual");
    let [first, second] = [case.tokens[0].as_str(), case.tokens[1].as_str()];
    // Another mechanism than the first is chosen, so the first answer asks for a token of it.
    let lines = case.accept(&[], &[first]).json(SUCCESS);
    assert_eq!(lines[0]["result"], "continue");
    assert!(lines[0]["header"].as_str().unwrap().starts_with("Negotiate o"));
    let kept = case.accept(&[], &[first, second]);
    let cut = case.accept(&[], &[first, "", second]).json(REFUSED);
    let kept: Vec<Value> = kept.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_ne!(kept[1]["result"], "rejected", "{}", kept[1]);
    assert_eq!(cut[1]["result"], "rejected", "a NegTokenResp begins no connection: {}", cut[1]);
}

#[test]
fn principals_limit_what_is_accepted() {
    let mut case = Case::read("crafted-good");
    case.keytab = case.keytab.replace("server.keytab", "all.keytab");
    let token = case.tokens[0].as_str();
    let named = ["--principal", "HTTP/localhost@EXAMPLE.COM", "--principal", "HTTP/server.example.com@EXAMPLE.COM"];
    case.accept(&named, &[token]).json(SUCCESS);
    let error = &case.accept(&named[..2], &[token]).json(REFUSED)[0]["error"];
    assert_eq!(error["kind"], "not-us");
    assert_eq!(case.accept(&["--principal", "no-realm"], &[token]).status, USAGE);
}

#[test]
fn skew_is_an_option() {
    let case = Case::read("crafted-ctime-310");
    case.accept(&["--skew", "400"], &[&case.tokens[0]]).json(SUCCESS);
    let near = Case::read("crafted-ctime+250");
    near.accept(&["--skew", "60"], &[&near.tokens[0]]).json(REFUSED);
}

#[test]
fn what_is_no_token_is_refused_and_the_next_one_judged() {
    let case = Case::read("crafted-good");
    let lines = case.accept(&[], &["###", "Authorization: Basic YTpi", "AAAA", &case.tokens[0]]).json(REFUSED);
    let kinds: Vec<_> = lines[..3].iter().map(|line| line["error"]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds[..2], ["bad-base64", "other-scheme"]);
    assert_eq!(lines[3]["result"], "established");
}

#[test]
fn usage_and_configuration_are_told_apart_from_refusals() {
    let case = Case::read("crafted-good");
    let token = case.tokens[0].as_bytes();
    let usages: [&[&str]; 13] = [
        &[],
        &["nonsense"],
        &["accept"],
        &["accept", "--accounts", "/nonexistent"],
        &["accept", "--keytab", &case.keytab, "--netbios-domain", "ADEX"],
        &["accept", "--keytab", &case.keytab, "--replay-challenge", "TlRMTVNTUAAC"],
        &["helper", "squid-ntlm", "--keytab", &case.keytab],
        &["accept", "--keytab", "/nonexistent"],
        &["accept", "--keytab", &case.keytab, "--at", "yesterday"],
        &["accept", "--keytab", &case.keytab, "--channel-bindings", "xyz"],
        &["accept", "--keytab", env!("CARGO_BIN_EXE_negotiate")],
        &["inspect", "--keytab", "/nonexistent"],
        &["keytab", "list", "/nonexistent"],
    ];
    for arguments in usages {
        let run = Run::of(arguments, token);
        assert_eq!(run.status, USAGE, "{arguments:?}: {}", run.out);
        assert!(!run.errors.is_empty() && run.out.is_empty(), "{arguments:?}");
    }
    assert_eq!(case.accept(&[], &[]).status, USAGE, "no token at all");
    assert_eq!(Run::of(&["inspect"], b" \n").status, USAGE, "no token at all");
    assert_eq!(Run::of(&["--help"], b"").status, SUCCESS);
    assert_eq!(Run::of(&["--version"], b"").status, SUCCESS);
}

/// A pipe gets JSON even when nobody said so, with every name in every line.
#[test]
fn a_pipe_gets_one_line_of_json_for_each_token() {
    let case = Case::read("crafted-good");
    let input = format!("{}\n\n{}\n", case.tokens[0], Case::read("crafted-ctime-310").tokens[0]);
    let run = Run::of(&["accept", "--keytab", &case.keytab, "--at", &case.now], input.as_bytes());
    let lines: Vec<serde_json::Value> = run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines.iter().map(|line| line["result"].as_str().unwrap()).collect::<Vec<_>>(),
        ["established", "rejected"]
    );
    for name in [
        "token",
        "header",
        "mechanism",
        "wrapping",
        "peer",
        "acceptor",
        "etype",
        "kvno",
        "flags",
        "expires_at",
        "channel_bindings",
        "pac",
    ] {
        assert!(lines.iter().all(|line| line.get(name).is_some()), "{name}");
    }
}

/// A line longer than any token is a refusal like others, and the next one is judged.
#[test]
fn a_line_without_end_does_not_end_the_run() {
    let case = Case::read("crafted-good");
    for length in [100_000, 131_072, 131_073, 400_000] {
        let input = format!("{}\n{}\n", "A".repeat(length), case.tokens[0]);
        let run = Run::of(&["accept", "--keytab", &case.keytab, "--at", &case.now], input.as_bytes());
        assert_eq!(run.status, REFUSED);
        let lines: Vec<serde_json::Value> = run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{length}");
        assert_eq!((&lines[0]["error"]["kind"], &lines[1]["result"]), (&"too-large".into(), &"established".into()));
    }
}

/// What others log in by is named, and not shown.
#[test]
fn g03_inspect_shows_no_other_schemes_credential() {
    for line in [
        "Authorization: Basic c2VjcmV0OnNlY3JldA==",
        "Bearer c2VjcmV0OnNlY3JldA",
        "authorization: bearer c2VjcmV0OnNlY3JldA==",
    ] {
        for arguments in [&["inspect"][..], &["inspect", "--json"]] {
            let run = Run::of(arguments, line.as_bytes());
            assert_eq!(run.status, REFUSED);
            assert!(
                !run.out.contains("c2Vj") && !run.out.contains("6332566a") && !run.out.contains("secret"),
                "{}",
                run.out
            );
            assert!(run.out.contains("not by Negotiate"), "{}", run.out);
        }
    }
}

/// A name without a key is a mistake of the set-up, told at once.
#[test]
fn a_principal_without_a_key_is_a_configuration_error() {
    let case = Case::read("crafted-good");
    let arguments = ["accept", "--keytab", &case.keytab, "--at", &case.now, "--principal", "HTTP/nowhere@EXAMPLE.COM"];
    let run = Run::of(&arguments, case.tokens[0].as_bytes());
    assert_eq!(run.status, USAGE);
    assert!(run.out.is_empty() && run.errors.contains("HTTP/nowhere@EXAMPLE.COM"), "{}", run.errors);
}

#[test]
fn text_for_people() {
    let case = Case::read("crafted-good");
    let arguments = ["accept", "--text", "--keytab", &case.keytab, "--at", &case.now];
    let run = Run::of(&arguments, case.tokens[0].as_bytes());
    assert_eq!(run.status, SUCCESS);
    assert!(run.out.starts_with("established: alice@EXAMPLE.COM logged in to HTTP/server.example.com@EXAMPLE.COM\n"));
    let late = Case::read("crafted-ctime-310");
    let run = Run::of(&arguments, late.tokens[0].as_bytes());
    assert_eq!(run.status, REFUSED);
    assert!(
        run.out.starts_with("rejected: ") && run.out.contains("kind: skew; fault: time; Kerberos error 37"),
        "{}",
        run.out
    );
}

// Secrets

#[test]
fn g03_keys_are_printed_only_on_demand() {
    let case = Case::read("etype-aes256-sha1-krb5-nomutual");
    let token = case.tokens[0].as_bytes();
    assert!(case.session_key.len() == 64, "{}", case.session_key);
    let accept = ["accept", "--keytab", &case.keytab, "--at", &case.now];
    let inspect = ["inspect", "--keytab", &case.keytab];
    let list = ["keytab", "list", &case.keytab];
    let keytab_key = Run::of(&[&list[..], &["--json", "--show-keys"]].concat(), b"").json(SUCCESS)[0]["key"].clone();
    let keytab_key = keytab_key.as_str().unwrap();
    for (arguments, key) in
        [(&accept[..], case.session_key.as_str()), (&inspect, &case.session_key), (&list, keytab_key)]
    {
        for format in [&[][..], &["--json"]] {
            let hidden = Run::of(&[arguments, format].concat(), token);
            assert_eq!(hidden.status, SUCCESS, "{}", hidden.errors);
            assert!(!hidden.out.contains(key) && !hidden.errors.contains(key), "{arguments:?}");
            let shown = Run::of(&[arguments, format, &["--show-keys"]].concat(), token);
            assert!(shown.out.contains(key), "{arguments:?}: {}", shown.out);
        }
    }
    let line = &case.accept(&["--show-keys"], &[&case.tokens[0]]).json(SUCCESS)[0];
    assert_eq!(line["session_key"], case.session_key.as_str());
}

// inspect

#[test]
fn inspect_takes_every_form() {
    let case = Case::read("crafted-good");
    let token = case.tokens[0].as_str();
    let of_argument = Run::of(&["inspect", "--json", token], b"").json(SUCCESS);
    assert_eq!(of_argument[0]["kind"], "InitialContextToken");
    assert_eq!(of_argument[0]["range"], serde_json::json!([0, 539]));
    assert_eq!(of_argument[0]["children"][2]["name"], "AP-REQ");
    let octets = unbase64(token);
    let hexadecimal: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    let header = format!("Authorization: Negotiate {token}\r\n");
    for input in [token.as_bytes(), header.as_bytes(), hexadecimal.as_bytes(), &octets] {
        let json = Run::of(&["inspect", "--json"], input).json(SUCCESS);
        assert_eq!(json[0]["children"], of_argument[0]["children"]);
    }
}

#[test]
fn inspect_opens_the_answer_by_the_request() {
    let case = Case::read("etype-aes256-sha1-krb5-mutual");
    let (request, answer) = (case.tokens[0].as_str(), case.answers[0].as_str());
    let json =
        Run::of(&["inspect", "--json", "--keytab", &case.keytab, "--request", request, answer], b"").json(SUCCESS);
    assert!(json[0].to_string().contains("EncAPRepPart"), "{}", json[0]);
}

#[test]
fn inspect_refuses_what_is_no_token() {
    for (input, status) in [(&b"hello, world"[..], REFUSED), (b"YIIC", REFUSED), (b"oQcwBaADCgEC", SUCCESS)] {
        let run = Run::of(&["inspect"], input);
        assert_eq!(run.status, status, "{}", run.out);
        assert!(run.out.contains("\n* "), "{}", run.out);
    }
}

/// The response of a recorded login against its challenge, as people check whether they have the right password.
#[test]
fn inspect_checks_a_response() {
    let [negotiate, challenge, authenticate] = ["negotiate", "challenge", "authenticate"].map(|message| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/ntlm_message");
        let octets = fs::read(folder.join(format!("chromium-samba_{message}"))).unwrap();
        octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>()
    });
    let given = ["inspect", "--json", &authenticate, "--challenge", &challenge, "--negotiate", &negotiate];
    let run = |more: &[&str]| Run::of(&[&given, more].concat(), b"");
    // NTOWFv1 of the password.
    let hash = "f2c5b669c7b16481534254d7e1ccbfce";
    for (more, status, response) in [
        (["--password", "Alice-Pw-1"], SUCCESS, "right: NTLMv2, NTProofStr fits"),
        (["--password", "alice-pw-1"], REFUSED, "wrong"),
        (["--nt-hash", hash], SUCCESS, "right: NTLMv2, NTProofStr fits"),
        (["--nt-hash", "00000000000000000000000000000000"], REFUSED, "wrong"),
    ] {
        let line = &run(&more).json(status)[0];
        let check = line["children"].as_array().unwrap().iter().find(|node| node["kind"] == "check").unwrap();
        let nodes = check["children"].as_array().unwrap();
        let of = |name: &str| nodes.iter().find(|node| node["name"] == name).map(|node| &node["value"]);
        assert_eq!(of("NtChallengeResponse").unwrap(), response);
        let mic = of("MIC").map(|value| value.as_str().unwrap().starts_with("right"));
        assert_eq!(mic, (status == SUCCESS).then_some(true));
    }
    // NTProofStr, MIC, and the session key that comes of them.
    let secrets =
        ["85953b542ad86f681a6c10795f5c290d", "8263ebc360decfcfe7cf00cd0a86c3d2", "e4e037918c1506af4acde75aec54a04f"];
    let (hidden, shown) = (run(&["--password", "Alice-Pw-1"]), run(&["--password", "Alice-Pw-1", "--show-keys"]));
    for secret in secrets.iter().chain(&["Alice-Pw-1"]) {
        assert!(!hidden.out.contains(secret), "g03: {secret}");
        assert_eq!(shown.out.contains(secret), *secret != "Alice-Pw-1", "{secret}");
    }
    for (wrong, said) in [
        (&["inspect", &authenticate, "--password", "x"][..], "--challenge"),
        (&["inspect", &authenticate, "--challenge", &challenge, "--nt-hash", "f2c5b669"], "32 hexadecimal digits"),
        (
            &["inspect", &authenticate, "--challenge", &challenge, "--nt-hash", hash, "--password", "x"],
            "cannot be used",
        ),
    ] {
        let run = Run::of(wrong, b"");
        assert_eq!(run.status, USAGE);
        assert!(run.errors.contains(said) && !run.errors.contains("f2c5b669"), "{}", run.errors);
    }
}

// keytab

#[test]
fn keytab_list_is_one_object_an_entry() {
    let case = Case::read("crafted-good");
    let lines = Run::of(&["keytab", "list", "--json", &case.keytab], b"").json(SUCCESS);
    let first = &lines[0];
    assert_eq!(first["principal"], "HTTP/server.example.com@EXAMPLE.COM");
    assert_eq!((first["kvno"].as_i64(), first["etype"].as_i64()), (Some(3), Some(18)));
    assert_eq!(first["etype_name"], "aes256-cts-hmac-sha1-96");
    assert!(first["timestamp"].as_i64().unwrap() > 1_700_000_000);
    let text = Run::of(&["keytab", "list", &case.keytab], b"");
    assert_eq!(text.out.lines().count(), lines.len());
}

#[test]
fn keytabs_are_made_changed_and_merged() {
    let folder = Folder::new("keytabs");
    let (one, other) = (folder.file("one.keytab"), folder.file("other.keytab"));
    let add = |file: &str, more: &[&str], input: &[u8]| {
        let arguments = ["keytab", "add", file, "--principal", "HTTP/web.example.com@EXAMPLE.COM"];
        Run::of(&[&arguments, more].concat(), input)
    };
    assert_eq!(add(&one, &["--kvno", "300", "--key", &"07".repeat(32)], b"").status, SUCCESS);
    assert_eq!(add(&one, &["--kvno", "2", "--key", &"07".repeat(16)], b"").status, USAGE, "a key of the wrong length");
    assert_eq!(add(&one, &["--kvno", "2"], b"").status, USAGE, "neither key nor password");
    assert_eq!(add(&other, &["--kvno", "1", "--etype", "aes256-cts", "--password", "password"], b"").status, SUCCESS);
    assert_eq!(add(&other, &["--kvno", "1", "--etype", "17", "--password-file", "-"], b"password\n").status, SUCCESS);
    let list = |file: &str| Run::of(&["keytab", "list", "--json", "--show-keys", file], b"").json(SUCCESS);
    assert_eq!((list(&one)[0]["kvno"].as_i64(), list(&one)[0]["key"].as_str()), (Some(300), Some(&*"07".repeat(32))));
    let by_salt = folder.file("salt.keytab");
    let salt = ["--kvno", "1", "--password", "password", "--salt", "EXAMPLE.COMHTTPweb.example.com"];
    assert_eq!(add(&by_salt, &salt, b"").status, SUCCESS);
    assert_eq!(list(&by_salt)[0]["key"], list(&other)[0]["key"], "the default salt is the realm and the components");

    assert_eq!(Run::of(&["--json", "keytab", "merge", &one, &other, &other], b"").json(SUCCESS)[0]["added"], 2);
    assert_eq!(list(&one).len(), 3);
    let remove = ["keytab", "remove", &one, "--principal", "HTTP/web.example.com@EXAMPLE.COM"];
    assert_eq!(Run::of(&[&remove[..], &["--kvno", "1", "--etype", "aes128-cts"]].concat(), b"").status, SUCCESS);
    assert_eq!(list(&one).len(), 2);
    assert_eq!(Run::of(&[&remove[..], &["--kvno", "9"]].concat(), b"").status, USAGE, "no such entry");
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 3, "nothing is left beside the keytabs");
}

#[cfg(unix)]
#[test]
fn g03_a_keytab_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("owner");
    let file = folder.file("new.keytab");
    let key = "07".repeat(32);
    Run::of(&["keytab", "add", &file, "--principal", "a@R", "--kvno", "1", "--key", &key], b"");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("command-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn unbase64(text: &str) -> Vec<u8> {
    use base64ct::{Base64, Encoding};
    Base64::decode_vec(text).unwrap()
}

/// A ticket of a Samba domain controller: its PAC, by the names of the command's contract.
#[test]
fn who_the_user_is_in_active_directory() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/samba");
    let case = fs::read_to_string(folder.join("alice-web-aes256.txt")).unwrap();
    let said = |name: &str| case.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let keytab = folder.join("keytabs/web.keytab").to_string_lossy().into_owned();
    let accept = |options: &[&str]| {
        let arguments = [&["accept", "--keytab", &keytab, "--at", said("now: ")], options].concat();
        Run::of(&arguments, said("> ").as_bytes())
    };
    let lines = accept(&["--json"]).json(SUCCESS);
    let pac = &lines[0]["pac"];
    let domain = "S-1-5-21-1111111111-2222222222-3333333333";
    assert_eq!(pac["user_sid"], format!("{domain}-1103"));
    assert_eq!(pac["primary_group_sid"], format!("{domain}-513"));
    let sids: Vec<_> = said("sids: ")
        .split(' ')
        .map(|sid| if sid.starts_with('S') { sid.into() } else { format!("{domain}-{sid}") })
        .collect();
    assert_eq!(pac["group_sids"], serde_json::json!(sids));
    let names = ["logon_name", "full_name", "domain", "upn", "dns_domain"].map(|name| pac[name].as_str().unwrap());
    assert_eq!(names, ["alice", "Alice Liddell", "ADEX", "alice@ad.example.com", "AD.EXAMPLE.COM"]);
    assert_eq!((&pac["account_control"], &pac["logon_time"]), (&16.into(), &Value::Null));
    assert_eq!(pac["kdc_signature"], "unverified");

    let krbtgt = folder.join("keytabs/krbtgt.keytab").to_string_lossy().into_owned();
    let lines = accept(&["--json", "--krbtgt-keytab", &krbtgt]).json(SUCCESS);
    for name in ["kdc_signature", "ticket_signature", "extended_kdc_signature"] {
        assert_eq!(lines[0]["pac"][name], "verified", "{name}");
    }
    let text = accept(&["--text"]).out;
    for part in [&format!("user: {domain}-1103 ADEX\\alice, Alice Liddell"), "groups: 9", "S-1-18-1", "KDC unverified"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}
