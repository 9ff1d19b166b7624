//! Tags of other resources in a resource: each is a resource of its own, with its own type, address and place, in source,
//! plans and templates alike.

use std::fmt::Write as _;
use std::path::Path;

use taglint::engine::resources;
use taglint::input::{InputOptions, open};
use taglint::model::{Resource, Tags, UnlistedTags};

use crate::common::{Scratch, repository};

/// The resources of an input that stand in others, a line for each: address, type, region, line and tags.
fn nested(path: &Path, srcroot: &Path) -> String {
    let options = InputOptions { srcroot: srcroot.to_owned(), ..InputOptions::default() };
    let opened = open(path, &options).unwrap_or_else(|error| panic!("{error}"));
    let all: Vec<Resource<'_>> =
        opened.iter().flat_map(|opened| resources(&opened.input)).map(|resource| resource.unwrap()).collect();
    let address = |resource: &Resource<'_>| resource.address.as_deref().expect("an address").to_owned();
    let depth = usize::from(path.extension().is_none_or(|ending| ending != "yaml"));
    let mut lines: Vec<String> = all
        .iter()
        .filter(|one| address(one).matches('.').count() > depth)
        .map(|one| line(&address(one), one))
        .collect();
    lines.sort();
    lines.join("\n")
}

pub(crate) fn line(address: &str, resource: &Resource<'_>) -> String {
    let Tags::Read { tags, more } = &resource.tags else { panic!("{address}: unread") };
    let line = resource.location.as_ref().map_or(0, |location| location.line);
    let mut out = format!("{address} {} {} :{line}", resource.kind.as_str(), resource.region.as_deref().unwrap_or("-"));
    let mut tags: Vec<String> =
        tags.iter().map(|tag| format!("{}={}", tag.key.as_str(), tag.value.as_deref().unwrap_or("?"))).collect();
    tags.sort();
    let _ = write!(out, " {{{}}}", tags.join(", "));
    match more {
        UnlistedTags::None => {}
        UnlistedTags::Keys(keys) => _ = write!(out, " …{}", keys.join(",")),
        UnlistedTags::Any | UnlistedTags::AllBut(_) => out.push_str(" …"),
    }
    out
}

#[track_caller]
pub(crate) fn same(got: &str, want: &str) {
    let want = want.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n");
    assert_eq!(got, want, "\n--- got:\n{got}\n--- wanted:\n{want}\n");
}

const WANTED: &str = r#"
    aws_autoscaling_group.configured.tag ec2:instance eu-central-1 :122 {Environment=Test}
    aws_autoscaling_group.elsewhere.tag ec2:instance eu-central-1 :110 {Environment=Test} …
    aws_autoscaling_group.joined.tag ec2:instance eu-central-1 :91 {Environment=Test, Team=blue}
    aws_batch_compute_environment.batch.compute_resources ec2:instance eu-central-1 :191 {Environment=Test}
    aws_cloudwatch_event_target.nightly.ecs_target ecs:task eu-central-1 :207 {Environment=Test}
    aws_dynamodb_table.global.replica["eu-west-1"] dynamodb:table eu-west-1 :140 {}
    aws_dynamodb_table.global.replica["eu-west-2"] dynamodb:table eu-west-2 :143 {Environment=Test, Owner=platform}
    aws_ecs_service.by_definition.propagate_tags ecs:task eu-central-1 :170 {} …
    aws_ecs_service.service.propagate_tags ecs:task eu-central-1 :152 {Environment=Test, Owner=platform}
    aws_ecs_service.service.volume_configuration.managed_ebs_volume.tag_specifications["volume"] ec2:volume eu-central-1 :159 {Environment=Test}
    aws_instance.all_volumes.volume_tags ec2:volume eu-central-1 :31 {Environment=Test, Owner=platform}
    aws_instance.each_volume.ebs_block_device["/dev/sdf"] ec2:volume eu-central-1 :40 {Environment=Test, Owner=platform, Topic=?}
    aws_instance.each_volume.root_block_device ec2:volume eu-central-1 :37 {Environment=Test, Owner=platform}
    aws_launch_template.alone.tag_specifications["instance"] ec2:instance eu-central-1 :62 {Environment=Test}
    aws_launch_template.alone.tag_specifications["volume"] ec2:volume eu-central-1 :66 {Topic=?}
    aws_launch_template.grouped.tag_specifications["instance"] ec2:instance eu-central-1 :77 {Environment=Template, Team=blue} …
    aws_spot_fleet_request.fleet.launch_specification[0] ec2:instance eu-central-1 :181 {Environment=Test}
