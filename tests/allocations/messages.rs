//! Messages of Kerberos contexts.

use super::*;
use negotiate::gss::ContextFlags;
use negotiate::kerberos::testing::contexts;
use negotiate::{Context, Piece, Placement, Protection, TokenParts};

const FLAGS: ContextFlags = ContextFlags::from_bits(0x3c);

fn pair(etype: EncryptionType) -> [Context; 2] {
    contexts(etype, FLAGS).unwrap()
}

/// Where the message stands: nothing, once the keys are derived; else one allocation for what goes out, none for what comes in.
#[test]
fn a_message_in_place_allocates_nothing() {
    for etype in EncryptionType::IMPLEMENTED {
        let [mut ours, mut theirs] = pair(etype);
        for round in 0..40 {
            for protection in [Protection::Confidentiality, Protection::Integrity] {
                for placement in [Placement::Around, Placement::InFront] {
                    let mut data = [7; 1000];
                    let (first, rest) = data.split_at_mut(333);
                    let lengths = ours.wrap_lengths(1000, protection, placement).unwrap();
                    let (mut header, mut trailer) = ([0; 128], [0; 64]);
                    let (header, trailer) = (&mut header[..lengths.header], &mut trailer[..lengths.trailer]);
                    let pieces = &mut [Piece::Data(first), Piece::SignOnly(b"header"), Piece::Data(rest)];
                    let around = TokenParts { header: &mut *header, trailer: &mut *trailer };
                    let wrapped = measure(|| ours.wrap_pieces(pieces, around, protection).unwrap());
                    let around = TokenParts { header, trailer };
                    let unwrapped = measure(|| assert_eq!(theirs.unwrap_pieces(pieces, around).unwrap(), protection));
                    let counts = [wrapped.count_total, unwrapped.count_total];
                    assert!(round == 0 || counts == [0, 0], "{etype}, {protection:?}, {placement:?}: {counts:?}");
                }
                let message = [7; 100];
                let mut token = Vec::new();
                let wrapped = measure(|| token = ours.wrap(&message, protection).unwrap());
                let unwrapped = measure(|| assert_eq!(theirs.unwrap(&mut token).unwrap().message, message));
                let mut mic = Vec::new();
                let signed = measure(|| mic = theirs.get_mic(&message).unwrap());
                let verified = measure(|| ours.verify_mic(&message, &mic).unwrap());
                let counts = [wrapped, unwrapped, signed, verified].map(|cost| cost.count_total);
                assert!(round == 0 || counts == [1, 0, 1, 0], "{etype}, {protection:?}: {counts:?}");
            }
        }
    }
}

/// The keys of a direction are made with its first message: a login that none follows is small.
#[test]
fn a_context_without_messages_is_small() {
    for etype in EncryptionType::IMPLEMENTED {
        let mut kept = None;
        let both = measure(|| kept = Some(pair(etype)));
        println!("{etype}: two contexts keep {} octets", both.bytes_current);
        assert!(both.bytes_current < 2_048, "{etype}: {}", both.bytes_current);
        let [mut ours, _theirs] = kept.unwrap();
        let first = measure(|| drop(ours.wrap(b"message", Protection::Confidentiality).unwrap()));
        println!("{etype}: the first message makes keys of {} octets", first.bytes_current);
        assert!(first.bytes_current < 3_072, "{etype}: {}", first.bytes_current);
    }
}
