//! What stands around the results: the category of the run, and what could not be read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;
use std::ops::ControlFlow;

use serde_json::Value;
use serde_sarif::sarif::{Invocation, Message, Notification, PropertyBag};

use super::words::{HANDLE, clean, unlinked};
use crate::base::count;
use crate::base::digest::sha256;
use crate::engine::{InputKind, Report, hex};
use crate::model::{Gap, Tags};
use crate::report::coverage::not_judged_item;
use crate::report::options::ReportOptions;

/// So many resources whose tags could not be read are named one by one.
const MAX_UNREAD: usize = 1000;
/// No message of a notification is longer.
const SENTENCE: usize = 4000;

/// The value of `automationDetails.id`. GitHub reads the part before the last `/` as the category, and an upload closes
/// every alert of its category that it does not contain (docs/contributing/code-scanning-facts.md, "Categories and
/// incomplete runs"). A run that saw less therefore has a category of its own.
pub(super) fn category(report: &Report, options: &ReportOptions) -> String {
    if let Some(wanted) = options.sarif_category.as_deref().map(tame).filter(|wanted| !wanted.is_empty()) {
        return format!("{wanted}/");
    }
    let mut out = format!("taglint/{}/", subject(report));
    let read = report.scope();
    if options.narrowed.is_some() || read.narrowed() {
        let mut fields = vec![options.narrowed.as_deref().unwrap_or("")];
        if read.narrowed() {
            // The accounts of a shard change with the organization; its category must not.
            let accounts = if read.shard.is_some() { read.shard.as_slice() } else { &read.accounts[..] };
            for list in [accounts, &read.regions, &read.types] {
                fields.push("|");
                fields.extend(list.iter().map(String::as_str));
            }
        }
        let _ = write!(out, "partial-{}/", short_hash(fields));
    }
    out
}

/// What the run is about: `live/<account or organization>`, `terraform/<root>` or `cloudformation/<root>`.
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

/// A root as a part of a category: no two roots have the same, or each upload would close the alerts of the other.
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
    // An input without a header, such as the AWS CLI's output, does not say whose it is.
    if name.is_empty() { "unknown".to_owned() } else { name.replace('/', "-") }
}

/// Letters, digits and `-_./:` only, without empty parts.
fn tame(text: &str) -> String {
    let good = |c: char| if c.is_ascii_alphanumeric() || "-_./:".contains(c) { c } else { '-' };
    let text: String = text.chars().take(200).map(good).collect();
    text.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// Eight hexadecimal digits for a list of texts.
fn short_hash<'f>(fields: impl IntoIterator<Item = &'f str>) -> String {
    hex(&sha256(fields.into_iter().map(str::as_bytes))[..4])
}

/// How the run went. GitHub refuses an upload that says it was not successful, and so leaves open alerts alone.
pub(super) fn invocation(report: &Report, options: &ReportOptions) -> io::Result<Invocation> {
    let level = if options.allow_incomplete { "warning" } else { "error" };
    let mut execution: Vec<Notification> = report.gaps().iter().map(|gap| notification(level, &words(gap))).collect();
    let unread = unread(report)?;
    execution.extend(unread.iter().map(|resource| notification(level, resource)));
    let rest = report.summary().unread.saturating_sub(unread.len() as u64);
    if rest > 0 {
        let more = if unread.is_empty() { "" } else { "more " };
        execution.push(notification(
            level,
            &format!("the tags of {} could not be read", count(rest, &format!("{more}resource"))),
        ));
    }
    for group in &report.coverage().not_judged {
        let level = if group.reason.may_need_tags() { "warning" } else { "note" };
        execution.push(notification(level, &format!("not judged: {}", not_judged_item(group))));
    }
    let configuration: Vec<Notification> =
        report.notices().iter().map(|notice| notification(notice.level, &notice.message)).collect();
    let mut out = Invocation::builder().execution_successful(report.complete() || options.allow_incomplete).build();
    let files = report.policy().files.iter().map(|file| clean(&file.display().to_string(), HANDLE).into());
    let files = BTreeMap::from([("policyFiles".to_owned(), Value::Array(files.collect()))]);
    out.properties = Some(PropertyBag::builder().additional_properties(files).build());
    out.tool_execution_notifications = (!execution.is_empty()).then_some(execution);
    out.tool_configuration_notifications = (!configuration.is_empty()).then_some(configuration);
    Ok(out)
}

fn notification(level: &str, message: &str) -> Notification {
    let text = unlinked(&clean(message, SENTENCE)).into_owned();
    Notification::builder().level(level).message(Message::builder().text(text).build()).build()
}

/// What could not be read, for a person.
fn words(gap: &Gap) -> String {
    let place = [&gap.account, &gap.region, &gap.kind, &gap.operation];
    let place: Vec<&str> = place.into_iter().filter_map(Option::as_deref).collect();
    match (place.is_empty(), gap.error.trim()) {
        (true, "") => "something could not be read".to_owned(),
        (true, error) => error.to_owned(),
        (false, error) => format!("{} could not be read: {error}", place.join(" ")),
    }
}

/// The first resources whose tags could not be read. One that no rule has a question about is not among them.
fn unread(report: &Report) -> io::Result<Vec<String>> {
    let mut out: Vec<String> = Vec::new();
    if report.summary().unread == 0 {
        return Ok(out);
    }
    report.unknown_results(
        |resource, _, line| {
            if let Tags::Unread { reason } = &resource.tags {
                let (kind, handle) = (resource.kind.as_str(), resource.handle());
                let reason = if reason.trim().is_empty() { "no reason is given" } else { reason.as_str() };
                let text = format!("the tags of {} {} could not be read: {}", kind, clean(&handle, HANDLE), reason);
                line.extend_from_slice(clean(&text, SENTENCE).as_bytes());
            }
        },
        &mut |line| {
            let line = String::from_utf8_lossy(line);
            // Every rule asks; the answers of one resource follow each other.
            if !line.is_empty() && out.last().is_none_or(|last| *last != line) {
                out.push(line.into_owned());
            }
            Ok(if out.len() < MAX_UNREAD { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        },
    )?;
    Ok(out)
}
