//! The options of a run: what to read, where, and how.

use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::any_type::types::IndexedTypes;
use super::any_type::view_arn;
use super::client::pace::Pace;
use super::client::timeouts::Timeouts;
use super::error::CollectError;
use super::role_arn;
use crate::aws::supported::{self, SupportedType};
use crate::aws::{AccountId, Region};

/// The options of a run.
#[derive(Debug, Clone, Default)]
pub struct CollectOptions {
    /// The profile of the AWS configuration; if none, `AWS_PROFILE` or the default profile.
    pub profile: Option<String>,
    /// The accounts to read.
    pub accounts: AccountSelection,
    /// The external ids for the roles (`--external-id`).
    pub external_ids: ExternalIds,
    /// The share of the accounts to read; if none, all.
    pub shard: Option<Shard>,
    /// The regions to read.
    pub regions: RegionSelection,
    /// The resource types to read; empty for those that are read by default, or for none with
    /// [`accounts_as_resources`](Self::accounts_as_resources).
    pub types: Vec<&'static SupportedType>,
    /// The types without a reader of their own, which are read from AWS's indexes; if none, none are.
    pub indexed_types: Option<IndexedTypes>,
    /// The ARN of a view of Resource Explorer. Its resources are read, of all accounts that it shows, and nothing else.
    pub view: Option<String>,
    /// `true` to report the accounts of the organization as resources (`organizations:account`), with their own tags.
    pub accounts_as_resources: bool,
    /// The types that rules compare resources with. Those that [`types`](Self::types) do not name are read as context and
    /// not reported themselves.
    pub context_types: Vec<&'static SupportedType>,
    /// `true` to read the tags of the accounts themselves (`organizations:ListTagsForResource`, one call per account).
    pub account_tags: bool,
    /// The source of tags.
    pub tags_from: TagsFrom,
    /// The limit on open requests; if none, 16 for each account that is read at the time, up to 128.
    pub max_concurrency: Option<usize>,
    /// The time limits of AWS calls.
    pub timeouts: Timeouts,
    /// The pace of AWS calls.
    pub pace: Pace,
    /// The time after which the run stops; its result is then incomplete.
    pub deadline: Option<Duration>,
}

impl CollectOptions {
    /// The types to report, sorted, each once.
    #[must_use]
    pub fn reported_types(&self) -> Vec<&'static SupportedType> {
        let usual = self.types.is_empty() && !self.accounts_as_resources && self.indexed_types.is_none();
        let wanted = |each: &&SupportedType| if usual { each.by_default } else { self.types.contains(each) };
        supported::ALL.into_iter().filter(wanted).collect()
    }

    /// Returns `true` if accounts are entered. What is read from the organization or from a view needs no session in them.
    #[must_use]
    pub fn enters_accounts(&self) -> bool {
        self.view.is_none() && (self.indexed_types.is_some() || !self.types_to_read().is_empty())
    }

    /// The types to read: those to report and those that they are compared with.
    #[must_use]
    pub fn types_to_read(&self) -> Vec<&'static SupportedType> {
        let mut types = self.reported_types();
        for context in &self.context_types {
            if !types.contains(context) {
                types.push(context);
            }
        }
        types
    }

    /// Returns `true` if any type to report belongs to a region, so that the run needs regions.
    #[must_use]
    pub fn needs_regions(&self) -> bool {
        let indexed = self.indexed_types.is_some();
        self.view.is_none() && (indexed || self.reported_types().iter().any(|each| each.regional))
    }

    /// Returns `true` if flags select some accounts of the organization. A shard does not count: all shards together
    /// are the whole.
    #[must_use]
    pub fn some_accounts(&self) -> bool {
        match &self.accounts {
            AccountSelection::Own | AccountSelection::Roles(_) => false,
            AccountSelection::Organization(organization) => {
                !organization.units.is_empty() || !organization.excluded.is_empty()
            }
        }
    }
}

/// The accounts to read.
#[derive(Debug, Clone, Default)]
pub enum AccountSelection {
    /// The account of the credentials.
    #[default]
    Own,
    /// The accounts of these role ARNs, without the credentials' own account.
    Roles(Vec<String>),
    /// The active accounts of the organization of which the credentials' account is the management account or a delegated
    /// administrator.
    Organization(OrganizationSelection),
}

/// The external ids that the roles require.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExternalIds {
    /// The external id of roles without one of their own.
    pub of_all: Option<String>,
    /// The external ids of the roles in some accounts.
    pub by_account: BTreeMap<String, String>,
}

impl ExternalIds {
    /// The external id of the role in an account.
    #[must_use]
    pub fn of(&self, account: &str) -> Option<&str> {
        self.by_account.get(account).or(self.of_all.as_ref()).map(String::as_str)
    }
}

/// The accounts of an organization to read.
#[derive(Debug, Clone, Default)]
pub struct OrganizationSelection {
    /// The role to assume in each, with its path if it has one. The credentials' own account needs none.
    pub role_name: String,
    /// Organizational units (`ou-…`) or the root (`r-…`), with all units below them; empty for all.
    pub units: Vec<String>,
    /// The accounts to leave out.
    pub excluded: Vec<String>,
}

