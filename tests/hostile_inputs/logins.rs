//! B, C, E and F: logins under the service's key, spoilt before they were encrypted.

use negotiate::gss::{ContextFlags, Oid};
use negotiate::kerberos;
use negotiate::kerberos::message::{ApOptions, KerberosTime, TicketFlags, ad_type};
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::{
    ChecksumField, ClaimedKey, Element, Frame, GssFields, Login, Name, Offer, Realm, if_relevant,
};
use negotiate::{Accept, Acceptor, Timestamp};

use crate::Inputs;

const NOW: Timestamp = Timestamp::from_micros(1_795_377_519_500_000);

/// One realm, its acceptor, and what was refused.
struct Bench<'a> {
    realm: Realm,
    acceptor: Acceptor,
    inputs: &'a mut Inputs,
}

impl Bench<'_> {
    /// A sound login but for this, refused by that word.
    #[track_caller]
    fn refused(&mut self, row: &'static str, kind: &str, spoil: impl FnOnce(&mut Login)) {
        let mut login = self.realm.login("alice", NOW).unwrap();
        spoil(&mut login);
        self.token_refused(row, kind, &login.encode().unwrap());
    }

    #[track_caller]
    fn token_refused(&mut self, row: &'static str, kind: &str, token: &[u8]) {
        let step = match self.acceptor.accept(token, NOW) {
            Ok(Accept::NeedsReplayCheck(check)) => check.use_cache(&NoReplayCache, NOW),
            other => other,
        };
        let found = step.err().map(|rejected| rejected.error.kind().to_owned());
        self.inputs.refused(row, "acceptor", token, (found, kind.to_owned()));
    }
}

pub(crate) fn inputs(inputs: &mut Inputs) {
    let realm = Realm::new("EXAMPLE.TEST", "HTTP/www.example.test").unwrap();
    let kerberos = kerberos::Acceptor::new(realm.keytab().unwrap());
    let acceptor = Acceptor::builder().kerberos(kerberos).build().unwrap();
    let mut bench = Bench { realm, acceptor, inputs };
    framing(&mut bench);
    checksums(&mut bench);
    keys(&mut bench);
    names(&mut bench);
    times(&mut bench);
    authorization(&mut bench);
    offers(&mut bench);
}

fn framing(bench: &mut Bench<'_>) {
    for token_id in [[0, 0], [2, 0], [4, 4], [5, 4], [1, 1], [0, 1]] {
        bench.refused("B03", "wrong-token-id", |login| login.frame = Frame::Gss(Oid::KRB5, token_id));
    }
    for pvno in [0, 4, 6, -1] {
        bench.refused("E01", "bad-version", |login| login.pvno = pvno);
        bench.refused("E01", "bad-version", |login| login.ticket.tkt_vno = pvno);
        bench.refused("E01", "bad-version", |login| login.authenticator.authenticator_vno = pvno);
    }
    for msg_type in [0, 10, 12, 15, 30] {
        bench.refused("E01", "bad-message-type", |login| login.msg_type = msg_type);
    }
    for options in [0x4000_0000, 0x6000_0000, 0xc000_0000, u32::MAX] {
        bench.refused("E15", "user-to-user", |login| login.ap_options = ApOptions(options));
    }
}

fn checksums(bench: &mut Bench<'_>) {
    bench.refused("B04", "inappropriate-checksum", |login| login.authenticator.cksum = ChecksumField::Absent);
    let fields = GssFields::default();
    let sound = fields.to_octets();
    let delegating = GssFields { flags: fields.flags | ContextFlags::DELEGATE, ..fields }.to_octets();
    let mut layouts: Vec<(Vec<u8>, &str)> =
        (0..24).step_by(2).map(|length| (sound[..length].to_vec(), "bad-checksum")).collect();
    layouts
        .extend([0u32, 15, 17, u32::MAX].map(|length| ([&length.to_le_bytes(), &sound[4..]].concat(), "bad-checksum")));
    for rest in [&b""[..], b"\x01", b"\x01\x00", b"\x01\x00\x01", b"\x01\x00\x05\x00junk", b"\x02\x00\x00\x00"] {
        layouts.push(([&delegating, rest].concat(), "bad-delegation"));
    }
    for rest in [&b"\0"[..], b"\0\0\0\x01\xff\xff\xff\xff", b"\0\0\0\x01\0\0\0\x01", b"\0\0\0\0\0\0\0\0\0"] {
        layouts.push(([&sound, rest].concat(), "bad-checksum"));
    }
    for (octets, kind) in layouts {
        bench.refused("B05", kind, |login| login.authenticator.cksum = ChecksumField::Other(0x8003, octets));
    }
    for cksumtype in [1, 2, 7, 8, 14, 15, 16, 19, 20, -138, 0, 0x8002, 0x8004] {
        for octets in [&[][..], &[0; 16]] {
            let field = ChecksumField::Other(cksumtype, octets.to_vec());
            bench.refused("B15", "inappropriate-checksum", |login| login.authenticator.cksum = field);
        }
    }
}

