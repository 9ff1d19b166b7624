//! The limit on the bytes of one answer. The SDK reads an answer to its end, whatever its size.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use aws_sdk_iam::config::{ConfigBag, RuntimeComponents};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// The largest answer. A page of 1,000 entities with long policy documents has less.
const MOST_BYTES: u64 = 64 << 20;
/// The size from which an answer is large, and the number of large answers that are read at once. Others wait: the memory
/// of a run must not grow with its open requests.
const LARGE_BYTES: u64 = 4 << 20;
const LARGE_AT_ONCE: usize = 2;

type BoxError = Box<dyn StdError + Send + Sync>;

/// Limits the answers of an HTTP client.
pub(super) fn limited(inner: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(LimitedClient { inner, large: Arc::new(Semaphore::new(LARGE_AT_ONCE)) })
}

#[derive(Debug)]
struct LimitedClient {
    inner: SharedHttpClient,
    large: Arc<Semaphore>,
}

impl HttpClient for LimitedClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(LimitedConnector { inner, large: self.large.clone() })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_base_client_config(&self.inner, components, config)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, config: &ConfigBag) -> Result<(), BoxError> {
        HttpClient::validate_final_config(&self.inner, components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

#[derive(Debug)]
struct LimitedConnector {
    inner: SharedHttpConnector,
    large: Arc<Semaphore>,
}

impl HttpConnector for LimitedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, large) = (self.inner.call(request), self.large.clone());
        HttpConnectorFuture::new(async move {
            let limit = |body| {
                let body = LimitedBody { body, read: 0, large: large.clone(), turn: Turn::NotNeeded };
                SdkBody::from_body_1_x(body)
            };
            Ok(answer.await?.map(limit))
        })
    }
}

/// The body of an answer, which fails when it exceeds the limit.
struct LimitedBody {
    body: SdkBody,
    read: u64,
    large: Arc<Semaphore>,
    turn: Turn,
}

/// The place of a large answer among those that are read at once.
enum Turn {
    NotNeeded,
    Waiting(Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, AcquireError>> + Send + Sync>>),
    Held(#[expect(dead_code, reason = "dropped with the body")] Option<OwnedSemaphorePermit>),
}

impl LimitedBody {
    /// Waits until a large answer may be read on.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let known = self.body.content_length().unwrap_or_default();
        if matches!(self.turn, Turn::NotNeeded) && self.read.max(known) > LARGE_BYTES {
            self.turn = Turn::Waiting(Box::pin(self.large.clone().acquire_owned()));
        }
        if let Turn::Waiting(permit) = &mut self.turn {
            // The semaphore is never closed.
            self.turn = Turn::Held(ready!(permit.as_mut().poll(context)).ok());
        }
        Poll::Ready(())
    }

    fn too_long(&self) -> bool {
        self.read.saturating_add(self.body.content_length().unwrap_or_default()) > MOST_BYTES
    }
}

impl Body for LimitedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.too_long() {
            return Poll::Ready(Some(Err(Box::new(TooLong))));
        }
        ready!(self.poll_turn(context));
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            self.read += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        Poll::Ready(if self.read > MOST_BYTES { Some(Err(Box::new(TooLong))) } else { frame })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The error for an answer that exceeds the limit.
#[derive(Debug)]
struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer has more than {} MiB", MOST_BYTES >> 20)
    }
}

impl StdError for TooLong {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body of so many chunks of one MiB, of no known length.
    struct Chunks(u64);

    impl Body for Chunks {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
            let Some(left) = self.0.checked_sub(1) else { return Poll::Ready(None) };
            self.0 = left;
            Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b' '; 1 << 20])))))
        }
    }

    fn body(mebibytes: u64, large: &Arc<Semaphore>) -> LimitedBody {
        let body = SdkBody::from_body_1_x(Chunks(mebibytes));
        LimitedBody { body, read: 0, large: large.clone(), turn: Turn::NotNeeded }
    }

    /// Polls to the end, to an error, or until the body waits; returns the bytes.
    fn read(body: &mut LimitedBody) -> (u64, Poll<Result<(), String>>) {
        let mut context = Context::from_waker(std::task::Waker::noop());
        loop {
            match Pin::new(&mut *body).poll_frame(&mut context) {
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => return (body.read, Poll::Ready(Err(error.to_string()))),
                Poll::Ready(None) => return (body.read, Poll::Ready(Ok(()))),
                Poll::Pending => return (body.read, Poll::Pending),
            }
        }
    }

    #[test]
    fn an_answer_ends_at_the_limit() {
        let large = Arc::new(Semaphore::new(LARGE_AT_ONCE));
        assert_eq!(read(&mut body(64, &large)), (64 << 20, Poll::Ready(Ok(()))));
        let (bytes, end) = read(&mut body(1000, &large));
        assert_eq!((bytes, end), (65 << 20, Poll::Ready(Err("the answer has more than 64 MiB".to_owned()))));
        let known = SdkBody::from(vec![b' '; (64 << 20) + 1]);
        let mut known = LimitedBody { body: known, ..body(0, &large) };
        assert_eq!(read(&mut known).0, 0, "its length says so before the first byte");
    }

    #[test]
    fn a_large_answer_waits_for_others_and_a_small_one_does_not() {
        let large = Arc::new(Semaphore::new(1));
        let mut first = body(10, &large);
        assert_eq!(read(&mut first).0, 10 << 20);
        assert_eq!(read(&mut body(4, &large)), (4 << 20, Poll::Ready(Ok(()))));
        let mut second = body(10, &large);
        assert!(matches!(read(&mut second), (bytes, Poll::Pending) if bytes <= 5 << 20));
        drop(first);
        assert_eq!(read(&mut second), (10 << 20, Poll::Ready(Ok(()))));
    }
}
