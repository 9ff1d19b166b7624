//! An index of the source of one root module, by resource address.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::eval::{EvaluationContext, HclEvaluator};
use super::files::ReadBoundary;
use super::ignores;
use super::instance_key::InstanceKey;
use super::nested::OwnTags;
use super::open_sources;
use super::project::Project;
use super::resources;
use super::scope::ModuleScopes;
use super::source_tags::SourceTags;
use crate::aws::resource_types::nested;
use crate::input::terraform::resource_type::TagForm;
use crate::model::{DefaultTagKeys, InlineWaiver, Location, Origin, UnlistedTags};

/// The source of one root module, searchable by address.
pub struct SourceIndex {
    evaluator: Mutex<HclEvaluator>,
    unread: Vec<String>,
    /// True without any resource and any call of a module, as beside a plan that was copied elsewhere.
    is_empty: bool,
}

/// The source of one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceBlock {
    /// The resource's block.
    pub block: Option<Location>,
    /// The location of its tag attribute.
    pub tags: Option<Location>,
    /// The location of the value of each key: in the block, in a local, in the `default_tags` of the provider.
    pub keys: BTreeMap<String, Location>,
    /// The locations of the module calls that lead to it, outermost first.
    pub calls: Vec<Location>,
    /// The waivers in comments at the block.
    pub ignores: Vec<InlineWaiver>,
    /// The tags with `default_tags`, as far as the source determines them. A key with an unknown value has `None`.
    pub known: BTreeMap<String, Option<String>>,
    /// The tags that may exist besides those in `known`.
    pub more: UnlistedTags,
    /// The keys that come from `default_tags`, if they reach the resource.
    pub default_tags: Option<DefaultTagKeys>,
    /// The keys with sensitive values.
    pub sensitive: BTreeSet<String>,
    /// The keys that are sensitive themselves.
    pub hidden_keys: BTreeSet<String>,
}

impl SourceIndex {
    /// Reads the source of a root module. Nothing outside of `boundary` is read; locations are relative to `srcroot`.
    ///
    /// # Errors
    /// If the folder does not exist or is outside of `boundary`.
    pub fn open(root: &Path, boundary: &Path, srcroot: &Path) -> io::Result<Self> {
        Self::with_values(root, boundary, srcroot, None)
    }

    /// Reads the source with the values of all root variables as one JSON object, from a plan. They replace files of
    /// values and defaults.
    ///
    /// # Errors
    /// As [`SourceIndex::open`].
    pub fn with_values(root: &Path, boundary: &Path, srcroot: &Path, values: Option<&str>) -> io::Result<Self> {
        let boundary = ReadBoundary::new(boundary, srcroot)?;
        let folder = boundary.resolve(root).filter(|folder| folder.is_dir());
        let folder = folder.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no folder within the boundary"))?;
        let (mut project, mut root) = Project::read_root(&folder, &boundary);
        if let Some(values) = values {
            project.set_variable_values(&mut root, values);
        }
        let (project, roots) = open_sources::resolve(project, vec![root]);
        let root = roots.into_iter().next().expect("the root that was given");
        let is_empty = root.module.resources.is_empty() && root.module.calls.is_empty();
        let unread = project.problems.iter().map(super::files::FileProblem::line).collect();
        let evaluator = HclEvaluator::new(ModuleScopes::new(Arc::new(project), Arc::new(root)));
        Ok(Self { evaluator: Mutex::new(evaluator), unread, is_empty })
    }

    /// The files that could not be read, one message each.
    #[must_use]
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// The source of the resource with this address; `None` if it is not in the files that could be read.
    #[must_use]
    pub fn find(&self, address: &str) -> Option<SourceBlock> {
        if self.is_empty {
            return None;
        }
        let address = ResourceAddress::parse(address)?;
        // The evaluator is a cache: a panic leaves it with fewer values, never with wrong ones.
        let mut evaluator = self.evaluator.lock().unwrap_or_else(PoisonError::into_inner);
        evaluator.place(&address, None)
    }

    /// The source of tags in the resource with this address that another resource carries; `suffix` follows in the address
    /// of that one. Where only the resource itself is found, its block, without tags.
    #[must_use]
    pub fn find_nested(&self, address: &str, suffix: &str) -> Option<SourceBlock> {
        if self.is_empty {
            return None;
        }
        let address = ResourceAddress::parse(address)?;
        let mut evaluator = self.evaluator.lock().unwrap_or_else(PoisonError::into_inner);
        evaluator.place(&address, Some(suffix))
    }
}

