//! Whose credentials these are. The call needs no permission and works even under an explicit deny.

use super::error::CollectError;
use super::failure::{Cause, Failure};
use super::session::Root;

/// The account that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// Twelve digits.
    pub(super) account: String,
    /// `aws`, `aws-cn`, …: the part of the caller's ARN that all ARNs of the account share.
    pub(super) partition: String,
}

/// Asks STS.
pub(super) async fn whose(root: &Root, profile: Option<&str>) -> Result<Identity, CollectError> {
    let (client, caller) = root.identity();
    let answer = caller
        .call("sts:GetCallerIdentity", |probe| client.get_caller_identity().customize().interceptor(probe).send())
        .await
        .map_err(|failure| explain(&failure, &root.home, profile))?;
    let arn = answer.arn().unwrap_or_default();
    of_arn(arn, answer.account()).ok_or_else(|| CollectError::Identity {
        endpoint: "STS".to_owned(),
        why: "the answer to sts:GetCallerIdentity names no account".to_owned(),
    })
}

fn of_arn(arn: &str, account: Option<&str>) -> Option<Identity> {
    let mut parts = arn.split(':');
    let (head, partition) = (parts.next()?, parts.next()?);
    let account = account.or_else(|| parts.nth(2)).unwrap_or_default();
    let good = head == "arn" && !partition.is_empty() && account.len() == 12;
    (good && account.bytes().all(|b| b.is_ascii_digit()))
        .then(|| Identity { account: account.to_owned(), partition: partition.to_owned() })
}

fn explain(failure: &Failure, region: &str, profile: Option<&str>) -> CollectError {
    let profile = profile.map(str::to_owned);
    let endpoint = failure.endpoint.clone().unwrap_or_else(|| "STS".to_owned());
    let why = failure.to_string();
    // The operation is known here: what the provider or the system says stands in the brackets.
    let inner = why.split_once(" (").and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(&why).to_owned();
    match failure.cause {
        Cause::NoCredentials => CollectError::NoCredentials { profile },
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
        let expected = Identity { account: "111122223333".to_owned(), partition: "aws-us-gov".to_owned() };
        assert_eq!(of_arn(arn, None), Some(expected.clone()));
        assert_eq!(of_arn(arn, Some("111122223333")), Some(expected));
        assert_eq!(of_arn("", Some("111122223333")), None);
        assert_eq!(of_arn("arn:aws:sts::1:root", None), None);
    }
}
