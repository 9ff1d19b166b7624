//! The account of the credentials, from STS.

use super::target_account::AccountIdentity;
use crate::aws::AccountId;
use crate::collect::client::api_error::{ApiError, Cause};
use crate::collect::client::session::RootSession;
use crate::collect::error::CollectError;

/// Identifies the account of the credentials. The call needs no permission and works even under an explicit deny (AWS
/// STS API Reference, `GetCallerIdentity`).
pub(crate) async fn identify_caller(
    root: &RootSession,
    profile: Option<&str>,
) -> Result<AccountIdentity, CollectError> {
    let (client, caller) = root.identity();
    let answer = caller
        .call("sts:GetCallerIdentity", |interceptor| {
            client.get_caller_identity().customize().interceptor(interceptor).send()
        })
        .await
        .map_err(|error| explain(&error, &root.home, profile))?;
    let arn = answer.arn().unwrap_or_default();
    parse_identity(arn, answer.account()).ok_or_else(|| CollectError::Identity {
        endpoint: "STS".to_owned(),
        why: "the answer to sts:GetCallerIdentity names no account".to_owned(),
    })
}

fn parse_identity(arn: &str, account: Option<&str>) -> Option<AccountIdentity> {
    let mut parts = arn.split(':');
    let (head, partition) = (parts.next()?, parts.next()?);
    let account = account.or_else(|| parts.nth(2)).unwrap_or_default();
    (head == "arn" && !partition.is_empty() && AccountId::is_valid(account))
        .then(|| AccountIdentity { account: account.to_owned(), partition: partition.to_owned() })
}

fn explain(error: &ApiError, region: &str, profile: Option<&str>) -> CollectError {
    let profile = profile.map(str::to_owned);
    let endpoint = error.endpoint.clone().unwrap_or_else(|| "STS".to_owned());
    let why = error.to_string();
    // The operation is known here. The text in the brackets comes from the provider or the system.
    let inner = why.split_once(" (").and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(&why).to_owned();
    match error.cause {
        Cause::NoCredentials => CollectError::NoCredentials { profile },
        // The SDK has no public error type for an expired SSO login, only this text.
        Cause::BadCredentials if inner.contains("SSO token has expired") => CollectError::Expired { profile },
        Cause::BadCredentials => CollectError::BadCredentials { profile, why: inner },
        Cause::Expired => CollectError::Expired { profile },
        Cause::UnknownToken => CollectError::Rejected { why, region: region.to_owned() },
        Cause::Other if why.starts_with("SignatureDoesNotMatch") || why.starts_with("RequestExpired") => {
            CollectError::Rejected { why, region: region.to_owned() }
        }
        Cause::Unreachable(_) => CollectError::Unreachable { endpoint, why: inner },
        Cause::Timeout(limit) => CollectError::Timeout { endpoint, limit },
        Cause::Denied | Cause::Gone | Cause::Conflict | Cause::Garbled | Cause::Other => {
            CollectError::Identity { endpoint, why }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partition_and_account_come_from_the_arn() {
        let arn = "arn:aws-us-gov:sts::111122223333:assumed-role/scan/me";
        let expected = AccountIdentity { account: "111122223333".to_owned(), partition: "aws-us-gov".to_owned() };
        assert_eq!(parse_identity(arn, None), Some(expected.clone()));
        assert_eq!(parse_identity(arn, Some("111122223333")), Some(expected));
        assert_eq!(parse_identity("", Some("111122223333")), None);
        assert_eq!(parse_identity("arn:aws:sts::1:root", None), None);
    }
}
