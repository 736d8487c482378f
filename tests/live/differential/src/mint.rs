//! Logins of every shape, and what can be wrong with one at each of its layers. Both judges know the keys, so the layers that are
//! encrypted are spoilt as well as those in the clear.

use std::time::Duration;

use negotiate::Timestamp;
use negotiate::asn1::OctetString;
use negotiate::gss::{ChannelBindings, InitialToken, Oid};
use negotiate::kerberos::Keytab;
use negotiate::kerberos::ccache::{Ccache, Credential};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::keytab::KeytabEntry;
use negotiate::kerberos::message::{ApReq, EncryptedData, KrbCred};
use negotiate::kerberos::testing::{Frame, Login, Offer, Pac, Realm, User};
use negotiate::random::{Randomness, Unavailable};

use crate::edits;
use crate::mutate::{Chance, noise, spoil, tlv};

/// What a test may fail by.
pub(crate) type Result<T> = core::result::Result<T, Box<dyn std::error::Error>>;

/// What the judges are told beside the token: this side has channel bindings.
pub(crate) const BOUND: u8 = 1;
/// Our acceptor takes rc4-hmac, as MIT krb5 does.
pub(crate) const RC4: u8 = 2;

/// The service, its keys, and the keys of others in the same keytab.
pub(crate) struct World {
    realms: Vec<Realm>,
    others: Vec<Realm>,
    pub(crate) bindings: ChannelBindings,
}

/// A login on its way to the judges.
pub(crate) struct Minted {
    pub(crate) choice: u8,
    pub(crate) token: Vec<u8>,
    /// What was done to it.
    pub(crate) layers: Vec<&'static str>,
    /// What is encrypted in it, ticket first: for whoever looks into a difference.
    pub(crate) parts: [Vec<u8>; 2],
}

impl World {
    pub(crate) fn new() -> Result<Self> {
        let own = |service: &str, octet| {
            let each = EncryptionType::IMPLEMENTED.into_iter();
            let realm = |etype| Ok(Realm::new("EXAMPLE.TEST", service)?.with_key(fixed_key(etype, octet)?));
            each.map(realm).collect::<Result<Vec<_>>>()
        };
        let others = ["cifs/www.example.test", "krbtgt/EXAMPLE.TEST", "HTTP/WWW.example.test", "kadmin/changepw"];
        let others: Result<Vec<_>> = (0x31..).zip(others).map(|(octet, service)| own(service, octet)).collect();
        let bindings = ChannelBindings::tls_unique(b"a channel");
        Ok(Self {
            realms: own("HTTP/www.example.test", 0x11)?,
            others: others?.into_iter().flatten().collect(),
            bindings,
        })
    }

    /// All keys, one of each type for each service.
    pub(crate) fn keytab(&self) -> Keytab {
        let entry = |realm: &Realm| {
            KeytabEntry::new(realm.service().clone(), realm.kvno(), Timestamp::UNIX_EPOCH, realm.key().duplicate())
        };
        self.realms.iter().chain(&self.others).map(entry).collect()
    }

    /// Any login at all, made of chance.
    pub(crate) fn mint(&self, now: Timestamp, chance: &mut Chance) -> Result<Minted> {
        let mut choice = 0;
        if chance.one_in(4) {
            choice |= BOUND;
        }
        if chance.one_in(2) {
            choice |= RC4;
        }
        let mut login = self.sound(now, choice, chance)?;
        let mut layers = Vec::new();
        for _ in 0..*chance.pick(&[0, 0, 1, 1, 1, 2]) {
            layers.push(edits::edit(&mut login, now, chance)?);
        }
        let (mut ticket, mut authenticator) = plaintexts(&login)?;
        let kind = chance.below(10);
        if kind < 3 {
            layers.push("ticket");
            ticket = spoil(&ticket, chance);
        }
        if (2..5).contains(&kind) {
            layers.push("authenticator");
            authenticator = spoil(&authenticator, chance);
        }
        let parts = [ticket, authenticator];
        let seal = |key: &EncryptionKey, usage, text: &[u8], chance: &mut Chance| {
            key.for_encryption(usage).encrypt(text, &Fixed(chance.next() as u8))
        };
        let ticket = seal(&login.ticket.service_key, login.ticket.usage, &parts[0], chance)?;
        let key = &login.authenticator.session_key;
        let authenticator = seal(key, login.authenticator.usage, &parts[1], chance)?;
        let token = around(&login, &ticket, &authenticator, chance, &mut layers)?;
        Ok(Minted { choice, token, layers, parts })
    }

