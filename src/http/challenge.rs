//! What a response asks for: `WWW-Authenticate` and `Proxy-Authenticate` (RFC 9110 sections 11.6.1 and 11.7.1).

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use super::authorization::value;
use super::syntax::{is_token68, is_white_space, take_name, take_octet, take_quoted, take_spaces, take_while};
use super::{Challenger, Error, Scheme, bare_ntlm, base64};

/// One challenge of `C`, an [`Origin`](super::Origin) or a [`Proxy`](super::Proxy): written by a server, read by a client.
///
/// A server builds the header field with [`Self::header`], a client goes through what it was sent with [`Self::parse`]:
///
/// ```
/// use negotiate::http::{Challenge, Challenger, Origin, Proxy, Scheme};
///
/// // 401: what would be welcome. With axum: (StatusCode::UNAUTHORIZED, [Challenge::<Origin>::header(None)])
/// assert_eq!(Challenge::<Origin>::header(None), ("www-authenticate", "Negotiate".to_owned()));
/// // 401 between the legs of a login, and the success at its end: the acceptor's token.
/// let (name, value) = Challenge::<Proxy>::header(Some(b"\xa1\x14\x30"));
/// assert_eq!((Proxy::STATUS, name, value.as_str()), (407, "proxy-authenticate", "Negotiate oRQw"));
///
/// let lines = ["Basic realm=\"a, b\", Negotiate oRQw", "NTLM"];
/// let schemes: Vec<_> = Challenge::<Origin>::parse(lines).map(|challenge| challenge.map(|c| c.scheme)).collect();
/// assert_eq!(schemes, [Ok(Scheme::Other("Basic")), Ok(Scheme::Negotiate), Ok(Scheme::Ntlm)]);
/// ```
pub struct Challenge<'a, C> {
    /// The scheme that is offered.
    pub scheme: Scheme<'a>,
    /// What is behind it.
    pub data: ChallengeData<'a>,
    challenger: PhantomData<fn() -> C>,
}

