//! Terraform states: files (version 4), and the output of `terraform show -json`. Only the address and ARN of each
//! resource are read: the tags in a state are as old as the last apply.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::address::quoted_key;
use super::json::{JsonValue, ResourceAttributes, message_without_value};
use super::secrets::SecretTexts;
use crate::base::{open_regular, read_start};
use crate::model::Text;

/// A resource of a state.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::input) struct StateResource {
    pub arn: String,
    pub address: String,
    /// The address without keys that contain a sensitive identifier.
    pub shown_address: String,
    /// `aws_iam_user`
    pub kind: String,
    pub marks: TagMarks,
}

/// The tags that a state marks as sensitive.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::input) struct TagMarks {
    /// True for all of them, with their keys.
    pub whole: bool,
    /// The keys with a sensitive value.
    pub keys: BTreeSet<String>,
}

impl TagMarks {
    /// The marks of the output of `terraform show -json`, which have the shape of the attributes.
    fn of(marks: &ResourceAttributes<'_>) -> Self {
        let mut out = Self::default();
        for name in ["tags", "tags_all"] {
            out.whole |= marks.says(name);
            let marked =
                marks.get(name).entries().iter().filter(|(_, mark)| !mark.is_null() && *mark != JsonValue::Bool(false));
            out.keys.extend(marked.map(|(key, _)| key.to_string()));
        }
        out
    }

    /// Adds the marks of a state file: each is the path of an attribute, as a list of steps.
    fn add_path(&mut self, path: &JsonValue<'_>) {
        let (Some(name), rest) = attribute_of(path) else { return };
        if name != "tags" && name != "tags_all" {
            return;
        }
        match rest.first().map(|step| step.get("value")) {
            None => self.whole = true,
            // `{"type": "index", "value": {"value": "Team", "type": "string"}}`
            Some(step) => match step.as_str().or_else(|| step.get("value").as_str()) {
                Some(key) => drop(self.keys.insert(key.to_owned())),
                None => self.whole = true,
            },
        }
    }
}

/// The attribute of a path of a state file, and the steps below it.
fn attribute_of<'p>(path: &'p JsonValue<'_>) -> (Option<&'p str>, &'p [JsonValue<'p>]) {
    match path.items().split_first() {
        Some((first, rest)) => (first.get("value").as_str(), rest),
        None => (None, &[]),
    }
}

#[derive(Debug, Deserialize)]
struct StateDocument<'a> {
    #[serde(borrow, default)]
    version: JsonValue<'a>,
    #[serde(borrow, default)]
    resources: Option<Vec<StateFileResource<'a>>>,
    #[serde(borrow, default)]
    values: Option<StateValues<'a>>,
    /// The state before a plan.
    #[serde(borrow, default)]
    prior_state: Option<PriorState<'a>>,
    #[serde(default)]
    format_version: Option<IgnoredAny>,
    #[serde(default)]
    encrypted_data: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct PriorState<'a> {
    #[serde(borrow, default)]
    values: Option<StateValues<'a>>,
}

#[derive(Debug, Deserialize)]
struct StateValues<'a> {
    #[serde(borrow, default)]
    root_module: StateModule<'a>,
}

#[derive(Debug, Default, Deserialize)]
struct StateModule<'a> {
    #[serde(borrow, default)]
    resources: Vec<ShownResource<'a>>,
    #[serde(borrow, default)]
    child_modules: Vec<StateModule<'a>>,
}

/// A resource in the output of `terraform show -json`.
#[derive(Debug, Deserialize)]
struct ShownResource<'a> {
    #[serde(borrow)]
    address: Text<'a>,
    #[serde(borrow, default)]
    mode: JsonValue<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    values: ResourceAttributes<'a>,
    #[serde(borrow, default)]
    sensitive_values: ResourceAttributes<'a>,
}

/// A resource in a state file.
#[derive(Debug, Deserialize)]
struct StateFileResource<'a> {
    #[serde(borrow, default)]
    module: Option<Text<'a>>,
    #[serde(borrow, default)]
    mode: JsonValue<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, default)]
    instances: Vec<StateInstance<'a>>,
}

#[derive(Debug, Deserialize)]
struct StateInstance<'a> {
    #[serde(borrow, default)]
    index_key: JsonValue<'a>,
    /// The key of an old object that is still to be destroyed.
    #[serde(borrow, default)]
    deposed: JsonValue<'a>,
    #[serde(borrow, default)]
    attributes: ResourceAttributes<'a>,
    /// The paths of sensitive attributes.
    #[serde(borrow, default)]
    sensitive_attributes: JsonValue<'a>,
}

/// Returns whether the head of a file looks like a state.
#[must_use]
pub(in crate::input) fn looks_like_state(head: &[u8]) -> bool {
    let holds = |word: &str| memchr::memmem::find(head, word.as_bytes()).is_some();
    holds("\"lineage\"") || (holds("\"format_version\"") && holds("\"terraform_version\""))
}

/// Reads a state.
///
/// # Errors
/// The reason why the state cannot be read.
pub(in crate::input) fn read(text: &[u8]) -> Result<Vec<StateResource>, String> {
    let state: StateDocument<'_> = serde_json::from_slice(text)
        .map_err(|error| format!("not a Terraform state: {}", message_without_value(&error)))?;
    if state.encrypted_data.is_some() {
        return Err("the state is encrypted; give what `tofu show -json` prints of it".to_owned());
    }
    let mut out = Vec::new();
    let values = state.values.or(state.prior_state.and_then(|prior_state| prior_state.values));
    match (state.version.scalar().as_deref(), values) {
        (Some("4"), _) => state.resources.iter().flatten().for_each(|resource| read_state_file(resource, &mut out)),
        (None, Some(values)) => read_show_json(&values.root_module, &mut out),
        // An empty state has no `values`.
        (None, None) if state.format_version.is_some() => {}
        (Some(version), _) => {
            let hint = "run `terraform apply -refresh-only` with Terraform 0.12 or newer, or give what `terraform show -json` prints";
            return Err(format!("a Terraform state of version {version}; this taglint reads version 4: {hint}"));
        }
        (None, None) => return Err("a Terraform state has `version` or `values`, and this has neither".to_owned()),
    }
    Ok(out)
}