fn keys(bench: &mut Bench<'_>) {
    for etype in [1, 2, 3, 16, 23, 24, 0, -135, 99] {
        let key = || ClaimedKey::new(etype, &[7; 16]);
        bench.refused("B09", "etype-not-permitted", |login| login.ticket.etype = etype);
        bench.refused("B09", "etype-not-permitted", |login| login.authenticator.etype = etype);
        bench.refused("B09", "etype-not-permitted", |login| login.ticket.key = key());
        bench.refused("B09", "etype-not-permitted", |login| login.authenticator.subkey = Some(key()));
    }
    for length in [0, 1, 15, 16, 17, 24, 31, 33, 64] {
        let key = || ClaimedKey::new(18, &vec![7; length]);
        bench.refused("E08", "bad-key", |login| login.ticket.key = key());
        bench.refused("E08", "bad-key", |login| login.authenticator.subkey = Some(key()));
    }
    for length in [0, 1, 16, 27] {
        bench.refused("E08", "key-does-not-fit", |login| login.ticket.cipher = Some(vec![0; length]));
        bench.refused("E08", "bad-authenticator", |login| login.authenticator.cipher = Some(vec![0; length]));
    }
}

fn names(bench: &mut Bench<'_>) {
    for other in [&b"EXAMPLE.COM"[..], b"example.test", b"", b"EXAMPLE.TEST\0", b"EXAMPLE.TEST."] {
        bench.refused("E01", "not-us", |login| login.ticket.realm = other.to_vec());
    }
    for (service, instance) in [
        ("cifs", "www.example.test"),
        ("HTTP", "other.example.test"),
        ("host", "www.example.test"),
        ("krbtgt", "EXAMPLE.TEST"),
        ("kadmin", "changepw"),
    ] {
        bench.refused("E03", "not-us", |login| login.ticket.sname = Name::new(2, &[service, instance]));
    }
    let similar: [&[&str]; 14] = [
        &["HTT", "www.example.test"],
        &["HTTPX", "www.example.test"],
        &["http", "www.example.test"],
        &["HTTP", "www.example.test."],
        &["HTTP", "WWW.example.test"],
        &["HTTP", "www.example.tes"],
        &["HTTP", "www.example.test", ""],
        &["HTTP", "www.example.test", "EXAMPLE.TEST"],
        &["HTTP/www.example.test"],
        &["HTTP"],
        &["HTTP", ""],
        &["", "HTTP", "www.example.test"],
        &["HTTP", "www.example.test\0"],
        &[],
    ];
    for components in similar {
        bench.refused("E04", "not-us", |login| login.ticket.sname = Name::new(2, components));
    }
    for components in [&["bob"][..], &["Alice"], &["alice", ""], &["alice", "admin"], &["alic"], &["alicee"]] {
        bench.refused("E07", "client-mismatch", |login| login.authenticator.cname = Name::new(1, components));
        bench.refused("E07", "client-mismatch", |login| login.ticket.cname = Name::new(1, components));
    }
    for realm in [&b"EXAMPLE.COM"[..], b"example.test", b"EXAMPLE.TEST."] {
        bench.refused("E07", "client-mismatch", |login| login.authenticator.crealm = realm.to_vec());
    }
    for components in [&["a\0b"][..], &["a\nb"], &["\x1b[2J"], &["a", "\0"], &[]] {
        bench.refused("A09", "bad-name", |login| {
            login.ticket.cname = Name::new(1, components);
            login.authenticator.cname = login.ticket.cname.clone();
        });
    }
}

