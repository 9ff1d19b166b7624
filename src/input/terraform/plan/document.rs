//! A plan as `terraform show -json` prints it: <https://developer.hashicorp.com/terraform/internals/json-format>. Only
//! what is needed is kept; planned values and the prior state say it all again and are passed over.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::input::terraform::json::{Attributes, Json};
use crate::model::Text;

/// The whole plan.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Document<'a> {
    #[serde(borrow, default)]
    pub format_version: Json<'a>,
    #[serde(borrow, default)]
    pub variables: Option<HashMap<Text<'a>, Variable<'a>>>,
    #[serde(borrow, default)]
    pub resource_changes: Option<Vec<ResourceChange<'a>>>,
    #[serde(default)]
    pub deferred_changes: Option<Vec<IgnoredAny>>,
    #[serde(borrow, default)]
    pub configuration: Option<Configuration<'a>>,
    /// There in every plan.
    #[serde(default)]
    pub planned_values: Option<IgnoredAny>,
    /// What a state has instead.
    #[serde(default)]
    pub values: Option<IgnoredAny>,
    #[serde(default)]
    pub errored: Option<bool>,
    /// False where resources were targeted or deferred; Terraform before 1.8 does not say.
    #[serde(default)]
    pub complete: Option<bool>,
}

/// What tells whether the rest can be understood.
#[derive(Debug, Deserialize)]
pub(super) struct Version<'a> {
    #[serde(borrow, default)]
    pub format_version: Json<'a>,
}

/// The value of a root variable.
#[derive(Debug, Deserialize)]
pub(super) struct Variable<'a> {
    #[serde(borrow, default)]
    pub value: Json<'a>,
}

/// What happens to one resource.
#[derive(Debug, Deserialize)]
pub(super) struct ResourceChange<'a> {
    #[serde(borrow)]
    pub address: Text<'a>,
    #[serde(borrow, default)]
    pub mode: Json<'a>,
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    /// The key of an old object that is only waiting to be destroyed.
    #[serde(borrow, default)]
    pub deposed: Json<'a>,
    #[serde(borrow)]
    pub change: Change<'a>,
}

/// Before and after.
#[derive(Debug, Deserialize)]
pub(super) struct Change<'a> {
    #[serde(borrow)]
    pub actions: Vec<Text<'a>>,
    #[serde(borrow, default)]
    pub before: Attributes<'a>,
    #[serde(borrow, default)]
    pub after: Attributes<'a>,
    #[serde(borrow, default)]
    pub after_unknown: Attributes<'a>,
    #[serde(borrow, default)]
    pub after_sensitive: Attributes<'a>,
}

/// What the configuration says, as far as it can be said without a run.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Configuration<'a> {
    #[serde(borrow, default)]
    pub provider_config: HashMap<Text<'a>, ProviderConfig<'a>>,
    #[serde(borrow, default)]
    pub root_module: Module<'a>,
}

/// A `provider` block.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ProviderConfig<'a> {
    /// The module that it stands in, if that is not the root.
    #[serde(borrow, default)]
    pub module_address: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub expressions: Json<'a>,
}

/// A module.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Module<'a> {
    #[serde(borrow, default)]
    pub resources: Vec<Block<'a>>,
    #[serde(borrow, default)]
    #[serde(rename = "module_calls")]
    pub calls: HashMap<Text<'a>, ModuleCall<'a>>,
    #[serde(borrow, default)]
    pub variables: HashMap<Text<'a>, Declared>,
}

/// A `resource` block.
#[derive(Debug, Deserialize)]
pub(super) struct Block<'a> {
    #[serde(borrow)]
    pub address: Text<'a>,
    #[serde(borrow, default)]
    pub provider_config_key: Text<'a>,
}

/// A `module` block.
#[derive(Debug, Deserialize)]
pub(super) struct ModuleCall<'a> {
    #[serde(borrow, default)]
    pub module: Module<'a>,
}

/// A `variable` block.
#[derive(Debug, Deserialize)]
pub(super) struct Declared {
    #[serde(default)]
    pub sensitive: bool,
}

/// Whether what an expression refers to is known when a plan is made.
pub(super) fn is_planned(name: &str, in_root: bool) -> bool {
    (in_root && name.starts_with("var.")) || name.starts_with("path.") || name.starts_with("terraform.")
}
