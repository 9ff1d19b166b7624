//! Resources and tags that depend on parameters: what every value of them gives, and what only some give.

use serde_json::Value;

use crate::cloudformation::POLICY;
use crate::common::Scratch;

/// A check of one template: the code, the report, and standard error.
fn check(template: &str, flags: &[&str]) -> (i32, Value, String) {
    let scratch = Scratch::new();
    scratch.file(
        "taglint.toml",
        POLICY.replace("id = \"owner\"\nkey = \"Owner\"\nrequired = true\n", "id = \"owner\"\nkey = \"Owner\"\n"),
    );
    scratch.file("t.yaml", template);
    let run = scratch.run(["check", "t.yaml", "--format", "json", "--show", "unknown"].iter().chain(flags));
    (run.code, run.json(), run.stderr)
}

/// The addresses in a list of a report, each with its message or reason.
fn listed(report: &Value, list: &str) -> Vec<String> {
    let all = report[list].as_array().unwrap_or_else(|| panic!("no {list}: {report:#}")).iter();
    let text = |one: &Value| {
        let why = one["message"].as_str().or(one["reason"].as_str()).unwrap_or_default().to_owned();
        format!("{}: {why}", one["resource"]["address"].as_str().unwrap())
    };
    all.map(text).collect()
}

/// A group of the coverage: its type, number and examples.
fn not_created(report: &Value) -> Vec<String> {
    let groups = report["coverage"]["not-judged"].as_array().unwrap().iter();
    let groups = groups.filter(|group| group["reason"] == "not-created");
    groups.map(|group| format!("{} {} {}", group["type"], group["count"], group["examples"])).collect()
}

const CONDITIONAL: &str = "
Parameters:
  Stage: {Type: String, Default: dev}
  Other: {Type: String, Default: a}
  Open: {Type: String}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  Both: !And [!Equals [!Ref Stage, prod], !Equals [!Ref Other, b]]
  Never: !And [!Equals [!Ref Stage, prod], !Equals [x, y]]
  Open: !Equals [!Ref Open, x]
Resources:
  Always: {Type: AWS::IAM::User, Properties: {Tags: [{Key: Environment, Value: Staging}]}}
  R: {Type: AWS::IAM::User, Condition: COND, Properties: {Tags: [TAG]}}
";

#[test]
fn a_resource_that_the_default_does_not_create_may_exist() {
    let good = "{Key: Environment, Value: Staging}";
    for (condition, tag, flags, code, unknown) in [
        (
            "IsProd",
            "",
            &[][..],
            0,
            "R: it may not exist: its condition \"IsProd\" is false with the default parameters",
        ),
        ("Both", "", &[], 0, "R: it may not exist: its condition \"Both\" is false with the default parameters"),
        ("Open", "", &[], 0, "R: it may not exist: only the deployment knows its condition \"Open\""),
        ("IsProd", "{Key: Environment, Value: !Ref Stage}", &[], 0, "R: its value is not known yet"),
        ("IsProd", good, &[], 0, ""),
        ("IsProd", "", &["--parameter", "Stage=prod"], 1, ""),
        ("Open", "", &["--parameter", "Open=x"], 1, ""),
        ("Both", "", &["--parameter", "Stage=prod", "--parameter", "Other=b"], 1, ""),
    ] {
        let template = CONDITIONAL.replace("COND", condition).replace("TAG", tag);
        let (got, report, _) = check(&template, flags);
        let reasons = listed(&report, "unknown").join(", ");
        assert_eq!((got, reasons.as_str()), (code, unknown), "{condition} {tag} {flags:?}: {report:#}");
        assert_eq!(not_created(&report), [""; 0], "{condition} {flags:?}");
    }
    for (condition, flags) in [("IsProd", &["--parameter", "Stage=test"][..]), ("Never", &[])] {
        let (code, report, _) = check(&CONDITIONAL.replace("COND", condition).replace("TAG", ""), flags);
        assert_eq!(code, 0, "{report:#}");
        assert_eq!(not_created(&report), ["\"AWS::IAM::User\" 1 [\"R\"]"], "{condition} {flags:?}");
    }
}

