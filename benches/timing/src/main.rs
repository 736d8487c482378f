//! Every comparison of a secret, and the way of a user that nobody knows: does the time that they take tell two inputs apart?
//! `negotiate-timing [SAMPLES] [PART OF A NAME]`. The exit code is 1 if time tells something, or if the control that must leak is
//! not caught: then the machine is too noisy for the rest to mean anything.

mod kerberos;
mod keys;
mod ntlm;
mod users;
mod welch;

use welch::{Coin, Experiment, Finding, timed};

/// Below it nothing is to be seen, and above `PROOF` there is no doubt (dudect's own figures are 5 and 10).
const SUSPICION: f64 = 4.5;
const PROOF: f64 = 10.0;

fn main() {
    let mut words = std::env::args().skip(1);
    let samples = words.next().map_or(100_000, |samples| samples.parse().expect("a number of samples"));
    let part = words.next().unwrap_or_default();
    let mut coin = Coin(0x2545_f491_4f6c_dd1d ^ u64::from(std::process::id()));
    println!("{:<64} {:>8} {:>8} {:>9} {:>8}  verdict", "what, and the two classes", "n", "t", "ns", "%");
    let mut leaks = 0;
    for mut experiment in all(samples).into_iter().filter(|experiment| experiment.name.contains(&part)) {
        let finding = settled(&mut experiment, &mut coin);
        let leaks_by_design = experiment.name.starts_with("CONTROL: leaks");
        let verdict = match finding.t.abs() {
            ..SUSPICION if leaks_by_design => "NOT CAUGHT",
            PROOF.. if leaks_by_design => "caught, as it must be",
            ..SUSPICION => "even",
            _ if finding.relative.abs() < experiment.allowed => "two ways, less apart than allowed",
            ..PROOF => "suspicion",
            _ => "LEAKS",
        };
        leaks += u32::from(matches!(verdict, "LEAKS" | "NOT CAUGHT"));
        let Finding { samples, t, difference, relative } = finding;
        println!(
            "{:<64} {samples:>8} {t:>8.2} {difference:>9.2} {:>8.3}  {verdict}",
            experiment.name,
            relative * 100.0
        );
    }
    std::process::exit(i32::from(leaks > 0));
}

/// What is real shows again and noise does not: of a suspicion, the middle one of three measurements counts.
fn settled(experiment: &mut Experiment<'_>, coin: &mut Coin) -> Finding {
    let first = experiment.measure(coin).test();
    if first.t.abs() < SUSPICION {
        return first;
    }
    let mut three = [first, experiment.measure(coin).test(), experiment.measure(coin).test()];
    three.sort_by(|one, other| one.t.total_cmp(&other.t));
    three[1]
}

fn all(samples: usize) -> Vec<Experiment<'static>> {
    let mut all = controls(samples);
    all.extend(keys::all(samples));
    all.extend(kerberos::all(samples));
    all.extend(ntlm::all(samples));
    all.extend(users::all(samples));
    all
}

/// How often a comparison is made while the clock runs: alone it takes less than the clock can tell.
const REPEATS: u32 = 32;

/// A comparison of octets with a secret, in two pairs of classes: that of two wrong ones which begin to differ early and late,
/// and that of a right and a wrong one.
fn comparison<const N: usize>(
    names: [&'static str; 2],
    samples: usize,
    is: fn(&[u8; N], &[u8; N]) -> bool,
) -> [Experiment<'static>; 2] {
    let secret: [u8; N] = std::array::from_fn(|at| (at * 37 + 11) as u8);
    // One counts from 1, and 0 is nowhere. All are made beforehand, and copied to one place.
    let classes = [[1, N], [0, 1]].map(|class| {
        class.map(|at: usize| {
            let mut octets = secret;
            octets[at.saturating_sub(1)] ^= u8::from(at > 0);
            octets
        })
    });
    let both = std::array::from_fn(|index| (names[index], classes[index]));
    both.map(|(name, classes): (_, [[u8; N]; 2])| {
        let (mut given, secret) = (Box::new(secret), Box::new(secret));
        let once = Box::new(move |class: bool| {
            *given = classes[usize::from(class)];
            timed(REPEATS, || is(std::hint::black_box(&given), std::hint::black_box(&secret)))
        });
        Experiment { name, samples, allowed: 0.0, once }
    })
}

fn controls(samples: usize) -> Vec<Experiment<'static>> {
    let leaky = |one: &[u8; 16], other: &[u8; 16]| one.iter().zip(other).all(|(one, other)| one == other);
    let names =
        ["CONTROL: leaks: octet by octet, first or last wrong", "CONTROL: leaks: octet by octet, right or first wrong"];
    let mut controls = Vec::from(comparison(names, samples, leaky));
    // The same class under two names: whatever shows here is the machine.
    let mut octets = [7u8; 16];
    let once = Box::new(move |_| {
        timed(REPEATS, || std::hint::black_box(&mut octets).iter().fold(0u8, |sum, octet| sum ^ octet))
    });
    controls.push(Experiment { name: "CONTROL: even: one class under two names", samples, allowed: 0.0, once });
    controls
}
