//! This crate: messages of Kerberos contexts.

use negotiate::gss::ContextFlags;
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::testing::contexts;
use negotiate::{Piece, Placement, Protection, TokenParts};

use crate::{SIZES, report, rounds, timed};

pub(crate) fn run() {
    let flags = ContextFlags::from_bits(0x3c);
    for etype in EncryptionType::IMPLEMENTED {
        let [mut ours, mut theirs] = contexts(etype, flags).unwrap();
        for size in SIZES {
            let mut message = vec![7; size];
            let mut unwraps = Vec::new();
            report(&format!("{etype}/wrap-{size}"), rounds(size), || {
                let (wrap, mut token) = timed(|| ours.wrap(&message, Protection::Confidentiality).unwrap());
                unwraps.push(timed(|| theirs.unwrap(&mut token).unwrap().message.len()).0);
                wrap
            });
            let mut unwraps = unwraps.into_iter();
            report(&format!("{etype}/unwrap-{size}"), rounds(size), || unwraps.next().unwrap());
            report(&format!("{etype}/mic-{size}"), rounds(size), || timed(|| ours.get_mic(&message).unwrap()).0);
            let lengths = ours.wrap_lengths(size, Protection::Confidentiality, Placement::Around).unwrap();
            let (mut header, mut trailer) = (vec![0; lengths.header], vec![0; lengths.trailer]);
            report(&format!("{etype}/in-place-{size}"), rounds(size), || {
                let around = TokenParts { header: &mut header, trailer: &mut trailer };
                let pieces = &mut [Piece::Data(&mut message)];
                timed(|| ours.wrap_pieces(pieces, around, Protection::Confidentiality).unwrap()).0
            });
            // What the other side did not see is a gap to it.
            let [fresh, other] = contexts(etype, flags).unwrap();
            (ours, theirs) = (fresh, other);
        }
    }
}
