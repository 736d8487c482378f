//! Mints the seeds that are encrypted by fixed keys anew: after a change of what they are, never because one is refused.
//!
//! `cargo run --manifest-path fuzz/Cargo.toml --example mint`, in the repository.

use std::error::Error;
use std::fs;
use std::path::Path;

use negotiate::asn1::OctetString;
use negotiate::gss::{ChannelBindings, ContextFlags};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::message::{
    EncApRepPart, KerberosTime, KeyValue, Microseconds, SequenceNumber, TicketFlags, ad_type,
};
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::{ChecksumField, Element, Frame, Login, Pac, User, if_relevant};
use negotiate::ntlm::message::{AuthenticateMessage, ChallengeMessage, NegotiateMessage};
use negotiate::{Accept, AccountAnswer, Handshake, Initiate};
use negotiate_fuzz::first_token;
use negotiate_fuzz::logins::{ACCEPTOR, Fixed, KEPT, NOW, fixed_key, fresh_login};
use negotiate_fuzz::ntlm_logins::{ACCEPTORS, CHANNEL, HASH, account, alice, front_door, v2};

type Result<T> = core::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (number, kept) in (0..).zip(&KEPT) {
        fs::write(corpus.join("acceptor").join(kept.name), fresh_login(number).encode()?)?;
    }
    for (name, change) in CHANGES {
        let mut login = fresh_login(0);
        change(&mut login)?;
        fs::write(corpus.join("encrypted_parts").join(name), encrypted_parts(&login)?)?;
    }
    for (number, etype) in (0..).zip(EncryptionType::IMPLEMENTED) {
        let cipher = fixed_key(etype, 1).for_encryption(KeyUsage::TICKET).encrypt(b"a plaintext", &Fixed)?;
        fs::write(corpus.join("encryption").join(etype.to_string()), [&[number, 1, 2, 128], &cipher[..]].concat())?;
    }
    kerberos_initiator(&corpus)?;
    ntlm(&corpus)
}

/// Answers to a login by a kept ticket: whole ones of this crate's acceptor, and what is encrypted in one.
fn kerberos_initiator(corpus: &Path) -> Result<()> {
    let folder = corpus.join("kerberos_initiator");
    for (choice, name) in [(0x00, "bare"), (0x02, "dce"), (0x01, "spnego"), (0x24, "sha2")] {
        fs::write(folder.join(format!("in_{name}")), [&[choice], &answer(choice)?[..]].concat())?;
    }
    let late = NOW.saturating_add(core::time::Duration::from_secs(3_600));
    for (choice, name) in [(0x00, "krb_error"), (0x01, "krb_error_spnego"), (0x02, "krb_error_dce")] {
        let refused = ACCEPTOR.accept(&first_token(choice), late).err().and_then(|rejected| rejected.token);
        fs::write(folder.join(name), [&[choice], &refused.ok_or("no error")?[..]].concat())?;
    }
    fs::write(folder.join("goes_on_dce_spnego"), [&[0x03], &answer(0x03)?[..]].concat())?;
    let part = |etype: i32, length: usize, micros: i32| {
        let key = vec![7; length];
        let part = EncApRepPart {
            ctime: KerberosTime::new(NOW).ok_or("no time")?,
            cusec: Microseconds(micros),
            subkey: (length > 0).then_some(KeyValue { keytype: etype, keyvalue: OctetString(&key) }),
            seq_number: Some(SequenceNumber(7)),
        };
        Ok::<_, Box<dyn Error>>(part.to_der()?)
    };
    for (name, choice, etype, length, micros) in [
        ("in_subkey", 0x08, 18, 32, 0),
        ("in_stronger_subkey", 0x09, 20, 32, 0),
        ("in_no_subkey", 0x08, 0, 0, 0),
        ("in_dce_subkey", 0x0a, 18, 32, 0),
        ("weaker_subkey", 0x08, 17, 16, 0),
        ("rc4_subkey", 0x08, 23, 16, 0),
        ("unknown_subkey", 0x08, 16, 24, 0),
        ("short_subkey", 0x08, 18, 31, 0),
        ("other_time", 0x08, 18, 32, 1),
    ] {
        fs::write(folder.join(name), [&[choice], &part(etype, length, micros)?[..]].concat())?;
    }
    Ok(())
}

