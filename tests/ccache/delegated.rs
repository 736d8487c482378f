//! What recorded logins delegate: by MIT krb5 under the session key, by Heimdal, by Java under the subkey.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use negotiate::gss::{ChannelBindings, ContextFlags};
use negotiate::kerberos::{self, Ccache, Keytab, MemoryReplayCache};
use negotiate::{Accept, Acceptor, Context, Rejected, Timestamp};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit")
}

fn bindings(text: &str) -> ChannelBindings {
    let data = text.rsplit_once(' ').unwrap().1;
    let octet = |at: usize| u8::from_str_radix(&data[at..at + 2], 16).unwrap();
    ChannelBindings::application_data((0..data.len()).step_by(2).map(octet).collect::<Vec<_>>())
}

/// The first token of a recorded login, judged by an acceptor that takes what is delegated, or does not.
fn login(name: &str, delegation: bool) -> Result<Context, Rejected> {
    let text = fs::read_to_string(folder().join(format!("{name}.txt"))).unwrap();
    let fields: BTreeMap<_, _> = text.lines().filter_map(|line| line.split_once(": ")).collect();
    let token = Base64::decode_vec(text.lines().find_map(|line| line.strip_prefix("> ")).unwrap()).unwrap();
    let now = Timestamp::from_seconds(fields["now"].parse().unwrap());
    let keytab = Keytab::read(folder().join("keytabs").join(fields["keytab"])).unwrap();
    let mut kerberos = kerberos::Acceptor::new(keytab).dangerous().permit_rc4();
    if delegation {
        kerberos = kerberos.accept_delegation();
    }
    let acceptor = Acceptor::builder().kerberos(kerberos).build().unwrap();
    let mut opening = acceptor.begin();
    if let Some(text) = fields.get("bindings") {
        opening = opening.channel_bindings(bindings(text));
    }
    let Accept::NeedsReplayCheck(check) = opening.accept(&token, now)? else { panic!("{name}") };
    match check.use_cache(&MemoryReplayCache::new(Timestamp::UNIX_EPOCH), now)? {
        Accept::Established { context, .. } => Ok(context),
        other => panic!("{name}: {other:?}"),
    }
}

/// Octet for octet what MIT krb5's acceptor wrote of the same login.
#[test]
fn mit_delegates_and_we_write_what_mit_writes() {
    let mut compared = 0;
    for entry in fs::read_dir(folder().join("ccache")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let is_kept = folder().join(format!("{name}.txt")).exists();
        // Triple DES is not implemented: that login is refused.
        if path.extension().is_none_or(|extension| extension != "delegated") || !is_kept || name.contains("des3") {
            continue;
        }
        let context = login(name, true).unwrap_or_else(|rejected| panic!("{name}: {rejected}"));
        assert!(context.flags().contains(ContextFlags::DELEGATE), "{name}");
        let ours = context.delegated_credential().unwrap().expose();
        assert_eq!(ours, fs::read(&path).unwrap(), "{name}");
        let cache = Ccache::parse(ours).unwrap();
        assert_eq!(cache.client().to_string(), context.peer().to_string());
        assert!(cache.ticket_granting_ticket().is_some_and(|ticket| ticket.key().is_ok()));
        compared += 1;
    }
    println!("{compared} delegated credentials");
    assert!(compared >= 11);
}

/// Heimdal's and Java's acceptors kept nothing to compare with: a ticket-granting ticket of who logged in.
#[test]
fn heimdal_java_and_curl_delegate() {
    for name in ["heimdal-init-deleg-spnego", "jdk-init-deleg-krb5", "jdk-init-deleg-spnego", "http-curl-delegation"] {
        let context = login(name, true).unwrap_or_else(|rejected| panic!("{name}: {rejected}"));
        assert!(context.flags().contains(ContextFlags::DELEGATE), "{name}");
        let cache = Ccache::parse(context.delegated_credential().unwrap().expose()).unwrap();
        assert_eq!(cache.client().to_string(), context.peer().to_string(), "{name}");
        let ticket = cache.ticket_granting_ticket().unwrap();
        assert!(ticket.key().is_ok() && ticket.times.endtime > ticket.times.authtime, "{name}");
        println!("{name}: {ticket:?}");
    }
}

#[test]
fn e14_nothing_is_delegated_to_who_did_not_ask() {
    for name in ["deleg-aes256-sha1-krb5", "heimdal-init-deleg-spnego", "jdk-init-deleg-krb5"] {
        let context = login(name, false).unwrap();
        assert!(!context.flags().contains(ContextFlags::DELEGATE), "{name}");
        assert!(context.delegated_credential().is_none(), "{name}");
    }
    // And nobody has it who delegated nothing.
    for name in ["deleg-notforwardable", "deleg-policy-no"] {
        let context = login(name, true).unwrap();
        assert!(
            context.delegated_credential().is_none() && !context.flags().contains(ContextFlags::DELEGATE),
            "{name}"
        );
    }
}
