//! Every type of the table is found in every input that can hold it, under the name that all of its names mean.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};
use taglint::aws::resource_types::{ResourceType, all, by_arn, cloudformation, terraform};

use crate::common::Scratch;

const POLICY: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";

/// The types of the resources with a finding of the rule `owner`.
fn types_without_owner(file: &str, text: &str) -> BTreeSet<String> {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let path = scratch.file(file, text);
    let run = scratch.run(["check", path.to_str().unwrap(), "--format", "json"]);
    let report = run.exits(1).json();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["resource"]["type"].as_str().unwrap().to_owned()).collect()
}

/// The types that were expected and not found, and the other way around.
fn assert_same(found: &BTreeSet<String>, expected: &BTreeSet<String>) {
    let missing: Vec<_> = expected.difference(found).take(20).collect();
    let more: Vec<_> = found.difference(expected).take(20).collect();
    assert!(missing.is_empty() && more.is_empty(), "missing: {missing:?}\nmore: {more:?}");
    assert!(found.len() > 500, "{}", found.len());
}

fn kinds<'r>(rows: impl Iterator<Item = &'r ResourceType>) -> BTreeSet<String> {
    rows.map(|row| row.kind().to_owned()).collect()
}

#[test]
fn a_template_without_tags_violates_a_rule_in_every_type() {
    let rows: Vec<_> = all()
        .iter()
        .filter(|row| row.property.is_some())
        .filter_map(|row| Some((row, row.cloudformation?)))
        .filter(|(_, name)| cloudformation(name).is_some())
        .collect();
    let resources: serde_json::Map<String, Value> =
        rows.iter().enumerate().map(|(n, (_, name))| (format!("R{n}"), json!({ "Type": name }))).collect();
    let text = json!({ "AWSTemplateFormatVersion": "2010-09-09", "Resources": resources }).to_string();
    assert_same(&types_without_owner("t.json", &text), &kinds(rows.iter().map(|(row, _)| *row)));
}

/// Every Terraform type of the table with its row.
fn terraform_types() -> Vec<(&'static ResourceType, &'static str)> {
    let names = all().iter().flat_map(ResourceType::terraform);
    names.filter_map(|name| Some((terraform(name)?, name))).collect()
}

#[test]
fn source_without_tags_violates_a_rule_in_every_type() {
    let rows = terraform_types();
    let mut text = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n".to_owned();
    for (_, name) in &rows {
        let _ = writeln!(text, "resource \"{name}\" \"r\" {{}}");
    }
    assert_same(&types_without_owner("main.tf", &text), &kinds(rows.iter().map(|(row, _)| *row)));
}

#[test]
fn a_plan_without_tags_violates_a_rule_in_every_type() {
    let rows = terraform_types();
    let changes: Vec<Value> = rows
        .iter()
        .map(|(_, name)| {
            json!({
                "address": format!("{name}.r"), "mode": "managed", "type": name, "name": "r",
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "change": {
                    "actions": ["create"], "before": null, "after": { "tags": null, "tags_all": {}, "tag": [] },
                    "after_unknown": {}, "before_sensitive": false, "after_sensitive": {}
                }
            })
        })
        .collect();
    let declared: Vec<Value> = rows
        .iter()
        .map(|(_, name)| {
            json!({
                "address": format!("{name}.r"), "mode": "managed", "type": name, "name": "r",
                "provider_config_key": "aws", "expressions": {}
            })
        })
        .collect();
    let configuration = json!({
        "provider_config": { "aws": { "name": "aws", "full_name": "registry.terraform.io/hashicorp/aws" } },
        "root_module": { "resources": declared }
    });
    let plan = json!({
        "format_version": "1.2", "complete": true, "errored": false, "planned_values": {},
        "resource_changes": changes, "configuration": configuration
    });
    assert_same(&types_without_owner("plan.json", &plan.to_string()), &kinds(rows.iter().map(|(row, _)| *row)));
}

/// ARNs that fit the patterns of a type. A `*` of a pattern is a part of the name.
fn arn_of(pattern: &str) -> String {
    let (service, resource) = pattern.split_once(':').expect("a pattern has a service");
    format!("arn:aws:{service}:eu-west-1:123456789012:{}", resource.replace('*', "x1"))
}

#[test]
fn a_dump_without_the_tag_violates_a_rule_in_every_type() {
    let arns: Vec<(String, &ResourceType)> = all()
        .iter()
        .flat_map(ResourceType::arn_patterns)
        .map(arn_of)
        .filter_map(|arn| Some((arn.clone(), by_arn(&arn)?)))
        .collect();
    let mappings: Vec<Value> =
        arns.iter().map(|(arn, _)| json!({ "ResourceARN": arn, "Tags": [{ "Key": "Other", "Value": "x" }] })).collect();
    let dump = json!({ "ResourceTagMappingList": mappings }).to_string();
    assert_same(&types_without_owner("dump.json", &dump), &kinds(arns.iter().map(|(_, row)| *row)));
    assert!(arns.len() > 1500, "{}", arns.len());
}
