//! ASFF: batches of findings for `BatchImportFindings` of AWS Security Hub, one request on each line.
//!
//! A request has at most 100 findings, of one account and region, because AWS takes the findings of other accounts only
//! from some senders. A finding without a known account has the account `000000000000`, which AWS refuses by name.

use std::io::{self, Write};
use std::ops::ControlFlow;

use serde_json::{Value, json};

use super::coverage::{missed, not_judged_item};
use super::envelope::{Envelope, VERSION};
use super::format::ReportFormat;
use super::messages::{headline, instead, reason_with_location, shorten};
use super::options::{ReportOptions, Show};
use super::targets::{target_sentence, unknown_targets};
use crate::base::digest::sha256;
use crate::base::encode::json::append;
use crate::base::{LogSpelling, count, escape};
use crate::engine::{Finding, Report, ResourceReport, UnknownResult, hex};
use crate::model::Resource;
use crate::policy::Severity;

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "asff",
    extensions: &[".asff.jsonl", ".asff.json"],
    about: "ASFF for AWS Security Hub: one BatchImportFindings request on each line",
    log: LogSpelling::Json,
    render: write,
};

/// The maximum number of findings of a request.
const BATCH: usize = 100;
/// The maximum size of a line in bytes. AWS allows 240 KB for one finding.
const BATCH_BYTES: usize = 240_000;
/// The maximum number of characters of a title, a description, an id and the text of a recommendation. A character has
/// at most six bytes in JSON, or eight as `\u{…}`, so a finding stays far below the limit of AWS.
const TITLE: usize = 256;
const DESCRIPTION: usize = 1024;
const ID: usize = 512;
/// The account of a finding whose account is not known.
const NO_ACCOUNT: &str = "000000000000";

/// Resource types that Security Hub has a name for.
const TYPES: &[(&str, &str)] = &[
    ("iam:user", "AwsIamUser"),
    ("iam:role", "AwsIamRole"),
    ("iam:policy", "AwsIamPolicy"),
    ("s3:bucket", "AwsS3Bucket"),
    ("ec2:instance", "AwsEc2Instance"),
    ("ec2:volume", "AwsEc2Volume"),
    ("ec2:vpc", "AwsEc2Vpc"),
    ("ec2:subnet", "AwsEc2Subnet"),
    ("ec2:security-group", "AwsEc2SecurityGroup"),
    ("lambda:function", "AwsLambdaFunction"),
    ("rds:db", "AwsRdsDbInstance"),
    ("rds:cluster", "AwsRdsDbCluster"),
    ("dynamodb:table", "AwsDynamoDbTable"),
    ("sns:topic", "AwsSnsTopic"),
    ("sqs:queue", "AwsSqsQueue"),
    ("kms:key", "AwsKmsKey"),
    ("secretsmanager:secret", "AwsSecretsManagerSecret"),
    ("organizations:account", "AwsAccount"),
];

/// Writes the findings, the unknown results, with `--show passed` compliant resources, what could not be read, and one
/// finding for each account about the run.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let envelope = Envelope::new(report);
    let shared = Shared::new(report, &envelope);
    let mut batches = Batches { out, subject: Vec::new(), bytes: Vec::new(), findings: 0 };
    report.findings(|one, line| shared.finding(one, line), &mut |bytes| batches.add(bytes))?;
    if options.shows(Show::Waived) {
        report.waived(|one, line| shared.finding(one, line), &mut |bytes| batches.add(bytes))?;
    }
    report
        .unknown_results(|resource, one, line| shared.unknown(resource, one, line), &mut |bytes| batches.add(bytes))?;
    if options.shows(Show::Passed) {
        report.resources(|one, line| shared.passed(one, line), &mut |bytes| batches.add(bytes))?;
    }
    let mut add = |subject: &Subject, one: &Entry<'_>| {
        let mut line = Vec::new();
        shared.append(subject, one, &mut line);
        batches.add(&line).map(|_| ())
    };
    for gap in report.gaps() {
        let parts = [&gap.account, &gap.region, &gap.kind, &gap.operation];
        let place = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
        let text = if place.is_empty() { gap.error.clone() } else { format!("{place}: {}", gap.error) };
        add(&Subject::of(gap.account.as_deref(), gap.region.as_deref(), "aws"), &Entry::unknown("unread", &text))?;
    }
    for group in missed(report) {
        let text = format!("not judged: {}", not_judged_item(group));
        add(&Subject::of(None, None, "aws"), &Entry::unknown(group.reason.name(), &text))?;
    }
    for (target, result) in unknown_targets(report) {
        let text = target_sentence(target, result);
        add(&Subject::of(result.account.as_deref(), None, "aws"), &Entry::unknown(&target.id, &text))?;
    }
    for account in &envelope.accounts {
        let findings = account.counts.findings.iter().sum::<u64>();
        let status = match (findings, account.counts.unknown_results) {
            (0, 0) if report.complete() => Status::Passed,
            (0, _) => Status::NotAvailable,
            _ => Status::Failed,
        };
        let resources = count(account.counts.resources, "resource");
        let text = if account.was_read {
            format!("taglint: {} in {resources} of this account", count(findings, "finding"))
        } else {
            "taglint: this account could not be read".to_owned()
        };
        let entry = Entry { status, id: identity(&["run", account.id]), ..Entry::unknown("run", &text) };
        add(&Subject::of(Some(account.id), None, "aws"), &Entry { about: headline(report), ..entry })?;
    }
    batches.end()
}