/// The regions to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RegionSelection {
    /// The configured region.
    #[default]
    Configured,
    /// These regions. One that an account has disabled is a gap.
    Named(Vec<String>),
    /// All regions that an account has enabled. Those that it has disabled are listed and no gap.
    All,
}

impl RegionSelection {
    /// The regions that were named.
    #[must_use]
    pub fn named(&self) -> &[String] {
        match self {
            Self::Named(names) => names,
            Self::Configured | Self::All => &[],
        }
    }
}

/// The source of tags. IAM users are listed with their tags, so it does not matter for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TagsFrom {
    /// The index if that saves calls and a policy determines what to confirm, otherwise the service itself.
    Auto,
    /// The service itself: one call for each resource, always current.
    #[default]
    Direct,
    /// The index of the Resource Groups Tagging API, 100 resources a call. What a policy would report is read from the
    /// service.
    TaggingApi,
}

impl TagsFrom {
    /// The sources with name and description.
    pub const ALL: [(&'static str, &'static str, Self); 3] = [
        (
            "auto",
            "`tagging-api` where that saves calls, else `direct`. `collect` has no policy and reads directly",
            Self::Auto,
        ),
        ("direct", "Read each resource's tags from its own service (always current)", Self::Direct),
        (
            "tagging-api",
            "Read the index of the Resource Groups Tagging API, 100 resources a call. What the policy would report is \
             read directly first. The index is some minutes late, so a tag that was just removed may still pass",
            Self::TaggingApi,
        ),
    ];
}

/// One of several runs that divide the accounts between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// The number of this run, from 1.
    pub number: u32,
    /// The number of runs.
    pub of: u32,
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Shard {
    /// Returns `true` if an account belongs to this shard. This depends on the account id alone, so it is the same in
    /// every run, whatever other accounts there are.
    #[must_use]
    pub fn takes(self, account: &str) -> bool {
        let hash = Sha256::digest(account.as_bytes());
        let head = u64::from_be_bytes(hash[..8].try_into().expect("a SHA-256 has 32 bytes"));
        head % u64::from(self.of) == u64::from(self.number) - 1
    }
}

/// Rejects values that AWS would reject, before the first call.
pub(crate) fn check(options: &CollectOptions) -> Result<(), CollectError> {
    for name in options.regions.named() {
        if !Region::is_valid(name) {
            return Err(CollectError::BadRegion { name: name.clone() });
        }
    }
    if let Some(arn) = options.view.as_deref().filter(|arn| view_arn::region_of(arn).is_none()) {
        return Err(CollectError::BadView { arn: arn.to_owned() });
    }
    match &options.accounts {
        AccountSelection::Own => {}
        AccountSelection::Roles(roles) => {
            let mut seen = std::collections::BTreeSet::new();
            for arn in roles {
                let role = role_arn::parse(arn).ok_or_else(|| CollectError::BadRole { arn: arn.clone() })?;
                if !seen.insert(role.account) {
                    return Err(CollectError::TwoRoles { account: role.account.to_owned() });
                }
            }
            let without_role = |account: &&String| !seen.contains(account.as_str());
            if let Some(account) = options.external_ids.by_account.keys().find(without_role) {
                return Err(CollectError::NoRole { account: account.clone() });
            }
        }
        AccountSelection::Organization(organization) => {
            if !role_arn::is_name(&organization.role_name) {
                return Err(CollectError::BadRoleName { name: organization.role_name.clone() });
            }
            if let Some(unit) = organization.units.iter().find(|unit| !is_unit(unit)) {
                return Err(CollectError::BadUnit { unit: unit.clone() });
            }
            if let Some(account) = organization.excluded.iter().find(|account| !AccountId::is_valid(account)) {
                return Err(CollectError::BadAccount { account: account.clone() });
            }
        }
    }
    Ok(())
}

/// Returns `true` if a text is the id of a unit (`ou-ab12-cd34ef56`) or a root (`r-ab12`), as the Organizations API
/// defines them.
pub(crate) fn is_unit(text: &str) -> bool {
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

    fn supported(name: &str) -> &'static SupportedType {
        supported::by_name(name).unwrap()
    }

    #[test]
    fn no_types_are_those_of_a_default_scan() {
        assert!(CollectOptions::default().reported_types().into_iter().eq(supported::by_default()));
        let [user, device] = ["iam:user", "iam:mfa"].map(supported);
        let options = CollectOptions { types: vec![user, device, user], ..CollectOptions::default() };
        assert_eq!(options.reported_types(), [device, user]);
    }

    #[test]
    fn types_of_context_are_read_and_not_reported() {
        let [user, device] = ["iam:user", "iam:mfa"].map(supported);
        for (types, read) in [(vec![device], vec![device, user]), (vec![user], vec![user])] {
            let options =
                CollectOptions { types: types.clone(), context_types: vec![user], ..CollectOptions::default() };
            assert_eq!((options.types_to_read(), options.reported_types()), (read, types));
        }
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
        // A later version must not distribute the accounts differently.
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
