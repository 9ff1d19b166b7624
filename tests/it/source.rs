//! Terraform source without a plan: what source decides is what Terraform makes of it, what it does not decide is
//! unknown, and every place is the one to change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use taglint::engine::resources;
use taglint::input::terraform::source::SourceIndex;
use taglint::input::{InputOptions, OpenedInput, open};
use taglint::model::{Location, Resource, Tags, UnlistedTags};

use crate::common::{Scratch, repository};

pub(crate) fn project(name: &str) -> PathBuf {
    repository("tests/source").join(name)
}

/// Every resource of a project, by address.
pub(crate) fn read(folder: &Path) -> BTreeMap<String, Resource<'static>> {
    let options = InputOptions {
        srcroot: folder.to_owned(),
        account: Some("111122223333".to_owned()),
        ..InputOptions::default()
    };
    let opened: Vec<OpenedInput> = open(folder, &options).unwrap_or_else(|e| panic!("{e}"));
    let inputs = opened.iter().map(|opened| &opened.input);
    assert!(inputs.clone().all(|input| input.gaps.is_empty()), "{:?}", inputs.collect::<Vec<_>>());
    opened
        .iter()
        .flat_map(|opened| resources(&opened.input))
        .map(|resource| resource.expect("a resource"))
        .map(|resource| (resource.address.as_deref().expect("an address").to_owned(), resource))
        .collect()
}

/// The tags as `key=value`, a value that is not known as `key=?`; `…` at the end where there may be others.
pub(crate) fn tags(resource: &Resource<'_>) -> String {
    let Tags::Read { tags, more } = &resource.tags else { return "?".to_owned() };
    let mut out: Vec<String> =
        tags.iter().map(|tag| format!("{}={}", tag.key.as_str(), tag.value.as_deref().unwrap_or("?"))).collect();
    out.sort();
    match more {
        UnlistedTags::None => {}
        UnlistedTags::Keys(keys) => out.push(format!("…{}", keys.join(","))),
        UnlistedTags::Any | UnlistedTags::AllBut(_) => out.push("…".to_owned()),
    }
    out.join(" ")
}

/// What stands at a place of a project, to the end of the line.
fn text_at(folder: &Path, place: &Location) -> String {
    let text = std::fs::read_to_string(folder.join(&place.path)).unwrap_or_else(|e| panic!("{}: {e}", place.path));
    let line = text.lines().nth(place.line as usize - 1).expect("a line");
    line.chars().skip(place.column.expect("a column") as usize - 1).collect()
}

#[test]
fn variables_come_from_where_terraform_takes_them() {
    let all = read(&project("variables"));
    assert_eq!(
        tags(&all["aws_iam_user.files"]),
        "Auto=a.auto.tfvars Default=default Environment=Test HasNoSuchField=gone Json=terraform.tfvars.json \
         LaterAuto=b.auto.tfvars.json NotNull=not null OtherFile=? Owner=tfvars SameInOther=default Secret=hunter2 \
         Size=3 Stage=dev TerraformFile=terraform.tfvars"
    );
    let origin = all["aws_iam_user.files"].origin.as_ref().unwrap();
    assert_eq!(origin.sensitive.iter().collect::<Vec<_>>(), ["Secret"]);
}

#[test]
fn what_source_does_not_decide_is_unknown_and_never_absent() {
    let all = read(&project("variables"));
    for (address, want) in [
        (
            "aws_iam_user.unset",
            "Either=same Environment=Test Known=yes Mixed=? Owner=tfvars Settled=b Unknown=? …Maybe",
        ),
        ("aws_iam_user.unset_map", "After=a Before=? Environment=? Owner=? …"),
        ("aws_iam_user.only_unset_map", "Environment=? Owner=? …"),
        ("aws_iam_user.either_map", "Both=? Environment=Test Owner=tfvars …One,Two"),
        ("aws_iam_user.unset_count", "Environment=Test Fixed=f Index=? Owner=tfvars"),
        ("aws_iam_user.unset_each", "Environment=Test Fixed=f Key=? Owner=tfvars"),
        ("aws_iam_user.workspace", "Environment=Test Owner=tfvars User=files Workspace=?"),
    ] {
        assert_eq!(tags(&all[address]), want, "{address}");
    }
    assert_eq!(all["aws_iam_user.unset"].name, None);
    assert_eq!(all["aws_iam_user.unset_count"].name, None);
}

