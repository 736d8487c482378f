//! H: what a request may bring.

use negotiate::http::{Authorization, Error, Origin};

use crate::Inputs;

pub(crate) fn inputs(inputs: &mut Inputs) {
    let mut refused = |row, value: &[u8], error| {
        let found = Authorization::<Origin>::parse([value], 65_536).err();
        inputs.refused(row, "authorization", value, (found, error));
    };
    let lists: [&[u8]; 11] = [
        b"Negotiate QUFB, NTLM QUFB",
        b"Negotiate QUFB,Negotiate QUFB",
        b"Negotiate a, NTLM b",
        b"Negotiate a b",
        b"Negotiate QUFB QUFB",
        b"Negotiate QUFB\tQUFB",
        b"Negotiate QUFB,",
        b"Negotiate ,QUFB",
        b"Negotiate \tQUFB",
        b"Negotiate realm=\"x\"",
        b"Negotiate Negotiate QUFB",
    ];
    lists.iter().for_each(|value| refused("H04", value, Error::NotOneToken));
    for value in [&b"Negotiate"[..], b"Negotiate ", b"Negotiate \t ", b"negotiate   "] {
        refused("H04", value, Error::NoToken);
    }
    let schemes: [&[u8]; 12] = [
        b"",
        b" ",
        b",",
        b", Negotiate QUFB",
        b"=",
        b"\"Negotiate\" QUFB",
        b"Negotiate,QUFB",
        b"Negotiate\tQUFB",
        b"Negotiate:QUFB",
        b"Negotiate=QUFB",
        b"\0Negotiate QUFB",
        b"Negotiate\r\n QUFB",
    ];
    schemes.iter().for_each(|value| refused("H04", value, Error::NoScheme));
    let tokens: [&[u8]; 10] = [
        b"Negotiate =",
        b"Negotiate ====",
        b"Negotiate QQ=A",
        b"Negotiate QR==",
        b"Negotiate QQ",
        b"Negotiate QU-B",
        b"Negotiate QU_B",
        b"Negotiate QUFB\r\n",
        b"Negotiate QU\0B",
        b"Negotiate QUFB=",
    ];
    tokens.iter().for_each(|value| refused("H05", value, Error::BadBase64));
    let long = [&b"Negotiate "[..], &b"QUFB".repeat(22_000)].concat();
    refused("H05", &long, Error::TooLarge { limit: 65_536 });
}
