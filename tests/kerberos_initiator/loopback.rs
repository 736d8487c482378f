//! Initiator and acceptor of this crate, in every combination.

use negotiate::gss::{ChannelBindings, ContextFlags};
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::testing::Realm;
use negotiate::kerberos::{self, InitiatorDetails};
use negotiate::{BindingsStatus, Context, Mechanism, Peer, Protection, Wrapping};

use crate::delegation::{taking, trusted};
use crate::pair::{GaveUp, Login, acceptor, alice, login, realm, to_service, usual};
use crate::{NOW, SERVICE};

type Ask = fn(kerberos::Initiator, &Realm) -> kerberos::Initiator;
type Agreed = fn(ContextFlags) -> ContextFlags;

/// What can be asked for or not, and what becomes of the flags.
const ASKS: [(Ask, Agreed); 7] = [
    (|one, _| one.without_mutual_authentication(), |flags| flags.without(ContextFlags::MUTUAL)),
    (|one, _| one.without_replay_detection(), |flags| flags.without(ContextFlags::REPLAY)),
    (|one, _| one.without_sequence_detection(), |flags| flags.without(ContextFlags::SEQUENCE)),
    (|one, _| one.without_confidentiality(), |flags| flags.without(ContextFlags::CONFIDENTIALITY)),
    (
        |one, _| one.without_message_protection(),
        |flags| flags.without(ContextFlags::CONFIDENTIALITY | ContextFlags::INTEGRITY),
    ),
    (
        |one, realm| one.delegate(realm.ticket_granting_ticket("alice", NOW).unwrap()),
        |flags| flags | ContextFlags::DELEGATE,
    ),
    (|one, _| one.identify(), |flags| flags | ContextFlags::IDENTIFY),
];

const USUAL: u32 = 0x3e;

/// Every subset of what can be asked for, of a service that may be trusted with a delegated ticket.
fn every_ask(realm: &Realm) -> impl Iterator<Item = (kerberos::Initiator, ContextFlags)> {
    (0..1u32 << ASKS.len()).map(move |subset| {
        let chosen = ASKS.iter().enumerate().filter(|(bit, _)| subset & (1 << bit) != 0);
        let begin = (trusted(realm).without_etype_negotiation(), ContextFlags::from_bits(USUAL));
        chosen.fold(begin, |(initiator, flags), (_, (ask, agreed))| (ask(initiator, realm), agreed(flags)))
    })
}

fn agree(mut login: Login, flags: ContextFlags, etype: EncryptionType) {
    talk(&mut login.initiator, &mut login.acceptor, flags);
    talk(&mut login.acceptor, &mut login.initiator, flags);
    let Login { initiator, acceptor, .. } = &login;
    assert_eq!(initiator.flags(), flags);
    assert_eq!(acceptor.flags(), flags);
    assert_eq!(acceptor.delegated_credential().is_some(), flags.contains(ContextFlags::DELEGATE));
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
        for (kerberos, flags) in every_ask(&realm) {
            let login = login(&to_service(kerberos).bare().build().unwrap(), &taking(&realm), None).unwrap();
            assert_eq!(login.initiator.wrapping(), Wrapping::Raw);
            assert_eq!(login.tokens, if flags.contains(ContextFlags::MUTUAL) { 2 } else { 1 });
            agree(login, flags, etype);
            logins += 1;
        }
        for (kerberos, flags) in every_ask(&realm) {
            let login = login(&to_service(kerberos).build().unwrap(), &taking(&realm), None).unwrap();
            assert_eq!((login.initiator.wrapping(), login.tokens), (Wrapping::Spnego, 2));
            agree(login, flags, etype);
            logins += 1;
        }
    }
    assert_eq!(logins, 7 * 2 * 128);
}

#[test]
fn each_etype_in_dce_style() {
    for etype in EncryptionType::IMPLEMENTED {
        let realm = realm(etype);
        let mutual_is_implied = ContextFlags::DCE_STYLE | ContextFlags::MUTUAL;
        for (kerberos, flags) in every_ask(&realm) {
            let login =
                login(&to_service(kerberos.dce_style()).bare().build().unwrap(), &taking(&realm), None).unwrap();
            assert_eq!(login.tokens, 3);
            agree(login, flags | mutual_is_implied, etype);
        }
        for (kerberos, flags) in every_ask(&realm) {
            let login = login(&to_service(kerberos.dce_style()).build().unwrap(), &taking(&realm), None).unwrap();
            assert_eq!(login.tokens, 4, "the last one is SPNEGO's");
            agree(login, flags | mutual_is_implied, etype);
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
