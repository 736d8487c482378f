//! `accept --accounts` and `initiate`, against each other and against recordings.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::{Folder, REFUSED, Run, SUCCESS, USAGE};

const ACCOUNTS: &str =
    "# for tests\nADEX:alice:Alice-Pw-1\nADEX:carol:$NT$a4f49c406510bdcab6824ee7c30fd852\n:dave:Dave:Pw \n";
const SERVER: [&str; 4] = ["--netbios-domain", "ADEX", "--dns-name", "web.ad.example.com"];

/// A command that is talked to line by line.
pub(crate) struct Talk {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Talk {
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_negotiate"));
        let command = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { input: child.stdin.take(), child, output }
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.try_say(line).unwrap();
    }

    /// The same to one that may have ended by now.
    fn try_say(&mut self, line: &str) -> std::io::Result<()> {
        writeln!(self.input.as_mut().unwrap(), "{line}")
    }

    /// The next line, which comes before the next question is asked.
    pub(crate) fn hear(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) fn json(&mut self) -> Value {
        let line = self.hear();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"))
    }

    pub(crate) fn end(mut self) -> i32 {
        self.input = None;
        self.child.wait().unwrap().code().unwrap()
    }
}

/// A set of accounts and passwords in files.
pub(crate) struct Files {
    folder: Folder,
    pub(crate) accounts: String,
}

impl Files {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let accounts = folder.file("accounts");
        fs::write(&accounts, ACCOUNTS).unwrap();
        Self { folder, accounts }
    }

    pub(crate) fn password(&self, password: &str) -> String {
        let file = self.folder.file("password");
        fs::write(&file, format!("{password}\n")).unwrap();
        file
    }
}

/// How a login ended: the last words of either side, and their exit status.
struct End {
    initiator: Value,
    acceptor: Value,
    status: (i32, i32),
}

/// Our own initiator and our own acceptor, a pipe between them, the header lines going to and fro.
fn login(files: &Files, initiate: &[&str], accept: &[&str]) -> End {
    let accounts = ["accept", "--json", "--show-keys", "--accounts", &files.accounts];
    let mut acceptor = Talk::with(&[&accounts, &SERVER[..], accept].concat());
    let target = ["initiate", "--json", "--show-keys", "--target", "HTTP@web.ad.example.com"];
    let mut initiator = Talk::with(&[&target, initiate].concat());
    loop {
        let said = initiator.json();
        let Some(header) = said["header"].as_str() else {
            panic!("the initiator stops before the acceptor has: {said}");
        };
        acceptor.say(header);
        let answer = acceptor.json();
        let ended = answer["result"] != "continue";
        if let (Some(header), "continue") = (answer["header"].as_str(), said["result"].as_str().unwrap()) {
            initiator.say(header);
        }
        if ended {
            // Where SPNEGO is done with a signature the initiator has one more word.
            let last =
                if said["result"] == "continue" && answer["token"].is_string() { initiator.json() } else { said };
            return End { initiator: last, acceptor: answer, status: (initiator.end(), acceptor.end()) };
        }
    }
}

#[test]
fn initiator_and_acceptor_agree() {
    let files = Files::new("agree");
    let password = files.password("Alice-Pw-1");
    for (mechanism, wrapping, scheme) in [("ntlm", "raw", "NTLM "), ("negotiate", "spnego", "Negotiate ")] {
        let arguments = ["--mechanism", mechanism, "--user", r"ADEX\alice", "--password-file", &password];
        let End { initiator, acceptor, status } = login(&files, &arguments, &[]);
        assert_eq!(status, (SUCCESS, SUCCESS));
        for side in [&initiator, &acceptor] {
            assert_eq!(side["result"], "established", "{side}");
            assert_eq!((&side["mechanism"], &side["wrapping"]), (&json!("ntlm"), &json!(wrapping)));
            assert_eq!(side["flags"], json!(["replay", "sequence", "confidentiality", "integrity"]));
        }
        assert_eq!(acceptor["peer"], r"ADEX\alice");
        assert_eq!(initiator["peer"], "HTTP/web.ad.example.com");
        assert_eq!(initiator["session_key"], acceptor["session_key"]);
        assert_eq!(acceptor["session_key"].as_str().unwrap().len(), 32);
        assert_eq!(acceptor["channel_bindings"], "not-checked");
        assert!(["etype", "kvno", "acceptor", "expires_at"].iter().all(|name| acceptor[name].is_null()), "{acceptor}");
        let ntlm = &acceptor["ntlm"];
        assert_eq!((&ntlm["proof"], &ntlm["mic"]), (&json!("ntlmv2"), &json!(true)));
        assert_eq!(ntlm["target_name"], "HTTP/web.ad.example.com");
        let header = initiator["header"].as_str().or(acceptor["header"].as_str()).unwrap();
        assert!(header.starts_with(scheme), "{header}");
    }
}

