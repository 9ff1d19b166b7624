//! `CloudFormation` templates: YAML with short tags and JSON, SAM, CDK assemblies, nested stacks.
//!
//! Templates are read without AWS. Defaults of parameters, mappings and conditions are evaluated; values that only a
//! deployment knows are unknown, never missing.

mod alternatives;
mod assembly;
mod deployment;
mod deployment_facts;
mod detect;
mod evaluate;
mod files;
mod foreach;
mod functions;
pub(super) mod given;
mod launch_template;
mod managed;
mod nested;
mod nested_stacks;
mod openapi;
mod parameter_limits;
mod parameters;
mod resource;
mod sam;
mod sam_config;
mod sam_made;
mod sam_shared;
mod sam_tags;
mod stack;
mod stack_reader;
mod stack_resources;
mod stack_sets;
mod tags;
mod task_definition;
mod template;
mod transforms;
mod undeclared;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::candidate::{Candidate, parses_as_yaml};
use super::not_judged;
use super::opened::OpenedInput;
use super::options::{InputFormat, InputOptions};
use super::reader::{Certainty, InFolder, InputReader};
use crate::engine::{InputError, InputKind};

pub use deployment_facts::DeploymentFile;
use detect::{has_sign, is_assembly, is_template_file, is_template_tree};
pub use detect::{is_manifest, is_template};
use files::TemplateError;
pub use managed::{StackOutputError, StackResource, StackResourceIndex};
pub use parameters::{DeclaredParameter, GivenParameter};
use stack_reader::StackReader;
use template::MAX_TEMPLATE_BYTES;

/// The reader of templates and CDK assemblies.
pub(super) struct TemplateReader;

impl InputReader for TemplateReader {
    fn format(&self) -> Option<InputFormat> {
        let about = "A CloudFormation template (YAML or JSON), or the `manifest.json` of a CDK assembly";
        Some(InputFormat { name: "cloudformation", about })
    }

    fn claims_folder(&self, folder: &Path) -> bool {
        is_assembly(folder)
    }

    fn detect(&self, candidate: &Candidate<'_>) -> Certainty {
        if candidate.in_folder {
            return detect_in_folder(candidate);
        }
        if is_template(candidate.text()) || is_manifest(candidate.text()) {
            return Certainty::Likely;
        }
        let is_template = candidate.plain_file().is_none() && is_template_tree(candidate.head());
        if is_template { Certainty::Possible } else { Certainty::No }
    }

    fn detect_in_rest(&self, candidate: &Candidate<'_>) -> Certainty {
        let file = candidate.plain_file().filter(|_| !candidate.in_folder);
        // The keys of a template may follow a long description, after the head.
        if file.is_some_and(is_template_file) { Certainty::Possible } else { Certainty::No }
    }

    fn in_folder(&self) -> InFolder {
        InFolder::Read
    }

    fn open(&self, candidate: Candidate<'_>, options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
        let opened = match candidate.path {
            Some(folder) if folder.is_dir() => open_assembly(folder, options)?,
            Some(path) if candidate.plain_file().is_some() => open(path, options)?,
            _ => {
                let (name, gaps) = (candidate.name.clone(), candidate.gaps());
                let mut opened = open_stream(&name, candidate.into_start(MAX_TEMPLATE_BYTES + 1)?, options)?;
                opened.input.gaps.extend(gaps);
                opened
            }
        };
        Ok(vec![opened])
    }

    /// Opens the templates, then the assemblies.
    fn open_found(
        &self,
        _folder: &Path,
        found: &[PathBuf],
        options: &InputOptions,
    ) -> Vec<Result<OpenedInput, InputError>> {
        let (assemblies, templates): (Vec<_>, Vec<_>) = found.iter().cloned().partition(|path| path.is_dir());
        let templates = open_templates(&templates, options).into_iter().map(|(_, opened)| opened);
        templates.chain(assemblies.iter().map(|folder| open_assembly(folder, options))).collect()
    }
}

/// The certainty for a file in a folder, which contains much other JSON and YAML. A broken file with the keys of a
/// template counts as one, so that the reader reports the mistake.
fn detect_in_folder(candidate: &Candidate<'_>) -> Certainty {
    let head = candidate.head();
    if is_template(head) {
        return Certainty::Likely;
    }
    if is_template_tree(head) {
        return Certainty::Possible;
    }
    let is_broken = || !candidate.parses().unwrap_or_else(|| !candidate.is_whole() || parses_as_yaml(head));
    if has_sign(head) && is_broken() { Certainty::Possible } else { Certainty::No }
}

/// Opens a template, or the manifest of a CDK assembly.
///
/// # Errors
/// [`InputError`] if it cannot be read or is neither.
fn open(path: &Path, options: &InputOptions) -> Result<OpenedInput, InputError> {
    let manifest = path.file_name().is_some_and(|name| name == "manifest.json");
    if manifest && assembly::bytes(path).is_ok_and(|bytes| is_manifest(&bytes)) {
        return open_assembly(path, options);
    }
    open_template(path, options)
}

