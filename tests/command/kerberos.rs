//! `initiate` by a credential cache, against `accept`.

use std::fs;

use negotiate::Timestamp;
use negotiate::kerberos::Ccache;
use negotiate::kerberos::message::TicketFlags;
use negotiate::kerberos::testing::Realm;
use serde_json::Value;

use crate::ntlm::Talk;
use crate::{Folder, REFUSED, Run, SUCCESS, USAGE};

/// A ticket in a file, the service's key in another, and a password for what goes without.
struct Files {
    folder: Folder,
    ccache: String,
    keytab: String,
}

const SERVICE: &str = "HTTP/web.ad.example.com";

impl Files {
    /// With a service that the KDC trusts with delegated tickets.
    fn new(name: &str) -> Self {
        Self::with(name, TicketFlags::OK_AS_DELEGATE)
    }

    fn with(name: &str, flags: TicketFlags) -> Self {
        let folder = Folder::new(name);
        let (ccache, keytab) = (folder.file("ccache"), folder.file("keytab"));
        let realm = Realm::new("AD.EXAMPLE.COM", SERVICE).unwrap();
        let mut login = realm.login("alice", Timestamp::now()).unwrap();
        login.ticket.flags = login.ticket.flags.with(flags);
        let mut cache = Ccache::new("alice@AD.EXAMPLE.COM".parse().unwrap());
        cache.add(login.credential().unwrap());
        cache.add(realm.ticket_granting_ticket("alice", Timestamp::now()).unwrap());
        fs::write(&ccache, cache.to_bytes().expose()).unwrap();
        fs::write(&keytab, realm.keytab().unwrap().to_bytes().expose()).unwrap();
        Self { folder, ccache, keytab }
    }
}

/// Both commands, line by line; their last words, and their exit status.
fn login(files: &Files, initiate: &[&str], accept: &[&str]) -> ([Value; 2], [i32; 2]) {
    let accept = [&["accept", "--json", "--show-keys", "--keytab", &files.keytab], accept].concat();
    let begin = ["initiate", "--json", "--show-keys", "--target", "HTTP@web.ad.example.com", "--ccache", &files.ccache];
    let (mut acceptor, mut initiator) = (Talk::with(&accept), Talk::with(&[&begin, initiate].concat()));
    let (mut ours, mut theirs) = (initiator.json(), Value::Null);
    while ours["token"].is_string() {
        acceptor.say(ours["token"].as_str().unwrap());
        theirs = acceptor.json();
        if ours["result"] != "continue" {
            break;
        }
        initiator.say(&theirs.to_string());
        ours = initiator.json();
    }
    ([ours, theirs], [initiator.end(), acceptor.end()])
}

#[test]
fn initiate_and_accept_agree() {
    let files = Files::new("kerberos");
    for arguments in [
        &[][..],
        &["--mutual"],
        &["--mutual=false"],
        &["--mechanism", "kerberos"],
        &["--mechanism", "kerberos", "--mutual=false"],
        &["--mechanism", "kerberos", "--dce-style"],
        &["--dce-style"],
    ] {
        let ([ours, theirs], status) = login(&files, arguments, &[]);
        assert_eq!(status, [SUCCESS, SUCCESS], "{arguments:?}: {ours} {theirs}");
        assert_eq!((&ours["mechanism"], &ours["peer"]), (&"kerberos".into(), &theirs["acceptor"]));
        assert_eq!((&ours["client"], &theirs["peer"]), (&theirs["peer"], &"alice@AD.EXAMPLE.COM".into()));
        for same in ["session_key", "flags", "etype", "context_etype", "expires_at"] {
            assert_eq!(ours[same], theirs[same], "{arguments:?}: {same}");
        }
        let mutual = !arguments.contains(&"--mutual=false");
        assert_eq!(ours["peer_is_proven"], mutual);
        let bare = arguments.contains(&"kerberos");
        assert_eq!(ours["wrapping"], if bare { "raw" } else { "spnego" });
    }
}

