//! The paths that git ignores: those that `.gitignore` names and the index does not have.

use std::cell::OnceCell;
use std::path::Path;
use std::path::PathBuf;
use std::rc::Rc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::names::GIT;
use crate::input::git_index::TrackedPaths;

/// A repository, whose index is read when the first path is ignored.
#[derive(Debug)]
struct Repository {
    root: PathBuf,
    tracked: OnceCell<Result<TrackedPaths, String>>,
}

/// The rules for the entries of a folder.
#[derive(Debug, Clone)]
pub(super) struct IgnoreRules {
    /// The rules of the folders from the srcroot down to this one, which comes last.
    files: Vec<Gitignore>,
    repository: Option<Rc<Repository>>,
    /// True for a folder that is ignored itself: so is all that it holds.
    within_ignored: bool,
}

/// The standing of a path in git.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GitState {
    /// Not ignored, or a file that is tracked although it is ignored.
    Counts,
    /// An ignored folder with something that is tracked.
    HoldsTracked,
    /// Ignored and not tracked.
    Ignored,
}

impl IgnoreRules {
    /// The rules for a folder that a walk begins in, with those of the folders above it.
    pub(super) fn above(folder: &Path, srcroot: &Path) -> Self {
        let srcroot = srcroot.canonicalize().ok();
        let inside = |parent: &&Path| srcroot.as_ref().is_some_and(|srcroot| parent.starts_with(srcroot));
        let mut parents: Vec<&Path> = folder.ancestors().skip(1).take_while(inside).collect();
        parents.reverse();
        let root = folder.ancestors().skip(1).find(|parent| parent.join(GIT).exists());
        Self {
            files: parents.into_iter().filter_map(rules_of).collect(),
            repository: root.map(Repository::new),
            within_ignored: false,
        }
    }

    /// The rules with those of a folder itself, which may be the root of another repository.
    pub(super) fn enter(&mut self, folder: &Path) {
        self.files.extend(rules_of(folder));
        if folder.join(GIT).exists() {
            self.repository = Some(Repository::new(folder));
        }
    }

    /// The rules for an ignored folder in this one.
    pub(super) fn within_ignored(&self) -> Self {
        Self { within_ignored: true, ..self.clone() }
    }

    /// The standing of a path.
    pub(super) fn state(&self, path: &Path, is_folder: bool) -> GitState {
        if !self.within_ignored && !matches(&self.files, path, is_folder) {
            return GitState::Counts;
        }
        let Some(repository) = &self.repository else { return GitState::Ignored };
        match (repository.tracks(path, is_folder), is_folder) {
            (false, _) => GitState::Ignored,
            (true, true) => GitState::HoldsTracked,
            (true, false) => GitState::Counts,
        }
    }

    /// The reason why the index of the repository could not be read.
    pub(super) fn problem(&self) -> Option<String> {
        let repository = self.repository.as_ref()?;
        let why = repository.tracked.get()?.as_ref().err()?;
        Some(format!("{why}: paths that git ignores are read too, because they may be tracked"))
    }
}

impl Repository {
    fn new(root: &Path) -> Rc<Self> {
        Rc::new(Self { root: root.to_owned(), tracked: OnceCell::new() })
    }

    /// Whether a file, or something in a folder, is tracked. Without a readable index it may be.
    fn tracks(&self, path: &Path, is_folder: bool) -> bool {
        let tracked = self.tracked.get_or_init(|| TrackedPaths::of_repository(&self.root));
        let (Ok(tracked), Ok(relative)) = (tracked, path.strip_prefix(&self.root)) else { return true };
        let parts: Vec<&[u8]> = relative.iter().map(std::ffi::OsStr::as_encoded_bytes).collect();
        let relative = parts.join(&b'/');
        if is_folder { tracked.has_within(&relative) } else { tracked.has(&relative) }
    }
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

/// Whether a path is ignored: the innermost rule decides.
fn matches(rules: &[Gitignore], path: &Path, is_folder: bool) -> bool {
    let decided = rules.iter().rev().map(|rules| rules.matched(path, is_folder)).find(|matched| !matched.is_none());
    decided.is_some_and(|matched| matched.is_ignore())
}