/// Opens a template.
///
/// # Errors
/// [`InputError`] if it cannot be read or is not a valid template.
fn open_template(path: &Path, options: &InputOptions) -> Result<OpenedInput, InputError> {
    template(path, options).map(|(opened, _)| opened)
}

/// Opens a template from a stream. Paths of nested templates are relative to the working folder.
///
/// # Errors
/// [`InputError`] if it is not a valid template.
pub fn open_stream(name: &str, bytes: Vec<u8>, options: &InputOptions) -> Result<OpenedInput, InputError> {
    let template = files::parse(Path::new(name), name.to_owned(), bytes, false)?;
    let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let mut reader = StackReader::new(options, &folder);
    let deployment = reader.deployment();
    reader.stack(&template, &folder, deployment);
    Ok(reader.finish(name, name))
}

/// Opens the templates of a folder. A template that another one nests is checked as part of that one only, with the
/// parameters and tags that it passes. An invalid template is an error of its own.
fn open_templates(paths: &[PathBuf], options: &InputOptions) -> Vec<(PathBuf, Result<OpenedInput, InputError>)> {
    let mut all: BTreeMap<&PathBuf, Result<(OpenedInput, BTreeSet<PathBuf>), InputError>> = BTreeMap::new();
    for path in paths {
        all.insert(path, template(path, options));
    }
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let nested = |result: &Result<(OpenedInput, BTreeSet<PathBuf>), InputError>| {
        result.as_ref().map_or_else(|_| BTreeSet::new(), |(_, nested)| nested.clone())
    };
    let anywhere: BTreeSet<PathBuf> = all.values().flat_map(nested).collect();
    let (mut roots, mut covered) = (BTreeSet::new(), BTreeSet::new());
    // First the templates that no other nests; then the first of each circle of templates.
    for circle in [false, true] {
        for (path, result) in &all {
            let place = real(path);
            let free = if circle { !covered.contains(&place) } else { !anywhere.contains(&place) };
            if free && roots.insert((*path).clone()) {
                covered.extend(nested(result));
                covered.insert(place);
            }
        }
    }
    let of_root = |(path, result): (&PathBuf, Result<(OpenedInput, _), _>)| {
        roots.contains(path).then(|| (path.clone(), result.map(|(opened, _)| opened)))
    };
    all.into_iter().filter_map(of_root).collect()
}

/// Opens every stack of a CDK assembly (the output of `cdk synth`) and of its nested assemblies. `path` is the folder
/// or its `manifest.json`.
///
/// # Errors
/// [`InputError`] if the manifest cannot be read or names no stack. A stack that cannot be read is a gap.
fn open_assembly(path: &Path, options: &InputOptions) -> Result<OpenedInput, InputError> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut reader = StackReader::new(options, folder);
    assembly::read(folder, &mut reader)?;
    let root = files::relative(folder, &options.srcroot);
    let mut opened = reader.finish(&path.display().to_string(), &root);
    // `cdk synth` writes every stack of the app: one without resources states that there are none.
    opened.input.may_be_empty = true;
    Ok(opened)
}

fn template(path: &Path, options: &InputOptions) -> Result<(OpenedInput, BTreeSet<PathBuf>), InputError> {
    let mut reader = StackReader::new(options, path.parent().unwrap_or(Path::new("")));
    let deployment = reader.deployment();
    reader.file(path, deployment)?;
    reader.notes.extend(given::offers(path, &reader.parameters, options, reader.root()));
    let nested = std::mem::take(&mut reader.nested);
    let root = files::relative(path, &options.srcroot);
    Ok((reader.finish(&path.display().to_string(), &root), nested))
}

impl StackReader<'_> {
    /// The collected resources as an input.
    fn finish(self, name: &str, root: &str) -> OpenedInput {
        let mut input = self.lines.into_input(name, self.gaps);
        input.kind = InputKind::CloudFormation { root: root.to_owned() };
        input.coverage = self.coverage;
        let of_unknown_types = self.unknown_types.iter().map(|name| not_judged::usual_form_note(name));
        let notes = self.notes.into_iter().chain(of_unknown_types).collect();
        OpenedInput { notes, parameters: self.parameters, ..OpenedInput::new(input) }
    }
}

impl From<TemplateError> for InputError {
    fn from(unread: TemplateError) -> Self {
        let name = |path: PathBuf| path.display().to_string();
        match unread {
            TemplateError::File(path, error) => Self::Read { name: name(path), error },
            TemplateError::Text(problem) => {
                Self::Source { name: name(problem.file.path.clone()), problems: vec![*problem] }
            }
            TemplateError::Whole(path, message) => Self::Invalid { name: name(path), message },
        }
    }
}
