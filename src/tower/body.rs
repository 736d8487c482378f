//! What is left of a request's body when it is answered without having been read.

use std::future::poll_fn;
use std::pin::pin;

use bytes::Buf;
use http_body::Body;

/// Reads and drops it, `limit` octets at most, so that the connection can go on: a server closes one whose client is still
/// sending when the answer is out, and the login that waits on it would be lost.
pub(super) async fn drain<B: Body>(body: B, limit: usize) {
    let mut body = pin!(body);
    let mut left = limit;
    while let Some(Ok(frame)) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let length = frame.data_ref().map_or(0, Buf::remaining);
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