/// What this crate's acceptor answers to the door's login.
fn answer(choice: u8) -> Result<Vec<u8>> {
    let Accept::NeedsReplayCheck(check) = ACCEPTOR.accept(&first_token(choice), NOW)? else {
        return Err("no question".into());
    };
    match check.use_cache(&NoReplayCache, NOW)? {
        Accept::NeedsToken { token, .. } | Accept::Established { token: Some(token), .. } => Ok(token),
        other => Err(format!("{other:?}").into()),
    }
}

/// Logins by NTLM, whose octets are the same each time.
fn ntlm(corpus: &Path) -> Result<()> {
    let (login, initiator) = (corpus.join("ntlm_login"), corpus.join("ntlm_initiator"));
    for (is_bare, name) in [(1, "bare"), (0, "spnego")] {
        let [clients, servers] = exchange(is_bare == 1)?;
        fs::write(login.join(format!("in_tokens_{name}")), [&[4 | is_bare], &framed(&clients)?[..]].concat())?;
        fs::write(initiator.join(format!("in_tokens_{name}")), [&[is_bare], &framed(&servers)?[..]].concat())?;
    }
    let [clients, servers] = exchange(true)?;
    let message = AuthenticateMessage::parse(&clients[1])?;
    let temp = v2(&message).ok_or("no NTLMv2")?.temp;
    let flags = [NegotiateMessage::parse(&clients[0])?.meaning().flags, message.meaning().flags];
    let flags: Vec<u8> = flags.iter().flat_map(|flags| flags.bits().to_le_bytes()).collect();
    fs::write(login.join("in_insider"), [&[8], &flags[..], &[1], temp].concat())?;
    fs::write(login.join("insider_without_mic"), [&[8], &flags[..], &[0], temp].concat())?;
    fs::write(login.join("insider_with_wrong_mic"), [&[8], &flags[..], &[3], temp].concat())?;
    let target_info = ChallengeMessage::parse(&servers[0])?.meaning().target_info.to_vec();
    let target_info = framed(&[target_info])?;
    let challenge = |choice: u8, unsaid: u8| [&[choice, 0, 0, 0, unsaid], &target_info[..]].concat();
    fs::write(initiator.join("in_challenge_bare"), challenge(0x21, 0))?;
    fs::write(initiator.join("challenge_spnego"), challenge(0x20, 0))?;
    fs::write(initiator.join("in_challenge_without_protection"), challenge(0x25, 0x30))?;
    fs::write(initiator.join("in_challenge_ntlmv1"), challenge(0x29, 0))?;
    Ok(())
}

/// The tokens of both sides.
fn exchange(is_bare: bool) -> Result<[Vec<Vec<u8>>; 2]> {
    let (mut clients, mut servers) = (Vec::new(), Vec::new());
    let mut step = front_door(alice(), is_bare).initiate(NOW)?;
    let mut server = None;
    loop {
        let (token, next) = match step {
            Initiate::NeedsToken { token, next } => (token, Some(next)),
            Initiate::Established { token: Some(token), .. } => (token, None),
            Initiate::Established { token: None, .. } => return Ok([clients, servers]),
        };
        clients.push(token.clone());
        let mut told = match server.take() {
            None => ACCEPTORS[0].begin().channel_bindings(CHANNEL.clone()).accept(&token, NOW),
            Some(next) => Handshake::accept(next, &token, NOW),
        }?;
        if let Accept::NeedsAccount(query) = told {
            told = query.continue_with(AccountAnswer::nt_hash(account(), &HASH), NOW)?;
        }
        let token = match told {
            Accept::NeedsToken { token, next } => {
                server = Some(next);
                token
            }
            Accept::Established { token: Some(token), .. } => token,
            _ => return Ok([clients, servers]),
        };
        servers.push(token.clone());
        step = next.ok_or("too much said")?.step(&token, NOW)?;
    }
}

