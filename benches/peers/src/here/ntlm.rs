//! This crate: both front doors, bare tokens, the acceptor timed.

use std::time::Duration;

use negotiate::ntlm::{self, Credential, MemoryAccounts, NtHash, TargetInfo};
use negotiate::{Accept, Acceptor, Account, Context, Initiate, Initiator, Protection, Timestamp};

use crate::{DOMAIN, PASSWORD, SIZES, USER, report, rounds, timed};

pub(crate) fn run() {
    let mut accounts = MemoryAccounts::new();
    accounts.insert(Account::new(DOMAIN, USER), NtHash::from_password(PASSWORD).unwrap());
    let target = TargetInfo::new("dc1.ad.example.com").unwrap().with_netbios_domain(DOMAIN).unwrap();
    let acceptor = Acceptor::builder().ntlm(ntlm::Acceptor::new(target).accounts(accounts)).build().unwrap();
    let credential = Credential::with_password(ntlm::UserName::new(DOMAIN, USER), PASSWORD).unwrap();
    let initiator = Initiator::builder("HTTP@web".parse().unwrap()).ntlm(credential).bare().build().unwrap();
    report("ntlm/login", 20_000, || login(&acceptor, &initiator).0);
    let (_, mut ours, mut theirs) = login(&acceptor, &initiator);
    for size in SIZES {
        let message = vec![7; size];
        let mut unwraps = Vec::new();
        report(&format!("ntlm/wrap-{size}"), rounds(size), || {
            let (wrap, mut token) = timed(|| ours.wrap(&message, Protection::Confidentiality).unwrap());
            unwraps.push(timed(|| theirs.unwrap(&mut token).unwrap().message.len()).0);
            wrap
        });
        let mut unwraps = unwraps.into_iter();
        report(&format!("ntlm/unwrap-{size}"), rounds(size), || unwraps.next().unwrap());
    }
}

fn login(acceptor: &Acceptor, initiator: &Initiator) -> (Duration, Context, Context) {
    let now = Timestamp::now();
    let Initiate::NeedsToken { token, next: ours } = initiator.initiate(now).unwrap() else { panic!("done too early") };
    let (first, step) = timed(|| acceptor.accept(&token, now).unwrap());
    let Accept::NeedsToken { token, next } = step else { panic!("no challenge") };
    let Initiate::Established { token, context: ours } = ours.step(&token, now).unwrap() else { panic!("not done") };
    let token = token.unwrap();
    let (second, step) = timed(|| next.accept(&token, now).unwrap());
    let Accept::Established { context, .. } = step else { panic!("not logged in") };
    (first + second, ours, context)
}