fn read_state_file(resource: &StateFileResource<'_>, out: &mut Vec<StateResource>) {
    if resource.mode.as_str() != Some("managed") {
        return;
    }
    for instance in resource.instances.iter().filter(|instance| instance.deposed.is_null()) {
        let Some(arn) = instance.attributes.get("arn").as_str() else { continue };
        let (mut marks, mut secrets) = (TagMarks::default(), SecretTexts::default());
        for path in instance.sensitive_attributes.items() {
            marks.add_path(path);
            let (name, steps) = attribute_of(path);
            if let Some(name) = name.filter(|name| steps.is_empty() && !name.starts_with("tag")) {
                secrets.add(instance.attributes.get(name));
            }
        }
        let address = address(resource, &instance.index_key);
        out.push(StateResource {
            arn: arn.to_owned(),
            shown_address: secrets.hide_keys(Text::from(address.as_str())).to_string(),
            address,
            kind: resource.kind.to_string(),
            marks,
        });
    }
}

/// The address of an instance, such as `module.a["x"].aws_iam_user.u[0]`.
fn address(resource: &StateFileResource<'_>, key: &JsonValue<'_>) -> String {
    let mut out = resource.module.as_deref().map_or(String::new(), |module| format!("{module}."));
    out += &format!("{}.{}", resource.kind.as_str(), resource.name.as_str());
    match key {
        JsonValue::Number(number) => out += &format!("[{number}]"),
        JsonValue::Text(text) => {
            out += &format!("[{}]", quoted_key(text.as_str()));
        }
        _ => {}
    }
    out
}

fn read_show_json(module: &StateModule<'_>, out: &mut Vec<StateResource>) {
    for resource in module.resources.iter().filter(|resource| resource.mode.as_str() == Some("managed")) {
        if let Some(arn) = resource.values.get("arn").as_str() {
            let mut secrets = SecretTexts::default();
            secrets.add_identifiers(&resource.values, &resource.sensitive_values);
            out.push(StateResource {
                arn: arn.to_owned(),
                address: resource.address.to_string(),
                shown_address: secrets.hide_keys(resource.address.clone()).to_string(),
                kind: resource.kind.to_string(),
                marks: TagMarks::of(&resource.sensitive_values),
            });
        }
    }
    module.child_modules.iter().for_each(|module| read_show_json(module, out));
}

/// The states in a folder and its subfolders, sorted. Hidden folders are skipped: `.terraform/terraform.tfstate`
/// describes the backend, not resources.
pub(in crate::input) fn files(folder: &Path) -> std::io::Result<Vec<std::path::PathBuf>> {
    const DEPTH: usize = 32;
    const HEAD: u64 = 4 << 10;
    let (mut out, mut open) = (Vec::new(), vec![(folder.to_owned(), 0)]);
    while let Some((folder, depth)) = open.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let (name, kind) = (entry.file_name().to_string_lossy().to_ascii_lowercase(), entry.file_type()?);
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() && depth < DEPTH {
                open.push((entry.path(), depth + 1));
            } else if kind.is_file()
                && [".tfstate", ".json"].iter().any(|end| name.ends_with(end))
                && looks_like_state(&read_start(open_regular(&entry.path())?, HEAD)?)
            {
                out.push(entry.path());
            }
        }
    }
    out.sort();
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> String {
        let kept = read(text.as_bytes()).unwrap();
        kept.iter().map(|kept| format!("{} {}", kept.arn, kept.address)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn addresses_are_made_as_terraform_writes_them() {
        let state = r#"{"version":4,"lineage":"x","resources":[
            {"mode":"data","type":"aws_iam_user","name":"d","instances":[{"attributes":{"arn":"no"}}]},
            {"module":"module.a[\"k\"]","mode":"managed","type":"aws_iam_user","name":"u","instances":[
                {"index_key":"q\"\\${x}","attributes":{"arn":"one"}},
                {"index_key":"old","deposed":"ab12","attributes":{"arn":"no"}}]},
            {"mode":"managed","type":"aws_x","name":"c","instances":[
                {"index_key":1,"attributes":{"arn":"two"}},{"attributes":{"id":"no arn"}},{}]}]}"#;
        assert_eq!(all(state), "one module.a[\"k\"].aws_iam_user.u[\"q\\\"\\\\$${x}\"]\ntwo aws_x.c[1]");
        let output = r#"{"format_version":"1.0","values":{"root_module":{"resources":[],"child_modules":[{"resources":[
            {"address":"module.a.aws_iam_user.u","mode":"managed","type":"aws_iam_user","values":{"arn":"one"}}]}]}}}"#;
        assert_eq!(all(output), "one module.a.aws_iam_user.u");
        assert_eq!(all(r#"{"format_version":"1.0","terraform_version":"1.11.4"}"#), "");
    }

    #[test]
    fn a_state_that_is_not_understood_says_why() {
        for (text, want) in [
            (r#"{"version":3,"modules":[]}"#, "version 3"),
            (r#"{"encrypted_data":"x"}"#, "encrypted"),
            ("{}", "neither"),
            ("[", "not a Terraform state"),
        ] {
            assert!(read(text.as_bytes()).unwrap_err().contains(want), "{text}");
        }
    }
}
