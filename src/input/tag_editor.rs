//! The CSV file that the Tag Editor console exports: one row for each resource, one column for each chosen tag key.

use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};

use super::candidate::Candidate;
use super::opened::{OpenedInput, in_memory};
use super::options::{InputFormat, InputOptions};
use super::reader::{Certainty, InFolder, InputReader};
use crate::aws::Region;
use crate::base::{all_of, count, quote};
use crate::engine::InputError;
use crate::model::{ArnResource, Gap, Resource, Tag, Tags, Text, UnlistedTags};

/// The columns that every export has, besides those of tags.
const COLUMNS: [&str; 5] = ["Identifier", "Service", "Type", "Region", "ARN"];
/// The start of the name of a column with the values of one tag key.
const TAG: &str = "Tag: ";
/// The column with the number of tags of a resource.
const NUMBER: &str = "Tags";
/// The cell of a resource that does not have the key.
const ABSENT: &str = "(not tagged)";
/// Cells that may mean an empty value or a missing key: nothing documents which.
const UNCLEAR: [&str; 3] = ["", "-", "(empty value)"];

/// The reader of Tag Editor's CSV.
pub(super) struct TagEditorReader;

impl InputReader for TagEditorReader {
    fn format(&self) -> Option<InputFormat> {
        Some(InputFormat { name: "tag-editor", about: "The CSV that the Tag Editor console exports" })
    }

    fn claims_file_name(&self, name: &str) -> bool {
        name.to_ascii_lowercase().ends_with(".csv")
    }

    fn detect(&self, candidate: &Candidate<'_>) -> Certainty {
        if is_export(candidate) { Certainty::Likely } else { Certainty::No }
    }

    fn in_folder(&self) -> InFolder {
        InFolder::Read
    }

    fn open(&self, candidate: Candidate<'_>, options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
        // A file that its name claims has not been read yet.
        let candidate = match candidate.path {
            Some(path) if candidate.head().is_empty() => Candidate::of_file(path, options, &is_export)?,
            _ => candidate,
        };
        let (name, gaps) = (candidate.name.clone(), candidate.gaps());
        Ok(vec![read(&name, &candidate.into_bytes()?, gaps)?])
    }

    /// Opens the exports among the CSV files of a folder.
    fn open_found(
        &self,
        _folder: &Path,
        found: &[PathBuf],
        options: &InputOptions,
    ) -> Vec<Result<OpenedInput, InputError>> {
        let mut out = Vec::new();
        // A pipe of this name would never end.
        for path in found.iter().filter(|path| path.is_file()) {
            match Candidate::of_named_in_folder(path, options) {
                Ok(candidate) if !is_export(&candidate) => {}
                Ok(candidate) if path.is_symlink() => {
                    let message = "a symbolic link, which is not followed in a folder; name the file".to_owned();
                    out.push(Err(InputError::Invalid { name: candidate.name, message }));
                }
                Ok(candidate) => match self.open(candidate, options) {
                    Ok(opened) => out.extend(opened.into_iter().map(Ok)),
                    Err(error) => out.push(Err(error)),
                },
                Err(error) => out.push(Err(error)),
            }
        }
        out
    }
}

/// Whether the first line has the columns of an export.
fn is_export(candidate: &Candidate<'_>) -> bool {
    let mut reader = reader(candidate.head());
    reader.headers().is_ok_and(|header| COLUMNS.iter().all(|column| header.iter().any(|cell| cell == *column)))
}

/// A reader of CSV text. Spreadsheets separate cells with `;` in some languages.
fn reader(text: &[u8]) -> csv::Reader<&[u8]> {
    let header = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
    let separator = if header.contains(&b',') { b',' } else { b';' };
    ReaderBuilder::new().delimiter(separator).from_reader(text)
}

