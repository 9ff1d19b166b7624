//! Reading of an input of any kind into the policies in it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::ImportError;
use super::found::{Found, NotFound, from_json};
use super::input::ImportInput;
use super::note::Note;
use super::template::from_template;
use super::terraform::{TerraformPolicy, from_terraform};
use crate::base::SourceFile;
use crate::base::encoding::text_without_bom;
use crate::syntax::hcl::{self, HclBody};
use crate::syntax::{Node, parse_json_or_yaml};

/// The policies in an input; adds remarks on what is passed over.
///
/// # Errors
/// [`ImportError`], if the input can't be read, or has no policy.
pub(super) fn read(input: &ImportInput, notes: &mut Vec<Note>) -> Result<Vec<Found>, ImportError> {
    let text = text_without_bom(&input.text);
    let ends_with = |end: &str| Path::new(&input.name).extension().is_some_and(|other| other == end);
    let begins_as_json = text.trim_start().starts_with(['{', '[', '"']);
    if ends_with("tf") || ends_with("tofu") {
        return terraform(input, text, notes)?.ok_or_else(|| unknown(input));
    }
    match serde_json::from_str(text) {
        Ok(value) => json(input, value, notes),
        Err(error) if begins_as_json => Err(ImportError::Json { name: input.name.clone(), error }),
        Err(error) => other(input, text, error, notes),
    }
}

fn unknown(input: &ImportInput) -> ImportError {
    ImportError::Unknown(input.name.clone())
}

fn not_found(input: &ImportInput, why: NotFound) -> ImportError {
    match why {
        NotFound::Unknown => unknown(input),
        NotFound::Json(error) => ImportError::Json { name: input.name.clone(), error },
    }
}

fn json(input: &ImportInput, value: Value, notes: &mut Vec<Note>) -> Result<Vec<Found>, ImportError> {
    let map = match value {
        // `--query EffectivePolicy.PolicyContent` prints the policy as a string.
        Value::String(text) => {
            let error = |error| ImportError::Json { name: input.name.clone(), error };
            serde_json::from_str(&text).map_err(error)?
        }
        other => other,
    };
    let Value::Object(map) = map else { return Err(unknown(input)) };
    if map.get("resource").is_some_and(Value::is_object) {
        let parsed = hcl::parse_json(text_without_bom(&input.text), 0, |_, _| false)
            .map_err(|mistake| syntax(input, &mistake))?;
        return terraform_body(input, &parsed.body, notes);
    }
    if let Some(Value::String(body)) = map.get("TemplateBody") {
        let given = given_parameters(&map);
        return template(input, body, &given, notes)?.ok_or_else(|| unknown(input));
    }
    if map.get("Resources").is_some_and(Value::is_object) {
        return template(input, &input.text, &BTreeMap::new(), notes)?.ok_or_else(|| unknown(input));
    }
    from_json(&input.name, map).map_err(|why| not_found(input, why))
}

/// The parameters of a request to put a conformance pack.
fn given_parameters(request: &Map<String, Value>) -> BTreeMap<String, String> {
    let list = request.get("ConformancePackInputParameters").and_then(Value::as_array);
    let text = |parameter: &Value, name: &str| parameter.get(name).and_then(Value::as_str).map(str::to_owned);
    let pair = |parameter: &Value| Some((text(parameter, "ParameterName")?, text(parameter, "ParameterValue")?));
    list.into_iter().flatten().filter_map(pair).collect()
}

/// An input that is not JSON: a template in YAML, or Terraform source.
fn other(
    input: &ImportInput,
    text: &str,
    error: serde_json::Error,
    notes: &mut Vec<Note>,
) -> Result<Vec<Found>, ImportError> {
    let as_template = template(input, text, &BTreeMap::new(), notes);
    if let Ok(Some(found)) = as_template {
        return Ok(found);
    }
    if let Ok(Some(found)) = terraform(input, text, notes) {
        return Ok(found);
    }
    let says_template = ["\nResources:", "\nAWSTemplateFormatVersion:"].iter().any(|line| text.contains(line));
    match as_template {
        Err(mistake) if says_template || text.starts_with("Resources:") => Err(mistake),
        _ if text.trim().is_empty() => Err(ImportError::Json { name: input.name.clone(), error }),
        _ => Err(unknown(input)),
    }
}

/// The policies in a template; `None` if it has no resources.
fn template(
    input: &ImportInput,
    text: &str,
    given: &BTreeMap<String, String>,
    notes: &mut Vec<Note>,
) -> Result<Option<Vec<Found>>, ImportError> {
    let file = Arc::new(SourceFile { path: input.name.clone().into(), text: text.to_owned(), built_in: false });
    let root = parse_json_or_yaml(&file).map_err(|mistake| {
        let (line, column) = file.line_column(mistake.span.start);
        let message = format!("line {line}, column {column}: {}", mistake.message);
        ImportError::Syntax { name: input.name.clone(), message }
    })?;
    if root.get("Resources").map(Node::entries).unwrap_or_default().is_empty() {
        return Ok(None);
    }
    from_template(&input.name, &root, given, notes).map(Some).map_err(|why| not_found(input, why))
}

/// The policies in Terraform source; `None` if it has no blocks of resources.
fn terraform(input: &ImportInput, text: &str, notes: &mut Vec<Note>) -> Result<Option<Vec<Found>>, ImportError> {
    let parsed = hcl::parse(text, 0).map_err(|mistake| syntax(input, &mistake))?;
    if parsed.body.blocks("resource").next().is_none() {
        return Ok(None);
    }
    terraform_body(input, &parsed.body, notes).map(Some)
}

fn terraform_body(input: &ImportInput, body: &HclBody, notes: &mut Vec<Note>) -> Result<Vec<Found>, ImportError> {
    let mut out = Vec::new();
    for policy in from_terraform(&input.name, body, notes).map_err(|why| not_found(input, why))? {
        match policy {
            TerraformPolicy::Found(found) => out.push(found),
            TerraformPolicy::Template(text) => {
                out.extend(template(input, &text, &BTreeMap::new(), notes)?.unwrap_or_default());
            }
        }
    }
    Ok(out)
}

fn syntax(input: &ImportInput, mistake: &hcl::SyntaxError) -> ImportError {
    ImportError::Syntax { name: input.name.clone(), message: mistake.message.clone() }
}
