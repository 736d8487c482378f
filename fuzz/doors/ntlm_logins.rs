//! NTLM logins that come out the same each time: one account, one server, and no chance.

use std::sync::LazyLock;

use negotiate::gss::{ChannelBindings, InitialToken, Oid};
use negotiate::kerberos;
use negotiate::ntlm::message::{Authenticate, AuthenticateMessage, NegotiateFlags, NtResponse, NtlmV2Response};
use negotiate::ntlm::response::{KeyExchangeKey, ServerChallenge, SessionBaseKey};
use negotiate::ntlm::{self, Credential, NtHash, TargetInfo};
use negotiate::spnego::message::NegotiationToken;
use negotiate::{Acceptor, Account, Initiator};

use super::logins::{Fixed, keytab};

/// The account's password, which no input has.
pub const PASSWORD: &str = "correct horse battery staple";

/// The service.
pub const TARGET: &str = "HTTP@web.ad.example.test";

/// What [`Fixed`] makes of a challenge.
pub const CHALLENGE: ServerChallenge = [0x5a; 8];

/// The hash of the password.
pub static HASH: LazyLock<NtHash> = LazyLock::new(|| NtHash::from_password(PASSWORD).unwrap());

/// The connection's secure channel.
pub static CHANNEL: LazyLock<ChannelBindings> = LazyLock::new(|| ChannelBindings::tls_unique(b"a channel"));

static TARGET_INFO: LazyLock<TargetInfo> =
    LazyLock::new(|| TargetInfo::new("web.ad.example.test").unwrap().with_netbios_domain("ADEX").unwrap());

/// The one account there is.
pub fn account() -> Account {
    Account::new("ADEX", "alice")
}

/// Who a domain controller says it is.
pub fn controllers_account() -> Account {
    Account::new("ADEX", "alice of the controller")
}

fn strict() -> ntlm::Acceptor {
    ntlm::Acceptor::new(TARGET_INFO.clone()).randomness(Fixed)
}

fn lenient() -> ntlm::Acceptor {
    strict().dangerous().allow_ntlmv1().dangerous().allow_anonymous().dangerous().allow_weak_session_security()
}

/// The acceptor as it should be, and one with all doors open; both take Kerberos too.
pub static ACCEPTORS: LazyLock<[Acceptor; 2]> = LazyLock::new(|| {
    [strict(), lenient()].map(|ntlm| {
        let kerberos = kerberos::Acceptor::new(keytab()).randomness(Fixed);
        Acceptor::builder().kerberos(kerberos).ntlm(ntlm).build().unwrap()
    })
});

/// The account's initiator.
pub fn alice() -> ntlm::Initiator {
    let credential = Credential::with_nt_hash(r"ADEX\alice", HASH.duplicate()).unwrap();
    ntlm::Initiator::new(credential).randomness(Fixed).workstation("LAPTOP-7")
}

/// The front door of one, in SPNEGO or bare.
pub fn front_door(ntlm: ntlm::Initiator, is_bare: bool) -> Initiator {
    let builder = Initiator::builder(TARGET.parse().unwrap()).ntlm(ntlm).channel_bindings(CHANNEL.clone());
    if is_bare { builder.bare().build().unwrap() } else { builder.build().unwrap() }
}

/// NTLM's message in a token, whatever stands around it.
pub fn bare(token: &[u8]) -> Option<&[u8]> {
    if token.starts_with(b"NTLMSSP\0") {
        return Some(token);
    }
    let inner = InitialToken::parse(token).map_or(token, |frame| frame.inner);
    let message = match NegotiationToken::parse(inner).ok()? {
        NegotiationToken::NegTokenInit(init) => init.mech_token?.0,
        NegotiationToken::NegTokenResp(response) => response.response_token?.0,
    };
    message.starts_with(b"NTLMSSP\0").then_some(message)
}

/// The offer in a token of SPNEGO, as it is signed.
pub fn offer(token: &[u8]) -> Option<Vec<u8>> {
    let Ok(InitialToken { mechanism: Oid::SPNEGO, inner }) = InitialToken::parse(token) else { return None };
    let NegotiationToken::NegTokenInit(init) = NegotiationToken::parse(inner).ok()? else { return None };
    init.mech_types.to_der().ok()
}

/// The NTLMv2 response in an AUTHENTICATE_MESSAGE.
pub fn v2<'a>(message: &AuthenticateMessage<'a>) -> Option<NtlmV2Response<'a>> {
    match message.meaning().nt_response() {
        Ok(NtResponse::V2(response)) => Some(response),
        _ => None,
    }
}

/// Whether the response is the password's, and the key that comes of it.
pub fn proven(meaning: &Authenticate<'_>, challenge: &ServerChallenge, hash: &NtHash) -> Option<SessionBaseKey> {
    let Ok(NtResponse::V2(response)) = meaning.nt_response() else { return None };
    let (user, domain) = (meaning.decode_user_name().ok()?, meaning.decode_domain_name().ok()?);
    let key = hash.response_key(user.encode_utf16(), domain.encode_utf16());
    (key.nt_proof(challenge, response.temp) == *response.response).then(|| key.session_base_key(response.response))
}

/// The context's key, where `effective` flags are in effect.
pub fn session_key(key: &KeyExchangeKey, effective: NegotiateFlags, sent: &[u8]) -> [u8; 16] {
    if effective.contains(NegotiateFlags::KEY_EXCH) {
        *key.unwrap_session_key(sent).unwrap().expose()
    } else {
        *key.exported_session_key().expose()
    }
}

/// What is left of the input. It runs out, and so whatever it drives ends.
pub struct Choices<'a>(pub &'a [u8]);

impl<'a> Choices<'a> {
    /// The next octet.
    pub fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Two octets, big-endian.
    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes([self.next().unwrap_or(0), self.next().unwrap_or(0)])
    }

    /// Two octets of a length, and so many octets, if there are.
    pub fn octets(&mut self) -> &'a [u8] {
        let length = usize::from(self.u16()).min(self.0.len());
        let (octets, rest) = self.0.split_at(length);
        self.0 = rest;
        octets
    }
}

/// What the input does to an exchange of tokens: four octets an edit, of which two bits say which token, the rest of two
/// octets where in it, the third by what that octet is changed, and if by nothing, the fourth how many octets are cut out there.
pub struct Edits<'a>(pub &'a [u8]);

impl Edits<'_> {
    /// The token of this number, changed.
    pub fn apply(&self, number: usize, token: &[u8]) -> Vec<u8> {
        let mut changed = token.to_vec();
        for [high, low, by, cut] in self.0.as_chunks::<4>().0 {
            let place = usize::from(u16::from_be_bytes([high & 0x3f, *low]));
            if usize::from(high >> 6) != number || changed.is_empty() {
                continue;
            }
            let at = place % changed.len();
            changed[at] ^= by;
            if *by == 0 {
                let end = changed.len().min(at + usize::from(*cut));
                changed.drain(at..end);
            }
        }
        changed
    }
}
