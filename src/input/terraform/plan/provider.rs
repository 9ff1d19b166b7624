//! Provider configurations of a plan: default tags, account and region.

use std::collections::{BTreeMap, HashMap as StdHashMap};

use hashbrown::HashMap;

use super::document::{PlanChange, PlanConfiguration, PlanModule, ProviderConfig, ResourceChange};
use super::ignored::PlanIgnoredTags;
use crate::aws::{AccountId, Arn};
use crate::input::terraform::address::block;
use crate::input::terraform::json::JsonValue;
use crate::input::terraform::secrets::SecretTexts;
use crate::input::terraform::sorted_keys::SortedEntries;
use crate::model::Text;

/// The default tags of a provider, as far as a plan determines them.
#[derive(Debug, Default)]
pub(super) struct DefaultTags<'a> {
    /// The tags of every resource of the provider; a value may be unknown.
    pub tags: BTreeMap<Text<'a>, Option<String>>,
    /// True if every key is known. The AWS provider omits all default tags from `tags_all` if one of them is unknown,
    /// so `tags_all` alone is not enough.
    pub is_complete: bool,
    /// True if they use a sensitive variable. Terraform does not mark values that the provider merges into `tags_all`.
    pub sensitive: bool,
}

/// One `provider` block of a plan.
#[derive(Debug, Default)]
pub(super) struct PlanProvider<'a> {
    pub defaults: DefaultTags<'a>,
    pub ignored: PlanIgnoredTags,
    pub account: Option<String>,
    pub region: Option<String>,
    pub partition: Option<String>,
}

/// The providers of a plan, and the provider of each block.
#[derive(Debug, Default)]
pub(super) struct PlanProviders<'a> {
    all: Vec<PlanProvider<'a>>,
    /// The index of the provider of each block, by the address of the block.
    of_block: HashMap<Text<'a>, usize>,
    /// The texts in sensitive variables.
    pub secrets: SecretTexts,
}

impl<'a> PlanProviders<'a> {
    /// Reads the configuration. The changes reveal values that it does not contain.
    pub(super) fn of(
        configuration: &PlanConfiguration<'a>,
        variables: &StdHashMap<Text<'a>, super::document::PlanVariable<'a>>,
        changes: &[ResourceChange<'a>],
    ) -> Self {
        let (mut out, mut keys) = (Self::default(), ProviderKeys::default());
        out.walk(&configuration.root_module, "", &mut keys);
        let sensitive = |name: &str| configuration.root_module.variables.get(name).is_some_and(|v| v.sensitive);
        for (name, variable) in variables {
            if sensitive(name.as_str()) {
                out.secrets.add(&variable.value);
            }
        }
        let mut used: Vec<Vec<&ResourceChange<'a>>> = keys.all.iter().map(|_| Vec::new()).collect();
        for change in changes {
            if let Some(at) = out.of_block.get(&*block(&change.address)) {
                used[*at].push(change);
            }
        }
        let empty = ProviderConfig::default();
        let all = keys.all.iter().zip(&used).map(|(key, changes)| {
            if let Some(config) = configuration.provider_config.get(key) {
                return provider(config, changes, &sensitive);
            }
            // Without a `provider` block there are no default tags, unless the key is one of a module that could not be
            // followed to its block.
            let mut provider = provider(&empty, changes, &sensitive);
            provider.defaults.is_complete = !key.contains(':');
            provider
        });
        out.all = all.collect();
        out
    }

    fn walk(&mut self, module: &PlanModule<'a>, path: &str, keys: &mut ProviderKeys<'a>) {
        self.of_block.reserve(module.resources.len());
        for block in &module.resources {
            let address = if path.is_empty() {
                block.address.clone()
            } else {
                Text::from(format!("{path}{}", block.address.as_str()))
            };
            self.of_block.insert(address, keys.index_of(&block.provider_config_key));
        }
        for (name, call) in &module.calls {
            self.walk(&call.module, &format!("{path}module.{}.", name.as_str()), keys);
        }
    }

    /// The provider of a resource, if the configuration names it.
    pub(super) fn of_resource(&self, address: &str) -> Option<&PlanProvider<'a>> {
        self.all.get(*self.of_block.get(&*block(address))?)
    }
}

