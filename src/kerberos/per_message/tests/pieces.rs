//! Messages in pieces are those in one piece, wherever they are cut.

use proptest::prelude::*;

use super::*;

const IN_FRONT: [Placement; 2] = [Placement::Around, Placement::InFront];

/// Where a message is cut, and what is only signed in between.
fn cuts() -> impl Strategy<Value = (Vec<u8>, Vec<(usize, Vec<u8>)>)> {
    let signed = prop::collection::vec(any::<u8>(), 0..20);
    (prop::collection::vec(any::<u8>(), 0..200), prop::collection::vec((0usize..200, signed), 0..6))
}

/// The pieces of a message: data cut at these places, and behind each cut what is only signed.
fn pieces<'b>(mut data: &'b mut [u8], cuts: &'b [(usize, Vec<u8>)]) -> Vec<Piece<'b>> {
    let mut pieces = Vec::new();
    for (at, signed) in cuts {
        let (first, rest) = data.split_at_mut(at % (data.len() + 1));
        pieces.push(Piece::Data(first));
        pieces.push(Piece::SignOnly(signed));
        data = rest;
    }
    pieces.push(Piece::Data(data));
    pieces
}

fn wrapped(
    side: &mut Messages,
    data: &mut [u8],
    cuts: &[(usize, Vec<u8>)],
    how: (Protection, Placement),
) -> [Vec<u8>; 2] {
    let TokenLengths { header, trailer, .. } = side.lengths(data.len(), how.0, how.1);
    let (mut header, mut trailer) = (std::vec![0; header], std::vec![0; trailer]);
    let around = TokenParts { header: &mut header, trailer: &mut trailer };
    side.wrap_pieces(&mut pieces(data, cuts), around, how.0).unwrap();
    [header, trailer]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pieces_come_back(
        (message, cuts) in cuts(),
        at in 0..EncryptionType::IMPLEMENTED.len(),
        dce_style in any::<bool>(),
        flip in any::<prop::sample::Index>(),
    ) {
        let flags = if dce_style { ALL | ContextFlags::DCE_STYLE } else { ALL };
        let [mut here, mut there] = sides(EncryptionType::IMPLEMENTED[at], true, flags);
        for how in BOTH.into_iter().flat_map(|protection| IN_FRONT.map(|placement| (protection, placement))) {
            let mut data = message.clone();
            let [mut header, mut trailer] = wrapped(&mut here, &mut data, &cuts, how);
            prop_assert!(how.0 == Protection::Integrity || data.len() < 16 || data != message);

            // One bit otherwise, anywhere.
            let (mut other, mut other_header, mut other_trailer) = (data.clone(), header.clone(), trailer.clone());
            // SND_SEQ of rc4-hmac has no checksum: another number may be any other refusal.
            let from = if EncryptionType::IMPLEMENTED[at] == EncryptionType::RC4_HMAC { header.len() - 16 } else { 0 };
            let place = from + flip.index(header.len() + data.len() + trailer.len() - from);
            let mut octets = other_header.iter_mut().chain(&mut other).chain(&mut other_trailer);
            *octets.nth(place).unwrap() ^= 1;
            let around = TokenParts { header: &mut other_header, trailer: &mut other_trailer };
            let refused = there.unwrap_pieces(&mut pieces(&mut other, &cuts), around);
            prop_assert!(refused.is_err());
            prop_assert!(other.iter().all(|octet| *octet == 0), "what was refused is wiped");

            let around = TokenParts { header: &mut header, trailer: &mut trailer };
            let found = there.unwrap_pieces(&mut pieces(&mut data, &cuts), around);
            prop_assert_eq!(found.map_err(|error| error.kind()), Ok(how.0));
            prop_assert_eq!(&data, &message);
        }
    }

    #[test]
    fn pieces_one_behind_the_other_are_a_token((message, cuts) in cuts(), at in 0..EncryptionType::IMPLEMENTED.len()) {
        let cuts: Vec<_> = cuts.into_iter().map(|(at, _)| (at, Vec::new())).collect();
        let [mut here, mut there] = sides(EncryptionType::IMPLEMENTED[at], true, ALL);
        for how in BOTH.into_iter().flat_map(|protection| IN_FRONT.map(|placement| (protection, placement))) {
            let mut data = message.clone();
            let [header, trailer] = wrapped(&mut here, &mut data, &cuts, how);
            prop_assert_eq!(unwrapped(&mut there, &[&header[..], &data, &trailer].concat()), Ok((message.clone(), how.0)));
            // And the other way round.
            let mut token = here.wrap(&message, how.0).unwrap();
            let TokenLengths { header, trailer, .. } = here.lengths(message.len(), how.0, Placement::Around);
            let (header, rest) = token.split_at_mut(header);
            let (data, trailer) = rest.split_at_mut(rest.len() - trailer);
            let found = there.unwrap_pieces(&mut pieces(data, &cuts), TokenParts { header, trailer });
            prop_assert_eq!(found.map_err(|error| error.kind()), Ok(how.0));
            prop_assert_eq!(&*data, &message[..]);
        }
    }
}

