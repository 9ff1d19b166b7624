//! A plan read back. Nobody vouches for the file: whoever can change it must not be able to do more with it than a fix
//! could, so everything that can be worked out again is, and what differs is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use super::model::{Change, Plan, VERSION, hash_tags};
use super::target::Target;
use crate::aws::{TagLimits, fold_key, same_key};
use crate::base::quote;
use crate::rule::ViolationKind;

/// The longest plan, in bytes.
pub const MAX_PLAN: u64 = 256 << 20;

/// No honest text of a plan is longer, in bytes; a message names keys and values, which are shorter by far.
const MAX_TEXT: usize = 16 << 10;

/// Why a plan is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// It can't be read.
    #[error("{0}")]
    Read(#[from] std::io::Error),
    /// It is longer than any plan.
    #[error("longer than {} MiB", MAX_PLAN >> 20)]
    Long,
    /// Not JSON, or not a plan.
    #[error("not a plan: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by a later taglint.
    #[error("plan version {0}; this taglint reads version {VERSION}")]
    Version(u32),
    /// A part of it contradicts another, or is no such thing.
    #[error("{what}: {why}")]
    Wrong {
        /// Which part.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

/// Reads a plan and checks every part of it.
///
/// # Errors
/// [`PlanError`] where it is no plan, or one that no taglint wrote.
pub fn read(input: impl Read) -> Result<Plan, PlanError> {
    let mut text = Vec::new();
    input.take(MAX_PLAN + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_PLAN {
        return Err(PlanError::Long);
    }
    let plan: Plan = serde_json::from_slice(&text)?;
    if plan.taglint != "plan" {
        return Err(wrong("taglint", "it must be `plan`"));
    }
    if plan.version != VERSION {
        return Err(PlanError::Version(plan.version));
    }
    if plan.created.parse::<jiff::Timestamp>().is_err() {
        return Err(wrong("created", "not a time (RFC 3339)"));
    }
    if !is_hash(&plan.policy.hash) {
        return Err(wrong("policy", "its hash is none"));
    }
    let sorted = plan.accounts.windows(2).all(|pair| pair[0] < pair[1]);
    if !sorted || !plan.accounts.iter().all(|id| id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit())) {
        return Err(wrong("accounts", "not sorted numbers of twelve digits, each once"));
    }
    let mut seen = BTreeSet::new();
    for change in &plan.changes {
        let named = |why: String| PlanError::Wrong { what: format!("the change of {}", quote(&change.arn)), why };
        check(change, &plan.accounts).map_err(named)?;
        if !seen.insert(change.arn.as_str()) {
            return Err(named("it is there twice".to_owned()));
        }
    }
    for left in &plan.not_fixed {
        let long =
            [&left.arn, &left.reason, &left.resource_type, &left.ask.key].iter().any(|text| text.len() > MAX_TEXT);
        if long {
            return Err(wrong("not-fixed", "a text longer than any"));
        }
    }
    Ok(plan)
}

fn wrong(what: &str, why: &str) -> PlanError {
    PlanError::Wrong { what: what.to_owned(), why: why.to_owned() }
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a change is one that a plan could have: of a resource that exists by its ARN, with tags that its service
/// takes, and with no effect but the one that it shows.
fn check(change: &Change, accounts: &[String]) -> Result<(), String> {
    let target = Target::of(&change.arn).ok_or("no user, MFA device or user pool has such an ARN")?;
    let ours = (change.kind.as_str(), change.account.as_str(), change.region.as_deref());
    if ours != (target.kind, target.account, target.region) {
        return Err("its type, account or region is not the one of its ARN".to_owned());
    }
    if !accounts.contains(&change.account) {
        return Err("its account is not one that the plan looked at".to_owned());
    }
    let id = change.id.as_deref().filter(|_| target.kind == "cognito-idp:userpool");
    if id.is_some_and(|id| id != target.name) {
        return Err("its id is not the one of its ARN".to_owned());
    }
    if target.kind == "iam:user" && change.name.as_deref().is_some_and(|name| name != target.name) {
        return Err("its name is not the one of its ARN".to_owned());
    }
    if change.user.is_some() && (target.kind != "iam:mfa" || change.unassigned) {
        return Err("only an MFA device is given to a user".to_owned());
    }
    let texts = [&change.account_name, &change.created, &change.user, &change.name, &change.id];
    let tags = change.account_tags.iter().flatten().flat_map(|(key, value)| [key, value]);
    if texts.into_iter().flatten().chain(tags).any(|text| text.len() > MAX_TEXT) {
        return Err("a text longer than any".to_owned());
    }
    if change.rules.is_empty() || change.rules.iter().any(|ask| !known_kind(&ask.kind)) {
        return Err("no rule asks for it".to_owned());
    }
    if change.read != hash_tags(&change.before) {
        return Err("`read` is not the hash of `before`".to_owned());
    }
    effect(change)?;
    feasible(&change.before, &change.set, &change.remove, &change.after, TagLimits::of(&change.kind))
}

fn known_kind(name: &str) -> bool {
    name == "set" || name.parse::<ViolationKind>().is_ok()
}

/// Whether what it sets, removes and renames is what makes `after` of `before`, and nothing besides.
fn effect(change: &Change) -> Result<(), String> {
    let fold = TagLimits::of(&change.kind).folds_case;
    if change.set.is_empty() && change.remove.is_empty() {
        return Err("it changes nothing".to_owned());
    }
    if change.after != change.carried_out(&change.before) {
        return Err("`after` is not what `set` and `remove` make of `before`".to_owned());
    }
    for (key, value) in &change.set {
        if change.before.get(key) == Some(value) {
            return Err(format!("it sets {}, which is so already", quote(key)));
        }
    }
    for key in &change.remove {
        if !change.before.contains_key(key) || key.starts_with("aws:") {
            return Err(format!("it removes {}, which is not there or AWS's own", quote(key)));
        }
        let meets = |other: &String| if fold { same_key(key, other) } else { key == other };
        if change.set.keys().any(meets) {
            return Err(format!("it removes {}, which it writes", quote(key)));
        }
    }
    for rename in &change.renames {
        let replaced = fold && same_key(&rename.from, &rename.to);
        let gone = change.remove.contains(&rename.from) || replaced && change.before.contains_key(&rename.from);
        if !gone || !change.set.contains_key(&rename.to) {
            return Err(format!("it does not rename {} as it says", quote(&rename.from)));
        }
    }
    Ok(())
}

/// Whether the service would take what is written, and keep what there would be then.
pub(in crate::fix) fn feasible(
    before: &BTreeMap<String, String>,
    set: &BTreeMap<String, String>,
    remove: &BTreeSet<String>,
    after: &BTreeMap<String, String>,
    service: TagLimits,
) -> Result<(), String> {
    if let Some(key) = remove.iter().find(|key| crate::aws::is_aws_key(key)) {
        return Err(format!("{} is AWS's own", quote(key)));
    }
    for (key, value) in set {
        if let Some(why) = crate::rule::refused(key, value, service) {
            return Err(format!("{} would refuse the tag {}: {why}", service.name, quote(key)));
        }
    }
    let own = after.keys().filter(|key| !key.starts_with("aws:")).count();
    if own > service.max_tags as usize {
        return Err(format!("there would be {own} tags, and {} takes {}", service.name, service.max_tags));
    }
    if !service.folds_case {
        return Ok(());
    }
    // Two spellings that were read of a user are no state that AWS knows: what a write would make of it nobody knows.
    for tags in [before, after] {
        let mut folded = BTreeMap::new();
        for key in tags.keys() {
            if let Some(other) = folded.insert(fold_key(key), key) {
                return Err(format!("{} and {} are one key to {}", quote(other), quote(key), service.name));
            }
        }
    }
    for key in set.keys().chain(remove) {
        let unclear = |other: &&String| same_key(key, other) != key.eq_ignore_ascii_case(other);
        if let Some(other) = before.keys().chain(after.keys()).find(unclear) {
            let pair = format!("{} and {}", quote(key), quote(other));
            return Err(format!("whether {} takes {pair} for one key is not documented", service.name));
        }
    }
    Ok(())
}
