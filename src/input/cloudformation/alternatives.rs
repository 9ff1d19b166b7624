//! The tags of resources for each combination of the values that `AllowedValues` leaves to parameters without a value.

use std::collections::BTreeMap;

use super::evaluate::TemplateScope;
use super::foreach::ExpandedEntry;
use super::parameters::{Assumption, ParameterNames};
use super::resource::TemplateProperties;
use super::stack::Stack;
use super::stack_reader::StackReader;
use crate::base::quote;
use crate::model::{AlternativeTags, Origin, Resource, Tags};

/// The largest number of combinations for one resource.
const MAX_COMBINATIONS: usize = 64;

/// Adds the alternatives of the resources from `start` on, which one entry of `Resources` declares. `open` names the
/// parameters that they depend on, and `read` reads the entry again.
pub(super) fn add<'o, 't>(
    reader: &mut StackReader<'o>,
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    start: usize,
    open: &ParameterNames<'t>,
    read: &dyn Fn(&mut StackReader<'o>, &TemplateProperties<'_, 't>),
) {
    let Some(combinations) = combinations(&stack.scope, open) else { return };
    let tags: usize = reader.resources[start..].iter().map(|resource| 1 + resource.tags.known().len()).sum();
    if reader.resources.len() == start || !reader.take_work(stack, combinations.len() * tags) {
        return;
    }
    let mut found: Vec<Option<Vec<AlternativeTags>>> = vec![Some(Vec::new()); reader.resources.len() - start];
    for values in combinations {
        let shown = shown(&values);
        let assumption = Assumption { values, ..Assumption::default() };
        let mut probe = reader.empty_copy();
        let exists = stack.scope.assume(&assumption, || {
            let condition = item.entry.value.get("Condition");
            let exists = condition.is_none_or(|condition| item.eval.holds(condition) != Some(false));
            if exists {
                read(&mut probe, &TemplateProperties::of(&item.eval, &item.entry.value));
            }
            exists
        });
        if exists {
            for (resource, all) in reader.resources[start..].iter().zip(&mut found) {
                let one =
                    probe.resources.iter().find(|one| one.kind == resource.kind && one.address == resource.address);
                let one = one.and_then(|one| alternative(resource, one, &shown));
                match (one, all.as_mut()) {
                    (Some(one), Some(all)) => all.push(one),
                    _ => *all = None,
                }
            }
        }
    }
    for (resource, all) in reader.resources[start..].iter_mut().zip(found) {
        if let (Some(all), Some(origin)) = (all, &mut resource.origin)
            && is_of_use(&resource.tags, origin, &all)
        {
            origin.alternatives = all;
        }
    }
}

/// Every combination of the values of a few parameters.
fn combinations<'t>(scope: &TemplateScope<'t>, open: &ParameterNames<'t>) -> Option<Vec<BTreeMap<&'t str, String>>> {
    let ParameterNames::Few(names) = open else { return None };
    if names.is_empty() {
        return None;
    }
    let mut out = vec![BTreeMap::new()];
    for &name in names {
        let values = scope.allowed_values(name);
        if out.len() * values.len() > MAX_COMBINATIONS {
            return None;
        }
        let with = |one: &BTreeMap<&'t str, String>, value: &String| {
            let mut one = one.clone();
            one.insert(name, value.clone());
            one
        };
        out = out.iter().flat_map(|one| values.iter().map(move |value| with(one, value))).collect();
    }
    Some(out)
}

/// A combination in reports: `Stage = "Test"`.
fn shown(values: &BTreeMap<&str, String>) -> String {
    let each: Vec<String> = values.iter().map(|(name, value)| format!("{name} = {}", quote(value))).collect();
    each.join(" and ")
}

/// The tags of a resource with one combination, those that it certainly has first, in their order. `None` if one of those
/// is not there, or a value must not appear in reports.
fn alternative(resource: &Resource<'_>, with: &Resource<'_>, values: &str) -> Option<AlternativeTags> {
    let is_secret = |origin: &Origin| !origin.sensitive.is_empty() || !origin.hidden_keys.is_empty();
    if [resource, with].iter().any(|one| one.origin.as_deref().is_some_and(is_secret)) {
        return None;
    }
    let Tags::Read { tags, more } = &with.tags else { return None };
    let mut left: Vec<(String, Option<String>)> =
        tags.iter().map(|tag| (tag.key.to_string(), tag.value.as_deref().map(str::to_owned))).collect();
    let mut ordered = Vec::with_capacity(left.len());
    for tag in resource.tags.known() {
        let at = left.iter().position(|(key, _)| key == tag.key.as_str())?;
        ordered.push(left.remove(at));
    }
    ordered.extend(left);
    Some(AlternativeTags { values: values.to_owned(), tags: ordered, more: more.clone() })
}

/// Returns whether an alternative tells more than the tags that are known without it.
fn is_of_use(tags: &Tags<'_>, origin: &Origin, all: &[AlternativeTags]) -> bool {
    let Tags::Read { tags, more } = tags else { return false };
    let is_same = |one: &AlternativeTags| {
        let values = one.tags.iter().map(|(_, value)| value.as_deref());
        one.more == *more && values.eq(tags.iter().map(|tag| tag.value.as_deref()))
    };
    origin.alternatives.is_empty() && all.iter().any(|one| !is_same(one))
}
