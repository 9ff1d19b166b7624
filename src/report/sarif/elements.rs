//! The elements of SARIF 2.1.0 that taglint writes, with the names of the specification in camel case.
//!
//! Own types, because a crate with the whole schema needs a code generator and a third of the time of a build. Fields are
//! sorted by name, and those without a value are left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A property bag (3.8).
pub(super) type Properties = BTreeMap<String, Value>;

/// `run.automationDetails` (3.17).
#[derive(Serialize)]
pub(super) struct RunAutomationDetails {
    pub(super) id: String,
}

/// `run.tool` (3.18).
#[derive(Serialize)]
pub(super) struct Tool {
    pub(super) driver: ToolComponent,
}

/// `tool.driver` (3.19).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ToolComponent {
    pub(super) name: &'static str,
    pub(super) rules: Vec<ReportingDescriptor>,
    pub(super) semantic_version: &'static str,
    pub(super) version: &'static str,
}

/// A rule (3.49).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportingDescriptor {
    pub(super) default_configuration: ReportingConfiguration,
    pub(super) full_description: MultiformatMessageString,
    pub(super) help: MultiformatMessageString,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help_uri: Option<String>,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) properties: Properties,
    pub(super) short_description: MultiformatMessageString,
}

/// The default level of a rule (3.50).
#[derive(Serialize)]
pub(super) struct ReportingConfiguration {
    pub(super) level: Level,
}

/// A text of a rule (3.12).
#[derive(Serialize)]
pub(super) struct MultiformatMessageString {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) markdown: Option<String>,
    pub(super) text: String,
}

/// `run.invocations` (3.20).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    pub(super) execution_successful: bool,
    pub(super) properties: Properties,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tool_configuration_notifications: Vec<Notification>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tool_execution_notifications: Vec<Notification>,
}

/// Something that a person must know about a run (3.58).
#[derive(Serialize)]
pub(super) struct Notification {
    pub(super) level: &'static str,
    pub(super) message: Message,
}

/// A plain text (3.11).
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) text: String,
}

/// A result (3.27).
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SarifResult {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) baseline_state: Option<BaselineState>,
    pub(super) level: Level,
    pub(super) locations: Vec<Location>,
    pub(super) message: Message,
    pub(super) partial_fingerprints: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) properties: Properties,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) related_locations: Vec<Location>,
    pub(super) rule_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rule_index: Option<usize>,
    /// An empty list says that the result is not suppressed; none, that nothing is known about it (3.27.23).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) suppressions: Option<Vec<Suppression>>,
}

/// The level of a result (3.27.10).
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Level {
    #[default]
    Error,
    Warning,
    Note,
}

/// The state of a result in relation to a baseline (3.27.24).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum BaselineState {
    New,
    Unchanged,
}

/// A location (3.28).
#[allow(clippy::struct_field_names)] // the names of the specification
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) logical_locations: Vec<LogicalLocation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<Message>,
    pub(super) physical_location: PhysicalLocation,
}

/// The resource of a result (3.33).
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogicalLocation {
    pub(super) fully_qualified_name: String,
    pub(super) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
}

/// A place in a file (3.29).
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub(super) artifact_location: ArtifactLocation,
    pub(super) region: Region,
}

/// A file (3.4).
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct ArtifactLocation {
    pub(super) uri: String,
}

/// A part of a file (3.30). Lines and columns count from 1, and the end is after the last character.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    pub(super) end_column: u32,
    pub(super) end_line: u32,
    pub(super) start_column: u32,
    pub(super) start_line: u32,
}

/// A waiver (3.35).
#[derive(Serialize, Deserialize)]
pub(super) struct Suppression {
    pub(super) justification: String,
    pub(super) kind: String,
    pub(super) status: String,
}
