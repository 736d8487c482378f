//! Logins that wait for a token: how many, how long, and what they cost.

use allocation_counter::measure;
use negotiate::Timestamp;

use crate::stage::*;

#[test]
fn one_that_waits_is_counted_until_it_goes_on_or_ends() {
    run(async {
        let stage = Stage::new();
        let layer = stage.layer();
        let waiting = || layer.half_open().len();
        let (one, two, three) = (connect(&layer), connect(&layer), connect(&layer));
        let second = one.challenged(Carrier::Spnego, r"ADEX\alice", "Alice-Pw-1").await;
        let _second = two.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        let _second = three.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        assert_eq!(waiting(), 3);
        one.get(Some(&second)).await.is_of(r"ADEX\alice");
        assert_eq!(waiting(), 2, "it went on");
        two.get(None).await.is_refused();
        assert_eq!(waiting(), 1, "another request came");
        drop(three);
        assert_eq!(waiting(), 0, "the connection ended");
        assert!(layer.half_open().is_empty());
    });
}

#[test]
fn c14_who_takes_too_long_is_shed() {
    run(async {
        let stage = Stage::new();
        let layer = stage.layer();
        let (one, two) = (connect(&layer), connect(&layer));
        let second = one.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        let also = two.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        layer.half_open().shed(clock());
        assert_eq!(layer.half_open().len(), 2, "their time is not up");
        later(30);
        layer.half_open().shed(clock());
        assert_eq!(layer.half_open().len(), 2, "nor at its last second");
        later(1);
        two.get(Some(&also)).await.is_refused();
        assert_eq!(stage.refused(), ["handshake-expired"], "late is late, shed or not");
        layer.half_open().shed(clock());
        assert_eq!(layer.half_open().len(), 0);
        one.get(Some(&second)).await.is_refused();
        assert_eq!(stage.refused().len(), 1);
        // And without anybody's call, when the next begins.
        let _second = one.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        later(31);
        let _second = two.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        assert_eq!(layer.half_open().len(), 1);
    });
}

#[test]
fn c14_where_there_is_no_room_the_oldest_goes() {
    run(async {
        let stage = Stage::new();
        let layer = stage.layer().half_open_limit(2);
        let clients = [connect(&layer), connect(&layer), connect(&layer)];
        let mut seconds = Vec::new();
        for client in &clients {
            seconds.push(client.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await);
            later(1);
        }
        assert_eq!(layer.half_open().len(), 2);
        clients[0].get(Some(&seconds[0])).await.is_refused();
        clients[1].get(Some(&seconds[1])).await.is_of(r"ADEX\alice");
        clients[2].get(Some(&seconds[2])).await.is_of(r"ADEX\alice");
        // A limit of none is no panic either: each makes room for itself, and is counted.
        let layer = stage.layer().half_open_limit(0);
        connect(&layer).log_in(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
    });
}

/// However two of them meet, one that lost its place does not wait uncounted.
#[test]
fn c14_whoever_is_not_counted_does_not_wait() {
    const EACH: usize = 500;
    let stage = Stage::new();
    let layer = stage.layer().half_open_limit(1);
    let begin = || {
        run(async {
            let mut begun = Vec::with_capacity(EACH);
            for _ in 0..EACH {
                let client = connect(&layer);
                let second = client.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
                begun.push((client, second));
            }
            begun
        })
    };
    let begun = std::thread::scope(|threads| {
        let others = threads.spawn(begin);
        let mut all = begin();
        all.extend(others.join().unwrap());
        all
    });
    assert_eq!(layer.half_open().len(), 1);
    run(async {
        let mut got_in = 0;
        for (client, second) in begun {
            got_in += usize::from(client.get(Some(&second)).await.status == 200);
        }
        assert!(got_in <= 1, "{got_in} waited");
    });
}

/// 10,000 of them: what they hold is bounded, and given back when their time is up.
#[test]
fn c14_ten_thousand_half_open_logins_are_bounded_and_shed() {
    const MANY: usize = 10_000;
    const EACH: u64 = 16 * 1024;
    let stage = Stage::new();
    let layer = stage.layer();
    let mut clients = Vec::with_capacity(MANY + 100);
    let first = Carrier::Spnego.begin(r"ADEX\alice", "Alice-Pw-1").0;
    let held = measure(|| {
        run(async {
            for _ in 0..MANY + 100 {
                let client = connect(&layer);
                assert_eq!(client.get(Some(&first)).await.status, 401);
                clients.push(client);
            }
        });
    });
    assert_eq!(layer.half_open().len(), MANY);
    let each = u64::try_from(held.bytes_current).unwrap() / u64::try_from(clients.len()).unwrap();
    println!("{each} octets for each connection with a login that waits");
    assert!(each < EACH, "{each} octets each");
    let given_back = measure(|| layer.half_open().shed(Timestamp::from_seconds(clock().as_seconds() + 31)));
    assert!(layer.half_open().is_empty());
    assert!(given_back.bytes_current < -400 * i64::try_from(MANY).unwrap(), "{given_back:?}");
    drop(clients);
}

/// What a connection holds behind a login of either kind.
#[test]
fn an_authenticated_connection_is_small() {
    let stage = Stage::new();
    let layer = stage.layer();
    let mut kept = Vec::with_capacity(1);
    let held = measure(|| {
        run(async {
            let client = connect(&layer);
            client.log_in(Carrier::Spnego, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
            kept.push(client);
        });
    });
    println!("{} octets for a connection that is logged in by NTLM", held.bytes_current);
    assert!(held.bytes_current < 16 * 1024, "{held:?}");
    // The first ticket derives the keytab's keys, which stay.
    run(connect(&layer).get(Some(&stage.ticket("alice")))).is_of("alice@EXAMPLE.COM");
    let ticket = stage.ticket("alice");
    let held = measure(|| {
        run(async {
            let client = connect(&layer);
            client.get(Some(&ticket)).await.is_of("alice@EXAMPLE.COM");
            kept.push(client);
        });
    });
    println!("{} octets for a connection that was logged in by Kerberos", held.bytes_current);
    assert!(held.bytes_current < 2 * 1024, "a ticket is its request's: {held:?}");
}
