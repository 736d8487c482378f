//! Initiator and acceptor of this crate against each other, in all orders of two mechanisms, alone and with somebody in between.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::scripted::{Initiating, Restarts, kerberos, ntlm};
use super::{Came, Went, answer, begin, mech_types, open, then};
use crate::context::{Context, Wrapping};
use crate::gss::Oid;
use crate::mechanism::{AcceptorMechanism, InitiatorMechanism};

/// Kerberos with an answer, and without.
const MUTUAL: Initiating = Initiating { name: Oid::KRB5, first: "last", done: false, about: "" };
const ONE_WAY: Initiating = Initiating { name: Oid::KRB5, first: "done", done: true, about: "" };
/// NTLM without a MIC in its AUTHENTICATE_MESSAGE, and with.
const NTLM: Initiating = Initiating { name: Oid::NTLMSSP, first: "more", done: false, about: "" };
const NTLM_MIC: Initiating = Initiating { about: "demands", ..NTLM };

/// How an exchange ended.
struct Ending {
    initiator: Result<Context, String>,
    acceptor: Result<Context, String>,
    /// The initiator's messages and the acceptor's.
    messages: usize,
}

/// Runs an exchange, of which each message goes through `between`: whether it is the initiator's, and its octets.
fn run(
    offers: &[Initiating],
    acceptor: Vec<Arc<dyn AcceptorMechanism>>,
    between: &dyn Fn(bool, Vec<u8>) -> Vec<u8>,
) -> Ending {
    let mechanisms: Vec<Arc<dyn InitiatorMechanism>> = offers.iter().map(|offer| offer.shared()).collect();
    let waits = || Err("waits".to_string());
    let mut ending = Ending { initiator: waits(), acceptor: waits(), messages: 0 };
    let (mut token, next) = open(&mechanisms).more();
    let (mut initiator, mut acceptor) = (Some(next), Some(begin(acceptor)));
    while let Some(state) = acceptor.take() {
        ending.messages += 1;
        let reply = match then(state, &between(true, token)) {
            Came::More(reply, next) => {
                acceptor = Some(next);
                Some(reply)
            }
            Came::Established(reply, context) => {
                ending.acceptor = Ok(context);
                reply
            }
            Came::Refused(kind, reply) => {
                ending.acceptor = Err(kind);
                reply
            }
        };
        let (Some(reply), Some(state)) = (reply, initiator.take()) else { break };
        ending.messages += 1;
        token = match answer(state, &between(false, reply)) {
            Went::More(token, next) => {
                initiator = Some(next);
                token
            }
            Went::Established(token, context) => {
                ending.initiator = Ok(context);
                let Some(token) = token else { break };
                token
            }
            Went::Refused(kind) => {
                ending.initiator = Err(kind);
                break;
            }
        };
    }
    ending
}

fn as_it_is(_: bool, message: Vec<u8>) -> Vec<u8> {
    message
}

type Configured = fn() -> Vec<Arc<dyn AcceptorMechanism>>;

