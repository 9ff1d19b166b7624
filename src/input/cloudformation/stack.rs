//! Stacks: a template with the known facts of its deployment, and the nested stacks whose templates are files.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::evaluate::{StackEnvironment, TemplateEvaluator, TemplateScope, TemplateValue, Traced};
use super::files::{self, TemplateError};
use super::foreach::{self, ExpandedEntry};
use super::given;
use super::launch_template;
use super::nested::{NestedReader, NestedTags};
use super::parameters::{self, DeclaredParameter};
use super::resource::{self, OwnTags, TaggableType, TemplateProperties};
use super::sam;
use super::sam_made;
use super::tags::{self, TemplateTags};
use super::template::ParsedTemplate;
use crate::aws::resource_types::Form;
use crate::aws::resource_types::nested::{INSTANCE, LAUNCH_TEMPLATE, NestedJudgement, in_cloudformation};
use crate::base::limits::STACK_NESTING;
use crate::base::{quote, thousands};
use crate::input::nested::Nested;
use crate::input::options::InputOptions;
use crate::input::resource_lines::ResourceLines;
use crate::model::{Gap, InputCoverage, Location, NotJudgedReason, Resource};
use crate::syntax::{Node, NodeKind};

/// The largest number of nested templates that one input reads. A template may nest itself many times over.
const MAX_NESTED_TEMPLATES: usize = 1_000;
/// The largest number of resources of one input. `CloudFormation` accepts 500 for each template; the limit bounds memory.
const MAX_RESOURCES: usize = 100_000;

/// A template with the known facts of its stack.
pub(super) struct Stack<'o, 't> {
    pub(super) template: &'t ParsedTemplate,
    pub(super) scope: TemplateScope<'t>,
    /// The logical ids of the enclosing stacks, each with a trailing `/`.
    pub(super) prefix: String,
    /// The locations of the nested-stack resources that lead to it, outermost first.
    pub(super) calls: Vec<Location>,
    /// The tags of the stack.
    pub(super) tags: TemplateTags,
    /// True if a macro rewrites the whole template.
    pub(super) rewritten: bool,
    /// The IAM paths of users, by name, for users whose template sets the name.
    pub(super) users: BTreeMap<String, String>,
    /// The launch templates that groups of the template use.
    used_templates: HashSet<String>,
    folder: &'o Path,
    /// The files of the enclosing templates and its own, to detect a stack inside itself.
    enclosing_files: Vec<PathBuf>,
}

/// The parameters and tags of a deployment.
#[derive(Default)]
pub(super) struct StackDeployment {
    pub(super) environment: StackEnvironment,
    pub(super) parameters: BTreeMap<String, Traced<TemplateValue>>,
    pub(super) tags: TemplateTags,
    pub(super) prefix: String,
    pub(super) calls: Vec<Location>,
    /// True for a stack of a CDK assembly: one without resources has no `Resources`, and `cdk deploy` skips it.
    pub(super) may_lack_resources: bool,
    /// The files of the enclosing templates, with every link resolved.
    pub(super) enclosing_files: Vec<PathBuf>,
}

/// A reader that collects the resources of stacks.
pub(super) struct StackReader<'o> {
    pub(super) options: &'o InputOptions,
    pub(super) resources: ResourceLines,
    pub(super) notes: Vec<String>,
    pub(super) gaps: Vec<Gap>,
    /// The resources that are not judged.
    pub(super) coverage: InputCoverage,
    /// The types that the table lacks and whose tags were read.
    pub(super) unknown_types: BTreeSet<String>,
    /// The parameters of the templates that no other nests.
    pub(super) parameters: Vec<DeclaredParameter>,
    /// Templates that were read as nested stacks.
    pub(super) nested: BTreeSet<PathBuf>,
    templates_left: usize,
    /// Parsed templates by path: many stacks may use one file.
    templates_by_path: BTreeMap<PathBuf, Rc<ParsedTemplate>>,
    /// The folder that contains every file that is read.
    root: PathBuf,
}