#[test]
fn a_loop_over_a_list_that_is_empty_by_default_may_make_resources() {
    let template = |list: &str| {
        format!(
            "Parameters: {{Names: {{Type: CommaDelimitedList, {list}}}}}\nTransform: AWS::LanguageExtensions\nResources:\n  \
             Always: {{Type: AWS::IAM::User, Properties: {{Tags: [{{Key: Environment, Value: Staging}}]}}}}\n  \
             'Fn::ForEach::L': [N, !Ref Names, {{'U${{N}}': {{Type: AWS::IAM::User}}}}]\n"
        )
    };
    let (code, report, _) = check(&template("Default: ''"), &[]);
    let why = "U${N}: it may not exist: the list of its Fn::ForEach is empty by default";
    assert_eq!((code, listed(&report, "unknown")), (0, vec![why.to_owned()]), "{report:#}");
    let (code, report, _) = check(&template("Default: ''"), &["--parameter", "Names=a,b"]);
    assert_eq!((code, report["summary"]["resources"].as_u64()), (1, Some(3)), "{report:#}");
    let (code, report, _) = check(&template("Default: ''"), &["--parameter", "Names="]);
    assert_eq!((code, report["summary"]["resources"].as_u64()), (0, Some(1)), "{report:#}");
    let (code, report, stderr) = check(&template("Description: x"), &[]);
    assert_eq!(code, 0, "{report:#}");
    assert!(
        listed(&report, "unknown")[0].contains("only the deployment knows the list of its Fn::ForEach"),
        "{report:#}"
    );
    assert!(stderr.contains("some of its resources are made when it is deployed"), "{stderr}");
}

#[test]
fn a_nested_stack_that_may_not_exist_makes_no_certain_finding() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file(
        "parent.yaml",
        "Parameters: {Stage: {Type: String, Default: dev}}\nConditions: {IsProd: !Equals [!Ref Stage, prod]}\nResources:\n  \
         S: {Type: AWS::CloudFormation::Stack, Condition: IsProd, Properties: {TemplateURL: child.yaml}}\n  \
         T: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml, Parameters: {Stage: !Ref Stage}}}\n",
    );
    scratch.file(
        "child.yaml",
        "Parameters: {Stage: {Type: String, Default: prod}}\nConditions: {IsProd: !Equals [!Ref Stage, prod]}\nResources:\n  \
         U: {Type: AWS::IAM::User, Condition: IsProd}\n",
    );
    let report = scratch.run(["check", "parent.yaml", "--format", "json", "--show", "unknown"]).json();
    let unknown = listed(&report, "unknown");
    let of = |address: &str| unknown.iter().find(|line| line.starts_with(address)).expect("an unknown result").clone();
    assert_eq!(
        of("S/U"),
        "S/U: it may not exist: of the stack around it: its condition \"IsProd\" is false with the default parameters"
    );
    // The parent gives its default: another one of the parent makes the user.
    assert_eq!(of("T/U"), "T/U: it may not exist: its condition \"IsProd\" is false with the default parameters");
}

#[test]
fn what_every_allowed_value_gives_is_certain() {
    let template = |allowed: &str, tags: &str| {
        format!(
            "Parameters:\n  Stage: {{Type: String, AllowedValues: [{allowed}]}}\n  Size: {{Type: String, AllowedValues: [S, L]}}\n\
             Mappings: {{Names: {{dev: {{Tag: Test}}, qa: {{Tag: Staging}}, prod: {{Tag: Production}}}}}}\n\
             Conditions: {{IsProd: !Equals [!Ref Stage, prod], IsLarge: !Equals [!Ref Size, L]}}\nResources:\n  \
             U: {{Type: AWS::IAM::User, Properties: {{Tags: [{tags}]}}}}\n"
        )
    };
    let value = |value: &str| format!("{{Key: Environment, Value: {value}}}");
    for (allowed, tags, code, want) in [
        ("Staging, Production", value("!Ref Stage"), 0, ""),
        ("Test, Dev", value("!Ref Stage"), 1, "Stage = \"Test\"; every other value that AllowedValues has"),
        ("Test, Staging, Dev", value("!Ref Stage"), 0, "it violates the rule with Stage = \"Test\" or Stage = \"Dev\""),
        ("qa, prod", value("!FindInMap [Names, !Ref Stage, Tag]"), 0, ""),
        ("dev, prod", value("!FindInMap [Names, !Ref Stage, Tag]"), 0, "with Stage = \"dev\""),
        ("dev, prod", value("!If [IsProd, Production, Staging]"), 0, ""),
        ("dev, prod", value("!If [IsProd, One, Two]"), 1, "every other value"),
        ("dev, prod", format!("!If [IsProd, {}, {}]", value("Staging"), value("Production")), 0, ""),
        ("dev, prod", format!("!If [IsProd, {}, !Ref AWS::NoValue]", value("Staging")), 0, "with Stage = \"dev\""),
        ("dev, prod", value("!If [IsProd, !If [IsLarge, Staging, Production], Staging]"), 0, ""),
        (
            "dev, prod",
            value("!If [IsProd, !If [IsLarge, Staging, Test], Staging]"),
            0,
            "with Size = \"S\" and Stage = \"prod\"",
        ),
    ] {
        let (got, report, _) = check(&template(allowed, &tags), &[]);
        let said = format!("{}{}", listed(&report, "findings").join(", "), listed(&report, "unknown").join(", "));
        assert_eq!(got, code, "{allowed} {tags}: {report:#}");
        assert!(said.contains(want) && said.is_empty() == want.is_empty(), "{allowed} {tags}: {said}");
    }
}

