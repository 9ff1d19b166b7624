//! The JSON of a plan: <https://developer.hashicorp.com/terraform/internals/json-format>. Only the needed fields are
//! read; planned values and the prior state repeat the changes and are skipped.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::actions::PlanActions;
use crate::input::terraform::json::{JsonValue, ResourceAttributes, marks};
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
    /// Present in every plan.
    #[serde(default)]
    pub planned_values: Option<IgnoredAny>,
    /// Present in a state instead.
    #[serde(default)]
    pub values: Option<IgnoredAny>,
    #[serde(default)]
    pub errored: Option<bool>,
    /// False for a plan with targeted or deferred resources; missing before Terraform 1.8.
    #[serde(default)]
    pub complete: Option<bool>,
}

/// The version alone, for a plan that does not parse.
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

/// The change of one resource.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ResourceChange<'a> {
    #[serde(borrow)]
    pub address: Text<'a>,
    #[serde(borrow, default)]
    pub mode: JsonValue<'a>,
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    /// The key of an old object that is still to be destroyed.
    #[serde(borrow, default)]
    pub deposed: JsonValue<'a>,
    #[serde(borrow)]
    pub change: PlanChange<'a>,
}

/// The attributes before and after the apply.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct PlanChange<'a> {
    pub actions: PlanActions,
    #[serde(borrow, default)]
    pub before: ResourceAttributes<'a>,
    #[serde(borrow, default)]
    pub after: ResourceAttributes<'a>,
    #[serde(borrow, default)]
    pub after_unknown: ResourceAttributes<'a>,
    #[serde(borrow, default, deserialize_with = "marks")]
    pub before_sensitive: ResourceAttributes<'a>,
    #[serde(borrow, default, deserialize_with = "marks")]
    pub after_sensitive: ResourceAttributes<'a>,
}

/// The configuration, as far as Terraform writes it.
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
    /// The module of the block, unless it is the root.
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
    #[serde(borrow, default)]
    pub outputs: HashMap<Text<'a>, PlanOutput<'a>>,
}

/// An `output` block.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PlanOutput<'a> {
    #[serde(borrow, default)]
    pub expression: JsonValue<'a>,
}

/// A `resource` block.
#[derive(Debug, Deserialize)]
pub(super) struct PlanBlock<'a> {
    #[serde(borrow)]
    pub address: Text<'a>,
    #[serde(borrow, default)]
    pub provider_config_key: Text<'a>,
    #[serde(borrow, default)]
    pub expressions: LaunchExpressions<'a>,
}

/// The expressions of a resource that name a launch template or a task definition, or the resource that it tags.
#[derive(Debug, Default, Deserialize)]
pub(super) struct LaunchExpressions<'a> {
    #[serde(borrow, default)]
    pub launch_template: JsonValue<'a>,
    #[serde(borrow, default)]
    pub mixed_instances_policy: JsonValue<'a>,
    #[serde(borrow, default)]
    pub autoscaling_group_name: JsonValue<'a>,
    #[serde(borrow, default)]
    pub resource_arn: JsonValue<'a>,
    #[serde(borrow, default)]
    pub resource_id: JsonValue<'a>,
    #[serde(borrow, default)]
    pub task_definition: JsonValue<'a>,
}

/// A `module` block.
#[derive(Debug, Deserialize)]
pub(super) struct PlanModuleCall<'a> {
    #[serde(borrow, default)]
    pub expressions: JsonValue<'a>,
    #[serde(borrow, default)]
    pub module: PlanModule<'a>,
}

/// A `variable` block.
#[derive(Debug, Deserialize)]
pub(super) struct VariableDeclaration {
    #[serde(default)]
    pub sensitive: bool,
}

/// Returns whether a plan knows the value of a reference.
pub(super) fn is_planned(name: &str, in_root: bool) -> bool {
    (in_root && name.starts_with("var.")) || name.starts_with("path.") || name.starts_with("terraform.")
}
