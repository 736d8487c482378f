//! Random octets in front of what is sealed.

use alloc::boxed::Box;
use alloc::sync::Arc;

use zeroize::Zeroize;

use crate::random::{Randomness, SystemRandom, Unavailable};

/// Octets drawn at a time: a call of the system's generator costs as much as sealing a short message does.
const DRAWN: usize = 256;

/// Where confounders come from: drawn ahead, each octet given out once.
#[derive(Default)]
pub(super) struct Confounders {
    /// The system's generator, or another one.
    source: Option<Arc<dyn Randomness>>,
    /// With the first sealed message.
    pool: Option<Box<Pool>>,
}

struct Pool {
    octets: [u8; DRAWN],
    /// How many at the end were not given out.
    left: usize,
}

impl Confounders {
    pub(super) const fn from(source: Arc<dyn Randomness>) -> Self {
        Self { source: Some(source), pool: None }
    }

    /// The next octets. What is longer than the pool never comes.
    pub(super) fn fill(&mut self, out: &mut [u8]) -> Result<(), Unavailable> {
        let pool = self.pool.get_or_insert_with(|| Box::new(Pool { octets: [0; DRAWN], left: 0 }));
        if pool.left < out.len() {
            let source = self.source.as_deref().unwrap_or(&SystemRandom);
            pool.left = 0;
            source.fill(&mut pool.octets)?;
            pool.left = DRAWN;
        }
        let begin = DRAWN.saturating_sub(pool.left);
        let next = pool.octets.get_mut(begin..).and_then(|left| left.get_mut(..out.len())).ok_or(Unavailable)?;
        out.copy_from_slice(next);
        next.zeroize();
        pool.left = pool.left.saturating_sub(out.len());
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.octets.zeroize();
    }
}
