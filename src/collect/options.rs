//! What to read, where, and how: everything that a run is asked for.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::ResourceKind;
use super::error::CollectError;

/// What to read, and how.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The profile of the AWS configuration; `AWS_PROFILE` or the default one otherwise.
    pub profile: Option<String>,
    /// The accounts to read.
    pub accounts: Accounts,
    /// What every role that is assumed asks for (`--external-id`).
    pub external_id: Option<String>,
    /// The part of the accounts that is read; all where there is none.
    pub shard: Option<Shard>,
    /// The regions to read user pools of.
    pub regions: Regions,
    /// The resource types to read; empty for all.
    pub types: Vec<ResourceKind>,
    /// Whether users are read so that devices can be compared with them. Where [`types`](Self::types) do not name them,
    /// they are context: there, and not themselves reported.
    pub users_as_context: bool,
    /// Whether the accounts' own tags are read (`organizations:ListTagsForResource`, one call an account).
    pub account_tags: bool,
    /// Where tags are read from.
    pub tags_from: TagsFrom,
    /// Requests that may be open at once; without it, 16 for each account that is read at the time, up to 128.
    pub max_concurrency: Option<usize>,
    /// How long to wait for AWS.
    pub timeouts: Timeouts,
    /// When to stop with what there is.
    pub deadline: Option<Duration>,
}

impl Options {
    /// The types to report, sorted, each once.
    #[must_use]
    pub fn kinds(&self) -> Vec<ResourceKind> {
        ResourceKind::ALL.into_iter().filter(|kind| self.types.is_empty() || self.types.contains(kind)).collect()
    }

    /// The types to read: those to report, and users where devices are compared with them.
    #[must_use]
    pub fn kinds_read(&self) -> Vec<ResourceKind> {
        let mut kinds = self.kinds();
        if self.users_as_context && kinds.contains(&ResourceKind::Device) && !kinds.contains(&ResourceKind::User) {
            kinds.push(ResourceKind::User);
        }
        kinds
    }

    /// Whether flags choose among the accounts of the organization. That a shard does is another matter: all of them
    /// together are the whole.
    #[must_use]
    pub fn some_accounts(&self) -> bool {
        match &self.accounts {
            Accounts::Own | Accounts::Roles(_) => false,
            Accounts::Organization(organization) => !organization.units.is_empty() || !organization.excluded.is_empty(),
        }
    }
}

/// The accounts to read.
#[derive(Debug, Clone, Default)]
pub enum Accounts {
    /// The one that the credentials belong to.
    #[default]
    Own,
    /// Those of these roles, by ARN. Only they are read, not the credentials' own account.
    Roles(Vec<String>),
    /// The active accounts of the organization that the credentials' account manages, or is a delegated administrator of.
    Organization(Organization),
}

/// Which accounts of an organization.
#[derive(Debug, Clone, Default)]
pub struct Organization {
    /// The role to assume in each, its path in front where it has one. The credentials' own account needs none.
    pub role_name: String,
    /// Organizational units (`ou-…`) or the root (`r-…`), with all that is below them; empty for all.
    pub units: Vec<String>,
    /// Accounts that are left out.
    pub excluded: Vec<String>,
}

/// The regions to read user pools of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Regions {
    /// The configured one.
    #[default]
    Configured,
    /// These. One that an account has switched off is a gap.
    Named(Vec<String>),
    /// All that an account has enabled. One that it has switched off is merely listed.
    All,
}

impl Regions {
    /// The regions that were named.
    #[must_use]
    pub fn named(&self) -> &[String] {
        match self {
            Self::Named(names) => names,
            Self::Configured | Self::All => &[],
        }
    }
}

/// Where the tags of devices and user pools are read from. Users come with their tags either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TagsFrom {
    /// From the index where that saves calls and a policy says what to confirm; else directly.
    Auto,
    /// One call each, from the service itself: the truth.
    #[default]
    Direct,
    /// From the index of the Resource Groups Tagging API, a hundred a call, and directly what a policy would report.
    TaggingApi,
}

