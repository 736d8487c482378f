//! A PAC that a KDC has signed, whatever is in it, on its way through a whole login.

use std::sync::LazyLock;

use negotiate::authorization::Authorization;
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType};
use negotiate::kerberos::pac::{BufferType, ClientInfo, LogonInfo};
use negotiate::kerberos::testing::{Login, Pac, User};
use negotiate::kerberos::{self, Keytab};
use negotiate::{Accept, Acceptor, ReplayVerdict};

use super::logins::{Fixed, NOW, check_refusal, fixed_key, fresh_login, realm};
use super::ntlm_logins::Choices;

const ETYPE: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;

/// The key of krbtgt.
static KRBTGT: LazyLock<EncryptionKey> = LazyLock::new(|| fixed_key(ETYPE, 0x77));

/// One that has the service's key, and one that has krbtgt's too and lets nobody in without a PAC.
static ACCEPTORS: LazyLock<[Acceptor; 2]> = LazyLock::new(|| {
    let keytab = || -> Keytab { realm(ETYPE).keytab().unwrap() };
    let usual = kerberos::Acceptor::new(keytab()).randomness(Fixed);
    let strict = kerberos::Acceptor::new(keytab()).randomness(Fixed).krbtgt_key(&KRBTGT).require_pac();
    [usual, strict].map(|kerberos| Acceptor::builder().kerberos(kerberos).build().unwrap())
});

/// Bits of the first octet: 0x01 the PAC begins with nothing (else with that of a sound login), 0x02 the acceptor has krbtgt's key
/// and wants a PAC, 0x04 a buffer stands beside one of its type (else in its place). What follows are buffers: an octet of the
/// type, two of the length, the content. The door signs what comes of it.
///
/// Whoever gets in is the ticket's client, of whom the PAC speaks; nothing is said of the user that is not in it, nor more of it
/// than it has octets.
pub fn signed_pac(octets: &[u8]) {
    signed_pac_gets_in(octets);
}

/// The same, and whether somebody got in with a PAC.
pub fn signed_pac_gets_in(octets: &[u8]) -> bool {
    let mut choices = Choices(octets);
    let Some(choice) = choices.next() else { return false };
    let mut login = usual_login();
    let mut pac = login.ticket.pac.take().unwrap();
    if choice & 1 != 0 {
        pac.buffers.clear();
    }
    while let Some(kind) = choices.next() {
        put(&mut pac, BufferType(kind.into()), choices.octets(), choice & 4 != 0);
    }
    let buffers = pac.buffers.clone();
    login.ticket.pac = Some(pac);
    // What no PAC can hold is not signed.
    let Ok(token) = login.encode() else { return false };
    match ACCEPTORS[usize::from(choice >> 1 & 1)].accept(&token, NOW) {
        Err(rejected) => {
            check_refusal(&rejected);
            false
        }
        Ok(Accept::NeedsReplayCheck(check)) => {
            let Ok(Accept::Established { context, .. }) = check.continue_with(ReplayVerdict::Fresh, NOW) else {
                unreachable!("all checks were made")
            };
            assert_eq!(context.peer().to_string(), "alice@EXAMPLE.TEST");
            let authorization = context.authorization().unwrap_or_else(|| unreachable!("a PAC, and nobody reads it"));
            is_of_the_client(&buffers);
            says_no_more(authorization, &buffers);
            true
        }
        Ok(step) => unreachable!("nobody asked whether it is a replay: {step:?}"),
    }
}

/// The login of a user in two groups.
pub fn usual_login() -> Login {
    let mut login = fresh_login(0);
    login.spnego = None;
    let user = User { groups: vec![513, 1104], upn: "alice@example.test".into(), ..User::new("alice", 1103) };
    login.ticket.pac = Some(Pac::new(&user, &login.ticket, &KRBTGT).unwrap());
    login.one_way()
}

fn put(pac: &mut Pac, kind: BufferType, content: &[u8], beside: bool) {
    match pac.buffer(kind) {
        Some(there) if !beside => *there = content.to_vec(),
        _ => pac.buffers.push((kind, content.to_vec())),
    }
}

fn is_of_the_client(buffers: &[(BufferType, Vec<u8>)]) {
    let mut kinds: Vec<_> = buffers.iter().map(|(kind, _)| kind.0).collect();
    kinds.sort_unstable();
    assert!(kinds.windows(2).all(|pair| pair[0] != pair[1]), "two of one type");
    let info = ClientInfo::parse(content(buffers, BufferType::CLIENT_INFO).unwrap()).unwrap();
    assert!(info.name.units().eq("alice".encode_utf16()), "of somebody else");
    let of_the_kdc = [BufferType::ATTRIBUTES_INFO, BufferType::REQUESTOR_SID];
    assert!(of_the_kdc.iter().all(|kind| content(buffers, *kind).is_none()), "of a ticket-granting ticket");
}

fn says_no_more(authorization: &Authorization, buffers: &[(BufferType, Vec<u8>)]) {
    let info = content(buffers, BufferType::LOGON_INFO).map(|octets| LogonInfo::parse(octets).unwrap());
    let octets: usize = buffers.iter().map(|(_, content)| content.len()).sum();
    assert!(authorization.groups().len() * 8 <= octets + 16, "more groups than there is room for");
    assert!(info.is_some() || authorization.groups().len() == 0, "groups out of nowhere");
    let claims = authorization.user_claims().len() + authorization.device_claims().len();
    assert!(claims <= octets, "more claims than octets");
    assert!(!format!("{authorization:?}").chars().any(char::is_control), "not a line for a log");
}

fn content(buffers: &[(BufferType, Vec<u8>)], kind: BufferType) -> Option<&[u8]> {
    buffers.iter().find(|(found, _)| *found == kind).map(|(_, content)| content.as_slice())
}
