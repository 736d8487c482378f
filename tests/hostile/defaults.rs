//! SECURITY section 3, point 8: what nobody has asked for is refused.

use negotiate::gss::ContextFlags;
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::message::{ApOptions, TicketFlags};
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::{ChecksumField, ClaimedKey, Element, Frame, Login, Name};
use negotiate::{Rejected, ReplayVerdict};

use crate::support::*;

type Spoil = fn(&mut Login);

/// Every weak or doubtful choice that an initiator could make, and what the default calls it.
const WEAK_CHOICES: &[(&str, &str, Spoil)] = &[
    ("RC4 session key", "etype-not-permitted", |login| login.ticket.key = ClaimedKey::new(23, &[1; 16])),
    ("RC4 subkey", "etype-not-permitted", |login| login.authenticator.subkey = Some(ClaimedKey::new(23, &[1; 16]))),
    ("DES ticket", "etype-not-permitted", |login| login.ticket.etype = 3),
    ("triple DES ticket", "etype-not-permitted", |login| login.ticket.etype = 16),
    ("RC4 ticket", "etype-not-permitted", |login| login.ticket.etype = 23),
    ("export RC4 ticket", "etype-not-permitted", |login| login.ticket.etype = 24),
    ("no checksum", "inappropriate-checksum", |login| login.authenticator.cksum = ChecksumField::Absent),
    ("CRC32 checksum", "inappropriate-checksum", |login| {
        login.authenticator.cksum = ChecksumField::Other(1, vec![0; 4]);
    }),
    ("MD5 checksum", "inappropriate-checksum", |login| {
        login.authenticator.cksum = ChecksumField::Other(7, vec![0; 16]);
    }),
    ("anonymous client", "anonymous-refused", |login| login.ticket.flags = TicketFlags::ANONYMOUS),
    ("invalid ticket", "ticket-invalid", |login| login.ticket.flags = TicketFlags::INVALID),
    ("user-to-user", "user-to-user", |login| login.ap_options = ApOptions::USE_SESSION_KEY),
    ("unchecked path", "transited-path", |login| login.ticket.transited = b"ELSEWHERE".to_vec()),
    ("name in another case", "not-us", |login| login.ticket.sname = Name::new(2, &["HTTP", "WWW.EXAMPLE.TEST"])),
    ("unknown critical data", "critical-authorization-data", |login| {
        login.ticket.authorization_data = vec![Element::new(9999, b"")];
    }),
    ("no frame", "bad-header", |login| login.frame = Frame::Bare),
    ("six minutes of skew", "skew", |login| login.authenticator.stamp(seconds(360)).unwrap()),
];

#[test]
fn every_weak_choice_is_refused_by_default() {
    let realm = realm();
    let acceptor = plain(&realm);
    accepted(&acceptor, &login(&realm));
    for (name, kind, spoil) in WEAK_CHOICES {
        let rejected = refused(&acceptor, &spoilt(&realm, spoil));
        assert_eq!(rejected.error.kind(), *kind, "{name}: {rejected}");
    }
    // A keytab with nothing but an RC4 key opens nothing.
    let rc4 = crate::support::realm().with_etype(EncryptionType::RC4_HMAC).unwrap();
    assert_eq!(refused(&plain(&rc4), &login(&rc4)).error.kind(), "etype-not-permitted");
}

#[test]
fn every_verdict_but_fresh_is_a_refusal() {
    let realm = realm();
    let acceptor = plain(&realm);
    for verdict in [
        ReplayVerdict::Replayed,
        ReplayVerdict::BeforeMemory,
        ReplayVerdict::ClockSteppedBack,
        ReplayVerdict::Full,
        ReplayVerdict::ClientQuota,
        ReplayVerdict::Unavailable,
    ] {
        let step = acceptor.accept(&login(&realm).encode().unwrap(), NOW).unwrap();
        let negotiate::Accept::NeedsReplayCheck(check) = step else { panic!("{step:?}") };
        let refusal: Result<_, Rejected> = check.continue_with(verdict, NOW);
        assert!(refusal.is_err(), "{verdict:?}");
    }
}

#[test]
fn nobody_is_logged_in_before_the_replay_question() {
    let realm = realm();
    for login in [login(&realm), login(&realm).one_way(), login(&realm).in_spnego(), login(&realm).dce_style()] {
        let step = plain(&realm).accept(&login.encode().unwrap(), NOW).unwrap();
        assert!(matches!(step, negotiate::Accept::NeedsReplayCheck(_)), "{step:?}");
    }
}

#[test]
fn what_is_granted_is_no_more_than_what_was_asked() {
    let realm = realm();
    for flags in [0, 2, 4, 8, 0x10, 0x20, 0x3e, 0x2000, 0x4000, 0x703e] {
        let flags = ContextFlags::from_bits(flags).without(ContextFlags::DCE_STYLE);
        let login = spoilt(&realm, |login| login.authenticator.gss.flags = flags);
        let outcome = take(&plain(&realm), &login.encode().unwrap(), NOW, &NoReplayCache).ok().unwrap();
        assert_eq!(outcome.context.flags(), flags);
    }
}
