//! Credentials that are refreshed when they expire, either by the clock or because AWS rejects them as expired.
//!
//! The SDK's own cache goes by the clock alone. If AWS reports expiry earlier (a revoked session, a wrong clock), every
//! later call would fail although the source has new credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use tokio::sync::Mutex;

/// The time before expiry at which credentials are refreshed.
const EARLY: Duration = Duration::from_mins(1);

/// The credentials of one account, shared by all of its clients.
#[derive(Debug, Clone)]
pub(crate) struct RefreshingCredentials(Arc<CredentialState>);

#[derive(Debug)]
struct CredentialState {
    source: SharedCredentialsProvider,
    /// The time limit for the source.
    limit: Duration,
    held: Mutex<Option<Credentials>>,
    /// The number of refreshes.
    generation: AtomicU64,
}

impl RefreshingCredentials {
    /// Credentials from a source, which is asked at the first call unless `first` has them already.
    pub(crate) fn new(source: SharedCredentialsProvider, limit: Duration, first: Option<Credentials>) -> Self {
        Self(Arc::new(CredentialState { source, limit, held: Mutex::new(first), generation: AtomicU64::new(0) }))
    }

    /// The number of refreshes so far, for [`renew`](Self::renew).
    pub(crate) fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Replaces the credentials of this generation, which AWS says have expired; `false` if the source has no others.
    pub(crate) async fn renew(&self, generation: u64) -> bool {
        let mut held = self.0.held.lock().await;
        if self.generation() != generation {
            // Another call has refreshed them already.
            return true;
        }
        let Ok(new) = self.ask().await else { return false };
        let same = held.as_ref().is_some_and(|old| {
            old.access_key_id() == new.access_key_id() && old.session_token() == new.session_token()
        });
        *held = Some(new);
        if !same {
            self.0.generation.fetch_add(1, Ordering::Release);
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
                    // The old ones are still valid; the next call asks again.
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

impl ProvideCredentials for RefreshingCredentials {
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

    /// A source of `key 0`, `key 1`, … up to `last`.
    #[derive(Debug)]
    struct NumberedSource {
        asked: AtomicU64,
        last: u64,
        lifetime: Duration,
    }

    impl ProvideCredentials for NumberedSource {
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

    fn keys(last: u64, lifetime: Duration) -> RefreshingCredentials {
        let source = SharedCredentialsProvider::new(NumberedSource { asked: AtomicU64::new(0), last, lifetime });
        RefreshingCredentials::new(source, Duration::from_secs(1), None)
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
            let generation = keys.generation();
            assert!(keys.renew(generation).await && keys.renew(generation).await);
            assert_eq!(keys.get().await.unwrap().access_key_id(), "key 1");
            assert!(!keys.renew(keys.generation()).await, "the source has no others");
        });
    }
}