#[test]
fn every_order_of_two_mechanisms() {
    let acceptors: [(&str, Configured); 4] = [
        ("k", || vec![kerberos()]),
        ("n", || vec![ntlm()]),
        ("kn", || vec![kerberos(), ntlm()]),
        ("nk", || vec![ntlm(), kerberos()]),
    ];
    // The offer; how many messages it takes with each of the acceptors, 0 where there is nothing in common; whether the list is
    // signed then. By RFC 4178 section 5.
    type Row<'a> = (&'a [Initiating], [(usize, u8); 4]);
    let rows: [Row<'_>; 14] = [
        (&[MUTUAL], [(2, 0), (0, 0), (2, 0), (2, 0)]),
        (&[ONE_WAY], [(2, 0), (0, 0), (2, 0), (2, 0)]),
        (&[NTLM], [(0, 0), (4, 0), (4, 0), (4, 0)]),
        (&[NTLM_MIC], [(0, 0), (4, 1), (4, 1), (4, 1)]),
        (&[MUTUAL, NTLM], [(2, 0), (6, 1), (2, 0), (3, 1)]),
        (&[MUTUAL, NTLM_MIC], [(2, 0), (6, 1), (2, 0), (3, 1)]),
        (&[ONE_WAY, NTLM], [(2, 0), (6, 1), (2, 0), (3, 1)]),
        (&[ONE_WAY, NTLM_MIC], [(2, 0), (6, 1), (2, 0), (3, 1)]),
        (&[NTLM, MUTUAL], [(5, 1), (4, 0), (4, 1), (4, 0)]),
        (&[NTLM_MIC, MUTUAL], [(5, 1), (4, 1), (4, 1), (4, 1)]),
        (&[NTLM, ONE_WAY], [(4, 1), (4, 0), (4, 1), (4, 0)]),
        (&[NTLM_MIC, ONE_WAY], [(4, 1), (4, 1), (4, 1), (4, 1)]),
        (&[NTLM_MIC, ONE_WAY, MUTUAL], [(4, 1), (4, 1), (4, 1), (4, 1)]),
        (&[MUTUAL, ONE_WAY, NTLM], [(2, 0), (6, 1), (2, 0), (3, 1)]),
    ];
    for (offers, row) in rows {
        for ((name, acceptor), (messages, signed)) in acceptors.into_iter().zip(row) {
            let what =
                alloc::format!("{:?} with {name}", offers.iter().map(|offer| offer.name.name()).collect::<Vec<_>>());
            let ending = run(offers, acceptor(), &as_it_is);
            if messages == 0 {
                assert_eq!(ending.initiator.err().as_deref(), Some("peer-rejected"), "{what}");
                assert!(ending.acceptor.is_err(), "{what}");
                continue;
            }
            assert_eq!(ending.messages, messages, "{what}");
            for side in [ending.initiator, ending.acceptor] {
                let context = side.unwrap_or_else(|kind| panic!("{what}: {kind}"));
                assert_eq!(context.wrapping(), Wrapping::Spnego, "{what}");
                assert_eq!(context.details::<Restarts>(), Some(&Restarts(signed)), "{what}");
            }
        }
    }
}

/// Replaces the list in an offer by another of any length, and the token where there is one to put in its place.
fn rewrite(from: &[Oid<'_>], to: &[Oid<'_>], token: Option<&[u8]>, message: Vec<u8>) -> Vec<u8> {
    let list = mech_types(from);
    if !message.windows(list.len()).any(|window| window == list) {
        return message;
    }
    super::init(to, token, None)
}

/// Somebody in between changes the list, and neither side lets it pass.
#[test]
fn c04_somebody_in_between_is_found_out() {
    const K: Oid<'static> = Oid::KRB5;
    const N: Oid<'static> = Oid::NTLMSSP;
    const X: Oid<'static> = Oid::NEGOEX;
    // What is offered; what arrives, and with which token.
    type Row<'a> = (&'a [Initiating], &'a [Oid<'a>], Option<&'a [u8]>);
    let rows: [Row<'_>; 10] = [
        // Removed, so that NTLM is taken.
        (&[MUTUAL, NTLM_MIC], &[N], None),
        (&[MUTUAL, NTLM], &[X, N], None),
        (&[MUTUAL, NTLM], &[X, N], Some(b"last")),
        (&[ONE_WAY, NTLM_MIC], &[N], None),
        // Reordered.
        (&[MUTUAL, NTLM], &[N, K], None),
        (&[MUTUAL, NTLM_MIC], &[N, K], None),
        (&[ONE_WAY, NTLM], &[N, K], None),
        // Something put before it.
        (&[NTLM, MUTUAL], &[X, N, K], None),
        (&[NTLM_MIC], &[K, N], None),
        (&[NTLM_MIC], &[X, N], None),
    ];
    for (offers, arrives, token) in rows {
        let sent: Vec<Oid<'_>> = offers.iter().map(|offer| offer.name).collect();
        let between = |from_initiator: bool, message: Vec<u8>| {
            if from_initiator { rewrite(&sent, arrives, token, message) } else { message }
        };
        for acceptor in [vec![kerberos(), ntlm()], vec![ntlm(), kerberos()], vec![ntlm()]] {
            let ending = run(offers, acceptor, &between);
            assert!(ending.acceptor.is_err(), "{sent:?} -> {arrives:?}: the acceptor lets it pass");
            assert!(ending.initiator.is_err(), "{sent:?} -> {arrives:?}: the initiator lets it pass");
        }
    }
}

