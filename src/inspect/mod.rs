//! A token explained: a tree of named fields with byte ranges, as text or JSON, and what a person would want to know.
//!
//! ```text
//! header line, base64, hex or octets ─▶ input ─▶ walk (schema, layout) ─▶ tree of nodes ─▶ text, JSON
//!                                                  ▲ decrypt (keytab)         └─▶ hints
//!                                                  ▲ ntlm (challenge, password)
//! ```
//!
//! | to change | see |
//! |---|---|
//! | which fields a message has | `messages` (ASN.1, over `schema`), `layout` (everything else, over `fixed`) |
//! | what a number is called | `numbers`; `value` for times, names and flags |
//! | the PAC | the room `pac` |
//! | NTLM's messages, and the check of a response | the room `ntlm` |
//! | what is inside an octet string, or a frame | `content`, `token` |
//! | how damage is stepped over | `walk`, `tlv` |
//! | how it looks | `text`, `json`, `escape`; `tree` and `node` are what they show |
//!
//! It is for people, and for looking at what went wrong: unlike the acceptor it takes every token, explains as much of
//! it as makes sense, and says where it breaks. Nothing it says is a verdict. Whatever comes from the token is shown
//! with its control characters spelt out, so that no token can command a terminal; keys and NTLM's responses stay out of
//! sight unless [`Options::show_keys`] asks for them.
//!
//! ```
//! use negotiate::inspect::{Options, explain};
//!
//! let explanation = explain(b"Authorization: Negotiate TlRMTVNTUAABAAAAl4II4gAAAAAAAAAAAAAAAAAAAAAKAGFKAAAADw==", &Options::new());
//! assert!(explanation.to_string().contains("NEGOTIATE_MESSAGE"));
//! assert!(explanation.hints()[0].starts_with("this is NTLM"));
//! ```

mod content;
mod decrypt;
mod escape;
mod fixed;
mod hints;
mod input;
mod json;
mod layout;
mod messages;
mod node;
#[cfg(feature = "ntlm")]
mod ntlm;
mod numbers;
mod pac;
mod schema;
mod text;
mod tlv;
mod token;
mod tree;
mod value;
mod walk;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use input::{Form, MAX_INPUT};
pub use node::Node;

use crate::kerberos::Keytab;
use crate::time::Timestamp;

/// What may be known besides the token.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    keytab: Option<&'a Keytab>,
    request: Option<&'a [u8]>,
    now: Option<Timestamp>,
    show_keys: bool,
    #[cfg(feature = "ntlm")]
    login: ntlm::Known<'a>,
}

impl<'a> Options<'a> {
    /// Nothing but the token.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            keytab: None,
            request: None,
            now: None,
            show_keys: false,
            #[cfg(feature = "ntlm")]
            login: ntlm::Known::NOTHING,
        }
    }

    /// The keys of the service, which open the ticket and then what is under its session key.
    #[must_use]
    pub const fn keytab(mut self, keytab: &'a Keytab) -> Self {
        self.keytab = Some(keytab);
        self
    }

    /// The initiator's token that the explained one answers, in any form that [`explain`] takes. With the keytab its
    /// ticket yields the session key, and that opens the AP-REP.
    #[must_use]
    pub const fn request(mut self, request: &'a [u8]) -> Self {
        self.request = Some(request);
        self
    }

    /// The time to compare the client's clock and the ticket's life with. Without it none is compared.
    #[must_use]
    pub const fn at(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// Shows session keys and subkeys in full: whoever reads them can read and forge what they protect. NTLM's responses
    /// and its MIC, too: whoever reads one of them beside the messages can guess the password at leisure.
    #[must_use]
    pub const fn show_keys(mut self) -> Self {
        self.show_keys = true;
        self
    }
}

/// Explains a token.
///
/// `input` is a whole header line (`Authorization: Negotiate YII…`), base64, hexadecimal digits, or the octets
/// themselves; which of them is found out ([`Explanation::form`]). There is no failure: what is not a token is
/// explained as such, and [`Explanation::is_sound`] is then false.
///
/// ```
/// use negotiate::inspect::{Options, explain};
///
/// let explanation = explain(b"a1143012a0030a0102a10b06092a864886f712010202", &Options::new());
/// let state = &explanation.root().children[0];
/// assert_eq!((state.name.as_ref(), state.value.as_deref()), ("negState", Some("2 (reject)")));
/// assert_eq!(state.range, 4..9);
/// ```
#[must_use]
pub fn explain(input: &[u8], options: &Options<'_>) -> Explanation {
    let (form, token, remarks) = input::recognise(input);
    let mut tree = walk::token(&token, options.show_keys);
    let opened = decrypt::open(&mut tree, &token, options);
    #[cfg(feature = "ntlm")]
    let opened =
        decrypt::Opened { remarks: [opened.remarks, ntlm::remarks(&mut tree, &token, options)].concat(), ..opened };
    let mut hints = remarks;
    hints.extend(hints::of(&tree, &token, &opened, options));
    let sound = tree.is_sound() && form != Form::Unknown;
    Explanation { form, length: token.len(), sound, root: tree.into_root(), hints }
}

/// What [`explain`] found.
#[derive(Clone, Debug)]
pub struct Explanation {
    form: Form,
    length: usize,
    sound: bool,
    root: Node,
    hints: Vec<String>,
}

impl Explanation {
    /// The whole token.
    #[must_use]
    pub const fn root(&self) -> &Node {
        &self.root
    }

    /// What a person would want to know: what kind of token it is and why it was sent, what is unusual, and what to do.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The form in which the token was given.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// Whether it was a known kind of token, every octet of it made sense, all that the keytab should open opened, and
    /// the response that was to be checked is right.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.sound
    }

    /// One line of JSON: the root's `{"kind", "range":[a,b], "name", "value", "children":[…]}`, and beside them
    /// `"form"`, `"sound"` and `"hints":[…]`.
    ///
    /// The range of a child counts from the beginning of the token, except below a node of the name `decrypted`,
    /// where it counts from the beginning of the decrypted octets.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::of(self)
    }
}

/// The tree as indented lines, each behind its byte range, then the hints.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write(self, f)
    }
}
