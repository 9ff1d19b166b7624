//! Deployment files: the parameters and tags that AWS's tools read from files and pass to a stack.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::deployment_facts::{DeploymentFile, scalar, scalars};
use super::sam_config;
use crate::base::{LineIndex, SourceFile, quote, read_named, read_regular};
use crate::syntax::{Node, NodeKind, parse_json_or_yaml};

/// The size limit of a deployment file in bytes. A stack has at most 200 parameters of 4 KB.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// The forms of a deployment file, for error messages.
const FORMS: &str = "give a list of {\"ParameterKey\", \"ParameterValue\"} or of \"KEY=VALUE\", a map with \
                     \"Parameters\" and \"Tags\", or a samconfig.toml";

impl DeploymentFile {
    /// Reads a file that the user names. `environment` is the one of a SAM configuration, `default` if not given.
    ///
    /// # Errors
    /// The problem, with the place in the file. It contains no value: a value may be a secret.
    pub fn read(path: &Path, environment: Option<&str>) -> Result<Self, String> {
        let bytes = read_named(path, MAX_FILE_BYTES).map_err(|error| error.to_string())?;
        Self::parse(path, bytes, environment)
    }

    /// Reads a file that the user does not name: no device, no pipe.
    pub(super) fn read_unnamed(path: &Path) -> Option<Self> {
        Self::parse(path, read_regular(path, MAX_FILE_BYTES).ok()?, None).ok()
    }

    fn parse(path: &Path, bytes: Vec<u8>, environment: Option<&str>) -> Result<Self, String> {
        let text = String::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())?;
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml")) {
            return sam_config::read(&toml(&text)?, environment);
        }
        let file = Arc::new(SourceFile { path: path.to_owned(), text, built_in: false });
        let root = parse_json_or_yaml(&file).map_err(|problem| problem.brief())?;
        let tree = tree(&root, &file.text)?;
        match &tree {
            Value::Array(items) => Ok(Self { parameters: list(items)?, ..Self::default() }),
            Value::Object(map) if map.contains_key("Parameters") || map.contains_key("Tags") => pipeline(map),
            Value::Object(map) if map.contains_key("version") => sam_config::read(&tree, environment),
            _ => Err(format!("not a file of parameters: {FORMS}")),
        }
    }
}

/// Parses TOML.
fn toml(text: &str) -> Result<Value, String> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| LineIndex::new(text).line(span.start) + 1);
        format!("line {line}: not valid TOML")
    })
}

/// A tree in which every scalar but a boolean and null is a text, as it is written.
fn tree(node: &Node, text: &str) -> Result<Value, String> {
    Ok(match &node.kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(value) => Value::Bool(*value),
        NodeKind::Number(text) | NodeKind::Text(text) => Value::String(text.clone()),
        NodeKind::AmbiguousNumber(_) => {
            let line = LineIndex::new(text).line(node.span.start) + 1;
            return Err(format!("line {line}: YAML may take this number for another one: quote it"));
        }
        NodeKind::List(items) => Value::Array(items.iter().map(|item| tree(item, text)).collect::<Result<_, _>>()?),
        NodeKind::Map(entries) => Value::Object(
            entries
                .iter()
                .map(|entry| Ok((entry.key.clone(), tree(&entry.value, text)?)))
                .collect::<Result<_, String>>()?,
        ),
    })
}

/// The list of the AWS CLI: `[{"ParameterKey": …, "ParameterValue": …}]` or `["KEY=VALUE"]`.
fn list(items: &[Value]) -> Result<BTreeMap<String, Option<String>>, String> {
    let mut out = BTreeMap::new();
    for (number, item) in items.iter().enumerate() {
        let (key, value) = match item {
            Value::String(text) => pair(text).map(|(key, value)| (key, Some(value))),
            Value::Object(map) => element(map)?,
            _ => None,
        }
        .ok_or_else(|| format!("element {} is no parameter: {FORMS}", number + 1))?;
        if out.insert(key.clone(), value).is_some() {
            return Err(format!("the parameter {} is given twice", quote(&key)));
        }
    }
    Ok(out)
}

/// `KEY=VALUE`.
fn pair(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once('=')?;
    (!key.is_empty()).then(|| (key.to_owned(), value.to_owned()))
}

/// A parameter as the API has it. With `UsePreviousValue` the value is that of the previous deployment.
fn element(map: &Map<String, Value>) -> Result<Option<(String, Option<String>)>, String> {
    let Some(key) = map.get("ParameterKey").and_then(Value::as_str) else { return Ok(None) };
    let keeps = map.get("UsePreviousValue").is_some_and(|keeps| *keeps == Value::Bool(true) || *keeps == "true");
    Ok(match map.get("ParameterValue") {
        Some(value) => Some((key.to_owned(), Some(scalar(key, value)?))),
        None if keeps => Some((key.to_owned(), None)),
        None => return Err(format!("the parameter {} has no ParameterValue", quote(key))),
    })
}

/// The configuration of a template in `CodePipeline`: `{"Parameters": {…}, "Tags": {…}}`.
fn pipeline(map: &Map<String, Value>) -> Result<DeploymentFile, String> {
    let section = |name: &str| match map.get(name) {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::Object(entries)) => scalars(entries),
        Some(_) => Err(format!("`{name}` is no map of names to values")),
    };
    let parameters = section("Parameters")?.into_iter().map(|(key, value)| (key, Some(value))).collect();
    Ok(DeploymentFile { parameters, tags: section("Tags")?, ..DeploymentFile::default() })
}

#[cfg(test)]
mod tests;
