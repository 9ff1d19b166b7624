//! Providers: the provider of a resource, through aliases and module calls, and the tags that it adds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::combine::merge;
use super::eval::{EvaluationContext, HclEvaluator};
use super::instance_key::InstanceKey;
use super::module::SourceModule;
use super::scope::Namespace;
use super::value::{HclValue, HclValueKind, UnknownReason};
use crate::model::UnlistedTags;
use crate::syntax::hcl::{Expression, ExpressionKind, HclBlock, TraversalStep};

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

impl ProviderReference {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), instance: InstanceKey::Only }
    }
}

impl HclEvaluator {
    /// The provider that a resource block names, else the one of its type.
    pub(super) fn provider_of(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
    ) -> Result<ProviderReference, UnknownReason> {
        let kind = block.labels[0].as_str();
        match block.body.value("provider") {
            Some(named) => self.reference(env, named),
            None => Ok(ProviderReference::new(kind.split('_').next().unwrap_or(kind))),
        }
    }

    fn reference(
        &mut self,
        env: EvaluationContext<'_>,
        named: &Expression,
    ) -> Result<ProviderReference, UnknownReason> {
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
            Err(why) => InstanceKey::Undecided { why, may_be_none: false },
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
        let mut maps = Vec::new();
        for block in body.blocks("default_tags") {
            if let Some(node) = block.body.value("tags") {
                maps.push(self.eval(EvaluationContext::new(scope, &instance), node));
            }
        }
        if body.blocks("dynamic").any(|block| block.labels.first().is_some_and(|label| label == "default_tags")) {
            maps.push(HclValue::unknown("a dynamic `default_tags` block"));
        }
        merge(&maps)
    }

    /// The tags that a provider ignores (`ignore_tags`): keys and prefixes of keys.
    pub(super) fn ignored_tags(
        &mut self,
        scope: usize,
        named: &ProviderReference,
    ) -> Result<SourceIgnoredTags, UnknownReason> {
        let ProviderSource::Configured(scope, module, named) = self.provider(scope, named) else {
            return Ok(SourceIgnoredTags::default());
        };
        let provider = &module.providers[&named.name];
        let instance = self.provider_instance(scope, provider, &named);
        let env = EvaluationContext::new(scope, &instance);
        let mut out = SourceIgnoredTags::default();
        for block in provider.body.blocks("ignore_tags") {
            out.keys.extend(self.texts(env, block, "keys")?);
            out.prefixes.extend(self.texts(env, block, "key_prefixes")?);
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

/// The keys that a provider ignores.
#[derive(Debug, Default)]
pub(super) struct SourceIgnoredTags {
    keys: Vec<String>,
    prefixes: Vec<String>,
}

impl SourceIgnoredTags {
    pub(super) fn covers(&self, key: &str) -> bool {
        self.keys.iter().any(|ignored| ignored == key) || self.prefixes.iter().any(|start| key.starts_with(start))
    }

    /// The ignored tags, which something else may set.
    pub(super) fn more(&self) -> UnlistedTags {
        UnlistedTags::keys(self.keys.iter().cloned().chain(self.prefixes.iter().map(|start| format!("{start}*"))))
    }
}
