//! What a figure should be: the file `targets`.

use crate::figures::Figures;

/// `PATTERN MEASURE <=|>= FIGURE`, and `GROUP = WHO…`.
pub(crate) struct Targets {
    targets: Vec<Target>,
    groups: Vec<(String, Vec<String>)>,
}

struct Target {
    pattern: String,
    measure: String,
    is_least: bool,
    bound: f64,
}

/// What became of a target.
pub(crate) enum Verdict {
    Met,
    Missed,
    /// Nobody to compare with.
    Open,
}

impl Targets {
    pub(crate) fn parse(text: &str) -> Self {
        let mut targets = Self { targets: vec![], groups: vec![] };
        for line in text.lines().filter_map(|line| line.split('#').next()) {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                [] => {}
                [group, "=", ref members @ ..] => {
                    targets.groups.push((group.into(), members.iter().map(|who| (*who).into()).collect()));
                }
                [pattern, measure, sign @ ("<=" | ">="), bound] => targets.targets.push(Target {
                    pattern: pattern.into(),
                    measure: measure.into(),
                    is_least: sign == ">=",
                    bound: bound.parse().unwrap(),
                }),
                _ => panic!("no target: {line}"),
            }
        }
        targets
    }

    /// What is said of a work, and what came of it.
    pub(crate) fn judge(&self, figures: &Figures, work: &str) -> Vec<(String, Verdict)> {
        let targets = self.targets.iter().filter_map(|target| Some((target, captures(&target.pattern, work)?)));
        let judged = targets.map(|(target, captured)| {
            let figure = self.figure(figures, work, &target.measure, &captured);
            let is_met =
                figure.map(|figure| if target.is_least { figure >= target.bound } else { figure <= target.bound });
            let sign = if target.is_least { ">=" } else { "<=" };
            let (word, verdict) = match is_met {
                Some(true) => ("met", Verdict::Met),
                Some(false) => ("MISSED", Verdict::Missed),
                None => ("open", Verdict::Open),
            };
            let figure = figure.map_or_else(|| "?".into(), short);
            (format!("{} {figure} {sign} {} {word}", target.measure, target.bound), verdict)
        });
        judged.collect()
    }

    fn figure(&self, figures: &Figures, work: &str, measure: &str, captured: &[&str]) -> Option<f64> {
        if measure == "here" {
            figures.median("here", work)
        } else if let Some(other) = measure.strip_prefix(':') {
            figures.paired(["here", work], ["here", &filled(other, captured)], |one, other| one / other)
        } else if let Some(other) = measure.strip_prefix('-') {
            figures.paired(["here", work], ["here", &filled(other, captured)], |one, other| one - other)
        } else if let Some((_, members)) = self.groups.iter().find(|(group, _)| group == measure) {
            // The best of them.
            members.iter().filter_map(|who| ratio(figures, who, work)).min_by(f64::total_cmp)
        } else {
            ratio(figures, measure, work)
        }
    }
}

/// How many times as long as here it takes there; and of a floor, how many times as long as that it takes here.
pub(crate) fn ratio(figures: &Figures, who: &str, work: &str) -> Option<f64> {
    if is_floor(who) {
        figures.paired(["here", work], [who, work], |here, floor| here / floor)
    } else {
        figures.paired([who, work], ["here", work], |peer, here| peer / here)
    }
}

pub(crate) fn is_floor(who: &str) -> bool {
    who.starts_with("floor")
}

/// Three digits.
pub(crate) fn short(figure: f64) -> String {
    match figure.abs() {
        100.0.. => format!("{figure:.0}"),
        10.0.. => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

/// What the stars of a pattern stand for, each for one name between slashes or a part of it.
fn captures<'w>(pattern: &str, work: &'w str) -> Option<Vec<&'w str>> {
    let (patterns, names): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), work.split('/').collect());
    let mut captured = Vec::new();
    for (pattern, name) in patterns.iter().zip(&names) {
        match pattern.split_once('*') {
            None if pattern == name => {}
            None => return None,
            Some((before, after)) => captured.push(name.strip_prefix(before)?.strip_suffix(after)?),
        }
    }
    (patterns.len() == names.len()).then_some(captured)
}

fn filled(pattern: &str, captured: &[&str]) -> String {
    captured.iter().fold(pattern.to_string(), |pattern, part| pattern.replacen('*', part, 1))
}
