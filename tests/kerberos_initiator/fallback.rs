//! Kerberos and NTLM together: what is offered, and why not more (curl #876, row C16).

use negotiate::gss::Oid;
use negotiate::initiator::LeftOut;
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::testing::Realm;
use negotiate::ntlm::{self, Credential, MemoryAccounts, NtHash, TargetInfo};
use negotiate::spnego::message::NegotiationToken;
use negotiate::{Acceptor, Account, Fault, Initiate, Initiator, Mechanism, Timestamp, kerberos};

use crate::pair::{GaveUp, acceptor, login, realm, usual};
use crate::{NOW, SERVICE};

const PASSWORD: &str = "open sesame";

fn ntlm() -> Credential {
    Credential::with_password(r"ADEX\alice", PASSWORD).unwrap()
}

fn both(kerberos: impl Into<kerberos::Initiator>) -> negotiate::initiator::InitiatorBuilder {
    Initiator::builder(SERVICE.parse().unwrap()).kerberos(kerberos).ntlm(ntlm())
}

fn taking_both(realm: &Realm) -> Acceptor {
    let own = TargetInfo::new("www.example.test").unwrap().with_netbios_domain("ADEX").unwrap();
    let mut accounts = MemoryAccounts::new().own_names(&own);
    accounts.insert(Account::new("ADEX", "alice"), NtHash::from_password(PASSWORD).unwrap());
    Acceptor::builder()
        .kerberos(kerberos::Acceptor::new(realm.keytab().unwrap()))
        .ntlm(ntlm::Acceptor::new(own).accounts(accounts))
        .build()
        .unwrap()
}

/// The names in the offer, and what was left out of it.
fn offer(initiator: &Initiator) -> (Vec<Oid<'static>>, Vec<String>) {
    let Initiate::NeedsToken { token, next } = initiator.initiate(NOW).unwrap() else { panic!("no offer") };
    let framed = negotiate::gss::InitialToken::parse(&token).unwrap();
    let NegotiationToken::NegTokenInit(init) = NegotiationToken::parse(framed.inner).unwrap() else {
        panic!("no offer")
    };
    let known = [Oid::KRB5, Oid::NTLMSSP];
    let names = init.mech_types.iter().map(|name| *known.iter().find(|known| **known == name).unwrap()).collect();
    (names, next.left_out().iter().map(LeftOut::to_string).collect())
}

#[test]
fn both_are_offered_and_kerberos_is_taken() {
    let realm = usual();
    let initiator = both(realm.ccache("alice", NOW).unwrap()).build().unwrap();
    let other_order =
        Initiator::builder(SERVICE.parse().unwrap()).ntlm(ntlm()).kerberos(realm.ccache("alice", NOW).unwrap());
    for initiator in [&initiator, &other_order.build().unwrap()] {
        assert_eq!(offer(initiator), (vec![Oid::KRB5, Oid::NTLMSSP], vec![]));
    }
    let upside_down = both(realm.ccache("alice", NOW).unwrap()).ntlm_first().build().unwrap();
    assert_eq!(offer(&upside_down), (vec![Oid::NTLMSSP, Oid::KRB5], vec![]));
    let login = login(&initiator, &taking_both(&realm), None).unwrap();
    assert_eq!((login.initiator.mechanism(), login.tokens), (Mechanism::Kerberos, 2));
}

#[test]
fn an_acceptor_without_kerberos_gets_ntlm_and_signs_the_offer() {
    let realm = usual();
    let own = TargetInfo::new("www.example.test").unwrap().with_netbios_domain("ADEX").unwrap();
    let mut accounts = MemoryAccounts::new().own_names(&own);
    accounts.insert(Account::new("ADEX", "alice"), NtHash::from_password(PASSWORD).unwrap());
    let ntlm = Acceptor::builder().ntlm(ntlm::Acceptor::new(own).accounts(accounts)).build().unwrap();
    let login = login(&both(realm.ccache("alice", NOW).unwrap()).build().unwrap(), &ntlm, None).unwrap();
    assert_eq!(login.initiator.mechanism(), Mechanism::Ntlm);
    assert_eq!(login.initiator.session_key(), login.acceptor.session_key());
}

/// No ticket, one that is over, one of a type that is not permitted: the offer is NTLM's, and why can be read.
#[test]
fn without_a_ticket_that_can_be_used_it_ends_in_ntlm() {
    let realm = usual();
    let elsewhere = Realm::new("EXAMPLE.TEST", "HTTP/elsewhere.example.test").unwrap();
    let long_ago = Timestamp::from_seconds(NOW.as_seconds() - 10_000_000);
    let rc4 = self::realm(EncryptionType::RC4_HMAC);
    for (cache, kind, fault, word) in [
        (elsewhere.ccache("alice", NOW).unwrap(), "no-ticket", Fault::Configuration, SERVICE),
        (realm.ccache("alice", long_ago).unwrap(), "ticket-expired", Fault::Time, "2026-07"),
        (rc4.ccache("alice", NOW).unwrap(), "etype-not-permitted", Fault::Policy, "rc4-hmac"),
    ] {
        let cache = std::sync::Arc::new(cache);
        let initiator = both(cache.clone()).build().unwrap();
        let (names, left_out) = offer(&initiator);
        assert_eq!(names, [Oid::NTLMSSP]);
        assert!(left_out[0].starts_with("Kerberos V5 is not offered: "), "{left_out:?}");
        assert!(left_out[0].contains(word), "{left_out:?}");
        let login = login(&initiator, &taking_both(&realm), None).unwrap();
        assert_eq!((login.initiator.mechanism(), login.acceptor.mechanism()), (Mechanism::Ntlm, Mechanism::Ntlm));

        let strict = both(cache.clone()).without_fallback().build().unwrap();
        let error = strict.initiate(NOW).unwrap_err();
        assert_eq!((error.kind(), error.fault()), (kind, fault), "{error}");
        // With Kerberos alone there is nothing else to offer, in SPNEGO and bare.
        for builder in [Initiator::builder, |target| Initiator::builder(target).bare()] {
            let alone = builder(SERVICE.parse().unwrap()).kerberos(cache.clone()).build().unwrap();
            assert_eq!(alone.initiate(NOW).unwrap_err().kind(), kind);
        }
    }
}

