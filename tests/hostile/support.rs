//! A realm, an acceptor, and short words for what is done with them.

use negotiate::kerberos::message::KrbError;
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::{Login, Realm};
use negotiate::kerberos::{self, Keytab};
use negotiate::spnego::message::{NegTokenResp, NegotiationToken};
use negotiate::{Accept, Acceptor, Context, Fault, Rejected, ReplayCache, Timestamp};

/// Half a second past a whole one, so that microseconds matter.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_377_519_500_000);

pub(crate) const SKEW_SECONDS: i64 = 300;

/// What an accepted login came to.
pub(crate) struct Accepted {
    pub(crate) token: Option<Vec<u8>>,
    pub(crate) context: Context,
}

pub(crate) fn realm() -> Realm {
    Realm::new("EXAMPLE.TEST", "HTTP/www.example.test").unwrap()
}

/// A sound login of alice's.
pub(crate) fn login(realm: &Realm) -> Login {
    realm.login("alice", NOW).unwrap()
}

/// A login of alice's with one thing spoilt.
pub(crate) fn spoilt(realm: &Realm, spoil: impl FnOnce(&mut Login)) -> Login {
    let mut login = login(realm);
    spoil(&mut login);
    login
}

pub(crate) fn kerberos(realm: &Realm) -> kerberos::Acceptor {
    kerberos::Acceptor::new(realm.keytab().unwrap())
}

pub(crate) fn acceptor(kerberos: kerberos::Acceptor) -> Acceptor {
    Acceptor::builder().kerberos(kerberos).build().unwrap()
}

/// The acceptor that a server gets which sets nothing.
pub(crate) fn plain(realm: &Realm) -> Acceptor {
    acceptor(kerberos(realm))
}

pub(crate) fn acceptor_of(keytab: Keytab) -> Acceptor {
    acceptor(kerberos::Acceptor::new(keytab))
}

/// Takes one token at a given time, with a given memory.
pub(crate) fn take(
    acceptor: &Acceptor,
    token: &[u8],
    now: Timestamp,
    cache: &dyn ReplayCache,
) -> Result<Accepted, Rejected> {
    finish(acceptor.accept(token, now), now, cache)
}

/// Goes on from a first step to the verdict.
pub(crate) fn finish(
    step: Result<Accept, Rejected>,
    now: Timestamp,
    cache: &dyn ReplayCache,
) -> Result<Accepted, Rejected> {
    let step = match step? {
        Accept::NeedsReplayCheck(check) => check.use_cache(cache, now)?,
        other => other,
    };
    match step {
        Accept::Established { token, context } => Ok(Accepted { token, context }),
        other => panic!("neither accepted nor refused: {other:?}"),
    }
}

/// Takes a login now, without a memory.
pub(crate) fn judge(acceptor: &Acceptor, login: &Login) -> Result<Accepted, Rejected> {
    take(acceptor, &login.encode().unwrap(), NOW, &NoReplayCache)
}

#[track_caller]
pub(crate) fn accepted(acceptor: &Acceptor, login: &Login) -> Accepted {
    judge(acceptor, login).unwrap_or_else(|rejected| panic!("{}: {rejected}", rejected.error.kind()))
}

#[track_caller]
pub(crate) fn refused(acceptor: &Acceptor, login: &Login) -> Rejected {
    refusal(judge(acceptor, login))
}

#[track_caller]
pub(crate) fn refusal(outcome: Result<Accepted, Rejected>) -> Rejected {
    match outcome {
        Ok(accepted) => panic!("accepted {}", accepted.context.peer()),
        Err(rejected) => rejected,
    }
}

/// Refused for this reason, with this error code of RFC 4120, and it is this one's fault.
#[track_caller]
pub(crate) fn refuses(acceptor: &Acceptor, login: &Login, kind: &str, code: Option<i32>, fault: Fault) -> Rejected {
    let rejected = refused(acceptor, login);
    let error = &rejected.error;
    assert_eq!((error.kind(), error.krb_error(), error.fault()), (kind, code, fault), "{error}");
    rejected
}

/// The room's own error.
#[track_caller]
pub(crate) fn reason(rejected: &Rejected) -> &kerberos::Error {
    rejected.error.downcast_ref().unwrap_or_else(|| panic!("not Kerberos' own: {:?}", rejected.error))
}

/// The KRB-ERROR within a refusal's token: its frame, TOK_ID 03 00, and nothing else.
pub(crate) fn krb_error(token: &[u8]) -> KrbError<'_> {
    let framed = negotiate::gss::InitialToken::parse(token).unwrap();
    assert_eq!(framed.mechanism, negotiate::gss::Oid::KRB5);
    KrbError::parse(framed.inner.strip_prefix(&[3, 0]).expect("TOK_ID 03 00")).unwrap()
}

/// A SPNEGO answer.
pub(crate) fn response(token: &[u8]) -> NegTokenResp<'_> {
    match NegotiationToken::parse(token).unwrap() {
        NegotiationToken::NegTokenResp(response) => response,
        NegotiationToken::NegTokenInit(_) => panic!("an offer"),
    }
}

pub(crate) fn seconds(seconds: i64) -> Timestamp {
    later(NOW, seconds)
}

pub(crate) fn later(time: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_micros(time.as_micros() + seconds * 1_000_000)
}
