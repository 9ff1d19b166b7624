//! SAM templates against the output of AWS's own translator, tag by tag. `tests/cloudformation/sam/expanded.json` is its
//! output for `template.yaml` beside it.

use std::collections::BTreeMap;
use std::process::Command;

use taglint::engine::resources;
use taglint::input::{InputOptions, open};
use taglint::model::{Resource, UnlistedTags};

use crate::common::{Scratch, repository, skip};

/// The version of aws-sam-translator that wrote the committed output.
const TRANSLATOR: &str = "1.115.0";

type Tags = (BTreeMap<String, Option<String>>, UnlistedTags);

/// The tags of every resource, by type and address.
fn read(name: &str) -> BTreeMap<(String, String), Tags> {
    let options = InputOptions { srcroot: repository(""), ..InputOptions::default() };
    let opened = open(&repository("tests/cloudformation/sam").join(name), &options).unwrap_or_else(|e| panic!("{e}"));
    let all = opened.iter().flat_map(|opened| resources(&opened.input)).map(|resource| resource.unwrap());
    all.map(|resource| ((resource.kind.as_str().to_owned(), address(&resource)), tags(&resource))).collect()
}

fn address(resource: &Resource<'_>) -> String {
    resource.address.as_deref().expect("an address").to_owned()
}

fn tags(resource: &Resource<'_>) -> Tags {
    let known = resource.tags.known().iter();
    let known = known.map(|tag| (tag.key.as_str().to_owned(), tag.value.as_deref().map(str::to_owned)));
    let more = match &resource.tags {
        taglint::model::Tags::Read { more, .. } => more.clone(),
        taglint::model::Tags::Unread { .. } => panic!("a template has no unread tags"),
    };
    (known.collect(), more)
}

#[test]
fn every_resource_of_sam_has_the_tags_that_the_translator_writes() {
    let (source, mut expanded) = (read("template.yaml"), read("expanded.json"));
    let mut unknown = Vec::new();
    for ((kind, address), tags) in source {
        // A REST API of SAM stands for its stage.
        let found = expanded.keys().find(|(other, name)| {
            *other == kind && (*name == address || kind.ends_with("restapis/stages") && name.starts_with(&address))
        });
        let found = found.cloned().unwrap_or_else(|| panic!("the translator makes no {kind} {address}"));
        let (written, more) = expanded.remove(&found).expect("found");
        let (known, other) = &tags;
        let open = known.iter().filter(|(key, value)| value.is_none() && written.contains_key(*key));
        let open: Vec<_> = open.map(|(key, _)| format!("{kind} {address}: {key}")).collect();
        let known = known.iter().map(|(key, value)| (key.clone(), value.clone().or_else(|| written[key].clone())));
        assert_eq!((known.collect(), other), (written.clone(), &more), "{kind} {address}");
        unknown.extend(open.into_iter().filter(|_| tags.0 != written));
    }
    // Two resources give the implicit API different values, and SAM takes one by a hash of the names.
    let of_api = ["apigateway:restapis ServerlessRestApi", "apigateway:restapis/stages ServerlessRestApiProdStage"];
    assert_eq!(unknown, of_api.map(|one| format!("{one}: Environment")));
    let mut made: BTreeMap<String, u64> = BTreeMap::new();
    for (kind, _) in expanded.into_keys() {
        *made.entry(kind).or_default() += 1;
    }
    assert_eq!(made, counted(&made));
}

/// The resources that a check counts as made by others, if rules name these types.
fn counted(kinds: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let scratch = Scratch::new();
    let names: Vec<String> = kinds.keys().map(|kind| format!("{kind:?}")).collect();
    scratch.file(
        "taglint.toml",
        format!(
            "version = 1\n[[rule]]\nid = \"a\"\nkey = \"A\"\nrequired = true\nresources = [{}, \"sns:topic\"]\n",
            names.join(", ")
        ),
    );
    let template = repository("tests/cloudformation/sam/template.yaml");
    let run = scratch.run(["check", template.to_str().unwrap(), "--format", "json", "--fail-on", "never"]);
    let report = run.exits(0).json();
    let groups = report["coverage"]["not-judged"].as_array().expect("groups").iter();
    let made = groups.filter(|group| group["reason"] == "tags-not-written");
    made.map(|group| (group["type"].as_str().unwrap().to_owned(), group["count"].as_u64().unwrap())).collect()
}

