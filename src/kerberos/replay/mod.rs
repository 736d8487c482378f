//! Replayed authenticators: the question, the stores that answer it, and the proof that it was asked.
//!
//! An AP-REQ is a bearer token for as long as its time stamp passes. RFC 4120 section 3.2.3 therefore has the acceptor
//! remember every authenticator that it took. Here the acceptor asks once, last of all checks, by a [`ReplayQuestion`];
//! a [`ReplayCache`] (or the caller, from a store of its own) answers with a [`ReplayVerdict`]; and only
//! [`NotReplayed::prove`] turns the answer into what an established login is made of.

#[cfg(feature = "std")]
mod client_counts;
#[cfg(feature = "std")]
mod keyed_hash;
#[cfg(feature = "std")]
mod memory;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(feature = "std")]
mod sync;
#[cfg(feature = "std")]
mod table;

use core::fmt;
use core::time::Duration;

use sha2::{Digest, Sha256};

use crate::error::{Fault, Reason};
pub use crate::mechanism::{ReplayCache, ReplayQuestion, ReplayVerdict};
use crate::peer::Principal;
use crate::time::Timestamp;

#[cfg(feature = "std")]
pub use memory::{DangerousMemory, MemoryReplayCache, Usage};

/// Separates fingerprints from everything else that a session key is used for.
const FINGERPRINT_LABEL: &[u8] = b"replay\0";

impl ReplayQuestion {
    /// The question about one authenticator.
    ///
    /// * `session_key`: the octets of the key that decrypted it.
    /// * `authenticator_cipher`: the whole `cipher` of the AP-REQ's `authenticator` (RFC 4120 section 5.5.1), before
    ///   decryption. Encryption maps each plaintext and confounder to one cipher, so that nothing around it (names,
    ///   kvno, options, framing) can make a repetition look new, and two authenticators of one microsecond differ.
    /// * `client`: crealm and cname, as decrypted.
    /// * `stamped`: ctime and cusec, as decrypted.
    /// * `now` and `skew`: what `stamped` was checked against. The answer is remembered until
    ///   `max(stamped, now) + skew`, so that a client whose clock runs ahead gains nothing by it.
    #[must_use]
    pub fn of(
        session_key: &[u8],
        authenticator_cipher: &[u8],
        client: &Principal,
        stamped: Timestamp,
        now: Timestamp,
        skew: Duration,
    ) -> Self {
        Self {
            fingerprint: fingerprint(session_key, authenticator_cipher),
            client: client_number(client),
            stamped,
            timely_until: stamped.saturating_add(skew),
            expires: stamped.max(now).saturating_add(skew),
        }
    }
}

/// SHA-256 of the session key and the whole cipher, cut to 16 octets: says nothing of the key or the authenticator to
/// whoever reads the store, and nobody but the key's holder can make one.
///
/// The half that is cut off keeps a hash from being continued without the key, which is what HMAC is for: the same proof in
/// five of HMAC's eight compressions. The key's length in front tells where the cipher begins.
fn fingerprint(session_key: &[u8], authenticator_cipher: &[u8]) -> [u8; 16] {
    let [.., key_length] = session_key.len().to_be_bytes();
    let key = Sha256::new().chain_update(FINGERPRINT_LABEL).chain_update([key_length]).chain_update(session_key);
    first_chunk(&key.chain_update(authenticator_cipher).finalize())
}

fn client_number(client: &Principal) -> u32 {
    u32::from_be_bytes(first_chunk(&Sha256::digest(client.as_parts())))
}

fn first_chunk<const N: usize>(octets: &[u8]) -> [u8; N] {
    octets.first_chunk().copied().unwrap_or([0; N])
}

/// The proof that an authenticator is no repetition, made only from a store's answer.
#[derive(Debug)]
pub struct NotReplayed(());

impl NotReplayed {
    /// Takes the store's word.
    ///
    /// # Errors
    /// [`Error`] for every verdict but [`ReplayVerdict::Fresh`].
    pub const fn prove(verdict: ReplayVerdict) -> Result<Self, Error> {
        match verdict {
            ReplayVerdict::Fresh => Ok(Self(())),
            ReplayVerdict::Replayed => Err(Error::Replayed),
            ReplayVerdict::BeforeMemory => Err(Error::BeforeMemory),
            ReplayVerdict::ClockSteppedBack => Err(Error::ClockSteppedBack),
            ReplayVerdict::OtherSkew => Err(Error::OtherSkew),
            ReplayVerdict::Full => Err(Error::Full),
            ReplayVerdict::ClientQuota => Err(Error::ClientQuota),
            ReplayVerdict::Unavailable => Err(Error::Unavailable),
        }
    }
}

