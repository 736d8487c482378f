//! Tickets on their owner's side: credential caches, and the messages that carry tickets.

use negotiate::kerberos::Ccache;
use negotiate::kerberos::ccache::{Credential, open, seal};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType};
use negotiate::kerberos::message::{EncKrbCredPart, KrbCred};
use negotiate::random::{Randomness, Unavailable};
use negotiate::{Target, Timestamp};

/// `Ccache`: what is read and written again is the same octets; each ticket is found by its name while it is good, and
/// nothing is found that is not.
pub fn ccache(octets: &[u8]) {
    let cache = match Ccache::parse(octets) {
        Ok(cache) => cache,
        Err(error) => return assert!(!error.to_string().contains(char::is_control), "not a line for a log: {error:?}"),
    };
    let written = cache.to_bytes();
    // Version 3 comes out as version 4, which is read as the same.
    assert!(octets.starts_with(&[5, 3]) || written.expose() == octets, "written again, the cache differs");
    let again = Ccache::parse(written.expose()).unwrap();
    assert!(cache.entries().map(facts).eq(again.entries().map(facts)), "read again, the cache differs");
    assert!(cache.entries().len() <= octets.len(), "more entries than octets");
    assert!(cache.configs().count() + cache.credentials().count() <= cache.entries().len());
    for ticket in cache.credentials() {
        assert!(!format!("{ticket:?}").contains(char::is_control));
        assert!(ticket.addresses().count() + ticket.authorization_data().count() <= octets.len());
        let name = ticket.server.to_string();
        let Ok(target) = name.parse::<Target>() else { continue };
        let now = Timestamp::from_micros(ticket.times.endtime.as_micros() - 1);
        match cache.find(&target, now) {
            Ok(found) => {
                assert!(found.times.endtime > cache.kdc_time(now), "{found:?} is over");
                assert_eq!(&found.client, cache.client());
                assert!(!found.is_user_to_user() && found.is_ticket());
            }
            Err(error) => assert!(!error.to_string().contains(char::is_control), "not a line for a log: {error:?}"),
        }
    }
}

/// All that a file says of an entry.
fn facts(entry: &Credential) -> impl PartialEq {
    let names = (entry.client.clone(), entry.server.clone(), entry.is_user_to_user());
    let secrets = (entry.etype(), entry.expose_key().to_vec(), entry.ticket.clone(), entry.second_ticket().to_vec());
    (names, entry.times, entry.flags, secrets)
}

/// No chance: a message is sealed the same each time.
struct Zeros;

impl Randomness for Zeros {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        out.fill(0);
        Ok(())
    }
}

/// `KrbCred`, `EncKrbCredPart`, `Ccache::from_kirbi`, `ccache::seal`: the messages come out as they went in; tickets that
/// were read in the clear are the same behind a key, and no other key opens them.
pub fn krb_cred(octets: &[u8]) {
    if let Ok(message) = KrbCred::parse(octets) {
        assert!(message.tickets.len() <= octets.len(), "more tickets than octets");
    }
    if let Ok(part) = EncKrbCredPart::parse(octets) {
        let written = part.to_der().unwrap();
        let again = EncKrbCredPart::parse(&written).unwrap().to_der();
        assert_eq!(again.as_deref(), Ok(&written[..]), "is not written the same ever after");
    }
    let Ok(cache) = Ccache::from_kirbi(octets) else { return };
    let [key, other] =
        [1, 2].map(|octet| EncryptionKey::new(EncryptionType::AES128_CTS_HMAC_SHA1_96, &[octet; 16]).unwrap());
    let tickets: Vec<_> = cache.entries().filter(|entry| entry.is_ticket()).collect();
    let Ok(sealed) = seal(&tickets, &key, Timestamp::UNIX_EPOCH, &Zeros) else {
        return assert!(tickets.is_empty(), "tickets that cannot be passed on");
    };
    let opened = open(&sealed, &[&other, &key]).unwrap();
    assert!(opened.iter().map(facts).eq(tickets.into_iter().map(facts)), "behind the key it differs");
    assert!(open(&sealed, &[&other]).is_err(), "another key opens it");
    let kirbi = cache.to_kirbi().unwrap();
    assert!(Ccache::from_kirbi(kirbi.expose()).is_ok_and(|again| again.entries().len() == opened.len()));
}