#[test]
fn modules_are_gone_through_with_their_arguments_and_providers() {
    let all = read(&project("modules"));
    for (address, want) in [
        ("aws_iam_user.labelled[0]", "Environment=Test Index=0 Name=prod-root Owner=platform Stage=Prod"),
        ("aws_iam_user.labelled[1]", "Environment=Test Index=1 Name=prod-root Owner=platform Stage=Prod"),
        ("aws_cognito_user_pool.west", "Owner=west Region=us"),
        (
            "module.team[\"identity\"].aws_iam_user.service[1]",
            "CostCenter=10001 Environment=Test Owner=platform Team=identity",
        ),
        (
            "module.team[\"payments\"].aws_cognito_user_pool.other",
            "CostCenter=10002 Owner=payments Region=us Team=payments",
        ),
        (
            "module.team[\"payments\"].module.person[\"ann\"].aws_iam_user.this",
            "CostCenter=10002 Environment=Production Owner=payments Person=ann Team=payments",
        ),
        (
            "module.team[\"identity\"].module.person[\"ann\"].aws_iam_virtual_mfa_device.this",
            "Environment=Test Owner=platform",
        ),
    ] {
        assert_eq!(tags(&all[address]), want, "{address}");
    }
    assert!(!all.contains_key("module.team[\"payments\"].aws_iam_user.service[1]"), "payments has one");
    let user = &all["module.team[\"payments\"].module.person[\"ann\"].aws_iam_user.this"];
    assert_eq!((user.kind.as_str(), user.name.as_deref()), ("iam:user", Some("payments-ann")));
    assert_eq!(user.arn.as_deref(), Some("arn:aws:iam::111122223333:user/payments-ann"));
    assert_eq!((user.path.as_deref(), user.region.as_deref()), (Some("/"), None));
    assert_eq!(all["aws_cognito_user_pool.west"].region.as_deref(), Some("us-west-2"));
}

#[test]
fn every_place_is_the_one_to_change() {
    let folder = project("modules");
    let user = &read(&folder)["module.team[\"payments\"].module.person[\"ann\"].aws_iam_user.this"];
    let at = |place: &Location| format!("{}: {}", place.path, text_at(&folder, place));
    let origin = user.origin.as_ref().unwrap();
    assert_eq!(at(user.location.as_ref().unwrap()), "team/person/main.tf: resource \"aws_iam_user\" \"this\" {");
    assert_eq!(at(origin.tags.as_ref().unwrap()), "team/person/main.tf: tags = merge(var.tags, {");
    let keys: Vec<String> = origin.keys.iter().map(|(key, place)| format!("{key} {}", at(place))).collect();
    assert_eq!(
        keys,
        [
            "CostCenter main.tf: \"10002\", Owner = \"payments\" } }",
            "Environment team/person/main.tf: \"Production\"",
            "Owner main.tf: \"payments\" } }",
            "Person team/main.tf: each.key })",
            "Team main.tf: each.key })",
        ]
    );
    let calls: Vec<String> = origin.calls.iter().map(at).collect();
    assert_eq!(calls, ["main.tf: module \"team\" {", "team/main.tf: module \"person\" {"]);
    let device = &read(&folder)["module.team[\"identity\"].module.person[\"ann\"].aws_iam_virtual_mfa_device.this"];
    let origin = device.origin.as_ref().unwrap();
    assert_eq!((&origin.tags, at(&origin.keys["Owner"])), (&None, "main.tf: \"platform\"".to_owned()));
    assert_eq!(origin.keys["Owner"].line, 19, "the provider's block");
}

#[test]
fn the_index_finds_what_a_plan_names() {
    let folder = project("modules");
    let index = SourceIndex::open(&folder, &folder, &folder).unwrap();
    assert!(index.unread().is_empty(), "{:?}", index.unread());
    for (address, resource) in read(&folder) {
        let place = index.find(&address).unwrap_or_else(|| panic!("{address} is not found"));
        let origin = resource.origin.as_ref().unwrap();
        assert_eq!(place.block, resource.location, "{address}");
        assert_eq!((&place.tags, &place.keys, &place.calls), (&origin.tags, &origin.keys, &origin.calls), "{address}");
        assert_eq!(place.ignores, origin.ignores, "{address}");
        assert!(resource.tags.may_hold(|more| *more == place.more));
        let known: Vec<_> = place.known.iter().map(|(key, value)| (key.as_str(), value.as_deref())).collect();
        let tags: Vec<_> = resource.tags.known().iter().map(|tag| (tag.key.as_str(), tag.value.as_deref())).collect();
        assert_eq!(known, tags, "{address}");
    }
    // An instance that source does not decide has its block's place.
    let known = index.find("module.team[\"new\"].aws_iam_user.service[7]").unwrap();
    assert_eq!(known.block.map(|place| place.path).as_deref(), Some("team/main.tf"));
    for address in
        ["", "aws_iam_user", "aws_iam_user.no", "module.no.aws_iam_user.x", "module.team[\"a", "a.b.c", "a.b["]
    {
        assert_eq!(index.find(address), None, "{address}");
    }
}

