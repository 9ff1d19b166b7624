//! A CDK app (`tests/cloudformation/cdk`): the tags of each resource that its stacks deploy. `synthesized` beside the app
//! is the output of its version of the CDK.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use taglint::engine::resources;
use taglint::input::{InputOptions, open};
use taglint::model::{Tags, UnlistedTags};

use crate::common::{Scratch, repository, skip};

/// The resources of an assembly: type, address, region and tags.
fn read(folder: &Path) -> Vec<String> {
    let options = InputOptions { srcroot: folder.to_owned(), ..InputOptions::default() };
    let opened = open(folder, &options).unwrap_or_else(|error| panic!("{error}"));
    let said: Vec<_> = opened.iter().flat_map(|opened| &opened.notes).collect();
    assert!(said.is_empty() && opened.iter().all(|opened| opened.input.gaps.is_empty()), "{said:?}");
    let mut out = Vec::new();
    for resource in opened.iter().flat_map(|opened| resources(&opened.input)).map(Result::unwrap) {
        let tags = resource.tags.known().iter();
        let tags: BTreeMap<_, _> = tags.map(|tag| (tag.key.as_str(), tag.value.as_deref().unwrap_or("?"))).collect();
        let mut tags: Vec<_> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        match &resource.tags {
            Tags::Read { more: UnlistedTags::Keys(keys), .. } => tags.push(format!("perhaps {}", keys.join(", "))),
            tags => assert!(tags.complete(), "{:?}", resource.address),
        }
        let (address, region) = (resource.address.as_deref().unwrap(), resource.region.as_deref().unwrap_or("-"));
        out.push(format!("{} {address} {region}: {}", resource.kind.as_str(), tags.join(", ")));
    }
    out.sort();
    out
}

fn app() -> PathBuf {
    repository("tests/cloudformation/cdk")
}

/// Tags of a level reach the levels below it but for a stage, and what is excluded or removed. CloudFormation adds the tags
/// of the stack, and the tag of a resource wins.
#[test]
fn every_resource_of_an_app_has_the_tags_that_its_stacks_deploy() {
    insta::assert_snapshot!(read(&app().join("synthesized")).join("\n"), @r#"
    cloudformation:stack TeamNestedStackTeamNestedStackResource4B144283 eu-west-1: CostCenter=12345, Environment=Production
    cloudformation:stack TeamNestedStackTeamNestedStackResource4B144283/RobotsNestedStackRobotsNestedStackResource3B55908E eu-west-1: CostCenter=12345, Environment=Staging
    dynamodb:table OrdersA9B65338.Replicas["eu-central-1"] eu-central-1: CostCenter=12345, Owner=orders@example.com, Replica=yes, perhaps Environment
    dynamodb:table OrdersA9B65338.Replicas["eu-west-1"] eu-west-1: CostCenter=12345, DataClass=restricted, Owner=orders@example.com, perhaps Environment
    iam:role ChargeServiceRoleA0FAA124 -: CostCenter=12345, Environment=Production
    iam:user Anika3CA9E42A -: Stage=europe
    iam:user JorgeE8C05148 -: CostCenter=12345
    iam:user TeamNestedStackTeamNestedStackResource4B144283/Deployer92EF8763 -: CostCenter=12345, Environment=Production, Owner=team@example.com, Team=shop
    iam:user TeamNestedStackTeamNestedStackResource4B144283/RobotsNestedStackRobotsNestedStackResource3B55908E/Robot6F003669 -: CostCenter=12345, Environment=Staging, Team=shop
    lambda:function ChargeEC431097 eu-west-1: CostCenter=12345, Environment=Production
    sqs:queue EventsD32975C2 eu-west-1: CostCenter=12345, Environment=Production
    "#);
}

#[test]
fn the_committed_output_is_that_of_the_cdk() {
    let modules = repository("target/cdk/node_modules");
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !node.is_ok_and(|status| status.success()) || !modules.join("aws-cdk-lib").is_dir() {
        return skip("it needs Node, and the CDK that tests/cloudformation/cdk/install.sh installs");
    }
    let scratch = Scratch::new();
    let (whole, small) = (scratch.path().join("cdk.out"), scratch.path().join("small"));
    let run = Command::new("node").arg(app().join("app.js")).args([&whole, &small]).env("NODE_PATH", modules).output();
    let run = run.expect("node starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let committed = app().join("synthesized");
    assert_eq!(files(&small, &small), files(&committed, &committed), "run app.js again: its output differs");
    assert_eq!(read(&whole), read(&committed));
}

/// The content of each file below a folder, by its path in it.
fn files(folder: &Path, root: &Path) -> BTreeMap<PathBuf, String> {
    let mut out = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(files(&path, root));
        } else {
            out.insert(path.strip_prefix(root).unwrap().to_owned(), std::fs::read_to_string(&path).unwrap());
        }
    }
    out
}
