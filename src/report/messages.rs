//! Sentences that several formats share. They contain raw data: each format escapes them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;

use crate::base::{count, escape, percent_of, thousands};
use crate::engine::{Report, UnknownResult};
use crate::model::{Gap, Tags};
use crate::policy::Severity;
use crate::rule::Suggestion;

/// The result in one line: `taglint: 12 errors, 3 warnings in 240 resources (91% pass)`. It contains no data.
pub(super) fn headline(report: &Report) -> String {
    let tally = &report.summary().counts;
    let mut found: Vec<String> = Severity::ALL
        .into_iter()
        .filter(|severity| tally.findings[*severity as usize] > 0)
        .map(|severity| count(tally.findings[severity as usize], severity.name()))
        .collect();
    if found.is_empty() {
        found.push("no findings".to_owned());
    } else if report.settings().baseline.is_some() {
        found.push(format!("{} of them new", thousands(tally.new.iter().sum())));
    }
    if tally.grace > 0 {
        found.push(format!("{} of them in a grace period", thousands(tally.grace)));
    }
    // Rounded down, so that nothing short of all of them is 100%.
    let (pass, judged) = report.passing();
    let share = (pass * 100).checked_div(judged);
    let mut aside: Vec<String> = share.map(|percent| format!("{percent}% pass")).into_iter().collect();
    if tally.unknown > 0 {
        aside.push(format!("{} unknown", thousands(tally.unknown)));
    }
    let aside = if aside.is_empty() { String::new() } else { format!(" ({})", aside.join(", ")) };
    let incomplete = if report.complete() { "" } else { "; incomplete" };
    format!("taglint: {} in {}{aside}{incomplete}", found.join(", "), count(tally.resources, "resource"))
}

/// The number of gaps that differ in their type alone, from which they are one line.
const MANY_TYPES: usize = 4;
/// The number of types that such a line names.
const NAMED_TYPES: usize = 20;

/// The gaps for a person: those that differ in their type alone are one, with the names of the first types. Formats for
/// programs have each.
pub(super) fn grouped_gaps(gaps: &[Gap]) -> Vec<Cow<'_, Gap>> {
    let rest = |gap: &'_ Gap| (gap.account.clone(), gap.region.clone(), gap.operation.clone(), gap.error.clone());
    let mut types: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for gap in gaps {
        if let Some(kind) = &gap.kind {
            types.entry(rest(gap)).or_default().push(kind);
        }
    }
    types.retain(|_, kinds| kinds.len() >= MANY_TYPES);
    let mut out = Vec::with_capacity(gaps.len());
    for gap in gaps {
        match types.get_mut(&rest(gap)).filter(|_| gap.kind.is_some()) {
            None => out.push(Cow::Borrowed(gap)),
            // The first one stands for all.
            Some(kinds) if !kinds.is_empty() => {
                let all = std::mem::take(kinds);
                let names = all[..all.len().min(NAMED_TYPES)].join(", ");
                let more = match all.len().saturating_sub(NAMED_TYPES) {
                    0 => String::new(),
                    more => format!(" and {} more, which a report in JSON names", thousands(more as u64)),
                };
                let kind = format!("{} ({names}{more})", count(all.len() as u64, "type"));
                out.push(Cow::Owned(Gap { kind: Some(kind), ..gap.clone() }));
            }
            Some(_) => {}
        }
    }
    out
}

/// Everything that could not be read: the place and the error.
pub(super) fn unread(report: &Report) -> Vec<(String, Cow<'_, str>)> {
    let mut out: Vec<_> = grouped_gaps(report.gaps())
        .into_iter()
        .map(|gap| {
            let parts = [&gap.account, &gap.region, &gap.kind, &gap.operation];
            let place: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
            let place = place.join(" ");
            match gap {
                Cow::Borrowed(gap) => (place, Cow::Borrowed(gap.error.as_str())),
                Cow::Owned(gap) => (place, Cow::Owned(gap.error)),
            }
        })
        .collect();
    let resources = report.summary().counts.unread;
    if resources > 0 {
        let why = format!("the tags of {} could not be read", count(resources, "resource"));
        out.push((String::new(), Cow::Owned(why)));
    }
    out
}

/// A resource whose tags could not be read, with escaped texts.
pub(super) struct UnreadResource {
    /// The resource type.
    pub(super) kind: String,
    /// The ARN or address.
    pub(super) handle: String,
    /// The reason.
    pub(super) reason: String,
    /// The account, empty if it is not known.
    pub(super) account: String,
    /// The region, empty if there is none or it is not known.
    pub(super) region: String,
    /// The name, empty if there is none.
    pub(super) name: String,
}

impl UnreadResource {
    /// The resource and the reason in one sentence.
    pub(super) fn sentence(&self) -> String {
        format!("the tags of {} {} could not be read: {}", self.kind, self.handle, self.reason)
    }
}

/// The reason of an unknown result with the location of what is not known.
pub(super) fn reason_with_location<'u>(unknown: &'u UnknownResult<'_>) -> Cow<'u, str> {
    match &unknown.location {
        Some(at) => Cow::Owned(format!("{} ({}:{})", unknown.reason, at.path, at.line)),
        None => Cow::Borrowed(&unknown.reason),
    }
}

/// Unknown results with the same reason.
#[derive(Debug)]
pub(super) struct UnknownGroup {
    /// The reason, with the location of what is not known. It is escaped.
    pub(super) reason: String,
    /// The number of results.
    pub(super) count: u64,
}

