//! The walk over a token: elements are named by the schema, and what does not fit is said and stepped over.
//!
//! Nothing recurses: what is inside an element waits on a stack of slots. Depth and number of nodes are bounded.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use super::escape::{all_hex, elided, hex};
use super::numbers::Words;
use super::schema::{Field, Form, Type};
use super::tlv::{Tlv, tag_name};
use super::tree::Tree;
use super::{content, messages, value};

/// How deep elements are followed: a delegated ticket within an authenticator within a SPNEGO token has 17 levels.
const MAX_DEPTH: usize = 32;

/// Octets that should be one value of a type.
pub(super) struct Slot<'a> {
    /// The node it hangs below, and how deep.
    pub(super) parent: usize,
    pub(super) depth: usize,
    pub(super) name: Cow<'static, str>,
    pub(super) octets: &'a [u8],
    /// Where the octets begin.
    pub(super) at: usize,
    /// Where the field begins: at its context tag, if it has one.
    pub(super) outer: usize,
    pub(super) holds: &'static Type,
    /// The number in the field before, which says how to read this one.
    pub(super) selector: Option<i64>,
}

impl<'a> Slot<'a> {
    /// Octets without a context tag that do not depend on a number before them.
    pub(super) fn new(
        parent: usize,
        depth: usize,
        name: impl Into<Cow<'static, str>>,
        octets: &'a [u8],
        at: usize,
        holds: &'static Type,
    ) -> Self {
        Self { parent, depth, name: name.into(), octets, at, outer: at, holds, selector: None }
    }

    /// The octets it takes, its context tag included.
    pub(super) fn range(&self) -> Range<usize> {
        self.outer..self.at.saturating_add(self.octets.len())
    }
}

/// What remains to be looked at.
pub(super) struct Walk<'a, 't> {
    pub(super) tree: &'t mut Tree,
    pub(super) show_keys: bool,
    /// Whether the octets were decrypted, so that what nobody can name is not shown: it might hold a key.
    decrypted: bool,
    stack: Vec<Slot<'a>>,
    /// The inside of one element in its order, until it is known whole.
    inside: Vec<Slot<'a>>,
}

/// The tree of a whole token.
pub(super) fn token(token: &[u8], show_keys: bool) -> Tree {
    let mut tree = Tree::new();
    let slot = Slot::new(0, 0, "token", token, 0, &messages::TOKEN);
    Walk { tree: &mut tree, show_keys, decrypted: false, stack: Vec::from([slot]), inside: Vec::new() }.run();
    tree
}

/// Adds what was decrypted to the tree, below `parent`.
pub(super) fn decrypted(tree: &mut Tree, parent: usize, octets: &[u8], holds: &'static Type, show_keys: bool) {
    let depth = tree.depth(parent).saturating_add(1);
    let slot = Slot::new(parent, depth, holds.name, octets, 0, holds);
    Walk { tree, show_keys, decrypted: true, stack: Vec::from([slot]), inside: Vec::new() }.run();
}

