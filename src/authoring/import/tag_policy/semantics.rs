//! Tag policies of many shapes against AWS's documented semantics. Each case names the section of the AWS Organizations User
//! Guide that it follows. A row is a type, the tags of a resource, and whether AWS calls it compliant.

use super::super::testing::{findings, import_texts, policy_of};
use super::super::{ImportError, Imported};
use crate::aws::resource_types::names;

type Row = (&'static str, &'static str, bool);

fn import(policies: &[&str]) -> Result<Imported, ImportError> {
    let names: Vec<String> = (1..=policies.len()).map(|n| format!("policy-{n}.json")).collect();
    let inputs: Vec<_> = names.iter().zip(policies).map(|(name, text)| (name.as_str(), *text)).collect();
    import_texts(&inputs)
}

/// Checks the rows on the type by each of its names, and returns the import.
fn check(section: &str, policies: &[&str], rows: &[Row]) -> Imported {
    let imported = import(policies).unwrap_or_else(|error| panic!("{section}: {error}"));
    let policy = policy_of(&imported);
    for (kind, tags, compliant) in rows {
        for name in names(kind) {
            let found = findings(&policy, &format!(r#"{{"type":"{name}","tags":{tags}}}"#));
            assert_eq!(found.is_empty(), *compliant, "{section}: {name} {tags}: {found:?}\n{}", imported.policy);
        }
    }
    imported
}

fn omits(imported: &Imported, what: &str) {
    assert!(imported.omitted.iter().any(|text| text.contains(what)), "{what}: {:#?}", imported.omitted);
    let comments = imported.policy.lines().filter(|line| line.starts_with('#'));
    assert!(comments.into_iter().any(|line| line.contains(what)), "{what}\n{}", imported.policy);
}

const ROOT: &str = r#"{"tags":{"costcenter":{"tag_key":{"@@assign":"CostCenter"},
    "tag_value":{"@@assign":["Development","Support"]}}}}"#;

