//! Where every SDK client is built.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::identity::IdentityCache;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::config::retry::{RetryPartition, TokenBucket};
use tokio::sync::Semaphore;

use super::calls::{Caller, Calls, PATIENCE, Shared};
use super::error::CollectError;
use super::pacer::{self, Limits, Pacer};
use super::{Kind, Options, region};

/// Requests that may be open at once, where the command line does not say.
const CONCURRENCY: usize = 16;
/// Requests of one call. Throttling in a busy account outlasts the SDK's three.
const ATTEMPTS: u32 = 10;
/// Requests of the identity call: a user waits for it.
const IDENTITY_ATTEMPTS: u32 = 3;
/// The identity call's attempts that may fail to get through.
const IDENTITY_PATIENCE: u32 = 2;

/// One set of credentials, and what all its clients share.
#[derive(Debug)]
pub(super) struct Session {
    config: SdkConfig,
    /// The region of the calls that belong to no region: identity and IAM.
    pub(super) home: String,
    /// The regions to read user pools of, sorted; empty where none are to be read.
    pub(super) regions: Vec<String>,
    pub(super) concurrency: usize,
    pub(super) shared: Shared,
}

impl Session {
    /// Finds out region and credentials as the AWS CLI does. Makes no call to AWS.
    pub(super) async fn load(options: &Options) -> Result<Self, CollectError> {
        for name in options.regions.named() {
            region::check(name)?;
        }
        let wants_pools = options.kinds().contains(&Kind::Pool);
        let configured = configured_region(options, wants_pools).await;
        if let Some(name) = &configured {
            region::check(name)?;
        }
        let regions = match (wants_pools, &configured) {
            (false, _) => Vec::new(),
            (true, _) if !options.regions.named().is_empty() => sorted(options.regions.named()),
            (true, Some(name)) => vec![name.clone()],
            (true, None) => return Err(CollectError::NoRegion),
        };
        let home = home(configured, options.regions.named());
        let times = options.timeouts;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(home.clone()))
            // Given, it keeps the SDK from reading AWS_MAX_ATTEMPTS and AWS_RETRY_MODE, on whose mistakes it panics.
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(times.connect)
                    .operation_attempt_timeout(times.attempt)
                    .operation_timeout(times.operation)
                    .build(),
            )
            // The cache's own limit of 5 s is too short for a credential process that asks a person.
            .identity_cache(IdentityCache::lazy().load_timeout(times.operation).build());
        if let Ok(name) = AppName::new("taglint") {
            loader = loader.app_name(name);
        }
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        let concurrency = options.max_concurrency.unwrap_or(CONCURRENCY).clamp(1, Semaphore::MAX_PERMITS);
        let shared = Shared {
            calls: Calls::default(),
            gate: Arc::new(Semaphore::new(concurrency)),
            expired: Arc::new(AtomicBool::new(false)),
            timeouts: times,
        };
        Ok(Self { config: loader.load().await, home, regions, concurrency, shared })
    }

    /// The client for the identity call, with its caller. Loading credentials is part of an attempt, and may take a
    /// person's time; the time limit of an attempt holds for the answer alone.
    pub(super) fn identity(&self) -> (aws_sdk_sts::Client, Caller) {
        let times = self.shared.timeouts;
        let config = aws_sdk_sts::config::Builder::from(&self.config)
            .retry_config(RetryConfig::standard().with_max_attempts(IDENTITY_ATTEMPTS))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(times.connect)
                    .read_timeout(times.attempt)
                    .operation_attempt_timeout(times.operation)
                    .operation_timeout(times.operation)
                    .build(),
            )
            .build();
        let caller = Caller::new(self.shared.clone(), Pacer::new(pacer::IAM), IDENTITY_PATIENCE);
        (aws_sdk_sts::Client::from_conf(config), caller)
    }

    /// The client for IAM.
    pub(super) fn iam(&self, account: &str) -> aws_sdk_iam::Client {
        let config = aws_sdk_iam::config::Builder::from(&self.config)
            .retry_partition(retries(account, "iam", &self.home))
            .build();
        aws_sdk_iam::Client::from_conf(config)
    }

    /// The client for one region's user pools.
    pub(super) fn cognito(&self, account: &str, region: &str) -> aws_sdk_cognitoidentityprovider::Client {
        let config = aws_sdk_cognitoidentityprovider::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .retry_partition(retries(account, "cognito-idp", region))
            .build();
        aws_sdk_cognitoidentityprovider::Client::from_conf(config)
    }

    /// A caller for one of AWS's rate limits.
    pub(super) fn caller(&self, limits: Limits) -> Caller {
        Caller::new(self.shared.clone(), Pacer::new(limits), PATIENCE)
    }
}

/// The SDK's own limit on retries is one bucket for the whole process, service and region: after 100 throttled
/// requests nothing is retried any more (measured, facts/aws.md section 7). The pacer is what limits here.
fn retries(account: &str, service: &str, region: &str) -> RetryPartition {
    RetryPartition::custom(format!("taglint-{account}-{service}-{region}"))
        .token_bucket(TokenBucket::unlimited())
        .build()
}

/// The region of environment or profile and, only where nothing else can tell, of the machine's metadata service,
/// which answers late or never outside of EC2.
async fn configured_region(options: &Options, wants_pools: bool) -> Option<String> {
    if wants_pools && options.regions.named().is_empty() {
        let mut chain = aws_config::default_provider::region::Builder::default();
        if let Some(profile) = &options.profile {
            chain = chain.profile_name(profile);
        }
        return chain.build().region().await.map(|region| region.to_string());
    }
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &options.profile {
        profile = profile.profile_name(name);
    }
    let chain = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new()).or_else(profile.build());
    chain.region().await.map(|region| region.to_string())
}

/// The configured region, unless it is in another partition than all the named ones; else the main region of the first
/// one's partition, since a region that was named may not be enabled, and then STS there does not know the credentials.
fn home(configured: Option<String>, named: &[String]) -> String {
    let beside = |name: &str| named.iter().any(|other| region::partition_of(other) == region::partition_of(name));
    match configured {
        Some(name) if named.is_empty() || beside(&name) => name,
        _ => region::main_region_of(named.first().map_or("", String::as_str)).to_owned(),
    }
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    #[test]
    fn home_is_where_credentials_are_known() {
        let home = |configured: Option<&str>, named: &[&str]| {
            let named: Vec<String> = named.iter().copied().map(String::from).collect();
            super::home(configured.map(String::from), &named)
        };
        assert_eq!(home(Some("eu-west-1"), &[]), "eu-west-1");
        assert_eq!(home(Some("eu-west-1"), &["me-south-1"]), "eu-west-1");
        assert_eq!(home(None, &["me-south-1"]), "us-east-1");
        assert_eq!(home(None, &[]), "us-east-1");
        assert_eq!(home(Some("us-east-1"), &["us-gov-east-1"]), "us-gov-west-1");
        assert_eq!(home(Some("eu-west-1"), &["us-gov-east-1", "eu-west-1"]), "eu-west-1");
    }
}
