//! Changes to messages in DER that leave the message one in DER, for doors where octets changed at random mostly end at a length.
//!
//! A message is taken apart into its TLVs, down into octet strings that hold TLVs themselves (a token within SPNEGO, an
//! AuthorizationData within another) and through the frame of RFC 2743 section 3.1; one to three of them are changed, and all
//! lengths above are made right. One change is to a length itself.

use super::{Anyhow, Chance, edited};

/// Deeper than any message that is read.
const DEPTH: usize = 24;

/// A message has no more than so many TLVs here: of a longer one the rest stays one piece.
const COUNT: usize = 2_000;

/// Whole TLVs that mean something to some reader.
const KNOWN: [&[u8]; 28] = [
    b"\x02\x01\x00",
    b"\x02\x01\x05",
    b"\x02\x01\x0e",
    b"\x02\x01\x12",
    b"\x02\x01\x17",
    b"\x02\x01\xff",
    b"\x02\x02\x00\x80",
    b"\x02\x03\x0f\x42\x3f",
    b"\x02\x04\x7f\xff\xff\xff",
    b"\x02\x05\x00\xff\xff\xff\xff",
    b"\x02\x05\x00\x80\x00\x00\x00",
    b"\x02\x03\x00\x80\x03",
    b"\x02\x02\x00\x8d",
    b"\x03\x05\x00\x20\x00\x00\x00",
    b"\x03\x05\x00\xff\xff\xff\xff",
    b"\x04\x00",
    b"\x05\x00",
    b"\x06\x06\x2b\x06\x01\x05\x05\x02",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02",
    b"\x06\x09\x2a\x86\x48\x82\xf7\x12\x01\x02\x02",
    b"\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a",
    b"\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e",
    b"\x0a\x01\x02",
    b"\x18\x0f19700101000000Z",
    b"\x18\x0f20261122201839Z",
    b"\x1b\x00",
    b"\x1b\x0bWELLKNOWN:A",
    b"\x30\x00",
];

/// Tags of RFC 4120's messages, of RFC 4178's fields, and of the types in them.
const TAGS: [u8; 26] = [
    0x02, 0x03, 0x04, 0x06, 0x0a, 0x18, 0x1b, 0x30, 0x60, 0x61, 0x62, 0x63, 0x6e, 0x6f, 0x74, 0x75, 0x76, 0x7b, 0x7d,
    0x7e, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xab,
];

/// Changes the message in `octets[..size]`, and says how long it is then. `anyhow` is the fuzzer's own way with octets.
pub fn whole(octets: &mut [u8], size: usize, room: usize, seed: u32, anyhow: Anyhow) -> usize {
    super::mutate(octets, size, room, seed, anyhow, |octets, chance| message(octets, chance, anyhow))
}

/// The same behind an octet, which chooses what is done with it.
pub fn behind_an_octet(octets: &mut [u8], size: usize, room: usize, seed: u32, anyhow: Anyhow) -> usize {
    super::mutate(octets, size, room, seed, anyhow, |octets, chance| {
        let (before, octets) = octets.split_at_checked(1)?;
        Some([before, &message(octets, chance, anyhow)?].concat())
    })
}

/// One of two messages, behind two octets of the first one's length, whose highest bit is a choice.
pub fn pair(octets: &mut [u8], size: usize, room: usize, seed: u32, anyhow: Anyhow) -> usize {
    super::mutate(octets, size, room, seed, anyhow, |octets, chance| {
        let (length, parts) = octets.split_first_chunk()?;
        let length = u16::from_be_bytes(*length);
        let (one, two) = parts.split_at_checked(usize::from(length & 0x7fff))?;
        let (mut one, mut two) = (one.to_vec(), two.to_vec());
        let which = if chance.one_of(2) { &mut one } else { &mut two };
        *which = message(which, chance, anyhow)?;
        let length = length & 0x8000 | u16::try_from(one.len()).ok().filter(|length| *length < 0x8000)?;
        Some([&length.to_be_bytes()[..], &one, &two].concat())
    })
}

