//! Folders that a person named: their files and folders, sorted by the reader of each.

use std::collections::BTreeMap;
use std::fs::DirEntry;
use std::io;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rayon::prelude::*;

use super::candidate::Candidate;
use super::opened::OpenedInput;
use super::options::InputOptions;
use super::reader::{InFolder, InputReader};
use super::registry::{READERS, detect, open_candidate};
use crate::base::count;
use crate::engine::InputError;
use crate::model::Gap;

/// The deepest folder that is walked; deeper ones are skipped with a note.
const MAX_FOLDER_DEPTH: usize = 64;
/// The number of skipped paths that a note names.
const NAMED_PATHS: usize = 3;
/// The endings of files whose content determines the format.
const DOCUMENTS: &[&str] = &[".json", ".yaml", ".yml", ".template"];

/// The content of a folder, each list in order.
#[derive(Debug, Default)]
struct FolderContent {
    /// Files that are opened as if they had been named.
    named: Vec<PathBuf>,
    /// Files and folders that a reader takes, by its index in the registry.
    claimed: BTreeMap<usize, Vec<PathBuf>>,
    /// Files whose content has to be looked at.
    documents: Vec<PathBuf>,
    /// Paths that could not be read, each with the reason.
    unread: Vec<String>,
    skipped: Vec<(SkipReason, PathBuf)>,
}

/// The reason why a walk passes over a path, in the order of the note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SkipReason {
    GitIgnored,
    Link,
    TooDeep,
    /// A format that is not read in folders, with its noun.
    Format(&'static str),
    Broken,
    Other,
}

impl SkipReason {
    /// The noun of one.
    fn noun(self) -> &'static str {
        match self {
            Self::GitIgnored => "git-ignored path",
            Self::Link => "link",
            Self::TooDeep => "too deep folder",
            Self::Format(noun) => noun,
            Self::Broken => "broken document",
            Self::Other => "other document",
        }
    }
}

/// The format of a document in a folder.
enum DocumentFormat {
    Claimed(usize),
    Skipped(SkipReason),
    Unread(String),
}

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
    let mut content = walk(folder, &options.srcroot).map_err(|error| InputError::Read { name: name.clone(), error })?;
    if READERS.iter().any(|reader| is_read(*reader, options)) {
        content.sort_documents();
    }
    let mut out = Vec::new();
    for file in &content.named {
        out.extend(open_candidate(Candidate::of_file(file)?, options)?);
    }
    let mut failed = Vec::new();
    for (at, paths) in content.claimed.iter().filter(|(at, _)| is_read(READERS[**at], options)) {
        for opened in READERS[*at].open_found(folder, paths, options) {
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
    let notes = content.skipped_note(folder).into_iter().chain(content.advice());
    let Some(first) = out.first_mut() else {
        let mut message =
            "nothing to check in this folder: no Terraform source, no template and no inventory".to_owned();
        for text in notes {
            message += &format!(" ({text})");
        }
        return Err(InputError::Invalid { name, message });
    };
    first.notes.extend(notes);
    first.input.gaps.extend(unread);
    Ok(out)
}

/// Walks a folder. Hidden entries and those that `.gitignore` names are passed over, and no link is followed.
///
/// # Errors
/// The error of reading the folder itself.
fn walk(named: &Path, srcroot: &Path) -> io::Result<FolderContent> {
    let mut content = FolderContent::default();
    // Rules apply to paths without links; a path that is found begins with the name that the user gave.
    let whole = named.canonicalize()?;
    std::fs::read_dir(&whole)?;
    let as_named = |path: &Path| path.strip_prefix(&whole).map_or_else(|_| path.to_owned(), |rest| named.join(rest));
    let mut open = vec![(whole.clone(), above(&whole, srcroot), 0)];
    while let Some((folder, mut rules, depth)) = open.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                content.unread.push(format!("{}: {error}", as_named(&folder).display()));
                continue;
            }
        };
        rules.extend(rules_of(&folder));
        let mut entries: Vec<DirEntry> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let Ok(kind) = entry.file_type() else { continue };
            // The reader looks for its companions itself, ignored or not.
            if name.starts_with('.') || READERS.iter().any(|reader| reader.is_companion(&name)) {
                continue;
            }
            if ignored(&rules, &path, kind.is_dir()) {
                content.skipped.push((SkipReason::GitIgnored, as_named(&path)));
            } else if kind.is_dir() {
                if let Some(at) = READERS.iter().position(|reader| reader.claims_folder(&path)) {
                    content.claimed.entry(at).or_default().push(as_named(&path));
                } else if depth < MAX_FOLDER_DEPTH {
                    open.push((path, rules.clone(), depth + 1));
                } else {
                    content.skipped.push((SkipReason::TooDeep, as_named(&path)));
                }
            } else if let Some(at) = READERS.iter().position(|reader| reader.claims_file_name(&name)) {
                // Links too: the reader checks their targets.
                content.claimed.entry(at).or_default().push(as_named(&path));
            } else if kind.is_symlink() {
                content.skipped.push((SkipReason::Link, as_named(&path)));
            } else if kind.is_file() {
                content.file(as_named(&path), &name.to_ascii_lowercase());
            }
        }
    }
    content.sort();
    Ok(content)
}

