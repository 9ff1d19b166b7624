//! JSON: one object with every finding and field.

use std::io::{self, Write};
use std::ops::ControlFlow;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::cost::{CostJson, cost_json, totals_json};
use super::envelope::{Envelope, ScopeJson, VERSION};
use super::format::ReportFormat;
use super::options::{ReportOptions, Show};
use super::targets::targets;
use crate::base::encode::json::{append, write as write_value};
use crate::base::{LogSpelling, percent_of};
use crate::engine::{Finding, Report, Share, TargetCounts, TargetState, UnknownResult, hex};
use crate::model::{Location, NotJudged, Resource};
use crate::policy::{Grace, Severity, Within};

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "json",
    extensions: &[".json"],
    about: "JSON for programs: one object with every finding and field",
    log: LogSpelling::Json,
    render: write,
};

/// The fields of a resource without its tags.
struct Head<'r, 'a>(&'r Resource<'a>);

impl Serialize for Head<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.serialize_head(&mut map)?;
        map.end()
    }
}

#[derive(Serialize)]
struct WaiverJson<'f> {
    reason: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'f str>,
    /// Absent for a comment in source.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

/// The grace period of a finding.
#[derive(Serialize)]
struct GraceJson {
    /// The day from which the finding has the severity of its rule; absent if the resource's age is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// The severity of the rule.
    severity: Severity,
    #[serde(rename = "age-unknown", skip_serializing_if = "std::ops::Not::not")]
    age_unknown: bool,
}

fn grace(finding: &Finding<'_>) -> Option<GraceJson> {
    let severity = finding.rule.severity;
    match finding.grace {
        Grace::None => None,
        Grace::Until(day) => Some(GraceJson { until: Some(day.to_string()), severity, age_unknown: false }),
        Grace::AgeUnknown(_) => Some(GraceJson { until: None, severity, age_unknown: true }),
    }
}

#[derive(Serialize)]
struct FindingJson<'f, 'a> {
    rule: &'f str,
    kind: crate::rule::ViolationKind,
    severity: Severity,
    /// Absent for a rule without a grace period, or after its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    grace: Option<GraceJson>,
    labels: &'f [String],
    key: Option<&'f str>,
    found: Option<&'f str>,
    value: Option<&'f str>,
    message: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'f str>,
    resource: Head<'f, 'a>,
    location: Option<&'f crate::model::Location>,
    /// The module calls that lead to it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    calls: &'f [crate::model::Location],
    /// `aws:cdk:path`.
    #[serde(skip_serializing_if = "Option::is_none")]
    construct: Option<&'f str>,
    fingerprint: String,
    state: crate::engine::BaselineState,
    waiver: Option<WaiverJson<'f>>,
    suggestion: Option<&'f crate::rule::Suggestion>,
    /// Absent without a bill.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<CostJson<'f>>,
}

/// A finding as an object of the documented JSON format.
#[must_use]
pub fn finding_json<'f>(finding: &'f Finding<'_>) -> impl Serialize + 'f {
    FindingJson {
        rule: finding.rule.id,
        kind: finding.violation.kind,
        severity: finding.severity(),
        grace: grace(finding),
        labels: finding.rule.labels,
        key: finding.violation.key.as_deref(),
        found: finding.violation.found.as_deref(),
        value: finding.violation.value.as_deref(),
        message: &finding.violation.message,
        help: finding.rule.help,
        resource: Head(finding.resource),
        location: finding.location(),
        calls: finding.resource.origin.as_ref().map_or(&[], |origin| &origin.calls),
        construct: finding.resource.origin.as_ref().and_then(|origin| origin.construct.as_deref()),
        fingerprint: hex(&finding.fingerprint()),
        state: finding.state,
        waiver: finding.waiver.as_ref().map(|waiver| WaiverJson {
            reason: &waiver.reason,
            owner: waiver.owner,
            expires: waiver.until.map(|day| day.to_string()),
        }),
        suggestion: finding.violation.suggestion.as_ref(),
        cost: finding.cost.as_ref().map(cost_json),
    }
}

/// A finding as one line of JSON Lines.
pub(super) fn finding_line(finding: &Finding<'_>, line: &mut Vec<u8>) {
    append(line, &finding_json(finding));
    line.push(b'\n');
}

#[derive(Serialize)]
struct UnknownJson<'f, 'a> {
    rule: &'f str,
    resource: Head<'f, 'a>,
    key: Option<&'f str>,
    reason: &'f str,
    /// The variable or expression that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'f Location>,
}

