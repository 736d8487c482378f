//! A challenge as an acceptor of today sends it, made here.

use negotiate::ntlm::message::{
    AvId, AvPair, AvPairs, Challenge, Charset, Field, FileTime, NegotiateFlags, Utf16, Version,
};

pub(crate) const SERVER_CHALLENGE: [u8; 8] = *b"\x01\x23\x45\x67\x89\xab\xcd\xef";
pub(crate) const TIME: FileTime = FileTime(134_398_508_465_955_984);

/// Everything that is offered, and what acceptors add of themselves.
pub(crate) const FLAGS: NegotiateFlags = NegotiateFlags::from_bits(0xe289_8235);

pub(crate) fn utf16(text: &str) -> Vec<u8> {
    Charset::Unicode.encode(text, Field::TargetName).unwrap()
}

/// The pairs every acceptor of today sends.
pub(crate) fn names<T>(with: impl FnOnce(&[AvPair<'_>]) -> T) -> T {
    let (domain, computer) = (utf16("ADEX"), utf16("WEB"));
    let text = |octets| Utf16::new(octets, Field::TargetName).unwrap();
    with(&[AvPair::NbDomainName(text(&domain)), AvPair::NbComputerName(text(&computer)), AvPair::Timestamp(TIME)])
}

/// TargetInfo of these pairs without those that are left out, and others behind them.
pub(crate) fn target_info(without: &[AvId], others: &[AvPair<'_>]) -> Vec<u8> {
    names(|names| {
        let kept = names.iter().filter(|pair| !without.contains(&pair.id()));
        AvPairs::encode(kept.chain(others).copied(), 0).unwrap()
    })
}

/// A CHALLENGE_MESSAGE.
pub(crate) fn challenge(flags: NegotiateFlags, target_info: &[u8]) -> Vec<u8> {
    let (target_name, server_challenge) = (&utf16("ADEX")[..], SERVER_CHALLENGE);
    let version = Some(Version::SENT);
    Challenge { target_name, flags, server_challenge, target_info, version }.encode().unwrap()
}

/// The challenge of an acceptor that has and does everything.
pub(crate) fn full() -> Vec<u8> {
    challenge(FLAGS, &target_info(&[], &[]))
}
