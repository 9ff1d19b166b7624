//! The clients of the AWS SDK and the sessions that own them.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::identity::IdentityCache;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_iam::config::retry::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::Semaphore;

use super::api_call::{ApiCaller, CallCounter, CallerContext, MAX_CONNECT_FAILURES};
use super::credentials::RefreshingCredentials;
use super::network::http_client;
use super::profile::SelectedProfile;
use super::rate_limiter::{self, RateLimits};
use super::timeouts::Timeouts;
use crate::aws::{self, Partition};
use crate::collect::error::CollectError;
use crate::collect::options::{AccountSelection, CollectOptions, RegionSelection};
use crate::collect::role_arn;

/// The default limit on open requests for each account that is read at the time.
const CONCURRENCY: usize = 16;
/// The default limit on open requests of the run.
const MOST_CONCURRENCY: usize = 128;
/// The attempts of one call. Throttling in a busy account lasts longer than the SDK's default of three attempts.
const ATTEMPTS: u32 = 10;
/// The attempts of the identity call. A user waits for it.
const IDENTITY_ATTEMPTS: u32 = 3;
/// The number of attempts of the identity call that may fail to reach the service.
const IDENTITY_PATIENCE: u32 = 2;

/// The session of the given credentials, and what all accounts share: one HTTP client, one limit on open requests.
#[derive(Debug)]
pub(crate) struct RootSession {
    config: SdkConfig,
    /// The region of calls that belong to no region: identity, roles and IAM.
    pub(crate) home: String,
    /// The regions to read, sorted; empty if each account is asked for its own, or if no type has regions.
    pub(crate) regions: Vec<String>,
    /// The number of concurrent reads of one list.
    pub(crate) width: usize,
    pub(crate) shared: CallerContext,
    roles: OnceLock<(aws_sdk_sts::Client, ApiCaller)>,
}

