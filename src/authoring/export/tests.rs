use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::authoring::import::{ImportInput, import};
use crate::authoring::must_load;
use crate::aws::TypeGlobs;

const ALL: [ExportFormat; 5] = [
    ExportFormat::AwsTagPolicy,
    ExportFormat::Scp,
    ExportFormat::ConfigRule,
    ExportFormat::CloudformationGuard,
    ExportFormat::TerraformVariables,
];

fn options(resources: &[&str]) -> ExportOptions {
    let resources = (!resources.is_empty()).then(|| TypeGlobs::new(crate::base::Globs::new(resources)));
    ExportOptions { resources, enforce: false }
}

fn one(policy: &Policy, format: ExportFormat, options: &ExportOptions) -> String {
    let exported = export(policy, format, options).expect("an export");
    assert_eq!(exported.documents.len(), 1);
    exported.documents[0].content.clone()
}

/// The policy with one rule on an S3 bucket.
fn policy(rule: &str) -> Policy {
    must_load(&format!("version = 1\n[[rule]]\nid = \"r\"\nresources = [\"s3:bucket\"]\n{rule}\n"))
}

fn statement(rule: &str) -> Value {
    let text = one(&policy(rule), ExportFormat::Scp, &options(&[]));
    let scp: Value = serde_json::from_str(&text).expect("JSON");
    let statements = scp["Statement"].as_array().expect("statements");
    assert_eq!(statements.len(), 1, "{text}");
    statements[0].clone()
}

#[test]
fn a_service_control_policy_denies_what_the_rule_reports() {
    for (rule, condition) in [
        ("key = \"Owner\"\nrequired = true", json!({ "StringNotLike": { "aws:RequestTag/Owner": ["?*"] } })),
        ("key = \"K\"\nrequired = true\nallow-empty = true", json!({ "Null": { "aws:RequestTag/K": "true" } })),
        (
            "key = \"K\"\nrequired = true\nvalues = [\"a*\", \"${x}\"]",
            json!({ "StringNotLike": { "aws:RequestTag/K": ["${$}{x}", "a*"] } }),
        ),
        // A rule that does not require the tag denies other values only.
        (
            "key = \"K\"\nvalues = [\"a\"]\nignore-case = true",
            json!({ "StringNotEqualsIgnoreCase": { "aws:RequestTag/K": ["a"] }, "Null": { "aws:RequestTag/K": "false" } }),
        ),
        ("any-of = [\"A\", \"B\"]", json!({ "Null": { "aws:RequestTag/A": "true", "aws:RequestTag/B": "true" } })),
        (
            "key = \"K\"\nrequired = true\nunless.account = \"1111*\"",
            json!({ "StringNotLike": { "aws:RequestTag/K": ["?*"], "aws:PrincipalAccount": ["1111*"] } }),
        ),
    ] {
        let statement = statement(rule);
        assert_eq!(statement["Condition"], condition, "{rule}");
        assert_eq!(statement["Action"], json!(["s3:CreateBucket"]));
        assert_eq!((&statement["Effect"], &statement["Resource"]), (&json!("Deny"), &json!("*")));
    }
}

#[test]
fn nothing_is_refused_that_the_policy_allows() {
    for (rule, formats) in [
        // A warning refuses nothing.
        ("key = \"K\"\nrequired = true\nseverity = \"warning\"", &ALL[1..2]),
        ("key = \"K\"\nrequired = true\nseverity = \"warning\"", &ALL[3..]),
        // A younger resource has a note only.
        ("key = \"K\"\nrequired = true\ngrace = \"7d\"", &ALL[1..2]),
        ("key = \"K\"\nrequired = true\ngrace = \"7d\"", &ALL[3..4]),
        // The condition cannot be said, so the rule would hold for more resources.
        ("key = \"K\"\nrequired = true\nwhen.tags.X = \"y\"", &ALL[..]),
        ("key = \"K\"\nrequired = true\nunless.name = \"x\"", &ALL[..]),
        // The variable is for all types.
        ("key = \"K\"\nrequired = true", &ALL[4..]),
        // The rule does not require the tag, and Config would.
        ("key = \"K\"\nvalues = [\"a\"]", &ALL[2..3]),
        ("key = \"K\"\nignore-key-case = true\nrequired = true", &ALL[..1]),
        ("forbid = [\"tmp\"]", &ALL[..]),
        ("key = \"k*\"", &ALL[..]),
    ] {
        for format in formats {
            let Err(ExportError::Nothing(_, omissions)) = export(&policy(rule), *format, &options(&[])) else {
                panic!("{rule} as {}", format.name());
            };
            let named = omissions
                .iter()
                .any(|omission| omission.rule.as_deref() == Some("r") && omission.effect == Effect::NotExported);
            assert!(named, "{rule} as {}: {omissions:?}", format.name());
        }
    }
}

