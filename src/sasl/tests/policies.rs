//! What both sides agree on, and what they refuse.

use super::super::initiator::{Initiate, choose, spnego_channel};
use super::*;

/// The negotiation of RFC 4752 behind a login: what each side ends with.
fn negotiate(flags: ContextFlags, ours: LayerPolicy, theirs: LayerPolicy) -> Result<[Channel; 2], Error> {
    let [client, server] = flags_with(flags);
    let (challenge, next) = match settings(theirs).offer(server) {
        Ok(Accept::Challenge { challenge, next }) => (challenge, next),
        Ok(other) => panic!("{other:?}"),
        Err(rejected) => return Err(own(&rejected.error)),
    };
    let chosen = choose(client, ours, None, &challenge).map_err(|error| own(&error))?;
    let Initiate::Established { response: Some(response), login: ours } = chosen else { panic!("{chosen:?}") };
    match next.step(&response, fake::NOW).map_err(|rejected| own(&rejected.error))? {
        Accept::Established { challenge: None, login: theirs } => Ok([ours.channel, theirs.channel]),
        other => panic!("{other:?}"),
    }
}

fn layer_of(channel: &Channel) -> Layer {
    match channel {
        Channel::Plain(_) => Layer::None,
        Channel::Protected(layer) => layer.layer(),
    }
}

#[test]
fn s01_every_pair_of_policies_ends_with_the_strongest_in_common() {
    for (flags, strongest) in [(UNSIGNED, Layer::None), (SIGNED, Layer::Integrity), (SEALED, Layer::Confidentiality)] {
        for ours in POLICIES {
            for theirs in POLICIES {
                let common = |layer: &Layer| {
                    *layer <= strongest && ours.layers().contains(*layer) && theirs.layers().contains(*layer)
                };
                let expected = [Layer::Confidentiality, Layer::Integrity, Layer::None].into_iter().find(common);
                match (negotiate(flags, ours, theirs), expected) {
                    (Ok([one, other]), Some(layer)) => {
                        assert_eq!([layer_of(&one), layer_of(&other)], [layer; 2]);
                    }
                    (Err(Error::NoCommonLayer { .. }), None) => {}
                    (found, _) => panic!("{ours:?} {theirs:?}: {found:?}, expected {expected:?}"),
                }
            }
        }
    }
}

/// With `GSS-SPNEGO` the flags are the layer; a side that does not want it gives up.
#[test]
fn s01_the_flags_of_spnego_are_the_layer_or_the_end() {
    for (flags, layer) in [(UNSIGNED, Layer::None), (SIGNED, Layer::Integrity), (SEALED, Layer::Confidentiality)] {
        for policy in POLICIES {
            let [context, _] = flags_with(flags);
            match spnego_channel(context, policy) {
                Ok(channel) => {
                    assert!(policy.layers().contains(layer));
                    assert_eq!(layer_of(&channel), layer);
                }
                Err(error) => {
                    assert!(!policy.layers().contains(layer));
                    assert_eq!(own(&error), Error::LayerNotAllowed { layer, allowed: policy.layers() });
                }
            }
        }
    }
}

/// A context that does not notice lost messages protects no stream.
#[test]
fn s01_without_sequence_there_is_no_layer() {
    let flags = SEALED.without(ContextFlags::SEQUENCE);
    assert!(matches!(
        negotiate(flags, LayerPolicy::INTEGRITY, LayerPolicy::INTEGRITY),
        Err(Error::NoCommonLayer { .. })
    ));
}

