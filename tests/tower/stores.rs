//! Questions that are answered later.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use negotiate::kerberos::MemoryReplayCache;
use negotiate::ntlm::{self, NtHash};
use negotiate::tower::Connection;
use negotiate::{
    Acceptor, Account, AccountAnswer, AccountQuestion, AsyncAccountStore, AsyncReplayCache, Later, ReplayCache,
    ReplayQuestion, ReplayVerdict, Timestamp,
};
use tower::Layer;

use crate::stage::*;

/// A database somewhere else.
struct Database {
    memory: MemoryReplayCache,
    asked: AtomicU32,
}

impl AsyncReplayCache for Database {
    fn check_and_insert_later<'a>(&'a self, question: &'a ReplayQuestion, now: Timestamp) -> Later<'a, ReplayVerdict> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.memory.check_and_insert(question, now)
        })
    }
}

#[test]
fn e02_replays_are_asked_of_a_store_that_answers_later() {
    run(async {
        let stage = Stage::new();
        let database = Arc::new(Database { memory: MemoryReplayCache::new(NOW), asked: AtomicU32::new(0) });
        let shared = Arc::clone(&database);
        struct Shared(Arc<Database>);
        impl AsyncReplayCache for Shared {
            fn check_and_insert_later<'a>(
                &'a self,
                question: &'a ReplayQuestion,
                now: Timestamp,
            ) -> Later<'a, ReplayVerdict> {
                self.0.check_and_insert_later(question, now)
            }
        }
        let layer = stage.layer().replays(Shared(shared));
        let ticket = stage.ticket("alice");
        let (one, two) = (connect(&layer), connect(&layer));
        let (first, second) = tokio::join!(one.get(Some(&ticket)), two.get(Some(&ticket)));
        assert_eq!(database.asked.load(Ordering::Relaxed), 2);
        assert_eq!([first.status, second.status].iter().filter(|status| **status == 200).count(), 1);
        assert_eq!(stage.refused(), ["replay"]);
    });
}

/// Two layers that take the same tickets, each for its part of a site.
#[test]
fn e02_layers_share_the_memory_that_they_are_given() {
    run(async {
        let stage = Stage::new();
        let memory = Arc::new(MemoryReplayCache::new(NOW));
        let [one, two] = [(), ()].map(|()| connect(&stage.layer().replays(Arc::clone(&memory))));
        let ticket = stage.ticket("alice");
        one.get(Some(&ticket)).await.is_of("alice@EXAMPLE.COM");
        two.get(Some(&ticket)).await.is_refused();
        assert_eq!(stage.refused(), ["replay"]);
        // Clones do by themselves.
        let layer = stage.layer();
        let ticket = stage.ticket("alice");
        connect(&layer.clone().optional()).get(Some(&ticket)).await.is_of("alice@EXAMPLE.COM");
        connect(&layer).get(Some(&ticket)).await.is_refused();
    });
}

#[test]
fn a_memory_of_this_process_is_there_by_default() {
    run(async {
        let stage = Stage::new();
        let layer = negotiate::tower::NegotiateLayer::new(stage.logins());
        let client = connect(&layer);
        let ticket = field(
            &stage.realm.spnego_token("alice", Timestamp::now().saturating_add(Duration::from_secs(60))).unwrap(),
        );
        client.get(Some(&ticket)).await.is_of("alice@EXAMPLE.COM");
        client.get(Some(&ticket)).await.is_refused();
    });
}

