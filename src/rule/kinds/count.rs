//! How many tags a resource has.

use crate::aws::TagLimits;
use crate::base::count;
use crate::rule::{Context, Verdict, Violation, ViolationKind};

/// How many tags there may be, must be, or must be left room for. AWS's own are not counted.
#[derive(Debug, Clone, Default)]
pub struct Count {
    /// At most so many.
    pub max: Option<usize>,
    /// At least so many.
    pub min: Option<usize>,
    /// At least so many places left, of `max`, else of what the service allows.
    pub reserve: Option<usize>,
}

impl Count {
    /// Whether so many tags, all of them known, are good.
    pub(in crate::rule) fn allows(&self, tags: usize, service: &TagLimits) -> bool {
        let limit = self.max.unwrap_or(service.max_tags as usize);
        self.max.is_none_or(|max| tags <= max)
            && self.min.is_none_or(|min| tags >= min)
            && self.reserve.is_none_or(|reserve| limit.saturating_sub(tags) >= reserve)
    }

    pub(in crate::rule) fn answer<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let n = cx.own_tags().count();
        let complete = cx.resource.tags.complete();
        let limit = self.max.unwrap_or(cx.service.max_tags as usize);
        if let Some(max) = self.max.filter(|max| n > *max) {
            return self
                .violation(ViolationKind::TooMany, cx, || format!("it has {}; at most {max} are allowed", tags(n)));
        }
        if let Some(min) = self.min.filter(|min| complete && n < *min) {
            return self
                .violation(ViolationKind::TooFew, cx, || format!("it has {}; at least {min} are required", tags(n)));
        }
        // Too many tags are not reported again as lack of room.
        if let Some(reserve) =
            self.reserve.filter(|reserve| limit.saturating_sub(n) < *reserve && !cx.reported.too_many)
        {
            if cx.reported.may_be_too_many {
                return Verdict::tags_unknown(None, cx.resource);
            }
            return self.violation(ViolationKind::Headroom, cx, || {
                let free = limit.saturating_sub(n);
                format!("it has {} and room for {free} more of {limit}; keep room for {reserve}", tags(n))
            });
        }
        let settled = complete || (self.max.is_none() && self.reserve.is_none() && self.min.is_none_or(|min| n >= min));
        if settled { Verdict::Pass } else { Verdict::tags_unknown(None, cx.resource) }
    }

    #[allow(clippy::unused_self)] // reads as what it is: this rule's breach
    fn violation<'a>(&'a self, kind: ViolationKind, cx: &Context<'a>, message: impl FnOnce() -> String) -> Verdict<'a> {
        let mut violation = Violation::new(kind, None);
        if cx.with_messages {
            violation.message = message();
        }
        Verdict::fail(violation)
    }
}

fn tags(n: usize) -> String {
    count(n as u64, "tag")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Day, Resource, Tag, Tags, Text};
    use crate::rule::{Declared, EmptyIndex, ReportedTags};

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
            service: resource.service(),
            today: Day(jiff::civil::date(2026, 1, 1)),
            declared: &Declared::default(),
            reported: ReportedTags::default(),
            others: &EmptyIndex,
            with_messages: true,
        };
        for max in [None, Some(usize::MAX)] {
            let count = Count { max, min: None, reserve: Some(usize::MAX) };
            assert!(matches!(count.answer(&cx), Verdict::Fail(_)), "{max:?}");
        }
    }
}
