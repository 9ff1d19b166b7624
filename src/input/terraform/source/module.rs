//! A folder of Terraform files as one module.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::value::UnknownReason;
use crate::syntax::hcl::{Expression, ExpressionKind, HclAttribute, HclBlock, HclBody, Position};

/// The declarations of a module, by name.
#[derive(Debug, Default)]
pub(super) struct SourceModule {
    /// The folder, with every link resolved.
    pub(super) folder: PathBuf,
    pub(super) variables: BTreeMap<String, HclBlock>,
    pub(super) locals: BTreeMap<String, Expression>,
    pub(super) outputs: BTreeMap<String, HclBlock>,
    /// By type and name.
    pub(super) resources: BTreeMap<(String, String), HclBlock>,
    pub(super) calls: BTreeMap<String, HclBlock>,
    /// `aws`, or `aws.west` for one with an alias.
    pub(super) providers: BTreeMap<String, HclBlock>,
    /// True if a file could not be read: it may contain further declarations.
    pub(super) broken: bool,
    /// True if the folder has what a root module alone has: a backend, a provider with arguments, values of variables, a
    /// lock file or a file of Terragrunt. It is a root then, even if another module calls it.
    pub(super) is_root: bool,
    /// The reason why callers elsewhere set its providers or variables, if the folder shows it.
    pub(super) outside_caller: Option<UnknownReason>,
}

impl SourceModule {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), ..Self::default() }
    }

    /// Adds a file. The blocks of an override file change existing ones.
    pub(super) fn add(&mut self, body: HclBody, overrides: bool) {
        for block in body.blocks {
            match (block.kind.as_str(), block.labels.as_slice()) {
                ("locals", _) => {
                    self.locals.extend(block.body.attributes.into_iter().map(|it| (it.name, it.value)));
                }
                ("resource", [kind, name]) => {
                    let key = (kind.clone(), name.clone());
                    put(&mut self.resources, key, block, overrides);
                }
                ("variable", [name]) => put(&mut self.variables, name.clone(), block, overrides),
                ("output", [name]) => put(&mut self.outputs, name.clone(), block, overrides),
                ("module", [name]) => put(&mut self.calls, name.clone(), block, overrides),
                ("terraform", []) => self.settings(&block.body),
                ("provider", [name]) => {
                    self.is_root |= block.body.attributes.iter().any(|argument| argument.name != "alias");
                    let alias = block.body.value("alias").and_then(Expression::text);
                    let key = alias.map_or_else(|| name.clone(), |alias| format!("{name}.{alias}"));
                    put(&mut self.providers, key, block, overrides);
                }
                _ => {}
            }
        }
    }

    /// Reads a `terraform` block.
    fn settings(&mut self, body: &HclBody) {
        self.is_root |= body.blocks.iter().any(|block| matches!(block.kind.as_str(), "backend" | "cloud"));
        let required = body.blocks("required_providers").flat_map(|block| &block.body.attributes);
        let has_aliases = |it: &HclAttribute| match &it.value.kind {
            ExpressionKind::Object(entries) => {
                entries.iter().any(|(key, _)| key.dotted().as_deref() == Some("configuration_aliases"))
            }
            _ => false,
        };
        // Terraform accepts this in a called module only.
        if required.into_iter().any(has_aliases) {
            self.outside_caller = Some("the module takes its providers from a caller (`configuration_aliases`)".into());
        }
    }

    /// The calls with a source that is an expression.
    pub(super) fn open_calls(&self) -> impl Iterator<Item = (&String, &HclBlock)> {
        self.calls.iter().filter(|(_, call)| call.body.value("source").is_some_and(|source| source.text().is_none()))
    }

    /// The folders of the local modules that it calls. They may not exist.
    pub(super) fn local_sources(&self) -> impl Iterator<Item = PathBuf> {
        self.calls.values().filter_map(|call| local_source(&self.folder, call))
    }
}

/// The folder of a called local module; `None` for a remote module.
pub(super) fn local_source(folder: &Path, call: &HclBlock) -> Option<PathBuf> {
    let source = call.body.value("source")?.text()?;
    is_local(source).then(|| folder.join(source))
}

/// The names of the calls that lead to a module (`a.b`), by those that lead to its caller.
pub(super) fn key_of_call(around: &str, name: &str) -> String {
    if around.is_empty() { name.to_owned() } else { format!("{around}.{name}") }
}

/// Returns whether a source is a path.
pub(super) fn is_local(source: &str) -> bool {
    source == "." || source == ".." || source.starts_with("./") || source.starts_with("../")
}

fn put<K: Ord>(map: &mut BTreeMap<K, HclBlock>, key: K, block: HclBlock, overrides: bool) {
    match map.get_mut(&key) {
        Some(there) if overrides => there.body.override_with(block.body),
        // Terraform refuses a second declaration, so the first is kept.
        Some(_) => {}
        None => drop(map.insert(key, block)),
    }
}

/// The position of an attribute of a block.
pub(super) fn attribute_at(block: &HclBlock, name: &str) -> Option<Position> {
    block.body.attribute(name).map(|attribute| attribute.at)
}
