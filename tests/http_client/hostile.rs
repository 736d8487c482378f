//! Servers that are up to something.

use super::*;

#[test]
fn an_endless_401_ends_with_the_first_that_says_nothing_new() {
    let logins = logins().ntlm(alice());
    let (_, next) = resent(begin(&logins).receive(ONE, 401, ["Negotiate", "NTLM"], NOW));
    assert_eq!(refused(next.receive(ONE, 401, ["Negotiate", "NTLM"], NOW)), ClientError::Refused);
    let (_, next) = resent(begin(&logins).receive(ONE, 401, ["NTLM"], NOW));
    assert_eq!(refused(next.receive(ONE, 401, ["NTLM"], NOW)), ClientError::Refused);
}

#[test]
fn tokens_that_nobody_asked_for() {
    let logins = logins().ntlm(alice());
    for lines in [&["Negotiate oRQw"][..], &["NTLM TlRMTVNTUAACAAAA"], &["Negotiate", "NTLM TlRMTVNTUAACAAAA"]] {
        let found = begin(&logins).receive(ONE, 401, lines.iter().copied(), NOW);
        assert_eq!(refused(found), ClientError::UnexpectedChallenge, "{lines:?}");
    }
    // With a page that nobody had to log in for it is nobody's.
    let Ok(Next::Finished { login: None }) = begin(&logins).receive(ONE, 200, ["Negotiate oRQw"], NOW) else {
        panic!()
    };
}

#[test]
fn h04_two_tokens_of_one_scheme_and_challenges_of_every_kind() {
    let logins = logins().ntlm(alice());
    let waiting = || resent(begin(&logins).receive(ONE, 401, ["Negotiate"], NOW)).1;
    for lines in
        [&["Negotiate oRQw", "Negotiate oRQw"][..], &["Negotiate oRQw, Negotiate"], &["Negotiate, Negotiate oRQw"]]
    {
        let found = waiting().receive(ONE, 401, lines.iter().copied(), NOW);
        assert_eq!(refused(found), ClientError::UnexpectedChallenge, "{lines:?}");
    }
    assert_eq!(refused(waiting().receive(ONE, 401, ["NTLM TlRMTVNTUAACAAAA"], NOW)), ClientError::SchemeChanged);
    for line in ["Negotiate oRQw=", "Negotiate oRQ_", "Negotiate realm=x", "Negotiate oRR="] {
        assert!(waiting().receive(ONE, 401, [line], NOW).is_err(), "{line}");
    }
    let long = format!("Negotiate {}", "A".repeat(90_000));
    assert_eq!(waiting().receive(ONE, 401, [&long], NOW).unwrap_err().kind(), "too-large");
    // An offer in whatever company, said twice, in any case.
    for lines in [
        &["Basic realm=\"a, Negotiate b\", negotiate"][..],
        &["Negotiate", "negotiate"],
        &["Digest a=b,,NEGOTIATE , NTLM"],
        &["=", "Negotiate"],
    ] {
        let (value, _) = resent(begin(&logins).receive(ONE, 401, lines.iter().copied(), NOW));
        assert!(value.starts_with("Negotiate "), "{lines:?}");
    }
    let found = begin(&logins).receive(ONE, 401, ["Basic realm=\"Negotiate\", Bearer"], NOW);
    assert_eq!(refused(found), ClientError::NoCommonScheme { offered: "Basic, Bearer".into() });
    assert_eq!(
        refused(begin(&logins).receive(ONE, 401, [] as [&str; 0], NOW)),
        ClientError::NoCommonScheme { offered: String::new() }
    );
    // What ends up in a log is short, whatever they call themselves.
    let many = [format!("a, b, {}", "c".repeat(60_000)), "d, e, f, g, h, i, j".into()];
    let found = refused(begin(&logins).receive(ONE, 401, &many, NOW));
    assert!(found.to_string().len() < 400 && found.to_string().contains("a, b, ccc"), "{}", found.to_string().len());
}

