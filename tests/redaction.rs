//! What may be printed shows no secret (row G03), and what servers share between threads can be shared.
#![cfg(all(feature = "std", feature = "kerberos"))]
#![allow(clippy::arithmetic_side_effects, clippy::panic, clippy::unwrap_used, reason = "tests may panic")]

#[cfg(feature = "ntlm")]
#[path = "redaction/ntlm.rs"]
mod ntlm;

use std::fmt::Debug;

use base64ct::{Base64, Base64Unpadded, Base64Url, Encoding};
use negotiate::acceptor::{AcceptorBuilder, Handshake, ReplayCheck};
use negotiate::asn1::{GeneralString, OctetString, SequenceOf};
use negotiate::gss::ContextFlags;
use negotiate::http::{Authorization, Credential, MAX_TOKEN, Origin};
use negotiate::inspect::{Options, explain};
use negotiate::kerberos::ccache::{self, Times};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::message::{
    ApRep, ApReq, Authenticator, EncApRepPart, EncTicketPart, EncryptedData, KeyValue, PrincipalName, Ticket,
    TicketFlags,
};
use negotiate::kerberos::testing::{Answer, ClaimedKey, Initiator, Login, Realm};
use negotiate::kerberos::{self, Ccache, Keytab, MemoryReplayCache};
use negotiate::random::{Randomness, Unavailable};
use negotiate::secret::SecretBytes;
use negotiate::{
    Accept, Acceptor, Context, Error, Peer, Principal, Rejected, ReplayQuestion, ReplayVerdict, Timestamp,
};

const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);
const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;

