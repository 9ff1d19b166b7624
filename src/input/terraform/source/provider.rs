//! Providers: the provider of a resource, through aliases and module calls, and the tags that it adds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::combine::merge;
use super::eval::{EvaluationContext, HclEvaluator};
use super::module::SourceModule;
use super::scope::{InstanceKey, Namespace};
use super::value::{HclValue, HclValueKind, UnknownReason};
use crate::model::UnlistedTags;
use crate::syntax::hcl::{ExpressionKind, HclBlock, HclBody};

/// The configuration of a provider.
enum ProviderSource {
    /// The scope where it is configured, its module and its key there.
    Configured(usize, Arc<SourceModule>, String),
    /// Not configured in the source: the defaults of the provider.
    Default,
    Unknown(UnknownReason),
}

/// The provider that a resource block names, else the one of its type.
pub(super) fn name_of(body: &HclBody, kind: &str) -> String {
    let named = body.value("provider").and_then(crate::syntax::hcl::Expression::dotted);
    named.unwrap_or_else(|| kind.split('_').next().unwrap_or(kind).to_owned())
}

impl HclEvaluator {
    fn provider(&self, scope: usize, name: &str) -> ProviderSource {
        let (mut scope, mut name) = (scope, name.to_owned());
        loop {
            let here = self.scope(scope);
            if here.module.providers.contains_key(&name) {
                return ProviderSource::Configured(scope, Arc::clone(&here.module), name);
            }
            let Some((parent, call)) = &here.parent else {
                let gone = here.module.broken || name.contains('.');
                let why = || format!("provider `{name}` is not in what could be read");
                return if gone { ProviderSource::Unknown(why().into()) } else { ProviderSource::Default };
            };
            let passed = self.scope(*parent).module.calls.get(call).and_then(|call| call.body.value("providers"));
            match passed.map(|node| &node.kind) {
                Some(ExpressionKind::Object(entries)) => {
                    let entry = entries.iter().find(|(key, _)| key.dotted().as_deref() == Some(name.as_str()));
                    match entry.map(|(_, value)| value.dotted()) {
                        Some(Some(outer)) => name = outer,
                        Some(None) => {
                            return ProviderSource::Unknown(format!("provider `{name}` is not decided").into());
                        }
                        None if name.contains('.') => {
                            return ProviderSource::Unknown(
                                format!("provider `{name}` is not passed to the module").into(),
                            );
                        }
                        None => {}
                    }
                }
                Some(_) => return ProviderSource::Unknown(format!("provider `{name}` is not decided").into()),
                None if name.contains('.') => {
                    return ProviderSource::Unknown(format!("provider `{name}` is not passed to the module").into());
                }
                None => {}
            }
            scope = *parent;
        }
    }

    /// The tags that a provider adds to those of each resource.
    pub(super) fn default_tags(&mut self, scope: usize, name: &str) -> HclValue {
        let (scope, module, key) = match self.provider(scope, name) {
            ProviderSource::Configured(scope, module, key) => (scope, module, key),
            ProviderSource::Default => return HclValue::map(BTreeMap::new(), None),
            ProviderSource::Unknown(why) => return HclValue::new(HclValueKind::Unknown(why)),
        };
        let body = &module.providers[&key].body;
        let mut maps = Vec::new();
        for block in body.blocks("default_tags") {
            if let Some(node) = block.body.value("tags") {
                maps.push(self.eval(EvaluationContext::new(scope, &InstanceKey::Only), node));
            }
        }
        if body.blocks("dynamic").any(|block| block.labels.first().is_some_and(|label| label == "default_tags")) {
            maps.push(HclValue::unknown("a dynamic `default_tags` block"));
        }
        merge(&maps)
    }

    /// The tags that a provider ignores (`ignore_tags`): keys and prefixes of keys.
    pub(super) fn ignored_tags(&mut self, scope: usize, name: &str) -> Result<SourceIgnoredTags, UnknownReason> {
        let ProviderSource::Configured(scope, module, key) = self.provider(scope, name) else {
            return Ok(SourceIgnoredTags::default());
        };
        let mut out = SourceIgnoredTags::default();
        for block in module.providers[&key].body.blocks("ignore_tags") {
            out.keys.extend(self.texts(scope, block, "keys")?);
            out.prefixes.extend(self.texts(scope, block, "key_prefixes")?);
        }
        Ok(out)
    }

    /// The configured region of a provider, if known.
    pub(super) fn region(&mut self, scope: usize, name: &str) -> Option<String> {
        let ProviderSource::Configured(scope, module, key) = self.provider(scope, name) else { return None };
        let node = module.providers[&key].body.value("region")?;
        let region = self.eval(EvaluationContext::new(scope, &InstanceKey::Only), node);
        region.as_text().ok().map(|region| region.to_string())
    }

    fn texts(&mut self, scope: usize, block: &HclBlock, name: &str) -> Result<Vec<String>, UnknownReason> {
        let Some(node) = block.body.value(name) else { return Ok(Vec::new()) };
        let value = self.eval(EvaluationContext::new(scope, &InstanceKey::Only), node);
        match &value.kind {
            HclValueKind::List(list) => {
                list.items.iter().map(|item| item.as_text().map(|text| text.to_string())).collect()
            }
            HclValueKind::Null => Ok(Vec::new()),
            HclValueKind::Unknown(why) => Err(why.clone()),
            _ => Err("`ignore_tags` that is not a list".into()),
        }
    }

    /// The default tags of a provider for a module instance. They are evaluated once.
    pub(super) fn provider_tags(&mut self, scope: usize, name: &str) -> HclValue {
        self.resolve_name(scope, Namespace::DefaultTags, name)
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