/// The keys of the providers that blocks name, with their indices.
#[derive(Default)]
struct ProviderKeys<'a> {
    all: Vec<Text<'a>>,
    indices: HashMap<Text<'a>, usize>,
}

impl<'a> ProviderKeys<'a> {
    fn index_of(&mut self, key: &Text<'a>) -> usize {
        if let Some(at) = self.indices.get(&**key) {
            return *at;
        }
        self.all.push(key.clone());
        self.indices.insert(key.clone(), self.all.len() - 1);
        self.all.len() - 1
    }
}

fn provider<'a>(
    config: &ProviderConfig<'a>,
    changes: &[&ResourceChange<'a>],
    sensitive: &impl Fn(&str) -> bool,
) -> PlanProvider<'a> {
    let said = |name: &str| config.expressions.get(name).get("constant_value");
    let only_account = match said("allowed_account_ids").items() {
        [account] => account.as_str(),
        _ => None,
    };
    let roles = config.expressions.get("assume_role");
    let role = roles.items().first().unwrap_or(roles).get("role_arn").get("constant_value").as_str();
    let arns = changes.iter().filter_map(|change| Arn::split(change.change.before.get("arn").as_str()?));
    let arns: Vec<Arn<'_>> = arns.collect();
    PlanProvider {
        defaults: defaults(config, changes, sensitive),
        ignored: PlanIgnoredTags::of(config, changes),
        account: only_account
            .map(str::to_owned)
            .or_else(|| Some(Arn::split(role?)?.account.to_owned()))
            .or_else(|| unanimous(arns.iter().map(|arn| arn.account)))
            .filter(|account| AccountId::is_valid(account)),
        region: said("region").as_str().map(str::to_owned).or_else(|| unanimous(arns.iter().map(|arn| arn.region))),
        partition: unanimous(arns.iter().map(|arn| arn.partition))
            .or_else(|| Some(Arn::split(role?)?.partition.to_owned())),
    }
}

/// The text that all have in common, empty ones aside.
fn unanimous<'t>(mut texts: impl Iterator<Item = &'t str>) -> Option<String> {
    let mut texts = texts.by_ref().filter(|text| !text.is_empty());
    let first = texts.next()?;
    texts.all(|text| text == first).then(|| first.to_owned())
}

fn defaults<'a>(
    config: &ProviderConfig<'a>,
    changes: &[&ResourceChange<'a>],
    sensitive: &impl Fn(&str) -> bool,
) -> DefaultTags<'a> {
    let blocks = config.expressions.get("default_tags");
    let expression = blocks.items().first().unwrap_or(blocks).get("tags");
    let references: Vec<&str> = expression.get("references").items().iter().filter_map(JsonValue::as_str).collect();
    // What the configuration does not say comes from the environment (`TF_AWS_DEFAULT_TAGS_*`).
    let mut tags = observed_defaults(changes);
    if let constant @ JsonValue::Map(_) = expression.get("constant_value") {
        let said = constant.entries().iter();
        tags.extend(said.filter_map(|(key, value)| Some((key.clone(), Some(value.scalar()?.into_owned())))));
        return DefaultTags { tags, is_complete: true, sensitive: false };
    }
    if expression.is_null()
        || (expression.get("constant_value").is_null() && references.is_empty() && !is_value_unknown(expression))
    {
        return DefaultTags { tags, is_complete: true, sensitive: false };
    }
    let in_root = config.module_address.is_none();
    DefaultTags {
        // References decide nothing: Terraform does not write the functions of an expression, and `timestamp()` among
        // them makes the provider omit all default tags.
        is_complete: !tags.is_empty(),
        sensitive: references.iter().any(|name| {
            let name = name.strip_prefix("var.").unwrap_or("");
            in_root && sensitive(name.split(['.', '[']).next().unwrap_or(name))
        }),
        tags,
    }
}

