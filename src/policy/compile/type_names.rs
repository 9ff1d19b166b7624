//! Names of resource types in a policy. A name that no type has would make a rule that never applies, and a run that looks
//! clean.

use crate::aws::resource_types::{self, ResourceType};
use crate::base::{Glob, Globs, nearest, quote};
use crate::rule::{Diagnostics, Located, TableFields};

/// The prefix of the types of the Serverless Application Model, which are judged as the types that they become.
const SAM_PREFIX: &str = "AWS::Serverless::";
/// The number of errors after which none gets a suggestion: the search compares a name with all known ones.
const MAX_SUGGESTIONS: usize = 32;

/// The type names that a policy allows beside the known ones (`allow-unknown-types`).
pub(super) fn allowed_types(policy: &TableFields<'_>) -> Globs {
    Globs::new(policy.plain_texts("allow-unknown-types"))
}

/// Reports the names and globs of a field that no type can match.
pub(super) fn check_type_names(
    diagnostics: &mut Diagnostics<'_>,
    fields: &TableFields<'_>,
    name: &str,
    allowed: &Globs,
) {
    let Some(texts) = fields.texts(name) else { return };
    for text in &texts.value {
        check_type_name(diagnostics, text, allowed);
    }
}

fn check_type_name(diagnostics: &mut Diagnostics<'_>, text: &Located<String>, allowed: &Globs) {
    let glob = Glob::new(&text.value);
    if glob.is_everything() || allowed.matches(&text.value) || matches_a_type(&glob) {
        return;
    }
    let shown = quote(&text.value);
    let span = text.span.clone();
    if matches_an_untagged_type(&glob) {
        let (what, help) = if glob.is_literal() {
            (
                format!("resources of type {shown} cannot carry tags"),
                "remove it: docs/types.md lists the types that can",
            )
        } else {
            (format!("{shown} matches only types that cannot carry tags"), "docs/types.md lists the types that can")
        };
        diagnostics.error_help(span, what, help);
        return;
    }
    let help = suggestion(diagnostics, &text.value);
    let what = if glob.is_literal() {
        format!("unknown resource type {shown}")
    } else {
        format!("{shown} matches no known resource type")
    };
    diagnostics.error_help(span, what, help);
}

fn matches_a_type(glob: &Glob) -> bool {
    if glob.is_literal() {
        return resource_types::named(glob.as_str()).is_some();
    }
    resource_types::all().iter().any(|row| row.names().any(|name| glob.matches(name)))
}

fn matches_an_untagged_type(glob: &Glob) -> bool {
    if glob.is_literal() {
        return resource_types::is_untagged(glob.as_str());
    }
    resource_types::untagged().any(|name| glob.matches(name))
}

fn suggestion(diagnostics: &Diagnostics<'_>, name: &str) -> String {
    const ALLOW: &str = "docs/types.md lists all types; `allow-unknown-types` in `[policy]` allows others";
    if name.starts_with(SAM_PREFIX) {
        return "name the type that it becomes, such as AWS::Lambda::Function".to_owned();
    }
    if diagnostics.errors() >= MAX_SUGGESTIONS {
        return ALLOW.to_owned();
    }
    let names = resource_types::all().iter().flat_map(ResourceType::names);
    nearest(name, names).map_or_else(|| ALLOW.to_owned(), |meant| format!("did you mean {}? {ALLOW}", quote(meant)))
}

#[cfg(test)]
mod tests {
    use crate::policy::{LoadError, parse_text};

    /// The messages and suggestions of the mistakes in a policy.
    fn mistakes(text: &str) -> Vec<String> {
        match parse_text(text) {
            Ok(_) => Vec::new(),
            Err(LoadError::Mistakes(all)) => all
                .iter()
                .map(|mistake| format!("{}; {}", mistake.message, mistake.help.as_deref().unwrap_or_default()))
                .collect(),
            Err(other) => panic!("{other}"),
        }
    }

    /// The errors of a policy with one rule for these types.
    fn errors(head: &str, resources: &str) -> Vec<String> {
        mistakes(&format!("version = 1\n{head}\n[[rule]]\nid = \"a\"\nkey = \"Owner\"\nresources = {resources}\n"))
    }

    #[test]
    fn a_rule_may_name_a_type_by_each_of_its_names() {
        for resources in [
            r#"["iam:user", "AWS::IAM::User", "aws_iam_user"]"#,
            r#"["s3:*", "AWS::S3::*", "aws_s3_*", "awscc_s3_bucket"]"#,
            r#"["*"]"#,
            r#"["ec2:instance"]"#,
        ] {
            assert_eq!(errors("", resources), [""; 0], "{resources}");
        }
    }

    #[test]
    fn each_name_of_a_list_has_to_match_a_type() {
        for (resources, words) in [
            (r#"["iam:users"]"#, "unknown resource type \"iam:users\""),
            (r#"["iam:user", "aws_iam_usr"]"#, "did you mean \"aws_iam_user\"?"),
            (r#"["iam:*", "imf:*"]"#, "\"imf:*\" matches no known resource type"),
            (r#"["aws_iam_policy_attachment"]"#, "resources of type \"aws_iam_policy_attachment\" cannot carry tags"),
            (r#"["aws_iam_policy_att*"]"#, "matches only types that cannot carry tags"),
            (r#"["AWS::Serverless::Function"]"#, "name the type that it becomes"),
            (r#"["AWS::S3::Buckets"]"#, "did you mean \"AWS::S3::Bucket\"?"),
        ] {
            let errors = errors("", resources).join("\n");
            assert!(errors.contains(words), "{resources}: {errors}");
        }
        let message = mistakes(
            "version = 1\n[[rule]]\nid = \"a\"\nkey = \"Owner\"\n[rule.when]\nresources = [\"iam:users\"]\n[rule.unless]\n\
             resources = \"iam:rols\"\n[[test]]\nname = \"t\"\nexpect = []\n[test.resource]\ntype = \"iam:userz\"\n",
        )
        .concat();
        assert!(["iam:users", "iam:rols", "iam:userz"].iter().all(|name| message.contains(name)), "{message}");
    }

    #[test]
    fn a_policy_may_allow_types_that_are_not_known_yet() {
        let head = "[policy]\nallow-unknown-types = [\"new:*\", \"AWS::New::Thing\"]";
        for resources in [r#"["new:thing"]"#, r#"["new:*"]"#, r#"["AWS::New::Thing", "iam:user"]"#] {
            assert_eq!(errors(head, resources), [""; 0], "{resources}");
        }
        assert!(!errors(head, r#"["newer:thing"]"#).is_empty());
    }
}
