//! Sessions in other accounts, through `sts:AssumeRole`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

use super::target_account::TargetAccount;
use crate::collect::client::api_call::ApiCaller;
use crate::collect::client::api_error::ApiError;
use crate::collect::client::credentials::RefreshingCredentials;
use crate::collect::client::session::{AccountSession, RootSession};

/// The duration of a session: one hour, which every role allows, and the most for role chaining (AWS STS API Reference,
/// `AssumeRole`).
const SECONDS: i32 = 3600;

/// The error code for a session policy that is too large.
const TOO_LARGE: &str = "PackedPolicyTooLarge";

/// A role of another account as a source of credentials.
#[derive(Debug)]
pub(crate) struct AssumedRole {
    client: aws_sdk_sts::Client,
    caller: ApiCaller,
    arn: String,
    external_id: Option<String>,
    request: AssumeRoleRequest,
    /// The session policy in use, by index.
    used: Arc<AtomicUsize>,
}

/// The parameters of `AssumeRole` that depend on the command.
#[derive(Debug, Clone)]
pub(crate) struct AssumeRoleRequest {
    /// The session name, which `CloudTrail` shows.
    pub(crate) session_name: &'static str,
    /// The session policies, the narrowest first: a session may do no more than the command needs, whatever the role
    /// allows. The next one is used if AWS finds one too large.
    pub(crate) session_policies: Vec<String>,
    /// The ARN of a managed policy that the session may use too.
    pub(crate) managed_policy: Option<String>,
}

impl AssumeRoleRequest {
    /// A request for reading.
    pub(crate) fn scan(session_policy: String) -> Self {
        Self { session_name: "taglint-scan", session_policies: vec![session_policy], managed_policy: None }
    }

    /// The request for a session that may read resources of any type: Cloud Control reads each with the session's own
    /// permissions, and their actions would not fit into a session policy.
    pub(crate) fn with_read_only(self, partition: &str) -> Self {
        Self { managed_policy: Some(format!("arn:{partition}:iam::aws:policy/ReadOnlyAccess")), ..self }
    }

    /// A request for writing tags.
    pub(crate) fn fix(session_policies: Vec<String>) -> Self {
        Self { session_name: "taglint-fix", session_policies, managed_policy: None }
    }
}

/// The session of an account: of the given credentials, or of the account's role.
pub(crate) async fn enter(
    root: &RootSession,
    target: &TargetAccount,
    external_id: Option<&str>,
    request: impl FnOnce() -> AssumeRoleRequest,
) -> Result<AccountSession, ApiError> {
    let account = &target.identity.account;
    let Some(arn) = &target.role else { return Ok(root.own(account)) };
    let role = AssumedRole::new(root, arn, external_id, request());
    // The caller for roles takes no permit itself (see `RootSession::roles`), so this counts the request.
    let _permit = match &root.shared.gate {
        Some(gate) => Some(gate.acquire().await),
        None => None,
    };
    // Assumed before the first call, so that an account without access fails once and not in every call.
    let first = role.assume().await?;
    let source = SharedCredentialsProvider::new(role);
    let credentials = RefreshingCredentials::new(source, root.shared.timeouts.operation, Some(first));
    Ok(root.assumed(account, credentials))
}

impl AssumedRole {
    pub(crate) fn new(root: &RootSession, arn: &str, external_id: Option<&str>, request: AssumeRoleRequest) -> Self {
        let (client, caller) = root.roles();
        Self {
            client,
            caller,
            arn: arn.to_owned(),
            external_id: external_id.map(str::to_owned),
            request,
            used: Arc::default(),
        }
    }

    /// Requests a session from STS. The packed size of a session policy has a limit of its own, which only AWS can tell.
    pub(crate) async fn assume(&self) -> Result<Credentials, ApiError> {
        loop {
            let used = self.used.load(Ordering::Relaxed);
            match self.assume_with(&self.request.session_policies[used]).await {
                Err(error) if error.code() == TOO_LARGE && used + 1 < self.request.session_policies.len() => {
                    self.used.store(used + 1, Ordering::Relaxed);
                }
                other => return other,
            }
        }
    }

    async fn assume_with(&self, session_policy: &str) -> Result<Credentials, ApiError> {
        let managed = self
            .request
            .managed_policy
            .as_ref()
            .map(|arn| vec![aws_sdk_sts::types::PolicyDescriptorType::builder().arn(arn).build()]);
        let answer = self
            .caller
            .call("sts:AssumeRole", |interceptor| {
                let call = self.client.assume_role().role_arn(&self.arn).role_session_name(self.request.session_name);
                let call =
                    call.duration_seconds(SECONDS).policy(session_policy).set_external_id(self.external_id.clone());
                call.set_policy_arns(managed.clone()).customize().interceptor(interceptor).send()
            })
            .await?;
        let keys = answer.credentials.ok_or_else(|| ApiError::empty("sts:AssumeRole"))?;
        Ok(Credentials::new(
            keys.access_key_id,
            keys.secret_access_key,
            Some(keys.session_token),
            std::time::SystemTime::try_from(keys.expiration).ok(),
            "taglint",
        ))
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.assume()
                .await
                .map_err(|error| CredentialsError::provider_error(std::io::Error::other(error.to_string())))
        })
    }
}
