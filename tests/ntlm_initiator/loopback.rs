//! Our initiator logs in to our acceptor, bare and in SPNEGO, and they exchange messages.

use std::sync::Arc;

use negotiate::gss::{ChannelBindings, ContextFlags};
use negotiate::ntlm::message::{AvId, NegotiateFlags};
use negotiate::ntlm::{self, Credential, InitiatorError, MemoryAccounts, NtHash, Proof, ReflectionGuard, TargetInfo};
use negotiate::{
    Accept, Acceptor, Account, BindingsStatus, Context, Error, Initiate, Initiator, Peer, Piece, Placement, Protection,
    TokenParts, Wrapping,
};

use crate::made::{FLAGS, challenge, target_info};
use crate::{NOW, TARGET};

const PASSWORD: &str = "Pässword-1";
const ACCOUNTS: [(&str, &str); 5] = [
    ("ADEX", "alice"),
    ("ADEX", "jürgen"),
    ("ADEX", "straße"),
    ("ADEX", "日本太郎"),
    ("ADEX", "long.account.name.of.twenty.characters.and.many.more.than.that"),
];

fn server() -> TargetInfo {
    TargetInfo::new("web.ad.example.com").unwrap().with_netbios_domain("ADEX").unwrap()
}

fn accounts() -> MemoryAccounts {
    let mut accounts = MemoryAccounts::new().own_names(&server()).empty_domain_is_own();
    accounts = accounts.upn_suffix("ad.example.com", "ADEX");
    for (domain, user) in ACCOUNTS {
        accounts.insert(Account::new(domain, user), NtHash::from_password(PASSWORD).unwrap());
        accounts.insert(Account::new("WEB", user), NtHash::from_password("of the server's own").unwrap());
    }
    accounts
}

fn acceptor() -> ntlm::Acceptor {
    ntlm::Acceptor::new(server()).accounts(accounts())
}

fn alice() -> ntlm::Initiator {
    Credential::with_password(r"ADEX\alice", PASSWORD).unwrap().into()
}

/// Both doors, in SPNEGO and without.
fn doors(ntlm: impl Into<ntlm::Initiator>, wrapping: Wrapping) -> Initiator {
    let builder = Initiator::builder(TARGET.parse().unwrap()).ntlm(ntlm);
    match wrapping {
        Wrapping::Spnego => builder.build().unwrap(),
        Wrapping::Raw => builder.bare().build().unwrap(),
    }
}

fn serve(ntlm: ntlm::Acceptor) -> Acceptor {
    Acceptor::builder().ntlm(ntlm).build().unwrap()
}

/// Who gave up, and why.
#[derive(Debug)]
enum GaveUp {
    Initiator(Error),
    Acceptor(Error),
}

impl GaveUp {
    const fn error(&self) -> &Error {
        let (Self::Initiator(error) | Self::Acceptor(error)) = self;
        error
    }
}

/// A whole login: the initiator's context, and the acceptor's.
fn login(initiator: &Initiator, acceptor: &Acceptor) -> Result<[Context; 2], GaveUp> {
    let begin = acceptor.begin();
    converse(initiator, |token| begin.accept(token, NOW))
}

fn converse(
    initiator: &Initiator,
    begin: impl FnOnce(&[u8]) -> Result<Accept, negotiate::Rejected>,
) -> Result<[Context; 2], GaveUp> {
    let refused = |rejected: negotiate::Rejected| GaveUp::Acceptor(rejected.error);
    let Initiate::NeedsToken { token, mut next } = initiator.initiate(NOW).map_err(GaveUp::Initiator)? else {
        panic!("no answer needed")
    };
    let mut accept = begin(&token).map_err(refused)?;
    loop {
        let (handshake, answer) = match accept {
            Accept::NeedsToken { token, next } => (Some(next), token),
            Accept::Established { token: Some(token), context } => {
                // The initiator waits for the last word.
                let step = next.step(&token, NOW).map_err(GaveUp::Initiator)?;
                let Initiate::Established { token: None, context: ours } = step else { panic!("{step:?}") };
                return Ok([ours, context]);
            }
            other => panic!("{other:?}"),
        };
        match next.step(&answer, NOW).map_err(GaveUp::Initiator)? {
            Initiate::NeedsToken { token, next: after } => {
                next = after;
                accept = handshake.unwrap().accept(&token, NOW).map_err(refused)?;
            }
            Initiate::Established { token, context } => {
                let accept = handshake.unwrap().accept(&token.unwrap(), NOW).map_err(refused)?;
                let Accept::Established { token: None, context: theirs } = accept else { panic!("{accept:?}") };
                return Ok([context, theirs]);
            }
        }
    }
}

