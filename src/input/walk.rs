//! What a folder holds: Terraform modules, inventories, and files that may be templates.

use std::collections::BTreeSet;
use std::fs::DirEntry;
use std::io;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::documents::{self, Document};
use super::terraform::source::{self, is_terraform, is_values};
use super::{InputFormat, Opened, Options, cloudformation, open_file};
use crate::base::count;
use crate::engine::InputError;
use crate::model::Gap;

/// Folders within folders; deeper ones are said to be skipped.
const DEPTH: usize = 64;
/// How many skipped names a note has.
const NAMED: usize = 3;

/// What was found, each list in order.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Folders with files of Terraform's.
    pub(super) terraform: Vec<PathBuf>,
    /// Inventories, by their endings.
    pub(super) inventories: Vec<PathBuf>,
    /// JSON and YAML: templates and much else.
    pub(super) documents: Vec<PathBuf>,
    /// Folders that `cdk synth` wrote; they are not looked into.
    pub(super) assemblies: Vec<PathBuf>,
    /// Folders that could not be read, and why.
    pub(super) unread: Vec<String>,
    skipped: Vec<(Skip, PathBuf)>,
}

/// Why an entry is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Skip {
    Ignored,
    Link,
    TooDeep,
    Plan,
    Broken,
    Other,
}

impl Skip {
    /// Each with the noun of one.
    const ALL: [(Self, &str); 6] = [
        (Self::Ignored, "git-ignored path"),
        (Self::Link, "link"),
        (Self::TooDeep, "too deep folder"),
        (Self::Plan, "Terraform plan"),
        (Self::Broken, "broken document"),
        (Self::Other, "other document"),
    ];
}

/// Opens all that a folder holds.
///
/// # Errors
/// [`InputError`] where there is nothing to check, or nothing of it can be read.
pub(super) fn open(folder: &Path, options: &Options) -> Result<Vec<Opened>, InputError> {
    let name = folder.display().to_string();
    let mut found = walk(folder, &options.srcroot).map_err(|error| InputError::Read { name: name.clone(), error })?;
    let mut out = Vec::new();
    for file in &found.inventories {
        out.push(open_file(file, options)?);
    }
    let mut failed = Vec::new();
    if !found.terraform.is_empty() && options.format.is_none() {
        match source::open(folder, &found.terraform, options) {
            Ok(opened) => out.extend(opened),
            Err(error) => failed.push(error),
        }
    }
    if matches!(options.format, None | Some(InputFormat::CloudFormation)) {
        found.sort_documents();
        for opened in found.templates(options) {
            match opened {
                Ok(opened) => out.push(opened),
                Err(error) => failed.push(error),
            }
        }
    }
    if out.is_empty() && !failed.is_empty() {
        return Err(failed.swap_remove(0));
    }
    let unread = found.unread.iter().cloned().chain(failed.iter().map(ToString::to_string));
    let unread: Vec<Gap> = unread.map(|error| Gap { error, ..Gap::default() }).collect();
    let (skipped, plans) = (found.skipped(folder), found.plans());
    let Some(first) = out.first_mut() else {
        let mut message =
            "nothing to check in this folder: no Terraform source, no template and no inventory".to_owned();
        for text in skipped.into_iter().chain(plans) {
            message += &format!(" ({text})");
        }
        return Err(InputError::Invalid { name, message });
    };
    first.notes.extend(skipped.into_iter().chain(plans));
    first.input.gaps.extend(unread);
    Ok(out)
}

