//! `unique`: no two resources have the same value.

use strum::{EnumString, VariantNames};

use crate::aws::TagLimits;
use crate::base::{Glob, count, escape, quote};
use crate::model::{Resource, TagLookup};
use crate::rule::RuleBuilder;
use crate::rule::check::{Check, Comparison, RuleDefinition, UniqueValue};
use crate::rule::constraints::is_empty;
use crate::rule::context::{Context, DeclaredKeys};
use crate::rule::prefilter::{KeyEffect, TagRequirement};
use crate::rule::remediation::{ANY_VALUE, Remediation, Repair};
use crate::rule::spec::{Field, FieldType, KindSpec};
use crate::rule::verdict::{Verdict, Violation, ViolationKind};

/// The resources among which a value is unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
enum Within {
    /// Those of the same account.
    Account,
    /// All resources of the input.
    All,
}

/// A rule that no two resources of the matched types have the same value. Empty and missing values do not count.
#[derive(Debug, Clone)]
pub struct UniqueRule {
    /// The key.
    key: String,
    /// The resources that are compared.
    within: Within,
    /// The number of this rule among those of the policy that compare values.
    slot: usize,
}

impl RuleDefinition for UniqueRule {
    const SPEC: KindSpec = KindSpec {
        name: "unique",
        discriminating_fields: &["unique"],
        exclusive: true,
        fields: &[
            Field::new(
                "unique",
                FieldType::Key,
                "The key whose value must be unique among the resources of the matched types.",
            ),
            Field::new(
                "within",
                FieldType::Choice(Within::VARIANTS),
                "Where the value must be unique: in its account (default), or in the whole input.",
            ),
        ],
        example: "unique = \"AssetId\"",
        summary: "No two resources have the same value.",
        why: "An employee number or an asset ID that two resources have identifies neither.",
        fix: "Find out which resource the value belongs to, and correct the others.",
    };

    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self> {
        let within = builder.choice("within").unwrap_or(Within::Account);
        Some(Self { key: builder.literal_key("unique")?, within, slot: 0 })
    }
}

impl Check for UniqueRule {
    fn evaluate<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        match cx.resource.tags.find(&self.key, cx.fold()) {
            TagLookup::Absent => Verdict::Pass,
            TagLookup::Unknown => Verdict::tags_unknown(Some(&self.key), cx.resource),
            TagLookup::Present(at) if cx.resource.tags.known()[at].value.is_none() => Verdict::value_unknown(&self.key),
            TagLookup::Present(at) => {
                let Some(UniqueValue { slot, scope, value }) = self.unique_value(cx.resource) else {
                    return Verdict::Pass;
                };
                let holders = cx.index.holders(slot, scope, value);
                if holders < 2 {
                    return Verdict::Pass;
                }
                let mut violation = Violation::of_tag(ViolationKind::Duplicate, &self.key, at, cx.resource);
                if cx.with_messages {
                    let others = count(u64::from(holders - 1), "other resource");
                    let place = if self.within == Within::Account { " of the account" } else { "" };
                    let have = if holders == 2 { "has" } else { "have" };
                    violation.message = format!(
                        "{} is {}, which {others}{place} {have} too; it must be unique",
                        escape(&self.key),
                        quote(value)
                    );
                }
                Verdict::fail(violation)
            }
        }
    }

    fn requirement(&self) -> TagRequirement {
        TagRequirement::More
    }

    fn key_effect(&self, _: &str, _: &TagLimits, _: &DeclaredKeys) -> KeyEffect {
        KeyEffect::None
    }

    fn declare_keys(&self, declared: &mut DeclaredKeys) {
        declared.keys.push(Glob::new(&self.key));
    }

    fn comparison(&self) -> Comparison {
        Comparison::UniqueValues
    }

    fn assign_slot(&mut self, next: &mut usize) {
        self.slot = *next;
        *next += 1;
    }

    fn unique_value<'r>(&'r self, resource: &'r Resource<'_>) -> Option<UniqueValue<'r>> {
        let TagLookup::Present(at) = resource.tags.find(&self.key, resource.tag_limits().folds_case) else {
            return None;
        };
        let value = resource.tags.known()[at].value.as_deref().filter(|value| !is_empty(value))?;
        let scope = match self.within {
            Within::Account => resource.account.as_deref().unwrap_or(""),
            Within::All => "",
        };
        Some(UniqueValue { slot: self.slot, scope, value })
    }

    fn describe(&self) -> String {
        let place = if self.within == Within::Account { " of an account" } else { "" };
        format!("No two resources{place} may have the same value of the tag {}", quote(&self.key))
    }

    fn remediation(&self) -> Remediation {
        Remediation::default().set(&self.key, ANY_VALUE)
    }

    fn repair(&self, _: ViolationKind) -> Repair {
        Repair::None("which of the resources keeps its value is not certain")
    }
}