impl RootSession {
    /// Loads region and credentials as the AWS CLI does. Makes no call to AWS, unless a credential source does.
    pub(crate) async fn load(options: &CollectOptions) -> Result<Self, CollectError> {
        let needs_region = options.needs_regions() && options.regions == RegionSelection::Configured;
        let profile = SelectedProfile::load(options.profile.as_deref()).await?;
        let http_client = http_client(profile.ca_bundle.as_deref())?;
        let configured = configured_region(profile.name.as_deref(), needs_region, &http_client).await;
        if let Some(name) = configured.as_ref().filter(|name| !aws::Region::is_valid(name)) {
            return Err(CollectError::BadRegion { name: name.clone() });
        }
        let regions = match &options.regions {
            _ if !options.needs_regions() => Vec::new(),
            RegionSelection::All => Vec::new(),
            RegionSelection::Named(names) => sorted(names),
            RegionSelection::Configured => vec![configured.clone().ok_or(CollectError::NoRegion)?],
        };
        let home = match &options.accounts {
            // If nothing is configured, only the ARN shows the partition.
            AccountSelection::Roles(arns) if configured.is_none() && options.regions.named().is_empty() => {
                let partition = arns.first().and_then(|arn| role_arn::parse(arn)).map_or("aws", |role| role.partition);
                Partition::named(partition).main_region.to_owned()
            }
            _ => home(configured, options.regions.named()),
        };
        let times = options.timeouts;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(home.clone()))
            .http_client(http_client.clone())
            // An explicit value keeps the SDK from reading AWS_MAX_ATTEMPTS and AWS_RETRY_MODE: it panics on invalid ones.
            .retry_config(options.pace.retries(ATTEMPTS))
            .timeout_config(call_times(times))
            // `RefreshingCredentials` is the cache.
            .identity_cache(IdentityCache::no_cache());
        if let Ok(name) = AppName::new("taglint") {
            loader = loader.app_name(name);
        }
        if let Some(name) = &profile.name {
            loader = loader.profile_name(name);
        }
        let of_provider = ProviderConfig::without_region()
            .with_region(Some(Region::new(home.clone())))
            .with_http_client(http_client)
            .with_retry_config(RetryConfig::standard());
        if let Some(chain) = profile.credentials(&of_provider) {
            loader = loader.credentials_provider(chain);
        }
        let mut config = loader.load().await;
        // The SDK's own limit of 5 s for loading is too short for a credential process that prompts a person.
        let source = config.credentials_provider();
        let credentials = source.map(|source| RefreshingCredentials::new(source, times.operation, None));
        if let Some(credentials) = &credentials {
            config = with_credentials(&config, credentials);
        }
        // tokio panics if a semaphore has more permits than its maximum.
        let width = options.max_concurrency.unwrap_or(CONCURRENCY).clamp(1, Semaphore::MAX_PERMITS);
        let shared = CallerContext {
            calls: CallCounter::default(),
            gate: Some(Arc::new(Semaphore::new(width))),
            credentials,
            expired: Arc::new(AtomicBool::new(false)),
            timeouts: times,
            pace: options.pace,
        };
        Ok(Self { config, home, regions, width, shared, roles: OnceLock::new() })
    }

    /// Raises the limit on open requests for this number of accounts, unless the user has set one.
    pub(crate) fn raise_concurrency(&self, options: &CollectOptions, accounts: usize) {
        if let (None, Some(gate)) = (options.max_concurrency, &self.shared.gate) {
            gate.add_permits((CONCURRENCY * accounts).min(MOST_CONCURRENCY).saturating_sub(CONCURRENCY));
        }
    }

    /// The client and caller of the identity call. Loading credentials is part of an attempt and may wait for a person, so
    /// the time limit for an attempt holds for the answer alone.
    pub(crate) fn identity(&self) -> (aws_sdk_sts::Client, ApiCaller) {
        let times = self.shared.timeouts;
        let config = aws_sdk_sts::config::Builder::from(&self.config)
            .retry_config(self.shared.pace.retries(IDENTITY_ATTEMPTS))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(times.connect)
                    .read_timeout(times.attempt)
                    .operation_attempt_timeout(times.operation)
                    .operation_timeout(times.operation)
                    .build(),
            )
            .build();
        let caller = ApiCaller::new(self.shared.clone(), rate_limiter::STS, IDENTITY_PATIENCE);
        (aws_sdk_sts::Client::from_conf(config), caller)
    }

    /// The client and caller for assuming roles. The caller takes no permit of its own: credentials are refreshed for a
    /// call that holds one, and waiting for a second would be a deadlock.
    pub(crate) fn roles(&self) -> (aws_sdk_sts::Client, ApiCaller) {
        let new = || {
            let config = aws_sdk_sts::config::Builder::from(&self.config)
                .retry_partition(retries("", "sts", &self.home))
                .build();
            let shared = CallerContext { gate: None, ..self.shared.clone() };
            (aws_sdk_sts::Client::from_conf(config), ApiCaller::new(shared, rate_limiter::STS, MAX_CONNECT_FAILURES))
        };
        self.roles.get_or_init(new).clone()
    }

    /// The client and caller of AWS Organizations.
    pub(crate) fn organizations(&self) -> (aws_sdk_organizations::Client, ApiCaller) {
        let config = aws_sdk_organizations::config::Builder::from(&self.config)
            .retry_partition(retries("", "organizations", &self.home))
            .build();
        let caller = ApiCaller::new(self.shared.clone(), rate_limiter::ORGANIZATIONS, MAX_CONNECT_FAILURES);
        (aws_sdk_organizations::Client::from_conf(config), caller)
    }

    /// The session of the credentials' own account.
    pub(crate) fn own(&self, account: &str) -> AccountSession {
        AccountSession::new(self.config.clone(), account, &self.home, self.shared.clone())
    }

    /// The session of an account with the credentials of a role.
    pub(crate) fn assumed(&self, account: &str, credentials: RefreshingCredentials) -> AccountSession {
        let config = with_credentials(&self.config, &credentials);
        let expired = Arc::new(AtomicBool::new(false));
        let shared = CallerContext { credentials: Some(credentials), expired, ..self.shared.clone() };
        AccountSession::new(config, account, &self.home, shared)
    }
}

/// The clients and callers of one account.
#[derive(Debug)]
pub(crate) struct AccountSession {
    config: SdkConfig,
    account: String,
    pub(crate) home: String,
    shared: CallerContext,
    callers: Mutex<BTreeMap<(&'static str, String), ApiCaller>>,
}

impl AccountSession {
    fn new(config: SdkConfig, account: &str, home: &str, shared: CallerContext) -> Self {
        Self { config, account: account.to_owned(), home: home.to_owned(), shared, callers: Mutex::default() }
    }

