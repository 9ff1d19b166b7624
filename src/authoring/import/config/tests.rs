use serde_json::json;

use super::super::ImportError;
use super::super::testing::{findings, import_json, import_texts, policy_of};
use crate::rule::ViolationKind;

#[test]
fn plain_parameters() {
    let parameters = json!({ "tag1Key": "CostCenter", "tag1Value": "111, 222,", "tag6Key": "Owner", "tag7Key": "no",
        "tag2Value": "x" });
    let imported = import_json(&parameters).expect("a policy");
    let policy = policy_of(&imported);
    assert_eq!(policy.rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(), ["cost-center", "owner"]);
    let text = &imported.policy;
    assert!(text.contains("key = \"CostCenter\"\nrequired = true\nvalues = [\"111\", \"222\"]\n"), "{text}");
    assert!(text.contains("key = \"Owner\"\nrequired = true\nallow-empty = true\n"), "{text}");
    for named in ["\"tag7Key\" is omitted", "`tag2Value` is omitted", "spaces next to the commas"] {
        assert!(text.contains(named), "{named}\n{text}");
    }
    assert_eq!(imported.omitted.len(), 2, "{:?}", imported.omitted);
}

#[test]
fn the_whole_answer_with_its_scope() {
    let parameters = r#"{"tag1Key":"Owner"}"#;
    let answer = json!({ "ConfigRules": [
        { "ConfigRuleName": "users", "Source": { "SourceIdentifier": "REQUIRED_TAGS" }, "InputParameters": parameters,
          "Scope": { "ComplianceResourceTypes": ["AWS::IAM::User", "AWS::S3::Bucket", "AWS::S3::BucketPolicy"],
                     "TagKey": "Stage", "TagValue": "prod" } },
        { "ConfigRuleName": "nothing", "Source": { "SourceIdentifier": "REQUIRED_TAGS" }, "InputParameters": parameters,
          "Scope": { "ComplianceResourceTypes": ["AWS::New::Thing"] } },
        { "ConfigRuleName": "one", "Source": { "SourceIdentifier": "REQUIRED_TAGS" }, "InputParameters": parameters,
          "Scope": { "ComplianceResourceTypes": ["AWS::S3::Bucket"], "ComplianceResourceId": "logs" } },
        { "ConfigRuleName": "other", "Source": { "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED" }, "InputParameters": "{}" },
    ] });
    let imported = import_json(&answer).expect("a policy");
    let policy = policy_of(&imported);
    let [rule] = &policy.rules[..] else { panic!("{}", imported.policy) };
    for kind in ["iam:user", "s3:bucket", "aws_s3_bucket", "AWS::S3::Bucket"] {
        assert!(rule.concerns(kind), "{kind}");
    }
    assert!(!rule.concerns("iam:mfa"));
    assert_eq!(rule.when.as_ref().map(|when| when.tags.len()), Some(1));
    for named in
        ["AWS::S3::BucketPolicy", "AWS::New::Thing", "knows none of the types", "one resource only", "\"other\""]
    {
        assert!(imported.policy.contains(named), "{named}\n{}", imported.policy);
        assert!(imported.omitted.iter().any(|text| text.contains(named)), "{named}\n{:?}", imported.omitted);
    }
}

