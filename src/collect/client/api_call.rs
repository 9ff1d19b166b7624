//! One AWS call: rate-limited, limited in concurrency, counted, and not made once the endpoint or the credentials are
//! known to be unusable.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aws_sdk_iam::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_iam::error::{BoxError, ConnectorError, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, Error as ErasedError, FinalizerInterceptorContextMut,
};
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::answer_shape::{is_write, shortfall};
use super::api_error::{ApiError, Attempts, Cause, LastAttempt, chain, is_throttling};
use super::circuit_breaker::CircuitBreaker;
use super::credentials::RefreshingCredentials;
use super::pace::Pace;
use super::rate_limiter::{RateLimiter, RateLimits};
use super::timeouts::Timeouts;

/// The number of calls of one operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallCount {
    /// Calls.
    pub calls: u64,
    /// Requests beyond the first of each call.
    pub retries: u64,
    /// Requests that were throttled.
    pub throttles: u64,
}

/// The counts by operation, shared by all clients of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct CallCounter(Arc<Mutex<BTreeMap<&'static str, CallCount>>>);

impl CallCounter {
    fn note(&self, operation: &'static str, change: impl FnOnce(&mut CallCount)) {
        change(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default());
    }

    /// The counts by `service:Operation`.
    pub(crate) fn by_operation(&self) -> BTreeMap<String, CallCount> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(operation, count)| ((*operation).to_owned(), *count)).collect()
    }

    /// All requests, and those among them that were throttled.
    pub(crate) fn totals(&self) -> (u64, u64) {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.values().fold((0, 0), |sum, count| (sum.0 + count.calls + count.retries, sum.1 + count.throttles))
    }
}

/// The state that all callers with the same credentials share.
#[derive(Debug, Clone)]
pub(crate) struct CallerContext {
    pub(crate) calls: CallCounter,
    /// The limit on open requests of the run. Absent for calls that serve another call, which already holds a permit.
    pub(crate) gate: Option<Arc<Semaphore>>,
    /// The credentials, if they can be refreshed after they expire.
    pub(crate) credentials: Option<RefreshingCredentials>,
    /// Set once they have expired for good: every later call would be refused as well.
    pub(crate) expired: Arc<AtomicBool>,
    pub(crate) timeouts: Timeouts,
    pub(crate) pace: Pace,
}

/// The caller for all operations that share one rate limit of AWS.
#[derive(Debug, Clone)]
pub(crate) struct ApiCaller {
    shared: CallerContext,
    rate_limiter: Arc<RateLimiter>,
    /// Consecutive calls that did not reach the service.
    lost: Arc<AtomicU32>,
    breaker: Arc<CircuitBreaker>,
    max_connect_failures: u32,
}

/// The number of attempts of one call that may fail to reach the service. The SDK would make ten, which takes a minute
/// for a host that does not exist.
pub(crate) const MAX_CONNECT_FAILURES: u32 = 3;
/// The number of consecutive calls that may fail to reach the service before no more are made: two rounds of the default
/// concurrency, so that a short network outage does not end the scan.
const DEAD_AFTER: u32 = 32;

impl ApiCaller {
    pub(crate) fn new(shared: CallerContext, limits: RateLimits, max_connect_failures: u32) -> Self {
        Self {
            rate_limiter: Arc::new(RateLimiter::new(shared.pace.rates(limits))),
            shared,
            lost: Arc::default(),
            breaker: Arc::default(),
            max_connect_failures,
        }
    }

