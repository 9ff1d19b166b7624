//! XLSX for people who work in spreadsheets: a summary, then a sheet with the findings of each account.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::ControlFlow;

use super::csv::{HEADER, cells, other_rows, row};
use super::envelope::Envelope;
use super::format::ReportFormat;
use super::messages::{headline, reason_with_location};
use super::options::{ReportOptions, Show};
use crate::base::encode::xlsx::{Cell, Sheet, write as write_workbook};
use crate::base::{LogSpelling, escape, thousands};
use crate::cost::Amount;
use crate::engine::{Finding, Report, UnknownResult};
use crate::model::Resource;

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "xlsx",
    extensions: &[".xlsx"],
    about: "XLSX for spreadsheets: a summary, and a sheet for each account (only with --output)",
    log: LogSpelling::Binary,
    render: write,
};

/// The maximum number of accounts with a sheet of their own.
const SHEETS: usize = 100;
/// The separator between the cells of a rendered row. Escaped text never contains it.
const SEPARATOR: char = '\u{1f}';
/// The widths of the columns of findings, in characters.
const WIDTHS: [u32; HEADER.len()] =
    [9, 22, 12, 14, 14, 22, 24, 50, 18, 18, 18, 60, 40, 10, 12, 16, 30, 7, 30, 14, 9, 24];
/// The columns with an account and a line number.
const ACCOUNT: usize = 3;
const LINE: usize = 17;
/// The column with an exact amount.
const COST: usize = 19;

/// The sheets of findings by account.
struct Accounts {
    sheets: BTreeMap<String, Sheet>,
    others: Option<Sheet>,
    left_out: u64,
}

fn sheet(name: &str) -> Sheet {
    let columns: Vec<(&str, u32)> = HEADER.into_iter().zip(WIDTHS).collect();
    Sheet::new(name, &columns)
}

/// Adds a rendered row; `false` if the sheet is full.
fn add(sheet: &mut Sheet, texts: &[&str]) -> bool {
    sheet.row(texts.iter().enumerate().map(|(at, text)| match text.parse() {
        Ok(number) if at == LINE => Cell::Number(number),
        _ if at == COST && Amount::parse(text).is_some() => Cell::Decimal(text),
        _ => Cell::Text(text),
    }))
}

impl Accounts {
    fn add(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let texts: Vec<&str> = text.split(SEPARATOR).collect();
        let account = texts.get(ACCOUNT).copied().unwrap_or("");
        let sheet = if self.sheets.contains_key(account) || self.sheets.len() < SHEETS {
            let name = if account.is_empty() { "No account" } else { account };
            self.sheets.entry(account.to_owned()).or_insert_with(|| sheet(name))
        } else {
            self.others.get_or_insert_with(|| sheet("Other accounts"))
        };
        self.left_out += u64::from(!add(sheet, &texts));
    }
}

/// Appends cells as one row.
fn join(cells: impl IntoIterator<Item = impl AsRef<str>>, out: &mut Vec<u8>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(SEPARATOR.encode_utf8(&mut [0; 4]).as_bytes());
        }
        out.extend_from_slice(escape(cell.as_ref()).as_bytes());
    }
}

fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut accounts = Accounts { sheets: BTreeMap::new(), others: None, left_out: 0 };
    let finding = |finding: &Finding<'_>, row: &mut Vec<u8>| join(cells(finding), row);
    let mut sink = |bytes: &[u8]| {
        accounts.add(bytes);
        Ok(ControlFlow::Continue(()))
    };
    report.findings(finding, &mut sink)?;
    let (mut more, mut left_out) = (Vec::new(), 0);
    if options.shows(Show::Waived) {
        let mut waived = sheet("Waived");
        report.waived(finding, &mut |bytes| Ok(push(&mut waived, bytes, &mut left_out)))?;
        more.push(waived);
    }
    if options.shows(Show::Unknown) {
        let mut unknown = sheet("Unknown");
        report.unknown_results(unknown_row, &mut |bytes| Ok(push(&mut unknown, bytes, &mut left_out)))?;
        more.push(unknown);
    }
    left_out += accounts.left_out;
    let mut unread = sheet("Not read");
    other_rows(report, &mut |cells| {
        let texts: Vec<&str> = cells.iter().map(|cell| &**cell).collect();
        left_out += u64::from(!add(&mut unread, &texts));
    })?;
    let mut sheets = vec![summary(report, left_out)];
    sheets.extend((!unread.is_empty()).then_some(unread));
    sheets.extend(accounts.sheets.into_values());
    sheets.extend(accounts.others);
    sheets.extend(more.into_iter().filter(|sheet| !sheet.is_empty()));
    write_workbook(sheets, out)
}

