//! The same of NTLM: passwords, their hashes, keys, responses.

use std::sync::Arc;

use super::*;
use negotiate::initiator::InitiatorBuilder;
use negotiate::ntlm::accounts::AccountsFileError;
use negotiate::ntlm::message::{AuthenticateMessage, NtResponse};
use negotiate::ntlm::response::{ExportedSessionKey, KeyExchangeKey, LmHash, NtHash, ResponseKey, SessionBaseKey};
use negotiate::ntlm::session_security::{DatagramSecurity, SessionSecurity};
use negotiate::ntlm::{self, Details, MemoryAccounts, ReflectionGuard, TargetInfo, UserName};
use negotiate::{Account, AccountAnswer, AccountQuestion, Initiate, acceptor::AccountQuery};

/// No three neighbours of it are in any word that is printed, nor in its own other forms.
const PASSWORD: &str = "Zq7-Xw9!kPv2";

fn nt_hash() -> NtHash {
    NtHash::from_password(PASSWORD).unwrap()
}

/// All that is secret about the account.
fn secrets() -> Secrets {
    let lm = LmHash::from_password(PASSWORD).unwrap();
    Secrets(vec![
        ("password", PASSWORD.into()),
        ("password in UTF-16", PASSWORD.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("NT hash", nt_hash().expose().to_vec()),
        ("LM hash", lm.expose().to_vec()),
        ("session base key", octets(6, 16)),
    ])
}

fn credential() -> ntlm::Credential {
    ntlm::Credential::with_password(r"ADEX\alice", PASSWORD).unwrap()
}

fn accounts() -> MemoryAccounts {
    MemoryAccounts::parse(&format!("ADEX:alice:{PASSWORD}\n")).unwrap()
}

fn server() -> ntlm::Acceptor {
    ntlm::Acceptor::new(TargetInfo::new("web.ad.example.com").unwrap()).randomness(Known(17))
}

/// The same octets in each run: three random ones can be three letters of a text by chance.
struct Known(u8);

impl Randomness for Known {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        let known = octets(self.0, u8::MAX);
        out.iter_mut().zip(known.iter().cycle()).for_each(|(octet, known)| *octet = *known);
        Ok(())
    }
}

/// What has no `Debug` at all: this stops compiling once one of them has. `_` is then two types.
trait CannotBePrinted<Marker> {
    fn holds() {}
}
impl<T: ?Sized> CannotBePrinted<()> for T {}
impl<T: ?Sized + Debug> CannotBePrinted<u8> for T {}

#[test]
fn g03_keys_and_hashes_cannot_be_printed() {
    <NtHash as CannotBePrinted<_>>::holds();
    <LmHash as CannotBePrinted<_>>::holds();
    <ResponseKey as CannotBePrinted<_>>::holds();
    <SessionBaseKey as CannotBePrinted<_>>::holds();
    <KeyExchangeKey as CannotBePrinted<_>>::holds();
    <ExportedSessionKey as CannotBePrinted<_>>::holds();
    <SessionSecurity as CannotBePrinted<_>>::holds();
    <DatagramSecurity as CannotBePrinted<_>>::holds();
}

#[test]
fn g03_what_is_set_up_for_ntlm_shows_no_secret() {
    let secrets = secrets();
    secrets.are_not_in("Credential", &credential());
    secrets.are_not_in("UserName", credential().name());
    secrets.are_not_in("MemoryAccounts", &accounts());
    let verified =
        AccountAnswer::verified(Account::new("ADEX", "alice"), &SessionBaseKey::new(octets(6, 16).try_into().unwrap()));
    secrets.are_not_in("AccountAnswer", &verified);
    secrets.are_not_in("AccountAnswer", &AccountAnswer::nt_hash(Account::new("ADEX", "alice"), &nt_hash()));
    secrets.are_not_in("ntlm::Initiator", &ntlm::Initiator::new(credential()));
    secrets.are_not_in("ntlm::DangerousInitiator", &ntlm::Initiator::new(credential()).dangerous());
    let builder = || negotiate::Initiator::builder("HTTP@web.ad.example.com".parse().unwrap()).ntlm(credential());
    secrets.are_not_in("InitiatorBuilder", &builder());
    secrets.are_not_in("Initiator", &builder().build().unwrap());
    secrets.are_not_in("ntlm::Acceptor", &server().accounts(accounts()));
    secrets.are_not_in("ntlm::Dangerous", &server().accounts(accounts()).dangerous());
    let front = Acceptor::builder().ntlm(server().accounts(accounts()));
    secrets.are_not_in("AcceptorBuilder", &front);
    secrets.are_not_in("Acceptor", &front.build().unwrap());
    let hash = nt_hash();
    secrets.are_not_in("Options", &Options::new().password(PASSWORD).nt_hash(&hash).show_keys());

    // Whoever knows it can pass for another machine than this one.
    let guard = ReflectionGuard::new().unwrap();
    Secrets(vec![("MachineID", guard.machine_id().to_vec())]).are_not_in("ReflectionGuard", &guard);
}

#[test]
fn g03_what_is_wrong_with_accounts_and_credentials_is_told_without_them() {
    let secrets = secrets();
    let spoilt = [
        format!("ADEX {PASSWORD}"),
        format!("ADEX::{PASSWORD}"),
        format!("ADEX:alice:$NT${PASSWORD}"),
        format!("ADEX:alice:{}", PASSWORD.repeat(100)),
        format!("ADEX:alice:{PASSWORD}\nadex:ALICE:{PASSWORD}"),
    ];
    for text in spoilt {
        let error: AccountsFileError = MemoryAccounts::parse(&text).unwrap_err();
        secrets.are_not_in("AccountsFileError", &error);
        secrets.are_not_in_text("its text", &error.to_string());
    }
    let long = ntlm::Credential::with_password("alice", &PASSWORD.repeat(100)).unwrap_err();
    let none = ntlm::Credential::with_password(UserName::new("ADEX", ""), PASSWORD).unwrap_err();
    for error in [long, none] {
        secrets.are_not_in("CredentialError", &error);
        secrets.are_not_in_text("its text", &error.to_string());
    }
}

