//! `key`: the existence of a tag, the spelling of its key, and its value.

use std::borrow::Cow;

use strum::VariantNames as _;

use crate::aws::{TagLimits, is_aws_key, same_key};
use crate::base::{Glob, escape, quote};
use crate::model::{Day, TagLookup, UnlistedTags};
use crate::rule::RuleBuilder;
use crate::rule::check::{Check, RuleType};
use crate::rule::constraints::{ConstraintFailure, Constraints, is_empty};
use crate::rule::context::{Context, DeclaredKeys, ReportedTags, key_matches};
use crate::rule::key_distance::{Relation, near};
use crate::rule::prefilter::{KeyEffect, TagRequirement};
use crate::rule::remediation::{ANY_KEY, ANY_VALUE, DefaultFrom, Remediation, Repair, TagDefault};
use crate::rule::spec::{Field, FieldType, KindSpec, Requirement, SENSITIVE, concat, count};
use crate::rule::verdict::{Indeterminate, Suggestion, Verdict, Violation, ViolationKind};

/// A rule on one tag, or on every tag whose key a glob matches.
#[derive(Debug, Clone)]
pub struct TagRule {
    /// The key, or a glob over keys.
    key: Glob,
    /// `true` if the tag must exist.
    required: bool,
    /// `true` if the key in another letter case is this tag too.
    ignore_key_case: bool,
    /// Known misspellings of the key.
    aliases: Vec<String>,
    /// The value that a fix writes if the tag is missing.
    default: Option<String>,
    /// The source of that value.
    default_from: Option<DefaultFrom>,
    /// The constraints on the value.
    constraints: Constraints,
}

/// The fields that constrain the tag, not its value.
const KEY_FIELDS: &[Field] = &[
    Field::new(
        "key",
        FieldType::FilledText,
        "The tag's key. Letter case matters, except on IAM users. With `*` or `?` it is a glob, and the constraints apply to every key that it matches.",
    ),
    Field::new(
        "required",
        FieldType::Flag,
        "Whether the tag must exist. Default false: the constraints apply only where it exists.",
    )
    .requires(Requirement::LiteralKey),
    Field::new(
        "ignore-key-case",
        FieldType::Flag,
        "Whether the key in another letter case is this tag too, and no misspelling. Default false.",
    )
    .requires(Requirement::LiteralKey),
    Field::new("aliases", FieldType::LiteralKeys, "Known misspellings of the key; a fix renames them.")
        .requires(Requirement::LiteralKey),
    Field::new("default", FieldType::Text, "The value that a fix writes where the tag is missing.")
        .requires(Requirement::LiteralKey),
    Field::new(
        "default-from",
        FieldType::Choice(DefaultFrom::VARIANTS),
        "The source of a missing value for a fix: the MFA device's user, or the account's own tags.",
    )
    .requires(Requirement::LiteralKey),
    SENSITIVE,
];

const LISTS: &[&[Field]] = &[KEY_FIELDS, Constraints::FIELDS];

impl RuleType for TagRule {
    const SPEC: KindSpec = KindSpec {
        name: "tag",
        discriminating_fields: &["key"],
        exclusive: true,
        fields: &concat::<{ count(LISTS) }>(LISTS),
        example: "key = \"Owner\"\nrequired = true",
        summary: "A tag exists, its key has the right spelling, and its value is an allowed one.",
        why: "Cost allocation and access control read tags by exact key and value; a misspelled or missing tag books cost in the wrong place or grants access to the wrong people.",
        fix: "Set the tag under its right key; rename a misspelled one.",
    };

    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self> {
        let before = builder.diagnostics.errors();
        let written = builder.fields.text("key")?;
        builder.filled(&written);
        let key = Glob::new(&written.value);
        if !key.is_literal() {
            reject_fields_of_one_key(builder, &written.value);
        }
        if is_aws_key(&written.value) {
            builder.diagnostics.warn_help(
                written.span,
                format!("{} is reserved by AWS, so no rule reports it", quote(&written.value)),
                "a condition may read it: when.tags.\"aws:…\"",
            );
        }
        let out = Self {
            required: builder.flag("required"),
            ignore_key_case: builder.flag("ignore-key-case"),
            aliases: aliases(builder, &written.value),
            default_from: builder.choice("default-from"),
            constraints: Constraints::parse(builder)?,
            default: builder.fields.text("default").map(|default| default.value),
            key,
        };
        if builder.diagnostics.errors() == before {
            out.check_default(builder);
        }
        (builder.diagnostics.errors() == before).then_some(out)
    }
}

