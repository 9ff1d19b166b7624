//! From TOML to [`Policy`]: [`fields`] describes the language, `compile` reads one file, [`load()`] follows `extends` and
//! combines files.

mod compile;
pub mod fields;
mod grace;
mod load;
mod policy_hash;
pub mod remote;
pub mod settings;
mod target;
mod template;

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::aws::TypeGlobs;
use crate::base::Globs;
use crate::base::{Diagnostic, SourceFile, Span, count};
use crate::model::{Day, Resource};
use crate::rule::{Check as _, Condition, DeclaredKeys, RuleKind, Truth, is_made_by_aws};

pub use grace::Grace;
pub use load::{
    COPIES, FetchRemote, LOCK_FILE, LoadError, LockedFile, MAX_FILE, PACKS, PolicyFiles, PolicySource, find, lexical,
    load, load_fetching, load_files, parse_text, read_lock, root_files, root_files_of, write_lock,
};
pub use policy_hash::policy_hash;
pub use target::{RuleHead, Target, Within};
pub use template::MessageTemplate;

/// The id of the SARIF result that counts omitted findings.
pub const TRUNCATED_RULE: &str = "taglint-truncated";

/// The severity of a finding, the most severe first.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
#[allow(missing_docs)]
pub enum Severity {
    Error,
    Warning,
    Note,
}

impl Severity {
    /// All severities, the most severe first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// The name in policies and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The name with its article, such as "an error".
    #[must_use]
    pub fn with_article(self) -> String {
        let article = if self == Self::Error { "an" } else { "a" };
        format!("{article} {}", self.name())
    }
}

/// A place in a policy file.
#[derive(Debug, Clone)]
pub struct PolicyLocation {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The byte range.
    pub span: Span,
}

/// One compiled rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The name in reports.
    pub id: String,
    /// The purpose.
    pub description: String,
    /// The severity of its findings.
    pub severity: Severity,
    /// The resource types that it applies to; empty for every type.
    pub resources: TypeGlobs,
    /// The check.
    pub kind: RuleKind,
    /// The condition under which it applies.
    pub when: Option<Condition>,
    /// The condition under which it does not apply.
    pub unless: Option<Condition>,
    /// The message of its findings, if the policy sets one.
    pub message: Option<MessageTemplate>,
    /// The text shown with its findings.
    pub help: Option<String>,
    /// The labels.
    pub labels: Vec<String>,
    /// The days of the grace period: a finding of a younger resource is a note.
    pub grace: Option<i32>,
    /// `true` if a waiver may cover the rule.
    pub waivable: bool,
    /// `true` if a value that violates it may be a secret, which no finding of the resource shows.
    pub sensitive: bool,
    /// The fields that its author wrote, those of its conditions too.
    pub written: Vec<&'static str>,
    /// The place in its file.
    pub origin: PolicyLocation,
}

impl Rule {
    /// Returns `true` if the rule applies to this type of resource, by any of the type's names.
    #[must_use]
    pub fn concerns(&self, kind: &str) -> bool {
        self.resources.is_empty() || self.resources.matches(kind)
    }

    /// Whether the rule may apply to some resource of a type, as far as its conditions on the type tell.
    #[must_use]
    pub fn may_concern(&self, kind: &str) -> bool {
        self.concerns(kind)
            && self.when.as_ref().is_none_or(|when| when.settled_by_type(kind) != Some(false))
            && self.unless.as_ref().is_none_or(|unless| unless.settled_by_type(kind) != Some(true))
    }

    /// The conditions, and those inside them.
    #[must_use]
    pub fn conditions(&self) -> Vec<&Condition> {
        [&self.when, &self.unless].into_iter().flatten().flat_map(Condition::with_inner).collect()
    }

    /// Returns `true` if a condition of the rule asks for the manager of a resource (`managed-by`).
    #[must_use]
    pub fn asks_for_manager(&self) -> bool {
        self.conditions().iter().any(|condition| !condition.managed_by.is_empty())
    }

    /// Returns `true` if the rule leaves a resource out because AWS made it and no condition asks for the manager.
    #[must_use]
    pub fn leaves_to_aws(&self, resource: &Resource<'_>) -> bool {
        is_made_by_aws(resource) && !self.asks_for_manager()
    }

    /// Returns `true` if the rule's conditions are met for a resource, or may be.
    #[must_use]
    pub fn may_apply(&self, resource: &Resource<'_>, today: Day) -> bool {
        !self.leaves_to_aws(resource)
            && self.when.as_ref().is_none_or(|when| when.truth(resource, today) != Truth::False)
            && self.unless.as_ref().is_none_or(|unless| unless.truth(resource, today) != Truth::True)
    }
}

/// A waiver: a known exception.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// The ids of the rules.
    pub rules: Globs,
    /// The ARNs or addresses of the resources.
    pub resources: Globs,
    /// The reason.
    pub reason: String,
    /// The person or team responsible.
    pub owner: Option<String>,
    /// The first day on which it is valid, if it has one.
    pub from: Option<Day>,
    /// The last day on which it is valid.
    pub expires: Day,
    /// The place in its file.
    pub origin: PolicyLocation,
}

