//! Tokens explained: every field as an independent decoder read it, damaged tokens as far as they make sense, and no
//! secret, no panic and no command to the terminal in between.
#![cfg(feature = "kerberos")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its functions as well"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use negotiate::Timestamp;
use negotiate::inspect::{Explanation, Form, Node, Options, explain};
use negotiate::kerberos::Keytab;
use serde_json::Value;

// What others decoded.

/// The tree against the fields that the makers of the vectors wrote beside each token, decrypted parts included.
#[test]
fn fields_equal_an_independent_decoding() {
    let Some(folder) = shared_vectors() else { return };
    let (mut tokens, mut tickets) = (0, 0);
    for case in shared_cases(&folder) {
        let keytab = case["keytab"].as_str().map(|path| Keytab::read(folder.join(path)).unwrap());
        let mut request: Option<Vec<u8>> = None;
        for token in case["tokens"].as_array().into_iter().flatten() {
            let (text, decoded) = (token["b64"].as_str().unwrap_or_default(), &token["decoded"]);
            let mut options = Options::new().show_keys();
            if let Some(keytab) = &keytab {
                options = options.keytab(keytab);
            }
            if let Some(request) = &request {
                options = options.request(request);
            }
            let explanation = explain(text.as_bytes(), &options);
            let label = format!("{} {}", case["id"], token["from"]);
            tickets += usize::from(compare(&explanation, decoded, &label));
            tokens += 1;
            if !decoded["ap_req"].is_null() {
                request = Some(text.as_bytes().to_vec());
            }
        }
    }
    println!("{tokens} tokens compared, {tickets} of them with their decrypted parts");
    assert!(tokens > 400 && tickets > 250, "the vectors are there, but hardly any case in them");
}

/// Whether the decrypted parts could be compared, too.
fn compare(explanation: &Explanation, decoded: &Value, label: &str) -> bool {
    let root = explanation.root();
    let spnego = &decoded["spnego"];
    if let Some(types) = spnego["mechTypes"].as_array().filter(|_| spnego["undecodable"].is_null()) {
        let list = root.find("mechTypes").unwrap_or_else(|| panic!("{label}: no mechTypes"));
        let shown: Vec<_> = list.children.iter().filter(|node| node.kind != "flaw").map(first_word).collect();
        let expected: Vec<_> = types.iter().map(|oid| oid.as_str().unwrap().to_owned()).collect();
        assert_eq!(shown, expected, "{label}");
    }
    if let Some(supported) = spnego["supportedMech"].as_str() {
        assert_eq!(first_word(root.find("supportedMech").unwrap()), supported, "{label}");
    }
    let error = &decoded["krb_error"];
    if !error.is_null() {
        let node = of_kind(root, "KRB-ERROR").unwrap_or_else(|| panic!("{label}: no KRB-ERROR"));
        number(node, &["error-code"], &error["error_code"], label);
        number(node, &["susec"], &error["susec"], label);
        assert_eq!(at(node, &["realm"]).value.as_deref(), error["realm"].as_str(), "{label}");
    }
    if !decoded["ap_rep"].is_null() {
        compare_answer(root, &decoded["ap_rep"], label);
    }
    let request = &decoded["ap_req"];
    if request.is_null() {
        return false;
    }
    let node = of_kind(root, "AP-REQ").unwrap_or_else(|| panic!("{label}: no AP-REQ"));
    let service = format!("{}@{}", value(at(node, &["ticket", "sname"])), value(at(node, &["ticket", "realm"])));
    assert_eq!(service, request["service"].as_str().unwrap(), "{label}");
    number(node, &["ticket", "sname", "name-type"], &request["service_name_type"], label);
    number(node, &["ticket", "enc-part", "etype"], &request["ticket_etype"], label);
    number(node, &["authenticator", "etype"], &request["authenticator_etype"], label);
    match node.child("ticket").and_then(|ticket| ticket.child("enc-part")?.child("kvno")) {
        Some(_) => number(node, &["ticket", "enc-part", "kvno"], &request["ticket_kvno"], label),
        None => assert!(request["ticket_kvno"].is_null(), "{label}"),
    }
    let options = format!("0x{}", request["ap_options"].as_str().unwrap());
    assert_eq!(first_word(at(node, &["ap-options"])), options, "{label}");
    let ticket = node.child("ticket").unwrap().find("EncTicketPart");
    let authenticator = node.child("authenticator").unwrap().find("Authenticator");
    if let Some(ticket) = ticket {
        compare_ticket(ticket, &request["ticket"], label);
    }
    if let Some(authenticator) = authenticator {
        compare_authenticator(authenticator, &request["authenticator"], label);
    }
    ticket.is_some() && authenticator.is_some()
}

