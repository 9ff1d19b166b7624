//! Metrics for the textfile collector of Prometheus' `node_exporter`, and for every reader of `OpenMetrics`.
//!
//! All metrics are gauges, and the text is valid in both the text format of Prometheus and in `OpenMetrics`. There is no
//! metric for a resource, so the number of series depends on accounts, types and rules only.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::coverage::not_judged;
use super::envelope::{Envelope, VERSION};
use super::format::ReportFormat;
use super::options::ReportOptions;
use super::targets::targets;
use crate::base::{LogSpelling, escape};
use crate::engine::{CheckedAccount, Counts, Report, TargetState};
use crate::policy::Severity;

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "openmetrics",
    extensions: &[".prom"],
    about: "Metrics for Prometheus (node_exporter's textfile collector) and OpenMetrics",
    log: LogSpelling::Text,
    render: write,
};

/// A part of the counts with the value of its label.
type CountPart = (&'static str, fn(&Counts) -> u64);

/// The maximum number of accounts or types that have their own series. The others are one series named `other`.
const MAX_SERIES: usize = 1000;

/// A family of gauges in progress.
struct Metrics {
    text: String,
    /// The head of the family until its first sample: a family without samples is left out.
    head: String,
}

impl Metrics {
    fn family(&mut self, name: &str, help: &str) {
        self.head.clear();
        let _ = writeln!(self.head, "# HELP taglint_{name} {help}\n# TYPE taglint_{name} gauge");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.text.push_str(&std::mem::take(&mut self.head));
        let _ = write!(self.text, "taglint_{name}");
        for (at, (label, text)) in labels.iter().enumerate() {
            let _ = write!(self.text, "{}{label}=\"{}\"", if at == 0 { '{' } else { ',' }, label_value(text));
        }
        let _ = writeln!(self.text, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    /// A family with one sample.
    fn one(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, help);
        self.sample(name, &[], value);
    }
}

/// The value of a label: hostile characters are visible, so that no line ends early.
fn label_value(text: &str) -> Cow<'_, str> {
    let text = escape(text);
    if text.contains(['\\', '"']) { Cow::Owned(text.replace('\\', "\\\\").replace('"', "\\\"")) } else { text }
}

/// Writes all metrics.
fn write(report: &Report, _options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut metrics = Metrics { text: String::new(), head: String::new() };
    run(report, &mut metrics);
    accounts(report, &mut metrics);
    types(report, &mut metrics);
    rules(report, &mut metrics);
    metrics.text.push_str("# EOF\n");
    out.write_all(metrics.text.as_bytes())
}

/// The run: time, policy, completeness, coverage, waivers.
fn run(report: &Report, out: &mut Metrics) {
    let envelope = Envelope::new(report);
    let policy = report.policy();
    out.family("run", "The run that wrote these metrics. Its value is always 1.");
    let (date, inputs) = (envelope.generated.to_string(), envelope.inputs.len().to_string());
    let labels = [
        ("version", VERSION),
        ("policy", policy.name.as_str()),
        ("policy_hash", envelope.short_hash()),
        ("date", date.as_str()),
        ("inputs", inputs.as_str()),
    ];
    out.sample("run", &labels, 1);
    out.one(
        "run_timestamp_seconds",
        "Time of the last collection, else the day of the run, in seconds since 1970.",
        envelope.time().as_second(),
    );
    out.one("complete", "1 if everything could be read, else 0.", u8::from(report.complete()));
    out.one("unread_scopes", "Scopes that could not be read.", report.gaps().len());
    out.one("unread_resources", "Resources whose tags could not be read.", report.summary().counts.unread);
    out.one("unknown_results", "Results of rules that are unknown.", report.summary().counts.unknown_results);
    out.one("judged_resources", "Resources that rules judged.", report.coverage().judged);
    out.family("not_judged", "Resources and paths that no rule judged, by reason.");
    let mut by_reason = std::collections::BTreeMap::new();
    for group in not_judged(report) {
        *by_reason.entry(group.reason.name()).or_insert(0) += group.count;
    }
    for (reason, number) in by_reason {
        out.sample("not_judged", &[("reason", reason)], number);
    }
    let valid: Vec<_> = envelope.waivers.iter().filter(|waiver| waiver.holds).collect();
    out.one("waivers", "Waivers of the policy that are valid on the day of the run.", valid.len());
    if let Some(next) = valid.iter().map(|waiver| waiver.expires.since(envelope.generated)).min() {
        out.one("next_waiver_end_days", "Days until the next waiver ends.", next);
    }
    if !report.targets().is_empty() {
        out.family("target_state", "1 for the state of a target: met, missed, unknown or not-applicable.");
        for (target, result) in targets(report) {
            let state: &str = <&str>::from(result.state);
            debug_assert!(result.state != TargetState::Met || state == "met");
            let account = result.account.as_deref().unwrap_or("all");
            out.sample("target_state", &[("target", &target.id), ("account", account), ("state", state)], 1);
        }
    }
}

/// Resources by account and verdict, and findings by account and severity.
fn accounts(report: &Report, out: &mut Metrics) {
    let mut accounts = report.accounts();
    if let Some(none) = report.summary().accounts.get("") {
        accounts.push(CheckedAccount { id: "", name: None, counts: none.counts, was_read: true });
    }
    // An account that was not read has no series: zeros would look as if it had no resources.
    let read = accounts.iter().filter(|account| account.was_read);
    let mut rows: Vec<(&str, &str, Counts)> =
        read.map(|account| (account.id, account.name.unwrap_or(""), account.counts)).collect();
    rows.sort_by_key(|(_, _, counts)| std::cmp::Reverse(counts.resources));
    let rest = rows.split_off(rows.len().min(MAX_SERIES));
    rows.sort_by_key(|(id, _, _)| *id);
    let sum = |of: fn(&Counts) -> u64| rest.iter().map(|(_, _, counts)| of(counts)).sum::<u64>();
    let mut family = |name: &str, help: &str, label: &str, parts: &[CountPart]| {
        out.family(name, help);
        for (id, account_name, counts) in &rows {
            for (part, of) in parts {
                out.sample(name, &[("account", id), ("account_name", account_name), (label, part)], of(counts));
            }
        }
        for (part, of) in parts.iter().filter(|_| !rest.is_empty()) {
            out.sample(name, &[("account", "other"), ("account_name", ""), (label, part)], sum(*of));
        }
    };
    family(
        "resources",
        "Resources by account and verdict. Those that no rule concerns count as pass.",
        "verdict",
        &[
            ("pass", |counts| counts.compliant),
            ("fail", |counts| counts.violating),
            ("unknown", |counts| counts.unknown),
        ],
    );
    family(
        "findings",
        "Findings that are not waived, by account and severity.",
        "severity",
        &[
            (Severity::Error.name(), |counts| counts.findings[Severity::Error as usize]),
            (Severity::Warning.name(), |counts| counts.findings[Severity::Warning as usize]),
            (Severity::Note.name(), |counts| counts.findings[Severity::Note as usize]),
        ],
    );
    family("waived_findings", "Waived findings by account.", "state", &[("waived", |counts| counts.waived)]);
}

/// Resources by type.
fn types(report: &Report, out: &mut Metrics) {
    let all = &report.summary().types;
    let mut rows: Vec<_> = all.iter().map(|(kind, counts)| (kind.as_str(), counts)).collect();
    rows.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.resources));
    let rest = rows.split_off(rows.len().min(MAX_SERIES));
    rows.sort_by_key(|(kind, _)| *kind);
    out.family("type_resources", "Resources by type.");
    for (kind, counts) in &rows {
        out.sample("type_resources", &[("type", kind)], counts.resources);
    }
    let other = |of: fn(&crate::engine::TypeSummary) -> u64| rest.iter().map(|(_, counts)| of(counts)).sum::<u64>();
    if !rest.is_empty() {
        out.sample("type_resources", &[("type", "other")], other(|counts| counts.resources));
    }
    out.family("type_passing_resources", "Resources by type for which every rule that applies passes or is waived.");
    for (kind, counts) in &rows {
        out.sample("type_passing_resources", &[("type", kind)], counts.compliant);
    }
    if !rest.is_empty() {
        out.sample("type_passing_resources", &[("type", "other")], other(|counts| counts.compliant));
    }
}

