//! Helpers of the tests of imports.

use serde_json::Value;

use super::error::ImportError;
use super::file::Imported;
use super::import;
use super::input::ImportInput;
use crate::authoring::must_load;
use crate::aws::resource_types::TypeGlobs;
use crate::model::{Day, Resource, parse_line};
use crate::policy::Policy;
use crate::rule::{EmptyIndex, Verdict, ViolationKind};

/// Imports texts, each with its name.
pub(super) fn import_texts(inputs: &[(&str, &str)]) -> Result<Imported, ImportError> {
    let input = |(name, text): &(&str, &str)| ImportInput { name: (*name).to_owned(), text: (*text).to_owned() };
    import(&inputs.iter().map(input).collect::<Vec<_>>())
}

/// Imports one JSON value.
pub(super) fn import_json(value: &Value) -> Result<Imported, ImportError> {
    import_texts(&[("policy.json", &value.to_string())])
}

/// The policy that was written, which must load. Each of its types is a known one.
pub(super) fn policy_of(imported: &Imported) -> Policy {
    let policy = must_load(&imported.policy);
    for rule in &policy.rules {
        let unless = rule.unless.as_ref().and_then(|unless| unless.resources.as_ref());
        for glob in rule.resources.written().chain(unless.into_iter().flat_map(TypeGlobs::written)) {
            let glob = crate::base::Glob::new(glob);
            let known = crate::aws::resource_types::all().iter().any(|row| row.names().any(|name| glob.matches(name)));
            assert!(known, "{} matches no type\n{}", glob.as_str(), imported.policy);
        }
    }
    policy
}

/// The kinds of findings, by rule, for one resource in the form of an inventory.
pub(in crate::authoring) fn findings(policy: &Policy, resource: &str) -> Vec<(String, ViolationKind)> {
    let Ok(crate::model::Line::Resource(resource)) = parse_line(resource.as_bytes()) else { panic!("{resource}") };
    let resource: Resource<'_> = resource;
    let today = Day::parse("2026-01-01").expect("a day");
    crate::engine::evaluate(policy, &resource, today, &EmptyIndex, false)
        .into_iter()
        .filter_map(|(at, answer)| match answer {
            Verdict::Fail(violations) => Some((policy.rules[at].id.clone(), violations[0].kind)),
            _ => None,
        })
        .collect()
}
