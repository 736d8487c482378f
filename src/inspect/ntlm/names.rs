//! Names of users, domains and machines, in the character set that was negotiated.

use alloc::format;
use alloc::string::String;

use super::payload::Part;
use crate::inspect::escape::{plain, plain_utf16};
use crate::inspect::fixed::Fixed;
use crate::ntlm::message::{Charset, Field, Utf16};

/// A name in words: fit for a terminal, with what is odd about it.
pub(super) struct Shown {
    pub(super) text: String,
    /// What else is to be said of it.
    note: Option<String>,
    /// What is wrong with it.
    flaw: Option<&'static str>,
}

/// Adds a name to the tree.
pub(super) fn explain(fields: &mut Fixed<'_, '_, '_>, part: &Part<'_>, charset: Option<Charset>) {
    let node = fields.walk.tree.add(fields.node, "octets", part.name, part.range());
    let Shown { text, note, flaw } = name(part.octets, charset);
    let value = match note {
        Some(note) => format!("{text} ({note})"),
        None => text,
    };
    fields.walk.tree.set_value(node, value);
    if let Some(why) = flaw {
        fields.walk.tree.flaw(node, part.range(), why);
    }
}

/// Reads a name. wget says UNICODE and sends OEM: octets that are all printable ASCII are no UTF-16 that anybody has as a
/// name, or at least that is rarer than wget.
pub(super) fn name(octets: &[u8], charset: Option<Charset>) -> Shown {
    let printable = !octets.is_empty() && octets.iter().all(|octet| matches!(octet, 0x20..=0x7e));
    match charset {
        Some(Charset::Unicode) if printable => {
            let note = match octets.len() & 1 {
                0 => format!("in OEM, it seems, though UNICODE is set; as UTF-16 it is {}", plain_utf16(octets)),
                _ => "in OEM, though UNICODE is set".into(),
            };
            Shown { text: plain(octets), note: Some(note), flaw: None }
        }
        Some(Charset::Unicode) => {
            // The field makes no difference but in the error.
            let sound = Utf16::new(octets, Field::UserName).is_ok();
            let flaw = (!sound).then_some("not UTF-16: half a unit, half a surrogate pair, or a NUL inside");
            Shown { text: plain_utf16(octets), note: None, flaw }
        }
        _ => {
            let note = (!octets.is_ascii()).then(|| "in an OEM code page that nobody names".into());
            let flaw = octets.contains(&0).then_some("a NUL inside");
            Shown { text: plain(octets), note, flaw }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a09_d05_names_in_both_character_sets() {
        let unicode = |octets: &[u8]| name(octets, Some(Charset::Unicode));
        assert_eq!(unicode(b"a\0\x1b\0").text, "a\\u{1b}");
        assert_eq!((unicode(b"alice").text, unicode(b"alice").flaw), ("alice".into(), None));
        assert!(unicode(b"ADEX").note.is_some_and(|note| note.contains("UTF-16")));
        for wrong in [&b"a\0b"[..], b"a\0\0\0", b"\0\xd8a\0"] {
            assert!(unicode(wrong).flaw.is_some(), "{wrong:?}");
        }
        let oem = |octets: &[u8]| name(octets, Some(Charset::Oem));
        assert_eq!(oem(b"j\xfcrgen").text, "j\\xfcrgen");
        assert!(oem(b"j\xfcrgen").note.is_some() && oem(b"a\0").flaw.is_some());
        assert!(oem(b"").flaw.is_none() && unicode(b"").flaw.is_none());
    }
}