impl Waiver {
    /// Returns `true` if the waiver is valid on a day.
    #[must_use]
    pub fn holds_on(&self, day: Day) -> bool {
        day <= self.expires && self.from.is_none_or(|from| from <= day)
    }
}

/// A test of the rules.
#[derive(Debug, Clone)]
pub struct TestCase {
    /// The name.
    pub name: String,
    /// The resource.
    pub resource: Resource<'static>,
    /// The expected findings, `rule` or `rule:kind`.
    pub expect: Vec<String>,
    /// The rules whose result is unknown.
    pub unknown: Vec<String>,
    /// More resources of the input.
    pub others: Vec<Resource<'static>>,
    /// The day of the run.
    pub today: Option<Day>,
    /// The place in its file.
    pub origin: PolicyLocation,
}

/// A file with the items of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListSource {
    /// The name of the list.
    pub name: String,
    /// The file.
    pub file: PathBuf,
    /// The SHA-256 of its content, in hex.
    pub sha256: String,
    /// The number of its items.
    pub items: usize,
}

/// A shared list of a policy.
#[derive(Debug, Clone)]
pub struct PolicyList {
    /// The name.
    pub name: String,
    /// The items.
    pub items: Arc<[String]>,
    /// The place of its name in the file that declares it.
    pub origin: PolicyLocation,
}

/// A compiled policy.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The name; that of its first file if it sets none.
    pub name: String,
    /// The description.
    pub description: Option<String>,
    /// `true` if comments in source may waive findings.
    pub inline_waivers: bool,
    /// The longest time of a waiver, in days.
    pub max_waiver: Option<i32>,
    /// The rules, by id.
    pub rules: Vec<Rule>,
    /// The targets, by id.
    pub targets: Vec<Target>,
    /// The waivers of the policy's own files.
    pub waivers: Vec<Waiver>,
    /// The tests of the policy's own files.
    pub tests: Vec<TestCase>,
    /// The keys that the rules and conditions name.
    pub declared: DeclaredKeys,
    /// The files that were read, the policy's own first.
    pub files: Vec<PathBuf>,
    /// The shared lists, by name.
    pub lists: Vec<PolicyList>,
    /// The files with items of lists, by the name of the list.
    pub list_files: Vec<ListSource>,
    /// The warnings for its author.
    pub warnings: Vec<Diagnostic>,
    /// The number of rules that compare values.
    pub unique_rules: usize,
    /// The indexes of the rules in the order of evaluation: by stage, then by id.
    pub order: Vec<usize>,
}

impl Policy {
    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok().map(|at| &self.rules[at])
    }

    /// The target with this id.
    #[must_use]
    pub fn target(&self, id: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.id == id)
    }

    /// Checks the lengths of the waivers on the day of a run.
    ///
    /// # Errors
    /// [`LoadError::Mistakes`] with the waivers that are longer than the policy allows.
    pub fn check_waivers(&self, today: Day) -> Result<(), LoadError> {
        let Some(most) = self.max_waiver else { return Ok(()) };
        let problem = |waiver: &Waiver| {
            let (start, lead) = waiver.from.map_or((today, "today"), |from| (from, "its `from`"));
            let last = start.plus(most);
            (waiver.expires > last).then(|| {
                let message = format!(
                    "the waiver expires on {}, and `max-waiver` allows {} from {lead}",
                    waiver.expires,
                    count(u64::from(most.unsigned_abs()), "day")
                );
                Diagnostic::error(&waiver.origin.file, waiver.origin.span.clone(), message)
                    .help(format!("write {last} or an earlier day as `expires`"))
            })
        };
        let problems: Vec<_> = self.waivers.iter().filter_map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(LoadError::Mistakes(problems)) }
    }

    /// Sorts the rules and computes what depends on all of them.
    fn finish(&mut self) {
        self.rules.sort_by(|a, b| a.id.cmp(&b.id));
        self.targets.iter_mut().for_each(|target| target.find_rules(&self.rules));
        self.declared = declared(&self.rules);
        let mut slots = 0;
        for rule in &mut self.rules {
            rule.kind.assign_slot(&mut slots);
        }
        self.unique_rules = slots;
        self.order = (0..self.rules.len()).collect();
        // A stable sort, so that rules of one stage stay in the order of their ids.
        self.order.sort_by_key(|at| self.rules[*at].kind.stage());
    }
}

/// The keys and globs that rules and conditions name.
fn declared(rules: &[Rule]) -> DeclaredKeys {
    let mut out = DeclaredKeys::default();
    for rule in rules {
        rule.kind.declare_keys(&mut out);
        for condition in rule.conditions() {
            for tag in &condition.tags {
                let keys = if tag.any_case { &mut out.any_case_keys } else { &mut out.keys };
                keys.push(tag.key.clone());
            }
        }
    }
    out
}