fn compare_ticket(node: &Node, decoded: &Value, label: &str) {
    assert_eq!(first_word(at(node, &["flags"])), format!("0x{}", decoded["flags"].as_str().unwrap()), "{label}");
    compare_key(node.child("key"), &decoded["key"], label);
    compare_name(node, decoded, label);
    for (name, expected) in
        [("authtime", "authtime"), ("starttime", "starttime"), ("endtime", "endtime"), ("renew-till", "renew_till")]
    {
        let shown = node.child(name).map(|node| value(node).to_owned());
        let expected = decoded[expected].as_i64().map(|time| Timestamp::from_seconds(time).to_string());
        assert_eq!(shown, expected, "{label} {name}");
    }
    number(node, &["transited", "tr-type"], &decoded["transited"]["type"], label);
    compare_authorization(node, decoded, label);
}

fn compare_authenticator(node: &Node, decoded: &Value, label: &str) {
    number(node, &["authenticator-vno"], &decoded["vno"], label);
    compare_name(node, decoded, label);
    number(node, &["cusec"], &decoded["cusec"], label);
    let ctime = Timestamp::from_seconds(decoded["ctime"].as_i64().unwrap()).to_string();
    assert_eq!(value(at(node, &["ctime"])), ctime, "{label}");
    compare_key(node.child("subkey"), &decoded["subkey"], label);
    if let Some(expected) = decoded["seq_number"].as_i64() {
        let expected = if expected < 0 { expected + (1 << 32) } else { expected };
        assert_eq!(first_word(at(node, &["seq-number"])), expected.to_string(), "{label}");
    }
    if !decoded["cksum"].is_null() {
        number(node, &["cksum", "cksumtype"], &decoded["cksum"]["type"], label);
    }
    let gss = &decoded["gss_checksum"];
    if !gss.is_null() {
        let checksum = of_kind(node, "GSS-API checksum").unwrap();
        let flags = gss["flags"].as_u64().unwrap();
        assert_eq!(first_word(at(checksum, &["Flags"])), format!("{flags:#x}"), "{label}");
        let bindings = gss["bnd"].as_str().unwrap();
        let expected = if bindings.bytes().all(|digit| digit == b'0') { "zero:" } else { bindings };
        assert_eq!(first_word(at(checksum, &["Bnd"])), expected, "{label}");
        assert_eq!(checksum.child("DlgOpt").is_some(), !gss["deleg_option"].is_null(), "{label}");
    }
    compare_authorization(node, decoded, label);
}

fn compare_answer(root: &Node, decoded: &Value, label: &str) {
    let node = of_kind(root, "AP-REP").unwrap_or_else(|| panic!("{label}: no AP-REP"));
    number(node, &["enc-part", "etype"], &decoded["etype"], label);
    let Some(part) = node.find("EncAPRepPart") else { return };
    number(part, &["cusec"], &decoded["cusec"], label);
    compare_key(part.child("subkey"), &decoded["subkey"], label);
    if let Some(expected) = decoded["seq_number"].as_i64() {
        let expected = if expected < 0 { expected + (1 << 32) } else { expected };
        assert_eq!(first_word(at(part, &["seq-number"])), expected.to_string(), "{label}");
    }
}

fn compare_key(node: Option<&Node>, decoded: &Value, label: &str) {
    let Some(expected) = decoded["key"].as_str() else {
        return assert!(node.is_none(), "{label}: a key that is not there");
    };
    let node = node.unwrap_or_else(|| panic!("{label}: a key is missing"));
    number(node, &["keytype"], &decoded["etype"], label);
    assert_eq!(value(at(node, &["keyvalue"])), expected, "{label}");
}

