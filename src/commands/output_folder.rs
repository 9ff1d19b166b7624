//! Folders that a run writes several reports to.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::Failure;
use crate::report::{ReportFormat, format_of_path};

/// Creates the folder of a flag if necessary, and tests that it can be written to.
pub(super) fn make_folder(flag: &str, path: &Path) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        Failure::new(format!("{flag} {}: {error}", path.display()))
            .help("use a folder that you can write to; taglint creates it if necessary")
    };
    std::fs::create_dir_all(path).and_then(|()| tempfile::tempfile_in(path)).map(drop).map_err(failed)
}

/// Number of files in a folder that have an extension of these formats and none of these names.
pub(super) fn others(folder: &Path, names: &BTreeSet<String>, formats: &[&ReportFormat]) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let found = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let is_one = |name: &String| format_of_path(name).is_some_and(|of| formats.iter().any(|one| one.name == of.name));
    found.filter(|name| is_one(name) && !names.contains(name)).count() as u64
}
