//! Providers: the provider of a resource, through aliases and module calls, and the tags that it adds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::combine::{either, merge};
use super::eval::{EvaluationContext, HclEvaluator};
use super::instance_key::InstanceKey;
use super::module::SourceModule;
use super::scope::Namespace;
use super::value::{HclValue, HclValueKind, UnknownReason};
use crate::model::{SET_ELSEWHERE, UnlistedTags};
use crate::syntax::hcl::{Expression, ExpressionKind, HclBlock, HclBody, Position, TraversalStep};

/// The configuration of a provider.
enum ProviderSource {
    /// The scope where it is configured, its module and its name there.
    Configured(usize, Arc<SourceModule>, ProviderReference),
    /// Not configured in the source: the defaults of the provider.
    Default,
    Unknown(UnknownReason),
}

/// A provider as a resource or a module call names it.
#[derive(Debug, Clone)]
pub(super) struct ProviderReference {
    /// `aws`, or `aws.west` for one with an alias.
    name: String,
    /// The instance of a provider with `for_each` (OpenTofu): `aws.by_region["eu-west-1"]`.
    instance: InstanceKey,
}

/// The provider of a block, or the reason why it is not known.
pub(super) type BlockProvider = Result<ProviderReference, UnknownReason>;

impl ProviderReference {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), instance: InstanceKey::Only }
    }
}

impl HclEvaluator {
    /// The provider that a resource block names, else the one of its type.
    pub(super) fn provider_of(&mut self, env: EvaluationContext<'_>, block: &HclBlock) -> BlockProvider {
        match block.body.value("provider") {
            Some(named) => self.reference(env, named),
            None => Ok(ProviderReference::new(of_type(block))),
        }
    }

    fn reference(&mut self, env: EvaluationContext<'_>, named: &Expression) -> BlockProvider {
        if let Some(name) = named.dotted() {
            return Ok(ProviderReference::new(name));
        }
        let undecided = || UnknownReason::from("a provider that is not written as a name");
        let ExpressionKind::Select(base, steps) = &named.kind else { return Err(undecided()) };
        let Some((TraversalStep::Index(key), steps)) = steps.split_last() else { return Err(undecided()) };
        let name = Expression { at: named.at, kind: ExpressionKind::Select(base.clone(), steps.to_vec()) };
        let name = name.dotted().ok_or_else(undecided)?;
        let instance = match self.eval(env, key).as_text() {
            Ok(key) => InstanceKey::key(&key),
            Err(why) => InstanceKey::Undecided { why, may_be_none: false, by: "for_each" },
        };
        Ok(ProviderReference { name, instance })
    }

    fn provider(&mut self, scope: usize, named: &ProviderReference) -> ProviderSource {
        let (mut scope, mut named) = (scope, named.clone());
        loop {
            let here = self.scope(scope);
            if here.module.providers.contains_key(&named.name) {
                return ProviderSource::Configured(scope, Arc::clone(&here.module), named);
            }
            let has_alias = named.name.contains('.');
            let Some((parent, call)) = here.parent.clone() else {
                if let Some(why) = &self.scopes.root.outside_caller {
                    return ProviderSource::Unknown(why.clone());
                }
                let why = || format!("provider `{}` is not in what could be read", named.name);
                let is_lost = here.module.broken || has_alias;
                return if is_lost { ProviderSource::Unknown(why().into()) } else { ProviderSource::Default };
            };
            let (module, instance) = self.module_and_instance(parent);
            let passed = module.calls.get(&call).and_then(|call| call.body.value("providers"));
            let not_passed = || format!("provider `{}` is not passed to the module", named.name);
            match passed.map(|node| &node.kind) {
                Some(ExpressionKind::Object(entries)) => {
                    let entry = entries.iter().find(|(key, _)| key.dotted().as_deref() == Some(named.name.as_str()));
                    match entry {
                        Some((_, outer)) => {
                            let call = Arc::clone(&self.scope(scope).instance);
                            let key = if matches!(*call, InstanceKey::Only) { instance } else { call };
                            named = match self.reference(EvaluationContext::new(parent, &key), outer) {
                                Ok(outer) => outer,
                                Err(why) => return ProviderSource::Unknown(why),
                            };
                        }
                        None if has_alias => return ProviderSource::Unknown(not_passed().into()),
                        None => {}
                    }
                }
                Some(_) => {
                    return ProviderSource::Unknown(format!("provider `{}` is not decided", named.name).into());
                }
                None if has_alias => return ProviderSource::Unknown(not_passed().into()),
                None => {}
            }
            scope = parent;
        }
    }