/// Messages of all kinds, both ways, as far as the contexts say that they can; a repeated one is refused.
fn exchange(contexts: &mut [Context; 2]) {
    let [initiator, acceptor] = contexts;
    assert_eq!(initiator.flags(), acceptor.flags());
    assert_eq!(initiator.session_key(), acceptor.session_key());
    let flags = initiator.flags();
    for round in 0..3u8 {
        for sends in [0, 1] {
            let (from, to) =
                if sends == 0 { (&mut *initiator, &mut *acceptor) } else { (&mut *acceptor, &mut *initiator) };
            let message = [&[round; 40][..], "grüße".as_bytes()].concat();
            if !flags.contains(ContextFlags::INTEGRITY) {
                assert!(from.get_mic(&message).is_err() && from.wrap(&message, Protection::Integrity).is_err());
                continue;
            }
            let mic = from.get_mic(&message).unwrap();
            to.verify_mic(&message, &mic).unwrap();
            let asked = match flags.contains(ContextFlags::CONFIDENTIALITY) {
                true => Protection::Confidentiality,
                false => Protection::Integrity,
            };
            let mut token = from.wrap(&message, asked).unwrap();
            assert_eq!(token.ends_with(&message), asked == Protection::Integrity);
            let unwrapped = to.unwrap(&mut token).unwrap();
            assert_eq!((unwrapped.message, unwrapped.protection), (&message[..], asked));
        }
    }
}

/// A message in pieces from one side: the signature, and the data as they stand then.
fn in_pieces(from: &mut Context, asked: Protection) -> (Vec<u8>, Vec<u8>) {
    let (mut first, mut second) = (*b"data of a ", *b"message");
    let mut header = vec![0; from.wrap_lengths(17, asked, Placement::InFront).unwrap().header];
    let message = &mut [Piece::Data(&mut first), Piece::SignOnly(b"signed"), Piece::Data(&mut second)];
    from.wrap_pieces(message, TokenParts { header: &mut header, trailer: &mut [] }, asked).unwrap();
    (header, [&first[..], &second].concat())
}

/// The same on the other side, where `signed` stands between the data.
fn out_of_pieces(
    to: &mut Context,
    [header, trailer]: [&mut [u8]; 2],
    data: &mut [u8],
    signed: &[u8],
) -> Result<Protection, &'static str> {
    let (first, second) = data.split_at_mut(10);
    let message = &mut [Piece::Data(first), Piece::SignOnly(signed), Piece::Data(second)];
    to.unwrap_pieces(message, TokenParts { header, trailer }).map_err(|error| error.kind())
}

