//! F and G: PACs and keytabs.

use negotiate::kerberos::Keytab;
use negotiate::kerberos::keytab;
use negotiate::kerberos::pac::{BufferType, Error, Pac};
use negotiate::kerberos::testing::Realm;

use crate::Inputs;

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

pub(crate) fn inputs(inputs: &mut Inputs) {
    let mut refused = |row, octets: &[u8], error| inputs.refused(row, "PAC", octets, (Pac::parse(octets).err(), error));
    for version in [1, 2, u32::MAX] {
        refused("F01", &pac(1, version, &[(ONE, 16, 24)]), Error::Version(version));
    }
    for count in [0, 65, 0x1000_0000, u32::MAX] {
        refused("F01", &pac(count, 0, &[(ONE, 16, 24)]), Error::BufferCount(count));
    }
    refused("F01", &pac(3, 0, &[(ONE, 16, 24)]), Error::Truncated);
    for (size, offset) in
        [(17, 24), (16, 32), (0, 16), (0, 48), (16, u64::MAX - 7), (0, u64::MAX - 7), (u32::MAX, 24), (0, 1 << 63)]
    {
        refused("F01", &pac(1, 0, &[(ONE, size, offset)]), Error::Bounds(ONE));
    }
    for (size, offset) in [(1, 25), (8, 28), (0, 39)] {
        refused("F01", &pac(1, 0, &[(ONE, size, offset)]), Error::Align(ONE));
    }
    for (one, two) in [((8, 40), (8, 40)), ((9, 40), (8, 48)), ((8, 48), (9, 40)), ((16, 40), (1, 48))] {
        refused("F01", &pac(2, 0, &[(ONE, one.0, one.1), (TWO, two.0, two.1)]), Error::Overlap(ONE, TWO));
    }
    for number in (0..=21).chain([u32::MAX]) {
        let buffer_type = BufferType(number);
        refused("F02", &pac(2, 0, &[(buffer_type, 8, 40), (buffer_type, 8, 48)]), Error::Duplicate(buffer_type));
    }
    keytabs(inputs);
}

fn keytabs(inputs: &mut Inputs) {
    let whole = Realm::new("EXAMPLE.TEST", "HTTP/localhost").unwrap().keytab().unwrap().to_bytes().expose().to_vec();
    let mut refused =
        |octets: &[u8], error| inputs.refused("G01", "keytab", octets, (Keytab::parse(octets).err(), error));
    for version in [0, 1, 3, 4, 5, 255] {
        refused(&[5, version, 0, 0], keytab::Error::Version(version));
    }
    for octets in [&b""[..], &[5], &[2, 5], &[1, 5, 0, 0], b"BQIAAABV"] {
        refused(octets, keytab::Error::NotAKeytab);
    }
    for size in [i32::MAX, 0x0100_0000, -5, i32::MIN, i32::MIN + 1, 5] {
        let octets = [&whole[..], &size.to_be_bytes(), b"four"].concat();
        refused(&octets, keytab::Error::Size { offset: whole.len(), size });
    }
    for trailing in 1..=3 {
        let octets = [&whole[..], &[0; 3][..trailing]].concat();
        refused(&octets, keytab::Error::Truncated { offset: whole.len() });
    }
}
