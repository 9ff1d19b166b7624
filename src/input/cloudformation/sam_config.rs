//! The configuration of the SAM CLI (`samconfig.toml`): the parameters and tags of `sam deploy`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::deployment_facts::{DeploymentFile, scalars};
use crate::base::{any_of, quote};

/// The environment that the SAM CLI takes if none is named.
const DEFAULT_ENVIRONMENT: &str = "default";

/// Reads the parameters of `sam deploy` in an environment. Those of `global` hold for every command.
pub(super) fn read(root: &Value, environment: Option<&str>) -> Result<DeploymentFile, String> {
    let wanted = environment.unwrap_or(DEFAULT_ENVIRONMENT);
    let tables = root.as_object().into_iter().flatten().filter(|(_, value)| value.is_object());
    let known: Vec<String> = tables.map(|(name, _)| name.clone()).collect();
    let Some(environment) = root.get(wanted).filter(|table| table.is_object()) else {
        let known = if known.is_empty() { "none".to_owned() } else { any_of(known) };
        return Err(format!("no environment {}; --config-env names one of the file ({known})", quote(wanted)));
    };
    let table = |command: &str| environment.get(command)?.get("parameters")?.as_object();
    let (deploy, global) = (table("deploy"), table("global"));
    if deploy.or(global).is_none() {
        return Err(format!("the environment {} has no parameters of `deploy` or `global`", quote(wanted)));
    }
    let setting = |name: &str| {
        let of = |table: Option<&'_ Map<String, Value>>| table?.get(name).cloned();
        of(deploy).or_else(|| of(global))
    };
    let text = |name: &str| match setting(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{name}` is no text")),
    };
    let parameters = pairs("parameter_overrides", setting("parameter_overrides").as_ref())?;
    Ok(DeploymentFile {
        parameters: parameters.into_iter().map(|(key, value)| (key, Some(value))).collect(),
        tags: pairs("tags", setting("tags").as_ref())?,
        stack_name: text("stack_name")?,
        region: text("region")?,
        has_environments: true,
    })
}

/// Pairs in one of the forms of the SAM CLI: a text of words, a list of such texts, or a map.
fn pairs(name: &str, setting: Option<&Value>) -> Result<BTreeMap<String, String>, String> {
    match setting {
        None => Ok(BTreeMap::new()),
        Some(Value::Object(entries)) => scalars(entries),
        Some(Value::String(text)) => pairs_of_text(name, text),
        Some(Value::Array(items)) => {
            let mut out = BTreeMap::new();
            for item in items {
                out.extend(match item {
                    Value::String(text) => pairs_of_text(name, text)?,
                    Value::Object(entries) => scalars(entries)?,
                    _ => return Err(format!("an element of `{name}` is no text")),
                });
            }
            Ok(out)
        }
        Some(_) => Err(format!("`{name}` is neither text nor a list nor a map")),
    }
}

fn pairs_of_text(name: &str, text: &str) -> Result<BTreeMap<String, String>, String> {
    // The SAM CLI reads files that a configuration names; taglint reads what the user names.
    if text.contains("file://") {
        return Err(format!("`{name}` names another file; give that file with --parameters"));
    }
    let words = words(text).ok_or_else(|| format!("`{name}` has a quote without an end"))?;
    let pair = |(number, word): (usize, &String)| {
        pair_of_word(word).ok_or_else(|| format!("word {} of `{name}` is no KEY=VALUE", number + 1))
    };
    words.iter().enumerate().map(pair).collect()
}

/// `KEY=VALUE`, or `ParameterKey=KEY,ParameterValue=VALUE`.
fn pair_of_word(word: &str) -> Option<(String, String)> {
    let long = word.strip_prefix("ParameterKey=").and_then(|rest| rest.split_once(",ParameterValue="));
    let (key, value) = long.or_else(|| word.split_once('='))?;
    (!key.is_empty()).then(|| (key.to_owned(), value.to_owned()))
}

/// The words of a text; quotes join words, and `\` takes the next character as it is. `None`: a quote has no end.
fn words(text: &str) -> Option<Vec<String>> {
    let (mut out, mut word, mut quote, mut inside) = (Vec::new(), String::new(), None, false);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', _) => word.push(characters.next().unwrap_or('\\')),
            (end, Some(begin)) if end == begin => quote = None,
            ('"' | '\'', None) => quote = Some(character),
            (space, None) if space.is_whitespace() => {
                if std::mem::take(&mut inside) {
                    out.push(std::mem::take(&mut word));
                }
                continue;
            }
            _ => word.push(character),
        }
        inside = true;
    }
    if inside {
        out.push(word);
    }
    quote.is_none().then_some(out)
}
