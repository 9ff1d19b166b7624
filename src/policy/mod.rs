//! From TOML to [`Policy`]: [`fields`] is the table of the language, `read` holds a file to it, `compile` makes what the
//! engine uses, [`load()`] follows `extends` and puts files together.

mod compile;
pub mod fields;
mod load;
mod pattern;
mod read;
mod template;

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::aws::TypeGlobs;
use crate::base::{Diagnostic, SourceFile, Span};
use crate::base::{Glob, Globs};
use crate::model::{Day, Resource};
use crate::rule::{Condition, Declared, RuleKind, Truth};

pub use load::TRUNCATED_RULE;
pub use load::{LoadError, PACKS, Source, find, load, parse_text};
pub use template::Template;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Severity {
    Error,
    Warning,
    Note,
}

impl Severity {
    /// The gravest first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// As it is written in policies and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Where something stands in a policy file.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The bytes.
    pub span: Span,
}

/// One rule, ready to be asked.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name in reports.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// How grave its findings are.
    pub severity: Severity,
    /// The types that it applies to; empty for every type.
    pub resources: TypeGlobs,
    /// What it demands.
    pub kind: RuleKind,
    /// It applies only where this holds.
    pub when: Option<Condition>,
    /// It does not apply where this holds.
    pub unless: Option<Condition>,
    /// Replaces the finding's message.
    pub message: Option<Template>,
    /// Shown with the finding.
    pub help: Option<String>,
    /// Words of its author's own.
    pub labels: Vec<String>,
    /// Whether a waiver may cover it.
    pub waivable: bool,
    /// Whether what breaks it may be a secret: then no finding of the resource shows that tag's value.
    pub sensitive: bool,
    /// Where it stands.
    pub origin: Origin,
}

impl Rule {
    /// Whether the rule looks at this type of resource, whichever of its names the rule knows it by.
    #[must_use]
    pub fn concerns(&self, kind: &str) -> bool {
        self.resources.is_empty() || self.resources.matches(kind)
    }

    /// Whether the rule's conditions let it apply to a resource, or may do so.
    #[must_use]
    pub fn may_apply(&self, resource: &Resource<'_>, today: Day) -> bool {
        self.when.as_ref().is_none_or(|when| when.truth(resource, today) != Truth::False)
            && self.unless.as_ref().is_none_or(|unless| unless.truth(resource, today) != Truth::True)
    }
}

/// A known exception.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// Rule ids.
    pub rules: Globs,
    /// ARNs or addresses.
    pub resources: Globs,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it holds.
    pub expires: Day,
    /// Where it stands.
    pub origin: Origin,
}

impl Waiver {
    /// Whether the waiver holds on a day.
    #[must_use]
    pub fn holds_on(&self, day: Day) -> bool {
        day <= self.expires
    }
}

/// An example that the rules are held to.
#[derive(Debug, Clone)]
pub struct TestCase {
    /// What it shows.
    pub name: String,
    /// The resource.
    pub resource: Resource<'static>,
    /// `rule` or `rule:kind`.
    pub expect: Vec<String>,
    /// Rules that cannot be told.
    pub unknown: Vec<String>,
    /// More resources of the input.
    pub others: Vec<Resource<'static>>,
    /// The day of the run.
    pub today: Option<Day>,
    /// Where it stands.
    pub origin: Origin,
}

/// A policy, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Its name; that of its first file where it gives none.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// Whether comments in source may waive findings.
    pub inline_waivers: bool,
    /// The rules, by id.
    pub rules: Vec<Rule>,
    /// The waivers of the policy's own files.
    pub waivers: Vec<Waiver>,
    /// The tests of the policy's own files.
    pub tests: Vec<TestCase>,
    /// The keys that the rules and conditions name.
    pub declared: Declared,
    /// The files that were read, the policy's own first.
    pub files: Vec<PathBuf>,
    /// What its author should look at.
    pub warnings: Vec<Diagnostic>,
    /// How many `unique` rules there are.
    pub unique_rules: usize,
    /// The rules' places in the order in which they are asked: by stage, then by id.
    pub order: Vec<usize>,
}

impl Policy {
    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok().map(|at| &self.rules[at])
    }

    /// Sorts the rules and works out what depends on all of them.
    fn finish(&mut self) {
        self.rules.sort_by(|a, b| a.id.cmp(&b.id));
        self.declared = declared(&self.rules);
        let mut slots = 0;
        for rule in &mut self.rules {
            if let RuleKind::Unique(unique) = &mut rule.kind {
                unique.slot = slots;
                slots += 1;
            }
        }
        self.unique_rules = slots;
        self.order = (0..self.rules.len()).collect();
        self.order.sort_by_key(|at| self.rules[*at].kind.stage());
    }
}

/// The keys and globs (not `*` alone) of every rule's `key`, `any-of`, `unique`, `same-as-user` and conditions.
fn declared(rules: &[Rule]) -> Declared {
    let mut out = Declared::default();
    for rule in rules {
        match &rule.kind {
            RuleKind::Tag(tag) => {
                out.keys.push(tag.key.clone());
                out.tag_keys.push(tag.key.clone());
            }
            RuleKind::AnyOf(any) => out.keys.extend(any.keys.iter().map(|key| Glob::new(key))),
            RuleKind::Unique(unique) => out.keys.push(Glob::new(&unique.key)),
            RuleKind::SameAsUser(same) => out.keys.extend(same.keys.iter().map(|key| Glob::new(key))),
            RuleKind::Forbid(_)
            | RuleKind::Only(_)
            | RuleKind::KeyStyle(_)
            | RuleKind::Count(_)
            | RuleKind::Syntax(_) => {}
        }
        for condition in [&rule.when, &rule.unless].into_iter().flatten() {
            out.keys.extend(condition.tags.iter().map(|(key, _)| key.clone()));
        }
    }
    for keys in [&mut out.keys, &mut out.tag_keys] {
        keys.retain(|glob| !glob.is_everything());
        keys.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        keys.dedup();
    }
    out
}
