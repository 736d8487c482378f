//! The hash of a TLS server's certificate (RFC 5929 section 4.1): of X.509 just what it takes to choose the hash function.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Sequence, Tag, Tagged};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

use crate::error::{Fault, Reason};
use crate::gss::Oid;

/// Hashes the whole certificate with the hash function of its own signature (row H10).
pub(super) fn hash(certificate_der: &[u8]) -> Result<Vec<u8>, CertificateError> {
    let certificate = Certificate::from_der(certificate_der).map_err(|_| CertificateError::Malformed)?;
    certificate.tbs_certificate.tag().assert_eq(Tag::Sequence).map_err(|_| CertificateError::Malformed)?;
    let function = HashFunction::of_signature(certificate.signature_algorithm)?;
    Ok(function.digest(certificate_der))
}

/// Why a certificate gives no channel bindings.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not one whole X.509 certificate in DER.
    Malformed,
    /// Its signature has no hash function of its own, as Ed25519, or one that this crate does not know.
    Undefined {
        /// The object identifier of the signature algorithm, in dotted decimal.
        algorithm: String,
    },
    /// Its signature uses several hash functions, for which RFC 5929 section 4.1 defines nothing.
    SeveralHashFunctions,
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("not an X.509 certificate in DER (a PEM file holds it in base64: decode that first)"),
            Self::Undefined { algorithm } => write!(
                f,
                "no tls-server-end-point channel binding is known for certificates signed with {algorithm} (RFC 5929 section 4.1): \
                 use a certificate signed with RSA or ECDSA, or tls-exporter where the client knows it"
            ),
            Self::SeveralHashFunctions => f.write_str(
                "the certificate's RSASSA-PSS signature uses two hash functions, and RFC 5929 section 4.1 defines no channel binding for that: \
                 have it issued with one",
            ),
        }
    }
}

impl core::error::Error for CertificateError {}

/// The certificate is this side's own.
impl Reason for CertificateError {
    fn fault(&self) -> Fault {
        Fault::Configuration
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Malformed => "bad-certificate",
            Self::Undefined { .. } | Self::SeveralHashFunctions => "no-binding",
        }
    }
}

/// RFC 5280 section 4.1, with what is signed left alone.
///
/// ```text
/// Certificate ::= SEQUENCE {
///     tbsCertificate       TBSCertificate,
///     signatureAlgorithm   AlgorithmIdentifier,
///     signatureValue       BIT STRING }
/// ```
#[derive(Sequence)]
struct Certificate<'a> {
    tbs_certificate: AnyRef<'a>,
    signature_algorithm: AlgorithmIdentifier<'a>,
    signature_value: BitStringRef<'a>,
}

/// RFC 5280 section 4.1.1.2.
///
/// ```text
/// AlgorithmIdentifier ::= SEQUENCE {
///     algorithm    OBJECT IDENTIFIER,
///     parameters   ANY DEFINED BY algorithm OPTIONAL }
/// ```
#[derive(Clone, Copy, Sequence)]
struct AlgorithmIdentifier<'a> {
    algorithm: AnyRef<'a>,
    parameters: Option<AnyRef<'a>>,
}

impl<'a> AlgorithmIdentifier<'a> {
    fn oid(self) -> Result<Oid<'a>, CertificateError> {
        match self.algorithm.tag() {
            Tag::ObjectIdentifier => Ok(Oid::from_octets(self.algorithm.value())),
            _ => Err(CertificateError::Malformed),
        }
    }

    fn parameters<T: der::DecodeValue<'a> + der::FixedTag + 'a>(self) -> Result<T, CertificateError> {
        let parameters = self.parameters.ok_or(CertificateError::Malformed)?;
        parameters.decode_as().map_err(|_| CertificateError::Malformed)
    }
}

/// RFC 4055 section 3.1.
///
/// ```text
/// RSASSA-PSS-params ::= SEQUENCE {
///     hashAlgorithm     [0] HashAlgorithm DEFAULT sha1Identifier,
///     maskGenAlgorithm  [1] MaskGenAlgorithm DEFAULT mgf1SHA1Identifier,
///     saltLength        [2] INTEGER DEFAULT 20,
///     trailerField      [3] INTEGER DEFAULT 1 }
/// ```
#[derive(Sequence)]
struct RsassaPssParams<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash_algorithm: Option<AlgorithmIdentifier<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask_gen_algorithm: Option<AlgorithmIdentifier<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt_length: Option<u32>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer_field: Option<u32>,
}

