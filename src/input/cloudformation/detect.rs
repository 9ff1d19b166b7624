//! Fast detection of templates: a folder contains much other JSON and YAML, which must not be parsed in full.

use std::path::Path;

use memchr::memmem;

use crate::base::encoding::without_bom;
use crate::syntax::yaml;

/// Returns whether a text looks like a template: it has `AWSTemplateFormatVersion`, or `Resources` with types of
/// `CloudFormation`. It searches instead of parsing, so that a template with a mistake is found too.
#[must_use]
pub fn is_template(bytes: &[u8]) -> bool {
    let bytes = without_bom(bytes);
    let is_json = bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
    let key = |name: &str| if is_json { json_root_key(bytes, name) } else { yaml_key(bytes, name) };
    key("AWSTemplateFormatVersion") || (key("Resources") && has_type(bytes))
}

/// Returns whether a file is a template, according to its whole text.
pub(super) fn is_template_file(path: &Path) -> bool {
    super::files::bytes(path).is_ok_and(|bytes| is_template(&bytes) || is_template_tree(&bytes))
}

/// Returns whether a text contains a word of a template anywhere, even in broken syntax.
pub(super) fn has_sign(bytes: &[u8]) -> bool {
    memmem::find(bytes, b"AWSTemplateFormatVersion").is_some()
        || follows(bytes, b"Type", TYPES)
        || memmem::find(bytes, MODULE).is_some()
        || follows(bytes, b"Transform", &["AWS::Serverless"])
}

/// Returns whether the tree of a text is that of a template, in any style: it has `AWSTemplateFormatVersion` at its root,
/// or a resource with a type of `CloudFormation`. The text may end anywhere after that.
pub(super) fn is_template_tree(bytes: &[u8]) -> bool {
    if !may_be_disguised(bytes) && !has_words(bytes) {
        return false;
    }
    let Ok(text) = (match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&bytes[..error.valid_up_to()]),
        text => text,
    }) else {
        return false;
    };
    yaml::has_value(text, &|path, value| match path {
        [version] => version == "AWSTemplateFormatVersion",
        [resources, id, kind] => {
            resources == "Resources" && !id.is_empty() && kind == "Type" && is_resource_type(value)
        }
        _ => false,
    })
}

/// Returns whether a name is that of a resource type: one of AWS, a custom resource, or one of three parts, as every type
/// of the registry has.
fn is_resource_type(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let parts = || name.split("::");
    TYPES.iter().any(|prefix| name.starts_with(prefix)) || matches!(parts().count(), 3 | 4) && parts().all(is_part)
}

/// Returns whether a text has all words of a template, in any order.
fn has_words(bytes: &[u8]) -> bool {
    let has = |word: &[u8]| memmem::find(bytes, word).is_some();
    has(b"AWSTemplateFormatVersion") || has(b"Resources") && has(b"Type") && has(b"::")
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

/// A key of the outermost map, in JSON.
fn json_root_key(bytes: &[u8], name: &str) -> bool {
    if !json_key(bytes, name) {
        return false;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let length = json_text_length(&bytes[at..]);
                let is_name = bytes.get(at + 1..at + length - 1) == Some(name.as_bytes());
                if depth == 1 && is_name && json_key(&bytes[at..(at + length + 64).min(bytes.len())], name) {
                    return true;
                }
                at += length - 1;
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// The length of the text in quotes at the start of JSON, with its quotes.
fn json_text_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    loop {
        match bytes.get(at) {
            Some(b'\\') => at += 2,
            Some(b'"') => return at + 1,
            Some(_) => at += 1,
            None => return bytes.len().max(2),
        }
    }
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
            ("{\"fragment\": {\"AWSTemplateFormatVersion\": \"2010-09-09\", \"Resources\": {}}}", false),
            ("{\"a\": \"Resources\\\"\", \"Resources\" :{\"U\":{\"Type\":\"AWS::IAM::User\"}}}", true),
            ("{\"a", false),
            ("{}", false),
            ("", false),
        ] {
            assert_eq!(is_template(text.as_bytes()), want, "{text}");
        }
    }

    #[test]
    fn a_template_is_told_by_its_tree() {
        for (text, want) in [
            ("  Resources:\n    U:\n      Type: AWS::IAM::User\n", true),
            ("{Resources: {U: {Type: AWS::IAM::User}}}", true),
            ("Resources:\n  U:\n    Type: # why\n      AWS::IAM::User\n", true),
            ("Resources:\n  U:\n    Type: &a AWS::IAM::User\n  V:\n    'cut", true),
            ("Resources:\n  U:\n    Type: !!str Custom::X\n", true),
            ("\"\\x52esources\": {M: {Type: My::Own::X::MODULE}}\n", true),
            ("{\"fragment\": {\"Resources\": {\"U\": {\"Type\": \"AWS::IAM::User\"}}}}", false),
            ("Resources: {U: {Type: MyOrg::Team::Thing}}\n", true),
            ("{\"Resources\": {\"U\": {\"Type\": \"Vendor::Product::Thing::MODULE\"}}}", true),
            ("Resources: {U: {Type: std::vector}}\n", false),
            ("Resources: {U: {Type: 'a::b c::d'}}\n", false),
            ("Resources:\n- U\n- Type: AWS::IAM::User\n", false),
            ("Resources: {U: {Properties: {Type: AWS::IAM::User}}}\n", false),
            ("a: [Resources, Type, AWS::]\n", false),
            ("b: 'Resources Type AWS::", false),
        ] {
            assert_eq!(is_template_tree(text.as_bytes()), want, "{text}");
        }
    }

    #[test]
    fn manifests_are_told_from_other_files() {
        assert!(is_manifest(br#"{"version":"36.0.0","artifacts":{"A":{"type":"aws:cloudformation:stack"}}}"#));
        assert!(!is_manifest(br#"{"version":"36.0.0","files":{}}"#));
    }
}
