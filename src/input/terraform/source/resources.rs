//! The resources of a root module, one for each instance, with their tags.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::eval::{EvaluationContext, HclEvaluator};
use super::ignores;
use super::instance_key::InstanceKey;
use super::module::{SourceModule, attribute_at};
use super::nested::{NestedTags, OwnTags};
use super::source_tags::SourceTags;
use super::value::{HclValueKind, UnknownReason};
use crate::aws::resource_types::nested;
use crate::aws::{Partition, is_iam, supported, terraform_name};
use crate::input::nested::{Nested, NestedListing};
use crate::input::terraform::added_tags::{self, AddedTag};
use crate::input::terraform::resource_type::{TagForm, TerraformType};
use crate::model::{DeviceAssignment, Location, NotJudgedReason, Origin, Resource, Tags, Text, UnknownCause};
use crate::syntax::hcl::{Expression, ExpressionKind, HclBlock, Position};

/// The largest number of resources of one root; further ones are a gap.
const MAX_RESOURCES: usize = 100_000;
/// The bytes of the tags of all roots, about; further resources are a gap. Each root has its share, and at least
/// `MIN_BYTES`: which of them is cut short must not depend on the order of threads.
const MAX_BYTES: usize = 128 << 20;
const MIN_BYTES: usize = 1 << 20;
/// The bytes of a tag besides its key and value: its place, and what surrounds it in memory.
const BYTES_OF_A_TAG: usize = 400;
/// The number of instances of a block that is not judged which are named.
const NAMED_INSTANCES: usize = 5;

/// The options that complete the source.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SourceDefaults<'o> {
    pub(super) account: Option<&'o str>,
    pub(super) region: Option<&'o str>,
}

/// The resources of a root, and the gaps.
#[derive(Debug, Default)]
pub(super) struct RootResources {
    pub(super) resources: Vec<Resource<'static>>,
    pub(super) unread: Vec<String>,
    pub(super) not_judged: Vec<UnjudgedBlock>,
    /// The folders of the modules with an instance, and of the root.
    pub(super) reached: BTreeSet<PathBuf>,
    /// The types that the table lacks and whose tags were read.
    pub(super) unknown_types: BTreeSet<String>,
    /// The tags that resources of their own add to others.
    pub(super) added: Vec<AddedTag>,
    /// Resources that others make, and whose tags are not written: their type, and the block and the address of the other.
    pub(super) implied: Vec<(&'static str, Position, String)>,
}

/// A `resource` block whose resources are not judged.
#[derive(Debug)]
pub(super) struct UnjudgedBlock {
    pub(super) kind: String,
    pub(super) reason: NotJudgedReason,
    pub(super) at: Position,
    pub(super) count: u64,
    /// The addresses of the first instances.
    pub(super) addresses: Vec<String>,
}

/// The type of a block, or the reason why it is not judged.
pub(super) fn type_of(block: &HclBlock) -> Result<TerraformType<'_>, NotJudgedReason> {
    let name = block.labels[0].as_str();
    let reason = match TerraformType::known(name) {
        Ok(known) => return Ok(known),
        Err(reason) => reason,
    };
    match block.body.value("tags") {
        Some(tags) if reason == NotJudgedReason::UnknownType => {
            let is_list = matches!(tags.kind, ExpressionKind::List(_)) || TerraformType::is_of_awscc(name);
            Ok(TerraformType::in_usual_form(name, if is_list { TagForm::Pairs } else { TagForm::Map }))
        }
        _ => Err(reason),
    }
}

/// The bytes of the tags of a resource, about.
fn bytes_of(resource: &Resource<'_>) -> usize {
    let Tags::Read { tags, .. } = &resource.tags else { return BYTES_OF_A_TAG };
    let of = |tag: &crate::model::Tag<'_>| tag.key.as_str().len() + tag.value.as_deref().map_or(0, str::len);
    tags.iter().map(|tag| BYTES_OF_A_TAG + of(tag)).sum::<usize>() + BYTES_OF_A_TAG
}

impl HclEvaluator {
    /// All resources that carry tags, through all modules.
    pub(super) fn list(&mut self, given: SourceDefaults<'_>) -> RootResources {
        let mut out = RootResources::default();
        if !self.list_into(given, &mut out) {
            out.added.extend(self.unread_tagging_types());
        }
        out.unread.extend(self.take_limits());
        added_tags::join(&mut out.resources, &out.added);
        out
    }

