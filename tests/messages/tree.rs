//! DER as a tree, to be damaged at any place with all lengths around the damage put right.

/// An element.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The tag octet, or octets.
    pub(crate) tag: Vec<u8>,
    /// Length octets to write in place of the right ones.
    pub(crate) length: Option<Vec<u8>>,
    pub(crate) content: Content,
    /// Octets behind it, within what encloses it.
    pub(crate) behind: Vec<u8>,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Primitive(Vec<u8>),
    Constructed(Vec<Node>),
}

impl Node {
    /// Reads sound DER with one-octet tags.
    pub(crate) fn parse(octets: &[u8]) -> Self {
        let (node, rest) = Self::read(octets);
        assert!(rest.is_empty());
        node
    }

    fn read(octets: &[u8]) -> (Self, &[u8]) {
        let (header, length) = match octets[1] {
            short @ 0..=0x7f => (2, usize::from(short)),
            0x81 => (3, usize::from(octets[2])),
            0x82 => (4, usize::from(octets[2]) << 8 | usize::from(octets[3])),
            other => panic!("length {other:x}"),
        };
        let (mut content, rest) = octets[header..].split_at(length);
        let content = if octets[0] & 0x20 == 0 {
            Content::Primitive(content.to_vec())
        } else {
            let mut nodes = Vec::new();
            while !content.is_empty() {
                let (node, rest) = Self::read(content);
                nodes.push(node);
                content = rest;
            }
            Content::Constructed(nodes)
        };
        (Self { tag: vec![octets[0]], length: None, content, behind: Vec::new() }, rest)
    }

    pub(crate) fn content_octets(&self) -> Vec<u8> {
        match &self.content {
            Content::Primitive(octets) => octets.clone(),
            Content::Constructed(nodes) => nodes.iter().flat_map(Self::to_der).collect(),
        }
    }

    pub(crate) fn to_der(&self) -> Vec<u8> {
        let content = self.content_octets();
        let length = self.length.clone().unwrap_or_else(|| length_octets(content.len()));
        [&self.tag[..], &length, &content, &self.behind].concat()
    }

    pub(crate) fn count(&self) -> usize {
        match &self.content {
            Content::Primitive(_) => 1,
            Content::Constructed(nodes) => 1 + nodes.iter().map(Self::count).sum::<usize>(),
        }
    }

    /// The whole, with `damage` done to the node of this number, counted from outside and from the left.
    pub(crate) fn damaged(&self, number: usize, damage: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut damaged = self.clone();
        damage(damaged.at(number));
        damaged.to_der()
    }

    pub(crate) fn at(&mut self, mut number: usize) -> &mut Self {
        if number == 0 {
            return self;
        }
        number -= 1;
        let Content::Constructed(nodes) = &mut self.content else { panic!("no such node") };
        for node in nodes {
            let count = node.count();
            if number < count {
                return node.at(number);
            }
            number -= count;
        }
        panic!("no such node")
    }

    pub(crate) fn children(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.content {
            Content::Primitive(_) => None,
            Content::Constructed(nodes) => Some(nodes),
        }
    }
}

/// A length in its shortest form.
pub(crate) fn length_octets(length: usize) -> Vec<u8> {
    match length {
        0..0x80 => vec![length as u8],
        0x80..0x100 => vec![0x81, length as u8],
        0x100..0x1_0000 => vec![0x82, (length >> 8) as u8, length as u8],
        _ => panic!("no test needs that much"),
    }
}

/// An element.
pub(crate) fn tlv(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    [&[tag][..], &length_octets(content.len()), &content].concat()
}
