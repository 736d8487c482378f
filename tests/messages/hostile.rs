//! SECURITY section A: hostile encodings, and what is said of them.

use negotiate::asn1::{Error, Flaw, OctetString, SequenceOf};
use negotiate::kerberos::message::*;
use negotiate::spnego::message::*;

use crate::corpus::{Kind, Message, messages_in, tokens};
use crate::golden;
use crate::tree::{Content, Node, length_octets, tlv};

/// Does `damage` to every node of every golden message in turn, and gives the message, the number of the node, and
/// the verdict on the result. Where there is nothing to be damaged, `damage` says so.
fn at_every_node(damage: impl Fn(&mut Node) -> bool, judge: impl Fn(Kind, usize, Result<Vec<u8>, Error>)) -> usize {
    let mut inputs = 0;
    for (kind, octets) in golden::all() {
        let tree = Node::parse(&octets);
        assert_eq!(tree.to_der(), octets);
        for number in 0..tree.count() {
            let mut damaged = tree.clone();
            if damage(damaged.at(number)) {
                inputs += 1;
                judge(kind, number, Message { kind, octets: &damaged.to_der() }.re_encoded());
            }
        }
    }
    assert!(inputs > 20);
    inputs
}

fn flaw(verdict: Result<Vec<u8>, Error>) -> Option<Flaw> {
    verdict.err().map(|error| error.flaw)
}

#[test]
fn a01_lengths_beyond_the_input() {
    for length in [&b"\x82\xff\xff"[..], b"\x84\xff\xff\xff\xff"] {
        at_every_node(
            |node| node.length.replace(length.to_vec()).is_none(),
            |kind, number, verdict| assert_eq!(flaw(verdict), Some(Flaw::Truncated), "{kind:?} {number}"),
        );
    }
    // One too many: beyond the end, or, where something follows, into it.
    at_every_node(
        |node| node.length.replace(length_octets(node.content_octets().len() + 1)).is_none(),
        |kind, number, verdict| {
            let flaw = flaw(verdict).unwrap_or_else(|| panic!("{kind:?} {number}"));
            assert!(number > 0 || flaw == Flaw::Truncated, "{flaw:?}");
        },
    );
    at_every_node(
        |node| node.content_octets().len() != 0x7f && node.length.replace(vec![0x7f]).is_none(),
        |kind, number, verdict| assert!(verdict.is_err(), "{kind:?} {number}"),
    );
}

#[test]
fn a02_children_stay_within_their_parent() {
    // The OCTET STRING says 4 octets; [2] holds 3, and what stands behind [2] is a sibling of it.
    let cipher = b"\xa2\x05\x04\x04\xaa\xbb\xcc";
    let data = tlv(0x30, &[b"\xa0\x03\x02\x01\x12", cipher, b"\xdd\xee"]);
    let error = EncryptedData::parse(&data).unwrap_err();
    assert_eq!((error.flaw, error.position), (Flaw::Truncated, Some(11)));

    // The Ticket says one octet more than [3] holds; the authenticator stands behind.
    let mut tree = Node::parse(&golden::ap_req());
    let (ticket, _) =
        (0..tree.count()).map(|number| (number, tree.at(number).tag.clone())).find(|(_, tag)| *tag == [0x61]).unwrap();
    let octets = tree.damaged(ticket, |node| node.length = Some(length_octets(node.content_octets().len() + 1)));
    assert_eq!(ApReq::parse(&octets).unwrap_err().flaw, Flaw::Truncated);
}

fn with_time(text: &[u8]) -> Result<KerberosTime, Flaw> {
    let time = tlv(0xa0, &[&tlv(0x18, &[text])]);
    let message = tlv(0x7b, &[&tlv(0x30, &[&time, b"\xa1\x03\x02\x01\x00"])]);
    EncApRepPart::parse(&message).map(|part| part.ctime).map_err(|error| error.flaw)
}

