//! PACTYPE and its PAC_INFO_BUFFERs ([MS-PAC] sections 2.3 and 2.4).

use negotiate::kerberos::pac::{BufferType, Error, MAX_BUFFERS, Pac};

const ONE: BufferType = BufferType::LOGON_INFO;
const TWO: BufferType = BufferType::CLIENT_INFO;

/// A PAC of these buffers (type, size, offset), 16 octets behind the table.
fn pac(count: u32, version: u32, buffers: &[(BufferType, u32, u64)]) -> Vec<u8> {
    let mut octets = [count.to_le_bytes(), version.to_le_bytes()].concat();
    for (buffer_type, size, offset) in buffers {
        octets.extend(buffer_type.0.to_le_bytes().into_iter().chain(size.to_le_bytes()).chain(offset.to_le_bytes()));
    }
    octets.extend([7; 16]);
    octets
}

fn error(octets: &[u8]) -> Option<Error> {
    Pac::parse(octets).err()
}

#[test]
fn f01_version_and_count() {
    assert_eq!(error(&pac(1, 0, &[(ONE, 16, 24)])), None);
    assert_eq!(error(&pac(1, 1, &[(ONE, 16, 24)])), Some(Error::Version(1)));
    for count in [0, 65, 0x1000_0000, u32::MAX] {
        assert_eq!(error(&pac(count, 0, &[(ONE, 16, 24)])), Some(Error::BufferCount(count)));
    }
    assert_eq!(error(&pac(3, 0, &[(ONE, 16, 24)])), Some(Error::Truncated));
    let whole = pac(1, 0, &[(ONE, 16, 24)]);
    for length in 0..whole.len() {
        let expected = if length < 24 { Error::Truncated } else { Error::Bounds(ONE) };
        assert_eq!(error(&whole[..length]), Some(expected), "{length}");
    }
    let all: Vec<_> = (0..64).map(|number| (BufferType(number), 0, 8 + 64 * 16)).collect();
    assert_eq!(Pac::parse(&pac(64, 0, &all)).unwrap().buffers().count(), MAX_BUFFERS);
}

#[test]
fn f01_bounds_and_alignment() {
    for (size, offset) in [(16, 24), (8, 32), (0, 40), (0, 24)] {
        let octets = pac(1, 0, &[(ONE, size, offset)]);
        let pac = Pac::parse(&octets).unwrap();
        let buffer = pac.find(ONE).unwrap();
        assert_eq!((buffer.octets.len(), buffer.offset), (size as usize, offset as usize));
    }
    let outside =
        [(17, 24), (16, 32), (0, 16), (0, 48), (16, u64::MAX - 7), (0, u64::MAX - 7), (u32::MAX, 24), (0, 1 << 63)];
    for (size, offset) in outside {
        assert_eq!(error(&pac(1, 0, &[(ONE, size, offset)])), Some(Error::Bounds(ONE)), "{size} at {offset}");
    }
    for (size, offset) in [(1, 25), (8, 28), (0, 39)] {
        assert_eq!(error(&pac(1, 0, &[(ONE, size, offset)])), Some(Error::Align(ONE)), "{size} at {offset}");
    }
}

#[test]
fn f01_no_octet_belongs_to_two_buffers() {
    let two = |one: (u32, u64), two: (u32, u64)| error(&pac(2, 0, &[(ONE, one.0, one.1), (TWO, two.0, two.1)]));
    for (first, second) in [((8, 40), (8, 48)), ((8, 48), (8, 40)), ((0, 40), (16, 40)), ((16, 40), (0, 48))] {
        assert_eq!(two(first, second), None, "{first:?} {second:?}");
    }
    for (first, second) in [((8, 40), (8, 40)), ((9, 40), (8, 48)), ((8, 48), (9, 40)), ((16, 40), (1, 48))] {
        assert_eq!(two(first, second), Some(Error::Overlap(ONE, TWO)), "{first:?} {second:?}");
    }
}

#[test]
fn f02_no_type_is_there_twice() {
    for number in (0..=21).chain([u32::MAX]) {
        let buffer_type = BufferType(number);
        let twice = pac(2, 0, &[(buffer_type, 8, 40), (buffer_type, 8, 48)]);
        assert_eq!(error(&twice), Some(Error::Duplicate(buffer_type)));
        assert_eq!(Pac::encode(&[(buffer_type, b"1"), (buffer_type, b"2")]), Err(Error::Duplicate(buffer_type)));
    }
}

/// Types that nobody knows, empty buffers, lengths that are no multiple of 8.
#[test]
fn what_is_encoded_is_read_again() {
    let buffers = [(ONE, &b"abc"[..]), (BufferType(99), b""), (TWO, b"12345678"), (BufferType(u32::MAX), b"x")];
    let octets = Pac::encode(&buffers).unwrap();
    let pac = Pac::parse(&octets).unwrap();
    assert!(pac.buffers().map(|buffer| (buffer.buffer_type, buffer.octets)).eq(buffers));
    assert_eq!((octets.len() % 8, pac.octets()), (0, &octets[..]));
    assert!(pac.find(BufferType(3)).is_none());
    assert_eq!(Pac::encode(&[]), Err(Error::BufferCount(0)));
    let many: Vec<_> = (0..65).map(|number| (BufferType(number), &b""[..])).collect();
    assert_eq!(Pac::encode(&many), Err(Error::BufferCount(65)));
}
