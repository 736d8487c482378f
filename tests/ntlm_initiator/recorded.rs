//! Every recorded CHALLENGE_MESSAGE, of eight kinds of acceptors, answered, and the answer recomputed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use negotiate::ntlm::message::{
    AuthenticateMessage, AvFlags, AvId, AvPairs, Challenge, ChallengeMessage, LmResponse, NegotiateFlags, NtResponse,
};
use negotiate::ntlm::response::{NtHash, verify_ntlmv1, verify_ntlmv1_extended, verify_ntlmv2};
use negotiate::ntlm::{self, Credential, InitiatorError, Proof, UserName};
use serde_json::Value;

use crate::{Fixed, Login, MACHINE_ID, NOW, SESSION_KEY, bare};

const PASSWORD: &str = "Pässword-1";

/// One recorded exchange: its name, what its acceptor sent, and for whom.
pub(crate) struct Recorded {
    pub(crate) name: String,
    pub(crate) challenge: Vec<u8>,
    user: UserName,
}

/// All of them; none where the folder is not there.
pub(crate) fn recorded() -> Vec<Recorded> {
    let folder = std::env::var_os("NEGOTIATE_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    if !folder.is_dir() {
        println!("no vectors, no folder {}", folder.display());
        return Vec::new();
    }
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder.join("ntlm")).expect("the folder is there, so is this one") {
        let case: Value = serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
        let Some(challenge) = case["ntlm"]["challenge"]["hex"].as_str() else { continue };
        let text = |name: &str| case["ntlm"]["authenticate"][name].as_str().unwrap_or_default().to_owned();
        let user = if text("user").is_empty() { "alice".into() } else { text("user") };
        all.push(Recorded {
            name: case["name"].as_str().unwrap().to_owned(),
            challenge: octets(challenge),
            user: UserName::new(&text("domain"), &user),
        });
    }
    assert!(all.len() > 150, "{}", all.len());
    all
}

