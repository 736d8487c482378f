//! The front door of a client that has a ticket, and a server that says what it likes.

use std::sync::{Arc, LazyLock};

use negotiate::asn1::OctetString;
use negotiate::gss::{ContextFlags, InitialToken, Oid};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::message::{ApRep, EncApRepPart, EncryptedData, KerberosTime, PVNO, msg_type};
use negotiate::kerberos::{self, Ccache, InitiatorDetails};
use negotiate::spnego::message::{NegState, NegTokenResp, NegotiationToken};
use negotiate::{Context, Initiate, Initiator};

use super::logins::{Fixed, KEPT, NOW, kept_login};

/// Bits of the first octet: 0x01 in SPNEGO, 0x02 DCE style, 0x04 no other etype than the ticket's, 0x08 the rest is the
/// encrypted part of an AP-REP, which the door encrypts; the highest three say by which kept login's ticket. What follows is
/// the server's answer.
///
/// The login is made only with an answer that has its own time in it, under the ticket's session key; the context's key is
/// what that says. Any other answer is a line for a log.
pub fn kerberos_initiator(octets: &[u8]) {
    ticket_logs_in(octets);
}

/// The same, and whether the client took the login for made.
pub fn ticket_logs_in(octets: &[u8]) -> bool {
    let Some((choice, rest)) = octets.split_first() else { return false };
    let client = Client::new(*choice);
    let answer = if choice & 8 != 0 { client.sealed(rest) } else { rest.to_vec() };
    let Initiate::NeedsToken { next, .. } = client.initiator.initiate(NOW).unwrap() else {
        unreachable!("mutual authentication was asked for")
    };
    match next.step(&answer, NOW) {
        Ok(Initiate::NeedsToken { .. }) => {
            assert!(client.in_spnego && client.dce_style, "there is nothing left to say");
            client.proof(&answer);
            false
        }
        Ok(Initiate::Established { token, context }) => {
            assert_eq!(token.is_some(), client.dce_style);
            client.is_sound(&context, &answer);
            true
        }
        Err(error) => {
            assert!(!error.to_string().chars().any(char::is_control), "not a line for a log: {error:?}");
            false
        }
    }
}

/// The client's first token.
pub fn first_token(choice: u8) -> Vec<u8> {
    match Client::new(choice).initiator.initiate(NOW).unwrap() {
        Initiate::NeedsToken { token, .. } => token,
        Initiate::Established { .. } => unreachable!("mutual authentication was asked for"),
    }
}

/// The tickets of the kept logins.
static TICKETS: LazyLock<Vec<Arc<Ccache>>> = LazyLock::new(|| {
    let ticket = |number| kept_login(number).credential().unwrap();
    let cache = |number| {
        let credential = ticket(number);
        let mut cache = Ccache::new(credential.client.clone());
        cache.add(credential);
        Arc::new(cache)
    };
    (0..u8::try_from(KEPT.len()).unwrap()).map(cache).collect()
});

/// The ticket of a kept login.
pub fn ticket(number: usize) -> Arc<Ccache> {
    Arc::clone(&TICKETS[number % TICKETS.len()])
}

struct Client {
    initiator: Initiator,
    session_key: EncryptionKey,
    in_spnego: bool,
    dce_style: bool,
}

impl Client {
    fn new(choice: u8) -> Self {
        let tickets = &TICKETS[usize::from(choice >> 5) % TICKETS.len()];
        let session_key = tickets.credentials().next().unwrap().key().unwrap().duplicate();
        let mut kerberos = kerberos::Initiator::new(Arc::clone(tickets)).randomness(Fixed);
        let (in_spnego, dce_style) = (choice & 1 != 0, choice & 2 != 0);
        if dce_style {
            kerberos = kerberos.dce_style();
        }
        if choice & 4 != 0 {
            kerberos = kerberos.without_etype_negotiation();
        }
        let builder = Initiator::builder("HTTP/www.example.test".parse().unwrap()).kerberos(kerberos);
        let initiator = if in_spnego { builder.build() } else { builder.bare().build() };
        Self { initiator: initiator.unwrap(), session_key, in_spnego, dce_style }
    }

    /// An AP-REP with this inside, in all that belongs around it.
    fn sealed(&self, part: &[u8]) -> Vec<u8> {
        let cipher = self.session_key.for_encryption(KeyUsage::AP_REP).encrypt(part, &Fixed).unwrap();
        let enc_part = EncryptedData { etype: self.session_key.etype().0, kvno: None, cipher: OctetString(&cipher) };
        let mut token = ApRep { pvno: PVNO, msg_type: msg_type::AP_REP, enc_part }.to_der().unwrap();
        if !self.dce_style {
            token = InitialToken::encode(Oid::KRB5, &[&[2, 0], &token]).unwrap();
        }
        if !self.in_spnego {
            return token;
        }
        let state = if self.dce_style { NegState::AcceptIncomplete } else { NegState::AcceptCompleted };
        let response = NegTokenResp {
            neg_state: Some(state),
            supported_mech: Some(Oid::KRB5),
            response_token: Some(OctetString(&token)),
            ..NegTokenResp::default()
        };
        NegotiationToken::NegTokenResp(response).to_der().unwrap()
    }

    /// The AP-REP in an answer that was taken, opened here once more: its subkey, if it has one.
    fn proof(&self, answer: &[u8]) -> Option<(EncryptionType, Vec<u8>)> {
        let token = match NegotiationToken::parse(answer) {
            Ok(NegotiationToken::NegTokenResp(response)) if self.in_spnego => response.response_token.unwrap().0,
            _ => answer,
        };
        let message = match InitialToken::parse(token) {
            Ok(framed) => framed.inner.strip_prefix(&[2, 0]).unwrap(),
            Err(_) => token,
        };
        let mut cipher = ApRep::parse(message).unwrap().enc_part.cipher.0.to_vec();
        let key = self.session_key.for_encryption(KeyUsage::AP_REP);
        let part = EncApRepPart::parse(key.decrypt_in_place(&mut cipher).unwrap()).unwrap();
        assert_eq!(part.ctime, KerberosTime::new(NOW).unwrap(), "an answer to another login");
        assert_eq!(i64::from(part.cusec.0), NOW.subsecond_micros());
        part.subkey.map(|key| (EncryptionType(key.keytype), key.keyvalue.0.to_vec()))
    }

    fn is_sound(&self, context: &Context, answer: &[u8]) {
        let details: &InitiatorDetails = context.details().unwrap();
        assert!(details.peer_is_proven && context.flags().contains(ContextFlags::MUTUAL));
        assert_eq!(context.peer().to_string(), "HTTP/www.example.test@EXAMPLE.TEST");
        let key = match self.proof(answer) {
            Some((etype, key)) => {
                assert_ne!(etype, EncryptionType::RC4_HMAC);
                assert_eq!(etype, details.context_etype);
                key
            }
            None => {
                assert_eq!(details.context_etype, self.session_key.etype());
                let Some(length) = self.session_key.etype().key_len() else { unreachable!() };
                assert_eq!(context.session_key().len(), length);
                return;
            }
        };
        assert_eq!(context.session_key(), key);
    }
}
