//! What ties a login to the channel it came over (RFC 2744 section 3.11, RFC 5929).

/// Placeholder shape while the room is being built.
#[derive(Clone, Debug)]
pub struct ChannelBindings;
