//! The frame of RFC 2743 section 3.1 around a token whose message stands elsewhere, written and read without an allocation.
//!
//! ```text
//! 60  length of all that follows, as DER has it  06 09 2a 86 48 86 f7 12 01 02 02  the inner token
//! ```

use super::MessageError;

/// The Kerberos OID as DER has it.
const NAME: [u8; 11] = *b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
const TAG: u8 = 0x60;

/// Octets of a frame whose length has a single one.
pub(super) const SHORT_FRAME: usize = 13;

/// A frame's beginning: the octets, and how many of them.
struct Frame {
    octets: [u8; 17],
    length: usize,
}

impl Frame {
    /// In front of an inner token of `inner` octets. Beyond 4 GiB it is none that anybody could read.
    fn of(inner: usize) -> Self {
        let follows = u32::try_from(inner.saturating_add(NAME.len())).unwrap_or(u32::MAX);
        let [a, b, c, d] = follows.to_be_bytes();
        let length: &[u8] = match follows {
            0..0x80 => &[d],
            0x80..0x100 => &[0x81, d],
            0x100..0x1_0000 => &[0x82, c, d],
            0x1_0000..0x100_0000 => &[0x83, b, c, d],
            _ => &[0x84, a, b, c, d],
        };
        let mut frame = Self { octets: [0; 17], length: 0 };
        let octets = [TAG].into_iter().chain(length.iter().copied()).chain(NAME);
        for (place, octet) in frame.octets.iter_mut().zip(octets) {
            *place = octet;
            frame.length = frame.length.saturating_add(1);
        }
        frame
    }

    fn octets(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}

/// Octets of the frame in front of an inner token of `inner` octets.
pub(super) fn frame_length(inner: usize) -> usize {
    Frame::of(inner).length
}

/// Writes the frame to the beginning of `header`, which says that `inner` octets follow it, and gives what of them stands here.
pub(super) fn write_frame(header: &mut [u8], inner: usize) -> &mut [u8] {
    let frame = Frame::of(inner);
    match header.split_at_mut_checked(frame.length) {
        Some((place, rest)) => {
            place.copy_from_slice(frame.octets());
            rest
        }
        None => &mut [],
    }
}

/// What stands here of an inner token of `inner` octets, behind its frame.
pub(super) fn read_frame(header: &[u8], inner: usize) -> Result<&[u8], MessageError> {
    header.strip_prefix(Frame::of(inner).octets()).ok_or(MessageError::Defective)
}
