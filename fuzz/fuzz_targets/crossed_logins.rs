#![no_main]
libfuzzer_sys::fuzz_target!(|octets: &[u8]| negotiate_fuzz::crossed_logins(octets));