impl<'a> Walk<'a, '_> {
    fn run(mut self) {
        while let Some(slot) = self.stack.pop() {
            if self.tree.is_full() {
                break;
            }
            if slot.depth > MAX_DEPTH {
                self.tree.flaw(slot.parent, slot.range(), "nested deeper than any real token: not followed");
                continue;
            }
            match slot.holds.form {
                Form::Layout(explain) => explain(&mut self, slot),
                _ => self.element(slot),
            }
            self.stack.extend(self.inside.drain(..).rev());
        }
        self.tree.close();
    }

    /// Adds the node of a slot.
    pub(super) fn node(&mut self, slot: &Slot<'a>) -> usize {
        self.tree.add(slot.parent, slot.holds.name, slot.name.clone(), slot.range())
    }

    /// Has octets looked at later, below a node and behind what else is inside it.
    pub(super) fn push(&mut self, slot: Slot<'a>) {
        self.inside.push(slot);
    }

    /// Octets that nobody can name.
    pub(super) fn unnamed(&self, octets: &[u8]) -> String {
        if self.decrypted && !self.show_keys { elided(octets) } else { hex(octets) }
    }

    /// A key, in full or out of sight.
    pub(super) fn key(&self, octets: &[u8]) -> String {
        if self.show_keys { all_hex(octets) } else { elided(octets) }
    }

    /// One element of ASN.1.
    fn element(&mut self, slot: Slot<'a>) {
        let node = self.node(&slot);
        let tlv = match Tlv::read(slot.octets) {
            Ok(tlv) => tlv,
            Err(why) => return self.tree.flaw(node, slot.range(), why),
        };
        let at = slot.at.saturating_add(tlv.header);
        if let Some(why) = &tlv.flaw {
            self.tree.flaw(node, slot.at..at, why.clone());
        }
        if !tlv.rest.is_empty() {
            let behind = slot.at.saturating_add(tlv.len());
            let end = behind.saturating_add(tlv.rest.len());
            self.tree.flaw(node, behind..end, format!("{} octets too many behind the element", tlv.rest.len()));
        }
        if tlv.identifier != slot.holds.identifier {
            let (expected, found) = (tag_name(slot.holds.identifier), tag_name(tlv.identifier));
            self.tree.flaw(node, slot.at..at, format!("{expected} expected, {found} found"));
            let value = self.unnamed(tlv.content);
            return self.tree.set_value(node, value);
        }
        self.content(node, &slot, tlv.content, at);
    }

    fn content(&mut self, node: usize, slot: &Slot<'a>, content: &'a [u8], at: usize) {
        match slot.holds.form {
            Form::Message(fields) => self.message(node, slot.depth, content, at, fields),
            Form::Fields(fields) => {
                if core::ptr::eq(slot.holds, &raw const messages::PRINCIPAL_NAME) {
                    self.tree.set_value(node, value::principal_name(content));
                }
                self.fields(node, slot.depth, content, at, fields);
            }
            Form::List(of) => self.list(node, slot.depth, content, at, of),
            Form::Number(words) => self.number(node, content, at, words),
            Form::SequenceNumber => self.sequence_number(node, content, at),
            Form::Time => match value::time(content) {
                Ok(time) => self.tree.set_value(node, time),
                Err(shown) => {
                    self.tree.set_value(node, shown);
                    self.tree.flaw(node, slot.range(), "not a KerberosTime: YYYYMMDDHHMMSSZ");
                }
            },
            Form::Text => self.tree.set_value(node, super::escape::plain(content)),
            Form::Oid => self.tree.set_value(node, value::oid(content)),
            Form::Bits(names) => match value::bits(content, names) {
                Some(words) => self.tree.set_value(node, words),
                None => self.tree.flaw(node, slot.range(), "not a sound BIT STRING"),
            },
            Form::Octets(holds) => content::octets(self, node, slot, holds, content, at),
            Form::Layout(_) => {}
        }
    }

    /// The SEQUENCE within an explicit tag.
    fn message(&mut self, node: usize, depth: usize, content: &'a [u8], at: usize, fields: &'static [Field]) {
        let tlv = match Tlv::read(content) {
            Ok(tlv) => tlv,
            Err(why) => return self.tree.flaw(node, at..at.saturating_add(content.len()), why),
        };
        let inside = at.saturating_add(tlv.header);
        if let Some(why) = &tlv.flaw {
            self.tree.flaw(node, at..inside, why.clone());
        }
        if tlv.identifier != 0x30 {
            let why = format!("SEQUENCE expected, {} found", tag_name(tlv.identifier));
            return self.tree.flaw(node, at..inside, why);
        }
        if !tlv.rest.is_empty() {
            let behind = at.saturating_add(tlv.len());
            let end = behind.saturating_add(tlv.rest.len());
            self.tree.flaw(node, behind..end, format!("{} octets too many behind the SEQUENCE", tlv.rest.len()));
        }
        self.fields(node, depth, tlv.content, inside, fields);
    }

    /// The fields of a SEQUENCE, each behind its context tag.
    fn fields(&mut self, node: usize, depth: usize, mut rest: &'a [u8], mut at: usize, fields: &'static [Field]) {
        let mut seen = Seen::default();
        let depth = depth.saturating_add(1);
        while !rest.is_empty() && !self.tree.is_full() {
            let tlv = match Tlv::read(rest) {
                Ok(tlv) => tlv,
                Err(why) => return self.tree.flaw(node, at..at.saturating_add(rest.len()), why),
            };
            let end = at.saturating_add(tlv.len());
            let inside = at.saturating_add(tlv.header);
            if let Some(why) = &tlv.flaw {
                self.tree.flaw(node, at..inside, why.clone());
            }
            match find(fields, tlv.identifier, tlv.content) {
                Some(field) => {
                    if !seen.in_order(field.number) {
                        self.tree.flaw(node, at..end, format!("{} is out of order, or there twice", field.name));
                    }
                    let slot = Slot::new(node, depth, field.name, tlv.content, inside, field.holds);
                    self.push(Slot { outer: at, selector: seen.selector, ..slot });
                    seen.selector = seen.selector.or_else(|| leading_number(tlv.content));
                }
                None => self.stranger(node, &tlv, at..end),
            }
            (rest, at) = (tlv.rest, end);
        }
        for field in fields.iter().filter(|field| !field.optional && !seen.has(field.number)) {
            self.tree.flaw(node, at..at, format!("{} [{}] is missing", field.name, field.number));
        }
    }

    /// A field that the type does not have.
    fn stranger(&mut self, node: usize, tlv: &Tlv<'a>, range: Range<usize>) {
        let shown = self.unnamed(tlv.content);
        let name = tag_name(tlv.identifier);
        let stranger = self.tree.add(node, "unknown", name, range.clone());
        self.tree.set_value(stranger, shown);
        self.tree.flaw(stranger, range, "no such field here");
    }

    /// The elements of a SEQUENCE OF.
    fn list(&mut self, node: usize, depth: usize, mut rest: &'a [u8], mut at: usize, of: &'static Type) {
        let mut index = 0usize;
        while !rest.is_empty() && !self.tree.is_full() {
            let tlv = match Tlv::read(rest) {
                Ok(tlv) => tlv,
                Err(why) => return self.tree.flaw(node, at..at.saturating_add(rest.len()), why),
            };
            let (element, _) = rest.split_at_checked(tlv.len()).unwrap_or((rest, &[]));
            self.push(Slot::new(node, depth.saturating_add(1), format!("[{index}]"), element, at, of));
            at = at.saturating_add(tlv.len());
            rest = tlv.rest;
            index = index.saturating_add(1);
            if index > super::tree::MAX_NODES {
                return self.tree.flaw(node, at..at, "the list goes on: not followed");
            }
        }
    }

    fn number(&mut self, node: usize, content: &[u8], at: usize, words: Words) {
        match value::integer(content) {
            Some(number) => {
                self.tree.set_number(node, number);
                let value = match words(number) {
                    Some(name) => format!("{number} ({name})"),
                    None => number.to_string(),
                };
                self.tree.set_value(node, value);
            }
            None => self.tree.flaw(node, at..at.saturating_add(content.len()), "not an INTEGER that fits any field"),
        }
    }

    fn sequence_number(&mut self, node: usize, content: &[u8], at: usize) {
        self.number(node, content, at, super::numbers::no_words);
        let negative =
            self.tree.number(node).filter(|number| *number < 0).and_then(|number| i32::try_from(number).ok());
        if let Some(number) = negative {
            let meant = number.cast_unsigned();
            self.tree.set_value(
                node,
                format!("{meant} (encoded as the negative INTEGER {number}, as old implementations do)"),
            );
        }
    }
}

