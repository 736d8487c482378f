//! What an established context keeps of Kerberos, on either side.

use alloc::vec::Vec;
use core::any::Any;

use super::per_message::Messages;
use crate::mechanism::{MechanismContext, MessageProtection};

/// Keys and counters, and what only this side knows: what [`Context::details`](crate::Context::details) gives.
pub(super) struct Established<Details> {
    pub(super) messages: Messages,
    pub(super) details: Details,
}

impl<Details: Any + Send + Sync> MechanismContext for Established<Details> {
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, crate::Error> {
        Ok(self.messages.sign(&[message])?)
    }

    fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), crate::Error> {
        Ok(self.messages.verify(&[message], signature)?)
    }

    fn messages(&mut self) -> Result<&mut dyn MessageProtection, crate::Error> {
        self.messages.permitted()?;
        Ok(&mut self.messages)
    }

    fn session_key(&self) -> &[u8] {
        self.messages.context_key().expose()
    }

    fn details(&self) -> &dyn Any {
        &self.details
    }
}
