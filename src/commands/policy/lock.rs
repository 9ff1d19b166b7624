//! `taglint policy lock`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::fetch::{FetchedFile, Fetcher};
use crate::base::{LogSpelling, escape, read_regular};
use crate::cli::{Global, PolicyArgs};
use crate::commands::inputs::policy_source;
use crate::commands::output::{OutputFile, stdout};
use crate::commands::{Failure, RunOutcome};
use crate::policy::remote::RemoteFile;
use crate::policy::{
    COPIES, LOCK_FILE, LockedFile, MAX_FILE, PolicySource, load_fetching, read_lock, root_files, write_lock,
};

/// Fetches what the policies name on other machines, and writes the copies and the lock files. Nothing is written if one
/// policy has a mistake.
pub(super) fn run(paths: &[PathBuf], global: &Global) -> Result<RunOutcome, Failure> {
    let sources: Vec<PolicySource> = match paths {
        [] => vec![policy_source(&PolicyArgs { policy: Vec::new() }, global)],
        paths => paths.iter().map(|path| PolicySource::Paths(vec![path.clone()])).collect(),
    };
    let fetcher = Fetcher::default();
    let mut folders = BTreeSet::new();
    for source in &sources {
        load_fetching(source, &fetcher)?;
        let parent = |path: &Path| path.parent().unwrap_or(Path::new("")).to_owned();
        folders.extend(root_files(source)?.iter().map(|file| parent(&file.path)));
    }
    let files = fetcher.files.into_inner();
    folders.extend(files.keys().cloned());
    let none = BTreeMap::new();
    let mut report = String::new();
    for folder in &folders {
        report += &write(folder, files.get(folder).unwrap_or(&none))?;
    }
    if report.is_empty() {
        report = "the policy names no files on other machines\n".to_owned();
    }
    stdout(LogSpelling::Text, report.as_bytes())?;
    Ok(RunOutcome::Good)
}

/// Writes the copies and the lock file of a folder. The lines name each file and its change.
fn write(folder: &Path, files: &BTreeMap<RemoteFile, FetchedFile>) -> Result<String, Failure> {
    let lock = folder.join(LOCK_FILE);
    let before = earlier(&lock);
    if files.is_empty() && !lock.exists() {
        return Ok(String::new());
    }
    let copies = folder.join(COPIES);
    let failed = |error: std::io::Error| Failure::new(format!("can't write {}: {error}", copies.display()));
    if copies.symlink_metadata().is_ok_and(|found| !found.is_dir()) {
        return Err(failed(std::io::Error::other("it is no folder")).help("remove it"));
    }
    std::fs::create_dir_all(&copies).map_err(failed)?;
    for (file, fetched) in files {
        OutputFile::open(&copies.join(file.copy_name()))?.write(|out| out.write_all(&fetched.content))?;
    }
    let entries: Vec<LockedFile> = files.iter().map(|(file, fetched)| fetched.entry(file)).collect();
    OutputFile::open(&lock)?.write(|out| out.write_all(write_lock(&entries).as_bytes()))?;
    let removed: Vec<&LockedFile> =
        before.iter().filter(|old| entries.iter().all(|new| new.source != old.source)).collect();
    for copy in removed.iter().filter_map(|old| RemoteFile::parse(&old.source).ok()) {
        // A copy that somebody removed already is no mistake.
        let _ = std::fs::remove_file(copies.join(copy.copy_name()));
    }
    let lines = entries.iter().map(|entry| line(change(entry, &before), entry));
    Ok(lines.chain(removed.into_iter().map(|old| line("removed", old))).collect())
}

/// The entries of the lock file so far; none if it is missing or broken, since a new one replaces it.
fn earlier(lock: &Path) -> Vec<LockedFile> {
    let text = read_regular(lock, MAX_FILE as u64).unwrap_or_default();
    read_lock(&String::from_utf8_lossy(&text)).unwrap_or_default()
}

fn change(entry: &LockedFile, before: &[LockedFile]) -> &'static str {
    match before.iter().find(|old| old.source == entry.source) {
        None => "new",
        Some(old) if old.sha256 == entry.sha256 => "unchanged",
        Some(_) => "changed",
    }
}

fn line(change: &str, entry: &LockedFile) -> String {
    format!("{change:<9} {} sha256:{}\n", escape(&entry.source), escape(&entry.sha256))
}
