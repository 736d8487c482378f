//! The work: what a server does with each login and each message.

use std::hint::black_box;

use negotiate::asn1::{GeneralString, OctetString, SequenceOf};
use negotiate::gss::{ContextFlags, InitialToken, Oid};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage, string_to_key};
use negotiate::kerberos::message::{ApOptions, ApReq, EncryptedData, PrincipalName, Ticket};
use negotiate::kerberos::testing::{Login, Realm, User, contexts};
use negotiate::kerberos::{self, MemoryReplayCache};
use negotiate::ntlm::{self, MemoryAccounts, NtHash, TargetInfo};
use negotiate::random::{Randomness, SystemRandom, Unavailable};
use negotiate::spnego::message::{MechTypeList, NegState, NegTokenInit, NegTokenResp, NegotiationToken};
use negotiate::{Accept, Acceptor, Account, Initiate, Initiator, Protection, Timestamp};

use super::floor;

/// How many tokens are minted, and how often the work is done in a round.
pub(crate) const TOKENS: usize = 200;

const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);
const SHA1: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
const SHA2: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA384_192;

/// What is guarded. (`named` knows a few more.)
pub(crate) const NAMES: [&str; 14] = [
    "accept-raw",
    "accept-spnego",
    "accept-spnego-one-way",
    "accept-spnego-sha2",
    "accept-spnego-pac-10",
    "accept-spnego-pac-1000",
    "parse-ap-req",
    "parse-init-write-resp",
    "decrypt-1536",
    "string-to-key-64",
    "ntlm-accept",
    "ntlm-initiate",
    "wrap-1024",
    "unwrap-1024",
];

type Work = Box<dyn FnMut(usize)>;

pub(crate) fn named(name: &str) -> Work {
    match name {
        "accept-raw" => accept(SHA1, |realm| login(realm)),
        "accept-raw-sha2" => accept(SHA2, |realm| login(realm)),
        "accept-raw-aes128" => accept(EncryptionType::AES128_CTS_HMAC_SHA1_96, |realm| login(realm)),
        "accept-raw-camellia" => accept(EncryptionType::CAMELLIA256_CTS_CMAC, |realm| login(realm)),
        "accept-raw-one-way" => accept(SHA1, |realm| login(realm).one_way()),
        "accept-spnego" => accept(SHA1, |realm| login(realm).in_spnego()),
        "accept-spnego-one-way" => accept(SHA1, |realm| login(realm).one_way().in_spnego()),
        "accept-spnego-sha2" => accept(SHA2, |realm| login(realm).in_spnego()),
        "accept-spnego-pac-10" => accept(SHA1, |realm| with_pac(realm, 10)),
        "accept-spnego-pac-250" => accept(SHA1, |realm| with_pac(realm, 250)),
        "accept-spnego-pac-1000" => accept(SHA1, |realm| with_pac(realm, 1_000)),
        "parse-ap-req" => parse_ap_req(),
        "parse-init-write-resp" => parse_init_write_resp(),
        "decrypt-1536" => decrypt(SHA1),
        "decrypt-1536-sha2" => decrypt(SHA2),
        "string-to-key-64" => string_to_key_of(64),
        "string-to-key" => string_to_key_of(4_096),
        "ntlm-accept" => ntlm(true),
        "ntlm-initiate" => ntlm(false),
        "wrap-1024" => messages(false),
        "unwrap-1024" => messages(true),
        "generator" => Box::new(|_| SystemRandom.fill(black_box(&mut [0; 96])).unwrap()),
        "floor-sha1" => floor::sha1(lengths(SHA1), true),
        "floor-sha1-without-fingerprint" => floor::sha1(lengths(SHA1), false),
        "floor-sha2" => floor::sha2(lengths(SHA2), true),
        "floor-sha2-without-fingerprint" => floor::sha2(lengths(SHA2), false),
        "floor-decrypt-1536" => floor::decrypt(),
        "floor-string-to-key" => floor::string_to_key(),
        other => panic!("{other} is no work"),
    }
}

