//! CLAIMS_SET ([MS-ADTS] sections 2.2.18.5 to 2.2.18.7).
//!
//! ```text
//! CLAIMS_SET ─▶ CLAIMS_ARRAY, CLAIMS_ARRAY, …          one for each source
//!                 └─▶ CLAIM_ENTRY, CLAIM_ENTRY, …      one for each claim
//!                       ├─▶ Id
//!                       └─▶ values, or pointers to texts and then the texts
//! ```

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::no_text;
use crate::authorization::{Claim, ClaimSource, ClaimValues};
use crate::kerberos::pac::ndr::{Reader, Writer};
use crate::kerberos::pac::{BufferType, Error, NdrFlaw, Text};

/// CLAIMS_SOURCE_TYPE ([MS-ADTS] section 2.2.18.3).
const SOURCE_AD: u16 = 1;
const SOURCE_CERTIFICATE: u16 = 2;

/// CLAIM_TYPE ([MS-ADTS] section 2.2.18.2).
const INT64: u16 = 1;
const UINT64: u16 = 2;
const STRING: u16 = 3;
const BOOLEAN: u16 = 6;

/// Octets of a CLAIMS_ARRAY, and of a CLAIM_ENTRY of no known type: without what they lead to.
const ARRAY_LENGTH: usize = 12;
const SMALLEST_ENTRY: usize = 8;

pub(super) fn read(buffer: BufferType, octets: &[u8]) -> Result<Vec<Claim>, Error> {
    let mut reader = Reader::new(buffer, octets)?;
    let arrays = reader.counted_pointer()?;
    // usReservedType, which is not used.
    reader.u16()?;
    let reserved = reader.counted_pointer()?;
    let mut claims = Vec::new();
    if let Some(count) = arrays {
        let mut headers = reader;
        let places = reader.array::<ARRAY_LENGTH>(count)?;
        headers.u32()?;
        for _ in places {
            let source = source_of(headers.u16()?);
            if let Some(count) = headers.counted_pointer()? {
                read_entries(&mut reader, count, source, &mut claims)?;
            }
        }
    }
    if let Some(length) = reserved {
        reader.array::<1>(length)?;
    }
    reader.finish()?;
    Ok(claims)
}

/// All of one CLAIMS_ARRAY: first the entries, then what they lead to.
fn read_entries(
    reader: &mut Reader<'_>,
    count: u32,
    source: ClaimSource,
    claims: &mut Vec<Claim>,
) -> Result<(), Error> {
    if reader.u32()? != count {
        return Err(reader.flaw(NdrFlaw::Count));
    }
    let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(SMALLEST_ENTRY));
    if length.is_none_or(|length| length > reader.remaining()) {
        return Err(reader.flaw(NdrFlaw::TooMany));
    }
    let mut entries = *reader;
    for _ in 0..count {
        Entry::read(reader)?;
    }
    for _ in 0..count {
        let entry = Entry::read(&mut entries)?;
        let id = reader.terminated_text()?.to_string();
        if let Some((count, kind)) = entry.values {
            claims.push(Claim { id, source, values: read_values(reader, count, kind)? });
        }
    }
    Ok(())
}

/// A CLAIM_ENTRY without what it leads to: how many values of which type, if it is a known one.
struct Entry {
    values: Option<(u32, Kind)>,
}

#[derive(Clone, Copy)]
enum Kind {
    Int64,
    Uint64,
    String,
    Boolean,
}

impl Entry {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        if !reader.pointer()? {
            return Err(reader.flaw(NdrFlaw::Pointer));
        }
        // The type stands twice: for whoever reads, and for the union.
        let (claim_type, switch) = (reader.u16()?, reader.u16()?);
        if claim_type != switch {
            return Err(reader.flaw(NdrFlaw::Value));
        }
        let kind = match claim_type {
            INT64 => Kind::Int64,
            UINT64 => Kind::Uint64,
            STRING => Kind::String,
            BOOLEAN => Kind::Boolean,
            _ => return Ok(Self { values: None }),
        };
        match reader.counted_pointer()? {
            // `range(1, …)`: a claim has a value.
            None | Some(0) => Err(reader.flaw(NdrFlaw::Value)),
            Some(count) => Ok(Self { values: Some((count, kind)) }),
        }
    }
}

