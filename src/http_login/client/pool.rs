//! What a login leaves behind: for which requests its connection may be used again (row H01).

use alloc::boxed::Box;
use core::fmt;

use super::{HttpInitiator, Site};
use crate::context::Context;
use crate::http::{Challenger, Scheme};
use crate::http_login::ConnectionId;

/// A login that a server, or a proxy, has taken.
///
/// Keep it with the connection for as long as that lives. The server may take every request that comes over the connection
/// for this user's: by NTLM it always does, and some do by Kerberos.
///
/// ```
/// use negotiate::http::Origin;
/// use negotiate::http_login::{ClientLogin, HttpInitiator, Site};
///
/// /// Whether an idle connection to `site` can have a request with these logins. One without any needs a connection without.
/// fn may_have(login: Option<&ClientLogin<Origin>>, logins: &HttpInitiator<Origin>, site: &Site) -> bool {
///     login.is_none_or(|login| login.may_carry(logins, site))
/// }
/// ```
pub struct ClientLogin<C> {
    pub(super) initiator: HttpInitiator<C>,
    pub(super) site: Site,
    pub(super) connection: ConnectionId,
    pub(super) scheme: Scheme<'static>,
    pub(super) context: Option<Box<Context>>,
    pub(super) several_legs: bool,
}

impl<C: Challenger> ClientLogin<C> {
    /// The connection that is logged in.
    #[must_use]
    pub const fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// The scheme it was made under: `Negotiate` or `NTLM`.
    #[must_use]
    pub const fn scheme(&self) -> Scheme<'static> {
        self.scheme
    }

    /// What was logged in to, and what the context can do. `None`: the server has served the request without its last token,
    /// so nothing shows that it is the one that was meant.
    #[must_use]
    pub fn context(&self) -> Option<&Context> {
        self.context.as_deref()
    }

    /// Whether the login took several tokens, and so holds for the connection: later requests on it need none. One of a
    /// single token holds for its request.
    #[must_use]
    pub const fn holds_for_connection(&self) -> bool {
        self.several_legs
    }

    /// Whether the connection may carry a request to `site` in the name of `initiator`: only of the same logins, and only to
    /// where they were made (CVE-2014-0015, CVE-2016-0755, CVE-2026-1965). A pool lends it to nobody else, not to requests
    /// without a login either.
    #[must_use]
    pub fn may_carry(&self, initiator: &HttpInitiator<C>, site: &Site) -> bool {
        alloc::sync::Arc::ptr_eq(&self.initiator.settings, &initiator.settings) && self.site == *site
    }
}

impl<C> fmt::Debug for ClientLogin<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { initiator: _, site, connection, scheme, context, several_legs } = self;
        f.debug_struct("ClientLogin")
            .field("site", site)
            .field("connection", connection)
            .field("scheme", scheme)
            .field("several_legs", several_legs)
            .field("context", context)
            .finish_non_exhaustive()
    }
}