#[test]
fn accounts_of_every_kind_and_by_every_name() {
    let files = Files::new("kinds");
    let hash = "a4f49c406510bdcab6824ee7c30fd852"; // of "Password"
    let table: [(&str, &[&str], &str); 7] = [
        ("alice", &["--password-file", &files.password("Alice-Pw-1")], r"ADEX\alice"),
        ("ALICE", &["--password-file", &files.password("Alice-Pw-1")], r"ADEX\alice"),
        (r"adex\alice", &["--password-file", &files.password("Alice-Pw-1")], r"ADEX\alice"),
        ("alice@ad.example.com", &["--password-file", &files.password("Alice-Pw-1")], r"ADEX\alice"),
        (r"ADEX\carol", &["--nt-hash", hash], r"ADEX\carol"),
        ("dave", &[], "dave"),
        (r"WEB\dave", &[], "dave"),
    ];
    let dave = Files::new("dave");
    let daves = dave.password("Dave:Pw ");
    for (user, proof, peer) in table {
        let proof = if proof.is_empty() { &["--password-file", daves.as_str()][..] } else { proof };
        let End { acceptor, .. } = login(&files, &[&["--user", user], proof].concat(), &[]);
        assert_eq!(
            (&acceptor["result"], &acceptor["peer"]),
            (&json!("established"), &json!(peer)),
            "{user}: {acceptor}"
        );
    }
    let elsewhere = [r"--user=ELSEWHERE\dave", "--password-file", &daves];
    assert_eq!(login(&files, &elsewhere, &[]).acceptor["result"], "rejected");
    assert_eq!(login(&files, &elsewhere, &["--unknown-domains-are-own"]).acceptor["peer"], "dave");
}

/// Row D23: whether the user or the password is wrong is not told, neither to the peer nor by the answer's form.
#[test]
fn d23_a_wrong_password_and_an_unknown_user_are_refused_alike() {
    let files = Files::new("wrong");
    let mut seen = Vec::new();
    for (user, password) in [(r"ADEX\alice", "Alice-Pw-2"), (r"ADEX\mallory", "Alice-Pw-1")] {
        for mechanism in ["ntlm", "negotiate"] {
            let password = files.password(password);
            let arguments = ["--mechanism", mechanism, "--user", user, "--password-file", &password];
            let End { initiator, acceptor, status } = login(&files, &arguments, &[]);
            assert_eq!(acceptor["result"], "rejected");
            assert_eq!(
                (&acceptor["error"]["kind"], &acceptor["error"]["fault"]),
                (&json!("logon-failure"), &json!("peer"))
            );
            assert!(!acceptor.to_string().contains("session_key"));
            // Bare NTLM leaves the initiator without an answer; SPNEGO says no.
            let refused = mechanism == "negotiate";
            assert_eq!(initiator["result"] == "rejected", refused, "{initiator}");
            assert_eq!(status, (if refused { REFUSED } else { SUCCESS }, REFUSED));
            seen.push((mechanism, acceptor["token"].clone()));
        }
    }
    assert_eq!(seen[..2], seen[2..]);
}