#[test]
fn parameters_that_a_condition_gives_to_a_nested_stack_are_not_its_defaults() {
    let scratch = Scratch::new();
    scratch.file(
        "taglint.toml",
        "version = 1\n[[rule]]\nid = \"a\"\nkey = \"Environment\"\nvalues = [\"Staging\"]\nrequired = true\n",
    );
    scratch.file(
        "child.yaml",
        "Parameters: {V: {Type: String, Default: Staging}}\nResources:\n  \
         U: {Type: AWS::IAM::User, Properties: {Tags: [{Key: Environment, Value: !Ref V}]}}\n",
    );
    for (parameters, want) in [
        ("{}", "pass"),
        ("{V: Test}", "fail"),
        ("!If [Open, {V: Test}, {V: Staging}]", "unknown"),
        ("!If [IsYes, {V: Staging}, {V: Test}]", "pass"),
        ("!If [IsYes, {V: Test}, !Ref AWS::NoValue]", "fail"),
        ("!If [ByDefault, {V: Staging}, {}]", "pass"),
        ("!If [ByDefault, {}, {V: Test}]", "unknown"),
        ("{'Fn::Transform': {Name: M}}", "unknown"),
    ] {
        scratch.file(
            "t.yaml",
            format!(
                "Parameters: {{P: {{Type: String}}, D: {{Type: String, Default: a}}}}\nConditions:\n  Open: !Equals [!Ref P, a]\n  \
                 IsYes: !Equals [a, a]\n  ByDefault: !Equals [!Ref D, a]\nResources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    \
                 Properties:\n      TemplateURL: child.yaml\n      Tags: [{{Key: Environment, Value: Staging}}]\n      Parameters: {parameters}\n"
            ),
        );
        let report =
            scratch.run(["check", "t.yaml", "--format", "json", "--show", "unknown", "--fail-on", "never"]).json();
        let got = match (listed(&report, "findings").len(), listed(&report, "unknown").len()) {
            (0, 0) => "pass",
            (0, _) => "unknown",
            _ => "fail",
        };
        assert_eq!(got, want, "{parameters}: {report:#}");
    }
}

#[test]
fn a_default_that_is_not_allowed_is_said_and_not_used() {
    let template = |allowed: &str, more: &str| {
        format!(
            "Parameters:\n  Stage: {{Type: String, Default: Production, AllowedValues: [{allowed}]{more}}}\nResources:\n  \
             U: {{Type: AWS::IAM::User, Properties: {{Tags: [{{Key: Environment, Value: !Ref Stage}}]}}}}\n"
        )
    };
    let note = "t.yaml:2: the default of \"Stage\" is not one of its AllowedValues, so no deployment can use it";
    for (allowed, more, arguments, code, unknown, is_said) in [
        ("Test, Dev", "", &[][..], 1, 0, true),
        ("Test, Staging", "", &[], 0, 1, true),
        ("Staging", "", &[], 0, 0, true),
        ("Staging", ", NoEcho: true", &[], 0, 0, true),
        ("Staging", "", &["--parameter", "Stage=Staging"], 0, 0, false),
        ("Test, Production", "", &[], 0, 0, false),
    ] {
        let (got, report, stderr) = check(&template(allowed, more), arguments);
        assert_eq!((got, listed(&report, "unknown").len()), (code, unknown), "{allowed}: {report:#}");
        assert_eq!(stderr.contains(note), is_said, "{allowed}: {stderr}");
    }
}

#[test]
fn many_allowed_values_and_hidden_ones_stay_unknown() {
    let letters = ('a'..='z').map(String::from).collect::<Vec<_>>().join(", ");
    for (parameters, value) in [
        (
            format!("A: {{Type: String, AllowedValues: [{letters}]}}, B: {{Type: String, AllowedValues: [{letters}]}}"),
            "!Sub '${A}${B}'",
        ),
        ("A: {Type: String, NoEcho: true, AllowedValues: [s3cret, s4cret]}".to_owned(), "!Ref A"),
        ("A: {Type: Number, AllowedValues: [1, 2]}".to_owned(), "!Ref A"),
    ] {
        let template = format!(
            "Parameters: {{{parameters}}}\nResources:\n  U: {{Type: AWS::IAM::User, Properties: {{Tags: [{{Key: Environment, Value: {value}}}]}}}}\n"
        );
        let (code, report, _) = check(&template, &[]);
        assert_eq!((code, listed(&report, "unknown").len()), (0, 1), "{report:#}");
        assert!(!report.to_string().contains("cret"), "{report:#}");
    }
}

