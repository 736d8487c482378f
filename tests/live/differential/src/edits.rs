//! What a KDC or a client with a ticket could say: sound messages whose fields are otherwise than they should be.

use negotiate::Timestamp;
use negotiate::gss::{ContextFlags, Oid};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::message::{ApOptions, KerberosTime, TicketFlags, ad_type};
use negotiate::kerberos::testing::{ChecksumField, ClaimedKey, Element, Frame, Login, Name, if_relevant};

use crate::mint::{Result, fixed_key, shifted};
use crate::mutate::Chance;

type Edit = fn(&mut Login, Timestamp, &mut Chance) -> Result<()>;

/// Makes one change, and says which.
pub(crate) fn edit(login: &mut Login, now: Timestamp, chance: &mut Chance) -> Result<&'static str> {
    let (name, change) = *chance.pick(&EDITS);
    change(login, now, chance)?;
    Ok(name)
}

/// Seconds from now, none of them near a border of the usual skew, where the judges' clocks would decide.
const SHIFTS: [i64; 14] =
    [-2_000_000_000, -400_000_000, -90_000, -36_000, -4_000, -330, -270, -30, 30, 270, 330, 4_000, 36_000, 300_000_000];

/// Names of services and users, sound and not.
const NAMES: [(i32, &[&str]); 16] = [
    (1, &["alice"]),
    (1, &["Alice"]),
    (1, &["bob", "admin"]),
    (1, &["bob/admin"]),
    (10, &["alice@EXAMPLE.TEST"]),
    (2, &["krbtgt", "EXAMPLE.TEST"]),
    (3, &["HTTP", "www.example.test"]),
    (2, &["HTTP", "www.example.test"]),
    (3, &["http", "www.example.test"]),
    (3, &["HTTP", "WWW.EXAMPLE.TEST"]),
    (3, &["HTTP"]),
    (3, &["cifs", "www.example.test"]),
    (11, &["WELLKNOWN", "ANONYMOUS"]),
    (1, &[]),
    (1, &[""]),
    (1, &["a\0b"]),
];

const REALMS: [&[u8]; 8] = [
    b"EXAMPLE.TEST",
    b"example.test",
    b"ELSEWHERE.TEST",
    b"",
    b"WELLKNOWN:ANONYMOUS",
    b"EXAMPLE.TEST\0",
    b"A/B@C",
    b"\xff\xfe",
];

/// Encryption types, implemented and not.
const ETYPES: [i32; 13] = [17, 18, 19, 20, 23, 25, 26, 16, 3, 1, 0, 24, -1];

