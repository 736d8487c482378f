//! NTLM.
fn main() {}
