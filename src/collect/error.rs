//! Why nothing could be read at all.

use std::time::Duration;

use super::failure::seconds;
use crate::base::{escape, quote};

/// A run that could not begin. Nothing was read, so nothing was checked.
///
/// No text holds a credential: messages of providers and services are shown only after [cleaning](super::failure::clean).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// A region that cannot be one.
    #[error("{} is not the name of an AWS region", quote(name))]
    BadRegion {
        /// As it was given.
        name: String,
    },
    /// What was given for a role cannot be one.
    #[error("--role-arn {} is not the ARN of a role", quote(arn))]
    BadRole {
        /// As it was given.
        arn: String,
    },
    /// Two roles lead into one account.
    #[error("two roles of account {} are given", escape(account))]
    TwoRoles {
        /// Twelve digits.
        account: String,
    },
    /// What was given for a role's name cannot be one.
    #[error("--role-name {} is not the name of a role", quote(name))]
    BadRoleName {
        /// As it was given.
        name: String,
    },
    /// What was given for an organizational unit cannot be one.
    #[error("--ou {} is not the id of an organizational unit", quote(unit))]
    BadUnit {
        /// As it was given.
        unit: String,
    },
    /// What was given for an account cannot be one.
    #[error("--exclude-account {} is not the number of an account", quote(account))]
    BadAccount {
        /// As it was given.
        account: String,
    },
    /// The accounts of the organization could not be listed.
    #[error("the accounts of the organization could not be listed: {}", escape(why))]
    Organization {
        /// Code and operation.
        why: String,
    },
    /// Stopped by a signal before anything was read.
    #[error("stopped before anything was read")]
    Interrupted,
    /// The deadline came before anything was read.
    #[error("the deadline came before anything was read")]
    Deadline,
    /// User pools are to be read and no region is known.
    #[error("no AWS region is configured, and Cognito user pools are read by region")]
    NoRegion,
    /// No provider has credentials.
    #[error("no AWS credentials were found{}", of_profile(profile.as_deref()))]
    NoCredentials {
        /// The profile that was asked for.
        profile: Option<String>,
    },
    /// Credentials are configured and could not be loaded.
    #[error("the AWS credentials could not be loaded: {}", escape(why))]
    BadCredentials {
        /// The profile that was asked for.
        profile: Option<String>,
        /// What the provider says.
        why: String,
    },
    /// Credentials that were valid once.
    #[error("the AWS credentials have expired")]
    Expired {
        /// The profile that was asked for.
        profile: Option<String>,
    },
    /// AWS does not accept the credentials.
    #[error("AWS does not accept the credentials: {}", escape(why))]
    Rejected {
        /// Code and operation.
        why: String,
        /// The region that was asked.
        region: String,
    },
    /// The identity call found nobody to ask.
    #[error("cannot connect to {}: {}", escape(endpoint), escape(why))]
    Unreachable {
        /// Scheme and host.
        endpoint: String,
        /// What the system says.
        why: String,
    },
    /// The identity call was not answered in time.
    #[error("{} did not answer within {}", escape(endpoint), seconds(*limit))]
    Timeout {
        /// Scheme and host.
        endpoint: String,
        /// The time limit that was reached.
        limit: Duration,
    },
    /// The identity call failed in another way.
    #[error("{} did not say whose credentials these are: {}", escape(endpoint), escape(why))]
    Identity {
        /// Scheme and host.
        endpoint: String,
        /// Code and operation.
        why: String,
    },
    /// The machine refused threads or sockets.
    #[error("cannot start the network runtime: {0}")]
    Runtime(#[from] std::io::Error),
}

