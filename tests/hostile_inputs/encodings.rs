//! A: encodings; and B's frames.

use negotiate::asn1::{Error, Flaw};
use negotiate::gss::{self, InitialToken, Oid};
use negotiate::kerberos::message::*;
use negotiate::spnego::message::{NegTokenInit2, NegotiationToken};

use crate::Inputs;
use crate::seeds::seeds;
use crate::tree::{Content, Node, length_octets, tlv};

/// What the reader of that kind says.
fn flaw(kind: &str, octets: &[u8]) -> Option<Flaw> {
    let error = |result: Result<(), Error>| result.err().map(|error| error.flaw);
    macro_rules! read {
        ($($kind:ident),+) => {
            match kind {
                $(stringify!($kind) => error($kind::parse(octets).map(drop)),)+
                "NegTokenInit2" => error(NegTokenInit2::parse_negotiation_token(octets).map(drop)),
                other => panic!("no reader of {other}"),
            }
        };
    }
    read!(
        ApReq,
        ApRep,
        EncApRepPart,
        EncTicketPart,
        Authenticator,
        AuthorizationData,
        KrbError,
        KerbErrorData,
        KrbCred,
        EncKrbCredPart,
        NegotiationToken
    )
}

pub(crate) fn inputs(inputs: &mut Inputs) {
    for (kind, octets) in seeds() {
        // Not all of them at all of their places: the first, the last, and one between.
        let tree = Node::parse(&octets);
        let last = tree.count() - 1;
        for number in [0, last / 2, last] {
            lengths(inputs, kind, &tree, number);
        }
        let refused = |octets: &[u8], flaw_of| (flaw(kind, octets), flaw_of);
        let behind = [&octets[..], &[0]].concat();
        inputs.refused("A11", kind, &behind, refused(&behind, Flaw::TrailingData));
        let nested = [&[octets[0]][..], &b"\x80".repeat(2), &octets[1..]].concat();
        inputs.refused("A04", kind, &nested, refused(&nested, Flaw::IndefiniteLength));
        let other = [&[0x65], &octets[1..]].concat();
        inputs.refused("A05", kind, &other, refused(&other, Flaw::UnexpectedTag));
    }
    times(inputs);
    values(inputs);
    lists(inputs);
    frames(inputs);
}

fn lengths(inputs: &mut Inputs, kind: &'static str, tree: &Node, number: usize) {
    for (row, length) in
        [("A01", &b"\x82\xff\xff"[..]), ("A01", b"\x84\xff\xff\xff\xff"), ("A06", b"\x84\x7f\xff\xff\xff")]
    {
        let octets = tree.damaged(number, |node| node.length = Some(length.to_vec()));
        inputs.refused(row, kind, &octets, (flaw(kind, &octets), Flaw::Truncated));
    }
    let octets = tree.damaged(number, |node| {
        let length = u16::try_from(node.content_octets().len()).unwrap();
        node.length = Some([&[0x83, 0][..], &length.to_be_bytes()].concat());
    });
    inputs.refused("A13", kind, &octets, (flaw(kind, &octets), Flaw::Length));
}

fn times(inputs: &mut Inputs) {
    let time = |text: &[u8]| {
        let field = tlv(0xa0, &[&tlv(0x18, &[text])]);
        tlv(0x7b, &[&tlv(0x30, &[&field, b"\xa1\x03\x02\x01\x00"])])
    };
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
    let mut times: Vec<_> = bad.iter().map(|text| text.to_vec()).collect();
    for at in 0..15 {
        let mut text = *b"20260101000000Z";
        text[at] = 0xc3;
        times.push(text.to_vec());
    }
    for text in times {
        let octets = time(&text);
        inputs.refused("A03", "EncApRepPart", &octets, (flaw("EncApRepPart", &octets), Flaw::Time));
    }
}

