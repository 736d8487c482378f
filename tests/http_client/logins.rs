//! What goes well, and what does not, with a server that plays by the rules.

use negotiate::gss::ChannelBindings;
use negotiate::http::Scheme;
use negotiate::{Fault, Mechanism, Wrapping};

use super::*;

#[test]
fn kerberos_takes_one_request_more_and_the_server_proves_itself() {
    let stage = Stage::new();
    let logins = logins().kerberos(stage.ticket()).ntlm(alice()).require_mutual();
    let mut connection = stage.server().connection(ONE, HttpVersion::Http1);
    let (statuses, login) = stage.login(begin(&logins), &mut connection);
    let login = login.unwrap().expect("a login");
    assert_eq!(statuses, [401, 200]);
    assert_eq!(login.context().unwrap().mechanism(), Mechanism::Kerberos);
    assert!(!login.holds_for_connection());
    assert_eq!(connection.context().unwrap().peer().to_string(), "alice@EXAMPLE.COM");
}

#[test]
fn without_a_ticket_it_is_ntlm_inside_negotiate_unless_that_is_forbidden() {
    let stage = Stage::new();
    let empty = || {
        let cache = negotiate::kerberos::Ccache::new("alice@EXAMPLE.COM".parse().unwrap());
        kerberos::Initiator::new(cache)
    };
    for logins in [logins().ntlm(alice()), logins().kerberos(empty()).ntlm(alice())] {
        let mut connection = stage.server().connection(ONE, HttpVersion::Http1);
        let (statuses, login) = stage.login(begin(&logins), &mut connection);
        let login = login.unwrap().expect("a login");
        assert_eq!(statuses, [401, 401, 200]);
        assert!(login.holds_for_connection() && login.scheme() == Scheme::Negotiate);
        assert_eq!(login.context().unwrap().wrapping(), Wrapping::Spnego);
        // The connection is logged in: the next request needs no token.
        let (statuses, login) = stage.login(begin(&logins), &mut connection);
        assert!(statuses == [200] && login.unwrap().is_none());
    }
    for logins in [logins().ntlm(alice()).forbid_ntlm(), logins().ntlm(alice()).require_mutual()] {
        let mut connection = stage.server().connection(ONE, HttpVersion::Http1);
        let (statuses, login) = stage.login(begin(&logins), &mut connection);
        assert_eq!(statuses, [401]);
        assert_eq!(refused(login), ClientError::NoCommonScheme { offered: "Negotiate, NTLM".into() });
    }
    // The reason names what is missing.
    let logins = logins().kerberos(empty()).ntlm(alice()).forbid_ntlm();
    let (_, login) = stage.login(begin(&logins), &mut stage.server().connection(ONE, HttpVersion::Http1));
    assert!(login.unwrap_err().to_string().contains("HTTP/server.example.com"));
}

#[test]
fn the_scheme_ntlm_where_nothing_else_is_offered() {
    let logins = logins().ntlm(alice());
    let (value, next) = resent(begin(&logins).receive(ONE, 401, ["Basic realm=\"x\", NTLM"], NOW));
    assert!(value.starts_with("NTLM TlRMTVNT"));
    // And the whole of it, against the server's own offer without its first line.
    let stage = Stage::new();
    let mut connection = stage.server::<Origin>().connection(ONE, HttpVersion::Http1);
    let (status, values) = stage.request(&mut connection, &[value]);
    let (value, next) = resent(next.receive(ONE, status, &values, NOW));
    let (status, values) = stage.request(&mut connection, &[value]);
    let Ok(Next::Finished { login: Some(login) }) = next.receive(ONE, status, &values, NOW) else { panic!() };
    assert!(status == 200 && login.scheme() == Scheme::Ntlm && login.holds_for_connection());
}