    /// The client and caller of IAM, which is global.
    pub(crate) fn iam(&self) -> (aws_sdk_iam::Client, ApiCaller) {
        let config = aws_sdk_iam::config::Builder::from(&self.config).retry_partition(self.retries("iam", &self.home));
        (aws_sdk_iam::Client::from_conf(config.build()), self.caller("iam", &self.home, rate_limiter::IAM))
    }

    /// The client and caller of Amazon Cognito in a region.
    pub(crate) fn cognito(&self, region: &str) -> (aws_sdk_cognitoidentityprovider::Client, ApiCaller) {
        let config = aws_sdk_cognitoidentityprovider::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .retry_partition(self.retries("cognito-idp", region));
        let client = aws_sdk_cognitoidentityprovider::Client::from_conf(config.build());
        (client, self.caller("cognito-idp", region, rate_limiter::COGNITO))
    }

    /// The client and caller of Amazon Cognito identity pools in a region.
    pub(crate) fn cognito_identity(&self, region: &str) -> (aws_sdk_cognitoidentity::Client, ApiCaller) {
        let config = aws_sdk_cognitoidentity::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .retry_partition(self.retries("cognito-identity", region));
        let client = aws_sdk_cognitoidentity::Client::from_conf(config.build());
        (client, self.caller("cognito-identity", region, rate_limiter::COGNITO_IDENTITY))
    }

    /// The client and caller for writing the tags of identity pools. The client sends a request once.
    pub(crate) fn cognito_identity_writes(&self, region: &str) -> (aws_sdk_cognitoidentity::Client, ApiCaller) {
        let config = aws_sdk_cognitoidentity::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::disabled());
        let client = aws_sdk_cognitoidentity::Client::from_conf(config.build());
        (client, self.caller("cognito-identity writes", "", rate_limiter::COGNITO_IDENTITY_WRITES))
    }

    /// The client and caller of IAM for writes. The client sends a request once: whoever repeats a write must read before.
    pub(crate) fn iam_writes(&self) -> (aws_sdk_iam::Client, ApiCaller) {
        let config = aws_sdk_iam::config::Builder::from(&self.config).retry_config(RetryConfig::disabled());
        (aws_sdk_iam::Client::from_conf(config.build()), self.caller("iam", &self.home, rate_limiter::IAM))
    }

