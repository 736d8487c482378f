//! The differences that have a reason: the tables of `tests/live/differential.md`.

use crate::mint::Result;

const PAGE: &str = include_str!("../../differential.md");

/// The rows that are about one judge.
pub(crate) struct Reasons(Vec<[&'static str; 3]>);

impl Reasons {
    /// Rows of `| who | here | there | reason |`; a `*` at the end of a cell stands for anything.
    pub(crate) fn of(judge: &str) -> Result<Self> {
        let mut rows = Vec::new();
        for line in PAGE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| who")) {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            let [who, here, there, reason] = cells[..] else { return Err(format!("no row: {line}").into()) };
            if reason.is_empty() {
                return Err(format!("no reason: {line}").into());
            }
            if who.split(", ").any(|who| who == judge) {
                rows.push([here, there, reason]);
            }
        }
        Ok(Self(rows))
    }

    pub(crate) fn find(&self, ours: &str, theirs: &str) -> Option<&'static str> {
        let is = |pattern: &str, word: &str| match pattern.strip_suffix('*') {
            Some(start) => word.starts_with(start),
            None => word == pattern,
        };
        self.0.iter().find(|[here, there, _]| is(here, ours) && is(there, theirs)).map(|[_, _, reason]| *reason)
    }
}
