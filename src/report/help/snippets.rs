//! Code that fixes a rule's findings, for Terraform, `CloudFormation` and the AWS CLI: one template of code for each, filled
//! from [`SupportedType`].

use std::fmt::Write as _;

use crate::aws::resource_types::Form;
use crate::aws::supported::ALL;
use crate::aws::{SupportedType, same_key};
use crate::base::encode::hcl::string as hcl;
// A JSON string is a YAML string too.
use crate::base::encode::json::to_string as json;
use crate::base::encode::shell::displayed_word as shell;
use crate::policy::Rule;
use crate::rule::{Check as _, Remediation};

/// The placeholder for a value that the policy does not determine.
const VALUE: &str = "VALUE";

/// The changes that fix a rule's findings.
pub(super) struct Fix {
    types: Vec<&'static SupportedType>,
    /// Tags to set.
    set: Vec<(String, String)>,
    /// Keys to remove: wrong ones, and misspelled ones whose correct key is in `set`.
    remove: Vec<String>,
}

impl Fix {
    /// The changes for one rule.
    pub(super) fn of(rule: &Rule) -> Self {
        let all: Vec<_> =
            ALL.into_iter().filter(|one| rule.concerns(one.name) && rule.kind.applies_to(one.name)).collect();
        // A rule on every type would have ten examples: those of the types that it names, or that are read by default, do.
        let usual: Vec<_> = all.iter().copied().filter(|one| one.by_default || rule.resources.name(one.name)).collect();
        let types = if usual.is_empty() { all } else { usual };
        let Remediation { set, remove } = rule.kind.remediation();
        Self { types, set, remove }
    }

    /// Notes for the reader.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut out = Vec::new();
        if !self.set.is_empty() && !self.remove.is_empty() {
            out.push("Rename a key by setting the right one first and removing the wrong one after that.".to_owned());
            for one in self.types.iter().filter(|one| one.tag_limits().folds_case) {
                out.push(format!(
                    "Keys of {} ignore case: setting the right key replaces the wrong one if they differ only in case, and \
                     removing the wrong one would then remove both.",
                    one.plural
                ));
            }
        }
        out.extend(self.types.iter().filter_map(|one| one.outside_templates).map(str::to_owned));
        out
    }

    /// HCL for every type that the rule applies to.
    pub(super) fn terraform(&self) -> String {
        let resource = |one: &&'static SupportedType| {
            let names = &one.terraform;
            let (kind, name) = (names.resource_type, names.name);
            let mut out = format!("resource \"{kind}\" \"example\" {{\n  {name} = \"example\"\n\n  tags = {{\n");
            for (key, value) in self.shown() {
                let _ = writeln!(out, "    {} = {}", hcl(key), hcl(value));
            }
            for key in self.removed(one) {
                let _ = writeln!(out, "    # no {}", hcl(key));
            }
            out + "  }\n}"
        };
        self.types.iter().map(resource).collect::<Vec<_>>().join("\n\n")
    }

    /// YAML for every type that the rule applies to.
    pub(super) fn cloudformation(&self) -> String {
        let resource = |one: &&'static SupportedType| {
            let names = one.cloudformation.as_ref()?;
            let mut out = format!("  {}:\n    Type: {}\n    Properties:\n", names.example_id, names.resource_type);
            for property in names.example_properties {
                let _ = writeln!(out, "      {property}");
            }
            let _ = writeln!(out, "      {}:", names.tags);
            for (key, value) in self.shown() {
                let _ = if names.tags_form == Form::Map {
                    writeln!(out, "        {}: {}", json(key), json(value))
                } else {
                    writeln!(out, "        - Key: {}\n          Value: {}", json(key), json(value))
                };
            }
            for key in self.removed(one) {
                let _ = writeln!(out, "        # no {}", json(key));
            }
            Some(out)
        };
        let resources: String = self.types.iter().filter_map(resource).collect();
        if resources.is_empty() { resources } else { format!("Resources:\n{}", resources.trim_end()) }
    }

    /// Commands for every type that the rule applies to; for other types those of the tagging API.
    pub(super) fn cli(&self) -> String {
        let mut out = Vec::new();
        for one in &self.types {
            let tagging = &one.tagging;
            let id = if tagging.by_name { "example".to_owned() } else { one.example_arn() };
            let command = |command| format!("aws {} {command} {} {id}", tagging.service, tagging.id_option);
            if !self.set.is_empty() {
                let tags = if tagging.tags_form == Form::Map { self.map() } else { self.list() };
                out.push(format!("{} --tags {}", command(tagging.tag.command), shell(&tags)));
            }
            let untag = |key: &String| format!("{} --tag-keys {}", command(tagging.untag.command), shell(key));
            out.extend(self.removed(one).map(untag));
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

    /// The tags that a snippet shows: those to set, or a placeholder if there are none.
    fn shown(&self) -> impl Iterator<Item = (&str, &str)> {
        let name = if self.remove.is_empty() { "KEY" } else { "OTHER KEY" };
        let other = self.set.is_empty().then_some((name, VALUE));
        self.set.iter().map(|(key, value)| (key.as_str(), value.as_str())).chain(other)
    }

    /// The keys to remove from a resource of one type. If its keys ignore case, setting a key replaces its other
    /// spellings, so those are left out.
    fn removed(&self, one: &SupportedType) -> impl Iterator<Item = &String> {
        let folds = one.tag_limits().folds_case;
        self.remove.iter().filter(move |key| !(folds && self.set.iter().any(|(set, _)| same_key(set, key))))
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
