//! The server signature, checked with the key that opened the ticket.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::inspect::tree::{CHECK, Tree};
use crate::kerberos::keytab::KeytabKey;
use crate::kerberos::pac::{BufferType, Error, Pac, Signature};

const SERVER: i64 = 6;
const KDC: i64 = 7;

/// Says at each signature of the PAC in `plaintext`, a decrypted ticket, whether it is right. What is wrong goes to the
/// remarks. The acceptor's own functions judge, so that nothing is called right here that is refused there.
pub(in crate::inspect) fn check(tree: &mut Tree, plaintext: &[u8], key: KeytabKey<'_>) -> Option<String> {
    let mut pacs = tree.of_kind("PACTYPE");
    let pac = tree.node(pacs.next()?)?.range.clone();
    let wrong = match pacs.next() {
        Some(_) => Some(String::from("there is more than one PAC, so that none counts")),
        None => what_is_wrong(plaintext.get(pac).unwrap_or_default(), key),
    };
    drop(pacs);
    let buffers: Vec<_> = tree.of_kind("PAC_INFO_BUFFER").collect();
    for buffer in buffers {
        let (Some(number), Some(range)) = (tree.number(buffer), tree.node(buffer).map(|node| node.range.clone()))
        else {
            continue;
        };
        let verdict = match number {
            SERVER => wrong.as_deref().unwrap_or("right: by the key that opened the ticket"),
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

fn what_is_wrong(octets: &[u8], key: KeytabKey<'_>) -> Option<String> {
    match Pac::parse(octets).and_then(|pac| Signature::of_server(&pac, key.pac_key())) {
        Ok(_) => None,
        Err(Error::Missing(BufferType::SERVER_CHECKSUM)) => {
            Some(String::from("the PAC has no server signature: nobody vouches for it"))
        }
        Err(Error::BadServerChecksum) => {
            Some(String::from("the PAC's server signature is wrong: it was changed, or is another ticket's"))
        }
        Err(error) => Some(format!("the PAC is refused: {error}")),
    }
}
