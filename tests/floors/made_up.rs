//! The test of the test: houses made up to be wrong.

use crate::house::House;

/// What is wrong with a house of these files.
fn wrongs(files: &[(&str, &str)]) -> String {
    let files = files.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    House::new(&files).inspect().1.join("\n")
}

#[track_caller]
fn finds(files: &[(&str, &str)], expected: &str) {
    let found = wrongs(files);
    assert_eq!(found, expected);
}

#[test]
fn downwards_and_sideways_are_free() {
    finds(
        &[
            ("lib.rs", "mod gss; pub use peer::{Peer, Principal}; pub use crate::time::Timestamp;"),
            ("gss/mod.rs", "mod oid; pub use oid::Oid;"),
            ("gss/oid.rs", "use super::flags::Flags; use crate::error::{self, Fault}; use crate::Principal;"),
            ("peer.rs", "use core::fmt; fn f(a: crate::gss::Oid) -> crate::Timestamp { self::g::<crate::error::E>() }"),
            ("kerberos/mod.rs", "pub use acceptor::Acceptor; pub struct Shared;"),
            ("kerberos/message/mod.rs", "use super::Shared; use super::super::asn1;"),
            ("kerberos/acceptor.rs", "use super::{keytab::Keytab, message::*}; use crate::mechanism as seam;"),
            ("bin/negotiate/main.rs", "use negotiate::Acceptor; use crate::anything;"),
        ],
        "",
    );
}

#[test]
fn every_way_of_writing_an_import_is_read() {
    let wrong = "gss imports crate::kerberos::Keytab: floor 1 looks up to floor 3";
    for text in [
        "use crate::kerberos::Keytab;",
        "use crate::{error::{Fault, Reason}, kerberos::{Keytab}};",
        "use crate::kerberos::Keytab as Something;",
        "pub(crate) use super::kerberos::Keytab;",
        "fn f() -> Option<crate::kerberos::Keytab> { None }",
        "fn f() { let lifetime: &'static str = \"}\"; crate::kerberos::Keytab::<'a'> }",
        "mod inner { mod deeper { use super::super::super::kerberos::Keytab; } }",
        "mod inner { } use super::kerberos::Keytab;",
        "#[cfg(test)] mod tests { use crate::spnego::A; } use crate::kerberos::Keytab;",
        "/* /* nested */ */ use crate :: kerberos /* here */ :: Keytab;",
        "const A: [char; 3] = ['\"', '\\'', '\\u{7f}']; use crate::kerberos::Keytab;",
        "const A: &str = r#\"\"\"#; use crate::kerberos::Keytab;",
    ] {
        let found = wrongs(&[("gss/mod.rs", text)]);
        assert!(
            found.starts_with("gss imports crate::kerberos::Keytab") && found.ends_with("floor 1 looks up to floor 3"),
            "{text}\n{found}\n{wrong}"
        );
    }
    for text in [
        "//! [`crate::kerberos::Keytab`]",
        "/* use crate::kerberos::Keytab; */ const A: &str = \"use crate::kerberos::Keytab;\";",
        "#[cfg(test)] mod tests { use crate::kerberos::Keytab; mod more { } }",
        "#[cfg(test)] use crate::kerberos::{Keytab};",
    ] {
        finds(&[("gss/mod.rs", text)], "");
    }
}

#[test]
fn a_glob_counts() {
    finds(&[("time.rs", "use super::*;")], "time imports crate: that is the whole house");
    finds(&[("time.rs", "use crate::peer::*;")], "time imports crate::peer: floor 0 looks up to floor 1");
}

#[test]
fn a_re_export_is_no_way_round() {
    finds(
        &[
            ("lib.rs", "pub use kerberos::Keytab;"),
            ("kerberos/mod.rs", "pub use self::keytab::Keytab;"),
            ("http.rs", "use crate::Keytab;"),
        ],
        "http imports crate::Keytab (that is crate::kerberos::keytab::Keytab): floor 1 looks up to floor 3",
    );
    finds(
        &[
            ("kerberos/mod.rs", "mod keytab; pub use keytab::{Entry, Keytab as Table};"),
            ("kerberos/etype.rs", "use super::Table;"),
        ],
        "kerberos::etype imports crate::kerberos::Table (that is crate::kerberos::keytab::Keytab): floor 1 looks up to floor 2",
    );
}

