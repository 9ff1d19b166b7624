//! The options of the collector, from flags and environment.

use std::time::Duration;

use super::super::Failure;
use super::super::inputs::known_names;
use super::emulator_pace::pace;
use crate::aws::resource_types::{self, ResourceType};
use crate::aws::supported::{self, SupportedType};
use crate::aws::{AccountId, TypeGlobs};
use crate::base::{Globs, nearest, quote};
use crate::cli::{ConnectionArgs, LiveArgs};
use crate::collect::{
    ACCOUNT_TYPE, AccountSelection, CollectOptions, ExternalIds, IndexedTypes, OrganizationSelection, RegionSelection,
    Shard, Timeouts,
};

/// The environment variables with the index of a job, counted from 0.
const INDEXES: [&str; 2] = ["AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX"];

/// The options that the flags give.
pub(crate) fn options(args: &LiveArgs, connection: &ConnectionArgs) -> Result<CollectOptions, Failure> {
    let accounts = accounts(args);
    if !args.external_id.is_empty() && matches!(accounts, AccountSelection::Own) {
        return Err(
            Failure::new("--external-id without a role").help("it belongs to --role-arn or --organization --role-name")
        );
    }
    let accounts_as_resources = args.types.iter().any(|name| is_account_type(name));
    if accounts_as_resources && !args.organization {
        return Err(Failure::new(format!("--type {ACCOUNT_TYPE} needs --organization"))
            .help("the accounts are those of the organization; add --organization --role-name NAME"));
    }
    Ok(CollectOptions {
        accounts,
        accounts_as_resources,
        account_tags: accounts_as_resources,
        external_ids: external_ids(&args.external_id)?,
        shard: args.shard.as_deref().map(|text| shard(text, |name| std::env::var(name).ok())).transpose()?,
        regions: match (args.all_regions, &args.region[..]) {
            (true, _) => RegionSelection::All,
            (false, []) => RegionSelection::Configured,
            (false, named) => RegionSelection::Named(named.to_vec()),
        },
        types: if args.from_view.is_some() { Vec::new() } else { types(&args.types)? },
        indexed_types: indexed_types(args)?,
        view: args.from_view.clone(),
        tags_from: args.tags_from,
        ..self::connection(connection)?
    })
}

/// Rejects `--from-view` for a command that needs sessions in the accounts.
pub(crate) fn reject_view(args: &LiveArgs, command: &str) -> Result<(), Failure> {
    if args.from_view.is_none() {
        return Ok(());
    }
    Err(Failure::new(format!("--from-view has no effect: {command} reads the accounts themselves"))
        .help("leave it out; `taglint scan` and `taglint collect` read a view"))
}

/// The options of the connection alone.
pub(super) fn connection(args: &ConnectionArgs) -> Result<CollectOptions, Failure> {
    Ok(CollectOptions {
        profile: args.profile.clone(),
        max_concurrency: args.max_concurrency.map(usize::from),
        timeouts: timeouts(args),
        pace: pace(&std::env::vars_os().collect::<Vec<_>>())?,
        deadline: args.deadline.as_deref().map(duration).transpose()?,
        ..CollectOptions::default()
    })
}

fn accounts(args: &LiveArgs) -> AccountSelection {
    match (&args.role_name, args.organization) {
        (Some(role_name), true) => AccountSelection::Organization(OrganizationSelection {
            role_name: role_name.clone(),
            units: args.ou.clone(),
            excluded: args.exclude_account.clone(),
        }),
        _ if !args.role_arn.is_empty() => AccountSelection::Roles(args.role_arn.clone()),
        _ => AccountSelection::Own,
    }
}

/// The external ids: `ID` of all roles, `ACCOUNT=ID` of the role in one account.
pub(super) fn external_ids(given: &[String]) -> Result<ExternalIds, Failure> {
    let mut ids = ExternalIds::default();
    for text in given {
        let of_account = text.split_once('=').filter(|(account, _)| AccountId::is_valid(account));
        let id = of_account.map_or(text.as_str(), |(_, id)| id);
        let good = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
        if !(2..=1224).contains(&id.len()) || !id.chars().all(good) {
            return Err(Failure::new(format!("--external-id {}: not a valid external id", quote(text))).help(
                "an external id has 2 to 1,224 letters, digits and _+=,.@:/- (AWS STS API Reference, AssumeRole)",
            ));
        }
        let before = match of_account {
            Some((account, _)) => ids.by_account.insert(account.to_owned(), id.to_owned()),
            None => ids.of_all.replace(id.to_owned()),
        };
        if before.is_some() {
            return Err(Failure::new(format!("--external-id {}: there are two for the same roles", quote(text)))
                .help("write --external-id 111122223333=ID for the role in one account"));
        }
    }
    Ok(ids)
}

