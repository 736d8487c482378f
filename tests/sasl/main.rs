//! SASL, both sides against each other: GSS-SPNEGO by NTLM and by Kerberos, GSSAPI by Kerberos.
#![cfg(all(feature = "std", feature = "kerberos", feature = "ntlm"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its functions as well"
)]

use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::testing::Realm;
use negotiate::kerberos::{self, MemoryReplayCache};
use negotiate::ntlm::{self, Credential, MemoryAccounts, TargetInfo};
use negotiate::sasl::{self, Accept, Channel, Error, Initiate, Layer, LayerPolicy, Login, Mechanism};
use negotiate::{Acceptor, Initiator, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ANY: LayerPolicy = LayerPolicy::between(Layer::None, Layer::Confidentiality);
const POLICIES: [LayerPolicy; 6] = [
    LayerPolicy::INSIDE_TLS,
    LayerPolicy::between(Layer::None, Layer::Integrity),
    ANY,
    LayerPolicy::between(Layer::Integrity, Layer::Integrity),
    LayerPolicy::INTEGRITY,
    LayerPolicy::CONFIDENTIALITY,
];

/// A server with both mechanisms, and what its clients have.
struct Stage {
    realm: Realm,
    acceptor: Acceptor,
    replays: MemoryReplayCache,
}

/// What becomes of a message on its way: it may be changed.
type Wire<'w> = &'w mut dyn FnMut(usize, &mut Vec<u8>);

impl Stage {
    fn new() -> Self {
        Self::of(Realm::new("EXAMPLE.COM", "ldap/dc.example.com").unwrap())
    }

    fn of(realm: Realm) -> Self {
        let accounts = MemoryAccounts::parse("ADEX:alice:Alice-Pw-1\n").unwrap();
        let target = TargetInfo::new("dc.example.com").unwrap().with_netbios_domain("ADEX").unwrap();
        let acceptor = Acceptor::builder()
            .kerberos(kerberos::Acceptor::new(realm.keytab().unwrap()))
            .ntlm(ntlm::Acceptor::new(target).accounts(accounts))
            .build()
            .unwrap();
        Self { realm, acceptor, replays: MemoryReplayCache::new(NOW) }
    }

    fn ticket(&self) -> kerberos::Initiator {
        kerberos::Initiator::new(self.realm.ccache("alice", NOW).unwrap())
    }

    fn gssapi(&self, policy: LayerPolicy) -> sasl::Initiator {
        gssapi(self.ticket(), policy)
    }

    fn server(&self, mechanism: Mechanism, policy: LayerPolicy) -> sasl::Acceptor {
        sasl::Acceptor::new(mechanism, self.acceptor.clone(), policy)
    }

    fn login(&self, client: &sasl::Initiator, policy: LayerPolicy) -> Result<[Login; 2], negotiate::Error> {
        self.login_over(client, policy, &mut |_, _| {})
    }

    /// A whole login, each message of which passes the wire.
    fn login_over(
        &self,
        client: &sasl::Initiator,
        policy: LayerPolicy,
        wire: Wire<'_>,
    ) -> Result<[Login; 2], negotiate::Error> {
        let (mut ours, mut theirs) = (client.begin(NOW)?, self.server(client.mechanism(), policy).begin());
        let mut number = 0;
        let mut pass = |message: &mut Vec<u8>| {
            wire(number, message);
            number += 1;
        };
        loop {
            let (mut response, next) = match ours {
                Initiate::Respond { response, next } => (response, Ok(next)),
                Initiate::Established { response, login } => (response.unwrap_or_default(), Err(login)),
            };
            pass(&mut response);
            match (self.answered(theirs.step(&response, NOW)).map_err(|rejected| rejected.error)?, next) {
                (Accept::Challenge { mut challenge, next: exchange }, Ok(next)) => {
                    pass(&mut challenge);
                    (ours, theirs) = (next.step(&challenge, NOW)?, exchange);
                }
                (Accept::Established { challenge: None, login }, Err(ours)) => return Ok([ours, login]),
                (Accept::Established { challenge: Some(mut challenge), login }, Ok(next)) => {
                    pass(&mut challenge);
                    match next.step(&challenge, NOW)? {
                        Initiate::Established { response: None, login: ours } => return Ok([ours, login]),
                        other => panic!("{other:?}"),
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn answered(&self, step: Result<Accept, negotiate::Rejected>) -> Result<Accept, negotiate::Rejected> {
        match step? {
            Accept::NeedsReplayCheck(check) => check.use_cache(&self.replays, NOW),
            Accept::NeedsAuthorization(query) if query.authorization_identity() == "alice" => Ok(query.allow()),
            Accept::NeedsAuthorization(query) => Err(query.refuse()),
            other => Ok(other),
        }
    }
}

fn gssapi(kerberos: kerberos::Initiator, policy: LayerPolicy) -> sasl::Initiator {
    let initiator = Initiator::builder("ldap@dc.example.com".parse().unwrap()).kerberos(kerberos).bare();
    sasl::Initiator::new(Mechanism::Gssapi, initiator.build().unwrap(), policy).unwrap()
}

fn by_ntlm(ntlm: ntlm::Initiator, policy: LayerPolicy) -> sasl::Initiator {
    let initiator = Initiator::builder("ldap@dc.example.com".parse().unwrap()).ntlm(ntlm).build().unwrap();
    sasl::Initiator::new(Mechanism::GssSpnego, initiator, policy).unwrap()
}

fn by_kerberos(kerberos: kerberos::Initiator, policy: LayerPolicy) -> sasl::Initiator {
    let initiator = Initiator::builder("ldap@dc.example.com".parse().unwrap()).kerberos(kerberos).build().unwrap();
    sasl::Initiator::new(Mechanism::GssSpnego, initiator, policy).unwrap()
}

fn alice() -> ntlm::Initiator {
    Credential::with_password(r"ADEX\alice", "Alice-Pw-1").unwrap().into()
}

fn layer(channel: &Channel) -> Layer {
    match channel {
        Channel::Plain(_) => Layer::None,
        Channel::Protected(layer) => layer.layer(),
    }
}

#[track_caller]
fn own(error: &negotiate::Error) -> Error {
    *error.downcast_ref::<Error>().unwrap_or_else(|| panic!("{error}"))
}

/// Long data both ways through both channels, in pieces.
fn talk(logins: [Login; 2]) {
    let text: Vec<u8> = (0..=u8::MAX).cycle().take(200_000).collect();
    let [one, other] = logins.map(|login| login.channel);
    let (Channel::Protected(mut one), Channel::Protected(mut other)) = (one, other) else { return };
    for turn in [true, false] {
        let (from, to) = if turn { (&mut one, &mut other) } else { (&mut other, &mut one) };
        let mut frames = Vec::new();
        from.wrap(&text, &mut frames).unwrap();
        let mut got = Vec::new();
        for mut arrived in frames.chunks(1000) {
            while let Some(message) = to.unwrap(&mut arrived).unwrap() {
                got.extend_from_slice(message);
            }
        }
        assert!(got == text && to.waiting() == 0);
    }
}

#[test]
fn s01_gssapi_ends_with_the_strongest_layer_of_every_pair_of_policies() {
    let stage = Stage::new();
    for ours in POLICIES {
        for theirs in POLICIES {
            let common = |layer: &Layer| ours.layers().contains(*layer) && theirs.layers().contains(*layer);
            let expected = [Layer::Confidentiality, Layer::Integrity, Layer::None].into_iter().find(common);
            match (stage.login(&stage.gssapi(ours), theirs), expected) {
                (Ok(logins), Some(expected)) => {
                    assert!(logins.iter().all(|login| layer(&login.channel) == expected));
                    assert_eq!(logins[1].context().peer().to_string(), "alice@EXAMPLE.COM");
                    talk(logins);
                }
                (Err(error), None) => assert!(matches!(own(&error), Error::NoCommonLayer { .. })),
                (found, _) => panic!("{ours:?} {theirs:?} {found:?}"),
            }
        }
    }
}

#[test]
fn every_encryption_type_carries_a_layer() {
    for etype in [17, 18, 19, 20, 25, 26] {
        let realm =
            Realm::new("EXAMPLE.COM", "ldap/dc.example.com").unwrap().with_etype(EncryptionType(etype)).unwrap();
        let stage = Stage::of(realm);
        for policy in [LayerPolicy::between(Layer::Integrity, Layer::Integrity), LayerPolicy::CONFIDENTIALITY] {
            talk(stage.login(&stage.gssapi(policy), policy).unwrap());
            talk(stage.login(&stage.gssapi(policy), ANY).unwrap());
        }
    }
}

/// One leg less, and the same end.
#[test]
fn gssapi_without_mutual_authentication() {
    let stage = Stage::new();
    let client = gssapi(stage.ticket().without_mutual_authentication(), LayerPolicy::CONFIDENTIALITY);
    talk(stage.login(&client, ANY).unwrap());
}

#[test]
fn s01_the_flags_are_the_layer_of_gss_spnego() {
    let stage = Stage::new();
    for policy in POLICIES {
        for (client, expected) in [
            (by_ntlm(alice(), ANY), Layer::Confidentiality),
            (by_ntlm(alice().without_confidentiality(), ANY), Layer::Integrity),
            (by_ntlm(alice().without_message_protection(), ANY), Layer::None),
            (by_kerberos(stage.ticket(), ANY), Layer::Confidentiality),
            (by_kerberos(stage.ticket().without_confidentiality(), ANY), Layer::Integrity),
            (by_kerberos(stage.ticket().without_message_protection(), ANY), Layer::None),
        ] {
            match stage.login(&client, policy) {
                Ok(logins) => {
                    assert!(policy.layers().contains(expected));
                    assert!(logins.iter().all(|login| layer(&login.channel) == expected));
                    talk(logins);
                }
                Err(error) => {
                    assert!(!policy.layers().contains(expected), "{error}");
                    assert_eq!(own(&error), Error::LayerNotAllowed { layer: expected, allowed: policy.layers() });
                }
            }
        }
    }
}

/// What asks the other side for less than it wants to have ends on this side too.
#[test]
fn s01_an_initiator_does_not_go_on_with_less_than_it_wants() {
    let stage = Stage::new();
    for client in [
        by_ntlm(alice().without_message_protection(), LayerPolicy::INTEGRITY),
        by_kerberos(stage.ticket().without_confidentiality(), LayerPolicy::CONFIDENTIALITY),
        by_kerberos(stage.ticket(), LayerPolicy::INSIDE_TLS),
    ] {
        let error = stage.login(&client, ANY).unwrap_err();
        assert!(matches!(own(&error), Error::LayerNotAllowed { .. }));
    }
}

#[test]
fn s03_whom_the_client_wants_to_be() {
    let stage = Stage::new();
    let as_whom = |identity| stage.gssapi(LayerPolicy::CONFIDENTIALITY).authorization_identity(identity).unwrap();
    let [_, login] = stage.login(&as_whom("alice"), ANY).unwrap();
    assert_eq!(login.authorization_identity.as_deref(), Some("alice"));
    let [_, login] = stage.login(&as_whom(""), ANY).unwrap();
    assert_eq!(login.authorization_identity, None);
    assert_eq!(own(&stage.login(&as_whom("root"), ANY).unwrap_err()), Error::NotAuthorized);
    let bad = stage.gssapi(ANY).authorization_identity("a\0b").unwrap_err();
    assert_eq!(own(&bad), Error::BadAuthorizationIdentity);
    let none = by_ntlm(alice(), ANY).authorization_identity("alice").unwrap_err();
    assert_eq!(own(&none), Error::NoPlaceForIdentity);
}

/// Each bit of each message counts that a server sends, and of the client's choice.
#[test]
fn s02_no_message_of_the_negotiation_can_be_changed() {
    let stage = Stage::new();
    let mut lengths = Vec::new();
    stage.login_over(&stage.gssapi(ANY), ANY, &mut |_, message| lengths.push(message.len())).unwrap();
    // The AP-REQ, the AP-REP, nothing, the offer, the choice.
    assert!(lengths.len() == 5 && lengths[2] == 0, "{lengths:?}");
    // A bit of the AP-REP's frame makes Microsoft's name of Kerberos of the usual one, which is as good.
    let other_name = (1, 66);
    for which in [1, 3, 4] {
        let step = if which == 1 { 5 } else { 1 };
        for bit in (0..lengths[which] * 8).step_by(step).filter(|bit| (which, *bit) != other_name) {
            let found = stage.login_over(&stage.gssapi(ANY), ANY, &mut |number, message| {
                if number == which {
                    message[bit / 8] ^= 1 << (bit % 8);
                }
            });
            assert!(found.is_err(), "message {which}, bit {bit}");
        }
    }
    // Something where nothing is due, and an offer of an earlier login.
    let found = stage.login_over(&stage.gssapi(ANY), ANY, &mut |number, message| {
        if number == 2 {
            message.push(0);
        }
    });
    assert_eq!(own(&found.unwrap_err()), Error::Unexpected);
}

#[test]
fn s01_a_mechanism_is_the_one_that_was_named() {
    let stage = Stage::new();
    // Bare NTLM as GSSAPI, and a login of GSSAPI where GSS-SPNEGO was chosen, and the other way round.
    let bare = Initiator::builder("ldap@dc.example.com".parse().unwrap()).ntlm(alice()).bare().build().unwrap();
    let client = sasl::Initiator::new(Mechanism::Gssapi, bare, ANY).unwrap();
    assert!(matches!(own(&stage.login(&client, ANY).unwrap_err()), Error::WrongLogin { .. }));
    for (client, server) in [
        (stage.gssapi(ANY), Mechanism::GssSpnego),
        (by_kerberos(stage.ticket().without_mutual_authentication(), ANY), Mechanism::Gssapi),
    ] {
        let Initiate::Respond { response, .. } = client.begin(NOW).unwrap() else { panic!() };
        let step = stage.answered(stage.server(server, ANY).begin().step(&response, NOW));
        assert!(matches!(own(&step.unwrap_err().error), Error::WrongLogin { .. }));
    }
    let spnego = Initiator::builder("ldap@dc.example.com".parse().unwrap()).ntlm(alice()).build().unwrap();
    let error = sasl::Initiator::new(Mechanism::Gssapi, spnego, ANY).unwrap_err();
    assert_eq!(own(&error), Error::WrongInitiator(Mechanism::Gssapi));
    assert_eq!(Mechanism::from_name("GSSAPI"), Some(Mechanism::Gssapi));
    assert_eq!(Mechanism::from_name("GSS-SPNEGO"), Some(Mechanism::GssSpnego));
    assert_eq!(Mechanism::from_name("gssapi"), None);
}

/// Without an initial response the server asks for it, once.
#[test]
fn the_first_challenge_may_be_empty() {
    let stage = Stage::new();
    let Ok(Accept::Challenge { challenge, next }) = stage.server(Mechanism::Gssapi, ANY).begin().step(b"", NOW) else {
        panic!()
    };
    assert!(challenge.is_empty());
    let error = next.step(b"", NOW).unwrap_err();
    assert!(!error.error.to_string().is_empty());
}

#[test]
fn the_peers_size_is_kept_to() {
    let stage = Stage::new();
    let small = LayerPolicy::CONFIDENTIALITY.max_size(1000);
    let [ours, theirs] = stage.login(&stage.gssapi(LayerPolicy::CONFIDENTIALITY), small).unwrap();
    let (Channel::Protected(mut ours), Channel::Protected(theirs)) = (ours.channel, theirs.channel) else { panic!() };
    assert!(ours.longest_message() < 1000 && theirs.longest_message() > 65_000);
    let mut frames = Vec::new();
    ours.wrap(&[7; 5000], &mut frames).unwrap();
    let mut rest = &frames[..];
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
        assert!(length <= 1000, "{length}");
        rest = &behind[length..];
    }
}

/// An empty challenge may come once, and is answered once: nobody is kept busy for ever.
#[test]
fn s02_a_server_that_says_nothing_twice_makes_no_offer() {
    let stage = Stage::new();
    let Initiate::Respond { response, next } = stage.gssapi(ANY).begin(NOW).unwrap() else { panic!() };
    let step = stage.answered(stage.server(Mechanism::Gssapi, ANY).begin().step(&response, NOW));
    let Ok(Accept::Challenge { challenge, .. }) = step else { panic!("{step:?}") };
    let Initiate::Respond { response, next } = next.step(&challenge, NOW).unwrap() else { panic!() };
    assert!(response.is_empty());
    assert!(next.step(b"", NOW).is_err());
}

/// A program logs its steps; with what an NTLM initiator sends, the password can be guessed at leisure.
#[test]
fn g03_an_initiators_step_shows_no_token() {
    let stage = Stage::new();
    let initiator = Initiator::builder("ldap@dc.example.com".parse().unwrap())
        .ntlm(Credential::with_password(r"ADEX\alice", "Alice-Pw-1").unwrap());
    let client = sasl::Initiator::new(Mechanism::GssSpnego, initiator.build().unwrap(), ANY).unwrap();
    let shows = |step: &Initiate, octets: &[u8]| {
        let inner = |text: String| text.trim_matches(['[', ']']).to_owned();
        format!("{step:?}").contains(&inner(format!("{octets:?}")))
    };
    let step = client.begin(NOW).unwrap();
    let Initiate::Respond { response, .. } = &step else { panic!("{step:?}") };
    assert!(!shows(&step, response));
    let step = stage.gssapi(ANY).begin(NOW).unwrap();
    let Initiate::Respond { response, .. } = &step else { panic!("{step:?}") };
    assert!(!shows(&step, response));
}
