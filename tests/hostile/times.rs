//! Clocks and lifetimes, to the microsecond.

use negotiate::Fault::{Peer, Policy, Time};
use negotiate::Timestamp;
use negotiate::kerberos::Error;
use negotiate::kerberos::message::{KerberosTime, TicketFlags};

use crate::support::*;

fn time(seconds: i64) -> KerberosTime {
    KerberosTime::new(self::seconds(seconds)).unwrap()
}

#[test]
fn e05_the_clocks_may_differ_by_the_skew_and_not_a_microsecond_more() {
    let realm = realm();
    let skew = SKEW_SECONDS * 1_000_000;
    let stamped = |micros: i64| {
        let time = Timestamp::from_micros(NOW.as_micros() + micros);
        spoilt(&realm, |login| login.authenticator.stamp(time).unwrap())
    };
    for micros in [0, 1, -1, skew, -skew, skew - 1, 1 - skew] {
        accepted(&plain(&realm), &stamped(micros));
    }
    for micros in [skew + 1, -skew - 1, 3_600_000_000, -3_600_000_000, 86_400_000_000 * 365] {
        let rejected = refuses(&plain(&realm), &stamped(micros), "skew", Some(37), Time);
        let Error::Skew { client, now, .. } = reason(&rejected) else { panic!() };
        assert_eq!((client.as_micros(), *now), (NOW.as_micros() + micros, NOW));
    }
}

#[test]
fn e05_the_skew_is_the_operators_to_set() {
    let realm = realm();
    let strict = || acceptor(kerberos(&realm).skew(core::time::Duration::ZERO));
    accepted(&strict(), &login(&realm));
    let login = spoilt(&realm, |login| login.authenticator.cusec -= 1);
    refuses(&strict(), &login, "skew", Some(37), Time);
}

#[test]
fn e05_microseconds_are_0_to_999999() {
    let realm = realm();
    for cusec in [-1, 1_000_000, i32::MIN, i32::MAX, -500_000] {
        let login = spoilt(&realm, |login| login.authenticator.cusec = cusec);
        refuses(&plain(&realm), &login, "bad-time", Some(60), Peer);
    }
    for cusec in [0, 999_999] {
        accepted(&plain(&realm), &spoilt(&realm, |login| login.authenticator.cusec = cusec));
    }
}

#[test]
fn e05_starttime_or_else_authtime_begins_a_ticket() {
    let realm = realm();
    // NOW is half a second past: 300 is in the skew, 301 is not.
    for (authtime, starttime, verdict) in [
        (-60, Some(SKEW_SECONDS), true),
        (-60, Some(SKEW_SECONDS + 1), false),
        (SKEW_SECONDS, None, true),
        (SKEW_SECONDS + 1, None, false),
        // Nobody has logged in to the KDC in the future, whatever starttime says.
        (SKEW_SECONDS + 1, Some(-60), false),
        (-60, Some(86_400), false),
        (-60, None, true),
    ] {
        let login = spoilt(&realm, |login| {
            login.ticket.authtime = time(authtime);
            login.ticket.starttime = starttime.map(time);
        });
        if verdict {
            accepted(&plain(&realm), &login);
        } else {
            refuses(&plain(&realm), &login, "not-yet-valid", Some(33), Time);
        }
    }
}

#[test]
fn e05_endtime_and_the_skew_end_a_ticket() {
    let realm = realm();
    for (endtime, verdict) in [(1, true), (-SKEW_SECONDS + 1, true), (-SKEW_SECONDS, false), (-86_400, false)] {
        let login = spoilt(&realm, |login| {
            login.ticket.authtime = time(-100_000);
            login.ticket.starttime = None;
            login.ticket.endtime = time(endtime);
            // A renewable life does not count: the KDC must have renewed it.
            login.ticket.renew_till = Some(time(100_000));
        });
        if verdict {
            let context = accepted(&plain(&realm), &login).context;
            assert_eq!(context.expires_at(), Some(time(endtime).to_timestamp()));
        } else {
            refuses(&plain(&realm), &login, "ticket-expired", Some(32), Time);
        }
    }
}

#[test]
fn e05_the_ends_of_time_do_not_overflow() {
    let realm = realm();
    let last = KerberosTime::new(Timestamp::from_seconds(253_402_300_799)).unwrap();
    let login = spoilt(&realm, |login| login.ticket.endtime = last);
    accepted(&plain(&realm), &login);
    let login = spoilt(&realm, |login| login.ticket.authtime = last);
    refuses(&plain(&realm), &login, "not-yet-valid", Some(33), Time);
    let first = KerberosTime::new(Timestamp::UNIX_EPOCH).unwrap();
    let login = spoilt(&realm, |login| login.authenticator.ctime = first);
    refuses(&plain(&realm), &login, "skew", Some(37), Time);
}

#[test]
fn e06_an_invalid_ticket_is_not_yet_valid() {
    let realm = realm();
    for flags in [TicketFlags::INVALID, TicketFlags::INVALID.with(TicketFlags::POSTDATED), TicketFlags(u32::MAX)] {
        let flags = TicketFlags(flags.0 & !TicketFlags::ANONYMOUS.0);
        let login = spoilt(&realm, |login| login.ticket.flags = flags);
        refuses(&plain(&realm), &login, "ticket-invalid", Some(33), Time);
    }
    accepted(&plain(&realm), &spoilt(&realm, |login| login.ticket.flags = TicketFlags::POSTDATED));
}

#[test]
fn e19_a_ticket_for_years_is_against_the_policy_where_there_is_one() {
    let realm = realm();
    let day = core::time::Duration::from_secs(86_400);
    let capped = || acceptor(kerberos(&realm).max_lifetime(day));
    let living = |seconds: i64| {
        spoilt(&realm, |login| {
            login.ticket.authtime = time(-60);
            login.ticket.endtime = time(seconds - 60);
        })
    };
    accepted(&capped(), &living(86_400));
    refuses(&capped(), &living(86_401), "lifetime-policy", Some(60), Policy);
    refuses(&capped(), &living(86_400 * 3650), "lifetime-policy", Some(60), Policy);
    // A late starttime does not shorten what is counted.
    let late = spoilt(&realm, |login| {
        login.ticket.authtime = time(-86_400);
        login.ticket.starttime = Some(time(-1));
        login.ticket.endtime = time(3_600);
    });
    refuses(&capped(), &late, "lifetime-policy", Some(60), Policy);
    accepted(&plain(&realm), &living(86_400 * 3650));
}