/// What a challenge says beyond its scheme.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChallengeData<'a> {
    /// Nothing: the first word of `Negotiate`.
    None,
    /// One `token68`, not decoded; see [`Challenge::token`].
    Token68(&'a [u8]),
    /// Parameters, as `Basic` and `Digest` have them.
    Parameters(Parameters<'a>),
}

impl<'a, C: Challenger> Challenge<'a, C> {
    /// The name of the response field, in lower case.
    pub const FIELD: &'static str = C::CHALLENGE_FIELD;

    /// Name and value of the response field that offers `Negotiate`, or goes on with it.
    ///
    /// Without a token it belongs to a response of [`Challenger::STATUS`] that begins a login anew. With one it belongs to
    /// the same status while the login goes on, or to the response of the request that completed it, and to no other.
    #[must_use]
    pub fn header(token: Option<&[u8]>) -> (&'static str, String) {
        (C::CHALLENGE_FIELD, value(Scheme::Negotiate, token))
    }

    /// The same of the scheme `NTLM` (\[MS-NTHT\] section 2.2.1). Its last response has no token, and then no such field.
    #[must_use]
    pub fn ntlm_header(token: Option<&[u8]>) -> (&'static str, String) {
        (C::CHALLENGE_FIELD, value(Scheme::Ntlm, token))
    }

    /// The two fields, in this order, of a response that offers both schemes: a client takes the first that it knows.
    ///
    /// ```
    /// use negotiate::http::{Challenge, Origin};
    /// let values = Challenge::<Origin>::headers_with_ntlm().map(|(_, value)| value);
    /// assert_eq!(values, ["Negotiate", "NTLM"]); // as Internet Information Services sends them
    /// ```
    #[must_use]
    pub fn headers_with_ntlm() -> [(&'static str, String); 2] {
        [Self::header(None), Self::ntlm_header(None)]
    }

    /// Goes through the challenges of all the field's lines, in their order. A malformed one ends its line, not the walk.
    ///
    /// ```text
    /// WWW-Authenticate = #challenge
    /// challenge        = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
    /// ```
    pub fn parse<V, I>(values: I) -> Challenges<'a, C, I::IntoIter>
    where
        I: IntoIterator<Item = &'a V>,
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        Challenges { line: &[], lines: values.into_iter(), challenger: PhantomData }
    }

    /// The octets of the token, if there is one: at most `limit`, such as [`MAX_TOKEN`](super::MAX_TOKEN).
    ///
    /// # Errors
    /// [`Error::NotOneToken`] if there are parameters, [`Error::TooLarge`], [`Error::BadBase64`]; and [`Error::NotNtlm`] if
    /// the scheme is `NTLM` and the token is not.
    pub fn token(&self, limit: usize) -> Result<Option<Vec<u8>>, Error> {
        let octets = match self.data {
            ChallengeData::None => return Ok(None),
            ChallengeData::Token68(text) => base64::decode(text, limit)?,
            ChallengeData::Parameters(_) => return Err(Error::NotOneToken),
        };
        match self.scheme {
            Scheme::Ntlm => bare_ntlm(octets).map(Some),
            _ => Ok(Some(octets)),
        }
    }

    fn take(line: &mut &'a [u8]) -> Result<Self, Error> {
        let scheme = Scheme::from_name(take_name(line).ok_or(Error::NoScheme)?);
        let data = match take_spaces(line) {
            true => ChallengeData::take(line)?,
            false => ChallengeData::None,
        };
        take_while(line, is_white_space);
        match line.first() {
            None | Some(b',') => Ok(Self { scheme, data, challenger: PhantomData }),
            Some(_) if matches!(data, ChallengeData::None) => Err(Error::NoScheme),
            Some(_) => Err(Error::NotOneToken),
        }
    }
}

impl<C> Clone for Challenge<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Challenge<'_, C> {}

impl<C> fmt::Debug for Challenge<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, data, challenger: _ } = self;
        f.debug_struct("Challenge").field("scheme", scheme).field("data", data).finish()
    }
}

impl<'a> ChallengeData<'a> {
    /// Reads what stands behind the spaces: nothing, a `token68` to the end of the item, or else parameters.
    fn take(line: &mut &'a [u8]) -> Result<Self, Error> {
        let start = *line;
        if is_end_of_item(start) {
            return Ok(Self::None);
        }
        let letters = take_while(line, is_token68);
        take_while(line, |octet| octet == b'=');
        if !letters.is_empty() && is_end_of_item(line) {
            let length = start.len().saturating_sub(line.len());
            return start.get(..length).map(Self::Token68).ok_or(Error::NotOneToken);
        }
        *line = start;
        Parameters::take(line).map(Self::Parameters)
    }
}

/// Whether only white space is left before the next comma or the end.
fn is_end_of_item(mut line: &[u8]) -> bool {
    take_while(&mut line, is_white_space);
    matches!(line.first(), None | Some(b','))
}

/// The challenges of a response, one after the other; see [`Challenge::parse`].
pub struct Challenges<'a, C, I> {
    line: &'a [u8],
    lines: I,
    challenger: PhantomData<fn() -> C>,
}

impl<'a, C: Challenger, V: AsRef<[u8]> + ?Sized + 'a, I: Iterator<Item = &'a V>> Iterator for Challenges<'a, C, I> {
    type Item = Result<Challenge<'a, C>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // Empty items of a list mean nothing (RFC 9110 section 5.6.1.2).
            take_while(&mut self.line, |octet| is_white_space(octet) || octet == b',');
            if !self.line.is_empty() {
                break;
            }
            self.line = self.lines.next()?.as_ref();
        }
        let challenge = Challenge::take(&mut self.line);
        if challenge.is_err() {
            self.line = &[];
        }
        Some(challenge)
    }
}

impl<C, I> fmt::Debug for Challenges<'_, C, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, lines: _, challenger: _ } = self;
        write!(f, "Challenges({} octets left in this line)", line.len())
    }
}