/// Findings, unknown results and resources by rule.
fn rules(report: &Report, out: &mut Metrics) {
    let rules = report.policy().rules.iter().zip(&report.summary().rules).zip(&report.settings().chosen);
    let rules: Vec<_> = rules.filter(|(_, chosen)| **chosen).map(|(rule, _)| rule).collect();
    out.family(
        "rule_results",
        "Results of each rule: resources that it applies to, findings, unknown results, waived findings.",
    );
    for (rule, counts) in rules {
        let severity = rule.severity.name();
        for (result, number) in [
            ("resources", counts.matched),
            ("findings", counts.findings),
            ("unknown", counts.unknown),
            ("waived", counts.waived),
        ] {
            out.sample("rule_results", &[("rule", &rule.id), ("severity", severity), ("result", result)], number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{gaps, hostile, many, normal, render, report, report_with};
    use super::*;

    #[test]
    fn counts_are_gauges_by_account_type_and_rule() {
        let text = render(&FORMAT, &report_with(&normal(), gaps(2), |_| {}), false);
        for line in [
            "taglint_complete 0\n",
            "taglint_unread_scopes 2\n",
            "taglint_run_timestamp_seconds 1795305600\n",
            "taglint_resources{account=\"111122223333\",account_name=\"\",verdict=\"fail\"} 2\n",
            "taglint_findings{account=\"111122223333\",account_name=\"\",severity=\"error\"} 3\n",
            "taglint_type_passing_resources{type=\"iam:user\"} 1\n",
            "taglint_rule_results{rule=\"cost-center\",severity=\"error\",result=\"findings\"} 2\n",
        ] {
            assert!(text.contains(line), "no {line} in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
        // Nothing is left unjudged here: a family without samples has no head.
        assert!(!text.contains("taglint_not_judged"), "{text}");
        let heads = text.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next());
        for head in heads {
            assert!(
                text.lines()
                    .any(|line| line.starts_with(&format!("{head}{{")) || line.starts_with(&format!("{head} "))),
                "{head}"
            );
        }
    }

    #[test]
    fn hostile_text_stays_in_its_label() {
        let text = render(&FORMAT, &report(&hostile()), true);
        assert!(!text.replace('\n', "").contains(crate::base::is_hostile));
        let is_sample =
            |line: &str| line.starts_with("taglint_") && line.rsplit_once(' ').unwrap().1.parse::<u64>().is_ok();
        assert!(text.lines().all(|line| line.starts_with("# ") || is_sample(line)), "{text}");
    }

    #[test]
    fn the_number_of_series_is_bounded() {
        let mut resources = many(MAX_SERIES + 20);
        for (at, resource) in resources.iter_mut().enumerate() {
            resource["account"] = format!("{:012}", at + 1).into();
        }
        let text = render(&FORMAT, &report(&resources), false);
        assert_eq!(text.lines().filter(|line| line.starts_with("taglint_resources")).count(), 3 * (MAX_SERIES + 1));
        assert!(text.contains("taglint_resources{account=\"other\",account_name=\"\",verdict=\"fail\"} 20\n"));
    }
}
