//! The credential that an initiator delegates, on the acceptor's side (RFC 4121 section 4.1.1): a `KRB-CRED` within the
//! authenticator, with a ticket-granting ticket of the client and its session key. Whoever holds it is the client.

use super::ccache::{self, Ccache};
use super::error::{DelegationFailure, Error};
use super::etype::EncryptionKey;
use crate::peer::Principal;
use crate::secret::SecretBytes;

/// The most tickets that a login may delegate. Everyone sends one, and MIT krb5 keeps the first alone; what is here bounds
/// what a login can make this side hold.
const MAX_TICKETS: usize = 8;

/// Opens a delegated credential, and makes a FILE ccache of it.
///
/// It is under the ticket's session key (MIT krb5, Heimdal, Windows) or under the initiator's subkey (Java); or in the
/// clear within the authenticator, which is encrypted itself (RFC 6448: older MIT krb5, Heimdal and Windows). All three are
/// tried, as MIT krb5 does (`rd_and_store_for_creds`).
///
/// The tickets must be the client's own. MIT krb5 does not look: but a service that acts for Alice with a ticket of Bob's
/// would do Alice's work, and store her data, as Bob. What the message says of the tickets is the client's word in any
/// case; what counts is in them, and for the KDC to read. But tickets they must be: a name in the realm of
/// [settings](ccache::Config) would tell whoever reads the cache what to do, such as where to ask for tickets.
pub(super) fn open(
    message: &[u8],
    session_key: &EncryptionKey,
    subkey: Option<&EncryptionKey>,
    client: &Principal,
) -> Result<SecretBytes, Error> {
    let keys = [Some(session_key), subkey];
    let keys = keys.iter().flatten().copied();
    let credentials = ccache::open_bounded(message, keys, MAX_TICKETS).map_err(DelegationFailure::Message)?;
    if let Some(other) = credentials.iter().find(|credential| credential.client != *client) {
        return Err(DelegationFailure::OtherClient(other.client.clone()).into());
    }
    if let Some(setting) = credentials.iter().find(|credential| !credential.is_ticket()) {
        return Err(DelegationFailure::NoTicket(setting.server.clone()).into());
    }
    // What names this client is the cache's own copy: the login goes by that of the ticket.
    let mut cache = Ccache::new(client.clone());
    credentials.into_iter().for_each(|credential| cache.add(credential));
    Ok(cache.to_bytes())
}
