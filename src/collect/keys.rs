//! Credentials that are asked for again when their time is over, by the clock or by what AWS says.
//!
//! The SDK's own cache goes by the clock alone: where AWS says "expired" earlier (a revoked session, a clock that is
//! wrong), every later call would fail although the source has new ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use tokio::sync::Mutex;

/// Credentials are renewed so long before they end.
const EARLY: Duration = Duration::from_mins(1);

/// One set of credentials, shared by all clients of an account.
#[derive(Debug, Clone)]
pub(super) struct Keys(Arc<State>);

#[derive(Debug)]
struct State {
    source: SharedCredentialsProvider,
    /// How long the source may take.
    limit: Duration,
    held: Mutex<Option<Credentials>>,
    /// How often they were renewed.
    age: AtomicU64,
}

impl Keys {
    /// From a source that is asked at the first call, unless `first` is what it said already.
    pub(super) fn new(source: SharedCredentialsProvider, limit: Duration, first: Option<Credentials>) -> Self {
        Self(Arc::new(State { source, limit, held: Mutex::new(first), age: AtomicU64::new(0) }))
    }

    /// Which credentials these are: what [`renew`](Self::renew) wants to know.
    pub(super) fn age(&self) -> u64 {
        self.0.age.load(Ordering::Acquire)
    }

    /// Replaces the credentials of this age, which AWS says have expired; false where the source has no others.
    pub(super) async fn renew(&self, age: u64) -> bool {
        let mut held = self.0.held.lock().await;
        if self.age() != age {
            // Another call was quicker.
            return true;
        }
        let Ok(new) = self.ask().await else { return false };
        let same = held.as_ref().is_some_and(|old| {
            old.access_key_id() == new.access_key_id() && old.session_token() == new.session_token()
        });
        *held = Some(new);
        if !same {
            self.0.age.fetch_add(1, Ordering::Release);
        }
        !same
    }

    async fn get(&self) -> provider::Result {
        let mut held = self.0.held.lock().await;
        let now = SystemTime::now();
        let ends = |keys: &Credentials, early| keys.expiry().is_some_and(|end| end <= now + early);
        match &*held {
            Some(keys) if !ends(keys, EARLY) => Ok(keys.clone()),
            old => {
                let new = self.ask().await;
                match (new, old) {
                    (Ok(keys), _) => Ok(held.insert(keys).clone()),
                    // The old ones hold a little longer; the next call asks again.
                    (Err(_), Some(keys)) if !ends(keys, Duration::ZERO) => Ok(keys.clone()),
                    (Err(error), _) => Err(error),
                }
            }
        }
    }

    async fn ask(&self) -> provider::Result {
        match tokio::time::timeout(self.0.limit, self.0.source.provide_credentials()).await {
            Ok(answer) => answer,
            Err(_) => Err(CredentialsError::provider_timed_out(self.0.limit)),
        }
    }
}

impl ProvideCredentials for Keys {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives `key 0`, `key 1`, …, each up to `last`.
    #[derive(Debug)]
    struct Source {
        asked: AtomicU64,
        last: u64,
        lifetime: Duration,
    }

    impl ProvideCredentials for Source {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let number = self.asked.fetch_add(1, Ordering::Relaxed).min(self.last);
            let end = SystemTime::now() + self.lifetime;
            future::ProvideCredentials::ready(Ok(Credentials::new(
                format!("key {number}"),
                "s",
                None,
                Some(end),
                "test",
            )))
        }
    }

    fn keys(last: u64, lifetime: Duration) -> Keys {
        let source = SharedCredentialsProvider::new(Source { asked: AtomicU64::new(0), last, lifetime });
        Keys::new(source, Duration::from_secs(1), None)
    }

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(test);
    }

    #[test]
    fn they_are_kept_until_shortly_before_their_end() {
        run(async {
            let long = keys(9, Duration::from_hours(1));
            let short = keys(9, Duration::from_secs(10));
            for n in 0..3 {
                assert_eq!(long.get().await.unwrap().access_key_id(), "key 0");
                assert_eq!(short.get().await.unwrap().access_key_id(), format!("key {n}"));
            }
        });
    }

    #[test]
    fn a_refusal_renews_them_once_for_all_calls_that_met_it() {
        run(async {
            let keys = keys(1, Duration::from_hours(1));
            keys.get().await.unwrap();
            let age = keys.age();
            assert!(keys.renew(age).await && keys.renew(age).await);
            assert_eq!(keys.get().await.unwrap().access_key_id(), "key 1");
            assert!(!keys.renew(keys.age()).await, "the source has no others");
        });
    }
}
