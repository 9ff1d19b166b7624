//! `--sarif-split`: one SARIF file for each account, each for its own upload.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Failure;
use super::inputs::note;
use super::output::{OutputFile, built};
use super::output_folder::{make_folder, others};
use crate::base::count;
use crate::cli::Global;
use crate::engine::Report;
use crate::report::{ReportOptions, SARIF};

/// The folder of `--sarif-split`.
pub(super) struct SarifFolder(PathBuf);

impl SarifFolder {
    /// Creates the folder and tests it before any other work.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        built(&SARIF)?;
        make_folder("--sarif-split", path)?;
        Ok(Self(path.to_owned()))
    }

    /// Writes the files, and reports other SARIF files in the folder: their upload would bring back old alerts.
    pub(super) fn write(&self, report: &mut Report, options: &ReportOptions, global: &Global) -> Result<(), Failure> {
        let mut names = BTreeSet::new();
        report.each_account(|account, report| {
            let name = file_name(account, &names);
            let file = OutputFile::open(&self.0.join(&name))?;
            names.insert(name);
            let owner = if account.is_empty() { "unknown" } else { account };
            let category = options.sarif_category.as_ref().map(|category| format!("{category}/{owner}"));
            let options = ReportOptions { sarif_category: category, ..options.clone() };
            file.write(|out| SARIF.write(report, &options, out))
        })?;
        let old = others(&self.0, &names, &[&SARIF]);
        if old > 0 && !global.quiet {
            let files = count(old, "other .sarif file");
            note(&format!("{} has {files} of earlier runs: do not upload them", self.0.display()));
        }
        Ok(())
    }
}

/// The file name of an account: `123456789012.sarif`. The account id of an inventory may be any text.
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
