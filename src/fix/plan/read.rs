//! Reading and validation of plan files.
//!
//! A plan file is untrusted input. Whoever can edit it must not be able to do more with it than a fix could, so everything
//! that can be computed again is compared.

use std::collections::BTreeSet;
use std::io::Read;

use super::feasibility;
use super::model::{Change, Plan, VERSION};
use crate::aws::supported::{IdForm, ResourceArn, iam_role};
use crate::aws::{AccountId, KeyIdentity, TagLimits, TaggableArn, is_aws_key};
use crate::base::{quote, read_start};
use crate::fix::tags::hash_tags;
use crate::rule::ViolationKind;

/// The maximum size of a plan file in bytes.
pub const MAX_PLAN: u64 = 256 << 20;

/// The maximum length of a text in bytes. Messages quote keys and values, which are far shorter.
const MAX_TEXT: usize = 16 << 10;

/// The reason why a change or journal of another resource is rejected.
pub(in crate::fix) fn not_taggable() -> String {
    "not an ARN of a form that a taggable type has (docs/types.md)".to_owned()
}

/// The reason why a plan is rejected.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error("{0}")]
    Read(#[from] std::io::Error),
    /// The file is too large.
    #[error("larger than {} MiB", MAX_PLAN >> 20)]
    Long,
    /// The text is not JSON, or not a plan.
    #[error("not a plan: {0}")]
    Json(#[from] serde_json::Error),
    /// The format version is unknown.
    #[error("plan version {0} is not supported; this taglint reads version {VERSION}")]
    Version(u32),
    /// A part is invalid or contradicts another part.
    #[error("{what}: {why}")]
    Wrong {
        /// The part.
        what: String,
        /// The problem.
        why: String,
    },
}

/// Reads a plan and validates every part of it.
///
/// # Errors
/// [`PlanError`] if it is not a plan, or not one that taglint wrote.
pub fn read(input: impl Read) -> Result<Plan, PlanError> {
    let text = read_start(input, MAX_PLAN + 1)?;
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
        return Err(wrong("policy", "`hash` is not a SHA-256 in hex"));
    }
    let sorted = plan.accounts.windows(2).all(|pair| pair[0] < pair[1]);
    if !sorted || !plan.accounts.iter().all(|id| AccountId::is_valid(id)) {
        return Err(wrong("accounts", "they must be unique account ids in ascending order"));
    }
    let mut seen = BTreeSet::new();
    for change in &plan.changes {
        let named = |why: String| PlanError::Wrong { what: format!("the change of {}", quote(&change.arn)), why };
        check(change, &plan.accounts).map_err(named)?;
        if !seen.insert(change.arn.as_str()) {
            return Err(named("it occurs twice".to_owned()));
        }
    }
    for left in &plan.not_fixed {
        let long =
            [&left.arn, &left.reason, &left.resource_type, &left.finding.key].iter().any(|text| text.len() > MAX_TEXT);
        if long {
            return Err(wrong("not-fixed", "a text is too long"));
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

/// Checks that a change is possible: its resource fields agree with its ARN, its service accepts the tags, and `set`,
/// `remove` and `renames` have exactly the effect that `before` and `after` show.
fn check(change: &Change, accounts: &[String]) -> Result<(), String> {
    let arn = TaggableArn::parse(&change.arn).ok_or_else(not_taggable)?;
    let place = arn.place(Some(&change.account), change.region.as_deref());
    let region = place.as_ref().ok().map(|place| place.region.as_deref());
    if !arn.is_of(&change.kind) || region != Some(change.region.as_deref()) {
        return Err("its type, account or region differs from its ARN".to_owned());
    }
    if !accounts.contains(&change.account) {
        return Err("its account is not among the plan's accounts".to_owned());
    }
    match arn.native {
        Some(native) => check_native(change, &native)?,
        None if change.user.is_some() => return Err("only an assigned MFA device has a user".to_owned()),
        None => {}
    }
    let texts = [&change.account_name, &change.account_ou, &change.created, &change.user, &change.name, &change.id];
    let tags = change.account_tags.iter().flatten().flat_map(|(key, value)| [key, value]);
    if texts.into_iter().flatten().chain(tags).any(|text| text.len() > MAX_TEXT) {
        return Err("a text is too long".to_owned());
    }
    if change.rules.is_empty() || change.rules.iter().any(|reason| !known_kind(&reason.kind)) {
        return Err("it has no valid reason".to_owned());
    }
    if change.read != hash_tags(&change.before) {
        return Err("`read` is not the hash of `before`".to_owned());
    }
    effect(change)?;
    feasibility::check(&change.kind, &change.before, &change.after)
}

/// Checks the fields that the ARN of a supported type decides.
fn check_native(change: &Change, arn: &ResourceArn<'_>) -> Result<(), String> {
    let kind = arn.resource_type;
    if *kind == iam_role::TYPE && arn.path().is_some_and(|path| iam_role::is_path_of_aws(&path)) {
        return Err("AWS made the role and decides its tags".to_owned());
    }
    // Only the ARN of a pool contains the id. The id of an IAM user is not part of its ARN.
    let id = change.id.as_deref().filter(|_| kind.regional);
    if id.is_some_and(|id| id != arn.name) {
        return Err("its id differs from its ARN".to_owned());
    }
    // Only the ARN of a user ends with the name alone: that of a device has path and name together, and that of a user
    // pool has no name.
    if kind.arn.id == IdForm::PathAndName && change.name.as_deref().is_some_and(|name| name != arn.name) {
        return Err("its name differs from its ARN".to_owned());
    }
    if change.user.is_some() && (!kind.assigned_to_user || change.unassigned) {
        return Err("only an assigned MFA device has a user".to_owned());
    }
    Ok(())
}

fn known_kind(name: &str) -> bool {
    name == "set" || name.parse::<ViolationKind>().is_ok()
}

/// Checks that `set`, `remove` and `renames` are exactly what turns `before` into `after`.
fn effect(change: &Change) -> Result<(), String> {
    let limits = TagLimits::of(&change.kind);
    let same = |a: &str, b: &str| limits.key_identity(a, b) == KeyIdentity::Same;
    if change.set.is_empty() && change.remove.is_empty() {
        return Err("it changes nothing".to_owned());
    }
    if change.after != change.apply_to(&change.before) {
        return Err("`set` and `remove` do not turn `before` into `after`".to_owned());
    }
    for (key, value) in &change.set {
        if change.before.get(key) == Some(value) {
            return Err(format!("it sets {}, which already has that value", quote(key)));
        }
    }
    for key in &change.remove {
        if !change.before.contains_key(key) || is_aws_key(key) {
            return Err(format!("it removes {}, which does not exist or is reserved by AWS", quote(key)));
        }
        if change.set.keys().any(|other| same(key, other)) {
            return Err(format!("it both removes and writes {}", quote(key)));
        }
    }
    for rename in &change.renames {
        let replaced = same(&rename.from, &rename.to);
        let gone = change.remove.contains(&rename.from) || replaced && change.before.contains_key(&rename.from);
        if !gone || !change.set.contains_key(&rename.to) {
            return Err(format!("its rename of {} differs from `set` and `remove`", quote(&rename.from)));
        }
    }
    Ok(())
}