#[test]
fn a_store_that_is_away_is_no_reason_to_ask_for_a_password() {
    struct Away;
    impl AsyncReplayCache for Away {
        fn check_and_insert_later<'a>(&'a self, _: &'a ReplayQuestion, _: Timestamp) -> Later<'a, ReplayVerdict> {
            Box::pin(async { ReplayVerdict::Unavailable })
        }
    }
    impl AsyncAccountStore for Away {
        fn look_up_later<'a>(&'a self, _: &'a AccountQuestion<'a>) -> Later<'a, AccountAnswer> {
            Box::pin(async { AccountAnswer::unavailable() })
        }
    }
    run(async {
        let stage = asking();
        let layer = stage.layer().replays(Away).accounts(Away);
        let seen = connect(&layer).get(Some(&stage.ticket("alice"))).await;
        assert_eq!((seen.status, seen.offered.len()), (503, 0));
        let seen = connect(&layer).log_in(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        assert_eq!((seen.status, seen.offered.len()), (503, 0));
        assert_eq!(stage.refused(), ["replay-cache-unavailable", "store-unavailable"]);
    });
}

/// Nor is one that cannot tell, for whatever reason.
#[test]
fn a_memory_that_cannot_tell_is_this_servers_fault() {
    struct Says(ReplayVerdict);
    impl AsyncReplayCache for Says {
        fn check_and_insert_later<'a>(&'a self, _: &'a ReplayQuestion, _: Timestamp) -> Later<'a, ReplayVerdict> {
            Box::pin(async { self.0 })
        }
    }
    run(async {
        let stage = Stage::new();
        for (verdict, status) in [
            (ReplayVerdict::Full, 503),
            (ReplayVerdict::Unavailable, 503),
            (ReplayVerdict::ClockSteppedBack, 503),
            (ReplayVerdict::OtherSkew, 500),
            (ReplayVerdict::Replayed, 401),
            (ReplayVerdict::BeforeMemory, 401),
        ] {
            let seen = connect(&stage.layer().replays(Says(verdict))).get(Some(&stage.ticket("alice"))).await;
            assert_eq!(seen.status, status, "{verdict:?}");
            assert_eq!(seen.offered.is_empty(), status != 401, "{verdict:?}");
        }
    });
}

/// A server whose acceptor has no accounts of its own.
fn asking() -> Stage {
    let stage = Stage::new();
    let acceptor = Acceptor::builder()
        .kerberos(negotiate::kerberos::Acceptor::new(stage.realm.keytab().unwrap()))
        .ntlm(ntlm::Acceptor::new(target()))
        .build()
        .unwrap();
    Stage { acceptor, ..stage }
}

/// Knows alice, and who was asked for.
#[derive(Clone, Default)]
struct Directory(Arc<Mutex<Vec<String>>>);

impl AsyncAccountStore for Directory {
    fn look_up_later<'a>(&'a self, question: &'a AccountQuestion<'a>) -> Later<'a, AccountAnswer> {
        Box::pin(async {
            self.0.lock().unwrap().push(question.user().to_owned());
            tokio::task::yield_now().await;
            match question.user() {
                "alice" => {
                    let hash = NtHash::from_password("Alice-Pw-1").unwrap();
                    AccountAnswer::nt_hash(Account::new("ADEX", "alice"), &hash)
                }
                _ => AccountAnswer::unknown(),
            }
        })
    }
}

#[test]
fn accounts_are_asked_of_a_store_that_answers_later() {
    run(async {
        let stage = asking();
        let directory = Directory::default();
        let layer = stage.layer().accounts(directory.clone());
        for carrier in CARRIERS {
            let client = connect(&layer);
            client.log_in(carrier, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
            client.get(None).await.is_of(r"ADEX\alice");
            client.log_in(carrier, r"ADEX\alice", "wrong").await.is_refused();
            client.log_in(carrier, r"ADEX\mallory", "x").await.is_refused();
            client.get(None).await.is_refused();
        }
        assert_eq!(directory.0.lock().unwrap()[..3], ["alice", "alice", "mallory"]);
        assert_eq!(stage.refused(), ["logon-failure"; 6]);
    });
}

/// Two layers of one beginning: whom one's store knows the other's need not.
#[test]
fn h01_a_layer_with_another_store_has_other_users() {
    struct Nobody;
    impl AsyncAccountStore for Nobody {
        fn look_up_later<'a>(&'a self, _: &'a AccountQuestion<'a>) -> Later<'a, AccountAnswer> {
            Box::pin(async { AccountAnswer::unknown() })
        }
    }
    run(async {
        let stage = asking();
        let begun = stage.layer();
        let (users, admins) = (begun.clone().accounts(Directory::default()), begun.accounts(Nobody));
        let app = axum::Router::new()
            .route_service("/", users.layer(tower::service_fn(whose)))
            .route_service("/admin", admins.layer(tower::service_fn(whose)));
        let client = Client(Connection::new().serve(app));
        client.log_in(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
        let admin = http::Request::get("/admin").body(axum::body::Body::empty()).unwrap();
        client.request(admin).await.is_refused();
    });
}

