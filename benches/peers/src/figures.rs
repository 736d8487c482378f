//! What was measured: `ROUND WHO WORK FIGURE [UNIT]` a line.

use std::collections::BTreeMap;

/// Figures by who and work, then by round.
pub(crate) struct Figures {
    by_round: BTreeMap<(String, String), BTreeMap<u32, f64>>,
    /// Who there is, and what was worked on, each in the order in which it came.
    pub(crate) peers: Vec<String>,
    pub(crate) works: Vec<String>,
    units: BTreeMap<String, String>,
}

impl Figures {
    pub(crate) fn parse(text: &str) -> Self {
        let mut figures = Self { by_round: BTreeMap::new(), peers: vec![], works: vec![], units: BTreeMap::new() };
        for line in text.lines() {
            let [round, who, work, figure, ref unit @ ..] = line.split_whitespace().collect::<Vec<_>>()[..] else {
                panic!("no figure: {line}")
            };
            let rounds = figures.by_round.entry((who.into(), work.into())).or_default();
            rounds.insert(round.parse().unwrap(), figure.parse().unwrap());
            remember(&mut figures.peers, who);
            remember(&mut figures.works, work);
            if let [unit] = unit {
                figures.units.insert(work.into(), (*unit).into());
            }
        }
        figures
    }

    pub(crate) fn unit(&self, work: &str) -> &str {
        self.units.get(work).map_or("", String::as_str)
    }

    /// The median of all rounds.
    pub(crate) fn median(&self, who: &str, work: &str) -> Option<f64> {
        median(self.rounds(who, work)?.values().copied().collect())
    }

    /// The median of what `of` makes of the figures of a round: the first's and the second's.
    pub(crate) fn paired(&self, first: [&str; 2], second: [&str; 2], of: fn(f64, f64) -> f64) -> Option<f64> {
        let (first, second) = (self.rounds(first[0], first[1])?, self.rounds(second[0], second[1])?);
        median(first.iter().filter_map(|(round, one)| Some(of(*one, *second.get(round)?))).collect())
    }

    fn rounds(&self, who: &str, work: &str) -> Option<&BTreeMap<u32, f64>> {
        self.by_round.get(&(who.into(), work.into()))
    }
}

fn remember(known: &mut Vec<String>, name: &str) {
    if !known.iter().any(|other| other == name) {
        known.push(name.into());
    }
}

fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}