#[test]
fn d26_messages_in_pieces_come_back_whole_or_end_the_context() {
    for sealed in [true, false] {
        let initiator = || if sealed { alice() } else { alice().without_confidentiality() };
        let both = || login(&doors(initiator(), Wrapping::Raw), &serve(acceptor())).unwrap();
        let asked = if sealed { Protection::Confidentiality } else { Protection::Integrity };
        let [mut ours, mut theirs] = both();
        for _ in 0..2 {
            let (mut header, mut data) = in_pieces(&mut ours, asked);
            assert_eq!(data == b"data of a message", !sealed);
            assert_eq!(out_of_pieces(&mut theirs, [&mut header, &mut []], &mut data, b"signed"), Ok(asked));
            assert_eq!(data, b"data of a message");
        }
        // An octet otherwise in the signature, the data, or what is only signed; and a trailer that NTLM has not.
        for place in 0..16 + 17 + 6 + 1 {
            let [mut ours, mut theirs] = both();
            let (mut header, mut data) = in_pieces(&mut ours, asked);
            let (mut signed, mut trailer) = (*b"signed", vec![]);
            match place {
                0..16 => header[place] ^= 1,
                16..33 => data[place - 16] ^= 1,
                33..39 => signed[place - 33] ^= 1,
                _ => trailer.push(0),
            }
            let refused = out_of_pieces(&mut theirs, [&mut header, &mut trailer], &mut data, &signed);
            assert_eq!(refused, Err("bad-signature"), "{place}");
            assert_eq!(data, [0; 17], "{place}: something is left of what was refused");
            let (mut header, mut data) = in_pieces(&mut ours, asked);
            let refused = out_of_pieces(&mut theirs, [&mut header, &mut []], &mut data, b"signed");
            assert_eq!(refused, Err("poisoned"), "{place}");
        }
    }
}

#[test]
fn pieces_that_cannot_be_protected_stay_as_they_are() {
    let initiator = doors(alice().without_confidentiality(), Wrapping::Raw);
    let [mut ours, _] = login(&initiator, &serve(acceptor())).unwrap();
    let mut refused = |header: usize, trailer: usize, asked| {
        let (mut data, mut header, mut trailer) = (*b"secret", vec![0; header], vec![0; trailer]);
        let around = TokenParts { header: &mut header, trailer: &mut trailer };
        let error = ours.wrap_pieces(&mut [Piece::Data(&mut data)], around, asked).unwrap_err();
        assert_eq!(&data, b"secret");
        error.kind()
    };
    for (header, trailer) in [(0, 0), (15, 0), (17, 0), (16, 1), (0, 16)] {
        assert_eq!(refused(header, trailer, Protection::Integrity), "wrong-lengths");
    }
    assert_eq!(refused(16, 0, Protection::Confidentiality), "no-confidentiality");
    assert_eq!(ours.wrap(b"secret", Protection::Confidentiality).unwrap_err().kind(), "no-confidentiality");
}

#[test]
fn a_login_bare_and_in_spnego() {
    for wrapping in [Wrapping::Raw, Wrapping::Spnego] {
        for initiator in
            [alice(), alice().without_confidentiality(), alice().require_integrity(), alice().require_confidentiality()]
        {
            let mut contexts = login(&doors(initiator, wrapping), &serve(acceptor().require_mic())).unwrap();
            assert!(contexts.iter().all(|context| context.wrapping() == wrapping));
            assert_eq!(contexts[0].peer(), &Peer::Service(TARGET.parse().unwrap()));
            assert_eq!(contexts[1].peer(), &Peer::Ntlm(Account::new("ADEX", "alice")));
            let details: &ntlm::Details = contexts[1].details().unwrap();
            assert_eq!((details.mic, details.proof), (true, Proof::NtlmV2));
            assert_eq!(details.target_name.as_deref(), Some("HTTP/web.ad.example.com"));
            assert_eq!(contexts[0].details::<ntlm::Details>(), Some(details));
            assert!(contexts[0].flags().contains(ContextFlags::INTEGRITY));
            exchange(&mut contexts);
        }
    }
}

#[test]
fn a_login_without_protected_messages() {
    for wrapping in [Wrapping::Raw, Wrapping::Spnego] {
        let initiator = doors(alice().without_message_protection(), wrapping);
        let mut contexts = login(&initiator, &serve(acceptor().require_mic())).unwrap();
        assert_eq!(contexts[0].flags(), ContextFlags::default());
        exchange(&mut contexts);
    }
}