/// Creating a database instance makes one of Neptune too: denying it for the rule of one would refuse the other.
#[test]
fn an_action_that_also_creates_other_types_is_not_denied() {
    let scp = |types: &str| {
        let text = format!("version = 1\n[[rule]]\nid = \"r\"\nkey = \"K\"\nrequired = true\nresources = [{types}]\n");
        export(&must_load(&text), ExportFormat::Scp, &options(&[]))
    };
    assert!(matches!(scp("\"aws_db_instance\""), Err(ExportError::Nothing(..))));
    let all = scp("\"rds:db\"").expect("an export");
    assert!(all.documents[0].content.contains("rds:CreateDBInstance"));
}

#[test]
fn sizes_are_those_of_aws() {
    let value = "v".repeat(200);
    let rule = |n: usize| format!("[[rule]]\nid = \"r{n}\"\nkey = \"K{n}\"\nrequired = true\nvalues = [\"{value}\"]\n");
    let rules = (0..60).map(rule).collect::<Vec<_>>().concat();
    let policy = must_load(&format!("version = 1\n{rules}"));
    let exported = export(&policy, ExportFormat::AwsTagPolicy, &options(&["s3:*"])).expect("an export");
    assert!(exported.documents.len() > 1);
    assert!(exported.documents.iter().all(|document| document.content.chars().count() <= 10_000));
    let keys = |text: &str| serde_json::from_str::<Value>(text).expect("JSON")["tags"].as_object().expect("tags").len();
    assert_eq!(exported.documents.iter().map(|document| keys(&document.content)).sum::<usize>(), 60);
    let scps = export(&policy, ExportFormat::Scp, &options(&["s3:bucket"])).expect("an export");
    assert!(scps.documents.iter().all(|document| document.content.chars().count() <= 10_240));
    assert!(matches!(export(&policy, ExportFormat::Scp, &options(&[])), Err(ExportError::TooMany { .. })));
    let long: Vec<_> = (0..60).map(|n| format!("\"{n:03}{}\"", "v".repeat(200))).collect();
    let text = format!("version = 1\n[[rule]]\nid = \"r\"\nkey = \"K\"\nvalues = [{}]\n", long.join(","));
    let too_large = export(&must_load(&text), ExportFormat::AwsTagPolicy, &options(&[]));
    assert!(matches!(too_large, Err(ExportError::TooLarge { .. })));
}

#[test]
fn what_is_not_enforced_is_named_and_no_field_that_nobody_wrote() {
    let whole = |rules: &str| must_load(&format!("version = 1\n{rules}"));
    let rule = |more: &str| {
        format!("[[rule]]\nid = \"r\"\nkey = \"Owner\"\nrequired = true\nresources = [\"s3:bucket\"]\n{more}\n")
    };
    let enforced = ExportOptions { enforce: true, ..options(&[]) };
    for (more, enforce, want) in [
        ("grace = \"7d\"", true, Some("r: `grace`: weaker: `enforced_for` refuses, and a resource in its grace")),
        (
            "severity = \"warning\"",
            true,
            Some("r: `severity`: weaker: `enforced_for` refuses, and the rule is a warning"),
        ),
        ("grace = \"7d\"", false, None),
        ("", true, None),
    ] {
        let options = if enforce { &enforced } else { &options(&[]) };
        let exported = export(&whole(&rule(more)), ExportFormat::AwsTagPolicy, options).expect("an export");
        assert_eq!(exported.documents[0].content.contains("enforced_for"), more.is_empty(), "{more}");
        let lines: Vec<_> = exported.omissions.iter().map(Omission::line).collect();
        let found = lines.iter().find(|line| line.contains("`enforced_for`"));
        match want {
            Some(want) => assert!(found.is_some_and(|line| line.starts_with(want)), "{lines:?}"),
            None => assert_eq!(found, None),
        }
        assert!(lines.contains(&"r: weaker: AWS accepts an empty value too".to_owned()), "{lines:?}");
        assert!(!lines.iter().any(|line| line.contains("allow-empty")), "{lines:?}");
    }
    let exported = export(
        &whole("[[rule]]\nid = \"n\"\nmax-tags = 3\n[[rule]]\nid = \"o\"\nkey = \"Owner\"\n"),
        ExportFormat::AwsTagPolicy,
        &options(&[]),
    )
    .expect("an export");
    let lines: Vec<_> = exported.omissions.iter().map(Omission::line).collect();
    assert!(lines.contains(&"n: not exported: a tag policy has no such rule".to_owned()), "{lines:?}");
    let accounts = "[[rule]]\nid = \"a\"\nkey = \"Owner\"\nwhen.account = \"111122223333\"\n";
    let Err(ExportError::Nothing(_, omissions)) = export(&whole(accounts), ExportFormat::AwsTagPolicy, &options(&[]))
    else {
        panic!("a rule of one account alone")
    };
    assert!(omissions[0].line().starts_with("a: `when`: not exported"), "{omissions:?}");
}