    /// The instance of a provider block with `for_each`.
    fn provider_instance(&mut self, scope: usize, block: &HclBlock, named: &ProviderReference) -> InstanceKey {
        let (_, outer) = self.module_and_instance(scope);
        self.with_each_value(EvaluationContext::new(scope, &outer), &block.body, &named.instance)
    }

    /// The tags that a provider adds to those of each resource.
    fn default_tags(&mut self, scope: usize, named: &ProviderReference) -> HclValue {
        let (scope, module, named) = match self.provider(scope, named) {
            ProviderSource::Configured(scope, module, named) => (scope, module, named),
            ProviderSource::Default => return HclValue::map(BTreeMap::new(), None),
            ProviderSource::Unknown(why) => return HclValue::new(HclValueKind::Unknown(why)),
        };
        let block = &module.providers[&named.name];
        let (body, instance) = (&block.body, self.provider_instance(scope, block, &named));
        let tags = self.default_tags_in(EvaluationContext::new(scope, &instance), body);
        tags.unwrap_or_else(|| HclValue::map(BTreeMap::new(), None))
    }

    /// The tags of the `default_tags` blocks in a body; `None` if there is no such block.
    pub(super) fn default_tags_in(&mut self, env: EvaluationContext<'_>, body: &HclBody) -> Option<HclValue> {
        let mut maps = Vec::new();
        self.each_block(env, body, "default_tags", &mut |evaluator, env, made| {
            let tags = made.block.body.value("tags").map(|node| evaluator.eval(env, node));
            let none = HclValue::map(BTreeMap::new(), None);
            let tags = tags.unwrap_or_else(|| none.clone());
            maps.push(made.doubt.map_or_else(|| tags.clone(), |why| either(&tags, &none, &why)));
        });
        (!maps.is_empty()).then(|| merge(&maps))
    }

    /// The tags that the provider of a block ignores.
    pub(super) fn ignored_for(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        provider: &BlockProvider,
    ) -> Result<SourceIgnoredTags, UnknownReason> {
        match provider {
            Ok(provider) => self.ignored_tags(env.scope, provider),
            Err(why) => self.ignored_anywhere(of_type(block), why),
        }
    }

    /// The tags that a provider ignores (`ignore_tags`): keys and prefixes of keys.
    fn ignored_tags(&mut self, scope: usize, named: &ProviderReference) -> Result<SourceIgnoredTags, UnknownReason> {
        let (scope, module, named) = match self.provider(scope, named) {
            ProviderSource::Configured(scope, module, named) => (scope, module, named),
            ProviderSource::Default => return Ok(SourceIgnoredTags::default()),
            ProviderSource::Unknown(why) => return self.ignored_anywhere(&named.name, &why),
        };
        let provider = &module.providers[&named.name];
        let instance = self.provider_instance(scope, provider, &named);
        let env = EvaluationContext::new(scope, &instance);
        let mut out = Ok(SourceIgnoredTags::default());
        self.each_block(env, &provider.body, "ignore_tags", &mut |evaluator, env, ignored| {
            if let Ok(found) = &mut out
                && let Err(why) = evaluator.add_ignored(env, ignored.block, found)
            {
                out = Err(why);
            }
        });
        out
    }

    fn add_ignored(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        out: &mut SourceIgnoredTags,
    ) -> Result<(), UnknownReason> {
        out.at = Some(block.at);
        out.keys.extend(self.texts(env, block, "keys")?);
        out.prefixes.extend(self.texts(env, block, "key_prefixes")?);
        Ok(())
    }