    /// Lists the resources; false if it stopped at a limit.
    fn list_into(&mut self, given: SourceDefaults<'_>, out: &mut RootResources) -> bool {
        let mut bytes = (MAX_BYTES / self.scopes.roots.max(1)).max(MIN_BYTES);
        let mut open = vec![0];
        while let Some(scope) = open.pop() {
            let (module, instance) = self.module_and_instance(scope);
            out.reached.insert(module.folder.clone());
            for ((kind, name), block) in &module.resources {
                self.refill();
                let known =
                    type_of(block).map_err(|reason| out.not_judged.push(self.unjudged(scope, block, reason))).ok();
                if let Some(of) = added_tags::tagging_type(kind) {
                    for item in self.instances(EvaluationContext::new(scope, &instance), &block.body) {
                        if out.added.len() >= MAX_RESOURCES {
                            out.unread.push(format!("more than {MAX_RESOURCES} tags of their own in one root"));
                            return false;
                        }
                        out.added.extend(self.tags_added_by(scope, &item, block, of));
                    }
                }
                let sets = nested::in_terraform(kind);
                if known.is_none() && sets.is_empty() {
                    continue;
                }
                if known.is_some_and(|known| known.is_unknown) {
                    out.unknown_types.insert(kind.clone());
                }
                for item in self.instances(EvaluationContext::new(scope, &instance), &block.body) {
                    if out.resources.len() >= MAX_RESOURCES {
                        out.unread.push(format!("more than {MAX_RESOURCES} resources in one root"));
                        return false;
                    }
                    let address = format!("{}{kind}.{name}{}", self.scope(scope).address, item.suffix());
                    let before = out.resources.len();
                    let env = EvaluationContext::new(scope, &item);
                    let provider = self.provider_of(env, block);
                    let of = known.unwrap_or(TerraformType::untagged(kind));
                    let tags = self.resource_tags(env, block, of.form, &provider);
                    let own = OwnTags { tags: &tags, provider: &provider };
                    let resource = self.resource(env, block, of, &own, address, given);
                    if !sets.is_empty() {
                        let listing = self.nested(env, block, sets, &own);
                        self.add_nested(scope, block, &resource, listing, out);
                    }
                    out.resources.extend(known.map(|_| resource));
                    let used: usize = out.resources[before..].iter().map(bytes_of).sum();
                    let Some(left) = bytes.checked_sub(used) else {
                        out.resources.truncate(before);
                        let at = self.scopes.project.location(block.at);
                        out.unread
                            .push(format!("{}:{}: the tags of the root are too large from here on", at.path, at.line));
                        return false;
                    };
                    bytes = left;
                }
            }
            for (name, block) in &module.calls {
                self.refill();
                for item in self.instances(EvaluationContext::new(scope, &instance), &block.body) {
                    match self.child(scope, name, &item) {
                        Ok(child) => open.push(child),
                        Err(why) => {
                            let at = self.scopes.project.location(block.at);
                            let address = format!("{}module.{name}", self.scope(scope).address);
                            out.unread.push(format!("{}:{}: {address}: {why}", at.path, at.line));
                            break;
                        }
                    }
                }
            }
        }
        true
    }

    /// The tagging types of the root.
    fn unread_tagging_types(&self) -> Vec<AddedTag> {
        let root = &self.scopes.root;
        let modules: Vec<&SourceModule> =
            root.tree.values().flatten().chain([&root.module]).map(|module| &**module).collect();
        let has = |name: &str| modules.iter().any(|module| module.resources.keys().any(|(kind, _)| kind == name));
        added_tags::tagging_types().iter().filter(|of| has(of.name)).map(AddedTag::unread).collect()
    }

    /// The instances of a block whose type is not judged.
    fn unjudged(&mut self, scope: usize, block: &HclBlock, reason: NotJudgedReason) -> UnjudgedBlock {
        let (_, instance) = self.module_and_instance(scope);
        let prefix = format!("{}{}.{}", self.scope(scope).address, block.labels[0], block.labels[1]);
        let items = self.instances(EvaluationContext::new(scope, &instance), &block.body);
        let addresses = items.iter().take(NAMED_INSTANCES).map(|item| format!("{prefix}{}", item.suffix()));
        let (kind, count) = (block.labels[0].clone(), items.len() as u64);
        UnjudgedBlock { kind, reason, at: block.at, count, addresses: addresses.collect() }
    }

    /// The module of a scope and its instance key.
    pub(super) fn module_and_instance(&self, scope: usize) -> (Arc<SourceModule>, Arc<InstanceKey>) {
        let here = self.scope(scope);
        (Arc::clone(&here.module), Arc::clone(&here.instance))
    }

