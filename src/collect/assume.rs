//! Roles of other accounts as a source of credentials.

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};

use super::calls::Caller;
use super::failure::Failure;
use super::session::Root;

/// An hour: what every role allows, and the most for roles that are assumed by roles.
const SECONDS: i32 = 3600;

/// A role that is assumed for a scan or a fix. Its sessions may do no more than their errand needs, whatever the role may.
#[derive(Debug)]
pub(super) struct Role {
    client: aws_sdk_sts::Client,
    caller: Caller,
    arn: String,
    external_id: Option<String>,
    errand: Errand,
}

/// What a role is assumed for.
#[derive(Debug, Clone)]
pub(super) struct Errand {
    /// The name that `CloudTrail` shows.
    pub(super) name: &'static str,
    /// What its sessions may do, whatever the role may.
    pub(super) may: String,
}

impl Role {
    pub(super) fn new(root: &Root, arn: &str, external_id: Option<&str>, errand: Errand) -> Self {
        let (client, caller) = root.roles();
        Self { client, caller, arn: arn.to_owned(), external_id: external_id.map(str::to_owned), errand }
    }

    /// Asks STS for a session.
    pub(super) async fn assume(&self) -> Result<Credentials, Failure> {
        let answer = self
            .caller
            .call("sts:AssumeRole", |probe| {
                let call = self.client.assume_role().role_arn(&self.arn).role_session_name(self.errand.name);
                let call =
                    call.duration_seconds(SECONDS).policy(&self.errand.may).set_external_id(self.external_id.clone());
                call.customize().interceptor(probe).send()
            })
            .await?;
        let keys = answer.credentials.ok_or_else(|| Failure::empty("sts:AssumeRole"))?;
        Ok(Credentials::new(
            keys.access_key_id,
            keys.secret_access_key,
            Some(keys.session_token),
            std::time::SystemTime::try_from(keys.expiration).ok(),
            "taglint",
        ))
    }
}

impl ProvideCredentials for Role {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.assume()
                .await
                .map_err(|failure| CredentialsError::provider_error(std::io::Error::other(failure.to_string())))
        })
    }
}
