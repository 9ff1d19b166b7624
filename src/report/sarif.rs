//! SARIF for GitHub code scanning and every other viewer.
//!
//! GitHub rejects a whole file because of one invalid result. Whatever the input contains, a file therefore has only
//! relative URIs, texts that are not empty, intended links and unique fingerprints. Results are streamed: the run
//! around them is written by hand, and every element is a type of `elements`.

mod elements;
mod list;
mod place;
mod result;
mod rules;
mod run;
#[cfg(test)]
mod tests;
mod words;

use std::collections::HashMap;
use std::io::{self, Write};

use self::elements::{RunAutomationDetails, Tool, ToolComponent};
use self::list::ResultList;
use self::result::Results;
use super::format::ReportFormat;
use super::options::{ReportOptions, Show};
use crate::base::LogSpelling;
use crate::engine::{BaselineEntry, Fingerprint, Report};
use crate::policy::Rule;

/// The SARIF format, which `--sarif-split` writes too.
pub const FORMAT: ReportFormat = ReportFormat {
    name: "sarif",
    extensions: &[".sarif", ".sarif.json"],
    about: "SARIF for GitHub code scanning and other viewers",
    log: LogSpelling::Json,
    render: write,
};

/// The address of the schema, as the upload action and Microsoft's Multitool recognize it.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Writes one run.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let carried = carried(report, options);
    let tally = &report.summary().counts;
    let waived = if options.shows(Show::Waived) { tally.waived } else { 0 };
    let total = tally.findings.iter().sum::<u64>() + waived + carried.len() as u64;
    let limit = options.sarif_limit;
    let too_many = limit > 0 && total > limit as u64;

    write!(out, "{{\"$schema\":\"{SCHEMA}\",\n\"version\":\"2.1.0\",\n\"runs\":[{{\n\"tool\":")?;
    serde_json::to_writer(&mut *out, &tool(report, too_many))?;
    // Columns of locations count characters.
    out.write_all(b",\n\"columnKind\":\"unicodeCodePoints\",\n\"automationDetails\":")?;
    serde_json::to_writer(&mut *out, &RunAutomationDetails { id: run::category(report, options) })?;
    if let Some(key) = report.redaction_key() {
        out.write_all(b",\n\"properties\":")?;
        serde_json::to_writer(&mut *out, &serde_json::json!({ "redactionKey": key }))?;
    }
    out.write_all(b",\n\"invocations\":[")?;
    serde_json::to_writer(&mut *out, &run::invocation(report, options)?)?;
    out.write_all(b"],\n\"results\":[")?;

    let results = Results::new(report, options);
    // One result is reserved for the one that reports omitted results.
    let mut list = ResultList::new(out, if too_many { limit - 1 } else { usize::MAX });
    report.findings(|finding, bytes| results.render(finding, bytes), &mut |bytes| list.add(bytes))?;
    for (rule, print, known) in carried {
        list.add_result(print, &results.carried(rule, print, known))?;
    }
    // Waived findings come last, so that a limit omits them first.
    if options.shows(Show::Waived) && !list.full() {
        report.waived(|finding, bytes| results.render(finding, bytes), &mut |bytes| list.add(bytes))?;
    }
    let out = list.end(|shown| {
        let left = total.saturating_sub(shown);
        (too_many && left > 0).then(|| results.truncated(left, limit))
    })?;
    out.write_all(b"\n]\n}]}\n")
}

fn tool(report: &Report, too_many: bool) -> Tool {
    let mut rules: Vec<_> = report.policy().rules.iter().map(rules::descriptor).collect();
    rules.extend(report.policy().targets.iter().map(rules::target));
    rules.extend(too_many.then(rules::truncated));
    let version = env!("CARGO_PKG_VERSION");
    Tool { driver: ToolComponent { name: "taglint", rules, semantic_version: version, version } }
}

/// Returns the baseline findings on resources that were not read, in report order, if `--allow-incomplete` is set.
/// GitHub would close their alerts otherwise. Only findings on live resources are included, because a result in a
/// source file needs a line.
fn carried<'r>(report: &'r Report, options: &ReportOptions) -> Vec<(&'r Rule, &'r Fingerprint, &'r BaselineEntry)> {
    if !options.allow_incomplete || report.gone().is_empty() {
        return Vec::new();
    }
    let by_id: HashMap<&str, &Rule> = report.policy().rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    let live = report.unread_known().filter(|(_, known)| known.resource.starts_with("arn:"));
    let mut out: Vec<_> =
        live.filter_map(|(print, known)| Some((*by_id.get(known.rule.as_str())?, print, known))).collect();
    out.sort_by_key(|(rule, print, known)| {
        (rule.severity, &known.account, &known.region, &known.kind, &known.resource, &rule.id, *print)
    });
    out
}
