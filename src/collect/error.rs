//! The errors of a run that read nothing at all.

use std::time::Duration;

use super::client::timeouts::seconds;
use crate::aws::{Region, supported};
use crate::base::{all_of, escape, nearest, quote};

/// The error of a run that could not start. Nothing was read, so nothing was checked.
///
/// No text contains a credential: messages of providers and services are [sanitized](super::client::api_error::clean).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// An invalid region name.
    #[error("{} is not the name of an AWS region", quote(name))]
    BadRegion {
        /// The value as given.
        name: String,
    },
    /// An invalid role ARN.
    #[error("--role-arn {} is not the ARN of a role", quote(arn))]
    BadRole {
        /// The value as given.
        arn: String,
    },
    /// An invalid ARN of a view.
    #[error("--from-view {} is not the ARN of a view of Resource Explorer", quote(arn))]
    BadView {
        /// The value as given.
        arn: String,
    },
    /// Two roles of one account.
    #[error("--role-arn names two roles of account {}", escape(account))]
    TwoRoles {
        /// The account id.
        account: String,
    },
    /// An external id for an account without a role.
    #[error("--external-id names account {}, and no --role-arn does", escape(account))]
    NoRole {
        /// The account id.
        account: String,
    },
    /// An invalid role name.
    #[error("--role-name {} is not the name of a role", quote(name))]
    BadRoleName {
        /// The value as given.
        name: String,
    },
    /// An invalid id of an organizational unit.
    #[error("--ou {} is not the id of an organizational unit", quote(unit))]
    BadUnit {
        /// The value as given.
        unit: String,
    },
    /// An invalid account id.
    #[error("--exclude-account {} is not an account id", quote(account))]
    BadAccount {
        /// The value as given.
        account: String,
    },
    /// The accounts of the organization could not be listed.
    #[error("the accounts of the organization could not be listed: {}", escape(why))]
    Organization {
        /// The error code and the operation.
        why: String,
    },
    /// Stopped by a signal before anything was read.
    #[error("stopped before anything was read")]
    Interrupted,
    /// The deadline came before anything was read.
    #[error("the deadline came before anything was read")]
    Deadline,
    /// No region is known for a type that has regions.
    #[error("no AWS region is configured, and {} are read by region", regional_types())]
    NoRegion,
    /// The AWS configuration has no profile of this name.
    #[error("{source_name} {}: the AWS configuration has no such profile", quote(name))]
    NoProfile {
        /// The flag or variable that names it.
        source_name: &'static str,
        /// The name as given.
        name: String,
        /// The profiles that exist, sorted.
        known: Vec<String>,
    },
    /// The files of the AWS configuration cannot be read.
    #[error("the AWS configuration cannot be read: {}", escape(why))]
    BadProfiles {
        /// The message of the parser.
        why: String,
    },
    /// The file of trusted certificates cannot be used.
    #[error("{setting} {}: {}", quote(path), escape(why))]
    BadCaBundle {
        /// The variable or the setting.
        setting: &'static str,
        /// The path as given.
        path: String,
        /// The message of the system or the parser.
        why: String,
    },
    /// The proxy of an environment variable cannot be used.
    #[error("the proxy in {variable} cannot be used: {why}")]
    BadProxy {
        /// The name of the variable.
        variable: &'static str,
        /// The reason, without the value: it may have a password.
        why: &'static str,
    },
    /// No provider has credentials.
    #[error("no AWS credentials were found{}", for_profile(profile.as_deref()))]
    NoCredentials {
        /// The profile as given.
        profile: Option<String>,
    },
    /// The configured credentials could not be loaded.
    #[error("the AWS credentials could not be loaded: {}", escape(why))]
    BadCredentials {
        /// The profile as given.
        profile: Option<String>,
        /// The message of the provider.
        why: String,
    },
    /// The credentials have expired.
    #[error("the AWS credentials have expired")]
    Expired {
        /// The profile as given.
        profile: Option<String>,
    },
    /// AWS does not accept the credentials.
    #[error("AWS does not accept the credentials: {}", escape(why))]
    Rejected {
        /// The error code and the operation.
        why: String,
        /// The region of the call.
        region: String,
    },
    /// The endpoint of the identity call cannot be reached.
    #[error("cannot connect to {}: {}", escape(endpoint), escape(why))]
    Unreachable {
        /// The scheme and host of the endpoint.
        endpoint: String,
        /// The message of the system.
        why: String,
    },
    /// The identity call timed out.
    #[error("{} did not answer within {}", escape(endpoint), seconds(*limit))]
    Timeout {
        /// The scheme and host of the endpoint.
        endpoint: String,
        /// The time limit.
        limit: Duration,
    },
    /// The identity call failed for another reason.
    #[error("{} did not identify the caller: {}", escape(endpoint), escape(why))]
    Identity {
        /// The scheme and host of the endpoint.
        endpoint: String,
        /// The error code and the operation.
        why: String,
    },
    /// The system refused threads or sockets.
    #[error("cannot start the network runtime: {0}")]
    Runtime(#[from] std::io::Error),
}

impl CollectError {
    /// The error in one line.
    #[must_use]
    pub fn title(&self) -> String {
        self.to_string()
    }

