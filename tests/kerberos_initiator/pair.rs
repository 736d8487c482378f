//! Both sides of a login, and the tokens between them.

use negotiate::gss::ChannelBindings;
use negotiate::initiator::InitiatorBuilder;
use negotiate::kerberos;
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::Realm;
use negotiate::{Accept, Acceptor, Context, Error, Handshake, Initiate, Initiator, Rejected};

use crate::{NOW, SERVICE};

pub(crate) fn realm(etype: EncryptionType) -> Realm {
    Realm::new("EXAMPLE.TEST", SERVICE).unwrap().with_etype(etype).unwrap()
}

/// A realm whose one service has keys of the usual type.
pub(crate) fn usual() -> Realm {
    Realm::new("EXAMPLE.TEST", SERVICE).unwrap()
}

/// An initiator with alice's ticket, whatever its type.
pub(crate) fn alice(realm: &Realm) -> kerberos::Initiator {
    kerberos::Initiator::new(realm.ccache("alice", NOW).unwrap()).dangerous().allow_rc4()
}

pub(crate) fn to_service(kerberos: kerberos::Initiator) -> InitiatorBuilder {
    Initiator::builder(SERVICE.parse().unwrap()).kerberos(kerberos)
}

/// An acceptor with the service's key, whatever its type.
pub(crate) fn acceptor(realm: &Realm) -> Acceptor {
    let kerberos = kerberos::Acceptor::new(realm.keytab().unwrap()).dangerous().permit_rc4();
    Acceptor::builder().kerberos(kerberos).build().unwrap()
}

/// Who gave up, and why.
#[derive(Debug)]
pub(crate) enum GaveUp {
    Initiator(#[expect(dead_code, reason = "shown when a test fails")] Error),
    Acceptor(Rejected),
}

/// A whole login that succeeded.
#[derive(Debug)]
pub(crate) struct Login {
    /// The initiator's context.
    pub(crate) initiator: Context,
    /// The acceptor's.
    pub(crate) acceptor: Context,
    /// How many tokens went over.
    pub(crate) tokens: usize,
}

/// Carries tokens between the two until both are done, or one gives up.
pub(crate) fn login(
    initiator: &Initiator,
    acceptor: &Acceptor,
    bindings: Option<&ChannelBindings>,
) -> Result<Login, GaveUp> {
    let mut opening = acceptor.begin();
    if let Some(bindings) = bindings {
        opening = opening.channel_bindings(bindings.clone());
    }
    let (mut opening, mut handshake) = (Some(opening), None::<Handshake>);
    let (mut tokens, mut ours, mut theirs) = (0, None, None);
    let mut step = initiator.initiate(NOW).map_err(GaveUp::Initiator)?;
    loop {
        let (token, waiting) = match step {
            Initiate::NeedsToken { token, next } => (Some(token), Some(next)),
            Initiate::Established { token, context } => {
                ours = Some(context);
                (token, None)
            }
        };
        let mut answer = None;
        if let Some(token) = token {
            tokens += 1;
            let accept = match handshake.take() {
                Some(handshake) => handshake.accept(&token, NOW),
                None => opening.take().expect("the acceptor is done").accept(&token, NOW),
            };
            match accept.and_then(without_memory).map_err(GaveUp::Acceptor)? {
                Accept::NeedsToken { token, next } => (answer, handshake) = (Some(token), Some(next)),
                Accept::Established { token, context } => (answer, theirs) = (token, Some(context)),
                other => panic!("{other:?}"),
            }
        }
        match (waiting, answer) {
            (Some(next), Some(answer)) => {
                tokens += 1;
                step = next.step(&answer, NOW).map_err(GaveUp::Initiator)?;
            }
            (None, None) => {
                let (initiator, acceptor) = ours.zip(theirs).expect("one side is done, the other is not");
                return Ok(Login { initiator, acceptor, tokens });
            }
            (waiting, answer) => panic!("one side waits, or one does not: {waiting:?} {answer:?}"),
        }
    }
}

fn without_memory(accept: Accept) -> Result<Accept, Rejected> {
    match accept {
        Accept::NeedsReplayCheck(check) => check.use_cache(&NoReplayCache, NOW),
        other => Ok(other),
    }
}
