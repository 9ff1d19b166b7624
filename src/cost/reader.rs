//! The reader of one cost file.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use csv::StringRecord;

use super::amount::Amount;
use super::columns::{Columns, Field};
use super::ending::{CheckedText, TextPrint};
use super::error::CostError;
use super::ledger::CostLedger;
use super::line_item::LineItem;
use super::period::days;
use super::unpack::{Bounded, Packing, packing, text};

/// The number of bytes that are read at a time.
const BUFFER: usize = 1 << 17;
/// The advice for a file that is not CSV.
const HELP: &str = "export the file again, or download it again";

/// A bill that a file has line items of: the account that pays, and the start of the billing period.
pub(super) type Bill = (String, String);

/// A file that was read.
pub(super) struct ReadFile {
    /// The bills that it has parts of.
    pub(super) bills: Vec<Bill>,
    /// The length and checksum of its text; `None` without line items.
    pub(super) print: Option<TextPrint>,
}

/// Adds the line items of a file.
///
/// # Errors
/// [`CostError`] with the line and the column that is wrong.
pub(super) fn read(path: &Path, file: impl Read, ledger: &mut CostLedger) -> Result<ReadFile, CostError> {
    let failed = |error: std::io::Error| CostError::of_file(path, error.to_string(), "export the file again");
    let mut stream = BufReader::with_capacity(BUFFER, file);
    let found = packing(stream.fill_buf().map_err(failed)?);
    if found == Packing::Parquet {
        return Err(CostError::of_file(path, "a Parquet file, which taglint does not read", parquet_help(path)));
    }
    let (stream, facts) = CheckedText::new(text(found, stream).map_err(failed)?);
    let (stream, since) = Bounded::new(stream);
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(BUFFER).from_reader(stream);
    let header = reader.headers().map_err(|error| csv_error(path, &error))?.clone();
    let columns = Columns::find(&header).map_err(|(why, help)| CostError::of_line(path, 1, why, help))?;
    if !ledger.export().is_empty() && ledger.export() != columns.kind.name {
        let why = format!("a {} export, and another file is a {} export", columns.kind.name, ledger.export());
        return Err(CostError::of_file(path, why, "give the files of one kind of export"));
    }
    let lacks = [Field::ServiceCode, Field::Region].map(|field| columns.at(field).is_none());
    ledger.add_file(columns.kind.name, columns.kind.metric, lacks);
    let mut file = CostFile { path, columns, ledger, last: [const { String::new() }; 4], bills: Vec::new() };
    let mut record = StringRecord::new();
    let mut has_items = false;
    while reader.read_record(&mut record).map_err(|error| csv_error(path, &error))? {
        since.set(0);
        let line = record.position().map_or(0, csv::Position::line);
        file.add(&record, line)?;
        has_items = true;
    }
    // The other packings have an end.
    if found == Packing::None && !facts.ends_a_line() {
        let help = "download the file again; if it is whole, end its last line";
        return Err(CostError::of_file(path, "the last line has no end: the file may be cut off", help));
    }
    Ok(ReadFile { bills: file.bills, print: has_items.then(|| facts.print()) })
}

/// The command that makes a file that taglint reads.
fn parquet_help(path: &Path) -> String {
    let name = path.display().to_string().replace('\'', "''");
    let into = path.with_extension("csv.gz").display().to_string().replace('\'', "''");
    format!(
        "convert it: duckdb -c \"COPY (SELECT * FROM read_parquet('{name}')) TO '{into}' (HEADER, COMPRESSION gzip)\""
    )
}

fn csv_error(path: &Path, error: &csv::Error) -> CostError {
    let why = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the line has {len} columns, and the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { err, .. } => format!("column {}: the text is not UTF-8", err.field() + 1),
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => error.to_string(),
    };
    match error.position() {
        Some(position) => CostError::of_line(path, position.line(), why, HELP),
        None => CostError::of_file(path, why, HELP),
    }
}

/// A cost file that is being read.
struct CostFile<'f> {
    path: &'f Path,
    columns: Columns,
    ledger: &'f mut CostLedger,
    /// The last dates, because most line items have the same: of usage and of the billing period.
    last: [String; 4],
    bills: Vec<Bill>,
}

impl CostFile<'_> {
    fn add(&mut self, record: &StringRecord, line: u64) -> Result<(), CostError> {
        let text = |field: Field| self.columns.at(field).and_then(|at| record.get(at)).unwrap_or("");
        let cost = text(Field::Cost);
        // Some kinds of charges have no cost, such as discounts in older reports.
        let amount = if cost.is_empty() { Some(Amount::ZERO) } else { Amount::parse(cost) };
        let Some(amount) = amount else {
            return Err(self.wrong(line, Field::Cost, cost, "is not an amount", "it must be a number such as 12.5"));
        };
        let currency = text(Field::Currency);
        let is_code = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
        if !is_code {
            return Err(self.wrong(
                line,
                Field::Currency,
                currency,
                "is not a currency",
                "it must be a code such as USD",
            ));
        }
        if self.ledger.has_no_room(currency) {
            let help = "there are fewer currencies than 1,000";
            return Err(self.wrong(line, Field::Currency, currency, "is one currency too many", help));
        }
        let item = LineItem {
            cost: amount,
            currency,
            account: text(Field::Account),
            resource: text(Field::Resource),
            service: text(Field::Service),
            code: text(Field::ServiceCode),
            region: text(Field::Region),
            kind: text(Field::Type),
            principal: text(Field::Principal),
        };
        if self.ledger.add(&item).is_none() {
            return Err(self.wrong(line, Field::Cost, cost, "makes a sum too large", "no sum is larger than 10^14"));
        }
        // Fees, taxes and credits cover other times than the usage of the bill.
        if !item.resource.is_empty() {
            self.add_dates(record, line, [Field::Start, Field::End])?;
        }
        self.add_dates(record, line, [Field::PeriodStart, Field::PeriodEnd])
    }

    fn add_dates(&mut self, record: &StringRecord, line: u64, fields: [Field; 2]) -> Result<(), CostError> {
        let text = |field: Field| self.columns.at(field).and_then(|at| record.get(at)).unwrap_or("");
        let [start, end] = fields.map(text);
        let is_usage = fields[0] == Field::Start;
        let at = if is_usage { 0 } else { 2 };
        if start.is_empty() || end.is_empty() || (self.last[at] == start && self.last[at + 1] == end) {
            return Ok(());
        }
        let Some(days) = days(start, end) else {
            let wrong = usize::from(days(start, start).is_some());
            return Err(self.wrong(
                line,
                fields[wrong],
                text(fields[wrong]),
                "is not a time",
                "it must begin like 2026-10-01",
            ));
        };
        if is_usage {
            self.ledger.period_mut().add_usage(days);
        } else {
            self.ledger.period_mut().add_billing(days);
            let bill = (text(Field::Payer).to_owned(), days.0.to_string());
            if !self.bills.contains(&bill) {
                self.bills.push(bill);
            }
        }
        start.clone_into(&mut self.last[at]);
        end.clone_into(&mut self.last[at + 1]);
        Ok(())
    }

    fn wrong(&self, line: u64, field: Field, text: &str, what: &str, help: &str) -> CostError {
        let text: String = text.chars().take(60).collect();
        let why = format!("column {}: {} {what}", self.columns.name(field), crate::base::quote(&text));
        CostError::of_line(self.path, line, why, help)
    }
}