fn times(bench: &mut Bench<'_>) {
    let at = |seconds: i64| KerberosTime::new(Timestamp::from_seconds(NOW.as_seconds() + seconds)).unwrap();
    for seconds in [-301, 302, -3_600, 3_600, -86_400 * 365, 86_400 * 365] {
        bench.refused("E05", "skew", |login| login.authenticator.ctime = at(seconds));
    }
    for cusec in [-1, 1_000_000, i32::MIN, i32::MAX] {
        bench.refused("E05", "bad-time", |login| login.authenticator.cusec = cusec);
    }
    for seconds in [301, 3_600, 86_400 * 3_650] {
        bench.refused("E05", "not-yet-valid", |login| login.ticket.starttime = Some(at(seconds)));
    }
    for seconds in [-301, -3_600, -86_400] {
        bench.refused("E05", "ticket-expired", |login| {
            login.ticket.endtime = at(seconds);
            login.ticket.starttime = Some(at(-90_000));
            login.ticket.authtime = at(-90_000);
        });
    }
    for flags in [TicketFlags::INVALID, TicketFlags::INVALID.with(TicketFlags::FORWARDABLE)] {
        bench.refused("E06", "ticket-invalid", |login| login.ticket.flags = flags);
    }
}

fn authorization(bench: &mut Bench<'_>) {
    for unknown in [9_999, -1, 5, 0, 127] {
        let element = || vec![Element::new(unknown, *b"\x30\x00")];
        bench.refused("E16", "critical-authorization-data", |login| login.ticket.authorization_data = element());
        bench.refused("E16", "critical-authorization-data", |login| login.authenticator.authorization_data = element());
    }
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    for target in ["cifs/www.example.test", "HTTP/other.example.test", "host/www.example.test", "HTTP"] {
        let element = if_relevant(&[Element::new(ad_type::CLIENT_TARGET, utf16(target))]).unwrap();
        bench.refused("E12", "client-target", |login| login.authenticator.authorization_data = vec![element]);
    }
    for length in 0..8 {
        let element = if_relevant(&[Element::new(ad_type::WIN2K_PAC, vec![0; length])]).unwrap();
        bench.refused("F01", "pac-bounds", |login| login.ticket.authorization_data = vec![element]);
    }
    for (tr_type, contents) in [(0, &b"A"[..]), (7, b"A"), (2, b"A")] {
        bench.refused("E11", "transited-path", |login| {
            (login.ticket.tr_type, login.ticket.transited) = (tr_type, contents.to_vec())
        });
    }
    for contents in [&b"EDU,MIT."[..], b",", b"A\\", b"/COM", b"X"] {
        bench.refused("E11", "transited-path", |login| login.ticket.transited = contents.to_vec());
    }
    for anonymous in [0, 1] {
        bench.refused("E18", "anonymous-refused", |login| match anonymous {
            0 => login.ticket.flags = login.ticket.flags.with(TicketFlags::ANONYMOUS),
            _ => {
                login.ticket.cname = Name::new(11, &["WELLKNOWN", "ANONYMOUS"]);
                login.authenticator.cname = login.ticket.cname.clone();
            }
        });
    }
}

/// C: offers that lead nowhere.
fn offers(bench: &mut Bench<'_>) {
    const UNKNOWN: Oid<'static> = Oid::from_octets(b"\x2b\x06\x01\x04\x01\x86\x8d\x1f\x01");
    let lists: [(&'static str, &str, &[Oid<'static>]); 7] = [
        ("C01", "no-mech", &[UNKNOWN]),
        ("C01", "no-mech", &[UNKNOWN; 32]),
        ("C01", "no-mech", &[Oid::IAKERB]),
        ("C01", "no-mech", &[Oid::SPNEGO]),
        ("C10", "negoex", &[Oid::NEGOEX]),
        ("C10", "negoex", &[Oid::NEGOEX, Oid::NEGOEX]),
        ("C16", "ntlm", &[Oid::NTLMSSP]),
    ];
    for (row, kind, list) in lists {
        for token in [None, Some(&b"NTLMSSP\0\x01\0\0\0"[..]), Some(b"a token")] {
            bench.token_refused(row, kind, &Offer::of(list).encode(token).unwrap());
        }
    }
    for octets in
        [&b""[..], b"\xa1\x02\x30\x00", b"\xa1\x07\x30\x05\xa0\x03\x0a\x01\x01", b"garbage", b"NTLMSSP\0\x01\0\0\0"]
    {
        let kind = match octets {
            b"" => "empty-token",
            [0xa1, ..] => "not-a-first-token",
            [b'g', ..] => "unrecognised",
            _ => "ntlm",
        };
        bench.token_refused("C12", kind, octets);
    }
    bench.token_refused("C14", "token-too-large", &vec![0x60; 65_537]);
    let inner = Offer::of(&[Oid::KRB5]);
    bench.token_refused("C09", "mech-mismatch", &inner.encode(Some(b"NTLMSSP\0\x01\0\0\0")).unwrap());
}
