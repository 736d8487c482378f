//! The ladder of reasons for the operator's log: each rung told apart, each with what to do, none of it for the peer.

use negotiate::gss::{InitialToken, Oid};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType};
use negotiate::kerberos::keytab::{Keytab, KeytabEntry};
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::{Login, Name, Offer, Realm};
use negotiate::kerberos::{self, Error, ErrorReplies, WhyNoKey};
use negotiate::random::SystemRandom;
use negotiate::{Fault, Rejected, Timestamp};

use crate::support::*;

const SERVICE: &str = "HTTP/www.example.test@EXAMPLE.TEST";
const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
const AES128: EncryptionType = EncryptionType::AES128_CTS_HMAC_SHA1_96;

fn keytab(keys: &[(&str, EncryptionType, u32)]) -> Keytab {
    let entry = |(name, etype, kvno): &(&str, EncryptionType, u32)| {
        let key = EncryptionKey::generate(*etype, &SystemRandom).unwrap();
        KeytabEntry::new(name.parse().unwrap(), *kvno, Timestamp::UNIX_EPOCH, key)
    };
    keys.iter().map(entry).collect()
}

/// A ticket of kvno 5 against a keytab.
fn refused_by(keytab: Keytab) -> Rejected {
    let realm = realm();
    refused(&acceptor_of(keytab), &spoilt(&realm, |login| login.ticket.kvno = Some(5)))
}

/// The text says all this, and the peer's token none of it.
#[track_caller]
fn says(rejected: &Rejected, parts: &[&str]) {
    let text = rejected.to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
    let told = rejected.token.as_deref().map(|token| String::from_utf8_lossy(token).into_owned()).unwrap_or_default();
    for word in ["kvno", "aes", "keytab", "holds", "ticket"] {
        assert!(!told.contains(word), "the peer is told {word:?}");
    }
}

#[track_caller]
fn why(rejected: &Rejected) -> &WhyNoKey {
    let Error::NoKey(error) = reason(rejected) else { panic!("{rejected}") };
    assert_eq!((error.kvno, error.etype), (Some(5), AES256));
    &error.why
}

#[test]
fn the_keytab_is_out_of_date() {
    let rejected = refused_by(keytab(&[(SERVICE, AES256, 4), (SERVICE, AES256, 3), (SERVICE, AES128, 4)]));
    assert!(matches!(why(&rejected), WhyNoKey::KeytabOutOfDate { .. }));
    assert_eq!((rejected.error.kind(), rejected.error.fault()), ("keytab-out-of-date", Fault::Configuration));
    says(
        &rejected,
        &[SERVICE, "kvno 5", "aes256-cts-hmac-sha1-96 kvno 4, 3", "aes128-cts-hmac-sha1-96 kvno 4", "export it anew"],
    );
}

#[test]
fn the_ticket_is_out_of_date() {
    let rejected = refused_by(keytab(&[(SERVICE, AES256, 6), (SERVICE, AES256, 7)]));
    assert!(matches!(why(&rejected), WhyNoKey::TicketOutOfDate { .. }));
    assert_eq!((rejected.error.kind(), rejected.error.fault()), ("ticket-out-of-date", Fault::Peer));
    says(&rejected, &[SERVICE, "kvno 5", "kvno 7, 6", "purge its tickets"]);
}

#[test]
fn there_is_no_key_of_that_type() {
    let rejected = refused_by(keytab(&[(SERVICE, AES128, 5)]));
    assert!(matches!(why(&rejected), WhyNoKey::NoSuchEtype { .. }));
    assert_eq!(rejected.error.krb_error(), Some(44));
    says(&rejected, &[SERVICE, "kvno 5, aes256-cts-hmac-sha1-96", "holds aes128-cts-hmac-sha1-96 kvno 5"]);
}

#[test]
fn the_key_is_there_and_does_not_fit() {
    let rejected = refused_by(keytab(&[(SERVICE, AES256, 5)]));
    assert!(matches!(why(&rejected), WhyNoKey::KeyDoesNotFit { .. }));
    assert_eq!((rejected.error.kind(), rejected.error.krb_error()), ("key-does-not-fit", Some(31)));
    says(&rejected, &[SERVICE, "kvno 5", "holds aes256-cts-hmac-sha1-96 kvno 5", "password or salt"]);
}

#[test]
fn the_service_is_not_us() {
    let rejected = refused_by(keytab(&[("HTTP/other.example.test@EXAMPLE.TEST", AES256, 5)]));
    assert!(matches!(why(&rejected), WhyNoKey::NotUs { differs_in_case: None, .. }));
    says(&rejected, &[SERVICE, "HTTP/other.example.test@EXAMPLE.TEST"]);
}

#[test]
fn the_service_differs_in_case() {
    let rejected = refused_by(keytab(&[("HTTP/WWW.example.test@EXAMPLE.TEST", AES256, 5)]));
    assert!(matches!(why(&rejected), WhyNoKey::NotUs { differs_in_case: Some(_), .. }));
    says(&rejected, &[SERVICE, "HTTP/WWW.example.test@EXAMPLE.TEST", "upper and lower case"]);
}

#[test]
fn the_keytab_is_empty() {
    let rejected = refused_by(Keytab::new());
    assert!(matches!(why(&rejected), WhyNoKey::KeytabEmpty));
    assert_eq!((rejected.error.kind(), rejected.error.krb_error()), ("keytab-empty", Some(45)));
    says(&rejected, &[SERVICE, "no usable key"]);
}

#[test]
fn a_large_keytab_is_not_listed_whole() {
    let names: Vec<_> = (0..40).map(|number| format!("HTTP/host{number:02}@EXAMPLE.TEST")).collect();
    let keys: Vec<_> = names.iter().map(|name| (name.as_str(), AES256, 5)).collect();
    let rejected = refused_by(keytab(&keys));
    says(&rejected, &["HTTP/host00@EXAMPLE.TEST", "and others"]);
    assert!(rejected.to_string().len() < 600);
}

