//! Terraform plans: projects in `tests/terraform/`, planned by the real Terraform with the real AWS provider. The plans
//! are committed, so that everything but their making runs without Terraform; `TAGLINT_BLESS=1` makes them anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use taglint::engine::resources;
use taglint::input::{InputOptions, open};
use taglint::model::{DeviceAssignment, Resource, Tags, UnlistedTags};

use crate::common::{ACCOUNT, Scratch, repository};
use crate::terraform_tool::{Project, terraform};

const PROJECTS: &[&str] = &["fleet", "unknown", "changes", "json", "ignored", "functions", "nested", "inherited"];

/// What is read from a plan, a line for each resource.
fn read(plan: &Path, options: &InputOptions) -> String {
    let opened = open(plan, options).unwrap_or_else(|e| panic!("{}: {e}", plan.display()));
    let mut lines: Vec<String> =
        opened.iter().flat_map(|opened| resources(&opened.input)).map(|resource| line(&resource.unwrap())).collect();
    lines.sort();
    lines.join("\n")
}

/// `address arn {tags} marks`; an unknown value is `?`, a sensitive one is followed by `!`.
fn line(resource: &Resource<'_>) -> String {
    let origin = resource.origin.as_deref().expect("a planned resource has an origin");
    let mut out = resource.address.as_deref().expect("a planned resource has an address").to_owned();
    let _ = write!(out, " {}", resource.arn.as_deref().unwrap_or("-"));
    let _ = write!(out, " {}", resource.region.as_deref().unwrap_or("-"));
    match &resource.tags {
        Tags::Unread { reason } => panic!("{out}: unread: {}", reason.as_str()),
        Tags::Read { tags, more } => {
            let tags: Vec<String> = tags
                .iter()
                .map(|tag| {
                    let mark = if origin.sensitive.contains(tag.key.as_str()) { "!" } else { "" };
                    format!("{}={}{mark}", tag.key.as_str(), tag.value.as_deref().unwrap_or("?"))
                })
                .collect();
            let _ = write!(out, " {{{}}}", tags.join(", "));
            match more {
                UnlistedTags::None => {}
                UnlistedTags::Keys(keys) => _ = write!(out, " more {}", keys.join(",")),
                UnlistedTags::Any | UnlistedTags::AllBut(_) => out.push_str(" more"),
            }
        }
    }
    match &resource.user {
        DeviceAssignment::Unknown => {}
        DeviceAssignment::Unassigned => out.push_str(" unassigned"),
        DeviceAssignment::User(arn) => {
            let _ = write!(out, " of {}", arn.as_str());
        }
    }
    out.push_str(if origin.context { " context" } else { "" });
    out
}

pub(crate) fn plan_of(project: &str) -> PathBuf {
    repository(&format!("tests/terraform/{project}/plan.json"))
}

/// With the source out of reach, so that only the plan speaks.
fn plan_alone(project: &str, options: &InputOptions) -> String {
    let scratch = Scratch::new();
    let plan = scratch.file("plan.json", std::fs::read(plan_of(project)).unwrap());
    read(&plan, &InputOptions { srcroot: scratch.path().to_owned(), ..options.clone() })
}

#[track_caller]
fn same(got: &str, want: &str) {
    let want = want.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n");
    assert_eq!(got, want, "\n--- got:\n{got}\n--- wanted:\n{want}\n");
}