#[test]
fn what_stands_around_is_as_long_as_it_is() {
    for etype in EncryptionType::IMPLEMENTED {
        let [mut here, mut there] = sides(etype, true, ALL);
        for protection in BOTH {
            let needed = here.lengths(4, protection, Placement::Around);
            let (mut header, mut trailer) = (std::vec![0; needed.header + 1], std::vec![0; needed.trailer]);
            let (header_length, trailer_length) = (header.len(), trailer.len());
            let mut data = *b"data";
            let around = TokenParts { header: &mut header, trailer: &mut trailer };
            let error = here.wrap_pieces(&mut [Piece::Data(&mut data)], around, protection).unwrap_err();
            let expected = ContextError::Lengths { needed, header: header_length, trailer: trailer_length };
            assert_eq!(error.downcast_ref(), Some(&expected));
            assert_eq!(&data, b"data", "nothing was done");
            for (header, trailer) in [(0, 0), (15, 0), (16, 1), (31, 12), (0, 28), (4096, 4096)] {
                let (mut header, mut trailer) = (std::vec![0; header], std::vec![0; trailer]);
                let around = TokenParts { header: &mut header, trailer: &mut trailer };
                let refused = there.unwrap_pieces(&mut [Piece::Data(&mut data.clone())], around);
                assert_eq!(reason(refused), MessageError::Defective);
            }
        }
    }
}

/// Where data begin is not signed, but what stands there is: of types that encrypt before they sign, a block that was only
/// signed passes for one of data, and comes out as nonsense. [`crate::Context::unwrap_pieces`] says so.
#[test]
fn which_octets_are_data_is_the_callers_to_know() {
    for (etype, passes) in [
        (EncryptionType::AES256_CTS_HMAC_SHA384_192, true),
        (EncryptionType::AES256_CTS_HMAC_SHA1_96, false),
        (EncryptionType::CAMELLIA256_CTS_CMAC, false),
    ] {
        let [mut here, mut there] = sides(etype, true, ALL);
        let (signed, mut data) = ([3; 16], [9; 96]);
        let how = (Protection::Confidentiality, Placement::Around);
        let TokenLengths { header, trailer, .. } = here.lengths(data.len(), how.0, how.1);
        let (mut header, mut trailer) = (std::vec![0; header], std::vec![0; trailer]);
        let around = TokenParts { header: &mut header, trailer: &mut trailer };
        here.wrap_pieces(&mut [Piece::SignOnly(&signed), Piece::Data(&mut data)], around, how.0).unwrap();
        let mut all = [&signed[..], &data].concat();
        let around = TokenParts { header: &mut header, trailer: &mut trailer };
        let verdict = there.unwrap_pieces(&mut [Piece::Data(&mut all)], around);
        assert_eq!(verdict.is_ok(), passes, "{etype}");
    }
}

/// Each bit of what stands around a message, and of the message, with nothing left to chance.
#[test]
fn b06_b08_each_bit_around_a_message_in_pieces_counts() {
    for (etype, flags) in EncryptionType::IMPLEMENTED
        .into_iter()
        .flat_map(|etype| [NO_ORDER, NO_ORDER | ContextFlags::DCE_STYLE].map(|flags| (etype, flags)))
    {
        let [mut here, mut there] = sides(etype, true, flags);
        for how in BOTH.into_iter().flat_map(|protection| IN_FRONT.map(|placement| (protection, placement))) {
            let (mut data, cuts) = (*b"some data in pieces", [(7, b"only signed".to_vec())]);
            let [header, trailer] = wrapped(&mut here, &mut data, &cuts, how);
            let parts = [header.len(), data.len(), trailer.len()];
            let whole = [&header[..], &data, &trailer].concat();
            let mut open = |octets: &mut [u8]| {
                let (header, rest) = octets.split_at_mut(parts[0]);
                let (data, trailer) = rest.split_at_mut(parts[1]);
                let found = there.unwrap_pieces(&mut pieces(data, &cuts), TokenParts { header, trailer });
                assert!(found.is_ok() || data.iter().all(|octet| *octet == 0), "what was refused is wiped");
                found.map_err(|error| error.kind())
            };
            for bit in 0..whole.len() * 8 {
                let mut flipped = whole.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                // SND_SEQ of rc4-hmac: the number is nobody's to vouch for (row B12).
                let is_number =
                    etype == EncryptionType::RC4_HMAC && (parts[0] - 24..parts[0] - 20).contains(&(bit / 8));
                let verdict = open(&mut flipped);
                assert!(verdict.is_err() || is_number, "{etype}, {how:?}, bit {bit}");
            }
            assert_eq!(open(&mut whole.clone()), Ok(how.0), "{etype}, {how:?}");
        }
    }
}

#[test]
fn what_was_agreed_on_decides_which_pieces_there_are() {
    for etype in EncryptionType::IMPLEMENTED {
        let [mut here, _] = sides(etype, true, ContextFlags::INTEGRITY);
        let needed = here.lengths(4, Protection::Confidentiality, Placement::Around);
        let (mut header, mut trailer, mut data) = (std::vec![0; needed.header], std::vec![0; needed.trailer], *b"data");
        let around = TokenParts { header: &mut header, trailer: &mut trailer };
        let refused = here.wrap_pieces(&mut [Piece::Data(&mut data)], around, Protection::Confidentiality);
        assert_eq!((reason(refused), &data), (MessageError::NoConfidentiality, b"data"));
    }
}