/// Returns whether an expression consists of functions and constants: Terraform writes neither value nor references for
/// it.
fn is_value_unknown(expression: &JsonValue<'_>) -> bool {
    matches!(expression, JsonValue::Map(entries) if entries.is_empty())
}

/// The tags that replace the default tags of the provider: `override_provider { default_tags {} }` of `aws_s3_object`.
pub(super) fn override_default_tags<'a>(change: &PlanChange<'a>) -> Option<DefaultTags<'a>> {
    let first = |json: &JsonValue<'a>| json.items().first().cloned();
    let block = first(first(change.after.get("override_provider"))?.get("default_tags"))?;
    let unknown = first(change.after_unknown.get("override_provider")).unwrap_or(JsonValue::Null);
    let unknown = first(unknown.get("default_tags")).unwrap_or(JsonValue::Null);
    let open = change.after_unknown.says("override_provider") || unknown.get("tags").is_true();
    let said = block.get("tags").entries().iter();
    let mut tags: BTreeMap<_, _> = said.map(|(key, value)| (key.clone(), value.scalar().map(Into::into))).collect();
    let later = unknown.get("tags").entries().iter().filter(|(_, open)| open.is_true());
    tags.extend(later.map(|(key, _)| (key.clone(), None)));
    Some(DefaultTags { tags, is_complete: !open, sensitive: false })
}

/// The default tags that the resources reveal: keys that all have in `tags_all`, and some do not have in `tags`.
fn observed_defaults<'a>(changes: &[&ResourceChange<'a>]) -> BTreeMap<Text<'a>, Option<String>> {
    let mut everywhere: Option<BTreeMap<Text<'a>, ObservedDefault>> = None;
    for change in changes {
        let (after, unknown) = (&change.change.after, &change.change.after_unknown);
        if !matches!(after.get("tags_all"), JsonValue::Map(_)) || unknown.says("tags_all") || unknown.says("tags") {
            continue;
        }
        if override_default_tags(&change.change).is_some() {
            continue;
        }
        let (own, all) = (SortedEntries::of(after.get("tags")), after.get("tags_all"));
        let is_own = |key: &str| own.any(key, |value| !value.is_null());
        let Some(seen) = &mut everywhere else {
            let first = all.entries().iter().map(|(key, value)| {
                let mut observed = ObservedDefault::Own;
                observed.add(is_own(key), value);
                (key.clone(), observed)
            });
            everywhere = Some(first.collect());
            continue;
        };
        let here = SortedEntries::of(all);
        seen.retain(|key, observed| here.get(key).map(|value| observed.add(is_own(key), value)).is_some());
    }
    let all = everywhere.unwrap_or_default().into_iter();
    all.filter_map(
        |(key, observed)| {
            if let ObservedDefault::Inherited(value) = observed { Some((key, value)) } else { None }
        },
    )
    .collect()
}

/// The evidence for a key as a default tag.
#[derive(Debug)]
enum ObservedDefault {
    /// Set by every resource itself.
    Own,
    /// Inherited by a resource, with the value if all agree on it.
    Inherited(Option<String>),
}

impl ObservedDefault {
    /// Adds the evidence of another resource, which sets the key itself or inherits the value.
    fn add(&mut self, is_own: bool, value: &JsonValue<'_>) {
        match self {
            _ if is_own => {}
            Self::Own => *self = Self::Inherited(value.scalar().map(Into::into)),
            Self::Inherited(mine) => {
                if mine.as_deref() != value.scalar().as_deref() {
                    *mine = None;
                }
            }
        }
    }
}
