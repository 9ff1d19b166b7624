//! The facts of a deployment that the command line gives to templates: parameters, files of them, the name of the stack.

use crate::common::{Run, Scratch};

const POLICY: &str = r#"version = 1
[[rule]]
id = "environment"
key = "Environment"
required = true
values = ["Production", "Staging"]
"#;

const TEMPLATE: &str = r#"
Parameters:
  Stage: {Type: String, Default: Test, AllowedValues: [Test, Staging, Production]}
  Ticket: {Type: String, NoEcho: true}
  Zones: {Type: CommaDelimitedList, Default: "a,b"}
Resources:
  User:
    Type: AWS::IAM::User
    Properties:
      Tags:
        - {Key: Environment, Value: !Ref Stage}
        - {Key: Ticket, Value: !Ref Ticket}
        - {Key: Stack, Value: !Ref AWS::StackName}
        - {Key: Zone, Value: !Select [1, !Ref Zones]}
"#;

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("t.yaml", TEMPLATE);
    scratch
}

fn check(scratch: &Scratch, flags: &[&str]) -> Run {
    scratch.run(["check", "t.yaml", "--format", "json"].iter().chain(flags))
}

#[test]
fn a_parameter_of_the_command_line_replaces_the_default() {
    let scratch = scratch();
    let run = check(&scratch, &[]);
    assert!(run.exits(1).stdout.contains("\"Test\""), "{}", run.stdout);
    check(&scratch, &["--parameter", "Stage=Staging"]).exits(0);
    check(&scratch, &["--parameter", "Stage=Test"]).exits(1);
}

