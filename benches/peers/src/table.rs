//! The table: a row for each work, a column for each who has a figure of that section.

use std::fs;

use crate::figures::Figures;
use crate::targets::{Targets, Verdict, is_floor, ratio, short};

/// The sections, and the first names of their works. Works of messages begin with an encryption type.
const SECTIONS: [(&str, &[&str]); 8] = [
    ("spnego", &["spnego", "ap-req"]),
    ("accept", &["accept", "accept-memory"]),
    ("ntlm", &["ntlm"]),
    ("decrypt", &["decrypt"]),
    ("string-to-key", &["string-to-key"]),
    ("keytab", &["keytab"]),
    ("replay", &["replay"]),
    ("messages", &[]),
];

pub(crate) fn print(figures: &str, targets: &str, is_markdown: bool) {
    let figures = Figures::parse(&fs::read_to_string(figures).unwrap());
    let targets = Targets::parse(&fs::read_to_string(targets).unwrap());
    let (mut met, mut missed, mut open) = (0, 0, 0);
    for (section, _) in SECTIONS {
        let works: Vec<_> =
            figures.works.iter().filter(|work| section_of(work) == section).map(String::as_str).collect();
        if works.is_empty() {
            continue;
        }
        let mut peers: Vec<_> = figures.peers.iter().map(String::as_str).filter(|who| *who != "here").collect();
        peers.retain(|who| works.iter().any(|work| figures.median(who, work).is_some()));
        peers.sort_by_key(|who| !is_floor(who));
        let mut head: Vec<String> = vec![section.into(), "here".into()];
        head.extend(
            peers.iter().map(|who| format!("{who} ({})", if is_floor(who) { "here : it" } else { "it : here" })),
        );
        head.push("targets".into());
        let rows = works.iter().map(|work| {
            let mut row = vec![named(&figures, work), cell(figures.median("here", work))];
            row.extend(peers.iter().map(|who| match (figures.median(who, work), ratio(&figures, who, work)) {
                (Some(figure), Some(ratio)) => format!("{} ({})", thousands(figure), short(ratio)),
                (figure, _) => cell(figure),
            }));
            let judged = targets.judge(&figures, work);
            judged.iter().for_each(|(_, verdict)| match verdict {
                Verdict::Met => met += 1,
                Verdict::Missed => missed += 1,
                Verdict::Open => open += 1,
            });
            row.push(judged.into_iter().map(|(text, _)| text).collect::<Vec<_>>().join("; "));
            row
        });
        let rows: Vec<_> = rows.collect();
        lay_out(&head, &rows, is_markdown);
    }
    println!("{met} met, {missed} missed, {open} without a figure to compare with");
}

fn section_of(work: &str) -> &'static str {
    let first = work.split('/').next().unwrap_or_default();
    SECTIONS.iter().find(|(_, names)| names.contains(&first)).map_or("messages", |(section, _)| section)
}

fn named(figures: &Figures, work: &str) -> String {
    let unit = figures.unit(work);
    if unit.is_empty() { work.into() } else { format!("{work}, {unit}") }
}

fn cell(figure: Option<f64>) -> String {
    figure.map_or_else(|| "-".into(), thousands)
}

/// A whole number, its digits in threes.
fn thousands(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn lay_out(head: &[String], rows: &[Vec<String>], is_markdown: bool) {
    if is_markdown {
        println!("| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
        rows.iter().for_each(|row| println!("| {} |", row.join(" | ")));
    } else {
        let all = || rows.iter().map(Vec::as_slice).chain([head]);
        let width = |column: usize| all().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let widths: Vec<_> = (0..head.len()).map(width).collect();
        for row in [head].into_iter().chain(rows.iter().map(Vec::as_slice)) {
            let line = row.iter().zip(&widths).enumerate().map(|(index, (cell, &width))| match index {
                0 => format!("{cell:<width$}"),
                _ if index + 1 == row.len() => format!("  {cell}"),
                _ => format!("  {cell:>width$}"),
            });
            println!("{}", line.collect::<String>().trim_end());
        }
    }
    println!();
}
