//! Fast detection of templates: a folder contains much other JSON and YAML, which must not be parsed in full.

use std::path::Path;

use memchr::memmem;

use crate::base::encoding::without_bom;
use crate::syntax::Node;

/// Returns whether a text looks like a template: it has `AWSTemplateFormatVersion`, or `Resources` with types of
/// `CloudFormation`. It searches instead of parsing, so that a template with a mistake is found too.
#[must_use]
pub fn is_template(bytes: &[u8]) -> bool {
    let bytes = without_bom(bytes);
    let is_json = bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
    let key = |name: &str| if is_json { json_key(bytes, name) } else { yaml_key(bytes, name) };
    key("AWSTemplateFormatVersion") || (key("Resources") && has_type(bytes))
}

/// Returns whether a file looks like a template, anywhere in the file.
pub(super) fn is_template_file(path: &Path) -> bool {
    super::files::bytes(path).is_ok_and(|bytes| is_template(&bytes))
}

/// Returns whether a text contains a word of a template anywhere, even in broken syntax.
pub(super) fn has_sign(bytes: &[u8]) -> bool {
    memmem::find(bytes, b"AWSTemplateFormatVersion").is_some()
        || follows(bytes, b"Type", TYPES)
        || memmem::find(bytes, MODULE).is_some()
        || follows(bytes, b"Transform", &["AWS::Serverless"])
}

/// Returns whether the parsed tree is a template, in any style.
pub(super) fn has_resources(path: &Path, bytes: Vec<u8>) -> bool {
    let Ok(template) = super::files::parse(path, String::new(), bytes, false) else { return false };
    let resources = template.root.get("Resources").map_or(&[][..], Node::entries);
    let kinds = resources.iter().filter_map(|resource| resource.value.get("Type")?.text());
    kinds
        .into_iter()
        .any(|kind| TYPES.iter().any(|prefix| kind.starts_with(prefix)) || kind.as_bytes().ends_with(MODULE))
}

/// Returns whether a text may spell the words of a template in another way: with escapes or with YAML's tags.
pub(super) fn may_be_disguised(bytes: &[u8]) -> bool {
    [&b"\\x"[..], b"\\u", b"\\U", b"!!"].iter().any(|sign| memmem::find(bytes, sign).is_some())
}

/// Returns whether a text is the manifest of a CDK assembly.
#[must_use]
pub fn is_manifest(bytes: &[u8]) -> bool {
    json_key(bytes, "artifacts")
        && (memmem::find(bytes, b"\"aws:cloudformation:stack\"").is_some()
            || memmem::find(bytes, b"\"cdk:cloud-assembly\"").is_some())
}

/// Returns whether a folder is a CDK assembly (`cdk.out`), according to its manifest.
pub(super) fn is_assembly(folder: &Path) -> bool {
    let manifest = folder.join("manifest.json");
    manifest.is_file() && super::assembly::bytes(&manifest).is_ok_and(|bytes| is_manifest(&bytes))
}

/// A key of the outermost map, in YAML's block style.
fn yaml_key(bytes: &[u8], name: &str) -> bool {
    memmem::find_iter(bytes, name).any(|at| {
        let before = bytes[..at].strip_suffix(b"\"").or_else(|| bytes[..at].strip_suffix(b"'")).unwrap_or(&bytes[..at]);
        let after = &bytes[at + name.len()..];
        let after = after.strip_prefix(b"\"").or_else(|| after.strip_prefix(b"'")).unwrap_or(after);
        let colon = after.iter().find(|b| !matches!(b, b' ' | b'\t')) == Some(&b':');
        colon && (before.is_empty() || before.ends_with(b"\n"))
    })
}

/// A key of any map, in JSON.
fn json_key(bytes: &[u8], name: &str) -> bool {
    memmem::find_iter(bytes, &format!("\"{name}\"")).any(|at| {
        let after = &bytes[at + name.len() + 2..];
        after.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b':')
    })
}

/// `Type` with a type of `CloudFormation` after it.
fn has_type(bytes: &[u8]) -> bool {
    follows(bytes, b"Type", TYPES)
}

/// The prefixes of resource types in `CloudFormation`.
const TYPES: &[&str] = &["AWS::", "Custom::", "Alexa::"];

/// The end of the types of modules in `CloudFormation`.
const MODULE: &[u8] = b"::MODULE";

/// Returns whether one of these is the value of a key.
fn follows(bytes: &[u8], key: &[u8], values: &[&str]) -> bool {
    values.iter().any(|value| {
        memmem::find_iter(bytes, value).any(|at| {
            let skipped = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b':');
            let length = bytes[..at].iter().rposition(|b| !skipped(b)).map_or(0, |last| last + 1);
            bytes[..length].ends_with(key) && length < at
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_told_from_other_files() {
        for (text, want) in [
            ("AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n", true),
            ("Resources:\n  U:\n    Type: AWS::IAM::User\n", true),
            ("\u{feff}'Resources':\n  U:\n    \"Type\": 'AWS::IAM::User'\n", true),
            ("{\"Resources\": {\"U\": {\"Type\" : \"AWS::IAM::User\"}}}", true),
            ("{ \"AWSTemplateFormatVersion\": \"2010-09-09\" }", true),
            ("Resources: {U: {Type: Custom::Thing}}", true),
            ("resources:\n  Resources:\n    U: {Type: AWS::IAM::User}\n", false),
            ("# Resources: of Type: AWS::IAM::User\nkind: Deployment\n", false),
            ("{\"constructs\": {\"Resources\": 1, \"aws:cdk:cloudformation:type\": \"AWS::IAM::User\"}}", false),
            ("[{\"ParameterKey\": \"A\", \"ParameterValue\": \"AWS::IAM::User\"}]", false),
            ("Resources:\n  cpu: 1\n", false),
            ("{}", false),
            ("", false),
        ] {
            assert_eq!(is_template(text.as_bytes()), want, "{text}");
        }
        assert!(is_manifest(br#"{"version":"36.0.0","artifacts":{"A":{"type":"aws:cloudformation:stack"}}}"#));
        assert!(!is_manifest(br#"{"version":"36.0.0","files":{}}"#));
    }
}
