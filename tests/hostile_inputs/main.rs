//! How many hostile inputs there are: each another one, put to its reader and refused by the exact error that its row of
//! docs/threats.md says.
//!
//! Only what somebody thought of counts: no flipped bits, no prefixes by the hundred, and of one row [`MOST`] at most, so that no loop makes
//! up the number. The tests that the rows name try these and more, each with what is said of it.
#![cfg(all(feature = "std", feature = "kerberos", feature = "ntlm"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod encodings;
mod files;
mod logins;
mod ntlm;
mod requests;
#[path = "../differential_rasn/seeds.rs"]
mod seeds;
#[path = "../messages/tree.rs"]
#[allow(dead_code, reason = "another test's")]
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::panic::Location;

/// The most that a row counts for.
const MOST: usize = 40;

/// What was refused.
#[derive(Default)]
pub(crate) struct Inputs {
    seen: BTreeSet<(&'static str, Vec<u8>)>,
    rows: BTreeMap<&'static str, usize>,
    /// What was not refused so.
    wrong: Vec<String>,
}

impl Inputs {
    /// An input of that row, which its reader refused: `reader` tells apart readers of the same octets.
    #[track_caller]
    pub(crate) fn refused<E: Debug + PartialEq>(
        &mut self,
        row: &'static str,
        reader: &'static str,
        octets: &[u8],
        (found, expected): (Option<E>, E),
    ) {
        if found.as_ref() != Some(&expected) {
            let line = Location::caller().line();
            self.wrong.push(format!("{row}, {reader}, line {line}: {found:?}, not {expected:?}: {octets:02x?}"));
        } else if self.seen.insert((reader, octets.to_vec())) {
            *self.rows.entry(row).or_default() += 1;
        }
    }
}

#[test]
fn there_are_600_hostile_inputs_at_least() {
    let mut inputs = Inputs::default();
    encodings::inputs(&mut inputs);
    logins::inputs(&mut inputs);
    ntlm::inputs(&mut inputs);
    files::inputs(&mut inputs);
    requests::inputs(&mut inputs);
    assert!(inputs.wrong.is_empty(), "{:#?}", inputs.wrong);
    let mut sections: BTreeMap<&str, (usize, Vec<String>)> = BTreeMap::new();
    for (row, count) in &inputs.rows {
        let counted = (*count).min(MOST);
        let (sum, rows) = sections.entry(&row[..1]).or_default();
        *sum += counted;
        rows.push(format!("{row} {counted}"));
    }
    for (section, (sum, rows)) in &sections {
        println!("{section}: {sum:>4}  ({})", rows.join(", "));
    }
    let total: usize = sections.values().map(|(sum, _)| sum).sum();
    println!("{total} hostile inputs, of one row {MOST} at most");
    assert!(total >= 600, "{total}");
    assert!(
        "ABCDEFGH".split("").filter(|id| !id.is_empty()).all(|id| sections.contains_key(id)),
        "a section is missing"
    );
}