#[test]
fn default_tags_modules_and_instances_are_read_as_they_will_be() {
    let read = plan_alone("fleet", &InputOptions { account: Some(ACCOUNT.to_owned()), ..InputOptions::default() });
    same(
        &read,
        r#"
        aws_cognito_user_pool.customers["b.c\"]x"] - eu-west-1 {Environment=Nowhere, Owner=platform@example.com}
        aws_cognito_user_pool.customers["shop"] - eu-west-1 {Environment=Staging, Owner=platform@example.com}
        aws_iam_user.bare arn:aws:iam::123456789012:user/carl - {}
        aws_iam_user.empty arn:aws:iam::123456789012:user/emil - {Cost Center=, Environment=Test}
        aws_iam_user.good arn:aws:iam::123456789012:user/team/anika - {Cost Center=12345, Environment=Production, Owner=platform@example.com}
        aws_iam_user.later arn:aws:iam::123456789012:user/dana - {Environment=?, Owner=?} more
        aws_iam_user.override arn:aws:iam::123456789012:user/bela - {Cost Center=12345, Environment=prod, Owner=platform@example.com}
        aws_iam_virtual_mfa_device.spare[0] arn:aws:iam::123456789012:mfa/spare/spare-0 - {Cost Center=12345, Environment=Production, Owner=platform@example.com} unassigned
        aws_iam_virtual_mfa_device.spare[1] arn:aws:iam::123456789012:mfa/spare/spare-1 - {Cost Center=12E45, Environment=Production, Owner=platform@example.com} unassigned
        module.team["blue"].aws_iam_user.lead arn:aws:iam::123456789012:user/blue-lead - {Cost Center=54321, Environment=Production, Owner=platform@example.com, Team=blue}
        module.team["blue"].module.person[0].aws_iam_user.member["one"] arn:aws:iam::123456789012:user/blue-one - {Cost Center=unknown, Environment=Test}
        module.team["blue"].module.person[0].aws_iam_user.member["two"] arn:aws:iam::123456789012:user/blue-two - {Cost Center=unknown, Environment=Tset}
        module.team["red"].aws_iam_user.lead arn:aws:iam::123456789012:user/red-lead - {Cost Center=54321, Environment=Production, Owner=platform@example.com, Team=red}
        module.team["red"].module.person[0].aws_iam_user.member["one"] arn:aws:iam::123456789012:user/red-one - {Cost Center=12345, Environment=Test}
        module.team["red"].module.person[0].aws_iam_user.member["two"] arn:aws:iam::123456789012:user/red-two - {Cost Center=12345, Environment=Tset}
    "#,
    );
}

#[test]
fn what_only_an_apply_can_know_is_unknown_and_never_missing() {
    let read = plan_alone("unknown", &InputOptions::default());
    same(
        &read,
        r"
        aws_autoscaling_group.blocks - eu-central-1 {Creator=?, Environment=Test}
        aws_autoscaling_group.blocks.tag - eu-central-1 {Creator=?, Environment=Test}
        aws_bedrock_guardrail.partly - eu-central-1 {Creator=?, Environment=Test}
        aws_iam_user.first - - {}
        aws_iam_user.merged - - {} more
        aws_iam_user.nameless - - {Environment=Test}
        aws_iam_user.no_tags_unknown_defaults - - {} more
        aws_iam_user.secret - - {Cost Center=hunter2-never-shown!, Environment=Test}
        aws_iam_user.secret_defaults - - {Cost Center=x-hunter2-never-shown!, Environment=Production!, Token=aHVudGVyMi1uZXZlci1zaG93bg==!}
        aws_iam_user.secret_whole - - {Cost Center=hunter3-never-shown!}
        aws_iam_user.unknown_defaults - - {Cost Center=12345} more
    ",
    );
}

#[test]
fn only_what_a_plan_changes_is_reported_and_the_rest_is_there_to_compare_with() {
    let read = plan_alone("changes", &InputOptions::default());
    same(
        &read,
        r"
        aws_cognito_user_pool.kept arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_cfe3ac0f7f4d49e2bc77b0e3a94898e4 eu-central-1 {Cost Center=12345, Environment=Production} context
        aws_cognito_user_pool.retagged arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_fa0af48a1e9c4200a72b92fc5b75eaec eu-central-1 {Cost Center=bad, Environment=Production}
        aws_iam_user.fresh[0] arn:aws:iam::123456789012:user/fresh - {Environment=Production}
        aws_iam_user.kept arn:aws:iam::123456789012:user/old/kept - {Cost Center=bad, Environment=Production} context
        aws_iam_user.renamed arn:aws:iam::123456789012:user/renamed - {Cost Center=bad, Environment=Production}
        aws_iam_user.retagged arn:aws:iam::123456789012:user/retagged - {Cost Center=bad, Environment=Production}
        aws_iam_user.touched arn:aws:iam::123456789012:user/touched - {Cost Center=bad, Environment=Production} context
        aws_iam_virtual_mfa_device.given arn:aws:iam::123456789012:mfa/given - {Cost Center=54321, Environment=Production} of arn:aws:iam::123456789012:user/old/kept
        aws_iam_virtual_mfa_device.replaced arn:aws:iam::123456789012:mfa/replaced-2 - {Cost Center=bad, Environment=Production} unassigned
        aws_iam_virtual_mfa_device.swapped arn:aws:iam::123456789012:mfa/swapped-2 - {Cost Center=bad, Environment=Production} unassigned
    ",
    );
    let all = plan_alone("changes", &InputOptions { changed: Some(false), ..InputOptions::default() });
    assert!(!all.contains("context") && !all.contains("gone"), "{all}");
}