#[test]
fn bindings_and_delegation_go_along() {
    let files = Files::new("kerberos-bindings");
    let bindings = ["--channel-bindings", "746c732d756e697175653a78"];
    let ([_, theirs], status) = login(&files, &bindings, &bindings);
    assert_eq!((status, &theirs["channel_bindings"]), ([SUCCESS, SUCCESS], &"matched".into()));
    let ([ours, theirs], status) = login(&files, &["--channel-bindings", "00"], &bindings);
    assert_eq!((status, &theirs["error"]["kind"]), ([REFUSED, REFUSED], &"bad-bindings".into()), "{ours}");
    let (said, why) = (ours["error"]["message"].as_str().unwrap(), theirs["error"]["message"].as_str().unwrap());
    assert!(said.contains(why), "an initiator at the same terminal says why: {said}");
    let ([ours, _], _) = login(&files, &["--delegate"], &[]);
    assert!(ours["flags"].as_array().unwrap().contains(&"delegate".into()), "{ours}");
}

#[test]
fn what_is_not_delegated_is_said() {
    let files = Files::with("kerberos-untrusted", TicketFlags::FORWARDABLE);
    let initiate = ["initiate", "--target", "HTTP@web.ad.example.com", "--ccache", &files.ccache, "--mutual=false"];
    let delegate = [&initiate[..], &["--mechanism", "kerberos", "--delegate"]].concat();
    let refused = Run::of(&delegate, b"");
    assert!(refused.status == SUCCESS && refused.errors.contains("nothing was delegated"), "{}", refused.errors);
    let opened = Run::of(&[&delegate[..], &["--allow", "untrusted-delegation"]].concat(), b"");
    assert!(opened.status == SUCCESS && !opened.errors.contains("nothing was delegated"), "{}", opened.errors);
}

#[test]
fn text_says_who_logged_in_and_whether_the_service_proved_itself() {
    let files = Files::new("kerberos-text");
    let initiate = ["initiate", "--target", "HTTP@web.ad.example.com", "--ccache", &files.ccache];
    let mut acceptor = Talk::with(&["accept", "--json", "--keytab", &files.keytab]);
    let first = Run::of(&initiate, b"");
    assert_eq!((first.status, first.out.lines().count()), (REFUSED, 1), "no answer came: {}", first.errors);
    acceptor.say(first.out.trim_end());
    acceptor.hear();
    let one_way = Run::of(&[&initiate[..], &["--mechanism", "kerberos", "--mutual=false"]].concat(), b"");
    assert_eq!(one_way.status, SUCCESS, "{}", one_way.errors);
    assert!(one_way.errors.contains("HTTP/web.ad.example.com@AD.EXAMPLE.COM by Kerberos"), "{}", one_way.errors);
}

/// With a password, a ticket is not needed; why there is none stands on stderr, unless it may not be done without.
#[test]
fn without_a_ticket_ntlm_is_left() {
    let files = Files::new("kerberos-none");
    let password = files.folder.file("password");
    fs::write(&password, "Alice-Pw-1\n").unwrap();
    let initiate = ["initiate", "--target", "HTTP@elsewhere.ad.example.com", "--ccache", &files.ccache];
    let alone = Run::of(&initiate, b"");
    assert_eq!((alone.status, alone.out.as_str()), (USAGE, ""));
    assert!(alone.errors.contains("HTTP/elsewhere.ad.example.com"), "{}", alone.errors);
    let with_user = [&initiate[..], &["--user", "alice", "--password-file", &password]].concat();
    let both = Run::of(&with_user, b"");
    assert_eq!((both.status, both.out.lines().count()), (REFUSED, 1), "{}", both.errors);
    assert!(both.errors.starts_with("note: Kerberos V5 is not offered: "), "{}", both.errors);
    let strict = Run::of(&[&with_user[..], &["--without-fallback"]].concat(), b"");
    assert_eq!((strict.status, strict.out.as_str()), (USAGE, ""));
    let absent = [&initiate[..4], &["/nonexistent"]].concat();
    let absent = Run::of(&absent, b"");
    assert!(absent.status == USAGE && absent.errors.contains("/nonexistent"), "{}", absent.errors);
}
