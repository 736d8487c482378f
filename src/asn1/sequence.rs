//! SEQUENCE types, declared once.

use core::marker::PhantomData;

use der::{DecodeValue, EncodeValue, Error, FixedTag, Header, Length, Reader, Tag, TagNumber, Writer};

use super::input::{element, header, octet_of};
use super::output::{element_length, write_element, write_header};

/// Declares a SEQUENCE whose fields all have explicit context tags, as all of RFC 4120 and RFC 4178 have.
///
/// ```text
/// sequence! {
///     "Name in the standard" [APPLICATION 1]      // the application tag, if it has one
///     /// What it is. RFC …
///     pub struct Name<'a> {
///         /// What it is.
///         field: Type [0],
///         /// What it is.
///         other: Type [1] OPTIONAL,               // an Option<Type>
///         ... extensions > 1,                     // where the standard has an extension marker
///     }
/// }
/// ```
/// This makes the struct with public fields, `parse` and `to_der`, and the traits of `der`.
macro_rules! sequence {
    (
        $standard_name:literal $([APPLICATION $application:literal])?
        $(#[$meta:meta])*
        pub struct $name:ident<$life:lifetime> {
            $($(#[$field_meta:meta])* $field:ident: $type:ty [$number:literal] $($optional:ident)?,)+
            $(... $extensions:ident > $last:literal,)?
        }
    ) => {
        $(#[$meta])*
        pub struct $name<$life> {
            $($(#[$field_meta])* pub $field: sequence!(@type $type $(, $optional)?),)+
            $(
                /// What stands where the standard has `...`: fields of later versions, kept but not understood.
                pub $extensions: crate::asn1::Extensions<$life, $last>,
            )?
        }

        impl<$life> $name<$life> {
            /// Its name in the standard.
            pub const NAME: &'static str = $standard_name;

            /// Decodes one whole message, borrowing from it.
            ///
            /// # Errors
            /// What is wrong with it, and where.
            pub fn parse(octets: &$life [u8]) -> Result<Self, crate::asn1::Error> {
                crate::asn1::parse(Self::NAME, octets)
            }

            /// Encodes it.
            ///
            /// # Errors
            /// [`Flaw::Length`](crate::asn1::Flaw::Length) beyond 4 GiB.
            pub fn to_der(&self) -> Result<alloc::vec::Vec<u8>, crate::asn1::Error> {
                crate::asn1::to_der(Self::NAME, self)
            }

            #[inline]
            fn fields_length(&self) -> der::Result<der::Length> {
                let length = der::Length::ZERO;
                $(let length = (length + sequence!(@length $number, &self.$field $(, $optional)?)?)?;)+
                $(let length = (length + self.$extensions.length()?)?;)?
                Ok(length)
            }
        }

        impl der::FixedTag for $name<'_> {
            const TAG: der::Tag = sequence!(@tag $($application)?);
        }

        impl<$life> der::DecodeValue<$life> for $name<$life> {
            type Error = der::Error;

            #[inline]
            fn decode_value<R: der::Reader<$life>>(reader: &mut R, _: der::Header) -> der::Result<Self> {
                crate::asn1::decode_sequence::<R, Self>(reader, |reader| {
                    Ok(Self {
                        $($field: sequence!(@read reader, $number, $type $(, $optional)?)?,)+
                        $($extensions: crate::asn1::Extensions::read(reader)?,)?
                    })
                })
            }
        }

        impl der::EncodeValue for $name<'_> {
            #[inline]
            fn value_len(&self) -> der::Result<der::Length> {
                let length = self.fields_length()?;
                sequence!(@wrapped_length length $(, $application)?)
            }

            #[inline]
            fn encode_value(&self, writer: &mut impl der::Writer) -> der::Result<()> {
                $(sequence!(@wrap self, writer, $application);)?
                $(sequence!(@write writer, $number, &self.$field $(, $optional)?)?;)+
                $(self.$extensions.write(writer)?;)?
                Ok(())
            }
        }
    };

    (@type $type:ty) => { $type };
    (@type $type:ty, OPTIONAL) => { Option<$type> };
    (@tag) => { der::Tag::Sequence };
    (@tag $number:literal) => { der::Tag::Application { constructed: true, number: der::TagNumber($number) } };
    (@read $reader:ident, $number:literal, $type:ty) => {{
        #[allow(unused_imports, reason = "not by a type that has a way of its own")]
        use crate::asn1::ByDer as _;
        crate::asn1::Reading::<$type>::field::<R, $number>($reader)
    }};
    (@read $reader:ident, $number:literal, $type:ty, OPTIONAL) => { crate::asn1::optional_field::<R, _, $number>($reader) };
    (@length $number:literal, $value:expr) => { crate::asn1::field_length($value) };
    (@length $number:literal, $value:expr, OPTIONAL) => {
        $value.as_ref().map_or(Ok(der::Length::ZERO), crate::asn1::field_length)
    };
    (@write $writer:ident, $number:literal, $value:expr) => { crate::asn1::encode_field::<_, _, $number>($writer, $value) };
    (@write $writer:ident, $number:literal, $value:expr, OPTIONAL) => {
        $value.as_ref().map_or(Ok(()), |value| crate::asn1::encode_field::<_, _, $number>($writer, value))
    };
    (@wrapped_length $length:ident) => { Ok($length) };
    (@wrapped_length $length:ident, $number:literal) => { crate::asn1::element_length($length) };
    (@wrap $value:ident, $writer:ident, $number:literal) => {
        crate::asn1::write_header($writer, der::Tag::Sequence, $value.fields_length()?)?
    };
}
pub(crate) use sequence;

/// Reads the fields of a SEQUENCE: as they are, or out of the SEQUENCE within where `T` has an application tag
/// (all tags of RFC 4120 are explicit: section 5, `DEFINITIONS EXPLICIT TAGS`).
#[inline]
pub(crate) fn decode_sequence<'a, R: Reader<'a>, T: FixedTag>(
    reader: &mut R,
    fields: impl FnOnce(&mut R) -> der::Result<T>,
) -> der::Result<T> {
    if const { matches!(T::TAG, Tag::Sequence) } {
        return fields(reader);
    }
    let length = header(reader, const { octet_of(Tag::Sequence) }, Tag::Sequence)?;
    reader.read_nested(length, fields)
}

/// How the fields of one type are read: as `der` reads them ([`ByDer`]), or by a function of this type, which goes before a
/// trait's of the same name.
pub(crate) struct Reading<T>(PhantomData<T>);

/// See [`Reading`].
pub(crate) trait ByDer<'a, T> {
    fn field<R: Reader<'a>, const NUMBER: u32>(reader: &mut R) -> der::Result<T>;
}

impl<'a, T: DecodeValue<'a, Error = Error> + FixedTag> ByDer<'a, T> for Reading<T> {
    #[inline]
    fn field<R: Reader<'a>, const NUMBER: u32>(reader: &mut R) -> der::Result<T> {
        field::<R, T, NUMBER>(reader)
    }
}

/// A login has more than a dozen numbers, most of them of one octet.
#[cfg(feature = "kerberos")]
impl Reading<i32> {
    #[inline]
    pub(crate) fn field<'a, R: Reader<'a>, const NUMBER: u32>(reader: &mut R) -> der::Result<i32> {
        field_by::<R, _, NUMBER>(reader, |reader, header| {
            let mut ahead = reader.clone();
            match ahead.read_slice(header.length()).map(small) {
                Ok(Some(number)) => {
                    *reader = ahead;
                    Ok(number)
                }
                _ => i32::decode_value(reader, header),
            }
        })
    }
}

/// A number of one octet, or of two that are needed (X.690 section 8.3.2).
#[cfg(feature = "kerberos")]
fn small(octets: &[u8]) -> Option<i32> {
    match *octets {
        [only] => Some(only.cast_signed().into()),
        [high, low] => {
            let number = i16::from_be_bytes([high, low]);
            i8::try_from(number).is_err().then_some(number.into())
        }
        _ => None,
    }
}

/// Reads the field with the context tag `NUMBER`.
#[inline]
pub(crate) fn field<'a, R: Reader<'a>, T, const NUMBER: u32>(reader: &mut R) -> der::Result<T>
where
    T: DecodeValue<'a, Error = Error> + FixedTag,
{
    field_by::<R, T, NUMBER>(reader, T::decode_value)
}

#[inline]
fn field_by<'a, R: Reader<'a>, T, const NUMBER: u32>(
    reader: &mut R,
    decode_value: impl FnOnce(&mut R, Header) -> der::Result<T>,
) -> der::Result<T>
where
    T: DecodeValue<'a, Error = Error> + FixedTag,
{
    let length = header(reader, const { octet_of(context_tag(NUMBER)) }, context_tag(NUMBER))?;
    let field = reader.clone();
    let behind = reader.remaining_len() - length;
    match (behind, header(reader, const { octet_of(T::TAG) }, T::TAG)) {
        // The element fills the field, and both end in the same place: it is looked for once.
        (Ok(behind), Ok(inner)) if behind + inner == Ok(reader.remaining_len()) => {
            reader.read_nested(inner, |reader| decode_value(reader, Header::new(T::TAG, inner)))
        }
        // Which of the two is wrong, and where.
        _ => {
            *reader = field;
            reader.read_nested(length, element)
        }
    }
}

/// Reads the field with the context tag `NUMBER`, if it stands here. If it is there but not here, then the next field
/// will not stand where it must, or there will be octets left over (row A12).
#[inline]
pub(crate) fn optional_field<'a, R: Reader<'a>, T, const NUMBER: u32>(reader: &mut R) -> der::Result<Option<T>>
where
    T: DecodeValue<'a, Error = Error> + FixedTag,
{
    match reader.peek_byte() {
        Some(octet) if octet == const { octet_of(context_tag(NUMBER)) } => field::<R, T, NUMBER>(reader).map(Some),
        _ => Ok(None),
    }
}

/// The length of a field with its context tag.
#[inline]
pub(crate) fn field_length(value: &impl EncodeValue) -> der::Result<Length> {
    element_length(element_length(value.value_len()?)?)
}

/// Writes a field with the context tag `NUMBER`.
#[inline]
pub(crate) fn encode_field<W: Writer, T: EncodeValue + FixedTag, const NUMBER: u32>(
    writer: &mut W,
    value: &T,
) -> der::Result<()> {
    let length = value.value_len()?;
    write_header(writer, context_tag(NUMBER), element_length(length)?)?;
    write_element(writer, value, length)
}

pub(super) const fn context_tag(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}

/// Declares flags in a BIT STRING of (at least) 32 bits, `KerberosFlags` (RFC 4120 section 5.2.8), as a number
/// whose highest bit is the RFC's bit 0.
#[cfg(feature = "kerberos")]
macro_rules! bit_flags {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$flag_meta:meta])* $flag:ident = $bit:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
        pub struct $name(pub u32);

        impl $name {
            $($(#[$flag_meta])* pub const $flag: Self = Self(0x8000_0000 >> $bit);)+

            /// Whether all of `flags` are set.
            #[must_use]
            pub const fn contains(self, flags: Self) -> bool {
                self.0 & flags.0 == flags.0
            }

            /// These flags and those.
            #[must_use]
            pub const fn with(self, flags: Self) -> Self {
                Self(self.0 | flags.0)
            }
        }

        impl der::FixedTag for $name {
            const TAG: der::Tag = der::Tag::BitString;
        }

        impl<'a> der::DecodeValue<'a> for $name {
            type Error = der::Error;

            #[inline]
            fn decode_value<R: der::Reader<'a>>(reader: &mut R, header: der::Header) -> der::Result<Self> {
                crate::asn1::BitString::decode_value(reader, header).map(|bits| Self(bits.first_32_bits()))
            }
        }

        impl der::EncodeValue for $name {
            #[inline]
            fn value_len(&self) -> der::Result<der::Length> {
                Ok(der::Length::new(5))
            }

            #[inline]
            fn encode_value(&self, writer: &mut impl der::Writer) -> der::Result<()> {
                writer.write_byte(0)?;
                writer.write(&self.0.to_be_bytes())
            }
        }
    };
}
#[cfg(feature = "kerberos")]
pub(crate) use bit_flags;