/// The offer is what the server says, bits that nobody knows among it.
#[test]
fn offers_from_elsewhere() {
    let offer = |message: &[u8], policy| {
        let [client, mut server] = flags_with(SEALED);
        let challenge = said(&mut server, message);
        choose(client, policy, None, &challenge)
    };
    // Unknown bits are left alone.
    let Ok(Initiate::Established { login, .. }) = offer(b"\xff\x01\x00\x00", LayerPolicy::INTEGRITY) else { panic!() };
    assert_eq!(layer_of(&login.channel), Layer::Confidentiality);
    // The JDK's server names a size without a layer, too.
    let Ok(Initiate::Established { login, .. }) = offer(b"\x01\x01\x00\x00", LayerPolicy::INSIDE_TLS) else { panic!() };
    assert_eq!(layer_of(&login.channel), Layer::None);
    for length in [0, 1, 2, 3, 5, 64] {
        let message = &[7; 64][..length];
        assert_eq!(refused(offer(message, LayerPolicy::INTEGRITY)), Error::BadOffer { length });
    }
    for bits in [0, 1, 0xf8, 0x80] {
        let error = refused(offer(&[bits, 1, 0, 0], LayerPolicy::INTEGRITY));
        assert!(matches!(error, Error::NoCommonLayer { .. }), "{bits}: {error:?}");
    }
    // Nothing fits into as little as the header of a token.
    for size in [0, 1, 14] {
        assert_eq!(
            refused(offer(&[6, 0, 0, size], LayerPolicy::INTEGRITY)),
            Error::PeerTakesNothing { size: size.into() }
        );
    }
    assert!(offer(&[6, 0, 0, 15], LayerPolicy::INTEGRITY).is_ok());
    let Ok(Initiate::Established { login, .. }) = offer(b"\x06\xff\xff\xff", LayerPolicy::INTEGRITY) else { panic!() };
    assert_eq!(protected(login.channel).longest_message(), 0xff_ffff - 14);
}

/// What a client chose, to a server that goes on with `policy`.
fn choice(message: &[u8], policy: LayerPolicy) -> Result<Accept, Rejected> {
    let [mut client, server] = flags_with(SEALED);
    let Ok(Accept::Challenge { challenge, next }) = settings(policy).offer(server) else { panic!() };
    negotiation::unwrap(&mut client, &challenge).unwrap();
    next.step(&said(&mut client, message), fake::NOW)
}

#[test]
fn s02_a_client_chooses_one_layer_of_those_that_were_offered() {
    let any = LayerPolicy::between(Layer::None, Layer::Confidentiality);
    for bits in 0..=u8::MAX {
        let found = choice(&[bits, 1, 0, 0], any);
        match bits {
            1 | 2 | 4 | 6 => assert!(matches!(found, Ok(Accept::Established { .. })), "{bits}: {found:?}"),
            _ => assert_eq!(rejected(found), Error::NotOneLayer { bits }),
        }
    }
    for (bits, layer, policy) in [
        (1, Layer::None, LayerPolicy::INTEGRITY),
        (1, Layer::None, LayerPolicy::CONFIDENTIALITY),
        (2, Layer::Integrity, LayerPolicy::CONFIDENTIALITY),
        (2, Layer::Integrity, LayerPolicy::INSIDE_TLS),
        (4, Layer::Confidentiality, LayerPolicy::INSIDE_TLS),
    ] {
        assert_eq!(rejected(choice(&[bits, 1, 0, 0], policy)), Error::LayerNotOffered { layer });
    }
    // Both mean the stronger, where both were offered, and nothing elsewhere.
    assert_eq!(rejected(choice(&[6, 1, 0, 0], LayerPolicy::CONFIDENTIALITY)), Error::NotOneLayer { bits: 6 });
    let Ok(Accept::Established { login, .. }) = choice(&[6, 1, 0, 0], LayerPolicy::INTEGRITY) else { panic!() };
    assert_eq!(layer_of(&login.channel), Layer::Confidentiality);
    for length in 0..4 {
        assert_eq!(rejected(choice(&[4, 1, 0, 0][..length], any)), Error::BadChoice { length });
    }
    assert_eq!(rejected(choice(&[4, 0, 0, 0], any)), Error::PeerTakesNothing { size: 0 });
    // Clients of older JDKs name a size without a layer, too.
    assert!(choice(&[1, 1, 0, 0], any).is_ok());
    assert!(choice(&[1, 0xff, 0xff, 0xff], any).is_ok());
}

