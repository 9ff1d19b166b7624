//! The findings as JSON for the script of the page. Columns with few different texts are lists of indices, which keeps the
//! page small and its filters quick.

use std::collections::HashMap;
use std::io::{self, Write};
use std::ops::ControlFlow;

use serde::Serialize;

use crate::aws::{CONSOLE_ADDRESSES, CONSOLE_DOMAINS};
use crate::base::encode::script;
use crate::base::escape;
use crate::engine::{BaselineState, Finding, Report, ResourceCost, UnknownResult};
use crate::model::{Location, Resource};
use crate::report::envelope::Envelope;
use crate::report::fixes;
use crate::report::group_by::GroupBy;
use crate::report::messages::{instead, reason_with_location};
use crate::report::options::{ReportOptions, Show};
use crate::report::tally::SEPARATOR;

/// The maximum number of rows of a page. The JSON and CSV reports have all.
pub(super) const ROWS: u64 = 100_000;

/// The columns with their titles. The groups of the options follow.
const COLUMNS: [(&str, &str); 13] = [
    ("status", "Status"),
    ("severity", "Severity"),
    ("rule", "Rule"),
    ("type", "Type"),
    ("account", "Account"),
    ("region", "Region"),
    ("ou", "Organizational unit"),
    ("key", "Key"),
    ("problem", "Problem"),
    ("instead", "Fix"),
    ("fix", "Change"),
    ("state", "Baseline"),
    ("path", "File"),
];

/// The column of the resource types.
const TYPE: usize = 3;

/// A column of texts that repeat.
#[derive(Serialize)]
struct Column {
    id: String,
    title: String,
    /// `true` for a group of the options, which the table shows.
    group: bool,
    values: Vec<String>,
    rows: Vec<u32>,
    #[serde(skip)]
    index: HashMap<String, u32>,
}

impl Column {
    fn push(&mut self, text: &str) {
        let next = u32::try_from(self.values.len()).expect("a page has fewer rows");
        let at = *self.index.entry(text.to_owned()).or_insert_with(|| {
            self.values.push(text.to_owned());
            next
        });
        self.rows.push(at);
    }
}

/// The data of the page.
#[derive(Serialize)]
struct Data<'r> {
    columns: Vec<Column>,
    names: Vec<String>,
    resources: Vec<String>,
    lines: Vec<u32>,
    /// The names of accounts.
    accounts: Vec<(String, String)>,
    /// The ids of the rules in the order of their table.
    rules: Vec<String>,
    source: Option<&'r str>,
    console: Vec<(&'static str, &'static str)>,
    domains: &'static [(&'static str, &'static str)],
}

/// Writes the data, and returns the number of rows that were left out.
pub(super) fn write(
    report: &Report,
    options: &ReportOptions,
    envelope: &Envelope<'_>,
    out: &mut dyn Write,
) -> io::Result<u64> {
    let mut groups: Vec<&GroupBy> = Vec::new();
    for by in options.page.group_by.iter().filter(|by| matches!(by, GroupBy::Tag(_))) {
        if !groups.contains(&by) {
            groups.push(by);
        }
    }
    let column = |id: &str, title: &str, group| Column {
        id: id.to_owned(),
        title: title.to_owned(),
        group,
        values: Vec::new(),
        rows: Vec::new(),
        index: HashMap::new(),
    };
    let mut columns: Vec<Column> = COLUMNS.iter().map(|(id, title)| column(id, title, false)).collect();
    let has_costs = report.cost_totals().is_some();
    columns.extend(groups.iter().map(|by| column(&escape(&by.id()), &escape(by.title()), true)));
    columns.extend(has_costs.then(|| column("cost", "Cost", true)));
    let redacted = report.redaction_key().is_some();
    let mut data = Data {
        columns,
        names: Vec::new(),
        resources: Vec::new(),
        lines: Vec::new(),
        accounts: names(envelope),
        rules: report.policy().rules.iter().map(|rule| escape(&rule.id).into_owned()).collect(),
        source: options.page.source_url.as_deref(),
        console: Vec::new(),
        domains: CONSOLE_DOMAINS,
    };
    let left_out = data.fill(report, options, &groups)?;
    let kinds = &data.columns[TYPE].values;
    // A redacted ARN has no address.
    let shown = |(kind, _): &&(&str, &str)| !redacted && kinds.iter().any(|known| known == kind);
    data.console = CONSOLE_ADDRESSES.iter().filter(shown).copied().collect();
    out.write_all(script::to_string(&data).as_bytes())?;
    Ok(left_out)
}

fn names(envelope: &Envelope<'_>) -> Vec<(String, String)> {
    let named = envelope.accounts.iter().filter_map(|account| Some((account.id, account.name?)));
    named.map(|(id, name)| (escape(id).into_owned(), escape(name).into_owned())).collect()
}

