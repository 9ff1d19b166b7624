//! `--split-by`: a report for each owner, account or other part, and an index of them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Failure;
use super::inputs::note;
use super::output::OutputFile;
use super::output_folder::{make_folder, others};
use crate::base::digest::{hex, plain_sha256};
use crate::base::{count, thousands};
use crate::cli::{CheckArgs, Global};
use crate::engine::{MAX_PARTS, OTHER_PARTS, Report, WHOLE_RUN};
use crate::report::{
    GROUP_NAMES, GroupBy, PageOptions, PartRow, ReportFormat, ReportOptions, SPLIT_FORMATS, write_index,
};

/// The name of the index.
const INDEX: &str = "index.md";
/// The maximum length of a name before its suffix and extension.
const MAX_STEM: usize = 64;
/// The number of hexadecimal digits of a suffix.
const DIGITS: usize = 12;

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
        let (mut names, mut rows) = (BTreeSet::from([INDEX.to_owned()]), Vec::new());
        report.each_part(&self.by, |report| {
            let stem = stem(report.part().and_then(|part| part.name.as_deref()));
            let mut files = Vec::new();
            for format in &self.formats {
                let name = file_name(&stem, format.extensions[0], &names);
                OutputFile::open(&self.folder.join(&name))?.write(|out| format.write(report, &options, out))?;
                names.insert(name.clone());
                files.push(name);
            }
            rows.push(PartRow::new(report, files));
            Ok::<(), Failure>(())
        })?;
        let is_full = rows.iter().any(|row| row.name == OTHER_PARTS);
        let index = OutputFile::open(&self.folder.join(INDEX))?;
        index.write(|out| write_index(report, &self.by, rows, out))?;
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

/// The name of a part's file without the extension. It depends on the value alone, so that a file keeps its name from run to
/// run. A value of lowercase letters, digits, `-` and `_` is its own name; any other gets a suffix from its hash, so that
/// names differ also where the file system ignores case. `None` is what belongs to no resource.
fn stem(value: Option<&str>) -> String {
    let value = value.unwrap_or(WHOLE_RUN);
    // No name of a value begins with `_`.
    if GROUP_NAMES.contains(&value) {
        return format!("_{}", value.trim_matches(['(', ')']).replace(' ', "-"));
    }
    let mut plain = String::new();
    for c in value.chars().map(|c| c.to_ascii_lowercase()) {
        let c = if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
        if plain.len() < MAX_STEM && !(c == '-' && plain.ends_with('-')) {
            plain.push(c);
        }
    }
    let plain = plain.trim_matches(['-', '_']);
    let has_suffix = plain
        .rsplit_once('-')
        .is_some_and(|(_, end)| end.len() == DIGITS && end.bytes().all(|b| b.is_ascii_hexdigit()));
    if plain == value && !has_suffix && !is_reserved(plain) {
        return plain.to_owned();
    }
    let hash = hex(&plain_sha256(value.as_bytes()));
    format!("{}-{}", if plain.is_empty() { "value" } else { plain }, &hash[..DIGITS])
}

/// Returns `true` for the name of the index, and for the names of devices of Windows (Microsoft Learn, "Naming Files, Paths,
/// and Namespaces").
fn is_reserved(name: &str) -> bool {
    let is_device = |name: &str| {
        let number = name.strip_prefix("com").or_else(|| name.strip_prefix("lpt"));
        number.is_some_and(|number| number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit()))
    };
    matches!(name, "" | "index" | "con" | "prn" | "aux" | "nul") || is_device(name)
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
    fn plain_values_are_names_and_others_get_a_suffix() {
        for value in ["ops", "123456789012", "redacted-0a1b2c3d4e5f6071", "eu-central-1", "com10", "a_b"] {
            assert_eq!(stem(Some(value)), value);
        }
        for (value, start) in [
            ("Ops", "ops-"),
            ("team@example.com", "team-example-com-"),
            ("../../etc/passwd", "etc-passwd-"),
            ("a\\b", "a-b-"),
            ("con", "con-"),
            ("COM1", "com1-"),
            ("index", "index-"),
            ("lpt9", "lpt9-"),
            ("", "value-"),
            ("..", "value-"),
            ("\u{202e}\0", "value-"),
            ("ops-0a1b2c3d4e5f", "ops-0a1b2c3d4e5f-"),
            ("_unknown", "unknown-"),
            ("a.html", "a-html-"),
            ("ops ", "ops-"),
            (&"x".repeat(1000), &"x".repeat(64)),
        ] {
            let name = stem(Some(value));
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
            assert!(name.starts_with(start) && name.len() == name.len().min(MAX_STEM + 1 + DIGITS), "{value}: {name}");
            assert!(name.chars().all(plain) && name != value, "{value}: {name}");
        }
        assert_ne!(stem(Some("Ops")), stem(Some("OPS")));
        assert_eq!((&*stem(Some("(no tag)")), &*stem(None)), ("_no-tag", "_whole-run"));
        let taken = BTreeSet::from(["a.md".to_owned(), "a-2.md".to_owned()]);
        assert_eq!(file_name("a", ".md", &taken), "a-3.md");
    }
}