fn read(name: &str, text: &[u8], mut gaps: Vec<Gap>) -> Result<OpenedInput, InputError> {
    let mut reader = reader(text);
    let help = "give the CSV as Tag Editor exports it, with its header";
    let invalid = |message: String| InputError::Document { name: name.to_owned(), line: 1, message, help };
    let header = reader.headers().map_err(|error| invalid(format!("not CSV: {error}")))?;
    let columns = Columns::of(header).map_err(invalid)?;
    let mut resources = Vec::new();
    for record in reader.into_records() {
        let read = record.map_err(|error| (error.position().map_or(0, csv::Position::line), reason(&error)));
        let read = read.and_then(|record| {
            let line = record.position().map_or(0, csv::Position::line);
            columns.resource(&record).map_err(|why| (line, why))
        });
        match read {
            Ok(resource) => resources.push(resource),
            Err((line, why)) => gaps.push(Gap::of_input(&format!("{name}:{line}"), &why)),
        }
    }
    let has_hidden = |resource: &&Resource<'_>| !matches!(resource.tags, Tags::Read { more: UnlistedTags::None, .. });
    let hidden = resources.iter().filter(has_hidden).count() as u64;
    let note = format!(
        "{name}: {} with tags that the columns do not show, which are unknown; export a column for every tag key, and the column Tags",
        count(hidden, "resource")
    );
    let notes = if hidden > 0 { vec![note] } else { Vec::new() };
    Ok(OpenedInput { notes, ..OpenedInput::new(in_memory(name, resources, gaps)) })
}

/// The reason why a row can't be read, without its place.
fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the row has {len} cells, and the first line has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "the row is not UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

/// The positions of the columns.
struct Columns {
    arn: usize,
    region: usize,
    number: Option<usize>,
    /// The columns of tags with their keys.
    tags: Vec<(usize, String)>,
}

impl Columns {
    /// # Errors
    /// The reason why the first line is not that of an export.
    fn of(header: &StringRecord) -> Result<Self, String> {
        let find = |name: &str| header.iter().position(|cell| cell == name);
        let missing: Vec<String> = COLUMNS.iter().filter(|name| find(name).is_none()).map(|name| quote(name)).collect();
        if !missing.is_empty() {
            let columns = all_of(missing);
            return Err(format!("not an export of Tag Editor: the first line does not name {columns}"));
        }
        if find("Tag key").is_some() {
            return Err("a list of changes (`taglint fix --emit tag-editor`), and no export of Tag Editor".to_owned());
        }
        let tags = header.iter().enumerate();
        let tags: Vec<(usize, String)> =
            tags.filter_map(|(at, cell)| Some((at, cell.strip_prefix(TAG)?.to_owned()))).collect();
        let mut keys: Vec<&String> = tags.iter().map(|(_, key)| key).collect();
        keys.sort_unstable();
        if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("two columns for the tag key {}", quote(pair[0])));
        }
        let column = |name| find(name).expect("the missing columns were counted");
        Ok(Self { arn: column("ARN"), region: column("Region"), number: find(NUMBER), tags })
    }

    /// The resource of a row.
    fn resource(&self, row: &StringRecord) -> Result<Resource<'static>, String> {
        let arn = &row[self.arn];
        let found =
            ArnResource::parse(Text::from(arn.to_owned())).ok_or_else(|| format!("{} is not an ARN", quote(arn)))?;
        let region = Some(&row[self.region]).filter(|region| Region::is_valid(region));
        Ok(Resource {
            region: found.resource.region.or(region.map(|region| Text::from(region.to_owned()))),
            tags: self.tags(row),
            ..found.resource
        })
    }

    /// The tags of a row. Only the number of tags shows that no other keys exist than those with a column.
    fn tags(&self, row: &StringRecord) -> Tags<'static> {
        let (mut tags, mut unclear) = (Vec::new(), Vec::new());
        for (at, key) in &self.tags {
            let (key, cell) = (Text::from(key.clone()), &row[*at]);
            if UNCLEAR.contains(&cell) {
                unclear.push(key.0.into_owned());
            } else if cell != ABSENT {
                tags.push(Tag { key, value: Some(Text::from(cell.to_owned())) });
            }
        }
        let number = self.number.and_then(|at| row[at].trim().parse::<usize>().ok());
        let more = match number {
            Some(number) if number == tags.len() => UnlistedTags::None,
            Some(number) if number == tags.len() + unclear.len() => UnlistedTags::keys(unclear),
            _ => UnlistedTags::Any,
        };
        Tags::Read { tags, more }
    }
}
