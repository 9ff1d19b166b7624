//! `max-tags`, `min-tags` and `reserve`: the number of tags of a resource.

use crate::aws::TagLimits;
use crate::base::{all_of, count};
use crate::rule::RuleBuilder;
use crate::rule::check::{Check, RuleDefinition};
use crate::rule::context::{Context, DeclaredKeys, ReportedTags};
use crate::rule::prefilter::{KeyEffect, TagRequirement};
use crate::rule::remediation::{ANY_KEY, ANY_VALUE, Remediation, Repair};
use crate::rule::spec::{Field, FieldType, KindSpec};
use crate::rule::verdict::{Indeterminate, Verdict, Violation, ViolationKind};

/// The reason if it is unknown whether the lack of room is reported by another rule, as too many tags.
const MAY_BE_TOO_MANY: &str = "another rule may report too many tags, and the result of that rule is unknown";

/// A rule on the number of tags, and on the room for more. AWS's own tags do not count.
#[derive(Debug, Clone, Default)]
pub struct CountRule {
    /// The maximum number.
    max: Option<usize>,
    /// The minimum number.
    min: Option<usize>,
    /// The minimum room for more, up to `max` or else to the limit of the service.
    reserve: Option<usize>,
}

impl RuleDefinition for CountRule {
    const SPEC: KindSpec = KindSpec {
        name: "count",
        discriminating_fields: &["max-tags", "min-tags", "reserve"],
        exclusive: false,
        fields: &[
            Field::new("max-tags", FieldType::Count, "The maximum number of tags; AWS's own do not count."),
            Field::new("min-tags", FieldType::Count, "The minimum number of tags."),
            Field::new(
                "reserve",
                FieldType::Count,
                "The minimum room for more tags, up to `max-tags`, else to the service's limit of 50.",
            ),
        ],
        example: "max-tags = 40",
        summary: "The number of tags of a resource, or its room for more, is in a range.",
        why: "AWS refuses the 51st tag, and the whole request with it, which may break a deployment.",
        fix: "Remove tags that nobody reads, or add those that are missing.",
    };

    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self> {
        let out = Self {
            max: builder.number("max-tags"),
            min: builder.number("min-tags"),
            reserve: builder.number("reserve"),
        };
        builder.ordered("min-tags", out.min, "max-tags", out.max)?;
        if let (Some(reserve), max) = (out.reserve, out.max.unwrap_or(50))
            && reserve > max
        {
            builder.diagnostics.error(
                builder.span("reserve"),
                format!("`reserve` = {reserve} is above the maximum of {max} tags, so nothing can pass"),
            );
            return None;
        }
        Some(out)
    }
}

