//! The circuit breaker of each operation: it ends the calls of an operation that fails again and again.
//!
//! A call with all its retries can take a minute. An account with hundreds of resources would take hours to read from a
//! service that is down, and the result would be the same.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::api_error::ApiError;

/// The number of consecutive calls that may fail, each after its retries.
const MOST_FAILURES: u32 = 5;

/// The circuit breakers of one account, service and region, by operation.
#[derive(Debug, Default)]
pub(super) struct CircuitBreaker {
    failures: Mutex<BTreeMap<&'static str, Failures>>,
    /// Notified when the calls of an operation end.
    ended: Notify,
}

/// The consecutive failed calls of one operation.
#[derive(Debug, Default)]
struct Failures {
    calls: u32,
    /// The code of the last failure.
    code: String,
}

impl CircuitBreaker {
    /// The error for a call that must not be made.
    pub(super) fn check(&self, operation: &'static str) -> Result<(), ApiError> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match failures.get(operation) {
            Some(failures) if failures.calls >= MOST_FAILURES => {
                Err(ApiError::not_tried(&failures.code, operation, failures.calls))
            }
            _ => Ok(()),
        }
    }

    /// Returns `true` if the calls of an operation have ended.
    pub(super) fn open(&self, operation: &'static str) -> bool {
        self.check(operation).is_err()
    }

    /// Records a call that failed although it was repeated.
    pub(super) fn failed(&self, operation: &'static str, error: &ApiError) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let failures = failures.entry(operation).or_default();
        failures.calls = failures.calls.saturating_add(1).min(MOST_FAILURES);
        error.code().clone_into(&mut failures.code);
        if failures.calls == MOST_FAILURES {
            self.ended.notify_waiters();
        }
    }

    /// Completes when the calls of an operation have ended.
    pub(super) async fn opened(&self, operation: &'static str) {
        loop {
            // Created before the check, so that it sees a later change.
            let ended = self.ended.notified();
            if self.open(operation) {
                return;
            }
            ended.await;
        }
    }

    /// Records an answer. Calls that have ended stay so: those that were under way say nothing about the next one.
    pub(super) fn answered(&self, operation: &'static str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.get(operation).is_some_and(|failures| failures.calls < MOST_FAILURES) {
            failures.remove(operation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "iam:ListUsers";

    #[test]
    fn only_consecutive_failures_of_one_operation_end_its_calls() {
        let breaker = CircuitBreaker::default();
        let error = ApiError::empty(LIST);
        for _ in 0..3 {
            (1..MOST_FAILURES).for_each(|_| breaker.failed(LIST, &error));
            assert!(breaker.check(LIST).is_ok());
            breaker.answered(LIST);
        }
        (0..MOST_FAILURES).for_each(|_| breaker.failed(LIST, &error));
        assert!(breaker.check("iam:ListUserTags").is_ok());
        breaker.answered(LIST);
        let error = breaker.check(LIST).unwrap_err().to_string();
        assert_eq!(error, "unreadable answer: iam:ListUsers (given up: 5 calls in a row failed)");
    }
}