fn message(octets: &[u8], chance: &mut Chance, anyhow: Anyhow) -> Option<Vec<u8>> {
    let mut budget = COUNT;
    let mut tree = Tree { nodes: Node::split(octets, DEPTH, &mut budget)? };
    let more = if chance.one_of(2) { chance.below(3) } else { 0 };
    for _ in 0..=more {
        tree.change(chance, anyhow)?;
    }
    Some(encode(&tree.nodes))
}

/// A TLV, or octets that are none.
#[derive(Clone)]
struct Node {
    tag: Option<u8>,
    length: Length,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Octets(Vec<u8>),
    Nodes(Vec<Node>),
}

/// How the length is written.
#[derive(Clone, Copy)]
enum Length {
    Right,
    /// In one octet more than it takes.
    Long,
    /// Without a number, and an end-of-contents behind (which DER has not).
    Indefinite,
    Wrong(i8),
}

impl Node {
    fn raw(octets: &[u8]) -> Self {
        Self { tag: None, length: Length::Right, content: Content::Octets(octets.to_vec()) }
    }

    /// The TLVs that these octets are, to the last one.
    fn split(mut octets: &[u8], depth: usize, budget: &mut usize) -> Option<Vec<Self>> {
        let mut nodes = Vec::new();
        while !octets.is_empty() {
            let (tag, content, rest) = tlv(octets)?;
            *budget = budget.checked_sub(1)?;
            nodes.push(Self {
                tag: Some(tag),
                length: Length::Right,
                content: Content::of(tag, content, depth, budget),
            });
            octets = rest;
        }
        Some(nodes).filter(|nodes| !nodes.is_empty())
    }

    /// Takes another value of the same type.
    fn become_another(&mut self, number: usize) {
        let of_this_type: Vec<_> = KNOWN.iter().filter(|known| known.first().copied() == self.tag).collect();
        if let Some(known) = number.checked_rem(of_this_type.len()).map(|at| of_this_type[at]) {
            self.content = Content::Octets(known[2..].to_vec());
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let content = match &self.content {
            Content::Octets(octets) => octets.clone(),
            Content::Nodes(nodes) => encode(nodes),
        };
        let Some(tag) = self.tag else { return out.extend(content) };
        out.push(tag);
        match self.length {
            Length::Right => length(content.len(), 0, out),
            Length::Long => length(content.len(), 1, out),
            Length::Indefinite => out.push(0x80),
            Length::Wrong(by) => length(content.len().saturating_add_signed(by.into()), 0, out),
        }
        out.extend(content);
        if matches!(self.length, Length::Indefinite) {
            out.extend([0, 0]);
        }
    }
}

impl Content {
    fn of(tag: u8, octets: &[u8], depth: usize, budget: &mut usize) -> Self {
        let holds_more = tag & 0x20 != 0 || (tag == 0x04 && octets.len() > 3);
        let nodes = (holds_more && depth > 0).then(|| match Node::split(octets, depth - 1, budget) {
            None if tag == 0x60 => framed(octets, depth, budget),
            nodes => nodes,
        });
        nodes.flatten().map_or_else(|| Self::Octets(octets.to_vec()), Self::Nodes)
    }
}

/// A frame of RFC 2743: the mechanism's OID, the token's own two octets, and what they announce.
fn framed(octets: &[u8], depth: usize, budget: &mut usize) -> Option<Vec<Node>> {
    let (0x06, oid, rest) = tlv(octets)? else { return None };
    let (token_id, rest) = rest.split_at_checked(2)?;
    let mut nodes = vec![
        Node { tag: Some(0x06), length: Length::Right, content: Content::Octets(oid.to_vec()) },
        Node::raw(token_id),
    ];
    nodes.extend(Node::split(rest, depth - 1, budget)?);
    Some(nodes)
}

fn tlv(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = octets.split_first_chunk()?;
    let count = if first < 0x80 { 0 } else { usize::from(first & 0x7f) };
    if tag & 0x1f == 0x1f || first == 0x80 || count > 3 {
        return None;
    }
    let (number, rest) = rest.split_at_checked(count)?;
    let length =
        if count == 0 { first.into() } else { number.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet)) };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn length(length: usize, more: usize, out: &mut Vec<u8>) {
    if length < 0x80 && more == 0 {
        return out.push(length.to_le_bytes()[0]);
    }
    let octets = length.to_be_bytes();
    let zeros = octets.iter().take_while(|octet| **octet == 0).count().min(octets.len() - 1);
    let octets = &octets[zeros.saturating_sub(more.saturating_sub(usize::from(length < 0x80)))..];
    out.push(0x80 | octets.len().to_le_bytes()[0]);
    out.extend(octets);
}

