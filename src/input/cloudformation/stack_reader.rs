//! The reader of stacks, which collects the resources of templates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::evaluate::{StackEnvironment, TemplateEvaluator, TemplateScope};
use super::files::{self, TemplateError};
use super::foreach::{self, ExpandedEntry};
use super::given;
use super::launch_template;
use super::parameters::{self, DeclaredParameter};
use super::resource::{self, TemplateProperties};
use super::sam_shared;
use super::stack::{ExistenceDoubt, Stack, StackDeployment};
use super::tags::TemplateTags;
use super::template::{ParsedTemplate, TemplateDuplicate};
use super::transforms::{self, INCLUDE};
use crate::base::{all_of, count, quote, thousands};
use crate::input::options::InputOptions;
use crate::input::resource_lines::ResourceLines;
use crate::model::{Gap, InputCoverage, NotJudgedReason, Resource};
use crate::syntax::Node;

/// The largest number of nested templates that one input reads. A template may nest itself many times over.
pub(super) const MAX_NESTED_TEMPLATES: usize = 1_000;
/// The largest number of resources of one input. `CloudFormation` accepts 500 for each template; the limit bounds memory.
const MAX_RESOURCES: usize = 100_000;
/// The largest number of tags that one input reads for combinations of parameter values.
const MAX_WORK: usize = 500_000;

/// A reader that collects the resources of stacks.
pub(super) struct StackReader<'o> {
    pub(super) options: &'o InputOptions,
    /// The resources of the entry that is being read.
    pub(super) resources: Vec<Resource<'static>>,
    /// The resources of the entries before it.
    pub(super) lines: ResourceLines,
    pub(super) notes: Vec<String>,
    pub(super) gaps: Vec<Gap>,
    /// The resources that are not judged.
    pub(super) coverage: InputCoverage,
    /// The types that the table lacks and whose tags were read.
    pub(super) unknown_types: BTreeSet<String>,
    /// The types that may be misspelled, each noted once.
    pub(super) misspelled_types: BTreeSet<String>,
    /// The resources of the template that SAM makes and has no tags for, by type.
    pub(super) made_without_tags: BTreeMap<&'static str, u64>,
    /// The parameters of the templates that no other nests.
    pub(super) parameters: Vec<DeclaredParameter>,
    /// Templates that were read as nested stacks.
    pub(super) nested: BTreeSet<PathBuf>,
    pub(super) templates_left: usize,
    /// The work that may still be done for combinations of parameter values.
    work_left: usize,
    /// The reason why the resources that are read may not exist.
    pub(super) doubt: Option<ExistenceDoubt>,
    /// Parsed templates by path: many stacks may use one file.
    templates_by_path: BTreeMap<PathBuf, Rc<ParsedTemplate>>,
    /// The folder that contains every file that is read.
    root: PathBuf,
}

