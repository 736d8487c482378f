//! Ciphertexts and keys on the wire (RFC 4120 section 5.2.9).

use core::fmt;

use crate::asn1::{OctetString, sequence};

sequence! {
    "EncryptedData"
    /// A ciphertext (RFC 4120 section 5.2.9).
    ///
    /// ```text
    /// EncryptedData   ::= SEQUENCE {
    ///         etype   [0] Int32 -- EncryptionType --,
    ///         kvno    [1] UInt32 OPTIONAL,
    ///         cipher  [2] OCTET STRING -- ciphertext
    /// }
    /// ```
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct EncryptedData<'a> {
        /// The encryption type.
        etype: i32 [0],
        /// The version of the key, where it is a long-term key.
        kvno: u32 [1] OPTIONAL,
        /// Confounder, message and checksum, as the encryption type arranges them.
        cipher: OctetString<'a> [2],
    }
}

sequence! {
    "EncryptionKey"
    /// A key on the wire: RFC 4120's EncryptionKey (section 5.2.9), borrowed from a decrypted message, whose owner
    /// wipes it. Hence another name than the key's that can be used.
    ///
    /// ```text
    /// EncryptionKey   ::= SEQUENCE {
    ///         keytype         [0] Int32 -- actually encryption type --,
    ///         keyvalue        [1] OCTET STRING
    /// }
    /// ```
    #[derive(Clone, Copy)]
    pub struct KeyValue<'a> {
        /// The encryption type.
        keytype: i32 [0],
        /// The key: secret.
        keyvalue: OctetString<'a> [1],
    }
}

impl fmt::Debug for KeyValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keytype, keyvalue: _ } = self;
        f.debug_struct("KeyValue").field("keytype", keytype).finish_non_exhaustive()
    }
}
