//! The paths that git ignores: those that `.gitignore` names and the index does not have.

use std::cell::OnceCell;
use std::path::Path;
use std::path::PathBuf;
use std::rc::Rc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::names::GIT;
use crate::base::encoding::without_bom;
use crate::base::read_regular;
use crate::input::git_index::TrackedPaths;

const GITIGNORE: &str = ".gitignore";
/// The size limit of a `.gitignore`, in bytes.
const MAX_BYTES: u64 = 4 << 20;
/// The number of patterns that apply to a path. Each needs about 5 KB of memory.
const MAX_PATTERNS: usize = 20_000;

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
    files: Vec<Rc<Gitignore>>,
    /// The number of patterns in them.
    patterns: usize,
    /// The files that are not obeyed, because there are too many patterns.
    refused: Vec<PathBuf>,
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
        let mut rules = Self {
            files: Vec::new(),
            patterns: 0,
            refused: Vec::new(),
            repository: root.map(Repository::new),
            within_ignored: false,
        };
        for parent in parents {
            rules.add_file(&parent.join(GITIGNORE));
        }
        rules
    }

    /// The rules with those of a folder itself, which may be the root of another repository.
    pub(super) fn enter(&mut self, folder: &Path) {
        self.add_file(&folder.join(GITIGNORE));
        if folder.join(GIT).exists() {
            self.repository = Some(Repository::new(folder));
        }
    }

    /// Adds the rules of a `.gitignore`, if it exists. Without those of one that is too large, more is read, never less.
    fn add_file(&mut self, path: &Path) {
        if !path.is_file() {
            return;
        }
        let Ok(bytes) = read_regular(path, MAX_BYTES) else {
            self.refused.push(path.to_owned());
            return;
        };
        let text = String::from_utf8_lossy(without_bom(&bytes));
        let patterns = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        if self.patterns + patterns > MAX_PATTERNS {
            self.refused.push(path.to_owned());
            return;
        }
        let mut builder = GitignoreBuilder::new(path.parent().unwrap_or(path));
        for line in text.lines() {
            // A line that is no pattern is passed over, as git does.
            drop(builder.add_line(Some(path.to_owned()), line));
        }
        self.patterns += patterns;
        self.files.extend(builder.build().ok().map(Rc::new));
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

    /// The reasons why paths that git ignores are read too.
    pub(super) fn problems(&self) -> impl Iterator<Item = String> {
        let tracked = self.repository.as_ref().and_then(|repository| repository.tracked.get());
        let index = tracked
            .and_then(|tracked| tracked.as_ref().err())
            .map(|why| format!("{why}: paths that git ignores are read too, because they may be tracked"));
        let refused = self.refused.iter().map(|path| {
            format!("{}: more than {MAX_PATTERNS} patterns, or unreadable: what it ignores is read too", path.display())
        });
        index.into_iter().chain(refused)
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

/// Whether a path is ignored: the innermost rule decides.
fn matches(rules: &[Rc<Gitignore>], path: &Path, is_folder: bool) -> bool {
    let decided = rules.iter().rev().map(|rules| rules.matched(path, is_folder)).find(|matched| !matched.is_none());
    decided.is_some_and(|matched| matched.is_ignore())
}
