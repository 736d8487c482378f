//! Where random octets come from: the system by default, or whatever a test injects.

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

use crate::error::{Fault, Reason};

/// A source of cryptographically secure random octets, shared by all handshakes of an acceptor.
pub trait Randomness: Send + Sync {
    /// Fills `out`.
    ///
    /// # Errors
    /// [`Unavailable`] if the source cannot deliver; the handshake then fails.
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable>;
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Randomness for SystemRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        SysRng.try_fill_bytes(out).map_err(|_| Unavailable)
    }
}

/// Random octets drawn ahead in one call and handed out once each: a call of the system's generator costs more than all
/// else that is done with the octets.
pub(crate) struct Pool<const N: usize> {
    octets: Zeroizing<[u8; N]>,
    used: AtomicUsize,
}

impl<const N: usize> Pool<N> {
    /// Draws them.
    pub(crate) fn drawn(source: &dyn Randomness) -> Result<Self, Unavailable> {
        let mut octets = Zeroizing::new([0; N]);
        source.fill(&mut *octets)?;
        Ok(Self { octets, used: AtomicUsize::new(0) })
    }
}

impl<const N: usize> Randomness for Pool<N> {
    /// The next octets; [`Unavailable`] when there are not that many left.
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        let begin = self.used.fetch_add(out.len(), Ordering::Relaxed);
        let left = self.octets.get(begin..).and_then(|left| left.get(..out.len()));
        out.copy_from_slice(left.ok_or(Unavailable)?);
        Ok(())
    }
}

/// Any CSPRNG of the `rand` family behind a lock: a seeded one replays published vectors.
#[cfg(feature = "std")]
pub struct Seeded<R>(std::sync::Mutex<R>);

#[cfg(feature = "std")]
impl<R: rand::CryptoRng + Send> Seeded<R> {
    /// Takes the generator over.
    pub fn new(generator: R) -> Self {
        Self(std::sync::Mutex::new(generator))
    }
}

#[cfg(feature = "std")]
impl<R> fmt::Debug for Seeded<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seeded").finish_non_exhaustive()
    }
}

#[cfg(feature = "std")]
impl<R: rand::CryptoRng + Send> Randomness for Seeded<R> {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        self.0.lock().map_err(|_| Unavailable)?.fill_bytes(out);
        Ok(())
    }
}

/// The random generator did not deliver.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unavailable;

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the system's random generator is not available")
    }
}

impl core::error::Error for Unavailable {}

impl Reason for Unavailable {
    fn fault(&self) -> Fault {
        Fault::Configuration
    }

    fn kind(&self) -> &'static str {
        "no-randomness"
    }
}