/// The parameters of a challenge, found sound when it was read: an iterator over them.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Parameters<'a>(&'a [u8]);

/// One parameter of a challenge.
///
/// ```text
/// auth-param = token BWS "=" BWS ( token / quoted-string )
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parameter<'a> {
    /// Its name, which is compared ignoring case.
    pub name: &'a str,
    /// Its value, without quotes and their escapes.
    pub value: Cow<'a, [u8]>,
}

impl<'a> Parameters<'a> {
    /// Takes parameters as long as there are any, to the comma before the next challenge.
    fn take(line: &mut &'a [u8]) -> Result<Self, Error> {
        let start = *line;
        loop {
            take_parameter(line)?;
            let mut ahead = *line;
            take_while(&mut ahead, |octet| is_white_space(octet) || octet == b',');
            if !is_end_of_item(line) || !is_parameter(ahead) {
                let length = start.len().saturating_sub(line.len());
                return start.get(..length).map(Self).ok_or(Error::BadParameters);
            }
            *line = ahead;
        }
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Parameter<'a>> {
        let mut rest = self.0;
        take_while(&mut rest, |octet| is_white_space(octet) || octet == b',');
        let (name, value) = take_parameter(&mut rest).ok()?;
        self.0 = rest;
        Some(Parameter { name, value: unescape(value) })
    }
}

impl fmt::Debug for Parameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// Name and value, the value as it stands between its quotes.
fn take_parameter<'a>(line: &mut &'a [u8]) -> Result<(&'a str, &'a [u8]), Error> {
    let name = take_name(line).ok_or(Error::BadParameters)?;
    take_while(line, is_white_space);
    if !take_octet(line, b'=') {
        return Err(Error::BadParameters);
    }
    take_while(line, is_white_space);
    match line.first() {
        Some(b'"') => Ok((name, take_quoted(line)?)),
        _ => take_name(line).map(|value| (name, value.as_bytes())).ok_or(Error::BadParameters),
    }
}

/// Whether a name and `=` come next: then it is a parameter, since a scheme is never followed by `=`.
fn is_parameter(mut line: &[u8]) -> bool {
    let named = take_name(&mut line).is_some();
    take_while(&mut line, is_white_space);
    named && take_octet(&mut line, b'=')
}

