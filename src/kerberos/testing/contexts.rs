//! The two ends of a login, without the login.

use alloc::boxed::Box;

use super::Error;
use crate::context::{BindingsStatus, Context, Facts, Mechanism};
use crate::gss::ContextFlags;
use crate::kerberos::established::Established;
use crate::kerberos::etype::{EncryptionKey, EncryptionType};
use crate::kerberos::per_message::{Keys, Messages, Role, Sequences};
use crate::peer::{Peer, Principal};
use crate::random::SystemRandom;

/// The initiator's context and the acceptor's of one login, as if it had agreed on `flags`, with random keys of type `etype`:
/// to try what messages cost, and what becomes of them.
///
/// ```
/// use negotiate::Protection;
/// use negotiate::gss::ContextFlags;
/// use negotiate::kerberos::etype::EncryptionType;
/// use negotiate::kerberos::testing::contexts;
///
/// let flags = ContextFlags::INTEGRITY | ContextFlags::CONFIDENTIALITY | ContextFlags::SEQUENCE;
/// let [mut here, mut there] = contexts(EncryptionType::AES256_CTS_HMAC_SHA1_96, flags)?;
/// let mut token = here.wrap(b"attack at dawn", Protection::Confidentiality)?;
/// assert_eq!(there.unwrap(&mut token)?.message, b"attack at dawn");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Key`] if the type is not implemented, or there is no randomness.
pub fn contexts(etype: EncryptionType, flags: ContextFlags) -> Result<[Context; 2], Error> {
    let subkey = EncryptionKey::generate(etype, &SystemRandom)?;
    let acceptor_subkey = EncryptionKey::generate(etype, &SystemRandom)?;
    let client: Principal = "alice@EXAMPLE.TEST".parse()?;
    let service: Principal = "HTTP/localhost@EXAMPLE.TEST".parse()?;
    let context = |role, peer: &Principal, own, others| {
        // As a login has them: an rc4-hmac context has no subkey of the acceptor's.
        let acceptor_subkey = (etype != EncryptionType::RC4_HMAC).then(|| acceptor_subkey.duplicate());
        let keys = Keys { initiator_key: subkey.duplicate(), acceptor_subkey };
        let messages = Messages::new(role, keys, Sequences { own, peer: others }, flags);
        let facts = Facts {
            mechanism: Mechanism::Kerberos,
            peer: Peer::Kerberos(peer.clone()),
            acceptor: None,
            flags,
            expires_at: None,
            channel_bindings: BindingsStatus::NotChecked,
            delegated_credential: None,
            authorization: None,
        };
        Context::new(facts, Box::new(Established { messages, details: () }))
    };
    Ok([context(Role::Initiator, &service, 1_000, 2_000), context(Role::Acceptor, &client, 2_000, 1_000)])
}