/// Why an authenticator was not shown to be new.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// It was taken before.
    Replayed,
    /// It is older than the memory.
    BeforeMemory,
    /// The clock went back over what was forgotten.
    ClockSteppedBack,
    /// The acceptors that share the memory allow different clock skews.
    OtherSkew,
    /// There is no room to remember it.
    Full,
    /// Its client takes more than its share of the room.
    ClientQuota,
    /// The store did not answer.
    Unavailable,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Replayed => {
                "the authenticator was used before: a repeated request, an overheard one, or a client that sends one token twice"
            }
            Self::BeforeMemory => {
                "the authenticator was stamped before the replay cache began to remember, so nobody can tell whether it \
                 was used before: a new attempt of the client passes (if its clock is behind, in as many seconds)"
            }
            Self::ClockSteppedBack => {
                "the authenticator is too old for what the replay cache still remembers: this machine's clock was set \
                 back (wait until it has caught up, or restart), or the check was asked too late"
            }
            Self::OtherSkew => {
                "acceptors with different clock skews share one replay cache: give them the same, or a cache each"
            }
            Self::Full => "the replay cache is full of authenticators that must be remembered: enlarge its capacity",
            Self::ClientQuota => {
                "the client holds more than its share of the replay cache: look what it does, or raise the quota"
            }
            Self::Unavailable => "the replay store did not answer, so the login is refused: look at the store",
        })
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::Replayed | Self::BeforeMemory | Self::ClockSteppedBack => Fault::Time,
            Self::Full | Self::OtherSkew | Self::Unavailable => Fault::Configuration,
            Self::ClientQuota => Fault::Policy,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Replayed => "replay",
            Self::BeforeMemory => "replay-before-memory",
            Self::ClockSteppedBack => "clock-stepped-back",
            Self::Full => "replay-cache-full",
            Self::ClientQuota => "replay-client-quota",
            Self::OtherSkew => "replay-cache-skew",
            Self::Unavailable => "replay-cache-unavailable",
        }
    }

    /// RFC 4120 section 7.5.9. Section 3.2.3 names no code for an acceptor that lost track; what helps the client is
    /// the same as after a repetition: a new authenticator.
    fn krb_error(&self) -> Option<i32> {
        const KRB_AP_ERR_REPEAT: i32 = 34;
        const KRB_AP_ERR_SKEW: i32 = 37;
        const KRB_ERR_GENERIC: i32 = 60;
        Some(match self {
            Self::Replayed | Self::BeforeMemory => KRB_AP_ERR_REPEAT,
            Self::ClockSteppedBack => KRB_AP_ERR_SKEW,
            Self::Full | Self::ClientQuota | Self::OtherSkew | Self::Unavailable => KRB_ERR_GENERIC,
        })
    }
}

/// Answers that protect nobody, for those who know why they may give them.
pub mod dangerous {
    use super::{ReplayCache, ReplayQuestion, ReplayVerdict};
    use crate::time::Timestamp;

    /// Remembers nothing and takes every authenticator as new.
    ///
    /// Whoever overhears a login can repeat it. Only for tests and measurements, and where every connection is bound by
    /// channel bindings or goes on under the session's own key.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct NoReplayCache;

    impl ReplayCache for NoReplayCache {
        fn check_and_insert(&self, _: &ReplayQuestion, _: Timestamp) -> ReplayVerdict {
            ReplayVerdict::Fresh
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);
    const SKEW: Duration = Duration::from_secs(300);

    fn ask(key: &[u8], cipher: &[u8], client: &str, stamped: Timestamp) -> ReplayQuestion {
        ReplayQuestion::of(key, cipher, &client.parse().unwrap(), stamped, NOW, SKEW)
    }

    /// Computed with Python's hashlib.
    #[test]
    fn e02_fingerprint_is_the_stated_hash() {
        let question = ask(&[7; 32], b"cipher of the authenticator", "alice@EXAMPLE.COM", NOW);
        assert_eq!(question.fingerprint(), &hex_literal::hex!("b45529f0b4be4c9e5a83bd2c4e671d39"));
        assert_eq!(question.client(), 0x5279_b67a);
    }

    #[test]
    fn e02_fingerprint_covers_the_whole_cipher_and_the_key() {
        let cipher = [0x5a_u8; 200];
        let first = ask(&[1; 32], &cipher, "alice@R", NOW);
        for position in 0..cipher.len() {
            let mut other = cipher;
            other[position] ^= 1;
            assert_ne!(first.fingerprint(), ask(&[1; 32], &other, "alice@R", NOW).fingerprint());
        }
        assert_ne!(first.fingerprint(), ask(&[1; 32], &cipher[..199], "alice@R", NOW).fingerprint());
        assert_ne!(first.fingerprint(), ask(&[2; 32], &cipher, "alice@R", NOW).fingerprint());
        assert_eq!(first.fingerprint(), ask(&[1; 32], &cipher, "bob@R", NOW).fingerprint());
    }

    #[test]
    fn e02_remembered_until_the_later_of_stamp_and_arrival_plus_skew() {
        let ahead = NOW.saturating_add(Duration::from_secs(299));
        let behind = NOW.saturating_sub(Duration::from_secs(299));
        assert_eq!(ask(b"k", b"c", "a@R", ahead).expires(), ahead.saturating_add(SKEW));
        assert_eq!(ask(b"k", b"c", "a@R", ahead).timely_until(), ahead.saturating_add(SKEW));
        assert_eq!(ask(b"k", b"c", "a@R", behind).expires(), NOW.saturating_add(SKEW));
        assert_eq!(ask(b"k", b"c", "a@R", behind).timely_until(), behind.saturating_add(SKEW));
    }

    #[test]
    fn e02_only_fresh_is_a_proof() {
        let refusals = [
            (ReplayVerdict::Replayed, "replay", 34, Fault::Time),
            (ReplayVerdict::BeforeMemory, "replay-before-memory", 34, Fault::Time),
            (ReplayVerdict::ClockSteppedBack, "clock-stepped-back", 37, Fault::Time),
            (ReplayVerdict::Full, "replay-cache-full", 60, Fault::Configuration),
            (ReplayVerdict::ClientQuota, "replay-client-quota", 60, Fault::Policy),
            (ReplayVerdict::OtherSkew, "replay-cache-skew", 60, Fault::Configuration),
            (ReplayVerdict::Unavailable, "replay-cache-unavailable", 60, Fault::Configuration),
        ];
        for (verdict, kind, code, fault) in refusals {
            let error = NotReplayed::prove(verdict).unwrap_err();
            assert_eq!((error.kind(), error.krb_error(), error.fault()), (kind, Some(code), fault));
            assert!(error.to_string().len() > 40, "{error}");
        }
        assert!(NotReplayed::prove(ReplayVerdict::Fresh).is_ok());
    }
}
