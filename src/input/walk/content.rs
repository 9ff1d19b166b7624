//! The content of a folder, and the words about the paths that a walk passes over.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::classify::{DocumentFormat, claiming, document, is_document, is_named};
use super::disguised::is_template;
use crate::base::{ReadProgress, ReadUnit, count};
use crate::engine::InputError;
use crate::input::reader::InFolder;
use crate::input::registry::READERS;
use crate::model::{InputCoverage, NotJudgedReason};

/// The number of paths that a note names.
const NAMED_PATHS: usize = 3;

/// A path that a walk passed over.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PassedOver {
    reason: NotJudgedReason,
    noun: &'static str,
    path: PathBuf,
}

/// The content of a folder, each list in order.
#[derive(Debug)]
pub(super) struct FolderContent {
    /// The folder as the user named it, and without links.
    folder: (PathBuf, PathBuf),
    /// Files that are opened as if they had been named.
    pub(super) named: Vec<PathBuf>,
    /// Files and folders that a reader takes, by its index in the registry.
    pub(super) claimed: BTreeMap<usize, Vec<PathBuf>>,
    /// Files of other tools that tell a reader about its inputs, by its index in the registry.
    pub(super) told: BTreeMap<usize, Vec<PathBuf>>,
    /// Files whose content has to be looked at.
    documents: Vec<PathBuf>,
    /// Files with other endings.
    unusual: Vec<PathBuf>,
    /// Paths that could not be read, each with the reason.
    pub(super) unread: Vec<String>,
    passed_over: Vec<PassedOver>,
    /// JSON, JSON Lines and YAML files that are no inputs.
    others: Vec<PathBuf>,
    /// Problems that no path is passed over for.
    pub(super) problems: BTreeSet<String>,
}

impl FolderContent {
    pub(super) fn new(named: &Path, whole: &Path) -> Self {
        Self {
            folder: (named.to_owned(), whole.to_owned()),
            named: Vec::new(),
            claimed: BTreeMap::new(),
            told: BTreeMap::new(),
            documents: Vec::new(),
            unusual: Vec::new(),
            unread: Vec::new(),
            passed_over: Vec::new(),
            others: Vec::new(),
            problems: BTreeSet::new(),
        }
    }

    /// A path that begins with the name that the user gave.
    fn as_named(&self, path: &Path) -> PathBuf {
        let (named, whole) = &self.folder;
        path.strip_prefix(whole).map_or_else(|_| path.to_owned(), |rest| named.join(rest))
    }

    pub(super) fn unread(&mut self, path: &Path, error: &io::Error) {
        self.unread.push(format!("{}: {error}", self.as_named(path).display()));
    }

    /// Gives a path to a reader.
    pub(super) fn claim(&mut self, at: usize, path: &Path) {
        let path = self.as_named(path);
        self.claimed.entry(at).or_default().push(path);
    }

    /// Gives a file of another tool to the reader whose inputs it tells about.
    pub(super) fn tell(&mut self, path: &Path, name: &str) {
        if let Some(at) = READERS.iter().position(|reader| reader.is_told_by(name)) {
            let path = self.as_named(path);
            self.told.entry(at).or_default().push(path);
        }
    }

    pub(super) fn pass_over(&mut self, reason: NotJudgedReason, noun: &'static str, path: &Path) {
        let path = self.as_named(path);
        self.passed_over.push(PassedOver { reason, noun, path });
    }

    /// Sorts a file that no reader claims by its name.
    pub(super) fn sort_file(&mut self, path: &Path, name: &str) {
        let path = self.as_named(path);
        if is_named(name) {
            self.named.push(path);
        } else if is_document(name) {
            self.documents.push(path);
        } else {
            self.unusual.push(path);
        }
    }

    /// Ends the walk. A reader reads every file of a folder that it has a file of, also ignored ones.
    pub(super) fn finish(&mut self) {
        let folders: BTreeSet<(usize, &Path)> = self
            .claimed
            .iter()
            .flat_map(|(at, paths)| paths.iter().filter_map(|path| Some((*at, path.parent()?))))
            .collect();
        let is_read = |passed: &PassedOver| {
            let name = passed.path.file_name().unwrap_or_default().to_string_lossy();
            let reader = claiming(&name).zip(passed.path.parent());
            passed.reason == NotJudgedReason::GitIgnored && reader.is_some_and(|reader| folders.contains(&reader))
        };
        self.passed_over.retain(|passed| !is_read(passed));
        self.sort();
    }

    /// Passes over a file with the ending of an inventory that is none.
    pub(super) fn no_input(&mut self, path: &Path) {
        self.others.push(path.to_owned());
        self.others.sort();
    }

