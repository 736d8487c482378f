//! Which security layers there are, and which a side goes on with (RFC 4752 section 3.3).

use core::fmt;

use crate::context::{Context, Protection};
use crate::gss::ContextFlags;

/// A security layer. The stronger is the greater.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Layer {
    /// None: what follows the login is as it was before it. Right inside TLS, and there alone.
    None,
    /// Every message is signed.
    Integrity,
    /// Every message is signed and encrypted.
    Confidentiality,
}

impl Layer {
    const ALL: [Self; 3] = [Self::None, Self::Integrity, Self::Confidentiality];

    /// Its bit.
    const fn bit(self) -> u8 {
        match self {
            Self::None => 1,
            Self::Integrity => 2,
            Self::Confidentiality => 4,
        }
    }

    /// How its messages are protected, if they are.
    pub(super) const fn protection(self) -> Option<Protection> {
        match self {
            Self::None => None,
            Self::Integrity => Some(Protection::Integrity),
            Self::Confidentiality => Some(Protection::Confidentiality),
        }
    }

    /// The strongest layer that a login can have. One that does not notice messages left out or swapped has none: frames are
    /// a stream, and RFC 4752 section 3.1 has `sequence_req_flag` set for them.
    pub(super) fn strongest(context: &Context) -> Self {
        let has = |flags| context.flags().contains(flags);
        match has(ContextFlags::INTEGRITY | ContextFlags::SEQUENCE) {
            true if has(ContextFlags::CONFIDENTIALITY) => Self::Confidentiality,
            true => Self::Integrity,
            false => Self::None,
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Integrity => "integrity",
            Self::Confidentiality => "confidentiality",
        })
    }
}

/// A set of layers, as it is offered: a bit each. Bits that are not known are not in it: they are to be "negotiated off".
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Layers(u8);

impl Layers {
    /// The known ones among `bits`.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 0b111)
    }

    /// A bit each.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether `layer` is among them.
    #[must_use]
    pub const fn contains(self, layer: Layer) -> bool {
        self.0 & layer.bit() != 0
    }

    /// From the weakest to the strongest.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Layer> {
        Layer::ALL.into_iter().filter(move |layer| self.contains(*layer))
    }

    /// Those that are in both.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The strongest of them.
    pub(super) fn strongest(self) -> Option<Layer> {
        self.iter().next_back()
    }
}

impl FromIterator<Layer> for Layers {
    fn from_iter<I: IntoIterator<Item = Layer>>(layers: I) -> Self {
        Self(layers.into_iter().fold(0, |bits, layer| bits | layer.bit()))
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for layer in self.iter() {
            write!(f, "{separator}{layer}")?;
            separator = ", ";
        }
        if self.0 == 0 { f.write_str("nothing") } else { Ok(()) }
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Layers({self})")
    }
}

/// Which layers a side goes on with, and how long a token it takes. Of those that both sides go on with, the strongest is used.
///
/// ```
/// use negotiate::sasl::{Layer, LayerPolicy};
/// assert!(LayerPolicy::CONFIDENTIALITY.layers().iter().eq([Layer::Confidentiality]));
/// assert!(LayerPolicy::between(Layer::None, Layer::Integrity).layers().iter().eq([Layer::None, Layer::Integrity]));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LayerPolicy {
    layers: Layers,
    max_size: u32,
}

impl LayerPolicy {
    /// Sealed messages, and nothing less.
    pub const CONFIDENTIALITY: Self = Self::between(Layer::Confidentiality, Layer::Confidentiality);
    /// Sealed messages, or signed ones where the other side has no more.
    pub const INTEGRITY: Self = Self::between(Layer::Integrity, Layer::Confidentiality);
    /// No layer: for connections inside TLS, which does more than either layer; with its channel bindings, or the login can
    /// be taken from one connection to another.
    pub const INSIDE_TLS: Self = Self::between(Layer::None, Layer::None);
    /// The longest token that a side takes by default: 64 KiB, as the JDK, Cyrus and Samba.
    pub const DEFAULT_SIZE: u32 = 0x1_0000;
    /// The longest token that can be spoken of: three octets have no more.
    pub const LARGEST_SIZE: u32 = 0xFF_FFFF;

    /// The layers from `weakest` to `strongest`.
    #[must_use]
    pub const fn between(weakest: Layer, strongest: Layer) -> Self {
        // The bits stand in the order of strength.
        let up_to = strongest.bit().saturating_mul(2).saturating_sub(1);
        let below = weakest.bit().saturating_sub(1);
        Self { layers: Layers(up_to & !below), max_size: Self::DEFAULT_SIZE }
    }

    /// Takes tokens of at most so many octets, 16,777,215 at most: so much memory a peer can fill that has logged in. 64 KiB
    /// unless this says otherwise. `GSSAPI` tells the other side, `GSS-SPNEGO` cannot.
    #[must_use]
    pub const fn max_size(mut self, octets: u32) -> Self {
        self.max_size = if octets > Self::LARGEST_SIZE { Self::LARGEST_SIZE } else { octets };
        self
    }

    /// The layers.
    #[must_use]
    pub const fn layers(self) -> Layers {
        self.layers
    }

    pub(super) const fn size(self) -> u32 {
        self.max_size
    }

    /// Those of them that a login can have.
    pub(super) fn possible(self, context: &Context) -> Layers {
        let strongest = Layer::strongest(context);
        self.layers.iter().filter(|layer| *layer <= strongest).collect()
    }
}