#[test]
fn values_are_literal() {
    let imported = import_json(&json!({ "tag1Key": "K", "tag1Value": "a*,b?,c.d" })).expect("a policy");
    let policy = policy_of(&imported);
    for (value, good) in [("a*", true), ("b?", true), ("c.d", true), ("ax", false), ("bx", false), ("cxd", false)] {
        let resource = json!({ "type": "s3:bucket", "tags": { "K": value } }).to_string();
        let found = findings(&policy, &resource);
        assert_eq!(found.is_empty(), good, "{value}: {found:?}");
    }
    assert_eq!(findings(&policy, r#"{"type":"s3:bucket","tags":{}}"#)[0].1, ViolationKind::Missing);
}

#[test]
fn a_scope_without_a_known_type_makes_no_rule_for_all_types() {
    for scope in [
        json!({ "ComplianceResourceTypes": ["AWS::New::Thing"] }),
        json!({ "ComplianceResourceTypes": null }),
        json!({ "TagKey": null }),
        json!(null),
    ] {
        let rule = json!({ "InputParameters": { "tag1Key": "Owner" }, "Scope": scope });
        let error = import_json(&rule).expect_err("no rule").to_string();
        assert!(error.contains("scope"), "{error}");
    }
}

/// The same rule in every form that people keep it in.
#[test]
fn every_form_of_a_rule() {
    let template = "
Parameters:
  Key: { Type: String, Default: Owner }
  Values: { Type: String, Default: '' }
Conditions:
  HasValues: !Not [!Equals ['', !Ref Values]]
Resources:
  Rule:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: required-tags
      InputParameters:
        tag1Key: !If [HasKey, x, !Ref AWS::NoValue]
        tag2Key: !Ref Key
        tag2Value: !If [HasValues, !Ref Values, !Ref AWS::NoValue]
      Scope: { ComplianceResourceTypes: [AWS::S3::Bucket] }
      Source: { Owner: AWS, SourceIdentifier: REQUIRED_TAGS }
  Other: { Type: AWS::S3::Bucket }
";
    let organization = "
Resources:
  Rule:
    Type: AWS::Config::OrganizationConfigRule
    Properties:
      OrganizationConfigRuleName: required-tags
      ExcludedAccounts: ['111122223333']
      OrganizationManagedRuleMetadata:
        RuleIdentifier: REQUIRED_TAGS
        InputParameters: '{\"tag1Key\": \"Owner\"}'
        ResourceTypesScope: [AWS::S3::Bucket]
";
    let terraform = r#"
variable "key" { default = "Owner" }
locals { types = ["AWS::S3::Bucket"] }
resource "aws_config_config_rule" "tags" {
  name = "required-tags"
  source {
    owner             = "AWS"
    source_identifier = "REQUIRED_TAGS"
  }
  scope { compliance_resource_types = local.types }
  input_parameters = jsonencode({ tag1Key = var.key })
}
"#;
    let managed = r#"
resource "aws_config_organization_managed_rule" "tags" {
  name                 = "required-tags"
  rule_identifier      = "REQUIRED_TAGS"
  resource_types_scope = ["AWS::S3::Bucket"]
  input_parameters     = <<EOF
{ "tag1Key": "Owner" }
EOF
}
"#;
    let as_json = r#"{"resource":{"aws_config_config_rule":{"tags":{"name":"required-tags",
        "source":{"owner":"AWS","source_identifier":"REQUIRED_TAGS"},
        "scope":[{"compliance_resource_types":["AWS::S3::Bucket"]}],
        "input_parameters":"${jsonencode({ tag1Key = \"Owner\" })}"}}}}"#;
    let pack = json!({ "ConformancePackName": "p", "TemplateBody": template,
        "ConformancePackInputParameters": [{ "ParameterName": "Key", "ParameterValue": "Team" }] });
    let in_terraform =
        format!("resource \"aws_config_conformance_pack\" \"p\" {{\n template_body = <<EOT\n{template}EOT\n}}\n");
    let described = json!({ "OrganizationConfigRules": [{ "OrganizationConfigRuleName": "required-tags",
        "OrganizationManagedRuleMetadata": { "RuleIdentifier": "REQUIRED_TAGS", "InputParameters": "{\"tag1Key\":\"Owner\"}",
            "ResourceTypesScope": ["AWS::S3::Bucket"] } }] });
    for (name, text, key) in [
        ("pack.yaml", template.to_owned(), "Owner"),
        ("-", template.to_owned(), "Owner"),
        ("organization.yaml", organization.to_owned(), "Owner"),
        ("main.tf", terraform.to_owned(), "Owner"),
        ("-", terraform.to_owned(), "Owner"),
        ("managed.tf", managed.to_owned(), "Owner"),
        ("main.tf.json", as_json.to_owned(), "Owner"),
        ("request.json", pack.to_string(), "Team"),
        ("pack.tf", in_terraform, "Owner"),
        ("answer.json", described.to_string(), "Owner"),
    ] {
        let imported = import_texts(&[(name, &text)]).unwrap_or_else(|error| panic!("{name}: {error}"));
        let policy = policy_of(&imported);
        let [rule] = &policy.rules[..] else { panic!("{name}\n{}", imported.policy) };
        assert!(rule.concerns("aws_s3_bucket") && !rule.concerns("iam:user"), "{name}");
        let want = json!({ "type": "s3:bucket", "tags": { key: "x" } }).to_string();
        assert!(findings(&policy, &want).is_empty(), "{name}\n{}", imported.policy);
        let found = findings(&policy, r#"{"type":"s3:bucket","tags":{},"account":"444455556666"}"#);
        assert_eq!(found[0].1, ViolationKind::Missing, "{name}");
        let excluded = findings(&policy, r#"{"type":"s3:bucket","tags":{},"account":"111122223333"}"#);
        assert_eq!(excluded.is_empty(), name == "organization.yaml", "{name}");
        // `HasKey` is no condition of the template, so the key is not known.
        let unknown = imported.omitted.iter().any(|text| text.contains("`tag1Key`"));
        assert_eq!(unknown, text.contains("HasKey"), "{name}: {:?}", imported.omitted);
    }
}

#[test]
fn source_without_a_rule_is_an_error_with_the_reason() {
    for (text, why) in [
        ("resource \"aws_s3_bucket\" \"b\" {}", "1 resource"),
        ("resource \"aws_config_config_rule\" \"b\" {\n count = 0\n}", "its count is 0"),
        ("module \"m\" {}\nresource \"aws_s3_bucket\" \"b\" {}", "the module \"m\""),
        (
            "resource \"aws_config_config_rule\" \"b\" {\n source {\n source_identifier = \"X\"\n}\n}",
            "not REQUIRED_TAGS: \"b\" (\"X\")",
        ),
        ("Resources:\n  B: { Type: AWS::S3::Bucket }\n", "1 resource"),
        ("Resources:\n  B: { Type: [\n", "line 3"),
    ] {
        let error = import_texts(&[("-", text)]).expect_err(text);
        assert!(error.to_string().contains(why), "{error}");
        assert!(!matches!(error, ImportError::Unknown(_)));
    }
}