fn octets(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn initiator(user: &UserName, password: &str) -> ntlm::Initiator {
    ntlm::Initiator::new(Credential::with_password(user.clone(), password).unwrap()).randomness(Fixed)
}

#[test]
fn d13_d17_every_recorded_challenge_by_default() {
    let mut outcomes = BTreeMap::<String, usize>::new();
    for case in recorded() {
        let message = ChallengeMessage::parse(&case.challenge).unwrap();
        let challenge = message.meaning();
        let pairs = challenge.av_pairs().unwrap();
        let unicode = challenge.flags.contains(NegotiateFlags::UNICODE);
        let ascii = case.user.user().is_ascii() && case.user.domain().is_ascii();
        let expected = match pairs {
            None => Err("no-target-info"),
            Some(pairs) if pairs.timestamp().is_none() => Err("no-timestamp"),
            _ if !unicode && !ascii => Err("oem-name"),
            _ => Ok(()),
        };
        let outcome = bare(initiator(&case.user, PASSWORD), &case.challenge, NOW);
        let kind = outcome.as_ref().map(|_| ()).map_err(negotiate::Error::kind);
        assert_eq!(kind, expected, "{}", case.name);
        *outcomes.entry(format!("{kind:?}")).or_default() += 1;
        if let Ok(login) = outcome {
            check_v2(&case, challenge, &login);
            assert!(login.details().mic && login.message().meaning().lm_challenge_response == [0; 24]);
        }
    }
    println!("{outcomes:?}");
    assert!(outcomes.is_empty() || outcomes["Ok(())"] > 120 && outcomes.len() >= 3, "{outcomes:?}");
}

#[test]
fn every_recorded_challenge_when_all_is_allowed() {
    let mut count = 0;
    for case in recorded() {
        let user = UserName::new("ADEX", "alice");
        let case = Recorded { user, ..case };
        let initiator = initiator(&case.user, PASSWORD).dangerous().allow_no_target_info();
        let login = bare(initiator.dangerous().allow_no_timestamp(), &case.challenge, NOW).unwrap();
        check_v2(&case, ChallengeMessage::parse(&case.challenge).unwrap().meaning(), &login);
        count += 1;
    }
    println!("{count} challenges");
}

#[test]
fn every_recorded_challenge_by_ntlmv1() {
    let mut count = 0;
    for case in recorded() {
        let user = UserName::new("ADEX", "alice");
        let challenge = *ChallengeMessage::parse(&case.challenge).unwrap().meaning();
        let server = &challenge.server_challenge;
        let account = NtHash::from_password(PASSWORD).unwrap();
        let login = bare(initiator(&user, PASSWORD).dangerous().use_ntlmv1(), &case.challenge, NOW).unwrap();
        let message = login.message();
        let nt = message.meaning().nt_challenge_response;
        let lm = message.meaning().lm_response().unwrap();
        let (proof, base) = if challenge.flags.contains(NegotiateFlags::EXTENDED_SESSIONSECURITY) {
            let client = lm.as_client_challenge().unwrap();
            let base = verify_ntlmv1_extended(Some(&account), server, client, nt).unwrap();
            (Proof::NtlmV1Extended, base.extended_key_exchange_key(server, client))
        } else {
            assert_eq!(message.meaning().lm_challenge_response, nt);
            (Proof::NtlmV1, verify_ntlmv1(Some(&account), server, nt).unwrap().key_exchange_key())
        };
        check_key(&login, &base);
        assert_eq!((login.details().proof, login.details().mic), (proof, false));
        count += 1;
    }
    println!("{count} challenges");
}

/// The response is the user's, the pairs are the acceptor's and ours, the MIC is there if the acceptor has a clock, and the
/// key is the one that was sent.
fn check_v2(case: &Recorded, challenge: &Challenge<'_>, login: &Login) {
    let message = login.message();
    let authenticate = message.meaning();
    assert_eq!(authenticate.encode().unwrap(), login.authenticate, "{}", case.name);
    assert_eq!(authenticate.encode_as(message.layout()).unwrap(), login.authenticate, "{}", case.name);
    assert_eq!(authenticate.decode_user_name().unwrap(), case.user.user(), "{}", case.name);
    assert_eq!(authenticate.decode_domain_name().unwrap(), case.user.domain(), "{}", case.name);

    let verify = |password| {
        let (user, domain) = (case.user.user().encode_utf16(), case.user.domain().encode_utf16());
        let account = NtHash::from_password(password).unwrap();
        verify_ntlmv2(Some(&account), user, domain, &challenge.server_challenge, authenticate.nt_challenge_response)
    };
    assert!(verify("Password-1").is_err());
    let key = verify(PASSWORD).expect(&case.name).key_exchange_key();
    check_key(login, &key);

    let Ok(NtResponse::V2(response)) = authenticate.nt_response() else { panic!("{}", case.name) };
    let theirs = challenge.av_pairs().unwrap();
    let timestamp = theirs.as_ref().and_then(AvPairs::timestamp);
    check_pairs(&case.name, theirs.as_ref(), &response.client_challenge.av_pairs);
    assert_eq!(login.details().mic, timestamp.is_some());
    let v2 = matches!(authenticate.lm_response().unwrap(), LmResponse::Response(octets) if octets != &[0; 24]);
    assert_eq!(v2, timestamp.is_none(), "LMv2 for acceptors without a clock only");
    if timestamp.is_some() {
        let mic = message.announced_mic().unwrap();
        let exported =
            negotiate::ntlm::response::ExportedSessionKey::new(login.context.session_key().try_into().unwrap());
        exported.verify_mic(&login.negotiate, &case.challenge, &login.authenticate, mic.before.len()).unwrap();
    } else {
        assert!(authenticate.mic.is_none());
    }
}

fn check_key(login: &Login, key: &negotiate::ntlm::response::KeyExchangeKey) {
    let message = login.message();
    let authenticate = message.meaning();
    let wants_key = NegotiateFlags::KEY_EXCH;
    if authenticate.flags.contains(wants_key) {
        let sent = key.unwrap_session_key(authenticate.encrypted_random_session_key).unwrap();
        assert_eq!((sent.expose(), login.context.session_key()), (&SESSION_KEY, &SESSION_KEY[..]));
    } else {
        assert!(authenticate.encrypted_random_session_key.is_empty());
        assert_eq!(key.expose(), login.context.session_key());
    }
}

fn check_pairs(name: &str, theirs: Option<&AvPairs<'_>>, sent: &AvPairs<'_>) {
    let ours = [AvId::FLAGS, AvId::SINGLE_HOST, AvId::TARGET_NAME, AvId::CHANNEL_BINDINGS];
    let others = |pairs: &AvPairs<'_>| {
        pairs.values().filter(|(id, _)| !ours.contains(id)).map(|(id, value)| (id, value.to_vec())).collect::<Vec<_>>()
    };
    let Some(theirs) = theirs else {
        assert_eq!((sent.iter().count(), sent.trailing()), (0, 0), "{name}");
        return;
    };
    assert_eq!(others(theirs), others(sent), "{name}");
    assert_eq!(sent.trailing(), 4);
    assert_eq!(sent.target_name().unwrap().to_string(), "HTTP/web.ad.example.com");
    assert_eq!(sent.channel_bindings(), Some(&[0; 16]));
    assert_eq!(sent.single_host().unwrap().machine_id, &MACHINE_ID);
    assert_eq!(sent.flags() == AvFlags::MIC, theirs.timestamp().is_some());
}

#[test]
fn d01_d03_prefixes_and_flipped_bits_of_recorded_challenges_are_refused_or_answered() {
    let mut refused = 0;
    for case in recorded().iter().step_by(6) {
        let initiator = |()| {
            let all = initiator(&case.user, PASSWORD).dangerous().allow_no_target_info();
            let builder = negotiate::Initiator::builder(crate::TARGET.parse().unwrap());
            builder.ntlm(all.dangerous().allow_no_timestamp()).bare().build().unwrap()
        };
        let initiator = initiator(());
        let answer = |challenge: &[u8]| crate::answer(&initiator, challenge, NOW);
        for end in 0..case.challenge.len() {
            let fields = ChallengeMessage::parse(&case.challenge[..end]).is_ok();
            assert!(answer(&case.challenge[..end]).is_err() || fields, "{} {end}", case.name);
        }
        for bit in 0..case.challenge.len() * 8 {
            let mut flipped = case.challenge.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            match answer(&flipped) {
                Ok(login) => assert!(AuthenticateMessage::parse(&login.authenticate).is_ok()),
                Err(error) => {
                    assert_ne!(error.kind(), "too-long");
                    refused += 1;
                }
            }
        }
    }
    println!("{refused} refused");
}

/// What was offered is in the recorded challenges at most; gss-ntlmssp and Samba add what they are.
#[test]
fn d17_no_recorded_acceptor_chooses_what_was_not_offered() {
    for case in recorded() {
        let outcome = bare(initiator(&UserName::new("", "alice"), PASSWORD), &case.challenge, NOW);
        let error = outcome.err();
        let own = error.as_ref().and_then(|error| error.downcast_ref::<InitiatorError>());
        assert!(!matches!(own, Some(InitiatorError::NotOffered(_))), "{} {own:?}", case.name);
    }
}