    /// The client and caller for writing the tags of user pools. The client sends a request once. All regions share one
    /// quota of the account, which is not that of reads (docs/contributing/aws-facts.md, "Rate limits").
    pub(crate) fn cognito_writes(&self, region: &str) -> (aws_sdk_cognitoidentityprovider::Client, ApiCaller) {
        let config = aws_sdk_cognitoidentityprovider::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::disabled());
        let client = aws_sdk_cognitoidentityprovider::Client::from_conf(config.build());
        (client, self.caller("cognito-idp writes", "", rate_limiter::COGNITO_WRITES))
    }

    /// The client and caller of the Resource Groups Tagging API in a region.
    pub(crate) fn tagging(&self, region: &str) -> (aws_sdk_resourcegroupstagging::Client, ApiCaller) {
        let config = aws_sdk_resourcegroupstagging::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .retry_partition(self.retries("tagging", region));
        let client = aws_sdk_resourcegroupstagging::Client::from_conf(config.build());
        (client, self.caller("tagging", region, rate_limiter::TAGGING))
    }

    /// The client and caller for writing tags through the Resource Groups Tagging API. The client sends a request once.
    pub(crate) fn tagging_writes(&self, region: &str) -> (aws_sdk_resourcegroupstagging::Client, ApiCaller) {
        let config = aws_sdk_resourcegroupstagging::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::disabled());
        let client = aws_sdk_resourcegroupstagging::Client::from_conf(config.build());
        (client, self.caller("tagging writes", region, rate_limiter::TAGGING_WRITES))
    }

    /// The client and caller of Resource Explorer in a region, for all but lists of resources.
    pub(crate) fn resource_explorer(&self, region: &str) -> (aws_sdk_resourceexplorer2::Client, ApiCaller) {
        (self.explorer_client(region), self.caller("resource-explorer-2", region, rate_limiter::EXPLORER))
    }

    /// The client and caller for lists of resources, which have a quota of their own.
    pub(crate) fn resource_lists(&self, region: &str) -> (aws_sdk_resourceexplorer2::Client, ApiCaller) {
        (self.explorer_client(region), self.caller("resource-explorer-2 lists", region, rate_limiter::EXPLORER))
    }

    fn explorer_client(&self, region: &str) -> aws_sdk_resourceexplorer2::Client {
        let config = aws_sdk_resourceexplorer2::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .retry_partition(self.retries("resource-explorer-2", region));
        aws_sdk_resourceexplorer2::Client::from_conf(config.build())
    }

    /// The client and caller of the Cloud Control API in a region.
    pub(crate) fn cloud_control(&self, region: &str) -> (aws_sdk_cloudcontrol::Client, ApiCaller) {
        let config = aws_sdk_cloudcontrol::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .retry_partition(self.retries("cloudcontrol", region));
        let client = aws_sdk_cloudcontrol::Client::from_conf(config.build());
        (client, self.caller("cloudcontrol", region, rate_limiter::CLOUD_CONTROL))
    }

    /// The client and caller of AWS Account Management.
    pub(crate) fn account_management(&self) -> (aws_sdk_account::Client, ApiCaller) {
        let config =
            aws_sdk_account::config::Builder::from(&self.config).retry_partition(self.retries("account", &self.home));
        let client = aws_sdk_account::Client::from_conf(config.build());
        (client, self.caller("account", &self.home, rate_limiter::ACCOUNT))
    }

    /// The client and caller of AWS Organizations, as the account itself.
    pub(crate) fn organizations(&self) -> (aws_sdk_organizations::Client, ApiCaller) {
        let config = aws_sdk_organizations::config::Builder::from(&self.config)
            .retry_partition(self.retries("organizations", &self.home));
        let client = aws_sdk_organizations::Client::from_conf(config.build());
        (client, self.caller("organizations", &self.home, rate_limiter::ORGANIZATIONS))
    }

    /// The caller for a service and region. AWS has one rate limit for each, so all tasks share one rate limiter.
    fn caller(&self, service: &'static str, region: &str, limits: RateLimits) -> ApiCaller {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || ApiCaller::new(self.shared.clone(), limits, MAX_CONNECT_FAILURES);
        callers.entry((service, region.to_owned())).or_insert_with(new).clone()
    }

    fn retries(&self, service: &str, region: &str) -> RetryPartition {
        retries(&self.account, service, region)
    }
}

/// An unlimited retry quota for one account, service and region.
///
/// The SDK has one retry quota for the whole process, service and region: after 100 throttled requests it retries nothing
/// any more (measured, `docs/contributing/aws-facts.md`). Here the rate limiter limits the requests.
fn retries(account: &str, service: &str, region: &str) -> RetryPartition {
    RetryPartition::custom(format!("taglint-{account}-{service}-{region}"))
        .token_bucket(TokenBucket::unlimited())
        .build()
}

fn with_credentials(config: &SdkConfig, credentials: &RefreshingCredentials) -> SdkConfig {
    config.clone().into_builder().credentials_provider(SharedCredentialsProvider::new(credentials.clone())).build()
}

fn call_times(times: Timeouts) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(times.connect)
        .operation_attempt_timeout(times.attempt)
        .operation_timeout(times.operation)
        .build()
}

/// The region from the environment or the profile. The instance metadata service is used only if a region is needed,
/// because outside EC2 it answers late or never.
async fn configured_region(profile_name: Option<&str>, needed: bool, http_client: &SharedHttpClient) -> Option<String> {
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = profile_name {
        profile = profile.profile_name(name);
    }
    let mut chain = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new()).or_else(profile.build());
    if needed {
        let config = ProviderConfig::without_region().with_http_client(http_client.clone());
        chain = chain.or_else(ImdsRegionProvider::builder().configure(&config).build());
    }
    chain.region().await.map(|region| region.to_string())
}

/// The configured region, unless no named region is in its partition; then the main region of the first named region's
/// partition. A named region itself may not be enabled, and STS there would not know the credentials.
fn home(configured: Option<String>, named: &[String]) -> String {
    let same_partition =
        |name: &str| named.iter().any(|other| Partition::of_region(other) == Partition::of_region(name));
    match configured {
        Some(name) if named.is_empty() || same_partition(&name) => name,
        _ => Partition::of_region(named.first().map_or("", String::as_str)).main_region.to_owned(),
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