impl<'a> RsassaPssParams<'a> {
    /// The hash function of the message, which must be the mask's too.
    fn only_hash(&self) -> Result<Oid<'a>, CertificateError> {
        let of_message = self.hash_algorithm.map_or(Ok(SHA1), AlgorithmIdentifier::oid)?;
        let of_mask = match self.mask_gen_algorithm {
            None => SHA1,
            Some(mask) if mask.oid()? == MGF1 => mask.parameters::<AlgorithmIdentifier<'a>>()?.oid()?,
            Some(mask) => return Err(undefined(mask.oid()?)),
        };
        if of_message == of_mask { Ok(of_message) } else { Err(CertificateError::SeveralHashFunctions) }
    }
}

/// The hash functions a binding may be made with: MD5 and SHA-1 are not among them.
#[derive(Clone, Copy)]
enum HashFunction {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512_224,
    Sha512_256,
}

impl HashFunction {
    /// RFC 5929 section 4.1: the signature's one hash function, and SHA-256 for MD5 and SHA-1.
    ///
    /// Parameters beside those of RSASSA-PSS choose nothing, so they are not looked at: some issuers write NULL, some nothing.
    fn of_signature(algorithm: AlgorithmIdentifier<'_>) -> Result<Self, CertificateError> {
        match algorithm.oid()? {
            RSASSA_PSS => {
                let hash = algorithm.parameters::<RsassaPssParams<'_>>()?.only_hash()?;
                Self::find(&HASHES, hash)
            }
            signature => Self::find(&SIGNATURES, signature),
        }
    }

