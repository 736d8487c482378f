//! Comparisons by `==`: of keys, of secrets, of hashes.

use negotiate::gss::BindingsHash;
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType};
use negotiate::kerberos::pac::UserSessionKey;
use negotiate::ntlm::response::SessionBaseKey;
use negotiate::secret::SecretBytes;

use crate::welch::{Experiment, timed};
use crate::{REPEATS, comparison};

pub fn all(samples: usize) -> Vec<Experiment<'static>> {
    let mut all = Vec::new();
    let names = ["BindingsHash ==, first or last wrong", "BindingsHash ==, right or first wrong"];
    let is = |one: &[u8; 16], other: &[u8; 16]| BindingsHash::from_octets(*one) == BindingsHash::from_octets(*other);
    all.extend(comparison(names, samples, is));
    let names = ["UserSessionKey ==, first or last wrong", "UserSessionKey ==, right or first wrong"];
    all.extend(comparison(names, samples, |one: &[u8; 16], other| UserSessionKey(one) == UserSessionKey(other)));
    all.push(keys("EncryptionKey ==, first or last wrong", samples, [1, 32]));
    all.push(keys("EncryptionKey ==, right or first wrong", samples, [0, 1]));
    all.push(secrets("SecretBytes ==, first or last wrong", samples, [1, 48]));
    all.push(secrets("SecretBytes ==, right or first wrong", samples, [0, 1]));
    all.push(null_session("SessionBaseKey: null session? first or last octet set", samples));
    all
}

fn changed<const N: usize>(at: usize) -> [u8; N] {
    let mut octets: [u8; N] = std::array::from_fn(|at| (at * 37 + 11) as u8);
    octets[at.saturating_sub(1)] ^= u8::from(at > 0);
    octets
}

fn keys(name: &'static str, samples: usize, differing: [usize; 2]) -> Experiment<'static> {
    let of =
        |octets: &[u8; 32]| EncryptionKey::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, octets).expect("32 octets");
    let key = |at| of(&changed(at));
    let (secret, mut given, classes) = (key(0), Box::new(key(0)), differing.map(changed::<32>));
    let once = Box::new(move |class: bool| {
        *given = of(&classes[usize::from(class)]);
        timed(REPEATS, || std::hint::black_box(&*given) == std::hint::black_box(&secret))
    });
    Experiment { name, samples, allowed: 0.0, once }
}

fn secrets(name: &'static str, samples: usize, differing: [usize; 2]) -> Experiment<'static> {
    let secret = SecretBytes::from(&changed::<48>(0)[..]);
    let classes = differing.map(changed::<48>);
    let once = Box::new(move |class: bool| {
        let given = SecretBytes::from(&classes[usize::from(class)][..]);
        timed(REPEATS, || std::hint::black_box(&given) == std::hint::black_box(&secret))
    });
    Experiment { name, samples, allowed: 0.0, once }
}

fn null_session(name: &'static str, samples: usize) -> Experiment<'static> {
    let mut octets = Box::new([0u8; 16]);
    let once = Box::new(move |class: bool| {
        *octets = [0; 16];
        octets[if class { 15 } else { 0 }] = 1;
        timed(REPEATS, || SessionBaseKey::new(*std::hint::black_box(&*octets)).is_null_session())
    });
    Experiment { name, samples, allowed: 0.0, once }
}
