//! Tests of the walk through a folder.

use super::classify::{DocumentFormat, document};
use super::*;

#[test]
fn documents_are_told_by_their_content() {
    let folder = tempfile::tempdir().unwrap();
    let sign = "AWSTemplateFormatVersion: '2010-09-09'\n";
    let (template, plan) = ("cloudformation", "Terraform plan");
    for (name, text, want) in [
        ("a.yaml", "Resources: {U: {Type: AWS::IAM::User}}\n", template),
        ("flow.yaml", "{Resources: {U: {Type: AWS::IAM::User}}}\n", template),
        ("indented.yaml", "  Resources:\n    U:\n      Type: AWS::IAM::User\n", template),
        ("broken.yaml", "Resource:\n  U:\n   Type: AWS::IAM::User\n   - [\n", template),
        ("broken.json", "{\"resources\": {\"U\": {\"Type\": \"AWS::IAM::User\",, }", template),
        ("version.yaml", &format!("x: [\n  {sign}"), template),
        ("sam.yml", "  Transform: AWS::Serverless-2016-10-31\n x: [\n", template),
        ("sam.template", "  Transform: AWS::Serverless-2016-10-31\n x: [\n", template),
        ("quoted.yaml", "text: |\n  Resources:\n    U:\n      Type: AWS::IAM::User\n", "other document"),
        ("many.yaml", "a: 1\n---\nb: |\n  AWSTemplateFormatVersion\n", "other document"),
        ("page.html.template", "<p>{{ x }}: [\n", "other document"),
        ("values.yaml", "a: {{ .Values.b }}\nc: [\n", "broken document"),
        ("twice.json", "{\"a\": 1} }", "broken document"),
        ("latin.yaml", "a: b", "other document"),
        ("lines.json", "{\"a\": 1}\n{\"a\": 2}\n", "other document"),
        ("tsconfig.json", "{ // why\n \"a\": [1,],\n}", "other document"),
        ("empty.json", "", "other document"),
        ("plan.json", "{\"format_version\":\"1.2\",\"planned_values\":{}}", plan),
        ("state.json", "{\"format_version\":\"1.0\",\"values\":{}}", "other document"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        assert_eq!(format_of(&path), want, "{name}: {text}");
    }
    let latin = folder.path().join("latin.yaml");
    std::fs::write(&latin, b"a: \xff").unwrap();
    assert_eq!(format_of(&latin), "broken document");
    assert!(format_of(&folder.path().join("gone.json")).contains("gone"));
}

fn format_of(path: &Path) -> String {
    match document(path) {
        DocumentFormat::Claimed(at) => READERS[at].format().unwrap().name.to_owned(),
        DocumentFormat::OtherInput(noun) => noun.to_owned(),
        DocumentFormat::Broken => "broken document".to_owned(),
        DocumentFormat::Other => "other document".to_owned(),
        DocumentFormat::Unread(why) => why,
    }
}