fn reject_fields_of_one_key(builder: &mut RuleBuilder<'_, '_, '_>, glob: &str) {
    for field in KEY_FIELDS.iter().filter(|field| field.requirement == Requirement::LiteralKey) {
        if builder.fields.has(field.name) {
            builder.diagnostics.error_help(
                builder.name_span(field.name),
                format!("`{}` needs one key, but {} is a glob", field.name, quote(glob)),
                "write the exact key, or remove the field",
            );
        }
    }
}

fn aliases(builder: &mut RuleBuilder<'_, '_, '_>, key: &str) -> Vec<String> {
    let aliases = builder.literal_keys("aliases").unwrap_or_default();
    if aliases.iter().any(|alias| alias == key) {
        builder.diagnostics.error_help(
            builder.span("aliases"),
            format!("{} is the key itself, not an alias", quote(key)),
            "remove it from `aliases`",
        );
    }
    aliases
}

impl Check for TagRule {
    fn evaluate<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let in_any_case = || self.ignore_key_case && cx.own_tags().any(|(_, tag)| self.is_key(&tag.key, cx.fold()));
        if !self.key.is_literal() || in_any_case() { self.every_key(cx) } else { self.one_key(cx) }
    }

    fn stage(&self) -> u8 {
        0
    }

    fn record(&self, verdict: &Verdict<'_>, reported: &mut ReportedTags) {
        match verdict {
            Verdict::Fail(violations) => {
                let misspelled = violations.iter().filter(|violation| violation.kind == ViolationKind::Misspelled);
                reported.misspelled.extend(misspelled.filter_map(|violation| violation.tag));
            }
            Verdict::Indeterminate(unknown) => reported.may_be_misspelled.extend(&unknown.tags),
            Verdict::Pass | Verdict::NotApplicable => {}
        }
    }

    fn requirement(&self) -> TagRequirement {
        // A rule on one of AWS's own keys reports nothing, and applies nowhere.
        if self.key.is_literal() && is_aws_key(self.key.as_str()) {
            TagRequirement::More
        } else if self.required {
            TagRequirement::One
        } else {
            TagRequirement::None
        }
    }

    fn key_effect(&self, key: &str, limits: &TagLimits, declared: &DeclaredKeys) -> KeyEffect {
        if !self.key.is_literal() {
            KeyEffect::value_if(!is_aws_key(key) && self.is_key(key, limits.folds_case))
        } else if self.key.as_str() == key || self.ignore_key_case && self.is_key(key, limits.folds_case) {
            KeyEffect::Value
        } else {
            KeyEffect::violates_if(self.is_other_spelling(key, limits.folds_case, declared))
        }
    }

    fn accepts(&self, value: &str, _: &TagLimits, today: Day) -> bool {
        self.constraints.accepts(value, today)
    }

    fn remove_pattern_tables(&mut self) {
        self.constraints.remove_pattern_tables();
    }

    fn declare_keys(&self, declared: &mut DeclaredKeys) {
        declared.keys.push(self.key.clone());
        declared.tag_keys.push(self.key.clone());
        if self.ignore_key_case {
            declared.any_case.push(self.key.as_str().to_owned());
        }
    }

    fn describe(&self) -> String {
        let (key, value) = (quote(self.key.as_str()), self.constraints.describe());
        match (self.required, self.key.is_literal(), value.is_empty()) {
            (_, false, true) => format!("Every tag whose key matches {key} must have a value"),
            (_, false, false) => format!("The value of every tag whose key matches {key} must {value}"),
            (true, true, true) => format!("The tag {key} must exist and have a value"),
            (true, true, false) => format!("The tag {key} must exist, and its value must {value}"),
            (false, true, true) if self.ignore_key_case => format!("The tag {key}, if it exists, must have a value"),
            (false, true, true) => format!("The tag {key}, if it exists, must have this spelling and a value"),
            (false, true, false) => format!("The value of the tag {key}, if it exists, must {value}"),
        }
    }

    fn value_clause(&self, lead: &str, today: Day) -> Option<String> {
        self.constraints.clause(lead, today)
    }

    fn remediation(&self) -> Remediation {
        let literals = self.constraints.literals();
        let value = self.default.as_deref().or(literals.first().copied()).unwrap_or(ANY_VALUE);
        let key = if self.key.is_literal() { self.key.as_str() } else { ANY_KEY };
        let out = Remediation::default().set(key, value);
        match self.aliases.first() {
            Some(alias) => out.remove(alias),
            None => out,
        }
    }

    fn repair(&self, violation: ViolationKind) -> Repair {
        match violation {
            ViolationKind::Misspelled => Repair::Rename,
            ViolationKind::Missing => Repair::SetDefault,
            _ => Repair::Rewrite,
        }
    }

    fn tag_default(&self) -> Option<TagDefault<'_>> {
        Some(TagDefault {
            key: self.key.as_str(),
            literal: self.key.is_literal(),
            default: self.default.as_deref(),
            default_from: self.default_from,
        })
    }

    fn relation_to(&self, other: &str, fold: bool, declared: &DeclaredKeys) -> Option<Relation> {
        let key = self.key.as_str();
        let is_alias = |alias: &String| if fold { same_key(alias, other) } else { alias == other };
        if self.aliases.iter().any(is_alias) {
            return Some(Relation::Alias);
        }
        if is_aws_key(other) {
            return None;
        }
        let relation = if same_key(key, other) {
            if self.ignore_key_case {
                return None;
            }
            Relation::Case
        } else if self.required {
            near(key, other)?
        } else {
            return None;
        };
        // A key that the policy names is no misspelling of another; where case is ignored, this one is that key itself.
        let own = fold && relation == Relation::Case;
        (own || !declared.has(other, fold)).then_some(relation)
    }
}

