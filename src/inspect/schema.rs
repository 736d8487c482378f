//! What a type is to the tolerant walk: a name, the identifier octet it begins with, and what is inside.

use super::numbers::Words;
use super::walk::{Slot, Walk};

/// A type of ASN.1, or of a layout within one.
pub(super) struct Type {
    /// Its name in the specification.
    pub(super) name: &'static str,
    /// The identifier octet it begins with.
    pub(super) identifier: u8,
    pub(super) form: Form,
}

/// What is inside.
pub(super) enum Form {
    /// `[APPLICATION n] SEQUENCE`, and the fields of that; an explicitly tagged alternative of a CHOICE likewise.
    Message(&'static [Field]),
    /// SEQUENCE.
    Fields(&'static [Field]),
    /// SEQUENCE OF.
    List(&'static Type),
    /// INTEGER or ENUMERATED.
    Number(Words),
    /// A sequence number: UInt32, which old implementations send as a negative INTEGER.
    SequenceNumber,
    /// GeneralizedTime.
    Time,
    /// GeneralString or UTF8String.
    Text,
    /// OBJECT IDENTIFIER.
    Oid,
    /// BIT STRING, with the names of the bits.
    Bits(&'static [(u8, &'static str)]),
    /// OCTET STRING.
    Octets(Content),
    /// Not ASN.1.
    Layout(for<'a, 't> fn(&mut Walk<'a, 't>, Slot<'a>)),
}

/// What an OCTET STRING holds.
#[derive(Clone, Copy)]
pub(super) enum Content {
    /// Nothing that is explained further.
    Opaque,
    /// A ciphertext.
    Cipher,
    /// A key.
    Key,
    /// A token of some mechanism.
    Token,
    /// Text, for people.
    Text,
    /// A checksum, by its type.
    Checksum,
    /// An element of authorization data, by its type.
    Authorization,
    /// A network address, by its type.
    Address,
    /// `e-data` of a KRB-ERROR.
    ErrorData,
}

/// A field behind an explicit context tag.
pub(super) struct Field {
    pub(super) number: u8,
    pub(super) name: &'static str,
    pub(super) holds: &'static Type,
    pub(super) optional: bool,
}

pub(super) const fn required(number: u8, name: &'static str, holds: &'static Type) -> Field {
    Field { number, name, holds, optional: false }
}

pub(super) const fn optional(number: u8, name: &'static str, holds: &'static Type) -> Field {
    Field { number, name, holds, optional: true }
}

pub(super) const fn message(name: &'static str, number: u8, fields: &'static [Field]) -> Type {
    Type { name, identifier: 0x60 | number, form: Form::Message(fields) }
}

pub(super) const fn sequence(name: &'static str, fields: &'static [Field]) -> Type {
    Type { name, identifier: 0x30, form: Form::Fields(fields) }
}

pub(super) const fn list(name: &'static str, of: &'static Type) -> Type {
    Type { name, identifier: 0x30, form: Form::List(of) }
}

pub(super) const fn number(name: &'static str, words: Words) -> Type {
    Type { name, identifier: 0x02, form: Form::Number(words) }
}

pub(super) const fn octets(content: Content) -> Type {
    Type { name: "OCTET STRING", identifier: 0x04, form: Form::Octets(content) }
}

pub(super) const fn bits(name: &'static str, names: &'static [(u8, &'static str)]) -> Type {
    Type { name, identifier: 0x03, form: Form::Bits(names) }
}

pub(super) const fn layout(name: &'static str, explain: for<'a, 't> fn(&mut Walk<'a, 't>, Slot<'a>)) -> Type {
    Type { name, identifier: 0, form: Form::Layout(explain) }
}
