//! `forbid`: keys that are not allowed.

use crate::aws::{TagLimits, is_aws_key};
use crate::base::{Glob, Globs, quote};
use crate::rule::RuleBuilder;
use crate::rule::check::{Check, RuleDefinition};
use crate::rule::context::{Context, DeclaredKeys, ReportedTags, key_matches};
use crate::rule::describe::globs;
use crate::rule::prefilter::{KeyEffect, TagRequirement};
use crate::rule::remediation::{ANY_KEY, Remediation, Repair};
use crate::rule::spec::{Field, FieldType, KindSpec, SENSITIVE};
use crate::rule::verdict::{ELSEWHERE, Indeterminate, Suggestion, Verdict, Violation, ViolationKind};

/// A rule on keys (globs) that are not allowed. A glob does not match keys that the policy names; an exact key does.
#[derive(Debug, Clone)]
pub struct ForbidRule {
    /// The keys.
    keys: Globs,
}

impl ForbidRule {
    /// Returns `true` if a key is not allowed.
    fn hits(&self, key: &str, fold: bool, declared: &DeclaredKeys) -> bool {
        let mut globs = self.keys.0.iter();
        globs.any(|glob| key_matches(glob, key, fold) && (glob.is_literal() || !declared.has(key, fold)))
    }
}

impl RuleDefinition for ForbidRule {
    const SPEC: KindSpec = KindSpec {
        name: "forbid",
        discriminating_fields: &["forbid"],
        exclusive: true,
        fields: &[
            SENSITIVE,
            Field::new(
                "forbid",
                FieldType::Keys,
                "Keys (globs) that are not allowed; a glob does not match keys that the policy names.",
            ),
        ],
        example: "forbid = [\"tmp*\"]",
        summary: "Some keys are not allowed.",
        why: "Left-over, temporary and misleading tags confuse reports, and more people can read tags than should read secrets.",
        fix: "Remove the tag.",
    };

    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self> {
        Some(Self { keys: Globs::new(builder.keys("forbid")?) })
    }
}

impl Check for ForbidRule {
    fn evaluate<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let (mut violations, mut uncertain) = (Vec::new(), None);
        for (at, tag) in cx.own_tags() {
            let key = tag.key.as_str();
            if !self.hits(key, cx.fold(), cx.declared) || cx.reported.misspelled.contains(&at) {
                continue;
            }
            // A tag rule may report the key as misspelled, and one problem gives one finding.
            if cx.reported.may_be_misspelled.contains(&at) {
                uncertain = Some(key);
                continue;
            }
            let mut violation = Violation::of_tag(ViolationKind::Forbidden, key, at, cx.resource);
            if cx.with_messages {
                violation.message = format!("the tag {} is not allowed; remove it", quote(key));
                violation.suggestion = Some(Suggestion { remove: vec![key.to_owned()], ..Suggestion::default() });
            }
            violations.push(violation);
        }
        Verdict::from_violations(violations, || match uncertain {
            Some(key) => Verdict::Indeterminate(Indeterminate::new(Some(key), ELSEWHERE)),
            None if !cx.resource.tags.may_hold(|more| more.any(|key| self.hits(key, cx.fold(), cx.declared))) => {
                Verdict::Pass
            }
            None => Verdict::tags_unknown(None, cx.resource),
        })
    }

    fn stage(&self) -> u8 {
        1
    }

    fn record(&self, verdict: &Verdict<'_>, reported: &mut ReportedTags) {
        match verdict {
            Verdict::Fail(violations) => {
                reported.forbidden.extend(violations.iter().filter_map(|violation| violation.tag));
            }
            Verdict::Indeterminate(unknown) => {
                reported.may_be_forbidden.extend(unknown.possible_tags(ViolationKind::Forbidden));
            }
            Verdict::Pass | Verdict::NotApplicable => {}
        }
    }

    fn requirement(&self) -> TagRequirement {
        TagRequirement::None
    }

    fn key_effect(&self, key: &str, limits: &TagLimits, declared: &DeclaredKeys) -> KeyEffect {
        KeyEffect::violates_if(!is_aws_key(key) && self.hits(key, limits.folds_case, declared))
    }

    fn describe(&self) -> String {
        format!("No tag may have the key {}", globs(&self.keys))
    }

    fn remediation(&self) -> Remediation {
        let literal = self.keys.0.iter().find(|glob| glob.is_literal());
        Remediation::default().remove(literal.map_or(ANY_KEY, Glob::as_str))
    }

    fn repair(&self, _: ViolationKind) -> Repair {
        Repair::Remove
    }
}
