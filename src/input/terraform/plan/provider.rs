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
    /// Reads the configuration. The changes reveal values that it does not contain. Returns the index of the provider of each
    /// change too.
    pub(super) fn of(
        configuration: &PlanConfiguration<'a>,
        variables: &StdHashMap<Text<'a>, super::document::PlanVariable<'a>>,
        changes: &[ResourceChange<'a>],
    ) -> (Self, Vec<Option<usize>>) {
        let (mut out, mut keys) = (Self::default(), ProviderKeys::default());
        out.walk(&configuration.root_module, "", &mut keys);
        let sensitive = |name: &str| configuration.root_module.variables.get(name).is_some_and(|v| v.sensitive);
        for (name, variable) in variables {
            if sensitive(name.as_str()) {
                out.secrets.add(&variable.value);
            }
        }
        let empty = ProviderConfig::default();
        let config_of = |key: &Text<'a>| configuration.provider_config.get(key).unwrap_or(&empty);
        let mut revealed: Vec<RevealedProvider<'_, 'a>> =
            keys.all.iter().map(|key| RevealedProvider::new(config_of(key))).collect();
        let of_changes = changes.iter().map(|change| {
            let at = *out.of_block.get(&*block(&change.address))?;
            revealed[at].add(change);
            Some(at)
        });
        let of_changes = of_changes.collect();
        let all = keys.all.iter().zip(revealed).map(|(key, revealed)| {
            let mut provider = provider(config_of(key), revealed, &sensitive);
            if !configuration.provider_config.contains_key(key) {
                // Without a `provider` block there are no default tags, unless the key is one of a module that could not be
                // followed to its block.
                provider.defaults.is_complete = !key.contains(':');
            }
            provider
        });
        out.all = all.collect();
        (out, of_changes)
    }

    /// The provider with an index.
    pub(super) fn at(&self, index: Option<usize>) -> Option<&PlanProvider<'a>> {
        self.all.get(index?)
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

/// The facts that the resources of a provider reveal about it.
struct RevealedProvider<'c, 'a> {
    /// The parts that all ARNs have in common.
    account: CommonText<'c>,
    region: CommonText<'c>,
    partition: CommonText<'c>,
    defaults: Option<BTreeMap<Text<'a>, ObservedDefault>>,
    ignored: PlanIgnoredTags,
}

impl<'c, 'a> RevealedProvider<'c, 'a> {
    fn new(config: &ProviderConfig<'a>) -> Self {
        let (account, region, partition) = Default::default();
        Self { account, region, partition, defaults: None, ignored: PlanIgnoredTags::of(config) }
    }

    fn add(&mut self, change: &'c ResourceChange<'a>) {
        if let Some(arn) = change.change.before.get("arn").as_str().and_then(Arn::split) {
            self.account.add(arn.account);
            self.region.add(arn.region);
            self.partition.add(arn.partition);
        }
        observe_defaults(&mut self.defaults, &change.change);
        self.ignored.add_seen(change);
    }
}

/// The text that all have in common, empty ones aside.
#[derive(Debug, Default, Clone, Copy)]
enum CommonText<'t> {
    #[default]
    Unseen,
    Same(&'t str),
    Different,
}

impl<'t> CommonText<'t> {
    fn add(&mut self, text: &'t str) {
        match self {
            _ if text.is_empty() => {}
            Self::Unseen => *self = Self::Same(text),
            Self::Same(common) if *common == text => {}
            _ => *self = Self::Different,
        }
    }

    fn text(self) -> Option<String> {
        if let Self::Same(text) = self { Some(text.to_owned()) } else { None }
    }
}

fn provider<'a>(
    config: &ProviderConfig<'a>,
    revealed: RevealedProvider<'_, 'a>,
    sensitive: &impl Fn(&str) -> bool,
) -> PlanProvider<'a> {
    let said = |name: &str| config.expressions.get(name).get("constant_value");
    let only_account = match said("allowed_account_ids").items() {
        [account] => account.as_str(),
        _ => None,
    };
    let roles = config.expressions.get("assume_role");
    let role = roles.items().first().unwrap_or(roles).get("role_arn").get("constant_value").as_str();
    PlanProvider {
        defaults: defaults(config, observed_defaults(revealed.defaults), sensitive),
        ignored: revealed.ignored,
        account: only_account
            .map(str::to_owned)
            .or_else(|| Some(Arn::split(role?)?.account.to_owned()))
            .or_else(|| revealed.account.text())
            .filter(|account| AccountId::is_valid(account)),
        region: said("region").as_str().map(str::to_owned).or_else(|| revealed.region.text()),
        partition: revealed.partition.text().or_else(|| Some(Arn::split(role?)?.partition.to_owned())),
    }
}

fn defaults<'a>(
    config: &ProviderConfig<'a>,
    observed: BTreeMap<Text<'a>, Option<String>>,
    sensitive: &impl Fn(&str) -> bool,
) -> DefaultTags<'a> {
    let blocks = config.expressions.get("default_tags");
    let expression = blocks.items().first().unwrap_or(blocks).get("tags");
    let references: Vec<&str> = expression.get("references").items().iter().filter_map(JsonValue::as_str).collect();
    // What the configuration does not say comes from the environment (`TF_AWS_DEFAULT_TAGS_*`).
    let mut tags = observed;
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

/// Adds what a resource reveals about default tags: keys that all have in `tags_all`, and some do not have in `tags`.
fn observe_defaults<'a>(everywhere: &mut Option<BTreeMap<Text<'a>, ObservedDefault>>, change: &PlanChange<'a>) {
    let (after, unknown) = (&change.after, &change.after_unknown);
    if !matches!(after.get("tags_all"), JsonValue::Map(_)) || unknown.says("tags_all") || unknown.says("tags") {
        return;
    }
    if override_default_tags(change).is_some() {
        return;
    }
    let (own, all) = (SortedEntries::of(after.get("tags")), after.get("tags_all"));
    let is_own = |key: &str| own.any(key, |value| !value.is_null());
    let Some(seen) = everywhere else {
        let first = all.entries().iter().map(|(key, value)| {
            let mut observed = ObservedDefault::Own;
            observed.add(is_own(key), value);
            (key.clone(), observed)
        });
        *everywhere = Some(first.collect());
        return;
    };
    let here = SortedEntries::of(all);
    seen.retain(|key, observed| here.get(key).map(|value| observed.add(is_own(key), value)).is_some());
}

/// The default tags among the keys that all resources have.
fn observed_defaults(everywhere: Option<BTreeMap<Text<'_>, ObservedDefault>>) -> BTreeMap<Text<'_>, Option<String>> {
    let all = everywhere.unwrap_or_default().into_iter();
    let inherited = all.filter_map(|(key, observed)| match observed {
        ObservedDefault::Inherited(value) => Some((key, value)),
        ObservedDefault::Own => None,
    });
    inherited.collect()
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
