//! The coverage of a run in the words that several formats share. They contain raw data: each format escapes them.

use crate::base::thousands;
use crate::engine::Report;
use crate::model::{NotJudged, NotJudgedReason};

/// The groups that a report does not name elsewhere: it names resources whose tags could not be read one by one.
pub(super) fn not_judged(report: &Report) -> impl Iterator<Item = &NotJudged> {
    report.coverage().not_judged.iter().filter(|group| group.reason != NotJudgedReason::TagsUnread)
}

/// The reasons with their counts in one line: `not judged: 14 (12 type without tags, 2 unknown type)`; `None` where rules
/// judged all that the inputs hold. It contains no data.
pub(super) fn not_judged_line(report: &Report) -> Option<String> {
    let mut reasons: Vec<(NotJudgedReason, u64)> = Vec::new();
    for group in not_judged(report) {
        match reasons.last_mut() {
            Some((reason, count)) if *reason == group.reason => *count += group.count,
            _ => reasons.push((group.reason, group.count)),
        }
    }
    let total: u64 = reasons.iter().map(|(_, count)| count).sum();
    let parts: Vec<String> =
        reasons.iter().map(|(reason, count)| format!("{} {}", thousands(*count), reason.about())).collect();
    (total > 0).then(|| format!("not judged: {} ({})", thousands(total), parts.join(", ")))
}

/// One group: `aws_iam_role_policy: 12, type without tags (aws_iam_role_policy.a, …)`.
pub(super) fn not_judged_item(group: &NotJudged) -> String {
    let mut names = group.examples.join(", ");
    if !names.is_empty() && group.count > group.examples.len() as u64 {
        names += ", …";
    }
    let names = if names.is_empty() { names } else { format!(" ({names})") };
    format!("{}: {}, {}{names}", group.kind, thousands(group.count), group.reason.about())
}

/// The groups that may need tags: a report that says nothing of them would look better than the run was.
pub(super) fn missed(report: &Report) -> impl Iterator<Item = &NotJudged> {
    not_judged(report).filter(|group| group.reason.may_need_tags())
}