#[test]
fn a03_times() {
    for (text, seconds) in [
        (b"19700101000000Z", 0),
        (b"20000229235959Z", 951_868_799),
        (b"20380119031408Z", 2_147_483_648),
        (b"99991231235959Z", 253_402_300_799_i64),
    ] {
        let time = with_time(text).unwrap();
        assert_eq!(time.to_timestamp().as_seconds(), seconds);
        let part = EncApRepPart { ctime: time, cusec: Microseconds(0), subkey: None, seq_number: None };
        assert!(part.to_der().unwrap().windows(15).any(|window| window == text), "{time:?}");
    }
    let bad: [&[u8]; 21] = [
        b"",
        b"20260101000000",
        b"20260101000000ZZ",
        b"2026010100000Z",
        b"20260230000000Z",
        b"20250229000000Z",
        b"21000229000000Z",
        b"20260001000000Z",
        b"20261301000000Z",
        b"20260100000000Z",
        b"20260432000000Z",
        b"20260101240000Z",
        b"20260101006000Z",
        b"20260101000060Z",
        b"20260101000000+0000",
        b"20260101000000.5Z",
        b"202601010000.5Z",
        b"00000101000000Z",
        b"19691231235959Z",
        b"20260101000000z",
        b"+0260101000000Z",
    ];
    for text in bad {
        assert_eq!(with_time(text), Err(Flaw::Time), "{}", text.escape_ascii());
    }
    for at in 0..15 {
        for octet in [0xc3, b'/', b':', b' ', 0] {
            let mut text = *b"20260101000000Z";
            text[at] = octet;
            assert_eq!(with_time(&text), Err(Flaw::Time), "{}", text.escape_ascii());
        }
    }
}

#[test]
fn a04_nesting_needs_no_stack() {
    let small = std::thread::Builder::new().stack_size(64 * 1024);
    small.spawn(deep_nesting).unwrap().join().unwrap();
}

fn deep_nesting() {
    let sequences = b"\x30\x80".repeat(100_000);
    let choices = b"\xa0\x80".repeat(100_000);
    assert_eq!(EncryptedData::parse(&sequences).unwrap_err().flaw, Flaw::IndefiniteLength);
    assert_eq!(AuthorizationData::parse(&sequences).unwrap_err().flaw, Flaw::IndefiniteLength);
    assert_eq!(NegotiationToken::parse(&choices).unwrap_err().flaw, Flaw::IndefiniteLength);
    assert_eq!(ApReq::parse(&sequences).unwrap_err().flaw, Flaw::UnexpectedTag);
    assert_eq!(ApReq::parse(&b"\x6e\x80".repeat(100_000)).unwrap_err().flaw, Flaw::IndefiniteLength);

    for (depth, verdict) in
        [(0, None), (1, None), (2, None), (3, Some(Flaw::NestingDepth)), (1000, Some(Flaw::NestingDepth))]
    {
        let octets = nested_authorization_data(depth);
        let mut walk = AuthorizationData::parse(&octets).unwrap().walk();
        match (walk.next().unwrap(), verdict) {
            (Ok(datum), None) => {
                assert_eq!((datum.ad_type, datum.ad_data, datum.inside_if_relevant), (128, &b"pac"[..], depth > 0));
            }
            (Err(error), Some(verdict)) => assert_eq!(error.flaw, verdict),
            (got, _) => panic!("depth {depth}: {got:?}"),
        }
        assert!(walk.next().is_none());
    }
}

/// One element within so many AD-IF-RELEVANT.
fn nested_authorization_data(depth: usize) -> Vec<u8> {
    let list = |ad_type, ad_data: &[u8]| {
        AuthorizationData(SequenceOf::new(&[AuthorizationElement { ad_type, ad_data: OctetString(ad_data) }]))
            .to_der()
            .unwrap()
    };
    let mut octets = list(ad_type::WIN2K_PAC, b"pac");
    for _ in 0..depth {
        octets = list(ad_type::IF_RELEVANT, &octets);
    }
    octets
}

#[test]
fn e16_the_walk_tells_what_may_be_ignored() {
    let element = |ad_type, ad_data| AuthorizationElement { ad_type, ad_data: OctetString(ad_data) };
    let relevant = AuthorizationData(SequenceOf::new(&[element(141, b"a"), element(9999, b"b")])).to_der().unwrap();
    let list = [element(1, &relevant), element(9999, b"c"), element(1, b"\x30\x00"), element(1, b"not DER")];
    let mut walk = AuthorizationData(SequenceOf::new(&list)).walk();
    let mut next =
        || walk.next().map(|datum| datum.map(|datum| (datum.ad_type, datum.ad_data, datum.inside_if_relevant)));
    assert_eq!(next(), Some(Ok((141, &b"a"[..], true))));
    assert_eq!(next(), Some(Ok((9999, &b"b"[..], true))));
    assert_eq!(next(), Some(Ok((9999, &b"c"[..], false))));
    assert_eq!(next().unwrap().unwrap_err().flaw, Flaw::UnexpectedTag);
    assert_eq!(next(), None);
}