"#;

#[test]
fn source_and_plan_have_the_same_resources_at_the_same_places() {
    let folder = repository("tests/terraform/nested");
    same(&nested(&folder.join("main.tf"), &folder), WANTED);
    same(&nested(&folder.join("plan.json"), &folder), WANTED);
}

/// Tags that other resources get: of the task definition of a service, and those that only an apply or a job decides.
#[test]
fn tags_of_another_resource_are_followed_or_named_as_not_judged() {
    let folder = repository("tests/terraform/inherited");
    let want = r"
        aws_ecs_service.family.propagate_tags ecs:task eu-central-1 :59 {} …
        aws_ecs_service.keyed.propagate_tags ecs:task eu-central-1 :52 {Environment=Beta, Owner=platform}
        aws_ecs_service.one.propagate_tags ecs:task eu-central-1 :45 {Environment=Test, Owner=platform}
    ";
    let scratch = Scratch::new();
    scratch.file("main.tf", std::fs::read(folder.join("main.tf")).unwrap());
    scratch.file("sub/plan.json", std::fs::read(folder.join("plan.json")).unwrap());
    same(&nested(&folder.join("main.tf"), &folder), want);
    same(&nested(&folder.join("plan.json"), &folder), want);
    let policy = POLICY.replace(r#""ec2:volume""#, r#""ec2:instance", "fsx:association", "fsx:backup""#);
    scratch.file("p.toml", policy);
    for input in ["main.tf", "sub/plan.json"] {
        let args = ["check", input, "--policy", "p.toml", "--format", "json", "--fail-on", "never"];
        let report = scratch.run(args).exits(0).json();
        let groups = report["coverage"]["not-judged"].as_array().expect("groups").clone();
        let written = groups.iter().filter(|group| group["reason"] == "tags-not-written");
        let mut named: Vec<String> = written.map(|group| format!("{} {}", group["type"], group["examples"])).collect();
        named.sort();
        let want = [
            r#""ec2:instance" ["aws_emr_cluster.cluster"]"#,
            r#""ecs:task" ["aws_batch_job_definition.job.propagate_tags"]"#,
            r#""fsx:association" ["aws_fsx_file_cache.cache.data_repository_association[\"/data\"]"]"#,
        ];
        assert_eq!(named, want, "{input}");
    }
}

#[test]
fn the_definition_of_a_service_is_unknown_where_source_does_not_decide_it() {
    let scratch = Scratch::new();
    let text = r#"
variable "count" {}
variable "arn" {}
locals {
  arn = aws_ecs_task_definition.one.arn
}
resource "aws_ecs_task_definition" "one" {
  family = "one"
  tags   = { A = "a" }
}
resource "aws_ecs_task_definition" "some" {
  count  = var.count
  family = "some"
  tags   = { A = "a" }
}
resource "aws_ecs_service" "by_local" {
  propagate_tags  = "TASK_DEFINITION"
  task_definition = local.arn
}
resource "aws_ecs_service" "kept" {
  propagate_tags  = "TASK_DEFINITION"
  task_definition = aws_ecs_task_definition.one.arn
  lifecycle {
    ignore_changes = [task_definition]
  }
}
resource "aws_ecs_service" "of_some" {
  propagate_tags  = "TASK_DEFINITION"
  task_definition = aws_ecs_task_definition.some[0].arn
}
resource "aws_ecs_service" "passed" {
  propagate_tags  = "TASK_DEFINITION"
  task_definition = var.arn
}
"#;
    let path = scratch.file("main.tf", text);
    same(
        &nested(&path, scratch.path()),
        r"
        aws_ecs_service.by_local.propagate_tags ecs:task - :17 {A=a}
        aws_ecs_service.kept.propagate_tags ecs:task - :21 {} …
        aws_ecs_service.of_some.propagate_tags ecs:task - :28 {} …
        aws_ecs_service.passed.propagate_tags ecs:task - :32 {} …
    ",
    );
}

const POLICY: &str = r#"version = 1
[policy]
inline-waivers = true
[[rule]]
id = "team"
resources = ["ec2:volume", "ecs:task"]
key = "Team"
required = true
"#;

#[test]
fn what_is_not_written_is_counted_where_a_rule_names_its_type_and_only_there() {
    let scratch = Scratch::new();
    scratch.file("main.tf", std::fs::read(repository("tests/terraform/nested/main.tf")).unwrap());
    scratch.file("sub/plan.json", std::fs::read(repository("tests/terraform/nested/plan.json")).unwrap());
    scratch.file("named.toml", POLICY);
    scratch.file("all.toml", POLICY.replace(r#"["ec2:volume", "ecs:task"]"#, r#"["ec2:*", "ecs:*"]"#));
    for input in ["main.tf", "sub/plan.json"] {
        let implied = |policy: &str| -> Vec<String> {
            let args = ["check", input, "--policy", policy, "--format", "json", "--fail-on", "never"];
            let report = scratch.run(args).exits(0).json();
            let groups = report["coverage"]["not-judged"].as_array().expect("groups").clone();
            let written = groups.iter().filter(|group| group["reason"] == "tags-not-written");
            written.map(|group| format!("{} {} {}", group["type"], group["count"], group["examples"])).collect()
        };
        let volumes = [
            "aws_instance.bare",
            r#"aws_instance.each_volume.ebs_block_device[\"/dev/sdg\"]"#,
            "aws_spot_instance_request.spot.root_block_device",
        ];
        let volumes = volumes.map(|address| format!("\"{address}\"")).join(",");
        let want = [format!("\"ec2:volume\" 3 [{volumes}]"), "\"ecs:task\" 1 [\"aws_ecs_service.silent\"]".to_owned()];
        assert_eq!(implied("named.toml"), want, "{input}");
        assert_eq!(implied("all.toml"), Vec::<String>::new(), "{input}");
    }
}

#[test]
fn dynamic_blocks_are_expanded_and_unknown_types_are_named() {
    let scratch = Scratch::new();
    let text = r#"
variable "kind" {}
variable "tags" { type = map(string) }
resource "aws_instance" "web" {
  dynamic "ebs_block_device" {
    for_each = var.tags
    content {
      device_name = ebs_block_device.key
      tags        = { A = "a", B = ebs_block_device.value }
    }
  }
  dynamic "root_block_device" {
    for_each = [{ owner = "r" }]
    iterator = root
    content { tags = { Owner = root.value.owner } }
  }
}
resource "aws_launch_template" "web" {
  tag_specifications {
    resource_type = var.kind
    tags          = { A = "a" }
  }
  tag_specifications {
    resource_type = "volume"
    tags          = var.kind == "a" ? { A = "a" } : { B = "b" }
  }
  dynamic "tag_specifications" {
    for_each = var.tags
    content {
      resource_type = tag_specifications.key
      tags          = { C = "c" }
    }
  }
}
resource "aws_launch_template" "both" {
  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume"])
    content {
      resource_type = tag_specifications.key
      tags          = { Kind = tag_specifications.value }
    }
  }
}
"#;
    let path = scratch.file("main.tf", text);
    same(
        &nested(&path, scratch.path()),
        r#"
        aws_instance.web.ebs_block_device ec2:volume - :7 {A=a, B=?}
        aws_instance.web.root_block_device ec2:volume - :15 {Owner=r}
        aws_launch_template.both.tag_specifications["instance"] ec2:instance - :38 {Kind=instance}
        aws_launch_template.both.tag_specifications["volume"] ec2:volume - :38 {Kind=volume}
        aws_launch_template.web.tag_specifications["volume"] ec2:volume - :23 {} …A,B
    "#,
    );
    scratch.file("p.toml", POLICY);
    let report = scratch.run(["check", "main.tf", "--policy", "p.toml", "--format", "json"]).exits(1).json();
    let groups = report["coverage"]["not-judged"].as_array().expect("groups").clone();
    let of_unknown_type = groups.iter().find(|group| group["reason"] == "tags-not-in-input").expect("a group");
    assert_eq!(of_unknown_type["type"], "aws_launch_template tag_specifications.tags");
    assert_eq!(of_unknown_type["count"], 2);
}

#[test]
fn json_syntax_the_list_of_provider_4_and_other_blocks_of_these_names_are_read() {
    let scratch = Scratch::new();
    let text = r#"{
  "locals": {"replica": {"a": "b"}},
  "resource": {
    "aws_instance": {"web": {"root_block_device": {"tags": {"A": "a"}}, "tags": {"A": "${local.replica.a}"}}},
    "aws_autoscaling_group": {
      "g": {
        "launch_configuration": "x",
        "tags": [
          {"key": "A", "value": "a", "propagate_at_launch": true},
          {"key": "B", "value": "b", "propagate_at_launch": false}
        ]
      }
    }
  }
}"#;
    let path = scratch.file("main.tf.json", text);
    same(
        &nested(&path, scratch.path()),
        r"
        aws_autoscaling_group.g.tag ec2:instance - :8 {A=a}
        aws_instance.web.root_block_device ec2:volume - :4 {A=a}
    ",
    );
}

#[test]
fn a_comment_at_the_block_around_them_waives_their_findings() {
    let scratch = Scratch::new();
    scratch.file("p.toml", POLICY);
    let block = "resource \"aws_instance\" \"web\" {\n  root_block_device {\n    tags = { A = \"a\" }\n  }\n}\n";
    scratch.file(
        "main.tf",
        format!("{block}# taglint:ignore team the account will be closed\n{}", block.replace("web", "old")),
    );
    let report = scratch.run(["check", "main.tf", "--policy", "p.toml", "--format", "json"]).exits(1).json();
    let addresses = |list: &str| -> Vec<String> {
        let list = report[list].as_array().cloned().unwrap_or_default();
        list.iter().map(|one| one["resource"]["address"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(addresses("findings"), ["aws_instance.web.root_block_device"]);
}

#[test]
fn a_template_has_the_same_resources() {
    let scratch = Scratch::new();
    let text = r"
Parameters:
  P: {Type: String}
Conditions:
  C: !Equals [!Ref P, a]
Resources:
  Alone:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      TagSpecifications: [{ResourceType: launch-template, Tags: [{Key: Own, Value: o}]}]
      LaunchTemplateData:
        TagSpecifications:
          - ResourceType: instance
            Tags: [{Key: A, Value: a}]
          - ResourceType: volume
            Tags: !If [C, [{Key: A, Value: a}], !Ref AWS::NoValue]
  Grouped:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        TagSpecifications: [{ResourceType: instance, Tags: [{Key: A, Value: template}, {Key: Team, Value: t}]}]
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      LaunchTemplate: {LaunchTemplateId: !Ref Grouped, Version: !GetAtt Grouped.LatestVersionNumber}
      Tags:
        - {Key: A, Value: a, PropagateAtLaunch: true}
        - {Key: B, Value: b, PropagateAtLaunch: false}
        - {Key: Maybe, Value: b, PropagateAtLaunch: !Ref P}
        - !If [C, {Key: Cond, Value: c, PropagateAtLaunch: true}, !Ref AWS::NoValue]
  Table:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      Replicas:
        - {Region: eu-west-1, Tags: [{Key: A, Value: a}]}
        - {Region: eu-west-2}
        - {Region: !Ref P}
  Instance:
    Type: AWS::EC2::Instance
    Properties: {PropagateTagsToVolumeOnCreation: true, Tags: [{Key: A, Value: a}]}
  Service:
    Type: AWS::ECS::Service
    Properties: {PropagateTags: NONE, Tags: [{Key: A, Value: a}]}
  Spot:
    Type: AWS::EC2::SpotFleet
    Properties:
      SpotFleetRequestConfigData:
        TagSpecifications: [{ResourceType: spot-fleet-request, Tags: [{Key: Own, Value: o}]}]
        LaunchSpecifications:
          - TagSpecifications: [{ResourceType: instance, Tags: [{Key: A, Value: a}]}]
  Open:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        TagSpecifications: [{ResourceType: volume, Tags: !FindInMap [M, !Ref P, tags]}]
";
    let path = scratch.file("t.yaml", text);
    same(
        &nested(&path, scratch.path()),
        r#"
        Alone.LaunchTemplateData.TagSpecifications["instance"] ec2:instance - :13 {A=a}
        Alone.LaunchTemplateData.TagSpecifications["volume"] ec2:volume - :15 {} …A
        Group.Tags ec2:instance - :26 {A=a, Team=t} …Cond,Maybe
        Grouped.LaunchTemplateData.TagSpecifications["instance"] ec2:instance - :21 {A=template, Team=t} …
        Instance.PropagateTagsToVolumeOnCreation ec2:volume - :40 {A=a}
        Open.LaunchTemplateData.TagSpecifications["volume"] ec2:volume - :55 {} …
        Service.PropagateTags ecs:task - :43 {}
        Spot.SpotFleetRequestConfigData.LaunchSpecifications[0].TagSpecifications["instance"] ec2:instance - :50 {A=a}
        Table.Replicas["eu-west-1"] dynamodb:table eu-west-1 :35 {A=a}
        Table.Replicas["eu-west-2"] dynamodb:table eu-west-2 :36 {}
        Table.Replicas[2] dynamodb:table - :37 {}
    "#,
    );
    let options = InputOptions { srcroot: scratch.path().to_owned(), ..InputOptions::default() };
    let opened = open(&path, &options).unwrap();
    let own: Vec<String> = opened
        .iter()
        .flat_map(|opened| resources(&opened.input))
        .map(|resource| resource.unwrap())
        .filter(|resource| resource.tags.known().iter().any(|tag| tag.key.as_str() == "Own"))
        .map(|resource| format!("{} {}", resource.address.as_deref().unwrap(), resource.kind.as_str()))
        .collect();
    assert_eq!(own, ["Alone ec2:launch-template", "Spot ec2:spot-fleet-request"]);
}

/// The tasks of a service have the tags of the task definition whose ARN it names, and no others.
#[test]
fn the_tasks_of_a_service_in_a_template_have_the_tags_of_its_definition() {
    let scratch = Scratch::new();
    let text = r"
Parameters:
  P: {Type: String}
Conditions:
  C: !Equals [!Ref P, a]
Resources:
  Own: {Type: AWS::ECS::TaskDefinition, Properties: {Tags: [{Key: A, Value: a}, {Key: P, Value: !Ref P}]}}
  None: {Type: AWS::ECS::TaskDefinition}
  Maybe: {Type: AWS::ECS::TaskDefinition, Condition: C, Properties: {Tags: [{Key: A, Value: a}]}}
  ByRef: {Type: AWS::ECS::Service, Properties: {PropagateTags: TASK_DEFINITION, TaskDefinition: !Ref Own, Tags: [{Key: B, Value: b}]}}
  ByAttribute: {Type: AWS::ECS::Service, Properties: {PropagateTags: TASK_DEFINITION, TaskDefinition: !GetAtt Own.TaskDefinitionArn}}
  OfNone: {Type: AWS::ECS::Service, Properties: {PropagateTags: TASK_DEFINITION, TaskDefinition: !Ref None}}
  OfMaybe: {Type: AWS::ECS::Service, Properties: {PropagateTags: TASK_DEFINITION, TaskDefinition: !Ref Maybe}}
  OfFamily: {Type: AWS::ECS::Service, Properties: {PropagateTags: TASK_DEFINITION, TaskDefinition: !GetAtt Own.Family}}
  Elsewhere: {Type: AWS::ECS::Service, Properties: {PropagateTags: TASK_DEFINITION, TaskDefinition: !Ref P}}
  Wrong: {Type: AWS::ECS::Service, Properties: {PropagateTags: TASK_DEFINITION, TaskDefinition: !Ref OfNone}}
";
    let path = scratch.file("t.yaml", text);
    same(
        &nested(&path, scratch.path()),
        r"
        ByAttribute.PropagateTags ecs:task - :11 {A=a, P=?}
        ByRef.PropagateTags ecs:task - :10 {A=a, P=?}
        Elsewhere.PropagateTags ecs:task - :15 {} …
        OfFamily.PropagateTags ecs:task - :14 {} …
        OfMaybe.PropagateTags ecs:task - :13 {} …
        OfNone.PropagateTags ecs:task - :12 {}
        Wrong.PropagateTags ecs:task - :16 {} …
    ",
    );
}

#[test]
fn stack_tags_may_reach_what_inherits_tags() {
    let scratch = Scratch::new();
    let text =
        "Resources:\n  I:\n    Type: AWS::EC2::Instance\n    Properties: {PropagateTagsToVolumeOnCreation: true}\n";
    scratch.file("t.yaml", text);
    scratch.file("p.toml", POLICY);
    let args =
        ["check", "t.yaml", "--policy", "p.toml", "--format", "json", "--show", "unknown", "--stack-tag", "Team=a"];
    let report = scratch.run(args).exits(0).json();
    assert_eq!(report["unknown"][0]["resource"]["address"], "I.PropagateTagsToVolumeOnCreation", "{report}");
}
