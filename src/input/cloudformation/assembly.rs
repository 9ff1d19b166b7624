//! CDK assemblies (`cdk.out`): the manifest names the stacks, their environments and their tags.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::evaluate::{GivenValues, StackEnvironment, TemplateValue, Traced};
use super::files;
use super::stack::StackDeployment;
use super::stack_reader::StackReader;
use super::tags::TemplateTags;
use crate::aws::AccountId;
use crate::base::limits::STACK_NESTING;
use crate::base::{quote, read_regular};
use crate::engine::InputError;
use crate::model::Gap;

/// The size limit of a manifest. It contains the metadata of every construct and may be larger than a template.
const MAX_MANIFEST_BYTES: u64 = 64 << 20;

#[derive(Deserialize)]
struct AssemblyManifest {
    #[serde(default)]
    artifacts: BTreeMap<String, AssemblyArtifact>,
}

#[derive(Deserialize)]
struct AssemblyArtifact {
    #[serde(rename = "type")]
    kind: String,
    /// `aws://<account>/<region>`.
    #[serde(default)]
    environment: Option<String>,
    #[serde(default)]
    properties: ArtifactProperties,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ArtifactProperties {
    template_file: Option<String>,
    stack_name: Option<String>,
    parameters: BTreeMap<String, Option<String>>,
    tags: BTreeMap<String, String>,
    directory_name: Option<String>,
}

/// Reads the manifest's bytes.
pub(super) fn bytes(manifest: &Path) -> io::Result<Vec<u8>> {
    read_regular(manifest, MAX_MANIFEST_BYTES)
}

/// Reads every stack of the assembly in a folder.
pub(super) fn read(folder: &Path, reader: &mut StackReader<'_>) -> Result<(), InputError> {
    let stacks = read_manifest(folder, reader, 0)?;
    if stacks == 0 {
        let message = "this CDK assembly has no stack; `cdk synth` writes them".to_owned();
        return Err(InputError::Invalid { name: folder.display().to_string(), message });
    }
    Ok(())
}

fn read_manifest(folder: &Path, reader: &mut StackReader<'_>, depth: usize) -> Result<usize, InputError> {
    let path = folder.join("manifest.json");
    let name = path.display().to_string();
    let whole = |message: String| InputError::Invalid { name: name.clone(), message };
    let failed = |error| InputError::Read { name: name.clone(), error };
    if path.is_symlink() {
        files::within(folder, "manifest.json", reader.root()).map_err(whole)?;
    }
    let bytes = bytes(&path).map_err(failed)?;
    let manifest: AssemblyManifest =
        serde_json::from_slice(&bytes).map_err(|error| whole(format!("no manifest of a CDK assembly: {error}")))?;
    let mut stacks = 0;
    for (id, artifact) in &manifest.artifacts {
        let inside = match artifact.kind.as_str() {
            "aws:cloudformation:stack" => {
                stacks += 1;
                stack(folder, artifact, reader)
            }
            "cdk:cloud-assembly" => match assembly(folder, artifact, reader, depth) {
                Ok(more) => {
                    stacks += more;
                    Ok(())
                }
                Err(error) => Err(error),
            },
            _ => Ok(()),
        };
        if let Err(why) = inside {
            reader.gaps.push(Gap { error: format!("{name}: {} is not checked: {why}", quote(id)), ..Gap::default() });
        }
    }
    Ok(stacks)
}

fn assembly(
    folder: &Path,
    artifact: &AssemblyArtifact,
    reader: &mut StackReader<'_>,
    depth: usize,
) -> Result<usize, String> {
    let name = artifact.properties.directory_name.as_deref().ok_or("the manifest names no folder")?;
    if depth >= STACK_NESTING {
        return Err(format!("assemblies in assemblies deeper than {STACK_NESTING}"));
    }
    files::within(folder, &format!("{name}/manifest.json"), reader.root())?;
    read_manifest(&folder.join(name), reader, depth + 1).map_err(|error| error.to_string())
}

fn stack(folder: &Path, artifact: &AssemblyArtifact, reader: &mut StackReader<'_>) -> Result<(), String> {
    let properties = &artifact.properties;
    let name = properties.template_file.as_deref().ok_or("the manifest names no template")?;
    files::within(folder, name, reader.root())?;
    let (account, region) = environment(artifact.environment.as_deref().unwrap_or(""));
    let StackDeployment { environment: flags, parameters: given, mut tags, .. } = reader.deployment();
    for (key, value) in &properties.tags {
        tags = tags.with_fallback(TemplateTags::given_tag(key, value));
    }
    // A parameter without a value keeps the one of the previous deployment.
    let parameters = properties
        .parameters
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().map_or(TemplateValue::Unknown, TemplateValue::text)))
        .map(|(name, value)| (name, Traced::open(value)))
        // The flags of a deployment replace the values of the app.
        .chain(given.values);
    let deployment = StackDeployment {
        environment: StackEnvironment {
            account: account.or(flags.account),
            region: region.or(flags.region),
            stack: properties.stack_name.clone().or(flags.stack),
        },
        parameters: GivenValues { values: parameters.collect(), ..GivenValues::default() },
        tags,
        may_lack_resources: true,
        ..StackDeployment::default()
    };
    reader.file(&folder.join(name), deployment).map_err(|error| error.to_string())
}

/// The account and region of `aws://<account>/<region>`, if known. CDK writes `unknown-account` and `unknown-region`
/// for a stack without an environment.
fn environment(text: &str) -> (Option<String>, Option<String>) {
    let (account, region) = text.strip_prefix("aws://").and_then(|rest| rest.split_once('/')).unwrap_or(("", ""));
    let is_region = !region.is_empty() && region != "unknown-region";
    (AccountId::is_valid(account).then(|| account.to_owned()), is_region.then(|| region.to_owned()))
}
