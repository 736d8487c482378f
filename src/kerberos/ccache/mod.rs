//! Credential caches: the tickets of a user, in the file format that MIT krb5, Heimdal, Java and Samba share.

mod credential;

use alloc::vec::Vec;
use core::fmt;

pub use credential::{Credential, Times};

use crate::peer::Principal;

/// The tickets of one client.
pub struct Ccache {
    client: Principal,
    credentials: Vec<Credential>,
}

impl Ccache {
    /// A cache without tickets.
    #[must_use]
    pub const fn new(client: Principal) -> Self {
        Self { client, credentials: Vec::new() }
    }

    /// Whose tickets these are: the cache's default principal.
    #[must_use]
    pub const fn client(&self) -> &Principal {
        &self.client
    }

    /// The tickets, in the order of the file.
    pub fn credentials(&self) -> impl ExactSizeIterator<Item = &Credential> {
        self.credentials.iter()
    }

    /// Adds a ticket at the end.
    pub fn add(&mut self, credential: Credential) {
        self.credentials.push(credential);
    }
}

impl fmt::Debug for Ccache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, credentials } = self;
        f.debug_struct("Ccache").field("client", client).field("credentials", credentials).finish()
    }
}