fn compare_name(node: &Node, decoded: &Value, label: &str) {
    assert_eq!(value(at(node, &["crealm"])), decoded["crealm"].as_str().unwrap(), "{label}");
    number(node, &["cname", "name-type"], &decoded["cname"]["name_type"], label);
    let shown: Vec<_> =
        at(node, &["cname", "name-string"]).children.iter().map(|part| value(part).to_owned()).collect();
    let expected: Vec<_> = decoded["cname"]["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part.as_str().unwrap().replace('\\', "\\\\"))
        .collect();
    assert_eq!(shown, expected, "{label}");
}

fn compare_authorization(node: &Node, decoded: &Value, label: &str) {
    let expected: Vec<_> = decoded["authorization_data"].as_array().into_iter().flatten().collect();
    let shown = node.child("authorization-data").map_or(&[][..], |list| &list.children);
    assert_eq!(shown.len(), expected.len(), "{label}");
    for (shown, expected) in shown.iter().zip(expected) {
        number(shown, &["ad-type"], &expected["type"], label);
        let octets = expected["data"].as_str().unwrap().len() / 2;
        let range = &at(shown, &["ad-data"]).range;
        assert!((octets..octets + 12).contains(&range.len()), "{label}");
    }
}

fn number(node: &Node, path: &[&str], expected: &Value, label: &str) {
    let expected = expected.as_i64().unwrap_or_else(|| panic!("{label}: {path:?} is not in the vector"));
    assert_eq!(first_word(at(node, path)), expected.to_string(), "{label} {path:?}");
}

fn at<'a>(node: &'a Node, path: &[&str]) -> &'a Node {
    path.iter().fold(node, |node, name| node.child(name).unwrap_or_else(|| panic!("no {name} in {path:?}")))
}

fn of_kind<'a>(root: &'a Node, kind: &str) -> Option<&'a Node> {
    root.walk().map(|(_, node)| node).find(|node| node.kind == kind)
}

fn value(node: &Node) -> &str {
    node.value.as_deref().unwrap_or_default()
}

fn first_word(node: &Node) -> String {
    value(node).split(' ').next().unwrap_or_default().to_owned()
}

// The text.

/// A ticket made by hand, opened with its keytab.
#[test]
fn the_text_of_a_whole_request() {
    let case = Case::read("crafted-good");
    let (keytab, token) = (case.keytab(), case.tokens[0].as_bytes());
    let explanation = explain(token, &Options::new().keytab(&keytab).at(case.now()));
    assert_eq!(explanation.to_string(), WHOLE_REQUEST);
    assert!(explanation.is_sound());
}

