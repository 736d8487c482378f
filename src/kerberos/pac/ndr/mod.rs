//! NDR, as far as a PAC needs it: type serialization version 1 ([MS-RPCE] section 2.2.6, C706 chapter 14), little-endian.
//!
//! ```text
//! common type header  8   Version 1, Endianness 0x10, CommonHeaderLength 8, Filler
//! private header      8   ObjectBufferLength, Filler
//! referent            4   of the one pointer that is at the top
//! structure               its members; a pointer is four octets here, null or not
//! referents               what the pointers lead to, in their order, each followed by its own pointers' referents
//! padding                 to a multiple of 8
//! ```
//! Each structure says itself in which order its referents come, so nothing here follows pointers: [`Reader`] goes once
//! over the octets, from the front to the end, whatever the counts say.

mod reader;
mod writer;

pub use reader::{Reader, StringHeader};
pub use writer::Writer;

/// The common type header and the private header.
const HEADERS_LENGTH: usize = 16;
/// Version, Endianness and CommonHeaderLength, the only ones there are ([MS-RPCE] section 2.2.6.1): little-endian data.
const COMMON_HEADER: [u8; 4] = [1, 0x10, 8, 0];
/// What a stream's length is a multiple of ([MS-RPCE] section 2.2.6.2).
const STREAM_ALIGNMENT: usize = 8;
