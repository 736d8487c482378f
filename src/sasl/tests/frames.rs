//! The layer in use.

use super::fake::{HEADER, TRAILER, UNWRAPPABLE};
use super::*;

const AROUND: usize = HEADER + TRAILER;

fn received(layer: &mut SecurityLayer, pieces: &[&[u8]]) -> Result<Vec<u8>, crate::Error> {
    let mut got = Vec::new();
    for piece in pieces {
        let mut arrived = *piece;
        while let Some(message) = layer.unwrap(&mut arrived)? {
            got.extend_from_slice(message);
        }
        assert!(arrived.is_empty());
    }
    Ok(got)
}

#[test]
fn s04_frames_arrive_however_they_were_split_or_joined() {
    let text: Vec<u8> = (0..200).collect();
    for layer in [Layer::Integrity, Layer::Confidentiality] {
        let [mut one, mut other] = layers(layer, [64, 40]);
        assert_eq!((one.longest_message(), other.longest_message()), (40 - AROUND, 64 - AROUND));
        let mut frames = wrapped(&mut one, &text);
        assert_eq!(frames.len(), 200 + 8 * (4 + AROUND));
        for split in 0..=frames.len() {
            let (front, back) = frames.split_at(split);
            assert_eq!(received(&mut other, &[front, back]).unwrap(), text);
            assert_eq!(other.waiting(), 0);
            let back = wrapped(&mut other, b"yes");
            assert_eq!(received(&mut one, &[&back]).unwrap(), b"yes");
            frames = wrapped(&mut one, &text);
        }
        let octets: Vec<&[u8]> = frames.chunks(1).collect();
        assert_eq!(received(&mut other, &octets).unwrap(), text);
    }
}

#[test]
fn nothing_to_send_is_no_frame_and_an_empty_message_is_one() {
    let [mut one, mut other] = layers(Layer::Confidentiality, [64, 64]);
    assert!(wrapped(&mut one, b"").is_empty());
    let [mut context, _] = flags_with(SEALED);
    let token = context.wrap(b"", crate::Protection::Confidentiality).unwrap();
    let frame = [&u32::try_from(token.len()).unwrap().to_be_bytes()[..], &token].concat();
    let mut arrived = &frame[..];
    assert_eq!(other.unwrap(&mut arrived).unwrap(), Some(&b""[..]));
    assert_eq!(other.unwrap(&mut arrived).unwrap(), None);
}

#[test]
fn s05_a_length_beyond_the_limit_is_refused_before_anything_is_set_aside() {
    for (length, limit) in [(u32::MAX, 64), (65, 64), (0x8000_0000, 64), (0x0100_0000, 0xff_ffff)] {
        let [mut one, _] = layers(Layer::Confidentiality, [limit, 64]);
        let limit = usize::try_from(limit).unwrap();
        let error = refused(one.unwrap(&mut &length.to_be_bytes()[..]).map(|_| ()));
        assert_eq!(error, Error::FrameTooLong { limit });
        assert!(one.is_finished());
        assert_eq!(refused(one.unwrap(&mut &b"\0\0\0\x10"[..]).map(|_| ())), Error::Finished);
        assert_eq!(refused(one.wrap(b"x", &mut Vec::new())), Error::Finished);
        assert_eq!(refused(one.unwrap_in_place(&mut [0; 20]).map(|_| ())), Error::Finished);
    }
    let [mut one, _] = layers(Layer::Confidentiality, [64, 64]);
    assert_eq!(refused(one.unwrap_in_place(&mut [0; 65]).map(|_| ())), Error::FrameTooLong { limit: 64 });
    // A large length that is allowed waits, and costs as much as has come.
    let [mut one, _] = layers(Layer::Confidentiality, [0xff_ffff, 64]);
    assert!(one.unwrap(&mut &b"\0\xff\xff\xff12345"[..]).unwrap().is_none());
    assert_eq!(one.waiting(), 9);
}

#[test]
fn s04_after_a_frame_that_fails_nothing_goes_in_or_out() {
    let frame = {
        let [mut one, _] = layers(Layer::Confidentiality, [64, 64]);
        wrapped(&mut one, b"pay 10")
    };
    // The length is not signed; a longer one waits for what does not come.
    for bit in 0..frame.len() * 8 {
        let [_, mut other] = layers(Layer::Confidentiality, [64, 64]);
        let mut frame = frame.clone();
        frame[bit / 8] ^= 1 << (bit % 8);
        match received(&mut other, &[&frame]) {
            Ok(got) => assert!(got.is_empty() && other.waiting() > 0, "bit {bit}"),
            Err(_) => {
                assert_eq!(refused(received(&mut other, &[&frame])), Error::Finished);
                assert_eq!(refused(other.wrap(b"x", &mut Vec::new())), Error::Finished);
            }
        }
    }
    // Twice, left out, and sent back.
    let [mut one, mut other] = layers(Layer::Integrity, [64, 64]);
    let [first, second] = [b"one", b"two"].map(|text| wrapped(&mut one, text));
    assert!(received(&mut other, &[&first, &first]).is_err() && other.is_finished());
    let [_, mut other] = layers(Layer::Integrity, [64, 64]);
    assert!(received(&mut other, &[&second]).is_err() && other.is_finished());
    assert!(received(&mut one, &[&first]).is_err() && one.is_finished());
}

/// Half of what was to be sent is not sent, and nothing behind it: the numbers of the frames would have a gap.
#[test]
fn s04_after_a_message_that_cannot_be_wrapped_nothing_goes_in_or_out() {
    let [mut one, mut other] = layers(Layer::Confidentiality, [64, 64]);
    let reply = wrapped(&mut other, b"yes");
    let mut frames = b"before".to_vec();
    let data = [&[b'x'; 64 - AROUND], UNWRAPPABLE].concat();
    assert!(one.wrap(&data, &mut frames).is_err());
    assert_eq!(frames, b"before");
    assert!(one.is_finished());
    assert_eq!(refused(one.wrap(b"x", &mut frames)), Error::Finished);
    assert_eq!(refused(received(&mut one, &[&reply])), Error::Finished);
}

#[test]
fn s04_what_is_only_signed_is_no_sealed_message() {
    let [mut context, _] = flags_with(SEALED);
    let mut token = context.wrap(b"in the clear", crate::Protection::Integrity).unwrap();
    let [_, mut other] = layers(Layer::Confidentiality, [64, 64]);
    assert_eq!(refused(other.unwrap_in_place(&mut token).map(|_| ())), Error::NotSealed);
    assert!(other.is_finished());
    // More than was agreed on is no harm.
    let [mut context, _] = flags_with(SEALED);
    let mut token = context.wrap(b"sealed", crate::Protection::Confidentiality).unwrap();
    let [_, mut other] = layers(Layer::Integrity, [64, 64]);
    assert_eq!(other.unwrap_in_place(&mut token).unwrap(), b"sealed");
}