const WHOLE_REQUEST: &str = "\
a token in base64, 539 octets
     0..539     token InitialContextToken
     4..15        thisMech MechType: 1.2.840.113554.1.2.2 (Kerberos V5)
    15..17        TOK_ID: 0100 (KRB_AP_REQ)
    17..539       AP-REQ
    25..30          pvno: 5
    30..35          msg-type: 14 (KRB_AP_REQ)
    35..44          ap-options APOptions: 0x20000000 mutual-required
    44..330         ticket Ticket
    56..61            tkt-vno: 5
    61..76            realm Realm: EXAMPLE.COM
    76..115           sname PrincipalName: HTTP/server.example.com
    80..85              name-type: 2 (NT-SRV-INST)
    85..115             name-string SEQUENCE OF KerberosString
    89..95                [0] KerberosString: HTTP
    95..115               [1] KerberosString: server.example.com
   115..330           enc-part EncryptedData
   121..126             etype: 18 (aes256-cts-hmac-sha1-96)
   126..131             kvno: 3
   131..330             cipher: (193 octets)
     0..165               decrypted: 165 octets, by HTTP/server.example.com@EXAMPLE.COM kvno 3; ranges below (|) count from the first of them
     0..165   |             EncTicketPart
     6..15    |               flags TicketFlags: 0x40a10000 forwardable renewable pre-authent enc-pa-rep
    15..60    |               key EncryptionKey
    19..24    |                 keytype: 18 (aes256-cts-hmac-sha1-96)
    24..60    |                 keyvalue: (32 octets, elided)
    60..75    |               crealm Realm: EXAMPLE.COM
    75..95    |               cname PrincipalName: alice
    79..84    |                 name-type: 1 (NT-PRINCIPAL)
    84..95    |                 name-string SEQUENCE OF KerberosString
    88..95    |                   [0] KerberosString: alice
    95..108   |               transited TransitedEncoding
    99..104   |                 tr-type: 1 (DOMAIN-X500-COMPRESS)
   104..108   |                 contents: (empty)
   108..127   |               authtime KerberosTime: 2026-11-22T19:57:43Z
   127..146   |               starttime KerberosTime: 2026-11-22T19:57:43Z
   146..165   |               endtime KerberosTime: 2036-11-15T15:58:43Z
   330..539         authenticator EncryptedData
   336..341           etype: 18 (aes256-cts-hmac-sha1-96)
   341..539           cipher: (192 octets)
     0..164             decrypted: 164 octets, by the ticket's session key; ranges below (|) count from the first of them
     0..164   |           Authenticator
     6..11    |             authenticator-vno: 5
    11..26    |             crealm Realm: EXAMPLE.COM
    26..46    |             cname PrincipalName: alice
    30..35    |               name-type: 1 (NT-PRINCIPAL)
    35..46    |               name-string SEQUENCE OF KerberosString
    39..46    |                 [0] KerberosString: alice
    46..85    |             cksum Checksum
    50..57    |               cksumtype: 32771 (gss-api checksum 0x8003)
    57..85    |               checksum
    61..85    |                 GSS-API checksum
    61..65    |                   Lgth: 16
    65..81    |                   Bnd: zero: no channel bindings
    81..85    |                   Flags: 0x3e mutual replay sequence confidentiality integrity
    85..92    |             cusec: 436938
    92..111   |             ctime KerberosTime: 2026-11-22T19:58:43Z
   111..156   |             subkey EncryptionKey
   115..120   |               keytype: 18 (aes256-cts-hmac-sha1-96)
   120..156   |               keyvalue: (32 octets, elided)
   156..164   |             seq-number: 1007771378
* the authenticator's clock is 0 s ahead: within the usual 300 s
";

/// The guide shows a real token as it is printed.
#[test]
fn the_guide_shows_what_is_printed() {
    let case = Case::read("http-curl-localhost");
    let keytab = case.keytab();
    let explanation = explain(case.tokens[0].as_bytes(), &Options::new().keytab(&keytab).at(case.now()));
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tokens.md")).unwrap();
    let shown = guide.split("```").find_map(|block| block.strip_prefix("text\n")).unwrap();
    assert_eq!(shown, explanation.to_string());
}

#[test]
fn ranges_hold_what_they_say() {
    let case = Case::read("crafted-good");
    let octets = unbase64(&case.tokens[0]);
    let explanation = explain(&octets, &Options::new());
    assert_eq!(explanation.form(), Form::Binary);
    let realm = explanation.root().find("realm").unwrap();
    assert!(octets[realm.range.clone()].ends_with(b"EXAMPLE.COM"));
    for (_, node) in explanation.root().walk() {
        assert!(node.range.end <= octets.len());
        let mut end = node.range.start;
        for child in &node.children {
            assert!(child.range.start >= end && child.range.end <= node.range.end, "{}: {child:?}", node.name);
            end = child.range.end;
        }
    }
}