#[test]
fn a_sensitive_rule_names_no_allowed_value() {
    let scratch = Scratch::new();
    scratch
        .file("taglint.toml", POLICY.replacen("key = \"Environment\"", "key = \"Environment\"\nsensitive = true", 1));
    for allowed in ["Nowhereville", "Nowhereville, Elsewhereville", "Staging, Nowhereville"] {
        scratch.file(
            "t.yaml",
            format!(
                "Parameters: {{Stage: {{Type: String, AllowedValues: [{allowed}]}}}}\nResources:\n  \
                 U: {{Type: AWS::IAM::User, Properties: {{Tags: [{{Key: Environment, Value: !Ref Stage}}]}}}}\n"
            ),
        );
        for format in ["json", "text", "sarif", "html"] {
            let run = scratch.run(["check", "t.yaml", "--format", format, "--show", "unknown"]);
            assert!(!run.exits(1).stdout.contains("ville"), "{allowed}: {}", run.stdout);
        }
    }
}

#[test]
fn a_redacted_report_names_no_allowed_value() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file(
        "t.yaml",
        "Parameters: {Stage: {Type: String, AllowedValues: [Staging, Nowhereville]}, Where: {Type: String, AllowedValues: [Nowhereville, Elsewhereville]}}\n\
         Resources:\n  U: {Type: AWS::IAM::User, Properties: {Tags: [{Key: Environment, Value: !Ref Stage}]}}\n  \
         V: {Type: AWS::IAM::User, Properties: {Tags: [{Key: Environment, Value: !Ref Where}]}}\n",
    );
    for format in ["json", "text", "sarif", "html"] {
        let run = scratch.run(["check", "t.yaml", "--format", format, "--redact", "--show", "unknown"]);
        assert!(!run.exits(1).stdout.contains("ville"), "{}", run.stdout);
        let open = scratch.run(["check", "t.yaml", "--format", format, "--show", "unknown"]);
        assert!(open.exits(1).stdout.contains("ville"), "{}", open.stdout);
    }
}

#[test]
fn the_template_of_a_stack_set_is_read_from_its_text() {
    let set = |more: &str| {
        format!(
            "Resources:\n  Always: {{Type: AWS::IAM::User, Properties: {{Tags: [{{Key: Environment, Value: Staging}}]}}}}\n  \
             Set:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      Tags: [{{Key: Environment, Value: Staging}}]\n{more}\n      \
             TemplateBody: |\n        Parameters: {{Stage: {{Type: String, Default: Test}}}}\n        Resources:\n          \
             Topic: {{Type: AWS::SNS::Topic}}\n          User:\n            Type: AWS::IAM::User\n            Properties:\n              \
             Tags: [{{Key: Environment, Value: !Ref Stage}}]\n"
        )
    };
    let (code, report, _) = check(&set(""), &[]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(listed(&report, "unknown"), ["Set/User: it may not exist: its stack set may have no stacks"]);
    let group = "      StackInstancesGroup: [{DeploymentTargets: {Accounts: ['111122223333']}, Regions: [eu-west-1]}]";
    let (code, report, _) = check(&set(group), &[]);
    assert_eq!((code, listed(&report, "findings").len()), (1, 1), "{report:#}");
    assert!(listed(&report, "findings")[0].starts_with("Set/User: Environment is \"Test\""), "{report:#}");
    let given = format!("{group}\n      Parameters: [{{ParameterKey: Stage, ParameterValue: Production}}]");
    assert_eq!(check(&set(&given), &[]).0, 0);
    let overridden =
        group.replace("Regions", "ParameterOverrides: [{ParameterKey: Stage, ParameterValue: x}], Regions");
    let (code, report, _) = check(&set(&overridden), &[]);
    assert_eq!(
        (code, listed(&report, "unknown")),
        (0, vec!["Set/User: its value is not known yet".to_owned()]),
        "{report:#}"
    );
}

#[test]
fn templates_with_types_of_others_only_are_templates() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch
        .file("infra/private.yaml", "Resources:\n  A:\n    Type: MyOrg::Team::Thing\n  B:\n    Type: Custom::Thing\n");
    let run = scratch.run(["check", "infra", "--format", "json"]);
    let report = run.exits(2).json();
    let groups = report["coverage"]["not-judged"].to_string();
    assert!(groups.contains("MyOrg::Team::Thing") && groups.contains("Custom::Thing"), "{groups}");
}