    fn sort(&mut self) {
        self.named.sort();
        self.claimed.values_mut().for_each(|paths| paths.sort());
        self.documents.sort();
        self.passed_over.sort();
    }

    /// Gives each document to its reader. All others are passed over, and those that could not be read are gaps.
    pub(super) fn sort_documents(&mut self, progress: &ReadProgress) {
        let unusual = std::mem::take(&mut self.unusual);
        let all = (unusual.len() + self.documents.len()) as u64;
        let what = || format!("looking at the files of {}", self.folder.0.display());
        progress.begin(what, Some(ReadUnit::Files), Some(all));
        let is_template = |path: &PathBuf| {
            progress.add(1);
            is_template(path)
        };
        let templates: Vec<PathBuf> = unusual.into_par_iter().filter(is_template).collect();
        let reason = NotJudgedReason::UnusualEnding;
        let passed_over = templates.into_iter().map(|path| PassedOver { reason, noun: "template", path });
        self.passed_over.extend(passed_over);
        let documents = std::mem::take(&mut self.documents);
        let kinds: Vec<DocumentFormat> = documents
            .par_iter()
            .map(|path| {
                progress.add(1);
                document(path)
            })
            .collect();
        for (path, kind) in documents.into_iter().zip(kinds) {
            let mut pass_over = |reason, noun| self.passed_over.push(PassedOver { reason, noun, path: path.clone() });
            match kind {
                DocumentFormat::Claimed(at) => self.claimed.entry(at).or_default().push(path),
                DocumentFormat::OtherInput(noun) => pass_over(NotJudgedReason::OtherInput, noun),
                DocumentFormat::Broken => pass_over(NotJudgedReason::BrokenDocument, "document"),
                DocumentFormat::Other => self.others.push(path),
                DocumentFormat::Unread(why) => self.unread.push(why),
            }
        }
        self.sort();
    }

    /// The paths that were passed over and may hold inputs.
    pub(super) fn coverage(&self) -> InputCoverage {
        let mut out = InputCoverage::default();
        for passed in &self.passed_over {
            let path = passed.path.strip_prefix(".").unwrap_or(&passed.path);
            out.add(passed.noun, passed.reason, &path.display().to_string());
        }
        out
    }

    /// The notes for a person: the documents that are no inputs, and how to check an input of another format.
    pub(super) fn notes(&self, folder: &Path) -> Vec<String> {
        let others = self.others_text(folder).map(|text| format!("{}: skipped {text}", folder.display()));
        others.into_iter().chain(self.advice()).chain(self.problems.iter().cloned()).collect()
    }

    /// The error of a folder without inputs.
    pub(super) fn nothing_to_check(&self, name: String, folder: &Path) -> InputError {
        let mut message =
            "nothing to check in this folder: no Terraform source, no template and no inventory".to_owned();
        let groups = self.passed_over.chunk_by(|a, b| (a.reason, a.noun) == (b.reason, b.noun));
        let groups = groups.map(|group| {
            let paths: Vec<&PathBuf> = group.iter().map(|passed| &passed.path).collect();
            let what = count(group.len() as u64, group[0].noun);
            format!("{what} ({}): {}", names(folder, &paths), group[0].reason.about())
        });
        let skipped: Vec<String> = groups.chain(self.others_text(folder)).collect();
        if !skipped.is_empty() {
            message += &format!(" (skipped {})", skipped.join("; "));
        }
        for text in self.advice().into_iter().chain(self.problems.iter().cloned()) {
            message += &format!(" ({text})");
        }
        InputError::NoInput { name, message }
    }

    fn others_text(&self, folder: &Path) -> Option<String> {
        let paths: Vec<&PathBuf> = self.others.iter().collect();
        (!paths.is_empty())
            .then(|| format!("{} ({})", count(paths.len() as u64, "other document"), names(folder, &paths)))
    }

    /// The advice about a format that is not read in folders, with the first path of it.
    fn advice(&self) -> Option<String> {
        READERS.iter().find_map(|reader| {
            let InFolder::Skipped { noun, advice } = reader.in_folder() else { return None };
            let found = |passed: &&PassedOver| passed.reason == NotJudgedReason::OtherInput && passed.noun == noun;
            let passed = self.passed_over.iter().find(found)?;
            Some(format!("{advice}: taglint check {}", passed.path.display()))
        })
    }
}

/// The first paths of a list, relative to a folder.
fn names(folder: &Path, paths: &[&PathBuf]) -> String {
    let first = paths.iter().take(NAMED_PATHS);
    let mut names = first
        .map(|path| path.strip_prefix(folder).unwrap_or(path).display().to_string())
        .collect::<Vec<_>>()
        .join(", ");
    if paths.len() > NAMED_PATHS {
        names += ", …";
    }
    names
}