impl Data<'_> {
    /// Adds the rows of a report, and returns the number of those that were left out.
    fn fill(&mut self, report: &Report, options: &ReportOptions, groups: &[&GroupBy]) -> io::Result<u64> {
        let (mut rows, mut all) = (0, 0);
        let mut add = |record: &[u8]| {
            all += 1;
            if rows < ROWS {
                rows += 1;
                self.add(&String::from_utf8_lossy(record));
            }
            Ok(ControlFlow::Continue(()))
        };
        let row = |finding: &Finding<'_>, out: &mut Vec<u8>| Row::of_finding(finding).write(report, groups, out);
        report.findings(row, &mut add)?;
        if options.shows(Show::Waived) {
            report.waived(row, &mut add)?;
        }
        if options.shows(Show::Unknown) {
            let row = |resource: &Resource<'_>, unknown: &UnknownResult<'_>, out: &mut Vec<u8>| {
                Row::of_unknown(resource, unknown).write(report, groups, out);
            };
            report.unknown_results(row, &mut add)?;
        }
        Ok(all - rows)
    }

    fn add(&mut self, record: &str) {
        let mut fields = record.split(SEPARATOR);
        for column in &mut self.columns {
            column.push(fields.next().unwrap_or(""));
        }
        self.names.push(fields.next().unwrap_or("").to_owned());
        self.resources.push(fields.next().unwrap_or("").to_owned());
        self.lines.push(fields.next().and_then(|line| line.parse().ok()).unwrap_or(0));
    }
}

/// A row of the table, with raw data.
struct Row<'r> {
    resource: &'r Resource<'r>,
    rule: &'r str,
    status: &'static str,
    severity: &'static str,
    key: &'r str,
    problem: String,
    instead: String,
    fix: String,
    state: &'static str,
    location: Option<&'r Location>,
    cost: Option<ResourceCost<'r>>,
}

/// The cost in a cell that the script sorts by its number; empty for a row without one.
fn cost_cell(cost: Option<&ResourceCost<'_>>) -> String {
    match cost {
        None => String::new(),
        Some(ResourceCost::Known { amount, currency, is_principal }) => {
            format!("{} {currency}{}", amount.shown(), if *is_principal { " (calls)" } else { "" })
        }
        Some(ResourceCost::Unknown(why)) => format!("unknown: {}", why.about()),
    }
}

impl<'r> Row<'r> {
    fn of_finding(finding: &'r Finding<'r>) -> Self {
        let violation = &finding.violation;
        let (status, problem) = match &finding.waiver {
            None => ("finding", violation.message.clone()),
            Some(waiver) => ("waived", format!("{} ({}, {})", violation.message, waiver.reason, waiver.end())),
        };
        let known = finding.state == BaselineState::Unchanged;
        Self {
            resource: finding.resource,
            rule: finding.rule.id,
            status,
            severity: finding.severity().name(),
            key: violation.key.as_deref().unwrap_or(""),
            problem,
            instead: violation.suggestion.as_ref().map(instead).unwrap_or_default(),
            fix: fixes::label(finding),
            state: if known { "in baseline" } else { "" },
            location: finding.location(),
            cost: finding.cost,
        }
    }

    fn of_unknown(resource: &'r Resource<'r>, unknown: &'r UnknownResult<'r>) -> Self {
        Self {
            resource,
            rule: &unknown.rule.id,
            status: "unknown",
            severity: unknown.rule.severity.name(),
            key: unknown.key.as_deref().unwrap_or(""),
            problem: reason_with_location(unknown).into_owned(),
            instead: String::new(),
            fix: String::new(),
            state: "",
            location: unknown.location.as_deref().or(resource.location.as_ref()),
            cost: None,
        }
    }

    /// Appends the fields, escaped and separated.
    fn write(&self, report: &Report, groups: &[&GroupBy], out: &mut Vec<u8>) {
        let resource = self.resource;
        let handle = resource.handle();
        let line = self.location.map(|at| at.line.to_string()).unwrap_or_default();
        let of = |by: &GroupBy| by.of(report.policy(), resource);
        // As the groups of the page have them, because those link here.
        let [account, region, units] = [GroupBy::Account, GroupBy::Region, GroupBy::Ou].map(|by| of(&by));
        let usual = [
            self.status,
            self.severity,
            self.rule,
            resource.kind.as_str(),
            &*account,
            &*region,
            &*units,
            self.key,
            &self.problem,
            &self.instead,
            &self.fix,
            self.state,
            self.location.map_or("", |at| &at.path),
        ];
        let mut groups: Vec<_> = groups.iter().map(|by| of(by)).collect();
        groups.extend(report.cost_totals().map(|_| cost_cell(self.cost.as_ref()).into()));
        let own = [resource.name.as_deref().unwrap_or(""), &*handle, &*line];
        for (at, text) in usual.into_iter().chain(groups.iter().map(|text| &**text)).chain(own).enumerate() {
            if at > 0 {
                out.push(SEPARATOR as u8);
            }
            out.extend_from_slice(escape(text).as_bytes());
        }
    }
}