#[test]
fn single_values_win_over_files_and_later_files_over_earlier_ones() {
    let scratch = scratch();
    scratch.file("list.json", r#"[{"ParameterKey": "Stage", "ParameterValue": "Staging"}]"#);
    scratch.file("pipeline.json", r#"{"Parameters": {"Stage": "Test"}, "Tags": {"Environment": "Staging"}}"#);
    check(&scratch, &["--parameters", "list.json"]).exits(0);
    check(&scratch, &["--parameters", "list.json", "--parameters", "pipeline.json"]).exits(1);
    check(&scratch, &["--parameters", "pipeline.json", "--parameters", "list.json"]).exits(0);
    check(&scratch, &["--parameters", "list.json", "--parameter", "Stage=Test"]).exits(1);
}

#[test]
fn the_tags_of_a_file_are_tags_of_the_stack() {
    let scratch = scratch();
    scratch.file("bare.yaml", "Resources: {Topic: {Type: AWS::SNS::Topic}}\n");
    scratch.file("pipeline.json", r#"{"Tags": {"Environment": "Staging"}}"#);
    scratch.file("samconfig.toml", "[default.deploy.parameters]\ntags = 'Environment=Nowhere'\n");
    scratch.run(["check", "bare.yaml"]).exits(1);
    scratch.run(["check", "bare.yaml", "--parameters", "pipeline.json"]).exits(0);
    scratch.run(["check", "bare.yaml", "--parameters", "samconfig.toml"]).exits(1);
    let flags = ["check", "bare.yaml", "--parameters", "samconfig.toml", "--stack-tag", "Environment=Staging"];
    scratch.run(flags).exits(0);
}

#[test]
fn the_environment_of_a_sam_configuration_is_chosen() {
    let scratch = scratch();
    scratch.file(
        "samconfig.toml",
        "version = 0.1\n[default.deploy.parameters]\nparameter_overrides = 'Stage=Test'\n\
         [prod.deploy.parameters]\nparameter_overrides = 'Stage=\"Production\"'\nstack_name = 'shop'\n",
    );
    check(&scratch, &["--parameters", "samconfig.toml"]).exits(1);
    check(&scratch, &["--parameters", "samconfig.toml", "--config-env", "prod"]).exits(0);
    check(&scratch, &["--parameters", "samconfig.toml", "--config-env", "prd"])
        .fails_with(2, &["--parameters samconfig.toml: no environment \"prd\"", "default or prod"]);
    scratch.file("p.json", "[]");
    check(&scratch, &["--parameters", "p.json", "--config-env", "prod"]).fails_with(2, &["has environments"]);
    check(&scratch, &["--config-env", "prod"]).fails_with(2, &["--parameters"]);
}

#[test]
fn a_wrong_parameter_ends_the_run() {
    let scratch = scratch();
    scratch.file("p.json", r#"["Stge=s3cret"]"#);
    for (flags, words) in [
        (["--parameter", "Stagee=Staging"], ["--parameter Stagee: no template", "did you mean \"Stage\"?"]),
        (["--parameters", "p.json"], ["--parameters p.json Stge: no template", "did you mean \"Stage\"?"]),
        (["--parameter", "Stage=s3cret"], ["is not one of AllowedValues", "\"Production\""]),
        (["--parameter", "Stage"], ["KEY=VALUE", "--parameter"]),
        (["--parameters", "Stage=s3cret"], ["names a file", "--parameter KEY=VALUE"]),
        (["--parameters", "none.json"], ["--parameters none.json: ", "No such file"]),
        (["--stack-name", "1 x"], ["a stack name has letters", "--stack-name"]),
    ] {
        check(&scratch, &flags).fails_with(2, &words);
    }
    check(&scratch, &["--parameter", "Stage=Test", "--parameter", "Stage=Staging"]).fails_with(2, &["duplicate key"]);
    scratch.file("main.tf", "");
    scratch.run(["check", "main.tf", "--parameter", "Stage=Test"]).fails_with(2, &["no template"]);
}

/// `CloudFormation` refuses a deployment with these, so no verdict would be of a deployment. No message shows the value.
#[test]
fn a_value_that_the_declaration_refuses_ends_the_run() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file(
        "t.yaml",
        "Parameters:\n  Team: {Type: String, AllowedPattern: '[a-z]+', MinLength: 2, MaxLength: 9}\n  \
         Size: {Type: Number, MinValue: 1, MaxValue: 10}\n  Ports: {Type: List<Number>}\n  Vpc: {Type: 'AWS::EC2::VPC::Id'}\n\
         Resources:\n  U: {Type: AWS::IAM::User, Properties: {Tags: [{Key: Environment, Value: Staging}]}}\n",
    );
    for (value, words) in [
        ("Team=s3cret", "--parameter Team: the value does not match AllowedPattern \"[a-z]+\""),
        ("Team=x", "fewer characters than MinLength \"2\""),
        ("Team=abcdefghij", "more characters than MaxLength \"9\""),
        ("Size=s3cret", "the type is Number, and the value is none"),
        ("Size=0", "less than MinValue \"1\""),
        ("Size=10.5", "more than MaxValue \"10\""),
        ("Ports=80,s3cret", "the type is List<Number>"),
    ] {
        let run = check(&scratch, &["--parameter", value]);
        let line = if value.starts_with("Team") { "t.yaml:2" } else { "t.yaml:" };
        run.fails_with(2, &[words, line, "CloudFormation refuses the deployment"]);
        assert!(!run.stderr.contains("s3cret"), "{}", run.stderr);
    }
    for value in ["Team=ab", "Size=10", "Size=1.5", "Ports=80, 443", "Vpc=anything"] {
        check(&scratch, &["--parameter", value]).exits(0);
    }
}

#[test]
fn one_template_of_several_declares_a_parameter() {
    let scratch = scratch();
    scratch.file("infra/a.yaml", TEMPLATE);
    scratch.file("infra/b.yaml", "Resources: {}\n");
    scratch.run(["check", "infra", "--parameter", "Stage=Staging"]).exits(0);
    scratch.run(["check", "infra", "--parameter", "Stag=Staging"]).fails_with(2, &["did you mean \"Stage\"?"]);
}

/// A parameter of one template may have the name of another's by chance. The second is not judged with a value that no
/// deployment of it can have.
#[test]
fn a_template_that_refuses_a_value_that_another_allows_has_a_gap() {
    let scratch = scratch();
    scratch.file("infra/a.yaml", TEMPLATE);
    scratch.file("infra/b.yaml", TEMPLATE.replace("[Test, Staging, Production]", "[Test, other]"));
    let run = scratch.run(["check", "infra", "--parameter", "Stage=Staging"]);
    run.exits(3);
    for words in ["infra/b.yaml:", "--parameter Stage: the value is not one of AllowedValues", "unknown here"] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    scratch.run(["check", "infra", "--parameter", "Stage=Staging", "--allow-incomplete", "--fail-on-unknown"]).exits(1);
    scratch.run(["check", "infra", "--parameter", "Stage=Staging", "--allow-incomplete"]).exits(0);
    let run = scratch.run(["check", "infra", "--parameter", "Stage=s3cret"]);
    run.fails_with(2, &["infra/a.yaml:", "is not one of AllowedValues"]);
    assert!(!run.stderr.contains("s3cret"), "{}", run.stderr);
}

#[test]
fn a_given_secret_is_in_no_output() {
    let scratch = scratch();
    scratch.file(
        "taglint.toml",
        format!("{POLICY}[[rule]]\nid = \"ticket\"\nkey = \"Ticket\"\nrequired = true\nvalues = [\"no\"]\n"),
    );
    let flags = ["--parameter", "Ticket=s3cret", "--parameter", "Stage=Staging", "--show", "passed"];
    let run = check(&scratch, &flags);
    run.exits(1);
    assert!(!run.stdout.contains("s3cret") && !run.stderr.contains("s3cret"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn the_name_of_the_stack_is_known_if_given() {
    let scratch = scratch();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"stack\"\nkey = \"Stack\"\nvalues = [\"shop\"]\n");
    check(&scratch, &["--stack-name", "shop", "--fail-on-unknown"]).exits(0);
    check(&scratch, &["--stack-name", "store"]).exits(1);
    check(&scratch, &["--fail-on-unknown"]).exits(1);
    check(&scratch, &[]).exits(0);
}

#[test]
fn a_parameter_that_keeps_its_value_is_unknown_in_spite_of_its_default() {
    let scratch = scratch();
    scratch.file("p.json", r#"[{"ParameterKey": "Stage", "UsePreviousValue": true}]"#);
    check(&scratch, &["--parameters", "p.json"]).exits(0);
    check(&scratch, &["--parameters", "p.json", "--fail-on-unknown"]).exits(1);
}

#[test]
fn the_only_allowed_value_of_a_parameter_is_its_value() {
    let scratch = scratch();
    let one = |value: &str| TEMPLATE.replace("Default: Test, AllowedValues: [Test, Staging, Production]", value);
    scratch.file("t.yaml", one("AllowedValues: [Staging]"));
    check(&scratch, &["--fail-on-unknown"]).exits(0);
    scratch.file("t.yaml", one("AllowedValues: [Test]"));
    check(&scratch, &[]).exits(1);
    scratch.file("t.yaml", one("AllowedValues: [Test, Staging]"));
    check(&scratch, &[]).exits(0);
    check(&scratch, &["--fail-on-unknown"]).exits(1);
}

#[test]
fn files_beside_a_template_are_offered_and_not_used() {
    let scratch = scratch();
    scratch.file("samconfig.toml", "[default.deploy.parameters]\nparameter_overrides = 'Stage=Production'\n");
    scratch.file("params.json", r#"["Other=1"]"#);
    let run = check(&scratch, &[]);
    run.exits(1);
    assert!(run.stderr.contains("t.yaml: samconfig.toml has parameters or tags of a deployment"), "{}", run.stderr);
    assert!(!run.stderr.contains("params.json"), "{}", run.stderr);
    let run = check(&scratch, &["--parameters", "samconfig.toml"]);
    run.exits(0);
    assert!(!run.stderr.contains("samconfig.toml"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_repository_is_not_offered() {
    let (scratch, outside) = (scratch(), tempfile::tempdir().unwrap());
    let file = outside.path().join("params.json");
    std::fs::write(&file, r#"["Stage=Staging"]"#).unwrap();
    std::os::unix::fs::symlink(&file, scratch.path().join("params.json")).unwrap();
    let run = check(&scratch, &[]);
    assert!(!run.exits(1).stderr.contains("params.json"), "{}", run.stderr);
}

#[test]
fn given_values_replace_those_of_a_cdk_assembly() {
    let scratch = scratch();
    let manifest = r#"{"version": "36.0.0", "artifacts": {"Shop": {"type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": "Shop.template.json", "stackName": "Shop", "parameters": {"Stage": "Test"}}}}}"#;
    scratch.file("cdk.out/manifest.json", manifest);
    let template = r#"{"Parameters": {"Stage": {"Type": "String"}}, "Resources": {"User": {"Type": "AWS::IAM::User",
        "Properties": {"Tags": [{"Key": "Environment", "Value": {"Ref": "Stage"}}]}}}}"#;
    scratch.file("cdk.out/Shop.template.json", template);
    scratch.run(["check", "cdk.out"]).exits(1);
    scratch.run(["check", "cdk.out", "--parameter", "Stage=Staging"]).exits(0);
}
