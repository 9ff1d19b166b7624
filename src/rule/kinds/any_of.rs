//! `any-of`: at least one of several keys has a value.

use crate::aws::{TagLimits, same_key};
use crate::base::{Glob, any_of, escape};
use crate::model::{Day, TagLookup};
use crate::rule::RuleBuilder;
use crate::rule::check::{Check, RuleDefinition};
use crate::rule::constraints::is_empty;
use crate::rule::context::{Context, DeclaredKeys};
use crate::rule::demand::Demand;
use crate::rule::describe::some_of;
use crate::rule::prefilter::{KeyEffect, TagRequirement};
use crate::rule::remediation::{ANY_VALUE, Remediation, Repair};
use crate::rule::spec::{Field, FieldType, KindSpec};
use crate::rule::verdict::{Verdict, Violation, ViolationKind};

/// A rule that at least one of several keys has a value.
#[derive(Debug, Clone)]
pub struct AnyOfRule {
    /// The keys, compared exactly except on IAM users and roles.
    keys: Vec<String>,
}

/// The number of keys that a message names. Of a list of 500 keys with 14 letters, a finding in JSON Lines has 0.7 kB instead
/// of 8 kB, and 20,000 of them 13 MB instead of 165 MB.
const NAMED: usize = 20;

impl AnyOfRule {
    /// The keys for a message; a long list is cut.
    fn named(&self) -> String {
        let more = self.keys.len().saturating_sub(NAMED);
        let rest = (more > 0).then(|| format!("{more} more"));
        any_of(self.keys.iter().take(NAMED).map(|key| escape(key).into_owned()).chain(rest))
    }
}

impl RuleDefinition for AnyOfRule {
    const SPEC: KindSpec = KindSpec {
        name: "any-of",
        discriminating_fields: &["any-of"],
        exclusive: true,
        fields: &[Field::new("any-of", FieldType::LiteralKeys, "Keys of which at least one must have a value.")],
        example: "any-of = [\"Owner\", \"Team\"]",
        summary: "At least one of several keys has a value.",
        why: "Every resource needs an owner, whether the tag names a person, a team or a service.",
        fix: "Set one of the tags that the rule names.",
    };

    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self> {
        Some(Self { keys: builder.literal_keys("any-of")? })
    }
}

impl Check for AnyOfRule {
    fn evaluate<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let tags = &cx.resource.tags;
        let mut may_be_there = false;
        for key in &self.keys {
            match tags.find(key, cx.fold()) {
                TagLookup::Present(at) => {
                    let value = tags.known()[at].value.as_deref();
                    // A value that is not known yet counts as a value.
                    if value.is_none_or(|value| !is_empty(value)) {
                        return Verdict::Pass;
                    }
                }
                TagLookup::Absent => {}
                TagLookup::Unknown => may_be_there = true,
            }
        }
        if may_be_there {
            return Verdict::tags_unknown(self.keys.first().map(String::as_str), cx.resource);
        }
        let mut violation = Violation::new(ViolationKind::AnyOf, self.keys.first().map(String::as_str));
        if cx.with_messages {
            violation.message = format!("none of the tags {} has a value; set at least one of them", self.named());
        }
        Verdict::fail(violation)
    }

    fn requirement(&self) -> TagRequirement {
        TagRequirement::Any
    }

    fn key_effect(&self, key: &str, limits: &TagLimits, _: &DeclaredKeys) -> KeyEffect {
        let same = |own: &String| if limits.folds_case { same_key(own, key) } else { own == key };
        KeyEffect::value_if(self.keys.iter().any(same))
    }

    fn accepts(&self, value: &str, _: &TagLimits, _: Day) -> bool {
        !is_empty(value)
    }

    fn declare_keys(&self, declared: &mut DeclaredKeys) {
        declared.keys.extend(self.keys.iter().map(|key| Glob::new(key)));
    }

    fn describe(&self) -> String {
        format!("At least one of the tags {} must have a value", some_of(&self.keys))
    }

    fn demand(&self) -> Option<Demand<'_>> {
        Some(Demand::AnyOf(&self.keys))
    }

    fn remediation(&self) -> Remediation {
        self.keys.first().map_or_else(Remediation::default, |key| Remediation::default().set(key, ANY_VALUE))
    }

    fn repair(&self, _: ViolationKind) -> Repair {
        Repair::None("which of the keys is meant, and with which value, is not certain")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_keys_is_cut() {
        let named = |keys: usize| AnyOfRule { keys: (0..keys).map(|at| format!("k{at}")).collect() }.named();
        assert_eq!(named(3), "k0, k1 or k2");
        assert!(named(20).ends_with(", k18 or k19"), "{}", named(20));
        assert!(named(500).ends_with(", k19 or 480 more"), "{}", named(500));
    }
}