/// The tags in one resource, by the resource that carries them.
struct NestedResources {
    /// Those of the resource itself.
    own: OwnTags,
    /// The other resources.
    resources: Vec<Resource<'static>>,
    /// True if the other resources are all that the resource consists of, as a global table of its replicas.
    replaces_resource: bool,
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
        let (resources, notes, gaps, nested) = (ResourceLines::default(), Vec::new(), Vec::new(), BTreeSet::new());
        Self {
            options,
            resources,
            notes,
            gaps,
            coverage: InputCoverage::default(),
            unknown_types: BTreeSet::new(),
            parameters: Vec::new(),
            nested,
            templates_left: MAX_NESTED_TEMPLATES,
            templates_by_path: BTreeMap::new(),
            root,
        }
    }

    /// The folder that contains every file that is read.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The deployment of the options.
    pub(super) fn deployment(&self) -> StackDeployment {
        StackDeployment {
            environment: self.environment(),
            parameters: given::values(self.options),
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
    pub(super) fn stack(&mut self, template: &ParsedTemplate, folder: &Path, with: StackDeployment) {
        if with.calls.is_empty() {
            self.parameters.extend(parameters::declared(&template.root));
        }
        let macros = unknown_macro(&template.root);
        if let Some(name) = &macros {
            self.notes.push(format!(
                "{}: the macro {name} can change every tag of this template, so none is known; check what it makes of it \
                 (aws cloudformation get-template --template-stage Processed)",
                template.location(0).path
            ));
        }
        for (at, key) in &template.duplicates {
            let at = template.location(*at);
            let key = quote(key);
            self.notes
                .push(format!("{}:{}: duplicate key {key}: CloudFormation uses one of the two", at.path, at.line));
        }
        if let Some(include) = transforms(&template.root).find(|one| transform_name(one) == Some(INCLUDE)) {
            let at = template.location(include.span.start);
            self.coverage.add(INCLUDE, NotJudgedReason::NotInInput, &format!("{}:{}", at.path, at.line));
            self.notes.push(format!(
                "{}:{}: {INCLUDE} adds what a file in S3 has when the stack is deployed: that is not checked",
                at.path, at.line
            ));
        }
        let mut stack = Stack {
            template,
            rewritten: macros.is_some(),
            scope: TemplateScope::new(&template.root, with.environment, with.parameters),
            prefix: with.prefix,
            calls: with.calls,
            tags: with.tags,
            users: BTreeMap::new(),
            used_templates: launch_template::used(&template.root),
            folder,
            enclosing_files: with.enclosing_files,
        };
        foreach::add_conditions(&stack.scope, &template.root);
        let sections = template.root.get("Resources").map_or(&[][..], Node::entries);
        let users = {
            let (items, more) = foreach::entries(&TemplateEvaluator::new(&stack.scope), sections);
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
        let (items, _) = foreach::entries(&TemplateEvaluator::new(&stack.scope), sections);
        for item in &items {
            self.item(&stack, item);
        }
        for (name, made) in sam_made::implicit_apis(&stack, &items) {
            if let Some(kind) = sam_made::kind_of(made) {
                self.coverage.add_implied(kind, format!("{}{name}", stack.prefix));
            }
        }
    }

    fn item<'t>(&mut self, stack: &Stack<'_, 't>, item: &ExpandedEntry<'_, 't>) {
        let node = &item.entry.value;
        let Some(kind) = node.get("Type").and_then(Node::text) else { return };
        if node.get("Condition").is_some_and(|condition| item.eval.holds(condition) == Some(false)) {
            return;
        }
        if kind.ends_with("::MODULE") {
            self.note(stack, item, &format!("the resources of the module {} are not checked", quote(kind)));
            self.not_in_input("module", stack, item);
        }
        let properties = TemplateProperties::of(&item.eval, node);
        let taggable_type = resource::taggable_type(kind, &properties);
        let own = taggable_type.as_ref().map(|known| resource::own_tags(stack, item, kind, known, &properties));
        let (own, known) = (own.unwrap_or_default(), taggable_type.as_ref().ok().map(|known| known.kind));
        let nested = self.nested_tags(stack, item, kind, &properties, own, known);
        match taggable_type {
            Ok(taggable_type) => {
                self.made_by_sam(stack, item, kind, &properties, &nested.own);
                self.taggable(stack, item, kind, &taggable_type, &properties, nested.own);
            }
            Err(_) if nested.replaces_resource => {}
            Err(reason) => self.coverage.add(kind, reason, &format!("{}{}", stack.prefix, item.key)),
        }
        for resource in nested.resources {
            self.add(stack, &resource);
        }
        match kind {
            "AWS::CloudFormation::Stack" => self.nested(stack, item, &properties, "TemplateURL", Form::List),
            "AWS::CloudFormation::StackSet" => {
                self.not_in_input("stack set", stack, item);
                self.note(stack, item, "the resources in the stacks of this stack set are not checked");
            }
            "AWS::Serverless::Application" => self.nested(stack, item, &properties, "Location", Form::Map),
            _ => {}
        }
    }

    /// Collects the role that SAM makes for a resource, and counts the other resources that it makes.
    fn made_by_sam<'t>(
        &mut self,
        stack: &Stack<'_, 't>,
        item: &ExpandedEntry<'_, 't>,
        kind: &str,
        properties: &TemplateProperties<'_, 't>,
        own: &OwnTags,
    ) {
        let made = sam_made::list(kind, properties);
        if made.has_role
            && let Some(role) = resource::role_made_by_sam(stack, item, kind, properties, own.clone())
        {
            self.add(stack, &role);
        }
        for (made, suffix) in made.others {
            if let Some(kind) = sam_made::kind_of(made) {
                self.coverage.add_implied(kind, format!("{}{}{suffix}", stack.prefix, item.key));
            }
        }
    }

    /// Collects a resource whose type can carry tags.
    fn taggable<'t>(
        &mut self,
        stack: &Stack<'_, 't>,
        item: &ExpandedEntry<'_, 't>,
        kind: &str,
        taggable_type: &TaggableType<'_>,
        properties: &TemplateProperties<'_, 't>,
        own: OwnTags,
    ) {
        if taggable_type.is_unknown {
            self.unknown_types.insert(kind.to_owned());
        }
        for text in properties
            .get(taggable_type.property.name)
            .map_or_else(Vec::new, |tags| ambiguous_numbers(&tags.entry.value))
        {
            self.note(stack, item, &format!("without quotes YAML may take {text} for another number: quote it"));
        }
        if let Some(why) = resource::misplaced_tags(item, properties, kind, taggable_type.property.name) {
            self.note(stack, item, &why);
        }
        let (resource, why) = resource::resource(stack, item, kind, taggable_type, properties, own);
        if self.add(stack, &resource)
            && let Some(why) = why
        {
            self.note(stack, item, &format!("not all of its tags are known: {why}"));
        }
    }

    /// Adds a resource; false where there are too many.
    fn add(&mut self, stack: &Stack<'_, '_>, resource: &Resource<'_>) -> bool {
        if self.resources.len() >= MAX_RESOURCES {
            let root = stack.enclosing_files.first().map_or_else(String::new, |file| format!("{}: ", file.display()));
            let error =
                format!("{root}more than {} resources; the others are not checked", thousands(MAX_RESOURCES as u64));
            if self.gaps.last().is_none_or(|gap| gap.error != error) {
                self.gaps.push(Gap { error, ..Gap::default() });
            }
            return false;
        }
        self.resources.push(resource);
        true
    }

    /// Reads the tags of other resources in a resource. `known` is the type of the resource itself.
    fn nested_tags<'t>(
        &mut self,
        stack: &Stack<'_, 't>,
        item: &ExpandedEntry<'_, 't>,
        name: &str,
        properties: &TemplateProperties<'_, 't>,
        mut own: OwnTags,
        known: Option<&str>,
    ) -> NestedResources {
        let sets = in_cloudformation(name);
        if sets.is_empty() {
            return NestedResources { own, resources: Vec::new(), replaces_resource: false };
        }
        let reader = NestedReader { stack, properties, at: item.entry.key_span.start, own: &own };
        let mut listing = reader.list(sets);
        if name == LAUNCH_TEMPLATE.cloudformation && stack.used_templates.contains(&item.key) {
            // The group adds its own.
            listing
                .found
                .iter_mut()
                .filter(|nested| nested.kind == INSTANCE)
                .for_each(|nested| nested.tags.has_more = true);
        }
        let address = format!("{}{}", stack.prefix, item.key);
        for (path, suffix) in listing.of_unknown_type {
            let reason = NotJudgedReason::TagsNotInInput;
            self.coverage.add(&format!("{name} {path}"), reason, &format!("{address}{suffix}"));
        }
        for (kind, suffix) in listing.implied {
            self.coverage.add_implied(kind, format!("{address}{suffix}"));
        }
        let is_own = |nested: &Nested<NestedTags>| nested.tags.is_by_type && Some(nested.kind) == known;
        let (of_itself, others): (Vec<_>, Vec<_>) = listing.found.into_iter().partition(is_own);
        for nested in of_itself {
            own.tags = own.tags.with_fallback(nested.tags.tags);
        }
        let replaces_resource = !others.is_empty() && sets.iter().any(|set| set.judged == NestedJudgement::Declared);
        let resources = others.into_iter().map(|nested| resource::nested_resource(stack, item, name, nested)).collect();
        NestedResources { own, resources, replaces_resource }
    }

    fn note(&mut self, stack: &Stack<'_, '_>, item: &ExpandedEntry<'_, '_>, text: &str) {
        let at = stack.template.location(item.entry.key_span.start);
        self.notes.push(format!("{}:{}: {text}", at.path, at.line));
    }

    /// Counts resources that are declared outside of the input.
    fn not_in_input(&mut self, what: &str, stack: &Stack<'_, '_>, item: &ExpandedEntry<'_, '_>) {
        let at = stack.template.location(item.entry.key_span.start);
        let example = format!("{}:{}: {}{}", at.path, at.line, stack.prefix, item.key);
        self.coverage.add(what, NotJudgedReason::NotInInput, &example);
    }

    /// Reads a nested stack whose template is a file.
    fn nested<'t>(
        &mut self,
        stack: &Stack<'_, 't>,
        item: &ExpandedEntry<'_, 't>,
        properties: &TemplateProperties<'_, 't>,
        property: &str,
        form: Form,
    ) {
        let asset = item.entry.value.get("Metadata").and_then(|metadata| metadata.get("aws:asset:path"));
        if asset.is_none() && properties.is_secret(property) {
            // The path of a template is part of every report on its resources.
            self.not_in_input("nested stack", stack, item);
            let why = format!("its {property} uses a NoEcho parameter: the stack in it is not checked");
            return self.note(stack, item, &why);
        }
        let Some(name) = asset.and_then(Node::text).map(str::to_owned).or_else(|| properties.text(property)) else {
            self.not_in_input("nested stack", stack, item);
            return self.note(
                stack,
                item,
                &format!("its {property} is known to the deployment only: the stack in it is not checked"),
            );
        };
        if name.contains("://") {
            self.not_in_input("nested stack", stack, item);
            return self.note(
                stack,
                item,
                &format!("its template is at {}: the stack in it is not checked", quote(&name)),
            );
        }
        let calls =
            || stack.calls.iter().cloned().chain([stack.template.location(item.entry.key_span.start)]).collect();
        let mut parameters = BTreeMap::new();
        if let Some(given) = properties.get("Parameters") {
            let (items, _) = foreach::entries(&given.eval, given.entry.value.entries());
            let traced = |item: &ExpandedEntry<'_, '_>| item.eval.scope.trace(|| item.eval.value(&item.entry.value));
            parameters.extend(items.iter().map(|item| (item.key.clone(), traced(item))));
        }
        let own = properties
            .get("Tags")
            .map_or_else(TemplateTags::default, |tags| tags::read(&tags.eval, stack.template, &tags.entry.value, form));
        let deployment = StackDeployment {
            environment: StackEnvironment { stack: None, ..stack.scope.environment().clone() },
            parameters,
            tags: own.with_fallback(stack.tags.clone()),
            prefix: format!("{}{}/", stack.prefix, item.key),
            calls: calls(),
            may_lack_resources: false,
            enclosing_files: stack.enclosing_files.clone(),
        };
        if let Err(why) = self.read_nested(stack, &name, deployment) {
            let at = stack.template.location(item.entry.key_span.start);
            let error = format!("{}:{}: the stack {} is not checked: {why}", at.path, at.line, quote(&item.key));
            self.gaps.push(Gap { error, ..Gap::default() });
        }
    }

    fn read_nested(&mut self, stack: &Stack<'_, '_>, name: &str, deployment: StackDeployment) -> Result<(), String> {
        if deployment.calls.len() > STACK_NESTING {
            return Err(format!("nested stacks deeper than {STACK_NESTING}"));
        }
        let real = files::within(stack.folder, name, &self.root)?;
        if stack.enclosing_files.contains(&real) {
            return Err(format!("{} is a stack within itself, which no deployment ends", quote(name)));
        }
        self.templates_left = self
            .templates_left
            .checked_sub(1)
            .ok_or_else(|| format!("there are more than {MAX_NESTED_TEMPLATES} nested stacks"))?;
        self.file(&stack.folder.join(name), deployment).map_err(|error| error.to_string())?;
        self.nested.insert(real);
        Ok(())
    }
}