/// "Tag policy syntax": the elements of a policy.
#[test]
fn elements_of_a_policy() {
    let policy = r#"{"tags":{"costcenter":{"tag_key":{"@@assign":"CostCenter"},"tag_value":{"@@assign":["100","200","300*"]},
        "enforced_for":{"@@assign":["secretsmanager:ALL_SUPPORTED"]}}}}"#;
    check(
        "Tag policy syntax",
        &[policy],
        &[
            ("secretsmanager:secret", r#"{"CostCenter":"100"}"#, true),
            ("secretsmanager:secret", r#"{"CostCenter":"3001"}"#, true),
            ("secretsmanager:secret", r#"{"CostCenter":"300"}"#, true),
            ("secretsmanager:secret", r#"{"CostCenter":"400"}"#, false),
            ("secretsmanager:secret", r#"{"costcenter":"100"}"#, false),
            // Untagged resources don't appear as noncompliant.
            ("secretsmanager:secret", "{}", true),
            ("s3:bucket", r#"{"CostCenter":"400"}"#, false),
            ("s3:bucket", r#"{"Project":"anything"}"#, true),
        ],
    );
}

/// "Tag policy syntax": without values, any value is compliant, and none at all.
#[test]
fn no_values() {
    let policy = r#"{"tags":{"Project":{"tag_key":{"@@assign":"Project"}}}}"#;
    check(
        "no tag_value",
        &[policy],
        &[
            ("ec2:instance", r#"{"Project":""}"#, true),
            ("ec2:instance", r#"{"Project":"x"}"#, true),
            ("ec2:instance", r#"{"PROJECT":"x"}"#, false),
        ],
    );
}

/// "Tag policy syntax": values are case sensitive, and an empty value is compliant only where it is listed.
#[test]
fn values_are_case_sensitive() {
    let policy = r#"{"tags":{"stage":{"tag_key":"Stage","tag_value":["Prod",""]}}}"#;
    check(
        "values",
        &[policy],
        &[
            ("s3:bucket", r#"{"Stage":"Prod"}"#, true),
            ("s3:bucket", r#"{"Stage":"prod"}"#, false),
            ("s3:bucket", r#"{"Stage":""}"#, true),
        ],
    );
    let policy = r#"{"tags":{"stage":{"tag_key":"Stage","tag_value":["Prod"]}}}"#;
    check("values", &[policy], &[("s3:bucket", r#"{"Stage":""}"#, false)]);
}

/// "Tag policy syntax": one `*` in a value, at any place.
#[test]
fn wildcards_in_values() {
    let policy = r#"{"tags":{"mail":{"tag_key":{"@@assign":"Mail"},
        "tag_value":{"@@assign":["*@example.com","team-*","a*z","*@*.org","what?"]}}}}"#;
    let imported = check(
        "wildcards",
        &[policy],
        &[
            ("sqs:queue", r#"{"Mail":"jo@example.com"}"#, true),
            ("sqs:queue", r#"{"Mail":"@example.com"}"#, true),
            ("sqs:queue", r#"{"Mail":"team-blue"}"#, true),
            ("sqs:queue", r#"{"Mail":"abcz"}"#, true),
            ("sqs:queue", r#"{"Mail":"what?"}"#, true),
            // `?` is no wildcard, and a dot is a dot.
            ("sqs:queue", r#"{"Mail":"whats"}"#, false),
            ("sqs:queue", r#"{"Mail":"jo@exampleXcom"}"#, false),
            // AWS takes one wildcard in a value.
            ("sqs:queue", r#"{"Mail":"jo@example.org"}"#, false),
        ],
    );
    omits(&imported, "*@*.org");
    let everything = r#"{"tags":{"mail":{"tag_key":"Mail","tag_value":["*"]}}}"#;
    check("wildcards", &[everything], &[("sqs:queue", r#"{"Mail":""}"#, true), ("sqs:queue", r#"{"Mail":"x"}"#, true)]);
}

/// "Example 1: Define organization-wide tag key case", with its next step: the account's policy has the values only.
#[test]
fn key_case_of_the_parent() {
    let root = r#"{"tags":{
        "CostCenter":{"tag_key":{"@@assign":"CostCenter","@@operators_allowed_for_child_policies":["@@none"]}},
        "Project":{"tag_key":{"@@assign":"Project","@@operators_allowed_for_child_policies":["@@none"]}}}}"#;
    check(
        "Example 1",
        &[root],
        &[
            ("ec2:instance", r#"{"CostCenter":"x","Project":"y"}"#, true),
            ("ec2:instance", r#"{"costcenter":"x"}"#, false),
            ("ec2:instance", r#"{"COSTCENTER":"x"}"#, false),
            ("ec2:instance", "{}", true),
        ],
    );
    let account = r#"{"tags":{"CostCenter":{"tag_value":{"@@assign":["Production","Test"]}},
        "Project":{"tag_value":{"@@assign":["A","B"]}}}}"#;
    check(
        "Example 1, next step",
        &[root, account],
        &[
            ("ec2:instance", r#"{"CostCenter":"Test","Project":"A"}"#, true),
            ("ec2:instance", r#"{"CostCenter":"x"}"#, false),
            ("ec2:instance", r#"{"costcenter":"Test"}"#, false),
            ("ec2:instance", r#"{"Project":"C"}"#, false),
        ],
    );
    // The account's policy alone says nothing about the case of the key.
    let alone = check(
        "Example 1, account alone",
        &[account],
        &[
            ("ec2:instance", r#"{"CostCenter":"Test"}"#, true),
            ("ec2:instance", r#"{"costcenter":"Test"}"#, true),
            ("ec2:instance", r#"{"COSTCENTER":"Production"}"#, true),
            ("ec2:instance", r#"{"costcenter":"x"}"#, false),
            ("ec2:instance", r#"{"CostCenter":"x"}"#, false),
            ("ec2:instance", "{}", true),
        ],
    );
    omits(&alone, "every letter case passes");
    omits(&alone, "inherits from parent policies");
}

/// "Example 1" and "Required tag key": a child that requires the tag, and a parent that has its case.
#[test]
fn required_by_a_child() {
    let child = r#"{"tags":{"costcenter":{"report_required_tag_for":{"@@assign":["s3:bucket"]}}}}"#;
    check(
        "required by a child alone",
        &[child],
        &[
            ("s3:bucket", "{}", false),
            ("s3:bucket", r#"{"CostCenter":""}"#, true),
            ("s3:bucket", r#"{"costcenter":"x"}"#, true),
            ("sqs:queue", "{}", true),
        ],
    );
    check(
        "required by a child",
        &[ROOT, child],
        &[
            ("s3:bucket", "{}", false),
            ("s3:bucket", r#"{"CostCenter":"Support"}"#, true),
            ("s3:bucket", r#"{"costcenter":"Support"}"#, false),
            ("s3:bucket", r#"{"CostCenter":"x"}"#, false),
            ("sqs:queue", "{}", true),
            ("sqs:queue", r#"{"CostCenter":"x"}"#, false),
        ],
    );
}

/// "Example 2: Prevent use of a tag key": an empty list of values.
#[test]
fn a_key_that_is_not_allowed() {
    let policy = r#"{"tags":{"Color":{
        "tag_key":{"@@operators_allowed_for_child_policies":["@@none"],"@@assign":"Color"},
        "tag_value":{"@@operators_allowed_for_child_policies":["@@none"],"@@assign":[]},
        "enforced_for":{"@@assign":["dynamodb:table"]}}}}"#;
    let rows = [
        ("dynamodb:table", r#"{"Color":"red"}"#, false),
        ("dynamodb:table", r#"{"Color":""}"#, false),
        ("dynamodb:table", r#"{"color":"red"}"#, false),
        ("s3:bucket", r#"{"Color":"red"}"#, false),
        ("s3:bucket", r#"{"Shape":"round"}"#, true),
        ("s3:bucket", "{}", true),
    ];
    check("Example 2", &[policy], &rows);
    check("Example 2, effective", &[r#"{"tags":{"color":{"tag_key":"Color","tag_value":[]}}}"#], &rows);
}

/// "Example 3: Specify a tag policy for all supported resource types of a specific AWS service".
#[test]
fn all_types_of_a_service() {
    let policy = r#"{"tags":{"Environment":{
        "tag_key":{"@@assign":"Environment","@@operators_allowed_for_child_policies":["@@none"]},
        "tag_value":{"@@assign":["Prod","Non-prod"],"@@operators_allowed_for_child_policies":["@@none"]},
        "enforced_for":{"@@assign":["ec2:ALL_SUPPORTED"]}}}}"#;
    let imported = check(
        "Example 3",
        &[policy],
        &[
            ("ec2:instance", r#"{"Environment":"Prod"}"#, true),
            ("ec2:volume", r#"{"Environment":"Test"}"#, false),
            ("ec2:vpc", r#"{"environment":"Prod"}"#, false),
            ("ec2:vpc", "{}", true),
        ],
    );
    let policy = policy_of(&imported);
    let found = findings(&policy, r#"{"type":"aws_ebs_volume","tags":{"Environment":"Test"}}"#);
    assert_eq!(found[0].0, "environment-enforced");
}

/// "Enforce for Required tag key": `report_required_tag_for` with `ALL_SUPPORTED`, in an effective policy.
#[test]
fn required_for_a_service() {
    let policy = r#"{"EffectivePolicy":{"PolicyType":"TAG_POLICY","TargetId":"111122223333","PolicyContent":
        "{\"tags\":{\"owner\":{\"tag_key\":\"Owner\",\"report_required_tag_for\":[\"s3:ALL_SUPPORTED\"]}}}"}}"#;
    let imported = check(
        "report_required_tag_for",
        &[policy],
        &[
            ("s3:bucket", "{}", false),
            ("s3:bucket", r#"{"Owner":""}"#, true),
            ("s3:bucket", r#"{"owner":"jo"}"#, false),
            ("s3:accesspoint", "{}", false),
            ("ec2:instance", "{}", true),
            ("ec2:instance", r#"{"OWNER":"x"}"#, false),
        ],
    );
    assert!(imported.omitted.is_empty(), "{:?}", imported.omitted);
}

/// "Tag policy syntax": lowercase is the default case where an effective policy has no `tag_key`.
#[test]
fn the_default_case_is_lowercase() {
    check(
        "default case",
        &[r#"{"tags":{"Team":{"tag_value":["a"]}}}"#],
        &[
            ("sns:topic", r#"{"team":"a"}"#, true),
            ("sns:topic", r#"{"Team":"a"}"#, false),
            ("sns:topic", r#"{"team":"b"}"#, false),
        ],
    );
}

/// "Inheritance examples", 1: a child overwrites the values.
#[test]
fn assign() {
    let unit = r#"{"tags":{"costcenter":{"tag_key":{"@@assign":"CostCenter"},"tag_value":{"@@assign":["Sandbox"]},
        "enforced_for":{"@@assign":["redshift:*","dynamodb:table"]}}}}"#;
    check(
        "Inheritance example 1",
        &[ROOT, unit],
        &[
            ("dynamodb:table", r#"{"CostCenter":"Sandbox"}"#, true),
            ("dynamodb:table", r#"{"CostCenter":"Support"}"#, false),
            ("redshift:cluster", r#"{"CostCenter":"Development"}"#, false),
        ],
    );
}

/// "Inheritance examples", 2: a child adds values and types.
#[test]
fn append() {
    let unit = r#"{"tags":{"costcenter":{"tag_key":{"@@assign":"CostCenter"},"tag_value":{"@@append":["Marketing"]},
        "enforced_for":{"@@append":["redshift:*","dynamodb:table"]}}}}"#;
    let imported = check(
        "Inheritance example 2",
        &[ROOT, unit],
        &[
            ("dynamodb:table", r#"{"CostCenter":"Marketing"}"#, true),
            ("dynamodb:table", r#"{"CostCenter":"Support"}"#, true),
            ("dynamodb:table", r#"{"CostCenter":"Sales"}"#, false),
        ],
    );
    assert!(imported.omitted.is_empty(), "{:?}", imported.omitted);
    // Alone, the values of the parent are missing, so no value is reported.
    let alone = check(
        "Inheritance example 2, alone",
        &[unit],
        &[
            ("dynamodb:table", r#"{"CostCenter":"Sales"}"#, true),
            ("dynamodb:table", r#"{"costcenter":"Marketing"}"#, false),
        ],
    );
    omits(&alone, "no value is checked");
    omits(&alone, "`enforced_for` has");
}

/// "Inheritance examples", 3: an account removes values and types.
#[test]
fn remove() {
    let unit = r#"{"tags":{"costcenter":{"tag_value":{"@@append":["Marketing"]},"enforced_for":{"@@append":["redshift:*"]}}}}"#;
    let account = r#"{"tags":{"costcenter":{"tag_value":{"@@remove":["Development","Marketing"]},
        "enforced_for":{"@@remove":["redshift:*"]}}}}"#;
    let imported = check(
        "Inheritance example 3",
        &[ROOT, unit, account],
        &[
            ("redshift:cluster", r#"{"CostCenter":"Support"}"#, true),
            ("redshift:cluster", r#"{"CostCenter":"Marketing"}"#, false),
            ("redshift:cluster", r#"{"CostCenter":"Development"}"#, false),
        ],
    );
    // Nothing is enforced any longer.
    assert_eq!(policy_of(&imported).rules.len(), 1);
}

/// "Inheritance examples", 3: nothing is left of the values, which the guide says nothing about.
#[test]
fn remove_everything() {
    let account = r#"{"tags":{"costcenter":{"tag_value":{"@@remove":["Development","Support"]}}}}"#;
    let rows = [("sqs:queue", r#"{"CostCenter":"x"}"#, true)];
    omits(&check("Inheritance example 3", &[ROOT, account], &rows), "no value is checked");
}

/// "Inheritance examples", 4: the parent allows its children to add values and nothing else.
#[test]
fn operators_that_the_parent_does_not_allow() {
    let root = r#"{"tags":{"project":{"tag_key":{"@@operators_allowed_for_child_policies":["@@none"],"@@assign":"Project"},
        "tag_value":{"@@operators_allowed_for_child_policies":["@@append"],"@@assign":["Maintenance","Escalations"]}}}}"#;
    let unit = r#"{"tags":{"project":{"tag_key":{"@@assign":"PROJECT"},
        "tag_value":{"@@append":["Escalations - research"],"@@remove":["Maintenance"]}}}}"#;
    let imported = check(
        "Inheritance example 4",
        &[root, unit],
        &[
            ("kms:key", r#"{"Project":"Maintenance"}"#, true),
            ("kms:key", r#"{"Project":"Escalations - research"}"#, true),
            ("kms:key", r#"{"PROJECT":"Maintenance"}"#, false),
            ("kms:key", r#"{"Project":"x"}"#, false),
        ],
    );
    assert!(imported.policy.contains("`@@assign` of `tag_key` has no effect"), "{}", imported.policy);
    assert!(imported.policy.contains("`@@remove` of `tag_value` has no effect"), "{}", imported.policy);
}

/// "Inheritance operators": a child can't allow again what its parent forbids.
#[test]
fn a_lock_stays() {
    let root = r#"{"tags":{"a":{"tag_key":{"@@assign":"A","@@operators_allowed_for_child_policies":["@@none"]}}}}"#;
    let unit = r#"{"tags":{"a":{"tag_key":{"@@operators_allowed_for_child_policies":["@@all"]}}}}"#;
    let account = r#"{"tags":{"a":{"tag_key":{"@@assign":"a"}}}}"#;
    check(
        "Inheritance operators",
        &[root, unit, account],
        &[("kms:key", r#"{"A":"x"}"#, true), ("kms:key", r#"{"a":"x"}"#, false)],
    );
}

/// "Inheritance examples", 5: child control without a value of its own.
#[test]
fn controls_without_values() {
    let first = r#"{"tags":{"project":{"tag_key":{"@@assign":"project"},
        "tag_value":{"@@operators_allowed_for_child_policies":["@@append"],"@@assign":["Maintenance"]}}}}"#;
    let second =
        r#"{"tags":{"project":{"tag_value":{"@@operators_allowed_for_child_policies":["@@append","@@remove"]}}}}"#;
    let child = r#"{"tags":{"project":{"tag_value":{"@@append":["Support"],"@@remove":["Maintenance"]}}}}"#;
    check(
        "Inheritance example 5",
        &[first, second, child],
        &[
            ("kms:key", r#"{"project":"Maintenance"}"#, true),
            ("kms:key", r#"{"project":"Support"}"#, true),
            ("kms:key", r#"{"project":"x"}"#, false),
        ],
    );
}

/// "Services and resource types that support enforcement": what is no such type is named, and makes no rule for all types.
#[test]
fn types_that_nobody_knows() {
    let policy =
        r#"{"tags":{"k":{"tag_key":"k","report_required_tag_for":["new:thing","ec2:*nstance","*:instance"]}}}"#;
    let imported = check("types", &[policy], &[("ec2:instance", "{}", true), ("s3:bucket", "{}", true)]);
    for item in ["new:thing", "ec2:*nstance", "*:instance"] {
        omits(&imported, item);
    }
}

/// "Tag policy syntax": several keys, with overlapping types of both kinds; a resource gets one finding for each key.
#[test]
fn several_keys_and_overlapping_types() {
    let policy = r#"{"tags":{
        "a":{"tag_key":"A","tag_value":["1"],"enforced_for":["ec2:ALL_SUPPORTED"],"report_required_tag_for":["ec2:instance"]},
        "b":{"tag_key":"B","tag_value":["1"],"enforced_for":["ec2:instance"],"report_required_tag_for":["ec2:ALL_SUPPORTED"]}}}"#;
    let imported = check(
        "several keys",
        &[policy],
        &[
            ("ec2:instance", r#"{"A":"1","B":"1"}"#, true),
            ("ec2:volume", r#"{"B":"1"}"#, true),
            ("ec2:volume", r#"{"A":"2","B":"1"}"#, false),
            ("ec2:instance", r#"{"A":"1"}"#, false),
        ],
    );
    let found = findings(&policy_of(&imported), r#"{"type":"ec2:instance","tags":{"A":"2","B":"2"}}"#);
    assert_eq!(found.len(), 2, "{found:?}");
}

/// "Viewing effective tag policies": an effective policy is the result of merging, and has no place in a merge.
#[test]
fn an_effective_policy_is_not_merged_again() {
    let effective = r#"{"tags":{"k":{"tag_key":"k"}}}"#;
    let error = import(&[ROOT, effective]).expect_err("an effective policy");
    assert!(matches!(error, ImportError::EffectiveAmongSeveral(ref name) if name == "policy-2.json"), "{error}");
}

/// "Tag policy syntax": the policy key is not case sensitive, so the settings of both belong to one key.
#[test]
fn policy_keys_in_another_case() {
    let account = r#"{"tags":{"CostCenter":{"tag_value":{"@@assign":["Sales"]}}}}"#;
    let imported = check(
        "policy key",
        &[ROOT, account],
        &[("kms:key", r#"{"CostCenter":"Sales"}"#, true), ("kms:key", r#"{"CostCenter":"Support"}"#, false)],
    );
    assert_eq!(policy_of(&imported).rules.len(), 1);
}

/// "Quotas": AWS takes 10,000 characters in a policy. The longest one loads, and a longer one is named.
#[test]
fn very_long_lists_of_values() {
    let policy = |count: usize| {
        let values: Vec<String> = (0..count).map(|n| format!("v{n:05}*?")).collect();
        serde_json::json!({ "tags": { "k": { "tag_key": "k", "tag_value": values } } }).to_string()
    };
    let longest = [("kms:key", r#"{"k":"v00700x?"}"#, true), ("kms:key", r#"{"k":"v00700xy"}"#, false)];
    check("Quotas", &[&policy(750)], &longest);
    let longer = check("Quotas", &[&policy(20_000)], &[("kms:key", r#"{"k":"x"}"#, true)]);
    omits(&longer, "no value is checked");
}

/// Several tag policies in one file: where they are attached is not looked at.
#[test]
fn several_policies_in_one_file() {
    let policy = |name: &str| {
        format!(
            "resource \"aws_organizations_policy\" \"{name}\" {{\n type = \"TAG_POLICY\"\n content = jsonencode({{ tags = {{ {name} = {{ tag_key = {{ \"@@assign\" = \"{name}\" }} }} }} }})\n}}\n"
        )
    };
    let source = policy("a") + &policy("b");
    let rows = [("kms:key", r#"{"a":"","b":""}"#, true), ("kms:key", r#"{"B":""}"#, false)];
    omits(&check("one file", &[&source], &rows), "attached is not looked at");
}

/// A tag policy in Terraform source and in a template.
#[test]
fn policies_in_source() {
    let terraform = r#"
resource "aws_organizations_policy" "tags" {
  name    = "company"
  type    = "TAG_POLICY"
  content = jsonencode({ tags = { owner = {
    tag_key   = { "@@assign" = "Owner" }
    tag_value = { "@@assign" = ["a", "b"] }
  } } })
}
resource "aws_organizations_policy" "control" { content = "{}" }
"#;
    let template = r#"
Resources:
  Tags:
    Type: AWS::Organizations::Policy
    Properties:
      Name: company
      Type: TAG_POLICY
      Content: { tags: { owner: { tag_key: { "@@assign": Owner }, tag_value: { "@@assign": [a, b] } } } }
"#;
    let rows = [
        ("kms:key", r#"{"Owner":"a"}"#, true),
        ("kms:key", r#"{"Owner":"c"}"#, false),
        ("kms:key", r#"{"owner":"a"}"#, false),
    ];
    for source in [terraform, template] {
        let imported = check("source", &[source], &rows);
        assert_eq!(policy_of(&imported).name, "company");
    }
}