/// Each with its length before it.
fn framed(tokens: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut octets = Vec::new();
    for token in tokens {
        octets.extend(u16::try_from(token.len())?.to_be_bytes());
        octets.extend(token);
    }
    Ok(octets)
}

/// What the door of that name takes: length and a bit for the frame, then both parts in the clear.
fn encrypted_parts(login: &Login) -> Result<Vec<u8>> {
    let (ticket, authenticator) = login.ciphers()?;
    let ticket = open(&login.ticket.service_key, KeyUsage::TICKET, ticket)?;
    let authenticator = open(&login.authenticator.session_key, KeyUsage::AP_REQ_AUTHENTICATOR, authenticator)?;
    let bare = if matches!(login.frame, Frame::Bare) { 0x8000 } else { 0 };
    let length = u16::try_from(ticket.len())? | bare;
    Ok([&length.to_be_bytes()[..], &ticket, &authenticator].concat())
}

fn open(key: &EncryptionKey, usage: KeyUsage, mut cipher: Vec<u8>) -> Result<Vec<u8>> {
    Ok(key.for_encryption(usage).decrypt_in_place(&mut cipher)?.to_vec())
}

type Change = fn(&mut Login) -> Result<()>;

const CHANGES: [(&str, Change); 7] = [
    ("usual", |_| Ok(())),
    ("dce", |login| {
        login.authenticator.gss.flags = login.authenticator.gss.flags | ContextFlags::DCE_STYLE;
        login.frame = Frame::Bare;
        Ok(())
    }),
    ("bound_and_delegated", |login| {
        let gss = &mut login.authenticator.gss;
        gss.bindings = *ChannelBindings::tls_unique(b"a channel").hash().as_octets();
        gss.flags = gss.flags | ContextFlags::DELEGATE;
        gss.delegation = Some(b"\x76\x07\x30\x05\xa0\x03\x02\x01\x05".to_vec());
        gss.extensions = vec![(0, b"an extension".to_vec())];
        Ok(())
    }),
    ("windows", |login| {
        let target = utf16("HTTP/WWW.example.test@EXAMPLE.TEST");
        // The types aes256-sha1 and rc4-hmac.
        let types = [0x30, 6, 2, 1, 18, 2, 1, 23];
        login.authenticator.authorization_data = vec![if_relevant(&[
            Element::new(ad_type::ETYPE_NEGOTIATION, types),
            Element::new(ad_type::TOKEN_RESTRICTIONS, *b"restrictions"),
            Element::new(ad_type::AP_OPTIONS, [0, 0, 0, 0]),
            Element::new(ad_type::CLIENT_TARGET, target),
        ])?];
        let user = User::new("alice", 1103);
        login.ticket.pac =
            Some(Pac::new(&user, &login.ticket, &fixed_key(EncryptionType::AES256_CTS_HMAC_SHA1_96, 7))?);
        Ok(())
    }),
    ("relayed_with_control_characters", |login| {
        let target = utf16("cifs/\r\n200 OK\u{1b}[2J\u{202e}");
        login.authenticator.authorization_data = vec![Element::new(ad_type::CLIENT_TARGET, target)];
        Ok(())
    }),
    ("far_away", |login| {
        login.ticket.flags = login.ticket.flags.with(TicketFlags::TRANSITED_POLICY_CHECKED);
        login.ticket.transited = b"EDU,MIT.,ATHENA.".to_vec();
        login.ticket.crealm = b"ATHENA.MIT.EDU".to_vec();
        login.authenticator.crealm = login.ticket.crealm.clone();
        login.ticket.caddr = Some(vec![(24, vec![0; 16]), (2, vec![10, 1, 2, 3])]);
        login.ticket.renew_till = Some(login.ticket.endtime);
        login.ticket.starttime = None;
        Ok(())
    }),
    ("plain_checksum", |login| {
        login.authenticator.cksum = ChecksumField::Other(16, vec![0; 12]);
        login.authenticator.subkey = None;
        login.authenticator.seq_number = None;
        Ok(())
    }),
];

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
