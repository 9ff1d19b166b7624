//! The rule kinds of the policy language: one file for each kind, pure and synchronous.
//!
//! A rule gives one verdict on a resource: pass, fail, indeterminate or not applicable ([`Verdict`]). An unknown tag
//! never counts as absent and never as compliant.

mod builder;
mod check;
mod condition;
mod constraints;
mod context;
mod date_test;
mod demand;
mod describe;
mod format;
mod glob_mistakes;
mod key_distance;
mod key_set;
mod kinds;
mod list_names;
mod lists;
mod manager;
mod pattern;
mod pattern_table;
mod prefilter;
mod property;
mod registry;
mod remediation;
pub mod spec;
mod table;
mod tag_condition;
mod truth;
mod value_template;
mod verdict;

pub use check::{Check, Comparison, UniqueValue};
pub use condition::{Age, Condition};
pub use context::{Context, DeclaredKeys, EmptyIndex, ReportedTags, ResourceIndex, key_matches};
pub use date_test::{DateTest, RelativeDay};
pub use demand::{Demand, TagDemand, ValueDemand};
pub use format::{Format, compare_numbers, is_number};
pub use key_distance::{Relation, skeleton};
pub use key_set::KeySet;
pub use kinds::{KINDS, RuleKind, refused};
pub use manager::{Manager, is_made_by_aws, may_be_made_by_aws};
pub use prefilter::{KeyEffect, TagRequirement, ValueTest};
pub use remediation::{DefaultFrom, Remediation, Repair, TagDefault};
pub use tag_condition::{TagCondition, TagTest};
pub use truth::Truth;
pub use verdict::{Indeterminate, PossibleViolation, Suggestion, Verdict, Violation, ViolationKind};

pub(crate) use builder::RuleBuilder;
pub(crate) use glob_mistakes::GlobSubject;
pub(crate) use glob_mistakes::warn as warn_of_glob_mistakes;
pub(crate) use kinds::KIND_FIELDS;
pub(crate) use lists::Lists;
pub(crate) use table::{Diagnostics, Located, TableFields, day, days, days_from_today};