#[test]
fn the_source_beside_a_plan_gives_places_and_the_keys_that_the_plan_holds_back() {
    let place = |project: &str, address: &str| {
        let options = InputOptions { srcroot: repository(""), ..InputOptions::default() };
        let opened = open(&plan_of(project), &options).unwrap();
        assert_eq!(opened[0].notes, [""; 0]);
        let mut all = resources(&opened[0].input).map(Result::unwrap);
        let resource = all.find(|resource| resource.address.as_deref() == Some(address)).expect("it is in the plan");
        let origin = resource.origin.clone().unwrap();
        let lines = |at: &[taglint::model::Location]| {
            at.iter()
                .map(|at| {
                    let text = std::fs::read_to_string(repository(&at.path)).unwrap();
                    text.lines().nth(at.line as usize - 1).unwrap().trim().to_owned()
                })
                .collect::<Vec<_>>()
                .join(" < ")
        };
        let of = |key: &str| lines(&origin.keys.get(key).cloned().into_iter().collect::<Vec<_>>());
        (lines(&[resource.location.clone().unwrap()]), of("Environment"), lines(&origin.calls), line(&resource))
    };
    let (block, key, calls, read) = place("fleet", "aws_iam_user.later");
    assert_eq!((&*block, &*calls), ("resource \"aws_iam_user\" \"later\" {", ""));
    assert_eq!(key, "Environment = \"Production\"", "a default tag points at its provider");
    assert!(
        read.ends_with("{Cost Center=12345, Creator=?, Environment=Production, Owner=platform@example.com}"),
        "{read}"
    );
    let address = "module.team[\"red\"].module.person[0].aws_iam_user.member[\"two\"]";
    let (block, key, calls, _) = place("fleet", address);
    assert_eq!(block, "resource \"aws_iam_user\" \"member\" {");
    assert!(key.starts_with("tags     = merge(var.tags"), "{key}");
    assert_eq!(calls, "module \"team\" { < module \"person\" {");
    let (block, ..) = place("json", "aws_iam_user.json");
    assert_eq!(block, "\"json\": {");
    // What source tells of a secret stays one.
    let (.., read) = place("unknown", "aws_iam_user.unknown_defaults");
    assert!(read.ends_with("{Cost Center=12345, Creator=?, Environment=Production}"), "{read}");
}

#[test]
fn a_source_out_of_the_repository_is_not_read() {
    let (scratch, elsewhere) = (Scratch::new(), Scratch::new());
    let plan = scratch.file("plan.json", std::fs::read(plan_of("json")).unwrap());
    elsewhere.file("main.tf.json", std::fs::read(repository("tests/terraform/json/main.tf.json")).unwrap());
    let elsewhere = elsewhere.path().display().to_string();
    scratch
        .run(["check", &plan.display().to_string(), "--source", &elsewhere])
        .fails_with(2, &["--source", "is outside"]);
}

#[test]
fn json_syntax_makes_the_same_plans() {
    let read = plan_alone("json", &InputOptions::default());
    same(
        &read,
        r"
        aws_cognito_user_pool.pool - eu-central-1 {Environment=Production}
        aws_iam_user.json - - {Cost Center=12E45, Environment=Production}
    ",
    );
}

