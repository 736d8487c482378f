//! docs/threats.md, held against the tree: each attack names a test, and each test that is named exists.

#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// One row of a table.
struct Row {
    id: String,
    tests: Vec<String>,
}

#[test]
fn every_attack_has_a_test_that_exists() {
    let rows = rows(&read("docs/threats.md"));
    let mut missing = Vec::new();
    for row in &rows {
        assert!(!row.tests.is_empty(), "{} names no test", row.id);
        missing.extend(row.tests.iter().filter(|test| !exists(test)).map(|test| format!("{}: {test}", row.id)));
    }
    assert!(missing.is_empty(), "no such test: {missing:#?}");
    let ids: BTreeSet<_> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids.len(), rows.len(), "an id stands twice");
    // All of the sections whose code is here.
    for (section, count) in
        [('A', 14), ('B', 16), ('C', 16), ('D', 29), ('E', 20), ('F', 12), ('G', 3), ('H', 12), ('S', 5)]
    {
        for number in 1..=count {
            assert!(ids.contains(format!("{section}{number:02}").as_str()), "{section}{number:02} is not there");
        }
    }
    println!("{} attacks, {} tests", rows.len(), rows.iter().map(|row| row.tests.len()).sum::<usize>());
}

/// A test whose name begins with a row's id belongs to a row of the page.
#[test]
fn every_id_in_a_tests_name_has_a_row() {
    let page = read("docs/threats.md");
    let ids: BTreeSet<_> = rows(&page).into_iter().map(|row| row.id).collect();
    for file in ["src", "tests"].iter().flat_map(|folder| sources(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))) {
        for name in fs::read_to_string(&file).unwrap().lines().filter_map(function) {
            let id = name.split('_').next().unwrap().to_uppercase();
            let is_id = id.len() == 3
                && id.starts_with(|c: char| ('A'..='H').contains(&c) || c == 'S')
                && id[1..].parse::<u8>().is_ok();
            assert!(
                !is_id || ids.contains(&id),
                "{}: {name} is for a row that docs/threats.md does not have",
                file.display()
            );
        }
    }
}

/// The rows of all tables whose last column names tests.
fn rows(page: &str) -> Vec<Row> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    let lines = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| id "));
    let rows = lines.map(|line| {
        let cells = cells(line);
        assert_eq!(cells.len(), 4, "not id, attack, rule and test: {line}");
        assert!(cells.iter().all(|cell| !cell.is_empty()), "an empty cell: {line}");
        let tests = cells[3].split('`').filter(|part| part.contains("::")).map(str::to_owned).collect();
        Row { id: cells[0].clone(), tests }
    });
    rows.collect()
}

/// Whether the file has a function of that name, with `#[test]` among its attributes.
fn exists(test: &str) -> bool {
    let (file, name) = test.split_once("::").unwrap();
    let Ok(source) = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)) else { return false };
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| function(line) == Some(name));
    let above =
        |at: usize| lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    at.is_some_and(|at| above(at).any(|line| *line == "#[test]"))
}

/// The name of the function that begins on a line.
fn function(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("fn ")?.split_once('(').map(|(name, _)| name)
}

fn sources(folder: impl AsRef<Path>) -> Vec<std::path::PathBuf> {
    let mut folders = vec![folder.as_ref().to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}
