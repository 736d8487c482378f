//! The answers of MIT krb5, Heimdal and the JDK, read by an initiator that makes the recorded login again: with the same
//! ticket, at the same time, with the same subkey.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64ct::{Base64, Encoding};
use negotiate::gss::{ContextFlags, InitialToken, Oid};
use negotiate::initiator::Handshake;
use negotiate::kerberos::ccache::{Credential, Times};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::message::{ApReq, Authenticator, EncTicketPart, KerberosTime, Ticket};
use negotiate::kerberos::{self, Ccache, Keytab};
use negotiate::random::{Randomness, Unavailable};
use negotiate::spnego::message::NegotiationToken;
use negotiate::{Error, Initiate, Initiator, Timestamp};

/// What the recorded initiator drew: its subkey and its number. What comes behind is of no account.
#[derive(Clone)]
struct Recorded(Vec<u8>);

impl Randomness for Recorded {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        out.fill(0);
        out.iter_mut().zip(&self.0).for_each(|(octet, recorded)| *octet = *recorded);
        Ok(())
    }
}

/// A recorded login whose initiator's secrets the keytab opens.
struct Case {
    name: String,
    source: String,
    /// The key of the context by the recorded acceptor.
    session_key: Option<Vec<u8>>,
    answer: Vec<u8>,
    tickets: Arc<Ccache>,
    target: String,
    stamp: Timestamp,
    randomness: Recorded,
    dce_style: bool,
}

impl Case {
    fn begin(&self) -> Option<Handshake> {
        let mut kerberos = kerberos::Initiator::new(Arc::clone(&self.tickets)).randomness(self.randomness.clone());
        if self.dce_style {
            kerberos = kerberos.dce_style();
        }
        let kerberos = kerberos.dangerous().allow_rc4();
        let initiator = Initiator::builder(self.target.parse().ok()?).kerberos(kerberos).bare().build().unwrap();
        match initiator.initiate(self.stamp) {
            Ok(Initiate::NeedsToken { next, .. }) => Some(next),
            Ok(other) => panic!("{other:?}"),
            // Tickets that are over, or for names that no target has: not what this is about.
            Err(_) => None,
        }
    }

    fn step(&self, answer: &[u8]) -> Result<Initiate, Error> {
        self.begin().unwrap().step(answer, self.stamp)
    }

    fn is_krb_error(&self) -> bool {
        InitialToken::parse(&self.answer).is_ok_and(|framed| framed.inner.starts_with(&[3, 0]))
    }
}

fn read(path: &Path) -> Option<Case> {
    let text = std::fs::read_to_string(path).unwrap();
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let token = |mark: &str| text.lines().find_map(|line| Base64::decode_vec(line.strip_prefix(mark)?).ok());
    let (first, answer) = (token("> ")?, token("< ")?);
    let keytab = Keytab::read(path.parent()?.join("keytabs").join(field("keytab")?)).ok()?;
    let (ap_req, answer) = (bare_request(&first)?.to_vec(), bare_answer(&answer)?);
    let message = ApReq::parse(&ap_req).ok()?;
    let mut plaintext = message.ticket.enc_part.cipher.0.to_vec();
    let ticket = EncTicketPart::parse(open_ticket(&keytab, &message.ticket, &mut plaintext)?).ok()?;
    let session_key = EncryptionKey::new(EncryptionType(ticket.key.keytype), ticket.key.keyvalue.0).ok()?;
    let mut sealed = message.authenticator.cipher.0.to_vec();
    let opened = session_key.for_encryption(KeyUsage::AP_REQ_AUTHENTICATOR).decrypt_in_place(&mut sealed).ok()?;
    let authenticator = Authenticator::parse(opened).ok()?;
    // An initiator without a subkey of the session key's type is not this one.
    let subkey = authenticator.subkey.filter(|key| key.keytype == session_key.etype().0)?;
    let sequence = authenticator.seq_number.unwrap_or_default().0.to_be_bytes();
    let client = ticket.cname.to_principal(ticket.crealm.0).ok()?;
    let times = Times {
        authtime: ticket.authtime.to_timestamp(),
        starttime: ticket.starttime.map(KerberosTime::to_timestamp),
        endtime: ticket.endtime.to_timestamp(),
        renew_till: None,
    };
    let server = message.ticket.sname.to_principal(message.ticket.realm.0).ok()?;
    let target = server.to_string();
    let mut tickets = Ccache::new(client.clone());
    tickets.add(Credential::new(client, server, session_key, times, ticket.flags, message.ticket.to_der().unwrap()));
    let flags = authenticator.cksum?.checksum.0.get(20..24)?.try_into().unwrap();
    Some(Case {
        name: path.file_stem()?.to_str()?.to_owned(),
        source: field("source")?.split(';').next()?.split(" to ").last()?.split(' ').next()?.to_owned(),
        session_key: field("session-key").map(|key| unhex(key.rsplit(' ').next().unwrap())),
        answer,
        tickets: tickets.into(),
        target,
        stamp: authenticator.ctime.with_micros(authenticator.cusec)?,
        randomness: Recorded([subkey.keyvalue.0, &sequence].concat()),
        dce_style: ContextFlags::from_bits(u32::from_le_bytes(flags)).contains(ContextFlags::DCE_STYLE),
    })
}

