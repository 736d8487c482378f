//! What goes along with a login, and where to (RFC 4121 section 4.1.1, row E14).

use negotiate::gss::ContextFlags;
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::message::TicketFlags;
use negotiate::kerberos::testing::Realm;
use negotiate::kerberos::{self, Ccache};
use negotiate::{Acceptor, Timestamp};

use crate::NOW;
use crate::pair::{login, realm, to_service, usual};

fn cache(realm: &Realm, flags: TicketFlags) -> Ccache {
    let mut login = realm.login("alice", NOW).unwrap();
    login.ticket.flags = login.ticket.flags.with(flags);
    let mut cache = Ccache::new("alice@EXAMPLE.TEST".parse().unwrap());
    cache.add(login.credential().unwrap());
    cache
}

/// An initiator with alice's ticket, of whose service the KDC says that it may be trusted with another.
pub(crate) fn trusted(realm: &Realm) -> kerberos::Initiator {
    kerberos::Initiator::new(cache(realm, TicketFlags::OK_AS_DELEGATE)).dangerous().allow_rc4()
}

fn untrusted(realm: &Realm) -> kerberos::Initiator {
    kerberos::Initiator::new(cache(realm, TicketFlags::default()))
}

/// An acceptor that takes what is delegated.
pub(crate) fn taking(realm: &Realm) -> Acceptor {
    let kerberos = kerberos::Acceptor::new(realm.keytab().unwrap()).accept_delegation().dangerous().permit_rc4();
    Acceptor::builder().kerberos(kerberos).build().unwrap()
}

#[test]
fn a_ticket_granting_ticket_arrives_in_each_etype() {
    for etype in EncryptionType::IMPLEMENTED {
        let realm = realm(etype);
        for ask in [|one| one, kerberos::Initiator::dce_style, kerberos::Initiator::without_mutual_authentication] {
            let tgt = realm.ticket_granting_ticket("alice", NOW).unwrap();
            let octets = tgt.ticket.clone();
            let kerberos = ask(trusted(&realm).delegate(tgt));
            let login = login(&to_service(kerberos).bare().build().unwrap(), &taking(&realm), None).unwrap();
            assert!(login.initiator.flags().contains(ContextFlags::DELEGATE));
            assert_eq!(login.initiator.flags(), login.acceptor.flags());
            let cache = Ccache::parse(login.acceptor.delegated_credential().unwrap().expose()).unwrap();
            let delegated = cache.ticket_granting_ticket().unwrap();
            assert_eq!(delegated.ticket, octets);
            assert_eq!(cache.client().to_string(), "alice@EXAMPLE.TEST");
        }
    }
}

#[test]
fn e14_nothing_goes_to_a_service_that_the_kdc_does_not_trust() {
    let realm = usual();
    let tgt = || realm.ticket_granting_ticket("alice", NOW).unwrap();
    let initiator = to_service(untrusted(&realm).delegate(tgt())).build().unwrap();
    let one = login(&initiator, &taking(&realm), None).unwrap();
    assert!(!one.initiator.flags().contains(ContextFlags::DELEGATE));
    assert!(one.acceptor.delegated_credential().is_none());
    let kerberos = untrusted(&realm).delegate(tgt()).dangerous().delegate_to_any_service();
    let other = login(&to_service(kerberos).build().unwrap(), &taking(&realm), None).unwrap();
    assert!(other.initiator.flags().contains(ContextFlags::DELEGATE));
    assert!(other.acceptor.delegated_credential().is_some());
    // The acceptor that does not take it is not told otherwise than by its own flags.
    let initiator = to_service(trusted(&realm).delegate(tgt())).build().unwrap();
    let third = login(&initiator, &crate::pair::acceptor(&realm), None).unwrap();
    assert!(!third.acceptor.flags().contains(ContextFlags::DELEGATE));
}

#[test]
fn the_caches_own_ticket_goes_along_or_its_absence_is_an_error() {
    let realm = usual();
    let kerberos = trusted(&realm).delegate_own();
    let error = to_service(kerberos).build().unwrap().initiate(NOW).unwrap_err();
    assert_eq!(error.kind(), "nothing-to-delegate");
    let mut cache = cache(&realm, TicketFlags::OK_AS_DELEGATE);
    cache.add(realm.ticket_granting_ticket("alice", NOW).unwrap());
    let kerberos = kerberos::Initiator::new(cache).delegate_own();
    let login = login(&to_service(kerberos).build().unwrap(), &taking(&realm), None).unwrap();
    assert!(login.acceptor.delegated_credential().is_some());
}

#[test]
fn what_cannot_be_delegated_ends_the_login() {
    let realm = usual();
    let mut over = realm.ticket_granting_ticket("alice", NOW).unwrap();
    over.times.endtime = Timestamp::from_seconds(NOW.as_seconds());
    let error = to_service(trusted(&realm).delegate(over)).build().unwrap().initiate(NOW).unwrap_err();
    assert_eq!((error.kind(), error.fault()), ("ticket-expired", negotiate::Fault::Time));
    let krbtgt = Realm::new("EXAMPLE.TEST", "krbtgt/EXAMPLE.TEST").unwrap();
    let mut long = krbtgt.login("alice", NOW).unwrap();
    long.ticket.cipher = Some(vec![7; 65_536]);
    let kerberos = trusted(&realm).delegate(long.credential().unwrap());
    let error = to_service(kerberos).build().unwrap().initiate(NOW).unwrap_err();
    assert_eq!(error.kind(), "delegation-too-long");
}
