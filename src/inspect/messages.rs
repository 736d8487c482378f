//! The messages as tables: which fields a type has, by context tag, and what each is.
//!
//! Names and numbers are those of the ASN.1 in RFC 4120 and RFC 4178; the ASN.1 itself stands at the structs of
//! `kerberos::message` and `spnego`. Those decode strictly; these tables serve the tolerant walk.

use super::numbers;
use super::schema::{Content, Form, Type, bits, layout, list, message, number, octets, optional, required, sequence};
use super::{layout as layouts, pac, token};

// GSS-API and the layouts.

/// Any token, known by its first octets.
pub(super) static TOKEN: Type = layout("token", token::token);
/// What stands behind the Kerberos mechanism's name (RFC 4121 section 4.1).
pub(super) static KERBEROS_TOKEN: Type = layout("Kerberos token", token::kerberos_token);
static GSS_CHECKSUM: Type = layout("GSS-API checksum", layouts::gss_checksum);
static PACTYPE: Type = layout("PACTYPE", pac::explain);

pub(super) static OID: Type = Type { name: "MechType", identifier: 0x06, form: Form::Oid };

// SPNEGO (RFC 4178 section 4.2; [MS-SPNG] section 2.2.1).

pub(super) static NEG_TOKEN_INIT: Type = Type {
    name: "NegTokenInit",
    identifier: 0xa0,
    form: Form::Message(&[
        required(0, "mechTypes", &MECH_TYPE_LIST),
        optional(1, "reqFlags", &CONTEXT_FLAGS),
        optional(2, "mechToken", &INNER_TOKEN),
        optional(3, "mechListMIC", &INNER_TOKEN),
        // NegTokenInit2 puts its hints at this place, and the MIC behind them.
        optional(3, "negHints", &NEG_HINTS),
        optional(4, "mechListMIC", &INNER_TOKEN),
    ]),
};
pub(super) static NEG_TOKEN_RESP: Type = Type {
    name: "NegTokenResp",
    identifier: 0xa1,
    form: Form::Message(&[
        optional(0, "negState", &NEG_STATE),
        optional(1, "supportedMech", &OID),
        optional(2, "responseToken", &INNER_TOKEN),
        optional(3, "mechListMIC", &INNER_TOKEN),
    ]),
};
static MECH_TYPE_LIST: Type = list("MechTypeList", &OID);
static NEG_STATE: Type = Type { name: "NegState", identifier: 0x0a, form: Form::Number(numbers::neg_state) };
static INNER_TOKEN: Type = octets(Content::Token);
static NEG_HINTS: Type = sequence("NegHints", &[optional(0, "hintName", &TEXT), optional(1, "hintAddress", &OPAQUE)]);
static CONTEXT_FLAGS: Type = bits(
    "ContextFlags",
    &[
        (0, "delegFlag"),
        (1, "mutualFlag"),
        (2, "replayFlag"),
        (3, "sequenceFlag"),
        (4, "anonFlag"),
        (5, "confFlag"),
        (6, "integFlag"),
    ],
);

// Kerberos (RFC 4120 section 5).