    /// The tags that a provider ignores which could be any of those in the source.
    ///
    /// # Errors
    /// The reason why any tag may be ignored.
    fn ignored_anywhere(&self, name: &str, why: &UnknownReason) -> Result<SourceIgnoredTags, UnknownReason> {
        if self.scopes.root.is_ignoring_caller {
            return Err(why.clone());
        }
        let mut out = SourceIgnoredTags::default();
        for provider in self.scopes.project.ignoring_providers(kind_of(name)) {
            if provider.body.has_dynamic("ignore_tags") {
                return Err(why.clone());
            }
            for ignored in provider.body.blocks("ignore_tags") {
                out.at = Some(ignored.at);
                out.keys.extend(literals(ignored, "keys").ok_or_else(|| why.clone())?);
                out.prefixes.extend(literals(ignored, "key_prefixes").ok_or_else(|| why.clone())?);
            }
        }
        Ok(out)
    }

    /// The configured region of a provider, if known.
    pub(super) fn region(&mut self, scope: usize, named: &ProviderReference) -> Option<String> {
        let ProviderSource::Configured(scope, module, named) = self.provider(scope, named) else { return None };
        let block = &module.providers[&named.name];
        let node = block.body.value("region")?;
        let instance = self.provider_instance(scope, block, &named);
        let region = self.eval(EvaluationContext::new(scope, &instance), node);
        region.as_text().ok().filter(|_| !region.sensitive).map(|region| region.to_string())
    }

    fn texts(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        name: &str,
    ) -> Result<Vec<String>, UnknownReason> {
        let Some(node) = block.body.value(name) else { return Ok(Vec::new()) };
        let value = self.eval(env, node);
        match &value.kind {
            _ if value.holds_sensitive() => Err("`ignore_tags` that is sensitive".into()),
            HclValueKind::List(list) => {
                list.items.iter().map(|item| item.as_text().map(|text| text.to_string())).collect()
            }
            HclValueKind::Null => Ok(Vec::new()),
            HclValueKind::Unknown(why) => Err(why.clone()),
            _ => Err("`ignore_tags` that is not a list".into()),
        }
    }

    /// The default tags of a provider for a module instance. They are evaluated once.
    pub(super) fn provider_tags(&mut self, scope: usize, named: &ProviderReference) -> HclValue {
        let key = format!("{}{}", named.name, named.instance.suffix());
        self.resolve_once(scope, Namespace::DefaultTags, key, |evaluator| evaluator.default_tags(scope, named))
    }
}

/// The name of the provider of a type: `aws` of `aws_iam_user`.
fn of_type(block: &HclBlock) -> &str {
    let kind = block.labels[0].as_str();
    kind.split('_').next().unwrap_or(kind)
}

/// The name of a provider without its alias.
fn kind_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// The literal strings of a list; `None` for anything else.
fn literals(block: &HclBlock, name: &str) -> Option<Vec<String>> {
    let Some(node) = block.body.value(name) else { return Some(Vec::new()) };
    let ExpressionKind::List(items) = &node.kind else { return None };
    items.iter().map(|item| item.text().map(str::to_owned)).collect()
}

/// The keys that a provider ignores.
#[derive(Debug, Default)]
pub(super) struct SourceIgnoredTags {
    keys: Vec<String>,
    prefixes: Vec<String>,
    /// The block that names them.
    at: Option<Position>,
}

impl SourceIgnoredTags {
    pub(super) fn covers(&self, key: &str) -> bool {
        self.keys.iter().any(|ignored| ignored == key) || self.prefixes.iter().any(|start| key.starts_with(start))
    }

    /// The ignored tags, which something else may set.
    pub(super) fn more(&self) -> UnlistedTags {
        UnlistedTags::keys(self.keys.iter().cloned().chain(self.prefixes.iter().map(|start| format!("{start}*"))))
    }

    /// The reason why these tags are unknown.
    pub(super) fn why(&self) -> UnknownReason {
        let mut why = UnknownReason::from(format!("the provider ignores the tag (`ignore_tags`), and {SET_ELSEWHERE}"));
        if let Some(at) = self.at {
            why.place(at);
        }
        why
    }
}
