//! The facts of a deployment that a file gives, and the texts in it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::base::quote;

/// The facts of a deployment in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeploymentFile {
    /// The values of parameters; `None` for one that keeps the value of the previous deployment.
    pub parameters: BTreeMap<String, Option<String>>,
    /// The tags of the stack.
    pub tags: BTreeMap<String, String>,
    /// The name of the stack.
    pub stack_name: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// True if the file has environments, of which `--config-env` names one.
    pub has_environments: bool,
}

/// A map of names to texts.
pub(super) fn scalars(entries: &Map<String, Value>) -> Result<BTreeMap<String, String>, String> {
    entries.iter().map(|(key, value)| Ok((key.clone(), scalar(key, value)?))).collect()
}

/// The text of a value. What a tool makes of a boolean or a fraction depends on the tool.
pub(super) fn scalar(key: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) if number.is_i64() => Ok(number.to_string()),
        _ => {
            let mut why = format!("the value of {} is no text", quote(key));
            if value.is_boolean() || value.is_number() {
                let _ = write!(why, ": write it in quotes");
            }
            Err(why)
        }
    }
}
