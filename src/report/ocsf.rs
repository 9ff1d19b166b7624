//! OCSF: one Compliance Finding (class 2003) on each line, for SIEMs and data lakes.
//!
//! `compliance.status_id` has the three verdicts: 1 pass, 3 fail, 0 unknown. The last event is about the run as a whole.
//! The schema is OCSF 1.5.0 with the `cloud` profile.

use std::io::{self, Write};
use std::ops::ControlFlow;

use serde_json::{Map, Value, json};

use super::coverage::{missed, not_judged_item};
use super::envelope::{Envelope, VERSION};
use super::format::ReportFormat;
use super::messages::{headline, instead, reason_with_location};
use super::options::{ReportOptions, Show};
use super::targets::{target_sentence, unknown_targets};
use crate::base::LogSpelling;
use crate::base::digest::sha256;
use crate::base::encode::json::append;
use crate::engine::{BaselineState, Finding, Report, ResourceReport, UnknownResult, hex};
use crate::model::{Gap, Resource};
use crate::policy::Severity;

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "ocsf",
    extensions: &[".ocsf.jsonl", ".ocsf.json"],
    about: "OCSF Compliance Findings (JSON Lines) for SIEMs and data lakes",
    log: LogSpelling::Json,
    render: write,
};

/// The version of the schema.
const SCHEMA: &str = "1.5.0";
/// `class_uid` of a Compliance Finding.
const CLASS: u64 = 2003;

/// A verdict as `compliance.status_id`.
#[derive(Clone, Copy)]
enum Verdict {
    Unknown = 0,
    Pass = 1,
    Fail = 3,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Pass => "Pass",
            Self::Fail => "Fail",
        }
    }
}

/// The parts that all events of a report share.
struct Shared {
    /// The time of the last collection, else the day of the run, in milliseconds since 1970.
    time: i64,
    product: Value,
    run: Value,
    policy: String,
}

/// The parts of one event.
struct Event<'e> {
    verdict: Verdict,
    severity: u64,
    /// The identity of the finding over several runs.
    uid: String,
    title: String,
    /// The rule, or the policy.
    control: &'e str,
    about: &'e str,
    resource: Option<&'e Resource<'e>>,
    gap: Option<&'e Gap>,
    fix: Option<String>,
    waived: Option<String>,
    is_known: bool,
    more: Map<String, Value>,
}

impl<'e> Event<'e> {
    fn new(verdict: Verdict, uid: String, title: String, control: &'e str) -> Self {
        Self {
            verdict,
            severity: match verdict {
                Verdict::Pass => 1,
                Verdict::Unknown | Verdict::Fail => 0,
            },
            uid,
            title,
            control,
            about: "",
            resource: None,
            gap: None,
            fix: None,
            waived: None,
            is_known: false,
            more: Map::new(),
        }
    }

    /// An event that belongs to no rule and resource.
    fn of_run(title: String, control: &'e str) -> Self {
        Self::new(Verdict::Unknown, identity(&[control, &title]), title, control)
    }
}

/// Writes the findings, the unknown results, with `--show passed` compliant resources, what could not be read or was not
/// judged, and the run.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let envelope = Envelope::new(report);
    let shared = Shared::new(report, &envelope);
    let mut sink = |bytes: &[u8]| out.write_all(bytes).map(ControlFlow::Continue);
    report.findings(|one, line| shared.append(&finding(one), line), &mut sink)?;
    if options.shows(Show::Waived) {
        report.waived(|one, line| shared.append(&finding(one), line), &mut sink)?;
    }
    report.unknown_results(|resource, one, line| shared.append(&unknown(resource, one), line), &mut sink)?;
    if options.shows(Show::Passed) {
        report.resources(|one, line| passed(&shared, one, line), &mut sink)?;
    }
    let mut lines = Vec::new();
    for gap in report.gaps() {
        let title = format!("could not be read: {}", gap.error);
        let parts = [&gap.account, &gap.region, &gap.kind].map(|part| part.as_deref().unwrap_or(""));
        let uid = identity(&["unread", parts[0], parts[1], parts[2], &gap.error]);
        shared.append(&Event { gap: Some(gap), ..Event::new(Verdict::Unknown, uid, title, "unread") }, &mut lines);
    }
    for group in missed(report) {
        let title = format!("not judged: {}", not_judged_item(group));
        shared.append(&Event::of_run(title, group.reason.name()), &mut lines);
    }
    for (target, result) in unknown_targets(report) {
        shared.append(&Event::of_run(target_sentence(target, result), &target.id), &mut lines);
    }
    shared.append(&run(report, &envelope), &mut lines);
    out.write_all(&lines)
}

