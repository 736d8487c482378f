//! Initiator and acceptor of this crate, in every combination.

use negotiate::gss::{ChannelBindings, ContextFlags};
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::{self, InitiatorDetails};
use negotiate::{BindingsStatus, Context, Mechanism, Peer, Protection, Wrapping};

use crate::SERVICE;
use crate::pair::{GaveUp, Login, acceptor, alice, login, realm, to_service, usual};

type Ask = fn(kerberos::Initiator) -> kerberos::Initiator;

/// What can be asked for or not, and the flag that says so.
const ASKS: [(Ask, ContextFlags); 5] = [
    (kerberos::Initiator::without_mutual_authentication, ContextFlags::MUTUAL),
    (kerberos::Initiator::without_replay_detection, ContextFlags::REPLAY),
    (kerberos::Initiator::without_sequence_detection, ContextFlags::SEQUENCE),
    (kerberos::Initiator::without_confidentiality, ContextFlags::CONFIDENTIALITY),
    (
        kerberos::Initiator::without_message_protection,
        ContextFlags::from_bits(ContextFlags::CONFIDENTIALITY.bits() | ContextFlags::INTEGRITY.bits()),
    ),
];

const USUAL: u32 = 0x3e;

/// Every subset of what can be asked for.
fn every_ask(initiator: impl Fn() -> kerberos::Initiator) -> impl Iterator<Item = (kerberos::Initiator, ContextFlags)> {
    (0..1u32 << ASKS.len()).map(move |subset| {
        let chosen = ASKS.iter().enumerate().filter(|(bit, _)| subset & (1 << bit) != 0);
        let begin = (initiator(), ContextFlags::from_bits(USUAL));
        chosen.fold(begin, |(initiator, flags), (_, (ask, flag))| (ask(initiator), flags.without(*flag)))
    })
}

fn agree(mut login: Login, flags: ContextFlags, etype: EncryptionType) {
    talk(&mut login.initiator, &mut login.acceptor, flags);
    talk(&mut login.acceptor, &mut login.initiator, flags);
    let Login { initiator, acceptor, .. } = &login;
    assert_eq!(initiator.flags(), flags);
    assert_eq!(acceptor.flags(), flags);
    assert_eq!(initiator.session_key(), acceptor.session_key());
    assert_eq!(initiator.session_key().len(), etype.key_len().unwrap());
    assert_eq!(initiator.wrapping(), acceptor.wrapping());
    assert_eq!((initiator.mechanism(), acceptor.mechanism()), (Mechanism::Kerberos, Mechanism::Kerberos));
    assert_eq!(initiator.peer(), &Peer::Kerberos(acceptor.acceptor().unwrap().clone()));
    assert_eq!(initiator.expires_at(), acceptor.expires_at());
    let details: &InitiatorDetails = initiator.details().unwrap();
    assert_eq!(acceptor.peer(), &Peer::Kerberos(details.client.clone()));
    assert_eq!((details.ticket_etype, details.context_etype), (etype, etype));
    assert_eq!(details.peer_is_proven, flags.contains(ContextFlags::MUTUAL));
}

/// Messages of each kind that was agreed on, several in order, and one that comes again.
fn talk(from: &mut Context, to: &mut Context, flags: ContextFlags) {
    if !flags.contains(ContextFlags::INTEGRITY) {
        return;
    }
    let kinds: &[_] = if flags.contains(ContextFlags::CONFIDENTIALITY) {
        &[Protection::Integrity, Protection::Confidentiality]
    } else {
        &[Protection::Integrity]
    };
    for kind in kinds {
        let mut token = from.wrap(b"a message", *kind).unwrap();
        let again = token.clone();
        let unwrapped = to.unwrap(&mut token).unwrap();
        assert_eq!((unwrapped.message, unwrapped.protection), (&b"a message"[..], *kind));
        let repeated = to.unwrap(&mut again.clone()).is_err();
        let noticed = flags.contains(ContextFlags::REPLAY) || flags.contains(ContextFlags::SEQUENCE);
        assert_eq!(repeated, noticed, "{flags:?}");
        let mic = from.get_mic(b"another").unwrap();
        to.verify_mic(b"another", &mic).unwrap();
    }
}

