//! Logins whose octets are kept in the corpus, and the acceptor they are for. The keys are fixed, so a kept token stays
//! good; whoever has only the token cannot make another.

use std::sync::LazyLock;

use negotiate::gss::{InitialToken, Oid};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType};
use negotiate::kerberos::message::ApReq;
use negotiate::kerberos::testing::{Login, Offer, Realm};
use negotiate::kerberos::{self, Keytab};
use negotiate::random::{Randomness, Unavailable};
use negotiate::spnego::message::NegotiationToken;
use negotiate::{Acceptor, Rejected, Timestamp};

/// The acceptor's clock.
pub const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);

/// A login, and its token as it was minted.
pub struct Kept {
    /// The file's name.
    pub name: &'static str,
    /// The file.
    pub token: &'static [u8],
    etype: EncryptionType,
    /// Who logs in.
    pub user: &'static str,
    shape: fn(Login) -> Login,
}

macro_rules! kept {
    ($name:literal, $etype:ident, $user:literal, $shape:expr) => {
        Kept {
            name: $name,
            token: include_bytes!(concat!("../corpus/acceptor/", $name)),
            etype: EncryptionType::$etype,
            user: $user,
            shape: $shape,
        }
    };
}

/// All of them. The numbers are what `acceptor_sequence` calls them by.
pub const KEPT: [Kept; 6] = [
    kept!("spnego", AES256_CTS_HMAC_SHA1_96, "alice@EXAMPLE.TEST", Login::in_spnego),
    kept!("raw", AES256_CTS_HMAC_SHA384_192, "bob@EXAMPLE.TEST", |login| login),
    kept!("one_way", AES128_CTS_HMAC_SHA256_128, "carol@ELSEWHERE.TEST", Login::one_way),
    kept!("dce", AES128_CTS_HMAC_SHA1_96, "dave@EXAMPLE.TEST", Login::dce_style),
    kept!("dce_spnego", CAMELLIA256_CTS_CMAC, "erin/admin@EXAMPLE.TEST", |login| login.dce_style().in_spnego()),
    kept!("microsoft_first", CAMELLIA128_CTS_CMAC, "alice@EXAMPLE.TEST", |login| Login {
        spnego: Some(Offer::of(&[Oid::KRB5_MICROSOFT, Oid::KRB5, Oid::NTLMSSP])),
        ..login.one_way()
    }),
];

/// A key that anyone may know.
pub fn fixed_key(etype: EncryptionType, octet: u8) -> EncryptionKey {
    EncryptionKey::new(etype, &vec![octet; etype.key_len().unwrap()]).unwrap()
}

/// The service, with its key of this type.
pub fn realm(etype: EncryptionType) -> Realm {
    Realm::new("EXAMPLE.TEST", "HTTP/www.example.test").unwrap().with_key(fixed_key(etype, 0x11))
}

/// The login before it is encrypted, which comes out otherwise each time.
pub fn fresh_login(number: u8) -> Login {
    let kept = &KEPT[usize::from(number)];
    let mut login = (kept.shape)(realm(kept.etype).login(kept.user, NOW).unwrap());
    let session_key = fixed_key(kept.etype, 0x20 | number);
    login.ticket.key = (&session_key).into();
    login.authenticator.session_key = session_key;
    login.authenticator.subkey = Some((&fixed_key(kept.etype, 0x40 | number)).into());
    login.authenticator.seq_number = Some(u32::from(number));
    login
}

/// The login with the ciphers of its kept token.
pub fn kept_login(number: u8) -> Login {
    let mut login = fresh_login(number);
    let request = ap_req(KEPT[usize::from(number)].token).unwrap();
    login.ticket.cipher = Some(request.ticket.enc_part.cipher.0.to_vec());
    login.authenticator.cipher = Some(request.authenticator.cipher.0.to_vec());
    login
}

/// The AP-REQ in a token, whatever stands around it.
pub fn ap_req(token: &[u8]) -> Option<ApReq<'_>> {
    match InitialToken::parse(token) {
        Ok(InitialToken { mechanism: Oid::SPNEGO, inner }) => match NegotiationToken::parse(inner) {
            Ok(NegotiationToken::NegTokenInit(init)) => bare_ap_req(init.mech_token?.0),
            _ => None,
        },
        _ => bare_ap_req(token),
    }
}

fn bare_ap_req(token: &[u8]) -> Option<ApReq<'_>> {
    match InitialToken::parse(token) {
        Ok(frame) => ApReq::parse(frame.inner.strip_prefix(&[1, 0])?).ok(),
        Err(_) => ApReq::parse(token).ok(),
    }
}

/// The service's keys, one of each type.
pub fn keytab() -> Keytab {
    let mut keytab = Keytab::new();
    for etype in EncryptionType::IMPLEMENTED {
        keytab.merge(realm(etype).keytab().unwrap());
    }
    keytab
}

/// The acceptor of all these logins, the same in every run.
pub static ACCEPTOR: LazyLock<Acceptor> = LazyLock::new(|| {
    Acceptor::builder().kerberos(kerberos::Acceptor::new(keytab()).randomness(Fixed)).build().unwrap()
});

/// No chance at all.
pub struct Fixed;

impl Randomness for Fixed {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        out.fill(0x5a);
        Ok(())
    }
}

/// What every refusal promises: a line that does no harm in a log, and an answer that says no more than it may.
pub fn check_refusal(rejected: &Rejected) {
    let line = rejected.error.to_string();
    assert!(!line.is_empty() && !line.chars().any(char::is_control), "not a line for a log: {line:?}");
    let Some(token) = &rejected.token else { return };
    let Ok(frame) = InitialToken::parse(token) else {
        assert!(matches!(NegotiationToken::parse(token), Ok(NegotiationToken::NegTokenResp(_))), "not an answer");
        return;
    };
    let error = frame.inner.strip_prefix(&[3, 0]).map(negotiate::kerberos::message::KrbError::parse);
    let Some(Ok(error)) = error else { unreachable!("not a KRB-ERROR: {token:x?}") };
    assert!(error.e_text.is_none() && error.cname.is_none() && error.crealm.is_none(), "it says too much");
}
