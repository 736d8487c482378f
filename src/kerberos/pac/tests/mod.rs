//! Minted PACs, whole and spoilt.

mod buffers;
mod verify;

use alloc::vec::Vec;

use super::{BufferType, Client, Error, Pac, VerifiedPac};
use crate::asn1::{GeneralString, SequenceOf};
use crate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use crate::kerberos::message::PrincipalName;
use crate::kerberos::testing::{self, Login, Realm, User};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(1_795_377_240);

/// What stands for the ticket in the ticket signature.
const TICKET: &[u8] = b"a ticket without its PAC";

/// A login of alice to a service with a key of a type.
struct Stage {
    realm: Realm,
    login: Login,
    pac: testing::Pac,
}

impl Stage {
    fn with(etype: EncryptionType, user: &User) -> Self {
        let realm = Realm::new("EXAMPLE.TEST", "HTTP/localhost").unwrap().with_etype(etype).unwrap();
        let mut login = realm.directory_login(user, NOW).unwrap();
        let pac = login.ticket.pac.take().unwrap();
        Self { realm, login, pac }
    }

    fn new() -> Self {
        Self::with(EncryptionType::AES256_CTS_HMAC_SHA1_96, &User::new("alice", 1103))
    }

    fn octets(&self) -> Vec<u8> {
        self.pac.sign(TICKET).unwrap()
    }

    /// What becomes of octets in this login's ticket.
    fn verify<'a>(&self, octets: &'a [u8]) -> Result<VerifiedPac<'a>, Error> {
        self.verify_by(self.realm.key(), octets)
    }

    fn verify_by<'a>(&self, key: &EncryptionKey, octets: &'a [u8]) -> Result<VerifiedPac<'a>, Error> {
        let cname = &self.login.ticket.cname;
        let components: Vec<_> = cname.components.iter().map(|component| GeneralString(component)).collect();
        let client = Client {
            cname: PrincipalName { name_type: cname.name_type, name_string: SequenceOf::new(&components) },
            crealm: &self.login.ticket.crealm,
            authtime: self.login.ticket.authtime,
        };
        VerifiedPac::verify(&Pac::parse(octets)?, &key.for_checksum(KeyUsage::PAC_SIGNATURE), &client)
    }

    /// Why the PAC as it is now is refused.
    fn refusal(&self) -> Error {
        self.verify(&self.octets()).expect_err("not refused")
    }

    /// Why it is refused with one thing changed.
    fn spoilt(change: impl FnOnce(&mut Self)) -> Error {
        let mut stage = Self::new();
        stage.verify(&stage.octets()).unwrap();
        change(&mut stage);
        stage.refusal()
    }

    fn server(&mut self) -> &mut testing::PacSignature {
        self.pac.signature(BufferType::SERVER_CHECKSUM).unwrap()
    }
}