fn timeouts(args: &ConnectionArgs) -> Timeouts {
    let limit =
        |seconds: Option<u16>, default: Duration| seconds.map_or(default, |s| Duration::from_secs(u64::from(s)));
    let defaults = Timeouts::default();
    let attempt = limit(args.read_timeout, defaults.attempt);
    Timeouts {
        connect: limit(args.connect_timeout, defaults.connect),
        attempt,
        // The default limits have the same ratio.
        operation: args.read_timeout.map_or(defaults.operation, |_| attempt * 6),
    }
}

/// The value of `--type` that stands for every type.
const ALL_TYPES: &str = "all";

/// The types to read from AWS's indexes: those without a reader of their own, or with a view all.
fn indexed_types(args: &LiveArgs) -> Result<Option<IndexedTypes>, Failure> {
    let named = args.types.iter().map(String::as_str).filter(|name| !is_account_type(name));
    types(&args.types)?;
    Ok(match &args.from_view {
        _ if args.types.iter().any(|name| name == ALL_TYPES) => Some(IndexedTypes::all()),
        Some(_) if args.types.is_empty() => Some(IndexedTypes::all()),
        Some(_) => Some(IndexedTypes::of_view(named)),
        None => IndexedTypes::named(named),
    })
}

/// The supported types that names or globs match, in any of the types' names. Names of other types of the table are good
/// too.
fn types(names: &[String]) -> Result<Vec<&'static SupportedType>, Failure> {
    let mut out: Vec<&'static SupportedType> = Vec::new();
    for name in names {
        let matched = matching(name);
        if matched.is_empty() && !is_account_type(name) && IndexedTypes::named([name.as_str()]).is_none() {
            return Err(unknown_type(name));
        }
        for one in matched {
            if !out.iter().any(|had| had.name == one.name) {
                out.push(one);
            }
        }
    }
    Ok(out)
}

/// The error for a name that no type has.
fn unknown_type(name: &str) -> Failure {
    let failure = Failure::new(format!("--type {}: not a type that can be read live", quote(name)));
    if resource_types::is_untagged(name) {
        return failure.help("resources of the type cannot carry tags");
    }
    let known = supported::ALL.iter().map(|each| each.name).chain([ACCOUNT_TYPE]);
    let table = resource_types::all().iter().flat_map(ResourceType::names);
    match nearest(name, table) {
        Some(near) if supported::by_name(near).is_none() => {
            failure.help(format!("did you mean {}? docs/types.md lists the types", quote(near)))
        }
        _ => failure.help(known_names(name, known, "types")),
    }
}

/// Returns `true` for a name of the type of accounts, or a glob over its service. A glob that matches supported types leaves
/// it out: accounts are read only if they are named.
fn is_account_type(name: &str) -> bool {
    matching(name).is_empty() && TypeGlobs::new(Globs::new([name])).matches(ACCOUNT_TYPE)
}

/// The supported types that a name or glob matches.
fn matching(name: &str) -> Vec<&'static SupportedType> {
    if name == ALL_TYPES {
        return supported::ALL.to_vec();
    }
    let globs = TypeGlobs::new(Globs::new([name]));
    supported::ALL.into_iter().filter(|each| globs.matches(each.name)).collect()
}

/// Returns `true` if `--type` leaves out a type that a scan without it reads.
pub(super) fn narrows(types: &[String]) -> bool {
    let chosen: Vec<&str> = types.iter().flat_map(|name| matching(name)).map(|each| each.name).collect();
    !types.is_empty() && supported::by_default().any(|each| !chosen.contains(&each.name))
}

/// A shard: `I/N`, or `N` with the index from the environment.
fn shard(text: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Shard, Failure> {
    let wrong = |why: &str| {
        Failure::new(format!("--shard {}: {why}", quote(text)))
            .help("write --shard 1/4 for the first of four shares, or --shard 4 in an AWS Batch array job or a Kubernetes Indexed Job")
    };
    let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n > 0).ok_or_else(|| wrong("not a share"));
    let (number, of) = if let Some((i, n)) = text.split_once('/') {
        (number(i)?, number(n)?)
    } else {
        let Some((name, index)) = INDEXES.iter().find_map(|name| Some((name, environment(name)?))) else {
            return Err(wrong(&format!("neither {} nor {} is set", INDEXES[0], INDEXES[1])));
        };
        let first = index.parse::<u32>().ok().and_then(|index| index.checked_add(1));
        (first.ok_or_else(|| wrong(&format!("{name} is not an index: {}", quote(&index))))?, number(text)?)
    };
    if number > of {
        return Err(wrong(&format!("there is no share {number} of {of}")));
    }
    Ok(Shard { number, of })
}