/// The event about the run: its verdict, and the envelope.
fn run<'r>(report: &'r Report, envelope: &Envelope<'_>) -> Event<'r> {
    let counts = &report.summary().counts;
    let verdict = if counts.findings.iter().sum::<u64>() > 0 {
        Verdict::Fail
    } else if !report.complete() || counts.unknown_results > 0 || missed(report).next().is_some() {
        Verdict::Unknown
    } else {
        Verdict::Pass
    };
    let rows = envelope.rows().into_iter().map(|(name, text)| (name.to_owned(), Value::from(text)));
    let policy = report.policy().name.as_str();
    let uid = identity(&["run", policy]);
    Event { more: rows.collect(), ..Event::new(verdict, uid, headline(report), policy) }
}

fn identity(parts: &[&str]) -> String {
    hex(&sha256(parts.iter().map(|part| part.as_bytes()))[..16])
}

/// An untagged resource is no breach, so an error is of medium severity.
fn severity(severity: Severity) -> u64 {
    match severity {
        Severity::Error => 3,
        Severity::Warning => 2,
        Severity::Note => 1,
    }
}

fn finding<'f>(finding: &'f Finding<'_>) -> Event<'f> {
    let violation = &finding.violation;
    let mut more = Map::new();
    for (name, text) in [("key", &violation.key), ("found", &violation.found), ("value", &violation.value)] {
        more.extend(text.as_deref().map(|text| (name.to_owned(), text.into())));
    }
    more.insert("kind".to_owned(), violation.kind.name().into());
    Event {
        severity: severity(finding.severity()),
        about: finding.rule.description,
        resource: Some(finding.resource),
        fix: violation.suggestion.as_ref().map(instead),
        waived: finding.waiver.as_ref().map(|waiver| format!("{} ({})", waiver.reason, waiver.end())),
        is_known: finding.state == BaselineState::Unchanged,
        more,
        ..Event::new(Verdict::Fail, hex(&finding.fingerprint()), violation.message.clone(), finding.rule.id)
    }
}

fn unknown<'u>(resource: &'u Resource<'_>, unknown: &'u UnknownResult<'_>) -> Event<'u> {
    let (rule, title) = (unknown.rule.id.as_str(), reason_with_location(unknown).into_owned());
    let uid = hex(&unknown.fingerprint());
    Event {
        about: &unknown.rule.description,
        resource: Some(resource),
        ..Event::new(Verdict::Unknown, uid, title, rule)
    }
}

/// The event of a resource for which every rule passes or is waived.
fn passed(shared: &Shared, reported: &ResourceReport<'_>, line: &mut Vec<u8>) {
    if reported.unknown.is_empty() && reported.findings.iter().all(|finding| finding.waiver.is_some()) {
        let uid = hex(&reported.fingerprint());
        let title = "all rules that apply to the resource pass".to_owned();
        let event = Event::new(Verdict::Pass, uid, title, &shared.policy);
        shared.append(&Event { resource: Some(reported.resource), ..event }, line);
    }
}

impl Shared {
    fn new(report: &Report, envelope: &Envelope<'_>) -> Self {
        Self {
            time: envelope.time().as_millisecond(),
            product: json!({"name": "taglint", "vendor_name": "taglint", "version": VERSION}),
            run: json!({
                "generated": envelope.generated.to_string(),
                "policy_hash": envelope.policy_hash,
                "complete": report.complete(),
            }),
            policy: report.policy().name.clone(),
        }
    }

    /// Appends an event as one line.
    fn append(&self, event: &Event<'_>, line: &mut Vec<u8>) {
        let activity = if event.is_known { 2 } else { 1 };
        let severity_name = ["Unknown", "Informational", "Low", "Medium"][usize::try_from(event.severity).unwrap_or(0)];
        let (status, status_name) = if event.waived.is_some() { (3, "Suppressed") } else { (1, "New") };
        let mut compliance = json!({
            "control": event.control,
            "standards": [self.policy],
            "status_id": event.verdict as u64,
            "status": event.verdict.name(),
        });
        if !event.about.is_empty() {
            compliance["desc"] = event.about.into();
        }
        let mut unmapped = self.run.clone();
        unmapped.as_object_mut().expect("an object").extend(event.more.clone());
        let mut out = json!({
            "activity_id": activity,
            "activity_name": if event.is_known { "Update" } else { "Create" },
            "category_uid": 2,
            "category_name": "Findings",
            "class_uid": CLASS,
            "class_name": "Compliance Finding",
            "type_uid": CLASS * 100 + activity,
            "type_name": format!("Compliance Finding: {}", if event.is_known { "Update" } else { "Create" }),
            "severity_id": event.severity,
            "severity": severity_name,
            "status_id": status,
            "status": status_name,
            "time": self.time,
            "message": event.title,
            "metadata": {"version": SCHEMA, "profiles": ["cloud"], "product": self.product},
            "finding_info": {"uid": event.uid, "title": event.title, "types": ["Tag policy"]},
            "compliance": compliance,
            "cloud": cloud(event),
            "unmapped": unmapped,
        });
        if let Some(resource) = event.resource {
            out["resources"] = json!([self::resource(resource)]);
        }
        if let Some(fix) = &event.fix {
            out["remediation"] = json!({"desc": fix});
        }
        if let Some(reason) = &event.waived {
            out["comment"] = reason.as_str().into();
        }
        append(line, &out);
        line.push(b'\n');
    }
}