/// No two are the same, and all counts are the same each time.
struct Counter(std::sync::atomic::AtomicU64);

impl Randomness for Counter {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        out.fill(1);
        out.iter_mut().zip(number.to_le_bytes()).for_each(|(octet, number)| *octet = number);
        Ok(())
    }
}

fn counter() -> Counter {
    Counter(0.into())
}

fn login(realm: &Realm) -> Login {
    realm.login("alice", NOW).unwrap()
}

fn with_pac(realm: &Realm, groups: u32) -> Login {
    let mut alice = User::new("alice", 1_104);
    alice.groups = (0..groups).map(|number| 513 + number).collect();
    realm.directory_login(&alice, NOW).unwrap().in_spnego()
}

fn realm(etype: EncryptionType) -> Realm {
    Realm::new("EXAMPLE.TEST", "HTTP/www.example.test").unwrap().with_etype(etype).unwrap()
}

fn acceptor(realm: &Realm, randomness: impl Randomness + 'static) -> Acceptor {
    let kerberos = kerberos::Acceptor::new(realm.keytab().unwrap()).randomness(randomness);
    Acceptor::builder().kerberos(kerberos).build().unwrap()
}

fn take(acceptor: &Acceptor, cache: &MemoryReplayCache, token: &[u8]) -> Accept {
    match acceptor.accept(token, NOW) {
        Ok(Accept::NeedsReplayCheck(check)) => check.use_cache(cache, NOW).unwrap(),
        other => other.unwrap(),
    }
}

/// A login from its token to the context and the answer, with all of it dropped. The replay cache begins anew each round.
fn accept(etype: EncryptionType, mint: impl Fn(&Realm) -> Login) -> Work {
    let realm = realm(etype);
    let acceptor = acceptor(&realm, SystemRandom);
    let tokens: Vec<_> = (0..TOKENS).map(|_| mint(&realm).encode().unwrap()).collect();
    let new_cache = || MemoryReplayCache::new(NOW).with_client_quota(u32::MAX);
    let mut cache = new_cache();
    Box::new(move |time| {
        let number = time % TOKENS;
        if number == 0 {
            cache = new_cache();
        }
        let accepted = take(&acceptor, &cache, black_box(&tokens[number]));
        assert!(matches!(accepted, Accept::Established { .. }));
    })
}

/// An AP-REQ of about 2 KB.
fn parse_ap_req() -> Work {
    let cipher = [0x5a; 1_600];
    let name = [GeneralString(b"HTTP"), GeneralString(b"server.example.com")];
    let message = ApReq {
        pvno: 5,
        msg_type: 14,
        ap_options: ApOptions::MUTUAL_REQUIRED,
        ticket: Ticket {
            tkt_vno: 5,
            realm: GeneralString(b"EXAMPLE.COM"),
            sname: PrincipalName { name_type: 3, name_string: SequenceOf::new(&name) },
            enc_part: EncryptedData { etype: 18, kvno: Some(3), cipher: OctetString(&cipher) },
        },
        authenticator: EncryptedData { etype: 18, kvno: None, cipher: OctetString(&cipher[..300]) },
    };
    let octets = message.to_der().unwrap();
    Box::new(move |_| {
        black_box(ApReq::parse(black_box(&octets)).unwrap());
    })
}

/// An offer with a token of 2 KB, and an answer with one of 150 octets.
fn parse_init_write_resp() -> Work {
    let token = [0x60; 2_048];
    let list = [Oid::KRB5, Oid::KRB5_MICROSOFT, Oid::NTLMSSP];
    let init = NegotiationToken::NegTokenInit(NegTokenInit {
        mech_types: MechTypeList::new(&list).unwrap(),
        req_flags: None,
        mech_token: Some(OctetString(&token)),
        mech_list_mic: None,
        extensions: Default::default(),
    });
    let init = init.to_der().unwrap();
    let answer = NegTokenResp {
        neg_state: Some(NegState::AcceptCompleted),
        supported_mech: Some(Oid::KRB5),
        response_token: Some(OctetString(&[0x60; 150])),
        ..NegTokenResp::default()
    };
    Box::new(move |_| {
        black_box(NegotiationToken::parse(black_box(&init)).unwrap());
        black_box(NegotiationToken::NegTokenResp(black_box(answer)).to_der().unwrap());
    })
}

