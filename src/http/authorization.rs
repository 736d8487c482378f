//! What a request brings: `Authorization` and `Proxy-Authorization` (RFC 9110 sections 11.6.2 and 11.7.2).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use super::syntax::{take_name, take_spaces, trim};
use super::{Challenger, Error, Scheme, bare_ntlm, base64};

/// What the credential field of a request says to `C`, an [`Origin`](super::Origin) or a [`Proxy`](super::Proxy).
///
/// ```
/// use negotiate::http::{Authorization, MAX_TOKEN, Proxy, Scheme};
///
/// // From the crate `http`: headers.get_all(Authorization::<Proxy>::FIELD)
/// let lines = ["Basic YWxpY2U6c2VzYW1l"];
/// match Authorization::<Proxy>::parse(lines, MAX_TOKEN)? {
///     Authorization::OtherScheme(scheme) => assert_eq!(scheme, Scheme::Other("Basic")),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), negotiate::http::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Authorization<'a, C> {
    /// The field is not there: ask for it.
    Absent,
    /// A token to hand to the acceptor.
    Negotiate(Credential<C>),
    /// A message of NTLM to hand to the acceptor, under the scheme `NTLM`: only from [`Self::parse_with_ntlm`].
    Ntlm(Credential<C>),
    /// A credential of another scheme, left unread: for another part of the program, or to be refused by name.
    OtherScheme(Scheme<'a>),
}

impl<'a, C: Challenger> Authorization<'a, C> {
    /// The name of the field to read, in lower case.
    pub const FIELD: &'static str = C::CREDENTIALS_FIELD;

    /// Reads the field's value. `values` are its lines, of which there may be one at most; `limit` is the number of
    /// octets the token may have, such as [`MAX_TOKEN`](super::MAX_TOKEN). The scheme `NTLM` is one of the others:
    /// [`Self::parse_with_ntlm`] takes that too.
    ///
    /// ```text
    /// credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
    /// ```
    ///
    /// # Errors
    /// [`Error::RepeatedField`] for a second line, of whatever scheme; [`Error::NoScheme`]; and for the scheme `Negotiate`
    /// [`Error::NoToken`], [`Error::NotOneToken`], [`Error::TooLarge`], [`Error::BadBase64`] (rows H04, H05).
    pub fn parse<V>(values: impl IntoIterator<Item = &'a V>, limit: usize) -> Result<Self, Error>
    where
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        match Self::one(values)? {
            Some((Scheme::Negotiate, rest)) => Ok(Self::Negotiate(Credential::new(decode_only(rest, limit)?))),
            Some((other, _)) => Ok(Self::OtherScheme(other)),
            None => Ok(Self::Absent),
        }
    }

    /// Reads the field's value for a server that offers the scheme `NTLM` beside `Negotiate` (\[MS-NTHT\] section 2.2.2).
    ///
    /// That scheme logs in a connection, not a request: whoever takes it has to be sure that each connection has one
    /// client at its other end (row H02).
    ///
    /// ```
    /// use negotiate::http::{Authorization, Error, MAX_TOKEN, Origin};
    /// let parse = |line: &'static str| Authorization::<Origin>::parse_with_ntlm([line], MAX_TOKEN);
    /// assert!(matches!(parse("NTLM TlRMTVNTUAABAAAA"), Ok(Authorization::Ntlm(_))));
    /// assert!(matches!(parse("NTLM YIIC"), Err(Error::NotNtlm))); // SPNEGO belongs to the scheme Negotiate
    /// ```
    ///
    /// # Errors
    /// As [`Self::parse`], for both schemes; and [`Error::NotNtlm`].
    pub fn parse_with_ntlm<V>(values: impl IntoIterator<Item = &'a V>, limit: usize) -> Result<Self, Error>
    where
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        match Self::one(values)? {
            Some((Scheme::Negotiate, rest)) => Ok(Self::Negotiate(Credential::new(decode_only(rest, limit)?))),
            Some((Scheme::Ntlm, rest)) => Ok(Self::Ntlm(Credential::ntlm(decode_only(rest, limit)?)?)),
            Some((other, _)) => Ok(Self::OtherScheme(other)),
            None => Ok(Self::Absent),
        }
    }

