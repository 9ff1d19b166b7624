//! Where every SDK client is built.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::identity::IdentityCache;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_iam::config::retry::{RetryPartition, TokenBucket};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::Semaphore;

use super::calls::{Caller, Calls, PATIENCE, Shared};
use super::error::CollectError;
use super::keys::Keys;
use super::pacer::{self, Limits, Pacer};
use super::{Accounts, Options, Regions, ResourceKind, Timeouts, region, roles};

/// Requests that may be open at once for each account that is read, where the command line does not say.
const CONCURRENCY: usize = 16;
/// Requests that may be open at once in all, where the command line does not say.
const MOST_CONCURRENCY: usize = 128;
/// Requests of one call. Throttling in a busy account outlasts the SDK's three.
const ATTEMPTS: u32 = 10;
/// Requests of the identity call: a user waits for it.
const IDENTITY_ATTEMPTS: u32 = 3;
/// The identity call's attempts that may fail to get through.
const IDENTITY_PATIENCE: u32 = 2;

/// The credentials that were given, and what all accounts share: one HTTP client, one bound on open requests.
#[derive(Debug)]
pub(super) struct Root {
    config: SdkConfig,
    /// The region of the calls that belong to no region: identity, roles and IAM.
    pub(super) home: String,
    /// The regions to read user pools of, sorted; empty where each account is asked for its own, or none are to be read.
    pub(super) regions: Vec<String>,
    /// Reads of one list that are under way at once.
    pub(super) width: usize,
    pub(super) shared: Shared,
    roles: OnceLock<(aws_sdk_sts::Client, Caller)>,
}

impl Root {
    /// Finds out region and credentials as the AWS CLI does. Makes no call to AWS.
    pub(super) async fn load(options: &Options) -> Result<Self, CollectError> {
        let needs_region = options.kinds().contains(&ResourceKind::Pool) && options.regions == Regions::Configured;
        let configured = configured_region(options, needs_region).await;
        if let Some(name) = &configured {
            region::check(name)?;
        }
        let regions = match &options.regions {
            _ if !options.kinds().contains(&ResourceKind::Pool) => Vec::new(),
            Regions::All => Vec::new(),
            Regions::Named(names) => sorted(names),
            Regions::Configured => vec![configured.clone().ok_or(CollectError::NoRegion)?],
        };
        let home = match &options.accounts {
            // Only the ARN tells the partition where nothing is configured.
            Accounts::Roles(arns) if configured.is_none() && options.regions.named().is_empty() => {
                let partition = arns.first().and_then(|arn| roles::parse(arn)).map_or("aws", |role| role.partition);
                region::main_region_in(partition).to_owned()
            }
            _ => home(configured, options.regions.named()),
        };
        let times = options.timeouts;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(home.clone()))
            .http_client(http_client())
            // Given, it keeps the SDK from reading AWS_MAX_ATTEMPTS and AWS_RETRY_MODE, on whose mistakes it panics.
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(call_times(times))
            // `Keys` is the cache.
            .identity_cache(IdentityCache::no_cache());
        if let Ok(name) = AppName::new("taglint") {
            loader = loader.app_name(name);
        }
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        let mut config = loader.load().await;
        // The SDK's own limit of 5 s on loading is too short for a credential process that asks a person.
        let keys = config.credentials_provider().map(|source| Keys::new(source, times.operation, None));
        if let Some(keys) = &keys {
            config = with_keys(&config, keys);
        }
        let width = options.max_concurrency.unwrap_or(CONCURRENCY).clamp(1, Semaphore::MAX_PERMITS);
        let shared = Shared {
            calls: Calls::default(),
            gate: Some(Arc::new(Semaphore::new(width))),
            keys,
            expired: Arc::new(AtomicBool::new(false)),
            timeouts: times,
        };
        Ok(Self { config, home, regions, width, shared, roles: OnceLock::new() })
    }

    /// Opens the gate as wide as so many accounts need, unless the user said how wide.
    pub(super) fn widen(&self, options: &Options, accounts: usize) {
        if let (None, Some(gate)) = (options.max_concurrency, &self.shared.gate) {
            gate.add_permits((CONCURRENCY * accounts).min(MOST_CONCURRENCY).saturating_sub(CONCURRENCY));
        }
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
        let caller = Caller::new(self.shared.clone(), Pacer::new(pacer::STS), IDENTITY_PATIENCE);
        (aws_sdk_sts::Client::from_conf(config), caller)
    }

    /// The client for roles, with its caller, which takes no place of its own among the open requests: roles are renewed
    /// for a call that has one.
    pub(super) fn roles(&self) -> (aws_sdk_sts::Client, Caller) {
        let new = || {
            let config = aws_sdk_sts::config::Builder::from(&self.config)
                .retry_partition(retries("", "sts", &self.home))
                .build();
            let shared = Shared { gate: None, ..self.shared.clone() };
            (aws_sdk_sts::Client::from_conf(config), Caller::new(shared, Pacer::new(pacer::STS), PATIENCE))
        };
        self.roles.get_or_init(new).clone()
    }

    /// The client for the organization, with its caller.
    pub(super) fn organizations(&self) -> (aws_sdk_organizations::Client, Caller) {
        let config = aws_sdk_organizations::config::Builder::from(&self.config)
            .retry_partition(retries("", "organizations", &self.home))
            .build();
        let caller = Caller::new(self.shared.clone(), Pacer::new(pacer::ORGANIZATIONS), PATIENCE);
        (aws_sdk_organizations::Client::from_conf(config), caller)
    }

    /// The account of the credentials themselves.
    pub(super) fn own(&self, account: &str) -> Session {
        Session::new(self.config.clone(), account, &self.home, self.shared.clone())
    }

    /// An account by the credentials of a role.
    pub(super) fn assumed(&self, account: &str, keys: Keys) -> Session {
        let config = with_keys(&self.config, &keys);
        let expired = Arc::new(AtomicBool::new(false));
        let shared = Shared { keys: Some(keys), expired, ..self.shared.clone() };
        Session::new(config, account, &self.home, shared)
    }
}