/// The whole report as one object.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let envelope = Envelope::new(report);
    out.write_all(b"{\"version\":1,\n\"tool\":")?;
    write_value(out, &Tool { name: "taglint", version: VERSION })?;
    out.write_all(b",\n\"policy\":")?;
    write_value(out, &policy(report, &envelope))?;
    out.write_all(b",\n\"generated\":")?;
    write_value(out, &envelope.generated.to_string())?;
    out.write_all(b",\n\"scope\":")?;
    write_value(out, &ScopeJson(&envelope))?;
    if let Some(key) = report.redaction_key() {
        out.write_all(b",\n\"redaction-key\":")?;
        write_value(out, &key)?;
    }
    out.write_all(b",\n\"summary\":")?;
    write_value(out, &SummaryJson(report))?;
    out.write_all(b",\n\"findings\":[")?;
    let mut list = JsonList { out, first: true };
    let render = |finding: &Finding<'_>, item: &mut Vec<u8>| append(item, &finding_json(finding));
    report.finding_lines(finding_line, &mut |lines| {
        lines.split_inclusive(|byte| *byte == b'\n').try_for_each(|line| list.add_line(line))
    })?;
    if options.shows(Show::Waived) {
        report.waived(render, &mut |bytes| list.add(bytes))?;
    }
    list.end(b",\n\"unknown\":[")?;
    let render = |resource: &Resource<'_>, unknown: &UnknownResult<'_>, item: &mut Vec<u8>| {
        let (key, reason, location) = (unknown.key.as_deref(), &*unknown.reason, unknown.location.as_deref());
        append(item, &UnknownJson { rule: &unknown.rule.id, resource: Head(resource), key, reason, location });
    };
    report.unknown_results(render, &mut |bytes| list.add(bytes))?;
    list.end(b"")?;
    if options.shows(Show::Passed) {
        list.out.write_all(b",\n\"passed\":[")?;
        let render = |reported: &crate::engine::ResourceReport<'_>, item: &mut Vec<u8>| {
            if reported.findings.iter().all(|finding| finding.waiver.is_some()) && reported.unknown.is_empty() {
                append(item, &Head(reported.resource));
            }
        };
        report.resources(render, &mut |bytes| list.add(bytes))?;
        list.end(b"")?;
    }
    let out = list.out;
    out.write_all(b",\n\"incomplete\":")?;
    write_value(out, report.gaps())?;
    if report.settings().baseline.is_some() {
        out.write_all(b",\n\"gone\":")?;
        let gone = report.gone().iter();
        let gone =
            gone.map(|known| Gone { rule: &known.rule, resource: &known.resource, state: report.state_of(known) });
        write_value(out, &gone.collect::<Vec<_>>())?;
    }
    if let Some(unmanaged) = report.unmanaged() {
        out.write_all(b",\n\"unmanaged\":")?;
        write_value(out, &unmanaged)?;
    }
    if !report.policy().targets.is_empty() {
        out.write_all(b",\n\"targets\":")?;
        write_value(out, &target_list(report))?;
    }
    out.write_all(b",\n\"coverage\":")?;
    write_value(out, &CoverageJson::new(report))?;
    if let Some(cost) = totals_json(report) {
        out.write_all(b",\n\"cost\":")?;
        write_value(out, &cost)?;
    }
    out.write_all(b",\n\"waivers\":")?;
    write_value(out, &envelope.waiver_list())?;
    out.write_all(b",\n\"notices\":")?;
    write_value(out, &report.notices())?;
    out.write_all(b"}\n")
}

#[derive(Serialize)]
struct Gone<'r> {
    rule: &'r str,
    resource: &'r str,
    state: &'static str,
}

/// The result of a target as an object of the contract.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct TargetJson<'r> {
    target: &'r str,
    within: Within,
    /// Absent for all resources of the run, empty for resources whose account is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'r str>,
    state: TargetState,
    severity: Severity,
    /// The target in percent.
    required: f64,
    /// The limits of the share in percent; absent where no rule applies to any resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<f64>,
    resources: TargetCounts,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'r str>,
}