/// Where the change brings both to the acceptor's favourite, the acceptor has no reason to ask for signatures: the initiator
/// ends it. With an acceptor that would rather have what was the initiator's favourite, both do.
#[test]
fn c04_an_initiator_misses_the_signature_of_a_choice_that_is_not_its_own() {
    let swap =
        |_: bool, message: Vec<u8>| rewrite(&[Oid::NTLMSSP, Oid::KRB5], &[Oid::KRB5, Oid::NTLMSSP], None, message);
    let ending = run(&[NTLM, MUTUAL], vec![kerberos(), ntlm()], &swap);
    assert_eq!(ending.initiator.err().as_deref(), Some("mic-required"));
    assert!(ending.acceptor.is_ok());
    let ending = run(&[NTLM, MUTUAL], vec![ntlm(), kerberos()], &swap);
    assert_eq!(ending.initiator.err().as_deref(), Some("bad-mic"));
    assert_eq!(ending.acceptor.err().as_deref(), Some("waits"));
}

/// Where the signatures are taken out: then there is no login on the side that had to get one.
#[test]
fn c04_signatures_that_are_taken_out_are_missed() {
    let strip = |_: bool, message: Vec<u8>| match crate::spnego::message::NegotiationToken::parse(&message) {
        Ok(crate::spnego::message::NegotiationToken::NegTokenResp(mut response)) => {
            response.mech_list_mic = None;
            crate::spnego::message::NegotiationToken::NegTokenResp(response).to_der().unwrap()
        }
        _ => message,
    };
    for offers in [&[NTLM_MIC][..], &[NTLM_MIC, MUTUAL], &[NTLM, MUTUAL], &[NTLM, ONE_WAY]] {
        let ending = run(offers, vec![kerberos(), ntlm()], &strip);
        assert_eq!(ending.acceptor.err().as_deref(), Some("mic-required"));
        assert!(ending.initiator.is_err());
    }
    // Only the acceptor's: the initiator misses it.
    let strip_replies = |from_initiator: bool, message: Vec<u8>| {
        if from_initiator { message } else { strip(false, message) }
    };
    for offers in [&[NTLM_MIC][..], &[NTLM_MIC, MUTUAL], &[MUTUAL, NTLM]] {
        let ending = run(offers, vec![ntlm()], &strip_replies);
        assert_eq!(ending.initiator.err().as_deref(), Some("mic-required"), "{:?}", offers.len());
    }
}

/// What RFC 4178 section 7 leaves open, and the exemption of a lone offer with it: NTLM without any MIC cannot tell.
#[test]
fn c04_the_exemption_is_no_wider_than_it_says() {
    let to_ntlm = |from_initiator: bool, message: Vec<u8>| match from_initiator {
        true => rewrite(&[Oid::KRB5, Oid::NTLMSSP], &[Oid::NTLMSSP], Some(b"more"), message),
        false => message,
    };
    // The initiator's token was Kerberos', so that a challenge is no answer it takes.
    for offers in [[MUTUAL, NTLM], [ONE_WAY, NTLM], [MUTUAL, NTLM_MIC]] {
        let ending = run(&offers, vec![kerberos(), ntlm()], &to_ntlm);
        assert_eq!(ending.initiator.err().as_deref(), Some("unexpected-field"));
        assert_eq!(ending.acceptor.err().as_deref(), Some("waits"));
    }
}