/// One of several runs that share the accounts between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which one, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Shard {
    /// Whether an account is this shard's. The choice depends on the account's number alone, so it is the same in every
    /// run and whatever other accounts there are.
    #[must_use]
    pub fn takes(self, account: &str) -> bool {
        let hash = Sha256::digest(account.as_bytes());
        let head = u64::from_be_bytes(hash[..8].try_into().expect("a SHA-256 has 32 bytes"));
        head % u64::from(self.of) == u64::from(self.number) - 1
    }
}

/// How long to wait for AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the answer to one request.
    pub attempt: Duration,
    /// For a call with all its retries. The SDK has no limit of its own.
    pub operation: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_millis(3100),
            attempt: Duration::from_secs(10),
            operation: Duration::from_mins(1),
        }
    }
}

/// Refuses what AWS would refuse, before the first call.
pub(super) fn check(options: &Options) -> Result<(), CollectError> {
    for name in options.regions.named() {
        super::region::check(name)?;
    }
    match &options.accounts {
        Accounts::Own => {}
        Accounts::Roles(roles) => {
            let mut seen = std::collections::BTreeSet::new();
            for arn in roles {
                let role = super::roles::parse(arn).ok_or_else(|| CollectError::BadRole { arn: arn.clone() })?;
                if !seen.insert(role.account) {
                    return Err(CollectError::TwoRoles { account: role.account.to_owned() });
                }
            }
        }
        Accounts::Organization(organization) => {
            if !super::roles::is_name(&organization.role_name) {
                return Err(CollectError::BadRoleName { name: organization.role_name.clone() });
            }
            if let Some(unit) = organization.units.iter().find(|unit| !is_unit(unit)) {
                return Err(CollectError::BadUnit { unit: unit.clone() });
            }
            if let Some(account) = organization.excluded.iter().find(|account| !super::roles::is_account(account)) {
                return Err(CollectError::BadAccount { account: account.clone() });
            }
        }
    }
    Ok(())
}

/// `ou-ab12-cd34ef56` or `r-ab12`, as the Organizations API has them.
fn is_unit(text: &str) -> bool {
    let word = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    match parts[..] {
        ["r", root] => (4..=32).contains(&root.len()) && word(root),
        ["ou", root, unit] => {
            (4..=32).contains(&root.len()) && (8..=32).contains(&unit.len()) && word(root) && word(unit)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_types_are_all_types() {
        assert_eq!(Options::default().kinds(), ResourceKind::ALL);
        let options =
            Options { types: vec![ResourceKind::User, ResourceKind::Device, ResourceKind::User], ..Options::default() };
        assert_eq!(options.kinds(), [ResourceKind::Device, ResourceKind::User]);
    }

    #[test]
    fn users_are_context_of_devices_alone() {
        let of =
            |types: &[ResourceKind]| Options { types: types.to_vec(), users_as_context: true, ..Options::default() };
        assert_eq!(of(&[ResourceKind::Device]).kinds_read(), [ResourceKind::Device, ResourceKind::User]);
        assert_eq!(of(&[ResourceKind::Pool]).kinds_read(), [ResourceKind::Pool]);
        assert_eq!(of(&[]).kinds_read(), ResourceKind::ALL);
    }

    #[test]
    fn shards_share_the_accounts_without_rest_or_overlap() {
        let accounts: Vec<String> = (0..1000).map(|i| format!("{:012}", 111_122_220_000_u64 + i)).collect();
        for of in [1, 2, 3, 7, 64] {
            let shares: Vec<usize> = (1..=of)
                .map(|number| accounts.iter().filter(|account| Shard { number, of }.takes(account)).count())
                .collect();
            assert_eq!(shares.iter().sum::<usize>(), accounts.len());
            let even = accounts.len() / of as usize;
            assert!(shares.iter().all(|share| *share > even / 3 && *share < even * 3 + 3), "{of}: {shares:?}");
        }
        // Written down: a later version must not deal the accounts anew.
        assert!(Shard { number: 1, of: 3 }.takes("111122223333"), "the hash has changed");
    }

    #[test]
    fn units_and_roots() {
        for (text, good) in [
            ("ou-ab12-cd34ef56", true),
            ("r-ab12", true),
            ("ou-ab12", false),
            ("o-abcdefghij", false),
            ("ou-AB12-cd34ef56", false),
            ("", false),
        ] {
            assert_eq!(is_unit(text), good, "{text}");
        }
    }
}
