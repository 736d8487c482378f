//! Octets that must not leak: wiped when dropped, never cloned, never printed, compared in constant time.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A secret of any length, on the heap so that moving it leaves no copy behind.
///
/// ```
/// use negotiate::secret::SecretBytes;
/// let key = SecretBytes::from(&b"open sesame"[..]);
/// assert_eq!(format!("{key:?}"), "SecretBytes(..)");
/// ```
pub struct SecretBytes(Box<[u8]>);

impl SecretBytes {
    /// The octets themselves. Whoever calls this answers for where they go.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// A second copy, made by name because each copy is one more place to guard.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Drop for SecretBytes {
    /// As a slice: of a box or a vector, each octet would be wiped by itself.
    fn drop(&mut self) {
        (*self.0).zeroize();
    }
}

impl From<&[u8]> for SecretBytes {
    fn from(octets: &[u8]) -> Self {
        Self(octets.into())
    }
}

/// Takes the buffer over; if it has spare capacity the octets move, and the old place is wiped.
impl From<Vec<u8>> for SecretBytes {
    fn from(mut octets: Vec<u8>) -> Self {
        if octets.len() == octets.capacity() {
            return Self(octets.into_boxed_slice());
        }
        let secret = Self::from(octets.as_slice());
        octets.as_mut_slice().zeroize();
        secret
    }
}

/// Constant in time for equal lengths; the length itself is not secret.
impl PartialEq for SecretBytes {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretBytes {}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("SecretBytes(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_and_debug() {
        let one = SecretBytes::from(&[1, 2, 3][..]);
        assert_eq!(one, one.duplicate());
        assert_ne!(one, SecretBytes::from(&[1, 2, 4][..]));
        assert_ne!(one, SecretBytes::from(&[1, 2][..]));
        assert_eq!(alloc::format!("{one:?}"), "SecretBytes(..)");
    }
}
