//! A realm with one service in it.

use alloc::format;
use alloc::vec::Vec;

use super::{Error, Login, Pac, User};
use crate::kerberos::ccache::{Ccache, Credential};
use crate::kerberos::etype::{EncryptionKey, EncryptionType};
use crate::kerberos::keytab::{Keytab, KeytabEntry};
use crate::peer::{NameType, Principal};
use crate::random::SystemRandom;
use crate::time::Timestamp;

/// The version of the service's key.
const KVNO: u32 = 1;

/// A realm without a KDC: the key of one service, from which every ticket for it can be made.
pub struct Realm {
    service: Principal,
    key: EncryptionKey,
    krbtgt_key: EncryptionKey,
}

impl Realm {
    /// A realm with a service (`HTTP/localhost`), which gets a random key of type aes256-cts-hmac-sha1-96.
    ///
    /// # Errors
    /// [`Error::Name`] if these are no names, [`Error::Key`] if there is no randomness.
    pub fn new(realm: &str, service: &str) -> Result<Self, Error> {
        let key = EncryptionKey::generate(EncryptionType::AES256_CTS_HMAC_SHA1_96, &SystemRandom)?;
        let krbtgt_key = EncryptionKey::generate(EncryptionType::AES256_CTS_HMAC_SHA1_96, &SystemRandom)?;
        Ok(Self { service: format!("{service}@{realm}").parse()?, key, krbtgt_key })
    }

    /// The same with a random key of another type.
    ///
    /// # Errors
    /// [`Error::Key`] if the type is not implemented.
    pub fn with_etype(self, etype: EncryptionType) -> Result<Self, Error> {
        Ok(self.with_key(EncryptionKey::generate(etype, &SystemRandom)?))
    }

    /// The same with this key, so that what is minted today can be opened tomorrow.
    #[must_use]
    pub fn with_key(self, key: EncryptionKey) -> Self {
        Self { key, ..self }
    }

    /// The same with this key of krbtgt, which signs PACs.
    #[must_use]
    pub fn with_krbtgt_key(self, krbtgt_key: EncryptionKey) -> Self {
        Self { krbtgt_key, ..self }
    }

    /// The service.
    #[must_use]
    pub const fn service(&self) -> &Principal {
        &self.service
    }

    /// The service's key.
    #[must_use]
    pub const fn key(&self) -> &EncryptionKey {
        &self.key
    }

    /// The key of krbtgt. It signs PACs and does nothing else here.
    #[must_use]
    pub const fn krbtgt_key(&self) -> &EncryptionKey {
        &self.krbtgt_key
    }

    /// The version of the service's key.
    #[must_use]
    pub const fn kvno(&self) -> u32 {
        KVNO
    }

    /// A keytab with the service's key.
    ///
    /// # Errors
    /// None today; a keytab to come may refuse a key.
    pub fn keytab(&self) -> Result<Keytab, Error> {
        let entry = KeytabEntry::new(self.service.clone(), KVNO, Timestamp::UNIX_EPOCH, self.key.duplicate());
        Ok(Keytab::from_iter([entry]))
    }

    /// A sound login of `user` (`alice` for one of this realm, `alice@ELSEWHERE` for one of another) at the time `now`,
    /// before it is encoded.
    ///
    /// # Errors
    /// [`Error::Name`] if `user` is no name, [`Error::Time`] if `now` is no KerberosTime, [`Error::Key`] if there is no
    /// randomness.
    pub fn login(&self, user: &str, now: Timestamp) -> Result<Login, Error> {
        Login::new(&self.service, &self.key, KVNO, &self.client(user)?, now)
    }

    /// The same of a user of Active Directory, with a PAC in the ticket.
    ///
    /// # Errors
    /// As [`Self::login`], and [`Error::Pac`] if a text of the user's has a NUL or is too long.
    pub fn directory_login(&self, user: &User, now: Timestamp) -> Result<Login, Error> {
        let mut login = self.login(&user.name, now)?;
        login.ticket.pac = Some(Pac::new(user, &login.ticket, &self.krbtgt_key)?);
        Ok(login)
    }

    /// A ticket of `user` for the service, as a credential cache holds it: what an initiator needs to log in.
    ///
    /// # Errors
    /// As [`Self::login`].
    pub fn credential(&self, user: &str, now: Timestamp) -> Result<Credential, Error> {
        self.login(user, now)?.credential()
    }

    /// A credential cache with such a ticket.
    ///
    /// # Errors
    /// As [`Self::login`].
    pub fn ccache(&self, user: &str, now: Timestamp) -> Result<Ccache, Error> {
        let mut ccache = Ccache::new(self.client(user)?);
        ccache.add(self.credential(user, now)?);
        Ok(ccache)
    }

    /// A ticket-granting ticket of `user`, which can be forwarded: what an initiator delegates. Nobody has the key to open it.
    ///
    /// # Errors
    /// As [`Self::login`].
    pub fn ticket_granting_ticket(&self, user: &str, now: Timestamp) -> Result<Credential, Error> {
        let realm = self.service.realm();
        let krbtgt = Principal::new(realm, NameType::SERVICE_INSTANCE, [&b"krbtgt"[..], realm])?;
        Login::new(&krbtgt, &self.krbtgt_key, KVNO, &self.client(user)?, now)?.credential()
    }

    /// What a browser sends after `Authorization: Negotiate`, decoded: a login in SPNEGO, with mutual authentication.
    ///
    /// # Errors
    /// As [`Self::login`].
    pub fn spnego_token(&self, user: &str, now: Timestamp) -> Result<Vec<u8>, Error> {
        self.login(user, now)?.in_spnego().encode()
    }

    /// The same without SPNEGO around it.
    ///
    /// # Errors
    /// As [`Self::login`].
    pub fn raw_token(&self, user: &str, now: Timestamp) -> Result<Vec<u8>, Error> {
        self.login(user, now)?.encode()
    }

    fn client(&self, user: &str) -> Result<Principal, Error> {
        match user.parse() {
            Ok(principal) => Ok(principal),
            // No realm in it: one of this realm.
            Err(_) => {
                let nobody: Principal = format!("{user}@-").parse()?;
                Ok(nobody.in_realm(self.service.realm())?)
            }
        }
    }
}
