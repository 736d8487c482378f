//! The front door: one token.

use std::sync::LazyLock;

use negotiate::kerberos::Details;
use negotiate::kerberos::message::ApReq;
use negotiate::{Accept, Context, ReplayQuestion, ReplayVerdict};

use super::logins::{ACCEPTOR, KEPT, Kept, NOW, ap_req, check_refusal, kept_login};

/// What is known of a kept login.
struct Known {
    kept: &'static Kept,
    question: ReplayQuestion,
    ticket: Vec<u8>,
    authenticator: Vec<u8>,
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let known = |kept: &'static Kept| {
        let Ok(Accept::NeedsReplayCheck(check)) = ACCEPTOR.accept(kept.token, NOW) else {
            unreachable!("{} is refused", kept.name)
        };
        let request = ap_req(kept.token).unwrap();
        Known {
            kept,
            question: *check.question(),
            ticket: request.ticket.enc_part.cipher.0.to_vec(),
            authenticator: request.authenticator.cipher.0.to_vec(),
        }
    };
    KEPT.iter().map(known).collect()
});

/// `Acceptor::accept`: nobody gets in but by a ticket and an authenticator that the holders of the keys made, and
/// whatever was changed around the two changes neither who it is nor what is asked about replays.
pub fn acceptor(octets: &[u8]) {
    match ACCEPTOR.accept(octets, NOW) {
        Err(rejected) => {
            assert!(KEPT.iter().all(|kept| kept.token != octets), "a sound token is refused: {rejected}");
            check_refusal(&rejected);
        }
        Ok(Accept::NeedsToken { token, .. }) => assert!(!token.is_empty(), "nothing to say, and yet it waits"),
        Ok(Accept::NeedsReplayCheck(check)) => {
            let request = ap_req(octets).unwrap();
            let known = find(&request);
            assert_eq!(check.question(), &known.question, "a repetition would pass for new");
            match check.continue_with(ReplayVerdict::Fresh, NOW) {
                Ok(Accept::Established { context, .. }) => compare(&context, known),
                Ok(step) => assert!(matches!(step, Accept::NeedsToken { .. }), "{step:?}"),
                // A signature of the offer that does not verify is found out only now.
                Err(rejected) => {
                    assert!(known.kept.token != octets, "a sound token is refused: {rejected}");
                    check_refusal(&rejected);
                }
            }
        }
        Ok(step) => unreachable!("nobody asked whether it is a replay: {step:?}"),
    }
}

fn find(request: &ApReq<'_>) -> &'static Known {
    let (ticket, authenticator) = (request.ticket.enc_part.cipher.0, request.authenticator.cipher.0);
    let known = KNOWN.iter().find(|known| known.ticket == ticket && known.authenticator == authenticator);
    let Some(known) = known else { unreachable!("taken, but not minted: {ticket:x?} {authenticator:x?}") };
    known
}

fn compare(context: &Context, known: &Known) {
    assert_eq!(context.peer().to_string(), known.kept.user);
    assert_eq!(context.acceptor().map(ToString::to_string).as_deref(), Some("HTTP/www.example.test@EXAMPLE.TEST"));
    assert_eq!(context.details::<Details>().map(|details| details.kvno), Some(1));
    assert!(context.delegated_credential().is_none() && context.authorization().is_none());
    // Without an answer the key is the initiator's, else the acceptor's own.
    let login = kept_login(KNOWN.iter().position(|each| std::ptr::eq(each, known)).unwrap().try_into().unwrap());
    let subkey = login.authenticator.subkey.as_ref().unwrap();
    let own = vec![0x5a; subkey.keyvalue.expose().len()];
    let answered = login.authenticator.gss.flags.contains(negotiate::gss::ContextFlags::MUTUAL);
    let expected = if answered { own.as_slice() } else { subkey.keyvalue.expose() };
    assert_eq!(context.session_key(), expected);
}