#[test]
fn d24_d25_names_of_all_kinds() {
    for wrapping in [Wrapping::Raw, Wrapping::Spnego] {
        let served = serve(acceptor());
        for (_, user) in ACCOUNTS {
            for name in [format!(r"ADEX\{user}"), format!(r"adex\{user}"), format!("{user}@ad.example.com")] {
                let credential = Credential::with_password(name.clone(), PASSWORD).unwrap();
                let mut contexts = login(&doors(credential, wrapping), &served).unwrap();
                assert_eq!(contexts[1].peer(), &Peer::Ntlm(Account::new("ADEX", user)), "{name}");
                exchange(&mut contexts);
            }
            // The server's own account of that name has another password.
            let local = |password| doors(Credential::with_password(user, password).unwrap(), wrapping);
            let contexts = login(&local("of the server's own"), &served).unwrap();
            assert_eq!(contexts[1].peer(), &Peer::Ntlm(Account::new("WEB", user)));
            let refused = login(&local(PASSWORD), &served).unwrap_err();
            assert_eq!(refused.error().kind(), "logon-failure");
        }
        for (name, password) in [(r"ADEX\alice", "wrong"), (r"ADEX\mallory", PASSWORD)] {
            let credential = Credential::with_password(name, password).unwrap();
            let GaveUp::Acceptor(error) = login(&doors(credential, wrapping), &served).unwrap_err() else { panic!() };
            assert_eq!(error.kind(), "logon-failure");
        }
    }
}

/// Every combination of the flags that steer a login, of both character sets, with and without TargetInfo, in a challenge
/// that our acceptor is made to send, as an acceptor would that chooses so.
#[test]
fn d17_d27_every_combination_of_flags() {
    let steering = [
        NegotiateFlags::SIGN,
        NegotiateFlags::SEAL,
        NegotiateFlags::ALWAYS_SIGN,
        NegotiateFlags::EXTENDED_SESSIONSECURITY,
        NegotiateFlags::KEY_128,
        NegotiateFlags::KEY_EXCH,
        NegotiateFlags::KEY_56,
        NegotiateFlags::TARGET_INFO,
        NegotiateFlags::UNICODE,
    ];
    let asked = |flags| flags & (NegotiateFlags::SIGN | NegotiateFlags::SEAL) != NegotiateFlags::NONE;
    let (mut logins, mut protected) = (0, 0);
    for number in 0..1u32 << steering.len() {
        let chosen = |(place, flag): (usize, &NegotiateFlags)| (number >> place & 1 == 1).then_some(*flag);
        let all = steering.iter().fold(NegotiateFlags::NONE, |all, flag| all | *flag);
        let chosen = steering.iter().enumerate().filter_map(chosen);
        let mut flags = chosen.fold(FLAGS.without(all), |flags, flag| flags | flag);
        if !flags.contains(NegotiateFlags::UNICODE) {
            flags = flags | NegotiateFlags::OEM;
        }
        let challenge = challenge(flags, &target_info(&[], &[]));
        for weak in [false, true] {
            let mut initiator = alice().dangerous().allow_no_target_info();
            let mut served = acceptor().dangerous().replay_challenge(&challenge).unwrap();
            if weak {
                initiator = initiator.dangerous().allow_weak_session_security();
                served = served.dangerous().allow_weak_session_security();
            }
            let mut contexts = login(&doors(initiator, Wrapping::Raw), &serve(served)).unwrap();
            let strong = NegotiateFlags::EXTENDED_SESSIONSECURITY
                | NegotiateFlags::KEY_128
                | NegotiateFlags::KEY_EXCH
                | NegotiateFlags::TARGET_INFO;
            let expected = asked(flags) && (weak || flags.contains(strong));
            assert_eq!(contexts[0].flags().contains(ContextFlags::INTEGRITY), expected, "{flags:?} {weak}");
            exchange(&mut contexts);
            logins += 1;
            protected += usize::from(expected);
        }
        // In SPNEGO the same: where there is a MIC and a signature, the offer is signed.
        let served = serve(acceptor().dangerous().replay_challenge(&challenge).unwrap());
        let initiator = doors(alice().dangerous().allow_no_target_info(), Wrapping::Spnego);
        let mut contexts = login(&initiator, &served).unwrap();
        assert_eq!(contexts[0].wrapping(), Wrapping::Spnego);
        exchange(&mut contexts);
    }
    println!("{logins} bare logins, {protected} with protected messages");
    // Signing, sealing or both, 3 of 4: of all 512 where weakness is allowed, else of the 8 with the four strong flags.
    assert_eq!(512 * 3 / 4 + 8 * 3, 408);
    assert_eq!((logins, protected), (1024, 408));
}