    /// A login that both should take, of any type and shape.
    fn sound(&self, now: Timestamp, choice: u8, chance: &mut Chance) -> Result<Login> {
        // rc4-hmac, the last of them, less often: it is refused where it is not asked for.
        let rc4 = chance.one_in(12);
        let strong = EncryptionType::IMPLEMENTED.len() - 1;
        let realms = if chance.one_in(40) { &self.others } else { &self.realms };
        let realm = match rc4 {
            true => realms.iter().find(|realm| realm.key().etype() == EncryptionType::RC4_HMAC),
            false => {
                realms.iter().filter(|realm| realm.key().etype() != EncryptionType::RC4_HMAC).nth(chance.below(strong))
            }
        };
        let realm = realm.ok_or("no such key")?;
        let user = *chance.pick(&["alice", "alice", "bob/admin", "carol@ELSEWHERE.TEST", "jürgen"]);
        let mut login = realm.login(user, now)?;
        let etype = realm.key().etype();
        let session_key = fixed_key(etype, chance.next() as u8)?;
        login.ticket.key = (&session_key).into();
        login.authenticator.session_key = session_key;
        login.authenticator.subkey = Some((&fixed_key(etype, chance.next() as u8)?).into());
        login.authenticator.seq_number = Some(chance.next() as u32 & 0x3fff_ffff);
        if user.contains('@') {
            use negotiate::kerberos::message::TicketFlags;
            login.ticket.flags = login.ticket.flags.with(TicketFlags::TRANSITED_POLICY_CHECKED);
        }
        if user == "alice" && chance.one_in(3) {
            let mut alice = User::new("alice", 1103);
            alice.groups.extend([1119, 1120]);
            login.ticket.pac = Some(Pac::new(&alice, &login.ticket, realm.krbtgt_key())?);
        }
        if chance.one_in(3) {
            login = login.one_way();
        }
        if chance.one_in(8) {
            login = login.dce_style();
        }
        if choice & BOUND != 0 && !chance.one_in(4) {
            login.authenticator.gss.bindings = *self.bindings.hash().as_octets();
        }
        if chance.one_in(8) {
            self.delegate(realm, &mut login, user, now)?;
        }
        shape(login, chance)
    }

    /// A credential that goes along.
    fn delegate(&self, realm: &Realm, login: &mut Login, user: &str, now: Timestamp) -> Result<()> {
        let credential: Credential = realm.ticket_granting_ticket(user, now)?;
        let mut cache = Ccache::new(credential.client.clone());
        cache.add(credential);
        let kirbi = cache.to_kirbi()?;
        let clear = KrbCred::parse(kirbi.expose())?;
        let key = &login.authenticator.session_key;
        let cipher = key.for_encryption(KeyUsage::KRB_CRED).encrypt(clear.enc_part.cipher.0, &Fixed(7))?;
        let enc_part = EncryptedData { etype: key.etype().0, kvno: None, cipher: OctetString(&cipher) };
        let gss = &mut login.authenticator.gss;
        gss.delegation = Some(KrbCred { enc_part, ..clear }.to_der()?);
        gss.flags = gss.flags | negotiate::gss::ContextFlags::DELEGATE;
        Ok(())
    }
}

