//! Terraform and OpenTofu source without a plan: the resources that a folder of `.tf`, `.tofu`, `.tf.json` and `.tofu.json`
//! files defines, as far as the source determines them.
//!
//! * [`file_names`], [`files`]: files of both syntaxes, read and parsed.
//! * [`module`], [`project`], [`callers`], [`called_module`], [`callers_elsewhere`], [`given`], [`open_sources`]: folders as modules, all
//!   modules that some roots need, their callers elsewhere, and values of the command line.
//! * [`value`], [`reason`], [`number`], [`big_float`], [`decimal_digits`], [`types`], [`combine`]: values, and what is known of one of several.
//! * [`eval`], [`loops`], [`attempt`], [`certain`], [`traversal`], [`resource_values`], [`paths`],
//!   [`path_text`], [`file_functions`], [`operators`], [`functions`],
//!   [`convert`], [`scope`], [`instance_key`], [`instances`]: the values of expressions. A value that source does not
//!   determine is unknown, never absent.
//! * [`provider`], [`blocks`], [`tags`], [`source_tags`], [`nested`], [`launch_template`], [`template_references`], [`resources`], [`ignores`], [`ignored_changes`], [`tag_targets`], [`task_definition`]: resources
//!   with the tags that an apply would give them.
//! * [`index`]: the source locations of resources that a plan names.

mod attempt;
mod big_float;
mod blocks;
mod called_module;
mod callers;
mod callers_elsewhere;
mod certain;
mod combine;
mod convert;
mod decimal_digits;
mod eval;
mod file_functions;
mod file_names;
mod files;
mod fileset;
mod functions;
mod given;
mod ignored_changes;
mod ignores;
mod index;
mod instance_key;
mod instances;
mod launch_template;
mod loops;
mod manifest;
mod module;
mod nested;
mod number;
mod open_sources;
mod operators;
mod path_text;
mod paths;
mod project;
mod provider;
mod reason;
mod resource_values;
mod resources;
mod scope;
mod source_tags;
mod tag_targets;
mod tags;
mod task_definition;
mod template_functions;
mod template_references;
mod traversal;
mod types;
mod value;
mod workspace;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::base::Diagnostic;
use crate::engine::{InputError, InputKind};
use crate::input::candidate::Candidate;
use crate::input::not_judged;
use crate::input::opened::{OpenedInput, in_memory};
use crate::input::options::{InputFormat, InputOptions};
use crate::input::reader::{InFolder, InputReader};
use crate::model::{Gap, InputCoverage, NotJudgedReason, Resource, Text};
use crate::syntax::hcl::Position;
use eval::HclEvaluator;
use files::{FileProblem, ReadBoundary};
use project::{Project, RootModule};
use resources::{RootResources, SourceDefaults};
use scope::ModuleScopes;

use file_names::{is_terraform, is_values};
pub use index::{SourceBlock, SourceIndex};
pub(in crate::input) use manifest::ModuleManifest;

/// The reader of Terraform source.
pub(in crate::input) struct SourceReader;

impl InputReader for SourceReader {
    fn format(&self) -> Option<InputFormat> {
        None
    }

    fn claims_file_name(&self, name: &str) -> bool {
        is_terraform(name)
    }

    fn is_companion(&self, name: &str) -> bool {
        is_values(name)
    }

    fn is_told_by(&self, name: &str) -> bool {
        callers::is_caller(name)
    }

    fn in_folder(&self) -> InFolder {
        InFolder::Read
    }

    fn open(&self, candidate: Candidate<'_>, options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
        open_file(candidate.path.unwrap_or(Path::new("")), options)
    }

    /// Reads the folders of the files: those that no other of them calls are roots.
    fn open_found(
        &self,
        folder: &Path,
        found: &[PathBuf],
        options: &InputOptions,
    ) -> Vec<Result<OpenedInput, InputError>> {
        let is_caller =
            |path: &&PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(callers::is_caller);
        let (callers, files): (Vec<&PathBuf>, Vec<&PathBuf>) = found.iter().partition(is_caller);
        let callers: Vec<PathBuf> = callers.into_iter().cloned().collect();
        let folders: BTreeSet<PathBuf> = files.iter().filter_map(|file| file.parent().map(Path::to_owned)).collect();
        match read(folder, &folders.into_iter().collect::<Vec<_>>(), &callers, None, options) {
            Ok(opened) => opened.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        }
    }
}