#[test]
fn channel_bindings_match_or_are_refused() {
    let files = Files::new("bindings");
    let password = files.password("Alice-Pw-1");
    let user = ["--user", r"ADEX\alice", "--password-file", &password];
    let with = |data: &'static str| ["--channel-bindings", data];
    let run = |initiate: &[&str], accept: &[&str]| login(&files, &[&user, initiate].concat(), accept).acceptor;
    let one = "tls-server-end-point:00ff";
    assert_eq!(run(&with(one), &with(one))["channel_bindings"], "matched");
    assert_eq!(run(&[], &with(one))["error"]["kind"], "bad-bindings", "this side's zeros are not the acceptor's hash");
    assert_eq!(run(&with("tls-server-end-point:00fe"), &with(one))["error"]["kind"], "bad-bindings");
    assert_eq!(run(&with(one), &[])["channel_bindings"], "not-checked");
}

/// A recorded exchange of the repository.
fn recorded(name: &str) -> impl Fn(&str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/ntlm").join(name).with_extension("txt");
    let text = fs::read_to_string(path).unwrap();
    move |field| {
        text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(": ")).unwrap_or_default().to_owned()
    }
}

#[test]
fn recorded_exchanges_are_judged_by_their_own_challenge() {
    let files = Files::new("recorded");
    for name in ["curl-samba", "chromium-samba"] {
        let field = recorded(name);
        let (now, challenge, key) = (field("now"), field("challenge"), field("session-key"));
        let judge = |challenge: &str, tokens: &str| {
            let more = ["--at", &now, "--replay-challenge", challenge, "--show-keys", "--json"];
            Run::of(&[&["accept", "--accounts", &files.accounts], &SERVER[..], &more].concat(), tokens.as_bytes())
        };
        let tokens = format!("{}\n{}\n", field("negotiate"), field("authenticate"));
        let lines = judge(&challenge, &tokens).json(SUCCESS);
        assert_eq!((&lines[0]["result"], &lines[0]["token"]), (&json!("continue"), &json!(challenge)), "{name}");
        assert_eq!((&lines[1]["result"], &lines[1]["peer"]), (&json!("established"), &json!(r"ADEX\alice")), "{name}");
        assert_eq!(lines[1]["session_key"], key.as_str(), "{name}");
        // Twice in one run, and as header lines.
        let headers = format!("Authorization: NTLM {}\nNTLM {}\n", field("negotiate"), field("authenticate"));
        let lines =
            judge(&format!("WWW-Authenticate: NTLM {challenge}"), &format!("{tokens}\n{headers}")).json(SUCCESS);
        assert_eq!(lines[2]["header"], format!("NTLM {challenge}"));
        assert_eq!(lines[3]["peer"], r"ADEX\alice");
        // To another challenge it is no answer.
        let other = recorded("firefox-samba")("challenge");
        let lines = judge(&other, &tokens).json(REFUSED);
        assert_eq!(lines[1]["result"], "rejected", "{name}");
        assert_eq!(judge("TlRMTVNTUAAB", &tokens).status, USAGE, "that is no challenge");
    }
}

/// Whose tickets are taken, and whose passwords, is configured apart.
#[test]
fn keytab_and_accounts_stand_side_by_side() {
    let files = Files::new("both");
    let case = crate::Case::read("crafted-good");
    let negotiate = recorded("curl-samba")("negotiate");
    let keytab = ["accept", "--json", "--at", &case.now, "--keytab", &case.keytab];
    let input = format!("{}\n\n{negotiate}\n", case.tokens[0]);
    let both = Run::of(&[&keytab[..], &["--accounts", &files.accounts]].concat(), input.as_bytes()).json(SUCCESS);
    assert_eq!((&both[0]["mechanism"], &both[0]["ntlm"]), (&json!("kerberos"), &Value::Null));
    assert_eq!(both[1]["result"], "continue");
    let alone = Run::of(&keytab, input.as_bytes()).json(REFUSED);
    assert_eq!((&alone[0]["result"], &alone[1]["result"]), (&json!("established"), &json!("rejected")));
    let accounts = ["accept", "--json", "--at", &case.now, "--accounts", &files.accounts];
    let alone = Run::of(&accounts, input.as_bytes()).json(REFUSED);
    assert_eq!((&alone[0]["result"], &alone[1]["result"]), (&json!("rejected"), &json!("continue")));
}