fn encode(nodes: &[Node]) -> Vec<u8> {
    let mut out = Vec::new();
    nodes.iter().for_each(|node| node.encode(&mut out));
    out
}

fn count(nodes: &[Node]) -> usize {
    let below = |node: &Node| if let Content::Nodes(nodes) = &node.content { count(nodes) } else { 0 };
    nodes.iter().map(|node| 1 + below(node)).sum()
}

struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// One of all nodes: the list that it is in, and where.
    fn choose(&mut self, chance: &mut Chance) -> Option<(&mut Vec<Node>, usize)> {
        let all = count(&self.nodes);
        let mut number = chance.below(all);
        let mut list = &mut self.nodes;
        loop {
            let mut at = 0;
            while at < list.len() {
                let below = count(std::slice::from_ref(list.get(at)?));
                if number < below {
                    break;
                }
                number -= below;
                at += 1;
            }
            if number == 0 {
                return (at < list.len()).then_some((list, at));
            }
            number -= 1;
            let Content::Nodes(nodes) = &mut list.get_mut(at)?.content else { return None };
            list = nodes;
        }
    }

    fn change(&mut self, chance: &mut Chance, anyhow: Anyhow) -> Option<()> {
        let other = self.choose(chance).map(|(list, at)| list[at].clone())?;
        let (kind, number) = (chance.below(24), chance.below(1 << 16));
        let (list, at) = self.choose(chance)?;
        let known = KNOWN[number % KNOWN.len()];
        match kind {
            0 => drop(list.remove(at)),
            1 => list.insert(at, list[at].clone()),
            2 => {
                let with = number % list.len();
                list.swap(at, with);
            }
            3 => list[at] = other,
            4 => list.insert(at, other),
            5 => list[at].content = other.content,
            6 => list[at].tag = list[at].tag.map(|tag| tag ^ (1 << (number & 7))),
            7 => list[at].tag = Some(TAGS[number % TAGS.len()]),
            8 => list[at] = Node::raw(known),
            9 => list.insert(at, Node::raw(known)),
            10 => list[at].content = Content::Nodes(vec![Node::raw(known)]),
            11 => list[at].length = [Length::Long, Length::Indefinite, Length::Wrong(1), Length::Wrong(-1)][number & 3],
            12 => {
                let inner = list[at].clone();
                list[at] = Node {
                    tag: Some(TAGS[number % TAGS.len()]),
                    length: Length::Right,
                    content: Content::Nodes(vec![inner]),
                };
            }
            13 => {
                if let Content::Nodes(nodes) = list[at].content.clone() {
                    list.splice(at..=at, nodes);
                }
            }
            14..18 => list[at].become_another(number),
            _ => return self.leaf(chance, anyhow),
        }
        Some(())
    }

    /// Changes octets that are no TLVs.
    fn leaf(&mut self, chance: &mut Chance, anyhow: Anyhow) -> Option<()> {
        for _ in 0..8 {
            let (list, at) = self.choose(chance)?;
            let Content::Octets(octets) = &mut list[at].content else { continue };
            edited(octets, anyhow);
            return Some(());
        }
        Some(())
    }
}