#[test]
fn s03_whom_the_client_wants_to_be_is_for_the_caller_to_decide() {
    let with = |identity: &[u8]| choice(&[b"\x04\x01\x00\x00", identity].concat(), LayerPolicy::CONFIDENTIALITY);
    let Ok(Accept::NeedsAuthorization(query)) = with("dn:cn=jürgen".as_bytes()) else { panic!() };
    assert_eq!((query.authorization_identity(), query.layer()), ("dn:cn=jürgen", Layer::Confidentiality));
    assert_eq!(own(&query.refuse().error), Error::NotAuthorized);
    let Ok(Accept::NeedsAuthorization(query)) = with(b"bob") else { panic!() };
    let Accept::Established { login, .. } = query.allow() else { panic!() };
    assert_eq!(login.authorization_identity.as_deref(), Some("bob"));
    // Nobody else: no question.
    let Ok(Accept::Established { login, .. }) = with(b"") else { panic!() };
    assert_eq!(login.authorization_identity, None);
    for identity in [&b"\xff"[..], b"bob\0", b"\0", b"bo\nb", b"\xc3", b"\xed\xa0\x80", b"bob\x7f"] {
        assert_eq!(rejected(with(identity)), Error::BadAuthorizationIdentity);
    }
}

/// Each bit of the negotiation counts, and no beginning of it is enough.
#[test]
fn s02_the_negotiation_is_signed() {
    let policy = LayerPolicy::between(Layer::None, Layer::Confidentiality);
    let fresh = || {
        let [client, server] = flags_with(SEALED);
        let Ok(Accept::Challenge { challenge, next }) = settings(policy).offer(server) else { panic!() };
        (client, challenge, next)
    };
    let (_, challenge, _) = fresh();
    for bit in 0..challenge.len() * 8 {
        let (client, mut challenge, _) = fresh();
        challenge[bit / 8] ^= 1 << (bit % 8);
        assert!(choose(client, policy, None, &challenge).is_err(), "bit {bit}");
    }
    let respond = || {
        let (client, challenge, next) = fresh();
        let Ok(Initiate::Established { response, .. }) = choose(client, policy, Some("bob".into()), &challenge) else {
            panic!()
        };
        (response.unwrap(), next)
    };
    let (response, _) = respond();
    for bit in 0..response.len() * 8 {
        let (mut response, next) = respond();
        response[bit / 8] ^= 1 << (bit % 8);
        assert!(next.step(&response, fake::NOW).is_err(), "bit {bit}");
    }
    for length in 0..response.len() {
        let (response, next) = respond();
        assert!(next.step(&response[..length], fake::NOW).is_err(), "{length}");
    }
    let (response, next) = respond();
    assert!(matches!(next.step(&response, fake::NOW), Ok(Accept::NeedsAuthorization(_))));
}

#[test]
fn s02_a_sealed_negotiation_is_refused() {
    let [client, mut server] = flags_with(SEALED);
    let challenge = server.wrap(b"\x07\x01\x00\x00", crate::Protection::Confidentiality).unwrap();
    assert_eq!(refused(choose(client, LayerPolicy::INTEGRITY, None, &challenge)), Error::SealedNegotiation);

    let [mut client, server] = flags_with(SEALED);
    let Ok(Accept::Challenge { next, .. }) = settings(LayerPolicy::INTEGRITY).offer(server) else { panic!() };
    let response = client.wrap(b"\x04\x01\x00\x00", crate::Protection::Confidentiality).unwrap();
    assert_eq!(rejected(next.step(&response, fake::NOW)), Error::SealedNegotiation);
    // Nor is a long one looked at.
    let [_, server] = flags_with(SEALED);
    let Ok(Accept::Challenge { next, .. }) = settings(LayerPolicy::INTEGRITY).offer(server) else { panic!() };
    assert_eq!(rejected(next.step(&[0; 65_537], fake::NOW)), Error::MessageTooLong { length: 65_537, limit: 65_536 });
}