const EDITS: [(&str, Edit); 34] = [
    ("pvno", |login, _, chance| {
        login.pvno = *chance.pick(&[4, 6, 0, -1]);
        Ok(())
    }),
    ("msg-type", |login, _, chance| {
        login.msg_type = *chance.pick(&[10, 15, 30, 0]);
        Ok(())
    }),
    ("ap-options", |login, _, chance| {
        login.ap_options = ApOptions(*chance.pick(&[0, 0x2000_0000, 0x4000_0000, 0x8000_0000, 1, u32::MAX]));
        Ok(())
    }),
    ("tkt-vno", |login, _, chance| {
        login.ticket.tkt_vno = *chance.pick(&[4, 6]);
        Ok(())
    }),
    ("realm in the clear", |login, _, chance| {
        login.ticket.realm = chance.pick(&REALMS).to_vec();
        Ok(())
    }),
    ("sname in the clear", |login, _, chance| {
        login.ticket.sname = name(chance);
        Ok(())
    }),
    ("etype in the clear", |login, _, chance| {
        login.ticket.etype = *chance.pick(&ETYPES);
        Ok(())
    }),
    ("kvno", |login, _, chance| {
        login.ticket.kvno = *chance.pick(&[None, Some(0), Some(2), Some(257), Some(u32::MAX)]);
        Ok(())
    }),
    ("key usage of the ticket", |login, _, chance| {
        login.ticket.usage = *chance.pick(&[KeyUsage::AP_REQ_AUTHENTICATOR, KeyUsage::AP_REP]);
        Ok(())
    }),
    ("ticket flags", |login, _, chance| {
        login.ticket.flags = TicketFlags(match chance.below(3) {
            0 => 1 << chance.below(32),
            1 => login.ticket.flags.0 ^ 1 << chance.below(32),
            _ => chance.next() as u32,
        });
        Ok(())
    }),
    ("session key", |login, _, chance| {
        let octets = vec![9; *chance.pick(&[0, 1, 15, 16, 17, 24, 31, 32, 33])];
        login.ticket.key = ClaimedKey::new(*chance.pick(&ETYPES), &octets);
        Ok(())
    }),
    ("session key of another type", |login, _, chance| {
        let key = other_key(login, chance)?;
        login.ticket.key = (&key).into();
        login.authenticator.etype = key.etype().0;
        login.authenticator.session_key = key;
        Ok(())
    }),
    ("client, in the ticket alone", |login, _, chance| {
        login.ticket.cname = name(chance);
        Ok(())
    }),
    ("client", |login, _, chance| {
        login.ticket.cname = name(chance);
        login.authenticator.cname = login.ticket.cname.clone();
        Ok(())
    }),
    ("name type", |login, _, chance| {
        login.ticket.cname.name_type = *chance.pick(&[0, 1, 2, 3, 10, 11, -1, 99]);
        Ok(())
    }),
    ("client, in the authenticator alone", |login, _, chance| {
        login.authenticator.cname = name(chance);
        Ok(())
    }),
    ("crealm", |login, _, chance| {
        let realm = chance.pick(&REALMS).to_vec();
        match chance.below(3) {
            0 => login.ticket.crealm = realm,
            1 => login.authenticator.crealm = realm,
            _ => {
                login.authenticator.crealm.clone_from(&realm);
                login.ticket.crealm = realm;
            }
        }
        Ok(())
    }),
    ("transited", |login, _, chance| {
        login.ticket.tr_type = *chance.pick(&[0, 1, 1, 1, 7]);
        let paths: [&[u8]; 8] =
            [b"", b"EDU,MIT.,ATHENA.", b"ELSEWHERE.TEST", b",,,,,,", b"A\\", b"/COM/HP", b"X500:/C=US", b"A,\xff"];
        login.ticket.transited = chance.pick(&paths).to_vec();
        if chance.one_in(2) {
            login.ticket.flags = login.ticket.flags.with(TicketFlags::TRANSITED_POLICY_CHECKED);
        }
        Ok(())
    }),
    ("authtime", |login, now, chance| {
        login.ticket.authtime = time(now, chance)?;
        Ok(())
    }),
    ("starttime", |login, now, chance| {
        login.ticket.starttime = if chance.one_in(4) { None } else { Some(time(now, chance)?) };
        Ok(())
    }),
    ("authtime without starttime", |login, now, chance| {
        login.ticket.starttime = None;
        login.ticket.authtime = time(now, chance)?;
        Ok(())
    }),
    ("endtime", |login, now, chance| {
        login.ticket.endtime = time(now, chance)?;
        Ok(())
    }),
    ("renew-till", |login, now, chance| {
        login.ticket.renew_till = Some(time(now, chance)?);
        Ok(())
    }),
    ("addresses", |login, _, chance| {
        let all = [
            vec![],
            vec![(2, vec![10, 1, 2, 3])],
            vec![(24, vec![0; 16])],
            vec![(2, vec![])],
            vec![(20, b"A              ".to_vec()), (2, vec![127, 0, 0, 1])],
        ];
        login.ticket.caddr = Some(chance.pick(&all).clone());
        Ok(())
    }),
    ("authorization data of the ticket", |login, _, chance| {
        login.ticket.authorization_data = elements(chance)?;
        Ok(())
    }),
    ("authorization data of the authenticator", |login, _, chance| {
        login.authenticator.authorization_data = elements(chance)?;
        Ok(())
    }),
    ("authenticator under another key, usage or type", |login, _, chance| {
        match chance.below(3) {
            0 => login.authenticator.session_key = fixed_key(login.authenticator.session_key.etype(), 0xee)?,
            1 => login.authenticator.usage = *chance.pick(&[KeyUsage::TICKET, KeyUsage(7)]),
            _ => login.authenticator.etype = *chance.pick(&ETYPES),
        }
        Ok(())
    }),
    ("authenticator-vno", |login, _, chance| {
        login.authenticator.authenticator_vno = *chance.pick(&[4, 6, 0]);
        Ok(())
    }),
    ("checksum", |login, _, chance| {
        let gss = login.authenticator.gss.to_octets();
        login.authenticator.cksum = match chance.below(6) {
            0 => ChecksumField::Absent,
            1 => ChecksumField::Other(0x8003, gss[..chance.below(gss.len())].to_vec()),
            2 => {
                let mut spoilt = gss;
                let at = chance.below(spoilt.len());
                spoilt[at] ^= 1 << chance.below(8);
                ChecksumField::Other(0x8003, spoilt)
            }
            3 => ChecksumField::Other(0x8003, [&gss[..], &vec![0; chance.below(9)]].concat()),
            4 => {
                ChecksumField::Other(*chance.pick(&[1, 7, 8, 14, 15, 16, -138]), vec![0; *chance.pick(&[0, 4, 12, 16])])
            }
            _ => {
                let key = login.authenticator.session_key.for_checksum(KeyUsage::AP_REQ_CHECKSUM);
                ChecksumField::Other(key.checksum_type().0, key.checksum(&[]).as_ref().to_vec())
            }
        };
        Ok(())
    }),
    ("flags, bindings, delegation, extensions", |login, _, chance| {
        let gss = &mut login.authenticator.gss;
        match chance.below(5) {
            0 => gss.flags = ContextFlags::from_bits(chance.next() as u32),
            1 => gss.flags = ContextFlags::from_bits(gss.flags.bits() ^ 1 << chance.below(16)),
            2 => gss.bindings[chance.below(16)] ^= 1 << chance.below(8),
            3 => {
                gss.delegation = Some(vec![0x76; chance.below(20)]);
                gss.flags = gss.flags | ContextFlags::DELEGATE;
            }
            _ => gss.extensions = vec![(chance.below(3) as u32, vec![1; chance.below(8)])],
        }
        Ok(())
    }),
    ("ctime", |login, now, chance| {
        login.authenticator.ctime = time(now, chance)?;
        Ok(())
    }),
    ("cusec", |login, _, chance| {
        login.authenticator.cusec = *chance.pick(&[0, 999_999, 1_000_000, -1, i32::MAX, i32::MIN]);
        Ok(())
    }),
    ("subkey, sequence number", |login, _, chance| {
        match chance.below(4) {
            0 => login.authenticator.subkey = None,
            1 => login.authenticator.subkey = Some((&other_key(login, chance)?).into()),
            2 => {
                let octets = vec![5; *chance.pick(&[0, 8, 15, 16, 24, 32, 33])];
                login.authenticator.subkey = Some(ClaimedKey::new(*chance.pick(&ETYPES), &octets));
            }
            _ => {
                login.authenticator.seq_number =
                    *chance.pick(&[None, Some(0), Some(0x7fff_ffff), Some(0x8000_0000), Some(u32::MAX)]);
            }
        }
        Ok(())
    }),
    ("mechanism and token identifier", |login, _, chance| {
        let mechanism = *chance.pick(&[Oid::KRB5, Oid::KRB5_MICROSOFT, Oid::IAKERB, Oid::NTLMSSP, Oid::SPNEGO]);
        login.frame = match chance.below(4) {
            0 => Frame::Bare,
            1 => Frame::Gss(mechanism, [1, 0]),
            _ => Frame::Gss(Oid::KRB5, *chance.pick(&[[0, 0], [2, 0], [3, 0], [0, 1], [1, 1], [4, 0]])),
        };
        Ok(())
    }),
];