fn read_values(reader: &mut Reader<'_>, count: u32, kind: Kind) -> Result<ClaimValues, Error> {
    Ok(match kind {
        Kind::Int64 => ClaimValues::Int64(read_numbers(reader, count)?.map(u64::cast_signed).collect()),
        Kind::Uint64 => ClaimValues::Uint64(read_numbers(reader, count)?.collect()),
        Kind::Boolean => {
            let flaw = reader.flaw(NdrFlaw::Value);
            let truth = |number| if number <= 1 { Ok(number == 1) } else { Err(flaw) };
            ClaimValues::Bool(read_numbers(reader, count)?.map(truth).collect::<Result<_, _>>()?)
        }
        Kind::String => {
            let pointers = reader.array::<4>(count)?;
            if pointers.contains(&[0; 4]) {
                return Err(reader.flaw(NdrFlaw::Pointer));
            }
            let texts = pointers.iter().map(|_| Ok(reader.terminated_text()?.to_string()));
            ClaimValues::String(texts.collect::<Result<_, Error>>()?)
        }
    })
}

fn read_numbers<'a>(reader: &mut Reader<'a>, count: u32) -> Result<impl Iterator<Item = u64> + use<'a>, Error> {
    Ok(reader.u64_array(count)?.iter().map(|octets| u64::from_le_bytes(*octets)))
}

const fn source_of(number: u16) -> ClaimSource {
    match number {
        SOURCE_AD => ClaimSource::ActiveDirectory,
        SOURCE_CERTIFICATE => ClaimSource::Certificate,
        other => ClaimSource::Other(other),
    }
}

const fn number_of(source: ClaimSource) -> u16 {
    match source {
        ClaimSource::ActiveDirectory => SOURCE_AD,
        ClaimSource::Certificate => SOURCE_CERTIFICATE,
        ClaimSource::Other(other) => other,
    }
}

/// Encodes claims: a CLAIMS_ARRAY for each source, in the order in which they first occur.
pub(super) fn encode(buffer: BufferType, claims: &[Claim]) -> Result<Vec<u8>, Error> {
    let mut sources: Vec<ClaimSource> = Vec::new();
    for claim in claims {
        if !sources.contains(&claim.source) {
            sources.push(claim.source);
        }
    }
    let of = |source: ClaimSource| claims.iter().filter(move |claim| claim.source == source);
    let mut writer = Writer::new(buffer);
    writer.count(sources.len())?;
    writer.pointer(true);
    // usReservedType, ulReservedFieldSize, ReservedField: nothing.
    writer.u16(0);
    writer.u32(0);
    writer.pointer(false);
    writer.count(sources.len())?;
    for source in &sources {
        writer.u16(number_of(*source));
        writer.count(of(*source).count())?;
        writer.pointer(true);
    }
    for source in &sources {
        writer.count(of(*source).count())?;
        of(*source).try_for_each(|claim| write_entry(&mut writer, claim))?;
        for claim in of(*source) {
            writer.terminated_text(Text::new(&claim.id).ok_or(no_text(buffer))?)?;
            write_values(buffer, &mut writer, &claim.values)?;
        }
    }
    writer.finish()
}

fn write_entry(writer: &mut Writer, claim: &Claim) -> Result<(), Error> {
    let (claim_type, count) = match &claim.values {
        ClaimValues::Int64(values) => (INT64, values.len()),
        ClaimValues::Uint64(values) => (UINT64, values.len()),
        ClaimValues::String(values) => (STRING, values.len()),
        ClaimValues::Bool(values) => (BOOLEAN, values.len()),
    };
    writer.pointer(true);
    writer.u16(claim_type);
    writer.u16(claim_type);
    writer.count(count)?;
    writer.pointer(true);
    Ok(())
}

fn write_values(buffer: BufferType, writer: &mut Writer, values: &ClaimValues) -> Result<(), Error> {
    match values {
        ClaimValues::Int64(values) => write_numbers(writer, values.iter().map(|value| value.cast_unsigned())),
        ClaimValues::Uint64(values) => write_numbers(writer, values.iter().copied()),
        ClaimValues::Bool(values) => write_numbers(writer, values.iter().map(|value| u64::from(*value))),
        ClaimValues::String(values) => write_texts(buffer, writer, values),
    }
}

fn write_numbers(writer: &mut Writer, values: impl ExactSizeIterator<Item = u64>) -> Result<(), Error> {
    writer.count(values.len())?;
    values.for_each(|value| writer.u64(value));
    Ok(())
}

fn write_texts(buffer: BufferType, writer: &mut Writer, values: &[String]) -> Result<(), Error> {
    writer.count(values.len())?;
    values.iter().for_each(|_| writer.pointer(true));
    values.iter().try_for_each(|value| writer.terminated_text(Text::new(value).ok_or(no_text(buffer))?))
}
