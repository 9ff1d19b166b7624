//! What the JSON and YAML of a folder are: templates, plans, files that nobody can parse, and all the rest.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use memchr::memmem;
use rayon::prelude::*;
use serde::de::IgnoredAny;

use super::cloudformation;
use crate::syntax::{json, yaml};

/// What a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Document {
    /// A template, or one whose text is broken and has a sign of a template all the same: its reader says what is wrong.
    Template,
    /// A Terraform plan: what `terraform show -json` prints of one.
    Plan,
    /// Neither, and its text can't be parsed.
    Broken,
    /// It can't be read; why.
    Unread(String),
    /// JSON or YAML of another kind.
    Other,
}

/// Looks at each file, in its order.
pub(super) fn look(paths: &[PathBuf]) -> Vec<Document> {
    paths.par_iter().map(|path| document(path)).collect()
}

fn document(path: &Path) -> Document {
    let bytes = match cloudformation::head(path) {
        Ok(bytes) => bytes,
        Err(error) => return Document::Unread(format!("{}: {error}", path.display())),
    };
    if is_plan(&bytes) {
        return Document::Plan;
    }
    if cloudformation::is_template(&bytes) {
        return Document::Template;
    }
    let broken = bytes.len() <= cloudformation::LARGEST && !parses(path, &bytes);
    match (cloudformation::has_sign(&bytes), broken) {
        (true, true) => Document::Template,
        (true, false) if cloudformation::has_resources(path, bytes) => Document::Template,
        (_, true) => Document::Broken,
        (_, false) => Document::Other,
    }
}

/// Whether a text is a plan. A state has a format version too, but nothing planned.
fn is_plan(bytes: &[u8]) -> bool {
    let holds = |word: &str| memmem::find(bytes, word.as_bytes()).is_some();
    bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{')
        && holds("\"format_version\"")
        && (holds("\"planned_values\"") || holds("\"resource_changes\""))
}

/// Whether a text is one or several documents of what its ending says. Other endings say nothing.
fn parses(path: &Path, bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    let Some(ending) = path.extension().and_then(|ending| ending.to_str()) else { return true };
    match ending.to_ascii_lowercase().as_str() {
        "json" => parses_json(bytes),
        "yaml" | "yml" => std::str::from_utf8(bytes).is_ok_and(yaml::is_yaml),
        _ => match bytes.iter().find(|b| !b.is_ascii_whitespace()) {
            Some(b'{' | b'[') => parses_json(bytes),
            // A template of some other program; with a sign in it it has to be YAML.
            _ => !cloudformation::has_sign(bytes) || std::str::from_utf8(bytes).is_ok_and(yaml::is_yaml),
        },
    }
}

/// Whether this is JSON, a document a line too, or JSON with the comments that editors allow in their settings.
fn parses_json(bytes: &[u8]) -> bool {
    let mut documents = serde_json::Deserializer::from_reader(Cursor::new(bytes)).into_iter::<IgnoredAny>();
    documents.all(|document| document.is_ok()) || std::str::from_utf8(bytes).is_ok_and(json::is_json_with_comments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_by_what_they_hold() {
        let folder = tempfile::tempdir().unwrap();
        let signs = "AWSTemplateFormatVersion: '2010-09-09'\n";
        for (name, text, want) in [
            ("a.yaml", "Resources: {U: {Type: AWS::IAM::User}}\n", Document::Template),
            ("flow.yaml", "{Resources: {U: {Type: AWS::IAM::User}}}\n", Document::Template),
            ("indented.yaml", "  Resources:\n    U:\n      Type: AWS::IAM::User\n", Document::Template),
            ("broken.yaml", "Resource:\n  U:\n   Type: AWS::IAM::User\n   - [\n", Document::Template),
            ("broken.json", "{\"resources\": {\"U\": {\"Type\": \"AWS::IAM::User\",, }", Document::Template),
            ("version.yaml", &format!("x: [\n  {signs}"), Document::Template),
            ("sam.yml", "  Transform: AWS::Serverless-2016-10-31\n x: [\n", Document::Template),
            ("sam.template", "  Transform: AWS::Serverless-2016-10-31\n x: [\n", Document::Template),
            ("quoted.yaml", "text: |\n  Resources:\n    U:\n      Type: AWS::IAM::User\n", Document::Other),
            ("many.yaml", "a: 1\n---\nb: |\n  AWSTemplateFormatVersion\n", Document::Other),
            ("page.html.template", "<p>{{ x }}: [\n", Document::Other),
            ("values.yaml", "a: {{ .Values.b }}\nc: [\n", Document::Broken),
            ("twice.json", "{\"a\": 1} }", Document::Broken),
            ("latin.yaml", "a: b", Document::Other),
            ("lines.json", "{\"a\": 1}\n{\"a\": 2}\n", Document::Other),
            ("tsconfig.json", "{ // why\n \"a\": [1,],\n}", Document::Other),
            ("empty.json", "", Document::Other),
            ("plan.json", "{\"format_version\":\"1.2\",\"planned_values\":{}}", Document::Plan),
            ("state.json", "{\"format_version\":\"1.0\",\"values\":{}}", Document::Other),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            assert_eq!(look(&[path]), [want], "{name}: {text}");
        }
        let latin = folder.path().join("latin.yaml");
        std::fs::write(&latin, b"a: \xff").unwrap();
        assert_eq!(look(&[latin]), [Document::Broken]);
        assert!(
            matches!(&look(&[folder.path().join("gone.json")])[..], [Document::Unread(why)] if why.contains("gone"))
        );
    }
}