#[test]
fn what_is_weaker_is_named() {
    let rule = "key = \"K\"\nrequired = true\npattern = 'a'\nnot-values = [\"b\"]\nformat = \"email\"\nmax-length = 5";
    for format in &ALL[..3] {
        let exported = export(&policy(rule), *format, &options(&[])).expect("an export");
        let fields: Vec<_> = exported.omissions.iter().map(|omission| omission.field.as_str()).collect();
        for field in ["pattern", "not-values", "format", "max-length"] {
            assert!(fields.contains(&field), "{field} as {}: {fields:?}", format.name());
        }
    }
}

/// Tag policies of the shapes that an import knows.
fn tag_policy() -> impl Strategy<Value = Value> {
    let types = || {
        prop::collection::btree_set(
            prop::sample::select(vec!["s3:bucket", "iam:ALL_SUPPORTED", "iam:user", "sqs:queue"]),
            0..3,
        )
    };
    let values = prop::option::of(prop::collection::btree_set("[a-c]{1,2}\\*?|[\"\\\\${}<>'\u{202e}é]{1,3}", 0..4));
    let key = (values, types(), types()).prop_map(|(values, required, enforced)| {
        let mut out = json!({});
        if let Some(values) = values {
            out["tag_value"] = json!({ "@@assign": values });
        }
        for (name, types) in [("report_required_tag_for", required), ("enforced_for", enforced)] {
            if !types.is_empty() {
                out[name] = json!({ "@@assign": types });
            }
        }
        out
    });
    prop::collection::btree_map("[A-C]|Cost \"Center|\\$\\{x\\}", key, 1..4).prop_map(|keys| {
        let mut tags = json!({});
        for (name, mut key) in keys {
            key["tag_key"] = json!({ "@@assign": name });
            tags[&name] = key;
        }
        json!({ "tags": tags })
    })
}

fn imported(text: &str) -> Policy {
    let input = ImportInput { name: "-".to_owned(), text: text.to_owned() };
    must_load(&import(&[input]).expect("a policy").policy)
}

/// The verdicts of a policy on resources of many types and tags.
fn verdicts(policy: &Policy, keys: &[&str]) -> Vec<Vec<(String, crate::rule::ViolationKind)>> {
    let mut out = Vec::new();
    for kind in ["s3:bucket", "iam:user", "iam:mfa", "sqs:queue", "ec2:instance"] {
        for key in keys {
            for value in ["", "a", "ab", "abc", "c", "\"", "${", "é"] {
                for key in [(*key).to_owned(), key.to_lowercase()] {
                    let resource = json!({ "type": kind, "tags": { key: value } }).to_string();
                    let found = crate::authoring::import::findings(policy, &resource);
                    out.push(found.into_iter().map(|(_, kind)| (String::new(), kind)).collect());
                }
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// The import of an export is the same policy.
    #[test]
    fn an_exported_tag_policy_is_imported_as_the_same_policy(tags in tag_policy(), enforce: bool) {
        let before = imported(&tags.to_string());
        let text = one(&before, ExportFormat::AwsTagPolicy, &ExportOptions { resources: None, enforce });
        let after = imported(&text);
        let keys: Vec<_> = tags["tags"].as_object().expect("tags").keys().map(String::as_str).collect();
        prop_assert_eq!(verdicts(&before, &keys), verdicts(&after, &keys), "{}\n{}", tags, text);
    }
}

#[test]
fn names_and_keys_of_an_export_do_not_collide() {
    let rule = |id: &str, key: &str| {
        let resources = "resources = [\"s3:bucket\", \"ssm:parameter\"]";
        format!("[[rule]]\nid = \"{id}\"\n{resources}\nkey = \"{key}\"\nrequired = true\n")
    };
    let two = must_load(&format!("version = 1\n{}{}", rule("owner", "Owner"), rule("owner-1", "Team")));
    let guard = one(&two, ExportFormat::CloudformationGuard, &options(&[]));
    let names: Vec<_> = guard.lines().filter(|line| line.starts_with("rule ")).collect();
    let names: Vec<_> = names.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(names, ["tag_owner_P1", "tag_owner_P2", "tag_owner_1_P1", "tag_owner_1_P2"]);
    // A key of this form would be an operator of the tag policy.
    let operator = must_load(&format!("version = 1\n{}{}", rule("a", "@@assign"), rule("b", "B")));
    let exported = export(&operator, ExportFormat::AwsTagPolicy, &options(&[])).expect("an export");
    assert!(!exported.documents[0].content.contains("@@assign\": {"), "{}", exported.documents[0].content);
    assert!(exported.omissions.iter().any(|omission| omission.line().contains("operator")));
}
