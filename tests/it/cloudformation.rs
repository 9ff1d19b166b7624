//! `CloudFormation` templates as inputs: known values, unknown values, and the locations of findings.

use std::path::{Path, PathBuf};

use taglint::engine::resources;
use taglint::input::{InputOptions, open};
use taglint::model::{DeviceAssignment, Resource, Tags, UnlistedTags};

use crate::common::{Scratch, repository};

fn templates(name: &str) -> PathBuf {
    repository("tests/cloudformation").join(name)
}

fn options() -> InputOptions {
    InputOptions {
        account: Some("111122223333".to_owned()),
        region: Some("eu-west-1".to_owned()),
        srcroot: repository(""),
        ..InputOptions::default()
    }
}

/// Every resource of an input.
fn read(path: &Path, options: &InputOptions) -> Vec<Resource<'static>> {
    let opened = open(path, options).unwrap_or_else(|error| panic!("{error}"));
    opened.iter().flat_map(|opened| resources(&opened.input)).map(|resource| resource.unwrap()).collect()
}

/// A resource in two lines: what it is, and its tags with the lines that they are written on.
fn shown(resource: &Resource<'_>) -> String {
    let text = |part: &Option<taglint::model::Text<'_>>| part.as_deref().unwrap_or("-").to_owned();
    let origin = resource.origin.as_ref().expect("a template's resource has an origin");
    let user = match &resource.user {
        DeviceAssignment::Unknown => String::new(),
        DeviceAssignment::Unassigned => " of nobody".to_owned(),
        DeviceAssignment::User(arn) => format!(" of {}", arn.as_str()),
    };
    let mut out = format!(
        "{} {} {} {}/{}{user} line {}\n ",
        text(&resource.address),
        resource.kind.as_str(),
        text(&resource.name),
        text(&resource.account),
        text(&resource.region),
        resource.location.as_ref().expect("a place").line,
    );
    for tag in resource.tags.known() {
        let key = tag.key.as_str();
        let line = origin.keys.get(key).map_or(String::new(), |at| format!(" ({})", at.line));
        let secret = if origin.sensitive.contains(key) { " secret" } else { "" };
        out += &format!(" {key}={}{secret}{line}", tag.value.as_deref().unwrap_or("?"));
    }
    assert!(!matches!(resource.tags, Tags::Unread { .. }), "what only a deployment knows is no failed read");
    match &resource.tags {
        Tags::Read { more: UnlistedTags::Keys(keys), .. } => out += &format!(" …{}", keys.join(",")),
        tags if tags.complete() => {}
        _ => out += " …",
    }
    if let Some(doubt) = resource.doubt() {
        out += &format!(" ({doubt})");
    }
    out
}

fn all(path: &Path, options: &InputOptions) -> String {
    read(path, options).iter().map(shown).collect::<Vec<_>>().join("\n")
}

/// The notes and gaps of an input.
fn said(path: &Path, options: &InputOptions) -> Vec<String> {
    let opened = open(path, options).unwrap_or_else(|error| panic!("{error}"));
    let gaps = |opened: &taglint::input::OpenedInput| opened.input.gaps.iter().map(|gap| gap.error.clone()).collect();
    opened.iter().flat_map(|opened| [opened.notes.clone(), gaps(opened)].concat()).collect()
}

pub(crate) const POLICY: &str = r#"version = 1
[policy]
inline-waivers = true
[[rule]]
id = "environment"
key = "Environment"
required = true
values = ["Production", "Staging"]
[[rule]]
id = "owner"
key = "Owner"
required = true
format = "email"
"#;

