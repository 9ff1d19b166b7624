//! The interface of a rule kind.

use super::context::{Context, DeclaredKeys, ReportedTags};
use super::demand::Demand;
use super::prefilter::{KeyEffect, TagRequirement, ValueTest};
use super::remediation::{Remediation, Repair, TagDefault};
use super::spec::KindSpec;
use super::verdict::{Verdict, ViolationKind};
use super::{Relation, RuleBuilder};
use crate::aws::TagLimits;
use crate::model::{Day, Resource};

/// A rule kind: its description, and the way from a table of TOML to a rule.
pub(crate) trait RuleDefinition: Check + Sized {
    /// The description.
    const SPEC: KindSpec;

    /// Builds a rule from the fields of its table. `None` if mistakes were reported to the builder.
    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self>;
}

/// The resources that a rule compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// None: a resource is checked for itself.
    None,
    /// The values of a tag over all resources ([`Check::unique_value`]).
    UniqueValues,
    /// An MFA device with its user.
    DeviceAndUser,
}

/// A value that only one resource may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UniqueValue<'r> {
    /// The number of the rule among those that compare values.
    pub slot: usize,
    /// The account in which the value is unique; empty for the whole input.
    pub scope: &'r str,
    /// The value.
    pub value: &'r str,
}

/// One rule, without the fields that all kinds share (id, severity, conditions).
pub trait Check {
    /// The verdict on one resource.
    fn evaluate<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a>;

    /// The stage of the evaluation: a rule of a later stage knows what rules of earlier stages reported.
    fn stage(&self) -> u8 {
        2
    }

    /// Records the parts of a verdict that later stages need, so that one problem gives one finding.
    fn record(&self, _verdict: &Verdict<'_>, _reported: &mut ReportedTags) {}

    /// Returns `true` if the rule may report too many tags.
    fn may_report_too_many(&self) -> bool {
        false
    }

    /// The requirement on the tags as a whole.
    fn requirement(&self) -> TagRequirement;

    /// The effect of a key on a resource of a service with these limits.
    fn key_effect(&self, key: &str, limits: &TagLimits, declared: &DeclaredKeys) -> KeyEffect;

    /// Returns `true` if the rule accepts a value of a key whose effect is [`KeyEffect::Value`].
    fn accepts(&self, _value: &str, _limits: &TagLimits, _today: Day) -> bool {
        false
    }

    /// The test that [`Check::accepts`] makes, if it depends on nothing but the value and the day.
    fn value_test(&self) -> Option<ValueTest> {
        None
    }

    /// Returns `true` if the rule accepts this number of tags, not counting AWS's own.
    fn allows(&self, _tags: usize, _limits: &TagLimits) -> bool {
        false
    }

    /// Returns `true` if the rule checks more on a resource that does not exist yet; it is then evaluated whatever its
    /// tags are.
    fn is_stricter_before_creation(&self) -> bool {
        false
    }

    /// Removes the transition tables of its patterns, so that the regex engine matches them (`TAGLINT_SLOW=1`).
    fn remove_pattern_tables(&mut self) {}

    /// Adds the keys that the rule names.
    fn declare_keys(&self, _declared: &mut DeclaredKeys) {}

    /// The resources that the rule compares.
    fn comparison(&self) -> Comparison {
        Comparison::None
    }

    /// Numbers the rule if it compares values.
    fn assign_slot(&mut self, _next: &mut usize) {}

    /// The value of this resource that no other may have.
    fn unique_value<'r>(&'r self, _resource: &'r Resource<'_>) -> Option<UniqueValue<'r>> {
        None
    }

    /// Returns `true` if the rule can apply to resources of this type.
    fn applies_to(&self, _resource_type: &str) -> bool {
        true
    }

    /// The requirement of the rule, as a sentence without its full stop.
    fn describe(&self) -> String;

    /// The requirement for values, as a clause that begins with `lead`; `None` if the rule has none.
    fn value_clause(&self, _lead: &str, _today: Day) -> Option<String> {
        None
    }

    /// The tags to set and the keys to remove, as an example.
    fn remediation(&self) -> Remediation;

    /// The way in which `taglint fix` repairs a violation.
    fn repair(&self, _violation: ViolationKind) -> Repair {
        Repair::None("the correct value is not certain")
    }

    /// The only key of the rule, and the value to write if a resource has no such tag.
    fn tag_default(&self) -> Option<TagDefault<'_>> {
        None
    }

    /// The requirement, for a translation into another policy language; `None` if no other language has one like it.
    fn demand(&self) -> Option<Demand<'_>> {
        None
    }

    /// Returns `true` if the verdict depends on the tags of the account itself.
    fn reads_account_tags(&self) -> bool {
        false
    }

    /// The relation of another key to the key of this rule, if it may be meant instead of it.
    fn relation_to(&self, _other: &str, _fold: bool, _declared: &DeclaredKeys) -> Option<Relation> {
        None
    }
}
