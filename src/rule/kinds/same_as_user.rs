//! `same-as-user`: an MFA device has the same tags as the user to whom it is assigned.

use std::borrow::Cow;

use crate::aws::{TagLimits, supported};
use crate::base::{Glob, all_of, escape, quote};
use crate::model::{DeviceAssignment, Resource, TagLookup};
use crate::rule::RuleBuilder;
use crate::rule::check::{Check, Comparison, RuleDefinition};
use crate::rule::constraints::is_empty;
use crate::rule::context::{Context, DeclaredKeys};
use crate::rule::prefilter::{KeyEffect, TagRequirement};
use crate::rule::remediation::{ANY_VALUE, Remediation, Repair};
use crate::rule::spec::{Field, FieldType, KindSpec};
use crate::rule::verdict::{Indeterminate, Suggestion, Verdict, Violation, ViolationKind};

/// A rule that an assigned MFA device has the tags of its user. The root user's device is exempt, and so are tags that
/// are empty on the user.
#[derive(Debug, Clone)]
pub struct SameAsUserRule {
    /// The keys.
    keys: Vec<String>,
}

impl RuleDefinition for SameAsUserRule {
    const SPEC: KindSpec = KindSpec {
        name: "same-as-user",
        discriminating_fields: &["same-as-user"],
        exclusive: true,
        fields: &[Field::new(
            "same-as-user",
            FieldType::LiteralKeys,
            "Keys whose value on an assigned MFA device must be the same as on its user.",
        )],
        example: "same-as-user = [\"Cost Center\"]",
        summary: "An assigned MFA device has the same value as its user.",
        why: "The cost and the owner of a device follow its user; when people change teams, their devices are often forgotten.",
        fix: "Set the tag of the device to its user's value.",
    };

    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self> {
        Some(Self { keys: builder.literal_keys("same-as-user")? })
    }
}

impl Check for SameAsUserRule {
    fn evaluate<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        if !self.applies_to(&cx.resource.kind) {
            return Verdict::NotApplicable;
        }
        let arn = match &cx.resource.user {
            DeviceAssignment::Unassigned => return Verdict::NotApplicable,
            DeviceAssignment::Unknown => return unknown(None, "the input does not say to whom the device is assigned"),
            // The root user has no tags. Only its ARN identifies it (docs/contributing/aws-facts.md, "Virtual MFA
            // devices").
            DeviceAssignment::User(arn) if arn.ends_with(":root") => return Verdict::NotApplicable,
            DeviceAssignment::User(arn) => arn.as_str(),
        };
        let Some(user) = cx.index.user(arn) else {
            return unknown(None, format!("its user {} is not in the input", escape(arn)));
        };
        let (mut violations, mut first_unknown) = (Vec::new(), None);
        for key in &self.keys {
            match compare(key, &user, cx) {
                Verdict::Fail(mut found) => violations.append(&mut found),
                unknown @ Verdict::Indeterminate(_) => first_unknown = first_unknown.or(Some(unknown)),
                Verdict::Pass | Verdict::NotApplicable => {}
            }
        }
        Verdict::from_violations(violations, || first_unknown.unwrap_or(Verdict::Pass))
    }

    fn requirement(&self) -> TagRequirement {
        TagRequirement::More
    }

    fn key_effect(&self, _: &str, _: &TagLimits, _: &DeclaredKeys) -> KeyEffect {
        KeyEffect::None
    }

    fn declare_keys(&self, declared: &mut DeclaredKeys) {
        declared.keys.extend(self.keys.iter().map(|key| Glob::new(key)));
    }

    fn comparison(&self) -> Comparison {
        Comparison::DeviceAndUser
    }

    fn applies_to(&self, resource_type: &str) -> bool {
        supported::is_assigned_to_user(resource_type)
    }

    fn describe(&self) -> String {
        let keys = all_of(self.keys.iter().map(|key| quote(key)));
        format!("An MFA device must have the same {keys} as the user to whom it is assigned")
    }

    fn remediation(&self) -> Remediation {
        self.keys.iter().fold(Remediation::default(), |out, key| out.set(key, ANY_VALUE))
    }

    fn repair(&self, _: ViolationKind) -> Repair {
        Repair::CopyFromUser
    }
}

fn unknown<'a>(key: Option<&'a str>, reason: impl Into<Cow<'a, str>>) -> Verdict<'a> {
    Verdict::Indeterminate(Indeterminate::new(key, reason))
}

fn compare<'a>(key: &'a str, user: &Resource<'_>, cx: &Context<'a>) -> Verdict<'a> {
    // `None`: the user has the tag, with a value that is not known yet; it counts as not empty.
    let wanted = match user.tags.find(key, user.tag_limits().folds_case) {
        TagLookup::Absent => return Verdict::Pass,
        TagLookup::Unknown => {
            return unknown(Some(key), format!("its user's tags are not known: {}", escape(user.tags.why_unknown())));
        }
        TagLookup::Present(at) => match user.tags.known()[at].value.as_deref() {
            Some(value) if is_empty(value) => return Verdict::Pass,
            value => value,
        },
    };
    let found = match cx.resource.tags.find(key, cx.fold()) {
        TagLookup::Unknown => return Verdict::tags_unknown(Some(key), cx.resource),
        TagLookup::Absent => None,
        TagLookup::Present(at) => match cx.resource.tags.known()[at].value.as_deref() {
            None => return Verdict::value_unknown(key),
            Some(value) if Some(value) == wanted => return Verdict::Pass,
            Some(value) if wanted.is_none() && !is_empty(value) => {
                return unknown(Some(key), "its user's value is not known yet");
            }
            Some(value) => Some((at, value)),
        },
    };
    let mut violation = match found {
        Some((at, _)) => Violation::of_tag(ViolationKind::Mismatch, key, at, cx.resource),
        None => Violation::new(ViolationKind::Mismatch, Some(key)),
    };
    if cx.with_messages {
        let here = found.map_or_else(|| "missing".to_owned(), |(_, value)| quote(value));
        let name = escape(user.name.as_deref().unwrap_or("?"));
        let there = wanted.map_or_else(|| "a value that is not known yet".to_owned(), quote);
        violation.message = format!("{} is {here}; the device's user {name} has {there}", escape(key));
        violation.suggestion = wanted.map(|wanted| Suggestion::set(key, wanted));
    }
    Verdict::fail(violation)
}