/// Reads one file with the rest of its folder, and keeps the resources that stand in it.
///
/// # Errors
/// [`InputError::Source`] where the file has one; [`InputError::Read`] where it can't be read.
fn open_file(path: &Path, options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
    let failed = |error| InputError::Read { name: path.display().to_string(), error };
    let resolved = path.canonicalize().map_err(failed)?;
    let folder = resolved.parent().map(Path::to_owned).unwrap_or_default();
    read(path, &[folder], &[], Some(&resolved), options)
}

/// Reads a text as a root module. Module calls in it are gaps. The ending of the name determines the syntax.
///
/// # Errors
/// [`InputError::Source`] for a syntax error.
pub fn open_text(name: &str, text: &[u8]) -> Result<OpenedInput, InputError> {
    let (project, root) = Project::of_text(name, text);
    refuse_unreadable(name, &project, None)?;
    let (project, root) = (Arc::new(project), Arc::new(root));
    let listing =
        HclEvaluator::new(ModuleScopes::new(Arc::clone(&project), Arc::clone(&root))).list(SourceDefaults::default());
    Ok(opened(&root, listing, &project, &ReadBoundary::nowhere(), None))
}

fn read(
    named: &Path,
    folders: &[PathBuf],
    callers: &[PathBuf],
    only: Option<&Path>,
    options: &InputOptions,
) -> Result<Vec<OpenedInput>, InputError> {
    let name = named.display().to_string();
    let failed = |error| InputError::Read { name: name.clone(), error };
    let base = if only.is_some() { folders.first().map_or(named, PathBuf::as_path) } else { named };
    let mut boundary = ReadBoundary::around(base, &options.srcroot).map_err(failed)?;
    if options.several {
        boundary = boundary.with_name_prefix(base, &options.srcroot);
    }
    let base = base.canonicalize().map_err(failed)?;
    let folders: Vec<PathBuf> = folders.iter().filter_map(|folder| boundary.resolve(folder)).collect();
    let (mut project, mut roots) = Project::read(&folders, callers, &base, &boundary);
    let only = only.map(|path| boundary.shown(path));
    refuse_unreadable(&name, &project, only.as_deref())?;
    given::set(&mut project, &mut roots, options)
        .map_err(|message| InputError::Invalid { name: name.clone(), message })?;
    let (project, mut roots) = open_sources::resolve(project, roots);
    open_sources::settle_roots(&project, &mut roots, &boundary);
    let project = Arc::new(project);
    let given = SourceDefaults { account: options.account.as_deref(), region: options.region.as_deref() };
    let count = roots.len();
    let mut listings: Vec<(RootModule, RootResources)> = roots
        .into_par_iter()
        .map(|root| {
            let root = Arc::new(root);
            let mut scopes = ModuleScopes::new(Arc::clone(&project), Arc::clone(&root));
            scopes.roots = count;
            let mut evaluator = HclEvaluator::new(scopes);
            let listing = evaluator.list(given);
            drop(evaluator);
            (Arc::into_inner(root).expect("the evaluator is gone"), listing)
        })
        .collect();
    // The problems of files are reported once, with the first root.
    if let Some((_, first)) = listings.first_mut() {
        first.unread.extend(project.problems.iter().map(FileProblem::line));
    }
    let unreached = unreached(&project, &folders, &listings, only.as_deref());
    let mut all: Vec<OpenedInput> = listings
        .into_iter()
        .map(|(root, listing)| opened(&root, listing, &project, &boundary, only.as_deref()))
        .collect();
    if let Some(first) = all.first_mut() {
        first.input.coverage.extend(&unreached);
    }
    Ok(all)
}