/// The results of all targets.
#[allow(clippy::cast_precision_loss)] // at most 10,000
pub(super) fn target_list(report: &Report) -> Vec<TargetJson<'_>> {
    let percent = |hundredths: u64| hundredths as f64 / 100.0;
    let share = |share: Share| percent_of(share.part, share.whole).map(percent);
    let results = targets(report).map(|(target, result)| TargetJson {
        target: &target.id,
        within: target.within,
        account: result.account.as_deref(),
        state: result.state,
        severity: target.severity,
        required: percent(target.compliant),
        at_least: share(result.counts.worst()),
        at_most: share(result.counts.best()),
        resources: result.counts,
        message: result.figures(target),
        reason: result.reason.as_deref(),
    });
    results.collect()
}

/// The coverage of a run as an object of the contract.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct CoverageJson<'r> {
    /// Number of judged resources.
    judged: u64,
    /// Number of resources and paths that were not judged and may need tags.
    missed: u64,
    /// The judged share in percent; absent where there is nothing to judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<f64>,
    /// `true` if everything could be read.
    complete: bool,
    /// Number of scopes that could not be read, which `incomplete` lists.
    gaps: u64,
    /// Number of resources whose tags could not be read.
    unread: u64,
    /// Regions left out because the account has not enabled them.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    not_enabled: &'r [String],
    not_judged: &'r [NotJudged],
}

impl<'r> CoverageJson<'r> {
    #[allow(clippy::cast_precision_loss)] // at most 10,000
    pub(super) fn new(report: &'r Report) -> Self {
        let coverage = report.coverage();
        Self {
            judged: coverage.judged,
            missed: coverage.missed(),
            percent: coverage.share().map(|hundredths| hundredths as f64 / 100.0),
            complete: report.complete(),
            gaps: report.gaps().len() as u64,
            unread: report.summary().counts.unread,
            not_enabled: report.not_enabled(),
            not_judged: &coverage.not_judged,
        }
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// The policy of a run as an object of the contract.
#[derive(Serialize)]
pub(super) struct PolicyHeadJson<'r> {
    name: &'r str,
    description: Option<&'r str>,
    files: Vec<String>,
    rules: usize,
    hash: String,
    /// The files with items of lists; absent if there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    lists: &'r [crate::policy::ListSource],
}

pub(super) fn policy<'r>(report: &'r Report, envelope: &Envelope<'_>) -> PolicyHeadJson<'r> {
    let policy = report.policy();
    PolicyHeadJson {
        name: &policy.name,
        description: policy.description.as_deref(),
        files: policy.files.iter().map(|file| file.display().to_string()).collect(),
        rules: policy.rules.len(),
        hash: envelope.policy_hash.clone(),
        lists: &policy.list_files,
    }
}

/// The counts of a run as an object of the contract.
pub(super) struct SummaryJson<'r>(pub(super) &'r Report);

impl Serialize for SummaryJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tally = &self.0.summary().counts;
        let by_severity = |counts: [u64; 3]| -> std::collections::BTreeMap<&str, u64> {
            Severity::ALL.iter().map(|severity| (severity.name(), counts[*severity as usize])).collect()
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("resources", &tally.resources)?;
        map.serialize_entry("compliant", &tally.compliant)?;
        map.serialize_entry("violating", &tally.violating)?;
        map.serialize_entry("unknown", &tally.unknown)?;
        map.serialize_entry("unread", &tally.unread)?;
        map.serialize_entry("findings", &by_severity(tally.findings))?;
        if self.0.settings().baseline.is_some() {
            map.serialize_entry("new", &by_severity(tally.new))?;
        }
        if self.0.policy().rules.iter().any(|rule| rule.grace.is_some()) {
            map.serialize_entry("grace", &tally.grace)?;
        }
        map.serialize_entry("waived", &tally.waived)?;
        // The field keeps its first name, because programs read it.
        map.serialize_entry("untold", &tally.unknown_results)?;
        map.serialize_entry("complete", &self.0.complete())?;
        map.end()
    }
}

/// A JSON list that is written item by item, one per line.
struct JsonList<'o> {
    out: &'o mut dyn Write,
    first: bool,
}

impl JsonList<'_> {
    fn add(&mut self, item: &[u8]) -> io::Result<ControlFlow<()>> {
        if !item.is_empty() {
            self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
            self.out.write_all(item)?;
            self.first = false;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Adds an item that is followed by a line end.
    fn add_line(&mut self, line: &[u8]) -> io::Result<()> {
        self.add(line.strip_suffix(b"\n").unwrap_or(line)).map(drop)
    }

    fn end(&mut self, next: &[u8]) -> io::Result<()> {
        self.out.write_all(if self.first { b"]" } else { b"\n]" })?;
        self.first = true;
        self.out.write_all(next)
    }
}