#[test]
fn the_committed_output_is_that_of_the_translator() {
    let folder = repository("tests/cloudformation/sam");
    let python = std::env::var("TAGLINT_SAM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let version = "import samtranslator, yaml; print(samtranslator.__version__)";
    let installed = Command::new(&python).args(["-c", version]).output();
    if !installed.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == TRANSLATOR) {
        let install = format!("pip install aws-sam-translator=={TRANSLATOR} pyyaml");
        return skip(&format!("it needs {install} (TAGLINT_SAM_PYTHON: the Python)"));
    }
    let run = Command::new(&python).arg(folder.join("expand.py")).arg(folder.join("template.yaml")).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let json = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).expect("JSON");
    let committed = json(&std::fs::read(folder.join("expanded.json")).unwrap());
    assert!(json(&run.stdout) == committed, "run expand.py again: its output differs from expanded.json");
}

/// A template may name whatever the translator makes of it.
#[test]
fn no_name_that_the_translator_makes_is_said_to_be_refused() {
    let folder = repository("tests/cloudformation/sam");
    let expanded = std::fs::read(folder.join("expanded.json")).unwrap();
    let expanded: serde_json::Value = serde_json::from_slice(&expanded).unwrap();
    let mut template = std::fs::read_to_string(folder.join("template.yaml")).unwrap();
    let names = expanded["Resources"].as_object().unwrap();
    assert!(names.contains_key("CodeDeployServiceRole"));
    template += "\n  NamesOfAll:\n    Type: AWS::SNS::Topic\n    Properties:\n      Tags:\n";
    for name in names.keys() {
        template += &format!("        - {{Key: {name}, Value: !Ref {name}}}\n");
    }
    let check = |template: &str| {
        let scratch = Scratch::new();
        scratch.file("taglint.toml", crate::cloudformation::POLICY);
        scratch.file("t.yaml", template);
        scratch.run(["check", "t.yaml"]).stderr
    };
    let shown = check(&template);
    assert!(!shown.contains("CloudFormation refuses it"), "{shown}");
    let shown = check(&(template + "        - {Key: No, Value: !Ref NoSuchName}\n"));
    assert!(shown.contains("\"NoSuchName\" is neither"), "{shown}");
}

#[test]
fn an_application_of_the_repository_has_its_tags() {
    let scratch = Scratch::new();
    let template = scratch.file(
        "t.yaml",
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  App:\n    Type: AWS::Serverless::Application\n    \
         Properties:\n      Location:\n        ApplicationId: !Sub 'arn:${AWS::Partition}:x'\n        \
         SemanticVersion: 1.0.0\n",
    );
    let opened = open(&template, &InputOptions { srcroot: scratch.path().to_owned(), ..InputOptions::default() });
    let all: Vec<_> = opened.unwrap().iter().flat_map(|opened| resources(&opened.input)).map(Result::unwrap).collect();
    let (known, more) = tags(&all[0]);
    let want = [
        ("lambda:createdBy", Some("SAM")),
        ("serverlessrepo:applicationId", None),
        ("serverlessrepo:semanticVersion", Some("1.0.0")),
    ];
    assert_eq!(known, want.map(|(key, value)| (key.to_owned(), value.map(str::to_owned))).into());
    assert_eq!(more, UnlistedTags::default());
}

/// SAM refuses these `Globals`, so they tag nothing: their tags must not make a resource comply.
#[test]
fn tags_of_globals_that_sam_refuses_tag_nothing() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n");
    for (kind, properties, code) in [
        ("StateMachine", "{DefinitionUri: a.json, Role: 'arn:aws:iam::123456789012:role/r'}", 1),
        ("SimpleTable", "{}", 1),
        ("Api", "{StageName: a}", 1),
        ("HttpApi", "{}", 0),
    ] {
        let template = format!(
            "Transform: AWS::Serverless-2016-10-31\nGlobals: {{{kind}: {{Tags: {{Owner: a}}}}}}\n\
             Resources: {{X: {{Type: 'AWS::Serverless::{kind}', Properties: {properties}}}}}\n"
        );
        scratch.file("template.yaml", template);
        scratch.run(["check", "template.yaml", "--fail-on", "error"]).exits(code);
    }
}