/// The account and region that a finding is imported into.
struct Subject {
    account: String,
    region: String,
    partition: &'static str,
}

impl Subject {
    fn of(account: Option<&str>, region: Option<&str>, partition: &str) -> Self {
        let (partition, first) = match partition {
            "aws-cn" => ("aws-cn", "cn-north-1"),
            "aws-us-gov" => ("aws-us-gov", "us-gov-west-1"),
            _ => ("aws", "us-east-1"),
        };
        let is_id = |id: &&str| id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit());
        let is_region = |name: &&str| {
            (3..=32).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        Self {
            account: account.filter(is_id).unwrap_or(NO_ACCOUNT).to_owned(),
            region: region.filter(is_region).unwrap_or(first).to_owned(),
            partition,
        }
    }

    fn of_resource(resource: &Resource<'_>) -> Self {
        let partition = resource.arn.as_deref().and_then(|arn| arn.strip_prefix("arn:")?.split(':').next());
        Self::of(resource.account.as_deref(), resource.region.as_deref(), partition.unwrap_or("aws"))
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Status {
    Passed,
    Failed,
    NotAvailable,
}

/// The parts of one finding.
struct Entry<'e> {
    status: Status,
    severity: &'static str,
    id: String,
    rule: &'e str,
    title: String,
    about: String,
    resource: Option<&'e Resource<'e>>,
    fix: Option<String>,
    waived: bool,
}

impl<'e> Entry<'e> {
    /// An entry about something that is not known.
    fn unknown(rule: &'e str, text: &str) -> Self {
        Self {
            status: Status::NotAvailable,
            severity: "INFORMATIONAL",
            id: identity(&[rule, text]),
            rule,
            title: text.to_owned(),
            about: text.to_owned(),
            resource: None,
            fix: None,
            waived: false,
        }
    }
}

fn identity(parts: &[&str]) -> String {
    hex(&sha256(parts.iter().map(|part| part.as_bytes()))[..16])
}

/// A text that AWS accepts: visible, not blank, and not too long.
fn text(text: &str, max: usize) -> String {
    let text = shorten(&escape(text), max - 1).into_owned();
    if text.trim().is_empty() { "-".to_owned() } else { text }
}

/// The parts that all findings of a report share.
struct Shared {
    /// The time of the last collection, else the day of the run.
    time: String,
    fields: Value,
    policy: String,
}

impl Shared {
    fn new(report: &Report, envelope: &Envelope<'_>) -> Self {
        Self {
            time: envelope.time().to_string(),
            fields: json!({
                "taglint/generated": envelope.generated.to_string(),
                "taglint/version": VERSION,
                "taglint/policy": text(&report.policy().name, ID),
                "taglint/policy-hash": envelope.policy_hash,
                "taglint/scope": text(&envelope.sentence(), DESCRIPTION),
                "taglint/completeness": envelope.completeness(),
            }),
            policy: report.policy().name.clone(),
        }
    }