#[test]
fn every_function_is_decided_as_far_as_the_template_says() {
    let yaml = all(&templates("functions.yaml"), &options());
    insta::assert_snapshot!(yaml, @r#"
    Device iam:mfa decided 111122223333/- of arn:aws:iam::111122223333:user/team/decided line 98
      Stage=Production (105) …Charged
    MaybeHere iam:user - 111122223333/- line 113
      (it may not exist: only the deployment knows its condition "Charged")
    OnlyInStaging iam:user - 111122223333/- line 109
      (it may not exist: its condition "IsStaging" is false with the default parameters)
    Unknown iam:user - 111122223333/- line 62
      Ref=? (67) Sub=? (68) Both=? (69) Parameter=? (70) GetAtt=? (71) ImportValue=? (72) GetAZs=? (73) Cidr=? (74) StackName=? (75) Dynamic=? (76) …
    Useranika iam:user anika 111122223333/- line 120
      Owner=anika@example.com (125)
    Decided iam:user decided 111122223333/- line 39
      Ref=Production (45) Sub=Production-eu-west-1 (46) SubWithNames=payments/Production (47) Join=payments:identity (48) Select=b (49) If=yes (50) Either=yes (51) FindInMap=restricted (52) DefaultValue=none (53) Here=yes (54) Base64=YWJj (55) Length=2 (56) AccountId=111122223333 (57) Partition=aws (58) NoEcho=OPS-123 secret (59)
    Userjorge iam:user jorge 111122223333/- line 120
      Owner=jorge@example.com (125)
    Included cognito-idp:userpool - 111122223333/eu-west-1 line 92
      …
    Pool cognito-idp:userpool customers-Production 111122223333/eu-west-1 line 79
      Stage=Production (84) ToJsonString={"team":"payments"} (85) team-payments=payments@example.com (90) team-identity=identity@example.com (90) …Maybe
    Topic sns:topic - 111122223333/eu-west-1 line 127
      Stage=Production (131)
    "#);
}

#[test]
fn json_says_the_same_as_yaml() {
    let without_places = |name: &str| {
        let mut all = read(&templates(name), &options());
        for resource in &mut all {
            resource.location = None;
            let origin = resource.origin.as_mut().unwrap();
            assert!(origin.keys.values().all(|at| at.path == format!("tests/cloudformation/{name}")));
            origin.keys.clear();
            origin.tags = None;
        }
        all
    };
    assert_eq!(without_places("functions.json"), without_places("functions.yaml"));
}

#[test]
fn without_account_and_region_what_depends_on_them_is_unknown() {
    let shown = all(&templates("functions.yaml"), &InputOptions { account: None, region: None, ..options() });
    for part in
        ["Sub=? (46)", "AccountId=? (57)", "Partition=? (58)", "Here=? (54)", "Device iam:mfa decided -/- line 98"]
    {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn globals_and_the_tag_of_sam_itself_reach_its_resources() {
    insta::assert_snapshot!(all(&templates("sam.yaml"), &InputOptions { srcroot: repository(""), ..InputOptions::default() }), @"
    Pool cognito-idp:userpool - -/- line 29
      Environment=Production (33)
    Table dynamodb:table - -/- line 24
      Environment=Production (28)
    ChargeRole iam:role - -/- line 13
      Owner=charge@example.com (18) Environment=Production (9) lambda:createdBy=SAM
    OwnRole iam:role - -/- line 19
      lambda:createdBy=SAM
    Charge lambda:function - -/- line 13
      Owner=charge@example.com (18) Environment=Production (9) lambda:createdBy=SAM
    Own lambda:function - -/- line 19
      lambda:createdBy=SAM
    ");
}

#[test]
fn the_tags_of_a_stack_reach_what_takes_them() {
    let tagged =
        InputOptions { stack_tags: vec![("Stage".into(), "Test".into()), ("Team".into(), "x".into())], ..options() };
    let shown = all(&templates("functions.yaml"), &tagged);
    for part in [
        // A key of the resource's own wins.
        "Topic sns:topic - 111122223333/eu-west-1 line 127\n  Stage=Production (131) Team=x",
        "MaybeHere iam:user - 111122223333/- line 113\n  Stage=Test Team=x (it may not exist",
        // Where its own are not all known, it may have any of them.
        "Included cognito-idp:userpool - 111122223333/eu-west-1 line 92\n  Stage=? Team=? …\n",
        // Nobody says whether they reach MFA devices.
        "line 98\n  Stage=Production (105) …Charged,Team\n",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn stacks_in_stacks_are_read_with_what_they_are_given() {
    let parent = templates("nested/parent.yaml");
    insta::assert_snapshot!(all(&parent, &options()), @"
    Team/User iam:user anika 111122223333/- line 10
      Environment=Production (16) Team=payments (16)
    Other/User iam:user nobody 111122223333/- line 10
      Environment=? (16)
    Away cloudformation:stack - 111122223333/eu-west-1 line 23
     
    Other cloudformation:stack - 111122223333/eu-west-1 line 17
     
    Team cloudformation:stack - 111122223333/eu-west-1 line 7
      Team=payments (16)
    ");
    let child = &read(&parent, &options())[0];
    let origin = child.origin.as_ref().unwrap();
    assert_eq!(child.location.as_ref().unwrap().path, "tests/cloudformation/nested/child.yaml");
    assert_eq!(origin.keys["Environment"].path, "tests/cloudformation/nested/child.yaml");
    assert_eq!(origin.keys["Team"].path, "tests/cloudformation/nested/parent.yaml");
    let calls: Vec<_> = origin.calls.iter().map(|at| (at.path.as_str(), at.line)).collect();
    assert_eq!(calls, [("tests/cloudformation/nested/parent.yaml", 7)]);
    let said: Vec<_> = said(&parent, &options());
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("nested/parent.yaml:23: its template is at \"https://bucket"), "{said:?}");
    // In a folder the child is not read once more with the defaults of its parameters.
    assert_eq!(read(&templates("nested"), &options()), read(&parent, &options()));
}

#[test]
fn an_assembly_says_where_its_stacks_go_and_what_made_their_resources() {
    let want = all(&templates("cdk.out"), &options());
    insta::assert_snapshot!(want, @"
    TeamNestedStackTeamNestedStackResource0D1E2F3A/Anika4B5C6D7E iam:user anika 111122223333/- line 6
      Stage=Production (11) Environment=Production Owner=identity@example.com
    Jorge8F9A0B1C iam:user jorge 111122223333/- line 3
     
    TeamNestedStackTeamNestedStackResource0D1E2F3A cloudformation:stack - 111122223333/eu-west-1 line 18
      Environment=Production Owner=identity@example.com
    CustomersE5F6A7B8 cognito-idp:userpool app-customers 111122223333/eu-west-1 line 7
      Stage=Production (12) Environment=Staging (13) Owner=identity@example.com
    ");
    let constructs: Vec<_> =
        read(&templates("cdk.out"), &options()).iter().map(|r| r.origin.clone().unwrap().construct.unwrap()).collect();
    let paths = [
        "App/Team.NestedStack/Team.NestedStackResource",
        "App/Customers/Resource",
        "App/Team/Anika/Resource",
        "Prod/Users/Jorge/Resource",
    ];
    for path in paths {
        assert!(constructs.iter().any(|construct| construct == path), "{path} in {constructs:?}");
    }
    assert_eq!(all(&templates("cdk.out/manifest.json"), &options()), want);
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let folder = templates("cdk.out").display().to_string();
    for format in ["text", "github", "sarif"] {
        let run = scratch.run(["check", &folder, "--format", format]);
        assert!(run.exits(1).stdout.contains("Prod/Users/Jorge/Resource"), "{}", run.stdout);
    }
}

#[test]
fn a_finding_points_at_the_value_in_the_template() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file(
        "infra/users.yaml",
        "Resources:\n  Anika:\n    Type: AWS::IAM::User\n    Properties:\n      Tags:\n        - Key: Environment\n          \
         Value: Produktion # ✗\n  Jorge:\n    Type: AWS::IAM::User\n",
    );
    let run = scratch.run(["check", "infra/users.yaml", "--format", "github"]);
    run.exits(1);
    for words in [
        "file=infra/users.yaml,line=7,col=18,",
        "Environment is \"Produktion\"",
        "file=infra/users.yaml,line=5,",
        "file=infra/users.yaml,line=8,",
    ] {
        assert!(run.stdout.contains(words), "{words} in {}", run.stdout);
    }
}

#[test]
fn a_template_comes_through_a_pipe_too() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let template = "Resources: {A: {Type: AWS::IAM::User, Properties: {Tags: [{Key: Environment, Value: Staging}]}}}\n";
    let tags = ["--stack-tag", "Owner=anika@example.com"];
    scratch.pipe([&["check", "-"][..], &tags].concat(), template.as_bytes()).exits(0);
    scratch.pipe(["check", "-"], template.as_bytes()).exits(1);
}

#[test]
fn a_macro_leaves_every_tag_unknown_and_none_missing() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch
        .file("m.yaml", "Transform: [AWS::LanguageExtensions, OurMacro]\nResources:\n  A:\n    Type: AWS::IAM::User\n");
    scratch.run(["check", "m.yaml"]).fails_with(0, &["the macro \"OurMacro\" can change every tag"]);
    scratch.run(["check", "m.yaml", "--fail-on-unknown"]).exits(1);
}

#[test]
fn a_number_without_quotes_that_yaml_reads_as_another_is_noted() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file(
        "n.yaml",
        "Resources:\n  A:\n    Type: AWS::IAM::User\n    Properties:\n      Tags: [{Key: Environment, Value: 007}]\n",
    );
    let run = scratch.run(["check", "n.yaml"]);
    assert!(run.stderr.contains("n.yaml:2: without quotes YAML may take 007"), "{}", run.stderr);
    assert!(!run.stdout.contains("Environment is \"007\""), "{}", run.stdout);
}

#[test]
fn a_comment_waives_where_the_policy_lets_it() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file(
        "c.yaml",
        "Resources:\n  # taglint:ignore owner nobody owns it, OPS-1\n  A:\n    Type: AWS::IAM::User\n    Properties:\n      \
         Tags: [{Key: Environment, Value: Staging}]\n",
    );
    scratch.run(["check", "c.yaml"]).exits(0);
    scratch.file("taglint.toml", POLICY.replace("inline-waivers = true", "inline-waivers = false"));
    scratch.run(["check", "c.yaml"]).exits(1);
}

#[test]
fn a_value_that_must_not_be_shown_is_checked_and_hidden() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file(
        "s.yaml",
        "Parameters: {Stage: {Type: String, NoEcho: true, Default: hunter2}}\nResources:\n  A:\n    Type: AWS::IAM::User\n    \
         Properties:\n      Tags: [{Key: Environment, Value: !Ref Stage}]\n",
    );
    for format in ["text", "json", "sarif", "github", "markdown", "csv"] {
        let run = scratch.run(["check", "s.yaml", "--format", format]);
        run.exits(1);
        assert!(run.stdout.contains("Environment") && !run.stdout.contains("hunter2"), "{}", run.stdout);
    }
}

#[test]
fn an_undecided_condition_clouds_only_the_keys_that_stand_in_it() {
    let scratch = Scratch::new();
    let rule = |key: &str| format!("[[rule]]\nid = \"{}\"\nkey = \"{key}\"\nrequired = true\n", key.to_lowercase());
    scratch.file("taglint.toml", format!("version = 1\n{}{}{}", rule("Owner"), rule("Team"), rule("Stage")));
    let template = |entry: &str| {
        format!(
            "Parameters: {{Open: {{Type: String}}}}\nConditions: {{Open: !Equals [!Ref Open, x]}}\nResources:\n  A:\n    \
             Type: AWS::Cognito::UserPool\n    Properties:\n      UserPoolTags: {{}}\n  B:\n    Type: AWS::IAM::User\n    \
             Properties:\n      Tags:\n        - {entry}\n"
        )
    };
    for (entry, found, untold) in [
        ("!If [Open, {Key: Owner, Value: a}, !Ref AWS::NoValue]", "stage team", "owner"),
        ("!If [Open, {Key: Owner, Value: a}, {Key: Team, Value: b}]", "stage", "owner team"),
        ("!If [Open, {Key: Owner, Value: a}, {Key: Owner, Value: b}]", "stage team", ""),
        // What stands in the branch is not known itself.
        ("!If [Open, {Key: !Ref Open, Value: a}, {Key: Team, Value: b}]", "", "owner stage team"),
        // A parameter without a default is unknown, never empty.
        ("{Key: !Ref Open, Value: a}", "", "owner stage team"),
    ] {
        scratch.file("t.yaml", template(entry));
        let report = scratch.run(["check", "t.yaml", "--format", "json", "--show", "unknown"]).json();
        let rules = |list: &str| {
            let all = report[list].as_array().unwrap().iter();
            let of_b = all.filter(|one| one["resource"]["address"] == "B");
            let mut rules: Vec<_> = of_b.map(|one| one["rule"].as_str().unwrap()).collect();
            rules.sort_unstable();
            rules.join(" ")
        };
        assert_eq!((rules("findings"), rules("unknown")), (found.to_owned(), untold.to_owned()), "{entry}: {report:#}");
    }
}

#[test]
fn what_a_stack_manages_leads_from_live_to_the_template() {
    use taglint::input::cloudformation::StackResourceIndex;
    let summaries = r#"{"StackResourceSummaries": [
        {"LogicalResourceId": "Decided", "PhysicalResourceId": "decided", "ResourceType": "AWS::IAM::User",
         "ResourceStatus": "UPDATE_COMPLETE", "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"}},
        {"LogicalResourceId": "Pool", "PhysicalResourceId": "eu-west-1_AbCdEfGhI", "ResourceType": "AWS::Cognito::UserPool",
         "ResourceStatus": "CREATE_COMPLETE"},
        {"LogicalResourceId": "Gone", "PhysicalResourceId": "gone", "ResourceType": "AWS::IAM::User",
         "ResourceStatus": "DELETE_COMPLETE"},
        {"LogicalResourceId": "Failed", "ResourceType": "AWS::IAM::User", "ResourceStatus": "CREATE_FAILED"}]}"#;
    let managed = StackResourceIndex::read(summaries.as_bytes())
        .unwrap()
        .with_template(&templates("functions.yaml"), &options())
        .unwrap();
    assert_eq!(managed.len(), 2);
    let live = |kind: &'static str, name: Option<&'static str>, id: Option<&'static str>| Resource {
        kind: kind.into(),
        name: name.map(Into::into),
        id: id.map(Into::into),
        ..Resource::default()
    };
    let user = managed.find(&live("iam:user", Some("decided"), None)).expect("the stack manages it");
    assert_eq!(user.logical_resource_id, "Decided");
    assert_eq!(managed.place(user).unwrap().location.as_ref().unwrap().line, 39);
    let pool = managed.find(&live("cognito-idp:userpool", Some("another name"), Some("eu-west-1_AbCdEfGhI")));
    assert_eq!(pool.unwrap().logical_resource_id, "Pool");
    for other in [live("iam:user", Some("gone"), None), live("iam:mfa", Some("decided"), None)] {
        assert_eq!(managed.find(&other), None);
    }
    for (text, words) in [
        ("[]", "not what"),
        ("{\"Stacks\": []}", "neither"),
        ("{\"StackResourceSummaries\": [], \"NextToken\": \"x\"}", "one page of several"),
    ] {
        let error = StackResourceIndex::read(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
