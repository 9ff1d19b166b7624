//! Folders that a person named: their files and folders, sorted by the reader of each.

mod classify;
mod content;
mod disguised;
mod ignored;
pub(super) mod names;
mod search;

use std::fs::DirEntry;
use std::io;
use std::path::{Path, PathBuf};

use super::candidate::Candidate;
use super::opened::OpenedInput;
use super::options::InputOptions;
use super::reader::{InFolder, InputReader};
use super::registry::{READERS, open_candidate};
use crate::base::{ReadProgress, ReadUnit};
use crate::engine::{InputError, InputFoundBy};
use crate::model::{Gap, NotJudgedReason};
use classify::{claiming, is_document, is_foreign, is_input, noun};
use content::FolderContent;
use ignored::{GitState, IgnoreRules};

/// The deepest folder that is walked.
const MAX_FOLDER_DEPTH: usize = 64;
/// Returns whether a walk opens the files of a reader.
fn is_read(reader: &dyn InputReader, options: &InputOptions) -> bool {
    reader.in_folder() == InFolder::Read && (options.format.is_none() || options.format == reader.format())
}

/// Opens the inputs in a folder.
///
/// # Errors
/// [`InputError`] if there is nothing to check, or nothing could be read.
pub(super) fn open(folder: &Path, options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
    let name = folder.display().to_string();
    let progress = &options.progress;
    progress.begin(|| format!("searching {name}"), Some(ReadUnit::Files), None);
    let mut content =
        walk(folder, &options.srcroot, progress).map_err(|error| InputError::Read { name: name.clone(), error })?;
    if READERS.iter().any(|reader| is_read(*reader, options)) {
        content.sort_documents(progress);
    }
    progress.begin(|| format!("reading {name}"), None, None);
    let (mut out, mut failed) = (Vec::new(), Vec::new());
    for file in std::mem::take(&mut content.named) {
        let opened = Candidate::of_named_in_folder(&file, options).and_then(|candidate| {
            if is_foreign(&candidate) {
                content.no_input(&file);
                return Ok(Vec::new());
            }
            open_candidate(candidate, options)
        });
        match opened {
            Ok(opened) => out.extend(opened),
            Err(error) => failed.push(error),
        }
    }
    for (at, paths) in content.claimed.iter().filter(|(at, _)| is_read(READERS[**at], options)) {
        let told = content.told.get(at).into_iter().flatten();
        let paths: Vec<PathBuf> = paths.iter().chain(told).cloned().collect();
        for opened in READERS[*at].open_found(folder, &paths, options) {
            match opened {
                Ok(opened) => out.push(opened),
                Err(error) => failed.push(error),
            }
        }
    }
    if out.is_empty() && !failed.is_empty() {
        return Err(failed.swap_remove(0));
    }
    let unread = content.unread.iter().cloned().chain(failed.iter().map(ToString::to_string));
    let unread: Vec<Gap> = unread.map(|error| Gap { error, ..Gap::default() }).collect();
    for opened in &mut out {
        opened.input.found_by = InputFoundBy::Walk;
    }
    let Some(first) = out.first_mut() else { return Err(content.nothing_to_check(name, folder)) };
    first.notes.extend(content.notes(folder));
    first.input.gaps.extend(unread);
    first.input.coverage.extend(&content.coverage());
    Ok(out)
}

/// A folder that is still to be walked.
struct OpenFolder {
    path: PathBuf,
    rules: IgnoreRules,
    depth: usize,
}

