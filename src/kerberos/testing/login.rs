//! A login before it is encoded.

use alloc::vec::Vec;

use super::{Authenticator, Error, Initiator, Offer, Ticket};
use crate::asn1::OctetString;
use crate::gss::{ContextFlags, InitialToken, Oid};
use crate::kerberos::ccache::{Credential, Times};
use crate::kerberos::etype::{EncryptionKey, EncryptionType};
use crate::kerberos::message::{ApOptions, ApReq, EncryptedData, KerberosTime, PVNO, msg_type};
use crate::kerberos::token_id;
use crate::peer::Principal;
use crate::random::SystemRandom;
use crate::time::Timestamp;

/// An AP-REQ with all that goes into it and around it, each part open to be spoilt.
///
/// ```
/// use negotiate::Timestamp;
/// use negotiate::kerberos::message::TicketFlags;
/// use negotiate::kerberos::testing::Realm;
///
/// let realm = Realm::new("EXAMPLE.TEST", "HTTP/localhost")?;
/// let mut login = realm.login("alice", Timestamp::from_seconds(1_795_377_519))?;
/// login.ticket.flags = TicketFlags::INVALID;
/// let token = login.encode()?;
/// # assert_eq!(token.first(), Some(&0x60));
/// # Ok::<(), negotiate::kerberos::testing::Error>(())
/// ```
pub struct Login {
    /// pvno.
    pub pvno: i32,
    /// msg-type.
    pub msg_type: i32,
    /// ap-options.
    pub ap_options: ApOptions,
    /// The ticket.
    pub ticket: Ticket,
    /// The authenticator.
    pub authenticator: Authenticator,
    /// What stands around the AP-REQ.
    pub frame: Frame,
    /// The SPNEGO offer around that, if any.
    pub spnego: Option<Offer>,
}

/// What stands around the AP-REQ.
#[derive(Clone, Copy, Debug)]
pub enum Frame {
    /// GSS-API's frame with this mechanism and TOK_ID (RFC 4121 section 4.1).
    Gss(Oid<'static>, [u8; 2]),
    /// Nothing, as in DCE style ([MS-KILE] 3.4.5.1).
    Bare,
}

impl Login {
    /// A sound login of `client` to `service`, with mutual authentication, in GSS-API's frame.
    ///
    /// The session key is new, of the same type as the service's key, which has the version `kvno`.
    ///
    /// # Errors
    /// [`Error::Time`] if `now` is no KerberosTime, [`Error::Key`] if there is no randomness.
    pub fn new(
        service: &Principal,
        service_key: &EncryptionKey,
        kvno: u32,
        client: &Principal,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let session_key = EncryptionKey::generate(service_key.etype(), &SystemRandom)?;
        Ok(Self {
            pvno: PVNO,
            msg_type: msg_type::AP_REQ,
            ap_options: ApOptions::MUTUAL_REQUIRED,
            ticket: Ticket::new((service, service_key, kvno), &session_key, client, now)?,
            authenticator: Authenticator::new(&session_key, client, now)?,
            frame: Frame::Gss(Oid::KRB5, token_id::AP_REQ),
            spnego: None,
        })
    }

    /// The same without mutual authentication.
    #[must_use]
    pub fn one_way(mut self) -> Self {
        self.ap_options = ApOptions::default();
        self.authenticator.gss.flags = self.authenticator.gss.flags.without(ContextFlags::MUTUAL);
        self
    }

    /// The same in SPNEGO, with Kerberos as the only mechanism.
    #[must_use]
    pub fn in_spnego(mut self) -> Self {
        self.spnego = Some(Offer::default());
        self
    }

    /// The same in DCE style: bare, and with a third leg to come ([MS-KILE] 3.4.5.1).
    #[must_use]
    pub fn dce_style(mut self) -> Self {
        self.authenticator.gss.flags = self.authenticator.gss.flags | ContextFlags::DCE_STYLE;
        self.frame = Frame::Bare;
        self
    }

    /// The same with a session key of this type, in ticket and authenticator, and no subkey of another.
    ///
    /// # Errors
    /// [`Error::Key`] if the type is not implemented.
    pub fn with_session_etype(mut self, etype: EncryptionType) -> Result<Self, Error> {
        let session_key = EncryptionKey::generate(etype, &SystemRandom)?;
        self.ticket.key = (&session_key).into();
        self.authenticator.subkey = Some((&EncryptionKey::generate(etype, &SystemRandom)?).into());
        self.authenticator.etype = etype.0;
        self.authenticator.session_key = session_key;
        Ok(self)
    }

    /// The token, encrypted anew each time it is asked for: a replay is a token kept, not a login encoded twice.
    ///
    /// # Errors
    /// [`Error::Message`] for what DER has no form for, [`Error::Key`] if there is no randomness.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let (ticket, authenticator) = (self.ticket.cipher()?, self.authenticator.cipher()?);
        self.encode_around(&ticket, &authenticator)
    }

    /// The token around ciphers that are there already: what someone can make who has overheard them.
    ///
    /// # Errors
    /// [`Error::Message`] beyond 4 GiB.
    pub fn encode_around(&self, ticket_cipher: &[u8], authenticator_cipher: &[u8]) -> Result<Vec<u8>, Error> {
        let sname = self.ticket.sname.strings();
        let message = ApReq {
            pvno: self.pvno,
            msg_type: self.msg_type,
            ap_options: self.ap_options,
            ticket: self.ticket.message(&sname, ticket_cipher),
            authenticator: EncryptedData {
                etype: self.authenticator.etype,
                kvno: None,
                cipher: OctetString(authenticator_cipher),
            },
        };
        let message = message.to_der()?;
        let token = match self.frame {
            Frame::Gss(mechanism, token_id) => InitialToken::encode(mechanism, &[&token_id, &message])?,
            Frame::Bare => message,
        };
        match &self.spnego {
            Some(offer) => offer.encode(Some(&token)),
            None => Ok(token),
        }
    }

    /// Both ciphers, ticket first, encrypted now: for [`Self::encode_around`].
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn ciphers(&self) -> Result<(Vec<u8>, Vec<u8>), Error> {
        Ok((self.ticket.cipher()?, self.authenticator.cipher()?))
    }

    /// The ticket with what its owner knows of it, as a credential cache holds it: for an initiator that makes a login of its
    /// own with it. What [`Self::authenticator`] holds has no part in it.
    ///
    /// # Errors
    /// [`Error::Name`] if client or service have no sound names, [`Error::Key`] if what stands in the place of the session key
    /// is none.
    pub fn credential(&self) -> Result<Credential, Error> {
        let Ticket { flags, key, authtime, starttime, endtime, renew_till, .. } = &self.ticket;
        let sname = self.ticket.sname.strings();
        let times = Times {
            authtime: authtime.to_timestamp(),
            starttime: starttime.map(KerberosTime::to_timestamp),
            endtime: endtime.to_timestamp(),
            renew_till: renew_till.map(KerberosTime::to_timestamp),
        };
        Ok(Credential::new(
            self.ticket.cname.in_realm(&self.ticket.crealm)?,
            self.ticket.sname.in_realm(&self.ticket.realm)?,
            EncryptionKey::new(EncryptionType(key.keytype), key.keyvalue.expose())?,
            times,
            *flags,
            self.ticket.message(&sname, &self.ticket.cipher()?).to_der()?,
        ))
    }

    /// The other end of the exchange, which reads the answer.
    ///
    /// # Errors
    /// [`Error::Key`] if what stands in the place of the subkey is no key.
    pub fn initiator(&self) -> Result<Initiator, Error> {
        Initiator::of(&self.authenticator)
    }
}