#[test]
fn a_question_that_nobody_answers_is_this_servers_fault() {
    run(async {
        let stage = asking();
        let seen = connect(&stage.layer()).log_in(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        assert_eq!(seen.status, 500);
        assert_eq!(stage.refused(), ["question"]);
    });
}

/// Holds its answer back until it is let go.
struct Slow(tokio::sync::Semaphore);

impl AsyncAccountStore for Slow {
    fn look_up_later<'a>(&'a self, question: &'a AccountQuestion<'a>) -> Later<'a, AccountAnswer> {
        Box::pin(async {
            self.0.acquire().await.unwrap().forget();
            Directory::default().look_up_later(question).await
        })
    }
}

struct Held(Arc<Slow>);

impl AsyncAccountStore for Held {
    fn look_up_later<'a>(&'a self, question: &'a AccountQuestion<'a>) -> Later<'a, AccountAnswer> {
        self.0.look_up_later(question)
    }
}

/// A server that judges two requests of one connection at once mixes them up, sooner or later.
#[test]
fn h01_requests_that_overtake_each_other_are_refused_and_leave_nobody() {
    run(async {
        let stage = asking();
        let slow = Arc::new(Slow(tokio::sync::Semaphore::new(0)));
        let layer = stage.layer().accounts(Held(Arc::clone(&slow)));
        let client = Client(Connection::new().serve(layer.layer(whose_service())));
        let second = client.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        let overtaking = async {
            tokio::task::yield_now().await;
            let seen = client.get(None).await;
            slow.0.add_permits(1);
            seen
        };
        let (overtaken, overtaking) = tokio::join!(client.get(Some(&second)), overtaking);
        overtaken.is_of(r"ADEX\alice");
        assert_eq!(overtaking.status, 500);
        assert_eq!(stage.refused(), ["overlapping-requests"]);
        client.get(None).await.is_refused();
    });
}

/// The client goes away while a store is asked, and the server drops the request.
#[test]
fn h01_a_request_that_is_given_up_leaves_nobody() {
    run(async {
        let stage = asking();
        let slow = Arc::new(Slow(tokio::sync::Semaphore::new(0)));
        let layer = stage.layer().accounts(Held(Arc::clone(&slow)));
        let client = Client(Connection::new().serve(layer.layer(whose_service())));
        let second = client.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        let given_up = tokio::time::timeout(Duration::from_millis(20), client.get(Some(&second))).await;
        assert!(given_up.is_err());
        slow.0.add_permits(2);
        client.get(Some(&second)).await.is_refused();
        client.get(None).await.is_refused();
        client.log_in(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
    });
}

/// The answer comes after the handshake's lifetime.
#[test]
fn an_answer_that_comes_too_late_lets_nobody_in() {
    struct TooLate;
    impl AsyncAccountStore for TooLate {
        fn look_up_later<'a>(&'a self, _: &'a AccountQuestion<'a>) -> Later<'a, AccountAnswer> {
            Box::pin(async {
                later(31);
                let hash = NtHash::from_password("Alice-Pw-1").unwrap();
                AccountAnswer::nt_hash(Account::new("ADEX", "alice"), &hash)
            })
        }
    }
    run(async {
        let stage = asking();
        let client = connect(&stage.layer().accounts(TooLate));
        client.log_in(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await.is_refused();
        assert_eq!(stage.refused(), ["handshake-expired"]);
        client.get(None).await.is_refused();
    });
}
