//! How many tags a resource has.

use super::{Answer, Breach, Context, Kind};
use crate::model::Service;
use crate::text::count;

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
    pub(super) fn allows(&self, tags: usize, service: &Service) -> bool {
        let limit = self.max.unwrap_or(service.max_tags as usize);
        self.max.is_none_or(|max| tags <= max)
            && self.min.is_none_or(|min| tags >= min)
            && self.reserve.is_none_or(|reserve| limit.saturating_sub(tags) >= reserve)
    }

    pub(super) fn answer<'a>(&'a self, cx: &Context<'a>) -> Answer<'a> {
        let n = cx.own_tags().count();
        let complete = cx.resource.tags.complete();
        let limit = self.max.unwrap_or(cx.service.max_tags as usize);
        if let Some(max) = self.max.filter(|max| n > *max) {
            return self.breach(Kind::TooMany, cx, || format!("it has {}; at most {max} are allowed", tags(n)));
        }
        if let Some(min) = self.min.filter(|min| complete && n < *min) {
            return self.breach(Kind::TooFew, cx, || format!("it has {}; at least {min} are required", tags(n)));
        }
        // Too many tags are not reported again as lack of room.
        if let Some(reserve) = self.reserve.filter(|reserve| limit.saturating_sub(n) < *reserve && !cx.claims.too_many)
        {
            if cx.claims.may_be_too_many {
                return Answer::untold(None, cx.resource);
            }
            return self.breach(Kind::Headroom, cx, || {
                let free = limit.saturating_sub(n);
                format!("it has {} and room for {free} more of {limit}; keep room for {reserve}", tags(n))
            });
        }
        let settled = complete || (self.max.is_none() && self.reserve.is_none() && self.min.is_none_or(|min| n >= min));
        if settled { Answer::Holds } else { Answer::untold(None, cx.resource) }
    }

    #[allow(clippy::unused_self)] // reads as what it is: this rule's breach
    fn breach<'a>(&'a self, kind: Kind, cx: &Context<'a>, words: impl FnOnce() -> String) -> Answer<'a> {
        let mut breach = Breach::new(kind, None);
        if cx.words {
            breach.message = words();
        }
        Answer::broken(breach)
    }
}

fn tags(n: usize) -> String {
    count(n as u64, "tag")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Alone, Claims, Declared};
    use crate::model::{Day, Resource, Tag, Tags, Text};

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
            claims: Claims::default(),
            others: &Alone,
            words: true,
        };
        for max in [None, Some(usize::MAX)] {
            let count = Count { max, min: None, reserve: Some(usize::MAX) };
            assert!(matches!(count.answer(&cx), Answer::Broken(_)), "{max:?}");
        }
    }
}