#[test]
fn rooms_inside_a_mechanism_have_floors_too() {
    for (file, import, wrong) in [
        (
            "message/ticket.rs",
            "super::super::etype::Key",
            "kerberos::message::ticket imports crate::kerberos::etype::Key: floor 0 looks up to floor 1",
        ),
        (
            "message/mod.rs",
            "super::keytab",
            "kerberos::message imports crate::kerberos::keytab: floor 0 looks up to floor 2",
        ),
        (
            "message/mod.rs",
            "super::acceptor",
            "kerberos::message imports crate::kerberos::acceptor: floor 0 looks up to floor 4",
        ),
        (
            "etype/mod.rs",
            "super::acceptor::Policy",
            "kerberos::etype imports crate::kerberos::acceptor::Policy: floor 1 looks up to floor 4",
        ),
        (
            "keytab.rs",
            "crate::kerberos::acceptor",
            "kerberos::keytab imports crate::kerberos::acceptor: floor 2 looks up to floor 4",
        ),
    ] {
        finds(&[(&format!("kerberos/{file}"), &format!("use {import};"))], wrong);
    }
}

#[test]
fn walls_hold_whatever_the_floors_say() {
    finds(
        &[("ntlm/mod.rs", "use crate::kerberos::A;")],
        "ntlm imports crate::kerberos::A: ntlm must not know kerberos",
    );
    finds(&[("kerberos/mod.rs", "use crate::ntlm;")], "kerberos imports crate::ntlm: kerberos must not know ntlm");
    finds(
        &[("spnego/acceptor.rs", "fn f() { crate::kerberos::a() }")],
        "spnego::acceptor imports crate::kerberos::a: spnego must not know kerberos",
    );
    finds(
        &[("spnego/message.rs", "use super::super::ntlm::message;")],
        "spnego::message imports crate::ntlm::message: spnego must not know ntlm",
    );
}

#[test]
fn an_unknown_room_has_to_be_given_a_floor() {
    finds(&[("utils.rs", "")], "utils is on no floor: give it one in tests/floors/main.rs");
    finds(
        &[("kerberos/shortcut/mod.rs", "")],
        "kerberos::shortcut is on no floor: give it one in tests/floors/main.rs",
    );
    finds(&[("gss/mod.rs", "use crate::utils::*;")], "gss imports crate::utils: that is no room");
    finds(
        &[("gss/mod.rs", "#[path = \"../elsewhere.rs\"] mod oid;")],
        "gss keeps a module in another file than its name says",
    );
    finds(&[("gss/mod.rs", "#[cfg(test)] mod testing;"), ("gss/testing.rs", "use crate::spnego;")], "");
}

#[test]
fn leaves_live_on_the_public_api() {
    fn house(import: &str) -> String {
        wrongs(&[
            ("lib.rs", "pub mod gss; pub mod kerberos; mod mechanism; pub use mechanism::Question;"),
            ("gss/mod.rs", "mod oid; pub use oid::Oid;"),
            ("gss/oid.rs", "pub struct Oid; pub struct Arc;"),
            ("kerberos/mod.rs", "pub mod keytab; mod delegation; pub(crate) struct Inner; pub struct Outer;"),
            ("kerberos/delegation.rs", "pub struct A;"),
            ("kerberos/keytab.rs", "pub struct Keytab; pub(crate) fn shortcut() {}"),
            ("mechanism.rs", "pub struct Question; pub struct Seam;"),
            ("inspect/mod.rs", import),
        ])
    }
    assert_eq!(
        house(
            "use crate::gss::Oid; use crate::kerberos::{Outer, keytab::Keytab}; use crate::kerberos; use crate::Question; use self::tree::Node;"
        ),
        ""
    );
    for import in
        ["gss::oid::Arc", "kerberos::Inner", "kerberos::keytab::shortcut", "kerberos::delegation::A", "mechanism::Seam"]
    {
        let wrong = format!("inspect imports crate::{import}: inspect is a leaf: it uses the public API only");
        assert_eq!(house(&format!("use crate::{import};")), wrong);
    }
}
