//! Both sides behind a login that is made up, since the layer knows a login only by its context.

mod fake;
mod frames;
mod policies;

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::acceptor::Settings;
use super::negotiation;
use super::{Accept, Channel, Error, Layer, LayerPolicy, Mechanism, SecurityLayer};
use crate::context::Context;
use crate::error::Rejected;
use crate::gss::ContextFlags;

use fake::{SEALED, SIGNED, UNSIGNED, contexts};

const POLICIES: [LayerPolicy; 6] = [
    LayerPolicy::INSIDE_TLS,
    LayerPolicy::between(Layer::None, Layer::Integrity),
    LayerPolicy::between(Layer::None, Layer::Confidentiality),
    LayerPolicy::between(Layer::Integrity, Layer::Integrity),
    LayerPolicy::INTEGRITY,
    LayerPolicy::CONFIDENTIALITY,
];

/// The room's own error in the crate's.
#[track_caller]
fn own(error: &crate::Error) -> Error {
    assert!(!error.to_string().is_empty());
    *error.downcast_ref::<Error>().expect("an error of this room")
}

#[track_caller]
fn refused<T>(result: Result<T, crate::Error>) -> Error {
    own(&result.err().expect("refused"))
}

#[track_caller]
fn rejected<T>(result: Result<T, Rejected>) -> Error {
    own(&result.err().expect("refused").error)
}

#[track_caller]
fn protected(channel: Channel) -> Box<SecurityLayer> {
    match channel {
        Channel::Protected(layer) => layer,
        Channel::Plain(_) => panic!("no layer"),
    }
}

fn settings(policy: LayerPolicy) -> Settings {
    Settings { mechanism: Mechanism::Gssapi, policy }
}

/// Two layers that talk to each other.
fn layers(layer: Layer, sizes: [u32; 2]) -> [SecurityLayer; 2] {
    let [ours, theirs] = contexts(SEALED);
    let one = |context, size, peer| {
        let policy = LayerPolicy::CONFIDENTIALITY.max_size(size);
        *protected(Channel::new(context, layer, policy, peer).unwrap())
    };
    [one(ours, sizes[0], sizes[1]), one(theirs, sizes[1], sizes[0])]
}

fn wrapped(layer: &mut SecurityLayer, data: &[u8]) -> Vec<u8> {
    let mut frames = Vec::new();
    layer.wrap(data, &mut frames).unwrap();
    frames
}

/// A message of the negotiation as the other side would wrap it.
fn said(context: &mut Context, message: &[u8]) -> Vec<u8> {
    negotiation::wrap(context, message).unwrap()
}

fn flags_with(flags: ContextFlags) -> [Context; 2] {
    contexts(flags)
}