fn unescape(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'\\') {
        return Cow::Borrowed(value);
    }
    let mut plain = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [octet, behind @ ..] = rest {
        rest = behind;
        match (octet, behind) {
            (b'\\', [escaped, behind @ ..]) => {
                plain.push(*escaped);
                rest = behind;
            }
            _ => plain.push(*octet),
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::super::{Credential, MAX_TOKEN, Origin, Proxy};
    use super::*;
    use alloc::string::ToString;
    use alloc::{format, vec};
    use proptest::prelude::*;

    /// `scheme`, `scheme token68`, `scheme[name=value …]`, or the kind of error, joined by `|`.
    fn outline(lines: &[&[u8]]) -> String {
        let challenges = Challenge::<Origin>::parse(lines).map(|challenge| match challenge {
            Ok(Challenge { scheme, data: ChallengeData::None, .. }) => scheme.to_string(),
            Ok(Challenge { scheme, data: ChallengeData::Token68(text), .. }) => {
                format!("{scheme} {}", text.escape_ascii())
            }
            Ok(Challenge { scheme, data: ChallengeData::Parameters(parameters), .. }) => {
                let parameters: Vec<_> = parameters.map(|p| format!("{}={}", p.name, p.value.escape_ascii())).collect();
                format!("{scheme}[{}]", parameters.join(" "))
            }
            Err(error) => format!("{error:?}"),
        });
        challenges.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn h04_lists_of_challenges() {
        let cases: [(&[&[u8]], &str); 27] = [
            (&[], ""),
            (&[b""], ""),
            (&[b" , ,\t,"], ""),
            (&[b"Negotiate"], "Negotiate"),
            (&[b"negotiate"], "Negotiate"),
            (&[b"Negotiate "], "Negotiate"),
            (&[b"Negotiate oRQw"], "Negotiate oRQw"),
            (&[b"Negotiate oRQwEg=="], "Negotiate oRQwEg=="),
            (&[b"Negotiate, NTLM"], "Negotiate|NTLM"),
            (&[b"Negotiate,NTLM,Basic realm=\"x\""], "Negotiate|NTLM|Basic[realm=x]"),
            (&[b"Negotiate , NTLM TlRM"], "Negotiate|NTLM TlRM"),
            (&[b"Negotiate", b"NTLM", b"Basic realm=x"], "Negotiate|NTLM|Basic[realm=x]"),
            (&[b"Basic realm=\"a, Negotiate b\", Negotiate QUFB"], "Basic[realm=a, Negotiate b]|Negotiate QUFB"),
            (
                &[b"Digest realm=\"a \\\"b\\\\\", nonce = n ,qop=\"\", Negotiate"],
                "Digest[realm=a \\\"b\\\\ nonce=n qop=]|Negotiate",
            ),
            (
                &[b"Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", Basic realm=\"simple\""],
                "Newauth[realm=apps type=1 title=Login to \\\"apps\\\"]|Basic[realm=simple]",
            ),
            (&[b"Basic realm=\"x\",,, ,Negotiate"], "Basic[realm=x]|Negotiate"),
            (&[b"NegotiateX QUFB"], "NegotiateX QUFB"),
            (&[b"Negotiate a b"], "BadParameters"),
            (&[b"Negotiate QUFB QUFB, NTLM", b"NTLM"], "BadParameters|NTLM"),
            (&[b"Negotiate QUFB\0", b"NTLM"], "BadParameters|NTLM"),
            (&[b"Negotiate ="], "BadParameters"),
            (&[b"Negotiate\x01"], "NoScheme"),
            (&[b"\"Negotiate\""], "NoScheme"),
            (&[b"Basic realm=\"x, Negotiate", b"Negotiate"], "BadParameters|Negotiate"),
            (&[b"Basic realm=\"x\" y, Negotiate"], "NotOneToken"),
            (&[b"Basic realm=\"x\\"], "BadParameters"),
            (&[b"Basic realm=\"a\nb\""], "BadParameters"),
        ];
        for (lines, expected) in cases {
            let shown: Vec<_> = lines.iter().map(|line| line.escape_ascii().to_string()).collect();
            assert_eq!(outline(lines), expected, "{shown:?}");
        }
    }

    #[test]
    fn h05_tokens_of_challenges() {
        let token = |line: &'static str| Challenge::<Proxy>::parse([line]).next().unwrap().unwrap().token(3);
        assert_eq!(token("Negotiate"), Ok(None));
        assert_eq!(token("Negotiate QUFB"), Ok(Some(b"AAA".to_vec())));
        assert_eq!(token("Negotiate QUFBQQ=="), Err(Error::TooLarge { limit: 3 }));
        for line in ["Negotiate QQ", "Negotiate QR==", "Negotiate QU-B", "Negotiate QQ===", "Negotiate realm="] {
            assert!(matches!(token(line), Err(Error::BadBase64 | Error::TooLarge { .. })), "{line}");
        }
        assert_eq!(token("Negotiate a=\"b\""), Err(Error::NotOneToken));
    }

    #[test]
    fn h04_challenges_of_the_scheme_ntlm() {
        let token = |line: &'static str| Challenge::<Origin>::parse([line]).next().unwrap().unwrap().token(MAX_TOKEN);
        assert_eq!(token("NTLM"), Ok(None));
        assert_eq!(token("ntlm TlRMTVNTUAAC"), Ok(Some(b"NTLMSSP\0\x02".to_vec())));
        assert_eq!(token("NTLM oRQw"), Err(Error::NotNtlm));
        assert_eq!(token("Negotiate TlRMTVNTUAAC"), Ok(Some(b"NTLMSSP\0\x02".to_vec())));
        // As they come: one line each, or one line for all.
        for lines in [&[&b"Negotiate"[..], b"NTLM"][..], &[b"Negotiate, NTLM"]] {
            assert_eq!(outline(lines), "Negotiate|NTLM");
        }
        let fields = Challenge::<Proxy>::headers_with_ntlm();
        let lines = fields.each_ref().map(|(_, value)| value.as_bytes());
        assert_eq!(outline(&lines), "Negotiate|NTLM");
        assert!(fields.iter().all(|(name, _)| *name == "proxy-authenticate"));
        let (_, value) = Challenge::<Origin>::ntlm_header(Some(b"NTLMSSP\0\x02"));
        assert_eq!(value, "NTLM TlRMTVNTUAAC");
    }

    #[test]
    fn h06_fields_by_challenger() {
        assert_eq!(Challenge::<Origin>::FIELD, "www-authenticate");
        assert_eq!(Challenge::<Proxy>::header(None), ("proxy-authenticate", "Negotiate".into()));
        assert_eq!(Challenge::<Origin>::header(Some(b"")), ("www-authenticate", "Negotiate".into()));
    }

    #[test]
    fn many_empty_items_cost_no_stack_and_no_time() {
        let line = vec![b','; 1_000_000];
        let commas: [&[u8]; 3] = [&line, &line, b"Negotiate"];
        assert_eq!(Challenge::<Origin>::parse(commas).count(), 1);
    }

    proptest! {
        #[test]
        fn h04_there_and_back(octets in prop::collection::vec(any::<u8>(), 1..300), realm in prop::collection::vec(any::<u8>(), 0..20)) {
            let (_, negotiate) = Challenge::<Origin>::header(Some(&octets));
            let mut line = b"Digest realm=\"".to_vec();
            let realm: Vec<u8> = realm.into_iter().filter(|octet| !octet.is_ascii_control()).collect();
            realm.iter().for_each(|octet| line.extend_from_slice(&[b'\\', *octet]));
            line.extend_from_slice(b"\", stale=FALSE, ");
            line.extend_from_slice(negotiate.as_bytes());
            let found: Vec<_> = Challenge::<Origin>::parse([&line]).collect::<Result<_, _>>().unwrap();
            prop_assert_eq!(found.len(), 2);
            let ChallengeData::Parameters(mut parameters) = found[0].data else { panic!("{found:?}") };
            let first = parameters.next().unwrap();
            prop_assert_eq!((first.name, first.value.as_ref()), ("realm", realm.as_slice()));
            prop_assert_eq!(found[1].token(MAX_TOKEN).unwrap().unwrap(), octets);
        }

        /// Every step consumes: there are no more challenges than octets, and all they hold lies within the line.
        #[test]
        fn h04_anything_at_all(text in "([Nn]egotiate|a=|\"[a, ]{0,3}\"|[ ,=\\\\\"]|[ -~]){0,20}", noise in prop::collection::vec(any::<u8>(), 0..100)) {
            for line in [text.as_bytes(), &noise] {
                let mut held = 0;
                for challenge in Challenge::<Origin>::parse([line]) {
                    held += 1;
                    if let Ok(challenge) = challenge {
                        held += match challenge.data {
                            ChallengeData::Parameters(parameters) => parameters.map(|p| p.name.len() + p.value.len()).sum(),
                            _ => challenge.token(MAX_TOKEN).ok().flatten().map_or(0, |octets| octets.capacity()),
                        };
                    }
                }
                prop_assert!(held <= line.len());
            }
        }

        #[test]
        fn h04_a_single_challenge_reads_as_a_credential_does(octets in prop::collection::vec(any::<u8>(), 1..100)) {
            let (_, challenge) = Challenge::<Proxy>::header(Some(&octets));
            let (_, credential) = Credential::<Proxy>::new(octets).header();
            prop_assert_eq!(challenge, credential);
        }
    }
}
