//! Which ticket a login gets.

use negotiate::Fault;
use negotiate::error::Reason;
use negotiate::kerberos::Ccache;
use negotiate::kerberos::ccache::Error;

use crate::made::{Entry, NOW, at, cache, file, name, now, with_header};

/// The service of the ticket that is found, and how much longer it is good, in seconds.
fn found(cache: &Ccache, target: &str) -> Result<(String, i64), Error> {
    let found = cache.find(&target.parse().unwrap(), now())?;
    Ok((found.server.to_string(), found.times.endtime.as_seconds() - i64::from(NOW)))
}

fn server(cache: &Ccache, target: &str) -> String {
    found(cache, target).unwrap().0
}

#[test]
fn the_realm_is_the_targets_or_the_clients_or_any() {
    let both = cache(&[Entry::new("HTTP/web@OTHER.COM").until(NOW + 9_000), Entry::new("HTTP/web@EXAMPLE.COM")]);
    assert_eq!(server(&both, "HTTP@web"), "HTTP/web@EXAMPLE.COM");
    assert_eq!(server(&both, "HTTP/web@OTHER.COM"), "HTTP/web@OTHER.COM");
    let other = cache(&[Entry::new("HTTP/web@OTHER.COM")]);
    assert_eq!(server(&other, "HTTP@web"), "HTTP/web@OTHER.COM");
    // Who names a realm means it.
    assert!(matches!(found(&other, "HTTP/web@EXAMPLE.COM"), Err(Error::NoTicket(_))));
    // One that is over does not stand in the way of one that is good.
    let over = cache(&[Entry::new("HTTP/web@EXAMPLE.COM").until(NOW - 1), Entry::new("HTTP/web@OTHER.COM")]);
    assert_eq!(server(&over, "HTTP@web"), "HTTP/web@OTHER.COM");
}

#[test]
fn names_are_compared_octet_by_octet_then_with_the_host_folded() {
    let mixed = cache(&[
        Entry::new("HTTP/web.example.com@EXAMPLE.COM").until(NOW + 9_000),
        Entry::new("HTTP/Web.Example.com@EXAMPLE.COM"),
    ]);
    assert_eq!(server(&mixed, "HTTP@Web.Example.com"), "HTTP/Web.Example.com@EXAMPLE.COM");
    assert_eq!(server(&mixed, "HTTP@web.example.com"), "HTTP/web.example.com@EXAMPLE.COM");
    assert_eq!(server(&mixed, "HTTP@WEB.EXAMPLE.COM."), "HTTP/web.example.com@EXAMPLE.COM");
    for other in
        ["http@web.example.com", "HTTP@web", "HTTP@web.example.com.org", "HTTPS@web.example.com", "HTTP@eb.example.com"]
    {
        assert!(matches!(found(&mixed, other), Err(Error::NoTicket(_))), "{other}");
    }
    assert!(matches!(found(&mixed, "HTTP/web.example.com@example.com"), Err(Error::NoTicket(_))), "realms have a case");
    let umlaut = cache(&[Entry::new("HTTP/b\u{fc}cher@EXAMPLE.COM")]);
    assert!(matches!(found(&umlaut, "HTTP@B\u{dc}CHER"), Err(Error::NoTicket(_))), "ASCII case alone");
}

#[test]
fn a_port_is_part_of_the_name() {
    let ports = cache(&[
        Entry::new("MSSQLSvc/db.example.com:1433@EXAMPLE.COM"),
        Entry::new("MSSQLSvc/db.example.com@EXAMPLE.COM"),
        Entry::new("MSSQLSvc/x:11433@EXAMPLE.COM"),
    ]);
    assert_eq!(server(&ports, "MSSQLSvc/db.example.com:1433"), "MSSQLSvc/db.example.com:1433@EXAMPLE.COM");
    assert_eq!(server(&ports, "MSSQLSvc/DB.example.com:1433"), "MSSQLSvc/db.example.com:1433@EXAMPLE.COM");
    assert_eq!(server(&ports, "MSSQLSvc/db.example.com"), "MSSQLSvc/db.example.com@EXAMPLE.COM");
    for other in ["MSSQLSvc/db.example.com:143", "MSSQLSvc/db.example.com:11433", "MSSQLSvc/x:1433"] {
        assert!(matches!(found(&ports, other), Err(Error::NoTicket(_))), "{other}");
    }
}

#[test]
fn of_several_the_one_that_lives_longest_and_then_the_last() {
    let web = || Entry::new("HTTP/web@EXAMPLE.COM");
    let several = cache(&[web().until(NOW + 10), web().until(NOW + 900), web().until(NOW + 20)]);
    assert_eq!(found(&several, "HTTP@web").unwrap().1, 900);
    let (mut first, mut last) = (web(), web());
    (first.ticket, last.ticket) = (b"first".to_vec(), b"last".to_vec());
    let twice = cache(&[first, last]);
    assert_eq!(twice.find(&"HTTP@web".parse().unwrap(), now()).unwrap().ticket, b"last");
}