/// Walks a folder. No link is followed.
///
/// # Errors
/// The error of reading the folder itself.
fn walk(named: &Path, srcroot: &Path, progress: &ReadProgress) -> io::Result<FolderContent> {
    // Rules apply to paths without links; a path that is found begins with the name that the user gave.
    let whole = named.canonicalize()?;
    std::fs::read_dir(&whole)?;
    let mut content = FolderContent::new(named, &whole);
    let mut open = vec![OpenFolder { rules: IgnoreRules::above(&whole, srcroot), path: whole, depth: 0 }];
    while let Some(mut folder) = open.pop() {
        let listed = match std::fs::read_dir(&folder.path) {
            Ok(listed) => listed,
            Err(error) => {
                content.unread(&folder.path, &error);
                continue;
            }
        };
        folder.rules.enter(&folder.path);
        let (mut entries, mut cut_short) = (Vec::<DirEntry>::new(), None);
        for entry in listed {
            match entry {
                Ok(entry) => entries.push(entry),
                Err(error) => cut_short = Some(error),
            }
        }
        if let Some(error) = cut_short {
            content.unread(&folder.path, &error);
        }
        progress.add(entries.len() as u64);
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.extend(content.folder(entry.path(), &name, &folder)),
                Ok(kind) => content.file(&entry.path(), &name, kind.is_symlink(), &folder.rules),
                Err(error) => content.unread(&entry.path(), &error),
            }
        }
        content.problems.extend(folder.rules.problems());
    }
    content.finish();
    Ok(content)
}

impl FolderContent {
    /// Sorts a folder; `Some` if it is to be walked.
    fn folder(&mut self, path: PathBuf, name: &str, parent: &OpenFolder) -> Option<OpenFolder> {
        if name == names::GIT {
            return None;
        }
        if names::is_cache(name) {
            self.unless_without_inputs(NotJudgedReason::OtherTool, &path);
            return None;
        }
        let rules = match parent.rules.state(&path, true) {
            GitState::Counts => parent.rules.clone(),
            GitState::HoldsTracked => parent.rules.within_ignored(),
            GitState::Ignored => {
                self.unless_without_inputs(NotJudgedReason::GitIgnored, &path);
                return None;
            }
        };
        if let Some(at) = READERS.iter().position(|reader| reader.claims_folder(&path)) {
            self.claim(at, &path);
        } else if parent.depth < MAX_FOLDER_DEPTH {
            return Some(OpenFolder { path, rules, depth: parent.depth + 1 });
        } else {
            self.pass_over(NotJudgedReason::TooDeep, "folder", &path);
        }
        None
    }

    /// Passes over a folder. One that certainly holds no input is not worth a word.
    fn unless_without_inputs(&mut self, reason: NotJudgedReason, path: &Path) {
        let is_input = READERS.iter().any(|reader| reader.claims_folder(path));
        if is_input || search::may_hold_inputs(path) {
            self.pass_over(reason, "folder", path);
        }
    }

    /// Sorts a file or a link.
    fn file(&mut self, path: &Path, name: &str, is_link: bool, rules: &IgnoreRules) {
        // The reader looks for its companions itself, ignored or not.
        if name == names::GIT || READERS.iter().any(|reader| reader.is_companion(name)) {
            return;
        }
        if rules.state(path, false) == GitState::Ignored {
            if is_input(path, name) {
                self.pass_over(NotJudgedReason::GitIgnored, noun(name), path);
            }
        } else if let Some(at) = claiming(name) {
            // Links too: the reader checks their targets.
            self.claim(at, path);
        } else if claiming(name.trim_start_matches('.')).is_some() {
            self.pass_over(NotJudgedReason::Hidden, noun(name), path);
        } else if is_link {
            if path.is_dir() || is_document(name) || !path.exists() {
                let noun = if path.is_dir() { "folder" } else { noun(name) };
                self.pass_over(NotJudgedReason::Link, noun, path);
            }
        } else if let Some(noun) = names::other_tool(name) {
            self.pass_over(NotJudgedReason::OtherTool, noun, path);
            self.tell(path, name);
        } else if path.is_file() {
            self.tell(path, name);
            self.sort_file(path, name);
        } else if is_document(name) {
            // A pipe or device with the name of a template.
            self.pass_over(NotJudgedReason::OtherInput, noun(name), path);
        }
    }
}

#[cfg(test)]
mod tests;
