//! The grace period of a rule: findings of young resources are notes.

use super::{Rule, Severity};
use crate::base::count;
use crate::model::{Day, Resource};

/// The grace period of a rule for one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grace {
    /// None, or it is over.
    None,
    /// It ends, and the finding is of the rule's severity from this day on.
    Until(Day),
    /// It may not be over, because the age of the resource is not known: the finding has the rule's severity.
    AgeUnknown(i32),
}

impl Rule {
    /// The grace period for the findings of a resource.
    #[must_use]
    pub fn grace_for(&self, resource: &Resource<'_>, today: Day) -> Grace {
        let Some(days) = self.grace else { return Grace::None };
        match resource.created_day() {
            Some(created) if today < created.plus(days) => Grace::Until(created.plus(days)),
            // Source is corrected before it makes a resource, so it needs no grace.
            None if !resource.is_planned() => Grace::AgeUnknown(days),
            _ => Grace::None,
        }
    }
}

impl Grace {
    /// The severity of a finding of a rule whose findings usually have this one.
    #[must_use]
    pub fn severity(self, usual: Severity) -> Severity {
        if matches!(self, Self::Until(_)) { Severity::Note } else { usual }
    }

    /// The sentence for a finding's message.
    #[must_use]
    pub fn sentence(self, rule: &Rule) -> Option<String> {
        match self {
            Self::None => None,
            Self::Until(day) => Some(format!("grace period: {} from {day} on", rule.severity.with_article())),
            Self::AgeUnknown(days) => Some(format!(
                "the age of the resource is unknown, so the grace period of {} does not apply",
                count(u64::from(days.unsigned_abs()), "day")
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Origin;
    use crate::policy::parse_text;

    #[test]
    fn grace_ends_with_a_day_and_needs_an_age() {
        let rule = "version = 1\n[[rule]]\nid = \"a\"\nkey = \"K\"\nrequired = true\ngrace = \"7d\"\n";
        let policy = parse_text(rule).expect("a policy");
        let rule = &policy.rules[0];
        let day = |text| Day::parse(text).expect("a date");
        for (created, today, want) in [
            (Some("2026-11-20T23:59:59Z"), "2026-11-20", Grace::Until(day("2026-11-27"))),
            (Some("2026-11-20T23:59:59Z"), "2026-11-26", Grace::Until(day("2026-11-27"))),
            (Some("2026-11-20T23:59:59Z"), "2026-11-27", Grace::None),
            (Some("2026-11-20"), "2026-11-22", Grace::Until(day("2026-11-27"))),
            (Some("soon"), "2026-11-22", Grace::AgeUnknown(7)),
            (None, "2026-11-22", Grace::AgeUnknown(7)),
        ] {
            let live = Resource { kind: "s3:bucket".into(), created: created.map(Into::into), ..Resource::default() };
            let got = rule.grace_for(&live, day(today));
            assert_eq!(got, want, "{created:?} {today}");
            let severity = if matches!(want, Grace::Until(_)) { Severity::Note } else { Severity::Error };
            assert_eq!(got.severity(rule.severity), severity);
        }
        let planned = Resource { origin: Some(Box::new(Origin::default())), ..Resource::default() };
        assert_eq!(rule.grace_for(&planned, day("2026-11-22")), Grace::None);
    }
}
