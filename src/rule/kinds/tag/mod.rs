//! `key`: the existence of a tag, the spelling of its key, and its value.

mod default_tags;
mod evaluate;
mod fields;
mod related;
mod spelling;

use self::fields::{LISTS, aliases, reject_fields_of_one_key};
use self::related::RelatedFacts;
use self::spelling::ExpectedKey;
use crate::aws::{TagLimits, is_aws_key};
use crate::base::{Glob, all_of, quote};
use crate::model::Day;
use crate::rule::RuleBuilder;
use crate::rule::check::{Check, RuleDefinition};
use crate::rule::constraints::Constraints;
use crate::rule::context::{Context, DeclaredKeys, ReportedTags};
use crate::rule::demand::{Demand, TagDemand};
use crate::rule::key_distance::{Relation, misleading};
use crate::rule::prefilter::{KeyEffect, TagRequirement, ValueTest};
use crate::rule::remediation::{ANY_KEY, ANY_VALUE, Remediation, Repair, TagDefault};
use crate::rule::spec::{KindSpec, concat, count};
use crate::rule::verdict::{Verdict, ViolationKind};

pub(super) use self::evaluate::TagRule;

impl RuleDefinition for TagRule {
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
        if let Some(why) = misleading(&written.value) {
            let message = format!("the key {} is not what it looks like: {why}", quote(&written.value));
            builder.diagnostics.warn_help(written.span.clone(), message, "write the key again with the keyboard");
        }
        if is_aws_key(&written.value) {
            builder.diagnostics.warn_help(
                written.span,
                format!("{} is reserved by AWS, so no rule reports it", quote(&written.value)),
                "a condition may read it: when.tags.\"aws:…\"",
            );
        }
        let key = ExpectedKey {
            required: builder.flag("required"),
            ignore_case: builder.flag("ignore-key-case"),
            aliases: aliases(builder, &written.value),
            glob: key,
        };
        let out = Self {
            default_from: builder.choice("default-from"),
            constraints: Constraints::parse(builder)?,
            related: RelatedFacts::parse(builder),
            from_default_tags: builder.flag("from-default-tags"),
            default: builder.fields.text("default").map(|default| default.value),
            key,
        };
        if builder.diagnostics.errors() == before {
            check_default(&out, builder);
        }
        (builder.diagnostics.errors() == before).then_some(out)
    }
}

/// Reports a `default` that the rule itself does not accept.
fn check_default(rule: &TagRule, builder: &mut RuleBuilder<'_, '_, '_>) {
    if let Some(default) = &rule.default
        && let Some(failure) = rule.constraints.check_on_any_day(default)
    {
        builder.diagnostics.error_help(
            builder.span("default"),
            format!("the rule does not accept its own `default` {}", quote(default)),
            failure.clauses.join(", and "),
        );
    }
}

