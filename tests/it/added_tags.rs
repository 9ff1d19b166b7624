//! Tags that resources of their own add to others (`aws_ec2_tag` and its siblings), in source and in the plan that the real
//! Terraform made of it.

use std::path::Path;

use taglint::engine::resources;
use taglint::input::{InputOptions, open};
use taglint::model::Resource;

use crate::common::{Scratch, repository};
use crate::nested::{line, same};

/// The resources of an input, a line for each: address, type, region, line and tags.
fn all(path: &Path, srcroot: &Path) -> String {
    let options = InputOptions { srcroot: srcroot.to_owned(), ..InputOptions::default() };
    let opened = open(path, &options).unwrap_or_else(|error| panic!("{error}"));
    let all: Vec<Resource<'_>> =
        opened.iter().flat_map(|opened| resources(&opened.input)).map(|resource| resource.unwrap()).collect();
    let mut lines: Vec<String> =
        all.iter().map(|resource| line(resource.address.as_deref().expect("an address"), resource)).collect();
    lines.sort();
    lines.join("\n")
}

const WANTED: &str = r#"
    aws_autoscaling_group.web autoscaling:autoScalingGroup eu-central-1 :88 {Environment=Test, Owner=platform, Team=blue}
    aws_autoscaling_group.web.tag ec2:instance eu-central-1 :96 {Environment=Test, Owner=platform}
    aws_dynamodb_table.orders dynamodb:table eu-central-1 :124 {Owner=platform}
    aws_ecs_cluster.main ecs:cluster eu-central-1 :140 {Owner=platform}
    aws_eip.either ec2:elastic-ip eu-central-1 :68 {} …Owner
    aws_internet_gateway.either ec2:internet-gateway eu-central-1 :65 {} …Owner
    aws_launch_template.web ec2:launch-template eu-central-1 :103 {}
    aws_transfer_server.main transfer:server eu-central-1 :150 {Owner=platform}
    aws_vpc.alone ec2:vpc eu-central-1 :16 {Name=alone, Owner=platform, Team=blue}
    aws_vpc.both ec2:vpc eu-central-1 :27 {Environment=Test, Owner=?}
    aws_vpc.several["a"] ec2:vpc eu-central-1 :54 {Owner=platform}
    aws_vpc.several["b"] ec2:vpc eu-central-1 :54 {}
    aws_vpc.unknown_value ec2:vpc eu-central-1 :44 {Owner=?}
"#;

/// A resource of a module, whose file is not the checked one.
const INSIDE: &str = "module.network.aws_internet_gateway.inside ec2:internet-gateway eu-central-1 :11 {Owner=platform}";

#[test]
fn source_and_plan_join_the_same_tags() {
    let folder = repository("tests/terraform/added");
    same(&all(&folder.join("main.tf"), &folder), WANTED);
    same(&all(&folder.join("plan.json"), &folder), &format!("{WANTED}{INSIDE}"));
}

/// The resources of a text of source.
fn source(text: &str) -> String {
    let scratch = Scratch::new();
    scratch.file("main.tf", text);
    all(&scratch.path().join("main.tf"), scratch.path())
}

