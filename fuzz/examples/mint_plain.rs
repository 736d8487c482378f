//! Mints the seeds in which nothing is encrypted: PACs before they are signed, their structures, lists of AV_PAIRs, and steps of
//! crossed logins.
//!
//! `cargo run --manifest-path fuzz/Cargo.toml --example mint_plain`, in the repository.

use std::error::Error;
use std::fs;
use std::path::Path;

use negotiate::authorization::{Claim, ClaimSource, ClaimValues, GroupAttributes, Sid};
use negotiate::kerberos::pac::{
    BufferType, DelegationInfo, DeviceInfo, DomainGroups, ExtraSids, GroupMembership, GroupMemberships,
    SidAndAttributes, claims,
};
use negotiate::ntlm::message::{AuthenticateMessage, AvPair, AvPairs, ChallengeMessage, FileTime};
use negotiate_fuzz::signed_pac::usual_login;

type Result<T> = core::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for folder in ["signed_pac", "av_pairs", "crossed_logins"] {
        fs::create_dir_all(corpus.join(folder))?;
    }
    structures(&corpus)?;
    signed_pac(&corpus)?;
    av_pairs(&corpus)?;
    for (name, steps) in CROSSED {
        fs::write(corpus.join("crossed_logins").join(name), steps)?;
    }
    Ok(())
}

/// Structures that Samba's domain controller does not write.
fn structures(corpus: &Path) -> Result<()> {
    fs::write(corpus.join("ndr/claims"), [&[3], &client_claims()?[..]].concat())?;
    fs::write(corpus.join("ndr/device_info"), [&[4], &device_info()?[..]].concat())?;
    Ok(())
}

fn client_claims() -> Result<Vec<u8>> {
    let claim = |id: &str, source, values| Claim { id: id.into(), source, values };
    let all = [
        claim(
            "ad://ext/department",
            ClaimSource::ActiveDirectory,
            ClaimValues::String(vec!["Sales".into(), "Übersee".into()]),
        ),
        claim("ad://ext/level", ClaimSource::Certificate, ClaimValues::Int64(vec![-1, i64::MAX])),
        claim("ad://ext/number", ClaimSource::ActiveDirectory, ClaimValues::Uint64(vec![u64::MAX])),
        claim("ad://ext/owner", ClaimSource::Other(7), ClaimValues::Bool(vec![true, false])),
    ];
    Ok(claims::encode(BufferType::CLIENT_CLAIMS_INFO, &all)?)
}

fn device_info() -> Result<Vec<u8>> {
    let member = |relative_id| GroupMembership { relative_id, attributes: GroupAttributes(7) }.to_octets();
    let (own, foreign) = ([member(515)], [member(1_200), member(1_201)]);
    let domain = |number| Sid::new([0, 0, 0, 0, 0, 5], &[21, number, 2, 3]).ok_or("no SID");
    let groups = [(domain(9)?, GroupMemberships(&foreign))];
    let extra = [SidAndAttributes { sid: Sid::COMPOUNDED_AUTHENTICATION, attributes: GroupAttributes(7) }];
    let info = DeviceInfo {
        user_id: 1_110,
        primary_group_id: 515,
        account_domain_id: Some(domain(1)?),
        account_group_ids: Some(GroupMemberships(&own)),
        extra_sids: Some(ExtraSids::new(&extra)),
        domain_groups: Some(DomainGroups::new(&groups)),
    };
    Ok(info.encode()?)
}

fn signed_pac(corpus: &Path) -> Result<()> {
    let folder = corpus.join("signed_pac");
    let mut login = usual_login();
    let pac = login.ticket.pac.as_mut().ok_or("no PAC")?;
    let mut sound = |kind| pac.buffer(kind).cloned().ok_or("no such buffer");
    let [logon, client, upn] =
        [sound(BufferType::LOGON_INFO)?, sound(BufferType::CLIENT_INFO)?, sound(BufferType::UPN_DNS_INFO)?];
    let (claims, device) = (client_claims()?, device_info()?);
    // As it was recorded, behind the octet of its kind.
    let delegation = fs::read(corpus.join("ndr/delegation_info"))?;
    let delegation = delegation.get(1..).ok_or("empty")?;
    DelegationInfo::parse(delegation)?;
    let mut other_client = client.clone();
    *other_client.last_mut().ok_or("empty")? ^= 1;
    let seeds: [(&str, u8, &[(u8, &[u8])]); 11] = [
        ("in_usual", 0, &[]),
        ("in_verified_by_krbtgt", 2, &[]),
        ("in_of_mit", 1, &[(10, &client)]),
        ("in_each_buffer", 1, &[(1, &logon), (10, &client), (12, &upn)]),
        ("in_claims", 0, &[(13, &claims), (15, &claims)]),
        ("in_device_delegation_and_unknown", 2, &[(14, &device), (11, delegation), (99, b"what")]),
        ("another_client", 0, &[(10, &other_client)]),
        ("account_of_another", 0, &[(12, b"\0\0\0\0\0\0\0\0")]),
        ("nobody", 1, &[]),
        ("of_a_ticket_granting_ticket", 0, &[(18, b"\x01\x01\0\0\0\0\0\x05\x12\0\0\0")]),
        ("two_of_one_type", 4, &[(10, &client)]),
    ];
    for (name, choice, buffers) in seeds {
        let mut octets = vec![choice];
        for (kind, content) in buffers {
            octets.push(*kind);
            octets.extend(u16::try_from(content.len())?.to_be_bytes());
            octets.extend(*content);
        }
        fs::write(folder.join(name), octets)?;
    }
    Ok(())
}