/// The first transform of a template that may change tags: a macro of the account, whose result is unknown.
fn unknown_macro(root: &Node) -> Option<String> {
    transforms(root).find_map(|one| {
        let name = transform_name(one).unwrap_or("(without a name)");
        let known = name == sam::TRANSFORM || HARMLESS_TRANSFORMS.iter().any(|known| name.starts_with(known));
        (!known).then(|| quote(name))
    })
}

/// The transforms of a template.
fn transforms(root: &Node) -> impl Iterator<Item = &Node> {
    let all = root.get("Transform").map_or(&[][..], |transform| match transform.kind {
        NodeKind::List(_) => transform.items(),
        _ => std::slice::from_ref(transform),
    });
    all.iter()
}

fn transform_name(transform: &Node) -> Option<&str> {
    transform.text().or_else(|| transform.get("Name").and_then(Node::text))
}

/// The transform that adds a file in S3 to the template.
const INCLUDE: &str = "AWS::Include";

/// Transforms of AWS that do not change the tags of the resources in the template.
const HARMLESS_TRANSFORMS: &[&str] =
    &["AWS::LanguageExtensions", INCLUDE, "AWS::CodeDeployBlueGreen", "AWS::SecretsManager-", "AWS::ServiceCatalog"];

/// Unquoted numbers that YAML 1.1 reads as other numbers than the written ones, such as `010`.
fn ambiguous_numbers(tags: &Node) -> Vec<&str> {
    match &tags.kind {
        NodeKind::AmbiguousNumber(text) => vec![text],
        NodeKind::List(items) => items.iter().flat_map(ambiguous_numbers).collect(),
        NodeKind::Map(entries) => entries.iter().flat_map(|entry| ambiguous_numbers(&entry.value)).collect(),
        _ => Vec::new(),
    }
}