#[test]
fn json_is_the_same_tree() {
    fn same(json: &Value, node: &Node) {
        assert_eq!(json["kind"], node.kind);
        assert_eq!(json["name"], *node.name);
        assert_eq!(json["range"], serde_json::json!([node.range.start, node.range.end]));
        assert_eq!(json["value"].as_str(), node.value.as_deref());
        assert_eq!(json["children"].as_array().unwrap().len(), node.children.len());
        json["children"].as_array().unwrap().iter().zip(&node.children).for_each(|(json, node)| same(json, node));
    }
    for name in ["crafted-good", "damaged-cut-half", "damaged-ntlm", "deleg-aes256-sha1-krb5", "crafted-cname-slash"] {
        let case = Case::read(name);
        let keytab = case.keytab();
        let explanation = explain(case.tokens[0].as_bytes(), &Options::new().keytab(&keytab));
        let json: Value = serde_json::from_str(&explanation.to_json()).unwrap();
        same(&json, explanation.root());
        let hints: Vec<_> = json["hints"].as_array().unwrap().iter().map(|hint| hint.as_str().unwrap()).collect();
        assert_eq!(hints, explanation.hints());
        assert_eq!(json["sound"], explanation.is_sound());
    }
}

// Hints.

#[test]
fn hints_say_what_a_person_wants_to_know() {
    let table: [(&str, &str); 13] = [
        ("damaged-ntlm", "this is NTLM: the browser had no ticket"),
        ("spnego-windows-list-nomutual", "Microsoft's misspelt OID"),
        ("spnego-ntlm-first-nomic-mutual", "NTLM is the client's first choice"),
        ("crafted-good-rc4", "encrypted with rc4-hmac"),
        ("crafted-use-session-key", "user-to-user"),
        ("crafted-ctime-310", "309 s behind"),
        ("crafted-ctime+250", "250 s ahead: within"),
        ("crafted-tkt-expired", "the ticket has expired at"),
        ("crafted-tkt-notyet", "the ticket is not valid before"),
        ("crafted-kvno-lies", "kvno: the ticket names"),
        ("wrongkey", "wrong salt or password"),
        ("damaged-bare-apreq", "without GSS-API's frame"),
        ("damaged-cut-half", "the token is not sound"),
    ];
    for (name, expected) in table {
        let case = Case::read(name);
        let keytab = case.keytab();
        let explanation = explain(case.tokens[0].as_bytes(), &Options::new().keytab(&keytab).at(case.now()));
        let hints = explanation.hints().join("\n");
        assert!(hints.contains(expected), "{name}: {expected:?} is not in\n{explanation}");
    }
    let reject = explain(b"oRQwEqADCgECoQsGCSqGSIb3EgECAg==", &Options::new());
    assert!(reject.hints()[0].contains("the negotiation was rejected"), "{reject}");
    let skew = Case::read("time-skew+310").answers[0].clone();
    let skew = explain(skew.as_bytes(), &Options::new());
    assert!(skew.hints()[0].contains("KRB_AP_ERR_SKEW (37)"), "{skew}");
    let negoex =
        b"\xa0\x1a\x30\x18\xa0\x0e\x30\x0c\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e\xa2\x06\x04\x04NEGO";
    let negoex = explain(negoex, &Options::new());
    assert!(negoex.hints()[0].starts_with("NegoEx is offered first"), "{negoex}");
}

// Secrets and terminals.

#[test]
fn g03_no_key_is_shown_unless_asked_for() {
    let mut keys = 0;
    for case in Case::all() {
        let keytab = case.keytab();
        let octets = |hexadecimal: &str| hexadecimal.len() == 32 || hexadecimal.len() == 64;
        for token in &case.tokens {
            let (hidden, shown) = (Options::new().keytab(&keytab), Options::new().keytab(&keytab).show_keys());
            let hidden = explain(token.as_bytes(), &hidden);
            let shown = explain(token.as_bytes(), &shown);
            let texts = [hidden.to_string(), hidden.to_json(), format!("{hidden:?}")];
            let values = shown.root().walk().filter(|(_, node)| node.name == "keyvalue");
            for key in values.map(|(_, node)| value(node)).filter(|key| octets(key)) {
                assert!(texts.iter().all(|text| !text.contains(key)), "{}", case.name);
                keys += 1;
            }
        }
    }
    assert!(keys > 300, "{keys} keys");
}

