//! The index of the files of `--split-by`: Markdown with a table of all parts.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::cost::{one_currency, pair_text, weight};
use super::markdown::{head, tail};
use crate::base::encode::markdown::code_cell;
use crate::base::thousands;
use crate::engine::{CostPair, CostVerdict, Division, Report, ReportPart};
use crate::policy::Severity;

/// A part with its counts and files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRow {
    /// The name of the part. It contains raw data.
    pub name: String,
    /// Findings by severity.
    pub findings: [u64; 3],
    /// All resources.
    pub resources: u64,
    /// Resources that pass, that fail, and whose result is unknown. A resource that no rule concerns is none of them.
    pub verdicts: [u64; 3],
    /// The cost of its resources with findings; `None` without a bill.
    pub cost: Option<CostPair>,
    /// The names of its files in the folder of the index, of letters, digits, `-`, `_` and `.` alone.
    pub files: Vec<String>,
}

impl PartRow {
    /// The counts of the report of a part.
    #[must_use]
    pub fn new(report: &Report, files: Vec<String>) -> Self {
        let counts = &report.summary().counts;
        Self {
            name: report.part().map(ReportPart::label).unwrap_or_default().to_owned(),
            findings: counts.findings,
            resources: counts.resources,
            verdicts: [report.passing().0, counts.violating, counts.unknown],
            cost: report.cost_totals().map(|totals| totals.verdicts[CostVerdict::Fail as usize].clone()),
            files,
        }
    }

    fn cells(&self, name: &str, files: &str) -> String {
        let number = |number: &u64| thousands(*number);
        let numbers = self.findings.iter().chain([&self.resources]).chain(&self.verdicts).map(number);
        let numbers: Vec<String> = numbers.collect();
        let cost = self.cost.as_ref().map(|cost| format!(" {} |", code_cell(&pair_text(cost)))).unwrap_or_default();
        format!("| {name} | {} |{cost} {files} |\n", numbers.join(" | "))
    }
}

/// Writes the index of the whole report: the result, what could not be read, the parts with most findings first, and the
/// notices.
///
/// # Errors
/// Those of the writer.
pub fn write_index(report: &Report, by: &dyn Division, mut rows: Vec<PartRow>, out: &mut dyn Write) -> io::Result<()> {
    let prices: Vec<CostPair> = rows.iter().filter_map(|row| row.cost.clone()).collect();
    let currency = one_currency(prices.iter());
    rows.sort_by(|a, b| {
        let key = |row: &PartRow| {
            (
                weight(row.cost.as_ref(), currency),
                Reverse((row.findings.iter().sum::<u64>(), row.findings, row.verdicts[2])),
            )
        };
        (key(a), &a.name).cmp(&(key(b), &b.name))
    });
    let severities = Severity::ALL.map(|severity| format!("{}s", severity.name()));
    write!(out, "{}\n| {} | {} ", head(report), code_cell(&by.id()), severities.join(" | "))?;
    let costs = report.cost_totals().map(|totals| totals.verdicts[CostVerdict::Fail as usize].clone());
    let (title, line) = if costs.is_some() { (" cost of fails |", "--:|") } else { ("", "") };
    writeln!(out, "| resources | pass | fail | unknown |{title} file |\n|---|--:|--:|--:|--:|--:|--:|--:|{line}---|")?;
    let mut all = PartRow {
        name: String::new(),
        findings: [0; 3],
        resources: 0,
        verdicts: [0; 3],
        cost: costs,
        files: Vec::new(),
    };
    for row in &rows {
        let links: Vec<String> = row.files.iter().map(|file| format!("[{file}]({file})")).collect();
        out.write_all(row.cells(&code_cell(&row.name), &links.join(", ")).as_bytes())?;
        for at in 0..3 {
            all.findings[at] += row.findings[at];
            all.verdicts[at] += row.verdicts[at];
        }
        all.resources += row.resources;
    }
    out.write_all(all.cells("**all**", "").as_bytes())?;
    out.write_all(tail(report).as_bytes())
}
