//! The order of SECURITY section 2a is normative: of two faults the earlier check is the one that speaks.

use negotiate::gss::Oid;
use negotiate::kerberos::etype::KeyUsage;
use negotiate::kerberos::message::{ApOptions, KerberosTime, TicketFlags};
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::{
    ChecksumField, ClaimedKey, Element, Frame, Login, Name, Pac, Realm, User, if_relevant,
};
use negotiate::{Acceptor, Rejected, Timestamp};

use crate::authorization::own_bindings;
use crate::support::*;

type Spoil = fn(&mut Login);

fn at(seconds: i64) -> KerberosTime {
    KerberosTime::new(self::seconds(seconds)).unwrap()
}

/// One fault for each check, in the order of the checks. Each is told apart by its text.
const FAULTS: &[(&str, Spoil)] = &[
    ("wrong-token-id", |login| login.frame = Frame::Gss(Oid::KRB5, [2, 0])),
    ("bad-version", |login| login.pvno = 4),
    ("bad-message-type", |login| login.msg_type = 15),
    ("bad-version", |login| login.ticket.tkt_vno = 4),
    ("user-to-user", |login| login.ap_options = ApOptions::USE_SESSION_KEY),
    ("etype-not-permitted", |login| login.ticket.etype = 3),
    ("etype-not-permitted", |login| login.authenticator.etype = 3),
    ("not-us", |login| login.ticket.sname = Name::new(2, &["HTTP", "elsewhere"])),
    ("key-does-not-fit", |login| login.ticket.usage = KeyUsage(3)),
    ("bad-key", |login| login.ticket.key = ClaimedKey::new(18, &[1; 31])),
    ("bad-authenticator", |login| login.authenticator.usage = KeyUsage(7)),
    ("bad-version", |login| login.authenticator.authenticator_vno = 4),
    ("client-mismatch", |login| login.authenticator.cname = Name::new(1, &["mallory"])),
    ("bad-address", |login| login.ticket.caddr = Some(vec![(2, vec![192, 0, 2, 9])])),
    ("skew", |login| login.authenticator.stamp(seconds(-3600)).unwrap()),
    ("ticket-invalid", |login| login.ticket.flags = TicketFlags::INVALID),
    ("not-yet-valid", |login| login.ticket.starttime = Some(at(3600))),
    ("ticket-expired", |login| login.ticket.endtime = at(-3600)),
    ("lifetime-policy", |login| login.ticket.authtime = at(-90_000)),
    ("transited-path", |login| login.ticket.transited = b"ELSEWHERE".to_vec()),
    ("critical-authorization-data", |login| login.ticket.authorization_data.push(Element::new(9999, b""))),
    ("client-target", |login| {
        login.authenticator.authorization_data.push(if_relevant(&[Element::new(144, b"x\0")]).unwrap());
    }),
    ("inappropriate-checksum", |login| login.authenticator.cksum = ChecksumField::Absent),
    ("bad-bindings", |login| login.authenticator.gss.bindings = [9; 16]),
    ("pac-missing", |login| login.ticket.pac = None),
    ("etype-not-permitted", |login| login.authenticator.subkey = Some(ClaimedKey::new(23, &[1; 16]))),
];

/// An acceptor that checks all there is to check.
fn strictest(realm: &Realm) -> Acceptor {
    let day = core::time::Duration::from_secs(86_400);
    let kerberos = kerberos(realm).max_lifetime(day).require_pac();
    Acceptor::builder().kerberos(kerberos).require_channel_bindings().build().unwrap()
}

/// A login that pleases it.
fn best(realm: &Realm) -> Login {
    spoilt(realm, |login| {
        login.authenticator.gss.bindings = *own_bindings().hash().as_octets();
        login.ticket.pac = Some(Pac::new(&User::new("alice", 1103), &login.ticket, realm.krbtgt_key()).unwrap());
    })
}

fn judge(acceptor: &Acceptor, login: &Login) -> Result<Accepted, Rejected> {
    let handshake = acceptor.begin().channel_bindings(own_bindings()).peer_address("192.0.2.1".parse().unwrap());
    finish(handshake.accept(&login.encode().unwrap(), NOW), NOW, &NoReplayCache)
}

#[test]
fn of_two_faults_the_earlier_check_speaks() {
    let realm = realm();
    let acceptor = strictest(&realm);
    judge(&acceptor, &best(&realm)).unwrap_or_else(|rejected| panic!("{rejected}"));
    let faults: Vec<_> = FAULTS
        .iter()
        .map(|(kind, spoil)| {
            let mut login = best(&realm);
            spoil(&mut login);
            let rejected = refusal(judge(&acceptor, &login));
            assert_eq!(rejected.error.kind(), *kind, "{rejected}");
            (rejected.to_string(), spoil)
        })
        .collect();
    let mut pairs = 0;
    for (index, (earlier, first)) in faults.iter().enumerate() {
        for (later, second) in &faults[index + 1..] {
            let mut login = best(&realm);
            first(&mut login);
            second(&mut login);
            let rejected = refusal(judge(&acceptor, &login));
            assert_eq!(rejected.to_string(), *earlier, "not: {later}");
            pairs += 1;
        }
    }
    println!("{pairs} pairs of faults");
}

#[test]
fn a_replayed_login_that_is_also_late_is_late() {
    let realm = realm();
    let cache = negotiate::kerberos::MemoryReplayCache::new(Timestamp::UNIX_EPOCH);
    let token = login(&realm).encode().unwrap();
    assert!(take(&plain(&realm), &token, NOW, &cache).is_ok());
    assert_eq!(refusal(take(&plain(&realm), &token, NOW, &cache)).error.kind(), "replay");
    assert_eq!(refusal(take(&plain(&realm), &token, seconds(301), &cache)).error.kind(), "skew");
}