    fn resource(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        known: TerraformType<'_>,
        own: &OwnTags<'_>,
        address: String,
        given: SourceDefaults<'_>,
    ) -> Resource<'static> {
        let kind = known.kind;
        let supported = supported::by_name(kind);
        let name = self.text(env, block, terraform_name(kind));
        let path = if is_iam(kind) { self.path(env, block) } else { None };
        let region = self.text(env, block, "region").or_else(|| {
            let provider = own.provider.as_ref().ok()?;
            self.region(env.scope, provider)
        });
        let region = region.or_else(|| given.region.map(str::to_owned));
        let account = given.account.map(str::to_owned);
        let partition = Partition::of_region(region.as_deref().unwrap_or("")).name;
        let arn = || supported?.arn_of_name(partition, account.as_deref()?, path.as_deref()?, name.as_deref()?);
        let arn = arn();
        let origin = Origin { doubt: self.doubt(env.scope, env.instance), ..self.origin(env.scope, block, own.tags) };
        Resource {
            kind: Text::from(kind.to_owned()),
            arn: arn.map(Text::from),
            address: Some(Text::from(address)),
            name: name.map(Text::from),
            account: account.map(Text::from),
            region: region.filter(|_| !is_iam(kind)).map(Text::from),
            path: path.map(Text::from),
            user: DeviceAssignment::Unknown,
            location: Some(self.scopes.project.location(block.at)),
            origin: Some(Box::new(origin)),
            tags: own.tags.clone().into_tags(),
            ..Resource::default()
        }
    }

    /// Adds the resources that carry the tags of sets in a block.
    fn add_nested(
        &self,
        scope: usize,
        block: &HclBlock,
        around: &Resource<'_>,
        listing: NestedListing<NestedTags>,
        out: &mut RootResources,
    ) {
        let address = around.address.as_deref().unwrap_or_default();
        for (path, suffix) in listing.of_unknown_type {
            let (kind, addresses) = (format!("{} {path}", block.labels[0]), vec![format!("{address}{suffix}")]);
            let reason = NotJudgedReason::TagsNotInInput;
            out.not_judged.push(UnjudgedBlock { kind, reason, at: block.at, count: 1, addresses });
        }
        out.implied
            .extend(listing.implied.into_iter().map(|(kind, suffix)| (kind, block.at, format!("{address}{suffix}"))));
        out.resources
            .extend(listing.found.into_iter().map(|nested| self.nested_resource(scope, block, around, nested)));
    }

    fn nested_resource(
        &self,
        scope: usize,
        block: &HclBlock,
        around: &Resource<'_>,
        nested: Nested<NestedTags>,
    ) -> Resource<'static> {
        let own = |text: &Option<Text<'_>>| text.as_deref().map(|text| Text::from(text.to_owned()));
        let origin = self.origin(scope, block, &nested.tags.tags);
        let tags_at = nested.tags.tags_at.map(|at| self.scopes.project.location(at));
        let of_block = |why| format!("it may not exist: source does not decide its dynamic block ({why})");
        let doubt = around.doubt().map(str::to_owned).or(nested.tags.doubt.as_ref().map(of_block));
        Resource {
            kind: Text::from(nested.kind),
            address: Some(Text::from(format!("{}{}", around.address.as_deref().unwrap_or_default(), nested.suffix))),
            account: own(&around.account),
            region: nested.region(own(&around.region).as_ref()),
            location: Some(self.scopes.project.location(nested.tags.at)),
            origin: Some(Box::new(Origin { tags: tags_at, doubt, default_tags: None, ..origin })),
            tags: nested.tags.tags.into_tags(),
            ..Resource::default()
        }
    }

    /// The origin of a resource: the locations of its block and tags.
    pub(super) fn origin(&self, scope: usize, block: &HclBlock, resource_tags: &SourceTags) -> Origin {
        let project = &self.scopes.project;
        Origin {
            kind: block.labels.first().cloned(),
            tags: self.tags_at(block),
            keys: resource_tags
                .places()
                .filter_map(|(key, at)| Some((key.to_owned(), project.location_in_file(at)?)))
                .collect(),
            default_tags: resource_tags.default_tags.clone(),
            calls: self.scope(scope).calls.iter().map(|at| project.location(*at)).collect(),
            sensitive: resource_tags.sensitive().map(str::to_owned).collect(),
            hidden_keys: resource_tags.hidden_keys().map(str::to_owned).collect(),
            unknown: resource_tags.reasons().map(|(key, why)| (key.to_owned(), self.cause(why))).collect(),
            unlisted: resource_tags.why().map(|why| self.cause(why)),
            ignores: ignores::of(project, block).0,
            ..Origin::default()
        }
    }

    fn cause(&self, why: &UnknownReason) -> UnknownCause {
        let location = why.at.and_then(|at| self.scopes.project.location_in_file(at));
        UnknownCause { reason: why.to_string(), location }
    }

    fn tags_at(&self, block: &HclBlock) -> Option<Location> {
        let at = attribute_at(block, "tags").or_else(|| block.body.blocks("tag").next().map(|tag| tag.at));
        at.map(|at| self.scopes.project.location(at))
    }

    /// The known text of an attribute.
    fn text(&mut self, env: EvaluationContext<'_>, block: &HclBlock, name: &str) -> Option<String> {
        let node: &Expression = block.body.value(name)?;
        let value = self.eval(env, node);
        value.as_text().ok().filter(|text| !text.is_empty() && !value.sensitive).map(|text| text.to_string())
    }

    /// The path of an IAM resource; `/` by default (IAM API Reference, `CreateUser`).
    fn path(&mut self, env: EvaluationContext<'_>, block: &HclBlock) -> Option<String> {
        match block.body.value("path") {
            None => Some("/".to_owned()),
            Some(node) => match self.eval(env, node).kind {
                HclValueKind::Null => Some("/".to_owned()),
                _ => self.text(env, block, "path"),
            },
        }
    }
}