/// A plan with this head and these changes, as JSON.
fn made(head: &str, changes: &str) -> String {
    format!("{{{head},\"planned_values\":{{}},\"resource_changes\":[{changes}]}}")
}

#[test]
fn a_plan_that_is_not_whole_or_not_understood_says_so() {
    let scratch = Scratch::new();
    let check = |text: &str| {
        let plan = scratch.file("plan.json", text);
        scratch.run(["check", &plan.display().to_string(), "--fail-on", "never"])
    };
    check(&made("\"format_version\":\"1.2\",\"errored\":false,\"complete\":true", "")).exits(0);
    for (head, words) in [
        ("\"format_version\":\"1.9\",\"errored\":true", "made with errors"),
        ("\"format_version\":\"1.2\",\"complete\":false", "marked incomplete"),
        ("\"format_version\":\"1.2\",\"complete\":false,\"deferred_changes\":[{},{}]", "deferred 2 changes"),
    ] {
        let run = check(&made(head, ""));
        run.exits(3);
        assert!(run.stdout.contains(words), "{}", run.stdout);
    }
    for actions in ["[\"conjure\"]", "[]"] {
        let change = format!(
            "{{\"address\":\"aws_iam_user.a\",\"mode\":\"managed\",\"type\":\"aws_iam_user\",\"name\":\"a\",\"change\":{{\"actions\":{actions},\"before\":null,\"after\":{{}},\"after_unknown\":{{}}}}}}"
        );
        let run = check(&made("\"format_version\":\"1.9\"", &change));
        run.exits(3);
        assert!(run.stdout.contains("an unknown action for aws_iam_user.a"), "{}", run.stdout);
    }
    for (text, words) in [
        (made("\"format_version\":\"2.0\"", ""), ["format version 2.0", "update taglint"]),
        (made("\"format_version\":\"2.0\",\"variables\":[]", "{}"), ["format version 2.0", "update taglint"]),
        (made("\"format_version\":\"0.2\"", ""), ["format version 0.2", "Terraform 1.1 or newer"]),
        (made("\"x\":1", ""), ["format version none", "Terraform 1.1 or newer"]),
        (made("\"format_version\":\"1.2\"", "{\"address\":"), ["terraform show -json", "line 1"]),
        (made("\"format_version\":\"1.2\"", "{\"address\":7}"), ["terraform show -json", "line 1"]),
        ("{\"format_version\":\"1.0\",\"values\":{}}".to_owned(), ["a Terraform state", "--terraform-state"]),
        ("{\"version\":4,\"serial\":1,\"lineage\":\"x\"}".to_owned(), ["a Terraform state", "--terraform-state"]),
        ("{\"@level\":\"info\"}\n".to_owned(), ["log of a Terraform run", "terraform show -json"]),
        ("PK\u{3}\u{4}\u{14}\u{0}tfplan".to_owned(), ["zip archive", "terraform show -json"]),
    ] {
        check(&text).fails_with(2, &words);
    }
    // Brackets without end are an error, not the end of the program's stack.
    let deep = format!("{{\"format_version\":\"1.2\",\"prior_state\":{}", "[".repeat(1 << 20));
    check(&deep).fails_with(2, &["terraform show -json"]);
    let deep =
        made("\"format_version\":\"1.2\"", &format!("{{\"change\":{{\"after\":{{\"tags\":{}", "[".repeat(1 << 20)));
    check(&deep).fails_with(2, &["terraform show -json"]);
}

