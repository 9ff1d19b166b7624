//! `--sarif-split`: a SARIF file for each account, so that each is an upload of its own.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::Failure;
use super::inputs::note;
use super::output::OutputFile;
use crate::base::count;
use crate::cli::Global;
use crate::engine::Report;
use crate::report::{self, Format, Options};

/// The folder of the files.
pub(super) struct SarifFolder(PathBuf);

impl SarifFolder {
    /// Makes the folder and tries it before anything else is done.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| {
            Failure::new(format!("--sarif-split {}: {error}", path.display()))
                .help("name a folder that you may write to; it is made if it is not there")
        };
        std::fs::create_dir_all(path).and_then(|()| tempfile::tempfile_in(path)).map_err(failed)?;
        Ok(Self(path.to_owned()))
    }

    /// Writes the files, and says what else is in the folder: an upload of it would bring back old alerts.
    pub(super) fn write(&self, report: &mut Report, options: &Options, global: &Global) -> Result<(), Failure> {
        let mut names = BTreeSet::new();
        report.each_account(|account, report| {
            let name = file_name(account, &names);
            let file = OutputFile::open(&self.0.join(&name))?;
            names.insert(name);
            let whose = if account.is_empty() { "unknown" } else { account };
            let category = options.sarif_category.as_ref().map(|category| format!("{category}/{whose}"));
            let options = Options { sarif_category: category, ..options.clone() };
            file.write(|out| report::write(Format::Sarif, report, &options, out))
        })?;
        let entries = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        let found = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let is_sarif = |name: &String| Format::of_path(name) == Some(Format::Sarif);
        let old = found.filter(|name| is_sarif(name) && !names.contains(name)).count() as u64;
        if old > 0 && !global.quiet {
            let files = count(old, "other .sarif file");
            note(&format!("{} has {files}, not of this run: don't upload them", self.0.display()));
        }
        Ok(())
    }
}

/// `123456789012.sarif`. What an inventory calls an account may be anything.
fn file_name(account: &str, taken: &BTreeSet<String>) -> String {
    let plain = (1..=64).contains(&account.len()) && account.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let stem = if plain { account } else { "unknown" };
    let first = format!("{stem}.sarif");
    let others = (2..).map(|n| format!("{stem}-{n}.sarif"));
    std::iter::once(first).chain(others).find(|name| !taken.contains(name)).expect("numbers do not end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_stay_in_the_folder_and_apart() {
        let mut taken = BTreeSet::new();
        for (account, name) in [
            ("123456789012", "123456789012.sarif"),
            ("", "unknown.sarif"),
            ("../../etc/passwd", "unknown-2.sarif"),
            ("a\\b", "unknown-3.sarif"),
            ("unknown", "unknown-4.sarif"),
            ("redacted-0a1b", "redacted-0a1b.sarif"),
        ] {
            assert_eq!(file_name(account, &taken), name);
            taken.insert(name.to_owned());
        }
    }
}