/// One account's credentials, and the clients and callers that use them.
#[derive(Debug)]
pub(super) struct Session {
    config: SdkConfig,
    account: String,
    pub(super) home: String,
    shared: Shared,
    callers: Mutex<BTreeMap<(&'static str, String), Caller>>,
}

impl Session {
    fn new(config: SdkConfig, account: &str, home: &str, shared: Shared) -> Self {
        Self { config, account: account.to_owned(), home: home.to_owned(), shared, callers: Mutex::default() }
    }

    /// IAM, which is global.
    pub(super) fn iam(&self) -> (aws_sdk_iam::Client, Caller) {
        let config = aws_sdk_iam::config::Builder::from(&self.config).retry_partition(self.retries("iam", &self.home));
        (aws_sdk_iam::Client::from_conf(config.build()), self.caller("iam", &self.home, pacer::IAM))
    }

    /// One region's user pools.
    pub(super) fn cognito(&self, region: &str) -> (aws_sdk_cognitoidentityprovider::Client, Caller) {
        let config = aws_sdk_cognitoidentityprovider::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .retry_partition(self.retries("cognito-idp", region));
        let client = aws_sdk_cognitoidentityprovider::Client::from_conf(config.build());
        (client, self.caller("cognito-idp", region, pacer::COGNITO))
    }

    /// Who may write the tags of user pools: all regions share the quota of the account.
    pub(super) fn cognito_writes(&self) -> Caller {
        self.caller("cognito-idp writes", "", pacer::COGNITO_WRITES)
    }

    /// One region's index of tags.
    pub(super) fn tagging(&self, region: &str) -> (aws_sdk_resourcegroupstagging::Client, Caller) {
        let config = aws_sdk_resourcegroupstagging::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .retry_partition(self.retries("tagging", region));
        let client = aws_sdk_resourcegroupstagging::Client::from_conf(config.build());
        (client, self.caller("tagging", region, pacer::TAGGING))
    }

    /// What the account says of itself.
    pub(super) fn about(&self) -> (aws_sdk_account::Client, Caller) {
        let config =
            aws_sdk_account::config::Builder::from(&self.config).retry_partition(self.retries("account", &self.home));
        let client = aws_sdk_account::Client::from_conf(config.build());
        (client, self.caller("account", &self.home, pacer::ACCOUNT))
    }

    /// The caller for a service and region: one rate limit of AWS's, and so one pacer for all tasks.
    fn caller(&self, service: &'static str, region: &str, limits: Limits) -> Caller {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Caller::new(self.shared.clone(), Pacer::new(limits), PATIENCE);
        callers.entry((service, region.to_owned())).or_insert_with(new).clone()
    }

    fn retries(&self, service: &str, region: &str) -> RetryPartition {
        retries(&self.account, service, region)
    }
}

/// The SDK's own limit on retries is one bucket for the whole process, service and region: after 100 throttled
/// requests nothing is retried any more (measured, facts/aws.md section 7). The pacer is what limits here.
fn retries(account: &str, service: &str, region: &str) -> RetryPartition {
    RetryPartition::custom(format!("taglint-{account}-{service}-{region}"))
        .token_bucket(TokenBucket::unlimited())
        .build()
}

fn with_keys(config: &SdkConfig, keys: &Keys) -> SdkConfig {
    config.clone().into_builder().credentials_provider(SharedCredentialsProvider::new(keys.clone())).build()
}

fn call_times(times: Timeouts) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(times.connect)
        .operation_attempt_timeout(times.attempt)
        .operation_timeout(times.operation)
        .build()
}

/// The SDK's own default client, but one for the whole run: each service client would else load the certificates and
/// open connections of its own.
fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = ConnectorBuilder::default().tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build()
    })
}

/// The region of environment or profile and, only where nothing else can tell, of the machine's metadata service,
/// which answers late or never outside of EC2.
async fn configured_region(options: &Options, needed: bool) -> Option<String> {
    if needed {
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
