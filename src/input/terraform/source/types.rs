//! The types of values, as far as results depend on them: a list is not a tuple, and `["a", 1]` as a list has two strings.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::value::{HclValue, HclValueKind, UnknownReason};

/// A type. `Any` is the type of null and of values that are unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HclType {
    Any,
    Text,
    Number,
    Bool,
    List(Box<HclType>),
    Set(Box<HclType>),
    Map(Box<HclType>),
    Tuple(Vec<HclType>),
    Object(BTreeMap<String, HclType>),
}

/// The type of a value; `None` for a map whose keys are not all known.
pub(super) fn type_of(value: &HclValue) -> Option<HclType> {
    let of_all = |items: &mut dyn Iterator<Item = &HclValue>| unify(&items.map(type_of).collect::<Option<Vec<_>>>()?);
    Some(match &value.kind {
        HclValueKind::Unknown(_) | HclValueKind::Null => HclType::Any,
        HclValueKind::Bool(_) => HclType::Bool,
        HclValueKind::Number(_) => HclType::Number,
        HclValueKind::Text(_) => HclType::Text,
        HclValueKind::List(list) if list.set => HclType::Set(Box::new(of_all(&mut list.items.iter())?)),
        HclValueKind::List(list) if list.typed => HclType::List(Box::new(of_all(&mut list.items.iter())?)),
        HclValueKind::List(list) => HclType::Tuple(list.items.iter().map(type_of).collect::<Option<_>>()?),
        HclValueKind::Map(map) if map.incomplete_reason().is_some() => return None,
        HclValueKind::Map(map) if map.typed => HclType::Map(Box::new(of_all(&mut map.entries.values())?)),
        HclValueKind::Map(map) => {
            let fields = map.entries.iter().map(|(name, value)| Some((name.clone(), type_of(value)?)));
            HclType::Object(fields.collect::<Option<_>>()?)
        }
    })
}

/// The type that all types convert to; `None` if there is none.
pub(super) fn unify<'t>(types: impl IntoIterator<Item = &'t HclType>) -> Option<HclType> {
    let mut types = types.into_iter();
    let Some(first) = types.next() else { return Some(HclType::Any) };
    types.try_fold(first.clone(), |before, other| both(&before, other))
}

fn both(a: &HclType, b: &HclType) -> Option<HclType> {
    use HclType::{Any, Bool, List, Map, Number, Object, Set, Text, Tuple};
    Some(match (a, b) {
        (Any, other) | (other, Any) => other.clone(),
        (a, b) if a == b => a.clone(),
        (Text, Number | Bool) | (Number | Bool, Text) => Text,
        (List(a), List(b)) => List(Box::new(both(a, b)?)),
        (Set(a), Set(b)) => Set(Box::new(both(a, b)?)),
        (Map(a), Map(b)) => Map(Box::new(both(a, b)?)),
        (List(of), Tuple(items)) | (Tuple(items), List(of)) => List(Box::new(both(of, &unify(items)?)?)),
        (Set(of), Tuple(items)) | (Tuple(items), Set(of)) => Set(Box::new(both(of, &unify(items)?)?)),
        (Map(of), Object(fields)) | (Object(fields), Map(of)) => Map(Box::new(both(of, &unify(fields.values())?)?)),
        (Object(a), Object(b)) if a.keys().eq(b.keys()) => {
            let fields = a.iter().zip(b.values()).map(|((name, a), b)| Some((name.clone(), both(a, b)?)));
            Object(fields.collect::<Option<_>>()?)
        }
        (Object(a), Object(b)) => Map(Box::new(unify(a.values().chain(b.values()))?)),
        (Tuple(a), Tuple(b)) if a.len() == b.len() => {
            Tuple(a.iter().zip(b).map(|(a, b)| both(a, b)).collect::<Option<_>>()?)
        }
        (Tuple(a), Tuple(b)) => List(Box::new(unify(a.iter().chain(b))?)),
        _ => return None,
    })
}

/// Returns whether the values have a type in common, as far as their types are known.
///
/// # Errors
/// A failure if Terraform certainly refuses them: strings, numbers and booleans beside collections, or lists beside maps.
pub(super) fn one_type<'v>(values: impl IntoIterator<Item = &'v HclValue>) -> Result<(), UnknownReason> {
    let types: Option<Vec<HclType>> = values.into_iter().map(type_of).collect();
    let Some(types) = types else { return Ok(()) };
    if unify(&types).is_some() {
        return Ok(());
    }
    let mut families = types.iter().filter_map(family);
    let first = families.next();
    let fails = families.any(|other| Some(other) != first);
    Err(UnknownReason::failure_if(fails, "values without a type in common"))
}

