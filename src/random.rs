//! Where random octets come from: the system by default, or whatever a test injects.

use core::fmt;

use rand::TryRng;
use rand::rngs::SysRng;

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