    /// The scheme of the one line there is, and what stands behind it.
    fn one<V>(values: impl IntoIterator<Item = &'a V>) -> Result<Option<(Scheme<'a>, &'a [u8])>, Error>
    where
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        let mut values = values.into_iter();
        let Some(value) = values.next() else { return Ok(None) };
        // The field is no list: RFC 9110 section 5.3 forbids a second line, and which one counts would be anybody's guess.
        if values.next().is_some() {
            return Err(Error::RepeatedField);
        }
        let mut rest = trim(value.as_ref());
        let scheme = Scheme::from_name(take_name(&mut rest).ok_or(Error::NoScheme)?);
        if !take_spaces(&mut rest) && !rest.is_empty() {
            return Err(Error::NoScheme);
        }
        Ok(Some((scheme, rest)))
    }
}

/// Decodes what must be one token and nothing else.
fn decode_only(text: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    if text.is_empty() {
        return Err(Error::NoToken);
    }
    match base64::decode(text, limit) {
        // The likeliest mistake is named: what separates the items of a list cannot be part of one.
        Err(Error::BadBase64) if text.iter().any(|octet| matches!(octet, b',' | b' ' | b'\t' | b'"')) => {
            Err(Error::NotOneToken)
        }
        decoded => decoded,
    }
}

/// A token under the scheme `Negotiate` or `NTLM`, meant for `C` and nobody else (row H06).
///
/// ```compile_fail,E0308
/// use negotiate::http::{Credential, Origin, Proxy};
/// fn step_of_origin(credential: Credential<Origin>) {}
/// step_of_origin(Credential::<Proxy>::new(vec![0x60]));
/// ```
pub struct Credential<C> {
    octets: Vec<u8>,
    scheme: Scheme<'static>,
    challenger: PhantomData<fn() -> C>,
}

impl<C: Challenger> Credential<C> {
    /// A credential to send under the scheme `Negotiate`, from a mechanism's token.
    #[must_use]
    pub const fn new(token: Vec<u8>) -> Self {
        Self { octets: token, scheme: Scheme::Negotiate, challenger: PhantomData }
    }

    /// A credential to send under the scheme `NTLM`, from a bare message of NTLM (\[MS-NTHT\] section 2.2.2).
    ///
    /// # Errors
    /// [`Error::NotNtlm`] if it is something else, such as SPNEGO's.
    pub fn ntlm(message: Vec<u8>) -> Result<Self, Error> {
        bare_ntlm(message).map(|octets| Self { octets, scheme: Scheme::Ntlm, challenger: PhantomData })
    }

    /// The scheme: `Negotiate` or `NTLM`.
    #[must_use]
    pub const fn scheme(&self) -> Scheme<'static> {
        self.scheme
    }

    /// The octets for the mechanism.
    #[must_use]
    pub fn token(&self) -> &[u8] {
        &self.octets
    }

    /// The octets for the mechanism, in the buffer they were decoded into.
    #[must_use]
    pub fn into_token(self) -> Vec<u8> {
        self.octets
    }

    /// Name and value of the request field that carries it.
    ///
    /// ```
    /// use negotiate::http::{Credential, Origin};
    /// let credential = Credential::<Origin>::new(b"\x60\x82\x02".to_vec());
    /// assert_eq!(credential.header(), ("authorization", "Negotiate YIIC".to_owned()));
    /// ```
    #[must_use]
    pub fn header(&self) -> (&'static str, String) {
        (C::CREDENTIALS_FIELD, value(self.scheme, Some(&self.octets)))
    }
}

/// Whoever holds the token may use it until it is seen, so its octets stay out of logs.
impl<C> fmt::Debug for Credential<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { octets, scheme, challenger: _ } = self;
        write!(f, "Credential({scheme}, {} octets)", octets.len())
    }
}

