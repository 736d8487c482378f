//! Spoilt logins, judged by this crate's acceptor and by another's: where the two differ, a line of `reasons.md` says why, or the
//! run fails. `bash tests/live/differential.sh` runs it.
//!
//!     negotiate-differential KEYTAB JUDGE NAME COUNT SEED
//!
//! * `KEYTAB`: where to write the keys for the other, which runs as `JUDGE` and is called `NAME` in `reasons.md`.

mod edits;
mod judges;
mod mint;
#[allow(dead_code, reason = "messages have more done to them than logins")]
mod mutate;
mod notes;
mod reasons;

use std::collections::BTreeMap;
use std::process::ExitCode;

use negotiate::Timestamp;

use judges::{Facts, Ours, Theirs, Verdict, hex, write_keytab};
use mint::{Minted, Result, World};
use mutate::Chance;
use reasons::Reasons;

/// How many tokens the other is given at once.
const BATCH: usize = 512;

/// A pair of verdicts, and how often it came.
struct Class {
    count: usize,
    /// One that came to it.
    example: String,
    layers: BTreeMap<String, usize>,
}

type Classes = BTreeMap<(String, String), Class>;

fn main() -> Result<ExitCode> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [keytab, judge, name, count, seed] = &arguments[..] else {
        return Err("KEYTAB JUDGE NAME COUNT SEED".into());
    };
    let world = World::new()?;
    write_keytab(&world.keytab(), keytab)?;
    let reasons = Reasons::of(name)?;
    let begun = std::time::Instant::now();
    let (classes, deaths) = compare(&world, judge, count.parse()?, seed.parse()?)?;
    let unlisted = report(&classes, &reasons);
    let total: usize = classes.values().map(|class| class.count).sum();
    println!(
        "{total} tokens, seed {seed}, {} s; {deaths} of which {name} died; {unlisted} classes without a reason",
        begun.elapsed().as_secs()
    );
    Ok(if unlisted == 0 && total > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Both judges' verdicts on so many tokens, and how many the other died of.
fn compare(world: &World, judge: &str, count: usize, seed: u64) -> Result<(Classes, usize)> {
    let (ours, mut theirs) = (Ours::new(world)?, Theirs::new(judge));
    let mut chance = Chance(seed);
    let (mut classes, mut deaths) = (Classes::new(), 0);
    let mut left = count;
    while left > 0 {
        let size = BATCH.min(left);
        let batch: Vec<_> = (0..size).map(|_| world.mint(Timestamp::now(), &mut chance)).collect::<Result<_>>()?;
        theirs.send(&batch)?;
        let now = Timestamp::now();
        let verdicts: Vec<_> = batch.iter().map(|minted| ours.judge(world, minted, now)).collect();
        for ((minted, ours), theirs) in batch.iter().zip(verdicts).zip(theirs.verdicts(&batch)?) {
            deaths += usize::from(theirs.is_none());
            count_one(&mut classes, minted, &ours, &theirs.unwrap_or(Verdict::Out("death".to_owned())));
        }
        left -= size;
    }
    Ok((classes, deaths))
}

fn count_one(classes: &mut Classes, minted: &Minted, ours: &Verdict, theirs: &Verdict) {
    let pair = match (ours, theirs) {
        (Verdict::In(ours), Verdict::In(theirs)) => (in_with_note(minted, ours, theirs), difference(ours, theirs)),
        // Two refusals are one, whatever their words.
        (Verdict::Out(_), Verdict::Out(_)) => (word(ours), "out".to_owned()),
        (_, Verdict::Out(_)) => (format!("{}{}", word(ours), notes::note(minted)), word(theirs)),
        _ => (word(ours), word(theirs)),
    };
    let class = classes.entry(pair).or_insert_with(|| Class {
        count: 0,
        example: example(minted, ours, theirs),
        layers: BTreeMap::new(),
    });
    class.count += 1;
    *class.layers.entry(minted.layers.join(", ")).or_default() += 1;
}

/// A ticket's end that the other cannot hold is told apart.
fn in_with_note(minted: &Minted, ours: &Facts, theirs: &Facts) -> String {
    let is_other = difference(ours, theirs).contains("lifetime");
    format!("in{}", if is_other { notes::note(minted) } else { "" })
}

fn example(minted: &Minted, ours: &Verdict, theirs: &Verdict) -> String {
    let [ticket, authenticator] = &minted.parts;
    let lines = [
        format!("by {}", minted.layers.join(", ")),
        format!("here {ours:?}"),
        format!("there {theirs:?}"),
        format!("choice {}, token {}", minted.choice, hex(&minted.token)),
        format!("EncTicketPart {}", hex(ticket)),
        format!("Authenticator {}", hex(authenticator)),
    ];
    lines.join("\n             ")
}

fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::In(_) => "in".to_owned(),
        Verdict::GoesOn => "goes on".to_owned(),
        Verdict::Out(why) => format!("out: {why}"),
    }
}

/// What two judges that let somebody in see otherwise in him.
fn difference(ours: &Facts, theirs: &Facts) -> String {
    let mut differences = vec!["in".to_owned()];
    if ours.name != theirs.name {
        differences.push("name".to_owned());
    }
    if ours.flags != theirs.flags {
        differences.push(format!("flags {:#x}", ours.flags ^ theirs.flags));
    }
    if ours.is_delegated != theirs.is_delegated {
        differences.push("delegation".to_owned());
    }
    if ours.key_length != theirs.key_length && theirs.key_length != 0 {
        differences.push("key length".to_owned());
    } else if !ours.key.is_empty() && !theirs.key.is_empty() && ours.key != theirs.key {
        differences.push("key".to_owned());
    }
    if ours.etype != theirs.etype && theirs.etype != 0 {
        differences.push(format!("key type {} {}", ours.etype, theirs.etype));
    }
    // MIT krb5 takes the skew for lifetime, and has none left to tell behind it.
    let seconds = |skew| ours.seconds.saturating_add(skew).max(0).abs_diff(theirs.seconds);
    if seconds(0).min(seconds(300)) > 30 {
        differences.push("lifetime".to_owned());
    }
    differences.join(", ")
}

/// Prints the classes, those that differ with their reason, and counts those that have none.
fn report(classes: &Classes, reasons: &Reasons) -> usize {
    let mut unlisted = 0;
    let mut sorted: Vec<_> = classes.iter().collect();
    sorted.sort_by_key(|(_, class)| core::cmp::Reverse(class.count));
    println!("{:>9}  {:<44} {:<44} reason", "tokens", "here", "there");
    for ((ours, theirs), class) in sorted {
        let agree = ours == theirs || (ours.starts_with("out") && theirs.starts_with("out"));
        let reason = if agree { Some("-") } else { reasons.find(ours, theirs) };
        println!("{:>9}  {ours:<44} {theirs:<44} {}", class.count, reason.unwrap_or("NONE"));
        if reason.is_none() {
            unlisted += 1;
            let mut layers: Vec<_> = class.layers.iter().collect();
            layers.sort_by_key(|(_, count)| core::cmp::Reverse(**count));
            println!("           by {:?}", &layers[..layers.len().min(8)]);
            println!("           such as\n             {}", class.example);
        }
    }
    unlisted
}
