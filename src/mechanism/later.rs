//! Stores that answer later: a database, a shared cache, a domain controller.

use alloc::boxed::Box;
use core::future::{Future, ready};
use core::pin::Pin;

use super::{AccountAnswer, AccountQuestion, AccountStore, ReplayCache, ReplayQuestion, ReplayVerdict};
use crate::time::Timestamp;

/// An answer that comes later. It can be awaited on any runtime, and moved between its threads.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A memory of authenticators that acceptors share, and that answers when it can.
///
/// What [`ReplayCache`] says of wrong answers and of clock skews holds here as well. Every [`ReplayCache`] is one.
///
/// ```
/// use negotiate::{AsyncReplayCache, Later, ReplayQuestion, ReplayVerdict, Timestamp};
///
/// struct Database; // a table with the fingerprint as its primary key
/// # impl Database { async fn insert_if_absent(&self, _: &[u8; 16], _: Timestamp) -> Result<bool, ()> { Ok(true) } }
///
/// impl AsyncReplayCache for Database {
///     fn check_and_insert_later<'a>(&'a self, question: &'a ReplayQuestion, _: Timestamp) -> Later<'a, ReplayVerdict> {
///         Box::pin(async {
///             match self.insert_if_absent(question.fingerprint(), question.expires()).await {
///                 Ok(true) => ReplayVerdict::Fresh,
///                 Ok(false) => ReplayVerdict::Replayed,
///                 Err(_) => ReplayVerdict::Unavailable,
///             }
///         })
///     }
/// }
/// ```
pub trait AsyncReplayCache: Send + Sync {
    /// Answers and remembers, in one atomic step: of two that ask the same at once, one is told
    /// [`ReplayVerdict::Fresh`]. What is refused is not remembered. A future that is dropped half-way may have remembered.
    fn check_and_insert_later<'a>(&'a self, question: &'a ReplayQuestion, now: Timestamp) -> Later<'a, ReplayVerdict>;
}

impl<Cache: ReplayCache> AsyncReplayCache for Cache {
    fn check_and_insert_later<'a>(&'a self, question: &'a ReplayQuestion, now: Timestamp) -> Later<'a, ReplayVerdict> {
        Box::pin(ready(self.check_and_insert(question, now)))
    }
}

/// A store of accounts that answers when it can. Every [`AccountStore`] is one.
pub trait AsyncAccountStore: Send + Sync {
    /// As [`AccountStore::look_up`].
    fn look_up_later<'a>(&'a self, question: &'a AccountQuestion<'a>) -> Later<'a, AccountAnswer>;
}

impl<Store: AccountStore> AsyncAccountStore for Store {
    fn look_up_later<'a>(&'a self, question: &'a AccountQuestion<'a>) -> Later<'a, AccountAnswer> {
        Box::pin(ready(self.look_up(question)))
    }
}