#[test]
fn a09_no_token_commands_a_terminal() {
    let hostile = b"\x1b]0;owned\x07\x1b[2J\r\n\xc2\x9b31m\xe2\x80\xae";
    let mut sname = vec![0x1b, u8::try_from(hostile.len()).unwrap()];
    sname.extend_from_slice(hostile);
    // AP-REQ down to the name: lengths are wrong on purpose, for the walk goes on.
    let wrap = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
    let name = wrap(0x30, &[wrap(0xa0, b"\x02\x01\x02"), wrap(0xa1, &wrap(0x30, &sname))].concat());
    let ticket = wrap(0x61, &wrap(0x30, &[wrap(0xa1, &sname), wrap(0xa2, &name)].concat()));
    let request = wrap(0x6e, &wrap(0x30, &wrap(0xa3, &ticket)));
    let explanation = explain(&request, &Options::new());
    assert!(explanation.to_string().contains("\\u{1b}]0;owned\\u{7}"), "{explanation}");
    for text in [explanation.to_string(), explanation.to_json()] {
        let commands = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(commands), "{text:?}");
    }
    assert!(!explanation.is_sound());
}

// Damage.

/// All prefixes and all single-bit flips: explained without a panic, and never with more nodes than the bound.
#[test]
fn a07_every_prefix_and_every_flipped_bit() {
    let mut inputs = 0;
    for name in GOLDEN {
        let case = Case::read(name);
        let keytab = case.keytab();
        let options = Options::new().keytab(&keytab).at(case.now());
        for token in case.tokens.iter().chain(&case.answers) {
            let octets = unbase64(token);
            for end in 0..octets.len() {
                render(&octets[..end], &Options::new());
                inputs += 1;
            }
            let mut flipped = octets.clone();
            for bit in 0..octets.len() * 8 {
                flipped[bit / 8] ^= 1 << (bit % 8);
                // Opening each ticket anew costs most of the time, and says little more.
                let options = if bit % 64 == 0 { options } else { Options::new() };
                render(&flipped, &options);
                flipped[bit / 8] ^= 1 << (bit % 8);
                inputs += 1;
            }
        }
    }
    println!("{inputs} damaged tokens explained");
    assert!(inputs > 100_000);
}

/// A flipped bit in a cipher never yields a decrypted part.
#[test]
fn e08_damaged_ciphers_stay_closed() {
    let case = Case::read("crafted-good");
    let keytab = case.keytab();
    let octets = unbase64(&case.tokens[0]);
    let whole = explain(&octets, &Options::new().keytab(&keytab));
    for path in [&["ticket", "enc-part", "cipher"][..], &["authenticator", "cipher"]] {
        let cipher = at(of_kind(whole.root(), "AP-REQ").unwrap(), path);
        // The tags and lengths in front of the octets themselves.
        for position in cipher.range.start + 8..cipher.range.end {
            let mut flipped = octets.clone();
            flipped[position] ^= 0x10;
            let explanation = explain(&flipped, &Options::new().keytab(&keytab));
            let cipher = at(of_kind(explanation.root(), "AP-REQ").unwrap(), path);
            assert!(cipher.child("decrypted").is_none() && cipher.child("sealed").is_some(), "{position}");
        }
    }
}

#[test]
fn a04_nothing_nests_or_repeats_without_end() {
    // A stack this small ends every recursion over the input.
    let thread = std::thread::Builder::new().stack_size(128 * 1024).spawn(|| {
        for unit in [&b"\x30\x80"[..], b"\xa0\x80", b"\x60\x82", b"\x60\x06\x06\x01\x00", b"\x30\x00", b"\xa1\x00"] {
            render(&unit.repeat(100_000), &Options::new());
        }
        // Frames within frames, each of them whole.
        let mut frames = b"\x60\x00".to_vec();
        for _ in 0..2_000 {
            let inner = [b"\x06\x06\x2b\x06\x01\x05\x05\x02", &frames[..]].concat();
            frames = [&[0x60, 0x83], &u32::try_from(inner.len()).unwrap().to_be_bytes()[1..], &inner].concat();
        }
        let explanation = explain(&frames, &Options::new());
        assert!(explanation.root().walk().all(|(depth, _)| depth < 40));
        // A list that never ends.
        let list = [
            &b"\xa0\x83\x0f\x00\x00\x30\x83\x0e\xff\xfb\xa0\x83\x0e\xff\xf6\x30\x83\x0e\xff\xf1"[..],
            &b"\x06\x00".repeat(500_000),
        ];
        let explanation = explain(&list.concat(), &Options::new());
        assert!(explanation.root().walk().count() < 10_000);
        assert!(!explanation.is_sound());
    });
    thread.unwrap().join().unwrap();
}