impl FolderContent {
    fn file(&mut self, path: PathBuf, name: &str) {
        let has_ending = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        let by_ending = |reader: &&dyn InputReader| matches!(reader.in_folder(), InFolder::ByEnding(endings) if has_ending(endings));
        if READERS.iter().any(by_ending) {
            self.named.push(path);
        } else if has_ending(DOCUMENTS) {
            self.documents.push(path);
        }
    }

    fn sort(&mut self) {
        self.named.sort();
        self.claimed.values_mut().for_each(|paths| paths.sort());
        self.documents.sort();
        self.skipped.sort();
    }

    /// Gives each document to its reader. All others are skipped, and those that could not be read are gaps.
    fn sort_documents(&mut self) {
        let documents = std::mem::take(&mut self.documents);
        let kinds: Vec<DocumentFormat> = documents.par_iter().map(|path| document(path)).collect();
        for (path, kind) in documents.into_iter().zip(kinds) {
            match kind {
                DocumentFormat::Claimed(at) => self.claimed.entry(at).or_default().push(path),
                DocumentFormat::Skipped(reason) => self.skipped.push((reason, path)),
                DocumentFormat::Unread(why) => self.unread.push(why),
            }
        }
        self.sort();
    }

    /// The advice about a skipped format, with the first path of it.
    fn advice(&self) -> Option<String> {
        READERS.iter().find_map(|reader| {
            let InFolder::Skipped { noun, advice } = reader.in_folder() else { return None };
            let (_, path) = self.skipped.iter().find(|(why, _)| *why == SkipReason::Format(noun))?;
            Some(format!("{advice}: taglint check {}", path.display()))
        })
    }

    /// The skipped paths, for a person.
    fn skipped_note(&self, folder: &Path) -> Option<String> {
        let parts: Vec<String> = self
            .skipped
            .chunk_by(|a, b| a.0 == b.0)
            .map(|group| {
                let names = group.iter().take(NAMED_PATHS);
                let names = names.map(|(_, path)| path.strip_prefix(folder).unwrap_or(path).display().to_string());
                let mut names = names.collect::<Vec<_>>().join(", ");
                if group.len() > NAMED_PATHS {
                    names += ", …";
                }
                format!("{} ({names})", count(group.len() as u64, group[0].0.noun()))
            })
            .collect();
        (!parts.is_empty()).then(|| format!("{}: skipped {}", folder.display(), parts.join("; ")))
    }
}

/// The format of a JSON or YAML file in a folder.
fn document(path: &Path) -> DocumentFormat {
    let candidate = match Candidate::of_found(path) {
        Ok(candidate) => candidate,
        Err(error) => return DocumentFormat::Unread(format!("{}: {error}", path.display())),
    };
    match detect(&candidate) {
        Some(at) => match READERS[at].in_folder() {
            InFolder::Skipped { noun, .. } => DocumentFormat::Skipped(SkipReason::Format(noun)),
            InFolder::Read | InFolder::ByEnding(_) | InFolder::NotRead => DocumentFormat::Claimed(at),
        },
        None if candidate.parses() == Some(false) => DocumentFormat::Skipped(SkipReason::Broken),
        None => DocumentFormat::Skipped(SkipReason::Other),
    }
}

/// The rules of the folders from the srcroot down to this one, which comes later.
fn above(folder: &Path, srcroot: &Path) -> Vec<Gitignore> {
    let Ok(srcroot) = srcroot.canonicalize() else { return Vec::new() };
    let mut parents: Vec<&Path> =
        folder.ancestors().skip(1).take_while(|parent| parent.starts_with(&srcroot)).collect();
    parents.reverse();
    parents.into_iter().filter_map(rules_of).collect()
}

fn rules_of(folder: &Path) -> Option<Gitignore> {
    let file = folder.join(".gitignore");
    if !file.is_file() {
        return None;
    }
    let mut builder = GitignoreBuilder::new(folder);
    // A line that is no pattern is passed over, as git does.
    drop(builder.add(file));
    builder.build().ok()
}

/// The innermost rule decides.
fn ignored(rules: &[Gitignore], path: &Path, is_folder: bool) -> bool {
    let decided = rules.iter().rev().map(|rules| rules.matched(path, is_folder)).find(|matched| !matched.is_none());
    decided.is_some_and(|matched| matched.is_ignore())
}

#[cfg(test)]
mod tests;
