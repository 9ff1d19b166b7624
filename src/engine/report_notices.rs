//! The notices of a report.

use super::notice::Notice;
use super::report::Report;
use crate::base::{Glob, count, escape, quote};
use crate::model::Day;
use crate::policy::Waiver;
use crate::rule::{Check as _, Comparison};

/// The number of days before its last day from which a waiver is announced.
const EXPIRES_SOON: i32 = 14;

/// The number of unmanaged resources that a notice names. The JSON report has all of them.
const NAMED: usize = 5;

impl Report {
    /// The notices about rules, waivers, inputs and the policy. They concern the whole run, so a part has none.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        if self.part.is_some() {
            return Vec::new();
        }
        let policy = &self.settings.policy;
        let mut out: Vec<Notice> = self.unused_rules().collect();
        let waivers = policy.waivers.iter().zip(&self.summary.waivers);
        let waivers = waivers.filter_map(|(waiver, used)| waiver_notice(waiver, *used, self.settings.today));
        out.extend(waivers.map(Notice::warning));
        out.extend(self.target_notices());
        out.extend(self.input_warnings().map(Notice::warning));
        out.extend(self.unmanaged_notice());
        out.extend(self.summary.inline_waivers.notices(policy, &self.settings.chosen));
        for problem in &policy.warnings {
            let (line, _) = problem.file.line_column(problem.span.start);
            out.push(Notice::warning(format!("{}:{line}: {}", problem.file.path.display(), problem.message)));
        }
        if let Some(redactor) = &self.settings.redactor {
            for notice in &mut out {
                notice.message = redactor.text(&notice.message);
            }
        }
        out
    }

    fn unused_rules(&self) -> impl Iterator<Item = Notice> {
        let rules = self.settings.policy.rules.iter().zip(&self.summary.rules).zip(&self.settings.chosen);
        let unused =
            // If there are no resources at all, an unused rule is no hint at a mistake in the policy.
            rules.filter(|((_, counts), chosen)| **chosen && counts.matched == 0 && self.summary.counts.resources > 0);
        unused.map(|((rule, _), _)| Notice::warning(format!("the rule {} applies to no resource", rule.id)))
    }

    fn input_warnings(&self) -> impl Iterator<Item = String> {
        let unique = self.settings.policy.rules.iter().any(|rule| rule.kind.comparison() == Comparison::UniqueValues);
        let unread = (unique && (!self.complete() || self.scope().narrowed()))
            .then(|| "part of the scope was not read, so a `unique` rule may miss duplicate values there".to_owned());
        let duplicates = (self.duplicates > 0).then(|| {
            format!(
                "{} in more than one of these inventories, so each copy is counted and reported; `taglint merge` removes \
                 the copies",
                plural_is(self.duplicates)
            )
        });
        let indexed = (self.indexed > 0).then(|| {
            format!(
                "the tags of {} come from the tagging API's index, which is some minutes late: a tag that was just \
                 removed or changed may still pass",
                count(self.indexed, "resource")
            )
        });
        [unread, duplicates, indexed].into_iter().flatten()
    }

    fn unmanaged_notice(&self) -> Option<Notice> {
        let (looked_up, names) = (self.settings.managed.as_ref()?.read, self.unmanaged()?);
        let more = if names.len() > NAMED { ", … (the JSON report names all)" } else { "" };
        let first = names.iter().take(NAMED).map(|name| escape(name).into_owned());
        let message = format!(
            "{} of {} managed by nothing in the given states and stacks: {}{more}",
            names.len(),
            count(looked_up, "resource"),
            first.collect::<Vec<_>>().join(", ")
        );
        (!names.is_empty()).then(|| Notice::note(message))
    }
}

fn plural_is(resources: u64) -> String {
    format!("{} {}", count(resources, "resource"), if resources == 1 { "is" } else { "are" })
}

/// The notice about a waiver that is expired, unused or expires soon.
fn waiver_notice(waiver: &Waiver, used: u64, today: Day) -> Option<String> {
    let rules = waiver.rules.0.iter().map(Glob::as_str).collect::<Vec<_>>().join(", ");
    let name = format!("the waiver for {rules} ({})", quote(&waiver.reason));
    let days = waiver.expires.since(today);
    if let Some(from) = waiver.from.filter(|from| today < *from) {
        return Some(format!("{name} is not valid before {from}"));
    }
    if !waiver.holds_on(today) {
        return Some(format!("{name} expired on {} and no longer applies", waiver.expires));
    }
    if used == 0 {
        return Some(format!("{name} covers no finding"));
    }
    let when = match u64::try_from(days) {
        Ok(0) => "today".to_owned(),
        Ok(days) => format!("in {}", count(days, "day")),
        Err(_) => return None,
    };
    (days <= EXPIRES_SOON).then(|| format!("{name} expires {when}, on {}", waiver.expires))
}