impl CollectError {
    /// What happened, in one line.
    #[must_use]
    pub fn title(&self) -> String {
        self.to_string()
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::BadRegion { name } => bad_region(name),
            Self::BadRole { .. } => {
                "a role is written like `arn:aws:iam::111122223333:role/taglint-scan`".to_owned()
            }
            Self::TwoRoles { .. } => "give one role for each account".to_owned(),
            Self::BadRoleName { .. } => {
                "give the name alone, with its path where it has one, like `taglint-scan`; for ARNs there is `--role-arn`"
                    .to_owned()
            }
            Self::BadUnit { .. } => "a unit is written like `ou-ab12-cd34ef56`, a root like `r-ab12`".to_owned(),
            Self::BadAccount { .. } => "an account is twelve digits".to_owned(),
            Self::Organization { .. } => "use credentials of the organization's management account or of a delegated \
                administrator that may call organizations:ListAccounts (with `--ou` ListAccountsForParent and \
                ListOrganizationalUnitsForParent too), or name roles with `--role-arn`"
                .to_owned(),
            Self::Deadline => "give it more time with `--deadline`".to_owned(),
            Self::NoRegion => "name one with `--region eu-west-1`, set AWS_REGION or the profile's `region`, or leave \
                user pools out with `--type iam:user --type iam:mfa`"
                .to_owned(),
            Self::NoCredentials { profile } => format!(
                "log in with `{}`, choose a profile with `--profile` or AWS_PROFILE (`aws configure list-profiles` \
                prints them), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                login(profile.as_deref())
            ),
            Self::BadCredentials { profile, why } if why.contains("profile") && why.contains("not defined") => format!(
                "`aws configure list-profiles` prints the profiles there are{}",
                profile.as_deref().map(|name| format!("; {} is not among them", quote(name))).unwrap_or_default()
            ),
            Self::BadCredentials { profile, .. } => format!(
                "`aws sts get-caller-identity` shows whether the AWS CLI can use them; with IAM Identity Center, log \
                in with `{}`",
                login(profile.as_deref())
            ),
            Self::Expired { profile } => format!(
                "log in again with `{}`, or get new temporary credentials and set AWS_SESSION_TOKEN with the two keys",
                login(profile.as_deref())
            ),
            Self::Rejected { region, .. } => format!(
                "check which credentials are in use with `aws configure list`, and whether the machine's clock is \
                right; they were tried in {}: keys of AWS China or GovCloud, and regions that an account must enable \
                first, need `--region` or AWS_REGION to name a region of theirs",
                quote(region)
            ),
            Self::Unreachable { .. } => "check the network and, where they are set, HTTPS_PROXY, AWS_ENDPOINT_URL and \
                AWS_ENDPOINT_URL_STS"
                .to_owned(),
            Self::Timeout { .. } => "check the network, a proxy (HTTPS_PROXY) or VPC endpoint in between and, where \
                it is set, AWS_ENDPOINT_URL"
                .to_owned(),
            Self::Identity { .. } => "`aws sts get-caller-identity` makes the same call".to_owned(),
            Self::Interrupted | Self::Runtime(_) => return None,
        })
    }
}

fn of_profile(profile: Option<&str>) -> String {
    profile.map(|name| format!(" for profile {}", quote(name))).unwrap_or_default()
}

fn login(profile: Option<&str>) -> String {
    match profile {
        // Only a name that a shell takes as it is may stand in a command.
        Some(name) if name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@/+".contains(&b)) => {
            format!("aws sso login --profile {name}")
        }
        _ => "aws sso login".to_owned(),
    }
}

fn bad_region(name: &str) -> String {
    let lower = name.trim().to_ascii_lowercase().replace('_', "-");
    let zone = lower.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(&lower);
    match super::region::check(zone) {
        Ok(()) if zone != name => format!("did you mean `{zone}`?"),
        _ => "a region is written like `eu-west-1`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_says_what_to_do() {
        let profile = Some("prod".to_owned());
        for (error, title, help) in [
            (
                CollectError::BadRegion { name: "eu-west-1a".into() },
                "\"eu-west-1a\" is not",
                "did you mean `eu-west-1`?",
            ),
            (CollectError::BadRegion { name: "EU_WEST_1".into() }, "\"EU_WEST_1\" is not", "did you mean `eu-west-1`?"),
            (CollectError::BadRegion { name: "\u{1b}[2J".into() }, "\"\\u{1b}[2J\" is not", "written like `eu-west-1`"),
            (CollectError::NoRegion, "no AWS region", "--region"),
            (CollectError::NoCredentials { profile: None }, "no AWS credentials", "`aws sso login`"),
            (CollectError::Expired { profile }, "have expired", "`aws sso login --profile prod`"),
            (
                CollectError::NoCredentials { profile: Some("a;reboot".into()) },
                "no AWS credentials",
                "log in with `aws sso login`",
            ),
            (
                CollectError::Timeout { endpoint: "http://127.0.0.1:9".into(), limit: Duration::from_millis(3100) },
                "http://127.0.0.1:9 did not answer within 3.1 s",
                "HTTPS_PROXY",
            ),
            (
                CollectError::Unreachable { endpoint: "http://127.0.0.1:9".into(), why: "refused".into() },
                "cannot connect to http://127.0.0.1:9: refused",
                "AWS_ENDPOINT_URL",
            ),
        ] {
            assert!(error.title().contains(title), "{}", error.title());
            assert!(error.help().unwrap().contains(help), "{:?}", error.help());
        }
    }
}