impl TagRule {
    /// Reports a `default` that the rule itself does not accept.
    fn check_default(&self, builder: &mut RuleBuilder<'_, '_, '_>) {
        if let Some(default) = &self.default
            && let Some(failure) = self.constraints.check_on_any_day(default)
        {
            builder.diagnostics.error_help(
                builder.span("default"),
                format!("the rule does not accept its own `default` {}", quote(default)),
                failure.clauses.join(", and "),
            );
        }
    }

    /// Returns `true` if a key is the rule's own, and no misspelling of it.
    fn is_key(&self, key: &str, fold: bool) -> bool {
        if self.ignore_key_case {
            same_key(self.key.as_str(), key) && !is_aws_key(key)
        } else {
            key_matches(&self.key, key, fold)
        }
    }

    fn one_key<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let key = self.key.as_str();
        // AWS's own tags: conditions may read them, no rule reports them.
        if is_aws_key(key) {
            return Verdict::NotApplicable;
        }
        match cx.resource.tags.find(key, cx.fold()) {
            TagLookup::Present(at) => self.present(at, cx),
            TagLookup::Unknown => {
                let tags = self.other_spelling(cx).map(|(at, _)| at).into_iter().collect();
                Verdict::Indeterminate(Indeterminate {
                    tags,
                    ..Indeterminate::new(Some(key), cx.resource.tags.why_unknown())
                })
            }
            TagLookup::Absent => match self.other_spelling(cx) {
                Some((at, relation)) => Verdict::fail(self.misspelled(at, relation, cx)),
                // Another spelling may exist, which would be another finding.
                None if cx.resource.tags.may_hold(|more| self.may_be_spelled_otherwise(more, cx)) => {
                    Verdict::tags_unknown(Some(key), cx.resource)
                }
                None if self.required => Verdict::fail(self.missing(cx)),
                None => Verdict::Pass,
            },
        }
    }

    fn every_key<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let mut violations = Vec::new();
        let mut unknown = None;
        for (at, tag) in cx.own_tags() {
            if !self.is_key(&tag.key, cx.fold()) {
                continue;
            }
            match self.value(tag.key.as_str(), at, cx) {
                Verdict::Fail(mut found) => violations.append(&mut found),
                verdict @ Verdict::Indeterminate(_) => unknown = Some(verdict),
                Verdict::Pass | Verdict::NotApplicable => {}
            }
        }
        Verdict::from_violations(violations, || match unknown {
            Some(verdict) => verdict,
            None if !cx.resource.tags.may_hold(|more| more.any(|key| self.is_key(key, cx.fold()))) => Verdict::Pass,
            None => Verdict::tags_unknown(None, cx.resource),
        })
    }

    /// The verdict on a tag with the rule's key, which may differ in case on an IAM user.
    fn present<'a>(&'a self, at: usize, cx: &Context<'a>) -> Verdict<'a> {
        if cx.resource.tags.known()[at].key.as_str() == self.key.as_str() {
            self.value(self.key.as_str(), at, cx)
        } else {
            Verdict::fail(self.misspelled(at, Relation::Case, cx))
        }
    }

    fn value<'a>(&'a self, key: &'a str, at: usize, cx: &Context<'a>) -> Verdict<'a> {
        let tag = &cx.resource.tags.known()[at];
        let Some(value) = tag.value.as_deref() else {
            return if self.constraints.is_free() { Verdict::Pass } else { Verdict::value_unknown(key) };
        };
        let Some(failure) = self.constraints.check(value, cx.today, cx.with_messages) else { return Verdict::Pass };
        let mut violation = Violation::of_tag(failure.kind, key, at, cx.resource);
        if cx.with_messages {
            let guess = (failure.kind == ViolationKind::Value).then(|| self.constraints.similar(value)).flatten();
            let fixed = self.constraints.correct(value, cx.today);
            violation.message = if failure.kind == ViolationKind::Empty && is_empty(value) {
                format!("{} is empty; {}", escape(key), failure.clauses.join(", "))
            } else {
                format!("{} is {}; {}", escape(key), quote(value), failure.clauses.join(", and "))
            };
            if let Some(meant) = fixed.as_deref().or(guess) {
                violation.message += &format!("; did you mean {}?", quote(meant));
            }
            violation.suggestion = fixed.map(|fixed| Suggestion::set(&tag.key, &fixed));
        }
        Verdict::fail(violation)
    }

    fn missing<'a>(&'a self, cx: &Context<'a>) -> Violation<'a> {
        let key = self.key.as_str();
        let mut violation = Violation::new(ViolationKind::Missing, Some(key));
        if cx.with_messages {
            let clause = self.constraints.clause("it must", cx.today).map(|clause| format!("; {clause}"));
            violation.message = format!("{} is missing{}", escape(key), clause.unwrap_or_default());
            violation.suggestion = self.default.as_ref().map(|default| Suggestion::set(key, default));
        }
        violation
    }

    /// The tag with another spelling of the key: an alias first, then letter case, then (for a required tag) the nearest,
    /// then key order.
    fn other_spelling(&self, cx: &Context<'_>) -> Option<(usize, Relation)> {
        // A service that ignores case has found the key by now.
        if !self.required && self.aliases.is_empty() && cx.fold() {
            return None;
        }
        let candidates =
            cx.own_tags().filter_map(|(at, tag)| self.relation(&tag.key, cx).map(|relation| (relation, &tag.key, at)));
        candidates.min().map(|(relation, _, at)| (at, relation))
    }

    /// Returns `true` if another spelling may be among the unlisted keys.
    fn may_be_spelled_otherwise(&self, more: &UnlistedTags, cx: &Context<'_>) -> bool {
        let UnlistedTags::Keys(keys) = more else { return *more == UnlistedTags::Any };
        let spellings = || self.aliases.iter().map(String::as_str).chain([self.key.as_str()]);
        keys.iter().any(|key| match key.strip_suffix('*') {
            Some(_) => spellings().any(|spelling| more.may_be(spelling, true)),
            None => self.relation(key, cx).is_some() || self.ignore_key_case && self.is_key(key, cx.fold()),
        })
    }

    /// Returns `true` if a key may be reported as a misspelling of this one even if this one is optional.
    fn is_other_spelling(&self, other: &str, fold: bool, declared: &DeclaredKeys) -> bool {
        let key = self.key.as_str();
        let same = |a: &str| if fold { same_key(a, other) } else { a == other };
        self.aliases.iter().any(|alias| same(alias))
            || !self.ignore_key_case
                && same_key(key, other)
                && (fold || !is_aws_key(other) && !declared.has(other, fold))
    }

    fn relation(&self, other: &str, cx: &Context<'_>) -> Option<Relation> {
        self.relation_to(other, cx.fold(), cx.declared)
    }

    fn misspelled<'a>(&'a self, at: usize, relation: Relation, cx: &Context<'a>) -> Violation<'a> {
        let key = self.key.as_str();
        let mut violation = Violation::of_tag(ViolationKind::Misspelled, key, at, cx.resource);
        if !cx.with_messages {
            return violation;
        }
        let tag = &cx.resource.tags.known()[at];
        let failure: Option<ConstraintFailure> =
            tag.value.as_deref().and_then(|value| self.constraints.check(value, cx.today, true));
        let verb =
            if relation.certain(key, &tag.key) { "rename the key" } else { "if this is the same tag, rename the key" };
        violation.message = format!("{} is written {}; {verb}", escape(key), quote(&tag.key));
        let value = match (&failure, tag.value.as_deref()) {
            (Some(failure), Some(value)) => {
                violation.message += &match failure.kind {
                    ViolationKind::Empty if is_empty(value) => {
                        format!(", and its value is empty: {}", failure.clauses.join(", "))
                    }
                    _ => format!(", and its value is {}: {}", quote(value), failure.clauses.join(", and ")),
                };
                self.constraints.correct(value, cx.today).map(Cow::Owned)
            }
            (None, value) => value.map(Cow::Borrowed),
            (Some(_), None) => None,
        };
        violation.suggestion = value.map(|value| {
            // On an IAM user the new spelling replaces the old one: removing the old key would remove the new.
            let same = cx.fold() && same_key(key, &tag.key);
            let remove = if same { Vec::new() } else { vec![tag.key.as_str().to_owned()] };
            Suggestion { remove, ..Suggestion::set(key, &value) }
        });
        violation
    }
}