/// Values of the other types that are none, and fields where they do not belong.
fn values(inputs: &mut Inputs) {
    let request = Node::parse(&seeds().into_iter().find(|(kind, _)| *kind == "ApReq").unwrap().1);
    let first = |tag: u8| (0..request.count()).find(|number| request.clone().at(*number).tag == [tag]).unwrap();
    let with =
        |tag, content: &[u8]| request.damaged(first(tag), |node| node.content = Content::Primitive(content.to_vec()));
    for bits in [&b""[..], b"\x08\0\0\0\0", b"\x09\0", b"\xff\0", b"\x01", b"\x07"] {
        let octets = with(0x03, bits);
        inputs.refused("A08", "ApReq", &octets, (flaw("ApReq", &octets), Flaw::BitString));
    }
    for integer in [
        &b""[..],
        b"\0\x01",
        b"\0\0",
        b"\xff\xff",
        b"\xff\x80",
        b"\x01\0\0\0\0",
        b"\0\x80\0\0\0",
        b"\x01\x02\x03\x04\x05\x06\x07\x08\x09",
    ] {
        let octets = with(0x02, integer);
        inputs.refused("A10", "ApReq", &octets, (flaw("ApReq", &octets), Flaw::Integer));
    }
    // Twice, and unknown; one that is swallowed by its neighbour.
    for number in 2..6 {
        let mut tree = request.clone();
        let fields = tree.at(1).children().unwrap();
        let copy = fields[number - 2].clone();
        fields.insert(number - 2, copy);
        let octets = tree.to_der();
        inputs.refused("A12", "ApReq", &octets, (flaw("ApReq", &octets), Flaw::UnexpectedTag));
    }
    let ticket = first(0x61);
    let octets = request.damaged(ticket, |node| node.length = Some(length_octets(node.content_octets().len() + 1)));
    inputs.refused("A02", "ApReq", &octets, (flaw("ApReq", &octets), Flaw::Truncated));
}

/// Offers whose names or states are none.
fn lists(inputs: &mut Inputs) {
    for content in [&b""[..], b"\x2a\x80\x01", b"\x2a\x86", &[0x2a; 65]] {
        let list = tlv(0xa0, &[&tlv(0x30, &[&tlv(0xa0, &[&tlv(0x30, &[&tlv(0x06, &[content])])])])]);
        inputs.refused("A14", "NegotiationToken", &list, (flaw("NegotiationToken", &list), Flaw::Oid));
    }
    for count in [0, 33, 100] {
        let names = tlv(0x06, &[Oid::KRB5.as_octets()]).repeat(count);
        let list = tlv(0xa0, &[&tlv(0x30, &[&tlv(0xa0, &[&tlv(0x30, &[&names])])])]);
        inputs.refused("C01", "NegotiationToken", &list, (flaw("NegotiationToken", &list), Flaw::Count));
    }
    for state in [&[4][..], &[0xff], &[127]] {
        let resp = tlv(0xa1, &[&tlv(0x30, &[&tlv(0xa0, &[&tlv(0x0a, &[state])])])]);
        inputs.refused("C13", "NegotiationToken", &resp, (flaw("NegotiationToken", &resp), Flaw::Enumerated));
    }
}

fn frames(inputs: &mut Inputs) {
    let sound = InitialToken::encode(Oid::KRB5, &[b"\x01\x00body"]).unwrap();
    let with_length = |length: u8| [&[0x60, length], &sound[2..]].concat();
    let broken: [&[u8]; 9] = [
        b"",
        b"\x60",
        b"\x60\x00",
        b"\x60\x01",
        b"\x60\x01\x06",
        b"\x60\x02\x06\x00\x00",
        b"\x60\x03\x06\x02\x00",
        b"\x60\x84\xff\xff\xff\xff",
        b"\x60\x80\x06\x00\x00\x00",
    ];
    for octets in broken {
        inputs.refused("B01", "frame", octets, (InitialToken::parse(octets).err(), gss::Error::BadHeader));
    }
    for length in [sound[1] + 1, sound[1] - 1, 0, 0x7f] {
        let octets = with_length(length);
        inputs.refused("B02", "frame", &octets, (InitialToken::parse(&octets).err(), gss::Error::BadHeader));
    }
}