#[test]
fn a_target_that_is_not_decided_makes_the_key_unknown_where_it_may_be() {
    let text = r#"
variable "id" {}
variable "on" {}
variable "tags" {}
resource "aws_vpc" "a" {}
resource "aws_subnet" "a" {
  vpc_id = aws_vpc.a.id
  tags   = { Owner = "a" }
}
resource "aws_sqs_queue" "a" {}
resource "aws_ec2_tag" "t" {
TAG
}
"#;
    for (tag, vpc, subnet) in [
        // Any resource of EC2, and no other.
        ("resource_id = var.id\n key = \"Team\"\n value = \"b\"", "{} …Team", "{Owner=a} …Team"),
        ("resource_id = data.aws_vpc.x.id\n key = \"Owner\"\n value = \"b\"", "{} …Owner", "{Owner=?}"),
        ("resource_id = \"vpc-1\"\n key = \"Owner\"\n value = \"a\"", "{} …Owner", "{Owner=a}"),
        ("resource_id = var.id\n key = var.id\n value = \"a\"", "{} …", "{Owner=a} …"),
        (
            "resource_id = aws_vpc.a.default_route_table_id\n key = \"Team\"\n value = \"b\"",
            "{} …Team",
            "{Owner=a} …Team",
        ),
        // The tag may not exist.
        (
            "count = var.on ? 1 : 0\n resource_id = aws_vpc.a.id\n key = \"Team\"\n value = \"b\"",
            "{} …Team",
            "{Owner=a}",
        ),
        ("count = 0\n resource_id = aws_vpc.a.id\n key = \"Team\"\n value = \"b\"", "{}", "{Owner=a}"),
        ("for_each = var.tags\n resource_id = aws_vpc.a.id\n key = each.key\n value = each.value", "{} …", "{Owner=a}"),
        // Its target is one of some.
        (
            "resource_id = var.on ? aws_vpc.a.id : aws_subnet.a.id\n key = \"Team\"\n value = \"b\"",
            "{} …Team",
            "{Owner=a} …Team",
        ),
        ("resource_id = element([aws_vpc.a.id], 0)\n key = \"Team\"\n value = \"b\"", "{} …Team", "{Owner=a}"),
        (
            "for_each = { for k, v in aws_vpc.a : k => v }\n resource_id = each.value.id\n key = \"T\"\n value = \"b\"",
            "{} …T",
            "{Owner=a}",
        ),
        ("resource_id = local.none\n key = \"Team\"\n value = \"b\"", "{} …Team", "{Owner=a} …Team"),
        // What is followed.
        ("resource_id = aws_subnet.a.vpc_id\n key = \"Team\"\n value = \"b\"", "{Team=b}", "{Owner=a}"),
        (
            "for_each = { A = aws_vpc.a.id, B = aws_subnet.a.id }\n resource_id = each.value\n key = each.key\n value = \"b\"",
            "{A=b}",
            "{B=b, Owner=a}",
        ),
        ("resource_id = false ? var.id : aws_vpc.a.id\n key = \"Team\"\n value = var.id", "{Team=?}", "{Owner=a}"),
    ] {
        let got = source(&text.replace("TAG", tag));
        let tags = |kind: &str| {
            let found = got.lines().find(|line| line.starts_with(kind)).unwrap_or_else(|| panic!("{got}"));
            found[found.find('{').expect("tags")..].to_owned()
        };
        assert_eq!((tags("aws_vpc").as_str(), tags("aws_subnet").as_str()), (vpc, subnet), "{tag}");
        assert_eq!(tags("aws_sqs_queue"), "{}", "{tag}");
    }
}

#[test]
fn tags_in_a_plan_belong_to_existing_resources_by_their_identifiers() {
    let change = |address: &str, rest: &str| {
        let kind = address.split('.').next().expect("a type");
        format!(r#"{{"address":"{address}","mode":"managed","type":"{kind}","name":"a","change":{rest}}}"#)
    };
    let vpc = |name: &str, id: &str, before: &str| {
        let rest = format!(
            r#"{{"actions":["update"],"before":{{"id":"{id}","tags":{before}}},"after":{{"id":"{id}","tags":{{}},"tags_all":{{}}}},"after_unknown":{{}}}}"#
        );
        change(&format!("aws_vpc.{name}"), &rest)
    };
    let tag = change(
        "aws_ec2_tag.t",
        r#"{"actions":["no-op"],"before":{},"after":{"resource_id":"vpc-1","key":"Owner","value":"a"},"after_unknown":{}}"#,
    );
    let plan = |before: &str| {
        let changes = [vpc("one", "vpc-1", before), vpc("two", "vpc-2", "{}"), tag.clone()].join(",");
        let provider = r#"{"provider_config":{"aws":{"name":"aws"}},"root_module":{"resources":[{"address":"aws_vpc.one","provider_config_key":"aws"},{"address":"aws_vpc.two","provider_config_key":"aws"}]}}"#;
        let text = format!(
            r#"{{"format_version":"1.2","planned_values":{{}},"resource_changes":[{changes}],"configuration":{provider}}}"#
        );
        let scratch = Scratch::new();
        scratch.file("plan.json", text);
        all(&scratch.path().join("plan.json"), scratch.path())
    };
    same(&plan("{}"), "aws_vpc.one ec2:vpc - :0 {Owner=a}\naws_vpc.two ec2:vpc - :0 {}");
    // The plan of the resource removes the tag that the other one has set.
    same(&plan(r#"{"Owner":"a"}"#), "aws_vpc.one ec2:vpc - :0 {} …Owner\naws_vpc.two ec2:vpc - :0 {}");
}