pub(super) static AP_REQ: Type = message(
    "AP-REQ",
    14,
    &[
        required(0, "pvno", &INTEGER),
        required(1, "msg-type", &MESSAGE_TYPE),
        required(2, "ap-options", &AP_OPTIONS),
        required(3, "ticket", &TICKET),
        required(4, "authenticator", &ENCRYPTED_DATA),
    ],
);
pub(super) static AP_REP: Type = message(
    "AP-REP",
    15,
    &[required(0, "pvno", &INTEGER), required(1, "msg-type", &MESSAGE_TYPE), required(2, "enc-part", &ENCRYPTED_DATA)],
);
pub(super) static KRB_ERROR: Type = message(
    "KRB-ERROR",
    30,
    &[
        required(0, "pvno", &INTEGER),
        required(1, "msg-type", &MESSAGE_TYPE),
        optional(2, "ctime", &KERBEROS_TIME),
        optional(3, "cusec", &INTEGER),
        required(4, "stime", &KERBEROS_TIME),
        required(5, "susec", &INTEGER),
        required(6, "error-code", &ERROR_CODE),
        optional(7, "crealm", &REALM),
        optional(8, "cname", &PRINCIPAL_NAME),
        required(9, "realm", &REALM),
        required(10, "sname", &PRINCIPAL_NAME),
        optional(11, "e-text", &TEXT),
        optional(12, "e-data", &ERROR_DATA),
    ],
);
pub(super) static KRB_CRED: Type = message(
    "KRB-CRED",
    22,
    &[
        required(0, "pvno", &INTEGER),
        required(1, "msg-type", &MESSAGE_TYPE),
        required(2, "tickets", &TICKETS),
        required(3, "enc-part", &ENCRYPTED_DATA),
    ],
);
pub(super) static TICKET: Type = message(
    "Ticket",
    1,
    &[
        required(0, "tkt-vno", &INTEGER),
        required(1, "realm", &REALM),
        required(2, "sname", &PRINCIPAL_NAME),
        required(3, "enc-part", &ENCRYPTED_DATA),
    ],
);
pub(super) static ENC_TICKET_PART: Type = message(
    "EncTicketPart",
    3,
    &[
        required(0, "flags", &TICKET_FLAGS),
        required(1, "key", &ENCRYPTION_KEY),
        required(2, "crealm", &REALM),
        required(3, "cname", &PRINCIPAL_NAME),
        required(4, "transited", &TRANSITED_ENCODING),
        required(5, "authtime", &KERBEROS_TIME),
        optional(6, "starttime", &KERBEROS_TIME),
        required(7, "endtime", &KERBEROS_TIME),
        optional(8, "renew-till", &KERBEROS_TIME),
        optional(9, "caddr", &HOST_ADDRESSES),
        optional(10, "authorization-data", &AUTHORIZATION_DATA),
    ],
);
pub(super) static AUTHENTICATOR: Type = message(
    "Authenticator",
    2,
    &[
        required(0, "authenticator-vno", &INTEGER),
        required(1, "crealm", &REALM),
        required(2, "cname", &PRINCIPAL_NAME),
        optional(3, "cksum", &CHECKSUM),
        required(4, "cusec", &INTEGER),
        required(5, "ctime", &KERBEROS_TIME),
        optional(6, "subkey", &ENCRYPTION_KEY),
        optional(7, "seq-number", &SEQUENCE_NUMBER),
        optional(8, "authorization-data", &AUTHORIZATION_DATA),
    ],
);
pub(super) static ENC_AP_REP_PART: Type = message(
    "EncAPRepPart",
    27,
    &[
        required(0, "ctime", &KERBEROS_TIME),
        required(1, "cusec", &INTEGER),
        optional(2, "subkey", &ENCRYPTION_KEY),
        optional(3, "seq-number", &SEQUENCE_NUMBER),
    ],
);

static INTEGER: Type = number("INTEGER", numbers::no_words);
static MESSAGE_TYPE: Type = number("INTEGER", numbers::message_type);
static ERROR_CODE: Type = number("Int32", numbers::error_code);
static ETYPE: Type = number("Int32", numbers::etype);
static UINT32: Type = number("UInt32", numbers::no_words);
static NAME_TYPE: Type = number("Int32", numbers::name_type);
static CHECKSUM_TYPE: Type = number("Int32", numbers::checksum_type);
static AUTHORIZATION_TYPE: Type = number("Int32", numbers::authorization_type);
static ADDRESS_TYPE: Type = number("Int32", numbers::address_type);
static TRANSITED_TYPE: Type = number("Int32", numbers::transited_type);
static ERROR_DATA_TYPE: Type = number("INTEGER", numbers::error_data_type);
static SEQUENCE_NUMBER: Type = Type { name: "UInt32", identifier: 0x02, form: Form::SequenceNumber };
static KERBEROS_TIME: Type = Type { name: "KerberosTime", identifier: 0x18, form: Form::Time };
static REALM: Type = Type { name: "Realm", identifier: 0x1b, form: Form::Text };
static TEXT: Type = Type { name: "KerberosString", identifier: 0x1b, form: Form::Text };
static UTF8_STRING: Type = Type { name: "UTF8String", identifier: 0x0c, form: Form::Text };
static OPAQUE: Type = octets(Content::Opaque);
static CIPHER: Type = octets(Content::Cipher);
static ERROR_DATA: Type = octets(Content::ErrorData);

