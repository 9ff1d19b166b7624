//! Code that fixes a rule's findings: the same tags for Terraform, `CloudFormation` and the AWS CLI.

use std::fmt::Write as _;

use crate::aws::same_key;
use crate::base::encode::hcl::string as hcl;
// A JSON string is a YAML string too.
use crate::base::encode::json::to_string as json;
use crate::base::encode::shell::displayed_word as shell;
use crate::policy::Rule;
use crate::rule::{Check as _, Remediation};

/// Stands for a value that the policy leaves open.
const VALUE: &str = "VALUE";

/// A resource type with code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    User,
    Mfa,
    Pool,
}

impl Type {
    const ALL: [(Self, &'static str); 3] =
        [(Self::User, "iam:user"), (Self::Mfa, "iam:mfa"), (Self::Pool, "cognito-idp:userpool")];
}

/// The change to a resource's tags.
pub(super) struct Fix {
    types: Vec<Type>,
    /// Tags to set.
    set: Vec<(String, String)>,
    /// Keys to remove: wrong ones, or those that `set` has under its right key.
    remove: Vec<String>,
}

impl Fix {
    /// The fix of a rule's findings.
    pub(super) fn of(rule: &Rule) -> Self {
        let concerned = |kind: &str| rule.concerns(kind) && rule.kind.applies_to(kind);
        let types = Type::ALL.into_iter().filter(|(_, kind)| concerned(kind)).map(|(one, _)| one).collect();
        let Remediation { set, remove } = rule.kind.remediation();
        Self { types, set, remove }
    }

    /// Notes for people.
    pub(super) fn notes(&self) -> Vec<&'static str> {
        let mut out = Vec::new();
        if !self.set.is_empty() && !self.remove.is_empty() {
            out.push("Rename a key by setting the right one first and removing the wrong one after that.");
            if self.types.contains(&Type::User) {
                out.push(
                    "For an IAM user two keys that differ only in case are one: setting the right one replaces the other, \
                     and removing the other would remove both.",
                );
            }
        }
        if self.types.contains(&Type::Mfa) {
            out.push("An MFA device that its user registered is in no template: tag it with the AWS CLI.");
        }
        out
    }

    /// HCL for every type that the rule concerns.
    pub(super) fn terraform(&self) -> String {
        let resource = |one: &Type| {
            let (kind, name) = match one {
                Type::User => ("aws_iam_user", "name"),
                Type::Mfa => ("aws_iam_virtual_mfa_device", "virtual_mfa_device_name"),
                Type::Pool => ("aws_cognito_user_pool", "name"),
            };
            let mut out = format!("resource \"{kind}\" \"example\" {{\n  {name} = \"example\"\n\n  tags = {{\n");
            for (key, value) in self.shown() {
                let _ = writeln!(out, "    {} = {}", hcl(key), hcl(value));
            }
            for key in self.removed(*one) {
                let _ = writeln!(out, "    # no {}", hcl(key));
            }
            out + "  }\n}"
        };
        self.types.iter().map(resource).collect::<Vec<_>>().join("\n\n")
    }

    /// YAML for every type that the rule concerns.
    pub(super) fn cloudformation(&self) -> String {
        if self.types.is_empty() {
            return String::new();
        }
        let resource = |one: &Type| {
            let (id, kind, tags, more) = match one {
                Type::User => ("ExampleUser", "AWS::IAM::User", "Tags", ""),
                Type::Mfa => ("ExampleDevice", "AWS::IAM::VirtualMFADevice", "Tags", "      Users: [example]\n"),
                Type::Pool => ("ExamplePool", "AWS::Cognito::UserPool", "UserPoolTags", ""),
            };
            let mut out = format!("  {id}:\n    Type: {kind}\n    Properties:\n{more}      {tags}:\n");
            for (key, value) in self.shown() {
                // A user pool's tags are a map, all others' are a list.
                let _ = match one {
                    Type::Pool => writeln!(out, "        {}: {}", json(key), json(value)),
                    _ => writeln!(out, "        - Key: {}\n          Value: {}", json(key), json(value)),
                };
            }
            for key in self.removed(*one) {
                let _ = writeln!(out, "        # no {}", json(key));
            }
            out
        };
        format!("Resources:\n{}", self.types.iter().map(resource).collect::<String>().trim_end())
    }

    /// Commands for every type that the rule concerns; for other types the tagging API's.
    pub(super) fn cli(&self) -> String {
        let mut out = Vec::new();
        for one in &self.types {
            let (set, remove, resource) = match one {
                Type::User => ("iam tag-user", "iam untag-user", "--user-name example"),
                Type::Mfa => (
                    "iam tag-mfa-device",
                    "iam untag-mfa-device",
                    "--serial-number arn:aws:iam::123456789012:mfa/example",
                ),
                Type::Pool => (
                    "cognito-idp tag-resource",
                    "cognito-idp untag-resource",
                    "--resource-arn arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_example",
                ),
            };
            if !self.set.is_empty() {
                let tags = if *one == Type::Pool { self.map() } else { self.list() };
                out.push(format!("aws {set} {resource} --tags {}", shell(&tags)));
            }
            out.extend(self.removed(*one).map(|key| format!("aws {remove} {resource} --tag-keys {}", shell(key))));
        }
        if self.types.is_empty() {
            let (api, arn) = ("aws resourcegroupstaggingapi", "--resource-arn-list ARN");
            if !self.set.is_empty() {
                out.push(format!("{api} tag-resources {arn} --tags {}", shell(&self.map())));
            }
            out.extend(self.remove.iter().map(|key| format!("{api} untag-resources {arn} --tag-keys {}", shell(key))));
        }
        out.join("\n")
    }

    /// The tags of a template: where nothing is to be set, any other than those to remove.
    fn shown(&self) -> impl Iterator<Item = (&str, &str)> {
        let name = if self.remove.is_empty() { "KEY" } else { "OTHER KEY" };
        let other = self.set.is_empty().then_some((name, VALUE));
        self.set.iter().map(|(key, value)| (key.as_str(), value.as_str())).chain(other)
    }

    /// The keys to remove from a type: on a user another letter case is the same key.
    fn removed(&self, one: Type) -> impl Iterator<Item = &String> {
        let same = move |key: &str| one == Type::User && self.set.iter().any(|(set, _)| same_key(set, key));
        self.remove.iter().filter(move |key| !same(key))
    }

    fn list(&self) -> String {
        let tags = self.set.iter().map(|(key, value)| format!("{{\"Key\":{},\"Value\":{}}}", json(key), json(value)));
        format!("[{}]", tags.collect::<Vec<_>>().join(","))
    }

    fn map(&self) -> String {
        let tags = self.set.iter().map(|(key, value)| format!("{}:{}", json(key), json(value)));
        format!("{{{}}}", tags.collect::<Vec<_>>().join(","))
    }
}