/// The login at each step, from both sides; the tokens themselves are for the other side, which has the password.
#[test]
fn g03_an_ntlm_login_shows_no_secret_at_any_step() {
    let mut secrets = secrets();
    let ntlm = ntlm::Initiator::new(credential()).randomness(Known(23));
    let initiator = negotiate::Initiator::builder("HTTP@web.ad.example.com".parse().unwrap()).ntlm(ntlm);
    let initiator = initiator.bare().build().unwrap();
    let step = initiator.initiate(NOW).unwrap();
    secrets.are_not_in("Initiate", &step);
    let Initiate::NeedsToken { token: negotiate, next } = step else { panic!("{step:?}") };
    secrets.are_not_in("Handshake", &next);
    let acceptor = Acceptor::builder().ntlm(server()).build().unwrap();
    let Accept::NeedsToken { token: challenge, next: waits } = acceptor.accept(&negotiate, NOW).unwrap() else {
        panic!()
    };
    secrets.are_not_in("Handshake", &waits);
    let step = next.step(&challenge, NOW).unwrap();
    let Initiate::Established { token: Some(token), context } = &step else { panic!("{step:?}") };
    let token = token.clone();
    let message = AuthenticateMessage::parse(&token).unwrap();
    let NtResponse::V2(response) = message.meaning().nt_response().unwrap() else { panic!("no NTLMv2") };
    secrets.0.extend([
        ("session key", context.session_key().to_vec()),
        ("wrapped session key", message.meaning().encrypted_random_session_key.to_vec()),
        ("response", response.response.to_vec()),
        ("MIC", message.mic().unwrap().value.to_vec()),
    ]);
    secrets.are_not_in("Initiate", &step);
    secrets.are_not_in("Context", context);
    secrets.are_not_in("Details", context.details::<Details>().unwrap());
    secrets.are_not_in("AuthenticateMessage", &message);
    secrets.are_not_in("Authenticate", message.meaning());
    secrets.are_not_in("NtlmV2Response", &response);

    let step = waits.accept(&token, NOW).unwrap();
    secrets.are_not_in("Accept", &step);
    let Accept::NeedsAccount(query) = step else { panic!("{step:?}") };
    secrets.are_not_in("AccountQuery", &query);
    secrets.are_not_in("AccountQuestion", query.question());
    let step = query.use_store(&accounts(), NOW).unwrap();
    secrets.are_not_in("Accept", &step);
    let Accept::Established { context, .. } = step else { panic!("{step:?}") };
    assert_eq!(context.session_key(), secrets.0.iter().find(|(name, _)| *name == "session key").unwrap().1);
    secrets.are_not_in("Context", &context);

    let hash = nt_hash();
    let options = Options::new().challenge(&challenge).negotiate(&negotiate);
    for options in [options.password(PASSWORD), options.nt_hash(&hash)] {
        let explanation = explain(&token, &options);
        assert!(explanation.is_sound(), "{explanation}");
        secrets.are_not_in("Explanation", &explanation);
        secrets.are_not_in_text("its text", &explanation.to_string());
        secrets.are_not_in_text("its JSON", &explanation.to_json());
    }
    refused(&secrets, &acceptor, initiator);
}

/// Refusals, of either side.
fn refused(secrets: &Secrets, acceptor: &Acceptor, initiator: negotiate::Initiator) {
    for answer in [AccountAnswer::unknown(), AccountAnswer::refused(), AccountAnswer::unavailable()] {
        let Initiate::NeedsToken { token, next } = initiator.initiate(NOW).unwrap() else { panic!() };
        let Accept::NeedsToken { token, next: waits } = acceptor.accept(&token, NOW).unwrap() else { panic!() };
        let Initiate::Established { token, .. } = next.step(&token, NOW).unwrap() else { panic!() };
        let Accept::NeedsAccount(query) = waits.accept(&token.unwrap(), NOW).unwrap() else { panic!() };
        let rejected = query.continue_with(answer, NOW).unwrap_err();
        secrets.are_not_in("Rejected", &rejected);
        secrets.are_not_in_text("its text", &rejected.to_string());
    }
    let Initiate::NeedsToken { next, .. } = initiator.initiate(NOW).unwrap() else { panic!() };
    let error = next.step(b"NTLMSSP\0\x02\0\0\0", NOW).unwrap_err();
    secrets.are_not_in("Error", &error);
    secrets.are_not_in_text("its text", &error.to_string());
}

#[test]
fn what_ntlm_servers_share_is_send_and_sync() {
    const fn shared<T: Send + Sync + 'static>() {}
    shared::<ntlm::Acceptor>();
    shared::<ntlm::Initiator>();
    shared::<ntlm::Credential>();
    shared::<ntlm::Error>();
    shared::<MemoryAccounts>();
    shared::<Arc<ReflectionGuard>>();
    shared::<AccountQuery>();
    shared::<AccountQuestion<'static>>();
    shared::<AccountAnswer>();
    shared::<Initiate>();
    shared::<InitiatorBuilder>();
    shared::<negotiate::Initiator>();
    shared::<negotiate::initiator::Handshake>();
}