    fn finding(&self, finding: &Finding<'_>, line: &mut Vec<u8>) {
        let (violation, resource) = (&finding.violation, finding.resource);
        let waiver = finding.waiver.as_ref();
        let before = waiver.map(|waiver| format!("waived: {} ({}); ", waiver.reason, waiver.end())).unwrap_or_default();
        let entry = Entry {
            status: Status::Failed,
            // An untagged resource is no breach.
            severity: match finding.severity() {
                Severity::Error => "MEDIUM",
                Severity::Warning => "LOW",
                Severity::Note => "INFORMATIONAL",
            },
            id: hex(&finding.fingerprint()),
            rule: finding.rule.id,
            title: violation.message.clone(),
            about: format!("{before}{}: {}", resource.called(), violation.message),
            resource: Some(resource),
            fix: violation.suggestion.as_ref().map(instead),
            waived: waiver.is_some(),
        };
        self.append(&Subject::of_resource(resource), &entry, line);
    }

    fn unknown(&self, resource: &Resource<'_>, unknown: &UnknownResult<'_>, line: &mut Vec<u8>) {
        let (rule, reason) = (unknown.rule.id.as_str(), reason_with_location(unknown));
        let id = hex(&unknown.fingerprint());
        let entry = Entry { id, resource: Some(resource), ..Entry::unknown(rule, &format!("unknown: {reason}")) };
        self.append(&Subject::of_resource(resource), &entry, line);
    }

    fn passed(&self, reported: &ResourceReport<'_>, line: &mut Vec<u8>) {
        if reported.unknown.is_empty() && reported.findings.iter().all(|finding| finding.waiver.is_some()) {
            let title = "all rules that apply to the resource pass";
            let id = hex(&reported.fingerprint());
            let entry = Entry { id, status: Status::Passed, ..Entry::unknown(&self.policy, title) };
            self.append(
                &Subject::of_resource(reported.resource),
                &Entry { resource: Some(reported.resource), ..entry },
                line,
            );
        }
    }

    /// Appends a finding: the account and region, a line break, and the object.
    fn append(&self, subject: &Subject, entry: &Entry<'_>, line: &mut Vec<u8>) {
        let Subject { account, region, partition } = subject;
        line.extend_from_slice(format!("{account} {region}\n").as_bytes());
        let status = match entry.status {
            Status::Passed => "PASSED",
            Status::Failed => "FAILED",
            Status::NotAvailable => "NOT_AVAILABLE",
        };
        let mut compliance = json!({"Status": status});
        if entry.status == Status::NotAvailable {
            compliance["StatusReasons"] =
                json!([{"ReasonCode": "UNKNOWN", "Description": text(&entry.title, DESCRIPTION)}]);
        }
        let resource = match entry.resource {
            None => json!({"Type": "AwsAccount", "Id": format!("AWS::::Account:{account}")}),
            Some(resource) => {
                let known = TYPES.iter().find(|(kind, _)| *kind == &*resource.kind);
                json!({"Type": known.map_or("Other", |(_, name)| name), "Id": text(&resource.handle(), ID)})
            }
        };
        let mut resource = resource;
        resource["Partition"] = (*partition).into();
        resource["Region"] = region.as_str().into();
        let mut fields = self.fields.clone();
        if let Some(of) = entry.resource {
            fields["taglint/resource-type"] = text(&of.kind, ID).into();
            if let Some(at) = &of.location {
                fields["taglint/location"] = text(&format!("{}:{}", at.path, at.line), DESCRIPTION).into();
            }
        }
        let mut out = json!({
            "SchemaVersion": "2018-10-08",
            "Id": format!("taglint/{}", entry.id),
            "ProductArn": format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default"),
            "GeneratorId": format!("taglint/{}", text(entry.rule, ID - 8)),
            "AwsAccountId": account,
            "Types": ["Software and Configuration Checks/AWS Security Best Practices"],
            "CreatedAt": self.time,
            "UpdatedAt": self.time,
            "Severity": {"Label": entry.severity},
            "Title": text(&entry.title, TITLE),
            "Description": text(&entry.about, DESCRIPTION),
            "ProductFields": fields,
            "Resources": [resource],
            "Compliance": compliance,
            "Workflow": {"Status": if entry.waived { "SUPPRESSED" } else { "NEW" }},
            "RecordState": "ACTIVE",
        });
        if let Some(fix) = &entry.fix {
            out["Remediation"] = json!({"Recommendation": {"Text": text(fix, ID)}});
        }
        append(line, &out);
    }
}

/// The requests in progress.
struct Batches<'o> {
    out: &'o mut dyn Write,
    /// The account and region of the findings so far.
    subject: Vec<u8>,
    bytes: Vec<u8>,
    findings: usize,
}