fn name(chance: &mut Chance) -> Name {
    let (name_type, components) = *chance.pick(&NAMES);
    Name::new(name_type, components)
}

fn time(now: Timestamp, chance: &mut Chance) -> Result<KerberosTime> {
    let time = KerberosTime::new(shifted(now, *chance.pick(&SHIFTS)));
    Ok(time.or(KerberosTime::new(Timestamp::UNIX_EPOCH)).ok_or("no time")?)
}

/// A key of any type that is implemented.
fn other_key(login: &Login, chance: &mut Chance) -> Result<EncryptionKey> {
    let _ = login;
    fixed_key(*chance.pick(&EncryptionType::IMPLEMENTED), chance.next() as u8)
}

/// Authorization data of every kind that either side knows, bare or where it may be ignored.
fn elements(chance: &mut Chance) -> Result<Vec<Element>> {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let targets = ["HTTP/www.example.test@EXAMPLE.TEST", "cifs/www.example.test", "", "x"];
    let lists: [&[u8]; 4] = [&[0x30, 6, 2, 1, 18, 2, 1, 23], &[0x30, 3, 2, 1, 20], &[0x30, 0], &[1]];
    let element = match chance.below(12) {
        0 => Element::new(9_999, *b"?"),
        1 => Element::new(ad_type::KDC_ISSUED, *b"\x30\x00"),
        2 => Element::new(ad_type::AND_OR, *b"\x30\x00"),
        3 => Element::new(ad_type::MANDATORY_FOR_KDC, *b"\x30\x00"),
        4 => Element::new(ad_type::WIN2K_PAC, *b"\0\0\0\0\0\0\0\0"),
        5 => Element::new(ad_type::WIN2K_PAC, vec![1; chance.below(64)]),
        6 => Element::new(ad_type::ETYPE_NEGOTIATION, *chance.pick(&lists)),
        7 => Element::new(ad_type::TOKEN_RESTRICTIONS, *b"restrictions"),
        8 => Element::new(ad_type::AP_OPTIONS, *chance.pick(&[&[0, 0x40, 0, 0][..], &[0, 0, 0, 0], &[0], &[]])),
        9 => Element::new(ad_type::CLIENT_TARGET, utf16(*chance.pick(&targets))),
        10 => Element::new(-17, *b"local"),
        _ => Element::new(ad_type::IF_RELEVANT, *chance.pick(&[&b"\x30\x00"[..], b"", b"\x30\x80\0\0", b"\x31\x00"])),
    };
    let mut elements = vec![element];
    for _ in 0..*chance.pick(&[0, 1, 1, 1, 1, 2, 3]) {
        elements = vec![if_relevant(&elements)?];
    }
    if chance.one_in(4) {
        elements.push(if_relevant(&[Element::new(ad_type::WIN2K_PAC, vec![0; 8])])?);
    }
    Ok(elements)
}