#[test]
fn h08_a_page_without_the_proof_is_nobodys() {
    let stage = Stage::new();
    let strict = logins().kerberos(stage.ticket()).require_mutual();
    for status in [200, 204, 302, 403, 404, 500, 503] {
        let (_, next) = resent(begin(&strict).receive(ONE, 401, ["Negotiate"], NOW));
        let found = next.receive(ONE, status, [] as [&str; 0], NOW);
        assert_eq!(refused(found), ClientError::MutualMissing { status });
    }
    // Where it is not required, the login says that nothing was shown.
    let lax = logins().kerberos(stage.ticket());
    let (_, next) = resent(begin(&lax).receive(ONE, 401, ["Negotiate"], NOW));
    let Ok(Next::Finished { login: Some(login) }) = next.receive(ONE, 200, [] as [&str; 0], NOW) else { panic!() };
    assert!(login.context().is_none());
}

/// Whoever stands in between need only not ask.
#[test]
fn h08_a_page_that_no_login_was_asked_for_proves_nothing() {
    let stage = Stage::new();
    let strict = logins().kerberos(stage.ticket()).require_mutual();
    for status in [200, 204, 302, 403, 404, 500, 503] {
        for lines in [&[][..], &["Negotiate"], &["Negotiate oRQw"]] {
            let found = begin(&strict).receive(ONE, status, lines.iter().copied(), NOW);
            assert_eq!(refused(found), ClientError::MutualMissing { status });
        }
    }
    let strict = HttpInitiator::<Proxy>::new().kerberos(stage.ticket()).require_mutual();
    let found = begin_proxy(&strict).receive(ONE, 200, [] as [&str; 0], NOW);
    assert_eq!(found.unwrap_err().kind(), "mutual-missing");
}

/// A client of the scheme `NTLM`, and the server's challenge to it.
fn challenged(stage: &Stage) -> (ClientHandshake<Origin>, Vec<u8>) {
    let (value, next) = resent(begin(&logins().ntlm(alice())).receive(ONE, 401, ["NTLM"], NOW));
    let (_, values) = stage.request(&mut stage.server::<Origin>().connection(ONE, HttpVersion::Http1), &[value]);
    let challenge = Challenge::<Origin>::parse(&values).next().unwrap().unwrap();
    (next, challenge.token(65_536).unwrap().unwrap())
}

/// A page in the middle of a login is not the one that the login was for.
#[test]
fn h08_a_success_before_the_login_is_made() {
    let stage = Stage::new();
    for status in [200, 302, 403] {
        let (next, challenge) = challenged(&stage);
        let (_, value) = Challenge::<Origin>::ntlm_header(Some(&challenge));
        assert_eq!(refused(next.receive(ONE, status, [&value], NOW)), ClientError::Unfinished);
    }
}

/// NTLM that was not offered: chosen inside SPNEGO, or sent without it, with the answer of a real one.
#[test]
fn h08_a_server_cannot_choose_the_ntlm_that_was_forbidden() {
    let stage = Stage::new();
    let (_, challenge) = challenged(&stage);
    let tlv = |tag: u8, content: &[u8]| {
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82, high, low], content].concat()
    };
    let ntlm = tlv(0xa1, &tlv(6, b"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"));
    let state = tlv(0xa0, &[0x0a, 1, 1]);
    let chosen = tlv(0xa1, &tlv(0x30, &[state, ntlm, tlv(0xa2, &tlv(4, &challenge))].concat()));
    for logins in [logins().forbid_ntlm(), logins().require_mutual()] {
        let logins = logins.kerberos(stage.ticket()).ntlm(alice());
        for token in [&chosen, &challenge] {
            for status in [401, 200] {
                let (_, next) = resent(begin(&logins).receive(ONE, 401, ["Negotiate", "NTLM"], NOW));
                assert!(next.receive(ONE, status, [&negotiate(token)], NOW).is_err(), "{status}");
            }
        }
        let (_, next) = resent(begin(&logins).receive(ONE, 401, ["Negotiate", "NTLM"], NOW));
        let (_, bare) = Challenge::<Origin>::ntlm_header(Some(&challenge));
        assert_eq!(refused(next.receive(ONE, 401, [&bare], NOW)), ClientError::SchemeChanged);
        assert!(matches!(refused(begin(&logins).receive(ONE, 401, ["NTLM"], NOW)), ClientError::NoCommonScheme { .. }));
    }
}

