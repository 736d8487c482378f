//! Whole logins over NTLM: is there such a user, of such a domain? The name itself is the peer's own and no secret; which names are
//! known here is one. So names of one length are compared, and each way to an account that is opened is there.

use std::sync::Arc;

use negotiate::gss::ChannelBindings;
use negotiate::ntlm::message::AuthenticateMessage;
use negotiate::ntlm::{self, Credential, MemoryAccounts, NtHash, TargetInfo};
use negotiate::peer::Account;
use negotiate::{Accept, Acceptor, Handshake, Initiate, Initiator, Timestamp};

use crate::welch::{Experiment, timed};

const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);
const PASSWORD: &str = "Alice-Pw-1";

pub fn all(samples: usize) -> Vec<Experiment<'static>> {
    // A login is some thousand times a comparison.
    let samples = samples / 4;
    let few = || accounts(0);
    let many = || accounts(20_000);
    let open = |accounts: MemoryAccounts| {
        accounts
            .own_names(&target())
            .empty_domain_is_own()
            .unknown_domains_are_own()
            .upn_suffix("ad.example.com", "ADEX")
    };
    vec![
        users("users: known or unknown", samples, few(), [("ADEX", "alice"), ("ADEX", "nobod")]),
        users("users: known or unknown, among 20,000 domains", samples, many(), [("ADEX", "alice"), ("ADEX", "nobod")]),
        users("users: of a known or of an unknown domain", samples, many(), [("ADEX", "nobod"), ("XXXX", "nobod")]),
        users("users: known or unknown, without a domain", samples, few(), [("", "local"), ("", "nobod")]),
        users(
            "users: known or unknown, without a domain, all ways open",
            samples,
            open(few()),
            [("", "local"), ("", "nobod")],
        ),
        users(
            "users: known or unknown by UPN",
            samples,
            open(few()),
            [("", "alice@ad.example.com"), ("", "nobod@ad.example.com")],
        ),
        users(
            "users: own account by an unknown domain, all ways open",
            samples,
            open(many()),
            [("YYYY", "local"), ("YYYY", "nobod")],
        ),
        users("users: with or without a password", samples, few(), [("ADEX", "alice"), ("ADEX", "empty")]),
        spoilt("login: NTLMv2 proof, first or last wrong", samples),
        bindings("login: channel bindings, first or last wrong", samples),
    ]
}

fn target() -> TargetInfo {
    TargetInfo::new("web.ad.example.com").and_then(|target| target.with_netbios_domain("ADEX")).expect("names")
}

fn accounts(domains: usize) -> MemoryAccounts {
    let mut accounts = MemoryAccounts::new();
    let mut add = |domain: &str, user: &str, password: &str| {
        accounts.insert(Account::new(domain, user), NtHash::from_password(password).expect("short"))
    };
    for (domain, user, password) in [("ADEX", "alice", PASSWORD), ("", "local", PASSWORD), ("ADEX", "empty", "")] {
        add(domain, user, password);
    }
    for domain in 0..domains {
        accounts.insert(Account::new(&format!("D{domain}"), "dave"), NtHash::new([2; 16]));
    }
    accounts
}

fn acceptor(accounts: MemoryAccounts) -> Acceptor {
    let ntlm = ntlm::Acceptor::new(target()).accounts(Arc::new(accounts));
    Acceptor::builder().ntlm(ntlm).build().expect("an acceptor")
}

fn initiator(domain: &str, user: &str, password: &str) -> Initiator {
    let credential = Credential::with_password(ntlm::UserName::new(domain, user), password).expect("a credential");
    Initiator::builder("HTTP@web.ad.example.com".parse().expect("a target"))
        .ntlm(ntlm::Initiator::new(credential))
        .bare()
        .build()
        .expect("an initiator")
}

/// An AUTHENTICATE_MESSAGE, and the acceptor that waits for it.
fn begin(acceptor: &Acceptor, initiator: &Initiator, bindings: Option<&ChannelBindings>) -> (Vec<u8>, Handshake) {
    let Ok(Initiate::NeedsToken { token, next: initiator }) = initiator.initiate(NOW) else { panic!("no first token") };
    let opening = match bindings {
        Some(bindings) => acceptor.begin().channel_bindings(bindings.clone()),
        None => acceptor.begin(),
    };
    let Ok(Accept::NeedsToken { token, next }) = opening.accept(&token, NOW) else { panic!("no challenge") };
    let Ok(Initiate::Established { token: Some(token), .. }) = initiator.step(&token, NOW) else { panic!("no answer") };
    (token, next)
}

/// Two users, neither with the right password.
fn users(
    name: &'static str,
    samples: usize,
    accounts: MemoryAccounts,
    users: [(&'static str, &'static str); 2],
) -> Experiment<'static> {
    let acceptor = acceptor(accounts);
    let initiators = users.map(|(domain, user)| initiator(domain, user, "another"));
    let once = Box::new(move |class: bool| {
        let (token, handshake) = begin(&acceptor, &initiators[usize::from(class)], None);
        let mut handshake = Some(handshake);
        timed(1, || handshake.take().map(|handshake| handshake.accept(&token, NOW).is_ok()))
    });
    Experiment { name, samples, allowed: 0.01, once }
}

/// The right password, and a proof that was changed.
fn spoilt(name: &'static str, samples: usize) -> Experiment<'static> {
    let (acceptor, initiator) = (acceptor(accounts(0)), initiator("ADEX", "alice", PASSWORD));
    let once = Box::new(move |class: bool| {
        let (mut token, handshake) = begin(&acceptor, &initiator, None);
        let message = AuthenticateMessage::parse(&token).expect("a message");
        let at = message.layout().fields()[1].buffer_offset as usize;
        token[at + if class { 15 } else { 0 }] ^= 1;
        let mut handshake = Some(handshake);
        timed(1, || handshake.take().map(|handshake| handshake.accept(&token, NOW).is_ok()))
    });
    Experiment { name, samples, allowed: 0.0, once }
}

/// A right login over another channel, whose hash differs from this one's in the first octet or in the last.
fn bindings(name: &'static str, samples: usize) -> Experiment<'static> {
    let own = ChannelBindings::tls_server_end_point_hash(b"own");
    let hash = *own.hash().as_octets();
    // Other channels whose hashes begin, or end, as this one's does, in an octet each.
    let alike = |same: usize, other: usize| {
        let channels = (0u32..).map(|number| ChannelBindings::tls_server_end_point_hash(&number.to_be_bytes()));
        let mut fitting = channels.filter(move |channel| {
            let found = *channel.hash().as_octets();
            found[same] == hash[same] && found[other] != hash[other]
        });
        fitting.next().expect("one of 256")
    };
    let (acceptor, initiator) = (acceptor(accounts(0)), initiator("ADEX", "alice", PASSWORD));
    let initiators = [alike(15, 0), alike(0, 15)].map(|channel| initiator.with_channel_bindings(channel));
    let once = Box::new(move |class: bool| {
        let (token, handshake) = begin(&acceptor, &initiators[usize::from(class)], Some(&own));
        let mut handshake = Some(handshake);
        timed(1, || handshake.take().map(|handshake| handshake.accept(&token, NOW).is_ok()))
    });
    Experiment { name, samples, allowed: 0.0, once }
}
