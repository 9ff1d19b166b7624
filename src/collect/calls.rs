//! Makes calls: paced, bounded, counted, and stopped where going on would only hammer.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aws_sdk_iam::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_iam::error::{BoxError, ConnectorError, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextMut,
};
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use tokio::sync::Semaphore;

use super::Timeouts;
use super::failure::{Cause, Failure, chain, is_throttling};
use super::keys::Keys;
use super::pacer::Pacer;

/// How often one operation was called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallCount {
    /// Calls.
    pub calls: u64,
    /// Requests beyond the first of each call.
    pub retries: u64,
    /// Requests that were answered with "too many".
    pub throttles: u64,
}

/// The counts by operation, shared by all clients of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls(Arc<Mutex<BTreeMap<&'static str, CallCount>>>);

impl Calls {
    fn note(&self, operation: &'static str, change: impl FnOnce(&mut CallCount)) {
        change(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default());
    }

    /// The counts by `service:Operation`.
    pub(super) fn by_operation(&self) -> BTreeMap<String, CallCount> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(operation, count)| ((*operation).to_owned(), *count)).collect()
    }

    /// All requests, and those among them that were throttled.
    pub(super) fn totals(&self) -> (u64, u64) {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.values().fold((0, 0), |sum, count| (sum.0 + count.calls + count.retries, sum.1 + count.throttles))
    }
}

/// What all callers of one set of credentials share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) calls: Calls,
    /// Bounds the open requests of the run; absent for calls that are made for another call, which holds a place.
    pub(super) gate: Option<Arc<Semaphore>>,
    /// The credentials, where there may be new ones for those that have expired.
    pub(super) keys: Option<Keys>,
    /// Set where there are none: every later call would only be refused as well.
    pub(super) expired: Arc<AtomicBool>,
    pub(super) timeouts: Timeouts,
}

/// Makes the calls that share one of AWS's rate limits.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    shared: Shared,
    pacer: Arc<Pacer>,
    /// Calls in a row that did not get through to the service.
    lost: Arc<AtomicU32>,
    patience: u32,
}

/// Attempts of one call that may fail to get through: the SDK would make ten, a minute for a host that does not exist.
pub(super) const PATIENCE: u32 = 3;
/// Calls in a row that may fail to get through before the endpoint counts as dead: two rounds of the default
/// concurrency, so that a short break in the network is survived.
const DEAD_AFTER: u32 = 32;

impl Caller {
    pub(super) fn new(shared: Shared, pacer: Pacer, patience: u32) -> Self {
        Self { shared, pacer: Arc::new(pacer), lost: Arc::default(), patience }
    }

    /// Makes one call. `send` hands the [`Probe`] to the SDK as the operation's interceptor. Where AWS says that the
    /// credentials have expired and there are new ones, the call is made once more.
    pub(super) async fn call<T, E, F>(
        &self,
        operation: &'static str,
        send: impl Fn(Probe<E>) -> F,
    ) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + StdError + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let age = self.shared.keys.as_ref().map_or(0, Keys::age);
        let answer = self.once(operation, &send).await;
        let failure = match answer {
            Err(failure) if failure.cause == Cause::Expired => failure,
            other => return other.inspect_err(|failure| self.learn(failure)),
        };
        if let Some(keys) = &self.shared.keys
            && keys.renew(age).await
        {
            return self.once(operation, &send).await.inspect_err(|failure| self.learn(failure));
        }
        self.learn(&failure);
        Err(failure)
    }

    async fn once<T, E, F>(&self, operation: &'static str, send: &impl Fn(Probe<E>) -> F) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + StdError + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        self.worth_trying(operation)?;
        self.pacer.turn().await;
        let _permit = match &self.shared.gate {
            Some(gate) => Some(gate.acquire().await),
            None => None,
        };
        self.worth_trying(operation)?;
        let watch = Arc::new(Watch {
            operation,
            calls: self.shared.calls.clone(),
            pacer: self.pacer.clone(),
            patience: self.patience,
            trail: Mutex::default(),
        });
        let answer = send(Probe { watch: watch.clone(), error: PhantomData }).await;
        answer
            .inspect(|_| self.lost.store(0, Ordering::Relaxed))
            .map_err(|error| Failure::of(&error, operation, &watch.trail(), &self.shared.timeouts))
    }

    fn worth_trying(&self, operation: &str) -> Result<(), Failure> {
        if self.shared.expired.load(Ordering::Relaxed) {
            return Err(Failure::expired(operation));
        }
        if self.lost.load(Ordering::Relaxed) >= DEAD_AFTER {
            return Err(Failure::unreachable(operation));
        }
        Ok(())
    }

    fn learn(&self, failure: &Failure) {
        match failure.cause {
            Cause::Expired | Cause::NoCredentials | Cause::BadCredentials => {
                self.shared.expired.store(true, Ordering::Relaxed);
            }
            _ if failure.transport() => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
            _ => self.lost.store(0, Ordering::Relaxed),
        }
    }
}

