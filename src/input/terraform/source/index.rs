//! Where the resources of a plan stand in source.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::eval::{Env, Evaluator};
use super::files::{Boundary, GIVEN};
use super::ignores;
use super::project::Project;
use super::scope::{Instance, Scopes};
use crate::aws::resource_types;
use crate::model::{InlineWaiver, Location, UnlistedTags};

/// The source of one root module, which can be asked about addresses.
pub struct SourceIndex {
    evaluator: Mutex<Evaluator>,
    unread: Vec<String>,
}

/// What source says of one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The resource's block.
    pub block: Option<Location>,
    /// The attribute that holds its tags.
    pub tags: Option<Location>,
    /// Where the value of each key is written: in the block, in a local, in the `default_tags` of its provider.
    pub keys: BTreeMap<String, Location>,
    /// The module calls that lead to it, from the root inwards.
    pub calls: Vec<Location>,
    /// Waivers written beside it.
    pub ignores: Vec<InlineWaiver>,
    /// Its tags, `default_tags` included, as far as source decides them: a key that is set to what source does not decide
    /// has no value.
    pub known: BTreeMap<String, Option<String>>,
    /// Which tags there may be besides those in `known`.
    pub more: UnlistedTags,
    /// Keys whose values come from what is sensitive.
    pub sensitive: BTreeSet<String>,
}

impl SourceIndex {
    /// Reads the source of a root module. Nothing outside of `boundary` is read; places are relative to `srcroot`.
    ///
    /// # Errors
    /// Where the folder is not there, or lies outside of `boundary`.
    pub fn open(root: &Path, boundary: &Path, srcroot: &Path) -> io::Result<Self> {
        Self::with_values(root, boundary, srcroot, None)
    }

    /// The same, with the values of all root variables as one JSON object, where a plan has them: no file of values and
    /// no default counts then.
    ///
    /// # Errors
    /// As [`SourceIndex::open`].
    pub fn with_values(root: &Path, boundary: &Path, srcroot: &Path, values: Option<&str>) -> io::Result<Self> {
        let boundary = Boundary::new(boundary, srcroot)?;
        let folder = boundary.resolve(root).filter(|folder| folder.is_dir());
        let folder = folder.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no folder within the boundary"))?;
        let (mut project, mut root) = Project::read_root(&folder, &boundary);
        if let Some(values) = values {
            project.give(&mut root, values);
        }
        let unread = project.troubles.iter().map(super::trouble).collect();
        let evaluator = Evaluator::new(Scopes::new(Arc::new(project), Arc::new(root)));
        Ok(Self { evaluator: Mutex::new(evaluator), unread })
    }

    /// What could not be read, one line each: places in it are not known.
    #[must_use]
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// The place of the resource with this address; `None` where the source that could be read has none.
    #[must_use]
    pub fn find(&self, address: &str) -> Option<Place> {
        let address = Address::parse(address)?;
        // What a panic left half done is only what was worked out so far.
        let mut evaluator = self.evaluator.lock().unwrap_or_else(PoisonError::into_inner);
        evaluator.place(&address)
    }
}

impl std::fmt::Debug for SourceIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceIndex").field("unread", &self.unread).finish_non_exhaustive()
    }
}

impl Evaluator {
    fn place(&mut self, address: &Address) -> Option<Place> {
        let mut scope = 0;
        for (call, key) in &address.modules {
            scope = self.child(scope, call, key).ok()?;
        }
        let (module, outer) = self.here(scope);
        let block = module.resources.get(&(address.kind.clone(), address.name.clone()))?;
        let instance = self.filled(Env::new(scope, &outer), &block.body, &address.key);
        let project = Arc::clone(&self.scopes.project);
        let mut place = Place {
            block: Some(project.location(block.at)),
            ignores: ignores::of(&project, block).0,
            calls: self.scope(scope).calls.iter().map(|at| project.location(*at)).collect(),
            ..Place::default()
        };
        if let Some(known) = resource_types::terraform(&address.kind) {
            let effective = self.effective(Env::new(scope, &instance), block, known);
            let origin = self.origin(scope, block, &effective);
            (place.tags, place.keys, place.sensitive) = (origin.tags, origin.keys, origin.sensitive);
            place.keys.retain(|_, at| at.path != GIVEN);
            place.known = effective.known().map(|(key, value)| (key.to_owned(), value.map(str::to_owned))).collect();
            place.more = effective.more().clone();
        }
        Some(place)
    }
}

/// An address in its parts.
#[derive(Debug)]
struct Address {
    modules: Vec<(String, Instance)>,
    kind: String,
    name: String,
    key: Instance,
}

impl Address {
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
fn step(text: &str) -> Option<(String, Instance, &str)> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let Some(inside) = rest.strip_prefix('[') else { return Some((name.to_owned(), Instance::Only, rest)) };
    let Some(quoted) = inside.strip_prefix('"') else {
        let (number, rest) = inside.split_once(']')?;
        return Some((name.to_owned(), Instance::Index(number.parse().ok()?), rest));
    };
    let (mut key, mut chars) = (String::new(), quoted.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let rest = quoted[at + 1..].strip_prefix(']')?;
                // Terraform doubles the sign before a brace, which would else begin a template.
                let key = key.replace("$${", "${").replace("%%{", "%{");
                return Some((name.to_owned(), Instance::key(&key), rest));
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