/// A program logs its steps; with what an NTLM client sends, the password can be guessed at leisure.
#[test]
fn g03_a_step_over_http_shows_no_token() {
    let logins = logins().ntlm(alice());
    let step = begin(&logins).receive(ONE, 401, ["Negotiate"], NOW).unwrap();
    let Next::Resend { field: (_, value), .. } = &step else { panic!("{step:?}") };
    let token = value.strip_prefix("Negotiate ").unwrap();
    assert!(!format!("{step:?}{step:#?}").contains(token));
}

/// The proof with an error's status counts as one with a success (RFC 4559 section 5 ties it to no status).
#[test]
fn h08_a_proof_is_verified_whatever_the_status_and_each_bit_of_it() {
    let stage = Stage::new();
    let logins = logins().kerberos(stage.ticket()).require_mutual();
    let exchange = || {
        let (value, next) = resent(begin(&logins).receive(ONE, 401, ["Negotiate"], NOW));
        let mut connection = stage.server::<Origin>().connection(ONE, HttpVersion::Http1);
        let (status, values) = stage.request(&mut connection, &[value]);
        assert_eq!(status, 200);
        let challenge = Challenge::<Origin>::parse(&values).next().unwrap().unwrap();
        (next, challenge.token(65_536).unwrap().unwrap())
    };
    let (next, token) = exchange();
    assert!(matches!(next.receive(ONE, 500, [&negotiate(&token)], NOW), Ok(Next::Finished { login: Some(_) })));
    // Of another login, it is none.
    let (next, _) = exchange();
    assert!(next.receive(ONE, 200, [&negotiate(&token)], NOW).is_err());
    for at in (0..token.len()).step_by(3) {
        let (next, mut token) = exchange();
        token[at] ^= 0x40;
        assert!(next.receive(ONE, 200, [&negotiate(&token)], NOW).is_err(), "{at}");
    }
}

#[test]
fn success_in_the_middle_is_none() {
    let stage = Stage::new();
    let logins = logins().ntlm(alice());
    let (value, next) = resent(begin(&logins).receive(ONE, 401, ["Negotiate"], NOW));
    let mut connection = stage.server::<Origin>().connection(ONE, HttpVersion::Http1);
    let (_, values) = stage.request(&mut connection, &[value]);
    // The challenge, with a 200.
    assert_eq!(refused(next.receive(ONE, 200, &values, NOW)), ClientError::Unfinished);
}

#[test]
fn a_token_after_the_last_is_not_taken() {
    let stage = Stage::new();
    let logins = logins().ntlm(alice());
    let last = || {
        let mut connection = stage.server::<Origin>().connection(ONE, HttpVersion::Http1);
        let (value, next) = resent(begin(&logins).receive(ONE, 401, ["NTLM"], NOW));
        let (status, values) = stage.request(&mut connection, &[value]);
        resent(next.receive(ONE, status, &values, NOW)).1
    };
    assert_eq!(refused(last().receive(ONE, 200, ["NTLM TlRMTVNTUAACAAAA"], NOW)), ClientError::UnexpectedChallenge);
    assert_eq!(refused(last().receive(ONE, 401, ["NTLM TlRMTVNTUAACAAAA"], NOW)), ClientError::Refused);
    assert_eq!(refused(last().receive(ONE, 200, ["Negotiate oRQw"], NOW)), ClientError::SchemeChanged);
}