/// The types between which Terraform converts nothing.
#[derive(PartialEq)]
enum TypeFamily {
    Primitive,
    Sequence,
    Mapping,
}

fn family(of: &HclType) -> Option<TypeFamily> {
    Some(match of {
        HclType::Any => return None,
        HclType::Text | HclType::Number | HclType::Bool => TypeFamily::Primitive,
        HclType::List(_) | HclType::Set(_) | HclType::Tuple(_) => TypeFamily::Sequence,
        HclType::Map(_) | HclType::Object(_) => TypeFamily::Mapping,
    })
}

impl HclValue {
    /// A list, whose items are converted to one type.
    pub(super) fn typed_list(items: Vec<HclValue>) -> Self {
        Self::items(unified(items), false, true)
    }

    /// A set of primitive values, sorted without duplicates; unknown if one of them is.
    pub(super) fn set(items: Vec<HclValue>) -> Self {
        let mut kept: Vec<HclValue> = Vec::with_capacity(items.len());
        for item in unified(items) {
            if let Err(why) = item.as_text() {
                return Self::unknown(if why.fails { "a set of values that are not strings".into() } else { why });
            }
            kept.push(item);
        }
        kept.sort_by(in_a_set);
        kept.dedup_by(|a, b| in_a_set(a, b).is_eq());
        // The items of a set have no marks of their own.
        let sensitive = kept.iter().any(Self::holds_sensitive);
        Self::items(kept, true, true).with_sensitivity(sensitive)
    }
}

/// The order of primitive values of one type in a set.
fn in_a_set(a: &HclValue, b: &HclValue) -> Ordering {
    match (&a.kind, &b.kind) {
        (HclValueKind::Number(a), HclValueKind::Number(b)) => {
            // Zero and the negative zero are two items.
            a.compare(b).unwrap_or(Ordering::Equal).then_with(|| a.to_string().cmp(&b.to_string()))
        }
        _ => a.as_text().unwrap_or_default().cmp(&b.as_text().unwrap_or_default()),
    }
}

/// The values, converted to one type if there is one. Unknown values stay as they are.
pub(super) fn unified(items: Vec<HclValue>) -> Vec<HclValue> {
    let types: Option<Vec<HclType>> = items.iter().map(type_of).collect();
    match types.and_then(|types| unify(&types)) {
        Some(of) => items.into_iter().map(|item| as_type(item, &of)).collect(),
        None => items,
    }
}

/// A value as a type that it unifies with.
pub(super) fn as_type(value: HclValue, of: &HclType) -> HclValue {
    let (at, sensitive) = (value.at, value.sensitive);
    let out = match (&value.kind, of) {
        (HclValueKind::Bool(_) | HclValueKind::Number(_), HclType::Text) => {
            value.as_text().map_or_else(HclValue::unknown, HclValue::text)
        }
        (HclValueKind::List(list), HclType::List(of)) => {
            HclValue::typed_list(list.items.iter().map(|item| as_type(item.clone(), of)).collect())
        }
        (HclValueKind::List(list), HclType::Set(of)) => {
            HclValue::set(list.items.iter().map(|item| as_type(item.clone(), of)).collect())
        }
        (HclValueKind::List(list), HclType::Tuple(types)) if !list.typed => {
            HclValue::list(list.items.iter().zip(types).map(|(item, of)| as_type(item.clone(), of)).collect())
        }
        (HclValueKind::Map(map), HclType::Map(of)) => {
            let entries = map.entries.iter().map(|(key, item)| (key.clone(), as_type(item.clone(), of))).collect();
            HclValue::map_of(entries, map.possible.clone(), map.more.clone(), true)
        }
        (HclValueKind::Map(map), HclType::Object(fields)) if !map.typed => {
            let entries = map.entries.iter().map(|(key, item)| {
                let of = fields.get(key).unwrap_or(&HclType::Any);
                (key.clone(), as_type(item.clone(), of))
            });
            HclValue::partial_map(entries.collect(), map.possible.clone(), map.more.clone())
        }
        _ => return value,
    };
    out.at(at).with_sensitivity(sensitive)
}
