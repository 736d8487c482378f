//! NTLMSSP_MESSAGE_SIGNATURE ([MS-NLMP] section 2.2.2.9), alone or before the message that it signs.

use alloc::format;
use alloc::string::ToString;

use crate::inspect::escape::hex;
use crate::inspect::fixed::Fixed;
use crate::inspect::walk::{Slot, Walk};

/// Explains a signature, which begins with version 1 and has 16 octets. Which of its two forms it has was negotiated,
/// and the octets do not say.
pub(in crate::inspect) fn signature<'a>(walk: &mut Walk<'a, '_>, slot: &Slot<'a>, node: usize) {
    let mut fields = Fixed::new(walk, node, slot.octets, slot.at);
    fields.take("Version", "ULONG", |octets: &[u8; 4]| u32::from_le_bytes(*octets).to_string());
    fields.take("Checksum", "octets", |octets: &[u8; 8]| {
        format!("{} (without extended session security RandomPad and Checksum)", hex(octets))
    });
    fields.take("SeqNum", "octets", |octets: &[u8; 4]| {
        format!("{} (without extended session security encrypted: {})", u32::from_le_bytes(*octets), hex(octets))
    });
    if !fields.octets.is_empty() {
        fields.rest("message", "octets", |octets| format!("({} octets, sealed or only signed)", octets.len()));
    }
}