/// The maximum number of reasons that [`unknown_groups`] tells apart.
const MAX_GROUPS: usize = 10_000;

/// The unknown results by reason, the most frequent first. Those of resources whose tags could not be read are left out.
pub(super) fn unknown_groups(report: &Report) -> io::Result<Vec<UnknownGroup>> {
    let mut groups: BTreeMap<String, u64> = BTreeMap::new();
    if report.summary().counts.unknown_results == 0 {
        return Ok(Vec::new());
    }
    report.unknown_results(
        |resource, unknown, line| {
            if !matches!(resource.tags, Tags::Unread { .. }) {
                line.extend_from_slice(escape(&reason_with_location(unknown)).as_bytes());
            }
        },
        &mut |line| {
            if !line.is_empty() {
                let reason = String::from_utf8_lossy(line);
                let is_full = groups.len() >= MAX_GROUPS && !groups.contains_key(&*reason);
                let reason = if is_full { "other reasons".to_owned() } else { reason.into_owned() };
                *groups.entry(reason).or_default() += 1;
            }
            Ok(ControlFlow::Continue(()))
        },
    )?;
    let mut out: Vec<UnknownGroup> = groups.into_iter().map(|(reason, count)| UnknownGroup { reason, count }).collect();
    out.sort_by_key(|group| std::cmp::Reverse(group.count));
    Ok(out)
}

/// The reason why the tags of a resource could not be read. It is not escaped.
pub(super) fn unread_reason(reason: &str) -> &str {
    if reason.trim().is_empty() { "no reason is given" } else { reason }
}

/// The maximum number of resources that [`unread_resources`] names.
#[cfg(feature = "sarif")]
const MAX_UNREAD: usize = 1000;
/// The separator between the parts of an unread resource. Escaped text never contains it.
const SEPARATOR: char = '\u{1f}';

/// Names the first resources whose tags could not be read. Resources that no rule applies to are not included.
#[cfg(feature = "sarif")]
pub(super) fn unread_resources(report: &Report) -> io::Result<Vec<UnreadResource>> {
    let mut out: Vec<UnreadResource> = Vec::new();
    each_unread_resource(report, &mut |resource| {
        out.push(resource);
        if out.len() < MAX_UNREAD { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(out)
}

/// Calls `add` with every resource whose tags could not be read, until it stops.
pub(super) fn each_unread_resource(
    report: &Report,
    add: &mut dyn FnMut(UnreadResource) -> ControlFlow<()>,
) -> io::Result<()> {
    if report.summary().counts.unread == 0 {
        return Ok(());
    }
    report.unknown_resources(
        |reported, line| {
            let resource = reported.resource;
            if let (Tags::Unread { reason }, [_, ..]) = (&resource.tags, &reported.unknown[..]) {
                let reason = unread_reason(reason);
                let optional = [&resource.account, &resource.region, &resource.name].map(|text| text.as_deref());
                let [account, region, name] = optional.map(|text| text.unwrap_or(""));
                let handle = resource.handle();
                let parts = [resource.kind.as_str(), &*handle, reason, account, region, name];
                let parts = parts.map(|part| escape(part).into_owned());
                line.extend_from_slice(parts.join(&String::from(SEPARATOR)).as_bytes());
            }
        },
        &mut |line| {
            let line = String::from_utf8_lossy(line);
            let parts: Vec<&str> = line.split(SEPARATOR).collect();
            let [kind, handle, reason, account, region, name] = parts[..] else { return Ok(ControlFlow::Continue(())) };
            let [kind, handle, reason] = [kind, handle, reason].map(str::to_owned);
            let [account, region, name] = [account, region, name].map(str::to_owned);
            Ok(add(UnreadResource { kind, handle, reason, account, region, name }))
        },
    )
}

/// The counts of baseline findings that this run does not have: those that are gone, and those whose resource could not
/// be read.
pub(super) fn baseline_parts(report: &Report) -> Vec<String> {
    let unread = report.gone().iter().filter(|known| report.state_of(known) == "unread").count();
    let counts = [(report.gone().len() - unread, "gone"), (unread, "that could not be read again")];
    let part = |(n, state)| format!("{} {state}", count(n as u64, "baseline finding"));
    counts.into_iter().filter(|(n, _)| *n > 0).map(part).collect()
}

/// The instruction of a suggestion: `set K=V; remove K`.
pub(super) fn instead(suggestion: &Suggestion) -> String {
    let set = suggestion.set.iter().map(|(key, value)| format!("set {key}={value}"));
    set.chain(suggestion.remove.iter().map(|key| format!("remove {key}"))).collect::<Vec<_>>().join("; ")
}

/// The first `limit` characters, with an ellipsis if there are more.
pub(super) fn shorten(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A share in percent with one decimal, rounded down so that only all of them are 100%.
pub(super) fn share(part: u64, whole: u64) -> String {
    match percent_of(part, whole) {
        None => "–".to_owned(),
        Some(10_000) => "100%".to_owned(),
        Some(hundredths) => format!("{}.{}%", hundredths / 100, hundredths % 100 / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_of_them_are_all() {
        for (part, whole, want) in
            [(0, 0, "–"), (0, 5, "0.0%"), (2, 3, "66.6%"), (99_999, 100_000, "99.9%"), (4, 4, "100%")]
        {
            assert_eq!(share(part, whole), want);
        }
    }
}