    fn find(table: &[(Oid<'static>, Self)], oid: Oid<'_>) -> Result<Self, CertificateError> {
        table.iter().find(|(known, _)| *known == oid).map(|(_, function)| *function).ok_or_else(|| undefined(oid))
    }

    fn digest(self, octets: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha224 => Sha224::digest(octets).to_vec(),
            Self::Sha256 => Sha256::digest(octets).to_vec(),
            Self::Sha384 => Sha384::digest(octets).to_vec(),
            Self::Sha512 => Sha512::digest(octets).to_vec(),
            Self::Sha512_224 => Sha512_224::digest(octets).to_vec(),
            Self::Sha512_256 => Sha512_256::digest(octets).to_vec(),
        }
    }
}

fn undefined(algorithm: Oid<'_>) -> CertificateError {
    CertificateError::Undefined { algorithm: algorithm.to_string() }
}

const RSASSA_PSS: Oid<'static> = Oid::from_octets(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a");
const MGF1: Oid<'static> = Oid::from_octets(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08");
const SHA1: Oid<'static> = Oid::from_octets(b"\x2b\x0e\x03\x02\x1a");

/// The hash functions that RSASSA-PSS names (RFC 4055 section 2.1, RFC 8017 appendix B.1).
const HASHES: [(Oid<'static>, HashFunction); 8] = [
    (Oid::from_octets(b"\x2a\x86\x48\x86\xf7\x0d\x02\x05"), HashFunction::Sha256), // id-md5
    (SHA1, HashFunction::Sha256),
    (Oid::from_octets(b"\x60\x86\x48\x01\x65\x03\x04\x02\x04"), HashFunction::Sha224),
    (Oid::from_octets(b"\x60\x86\x48\x01\x65\x03\x04\x02\x01"), HashFunction::Sha256),
    (Oid::from_octets(b"\x60\x86\x48\x01\x65\x03\x04\x02\x02"), HashFunction::Sha384),
    (Oid::from_octets(b"\x60\x86\x48\x01\x65\x03\x04\x02\x03"), HashFunction::Sha512),
    (Oid::from_octets(b"\x60\x86\x48\x01\x65\x03\x04\x02\x05"), HashFunction::Sha512_224),
    (Oid::from_octets(b"\x60\x86\x48\x01\x65\x03\x04\x02\x06"), HashFunction::Sha512_256),
];

/// The signature algorithms that name their hash function (RFC 3279 section 2.2, RFC 5758 section 3, RFC 8017 appendix A.2.4).
const SIGNATURES: [(Oid<'static>, HashFunction); 19] = [
    (Oid::from_octets(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04"), HashFunction::Sha256), // md5WithRSAEncryption
    (Oid::from_octets(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"), HashFunction::Sha256), // sha1WithRSAEncryption
    (Oid::from_octets(b"\x2b\x0e\x03\x02\x1d"), HashFunction::Sha256), // sha1WithRSASignature, its older name (OIW)
    (Oid::from_octets(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e"), HashFunction::Sha224), // sha224WithRSAEncryption
    (Oid::from_octets(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), HashFunction::Sha256), // sha256WithRSAEncryption
    (Oid::from_octets(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"), HashFunction::Sha384), // sha384WithRSAEncryption
    (Oid::from_octets(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"), HashFunction::Sha512), // sha512WithRSAEncryption
    (Oid::from_octets(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0f"), HashFunction::Sha512_224), // sha512-224WithRSAEncryption
    (Oid::from_octets(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x10"), HashFunction::Sha512_256), // sha512-256WithRSAEncryption
    (Oid::from_octets(b"\x2a\x86\x48\xce\x3d\x04\x01"), HashFunction::Sha256),             // ecdsa-with-SHA1
    (Oid::from_octets(b"\x2a\x86\x48\xce\x3d\x04\x03\x01"), HashFunction::Sha224),         // ecdsa-with-SHA224
    (Oid::from_octets(b"\x2a\x86\x48\xce\x3d\x04\x03\x02"), HashFunction::Sha256),         // ecdsa-with-SHA256
    (Oid::from_octets(b"\x2a\x86\x48\xce\x3d\x04\x03\x03"), HashFunction::Sha384),         // ecdsa-with-SHA384
    (Oid::from_octets(b"\x2a\x86\x48\xce\x3d\x04\x03\x04"), HashFunction::Sha512),         // ecdsa-with-SHA512
    (Oid::from_octets(b"\x2a\x86\x48\xce\x38\x04\x03"), HashFunction::Sha256),             // id-dsa-with-sha1
    (Oid::from_octets(b"\x60\x86\x48\x01\x65\x03\x04\x03\x01"), HashFunction::Sha224),     // id-dsa-with-sha224
    (Oid::from_octets(b"\x60\x86\x48\x01\x65\x03\x04\x03\x02"), HashFunction::Sha256),     // id-dsa-with-sha256
    (Oid::from_octets(b"\x60\x86\x48\x01\x65\x03\x04\x03\x03"), HashFunction::Sha384),     // id-dsa-with-sha384
    (Oid::from_octets(b"\x60\x86\x48\x01\x65\x03\x04\x03\x04"), HashFunction::Sha512),     // id-dsa-with-sha512
];

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use hex_literal::hex;

    const SHA1_ID: [u8; 9] = hex!("30 07 06 05 2b0e03021a");
    const SHA256_ID: [u8; 13] = hex!("30 0b 06 09 608648016503040201");
    const MGF1_OID: [u8; 11] = hex!("06 09 2a864886f70d010108");

    fn tlv(tag: u8, pieces: &[&[u8]]) -> Vec<u8> {
        let value = pieces.concat();
        [&[tag, u8::try_from(value.len()).unwrap()], value.as_slice()].concat()
    }

    /// A certificate of nothing, signed with `algorithm`.
    fn certificate(algorithm: &[u8]) -> Vec<u8> {
        tlv(0x30, &[&hex!("3000"), algorithm, &hex!("0302 00ff")])
    }

    fn pss(parameters: &[&[u8]]) -> Vec<u8> {
        certificate(&tlv(0x30, &[&hex!("06092a864886f70d01010a"), &tlv(0x30, parameters)]))
    }

    fn mask(hash: &[u8]) -> Vec<u8> {
        tlv(0xa1, &[&tlv(0x30, &[&MGF1_OID, hash])])
    }

    #[test]
    fn h10_pss_defaults_and_explicit_values() {
        let sound = [
            pss(&[]),
            pss(&[&tlv(0xa0, &[&SHA1_ID])]),
            pss(&[&tlv(0xa0, &[&SHA1_ID]), &mask(&SHA1_ID), &hex!("a203020114 a303020101")]),
            pss(&[&mask(&SHA1_ID)]),
            pss(&[&tlv(0xa0, &[&SHA256_ID]), &mask(&SHA256_ID)]),
            pss(&[&tlv(0xa0, &[&SHA256_ID]), &mask(&hex!("300d 0609 608648016503040201 0500")), &hex!("a203020120")]),
        ];
        for der in sound {
            assert_eq!(hash(&der).unwrap(), Sha256::digest(&der).to_vec());
        }
        let mixed = [
            pss(&[&tlv(0xa0, &[&SHA256_ID])]),
            pss(&[&mask(&SHA256_ID)]),
            pss(&[&tlv(0xa0, &[&SHA256_ID]), &mask(&SHA1_ID)]),
        ];
        for der in mixed {
            assert_eq!(hash(&der), Err(CertificateError::SeveralHashFunctions));
        }
    }

    #[test]
    fn h10_pss_malformed_or_unknown() {
        let malformed = [
            certificate(&hex!("300b 0609 2a864886f70d01010a")), // no parameters: RFC 4055 section 3.1 requires them
            certificate(&hex!("300d 0609 2a864886f70d01010a 0500")),
            pss(&[&mask(&SHA1_ID), &tlv(0xa0, &[&SHA1_ID])]),
            pss(&[&tlv(0xa0, &[&SHA1_ID]), &tlv(0xa0, &[&SHA1_ID])]),
            pss(&[&hex!("a403020101")]),
            pss(&[&tlv(0xa0, &[&hex!("3003 040100")])]),
            pss(&[&tlv(0xa1, &[&tlv(0x30, &[&MGF1_OID])])]),
        ];
        for der in malformed {
            assert_eq!(hash(&der), Err(CertificateError::Malformed), "{der:x?}");
        }
        let undefined = |der: &[u8]| match hash(der) {
            Err(CertificateError::Undefined { algorithm }) => algorithm,
            other => panic!("{other:?}"),
        };
        assert_eq!(undefined(&pss(&[&tlv(0xa1, &[&hex!("3004 06022a03")])])), "1.2.3");
        assert_eq!(undefined(&pss(&[&tlv(0xa0, &[&hex!("3004 06022a03")]), &mask(&hex!("3004 06022a03"))])), "1.2.3");
        assert_eq!(undefined(&certificate(&hex!("3004 06022a03"))), "1.2.3");
        assert_eq!(undefined(&certificate(&hex!("3003 060180"))), "?");
    }

    #[test]
    fn h10_broken_certificates() {
        let sound = certificate(&hex!("300d 0609 2a864886f70d01010b 0500"));
        assert!(hash(&sound).is_ok());
        let broken = [
            vec![],
            b"-----BEGIN CERTIFICATE-----\nMIIC".to_vec(),
            [sound.as_slice(), b"\0"].concat(),
            certificate(&hex!("300f 0609 2a864886f70d01010b 0500 0500")),
            certificate(&hex!("3000")),
            certificate(&hex!("0500")),
            tlv(0x30, &[&hex!("3100 300b 0609 2a864886f70d01010b 030200ff")]),
            tlv(0x30, &[&hex!("3000 300b 0609 2a864886f70d01010b")]),
            tlv(0x30, &[&hex!("3000 300b 0609 2a864886f70d01010b 040200ff")]),
            tlv(0x30, &[&hex!("3000 300b 0609 2a864886f70d01010b 030200ff 0500")]),
            hex!("3080 3000 300b 0609 2a864886f70d01010b 030200ff 0000").to_vec(),
            hex!("3084ffffffff 3000").to_vec(),
        ];
        for der in broken {
            assert_eq!(hash(&der), Err(CertificateError::Malformed), "{der:x?}");
        }
    }
}