impl std::fmt::Debug for SourceIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceIndex").field("unread", &self.unread).finish_non_exhaustive()
    }
}

impl HclEvaluator {
    fn place(&mut self, address: &ResourceAddress, suffix: Option<&str>) -> Option<SourceBlock> {
        let mut scope = 0;
        for (call, key) in &address.modules {
            scope = self.child(scope, call, key).ok()?;
        }
        let (module, outer) = self.module_and_instance(scope);
        let block = module.resources.get(&(address.kind.clone(), address.name.clone()))?;
        let instance = self.with_each_value(EvaluationContext::new(scope, &outer), &block.body, &address.key);
        let project = Arc::clone(&self.scopes.project);
        let mut place = SourceBlock {
            block: Some(project.location(block.at)),
            ignores: ignores::of(&project, block).0,
            calls: self.scope(scope).calls.iter().map(|at| project.location(*at)).collect(),
            ..SourceBlock::default()
        };
        let env = EvaluationContext::new(scope, &instance);
        let provider = self.provider_of(env, block);
        let form = resources::type_of(block).map(|known| known.form);
        let Some(suffix) = suffix else {
            if let Ok(form) = form {
                let resource_tags = self.resource_tags(env, block, form, &provider);
                let origin = self.origin(scope, block, &resource_tags);
                place.add_tags(origin, &resource_tags);
            }
            return Some(place);
        };
        let tags = self.resource_tags(env, block, form.unwrap_or(TagForm::Map), &provider);
        let own = OwnTags { tags: &tags, provider: &provider };
        let listing = self.nested(env, block, nested::in_terraform(&address.kind), &own);
        place.more = UnlistedTags::Any;
        if let Some(found) = listing.found.into_iter().find(|found| found.suffix == suffix) {
            let found = found.tags;
            let tags = found.tags_at.map(|at| project.location(at));
            let origin = Origin { tags, ..self.origin(scope, block, &found.tags) };
            place.block = Some(project.location(found.at));
            place.add_tags(origin, &found.tags);
        }
        Some(place)
    }
}

impl SourceBlock {
    fn add_tags(&mut self, origin: Origin, tags: &SourceTags) {
        (self.tags, self.keys) = (origin.tags, origin.keys);
        (self.sensitive, self.hidden_keys) = (origin.sensitive, origin.hidden_keys);
        self.known = tags.known().map(|(key, value)| (key.to_owned(), value.map(str::to_owned))).collect();
        self.more = tags.more().clone();
        self.default_tags = origin.default_tags;
    }
}

/// The parts of an address.
#[derive(Debug)]
struct ResourceAddress {
    modules: Vec<(String, InstanceKey)>,
    kind: String,
    name: String,
    key: InstanceKey,
}

impl ResourceAddress {
    fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut modules = Vec::new();
        while let Some(after) = rest.strip_prefix("module.") {
            let (name, key, after) = step(after)?;
            modules.push((name, key));
            rest = after.strip_prefix('.')?;
        }
        let (kind, after) = rest.split_once('.')?;
        let (name, key, end) = step(after)?;
        end.is_empty().then(|| Self { modules, kind: kind.to_owned(), name, key })
    }
}

/// A name and the key in brackets after it.
fn step(text: &str) -> Option<(String, InstanceKey, &str)> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let Some(inside) = rest.strip_prefix('[') else { return Some((name.to_owned(), InstanceKey::Only, rest)) };
    let Some(quoted) = inside.strip_prefix('"') else {
        let (number, rest) = inside.split_once(']')?;
        return Some((name.to_owned(), InstanceKey::Index(number.parse().ok()?), rest));
    };
    let (mut key, mut chars) = (String::new(), quoted.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let rest = quoted[at + 1..].strip_prefix(']')?;
                // Terraform doubles the sign before a brace, which would begin a template otherwise.
                let key = key.replace("$${", "${").replace("%%{", "%{");
                return Some((name.to_owned(), InstanceKey::key(&key), rest));
            }
            '\\' => key.push(match chars.next()?.1 {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            }),
            c => key.push(c),
        }
    }
    None
}