impl Check for TagRule {
    fn evaluate<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let in_any_case = || self.key.ignore_case && cx.own_tags().any(|(_, tag)| self.key.is_key(&tag.key, cx.fold()));
        if self.related.is_foreign_to(&cx.resource.kind) {
            return Verdict::NotApplicable;
        }
        let verdict = if !self.key.is_literal() || in_any_case() { self.every_key(cx) } else { self.one_key(cx) };
        let verdict = self.with_source_of_tag(verdict, cx);
        self.related.with_required_keys(verdict, self.is_there(cx), self.key.as_str(), cx)
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
            Verdict::Indeterminate(unknown) => {
                reported.may_be_misspelled.extend(unknown.possible_tags(ViolationKind::Misspelled));
            }
            Verdict::Pass | Verdict::NotApplicable => {}
        }
    }

    fn requirement(&self) -> TagRequirement {
        // A rule on one of AWS's own keys reports nothing, and applies nowhere. Other facts decide about a related value.
        if !self.related.is_none() || self.from_default_tags || self.key.is_literal() && is_aws_key(self.key.as_str()) {
            TagRequirement::More
        } else if self.key.required {
            TagRequirement::One
        } else {
            TagRequirement::None
        }
    }

    fn key_effect(&self, key: &str, limits: &TagLimits, declared: &DeclaredKeys) -> KeyEffect {
        if self.requirement() == TagRequirement::More {
            KeyEffect::None
        } else if !self.key.is_literal() {
            KeyEffect::value_if(!is_aws_key(key) && self.key.is_key(key, limits.folds_case))
        } else if self.key.as_str() == key || self.key.ignore_case && self.key.is_key(key, limits.folds_case) {
            KeyEffect::Value
        } else {
            KeyEffect::violates_if(self.key.is_other_spelling(key, limits.folds_case, declared))
        }
    }

    fn accepts(&self, value: &str, _: &TagLimits, today: Day) -> bool {
        self.constraints.accepts(value, today)
    }

    fn value_test(&self) -> Option<ValueTest> {
        Some(ValueTest(self.constraints.clone()))
    }

    fn remove_pattern_tables(&mut self) {
        self.constraints.remove_pattern_tables();
    }

    fn declare_keys(&self, declared: &mut DeclaredKeys) {
        self.related.declare_keys(declared);
        declared.keys.push(self.key.glob.clone());
        declared.tag_keys.push(self.key.glob.clone());
        if self.key.ignore_case {
            declared.any_case.push(self.key.glob.clone());
        }
    }

    fn describe(&self) -> String {
        let constraints = Some(self.constraints.describe()).filter(|phrase| !phrase.is_empty());
        let (key, value) = (quote(self.key.as_str()), all_of(constraints.into_iter().chain(self.related.phrases())));
        let about = match (self.key.required, self.key.is_literal(), value.is_empty()) {
            (_, false, true) => format!("Every tag whose key matches {key} must have a value"),
            (_, false, false) => format!("The value of every tag whose key matches {key} must {value}"),
            (true, true, true) => format!("The tag {key} must exist and have a value"),
            (true, true, false) => format!("The tag {key} must exist, and its value must {value}"),
            (false, true, true) if self.key.ignore_case => format!("The tag {key}, if it exists, must have a value"),
            (false, true, true) => format!("The tag {key}, if it exists, must have this spelling and a value"),
            (false, true, false) => format!("The value of the tag {key}, if it exists, must {value}"),
        };
        let source = self.from_default_tags.then(|| default_tags::SENTENCE.to_owned());
        [Some(about), source, self.related.describe_keys()].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    fn value_clause(&self, lead: &str, today: Day) -> Option<String> {
        let related = self.related.phrases();
        let own = self.constraints.clause(lead, today);
        if related.is_empty() {
            return own;
        }
        let related = all_of(related);
        Some(own.map_or_else(|| format!("{lead} {related}"), |own| format!("{own} and {related}")))
    }

    fn remediation(&self) -> Remediation {
        let literals = self.constraints.literals();
        let value = self.default.as_deref().or(literals.first().copied()).unwrap_or(ANY_VALUE);
        let key = if self.key.is_literal() { self.key.as_str() } else { ANY_KEY };
        let out = Remediation::default().set(key, value);
        match self.key.aliases.first() {
            Some(alias) => out.remove(alias),
            None => out,
        }
    }

    fn repair(&self, violation: ViolationKind) -> Repair {
        match violation {
            ViolationKind::DefaultTags => Repair::None(default_tags::NO_REPAIR),
            ViolationKind::Missing if self.from_default_tags => Repair::None(default_tags::NO_REPAIR),
            ViolationKind::Misspelled => Repair::Rename,
            ViolationKind::Missing => Repair::SetDefault,
            ViolationKind::Requires => Repair::None("the value of the tag that is required besides is not certain"),
            _ => Repair::Rewrite,
        }
    }

    fn reads_account_tags(&self) -> bool {
        self.related.reads_account_tags()
    }

    fn tag_default(&self) -> Option<TagDefault<'_>> {
        Some(TagDefault {
            key: self.key.as_str(),
            literal: self.key.is_literal(),
            default: self.default.as_deref(),
            default_from: self.default_from,
        })
    }

    fn demand(&self) -> Option<Demand<'_>> {
        Some(Demand::Tag(TagDemand {
            key: self.key.as_str(),
            literal: self.key.is_literal(),
            required: self.key.required,
            ignore_key_case: self.key.ignore_case,
            value: self.constraints.demand(),
        }))
    }

    fn relation_to(&self, other: &str, fold: bool, declared: &DeclaredKeys) -> Option<Relation> {
        self.key.relation_to(other, fold, declared)
    }
}
