//! What an acceptor holds for as long as it lives, beside its keytab: the mark is 2 MB.

use allocation_counter::measure;
use negotiate::Timestamp;
use negotiate::kerberos::MemoryReplayCache;
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::keytab::{Keytab, KeytabEntry};
use negotiate::kerberos::testing::{Realm, User};

use super::{NOW, accept, acceptor, realm};

const MARK: u64 = 2_000_000;
const LOGINS: usize = 2_000;

/// A token with a PAC of ten groups.
fn token(realm: &Realm, number: usize) -> Vec<u8> {
    let mut user = User::new(&format!("user{number}"), 1_105);
    user.groups.extend(2_000..2_009);
    realm.directory_login(&user, NOW).unwrap().in_spnego().encode().unwrap()
}

/// The realm's key among those of other services.
fn keytab(realm: &Realm, entries: usize) -> Keytab {
    let other = |number: usize| {
        let name = format!("HTTP/host{number}.example.test@EXAMPLE.TEST").parse().unwrap();
        KeytabEntry::new(name, 1, Timestamp::UNIX_EPOCH, realm.key().duplicate())
    };
    let mut keytab = realm.keytab().unwrap();
    keytab.extend((1..entries).map(other));
    keytab
}

/// Logins that follow each other: the most that acceptor, replay cache and the login under way take together.
#[test]
fn an_acceptor_takes_less_than_two_megabytes_beside_its_keytab() {
    let realm = realm(EncryptionType::AES256_CTS_HMAC_SHA1_96);
    let tokens: Vec<Vec<u8>> = (0..LOGINS).map(|number| token(&realm, number)).collect();
    for entries in [1, 2_000] {
        let (mut made, mut kept) = (None, None);
        let alone = measure(|| made = Some(keytab(&realm, entries)));
        let keytab = made.unwrap();
        let rest = measure(|| {
            let (acceptor, cache) = (acceptor(keytab), MemoryReplayCache::new(NOW));
            assert!(tokens.iter().all(|token| accept(&acceptor, &cache, token)));
            kept = Some((acceptor, cache));
        });
        assert_eq!(kept.map(|(_, cache)| cache.usage().entries), Some(LOGINS));
        println!(
            "beside a keytab of {entries} entries, which takes {} octets: {} octets at most during {LOGINS} logins, {} in the end",
            alone.bytes_current, rest.bytes_max, rest.bytes_current
        );
        assert!(rest.bytes_max <= MARK, "{} octets", rest.bytes_max);
    }
}