/// Bare, framed by one name or the other, or offered.
fn shape(mut login: Login, chance: &mut Chance) -> Result<Login> {
    if chance.one_in(2) {
        return Ok(login);
    }
    if let (Frame::Gss(_, token_id), true) = (login.frame, chance.one_in(6)) {
        login.frame = Frame::Gss(Oid::KRB5_MICROSOFT, token_id);
    }
    let mechanisms: [&[Oid<'static>]; 7] = [
        &[Oid::KRB5],
        &[Oid::KRB5, Oid::NTLMSSP],
        &[Oid::KRB5_MICROSOFT, Oid::KRB5, Oid::NTLMSSP],
        &[Oid::KRB5_MICROSOFT, Oid::KRB5, Oid::NEGOEX, Oid::NTLMSSP],
        &[Oid::NTLMSSP, Oid::KRB5],
        &[Oid::KRB5, Oid::IAKERB],
        &[Oid::NTLMSSP],
    ];
    login.spnego = Some(Offer::of(mechanisms[*chance.pick(&[0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6])]));
    Ok(login)
}

/// Both encrypted parts in the clear.
fn plaintexts(login: &Login) -> Result<(Vec<u8>, Vec<u8>)> {
    let (mut ticket, mut authenticator) = login.ciphers()?;
    let open = |key: &EncryptionKey, usage, cipher: &mut Vec<u8>| {
        key.for_encryption(usage).decrypt_in_place(cipher).map(|text| text.to_vec())
    };
    let ticket = open(&login.ticket.service_key, login.ticket.usage, &mut ticket)?;
    let authenticator = open(&login.authenticator.session_key, login.authenticator.usage, &mut authenticator)?;
    Ok((ticket, authenticator))
}

/// AP-REQ, frame, offer: each of which may be spoilt.
fn around(
    login: &Login,
    ticket: &[u8],
    authenticator: &[u8],
    chance: &mut Chance,
    layers: &mut Vec<&'static str>,
) -> Result<Vec<u8>> {
    let kind = chance.below(12);
    let sname = login.ticket.sname.components.iter();
    let sname: Vec<_> = sname.map(|part| negotiate::asn1::GeneralString(part)).collect();
    let message = ApReq {
        pvno: login.pvno,
        msg_type: login.msg_type,
        ap_options: login.ap_options,
        ticket: negotiate::kerberos::message::Ticket {
            tkt_vno: login.ticket.tkt_vno,
            realm: negotiate::asn1::GeneralString(&login.ticket.realm),
            sname: negotiate::kerberos::message::PrincipalName {
                name_type: login.ticket.sname.name_type,
                name_string: negotiate::asn1::SequenceOf::new(&sname),
            },
            enc_part: EncryptedData { etype: login.ticket.etype, kvno: login.ticket.kvno, cipher: OctetString(ticket) },
        },
        authenticator: EncryptedData {
            etype: login.authenticator.etype,
            kvno: None,
            cipher: OctetString(authenticator),
        },
    };
    let mut message = message.to_der()?;
    if kind < 2 {
        layers.push("AP-REQ");
        message = spoil(&message, chance);
    }
    let mut token = match login.frame {
        Frame::Gss(mechanism, token_id) => InitialToken::encode(mechanism, &[&token_id, &message])?,
        Frame::Bare => message,
    };
    if kind == 2 {
        layers.push("frame");
        token = if chance.one_in(2) { spoil(&token, chance) } else { framed_anew(token, chance) };
    }
    if let Some(offer) = &login.spnego {
        token = offer.encode(Some(&token))?;
        if kind == 3 || kind == 4 {
            layers.push("SPNEGO");
            token = spoil(&token, chance);
        }
    }
    if kind == 5 {
        layers.push("octets");
        token = noise(token, chance);
    }
    Ok(token)
}

/// The frame's few octets spoilt with more aim than chance has.
fn framed_anew(token: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
    let at = chance.below(20.min(token.len()));
    let mut token = token;
    match chance.below(4) {
        0 if !token.is_empty() => token[at] ^= 1 << chance.below(8),
        1 => drop(token.drain(..at)),
        2 => token = tlv(0x60, &token),
        _ => token.insert(at, 0),
    }
    token
}

/// A key that anyone may know.
pub(crate) fn fixed_key(etype: EncryptionType, octet: u8) -> Result<EncryptionKey> {
    let length = etype.key_len().ok_or("no such type")?;
    Ok(EncryptionKey::new(etype, &vec![octet; length])?)
}

/// The same octets each time.
pub(crate) struct Fixed(pub(crate) u8);

impl Randomness for Fixed {
    fn fill(&self, out: &mut [u8]) -> core::result::Result<(), Unavailable> {
        out.fill(self.0);
        Ok(())
    }
}

/// A time so far from now.
pub(crate) fn shifted(now: Timestamp, seconds: i64) -> Timestamp {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { now.saturating_sub(distance) } else { now.saturating_add(distance) }
}
