//! A SPNEGO offer around a token.
//!
//! Written by hand, element by element: a Kerberos room does not know SPNEGO, and a hostile offer keeps no rules anyway.

use alloc::vec::Vec;

use der::asn1::AnyRef;
use der::{Tag, TagNumber};

use super::Error;
use crate::asn1;
use crate::gss::{InitialToken, Oid};

/// NegTokenInit (RFC 4178 section 4.2.1).
#[derive(Clone, Debug)]
pub struct Offer {
    /// mechTypes.
    pub mech_types: Vec<Oid<'static>>,
    /// mechListMIC.
    pub mech_list_mic: Option<Vec<u8>>,
}

/// Kerberos and nothing else.
impl Default for Offer {
    fn default() -> Self {
        Self { mech_types: [Oid::KRB5].to_vec(), mech_list_mic: None }
    }
}

impl Offer {
    /// An offer of these mechanisms.
    #[must_use]
    pub fn of(mech_types: &[Oid<'static>]) -> Self {
        Self { mech_types: mech_types.to_vec(), mech_list_mic: None }
    }

    /// MechTypeList in DER: what a mechListMIC is over (RFC 4178 section 5).
    ///
    /// # Errors
    /// [`Error::Message`] beyond 4 GiB.
    pub fn mech_type_list(&self) -> Result<Vec<u8>, Error> {
        let mut list = Vec::new();
        for mechanism in &self.mech_types {
            list.extend_from_slice(&element(Tag::ObjectIdentifier, mechanism.as_octets())?);
        }
        element(Tag::Sequence, &list)
    }

    /// The first token, in its frame.
    ///
    /// # Errors
    /// [`Error::Message`] beyond 4 GiB.
    pub fn encode(&self, mech_token: Option<&[u8]>) -> Result<Vec<u8>, Error> {
        let mut fields = element(context(0), &self.mech_type_list()?)?;
        for (number, octets) in [(2, mech_token), (3, self.mech_list_mic.as_deref())] {
            if let Some(octets) = octets {
                fields.extend_from_slice(&element(context(number), &element(Tag::OctetString, octets)?)?);
            }
        }
        let offer = element(context(0), &element(Tag::Sequence, &fields)?)?;
        Ok(InitialToken::encode(Oid::SPNEGO, &[&offer])?)
    }
}

const fn context(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}

fn element(tag: Tag, content: &[u8]) -> Result<Vec<u8>, Error> {
    let too_long = |_| asn1::Error::of("NegTokenInit", asn1::Flaw::Length);
    Ok(asn1::to_der("NegTokenInit", &AnyRef::new(tag, content).map_err(too_long)?)?)
}