#[test]
fn ntlmv1_and_lm_where_both_sides_opened_their_doors() {
    type Door = fn(ntlm::Initiator) -> ntlm::Initiator;
    let doors_of_danger: [(Door, Proof); 2] = [
        (|initiator| initiator.dangerous().use_ntlmv1(), Proof::NtlmV1Extended),
        (|initiator| initiator.dangerous().send_lm(), Proof::NtlmV1),
    ];
    for (door, proof) in doors_of_danger {
        let mut store = MemoryAccounts::new().own_names(&server());
        store.insert(Account::new("ADEX", "alice"), NtHash::from_password("short").unwrap());
        let served = || ntlm::Acceptor::new(server());
        let credential = || Credential::with_password(r"ADEX\alice", "short").unwrap();
        let initiator = door(ntlm::Initiator::new(credential()));
        let refused = login(&doors(initiator, Wrapping::Raw), &serve(served())).unwrap_err();
        assert!(matches!(refused, GaveUp::Acceptor(_)));
        let initiator = door(ntlm::Initiator::new(credential())).dangerous().allow_weak_session_security();
        let served = served().accounts(store).dangerous().allow_ntlmv1().dangerous().allow_weak_session_security();
        let mut contexts = login(&doors(initiator, Wrapping::Raw), &serve(served)).unwrap();
        assert_eq!(contexts[1].details::<ntlm::Details>().unwrap().proof, proof);
        exchange(&mut contexts);
    }
}

#[test]
fn d29_anonymous_where_the_acceptor_takes_it() {
    for wrapping in [Wrapping::Raw, Wrapping::Spnego] {
        let anonymous = || doors(Credential::anonymous(), wrapping);
        assert!(matches!(login(&anonymous(), &serve(acceptor())), Err(GaveUp::Acceptor(_))));
        let served = serve(acceptor().dangerous().allow_anonymous());
        let mut contexts = login(&anonymous(), &served).unwrap();
        assert_eq!((contexts[1].peer(), contexts[0].flags()), (&Peer::Anonymous, ContextFlags::default()));
        exchange(&mut contexts);
    }
}

#[test]
fn d21_bindings_of_one_channel_and_of_another() {
    let bindings = |octet| ChannelBindings::tls_exporter(&[octet; 32]);
    for wrapping in [Wrapping::Raw, Wrapping::Spnego] {
        let served = Acceptor::builder().ntlm(acceptor()).require_channel_bindings().build().unwrap();
        let login = |initiator: &Initiator| {
            let opening = served.begin().channel_bindings(bindings(1));
            converse(initiator, |token| opening.accept(token, NOW))
        };
        let contexts = login(&doors(alice(), wrapping).with_channel_bindings(bindings(1))).unwrap();
        assert_eq!(contexts[1].channel_bindings(), BindingsStatus::Matched);
        assert_eq!(contexts[0].channel_bindings(), BindingsStatus::NotChecked);
        for other in [doors(alice(), wrapping).with_channel_bindings(bindings(2)), doors(alice(), wrapping)] {
            assert_eq!(login(&other).unwrap_err().error().kind(), "bad-bindings");
        }
    }
}