#[test]
fn tickets_that_are_no_good_are_passed_over_and_named_where_there_is_no_other() {
    let web = || Entry::new("HTTP/web@EXAMPLE.COM");
    let mut invalid = web().until(NOW + 9_000);
    invalid.flags = 0x0100_0000;
    let mut postdated = web().until(NOW + 9_000);
    postdated.times[1] = NOW + 301;
    let mut u2u = web().until(NOW + 9_000);
    u2u.is_skey = 1;
    let mut others = web().until(NOW + 9_000);
    others.client = name("bob@EXAMPLE.COM");
    let mut removed = web();
    (removed.times[0], removed.times[2]) = (u32::MAX, 0);
    for no_good in [&invalid, &postdated, &u2u, &others, &removed] {
        assert_eq!(found(&cache(&[no_good.clone(), web()]), "HTTP@web").unwrap().1, 3_600);
    }
    for absent in [&u2u, &others, &removed] {
        assert!(matches!(found(&cache(std::slice::from_ref(absent)), "HTTP@web"), Err(Error::NoTicket(_))));
    }
    assert!(matches!(found(&cache(&[invalid]), "HTTP@web"), Err(Error::Invalid { .. })));
    let error = found(&cache(&[postdated.clone()]), "HTTP@web").unwrap_err();
    assert!(matches!(error, Error::NotYetValid { .. }) && error.fault() == Fault::Time, "{error}");
    // The clocks may differ by five minutes.
    postdated.times[1] = NOW + 300;
    assert!(found(&cache(&[postdated]), "HTTP@web").is_ok());
}

#[test]
fn a_ticket_that_is_over_is_refused_with_its_time() {
    let over = cache(&[Entry::new("HTTP/web@EXAMPLE.COM").until(NOW - 27 * 3_600)]);
    let error = found(&over, "HTTP@web").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the ticket for HTTP/web@EXAMPLE.COM ended 2026-11-21T16:58:39Z, 27 h ago: get a new one (kinit, kvno)"
    );
    assert_eq!((error.kind(), error.fault()), ("ticket-expired", Fault::Time));
    let target = "HTTP@web".parse().unwrap();
    let ends = cache(&[Entry::new("HTTP/web@EXAMPLE.COM").until(NOW)]);
    assert!(ends.find(&target, at(NOW - 1)).is_ok());
    assert!(matches!(ends.find(&target, at(NOW)), Err(Error::Expired { .. })));
    // By the KDC's clock, where the cache knows it: here an hour and a second ahead.
    let header = [&[0, 1, 0, 8][..], &3_601u32.to_be_bytes(), &[0; 4]].concat();
    let ahead = Ccache::parse(&with_header(&header, &[Entry::new("HTTP/web@EXAMPLE.COM")])).unwrap();
    assert!(matches!(ahead.find(&target, now()), Err(Error::Expired { .. })));
    assert!(cache(&[Entry::new("HTTP/web@EXAMPLE.COM")]).find(&target, now()).is_ok());
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let krbtgt = || Entry::new("krbtgt/EXAMPLE.COM@EXAMPLE.COM");
    let text = |entries: &[Entry], target: &str| {
        let error = found(&cache(entries), target).unwrap_err();
        assert_eq!((error.kind(), error.fault()), ("no-ticket", Fault::Configuration));
        error.to_string()
    };
    let with_tgt = text(&[krbtgt(), Entry::new("HTTP/other@EXAMPLE.COM")], "HTTP/web:80");
    for part in ["alice@EXAMPLE.COM", "HTTP/web:80", "HTTP/other@EXAMPLE.COM", "is good: kvno HTTP/web:80"] {
        assert!(with_tgt.contains(part), "{with_tgt}");
    }
    assert!(text(&[krbtgt().until(NOW - 5)], "HTTP@web").contains("ended 2026-11-22T19:58:34Z: kinit"));
    let nothing = text(&[], "HTTP@web");
    assert!(nothing.contains("nothing") && nothing.contains("no ticket-granting ticket"), "{nothing}");
    let many: Vec<_> = (0..20).map(|host| Entry::new(&format!("HTTP/host{host}@EXAMPLE.COM"))).collect();
    let many = text(&many, "HTTP@web");
    assert!(many.contains("host7@") && !many.contains("host8@") && many.contains("and others"), "{many}");
}

#[test]
fn the_ticket_granting_ticket_is_that_of_the_clients_own_realm() {
    let mut others = Entry::new("krbtgt/EXAMPLE.COM@EXAMPLE.COM").until(NOW + 9_000);
    others.client = name("bob@EXAMPLE.COM");
    let entries = [
        Entry::new("krbtgt/OTHER.COM@EXAMPLE.COM"),
        Entry::new("krbtgt/EXAMPLE.COM@OTHER.COM"),
        Entry::new("krbtgt/EXAMPLE.COM@EXAMPLE.COM"),
        Entry::new("krbtgt/EXAMPLE.COM@EXAMPLE.COM").until(NOW + 7_200),
        others,
    ];
    let cache = Ccache::parse(&file(&entries)).unwrap();
    assert_eq!(cache.ticket_granting_ticket().unwrap().times.endtime, at(NOW + 7_200));
    assert!(crate::made::cache(&entries[..2]).ticket_granting_ticket().is_none());
}
