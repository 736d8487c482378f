//! `negotiate ccache`, and what `negotiate accept` keeps of what is delegated.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{Case, Folder, REFUSED, Run, SUCCESS, USAGE};

fn recorded(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit/ccache");
    folder.join(name).to_str().unwrap().to_owned()
}

#[test]
fn ccache_list_is_one_object_a_ticket() {
    let path = recorded("multi-HTTP-server");
    let lines = Run::of(&["ccache", "list", "--json", &path], b"").json(SUCCESS);
    let krbtgt = &lines[0];
    assert_eq!(krbtgt["cache"], path.as_str());
    assert_eq!(krbtgt["client"], "bob@EXAMPLE.COM");
    assert_eq!(krbtgt["server"], "krbtgt/EXAMPLE.COM@EXAMPLE.COM");
    assert_eq!((krbtgt["etype"].as_i64(), krbtgt["ticket_etype"].as_i64()), (Some(18), Some(18)));
    assert_eq!(krbtgt["etype_name"], "aes256-cts-hmac-sha1-96");
    assert!(krbtgt["flags"].as_array().unwrap().contains(&json!("initial")), "{krbtgt}");
    assert!(krbtgt["endtime"].as_i64().unwrap() > krbtgt["authtime"].as_i64().unwrap());
    assert_eq!((&krbtgt["unusable"], &krbtgt["user_to_user"]), (&Value::Null, &json!(false)));
    assert!(lines.iter().any(|line| line["server"] == "HTTP/server.example.com@EXAMPLE.COM"));
    assert!(lines.iter().all(|line| !line["server"].as_str().unwrap().contains("X-CACHECONF")));

    let text = Run::of(&["ccache", "list", &path], b"");
    assert_eq!(text.status, SUCCESS);
    assert_eq!(text.out.lines().count(), lines.len() + 1);
    for part in [&*format!("{path}: bob@EXAMPLE.COM"), "initial", "renewable until", "2036-11-18T19:58:4"] {
        assert!(text.out.contains(part), "{part}: {}", text.out);
    }
}

#[test]
fn g03_session_keys_are_printed_only_on_demand() {
    let path = recorded("deleg-rc4-krb5");
    let list = ["ccache", "list", &path];
    let key = Run::of(&[&list[..], &["--json", "--show-keys"]].concat(), b"").json(SUCCESS)[0]["session_key"].clone();
    let key = key.as_str().unwrap();
    assert_eq!(key.len(), 32);
    assert!(Run::of(&[&list[..], &["--show-keys"]].concat(), b"").out.contains(key));
    for more in [&[][..], &["--json"]] {
        let run = Run::of(&[&list[..], more].concat(), b"");
        assert!(!run.out.contains(key) && !run.errors.contains(key));
    }
}

/// Runs `ccache list --json` with this KRB5CCNAME.
fn listed(name: &str) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_negotiate"));
    let output = command.args(["ccache", "list", "--json"]).env("KRB5CCNAME", name).output().unwrap();
    Run {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn the_cache_is_krb5ccnames_and_may_be_a_directory() {
    let path = recorded("alias");
    for name in [path.clone(), format!("FILE:{path}")] {
        assert_eq!(listed(&name).json(SUCCESS)[0]["client"], "alice@EXAMPLE.COM");
    }
    let folder = Folder::new("collection");
    let directory = format!("DIR:{}", folder.0.display());
    assert_eq!(listed(&directory).status, USAGE, "nobody has logged in");
    fs::copy(recorded("alias"), folder.file("tkt")).unwrap();
    fs::copy(recorded("nopac"), folder.file("tktother")).unwrap();
    fs::write(folder.file("tktbroken"), b"broken").unwrap();
    fs::write(folder.file("primary"), b"tktother\n").unwrap();
    let lines = listed(&directory).json(SUCCESS);
    assert_eq!(lines[0]["cache"], folder.file("tktother").as_str());
    assert!(lines.iter().any(|line| line["cache"] == folder.file("tkt").as_str()));
    assert!(lines.iter().any(|line| line["error"].as_str().is_some_and(|error| error.contains("tktbroken"))));
    assert_eq!(listed(&format!("DIR::{}", folder.file("tkt"))).json(SUCCESS)[0]["client"], "alice@EXAMPLE.COM");
    for (name, says) in [
        ("KEYRING:persistent:0", "KEYRING"),
        ("KCM:0", "KCM"),
        ("FILE:/nonexistent", "/nonexistent"),
        (Case::read("crafted-good").keytab.as_str(), "this is a keytab"),
    ] {
        let run = listed(name);
        assert_eq!((run.status, run.out.as_str()), (USAGE, ""), "{name}");
        assert!(run.errors.contains(says), "{}", run.errors);
    }
}

#[test]
fn e14_a_delegated_credential_is_kept_where_it_is_asked_for() {
    let case = Case::read("deleg-aes256-sha1-krb5");
    let folder = Folder::new("delegated");
    let file = folder.file("cc");
    let lines = case.accept(&["--delegated-ccache", &file], &[&case.tokens[0]]).json(SUCCESS);
    assert!(lines[0]["flags"].as_array().unwrap().contains(&json!("delegate")), "{}", lines[0]);
    assert_eq!(fs::read(&file).unwrap(), fs::read(recorded("deleg-aes256-sha1-krb5.delegated")).unwrap());
    let tickets = Run::of(&["ccache", "list", "--json", &file], b"").json(SUCCESS);
    assert_eq!(tickets[0]["client"], case.peer.as_str());
    assert!(tickets[0]["flags"].as_array().unwrap().contains(&json!("forwarded")));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // The next login delegates nothing, and finds nothing of this one's.
    let other = Case::read("deleg-notforwardable");
    let lines = other.accept(&["--delegated-ccache", &file], &[&other.tokens[0]]).json(SUCCESS);
    assert!(!lines[0]["flags"].as_array().unwrap().contains(&json!("delegate")), "{}", lines[0]);
    assert!(!std::path::Path::new(&file).exists(), "another client's credential was left");
    // Not asked for, not granted; and a login whose credential cannot be kept is none.
    let lines = case.accept(&[], &[&case.tokens[0]]).json(SUCCESS);
    assert!(!lines[0]["flags"].as_array().unwrap().contains(&json!("delegate")));
    let lines = case.accept(&["--delegated-ccache", "/nonexistent/cc"], &[&case.tokens[0]]).json(REFUSED);
    assert_eq!(
        (&lines[0]["error"]["kind"], &lines[0]["error"]["fault"]),
        (&json!("ccache-unwritable"), &json!("configuration"))
    );
}