impl Check for CountRule {
    fn evaluate<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let n = cx.own_tags().count();
        let complete = cx.resource.tags.complete();
        let limit = self.max.unwrap_or(cx.limits.max_tags as usize);
        if let Some(max) = self.max.filter(|max| n > *max) {
            return fail(ViolationKind::TooMany, cx, || format!("it has {}; at most {max} are allowed", tags(n)));
        }
        if let Some(min) = self.min.filter(|min| complete && n < *min) {
            return fail(ViolationKind::TooFew, cx, || format!("it has {}; at least {min} are required", tags(n)));
        }
        // Too many tags are not reported again as lack of room.
        if let Some(reserve) =
            self.reserve.filter(|reserve| limit.saturating_sub(n) < *reserve && !cx.reported.too_many)
        {
            if cx.reported.may_be_too_many {
                return self.unknown(cx);
            }
            return fail(ViolationKind::Headroom, cx, || {
                let free = limit.saturating_sub(n);
                format!("it has {} and room for {free} more of {limit}; keep room for {reserve}", tags(n))
            });
        }
        let may_lack_room = self.reserve.is_some() && !cx.reported.too_many;
        let open = self.max.is_some() || may_lack_room || self.min.is_some_and(|min| n < min);
        if open && !complete { self.unknown(cx) } else { Verdict::Pass }
    }

    fn stage(&self) -> u8 {
        u8::from(self.reserve.is_some())
    }

    fn record(&self, verdict: &Verdict<'_>, reported: &mut ReportedTags) {
        match verdict {
            Verdict::Fail(violations) => {
                reported.too_many |= violations.iter().any(|violation| violation.kind == ViolationKind::TooMany);
            }
            Verdict::Indeterminate(unknown) => reported.may_be_too_many |= unknown.may_become(ViolationKind::TooMany),
            Verdict::Pass | Verdict::NotApplicable => {}
        }
    }

    fn may_report_too_many(&self) -> bool {
        self.max.is_some()
    }

    fn requirement(&self) -> TagRequirement {
        TagRequirement::Number
    }

    fn key_effect(&self, _: &str, _: &TagLimits, _: &DeclaredKeys) -> KeyEffect {
        KeyEffect::None
    }

    fn allows(&self, tags: usize, limits: &TagLimits) -> bool {
        let limit = self.max.unwrap_or(limits.max_tags as usize);
        self.max.is_none_or(|max| tags <= max)
            && self.min.is_none_or(|min| tags >= min)
            && self.reserve.is_none_or(|reserve| limit.saturating_sub(tags) >= reserve)
    }

    fn describe(&self) -> String {
        let n = |n: usize, noun: &str| count(n as u64, noun);
        let mut parts = Vec::new();
        parts.extend(self.min.map(|min| format!("at least {}", n(min, "tag"))));
        parts.extend(self.max.map(|max| format!("at most {}", n(max, "tag"))));
        parts.extend(self.reserve.map(|reserve| format!("room for {}", n(reserve, "more tag"))));
        format!("A resource must have {}", all_of(parts))
    }

    fn remediation(&self) -> Remediation {
        if self.max.is_none() && self.reserve.is_none() {
            Remediation::default().set(ANY_KEY, ANY_VALUE)
        } else {
            Remediation::default().remove(ANY_KEY)
        }
    }

    fn repair(&self, _: ViolationKind) -> Repair {
        Repair::None("which tags to add or remove is not certain")
    }
}

impl CountRule {
    /// An unknown result, as further tags may exist or as another rule may report too many tags.
    fn unknown<'a>(&self, cx: &Context<'a>) -> Verdict<'a> {
        if cx.resource.tags.complete() {
            return Verdict::Indeterminate(Indeterminate::new(None, MAY_BE_TOO_MANY));
        }
        let unknown = Indeterminate::about_tags(None, cx.resource.tags.why_unknown());
        Verdict::Indeterminate(unknown.may_be(ViolationKind::TooMany, self.max.map(|_| None)))
    }
}

fn fail<'a>(kind: ViolationKind, cx: &Context<'a>, message: impl FnOnce() -> String) -> Verdict<'a> {
    let mut violation = Violation::new(kind, None);
    if cx.with_messages {
        violation.message = message();
    }
    Verdict::fail(violation)
}

fn tags(n: usize) -> String {
    count(n as u64, "tag")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Day, Resource, Tag, Tags, Text};
    use crate::rule::EmptyIndex;

    #[test]
    fn numbers_beyond_all_tags_do_not_overflow() {
        let tags = vec![Tag { key: Text::from("K"), value: None }];
        let resource = Resource {
            kind: Text::from("iam:mfa"),
            tags: Tags::Read { tags, more: false.into() },
            ..Resource::default()
        };
        let cx = Context {
            resource: &resource,
            limits: resource.tag_limits(),
            today: Day(jiff::civil::date(2026, 1, 1)),
            declared: &DeclaredKeys::default(),
            reported: ReportedTags::default(),
            index: &EmptyIndex,
            with_messages: true,
        };
        for max in [None, Some(usize::MAX)] {
            let rule = CountRule { max, min: None, reserve: Some(usize::MAX) };
            assert!(matches!(rule.evaluate(&cx), Verdict::Fail(_)), "{max:?}");
        }
    }
}