/// The type whose nodes say the whole name.
pub(super) static PRINCIPAL_NAME: Type =
    sequence("PrincipalName", &[required(0, "name-type", &NAME_TYPE), required(1, "name-string", &NAME_STRING)]);
static NAME_STRING: Type = list("SEQUENCE OF KerberosString", &TEXT);
static ENCRYPTED_DATA: Type = sequence(
    "EncryptedData",
    &[required(0, "etype", &ETYPE), optional(1, "kvno", &UINT32), required(2, "cipher", &CIPHER)],
);
static ENCRYPTION_KEY: Type =
    sequence("EncryptionKey", &[required(0, "keytype", &ETYPE), required(1, "keyvalue", &KEY_VALUE)]);
static KEY_VALUE: Type = octets(Content::Key);
static CHECKSUM: Type =
    sequence("Checksum", &[required(0, "cksumtype", &CHECKSUM_TYPE), required(1, "checksum", &CHECKSUM_VALUE)]);
static CHECKSUM_VALUE: Type = octets(Content::Checksum);
static TRANSITED_ENCODING: Type =
    sequence("TransitedEncoding", &[required(0, "tr-type", &TRANSITED_TYPE), required(1, "contents", &TRANSITED_TEXT)]);
static TRANSITED_TEXT: Type = octets(Content::Text);
static HOST_ADDRESSES: Type = list("HostAddresses", &HOST_ADDRESS);
static HOST_ADDRESS: Type =
    sequence("HostAddress", &[required(0, "addr-type", &ADDRESS_TYPE), required(1, "address", &ADDRESS)]);
static ADDRESS: Type = octets(Content::Address);
pub(super) static AUTHORIZATION_DATA: Type = list("AuthorizationData", &AUTHORIZATION_ELEMENT);
static AUTHORIZATION_ELEMENT: Type = sequence(
    "AuthorizationData element",
    &[required(0, "ad-type", &AUTHORIZATION_TYPE), required(1, "ad-data", &AUTHORIZATION_CONTENT)],
);
static AUTHORIZATION_CONTENT: Type = octets(Content::Authorization);
static ETYPE_LIST: Type = list("EtypeList", &ETYPE);
static INDICATORS: Type = list("AD-AUTHENTICATION-INDICATOR", &UTF8_STRING);
static TICKETS: Type = list("SEQUENCE OF Ticket", &TICKET);
/// [MS-KILE] section 2.2.2.
pub(super) static KERB_ERROR_DATA: Type =
    sequence("KERB-ERROR-DATA", &[required(1, "data-type", &ERROR_DATA_TYPE), optional(2, "data-value", &OPAQUE)]);
static AP_OPTIONS: Type = bits("APOptions", &[(0, "reserved"), (1, "use-session-key"), (2, "mutual-required")]);
static TICKET_FLAGS: Type = bits(
    "TicketFlags",
    &[
        (0, "reserved"),
        (1, "forwardable"),
        (2, "forwarded"),
        (3, "proxiable"),
        (4, "proxy"),
        (5, "may-postdate"),
        (6, "postdated"),
        (7, "invalid"),
        (8, "renewable"),
        (9, "initial"),
        (10, "pre-authent"),
        (11, "hw-authent"),
        (12, "transited-policy-checked"),
        (13, "ok-as-delegate"),
        (15, "enc-pa-rep"),
        (16, "anonymous"),
    ],
);

/// Types that stand for themselves, by the identifier octet they begin with.
pub(super) static MESSAGES: [&Type; 7] =
    [&NEG_TOKEN_INIT, &NEG_TOKEN_RESP, &AP_REQ, &AP_REP, &KRB_ERROR, &KRB_CRED, &TICKET];

/// What an element of authorization data of this type holds, where that has a structure of its own.
pub(super) fn authorization(ad_type: i64) -> Option<&'static Type> {
    match ad_type {
        1 => Some(&AUTHORIZATION_DATA),
        97 => Some(&INDICATORS),
        128 => Some(&PACTYPE),
        129 => Some(&ETYPE_LIST),
        _ => None,
    }
}

/// What a checksum of this type holds, where it is more than a checksum.
pub(super) fn checksum(cksumtype: i64) -> Option<&'static Type> {
    (cksumtype == 0x8003).then_some(&GSS_CHECKSUM)
}