/// Adds a row, or counts it if the sheet is full.
fn push(sheet: &mut Sheet, bytes: &[u8], left_out: &mut u64) -> ControlFlow<()> {
    let text = String::from_utf8_lossy(bytes);
    let texts: Vec<&str> = text.split(SEPARATOR).collect();
    *left_out += u64::from(!add(sheet, &texts));
    ControlFlow::Continue(())
}

fn unknown_row(resource: &Resource<'_>, unknown: &UnknownResult<'_>, out: &mut Vec<u8>) {
    let optional = |text: Option<&str>| text.unwrap_or("").to_owned().into();
    let place = resource.location.as_ref();
    join(
        row([
            ("rule", unknown.rule.id.as_str().into()),
            ("kind", "unknown".into()),
            ("account", optional(resource.account.as_deref())),
            ("region", optional(resource.region.as_deref())),
            ("type", resource.kind.to_string().into()),
            ("name", optional(resource.name.as_deref())),
            ("arn", resource.handle()),
            ("key", optional(unknown.key.as_deref())),
            ("message", reason_with_location(unknown)),
            ("path", optional(place.map(|at| at.path.as_str()))),
            ("line", place.map(|at| at.line.to_string()).unwrap_or_default().into()),
        ]),
        out,
    );
}

/// The envelope, then the accounts and the rules.
fn summary(report: &Report, left_out: u64) -> Sheet {
    let columns = [
        ("", 24),
        ("", 60),
        ("Resources", 11),
        ("Pass", 11),
        ("Fail", 11),
        ("Unknown", 11),
        ("Findings", 11),
        ("Waived", 11),
    ];
    let (mut sheet, envelope) = (Sheet::new("Summary", &columns), Envelope::new(report));
    sheet.row([Cell::Text("report"), Cell::Text(&headline(report))]);
    for (name, text) in envelope.rows() {
        sheet.row([Cell::Text(name), Cell::Text(&text)]);
    }
    if left_out > 0 {
        let text = format!("{} rows have no room in these sheets; the JSON report has all", thousands(left_out));
        sheet.row([Cell::Text("left out"), Cell::Text(&text)]);
    }
    for account in &envelope.accounts {
        let counts = account.counts;
        let numbers = [
            counts.resources,
            counts.compliant,
            counts.violating,
            counts.unknown,
            counts.findings.iter().sum(),
            counts.waived,
        ];
        let name = format!("{} {}", account.id, account.name.unwrap_or("")).trim_end().to_owned();
        if !account.was_read {
            // Zeros would look as if the account had no resources.
            let unread = [Cell::Text("not read"); 6];
            sheet.row([Cell::Text("account"), Cell::Text(&name)].into_iter().chain(unread));
            continue;
        }
        sheet.row([Cell::Text("account"), Cell::Text(&name)].into_iter().chain(numbers.map(Cell::Number)));
    }
    let rules = report.policy().rules.iter().zip(&report.summary().rules).zip(&report.settings().chosen);
    for ((rule, counts), _) in rules.filter(|(_, chosen)| **chosen) {
        let name = format!("{} ({})", rule.id, rule.severity.name());
        sheet.row([
            Cell::Text("rule"),
            Cell::Text(&name),
            Cell::Number(counts.matched),
            Cell::Text(""),
            Cell::Text(""),
            Cell::Number(counts.unknown),
            Cell::Number(counts.findings),
            Cell::Number(counts.waived),
        ]);
    }
    sheet
}