#[test]
fn each_etype_with_each_flag_bare_and_in_spnego() {
    let mut logins = 0;
    for etype in EncryptionType::IMPLEMENTED {
        let realm = realm(etype);
        for (kerberos, flags) in every_ask(|| alice(&realm)) {
            let kerberos = kerberos.without_etype_negotiation();
            let login = login(&to_service(kerberos).bare().build().unwrap(), &acceptor(&realm), None).unwrap();
            assert_eq!(login.initiator.wrapping(), Wrapping::Raw);
            assert_eq!(login.tokens, if flags.contains(ContextFlags::MUTUAL) { 2 } else { 1 });
            agree(login, flags, etype);
            logins += 1;
        }
        for (kerberos, flags) in every_ask(|| alice(&realm)) {
            let kerberos = kerberos.without_etype_negotiation();
            let login = login(&to_service(kerberos).build().unwrap(), &acceptor(&realm), None).unwrap();
            assert_eq!((login.initiator.wrapping(), login.tokens), (Wrapping::Spnego, 2));
            agree(login, flags, etype);
            logins += 1;
        }
    }
    assert_eq!(logins, 7 * 2 * 32);
}

#[test]
fn each_etype_in_dce_style() {
    for etype in EncryptionType::IMPLEMENTED {
        let realm = realm(etype);
        let mutual_is_implied = ContextFlags::DCE_STYLE | ContextFlags::MUTUAL;
        for (kerberos, flags) in every_ask(|| alice(&realm).dce_style()) {
            let kerberos = kerberos.without_etype_negotiation();
            let login = login(&to_service(kerberos).bare().build().unwrap(), &acceptor(&realm), None).unwrap();
            assert_eq!(login.tokens, 3);
            agree(login, flags | mutual_is_implied, etype);
        }
        for (kerberos, flags) in every_ask(|| alice(&realm).dce_style().identify()) {
            let kerberos = kerberos.without_etype_negotiation();
            let login = login(&to_service(kerberos).build().unwrap(), &acceptor(&realm), None).unwrap();
            assert_eq!(login.tokens, 4, "the last one is SPNEGO's");
            agree(login, flags | mutual_is_implied | ContextFlags::IDENTIFY, etype);
        }
    }
}

#[test]
fn channel_bindings_absent_matching_and_other() {
    let realm = usual();
    let [ours, other] = [&b"tls-unique:one"[..], b"tls-unique:two"].map(ChannelBindings::application_data);
    for wrapping in [Wrapping::Raw, Wrapping::Spnego] {
        let run = |sent: Option<&ChannelBindings>, own: Option<&ChannelBindings>| {
            let mut builder = to_service(alice(&realm));
            if wrapping == Wrapping::Raw {
                builder = builder.bare();
            }
            if let Some(sent) = sent {
                builder = builder.channel_bindings(sent.clone());
            }
            login(&builder.build().unwrap(), &acceptor(&realm), own)
        };
        for (sent, own, status) in [
            (None, None, BindingsStatus::NotChecked),
            (Some(&ours), None, BindingsStatus::NotChecked),
            (None, Some(&ours), BindingsStatus::Absent),
            (Some(&ours), Some(&ours), BindingsStatus::Matched),
        ] {
            let login = run(sent, own).unwrap();
            assert_eq!(login.acceptor.channel_bindings(), status);
            assert_eq!(login.initiator.channel_bindings(), BindingsStatus::NotChecked);
        }
        let Err(GaveUp::Acceptor(rejected)) = run(Some(&ours), Some(&other)) else { panic!("accepted") };
        assert_eq!(rejected.error.kind(), "bad-bindings");
    }
}

/// RFC 4537: the strongest of both, whatever the ticket's.
#[test]
fn the_acceptor_may_choose_a_stronger_type() {
    for etype in EncryptionType::IMPLEMENTED {
        let realm = realm(etype);
        let login = login(&to_service(alice(&realm)).build().unwrap(), &acceptor(&realm), None).unwrap();
        let strongest = EncryptionType::AES256_CTS_HMAC_SHA384_192;
        let (ours, theirs): (&InitiatorDetails, &kerberos::Details) =
            (login.initiator.details().unwrap(), login.acceptor.details().unwrap());
        assert_eq!((ours.ticket_etype, ours.context_etype, theirs.context_etype), (etype, strongest, strongest));
        assert_eq!(login.initiator.session_key(), login.acceptor.session_key());
    }
}

#[test]
fn the_peer_is_the_service_by_its_principal() {
    let realm = usual();
    let login = login(&to_service(alice(&realm)).build().unwrap(), &acceptor(&realm), None).unwrap();
    assert_eq!(login.initiator.peer().to_string(), format!("{SERVICE}@EXAMPLE.TEST"));
    assert_eq!(login.acceptor.peer().to_string(), "alice@EXAMPLE.TEST");
}