/// The service that is meant is the one that answers.
#[test]
fn d22_the_service_is_named() {
    let served = || serve(acceptor().target_names(["HTTP/web.ad.example.com"]).require_target_name());
    assert!(login(&doors(alice(), Wrapping::Raw), &served()).is_ok());
    let other = Initiator::builder("cifs/web.ad.example.com".parse().unwrap()).ntlm(alice()).bare().build().unwrap();
    assert!(matches!(login(&other, &served()), Err(GaveUp::Acceptor(_))));
    let silent = doors(alice().dangerous().omit_ties(), Wrapping::Raw);
    assert!(matches!(login(&silent, &served()), Err(GaveUp::Acceptor(_))));
    assert!(login(&silent, &serve(acceptor())).is_ok());
}

#[test]
fn d15_own_challenges_are_not_answered_and_own_answers_not_taken() {
    let guard = Arc::new(ReflectionGuard::new().unwrap());
    for wrapping in [Wrapping::Raw, Wrapping::Spnego] {
        let guarded = || doors(alice().reflection_guard(Arc::clone(&guard)), wrapping);
        let served = || serve(acceptor().reflection_guard(Arc::clone(&guard)));
        let GaveUp::Initiator(error) = login(&guarded(), &served()).unwrap_err() else { panic!() };
        assert_eq!(error.downcast_ref(), Some(&InitiatorError::Reflection));
        // Others log in, and ours elsewhere.
        assert!(login(&doors(alice(), wrapping), &served()).is_ok());
        assert!(login(&guarded(), &serve(acceptor())).is_ok());
        let others = Arc::new(ReflectionGuard::new().unwrap());
        assert!(login(&guarded(), &serve(acceptor().reflection_guard(others))).is_ok());
    }
}

/// Each flag of the offer, of the challenge and of the answer, changed on its way.
#[test]
fn d16_d17_flags_changed_on_their_way() {
    let (initiator, served) = (doors(alice(), Wrapping::Raw), serve(acceptor().require_mic()));
    // Octets 12..16, 20..24 and 60..64 are NegotiateFlags ([MS-NLMP] section 2.2.1).
    for (message, at) in [(0, 12), (1, 20), (2, 60)] {
        for bit in 0..32 {
            let flip = |number, token: &[u8]| {
                let mut token = token.to_vec();
                if number == message {
                    token[at + bit / 8] ^= 1 << (bit % 8);
                }
                token
            };
            let Initiate::NeedsToken { token, next } = initiator.initiate(NOW).unwrap() else { panic!() };
            let Ok(Accept::NeedsToken { token, next: waiting }) = served.accept(&flip(0, &token), NOW) else {
                continue;
            };
            let Ok(Initiate::Established { token, .. }) = next.step(&flip(1, &token), NOW) else { continue };
            let outcome = waiting.accept(&flip(2, &token.unwrap()), NOW);
            assert!(outcome.is_err(), "message {message}, bit {bit}");
        }
    }
}

/// The pairs that only a server may say, dropped from the challenge on its way (row D13, CVE-2019-1019).
#[test]
fn d13_a_target_info_changed_on_its_way() {
    for id in [AvId::NB_COMPUTER_NAME, AvId::NB_DOMAIN_NAME, AvId::TIMESTAMP] {
        let relaxed = alice().dangerous().allow_no_target_info().dangerous().allow_no_timestamp();
        let initiator = doors(relaxed, Wrapping::Raw);
        let served = serve(acceptor());
        let Initiate::NeedsToken { token, next } = initiator.initiate(NOW).unwrap() else { panic!() };
        let Accept::NeedsToken { token, next: waiting } = served.accept(&token, NOW).unwrap() else { panic!() };
        let meaning = *negotiate::ntlm::message::ChallengeMessage::parse(&token).unwrap().meaning();
        let pairs = meaning.av_pairs().unwrap().unwrap();
        let kept = pairs.iter().filter(|pair| pair.id() != id);
        let without = negotiate::ntlm::message::AvPairs::encode(kept, 0).unwrap();
        let changed = negotiate::ntlm::message::Challenge { target_info: &without, ..meaning }.encode().unwrap();
        let Initiate::Established { token, .. } = next.step(&changed, NOW).unwrap() else { panic!() };
        assert!(waiting.accept(&token.unwrap(), NOW).is_err(), "{id}");
    }
}
