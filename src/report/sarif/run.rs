//! The parts of a run besides its results: the category, and notifications of what could not be read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;

use serde_json::Value;
use serde_sarif::sarif::{Invocation, Message, Notification, PropertyBag};

use super::words::{HANDLE, clean, unlinked};
use crate::base::count;
use crate::base::digest::sha256;
use crate::engine::{InputKind, Report, hex};
use crate::model::Gap;
use crate::report::coverage::{not_judged, not_judged_item};
use crate::report::envelope::Envelope;
use crate::report::messages::{grouped_gaps, unread_resources};
use crate::report::options::ReportOptions;

/// The maximum length of the message of a notification.
const SENTENCE: usize = 4000;

/// The value of `automationDetails.id`. GitHub reads the part before the last `/` as the category, and an upload closes
/// every alert of its category that it does not contain (docs/contributing/code-scanning-facts.md, "Categories and
/// incomplete runs"). A partial run therefore has its own category.
pub(super) fn category(report: &Report, options: &ReportOptions) -> String {
    if let Some(wanted) = options.sarif_category.as_deref().map(tame).filter(|wanted| !wanted.is_empty()) {
        return format!("{wanted}/");
    }
    let mut out = format!("taglint/{}/", subject(report));
    let read = report.scope();
    if options.narrowed.is_some() || read.narrowed() {
        let mut fields = vec![options.narrowed.as_deref().unwrap_or("")];
        if read.narrowed() {
            // The accounts of a shard change with the organization, but its category must not.
            let accounts = if read.shard.is_some() { read.shard.as_slice() } else { &read.accounts[..] };
            for list in [accounts, &read.regions, &read.types] {
                // A separator, so that an item cannot move from one list to the next without changing the hash.
                fields.push("|");
                fields.extend(list.iter().map(String::as_str));
            }
        }
        let _ = write!(out, "partial-{}/", short_hash(fields));
    }
    out
}

/// The subject of the run: `live/<account or organization>`, `terraform/<root>` or `cloudformation/<root>`.
fn subject(report: &Report) -> String {
    let subjects = report.input_kinds();
    let families: BTreeSet<&str> = subjects.iter().map(|subject| family(subject)).collect();
    let roots: Vec<&str> = subjects.iter().filter_map(|subject| subject.root()).collect();
    match (families.first(), roots[..].first()) {
        (Some(family), Some(root)) if families.len() == 1 => {
            let root = if roots.len() == 1 { distinct(root) } else { format!("several-{}", short_hash(roots)) };
            format!("{family}/{root}")
        }
        (_, None) => format!("live/{}", scope(report)),
        _ => format!("mixed/{}", short_hash(subjects.iter().flat_map(|s| [family(s), s.root().unwrap_or("")]))),
    }
}

fn family(subject: &InputKind) -> &'static str {
    match subject {
        InputKind::Live => "live",
        InputKind::Terraform { .. } => "terraform",
        InputKind::CloudFormation { .. } => "cloudformation",
    }
}

/// Converts a root to a part of a category. Different roots need different names, otherwise each upload would close the
/// alerts of the other.
fn distinct(root: &str) -> String {
    match tame(root) {
        tamed if tamed.is_empty() => ".".to_owned(),
        tamed if tamed == root => tamed,
        tamed => format!("{tamed}-{}", short_hash([root])),
    }
}

/// The account, the organization, or a name for several accounts.
fn scope(report: &Report) -> String {
    let scopes = || report.headers().iter().map(|header| &header.scope);
    let accounts: BTreeSet<&str> = scopes().flat_map(|scope| &scope.accounts).map(String::as_str).collect();
    let organizations: BTreeSet<Option<&str>> = scopes().map(|scope| scope.organization.as_deref()).collect();
    let name = match (accounts.first(), organizations.first()) {
        (Some(account), _) if accounts.len() == 1 => tame(account),
        (_, Some(Some(organization))) if organizations.len() == 1 => tame(organization),
        (Some(_), _) => format!("accounts-{}", short_hash(accounts)),
        (None, _) => String::new(),
    };
    // An input without a header, such as the output of the AWS CLI, does not name its account.
    if name.is_empty() { "unknown".to_owned() } else { name.replace('/', "-") }
}

/// Replaces everything but letters, digits and `-_./:`, and drops empty parts.
fn tame(text: &str) -> String {
    let good = |c: char| if c.is_ascii_alphanumeric() || "-_./:".contains(c) { c } else { '-' };
    let text: String = text.chars().take(200).map(good).collect();
    text.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// Eight hexadecimal digits for a list of texts.
fn short_hash<'f>(fields: impl IntoIterator<Item = &'f str>) -> String {
    hex(&sha256(fields.into_iter().map(str::as_bytes))[..4])
}

/// The outcome of the run. GitHub rejects an upload that is marked as unsuccessful, so open alerts stay unchanged.
pub(super) fn invocation(report: &Report, options: &ReportOptions) -> io::Result<Invocation> {
    let level = if options.allow_incomplete { "warning" } else { "error" };
    let mut execution: Vec<Notification> =
        grouped_gaps(report.gaps()).iter().map(|gap| notification(level, &words(gap))).collect();
    let unread = unread_resources(report)?;
    execution.extend(unread.iter().map(|resource| notification(level, &resource.sentence())));
    let rest = report.summary().counts.unread.saturating_sub(unread.len() as u64);
    if rest > 0 {
        let more = if unread.is_empty() { "" } else { "more " };
        execution.push(notification(
            level,
            &format!("the tags of {} could not be read", count(rest, &format!("{more}resource"))),
        ));
    }
    for group in not_judged(report) {
        let level = if group.reason.may_need_tags() { "warning" } else { "note" };
        execution.push(notification(level, &format!("not judged: {}", not_judged_item(group))));
    }
    let configuration: Vec<Notification> =
        report.notices().iter().map(|notice| notification(notice.level, &notice.message)).collect();
    let mut out = Invocation::builder().execution_successful(report.complete() || options.allow_incomplete).build();
    let files = report.policy().files.iter().map(|file| clean(&file.display().to_string(), HANDLE).into());
    let mut files = BTreeMap::from([("policyFiles".to_owned(), Value::Array(files.collect()))]);
    let rows = Envelope::new(report).rows().into_iter();
    let rows = rows.map(|(name, text)| (name.to_owned(), Value::from(clean(&text, SENTENCE))));
    files.insert("scope".to_owned(), Value::Object(rows.collect()));
    out.properties = Some(PropertyBag::builder().additional_properties(files).build());
    out.tool_execution_notifications = (!execution.is_empty()).then_some(execution);
    out.tool_configuration_notifications = (!configuration.is_empty()).then_some(configuration);
    Ok(out)
}

fn notification(level: &str, message: &str) -> Notification {
    let text = unlinked(&clean(message, SENTENCE)).into_owned();
    Notification::builder().level(level).message(Message::builder().text(text).build()).build()
}

/// Describes a gap for people.
fn words(gap: &Gap) -> String {
    let place = [&gap.account, &gap.region, &gap.kind, &gap.operation];
    let place: Vec<&str> = place.into_iter().filter_map(Option::as_deref).collect();
    match (place.is_empty(), gap.error.trim()) {
        (true, "") => "something could not be read".to_owned(),
        (true, error) => error.to_owned(),
        (false, error) => format!("{} could not be read: {error}", place.join(" ")),
    }
}
