//! The records of a keytab ("Keytab file format" in MIT krb5's documentation).
//!
//! A record is lengths, and octets that are copied: so lengths are tried in full and around what there is, of the octets only those of
//! names are looked at (a control character is none), and one value stands for all others.

use negotiate::kerberos::keytab::{Error, Keytab};

use crate::exhaustive::{around, depth, every};

/// What an entry says, in the order of the file.
#[derive(Debug, Eq, PartialEq)]
struct Entry {
    names: Vec<Vec<u8>>,
    name_type: i32,
    timestamp: i64,
    kvno: u32,
    etype: i32,
    key: Vec<u8>,
}

struct Walk<'a>(&'a [u8]);

impl Walk<'_> {
    fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        let taken = self.0.get(..count)?.to_vec();
        self.0 = &self.0[count..];
        Some(taken)
    }

    fn number(&mut self, octets: usize) -> Option<usize> {
        self.take(octets).map(|octets| octets.iter().fold(0, |number, octet| number * 256 + usize::from(*octet)))
    }

    fn counted(&mut self) -> Option<Vec<u8>> {
        let count = self.number(2)?;
        self.take(count)
    }

    fn entry(mut self) -> Option<Entry> {
        let count = self.number(2)?;
        let names = (0..=count).map(|_| self.counted()).collect::<Option<Vec<_>>>()?;
        let name_type = self.number(4)? as u32 as i32;
        let timestamp = i64::try_from(self.number(4)?).unwrap();
        let short = self.number(1)?;
        let etype = i32::from(self.number(2)? as u16 as i16);
        let key = self.counted()?;
        let kvno = self.number(4).filter(|kvno| *kvno != 0).unwrap_or(short);
        // A name has a realm and 1 to 16 components, all of them to be shown.
        let is_name = (1..=16).contains(&count) && !names[0].is_empty();
        let shows = names.iter().flatten().all(|octet| *octet >= 0x20 && *octet != 0x7f);
        let kvno = u32::try_from(kvno).unwrap();
        (is_name && shows).then_some(Entry { names, name_type, timestamp, kvno, etype, key })
    }
}

fn model(file: &[u8]) -> Option<Vec<Entry>> {
    let mut walk = Walk(file.strip_prefix(&[5, 2])?);
    let mut entries = Vec::new();
    while !walk.0.is_empty() {
        let size = walk.number(4)? as u32 as i32;
        match size {
            0 => break,
            1.. => entries.push(Walk(&walk.take(size as usize)?).entry()?),
            _ => drop(walk.take(usize::try_from(-i64::from(size)).unwrap())?),
        }
    }
    Some(entries)
}

fn agree(file: &[u8]) {
    let keytab = Keytab::parse(file);
    let found = keytab.as_ref().ok().map(|keytab| {
        let entry = |entry: &negotiate::kerberos::keytab::KeytabEntry| Entry {
            names: std::iter::once(entry.principal().realm())
                .chain(entry.principal().components())
                .map(<[u8]>::to_vec)
                .collect(),
            name_type: entry.principal().name_type().0,
            timestamp: entry.created().as_seconds(),
            kvno: entry.kvno(),
            etype: entry.etype().0,
            key: entry.expose_key().to_vec(),
        };
        keytab.entries().map(entry).collect()
    });
    assert_eq!(found, model(file), "{file:02x?}");
    // What is written is read as the same, and has nothing but the records.
    if let Ok(keytab) = &keytab {
        let written = keytab.to_bytes();
        assert!(written.expose().len() <= file.len() && model(written.expose()) == model(file), "{file:02x?}");
    }
}

/// A record of these parts with its size, each length as it must be or changed by as much.
fn record(components: &[&[u8]], key: &[u8], tail: &[u8], changes: [i32; 4]) -> Vec<u8> {
    let [size, count, realm, key_length] = changes;
    let changed = |length: usize, by: i32| (length as u16).wrapping_add(by as u16).to_be_bytes();
    let mut octets = changed(components.len(), count).to_vec();
    octets.extend(changed(1, realm));
    octets.push(b'R');
    for component in components {
        octets.extend(changed(component.len(), 0));
        octets.extend_from_slice(component);
    }
    octets.extend([0, 0, 0, 1, 0, 0, 0, 9, 7, 0, 18]);
    octets.extend(changed(key.len(), key_length));
    octets.extend_from_slice(key);
    octets.extend_from_slice(tail);
    [&(octets.len() as i32).wrapping_add(size).to_be_bytes()[..], &octets].concat()
}

#[test]
fn exhaustive_lengths_in_keytabs() {
    let by: &[i32] = &[0, 1, -1, 2, -2, 3, 0x7f, 0xff, 0x7fff, -0x8000];
    let by = if cfg!(miri) { &by[..3] } else { by };
    let mut count = 0;
    for components in [&[&b"a"[..]][..], &[], &[b""], &[b"a", b"b"], &[b"\x1f"]] {
        for (key, tail) in [(&b""[..], &b""[..]), (b"k", b"\0\0\0\x05"), (b"kk", b"\0\0\0\0"), (b"", b"\0\0\x01")] {
            for size in by {
                for number in by {
                    for realm in by {
                        for key_length in by {
                            let one = record(components, key, tail, [*size, *number, *realm, *key_length]);
                            agree(&[&[5, 2][..], &one].concat());
                            count += 1;
                        }
                    }
                }
            }
        }
    }
    // From no component to one more than there may be.
    for components in 0..18 {
        agree(&[&[5, 2][..], &record(&vec![&b"c"[..]; components], b"k", b"", [0; 4])].concat());
    }
    println!("{count} records");
}

/// Records and holes in a row, up to a size that ends the file or is cut.
#[test]
fn exhaustive_records_of_keytabs() {
    let sound = record(&[b"a"], b"k", b"", [0; 4]);
    let pieces: [&[u8]; 8] = [
        &sound,
        &[0; 4],
        b"\xff\xff\xff\xff_",
        b"\xff\xff\xff\xfe__",
        b"\x80\0\0\0",
        b"\x7f\xff\xff\xff",
        b"\0",
        b"\0\0\0\x01_",
    ];
    let numbers: Vec<u8> = (0..8).collect();
    every(&numbers, depth(4, 2), |numbers| {
        let file: Vec<_> = numbers.iter().map(|number| pieces[usize::from(*number)]).collect();
        agree(&[&[5, 2][..], &file.concat()].concat());
    });
    let whole = [&[5, 2][..], &sound, b"\xff\xff\xff\xfe__"].concat();
    let others: &[u8] = if cfg!(miri) { &[0] } else { &[0, 0xff] };
    println!("{} files", around(&whole, others, agree));
}

#[test]
fn exhaustive_beginnings_of_keytabs() {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    every(&all, depth(2, 1), |octets| {
        let expected = match octets {
            [5, 2, ..] => return agree(octets),
            [5, version, ..] => Error::Version(*version),
            _ => Error::NotAKeytab,
        };
        assert_eq!(Keytab::parse(octets).err(), Some(expected), "{octets:02x?}");
    });
    every(&[0, 1, 0x80, 0xff], depth(7, 3), |octets| agree(&[&[5, 2][..], octets].concat()));
}