/// Looks through a folder. What `.gitignore` names is passed over, hidden entries too, and no link is followed.
///
/// # Errors
/// Where the folder itself can't be read.
fn walk(named: &Path, srcroot: &Path) -> io::Result<Found> {
    let mut found = Found::default();
    let mut terraform = BTreeSet::new();
    // Rules are about paths without links; what is found has the name that the user began with.
    let whole = named.canonicalize()?;
    std::fs::read_dir(&whole)?;
    let as_named = |path: &Path| path.strip_prefix(&whole).map_or_else(|_| path.to_owned(), |rest| named.join(rest));
    let mut open = vec![(whole.clone(), above(&whole, srcroot), 0)];
    while let Some((folder, mut rules, depth)) = open.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                found.unread.push(format!("{}: {error}", as_named(&folder).display()));
                continue;
            }
        };
        rules.extend(rules_of(&folder));
        let mut entries: Vec<DirEntry> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let Ok(kind) = entry.file_type() else { continue };
            // Files of values are looked for by the reader of their module, ignored or not.
            if name.starts_with('.') || is_values(&name) {
                continue;
            }
            if ignored(&rules, &path, kind.is_dir()) {
                found.skipped.push((Skip::Ignored, as_named(&path)));
            } else if kind.is_dir() {
                if cloudformation::is_assembly(&path) {
                    found.assemblies.push(as_named(&path));
                } else if depth < DEPTH {
                    open.push((path, rules.clone(), depth + 1));
                } else {
                    found.skipped.push((Skip::TooDeep, as_named(&path)));
                }
            } else if is_terraform(&name) {
                // A link too: the reader of the module looks where it leads.
                terraform.insert(as_named(&folder));
            } else if kind.is_symlink() {
                found.skipped.push((Skip::Link, as_named(&path)));
            } else if kind.is_file() {
                found.file(as_named(&path), &name.to_ascii_lowercase());
            }
        }
    }
    found.terraform = terraform.into_iter().collect();
    found.inventories.sort();
    found.documents.sort();
    found.assemblies.sort();
    found.skipped.sort();
    Ok(found)
}

impl Found {
    /// Keeps the templates of the documents. All others are skipped, and those that can't be read are gaps.
    fn sort_documents(&mut self) {
        let documents = std::mem::take(&mut self.documents);
        let kinds = documents::look(&documents);
        for (path, kind) in documents.into_iter().zip(kinds) {
            let skip = match kind {
                Document::Template => {
                    self.documents.push(path);
                    continue;
                }
                Document::Unread(why) => {
                    self.unread.push(why);
                    continue;
                }
                Document::Plan => Skip::Plan,
                Document::Broken => Skip::Broken,
                Document::Other => Skip::Other,
            };
            self.skipped.push((skip, path));
        }
        self.skipped.sort();
    }

    /// Every template, and every assembly.
    fn templates(&self, options: &Options) -> Vec<Result<Opened, InputError>> {
        let opened = cloudformation::open_templates(&self.documents, options).into_iter().map(|(_, opened)| opened);
        let assemblies = self.assemblies.iter().map(|folder| cloudformation::open_assembly(folder, options));
        opened.chain(assemblies).collect()
    }

    /// What to do about plans, for a person. A walk checks their source: both would say everything twice.
    fn plans(&self) -> Option<String> {
        let plan = self.skipped.iter().find(|(why, _)| *why == Skip::Plan).map(|(_, path)| path)?;
        Some(format!("a walk checks source, not plans; to check a plan, name it: taglint check {}", plan.display()))
    }

    fn file(&mut self, path: PathBuf, name: &str) {
        let ends = |endings: &[&str]| endings.iter().any(|end| name.ends_with(end));
        if ends(&[".jsonl", ".jsonl.gz", ".jsonl.zst"]) {
            self.inventories.push(path);
        } else if ends(&[".json", ".yaml", ".yml", ".template"]) {
            self.documents.push(path);
        }
    }

    /// What was passed over, for a person.
    pub(super) fn skipped(&self, folder: &Path) -> Option<String> {
        let mut parts = Vec::new();
        for (skip, one) in Skip::ALL {
            let paths: Vec<_> = self.skipped.iter().filter(|(why, _)| *why == skip).map(|(_, path)| path).collect();
            if paths.is_empty() {
                continue;
            }
            let names =
                paths.iter().take(NAMED).map(|path| path.strip_prefix(folder).unwrap_or(path).display().to_string());
            let mut names = names.collect::<Vec<_>>().join(", ");
            if paths.len() > NAMED {
                names += ", …";
            }
            parts.push(format!("{} ({names})", count(paths.len() as u64, one)));
        }
        (!parts.is_empty()).then(|| format!("{}: skipped {}", folder.display(), parts.join("; ")))
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