/// The field of this context tag. Where two share a number, what is inside tells them apart.
fn find(fields: &'static [Field], identifier: u8, content: &[u8]) -> Option<&'static Field> {
    let of_number = || fields.iter().filter(move |field| identifier == 0xa0 | field.number);
    of_number().find(|field| content.first() == Some(&field.holds.identifier)).or_else(|| of_number().next())
}

/// The fields of a SEQUENCE that went by.
#[derive(Default)]
struct Seen {
    numbers: u32,
    /// The first number among them, which says how to read what follows.
    selector: Option<i64>,
}

impl Seen {
    /// Notes a field, and says whether all before it have lower numbers.
    fn in_order(&mut self, number: u8) -> bool {
        let bit = bit(number);
        let in_order = self.numbers < bit;
        self.numbers |= bit;
        in_order
    }

    fn has(&self, number: u8) -> bool {
        self.numbers & bit(number) != 0
    }
}

fn bit(number: u8) -> u32 {
    1u32.checked_shl(u32::from(number)).unwrap_or(0)
}

/// The number in a field, if it holds one.
fn leading_number(content: &[u8]) -> Option<i64> {
    let tlv = Tlv::read(content).ok().filter(|tlv| tlv.identifier == 0x02)?;
    value::integer(tlv.content)
}