/// The job index in the environment that no flag uses.
pub(super) fn unused_index(args: &LiveArgs) -> Option<&'static str> {
    INDEXES.into_iter().find(|name| args.shard.is_none() && std::env::var_os(name).is_some())
}

/// A duration such as `90s`, `30m` or `1h30m`.
fn duration(text: &str) -> Result<Duration, Failure> {
    let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok());
    parsed.filter(|time| !time.is_zero()).ok_or_else(|| {
        Failure::new(format!("--deadline {}: not a duration", quote(text)))
            .help("write a duration such as 90s, 30m or 1h30m")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_all_of_its_names() {
        let named = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            types(&names).map(|types| types.iter().map(|one| one.name).collect::<Vec<_>>())
        };
        for user in ["iam:user", "aws_iam_user", "AWS::IAM::User", "awscc_iam_user"] {
            assert_eq!(named(&[user, "iam:user"]).ok().unwrap(), ["iam:user"], "{user}");
        }
        let mut some = named(&["iam:m*", "iam:user", "aws_cognito_user_pool"]).ok().unwrap();
        some.sort_unstable();
        assert_eq!(some, ["cognito-idp:userpool", "iam:mfa", "iam:user"]);
        assert_eq!(named(&["all"]).ok().unwrap().len(), supported::ALL.len());
        for account in ["organizations:account", "aws_organizations_account", "organizations:*"] {
            assert!(is_account_type(account) && named(&[account]).ok().unwrap().is_empty(), "{account}");
        }
        assert!(!is_account_type("*") && !is_account_type("iam:*"));
        for wrong in ["iam:users", "s3:buckets", "aws_s4_*", "AWS::IAM::Group"] {
            assert!(named(&[wrong]).is_err(), "{wrong}");
        }
        assert!(narrows(&["aws_iam_*".to_owned()]) && !narrows(&["*".to_owned()]));
    }

    #[test]
    fn shards_come_from_the_flag_or_the_job() {
        let batch = |name: &str| (name == "AWS_BATCH_JOB_ARRAY_INDEX").then(|| "2".to_owned());
        let kubernetes = |name: &str| (name == "JOB_COMPLETION_INDEX").then(|| "0".to_owned());
        let of = |text: &str, env: &dyn Fn(&str) -> Option<String>| shard(text, env).ok().map(|s| (s.number, s.of));
        assert_eq!(of("1/4", &|_| None), Some((1, 4)));
        assert_eq!(of("1/4", &batch), Some((1, 4)), "the flag is stronger");
        assert_eq!(of("4", &batch), Some((3, 4)));
        assert_eq!(of("4", &kubernetes), Some((1, 4)));
        for (text, env) in
            [("4", ""), ("2", "2"), ("4", "x"), ("4", "-1"), ("0/4", ""), ("5/4", ""), ("a/b", ""), ("1/0", "")]
        {
            let environment = |name: &str| (name == INDEXES[0] && !env.is_empty()).then(|| env.to_owned());
            assert_eq!(of(text, &environment), None, "{text} {env}");
        }
    }

    #[test]
    fn external_ids_are_of_all_roles_or_of_one_account() {
        let ids = |given: &[&str]| external_ids(&given.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
        let some = ids(&["word", "111122223333=a=b", "444455556666=cd"]).ok().unwrap();
        let found = ["111122223333", "444455556666", "123456789012"].map(|account| some.of(account));
        assert_eq!(found, [Some("a=b"), Some("cd"), Some("word")]);
        assert_eq!(ids(&["a=b"]).ok().unwrap().of("1"), Some("a=b"), "no account id in front");
        for bad in [
            &["x"][..],
            &["a b"],
            &["é-word"],
            &["111122223333=x"],
            &["one", "two"],
            &["111122223333=aa", "111122223333=bb"],
        ] {
            assert!(ids(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn durations_have_units() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400)] {
            assert_eq!(duration(text).ok(), Some(Duration::from_secs(seconds)), "{text}");
        }
        for bad in ["", "0s", "-5m", "30", "soon"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