#[test]
fn dangers_of_ntlm_are_opened_by_name() {
    let files = Files::new("dangers");
    let field = recorded("m-samba-ntlmv1-ess");
    let (now, challenge) = (field("now"), field("challenge"));
    let tokens = format!("{}\n{}\n", field("negotiate"), field("authenticate"));
    let judge = |more: &[&str]| {
        let arguments =
            ["accept", "--json", "--accounts", &files.accounts, "--at", &now, "--replay-challenge", &challenge];
        Run::of(&[&arguments, &SERVER[..], more].concat(), tokens.as_bytes())
    };
    judge(&[]).json(REFUSED);
    judge(&["--allow", "anonymous"]).json(REFUSED);
    let lines = judge(&["--allow", "ntlmv1"]).json(SUCCESS);
    assert_eq!((&lines[1]["result"], &lines[1]["ntlm"]["proof"]), (&json!("established"), &json!("ntlmv1-ess")));
}

#[test]
fn the_scheme_ntlm_carries_no_spnego() {
    let files = Files::new("scheme");
    let run = Run::of(&["accept", "--accounts", &files.accounts], b"NTLM YEgGBisGAQUFAg==\n");
    assert_eq!(run.json(REFUSED)[0]["error"]["kind"], "not-ntlm");
}

/// For pipes: the tokens and nothing else.
#[test]
fn initiate_prints_tokens() {
    let files = Files::new("tokens");
    let password = files.password("Alice-Pw-1");
    let arguments = ["initiate", "--target", "HTTP@web", "--user", "alice", "--password-file", &password];
    let bare = [&arguments[..], &["--mechanism", "ntlm"]].concat();
    let run = Run::of(&bare, format!("{}\n", recorded("chromium-samba")("challenge")).as_bytes());
    assert_eq!(run.status, SUCCESS, "{}", run.errors);
    let tokens: Vec<_> = run.out.lines().collect();
    assert!(tokens.len() == 2 && tokens.iter().all(|token| token.starts_with("TlRMTVNTUAA")), "{tokens:?}");
    assert!(
        run.errors.starts_with("sent: HTTP/web by NTLM; whether it was accepted, the server says\n"),
        "{}",
        run.errors
    );
    assert!(!run.errors.contains("session key"), "{}", run.errors);
    for (input, kind) in [(&b""[..], "no-answer"), (b"###\n", "bad-base64"), (b"NTLM YEgGBisGAQUFAg==\n", "not-ntlm")] {
        let run = Run::of(&bare, input);
        assert_eq!((run.status, run.out.lines().count()), (REFUSED, 1), "{input:?}");
        assert!(run.errors.contains(&format!("kind: {kind}")), "{}", run.errors);
    }
}

/// Two pipes between `accept` and `initiate`, as the README has them: what one prints the other reads.
#[test]
fn each_reads_what_the_other_prints() {
    let files = Files::new("pipes");
    for (mechanism, password, expected) in
        [("negotiate", "Alice-Pw-1", SUCCESS), ("ntlm", "Alice-Pw-1", SUCCESS), ("negotiate", "wrong", REFUSED)]
    {
        let password = files.password(password);
        let mut acceptor = Talk::with(&[&["accept", "--accounts", &files.accounts], &SERVER[..]].concat());
        let arguments = ["initiate", "--target", "HTTP@web", "--user", r"ADEX\alice", "--password-file", &password];
        let mut initiator = Talk::with(&[&arguments[..], &["--mechanism", mechanism]].concat());
        let mut verdict = String::new();
        while let Some(token) = Some(initiator.hear()).filter(|token| !token.is_empty()) {
            acceptor.say(&token);
            verdict = acceptor.hear();
            if initiator.try_say(&verdict).is_err() {
                break;
            }
        }
        let result = if expected == SUCCESS { "established" } else { "rejected" };
        assert!(verdict.contains(&format!("\"result\":\"{result}\"")), "{mechanism}: {verdict}");
        assert_eq!((initiator.end(), acceptor.end()), (expected, expected), "{mechanism}");
    }
}