/// Secrets, and the ways in which octets are printed.
struct Secrets(Vec<(&'static str, Vec<u8>)>);

impl Secrets {
    /// Whatever is printed of `value`, on one line or on many, has no three neighbouring octets of a secret.
    #[track_caller]
    fn are_not_in(&self, what: &str, value: &dyn Debug) {
        for text in [format!("{value:?}"), format!("{value:#?}")] {
            self.are_not_in_text(what, &text);
        }
    }

    #[track_caller]
    fn are_not_in_text(&self, what: &str, text: &str) {
        let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        let lower = text.to_lowercase();
        for (name, secret) in &self.0 {
            for run in secret.windows(3) {
                let list = |form: fn(&u8) -> String, between| run.iter().map(form).collect::<Vec<_>>().join(between);
                let hexadecimal = ["", ",", ":", "-"].map(|between| list(|octet| format!("{octet:02x}"), between));
                let prefixed = [list(|octet| format!("0x{octet:02x}"), ","), list(|octet| format!("0x{octet:x}"), ",")];
                for form in hexadecimal.iter().chain(&prefixed).chain([&list(u8::to_string, ",")]) {
                    assert!(!lower.contains(form.as_str()), "{what} shows the {name}: {form} in {text}");
                }
                let escaped = run.escape_ascii().to_string();
                assert!(!text.contains(&escaped), "{what} shows the {name}: {escaped} in {text}");
            }
            for base64 in
                [Base64::encode_string(secret), Base64Unpadded::encode_string(secret), Base64Url::encode_string(secret)]
            {
                assert!(!text.contains(&base64), "{what} shows the {name} in base64: {text}");
            }
        }
    }
}

/// Octets of which no three neighbours occur elsewhere.
fn octets(seed: u8, length: u8) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

/// The credential that is delegated: a KRB-CRED (RFC 4120 section 5.8.1) with a ticket and its session key.
fn credential() -> Vec<u8> {
    let components = [GeneralString(b"krbtgt")];
    let ticket = Ticket {
        tkt_vno: 5,
        realm: GeneralString(b"EXAMPLE.TEST"),
        sname: PrincipalName { name_type: 2, name_string: SequenceOf::new(&components) },
        enc_part: EncryptedData { etype: 18, kvno: None, cipher: OctetString(&[0; 60]) },
    };
    let times = Times { authtime: NOW, starttime: None, endtime: NOW, renew_till: None };
    let [client, server] = ["alice@EXAMPLE.TEST", "krbtgt@EXAMPLE.TEST"].map(|name| name.parse().unwrap());
    let credential =
        ccache::Credential::new(client, server, key(4), times, TicketFlags::FORWARDED, ticket.to_der().unwrap());
    ccache::seal(&[&credential], &key(2), NOW, &Zeros).unwrap()
}

/// No chance: what is encrypted is the same each time, and so is what of it could look like a secret.
struct Zeros;

impl Randomness for Zeros {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        out.fill(0);
        Ok(())
    }
}

fn key(first: u8) -> EncryptionKey {
    EncryptionKey::new(AES256, &octets(first, 32)).unwrap()
}

/// A realm, a login there, and all that is secret about both.
fn login() -> (Realm, Login, Secrets) {
    let realm = Realm::new("EXAMPLE.TEST", "HTTP/www.example.test").unwrap().with_key(key(1));
    let mut login = realm.login("alice", NOW).unwrap();
    login.ticket.key = (&key(2)).into();
    login.authenticator.session_key = key(2);
    login.authenticator.subkey = Some((&key(3)).into());
    login.authenticator.gss.flags = login.authenticator.gss.flags | ContextFlags::DELEGATE;
    login.authenticator.gss.delegation = Some(credential());
    let secrets = [("service's key", octets(1, 32)), ("session key", octets(2, 32)), ("subkey", octets(3, 32))];
    (realm, login, Secrets([&secrets[..], &[("delegated credential", octets(4, 32))]].concat()))
}

fn acceptor(realm: &Realm) -> Acceptor {
    Acceptor::builder().kerberos(kerberos::Acceptor::new(realm.keytab().unwrap()).accept_delegation()).build().unwrap()
}

#[test]
fn g03_nothing_that_can_be_printed_shows_a_secret() {
    let (realm, login, secrets) = login();
    secrets.are_not_in("SecretBytes", &SecretBytes::from(octets(1, 32)));
    secrets.are_not_in("EncryptionKey", realm.key());
    secrets.are_not_in("CipherKey", &realm.key().for_encryption(KeyUsage::TICKET));
    secrets.are_not_in("ChecksumKey", &realm.key().for_checksum(KeyUsage::PAC_SIGNATURE));
    secrets.are_not_in("ClaimedKey", &ClaimedKey::new(18, &octets(1, 32)));
    secrets.are_not_in("subkey", &login.authenticator.subkey);

    let keytab = realm.keytab().unwrap();
    secrets.are_not_in("Keytab", &keytab);
    let principal = keytab.principals().next().unwrap();
    secrets.are_not_in("KeytabPrincipal", &principal);
    secrets.are_not_in("KeytabEntry", &principal.entries().next().unwrap());
    secrets.are_not_in("KeytabKey", &principal.candidates(AES256, None).next().unwrap());
    secrets.are_not_in("file", &keytab.to_bytes());
    secrets.are_not_in("kerberos::inspect options", &Options::new().keytab(&keytab).show_keys());
}

#[test]
fn g03_decrypted_messages_show_no_secret() {
    let (realm, login, secrets) = login();
    let (mut ticket, mut authenticator) = login.ciphers().unwrap();
    let service_key = realm.key().for_encryption(KeyUsage::TICKET);
    let part = EncTicketPart::parse(service_key.decrypt_in_place(&mut ticket).unwrap()).unwrap();
    secrets.are_not_in("EncTicketPart", &part);
    secrets.are_not_in("KeyValue", &part.key);
    let session_key = key(2).for_encryption(KeyUsage::AP_REQ_AUTHENTICATOR);
    let plaintext = session_key.decrypt_in_place(&mut authenticator).unwrap();
    secrets.are_not_in("Authenticator", &Authenticator::parse(plaintext).unwrap());
    let element = EncApRepPart {
        ctime: part.authtime,
        cusec: negotiate::kerberos::message::Microseconds(0),
        subkey: Some(KeyValue { ..part.key }),
        seq_number: None,
    };
    secrets.are_not_in("EncApRepPart", &element);
}

#[test]
fn g03_a_login_shows_no_secret_at_any_step() {
    let (realm, login, mut secrets) = login();
    let cache = MemoryReplayCache::new(NOW);
    secrets.are_not_in("MemoryReplayCache", &cache);
    for login in [login.dce_style(), self::login().1.in_spnego()] {
        let fresh = acceptor(&realm).begin();
        secrets.are_not_in("Handshake", &fresh);
        let step = fresh.accept(&login.encode().unwrap(), NOW).unwrap();
        secrets.are_not_in("ReplayCheck", &step);
        let Accept::NeedsReplayCheck(check) = step else { panic!("{step:?}") };
        let step = check.use_cache(&cache, NOW).unwrap();
        // The answer is for the peer, who has the keys; the rest is for whoever reads logs.
        match step {
            Accept::NeedsToken { token, next } => {
                secrets.are_not_in("Handshake", &next);
                let sequence = login.initiator().unwrap().read(&token).unwrap().seq_number;
                let step = next.accept(&login.initiator().unwrap().third_leg(sequence).unwrap(), NOW).unwrap();
                secrets.are_not_in("Accept", &step);
            }
            Accept::Established { context, .. } => {
                secrets.0.push(("context's key", context.session_key().to_vec()));
                secrets.are_not_in("Context", &context);
                let delegated = context.delegated_credential().unwrap();
                assert!(
                    delegated.expose().windows(32).any(|window| window == octets(4, 32)),
                    "the test looks at nothing"
                );
                secrets.are_not_in("delegated_credential()", &delegated);
                let cache = Ccache::parse(delegated.expose()).unwrap();
                secrets.are_not_in("Ccache", &cache);
                secrets.are_not_in("Credential", &cache.credentials().next().unwrap());
                secrets.are_not_in("to_kirbi()", &cache.to_kirbi());
            }
            step => panic!("{step:?}"),
        }
    }
}

#[test]
fn g03_refusals_show_no_secret() {
    let (realm, mut login, secrets) = login();
    let acceptor = acceptor(&realm);
    let refused = |login: &Login| acceptor.accept(&login.encode().unwrap(), NOW).unwrap_err();
    let mut spoilt = vec![acceptor.accept(&login.encode().unwrap()[..200], NOW).unwrap_err()];
    login.authenticator.subkey = Some(ClaimedKey::new(18, &octets(3, 31)));
    spoilt.push(refused(&login));
    login.ticket.key = ClaimedKey::new(23, &octets(2, 32));
    spoilt.push(refused(&login));
    login.ticket.service_key = key(9);
    spoilt.push(refused(&login));
    let step = acceptor.accept(&self::login().1.encode().unwrap(), NOW).unwrap();
    let Accept::NeedsReplayCheck(check) = step else { panic!("{step:?}") };
    spoilt.push(check.continue_with(ReplayVerdict::Replayed, NOW).unwrap_err());
    for rejected in spoilt {
        secrets.are_not_in("Rejected", &rejected);
        secrets.are_not_in_text("its text", &rejected.to_string());
        secrets.are_not_in_text("its error", &rejected.error.to_string());
    }
}

/// Whoever has the token may be whom it names, until its authenticator's time is up.
#[test]
fn g03_a_requests_token_is_not_printed() {
    let token = octets(5, 60);
    let secrets = Secrets(vec![("token", token.clone())]);
    let credential = Credential::<Origin>::new(token);
    secrets.are_not_in("Credential", &credential);
    let (_, value) = credential.header();
    secrets.are_not_in("Authorization", &Authorization::<Origin>::parse([&value], MAX_TOKEN).unwrap());
}

/// The inspector shows keys to who asks for them, and to nobody else.
#[test]
fn g03_an_explanation_shows_no_key_unless_asked() {
    let (realm, login, secrets) = login();
    let keytab = realm.keytab().unwrap();
    let token = login.encode().unwrap();
    let explanation = explain(&token, &Options::new().keytab(&keytab).at(NOW));
    assert!(explanation.root().find("decrypted").is_some(), "{explanation}");
    secrets.are_not_in("Explanation", &explanation);
    secrets.are_not_in_text("its text", &explanation.to_string());
    secrets.are_not_in_text("its JSON", &explanation.to_json());
    let shown = explain(&token, &Options::new().keytab(&keytab).show_keys()).to_string();
    let digits: String = shown.chars().filter(char::is_ascii_hexdigit).collect();
    let session_key: String = octets(2, 32).iter().map(|octet| format!("{octet:02x}")).collect();
    assert!(digits.contains(&session_key), "asked for, and not there: the test looks at nothing");
}

#[test]
fn what_servers_share_is_send_and_sync() {
    const fn shared<T: Send + Sync + 'static>() {}
    shared::<Acceptor>();
    shared::<AcceptorBuilder>();
    shared::<Handshake>();
    shared::<Accept>();
    shared::<ReplayCheck>();
    shared::<ReplayQuestion>();
    shared::<ReplayVerdict>();
    shared::<Context>();
    shared::<Peer>();
    shared::<Principal>();
    shared::<Error>();
    shared::<Rejected>();
    shared::<SecretBytes>();
    shared::<kerberos::Acceptor>();
    shared::<kerberos::Error>();
    shared::<Keytab>();
    shared::<MemoryReplayCache>();
    shared::<Ccache>();
    shared::<ccache::Error>();
    shared::<EncryptionKey>();
    shared::<Realm>();
    shared::<Login>();
    shared::<Initiator>();
    shared::<Answer>();
    shared::<ApReq<'static>>();
    shared::<ApRep<'static>>();
}