#[test]
fn a05_nothing_is_decoded_by_half() {
    let token = golden::neg_token_init();
    for tag in 0xa2..=0xbe {
        let other = [&[tag], &token[1..]].concat();
        assert_eq!(NegotiationToken::parse(&other).unwrap_err().flaw, Flaw::UnexpectedTag);
    }
    let both = [golden::neg_token_init(), golden::neg_token_resp()].concat();
    assert_eq!(NegotiationToken::parse(&both).unwrap_err().flaw, Flaw::TrailingData);
    assert_eq!(NegotiationToken::parse(b"").unwrap_err().flaw, Flaw::Truncated);
    assert_eq!(NegotiationToken::parse(b"\xa0\x00").unwrap_err().flaw, Flaw::Truncated);
    assert_eq!(ApReq::parse(&golden::krb_error()).unwrap_err().flaw, Flaw::UnexpectedTag);
    assert_eq!(ApRep::parse(&golden::ap_req()).unwrap_err().flaw, Flaw::UnexpectedTag);
}

/// Nothing is reserved for what is merely declared: what is declared must be there, and decoding reserves nothing at
/// all, as values that need no drop cannot own memory.
#[test]
fn a06_declared_lengths_reserve_nothing() {
    at_every_node(
        |node| node.length.replace(b"\x84\x7f\xff\xff\xff".to_vec()).is_none(),
        |kind, number, verdict| assert_eq!(flaw(verdict), Some(Flaw::Truncated), "{kind:?} {number}"),
    );
    assert!(!std::mem::needs_drop::<ApReq<'_>>());
    assert!(!std::mem::needs_drop::<ApRep<'_>>());
    assert!(!std::mem::needs_drop::<EncTicketPart<'_>>());
    assert!(!std::mem::needs_drop::<Authenticator<'_>>());
    assert!(!std::mem::needs_drop::<EncApRepPart<'_>>());
    assert!(!std::mem::needs_drop::<KrbError<'_>>());
    assert!(!std::mem::needs_drop::<Walk<'_>>());
    assert!(!std::mem::needs_drop::<NegotiationToken<'_>>());
}

/// All prefixes and all single flipped bits of a message of each kind, and of recorded ones: an error, or a value that
/// encodes to just these octets (but for flags of fewer than 32 bits, and numbers in the historical negative form).
#[test]
fn a07_prefixes_and_flipped_bits() {
    let mut messages: Vec<_> = golden::all().to_vec();
    for token in tokens().iter().flatten().filter(|token| !token.is_damaged()).step_by(29).take(25) {
        messages.extend(messages_in(&token.octets).iter().map(|message| (message.kind, message.octets.to_vec())));
    }
    let mut same = 0;
    for (kind, octets) in &messages {
        for length in 0..octets.len() {
            Message { kind: *kind, octets: &octets[..length] }.re_encoded().unwrap_err();
        }
        for bit in 0..octets.len() * 8 {
            let mut flipped = octets.clone();
            flipped[bit / 8] ^= 0x80 >> (bit % 8);
            match (Message { kind: *kind, octets: &flipped }).re_encoded() {
                Ok(again) if again == flipped => same += 1,
                Ok(again) => {
                    let few_flags = flipped[..bit / 8].ends_with(b"\x03\x05");
                    assert!(few_flags || EncApRepPart::parse(&again).is_ok(), "{kind:?}, bit {bit}: {flipped:02x?}");
                }
                Err(_) => {}
            }
        }
    }
    println!("{} messages; {same} flips made another message", messages.len());
}

#[test]
fn a08_flags() {
    let options = |bits: &[u8]| {
        let mut tree = Node::parse(&golden::ap_req());
        let number = (0..tree.count()).find(|number| tree.at(*number).tag == [3]).unwrap();
        let octets = tree.damaged(number, |node| node.content = Content::Primitive(bits.to_vec()));
        ApReq::parse(&octets).map(|ap_req| ap_req.ap_options.0).map_err(|error| error.flaw)
    };
    assert_eq!(options(b"\x00"), Ok(0));
    assert_eq!(options(b"\x07\x80"), Ok(0x8000_0000));
    assert_eq!(options(b"\x00\x20"), Ok(0x2000_0000));
    assert_eq!(options(b"\x00\x20\x00\x00\x01"), Ok(0x2000_0001));
    assert_eq!(options(b"\x00\x20\x00\x00\x01\xff\xff\xff\xff"), Ok(0x2000_0001));
    for bad in [&b""[..], b"\x08\x00\x00\x00\x00", b"\xff\x00", b"\x01", b"\x07", b"\x01\x01", b"\x07\xc0"] {
        assert_eq!(options(bad), Err(Flaw::BitString), "{bad:02x?}");
    }
}

#[test]
fn a10_integers() {
    let data = |etype: &[u8], kvno: &[u8]| {
        let fields = [tlv(0xa0, &[&tlv(2, &[etype])]), tlv(0xa1, &[&tlv(2, &[kvno])]), b"\xa2\x02\x04\x00".to_vec()];
        EncryptedData::parse(&tlv(0x30, &[&fields.concat()]))
            .map(|data| (data.etype, data.kvno.unwrap()))
            .map_err(|error| error.flaw)
    };
    assert_eq!(data(b"\x7f\xff\xff\xff", b"\x00\xff\xff\xff\xff"), Ok((i32::MAX, u32::MAX)));
    assert_eq!(data(b"\x80\x00\x00\x00", b"\x00"), Ok((i32::MIN, 0)));
    let nine = [1; 9];
    for bad in [&b""[..], b"\x00\x01", b"\xff\x80", b"\x01\x00\x00\x00\x00", b"\x00\x80\x00\x00\x00", &nine] {
        assert_eq!(data(bad, b"\x01"), Err(Flaw::Integer), "{bad:02x?}");
    }
    for bad in [&b""[..], b"\x00\x01", b"\xff", b"\x80\x00\x00\x00", b"\x01\x00\x00\x00\x00", &nine] {
        assert_eq!(data(b"\x12", bad), Err(Flaw::Integer), "{bad:02x?}");
    }
}

#[test]
fn a10_sequence_numbers_in_the_historical_negative_form() {
    let sequence_number = |octets: &[u8]| {
        let fields = [
            tlv(0xa0, &[b"\x18\x0f19700101000000Z"]),
            b"\xa1\x03\x02\x01\x00".to_vec(),
            tlv(0xa3, &[&tlv(2, &[octets])]),
        ];
        EncApRepPart::parse(&tlv(0x7b, &[&tlv(0x30, &[&fields.concat()])]))
            .map(|part| part.seq_number.unwrap().0)
            .map_err(|error| error.flaw)
    };
    assert_eq!(sequence_number(b"\x7f\xff\xff\xff"), Ok(0x7fff_ffff));
    assert_eq!(sequence_number(b"\x00\x80\x00\x00\x01"), Ok(0x8000_0001));
    assert_eq!(sequence_number(b"\x80\x00\x00\x01"), Ok(0x8000_0001));
    assert_eq!(sequence_number(b"\xff"), Ok(0xffff_ffff));
    for bad in [&b""[..], b"\xff\xff", b"\x00\x01", b"\xff\x7f\xff\xff\xff", b"\x01\x00\x00\x00\x00"] {
        assert_eq!(sequence_number(bad), Err(Flaw::Integer), "{bad:02x?}");
    }
}

#[test]
fn a11_octets_left_over() {
    for surplus in [&b"\x00"[..], b"\x05\x00", b"\x04\x01\x00"] {
        at_every_node(
            |node| {
                let constructed =
                    node.children().and_then(|nodes| nodes.last_mut()).map(|last| last.behind = surplus.to_vec());
                constructed.is_some()
            },
            // In a list, and where fields may be added, what is too much is the wrong element.
            |kind, number, verdict| {
                let flaw = flaw(verdict).unwrap_or_else(|| panic!("{kind:?} {number}"));
                assert!(matches!(flaw, Flaw::TrailingData | Flaw::UnexpectedTag), "{kind:?} {number} {flaw:?}");
            },
        );
        for (kind, octets) in golden::all() {
            let octets = [&octets, surplus].concat();
            assert_eq!(flaw(Message { kind, octets: &octets }.re_encoded()), Some(Flaw::TrailingData));
        }
    }
}

/// Whether this is a SEQUENCE of fields (not of strings or names).
fn has_fields(node: &mut Node) -> bool {
    node.tag == [0x30]
        && node.children().is_some_and(|fields| fields.len() > 1 && fields.iter().all(|field| field.tag[0] >= 0xa0))
}

#[test]
fn a12_fields_twice_out_of_order_or_unknown() {
    let refused = |kind: Kind, number, verdict| {
        let flaw = flaw(verdict).unwrap_or_else(|| panic!("{kind:?} {number}"));
        assert!(matches!(flaw, Flaw::TrailingData | Flaw::UnexpectedTag), "{kind:?} {number} {flaw:?}");
    };
    for field in 0..13 {
        let mut inputs = 0;
        for (kind, octets) in golden::all() {
            let tree = Node::parse(&octets);
            for number in 0..tree.count() {
                let fields = |node: &mut Node| has_fields(node) && node.children().unwrap().len() > field;
                if !fields(tree.clone().at(number)) {
                    continue;
                }
                inputs += 1;
                let twice = tree.damaged(number, |node| {
                    let fields = node.children().unwrap();
                    fields.insert(field, fields[field].clone());
                });
                let swapped = tree.damaged(number, |node| {
                    let fields = node.children().unwrap();
                    fields.swap(field, if field == 0 { 1 } else { field - 1 });
                });
                refused(kind, number, Message { kind, octets: &twice }.re_encoded());
                refused(kind, number, Message { kind, octets: &swapped }.re_encoded());
            }
        }
        assert!(inputs > 0);
    }
}

/// RFC 4120 has no extension markers: no further field is taken. RFC 4178 has: further fields are kept.
#[test]
fn a12_unknown_fields_only_where_the_standard_has_an_extension_marker() {
    let extra =
        |tag| Node { tag: vec![tag], length: None, content: Content::Primitive(b"\x05\x00".to_vec()), behind: vec![] };
    for tag in [0xa9, 0xad, 0xbe] {
        for (kind, octets) in golden::all() {
            let tree = Node::parse(&octets);
            let number = (0..tree.count()).find(|number| has_fields(tree.clone().at(*number))).unwrap();
            let extended = tree.damaged(number, |node| node.children().unwrap().push(extra(tag)));
            match (Message { kind, octets: &extended }).re_encoded() {
                Ok(again) => assert!(kind == Kind::Spnego && again == extended),
                Err(error) => assert!(kind != Kind::Spnego && error.flaw == Flaw::TrailingData, "{kind:?} {error:?}"),
            }
            // Even there: not a known number again, not twice, not in disorder, not primitive, no high tag.
            for bad in [&[0xa3][..], &[0xa4, 0xa4], &[0xa5, 0xa4], &[0x84], &[0x30], &[0xbf, 0x1f], &[0x00]] {
                let octets =
                    tree.damaged(number, |node| node.children().unwrap().extend(bad.iter().map(|tag| extra(*tag))));
                Message { kind, octets: &octets }.re_encoded().unwrap_err();
            }
        }
    }
}

#[test]
fn a13_long_lengths_and_high_tags() {
    at_every_node(
        |node| {
            let length = node.content_octets().len();
            node.length = Some(vec![0x83, 0, (length >> 8) as u8, length as u8]);
            true
        },
        |kind, number, verdict| assert_eq!(flaw(verdict), Some(Flaw::Length), "{kind:?} {number}"),
    );
    at_every_node(
        |node| {
            let length = node.content_octets().len();
            node.length = Some(vec![0x81, length as u8]);
            length < 0x80
        },
        |kind, number, verdict| assert_eq!(flaw(verdict), Some(Flaw::Length), "{kind:?} {number}"),
    );
    at_every_node(
        |node| {
            node.length = Some(vec![0x85, 0, 0, 0, 0, 1]);
            true
        },
        |kind, number, verdict| assert_eq!(flaw(verdict), Some(Flaw::Length), "{kind:?} {number}"),
    );
    at_every_node(
        |node| {
            let class = node.tag[0] & 0xe0;
            node.tag = vec![class | 0x1f, 0x81, 0x00];
            true
        },
        |kind, number, verdict| {
            let flaw = flaw(verdict);
            assert!(
                matches!(flaw, Some(Flaw::HighTag | Flaw::TrailingData | Flaw::UnexpectedTag)),
                "{kind:?} {number} {flaw:?}"
            );
        },
    );
    assert_eq!(ApReq::parse(b"\x1f\x81\x00").unwrap_err().flaw, Flaw::HighTag);
    assert_eq!(ApReq::parse(b"\x7f\x81\x00\x00").unwrap_err().flaw, Flaw::HighTag);
}
