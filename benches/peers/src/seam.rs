//! Reading what `mint` wrote: for every peer in Rust.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;

/// The tokens of one work, in their order.
pub(crate) struct Tokens(BufReader<File>);

impl Tokens {
    /// One at a time.
    pub(crate) fn open(dir: &Path, work: &str) -> Self {
        Self(BufReader::new(File::open(dir.join(work).with_extension("tokens")).unwrap()))
    }

    /// At most `count` of them.
    pub(crate) fn read(dir: &Path, work: &str, count: usize) -> Vec<Vec<u8>> {
        Self::open(dir, work).take(count).collect()
    }
}

impl Iterator for Tokens {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).ok()?;
        let mut token = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        self.0.read_exact(&mut token).unwrap();
        Some(token)
    }
}

/// Calls `take` with each work that there are tokens for: `accept/ETYPE/FRAMING/PAC`.
pub(crate) fn each_work(dir: &Path, mut take: impl FnMut(&str)) {
    for etype in names(&dir.join("accept")) {
        for framing in names(&dir.join("accept").join(&etype)) {
            for file in names(&dir.join("accept").join(&etype).join(&framing)) {
                if let Some(pac) = file.strip_suffix(".tokens") {
                    take(&format!("accept/{etype}/{framing}/{pac}"));
                }
            }
        }
    }
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Resident memory of this process, in KiB.
pub(crate) fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// How long the encrypted parts of a work's tokens are, and of its answer; zero for what is not there.
pub(crate) struct Lengths {
    pub(crate) ticket: usize,
    pub(crate) authenticator: usize,
    pub(crate) answer: usize,
    pub(crate) pac: usize,
}

impl Lengths {
    pub(crate) fn read(dir: &Path, work: &str) -> Self {
        let text = fs::read_to_string(dir.join(work).with_extension("lengths")).unwrap();
        let lengths: Vec<usize> = text.split_whitespace().map(|length| length.parse().unwrap()).collect();
        let [ticket, authenticator, answer, pac] = lengths[..] else { panic!("{work} has other lengths") };
        Self { ticket, authenticator, answer, pac }
    }
}