#[test]
fn both_clocks_on_skew() {
    let realm = realm();
    let rejected = refused(&plain(&realm), &spoilt(&realm, |login| login.authenticator.stamp(seconds(-3600)).unwrap()));
    says(&rejected, &["3600 s apart", "300 s are allowed", &seconds(-3600).to_string(), &NOW.to_string()]);
}

#[test]
fn the_ticket_has_ended() {
    let realm = realm();
    let login = spoilt(&realm, |login| {
        login.ticket.endtime = kerberos::message::KerberosTime::new(seconds(-3600)).unwrap();
    });
    let rejected = refused(&plain(&realm), &login);
    says(&rejected, &["out of date", &seconds(-3600).to_string(), &NOW.to_string()]);
}

fn refused_token(token: &[u8]) -> Rejected {
    refusal(take(&plain(&realm()), token, NOW, &NoReplayCache))
}

#[test]
fn ntlm_and_negoex_are_named() {
    let ntlm = b"NTLMSSP\0\x01\0\0\0\x97\x82\x08\xe2";
    for token in [
        ntlm.to_vec(),
        Offer::of(&[Oid::NTLMSSP]).encode(Some(ntlm)).unwrap(),
        Offer::of(&[Oid::NTLMSSP]).encode(None).unwrap(),
        InitialToken::encode(Oid::NTLMSSP, &[ntlm]).unwrap(),
    ] {
        let rejected = refused_token(&token);
        says(&rejected, &["NTLM", "because"]);
        assert!(rejected.error.kind().contains("ntlm"), "{}", rejected.error.kind());
    }
    for token in [b"NEGOEXTS".to_vec(), Offer::of(&[Oid::NEGOEX]).encode(Some(b"NEGOEXTS")).unwrap()] {
        let rejected = refused_token(&token);
        says(&rejected, &["NegoEx", "because"]);
        assert!(rejected.error.kind().contains("negoex"), "{}", rejected.error.kind());
    }
}

#[test]
fn a_clients_own_error_is_named_with_its_code() {
    let realm = realm();
    // What this acceptor itself would send to a client, sent to an acceptor.
    let exact = acceptor(kerberos(&realm).error_replies(ErrorReplies::Exact));
    let reply =
        refused(&exact, &spoilt(&realm, |login| login.authenticator.stamp(seconds(-900)).unwrap())).token.unwrap();
    for token in [reply.clone(), Offer::default().encode(Some(&reply)).unwrap()] {
        let rejected = refused_token(&token);
        assert!(matches!(reason(&rejected), Error::PeerError(error) if error.code == 37));
        says(&rejected, &["KRB-ERROR", "37", "its own side"]);
    }
    let bare = InitialToken::parse(&reply).unwrap().inner[2..].to_vec();
    assert!(refused_token(&bare).to_string().contains("Kerberos error"));
}

/// Spoils a login with a word of its own.
type Spoil<'a> = Box<dyn Fn(&mut Login) + 'a>;

#[test]
fn a_name_cannot_forge_a_line_of_the_log() {
    let realm = realm();
    let hostile = ["HTTP\n2026-01-01 login accepted", "www\x1b[2K", "\u{202e}tset", "a\0b"];
    for component in hostile {
        let spoils: [Spoil<'_>; 3] = [
            Box::new(|login| login.ticket.sname = Name::new(2, &["HTTP", component])),
            Box::new(|login| login.ticket.transited = component.as_bytes().to_vec()),
            Box::new(|login| {
                let target: Vec<u8> = component.encode_utf16().flat_map(u16::to_le_bytes).collect();
                let element = kerberos::testing::Element::new(144, target);
                login.authenticator.authorization_data = vec![kerberos::testing::if_relevant(&[element]).unwrap()];
            }),
        ];
        for spoil in spoils {
            let text = refused(&plain(&realm), &spoilt(&realm, |login| spoil(login))).to_string();
            assert!(!text.chars().any(|char| char.is_control() || char == '\u{202e}'), "{text:?}");
        }
    }
}

#[test]
fn no_error_shows_a_key() {
    let realm = realm();
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let decimal = |octets: &[u8]| format!("{octets:?}").trim_matches(['[', ']']).to_owned();
    let login =
        spoilt(&realm, |login| login.authenticator.subkey = Some(kerberos::testing::ClaimedKey::new(18, &[9; 31])));
    let secrets = [realm.key().expose(), login.authenticator.session_key.expose(), &[9; 31]];
    let rejected = refused(&plain(&realm), &login);
    let accepted = format!("{:?}", accepted(&plain(&realm), &crate::support::login(&realm)).context);
    for text in [rejected.to_string(), format!("{rejected:?}"), accepted] {
        for secret in secrets {
            assert!(!text.contains(&hex(secret)) && !text.contains(&decimal(secret)), "{text}");
        }
    }
    let _: &Realm = &realm;
}

/// Nobody has to prove anything to name a service: a long name must not fill the log.
#[test]
fn a_long_name_does_not_fill_the_log() {
    let realm = realm();
    for (component, count) in [(vec![0xff; 60_000], 1), (vec![b'/'; 4_000], 15)] {
        let components = vec![component; count];
        let login = spoilt(&realm, |login| {
            login.ticket.sname.components = [vec![b"HTTP".to_vec()], components].concat();
        });
        let rejected = refused(&plain(&realm), &login);
        assert_eq!(rejected.error.kind(), "not-us");
        assert!(rejected.to_string().len() < 1_000, "{} octets of text", rejected.to_string().len());
    }
}
