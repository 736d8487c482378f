//! What a person would want to know of a PAC.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::inspect::tree::Tree;

/// Groups from which on a token is large.
const MANY: usize = 100;

/// All that is worth a word. `token`: its octets as they came.
pub(in crate::inspect) fn of(tree: &Tree, token: usize) -> Vec<String> {
    let mut hints = Vec::new();
    if tree.of_kind("PACTYPE").next().is_none() {
        return hints;
    }
    let has = |number| tree.of_kind("PAC_INFO_BUFFER").any(|buffer| tree.number(buffer) == Some(number));
    if !has(1) {
        hints.push("the PAC has no logon information: no SIDs, no groups; MIT's KDC makes such PACs".into());
    }
    let groups =
        tree.of_kind("GROUP_MEMBERSHIP").count().saturating_add(tree.of_kind("KERB_SID_AND_ATTRIBUTES").count());
    if groups >= MANY {
        hints.push(format!(
            "this user is in {groups} groups: the token has {}, and {} as a header line. Many servers and proxies take 8 KiB of \
             headers: raise their limit, or take the user out of groups",
            kibibytes(token),
            kibibytes(token.div_ceil(3).saturating_mul(4))
        ));
    }
    hints
}

/// In KiB, with one digit behind the point.
fn kibibytes(octets: usize) -> String {
    let tenths = octets.saturating_mul(10).div_ceil(1024);
    format!("{}.{} KiB", tenths.div_euclid(10), tenths.rem_euclid(10))
}