#[test]
fn what_initiate_cannot_do_is_said() {
    let files = Files::new("usage");
    let password = files.password("Alice-Pw-1");
    let empty = files.folder.file("empty");
    fs::write(&empty, "\n").unwrap();
    let target = ["--target", "HTTP@web.ad.example.com"];
    let table: [(&[&str], &str); 8] = [
        (&["--mechanism", "kerberos", "--ccache", "/nonexistent"], "/nonexistent"),
        (&["--mechanism", "ntlm"], "--user"),
        (&["--user", "alice"], "--password-file"),
        (&["--user", "alice", "--password-file", "/nonexistent"], "/nonexistent"),
        (&["--user", "alice", "--password-file", &empty], "empty"),
        (&["--user", "alice", "--nt-hash", "00"], "32 hexadecimal digits"),
        (&["--password-file", &password], "--user"),
        (&["--user", "alice", "--password-file", &password, "--target", "HTTP@a b"], "--target"),
    ];
    for (arguments, word) in table {
        let target = if arguments.contains(&"--target") { &[][..] } else { &target };
        let run = Run::of(&[&["initiate"], target, arguments].concat(), b"");
        assert_eq!(run.status, USAGE, "{arguments:?}: {}{}", run.out, run.errors);
        assert!(run.errors.contains(word) && run.out.is_empty(), "{arguments:?}: {}", run.errors);
        assert!(!run.errors.contains("Alice-Pw-1"));
    }
}

/// A hash with a digit too many, or copied with the LM hash before it.
#[test]
fn g03_a_mistyped_hash_is_not_repeated() {
    let hash = "a4f49c406510bdcab6824ee7c30fd852";
    let challenge = recorded("chromium-samba")("challenge");
    for mistyped in [format!("{hash}0"), format!("aad3b435b51404eeaad3b435b51404ee:{hash}"), format!("{hash}x")] {
        for command in [
            &["initiate", "--target", "HTTP@web", "--user", "alice"][..],
            &["inspect", &challenge, "--challenge", &challenge],
        ] {
            let run = Run::of(&[command, &["--nt-hash", &mistyped]].concat(), b"");
            assert_eq!(run.status, USAGE);
            assert!(run.errors.contains("32 hexadecimal digits"), "{}", run.errors);
            assert!(!run.errors.contains(&hash[..16]), "{}", run.errors);
        }
    }
}

/// Cut at its limit it would be another password.
#[test]
fn d28_a_password_file_beyond_the_limit_is_refused() {
    let files = Files::new("long");
    for (length, status) in [(1_024, REFUSED), (1_025, USAGE), (5_000, USAGE)] {
        let password = files.password(&"x".repeat(length));
        let run = Run::of(&["initiate", "--target", "HTTP@web", "--user", "alice", "--password-file", &password], b"");
        assert_eq!(run.status, status, "{length}: {}", run.errors);
    }
}

#[test]
fn g03_a_damaged_accounts_file_shows_no_password() {
    let files = Files::new("damaged");
    for text in ["ADEX:alice\n", "ADEX:alice:$NT$Alice-Pw-1\n", "Alice-Pw-1\n", "A:b:Alice-Pw-1\nA:b:Alice-Pw-1\n"] {
        fs::write(&files.accounts, text).unwrap();
        let run = Run::of(&["accept", "--accounts", &files.accounts], b"TlRMTVNTUAAB\n");
        assert_eq!(run.status, USAGE);
        assert!(run.errors.contains("line ") && !run.errors.contains("Alice-Pw"), "{}", run.errors);
        assert!(run.errors.contains(&files.accounts), "which file: {}", run.errors);
    }
}