/// The AP-REQ out of whatever is around it.
fn bare_request(token: &[u8]) -> Option<&[u8]> {
    let Ok(framed) = InitialToken::parse(token) else { return (token.first() == Some(&0x6e)).then_some(token) };
    if framed.mechanism != Oid::SPNEGO {
        return framed.inner.strip_prefix(&[1, 0]);
    }
    match NegotiationToken::parse(framed.inner).ok()? {
        NegotiationToken::NegTokenInit(init) => bare_request(init.mech_token?.0),
        NegotiationToken::NegTokenResp(_) => None,
    }
}

/// Kerberos' own answer.
fn bare_answer(token: &[u8]) -> Option<Vec<u8>> {
    match NegotiationToken::parse(token) {
        Ok(NegotiationToken::NegTokenResp(response)) => response.response_token.map(|token| token.0.to_vec()),
        Ok(NegotiationToken::NegTokenInit(_)) => None,
        Err(_) => Some(token.to_vec()),
    }
}

fn open_ticket<'b>(keytab: &Keytab, ticket: &Ticket<'_>, octets: &'b mut Vec<u8>) -> Option<&'b [u8]> {
    let principal = keytab.find(ticket.realm.0, ticket.sname.name_string.iter().map(|component| component.0))?;
    let sealed = octets.clone();
    for key in principal.candidates(EncryptionType(ticket.enc_part.etype), ticket.enc_part.kvno) {
        let mut attempt = sealed.clone();
        if let Ok(plaintext) = key.ticket_key().decrypt_in_place(&mut attempt) {
            *octets = plaintext.to_vec();
            return Some(octets);
        }
    }
    None
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let cases = files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    cases.filter_map(|path| read(path)).filter(|case| case.begin().is_some()).collect()
}

#[test]
fn recorded_answers_are_taken_and_give_the_recorded_key() {
    let (mut taken, mut keys, mut refused) = (BTreeMap::<_, usize>::new(), 0, 0);
    for case in cases() {
        let step = case.step(&case.answer);
        if case.is_krb_error() {
            let error = step.unwrap_err();
            assert_eq!(error.kind(), "peer-error", "{}: {error}", case.name);
            refused += 1;
            continue;
        }
        let step = step.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let Initiate::Established { token, context } = step else { panic!("{}: {step:?}", case.name) };
        assert_eq!(token.is_some(), case.dce_style, "{}", case.name);
        if let Some(key) = &case.session_key {
            assert_eq!(context.session_key(), key, "{}", case.name);
            keys += 1;
        }
        *taken.entry(case.source).or_default() += 1;
    }
    println!("answers by acceptor: {taken:?}; {keys} keys compared; {refused} refusals explained");
    assert_eq!((taken.len(), taken.values().sum::<usize>(), keys, refused), (4, 150, 147, 7));
}

/// One bit of each octet of each answer; every bit of every octet is in the test of answers of this crate's own.
#[test]
fn e13_recorded_answers_with_a_bit_changed_are_refused() {
    let mut changed = 0;
    for case in cases().iter().filter(|case| !case.is_krb_error()) {
        for octet in 0..case.answer.len() {
            let mut answer = case.answer.clone();
            answer[octet] ^= 1 << (octet % 8);
            if let Ok(step) = case.step(&answer) {
                let misspelt = InitialToken::parse(&answer).is_ok_and(|token| token.mechanism == Oid::KRB5_MICROSOFT);
                assert!(misspelt, "{}, octet {octet}: {step:?}", case.name);
            }
            changed += 1;
        }
    }
    println!("{changed} changed answers");
    assert!(changed > 10_000, "{changed}");
}