/// A service that is no web server, with a port in its name: the ticket is for that name, and so is the NTLM login.
#[test]
fn another_service_is_logged_in_to_by_its_whole_name() {
    const DATABASE: &str = "MSSQLSvc/db.example.test:1433";
    let realm = Realm::new("EXAMPLE.TEST", DATABASE).unwrap();
    let another_port = Realm::new("EXAMPLE.TEST", "MSSQLSvc/db.example.test:1434").unwrap();
    let to_database = |tickets: &Realm| {
        let tickets = tickets.ccache("alice", NOW).unwrap();
        let builder = Initiator::builder(DATABASE.parse().unwrap()).kerberos(tickets).ntlm(ntlm());
        login(&builder.build().unwrap(), &taking_both(&realm), None).unwrap()
    };
    let one = to_database(&realm);
    assert_eq!(one.initiator.mechanism(), Mechanism::Kerberos);
    assert_eq!(one.initiator.peer().to_string(), format!("{DATABASE}@EXAMPLE.TEST"));
    let other = to_database(&another_port);
    assert_eq!(other.initiator.mechanism(), Mechanism::Ntlm);
    let details: &ntlm::Details = other.acceptor.details().unwrap();
    assert_eq!(details.target_name.as_deref(), Some(DATABASE));
}

/// Kerberos that comes second and has no ticket is not offered either: nothing could be made of its choice.
#[test]
fn what_is_offered_can_be_begun() {
    let elsewhere = Realm::new("EXAMPLE.TEST", "HTTP/elsewhere.example.test").unwrap();
    let builder = Initiator::builder(SERVICE.parse().unwrap()).ntlm(ntlm());
    let initiator = builder.kerberos(elsewhere.ccache("alice", NOW).unwrap()).build().unwrap();
    assert_eq!(offer(&initiator).0, [Oid::NTLMSSP]);
}

/// Two caches for Kerberos, of which one has no ticket: the other is not left out with it, and NTLM does not take its place.
#[test]
fn c16_a_cache_without_a_ticket_takes_no_other_along() {
    let (realm, elsewhere) = (usual(), Realm::new("EXAMPLE.TEST", "HTTP/elsewhere.example.test").unwrap());
    let (with, without) = (|| realm.ccache("alice", NOW).unwrap(), || elsewhere.ccache("alice", NOW).unwrap());
    for [first, second] in [[with(), without()], [without(), with()]] {
        let both = || Initiator::builder(SERVICE.parse().unwrap());
        let initiator = both().kerberos(first).kerberos(second).ntlm(ntlm()).build().unwrap();
        let (names, left_out) = offer(&initiator);
        assert_eq!((names, left_out.len()), (vec![Oid::KRB5, Oid::NTLMSSP], 1));
        let login = login(&initiator, &taking_both(&realm), None).unwrap();
        assert_eq!(login.initiator.mechanism(), Mechanism::Kerberos);
    }
    let alone = Initiator::builder(SERVICE.parse().unwrap()).kerberos(without()).kerberos(with()).build().unwrap();
    assert_eq!(offer(&alone).0, [Oid::KRB5]);
}

/// The ticket is for another key of the same service: the acceptor refuses, and no NTLM token follows.
#[test]
fn c16_a_kerberos_login_that_failed_has_failed() {
    let (realm, other) = (usual(), usual());
    let initiator = both(other.ccache("alice", NOW).unwrap()).build().unwrap();
    let Err(GaveUp::Acceptor(rejected)) = login(&initiator, &taking_both(&realm), None) else { panic!("accepted") };
    assert_eq!(rejected.error.kind(), "key-does-not-fit");
    let Initiate::NeedsToken { next, .. } = initiator.initiate(NOW).unwrap() else { panic!("no offer") };
    let error = next.step(&rejected.token.unwrap(), NOW).unwrap_err();
    assert_eq!(error.kind(), "peer-error", "{error}");
    let refusal = error.downcast_ref::<kerberos::InitiatorError>();
    assert!(matches!(refusal, Some(kerberos::InitiatorError::Refused(_))), "{refusal:?}");
}

#[test]
fn b09_rc4_is_taken_if_allowed_by_name_only() {
    let realm = realm(EncryptionType::RC4_HMAC);
    let plain = kerberos::Initiator::new(realm.ccache("alice", NOW).unwrap());
    let error =
        Initiator::builder(SERVICE.parse().unwrap()).kerberos(plain).build().unwrap().initiate(NOW).unwrap_err();
    assert_eq!((error.kind(), error.fault()), ("etype-not-permitted", Fault::Policy));
    let opened = kerberos::Initiator::new(realm.ccache("alice", NOW).unwrap()).dangerous().allow_rc4();
    let initiator = Initiator::builder(SERVICE.parse().unwrap()).kerberos(opened).build().unwrap();
    assert!(login(&initiator, &acceptor(&realm), None).is_ok());
}
