//! What a client with a ticket can say, and what a KDC could: both encrypted parts, whatever is in them.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use negotiate::gss::{BindingsHash, ChannelBindings};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::message::{Authenticator, EncTicketPart, TicketFlags};
use negotiate::kerberos::testing::Frame;
use negotiate::{Accept, BindingsStatus, Context, ReplayVerdict};

use super::logins::{ACCEPTOR, Fixed, NOW, check_refusal, fixed_key, fresh_login, realm};

const ETYPE: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
const SKEW: Duration = Duration::from_secs(300);

static BINDINGS: LazyLock<ChannelBindings> = LazyLock::new(|| ChannelBindings::tls_unique(b"a channel"));

/// Two octets of length, an EncTicketPart, an Authenticator: encrypted and put to the acceptor, with the session key that
/// the ticket names; bare if the first bit is set, else framed. Whoever gets in was named by both alike, in time, by keys
/// of the right length.
pub fn encrypted_parts(octets: &[u8]) {
    gets_in(octets);
}

/// The same, and whether all checks but the replay question passed.
pub fn gets_in(octets: &[u8]) -> bool {
    let Some((length, parts)) = octets.split_first_chunk() else { return false };
    let length = u16::from_be_bytes(*length);
    let (ticket, authenticator) = parts.split_at(usize::from(length & 0x7fff).min(parts.len()));
    let token = token(length & 0x8000 != 0, ticket, authenticator);
    let handshake = ACCEPTOR.begin().channel_bindings(BINDINGS.clone()).peer_address(IpAddr::from([10, 1, 2, 3]));
    match handshake.accept(&token, NOW) {
        Err(rejected) => {
            check_refusal(&rejected);
            false
        }
        Ok(Accept::NeedsReplayCheck(check)) => {
            let ticket = EncTicketPart::parse(ticket).unwrap();
            let authenticator = Authenticator::parse(authenticator).unwrap();
            agree(&ticket, &authenticator);
            in_time(&ticket, &authenticator);
            assert!(check.question().expires() >= NOW.saturating_add(SKEW), "forgotten too early");
            match check.continue_with(ReplayVerdict::Fresh, NOW) {
                Ok(Accept::Established { context, .. }) => compare(&context, &ticket, &authenticator),
                Ok(step) => assert!(matches!(step, Accept::NeedsToken { .. }), "{step:?}"),
                Err(rejected) => unreachable!("all checks were made: {rejected}"),
            }
            true
        }
        Ok(step) => unreachable!("nobody asked whether it is a replay: {step:?}"),
    }
}

fn token(is_bare: bool, ticket: &[u8], authenticator: &[u8]) -> Vec<u8> {
    let named = EncTicketPart::parse(ticket).ok();
    let named = named.and_then(|part| EncryptionKey::new(EncryptionType(part.key.keytype), part.key.keyvalue.0).ok());
    let session_key = named.unwrap_or_else(|| fixed_key(ETYPE, 0x20));
    let seal = |key: &EncryptionKey, usage, text| key.for_encryption(usage).encrypt(text, &Fixed).unwrap();
    let ticket = seal(realm(ETYPE).key(), KeyUsage::TICKET, ticket);
    let sealed = seal(&session_key, KeyUsage::AP_REQ_AUTHENTICATOR, authenticator);
    // The etype in the clear is the one field that follows what is inside.
    let mut login = fresh_login(0);
    login.spnego = None;
    login.frame = if is_bare { Frame::Bare } else { login.frame };
    login.authenticator.etype = session_key.etype().0;
    login.encode_around(&ticket, &sealed).unwrap()
}

fn agree(ticket: &EncTicketPart<'_>, authenticator: &Authenticator<'_>) {
    let client = ticket.cname.to_principal(ticket.crealm.0).unwrap();
    assert!(authenticator.cname.is(authenticator.crealm.0, &client), "two clients in one login");
    assert!(!ticket.flags.contains(TicketFlags::ANONYMOUS) && client.realm() != b"WELLKNOWN:ANONYMOUS", "nobody");
    for key in [Some(&ticket.key), authenticator.subkey.as_ref()].into_iter().flatten() {
        let etype = EncryptionType(key.keytype);
        assert!(etype != EncryptionType::RC4_HMAC && etype.key_len() == Some(key.keyvalue.0.len()), "no such key");
    }
    let gss = authenticator.cksum.as_ref().filter(|cksum| cksum.cksumtype == 0x8003).unwrap().checksum.0;
    let bindings = BindingsHash::from_octets(gss[4..20].try_into().unwrap());
    assert!(bindings.is_zero() || bindings == BINDINGS.hash(), "another channel's");
    assert!(ticket.transited.contents.0.is_empty() || ticket.flags.contains(TicketFlags::TRANSITED_POLICY_CHECKED));
}

fn in_time(ticket: &EncTicketPart<'_>, authenticator: &Authenticator<'_>) {
    let stamped = authenticator.ctime.with_micros(authenticator.cusec).unwrap();
    assert!(stamped.distance(NOW) <= SKEW, "the clocks differ");
    assert!(!ticket.flags.contains(TicketFlags::INVALID), "not yet valid");
    let begins = ticket.starttime.unwrap_or(ticket.authtime).to_timestamp();
    assert!(begins <= NOW.saturating_add(SKEW) && ticket.endtime.to_timestamp() >= NOW.saturating_sub(SKEW));
}

fn compare(context: &Context, ticket: &EncTicketPart<'_>, authenticator: &Authenticator<'_>) {
    let client = ticket.cname.to_principal(ticket.crealm.0).unwrap();
    assert_eq!(context.peer().to_string(), client.to_string());
    assert!(!client.to_string().chars().any(char::is_control), "no name for a log");
    let gss = authenticator.cksum.as_ref().unwrap().checksum.0;
    let matched = gss[4..20] == BINDINGS.hash().as_octets()[..];
    assert_eq!(context.channel_bindings() == BindingsStatus::Matched, matched);
    assert!([16, 32].contains(&context.session_key().len()));
}