#[test]
fn a_comment_waives_only_with_a_reason_and_only_where_it_is_one() {
    let folder = project("modules");
    let all = read(&folder);
    let ignores: Vec<(&str, &str, u32)> = all["aws_cognito_user_pool.old"]
        .origin
        .as_ref()
        .unwrap()
        .ignores
        .iter()
        .map(|ignore| (ignore.rule.as_str(), ignore.reason.as_str(), ignore.location.line))
        .collect();
    assert_eq!(ignores, [("owner", "the pool goes away with the old login", 82), ("cost-center", "OPS-123", 86)]);
    assert!(all["aws_cognito_user_pool.west"].origin.as_ref().unwrap().ignores.is_empty());
    let opened = open(&folder, &InputOptions { srcroot: folder.clone(), ..InputOptions::default() }).unwrap();
    assert_eq!(opened[0].notes, ["main.tf:89: `taglint:ignore environment` needs a reason: it waives nothing"]);
    let json = &read(&project("json"))["aws_iam_user.one"];
    assert_eq!(json.origin.as_ref().unwrap().ignores[0].reason, "written by a generator");
}

#[test]
fn json_and_override_files_are_read_as_terraform_reads_them() {
    let folder = project("json");
    let all = read(&folder);
    for (address, want) in [
        ("aws_iam_user.one", "Key platform=k Owner=platform Plain=a${b} Stage=DEV-x"),
        ("aws_iam_user.list", "A=1 B=true C=c"),
        ("aws_iam_user.counted[1]", "Index=1 Owner=platform"),
        ("aws_cognito_user_pool.changed", "Owner=override"),
        (
            "aws_iam_user.names",
            "Owner=platform alias=alias dev default_tags=default_tags dev lifecycle=lifecycle dev \
             literal=${var.stage} %{ if true } output=type dev tag dev provider=provider dev source=source dev \
             tag=tag dev type=type dev version=version dev …Ignored",
        ),
        ("module.inner.aws_iam_user.inner", "Default=default_tags dev Dynamic=dynamic dev Tag=tag dev Type=type dev"),
    ] {
        assert_eq!(tags(&all[address]), want, "{address}");
    }
    let one = all["aws_iam_user.one"].origin.as_ref().unwrap();
    assert!(text_at(&folder, &one.keys["Stage"]).starts_with("\"${upper(var.stage)}-x\""));
    let changed = all["aws_cognito_user_pool.changed"].origin.as_ref().unwrap();
    assert_eq!(changed.keys["Owner"].path, "override.tf");
}

/// A policy that demands one tag, and a scratch folder with these files.
pub(crate) fn scratch(files: &[(&str, &str)]) -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n");
    for (name, text) in files {
        scratch.file(name, text);
    }
    scratch
}

pub(crate) const USER: &str = "resource \"aws_iam_user\" \"u\" {\n  name = \"u\"\n}\n";

#[test]
fn a_folder_is_checked_and_its_findings_have_addresses_and_places() {
    let scratch = scratch(&[
        ("main.tf", USER),
        ("modules/m/main.tf", USER),
        ("call.tf", "module \"m\" {\n  source = \"./modules/m\"\n}\n"),
    ]);
    let run = scratch.run(["check", ".", "--format", "json"]);
    let report = run.exits(1).json();
    let findings: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            (finding["resource"]["address"].as_str().unwrap(), finding["location"]["path"].as_str().unwrap())
        })
        .collect();
    assert_eq!(findings, [("aws_iam_user.u", "main.tf"), ("module.m.aws_iam_user.u", "modules/m/main.tf")]);
    // One file alone: its own resources, with what the rest of the folder says.
    let one = scratch.run(["check", "main.tf", "--format", "json"]).exits(1).json();
    assert_eq!(one["summary"]["resources"], 1);
}