#[test]
fn a_wrong_password_is_the_end() {
    let stage = Stage::new();
    let wrong = Credential::with_password(r"ADEX\alice", "another").unwrap();
    let mut connection = stage.server().connection(ONE, HttpVersion::Http1);
    let (statuses, login) = stage.login(begin(&logins().ntlm(wrong)), &mut connection);
    assert!(statuses == [401, 401, 401] && login.is_err());
}

#[test]
fn h06_a_proxy_is_logged_in_to_by_its_own_fields() {
    let stage = Stage::new();
    let logins = HttpInitiator::<Proxy>::new().kerberos(stage.ticket()).require_mutual();
    let mut connection = stage.server::<Proxy>().connection(ONE, HttpVersion::Http1);
    let (statuses, login) = stage.login(begin_proxy(&logins), &mut connection);
    assert!(statuses == [407, 200] && login.unwrap().is_some());
    // What the server behind it asks is none of its business; what it asks is none of the server's.
    let logins = HttpInitiator::<Proxy>::new().kerberos(stage.ticket());
    let Ok(Next::Finished { login: None }) = begin_proxy(&logins).receive(ONE, 401, [] as [&str; 0], NOW) else {
        panic!()
    };
    let logins = super::logins().ntlm(alice());
    assert_eq!(refused(begin(&logins).receive(ONE, 407, ["Negotiate"], NOW)), ClientError::OtherChallenger);
    let (_, next) = resent(begin(&logins).receive(ONE, 401, ["Negotiate"], NOW));
    assert_eq!(refused(next.receive(ONE, 407, ["Negotiate"], NOW)), ClientError::OtherChallenger);
}

/// The same at a proxy, whose name is another than that of any ticket.
#[test]
fn without_a_ticket_for_the_proxy_it_is_ntlm_inside_negotiate_there_too() {
    let stage = Stage::new();
    let elsewhere = Realm::new("EXAMPLE.COM", "HTTP/elsewhere.example.com").unwrap();
    let elsewhere = || kerberos::Initiator::new(elsewhere.ccache("alice", NOW).unwrap());
    let logins = HttpInitiator::<Proxy>::new().kerberos(elsewhere()).ntlm(alice());
    let mut connection = stage.server::<Proxy>().connection(ONE, HttpVersion::Http1);
    let (status, offer) = stage.request(&mut connection, &[]);
    assert_eq!((status, &offer[..]), (407, &["Negotiate".to_owned(), "NTLM".to_owned()][..]));
    let (statuses, login) = stage.login(begin_proxy(&logins), &mut connection);
    let login = login.unwrap().expect("a login");
    assert_eq!(statuses, [407, 407, 200]);
    assert!(login.holds_for_connection() && login.scheme() == Scheme::Negotiate);
    let context = login.context().unwrap();
    assert_eq!((context.mechanism(), context.wrapping()), (Mechanism::Ntlm, Wrapping::Spnego));
    // The connection is logged in: the next request needs no token.
    let (statuses, login) = stage.login(begin_proxy(&logins), &mut connection);
    assert!(statuses == [200] && login.unwrap().is_none());
    // Where NTLM is forbidden, the reason names what is missing.
    let logins = HttpInitiator::<Proxy>::new().kerberos(elsewhere()).ntlm(alice()).forbid_ntlm();
    let (statuses, login) = stage.login(begin_proxy(&logins), &mut stage.server().connection(ONE, HttpVersion::Http1));
    assert!(statuses == [407] && login.unwrap_err().to_string().contains("HTTP/server.example.com"));
}

/// A server whose clock is wrong refuses the ticket with 401, and says so in its field.
#[test]
fn a_server_with_another_clock_is_told_from_one_that_knows_nobody() {
    let stage = Stage::new();
    let late = Timestamp::from_seconds(NOW.as_seconds() + 3_000);
    let (value, next) = resent(begin(&logins().kerberos(stage.ticket())).receive(ONE, 401, ["Negotiate"], NOW));
    let mut connection = stage.server::<Origin>().connection(ONE, HttpVersion::Http1);
    let step = connection.receive(ONE, &[value], late);
    let Response::Unauthorized { fields, error } = connection.respond(step) else { panic!("welcome") };
    assert_eq!(error.unwrap().krb_error(), Some(37));
    let error = next.receive(ONE, 401, fields.iter().map(|(_, value)| value), NOW).unwrap_err();
    assert_eq!((error.kind(), error.krb_error(), error.fault()), ("peer-error", Some(37), Fault::Time));
    let text = error.to_string();
    assert!(text.contains(&format!("its clock says {late}, this side's {NOW}")), "{text}");
}