#[test]
fn account_and_region_come_from_the_provider_before_the_flags() {
    let scratch = Scratch::new();
    let change = |kind: &str, name: &str| {
        format!(
            "{{\"address\":\"{kind}.{name}\",\"mode\":\"managed\",\"type\":\"{kind}\",\"change\":{{\"actions\":[\"create\"],\
             \"after\":{{\"name\":\"{name}\",\"path\":\"/\",\"tags\":null,\"tags_all\":{{}}}}}}}}"
        )
    };
    let block = |address: &str, key: &str| format!("{{\"address\":\"{address}\",\"provider_config_key\":\"{key}\"}}");
    let head = format!(
        "\"format_version\":\"1.2\",\"configuration\":{{\"provider_config\":{{\
         \"aws\":{{\"expressions\":{{\"region\":{{\"constant_value\":\"us-gov-west-1\"}},\"allowed_account_ids\":{{\"constant_value\":[\"444455556666\"]}}}}}},\
         \"aws.role\":{{\"expressions\":{{\"assume_role\":[{{\"role_arn\":{{\"constant_value\":\"arn:aws:iam::111122223333:role/x\"}}}}]}}}}}},\
         \"root_module\":{{\"resources\":[{},{},{}]}}}}",
        block("aws_iam_user.a", "aws"),
        block("aws_cognito_user_pool.b", "aws.role"),
        block("aws_iam_user.c", "aws.other"),
    );
    let changes = [change("aws_iam_user", "a"), change("aws_cognito_user_pool", "b"), change("aws_iam_user", "c")];
    let plan = scratch.file("plan.json", made(&head, &changes.join(",")));
    let given = InputOptions {
        account: Some(ACCOUNT.to_owned()),
        region: Some("eu-west-1".to_owned()),
        srcroot: scratch.path().to_owned(),
        ..InputOptions::default()
    };
    same(
        &read(&plan, &given),
        "aws_cognito_user_pool.b - eu-west-1 {}
        aws_iam_user.a arn:aws-us-gov:iam::444455556666:user/a - {}
        aws_iam_user.c arn:aws:iam::123456789012:user/c - {}",
    );
    let opened = open(&plan, &given).unwrap();
    let pool = resources(&opened[0].input).map(Result::unwrap).find(|resource| resource.region.is_some()).unwrap();
    assert_eq!(pool.account.as_deref(), Some("111122223333"));
}

#[test]
fn default_tags_with_a_function_known_after_the_apply_are_not_missing() {
    same(
        &tags_alone(&plan_alone("functions", &InputOptions::default())),
        "aws_iam_user.clock {Own=x} more
        aws_iam_user.empty {Own=x} more
        aws_iam_user.local {Own=x} more
        aws_iam_user.merged {Own=x} more
        aws_iam_user.random {Own=x} more
        aws_iam_user.upper {Own=x, Owner=PLATFORM}
        aws_iam_user.variable {Own=x, Owner=platform}",
    );
    let options = InputOptions { srcroot: repository("tests/terraform/functions"), ..InputOptions::default() };
    same(
        &tags_alone(&read(&plan_of("functions"), &options)),
        "aws_iam_user.clock {Created=?, Own=x, Owner=platform}
        aws_iam_user.empty {Own=x}
        aws_iam_user.local {At=?, Own=x, Owner=platform}
        aws_iam_user.merged {At=?, Own=x, Owner=platform}
        aws_iam_user.random {Id=?, Own=x, Owner=platform}
        aws_iam_user.upper {Own=x, Owner=PLATFORM}
        aws_iam_user.variable {Own=x, Owner=platform}",
    );
}

/// `TF_AWS_DEFAULT_TAGS_Owner=env` shows in the plan's other resources alone.
#[test]
fn default_tags_from_the_environment_are_there_where_the_plan_holds_a_map_back() {
    let scratch = Scratch::new();
    let change = |name: &str, rest: &str| {
        format!(
            "{{\"address\":\"aws_iam_user.{name}\",\"mode\":\"managed\",\"type\":\"aws_iam_user\",\
             \"change\":{{\"actions\":[\"create\"],{rest}}}}}"
        )
    };
    let block = |name: &str| format!("{{\"address\":\"aws_iam_user.{name}\",\"provider_config_key\":\"aws\"}}");
    let changes = [
        change(
            "a",
            "\"after\":{\"tags\":{\"Env\":\"x\"},\"tags_all\":{\"Blk\":\"1\",\"Env\":\"x\",\"Owner\":\"env\"}}",
        ),
        change("b", "\"after\":{},\"after_unknown\":{\"tags\":true,\"tags_all\":true}"),
        change("c", "\"after\":{\"tags\":{\"Env\":\"\"}},\"after_unknown\":{\"tags_all\":true}"),
    ]
    .join(",");
    let source = "resource \"aws_iam_user\" \"b\" {\n  tags = { C = aws_iam_user.a.arn, D = \"d\" }\n}\n";
    scratch.file("main.tf", source);
    let options = InputOptions { srcroot: scratch.path().to_owned(), ..InputOptions::default() };
    for said in ["{}", "{\"default_tags\":[{\"tags\":{\"constant_value\":{\"Blk\":\"1\"}}}]}"] {
        let head = format!(
            "\"format_version\":\"1.2\",\"configuration\":{{\"provider_config\":{{\"aws\":{{\"expressions\":{said}}}}},\
             \"root_module\":{{\"resources\":[{},{},{}]}}}}",
            block("a"),
            block("b"),
            block("c"),
        );
        let plan = scratch.file("plan.json", made(&head, &changes));
        let read = read(&plan, &options);
        assert!(read.contains("aws_iam_user.b - - {Blk=?, C=?, D=d, Owner=?}"), "{said}: {read}");
        assert!(read.contains("aws_iam_user.c - - {Blk=1, Env=, Owner=env}"), "{said}: {read}");
    }
}