fn av_pairs(corpus: &Path) -> Result<()> {
    let folder = corpus.join("av_pairs");
    let message = |name: &str| fs::read(corpus.join("ntlm_message").join(name));
    let challenge = message("chromium-samba_challenge")?;
    fs::write(folder.join("target_info"), ChallengeMessage::parse(&challenge)?.meaning().target_info)?;
    for (browser, name) in [("chromium", "response"), ("java", "response_of_java")] {
        let octets = message(&format!("{browser}-samba_authenticate"))?;
        let response = AuthenticateMessage::parse(&octets)?.meaning().nt_challenge_response.to_vec();
        fs::write(folder.join(format!("client_challenge_of_{browser}")), response.get(16..).ok_or("short")?)?;
        fs::write(folder.join(name), response)?;
    }
    let host = [&[48, 0, 0, 0, 0, 0, 0, 0][..], &[1; 8], &[2; 32], &[3; 32]].concat();
    let text = b"S\0e\0r\0v\0e\0r\0";
    let values: [(u16, &[u8]); 11] = [
        (1, text),
        (2, text),
        (3, text),
        (4, text),
        (5, text),
        (6, b"\x07\0\0\0"),
        (7, &[9; 8]),
        (8, &host),
        (9, text),
        (10, &[9; 16]),
        (77, b"odd"),
    ];
    let pairs: Vec<_> = values
        .iter()
        .map(|(id, value)| AvPair::new(negotiate::ntlm::message::AvId(*id), value))
        .collect::<core::result::Result<_, _>>()?;
    fs::write(folder.join("every_id"), AvPairs::encode(pairs, 4)?)?;
    fs::write(folder.join("none"), AvPairs::encode([], 0)?)?;
    let time = AvPairs::encode([AvPair::Timestamp(FileTime(0))], 0)?;
    let time = time.get(..12).ok_or("short")?;
    fs::write(folder.join("twice"), [time, time, &[0; 4]].concat())?;
    fs::write(folder.join("without_an_end"), time)?;
    Ok(())
}

/// Steps: the lowest four bits say what, the next two which client, the highest two which connection.
const CROSSED: [(&str, &[u8]); 17] = [
    ("one_login_ntlm", &[12, 0]),
    ("one_login_ntlm_bare", &[12, 1]),
    ("one_login_kerberos", &[12, 2]),
    ("one_login_kerberos_bare", &[12, 3]),
    ("one_login_dce", &[12, 4]),
    ("one_login_dce_bare", &[12, 5]),
    ("one_login_kerberos_before_ntlm", &[12, 6]),
    ("one_login_ntlm_before_kerberos", &[12, 7]),
    ("one_login_by_steps", &[0, 0, 1, 0, 2, 3, 2, 7, 0, 3]),
    ("three_logins_in_turn", &[12, 0, 0x5c, 0x0a, 0xac, 0x12]),
    // Two clients and two connections; each gets the other's challenge.
    ("challenges_crossed", &[0, 0, 0x40, 0, 1, 0, 0x11, 0, 2, 0x52, 0x43, 0x13, 0x02, 7, 0, 0x52, 0x47, 0]),
    // A login, and its second message to another connection that has challenged somebody.
    ("response_once_more", &[12, 1, 0x40, 0, 0x11, 1, 0x52, 0x44, 4, 0x47, 0]),
    ("authenticator_once_more", &[12, 3, 0x40, 0, 0x44, 0, 0x48, 0]),
    ("every_verdict", &[0, 0, 1, 3, 2, 8, 1, 0, 0, 1, 3, 2, 8, 2, 0, 0, 1, 3, 2, 8, 6]),
    ("every_answer", &[0, 0, 1, 1, 2, 3, 2, 7, 1, 0, 0, 1, 1, 2, 3, 2, 7, 2, 0, 0, 1, 1, 2, 3, 2, 7, 4]),
    ("believed_controller", &[0, 0, 1, 1, 2, 3, 2, 7, 5]),
    ("too_late_and_changed", &[0, 0, 1, 0, 2, 9, 0x01, 0x2c, 3, 10, 0, 40, 1, 2, 7, 0, 11, 0, 9, 0, 3]),
];
