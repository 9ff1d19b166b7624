//! The input formats, one line for each.

use super::candidate::Candidate;
use super::opened::OpenedInput;
use super::options::{InputFormat, InputOptions};
use super::reader::{Certainty, InFolder, InputReader};
use super::{aws_cli, cloudformation, event, inventory, lake, tag_editor, terraform};
use crate::engine::InputError;

/// Every reader. Among equal certainties the first wins.
pub(super) const READERS: &[&dyn InputReader] = &[
    &inventory::InventoryReader,
    &lake::LakeReader,
    &aws_cli::AwsCliReader,
    &tag_editor::TagEditorReader,
    &event::EventReader,
    &terraform::plan::PlanReader,
    &terraform::source::SourceReader,
    &cloudformation::TemplateReader,
];

/// The values of `--input-format`, in the order of the registry.
pub fn formats() -> impl Iterator<Item = InputFormat> {
    READERS.iter().filter_map(|reader| reader.format())
}

/// The index of the reader that is most certain of a candidate; `None` where no reader knows it.
pub(super) fn detect(candidate: &Candidate<'_>) -> Option<usize> {
    let by_head = most_certain(candidate, |reader| reader.detect(candidate));
    if by_head.0 == Certainty::Likely {
        return by_head.1;
    }
    most_certain(candidate, |reader| reader.detect(candidate).max(reader.detect_in_rest(candidate))).1
}

/// The highest certainty, and the first reader that has it.
fn most_certain(
    candidate: &Candidate<'_>,
    certainty: impl Fn(&dyn InputReader) -> Certainty,
) -> (Certainty, Option<usize>) {
    let mut best = (Certainty::No, None);
    for (at, reader) in READERS.iter().enumerate() {
        if candidate.in_folder && !matches!(reader.in_folder(), InFolder::Read | InFolder::Skipped { .. }) {
            continue;
        }
        let certainty = certainty(*reader);
        if certainty > best.0 {
            best = (certainty, Some(at));
        }
    }
    best
}

/// Opens a candidate with the reader of `--input-format`, or with the one that is most certain.
///
/// # Errors
/// [`InputError`] where it could not be read or no reader knows it.
pub(super) fn open_candidate(candidate: Candidate<'_>, options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
    let reader = match options.format {
        Some(format) => READERS.iter().find(|reader| reader.format() == Some(format)),
        None => detect(&candidate).map(|at| &READERS[at]),
    };
    match reader {
        // Its lines would be invalid ones of an inventory.
        Some(_) if options.format.is_some() && is_lines_of_report(&candidate) => {
            Err(InputError::NoInput { message: REPORT.to_owned(), name: candidate.name })
        }
        Some(reader) => reader.open(candidate, options),
        None => Err(InputError::NoInput { message: unknown_format(&candidate), name: candidate.name }),
    }
}

/// Returns `true` for a report of taglint in JSON or JSON Lines.
fn is_own_report(candidate: &Candidate<'_>) -> bool {
    let all = |fields: &[&str]| fields.iter().all(|field| candidate.holds(field));
    is_lines_of_report(candidate) || all(&["\"summary\"", "\"compliant\"", "\"violating\""])
}

/// Returns `true` for a report of taglint in JSON Lines: its lines begin with the rule.
fn is_lines_of_report(candidate: &Candidate<'_>) -> bool {
    candidate.head().starts_with(b"{\"rule\":") && candidate.holds("\"fingerprint\"")
}

/// The reason why a report is no input.
const REPORT: &str = "a report of taglint and no input; give the inventory, source or plan that it was made from";

/// The reason why no reader takes a candidate, as far as its head tells, and the formats that are read.
fn unknown_format(candidate: &Candidate<'_>) -> String {
    let head = candidate.head();
    let what = if head.starts_with(b"PK\x03\x04") {
        "a zip archive; if it is a plan as `terraform plan -out FILE` writes it, check what `terraform show -json FILE` prints"
    } else if candidate.holds("\"serial\"") && candidate.holds("\"lineage\"") {
        "a Terraform state: it says what was applied, not what will be; give it to --terraform-state, beside an inventory, or check a plan"
    } else if candidate.holds("\"@level\"") {
        "the log of a Terraform run (`terraform plan -json`); check what `terraform show -json PLAN` prints"
    } else if is_own_report(candidate) {
        return REPORT.to_owned();
    } else if std::str::from_utf8(&head[..head.len().min(1024)]).is_err_and(|e| e.error_len().is_some()) {
        "not UTF-8 text"
    } else {
        "not an input that taglint knows"
    };
    format!(
        "{what} (it reads what `taglint collect`, `terraform show -json` and AWS CLI commands such as `aws resourcegroupstaggingapi get-resources` print as JSON, and what Tag Editor exports as CSV)"
    )
}
