//! One message to two decoders: this crate's, over `der`, and `rasn`, which shares no line with it.

use std::collections::BTreeMap;
use std::panic::catch_unwind;

use negotiate::asn1::{Error, Flaw};
use negotiate::kerberos::message::{
    ApRep, ApReq, Authenticator, AuthorizationData, EncApRepPart, EncKrbCredPart, EncTicketPart, KerbErrorData,
    KrbCred, KrbError,
};
use negotiate::spnego::message::{NegTokenInit2, NegotiationToken};
use rasn_kerberos as other;

use crate::mutate::{Chance, in_ascii, spoil, with_small_arcs, without_fields, without_minus};
use crate::spnego;

/// Decodes and encodes what came out.
type Ours = fn(&[u8]) -> Result<Vec<u8>, Error>;
type Theirs = fn(&[u8]) -> Option<Vec<u8>>;

/// A type of message, by both.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) ours: Ours,
    pub(crate) theirs: Theirs,
}

macro_rules! kind {
    ($ours:ident, $theirs:ty) => {
        Kind { name: stringify!($ours), ours: |octets| $ours::parse(octets)?.to_der(), theirs: by_rasn::<$theirs> }
    };
}

pub(crate) const KINDS: [Kind; 12] = [
    kind!(ApReq, other::ApReq),
    kind!(ApRep, other::ApRep),
    kind!(EncApRepPart, other::EncApRepPart),
    kind!(EncTicketPart, other::EncTicketPart),
    kind!(Authenticator, other::Authenticator),
    kind!(AuthorizationData, other::AuthorizationData),
    kind!(KrbError, other::KrbError),
    kind!(KerbErrorData, spnego::KerbErrorData),
    kind!(KrbCred, other::KrbCred),
    kind!(EncKrbCredPart, other::EncKrbCredPart),
    kind!(NegotiationToken, spnego::NegotiationToken),
    Kind {
        name: "NegTokenInit2",
        ours: |octets| NegTokenInit2::parse_negotiation_token(octets)?.to_negotiation_token(),
        theirs: by_rasn::<spnego::NegotiationToken2>,
    },
];

fn by_rasn<T: rasn::Decode + rasn::Encode>(octets: &[u8]) -> Option<Vec<u8>> {
    rasn::der::encode(&rasn::der::decode::<T>(octets).ok()?).ok()
}

/// What the two made of spoilt messages.
#[derive(Default)]
pub(crate) struct Outcome {
    /// How often, by what it was.
    pub(crate) counts: BTreeMap<String, usize>,
    /// What has no reason, with an example.
    pub(crate) unlisted: BTreeMap<String, String>,
}

/// So many messages, each a sound one of `seeds` spoilt by what `seed` says.
pub(crate) fn compare(seeds: &[(&'static str, Vec<u8>)], count: usize, seed: u64) -> Outcome {
    let mut chance = Chance(seed);
    let mut outcome = Outcome::default();
    for _ in 0..count {
        let (name, sound) = &seeds[chance.below(seeds.len())];
        let kind = KINDS.iter().find(|kind| kind.name == *name).unwrap();
        let octets = spoil(sound, &mut chance);
        let (what, reason) = judge(kind, &octets);
        if reason.is_none() {
            outcome.unlisted.entry(format!("{name}: {what}")).or_insert_with(|| format!("{octets:02x?}"));
        }
        *outcome.counts.entry(what).or_default() += 1;
    }
    outcome
}

/// What came of it, and why it may.
fn judge(kind: &Kind, octets: &[u8]) -> (String, Option<&'static str>) {
    let theirs = catch_unwind(|| (kind.theirs)(octets));
    let Ok(theirs) = theirs else { return ("rasn panics".to_owned(), Some("it is theirs to mend")) };
    match ((kind.ours)(octets), theirs) {
        (Ok(ours), Some(theirs)) => match (kind.ours)(&theirs) {
            Ok(again) if again == ours => ("both take it, and read the same".to_owned(), Some("-")),
            _ => ("both take it, and read another".to_owned(), None),
        },
        (Ok(_), None) => {
            let reason = stricter(kind, octets);
            (format!("only we take it: {}", reason.unwrap_or("?")), reason)
        }
        (Err(error), Some(_)) => {
            let reason = rule(error.flaw);
            (format!("only rasn takes it: {:?}, {}", error.flaw, reason.unwrap_or("?")), reason)
        }
        (Err(_), None) => ("neither takes it".to_owned(), Some("-")),
    }
}

/// Where the other is stricter, wrongly for these messages: with that put aside, it takes them.
fn stricter(kind: &Kind, octets: &[u8]) -> Option<&'static str> {
    let takes = |octets: Vec<u8>| (kind.theirs)(&octets).is_some();
    match kind.name {
        // GeneralString is ASCII there, nearly. Names are UTF-8 in practice (RFC 4120 section 5.2.1), and any octets in principle.
        _ if takes(in_ascii(octets)) => Some("octets from 0x80 on in a name"),
        // Some write a UInt32 as an INTEGER that is below zero (RFC 4120 section 5.5.1).
        "Authenticator" | "EncApRepPart" | "EncKrbCredPart" if takes(without_minus(&in_ascii(octets))) => {
            Some("A10: a number in the historical negative form")
        }
        // An extension marker stands at the end of all three (RFC 4178 section 4.2), and rasn takes nothing there.
        "NegotiationToken" if takes(without_fields(&in_ascii(octets), 0xa4)) => {
            Some("A12: a field where extensions may stand")
        }
        "NegotiationToken" | "NegTokenInit2" if takes(with_small_arcs(octets)) => {
            Some("A14: an identifier's number of more than 32 bits")
        }
        "NegTokenInit2" if takes(without_fields(&in_ascii(octets), 0xa5)) => {
            Some("A12: a field where extensions may stand")
        }
        _ => None,
    }
}

/// The row of docs/threats.md by which we are stricter.
fn rule(flaw: Flaw) -> Option<&'static str> {
    Some(match flaw {
        Flaw::Time => "A03",
        Flaw::BitString => "A08",
        Flaw::Integer => "A10",
        Flaw::TrailingData => "A11",
        Flaw::UnexpectedTag => "A12",
        Flaw::Length | Flaw::HighTag => "A13",
        Flaw::Oid => "A14",
        // MechTypeList has one element at least; NegState has four values.
        Flaw::Count => "C01",
        Flaw::Enumerated => "C13",
        _ => return None,
    })
}
