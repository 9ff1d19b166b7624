//! The unread resources, with those of the same reason counted together: one missing permission hides the tags of thousands of
//! resources, or of a hundred accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::ControlFlow;

use super::paint::{Paint, paint};
use crate::base::{Paragraph, count, escape, thousands};
use crate::engine::Report;
use crate::model::{Gap, Resource, Tags, access_remedies};
use crate::report::messages::{each_unread_resource, grouped_gaps, unread_reason};
use crate::report::options::{ReportOptions, Show};

/// The number of resources or scopes with the same reason that are listed. More are one line.
const LISTED: usize = 3;

/// The unread resources by type and reason, if there are many of one.
#[derive(Debug, Default)]
pub(super) struct UnreadGroups(BTreeMap<(String, String), UnreadGroup>);

#[derive(Debug)]
struct UnreadGroup {
    count: usize,
    /// The first one.
    example: String,
}

impl UnreadGroups {
    /// The groups of a report. There are none if each resource is to be listed.
    ///
    /// # Errors
    /// If the input cannot be read again.
    pub(super) fn of(report: &Report, options: &ReportOptions) -> io::Result<Self> {
        let mut groups: BTreeMap<(String, String), UnreadGroup> = BTreeMap::new();
        if options.shows(Show::Unknown) {
            return Ok(Self(groups));
        }
        each_unread_resource(report, &mut |resource| {
            let group = groups.entry((resource.kind, resource.reason));
            group.or_insert(UnreadGroup { count: 0, example: resource.handle }).count += 1;
            ControlFlow::Continue(())
        })?;
        groups.retain(|_, group| group.count > LISTED);
        Ok(Self(groups))
    }

    /// Returns `true` if an unread resource is counted with others.
    pub(super) fn has(&self, resource: &Resource<'_>) -> bool {
        let Tags::Unread { reason } = &resource.tags else { return false };
        let key = || (escape(&resource.kind).into_owned(), escape(unread_reason(reason)).into_owned());
        !self.0.is_empty() && self.0.contains_key(&key())
    }

    /// A line for each group, the largest first.
    fn lines(&self, options: &ReportOptions) -> String {
        let mut groups: Vec<_> = self.0.iter().collect();
        groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.count));
        let line = |((kind, reason), group): (&(String, String), &UnreadGroup)| {
            let what = format!("the tags of {} {kind}, such as", thousands(group.count as u64));
            let line = Paragraph::indented(2).words(0, &what).whole(1, &group.example);
            line.words(2, reason).wrapped(options.width, 6)
        };
        groups.into_iter().map(line).collect()
    }
}

/// The scopes that could not be read, and the resources that are counted together.
pub(super) fn unread(report: &Report, groups: &UnreadGroups, options: &ReportOptions, p: Paint) -> String {
    if report.gaps().is_empty() && groups.0.is_empty() {
        return String::new();
    }
    let mut out = format!("{}\n", paint(p.unknown, "Could not be read"));
    for (scope, error) in scopes(report.gaps()) {
        let line = Paragraph::indented(2).words(0, &scope);
        out += &line.words(if scope.is_empty() { 0 } else { 2 }, &error).wrapped(options.width, 6);
    }
    out += &groups.lines(options);
    let errors = report.gaps().iter().map(|gap| {
        let operation = gap.operation.as_deref().unwrap_or("");
        format!("{operation} {}", gap.error)
    });
    let reasons: Vec<String> = errors.chain(groups.0.keys().map(|(_, reason)| reason.clone())).collect();
    for remedy in access_remedies(reasons.iter().map(String::as_str)) {
        out += &Paragraph::indented(2).words(0, remedy).wrapped(options.width, 6);
    }
    if !groups.0.is_empty() {
        out += &Paragraph::indented(2).words(0, "--show unknown lists each resource").wrapped(options.width, 6);
    }
    out.push('\n');
    out
}

/// The gaps as escaped texts: the scope and the error. Those that differ in their account or region alone are one if there
/// are many.
fn scopes(gaps: &[Gap]) -> Vec<(String, String)> {
    let gaps = grouped_gaps(gaps);
    let mut groups: BTreeMap<_, Vec<&Gap>> = BTreeMap::new();
    for gap in &gaps {
        groups.entry(besides_place(gap)).or_default().push(gap);
    }
    let mut out = Vec::new();
    for gap in &gaps {
        match groups.get_mut(&besides_place(gap)) {
            Some(group) if group.len() > LISTED => {
                let group = std::mem::take(group);
                out.push((escape(&scope_of_many(&group)).into_owned(), escape(&gap.error).into_owned()));
            }
            // The first one stands for all.
            Some(group) if group.is_empty() => {}
            _ => {
                let parts: Vec<&str> = [&gap.account, &gap.region, &gap.kind, &gap.operation]
                    .into_iter()
                    .flatten()
                    .map(String::as_str)
                    .collect();
                out.push((escape(&parts.join(" ")).into_owned(), escape(&gap.error).into_owned()));
            }
        }
    }
    out
}

/// The parts of a gap besides its account and region.
fn besides_place(gap: &Gap) -> (Option<String>, Option<String>, String) {
    (gap.kind.clone(), gap.operation.clone(), gap.error.clone())
}

/// `12 accounts (111122223333, 444455556666 …), 17 regions (eu-central-1 …), iam:user, iam:ListUsers`.
fn scope_of_many(gaps: &[&Gap]) -> String {
    const NAMED: usize = 5;
    let distinct = |noun: &str, part: fn(&Gap) -> Option<&str>| {
        let values: BTreeSet<&str> = gaps.iter().filter_map(|gap| part(gap)).collect();
        let names: Vec<&str> = values.iter().copied().take(NAMED).collect();
        let more = if values.len() > NAMED { ", …" } else { "" };
        match &names[..] {
            [] => None,
            [one] => Some((*one).to_owned()),
            names => Some(format!("{} ({}{more})", count(values.len() as u64, noun), names.join(", "))),
        }
    };
    let parts = [
        distinct("account", |gap| gap.account.as_deref()),
        distinct("region", |gap| gap.region.as_deref()),
        gaps.first().and_then(|gap| gap.kind.clone()),
        gaps.first().and_then(|gap| gap.operation.clone()),
    ];
    let scope: Vec<String> = parts.into_iter().flatten().collect();
    if scope.is_empty() { count(gaps.len() as u64, "scope") } else { scope.join(", ") }
}
