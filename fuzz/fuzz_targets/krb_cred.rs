#![no_main]
libfuzzer_sys::fuzz_target!(|octets: &[u8]| negotiate_fuzz::krb_cred(octets));
libfuzzer_sys::fuzz_mutator!(|octets: &mut [u8], size: usize, room: usize, seed: u32| {
    negotiate_fuzz::mutators::tlv::whole(octets, size, room, seed, libfuzzer_sys::fuzzer_mutate)
});