#[test]
fn a_file_without_accounts_is_told_of() {
    let files = Files::new("none");
    let warning = "no account in";
    let accept = |files: &Files| Run::of(&["accept", "--accounts", &files.accounts], b"TlRMTVNTUAABAAA=\n").errors;
    assert!(!accept(&files).contains(warning));
    fs::write(&files.accounts, "# nobody yet\n\n").unwrap();
    assert!(accept(&files).contains(warning) && accept(&files).contains(&files.accounts));
}

/// Keys or accounts, at least one of them, and both are named where there is neither.
#[test]
fn whose_logins_must_be_said() {
    for command in [&["accept"][..], &["helper", "squid-negotiate"]] {
        let run = Run::of(command, b"");
        assert_eq!(run.status, USAGE);
        assert!(run.errors.contains("--keytab <FILE>|--accounts <FILE>"), "{}", run.errors);
    }
}

/// The README's two commands and the two pipes between them, as a shell runs them.
#[cfg(unix)]
#[test]
fn accept_and_initiate_talk_through_pipes() {
    let files = Files::new("fifos");
    for (password, words, status) in [
        ("Alice-Pw-1", "established: HTTP/web.ad.example.com by NTLM\n", "0 0\n"),
        ("Alice-Pw-2", "rejected: the acceptor rejected the login", "1 1\n"),
    ] {
        let script = r#"cd "$1" && rm -f to from && mkfifo to from
            "$2" accept --accounts accounts --netbios-domain ADEX --dns-name web.ad.example.com <to >from &
            "$2" initiate --target HTTP@web.ad.example.com --user 'ADEX\alice' --password-file password >to <from
            initiated=$?; wait $!; echo "$initiated $?""#;
        files.password(password);
        let folder = Path::new(&files.accounts).parent().unwrap();
        let run =
            Command::new("sh").args(["-c", script, "sh"]).arg(folder).arg(env!("CARGO_BIN_EXE_negotiate")).output();
        let run = run.unwrap();
        let errors = String::from_utf8(run.stderr).unwrap();
        assert!(errors.starts_with(words), "{errors}");
        assert_eq!(String::from_utf8(run.stdout).unwrap(), status, "{errors}");
    }
}

/// A login whose end nobody read has not succeeded.
#[test]
fn a_verdict_that_nobody_reads_is_no_success() {
    let files = Files::new("unread");
    let password = files.password("Alice-Pw-1");
    let initiate = ["initiate", "--target", "HTTP@web", "--user", "alice", "--password-file", &password];
    let accept = ["accept", "--accounts", &files.accounts];
    let keytab = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit/keytabs");
    let keytab = fs::read_dir(keytab).unwrap().next().unwrap().unwrap().path();
    let list = ["keytab", "list", keytab.to_str().unwrap()];
    for (arguments, status) in [(&accept[..], REFUSED), (&initiate, REFUSED), (&list, SUCCESS)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_negotiate"));
        let command = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // The reader goes before the command begins to write: it writes where nobody is.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = command.stdout(writer).spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(b"TlRMTVNTUAABAAA=\n");
        let run = child.wait_with_output().unwrap();
        assert_eq!(run.status.code(), Some(status), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
    }
}

#[test]
fn text_for_people_says_how_it_was_proven() {
    let files = Files::new("text");
    let field = recorded("curl-samba");
    let (now, challenge) = (field("now"), field("challenge"));
    let arguments = ["accept", "--text", "--accounts", &files.accounts, "--at", &now, "--replay-challenge", &challenge];
    let tokens = format!("{}\n{}\n", field("negotiate"), field("authenticate"));
    let run = Run::of(&[&arguments, &SERVER[..]].concat(), tokens.as_bytes());
    assert_eq!(run.status, SUCCESS);
    assert!(run.out.contains("established: ADEX\\alice by NTLM\n  proof: ntlmv2, without a MIC"), "{}", run.out);
}
