//! Where the cache puts things: a hash with a secret.

use core::hash::BuildHasher;

use super::sync::RandomState;

/// Secret to one cache, so that nobody can aim his authenticators at one bucket, or a client's name at another's counters.
///
/// What is hashed here is an HMAC or a digest already, so one multiplication will do: to
/// foresee a collision without the secret one needs authenticators whose fingerprints agree in most of 64 bits.
pub(super) struct KeyedHash([u64; 2]);

impl KeyedHash {
    pub(super) fn new() -> Self {
        let random = RandomState::new();
        Self([0_u8, 1].map(|number| random.hash_one(number)))
    }

    pub(super) fn of_fingerprint(&self, fingerprint: &[u8; 16]) -> u64 {
        self.of(halves(fingerprint))
    }

    pub(super) fn of_client(&self, client: u32) -> u64 {
        self.of([client.into(), 0])
    }

    /// Both halves of the product have a part in each bit.
    fn of(&self, words: [u64; 2]) -> u64 {
        let ([one, other], [key, other_key]) = (words, self.0);
        let product = u128::from(one ^ key).wrapping_mul(u128::from(other ^ other_key));
        let [low, high] = halves(&product.to_le_bytes());
        low ^ high
    }
}

fn halves(octets: &[u8; 16]) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, high @ ..] = *octets;
    [[a, b, c, d, e, f, g, h], high].map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// Fingerprints that differ in few places, as no HMAC gives them: by each of a hash's parts they fall evenly all the same.
    #[test]
    fn e02_even_what_is_alike_is_spread_evenly() {
        let hash = KeyedHash::new();
        for place in [0, 4, 8, 12] {
            let hashes: vec::Vec<u64> = (0..65_536_u32)
                .map(|number| {
                    let mut fingerprint = [0x5a; 16];
                    fingerprint[place..place + 4].copy_from_slice(&number.to_be_bytes());
                    hash.of_fingerprint(&fingerprint)
                })
                .collect();
            for shift in [0, 16, 32, 48] {
                let mut buckets = vec![0; 1_024];
                hashes.iter().for_each(|hash| buckets[usize::try_from(hash >> shift & 1_023).unwrap()] += 1);
                let fullest = buckets.iter().max().unwrap();
                assert!(*fullest < 256, "{fullest} of 65,536 in one of 1,024 buckets, by bits from {shift}");
            }
        }
    }

    #[test]
    fn e02_each_cache_has_a_hash_of_its_own() {
        let [one, other] = [KeyedHash::new(), KeyedHash::new()];
        assert_ne!(one.of_fingerprint(&[7; 16]), other.of_fingerprint(&[7; 16]));
        assert_ne!(one.of_client(7), other.of_client(7));
        assert_ne!(one.of_client(7), one.of_client(8));
    }
}