#[test]
fn h01_a_handshake_is_of_its_connection() {
    let logins = logins().ntlm(alice());
    assert_eq!(refused(begin(&logins).receive(TWO, 401, ["Negotiate"], NOW)), ClientError::ConnectionMismatch);
    let (_, next) = resent(begin(&logins).receive(ONE, 401, ["Negotiate"], NOW));
    assert_eq!(refused(next.receive(TWO, 401, ["Negotiate YIIC"], NOW)), ClientError::ConnectionMismatch);
}

#[test]
fn h01_a_connection_that_is_logged_in_is_lent_to_the_same_login_and_place_only() {
    let stage = Stage::new();
    let other_site: Site = "https://server.example.com:8443".parse().unwrap();
    let alices = logins().ntlm(alice()).trust(other_site.clone());
    let bobs = logins().ntlm(Credential::with_password(r"ADEX\bob", "Bob-Pw-1").unwrap());
    let mut connection = stage.server().connection(ONE, HttpVersion::Http1);
    let (_, login) = stage.login(begin(&alices), &mut connection);
    let login = login.unwrap().unwrap();
    assert!(
        login.connection() == ONE && login.may_carry(&alices, &site()) && login.may_carry(&alices.clone(), &site())
    );
    assert!(!login.may_carry(&bobs, &site()));
    assert!(!login.may_carry(&alices, &other_site));
    assert!(!login.may_carry(&alices.clone().forbid_ntlm(), &site()));
}

#[test]
fn h03_http_2_takes_kerberos_and_says_where_ntlm_goes() {
    let stage = Stage::new();
    let h2 = |logins: &HttpInitiator<Origin>| logins.handshake(&site(), ONE, HttpVersion::Http2OrLater).unwrap();
    let ntlm = logins().ntlm(alice());
    for offer in [&["Negotiate"][..], &["NTLM"], &["Negotiate", "NTLM"]] {
        let next = h2(&ntlm).receive(ONE, 401, offer.iter().copied(), NOW).unwrap();
        assert!(matches!(next, Next::NeedsHttp11), "{offer:?}");
    }
    let both = logins().ntlm(alice()).kerberos(stage.ticket());
    let mut connection = stage.server().connection(ONE, HttpVersion::Http2OrLater);
    let (statuses, login) = stage.login(h2(&both), &mut connection);
    assert!(statuses == [401, 200] && login.unwrap().unwrap().context().is_some());
}

/// The bindings of a handshake go along with every kind of login, and no others are taken for them.
#[test]
fn h10_a_login_is_bound_to_the_channel_that_it_was_told_of() {
    let stage = Stage::new();
    let [own, others] = [b"own", b"oth"].map(|name| ChannelBindings::tls_server_end_point_hash(name));
    for logins in [logins().kerberos(stage.ticket()), logins().ntlm(alice())] {
        for (bindings, taken) in [(Some(&own), true), (Some(&others), false), (None, false)] {
            let handshake = begin(&logins);
            let handshake = match bindings {
                Some(bindings) => handshake.channel_bindings(bindings.clone()),
                None => handshake,
            };
            let server = stage.server().bindings_policy(BindingsPolicy::Required);
            let mut connection = server.connection(ONE, HttpVersion::Http1).channel_bindings(own.clone());
            let (statuses, login) = stage.login(handshake, &mut connection);
            assert_eq!(login.is_ok(), taken, "{statuses:?} {login:?}");
        }
    }
}