#[test]
fn git_ignored_folders_are_passed_over_and_said_to_be_but_their_tfvars_are_read() {
    let scratch = scratch(&[
        (".gitignore", "/build/\n*.tfvars\n"),
        ("main.tf", "variable \"tags\" {}\nresource \"aws_iam_user\" \"u\" {\n  name = \"u\"\n  tags = var.tags\n}\n"),
        ("terraform.tfvars", "tags = { Owner = \"x\" }\n"),
        ("build/main.tf", USER),
        (".terraform/modules/x/main.tf", USER),
    ]);
    let run = scratch.run(["check", ".", "-v"]);
    run.exits(0);
    for words in ["folder: 1, ignored by git (build)", "folder: 1, file of another tool (.terraform)"] {
        assert!(run.stdout.contains(words), "{}", run.stdout);
    }
    // A folder that is named is looked at, whatever the rules say of it.
    scratch.run(["check", "build"]).exits(1);
}

#[test]
fn nothing_to_check_is_no_pass() {
    let scratch = scratch(&[("docs/readme.md", "x"), ("docs/a.json", "{}")]);
    scratch.run(["check", "docs"]).fails_with(2, &["nothing to check in this folder"]);
    scratch.run(["check", "nowhere"]).fails_with(2, &["nowhere"]);
}

#[test]
fn a_broken_file_is_an_error_where_it_is_all_there_is_and_a_gap_among_others() {
    let scratch = scratch(&[("one/main.tf", "resource \"aws_iam_user\" \"u\" {\n  name = = 1\n}\n")]);
    for input in ["one", "one/main.tf"] {
        scratch.run(["check", input]).fails_with(2, &["one/main.tf:2:10", "name = = 1", "^"]);
    }
    scratch.file("two/main.tf", USER);
    let run = scratch.run(["check", "."]);
    run.exits(3);
    assert!(run.stdout.contains("one/main.tf:2:10"), "{}", run.stdout);
    assert!(run.stdout.contains("aws_iam_user.u"), "what could be read is reported: {}", run.stdout);
    // The provider may stand in the file that can't be read: what it adds is not known.
    scratch.file("two/other.tf", "provider \"aws\" {");
    let report = scratch.run(["check", "two", "--format", "json"]).exits(3).json();
    assert_eq!((&report["findings"].as_array().unwrap().len(), &report["summary"]["unknown"]), (&0, &1.into()));
}

#[test]
fn an_object_in_s3_may_put_the_default_tags_aside() {
    let source = r#"
        provider "aws" {
          default_tags {
            tags = { Owner = "platform" }
          }
        }
        resource "aws_s3_object" "plain" {
          tags = { A = "1" }
        }
        resource "aws_s3_object" "bare" {
          tags = { A = "1" }
          override_provider {
            default_tags {
              tags = {}
            }
          }
        }
    "#;
    let json = r#"{"resource": {"aws_s3_object": {"json": {
        "tags": {"A": "1"}, "override_provider": {"default_tags": {"tags": {}}}}}}}"#;
    let folder = scratch(&[("main.tf", source), ("json.tf.json", json)]);
    let all = read(folder.path());
    assert_eq!(tags(&all["aws_s3_object.plain"]), "A=1 Owner=platform");
    assert_eq!(tags(&all["aws_s3_object.bare"]), "A=1");
    assert_eq!(tags(&all["aws_s3_object.json"]), "A=1");
}

#[test]
fn dynamic_blocks_in_json_are_expanded() {
    let json = r#"{
        "provider": {"aws": {"dynamic": {"default_tags": {"for_each": [1], "content": {"tags": {"Owner": "x"}}}}}},
        "resource": {
            "aws_iam_user": {"u": {"tags": {"A": "1"}}},
            "aws_autoscaling_group": {"g": {"dynamic": [{"tag": {"for_each": [1], "content": {"key": "Owner", "value": "x"}}}]}}
        }
    }"#;
    let folder = scratch(&[("main.tf.json", json)]);
    let all = read(folder.path());
    assert_eq!(tags(&all["aws_iam_user.u"]), "A=1 Owner=x");
    assert_eq!(tags(&all["aws_autoscaling_group.g"]), "Owner=x");
}