fn decrypt(etype: EncryptionType) -> Work {
    let key = EncryptionKey::new(etype, &[0x5a; 32]).unwrap().for_encryption(KeyUsage::TICKET);
    let message = key.encrypt(&[7; 1_536], &counter()).unwrap();
    let mut buffer = message.clone();
    Box::new(move |_| {
        buffer.copy_from_slice(&message);
        black_box(key.decrypt_in_place(black_box(&mut buffer)).unwrap());
    })
}

fn string_to_key_of(iterations: u32) -> Work {
    Box::new(move |_| {
        let parameters = iterations.to_be_bytes();
        let key = string_to_key(SHA1, black_box(b"password"), b"EXAMPLE.COMraeburn", Some(&parameters));
        black_box(key.unwrap());
    })
}

/// An NTLMv2 login between two of this crate: with the acceptor's two legs, or only the initiator's.
fn ntlm(both: bool) -> Work {
    let (user, password) = (Account::new("ADEX", "alice"), "Passw0rd!alice");
    let mut accounts = MemoryAccounts::new();
    accounts.insert(user, NtHash::from_password(password).unwrap());
    let target = TargetInfo::new("dc1.ad.example.com").unwrap().with_netbios_domain("ADEX").unwrap();
    let acceptor = ntlm::Acceptor::new(target).accounts(accounts).randomness(counter());
    let acceptor = Acceptor::builder().ntlm(acceptor).build().unwrap();
    let credential = ntlm::Credential::with_password(ntlm::UserName::new("ADEX", "alice"), password).unwrap();
    let initiator = Initiator::builder("HTTP@web".parse().unwrap()).ntlm(credential).bare().build().unwrap();
    let begin = move || {
        let Initiate::NeedsToken { token, next } = initiator.initiate(NOW).unwrap() else { panic!("done too early") };
        (token, next)
    };
    let challenge = move |token: &[u8]| {
        let Accept::NeedsToken { token, next } = acceptor.accept(token, NOW).unwrap() else { panic!("no challenge") };
        (token, next)
    };
    let (negotiate, _) = begin();
    let (kept, _) = challenge(&negotiate);
    Box::new(move |_| {
        let (token, ours) = begin();
        if !both {
            let Initiate::Established { .. } = ours.step(black_box(&kept), NOW).unwrap() else { panic!("not done") };
            return;
        }
        let (token, theirs) = challenge(&token);
        let Initiate::Established { token, .. } = ours.step(&token, NOW).unwrap() else { panic!("not done") };
        let Accept::Established { .. } = theirs.accept(&token.unwrap(), NOW).unwrap() else { panic!("not logged in") };
    })
}

/// A message of a context sealed, or sealed and opened.
fn messages(both: bool) -> Work {
    let [mut ours, mut theirs] = contexts(SHA1, ContextFlags::from_bits(0x3c)).unwrap();
    Box::new(move |_| {
        let mut token = ours.wrap(black_box(&[7; 1_024]), Protection::Confidentiality).unwrap();
        if both {
            black_box(theirs.unwrap(&mut token).unwrap());
        }
    })
}

/// How long the three encrypted messages of a login are: ticket, authenticator, AP-REP.
fn lengths(etype: EncryptionType) -> [usize; 3] {
    let realm = realm(etype);
    let (ticket, authenticator) = login(&realm).ciphers().unwrap();
    let cache = MemoryReplayCache::new(NOW);
    let token = login(&realm).encode().unwrap();
    let Accept::Established { token: Some(token), .. } = take(&acceptor(&realm, SystemRandom), &cache, &token) else {
        panic!("no answer")
    };
    let message = InitialToken::parse(&token).unwrap().inner.split_at(2).1;
    let answer = kerberos::message::ApRep::parse(message).unwrap();
    [ticket.len(), authenticator.len(), answer.enc_part.cipher.0.len()]
}
