//! The index of the files of `--split-by`, with a row for each part: Markdown, and a table for scripts.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::cost::{currencies, pair_text, weight};
use super::markdown::{head, tail};
use crate::base::encode::csv::without_formula;
use crate::base::encode::markdown::code_cell;
use crate::base::thousands;
use crate::engine::{CostPair, CostVerdict, Division, PartField, Report, ReportPart};
use crate::policy::Severity;

/// A part with its counts and files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRow {
    /// The name of the part. It contains raw data.
    pub name: String,
    /// The name of its files without the extension, of letters, digits, `-` and `_` alone.
    pub stem: String,
    /// Findings by severity.
    pub findings: [u64; 3],
    /// All resources.
    pub resources: u64,
    /// Resources that pass, that fail, and whose result is unknown. A resource that no rule concerns is none of them.
    pub verdicts: [u64; 3],
    /// The cost of its resources with findings; `None` without a bill.
    pub cost: Option<CostPair>,
    /// `true` if nothing that may concern the part could not be read.
    pub complete: bool,
    /// The names of its files in the folder of the index, of letters, digits, `-`, `_` and `.` alone.
    pub files: Vec<String>,
}

impl PartRow {
    /// The counts of the report of a part, or of a whole run.
    #[must_use]
    pub fn new(report: &Report, stem: String, files: Vec<String>) -> Self {
        let counts = &report.summary().counts;
        Self {
            name: report.part().map(ReportPart::label).unwrap_or_default().to_owned(),
            stem,
            findings: counts.findings,
            resources: counts.resources,
            verdicts: [report.passing().0, counts.violating, counts.unknown],
            cost: cost_of_fails(report),
            complete: report.complete(),
            files,
        }
    }

    /// Errors, warnings, notes, resources, and those that pass, fail and are unknown.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> + '_ {
        self.findings.iter().chain([&self.resources]).chain(&self.verdicts).copied()
    }

    fn cells(&self, name: &str, files: &str) -> String {
        let numbers: Vec<String> = self.numbers().map(thousands).collect();
        let cost = self.cost.as_ref().map(|cost| format!(" {} |", code_cell(&pair_text(cost)))).unwrap_or_default();
        format!("| {name} | {} |{cost} {files} |\n", numbers.join(" | "))
    }
}

/// The index of the parts of a report.
pub struct PartsIndex<'r> {
    pub(super) report: &'r Report,
    /// The word for the property, such as `tags.Owner`. It contains raw data.
    pub(super) property: String,
    /// The parts with most findings first, with a bill those that cost most.
    pub(super) rows: Vec<PartRow>,
    /// The sum of all parts.
    pub(super) all: PartRow,
}

impl<'r> PartsIndex<'r> {
    /// The index of the whole report.
    #[must_use]
    pub fn new(report: &'r Report, by: &dyn Division, mut rows: Vec<PartRow>) -> Self {
        // A resource whose tags could not be read may belong to any part.
        let may_be_anywhere = by.field() == PartField::None && report.summary().counts.unread > 0;
        for row in &mut rows {
            row.complete &= !may_be_anywhere;
        }
        let prices: Vec<CostPair> = rows.iter().filter_map(|row| row.cost.clone()).collect();
        let currencies = currencies(prices.iter());
        rows.sort_by(|a, b| {
            let key = |row: &PartRow| {
                let findings = (row.findings.iter().sum::<u64>(), row.findings, row.verdicts[2]);
                (weight(row.cost.as_ref(), &currencies), Reverse(findings))
            };
            (key(a), &a.name).cmp(&(key(b), &b.name))
        });
        let mut all = PartRow {
            name: "(all)".to_owned(),
            stem: "index".to_owned(),
            findings: [0; 3],
            resources: 0,
            verdicts: [0; 3],
            cost: cost_of_fails(report),
            complete: report.complete(),
            files: Vec::new(),
        };
        for row in &rows {
            for at in 0..3 {
                all.findings[at] += row.findings[at];
                all.verdicts[at] += row.verdicts[at];
            }
            all.resources += row.resources;
        }
        Self { report, property: by.id(), rows, all }
    }

    /// The headings of [`PartRow::numbers`].
    pub(super) fn headings() -> Vec<String> {
        let severities = Severity::ALL.map(|severity| format!("{}s", severity.name()));
        severities.into_iter().chain(["resources", "pass", "fail", "unknown"].map(str::to_owned)).collect()
    }

    /// Writes Markdown: the result, what could not be read, the parts, and the notices.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let headings = Self::headings().join(" | ");
        let (title, line) = if self.all.cost.is_some() { (" cost of fails |", "--:|") } else { ("", "") };
        write!(out, "{}\n| {} | {headings} |{title} file |\n", head(self.report), code_cell(&self.property))?;
        writeln!(out, "|---|--:|--:|--:|--:|--:|--:|--:|{line}---|")?;
        for row in &self.rows {
            let links: Vec<String> = row.files.iter().map(|file| format!("[{file}]({file})")).collect();
            out.write_all(row.cells(&code_cell(&row.name), &links.join(", ")).as_bytes())?;
        }
        out.write_all(self.all.cells("**all**", "").as_bytes())?;
        out.write_all(tail(self.report).as_bytes())
    }

    /// Writes the table for scripts: columns with a tab between them, without quotes. The first row is that of the whole run,
    /// `index`, which no part has as a name. The name of the part comes last, so that a shell may read it with spaces.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "part\t{}\tcomplete\tvalue", Self::headings().join("\t"))?;
        for row in std::iter::once(&self.all).chain(&self.rows) {
            let numbers: Vec<String> = row.numbers().map(|number| number.to_string()).collect();
            writeln!(out, "{}\t{}\t{}\t{}", row.stem, numbers.join("\t"), row.complete, without_formula(&row.name))?;
        }
        Ok(())
    }
}

/// The cost of the resources with findings; `None` without a bill.
fn cost_of_fails(report: &Report) -> Option<CostPair> {
    report.cost_totals().map(|totals| totals.verdicts[CostVerdict::Fail as usize].clone())
}