    /// The advice on how to fix it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::BadRegion { name } => bad_region(name),
            Self::BadRole { .. } => "a role ARN looks like `arn:aws:iam::111122223333:role/taglint-scan`".to_owned(),
            Self::BadView { .. } => "the ARN of a view looks like \
                `arn:aws:resource-explorer-2:eu-west-1:111122223333:view/all/11111111-2222-3333-4444-555555555555`; \
                `aws resource-explorer-2 list-views --region REGION` prints those of a region"
                .to_owned(),
            Self::TwoRoles { .. } => "give one role for each account".to_owned(),
            Self::NoRole { .. } => "correct the account id, or name its role with `--role-arn`".to_owned(),
            Self::BadRoleName { .. } => {
                "give the name alone, with its path if it has one, such as `taglint-scan`; for an ARN use `--role-arn`"
                    .to_owned()
            }
            Self::BadUnit { .. } => {
                "the id of a unit looks like `ou-ab12-cd34ef56`, that of a root like `r-ab12`".to_owned()
            }
            Self::BadAccount { .. } => "an account id has twelve digits".to_owned(),
            Self::Organization { .. } => "use credentials of the organization's management account or of a delegated \
                administrator that may call organizations:ListAccounts (with `--ou` also ListAccountsForParent and \
                ListOrganizationalUnitsForParent), or name roles with `--role-arn`"
                .to_owned(),
            Self::Deadline => "raise the limit with `--deadline`".to_owned(),
            Self::NoRegion => format!(
                "name one with `--region eu-west-1`, set AWS_REGION or the profile's `region`, or leave {} out with `{}`",
                regional_types(),
                global_type_flags()
            ),
            Self::NoProfile { name, known, .. } => profiles(name, known),
            Self::BadProfiles { .. } => {
                "correct the file; `aws configure list` reads the same files (`~/.aws/config` and \
                `~/.aws/credentials`, or those of AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE)"
                    .to_owned()
            }
            Self::BadCaBundle { .. } => {
                "name a file with the trusted certificates in PEM format, by its whole path (`~` \
                is not replaced), or remove the setting to trust the certificates of the system"
                    .to_owned()
            }
            Self::BadProxy { variable, .. } => {
                format!(
                    "write a URL such as `http://proxy.example.com:3128`, or unset {variable} to go without a proxy"
                )
            }
            Self::NoCredentials { profile } => format!(
                "log in with `{}`, choose a profile with `--profile` or AWS_PROFILE (`aws configure list-profiles` \
                prints them), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                login(profile.as_deref())
            ),
            Self::BadCredentials { profile, .. } => format!(
                "`aws sts get-caller-identity` shows whether the AWS CLI can use them; with IAM Identity Center, log \
                in with `{}`",
                login(profile.as_deref())
            ),
            Self::Expired { profile } => format!(
                "log in again with `{}`, or get new temporary credentials and set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
                login(profile.as_deref())
            ),
            Self::Rejected { region, .. } => format!(
                "check which credentials are in use with `aws configure list`, and whether the machine's clock is \
                right; they were tried in {}: credentials of AWS China or GovCloud, and opt-in regions, need a region \
                of theirs in `--region` or AWS_REGION",
                quote(region)
            ),
            Self::Unreachable { .. } => "check the network and, if set, HTTPS_PROXY, AWS_ENDPOINT_URL and \
                AWS_ENDPOINT_URL_STS"
                .to_owned(),
            Self::Timeout { .. } => "check the network, a proxy (HTTPS_PROXY) or VPC endpoint in between and, if \
                set, AWS_ENDPOINT_URL"
                .to_owned(),
            Self::Identity { .. } => "`aws sts get-caller-identity` makes the same call".to_owned(),
            Self::Interrupted | Self::Runtime(_) => return None,
        })
    }
}

/// The plurals of the supported types that belong to a region.
fn regional_types() -> String {
    all_of(supported::ALL.iter().filter(|each| each.regional).map(|each| each.plural.to_owned()))
}

/// The flags that select the supported types without a region.
fn global_type_flags() -> String {
    supported::by_default()
        .filter(|each| !each.regional)
        .map(|each| format!("--type {}", each.name))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The nearest profile, or all of them. `aws configure list-profiles` prints the same names.
fn profiles(name: &str, known: &[String]) -> String {
    const MOST: usize = 20;
    if let Some(meant) = nearest(name, known.iter().map(String::as_str)) {
        return format!("did you mean {}? `aws configure list-profiles` prints all profiles", quote(meant));
    }
    match known {
        [] => "there are no profiles: `aws configure` or `aws configure sso` creates one".to_owned(),
        _ if known.len() > MOST => "`aws configure list-profiles` prints the profiles".to_owned(),
        _ => format!("the profiles are {}", all_of(known.iter().map(|name| quote(name)))),
    }
}

fn for_profile(profile: Option<&str>) -> String {
    profile.map(|name| format!(" for profile {}", quote(name))).unwrap_or_default()
}

fn login(profile: Option<&str>) -> String {
    match profile {
        // Other names would need shell quoting in the command.
        Some(name) if name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@/+".contains(&b)) => {
            format!("aws sso login --profile {name}")
        }
        _ => "aws sso login".to_owned(),
    }
}

fn bad_region(name: &str) -> String {
    let lower = name.trim().to_ascii_lowercase().replace('_', "-");
    let zone = lower.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(&lower);
    if Region::is_valid(zone) && zone != name {
        format!("did you mean `{zone}`?")
    } else {
        "a region name looks like `eu-west-1`".to_owned()
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
            (CollectError::BadRegion { name: "\u{1b}[2J".into() }, "\"\\u{1b}[2J\" is not", "looks like `eu-west-1`"),
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