    /// Makes one call. `send` passes the [`AttemptInterceptor`] to the SDK as the operation's interceptor. If AWS says that
    /// the credentials have expired and the source has new ones, a read is made once more. A write is not: its caller must
    /// read the resource before.
    pub(crate) async fn call<T, E, F>(
        &self,
        operation: &'static str,
        send: impl Fn(AttemptInterceptor) -> F,
    ) -> Result<T, ApiError>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        self.call_admitted(operation, false, send).await
    }

    /// Waits until the rate limit allows one more call. The call is then made with
    /// [`call_admitted`](Self::call_admitted).
    pub(crate) async fn admit(&self) {
        self.rate_limiter.acquire().await;
    }

    /// Makes one call. If it was `admitted`, it does not wait for the rate limit.
    pub(crate) async fn call_admitted<T, E, F>(
        &self,
        operation: &'static str,
        admitted: bool,
        send: impl Fn(AttemptInterceptor) -> F,
    ) -> Result<T, ApiError>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let (mut admitted, mut renewed) = (admitted, false);
        loop {
            let generation = self.shared.credentials.as_ref().map_or(0, RefreshingCredentials::generation);
            let failure = match self.once(operation, admitted, &send).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if renewed || failure.cause != Cause::Expired || !self.renew(generation).await {
                self.note_failure(&failure);
                return Err(failure);
            }
            if is_write(operation) {
                return Err(failure.transient());
            }
            (admitted, renewed) = (false, true);
        }
    }

    /// Everything that does not depend on the operation is in functions of its own: this one is compiled for each of
    /// them.
    async fn once<T, E, F>(
        &self,
        operation: &'static str,
        admitted: bool,
        send: &impl Fn(AttemptInterceptor) -> F,
    ) -> Result<T, ApiError>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let (_permit, state) = self.begin(operation, admitted).await?;
        let answer = send(AttemptInterceptor { state: state.clone(), code: code_of::<E> });
        let answer = tokio::select! {
            biased;
            answer = answer => answer,
            error = self.interrupted(operation) => return Err(error),
        };
        match answer {
            Ok(answer) => {
                self.answered(operation);
                Ok(answer)
            }
            Err(error) => {
                let attempts = state.attempts();
                Err(self.failed(
                    operation,
                    &attempts,
                    ApiError::of(&error, operation, &attempts, &self.shared.timeouts),
                ))
            }
        }
    }

    /// Waits until the call may be made.
    async fn begin(
        &self,
        operation: &'static str,
        admitted: bool,
    ) -> Result<(Option<SemaphorePermit<'_>>, Arc<CallState>), ApiError> {
        self.check_usable(operation)?;
        // The rate comes first, so that a call that waits for it holds no permit.
        if !admitted {
            tokio::select! {
                () = self.rate_limiter.acquire() => {}
                () = self.breaker.opened(operation) => {}
            }
        }
        let permit = match &self.shared.gate {
            Some(gate) => Some(gate.acquire().await.expect("the gate is never closed")),
            None => None,
        };
        // Checked again, because other calls may have failed while this one waited.
        self.check_usable(operation)?;
        let state = CallState {
            operation,
            calls: self.shared.calls.clone(),
            rate_limiter: self.rate_limiter.clone(),
            breaker: self.breaker.clone(),
            max_connect_failures: self.max_connect_failures,
            attempts: Mutex::default(),
        };
        Ok((permit, Arc::new(state)))
    }

    /// Waits until a call that has been made is of no use: it may be waiting for its next attempt. A write is seen
    /// through, because it may have been done.
    async fn interrupted(&self, operation: &'static str) -> ApiError {
        if is_write(operation) {
            return std::future::pending().await;
        }
        self.breaker.opened(operation).await;
        self.breaker.check(operation).expect_err("the breaker stays open")
    }

    fn answered(&self, operation: &'static str) {
        self.lost.store(0, Ordering::Relaxed);
        self.breaker.answered(operation);
    }

    fn failed(&self, operation: &'static str, attempts: &Attempts, error: ApiError) -> ApiError {
        if attempts.sent > 1 && error.may_last() {
            self.breaker.failed(operation, &error);
        }
        error
    }

    /// Gets new credentials in place of those of this generation, if their source has any.
    async fn renew(&self, generation: u64) -> bool {
        match &self.shared.credentials {
            Some(credentials) => credentials.renew(generation).await,
            None => false,
        }
    }

    fn check_usable(&self, operation: &'static str) -> Result<(), ApiError> {
        if self.shared.expired.load(Ordering::Relaxed) {
            return Err(ApiError::expired(operation));
        }
        if self.lost.load(Ordering::Relaxed) >= DEAD_AFTER {
            return Err(ApiError::unreachable(operation));
        }
        self.breaker.check(operation)
    }

    fn note_failure(&self, failure: &ApiError) {
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

/// The state of one call, shared by its attempts.
#[derive(Debug)]
struct CallState {
    operation: &'static str,
    calls: CallCounter,
    rate_limiter: Arc<RateLimiter>,
    breaker: Arc<CircuitBreaker>,
    max_connect_failures: u32,
    attempts: Mutex<Attempts>,
}

impl CallState {
    fn attempts(&self) -> Attempts {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The interceptor that observes every attempt of one call.
#[derive(Debug)]
pub(crate) struct AttemptInterceptor {
    state: Arc<CallState>,
    code: CodeOf,
}

/// Returns the code of an error of the operation, whose type the SDK erases; an empty text if it has none. `None` for an
/// error of another type.
type CodeOf = fn(&ErasedError) -> Option<String>;

fn code_of<E: ProvideErrorMetadata + StdError + Send + Sync + 'static>(error: &ErasedError) -> Option<String> {
    Some(error.downcast_ref::<E>()?.code().unwrap_or_default().to_owned())
}

impl Intercept for AttemptInterceptor {
    fn name(&self) -> &'static str {
        "taglint"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let state = &self.state;
        let mut attempts = state.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.sent += 1;
        attempts.endpoint = Some(host(context.request().uri()));
        if attempts.sent == 1 {
            state.calls.note(state.operation, |count| count.calls += 1);
        } else {
            state.calls.note(state.operation, |count| count.retries += 1);
            // The SDK decides when a retry goes out; later calls wait for its token.
            state.rate_limiter.spend(Instant::now());
        }
        Ok(())
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let state = &self.state;
        let mut attempts = state.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let status = context.response().map_or(0, |response| response.status().as_u16());
        if let Some(why) = unbelievable(state.operation, status, context, self.code) {
            *context.output_or_error_mut().expect("there was an answer") = Err(bad_answer(state.operation, why));
        }
        let last = match context.output_or_error() {
            Some(Err(error)) => failure_of(error, status, self.code),
            Some(Ok(_)) => {
                state.rate_limiter.answered(Instant::now());
                None
            }
            None => None,
        };
        // Only an error code with a 4xx status means that nothing was done.
        attempts.uncertain |= match &last {
            Some(LastAttempt::Said(code)) => status >= 500 || code.starts_with("HTTP "),
            // Without a connection the request was never sent.
            Some(LastAttempt::NoConnection) | None => false,
            Some(LastAttempt::NoAnswer | LastAttempt::Broken(_) | LastAttempt::Garbled(_)) => true,
        };
        if last.is_some() {
            free_body(context);
        }
        let give_up = match &last {
            Some(LastAttempt::Said(code)) if is_throttling(code) => {
                state.calls.note(state.operation, |count| count.throttles += 1);
                state.rate_limiter.throttled(Instant::now());
                state.breaker.open(state.operation)
            }
            Some(LastAttempt::Said(_)) => status >= 500 && state.breaker.open(state.operation),
            None => false,
            Some(_) => {
                attempts.failed += 1;
                attempts.failed >= state.max_connect_failures || state.breaker.open(state.operation)
            }
        };
        if let (true, Some(result)) = (give_up, context.output_or_error_mut()) {
            *result = Err(final_error("too many attempts failed".into()));
        }
        attempts.last = last;
        Ok(())
    }
}

type AttemptError = OrchestratorError<ErasedError>;

/// The reason why the answer to an attempt cannot be believed: it was read without an error and says too little, or it is a
/// success that the SDK cannot parse.
fn unbelievable(
    operation: &str,
    status: u16,
    context: &FinalizerInterceptorContextMut<'_>,
    code: CodeOf,
) -> Option<String> {
    match context.output_or_error()? {
        Ok(_) => shortfall(operation, context.response()?.body().bytes()?),
        Err(error) => {
            // The parsers of XML give an error of the operation without a code, those of JSON one of no kind.
            let of_parser = match error.as_operation_error() {
                Some(said) => code(said).is_some_and(|code| code.is_empty()),
                None => !(error.is_connector_error() || error.is_timeout_error() || error.is_response_error()),
            };
            ((200..300).contains(&status) && of_parser).then(|| "the answer cannot be parsed".to_owned())
        }
    }
}

/// The error of an attempt with an answer that cannot be believed. The SDK repeats a read after it. It does not repeat a
/// write, which may have been done: whoever else wrote meanwhile would lose.
fn bad_answer(operation: &str, why: String) -> AttemptError {
    if is_write(operation) { final_error(why.into()) } else { OrchestratorError::response(why.into()) }
}

/// An error after which the SDK makes no further attempt: its retry strategy does not know the kind of failure.
fn final_error(why: BoxError) -> AttemptError {
    OrchestratorError::connector(ConnectorError::other(why, None))
}

/// Frees the memory of an answer that is of no use. The SDK would keep it while it waits for the next attempt.
fn free_body(context: &mut FinalizerInterceptorContextMut<'_>) {
    if let Some(response) = context.response_mut() {
        response.take_body();
    }
}

/// The failure of an attempt; `None` if it has nothing to do with the network or the service.
fn failure_of(error: &AttemptError, status: u16, code: CodeOf) -> Option<LastAttempt> {
    if let Some(said) = error.as_operation_error() {
        return Some(LastAttempt::Said(
            code(said).filter(|code| !code.is_empty()).unwrap_or_else(|| format!("HTTP {status}")),
        ));
    }
    if let Some(connector) = error.as_connector_error() {
        let why = chain(connector);
        return Some(match connector.is_timeout() {
            true if why.contains("read timeout") => LastAttempt::NoAnswer,
            true => LastAttempt::NoConnection,
            false => LastAttempt::Broken(why),
        });
    }
    if error.is_timeout_error() {
        return Some(LastAttempt::NoAnswer);
    }
    error.is_response_error().then(|| LastAttempt::Garbled(chain(error)))
}

/// Scheme and host of a URI. User information must not be shown.
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
