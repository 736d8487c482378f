//! SASL: the negotiation of a layer under somebody's hands, and the frames behind it.

use std::sync::LazyLock;

use negotiate::kerberos::{self, MemoryReplayCache};
use negotiate::sasl::{self, Accept, Channel, Initiate, Layer, LayerPolicy, Login, Mechanism};
use negotiate::{Acceptor, Initiator};

use super::logins::{NOW, fixed_key, realm};
use super::ntlm_logins::Choices;

const ETYPE: kerberos::etype::EncryptionType = kerberos::etype::EncryptionType::AES256_CTS_HMAC_SHA1_96;

const POLICIES: [LayerPolicy; 4] = [
    LayerPolicy::INSIDE_TLS,
    LayerPolicy::between(Layer::None, Layer::Confidentiality),
    LayerPolicy::INTEGRITY,
    LayerPolicy::CONFIDENTIALITY,
];

/// The two ends' doors, by policy.
static SIDES: LazyLock<([sasl::Initiator; 4], [sasl::Acceptor; 4])> = LazyLock::new(|| {
    let realm = realm(ETYPE).with_key(fixed_key(ETYPE, 0x11));
    let acceptor = Acceptor::builder().kerberos(kerberos::Acceptor::new(realm.keytab().unwrap())).build().unwrap();
    let tickets = std::sync::Arc::new(realm.ccache("alice", NOW).unwrap());
    let initiator = Initiator::builder("HTTP@www.example.test".parse().unwrap());
    let initiator = initiator.kerberos(kerberos::Initiator::new(tickets)).bare().build().unwrap();
    let client = |policy| sasl::Initiator::new(Mechanism::Gssapi, initiator.clone(), policy).unwrap();
    (POLICIES.map(client), POLICIES.map(|policy| sasl::Acceptor::new(Mechanism::Gssapi, acceptor.clone(), policy)))
});

/// The first octet chooses both policies; of each pair that follows the first says which message is changed and where, the
/// second how; what is left are octets that arrive as frames. Whoever is logged in is alice, under the strongest layer that
/// both go on with; octets that nobody has wrapped are no message, and take no more memory than they are.
pub fn sasl(octets: &[u8]) {
    let mut choices = Choices(octets);
    let Some(policies) = choices.next() else { return };
    let (ours, theirs) = (usize::from(policies & 3), usize::from(policies >> 2 & 3));
    let edits: Vec<(u8, u8)> = (0..policies >> 6).filter_map(|_| Some((choices.next()?, choices.next()?))).collect();
    let Some([client, server]) = login(&SIDES.0[ours], &SIDES.1[theirs], &edits) else { return };
    assert_eq!(server.context().peer().to_string(), "alice@EXAMPLE.TEST");
    assert!(client.authorization_identity.is_none() && server.authorization_identity.is_none());
    let common = POLICIES[ours].layers().iter().rfind(|layer| POLICIES[theirs].layers().contains(*layer));
    for login in [&client, &server] {
        let layer = match &login.channel {
            Channel::Plain(_) => Layer::None,
            Channel::Protected(layer) => layer.layer(),
        };
        assert_eq!(Some(layer), common);
    }
    let (Channel::Protected(mut client), Channel::Protected(mut server)) = (client.channel, server.channel) else {
        return;
    };
    let mut frames = Vec::new();
    client.wrap(choices.0, &mut frames).unwrap();
    let mut arrived = &frames[..];
    let mut got = Vec::new();
    while let Some(message) = server.unwrap(&mut arrived).unwrap() {
        got.extend_from_slice(message);
    }
    assert_eq!(got, choices.0);
    let mut arrived = choices.0;
    match server.unwrap(&mut arrived) {
        Ok(None) => assert!(arrived.is_empty() && server.waiting() <= choices.0.len()),
        Ok(Some(message)) => unreachable!("nobody wrapped this: {message:?}"),
        Err(_) => assert!(server.is_finished() && server.wrap(b"x", &mut Vec::new()).is_err()),
    }
}

/// A login whose messages are changed on their way.
fn login(client: &sasl::Initiator, server: &sasl::Acceptor, edits: &[(u8, u8)]) -> Option<[Login; 2]> {
    let replays = MemoryReplayCache::new(NOW);
    let (mut ours, mut theirs) = (client.begin(NOW).unwrap(), server.begin());
    let mut number = 0;
    loop {
        let (mut response, next) = match ours {
            Initiate::Respond { response, next } => (response, Ok(next)),
            Initiate::Established { response, login } => (response?, Err(login)),
        };
        change(&mut response, &mut number, edits);
        let step = match theirs.step(&response, NOW) {
            Ok(Accept::NeedsReplayCheck(check)) => check.use_cache(&replays, NOW),
            other => other,
        };
        match (step.ok()?, next) {
            (Accept::Challenge { mut challenge, next: exchange }, Ok(next)) => {
                change(&mut challenge, &mut number, edits);
                ours = next.step(&challenge, NOW).ok()?;
                theirs = exchange;
            }
            (Accept::Established { challenge: None, login }, Err(ours)) => return Some([ours, login]),
            other => unreachable!("{other:?}"),
        }
    }
}

fn change(message: &mut Vec<u8>, number: &mut u8, edits: &[(u8, u8)]) {
    for (at, how) in edits.iter().filter(|(at, _)| at % 5 == *number) {
        match (usize::from(at / 5), how) {
            (_, 0) => message.clear(),
            (_, 1) => message.push(0),
            (place, how) => {
                let length = message.len();
                if let Some(octet) = length.checked_sub(1 + place).and_then(|place| message.get_mut(place)) {
                    *octet ^= how;
                }
            }
        }
    }
    *number += 1;
}
