//! Caches as their fields stand in the file.

use negotiate::Timestamp;
use negotiate::kerberos::Ccache;
use negotiate::kerberos::ccache::Error;

pub(crate) const NOW: u32 = 1_795_377_519;
pub(crate) const CLIENT: &str = "alice@EXAMPLE.COM";

pub(crate) fn now() -> Timestamp {
    at(NOW)
}

pub(crate) fn at(seconds: u32) -> Timestamp {
    Timestamp::from_seconds(seconds.into())
}

/// A credential before it is in the file.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) client: Vec<u8>,
    pub(crate) server: Vec<u8>,
    pub(crate) etype: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) times: [u32; 4],
    pub(crate) is_skey: u8,
    pub(crate) flags: u32,
    pub(crate) addresses: Vec<u8>,
    pub(crate) authdata: Vec<u8>,
    pub(crate) ticket: Vec<u8>,
    pub(crate) second_ticket: Vec<u8>,
}

impl Entry {
    /// A ticket for a service, good from an hour ago until in an hour.
    pub(crate) fn new(server: &str) -> Self {
        Self {
            client: name(CLIENT),
            server: name(server),
            etype: vec![0, 18],
            key: vec![0xa7; 32],
            times: [NOW - 3_600, NOW - 3_600, NOW + 3_600, 0],
            is_skey: 0,
            flags: 0x4000_0000,
            addresses: vec![0; 4],
            authdata: vec![0; 4],
            ticket: ticket(b"EXAMPLE.COM"),
            second_ticket: Vec::new(),
        }
    }

    pub(crate) fn until(mut self, endtime: u32) -> Self {
        self.times[2] = endtime;
        self
    }

    pub(crate) fn octets(&self) -> Vec<u8> {
        let mut octets = [&self.client[..], &self.server, &self.etype, &counted(&self.key)].concat();
        self.times.iter().for_each(|time| octets.extend(time.to_be_bytes()));
        octets.push(self.is_skey);
        octets.extend(self.flags.to_be_bytes());
        octets.extend([&self.addresses[..], &self.authdata].concat());
        octets.extend([counted(&self.ticket), counted(&self.second_ticket)].concat());
        octets
    }
}

pub(crate) fn counted(octets: &[u8]) -> Vec<u8> {
    [&(octets.len() as u32).to_be_bytes()[..], octets].concat()
}

/// A list of a cache's file.
pub(crate) fn list(elements: &[(u16, &[u8])]) -> Vec<u8> {
    let element = |(kind, octets): &(u16, &[u8])| [&kind.to_be_bytes()[..], &counted(octets)].concat();
    [&(elements.len() as u32).to_be_bytes()[..], &elements.iter().flat_map(element).collect::<Vec<_>>()].concat()
}

pub(crate) fn name(text: &str) -> Vec<u8> {
    let (components, realm) = text.split_once('@').unwrap();
    let components: Vec<_> = components.split('/').collect();
    let mut octets = [&1u32.to_be_bytes()[..], &(components.len() as u32).to_be_bytes()].concat();
    octets.extend(counted(realm.as_bytes()));
    components.iter().for_each(|component| octets.extend(counted(component.as_bytes())));
    octets
}

/// A ticket of this realm, for HTTP/web.
pub(crate) fn ticket(realm: &[u8]) -> Vec<u8> {
    use negotiate::asn1::{GeneralString, OctetString, SequenceOf};
    use negotiate::kerberos::message::{EncryptedData, PrincipalName, Ticket};
    let components = [GeneralString(b"HTTP"), GeneralString(b"web.example.com")];
    let enc_part = EncryptedData { etype: 18, kvno: Some(1), cipher: OctetString(&[5; 60]) };
    let sname = PrincipalName { name_type: 2, name_string: SequenceOf::new(&components) };
    Ticket { tkt_vno: 5, realm: GeneralString(realm), sname, enc_part }.to_der().unwrap()
}

pub(crate) fn file(entries: &[Entry]) -> Vec<u8> {
    with_header(&[], entries)
}

pub(crate) fn with_header(header: &[u8], entries: &[Entry]) -> Vec<u8> {
    let entries: Vec<u8> = entries.iter().flat_map(Entry::octets).collect();
    [&[5, 4][..], &(header.len() as u16).to_be_bytes(), header, &name(CLIENT), &entries].concat()
}

pub(crate) fn cache(entries: &[Entry]) -> Ccache {
    Ccache::parse(&file(entries)).unwrap()
}

pub(crate) fn refused(octets: &[u8]) -> Error {
    Ccache::parse(octets).unwrap_err()
}

/// A cache with something of everything.
pub(crate) fn rich() -> Vec<u8> {
    let mut krbtgt = Entry::new("krbtgt/EXAMPLE.COM@EXAMPLE.COM");
    krbtgt.times[3] = NOW + 86_400;
    let mut config = Entry::new("krb5_ccache_conf_data/pa_type/krbtgt\\/EXAMPLE.COM\\@EXAMPLE.COM@X-CACHECONF:");
    config.server = [
        &1u32.to_be_bytes()[..],
        &3u32.to_be_bytes(),
        &counted(b"X-CACHECONF:"),
        &counted(b"krb5_ccache_conf_data"),
        &counted(b"pa_type"),
        &counted(b"krbtgt/EXAMPLE.COM@EXAMPLE.COM"),
    ]
    .concat();
    (config.etype, config.key, config.times, config.flags, config.ticket) =
        (vec![0, 0], Vec::new(), [0; 4], 0, b"2".to_vec());
    let mut removed = Entry::new("HTTP/gone.example.com@EXAMPLE.COM");
    (removed.times[0], removed.times[2]) = (u32::MAX, 0);
    let mut odd = Entry::new("HTTP/web.example.com@EXAMPLE.COM");
    odd.addresses = list(&[(2, &[192, 0, 2, 1]), (24, &[0; 16])]);
    odd.authdata = list(&[(1, b"one"), (0xff76, b"")]);
    odd.second_ticket = b"second".to_vec();
    odd.is_skey = 1;
    (odd.etype, odd.key) = (vec![0xff, 0x76], vec![0x5c; 7]);
    let mut open = Entry::new("HTTP/web.example.com@EXAMPLE.COM");
    open.server = name("HTTP/web.example.com@");
    with_header(&[0, 1, 0, 8, 0, 0, 0, 7, 0, 0, 0, 9, 0x77, 0, 0, 2, 1, 2], &[krbtgt, config, removed, odd, open])
}
