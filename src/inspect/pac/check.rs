//! The server signature, checked with the key that opened the ticket.

use alloc::vec::Vec;
use core::ops::Range;

use zeroize::Zeroizing;

use crate::inspect::tree::{CHECK, Tree};
use crate::kerberos::keytab::KeytabKey;

/// SignatureType, which is signed as it is; behind it zeros are ([MS-PAC] section 2.8.4).
const TYPE_LENGTH: usize = 4;

const SERVER: i64 = 6;
const KDC: i64 = 7;

/// Says at each signature of the PAC in `plaintext`, a decrypted ticket, whether it is right. What is wrong goes to the remarks.
pub(in crate::inspect) fn check(tree: &mut Tree, plaintext: &[u8], key: KeytabKey<'_>) -> Option<&'static str> {
    let pac = tree.of_kind("PACTYPE").next()?;
    let whole = tree.node(pac)?.range.clone();
    let buffers: Vec<_> = tree.of_kind("PAC_INFO_BUFFER").collect();
    let mut wrong = Some("the PAC has no server signature: nobody vouches for it");
    for buffer in buffers {
        let (Some(number), Some(range)) = (tree.number(buffer), tree.node(buffer).map(|node| node.range.clone()))
        else {
            continue;
        };
        let verdict = match number {
            SERVER => {
                wrong = match is_right(tree, plaintext, &whole, &range, key) {
                    true => None,
                    false => Some("the PAC's server signature is wrong: it was changed, or is another ticket's"),
                };
                wrong.unwrap_or("right: by the key that opened the ticket")
            }
            KDC | 16 | 19 => "unverified: only the key of krbtgt can tell",
            _ => continue,
        };
        let node = tree.add(buffer, CHECK, "check", range);
        tree.set_value(node, verdict);
    }
    if wrong.is_some() {
        tree.unsound();
    }
    wrong
}

fn is_right(tree: &Tree, plaintext: &[u8], pac: &Range<usize>, server: &Range<usize>, key: KeytabKey<'_>) -> bool {
    let key = key.pac_key();
    let mut blanked = Zeroizing::new(plaintext.to_vec()); // the session key is in it
    for buffer in tree.of_kind("PAC_INFO_BUFFER").filter(|index| matches!(tree.number(*index), Some(SERVER | KDC))) {
        let range = tree.node(buffer).map(|node| node.range.clone()).unwrap_or_default();
        let begin = range.start.saturating_add(TYPE_LENGTH);
        blanked.get_mut(begin..range.end).unwrap_or_default().fill(0);
    }
    let Some((kind, rest)) = plaintext.get(server.clone()).and_then(|signature| signature.split_first_chunk()) else {
        return false;
    };
    let (Some(signed), Some(signature)) = (blanked.get(pac.clone()), rest.get(..key.checksum_len())) else {
        return false;
    };
    i32::from_le_bytes(*kind) == key.checksum_type().0 && key.verify(&[signed], signature).is_ok()
}