/// The address, tags and doubts of each line.
fn tags_alone(read: &str) -> String {
    let lines = read.lines().map(|line| {
        let (address, tags) = (line.split(' ').next().unwrap(), &line[line.find('{').unwrap()..]);
        format!("{address} {tags}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn tags_that_the_provider_ignores_are_neither_there_nor_missing() {
    same(
        &tags_alone(&plan_alone("ignored", &InputOptions::default())),
        "
        aws_iam_user.later {} more
        aws_iam_user.own {Environment=Production, Team=red} more Owner,k8s:*
        aws_iam_user.plain {Environment=Production} more Owner,k8s:*
        aws_iam_user.unknown {Environment=?} more
        aws_s3_object.plain {Environment=Production, Team=red} more Owner,k8s:*
        aws_s3_object.unknown {} more
        ",
    );
    // Source says which keys an unknown map has, and that `override_provider` keeps the default tags away.
    let options = InputOptions { srcroot: repository("."), ..InputOptions::default() };
    let with_source = tags_alone(&read(&plan_of("ignored"), &options));
    for line in [
        "aws_iam_user.later {} more\n",
        "aws_iam_user.unknown {Environment=Production, Team=red} more Owner,k8s:*\n",
        "aws_s3_object.unknown {Team=?} more Owner,k8s:*",
    ] {
        assert!(with_source.contains(line), "{with_source}");
    }
    // Told by the environment, the provider drops a tag that the plan shows to be the resource's own.
    let plan = r#"{"format_version": "1.2", "planned_values": {}, "resource_changes": [{
        "address": "aws_iam_user.a", "mode": "managed", "type": "aws_iam_user", "change": {"actions": ["create"],
        "after": {"name": "a", "tags": {"Owner": "a", "Team": "b", "Empty": ""}, "tags_all": {"Team": "b"}},
        "after_unknown": {}}}], "configuration": {"provider_config": {"aws": {"name": "aws"}}, "root_module": {
        "resources": [{"address": "aws_iam_user.a", "provider_config_key": "aws"}]}}}"#;
    let scratch = Scratch::new();
    let options = InputOptions { srcroot: scratch.path().to_owned(), ..InputOptions::default() };
    same(&tags_alone(&read(&scratch.file("plan.json", plan), &options)), "aws_iam_user.a {Team=b} more Owner");
}

#[test]
fn plans_made_now_read_like_the_committed_ones() {
    let Some(config) = terraform() else { return };
    for name in PROJECTS {
        let project = Project::copy(name, config);
        let made = project.scratch().file("made/plan.json", project.plan(&[]));
        if std::env::var_os("TAGLINT_BLESS").is_some() {
            std::fs::copy(&made, plan_of(name)).expect("the committed plan can be written");
        }
        let options = InputOptions {
            changed: Some(false),
            srcroot: project.scratch().path().to_owned(),
            ..InputOptions::default()
        };
        let committed = project.scratch().file("committed/plan.json", std::fs::read(plan_of(name)).unwrap());
        same(&read(&made, &options), &read(&committed, &options));
    }
}
