//! Who makes a request.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::Context;

/// Who makes a request: the login's [`Context`], among the extensions of every request that a
/// [`NegotiateLayer`](super::NegotiateLayer) let through by one.
///
/// With feature `axum` it is an extractor as well. It says nothing of any other request of the client's: keep it with what it
/// came with.
#[derive(Clone)]
pub struct Authenticated(Arc<Context>);

impl Authenticated {
    pub(super) const fn new(context: Arc<Context>) -> Self {
        Self(context)
    }
}

impl Deref for Authenticated {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.0
    }
}

impl fmt::Debug for Authenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
