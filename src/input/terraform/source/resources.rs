//! The resources of a root, each instance with the tags that it would get.

use std::sync::Arc;

use super::eval::{Env, Evaluator};
use super::ignores;
use super::module::{Module, attribute_at};
use super::provider::name_of;
use super::scope::Instance;
use super::tags::Effective;
use super::value::Kind;
use crate::aws::is_iam;
use crate::aws::resource_types::{self, ResourceType};
use crate::model::{Assignment, Location, Origin, Resource, Text};
use crate::syntax::hcl::{Block, Expression};

/// Resources of one root; beyond them an instance is not written out.
const MAX_RESOURCES: usize = 100_000;
/// What source does not say of itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Given<'o> {
    pub(super) account: Option<&'o str>,
    pub(super) region: Option<&'o str>,
}

/// The resources of a root, and what could not be gone into.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) resources: Vec<Resource<'static>>,
    pub(super) unread: Vec<String>,
}

impl Evaluator {
    /// All resources that carry tags, through all modules.
    pub(super) fn list(&mut self, given: Given<'_>) -> Listing {
        let mut out = Listing::default();
        let mut open = vec![0];
        while let Some(scope) = open.pop() {
            let (module, instance) = self.here(scope);
            for ((kind, name), block) in &module.resources {
                let Some(known) = resource_types::terraform(kind) else { continue };
                for item in self.instances(Env::new(scope, &instance), &block.body) {
                    if out.resources.len() >= MAX_RESOURCES {
                        out.unread.push(format!("more than {MAX_RESOURCES} resources in one root"));
                        return out;
                    }
                    let address = format!("{}{kind}.{name}{}", self.scope(scope).address, item.suffix());
                    out.resources.push(self.resource(scope, &item, block, known, address, given));
                }
            }
            for (name, block) in &module.calls {
                for item in self.instances(Env::new(scope, &instance), &block.body) {
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
        out
    }

    /// A scope's module, and which instance of its call the scope is.
    pub(super) fn here(&self, scope: usize) -> (Arc<Module>, Arc<Instance>) {
        let here = self.scope(scope);
        (Arc::clone(&here.module), Arc::clone(&here.instance))
    }

    fn resource(
        &mut self,
        scope: usize,
        instance: &Instance,
        block: &Block,
        known: &ResourceType,
        address: String,
        given: Given<'_>,
    ) -> Resource<'static> {
        let env = Env::new(scope, instance);
        let effective = self.effective(env, block, known);
        let kind = known.kind();
        let device = kind == "iam:mfa";
        let name = self.text(env, block, if device { "virtual_mfa_device_name" } else { "name" });
        let path = if is_iam(kind) { self.path(env, block) } else { None };
        let provider = name_of(&block.body, &block.labels[0]);
        let region = self.text(env, block, "region").or_else(|| self.region(scope, &provider));
        let region = region.or_else(|| given.region.map(str::to_owned));
        let account = given.account.map(str::to_owned);
        let arn = arn(kind, region.as_deref(), account.as_deref(), path.as_deref(), name.as_deref());
        let origin = self.origin(scope, block, &effective);
        Resource {
            kind: Text::from(kind),
            arn: arn.map(Text::from),
            address: Some(Text::from(address)),
            name: name.map(Text::from),
            account: account.map(Text::from),
            region: region.filter(|_| !is_iam(kind)).map(Text::from),
            path: path.map(Text::from),
            user: Assignment::Unknown,
            location: Some(self.scopes.project.location(block.at)),
            origin: Some(Box::new(origin)),
            tags: effective.into_tags(),
            ..Resource::default()
        }
    }

    /// Where a block and its tags stand.
    pub(super) fn origin(&self, scope: usize, block: &Block, effective: &Effective) -> Origin {
        let project = &self.scopes.project;
        Origin {
            kind: block.labels.first().cloned(),
            tags: self.tags_at(block),
            keys: effective.places().map(|(key, at)| (key.to_owned(), project.location(at))).collect(),
            calls: self.scope(scope).calls.iter().map(|at| project.location(*at)).collect(),
            sensitive: effective.sensitive().map(str::to_owned).collect(),
            ignores: ignores::of(project, block).0,
            ..Origin::default()
        }
    }

    fn tags_at(&self, block: &Block) -> Option<Location> {
        let at = attribute_at(block, "tags").or_else(|| block.body.blocks("tag").next().map(|tag| tag.at));
        at.map(|at| self.scopes.project.location(at))
    }

    /// An attribute that is a text, and known.
    fn text(&mut self, env: Env<'_>, block: &Block, name: &str) -> Option<String> {
        let node: &Expression = block.body.value(name)?;
        let value = self.eval(env, node);
        value.as_text().ok().filter(|text| !text.is_empty() && !value.sensitive).map(|text| text.to_string())
    }

    /// The path of an IAM resource: AWS makes it `/` where none is given.
    fn path(&mut self, env: Env<'_>, block: &Block) -> Option<String> {
        match block.body.value("path") {
            None => Some("/".to_owned()),
            Some(node) => match self.eval(env, node).kind {
                Kind::Null => Some("/".to_owned()),
                _ => self.text(env, block, "path"),
            },
        }
    }
}

/// The ARN that a resource will have, where its name and path make it. A pool's has an id that AWS gives.
fn arn(
    kind: &str,
    region: Option<&str>,
    account: Option<&str>,
    path: Option<&str>,
    name: Option<&str>,
) -> Option<String> {
    let noun = match kind {
        "iam:user" => "user",
        "iam:mfa" => "mfa",
        _ => return None,
    };
    let partition = match region {
        Some(region) if region.starts_with("cn-") => "aws-cn",
        Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    Some(format!("arn:{partition}:iam::{}:{noun}{}{}", account?, path?, name?))
}
