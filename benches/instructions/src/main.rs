//! One piece of work, again and again: `negotiate-instructions list`, `count WORK TIMES` under a counter of instructions
//! (`instructions.sh`), or `time WORK ROUNDS`, which prints nanoseconds each: the quickest round, and the median.

mod floor;
mod works;

use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        ["list"] => works::NAMES.iter().for_each(|name| println!("{name}")),
        ["count", name, times] => {
            let mut work = works::named(name);
            (0..times.parse().unwrap()).for_each(|time| work(time));
        }
        ["time", name, rounds] => time(works::named(name), rounds.parse().unwrap()),
        _ => panic!("list, count WORK TIMES or time WORK ROUNDS"),
    }
}

fn time(mut work: impl FnMut(usize), rounds: usize) {
    let mut nanoseconds: Vec<_> = (0..rounds)
        .map(|_| {
            let begun = Instant::now();
            (0..works::TOKENS).for_each(&mut work);
            begun.elapsed().as_secs_f64() * 1e9 / works::TOKENS as f64
        })
        .collect();
    nanoseconds.sort_by(f64::total_cmp);
    println!("{:.0} {:.0}", nanoseconds[0], nanoseconds[rounds / 2]);
}