impl Batches<'_> {
    fn add(&mut self, item: &[u8]) -> io::Result<ControlFlow<()>> {
        let Some(at) = memchr::memchr(b'\n', item) else { return Ok(ControlFlow::Continue(())) };
        let (subject, finding) = (&item[..at], &item[at + 1..]);
        let is_full = self.findings == BATCH || self.bytes.len() + finding.len() + 32 > BATCH_BYTES;
        if is_full || self.subject != subject {
            self.flush()?;
            self.subject = subject.to_vec();
        }
        self.bytes.extend_from_slice(if self.findings == 0 { b"{\"Findings\":[" } else { b"," });
        self.bytes.extend_from_slice(finding);
        self.findings += 1;
        Ok(ControlFlow::Continue(()))
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.findings > 0 {
            self.bytes.extend_from_slice(b"]}\n");
            self.out.write_all(&self.bytes)?;
            self.bytes.clear();
            self.findings = 0;
        }
        Ok(())
    }

    fn end(mut self) -> io::Result<()> {
        self.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{gaps, hostile, many, normal, render, report, report_with};
    use super::*;

    fn batches(report: &Report) -> Vec<Value> {
        let text = render(&FORMAT, report, true);
        let parse = |line: &str| {
            assert!(line.len() <= BATCH_BYTES, "{}", line.len());
            serde_json::from_str(line).expect("JSON")
        };
        text.lines().map(parse).collect()
    }

    #[test]
    fn a_request_has_one_hundred_findings_of_one_account() {
        let mut resources = many(120);
        resources.extend((0..5).map(|at| {
            let mut user = super::super::fixture::user(&format!("other-{at}"), json!({}));
            user["account"] = "444455556666".into();
            user
        }));
        let batches = batches(&report(&resources));
        let sizes: Vec<usize> = batches.iter().map(|batch| batch["Findings"].as_array().unwrap().len()).collect();
        // Two findings of each user, and one about each account.
        assert_eq!(sizes, [100, 100, 40, 10, 1, 1]);
        for batch in &batches {
            let findings = batch["Findings"].as_array().unwrap();
            assert!(findings.iter().all(|one| one["AwsAccountId"] == findings[0]["AwsAccountId"]));
        }
    }

    #[test]
    fn a_finding_says_what_and_where_and_what_was_not_read_is_not_available() {
        let batches = batches(&report_with(&normal(), gaps(1), |_| {}));
        let all: Vec<&Value> = batches.iter().flat_map(|batch| batch["Findings"].as_array().unwrap()).collect();
        let first = all[0];
        assert_eq!(first["Compliance"], json!({"Status": "FAILED"}));
        assert_eq!(first["Resources"][0]["Type"], "AwsIamUser");
        assert_eq!(first["ProductArn"], "arn:aws:securityhub:us-east-1:111122223333:product/111122223333/default");
        assert_eq!(first["ProductFields"]["taglint/generated"], "2026-11-22");
        assert_eq!(all[2]["Remediation"]["Recommendation"]["Text"], "set Cost Center=12345; remove CostCenter");
        assert_eq!(
            (&all[3]["AwsAccountId"], &all[3]["Compliance"]["Status"]),
            (&json!("444455556666"), &json!("NOT_AVAILABLE"))
        );
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn hostile_text_is_cut_and_visible() {
        let report = report(&hostile());
        for batch in batches(&report) {
            for finding in batch["Findings"].as_array().unwrap() {
                assert!(finding["Title"].as_str().unwrap().chars().count() <= TITLE);
                assert_eq!(finding["AwsAccountId"], NO_ACCOUNT, "no text is an account ID");
                assert!(!finding.to_string().contains(crate::base::is_hostile));
            }
        }
    }
}