fn render(token: &[u8], options: &Options<'_>) {
    let explanation = explain(token, options);
    let _ = (explanation.to_string(), explanation.to_json());
}

/// One of each kind of token.
const GOLDEN: [&str; 20] = [
    "crafted-good",
    "crafted-good-nosubkey-noseq",
    "crafted-cbt-good",
    "crafted-tkt-authdata-ifrelevant",
    "crafted-ctime-310",
    "crafted-dce-bare",
    "crafted-etype-nego-rc4",
    "crafted-gss-extra",
    "damaged-good-spnego",
    "damaged-ntlm",
    "damaged-spnego-empty-list",
    "deleg-aes256-sha1-spnego",
    "etype-aes256-sha2-spnego-mutual",
    "etype-camellia128-spnego-mutual",
    "heimdal-both-spnego",
    "jdk-init-cb-krb5",
    "principal-caddr",
    "spnego-unknown-mechs",
    "spnego-mit-ntlm-first-aes256-sha1-mutual",
    "spnego-windows-list-nomutual",
];

// The cases of the repository, and the larger collection beside it.

struct Case {
    name: String,
    fields: BTreeMap<String, String>,
    tokens: Vec<String>,
    answers: Vec<String>,
}

impl Case {
    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit")
    }

    fn read(name: &str) -> Self {
        let path = Self::folder().join(name).with_extension("txt");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut case = Self { name: name.to_owned(), fields: BTreeMap::new(), tokens: Vec::new(), answers: Vec::new() };
        for line in text.lines() {
            if let Some(token) = line.strip_prefix("> ") {
                case.tokens.push(token.to_owned());
            } else if let Some(token) = line.strip_prefix("< ") {
                case.answers.push(token.to_owned());
            } else if let Some((name, value)) = line.split_once(": ") {
                case.fields.insert(name.to_owned(), value.to_owned());
            }
        }
        case
    }

    fn all() -> Vec<Self> {
        let names = fs::read_dir(Self::folder()).unwrap().map(|entry| entry.unwrap().path());
        let names = names.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
        names.map(|path| Self::read(path.file_stem().unwrap().to_str().unwrap())).collect()
    }

    fn keytab(&self) -> Keytab {
        Keytab::read(Self::folder().join("keytabs").join(&self.fields["keytab"])).unwrap()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.fields["now"].parse().unwrap())
    }
}

fn unbase64(text: &str) -> Vec<u8> {
    use base64ct::{Base64, Encoding};
    Base64::decode_vec(text).unwrap()
}

/// The folder of recorded exchanges, if it is there.
fn shared_vectors() -> Option<PathBuf> {
    let folder = std::env::var_os("NEGOTIATE_VECTORS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from)
        .join("mit");
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

fn shared_cases(folder: &Path) -> Vec<Value> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let cases = paths.map(|path| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap());
    cases.filter(|case| case["tokens"].is_array()).collect()
}

/// Files that are easily taken for a token: named, and nothing of their keys is shown.
#[test]
fn g03_a_file_with_keys_is_named_and_not_shown() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit");
    for (file, kind) in [
        ("ccache/deleg-aes256-sha1-krb5", "credential cache"),
        ("ccache/deleg-aes256-sha1-krb5.delegated", "credential cache"),
        ("keytabs/server.keytab", "keytab"),
    ] {
        let octets = std::fs::read(folder.join(file)).unwrap();
        let explanation = explain(&octets, &Options::new());
        assert_eq!(explanation.root().kind, kind);
        let text = explanation.to_string();
        assert!(!explanation.is_sound() && text.lines().count() < 6 && text.len() < 600, "{text}");
        assert!(text.contains("list` reads it"), "{text}");
    }
}