#[test]
fn a_module_that_is_not_there_is_a_gap() {
    let call = |source: &str| format!("module \"m\" {{\n  source = {source:?}\n}}\n{USER}");
    for (source, words) in [
        ("terraform-aws-modules/iam/aws", "`terraform init` does that"),
        ("./nowhere", "its folder is not there"),
        ("../../outside", "is outside the checked folder"),
    ] {
        let scratch = scratch(&[("main.tf", &call(source))]);
        let run = scratch.run(["check", "."]);
        run.exits(3);
        assert!(run.stdout.contains(words) && run.stdout.contains("main.tf:1"), "{source}: {}", run.stdout);
    }
}

#[test]
fn fetched_modules_are_found_and_never_outside_of_the_root() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("main.tf"), USER).unwrap();
    let main = "module \"m\" {\n  source  = \"acme/users/aws\"\n  version = \"1.0.0\"\n}\n";
    let manifest = |dir: &str| {
        serde_json::json!({"Modules": [{"Key": "", "Source": "", "Dir": "."}, {"Key": "m", "Source": "acme/users/aws", "Dir": dir}]})
            .to_string()
    };
    let files = |dir: &str| {
        scratch(&[
            ("main.tf", main),
            (".terraform/modules/modules.json", &manifest(dir)),
            (".terraform/modules/m/main.tf", USER),
        ])
    };
    let report = files(".terraform/modules/m").run(["check", ".", "--format", "json"]).exits(1).json();
    assert_eq!(report["findings"][0]["resource"]["address"], "module.m.aws_iam_user.u");
    assert_eq!(report["findings"][0]["location"]["path"], ".terraform/modules/m/main.tf");
    let inside = files(".terraform/modules/m");
    for dir in [outside.path().to_str().unwrap(), "../../../../../../../../../../../tmp", "/"] {
        let report = files(dir).run(["check", ".", "--format", "json"]).exits(3).json();
        assert_eq!(report["summary"]["resources"], 0, "{dir}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outside.path(), inside.path().join("linked")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("main.tf"), inside.path().join("linked.tf")).unwrap();
        let run = inside.run(["check", ".", "-v"]);
        run.exits(3);
        assert!(run.stdout.contains("linked.tf: a link out of the folder"), "{}", run.stdout);
        assert!(run.stdout.contains("folder: 1, symbolic link (linked)"), "{}", run.stdout);
        let index = SourceIndex::open(&inside.path().join("linked"), inside.path(), inside.path());
        assert!(index.is_err(), "the index leaves its boundary");
    }
}

#[test]
fn what_may_not_exist_violates_nothing_for_certain() {
    let module =
        "variable \"names\" {}\nvariable \"on\" {}\nmodule \"m\" {\n  source = \"./m\"\n  count  = var.on ? 1 : 0\n}\n";
    let user = |name: &str, line: &str, tags: &str| {
        format!("resource \"aws_iam_user\" \"{name}\" {{\n  name = \"u\"\n  {line}\n  tags = {tags}\n}}\n")
    };
    let cases = [
        ("maybe", "count = length(var.names)", true),
        ("some", "count = var.on ? 1 : 2", false),
        ("most", "count = max(length(var.names), 1)", false),
        ("least", "count = max(length(var.names), 0)", true),
        ("each", "for_each = toset(var.names)", true),
        ("more", "for_each = merge({ a = 1 }, var.names)", false),
        ("one", "count = 1", false),
    ];
    let users: String = cases.iter().map(|(name, line, _)| user(name, line, "{}")).collect();
    let tagged = user("tagged", "count = length(var.names)", "{ Owner = \"o\" }");
    let scratch =
        scratch(&[("a/main.tf", &(module.to_owned() + &users + &tagged)), ("a/m/main.tf", &user("in", "", "{}"))]);
    let report = scratch.run(["check", "a", "--format", "json"]).exits(1).json();
    let violating: Vec<&str> =
        report["findings"].as_array().unwrap().iter().filter_map(|it| it["resource"]["address"].as_str()).collect();
    for (name, _, may_be_none) in cases {
        let is_named = violating.iter().any(|it| it.starts_with(&format!("aws_iam_user.{name}")));
        assert_eq!(is_named, !may_be_none, "{name}: {violating:?}");
    }
    assert!(!violating.iter().any(|it| it.starts_with("module.m") || it.contains("tagged")), "{violating:?}");
    assert_eq!(report["summary"]["unknown"], 4, "{report}");
    let text = scratch.run(["check", "a"]).stdout;
    assert!(text.contains("it may not exist: source does not decide its `count` (`var.names` has no value"), "{text}");
    assert!(text.contains("it may not exist: source does not decide its module's `count`"), "{text}");
}