/// How an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Last {
    /// The service answered with this code, or with an HTTP status alone.
    Said(String),
    /// No connection in time.
    NoConnection,
    /// No answer in time.
    NoAnswer,
    /// The connection failed.
    Broken(String),
    /// An answer that cannot be read.
    Garbled(String),
}

/// What happened to one call so far.
#[derive(Debug, Clone)]
pub(super) struct Trail {
    /// When the call began.
    pub(super) started: Instant,
    /// Requests that were sent.
    pub(super) sent: u32,
    /// Scheme and host they were sent to.
    pub(super) endpoint: Option<String>,
    /// How the last attempt failed.
    pub(super) last: Option<Last>,
    /// Attempts that did not get through.
    pub(super) failed: u32,
    /// Whether some attempt got no answer that tells what was done.
    pub(super) unsure: bool,
}

impl Default for Trail {
    fn default() -> Self {
        Self { started: Instant::now(), sent: 0, endpoint: None, last: None, failed: 0, unsure: false }
    }
}

#[derive(Debug)]
struct Watch {
    operation: &'static str,
    calls: Calls,
    pacer: Arc<Pacer>,
    patience: u32,
    trail: Mutex<Trail>,
}

impl Watch {
    fn trail(&self) -> Trail {
        self.trail.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Sees every attempt of one call, as the SDK makes it.
#[derive(Debug)]
pub(super) struct Probe<E> {
    watch: Arc<Watch>,
    /// The operation's error: the SDK hands it over without its type.
    error: PhantomData<fn() -> E>,
}

impl<E: ProvideErrorMetadata + StdError + Send + Sync + 'static> Intercept for Probe<E> {
    fn name(&self) -> &'static str {
        "taglint"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let watch = &self.watch;
        let mut trail = watch.trail.lock().unwrap_or_else(PoisonError::into_inner);
        trail.sent += 1;
        trail.endpoint = Some(host(context.request().uri()));
        if trail.sent == 1 {
            watch.calls.note(watch.operation, |count| count.calls += 1);
        } else {
            watch.calls.note(watch.operation, |count| count.retries += 1);
            // A retry waits as the SDK says; it is taken off what later calls may have.
            watch.pacer.spend(Instant::now());
        }
        Ok(())
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let watch = &self.watch;
        let mut trail = watch.trail.lock().unwrap_or_else(PoisonError::into_inner);
        let status = context.response().map_or(0, |response| response.status().as_u16());
        let last = match context.output_or_error() {
            Some(Err(error)) => how::<E>(error, status),
            Some(Ok(_)) => {
                watch.pacer.answered(Instant::now());
                None
            }
            None => None,
        };
        // A refusal has a code and a status of its own; anything else leaves open what was done.
        trail.unsure |= match &last {
            Some(Last::Said(code)) => status >= 500 || code.starts_with("HTTP "),
            // No connection: the request never left.
            Some(Last::NoConnection) | None => false,
            Some(Last::NoAnswer | Last::Broken(_) | Last::Garbled(_)) => true,
        };
        match &last {
            Some(Last::Said(code)) if is_throttling(code) => {
                watch.calls.note(watch.operation, |count| count.throttles += 1);
                watch.pacer.throttled(Instant::now());
            }
            Some(Last::Said(_)) | None => {}
            Some(_) => {
                trail.failed += 1;
                if let (true, Some(result)) = (trail.failed >= watch.patience, context.output_or_error_mut()) {
                    // An unclassified connector error is what the SDK's retry strategy leaves alone.
                    *result = Err(OrchestratorError::connector(ConnectorError::other("out of patience".into(), None)));
                }
            }
        }
        trail.last = last;
        Ok(())
    }
}

type AttemptError = OrchestratorError<aws_smithy_runtime_api::client::interceptors::context::Error>;

/// How an attempt failed; `None` where that has nothing to do with the network or the service.
fn how<E>(error: &AttemptError, status: u16) -> Option<Last>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    if let Some(said) = error.as_operation_error() {
        let code = said.downcast_ref::<E>().and_then(ProvideErrorMetadata::code);
        return Some(Last::Said(code.map_or_else(|| format!("HTTP {status}"), str::to_owned)));
    }
    if let Some(connector) = error.as_connector_error() {
        let why = chain(connector);
        return Some(match connector.is_timeout() {
            true if why.contains("read timeout") => Last::NoAnswer,
            true => Last::NoConnection,
            false => Last::Broken(why),
        });
    }
    if error.is_timeout_error() {
        return Some(Last::NoAnswer);
    }
    error.is_response_error().then(|| Last::Garbled(chain(error)))
}

/// Scheme and host of a URI: a path or a query tells nothing, and user information must not be shown.
fn host(uri: &str) -> String {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("https", uri));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_scheme_and_host() {
        for (uri, shown) in [
            ("https://iam.amazonaws.com/", "https://iam.amazonaws.com"),
            ("http://user:secret@127.0.0.1:5000/x?y", "http://127.0.0.1:5000"),
            ("http://localhost:5000", "http://localhost:5000"),
        ] {
            assert_eq!(host(uri), shown);
        }
    }
}