/// The scheme, and behind a space the token if there is one: the same for credentials and challenges (RFC 4559 section 4).
///
/// An empty token is none: some mechanisms end with one, and base64 has no word for it.
pub(super) fn value(scheme: Scheme<'static>, token: Option<&[u8]>) -> String {
    let scheme = scheme.name();
    let Some(token) = token.filter(|token| !token.is_empty()) else { return scheme.into() };
    let length = scheme.len().saturating_add(1).saturating_add(base64::encoded_len(token));
    let mut value = String::with_capacity(length);
    value.push_str(scheme);
    value.push(' ');
    base64::push(&mut value, token);
    value
}

#[cfg(test)]
mod tests {
    use super::super::{MAX_TOKEN, Origin, Proxy};
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn parse(value: &[u8]) -> Result<Authorization<'_, Origin>, Error> {
        Authorization::parse([value], MAX_TOKEN)
    }

    fn refusal(value: &[u8]) -> Error {
        parse(value).expect_err(&alloc::format!("{}", value.escape_ascii()))
    }

    fn token(value: &[u8]) -> Vec<u8> {
        match parse(value) {
            Ok(Authorization::Negotiate(credential)) => credential.into_token(),
            other => panic!("{}: {other:?}", value.escape_ascii()),
        }
    }

    #[test]
    fn h04_what_a_request_may_bring() {
        assert!(matches!(Authorization::<Origin>::parse([] as [&str; 0], MAX_TOKEN), Ok(Authorization::Absent)));
        let sound: [&[u8]; 7] = [
            b"Negotiate QUFB",
            b"negotiate QUFB",
            b"NEGOTIATE QUFB",
            b"Negotiate    QUFB",
            b" \tNegotiate QUFB\t ",
            b"Negotiate QUFB ",
            b"nEGOTIATE QUFB",
        ];
        for value in sound {
            assert_eq!(token(value), b"AAA");
        }
    }

    #[test]
    fn h04_lines_and_lists() {
        let two: [[&[u8]; 2]; 4] = [
            [b"Negotiate QUFB", b"Negotiate QUFB"],
            [b"Negotiate QUFB", b"Basic QUFB"],
            [b"Basic QUFB", b"Negotiate QUFB"],
            [b"", b""],
        ];
        for lines in two {
            assert_eq!(Authorization::<Origin>::parse(lines, MAX_TOKEN).unwrap_err(), Error::RepeatedField);
        }
        let values: [&[u8]; 11] = [
            b"Negotiate QUFB, NTLM QUFB",
            b"Negotiate QUFB,Negotiate QUFB",
            b"Negotiate a, NTLM b",
            b"Negotiate a b",
            b"Negotiate QUFB QUFB",
            b"Negotiate QUFB\tQUFB",
            b"Negotiate QUFB,",
            b"Negotiate ,QUFB",
            b"Negotiate \tQUFB",
            b"Negotiate realm=\"x\"",
            b"Negotiate Negotiate QUFB",
        ];
        for value in values {
            assert_eq!(refusal(value), Error::NotOneToken, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn h04_no_token_or_no_scheme() {
        for value in [&b"Negotiate"[..], b"Negotiate ", b"Negotiate \t ", b"negotiate   "] {
            assert_eq!(refusal(value), Error::NoToken);
        }
        let values: [&[u8]; 12] = [
            b"",
            b" ",
            b",",
            b", Negotiate QUFB",
            b"=",
            b"\"Negotiate\" QUFB",
            b"Negotiate,QUFB",
            b"Negotiate\tQUFB",
            b"Negotiate:QUFB",
            b"Negotiate=QUFB",
            b"\0Negotiate QUFB",
            b"Negotiate\r\n QUFB",
        ];
        for value in values {
            assert_eq!(refusal(value), Error::NoScheme, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn h04_other_schemes_are_not_ours() {
        let others: [(&[u8], Scheme<'_>); 8] = [
            (b"NegotiateX QUFB", Scheme::Other("NegotiateX")),
            (b"Negotiat QUFB", Scheme::Other("Negotiat")),
            (b"Nego2 QUFB", Scheme::Other("Nego2")),
            (b"Basic QUFB", Scheme::Other("Basic")),
            (b"basic", Scheme::Other("Basic")),
            (b"Digest username=\"a, Negotiate b\", x=y", Scheme::Other("Digest")),
            (b"NTLM TlRMTVNTUAAB", Scheme::Ntlm),
            (b"ntlm TlRM, Negotiate QUFB", Scheme::Ntlm),
        ];
        for (value, scheme) in others {
            match parse(value) {
                Ok(Authorization::OtherScheme(found)) => assert_eq!(found, scheme),
                other => panic!("{}: {other:?}", value.escape_ascii()),
            }
        }
    }

    /// Of either scheme, strict in the same way, and one at most.
    #[test]
    fn h04_the_scheme_ntlm_is_for_those_who_ask_for_it() {
        let ask = |value: &'static [u8]| Authorization::<Origin>::parse_with_ntlm([value], MAX_TOKEN);
        let sound: [&[u8]; 4] =
            [b"NTLM TlRMTVNTUAAB", b"ntlm TlRMTVNTUAAB", b" NtLm   TlRMTVNTUAAB\t", b"NTLM TlRMTVNTUAA="];
        for value in sound {
            match ask(value) {
                Ok(Authorization::Ntlm(credential)) => {
                    assert!(credential.token().starts_with(b"NTLMSSP\0"));
                    assert_eq!(credential.scheme(), Scheme::Ntlm);
                }
                other => panic!("{}: {other:?}", value.escape_ascii()),
            }
            assert!(matches!(parse(value), Ok(Authorization::OtherScheme(Scheme::Ntlm))));
        }
        assert!(matches!(ask(b"Negotiate TlRMTVNTUAAB"), Ok(Authorization::Negotiate(_))));
        assert!(matches!(ask(b"Basic TlRMTVNTUAAB"), Ok(Authorization::OtherScheme(Scheme::Other("Basic")))));
        let refused: [(&[u8], Error); 8] = [
            (b"NTLM", Error::NoToken),
            (b"NTLM ", Error::NoToken),
            (b"NTLM\tTlRMTVNTUAAB", Error::NoScheme),
            (b"NTLM TlRMTVNTUAAB, Negotiate QUFB", Error::NotOneToken),
            (b"NTLM TlRMTVNTUAAB TlRMTVNTUAAB", Error::NotOneToken),
            (b"Negotiate QUFB, NTLM TlRMTVNTUAAB", Error::NotOneToken),
            (b"NTLM TlRMTVNTUAA", Error::BadBase64),
            (b"NTLM TlRMTVNTUAB=", Error::BadBase64),
        ];
        for (value, error) in refused {
            assert_eq!(ask(value).unwrap_err(), error, "{}", value.escape_ascii());
        }
        let two = ["NTLM TlRMTVNTUAAB", "Negotiate QUFB"];
        assert_eq!(Authorization::<Origin>::parse_with_ntlm(two, MAX_TOKEN).unwrap_err(), Error::RepeatedField);
        assert!(matches!(Authorization::<Origin>::parse_with_ntlm([] as [&str; 0], 9), Ok(Authorization::Absent)));
        let small = Authorization::<Origin>::parse_with_ntlm(["NTLM TlRMTVNTUAAB"], 8);
        assert_eq!(small.unwrap_err(), Error::TooLarge { limit: 8 });
    }

    /// SPNEGO (0x60, 0xA1), Kerberos and anything else but `NTLMSSP` and a NUL are named as what they are not.
    #[test]
    fn h04_the_scheme_ntlm_carries_ntlm_and_nothing_else() {
        for octets in [&b"\x60\x28\x06"[..], b"\xa1\x14\x30", b"NTLMSSP", b"NTLMSSP ", b"ntlmssp\0", b"\0NTLMSSP\0"] {
            assert_eq!(Credential::<Origin>::ntlm(octets.to_vec()).unwrap_err(), Error::NotNtlm);
            let (_, line) = Credential::<Origin>::new(octets.to_vec()).header();
            let line = line.replace("Negotiate", "NTLM");
            let parsed = Authorization::<Origin>::parse_with_ntlm([&line], MAX_TOKEN);
            assert_eq!(parsed.unwrap_err(), Error::NotNtlm, "{line}");
        }
        let credential = Credential::<Proxy>::ntlm(b"NTLMSSP\0\x01".to_vec()).unwrap();
        assert_eq!(credential.header(), ("proxy-authorization", "NTLM TlRMTVNTUAAB".into()));
        assert_eq!(alloc::format!("{credential:?}"), "Credential(NTLM, 9 octets)");
    }

    #[test]
    fn h05_a_token_is_strict_base64() {
        let values: [&[u8]; 10] = [
            b"Negotiate =",
            b"Negotiate ====",
            b"Negotiate QQ=A",
            b"Negotiate QR==",
            b"Negotiate QQ",
            b"Negotiate QU-B",
            b"Negotiate QU_B",
            b"Negotiate QUFB\r\n",
            b"Negotiate QU\0B",
            b"Negotiate QUFB=",
        ];
        for value in values {
            assert_eq!(refusal(value), Error::BadBase64, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn h05_the_cap_is_the_callers() {
        for (limit, length) in [(4, 4), (4, 5), (0, 1), (MAX_TOKEN, MAX_TOKEN), (MAX_TOKEN, MAX_TOKEN + 1)] {
            let (_, value) = Credential::<Origin>::new(vec![1; length]).header();
            match Authorization::<Origin>::parse([&value], limit) {
                Ok(Authorization::Negotiate(credential)) => assert_eq!(credential.token().len(), length),
                other => {
                    assert_eq!(other.unwrap_err(), Error::TooLarge { limit });
                    assert!(length > limit);
                }
            }
        }
    }

    #[test]
    fn h06_each_challenger_has_its_own_field() {
        assert_eq!(Authorization::<Origin>::FIELD, "authorization");
        assert_eq!(Authorization::<Proxy>::FIELD, "proxy-authorization");
        assert_eq!(
            Credential::<Proxy>::new(b"AAA".to_vec()).header(),
            ("proxy-authorization", "Negotiate QUFB".into())
        );
    }

    #[test]
    fn a_credential_is_not_printed() {
        let shown = alloc::format!("{:?}", parse(b"Negotiate QUFB"));
        assert_eq!(shown, "Ok(Negotiate(Credential(Negotiate, 3 octets)))");
    }

    proptest! {
        #[test]
        fn h05_there_and_back(octets in prop::collection::vec(any::<u8>(), 1..3_000)) {
            let (_, value) = Credential::<Origin>::new(octets.clone()).header();
            prop_assert_eq!(value.len(), value.capacity());
            prop_assert_eq!(token(value.as_bytes()), octets);
        }

        /// What is accepted is exactly what would be built from it, and the one allocation is as long as the token (row A06).
        #[test]
        fn h04_h05_anything_at_all(text in "([Nn]egotiate|NTLM|[ -~]{0,4})[ \t,]{0,2}([A-Za-z0-9+/]{4}){0,9}[ -~]{0,5}", noise in prop::collection::vec(any::<u8>(), 0..200)) {
            for value in [text.as_bytes(), &noise] {
                if let Ok(Authorization::Negotiate(credential)) = parse(value) {
                    let octets = credential.into_token();
                    prop_assert!(octets.capacity() == octets.len() && octets.len() < value.len());
                    let (_, rebuilt) = Credential::<Origin>::new(octets).header();
                    let base64 = trim(value).rsplit(|octet| *octet == b' ').next();
                    prop_assert_eq!(rebuilt.as_bytes().get(10..), base64);
                }
            }
        }
    }
}
