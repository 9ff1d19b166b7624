//! A plan as `terraform show -json` prints it: <https://developer.hashicorp.com/terraform/internals/json-format>. Only
//! what is needed is kept; planned values and the prior state say it all again and are passed over.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::input::terraform::json::{JsonValue, ResourceAttributes};
use crate::model::Text;

/// The whole plan.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PlanDocument<'a> {
    #[serde(borrow, default)]
    pub format_version: JsonValue<'a>,
    #[serde(borrow, default)]
    pub variables: Option<HashMap<Text<'a>, PlanVariable<'a>>>,
    #[serde(borrow, default)]
    pub resource_changes: Option<Vec<ResourceChange<'a>>>,
    #[serde(default)]
    pub deferred_changes: Option<Vec<IgnoredAny>>,
    #[serde(borrow, default)]
    pub configuration: Option<PlanConfiguration<'a>>,
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
pub(super) struct PlanVersion<'a> {
    #[serde(borrow, default)]
    pub format_version: JsonValue<'a>,
}

/// The value of a root variable.
#[derive(Debug, Deserialize)]
pub(super) struct PlanVariable<'a> {
    #[serde(borrow, default)]
    pub value: JsonValue<'a>,
}

/// What happens to one resource.
#[derive(Debug, Deserialize)]
pub(super) struct ResourceChange<'a> {
    #[serde(borrow)]
    pub address: Text<'a>,
    #[serde(borrow, default)]
    pub mode: JsonValue<'a>,
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    /// The key of an old object that is only waiting to be destroyed.
    #[serde(borrow, default)]
    pub deposed: JsonValue<'a>,
    #[serde(borrow)]
    pub change: PlanChange<'a>,
}

/// Before and after.
#[derive(Debug, Deserialize)]
pub(super) struct PlanChange<'a> {
    #[serde(borrow)]
    pub actions: Vec<Text<'a>>,
    #[serde(borrow, default)]
    pub before: ResourceAttributes<'a>,
    #[serde(borrow, default)]
    pub after: ResourceAttributes<'a>,
    #[serde(borrow, default)]
    pub after_unknown: ResourceAttributes<'a>,
    #[serde(borrow, default)]
    pub after_sensitive: ResourceAttributes<'a>,
}

/// What the configuration says, as far as it can be said without a run.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PlanConfiguration<'a> {
    #[serde(borrow, default)]
    pub provider_config: HashMap<Text<'a>, ProviderConfig<'a>>,
    #[serde(borrow, default)]
    pub root_module: PlanModule<'a>,
}

/// A `provider` block.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ProviderConfig<'a> {
    /// The module that it stands in, if that is not the root.
    #[serde(borrow, default)]
    pub module_address: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub expressions: JsonValue<'a>,
}

/// A module.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PlanModule<'a> {
    #[serde(borrow, default)]
    pub resources: Vec<PlanBlock<'a>>,
    #[serde(borrow, default)]
    #[serde(rename = "module_calls")]
    pub calls: HashMap<Text<'a>, PlanModuleCall<'a>>,
    #[serde(borrow, default)]
    pub variables: HashMap<Text<'a>, VariableDeclaration>,
}

/// A `resource` block.
#[derive(Debug, Deserialize)]
pub(super) struct PlanBlock<'a> {
    #[serde(borrow)]
    pub address: Text<'a>,
    #[serde(borrow, default)]
    pub provider_config_key: Text<'a>,
}

/// A `module` block.
#[derive(Debug, Deserialize)]
pub(super) struct PlanModuleCall<'a> {
    #[serde(borrow, default)]
    pub module: PlanModule<'a>,
}

/// A `variable` block.
#[derive(Debug, Deserialize)]
pub(super) struct VariableDeclaration {
    #[serde(default)]
    pub sensitive: bool,
}

/// Whether what an expression refers to is known when a plan is made.
pub(super) fn is_planned(name: &str, in_root: bool) -> bool {
    (in_root && name.starts_with("var.")) || name.starts_with("path.") || name.starts_with("terraform.")
}
