//! `--split-by`: a report for each owner, account or other part, and an index of them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Failure;
use super::inputs::note;
use super::output::OutputFile;
use super::output_folder::{make_folder, others};
use crate::base::{count, thousands};
use crate::cli::{CheckArgs, Global};
use crate::engine::{MAX_PARTS, OTHER_PARTS, Report};
use crate::report::{
    GroupBy, PageOptions, PartRow, PartsIndex, ReportFormat, ReportOptions, SPLIT_FORMATS, is_page, part_file_stem,
    write_parts_page,
};

/// The name of the index.
const INDEX: &str = "index.md";
/// The name of the index as a web page, written with HTML files.
const PAGE: &str = "index.html";
/// The name of the index for scripts.
const TABLE: &str = "index.tsv";

/// The folder of `--split-dir`.
pub(super) struct PartsFolder {
    folder: PathBuf,
    by: GroupBy,
    formats: Vec<&'static ReportFormat>,
}

impl PartsFolder {
    /// Creates the folder and tests it before any other work; `None` without `--split-by`.
    pub(super) fn open(args: &CheckArgs) -> Result<Option<Self>, Failure> {
        let (Some(by), Some(folder)) = (&args.split_by, &args.split_dir) else { return Ok(None) };
        make_folder("--split-dir", folder)?;
        let mut formats: Vec<&'static ReportFormat> = Vec::new();
        for format in if args.split_format.is_empty() { &SPLIT_FORMATS[..1] } else { &args.split_format[..] } {
            if formats.iter().all(|one| one.name != format.name) {
                formats.push(*format);
            }
        }
        Ok(Some(Self { folder: folder.clone(), by: by.clone(), formats }))
    }

    /// The formats of the files.
    pub(super) fn formats(&self) -> impl Iterator<Item = &'static ReportFormat> {
        self.formats.iter().copied()
    }

    /// Writes the files and the index, and reports other files in the folder: they are not of this run.
    pub(super) fn write(&self, report: &mut Report, options: &ReportOptions, global: &Global) -> Result<(), Failure> {
        // Earlier reports are those of whole runs.
        let page = PageOptions { history: Vec::new(), ..options.page.clone() };
        let options = ReportOptions { page, ..options.clone() };
        let (mut names, mut rows) = (BTreeSet::from([INDEX, PAGE].map(str::to_owned)), Vec::new());
        report.each_part(&self.by, |report| {
            let stem = part_file_stem(report.part().and_then(|part| part.name.as_deref()));
            let mut files = Vec::new();
            for format in &self.formats {
                let name = file_name(&stem, format.extensions[0], &names);
                OutputFile::open(&self.folder.join(&name))?.write(|out| format.write(report, &options, out))?;
                names.insert(name.clone());
                files.push(name);
            }
            rows.push(PartRow::new(report, stem, files));
            Ok::<(), Failure>(())
        })?;
        let is_full = rows.iter().any(|row| row.name == OTHER_PARTS);
        let index = PartsIndex::new(report, &self.by, rows);
        let open = |name: &str| OutputFile::open(&self.folder.join(name));
        if self.formats.iter().any(|format| is_page(format)) {
            open(PAGE)?.write(|out| write_parts_page(&index, out))?;
        }
        open(TABLE)?.write(|out| index.write_table(out))?;
        // The file that people know comes last: with it, the folder is complete.
        open(INDEX)?.write(|out| index.write(out))?;
        let old = others(&self.folder, &names, SPLIT_FORMATS);
        if old > 0 && !global.quiet {
            let files = count(old, "other report");
            note(&format!("{} has {files} of earlier runs, which {INDEX} does not name", self.folder.display()));
        }
        if is_full && !global.quiet {
            let most = thousands(MAX_PARTS as u64);
            note(&format!("{} has more than {most} values: {OTHER_PARTS} has the rest", self.by.id()));
        }
        Ok(())
    }
}

/// The name of a file. Two values can have the same hash only on purpose; then a number tells them apart.
fn file_name(stem: &str, extension: &str, taken: &BTreeSet<String>) -> String {
    let first = format!("{stem}{extension}");
    let others = (2..).map(|n| format!("{stem}-{n}{extension}"));
    std::iter::once(first).chain(others).find(|name| !taken.contains(name)).expect("numbers do not end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_tells_names_apart() {
        let taken = BTreeSet::from(["a.md".to_owned(), "a-2.md".to_owned()]);
        assert_eq!(file_name("a", ".md", &taken), "a-3.md");
    }
}