/// The source that no root reads: modules without an instance, which are not deployed, as those of the checked folders
/// and those that a call with a `count` of 0 names; and files of Terraform that files of `OpenTofu` replace.
fn unreached(
    project: &Project,
    folders: &[PathBuf],
    listings: &[(RootModule, RootResources)],
    only: Option<&str>,
) -> InputCoverage {
    let reached: BTreeSet<&Path> =
        listings.iter().flat_map(|(_, listing)| listing.reached.iter().map(PathBuf::as_path)).collect();
    let called = listings.iter().flat_map(|(root, _)| root.tree.values().flatten());
    let called = called.map(|module| module.folder.as_path()).filter(|folder| !is_fetched(folder));
    let all: BTreeSet<&Path> = folders.iter().map(PathBuf::as_path).chain(called).collect();
    let mut out = InputCoverage::default();
    let is_wanted = |path: &&String| only.is_none_or(|only| only == *path);
    for path in project.replaced.iter().filter(is_wanted) {
        out.add("Terraform file", NotJudgedReason::OtherTool, path);
    }
    for module in all.difference(&reached).filter_map(|folder| project.module(folder)) {
        for block in module.resources.values() {
            let location = project.location(block.at);
            if only.is_some_and(|only| location.path != only) {
                continue;
            }
            let reason = resources::type_of(block).map_or_else(|reason| reason, |_| NotJudgedReason::NotInRoot);
            let (kind, name) = (&block.labels[0], &block.labels[1]);
            out.add(kind, reason, &format!("{}:{}: {kind}.{name}", location.path, location.line));
        }
    }
    out
}

/// Whether `terraform init` fetched a module.
fn is_fetched(folder: &Path) -> bool {
    folder.components().any(|part| part.as_os_str() == ".terraform")
}

/// Refuses an input without any readable file: that is an error, not a gap.
fn refuse_unreadable(name: &str, project: &Project, only: Option<&str>) -> Result<(), InputError> {
    let all = project.readable_files == 0;
    let wanted: Vec<&FileProblem> = project
        .problems
        .iter()
        .filter(|problem| match (problem, only) {
            (_, None) => all,
            (FileProblem::Mistake(problem), Some(only)) => problem.file.path == Path::new(only),
            (FileProblem::Unread(why), Some(only)) => why.strip_prefix(only).is_some_and(|rest| rest.starts_with(':')),
        })
        .collect();
    let mistakes: Vec<Diagnostic> = wanted
        .iter()
        .filter_map(|problem| match problem {
            // The line of a mistake is printed. A file of values has secrets, and its mistake is a gap besides.
            FileProblem::Mistake(problem) if !is_values(&problem.file.path.to_string_lossy()) => Some(problem.clone()),
            FileProblem::Mistake(_) | FileProblem::Unread(_) => None,
        })
        .collect();
    match wanted.first() {
        None => Ok(()),
        Some(_) if !mistakes.is_empty() => Err(InputError::Source { name: name.to_owned(), problems: mistakes }),
        Some(first) => Err(InputError::Invalid { name: name.to_owned(), message: first.line() }),
    }
}

fn opened(
    root: &RootModule,
    listing: RootResources,
    project: &Project,
    boundary: &ReadBoundary,
    only: Option<&str>,
) -> OpenedInput {
    let shown = boundary.shown(&root.module.folder);
    let is_wanted = |resource: &Resource<'_>| {
        only.is_none_or(|only| resource.location.as_ref().is_some_and(|location| location.path == only))
    };
    let mut resources: Vec<Resource<'_>> = listing.resources.into_iter().filter(is_wanted).collect();
    for resource in &mut resources {
        resource.input = boundary.name().map(|name| Text::from(name.to_owned()));
    }
    let mut unread = listing.unread;
    unread.sort();
    unread.dedup();
    let gaps = unread.into_iter().map(|error| Gap { error, ..Gap::default() }).collect();
    let mut input = in_memory(&shown, resources, gaps);
    let is_in_file = |at: Position| only.is_none_or(|only| project.location(at).path == only);
    for block in listing.not_judged.into_iter().filter(|block| block.count > 0 && is_in_file(block.at)) {
        input.coverage.add_many(&block.kind, block.reason, block.count, block.addresses);
    }
    for (kind, _, address) in listing.implied.into_iter().filter(|(_, at, _)| is_in_file(*at)) {
        input.coverage.add_implied(kind, address);
    }
    input.kind = InputKind::Terraform { root: if shown == "." { String::new() } else { shown } };
    let modules = std::iter::once(&root.module).chain(root.tree.values().flatten());
    let blocks = modules.flat_map(|module| module.resources.values());
    let mut notes: BTreeSet<String> = blocks.flat_map(|block| ignores::of(project, block).1).collect();
    if !root.optional_files.is_empty() {
        let files = root.optional_files.join(", ");
        notes.insert(format!("Terraform does not load {files} by itself: --var-file names the file to use"));
    }
    notes.extend(listing.unknown_types.iter().map(|name| not_judged::usual_form_note(name)));
    OpenedInput { notes: notes.into_iter().collect(), ..OpenedInput::new(input) }
}