/// The object of the `cloud` profile.
fn cloud(event: &Event<'_>) -> Value {
    let of_gap = |field: fn(&Gap) -> &Option<String>| event.gap.and_then(|gap| field(gap).as_deref());
    let account = event.resource.and_then(|one| one.account.as_deref()).or(of_gap(|gap| &gap.account));
    let region = event.resource.and_then(|one| one.region.as_deref()).or(of_gap(|gap| &gap.region));
    let mut out = json!({"provider": "AWS"});
    if let Some(id) = account {
        let name = event.resource.and_then(|one| one.account_name.as_deref()).unwrap_or(id);
        out["account"] = json!({"uid": id, "name": name, "type": "AWS Account", "type_id": 10});
    }
    if let Some(region) = region {
        out["region"] = region.into();
    }
    out
}

fn resource(resource: &Resource<'_>) -> Value {
    let mut out = json!({"uid": resource.handle(), "type": &*resource.kind});
    for (name, text) in [("name", &resource.name), ("region", &resource.region)] {
        if let Some(text) = text.as_deref() {
            out[name] = text.into();
        }
    }
    let partition = resource.arn.as_deref().and_then(|arn| arn.strip_prefix("arn:")?.split(':').next());
    if let Some(partition) = partition.filter(|partition| !partition.is_empty()) {
        out["cloud_partition"] = partition.into();
    }
    if let Some(at) = &resource.location {
        out["data"] = json!({"path": at.path, "line": at.line});
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{gaps, hostile, normal, render, report, report_with, user, waive};
    use super::*;

    fn events(report: &Report, everything: bool) -> Vec<Value> {
        let text = render(&FORMAT, report, everything);
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    #[test]
    fn the_three_verdicts_are_status_ids() {
        let mut resources = normal();
        let mut unread = user("dee", Value::Null);
        unread["unknown"] = "AccessDenied: iam:ListUserTags".into();
        resources.push(unread);
        let report = report_with(&resources, gaps(1), |settings| settings.show_passed = true);
        let options = ReportOptions { show: vec![Show::Passed], ..ReportOptions::default() };
        let mut out = Vec::new();
        FORMAT.write(&report, &options, &mut out).unwrap();
        let events: Vec<Value> =
            out.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        let of =
            |status: u64| events.iter().filter(|event| event["compliance"]["status_id"] == status).collect::<Vec<_>>();
        // Three findings and the run; anika; what is unknown of dee, and the gap.
        assert_eq!((of(3).len(), of(1).len()), (4, 1));
        assert_eq!(of(1)[0]["resources"][0]["name"], "anika");
        assert!(
            of(0).iter().any(|event| event["message"].as_str().unwrap().starts_with("could not be read: AccessDenied"))
        );
        assert!(of(0).iter().any(|event| event["resources"][0]["name"] == "dee"));
        let first = &events[0];
        assert_eq!((first["class_uid"].as_u64(), first["type_uid"].as_u64()), (Some(2003), Some(200_301)));
        assert_eq!((&first["compliance"]["control"], &first["severity_id"]), (&json!("cost-center"), &json!(3)));
        assert_eq!(first["cloud"]["account"]["uid"], "111122223333");
        let run = events.last().unwrap();
        assert_eq!(run["unmapped"]["date"], "2026-11-22");
        assert!(run["unmapped"]["completeness"].as_str().unwrap().starts_with("incomplete: 1 scope"));
    }

    #[test]
    fn a_waived_finding_is_suppressed_and_a_clean_run_passes() {
        let report = report_with(&normal(), Vec::new(), |settings| waive(settings, "*", "until then"));
        let events = events(&report, true);
        assert!(
            events[..3]
                .iter()
                .all(|event| event["status_id"] == 3 && event["comment"] == "until then (until 2027-11-22)"),
            "{events:?}"
        );
        assert_eq!(events[3]["compliance"]["status_id"], 1);
        assert_eq!(events.len(), 4);
    }

    #[test]
    fn hostile_text_stays_in_its_event() {
        let report = report(&hostile());
        let text = render(&FORMAT, &report, true);
        assert!(!text.replace('\n', "").contains(crate::base::is_hostile));
        let events = events(&report, true);
        let findings: u64 = report.summary().counts.findings.iter().sum();
        assert_eq!(events.len() as u64, findings + report.summary().counts.unknown_results + 1);
    }
}