impl<'o> StackReader<'o> {
    /// A reader of the templates in a folder. Nested templates may be anywhere in the repository; without a repository,
    /// in that folder.
    pub(super) fn new(options: &'o InputOptions, folder: &Path) -> Self {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let root = match (folder.canonicalize(), options.srcroot.canonicalize()) {
            (Ok(folder), Ok(root)) if folder.starts_with(&root) => root,
            (Ok(folder), _) => folder,
            (Err(_), _) => folder.to_owned(),
        };
        Self::at_root(options, root)
    }

    fn at_root(options: &'o InputOptions, root: PathBuf) -> Self {
        Self {
            options,
            resources: Vec::new(),
            lines: ResourceLines::default(),
            notes: Vec::new(),
            gaps: Vec::new(),
            coverage: InputCoverage::default(),
            unknown_types: BTreeSet::new(),
            misspelled_types: BTreeSet::new(),
            made_without_tags: BTreeMap::new(),
            parameters: Vec::new(),
            nested: BTreeSet::new(),
            templates_left: MAX_NESTED_TEMPLATES,
            work_left: MAX_WORK,
            doubt: None,
            templates_by_path: BTreeMap::new(),
            root,
        }
    }

    /// A reader that shares nothing with this one but the options.
    pub(super) fn empty_copy(&self) -> Self {
        Self { doubt: self.doubt.clone(), ..Self::at_root(self.options, self.root.clone()) }
    }

    /// The folder that contains every file that is read.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The deployment of the options.
    pub(super) fn deployment(&self) -> StackDeployment {
        StackDeployment {
            environment: self.environment(),
            parameters: given::values(self.options).into(),
            tags: self.stack_tags(),
            ..StackDeployment::default()
        }
    }

    /// The account, region and stack name of the options.
    fn environment(&self) -> StackEnvironment {
        let InputOptions { account, region, stack_name, .. } = self.options;
        StackEnvironment { account: account.clone(), region: region.clone(), stack: stack_name.clone() }
    }

    /// The stack tags of the options.
    fn stack_tags(&self) -> TemplateTags {
        let mut out = TemplateTags::default();
        for (key, value) in &self.options.stack_tags {
            out = out.with_fallback(TemplateTags::given_tag(key, value));
        }
        out
    }

    /// Reads the file of a stack.
    ///
    /// # Errors
    /// [`TemplateError`] if the file cannot be read or is not a template.
    pub(super) fn file(&mut self, path: &Path, mut with: StackDeployment) -> Result<(), TemplateError> {
        let real = path.canonicalize().map_err(|error| TemplateError::File(path.to_owned(), error))?;
        let template = match self.templates_by_path.get(&real) {
            Some(template) => Rc::clone(template),
            None => Rc::new(files::template(path, self.options, with.may_lack_resources)?),
        };
        self.templates_by_path.insert(real.clone(), Rc::clone(&template));
        with.enclosing_files.push(real);
        self.stack(&template, path.parent().unwrap_or(Path::new("")), with);
        Ok(())
    }

    /// Collects the resources of a template and of its nested stacks.
    pub(super) fn stack(&mut self, template: &ParsedTemplate, folder: &Path, mut with: StackDeployment) {
        if with.calls.is_empty() {
            let declared = parameters::declared(template);
            given::forget_refused(&mut with.parameters.values, &declared, self.options);
            self.parameters.extend(declared);
        }
        let macros = transforms::unknown_macro(&template.root);
        self.note_whole_template(template, macros.as_deref());
        let mut stack = Stack {
            template,
            rewritten: macros.is_some(),
            scope: TemplateScope::new(&template.root, with.environment, with.parameters),
            prefix: with.prefix,
            calls: with.calls,
            tags: with.tags,
            users: BTreeMap::new(),
            used_templates: launch_template::used(&template.root),
            bucket_tags: BTreeMap::new(),
            folder,
            enclosing_files: with.enclosing_files,
        };
        foreach::add_conditions(&stack.scope, &template.root);
        let sections = template.root.get("Resources").map_or(&[][..], Node::entries);
        let users = {
            let (items, more) = foreach::resources(&TemplateEvaluator::new(&stack.scope), sections);
            if more {
                let at = template.location(0);
                self.coverage.add("transform or loop", NotJudgedReason::NotInInput, &at.path);
                self.notes.push(format!(
                    "{}: some of its resources are made when it is deployed (Fn::Transform, Fn::ForEach) and are not checked",
                    at.path
                ));
            }
            let named = |item: &ExpandedEntry<'_, '_>| {
                resource::user_and_path(item, &TemplateProperties::of(&item.eval, &item.entry.value))
            };
            items.iter().filter_map(named).collect()
        };
        stack.users = users;
        let bucket_tags = {
            let (items, _) = foreach::resources(&TemplateEvaluator::new(&stack.scope), sections);
            sam_shared::bucket_tags(&stack, &items)
        };
        stack.bucket_tags = bucket_tags;
        let (items, _) = foreach::resources(&TemplateEvaluator::new(&stack.scope), sections);
        for item in &items {
            self.item(&stack, item);
        }
        for made in sam_shared::list(&stack, &items) {
            self.shared(&stack, made);
        }
        self.note_evaluation(&stack);
    }

    /// Notes what the evaluation of a template found, each once: several stacks may use one template.
    fn note_evaluation(&mut self, stack: &Stack<'_, '_>) {
        let (mut notes, root) = (Vec::new(), &stack.template.root);
        // What a macro or an included file declares is not known.
        if !stack.rewritten && transforms::include(root).is_none() {
            for (at, note) in stack.scope.undeclared.notes(root, transforms::is_sam(root)) {
                let at = stack.template.location(at);
                notes.push(format!("{}:{}: {note}", at.path, at.line));
            }
        }
        let made = std::mem::take(&mut self.made_without_tags);
        if !made.is_empty() {
            let kinds = all_of(made.keys().map(|kind| (*kind).to_owned()));
            notes.push(format!(
                "{}: SAM has no tags for {} that it makes ({kinds}): only the tags of the stack reach them (--stack-tag)",
                stack.template.location(0).path,
                count(made.values().sum(), "resource")
            ));
        }
        for note in notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    /// Notes what is to be said of a template as a whole.
    fn note_whole_template(&mut self, template: &ParsedTemplate, unknown_macro: Option<&str>) {
        if let Some(name) = unknown_macro {
            self.notes.push(format!(
                "{}: the macro {name} can change every tag of this template, so none is known; check what it makes of it \
                 (aws cloudformation get-template --template-stage Processed)",
                template.location(0).path
            ));
        }
        for TemplateDuplicate { at, key, is_unknown } in &template.duplicates {
            let (at, key) = (template.location(*at), quote(key));
            let unknown = if *is_unknown { ", and it is unknown which: remove one" } else { "" };
            let note = format!("duplicate key {key}: CloudFormation uses one of the two{unknown}");
            self.notes.push(format!("{}:{}: {note}", at.path, at.line));
        }
        for (at, name) in parameters::refused_defaults(&template.root, &self.options.parameters) {
            let (at, name) = (template.location(at), quote(name));
            let note = format!("the default of {name} is not one of its AllowedValues, so no deployment can use it");
            self.notes.push(format!("{}:{}: {note}", at.path, at.line));
        }
        if let Some(include) = transforms::include(&template.root) {
            let at = template.location(include.span.start);
            self.coverage.add(INCLUDE, NotJudgedReason::NotInInput, &format!("{}:{}", at.path, at.line));
            self.notes.push(format!(
                "{}:{}: {INCLUDE} adds what a file in S3 has when the stack is deployed: that is not checked",
                at.path, at.line
            ));
        }
    }

    /// Counts the tags that are read for combinations of parameter values; false where there are too many.
    pub(super) fn take_work(&mut self, stack: &Stack<'_, '_>, work: usize) -> bool {
        let has_left = work <= self.work_left;
        if has_left {
            self.work_left -= work;
        } else if std::mem::take(&mut self.work_left) > 0 {
            let at = stack.template.location(0);
            let note = "it has too many resources to try every value of AllowedValues for all: tags with such parameters are unknown";
            self.notes.push(format!("{}: {note}", at.path));
        }
        has_left
    }

    /// Adds a resource; false where there are too many.
    pub(super) fn add(&mut self, stack: &Stack<'_, '_>, mut resource: Resource<'static>) -> bool {
        if self.lines.len() + self.resources.len() >= MAX_RESOURCES {
            let root = stack.enclosing_files.first().map_or_else(String::new, |file| format!("{}: ", file.display()));
            let error =
                format!("{root}more than {} resources; the others are not checked", thousands(MAX_RESOURCES as u64));
            if self.gaps.last().is_none_or(|gap| gap.error != error) {
                self.gaps.push(Gap { error, ..Gap::default() });
            }
            return false;
        }
        if let (Some(doubt), Some(origin)) = (&self.doubt, &mut resource.origin) {
            origin.doubt = Some(doubt.reason());
        }
        self.resources.push(resource);
        true
    }

    /// Ends an entry: nothing changes its resources after this.
    pub(super) fn end_entry(&mut self) {
        self.resources.drain(..).for_each(|resource| self.lines.push(&resource));
    }

    pub(super) fn note(&mut self, stack: &Stack<'_, '_>, item: &ExpandedEntry<'_, '_>, text: &str) {
        let at = stack.template.location(item.entry.key_span.start);
        self.notes.push(format!("{}:{}: {text}", at.path, at.line));
    }

    /// Counts resources that are declared outside of the input.
    pub(super) fn not_in_input(&mut self, what: &str, stack: &Stack<'_, '_>, item: &ExpandedEntry<'_, '_>) {
        let at = stack.template.location(item.entry.key_span.start);
        let example = format!("{}:{}: {}{}", at.path, at.line, stack.prefix, item.key);
        self.coverage.add(what, NotJudgedReason::NotInInput, &example);
    }
}
