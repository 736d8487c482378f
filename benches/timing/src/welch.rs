//! The test of dudect (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?", 2017): two classes of input, taken in
//! random order, and Welch's t-test of whether their times have one mean. What interrupts a measurement makes it longer, whatever
//! the class, so the test is made over all times, and again without the longest ones, for many ideas of which those are.

use std::time::Instant;

/// Times of one measurement, in nanoseconds, with their class.
pub struct Times(Vec<(bool, f64)>);

/// What a test came to.
#[derive(Clone, Copy)]
pub struct Finding {
    pub samples: usize,
    /// The largest by its absolute value.
    pub t: f64,
    /// By how much the second class takes longer, among the shorter seven tenths of all times, in nanoseconds; and relative to
    /// the first.
    pub difference: f64,
    pub relative: f64,
}

/// Something that takes time: made ready for a class, then done `repeats` times while the clock runs.
pub struct Experiment<'e> {
    pub name: &'static str,
    pub samples: usize,
    /// What may show, as a share of the whole: nothing in a comparison. Two ways through a program are not one: of those it is said
    /// how far apart they may be.
    pub allowed: f64,
    pub once: Box<dyn FnMut(bool) -> f64 + 'e>,
}

/// How long this takes.
pub fn timed<R>(repeats: u32, mut work: impl FnMut() -> R) -> f64 {
    let begun = Instant::now();
    for _ in 0..repeats {
        std::hint::black_box(work());
    }
    begun.elapsed().as_nanos() as f64 / f64::from(repeats)
}

impl Experiment<'_> {
    pub fn measure(&mut self, coin: &mut Coin) -> Times {
        // The beginning is for caches and branch predictors to find out what this is.
        (0..self.samples / 10).for_each(|_| _ = (self.once)(coin.toss()));
        Times((0..self.samples).map(|_| coin.toss()).map(|class| (class, (self.once)(class))).collect())
    }
}

impl Times {
    pub fn test(&self) -> Finding {
        let mut sorted: Vec<f64> = self.0.iter().map(|(_, time)| *time).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        // The paper's thresholds: more of them near the top. Below a third of all there is nothing left to test.
        let shares =
            (0..100).map(|step| 1.0 - 0.5f64.powf(10.0 * f64::from(step + 1) / 100.0)).filter(|share| *share > 0.3);
        let places = shares.map(|share| (share * (sorted.len() - 1) as f64) as usize);
        let limits = places.map(|place| sorted[place]).chain([f64::INFINITY]);
        let findings = limits.map(|limit| self.below(limit)).filter(|finding| finding.t.is_finite());
        let largest = findings.max_by(|one, other| one.t.abs().total_cmp(&other.t.abs())).unwrap();
        Finding { t: largest.t, ..self.below(sorted[sorted.len() * 7 / 10]) }
    }

    /// Welch's t of the times that are not above the limit.
    fn below(&self, limit: f64) -> Finding {
        let class = |wanted: bool| {
            let times =
                || self.0.iter().filter(|(class, time)| *class == wanted && *time <= limit).map(|(_, time)| *time);
            let count = times().count() as f64;
            let mean = times().sum::<f64>() / count;
            let variance = times().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
            (count, mean, variance)
        };
        let ((n0, mean0, variance0), (n1, mean1, variance1)) = (class(false), class(true));
        let difference = mean1 - mean0;
        let t = difference / (variance0 / n0 + variance1 / n1).sqrt();
        Finding { samples: self.0.len(), t, difference, relative: difference / mean0 }
    }
}

/// Heads or tails, by xorshift: what is needed is that the machine cannot guess it.
pub struct Coin(pub u64);

impl Coin {
    pub fn toss(&mut self) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 63 == 1
    }
}
