//! Values that are one of two, and merged maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::{HclMap, HclValue, HclValueKind, PossibleEntry, UnknownReason};

/// The value of a conditional with an unknown condition: the common part of both branches.
pub(super) fn either(then: &HclValue, other: &HclValue, why: &UnknownReason) -> HclValue {
    let sensitive = then.sensitive || other.sensitive;
    let at = if then.at == other.at { then.at } else { None };
    let kind = match (&then.kind, &other.kind) {
        (HclValueKind::Map(a), HclValueKind::Map(b)) => {
            return merge_branches(a, b, why).at(at).with_sensitivity(sensitive);
        }
        (HclValueKind::List(a), HclValueKind::List(b))
            if !a.set && !b.set && a.typed == b.typed && a.items.len() == b.items.len() =>
        {
            let items = a.items.iter().zip(&b.items).map(|(a, b)| either(a, b, why)).collect();
            let list = if a.typed { HclValue::typed_list(items) } else { HclValue::list(items) };
            return list.at(at).with_sensitivity(sensitive);
        }
        (
            HclValueKind::Bool(_) | HclValueKind::Number(_) | HclValueKind::Text(_),
            HclValueKind::Bool(_) | HclValueKind::Number(_) | HclValueKind::Text(_),
        ) if then.as_text().ok() == other.as_text().ok() => then.kind.clone(),
        (HclValueKind::Null, HclValueKind::Null) => HclValueKind::Null,
        _ => HclValueKind::Unknown(why.clone()),
    };
    let nullable = matches!(kind, HclValueKind::Unknown(_)) && (then.may_be_null() || other.may_be_null());
    HclValue { kind, at, sensitive, nullable }
}

/// One of several values, by something that is unknown.
pub(super) fn any_of<'v>(values: impl IntoIterator<Item = &'v HclValue>, why: &UnknownReason) -> HclValue {
    let mut values = values.into_iter();
    let Some(first) = values.next() else { return HclValue::unknown(why.clone()) };
    values.fold(first.clone(), |before, value| either(&before, value, why))
}

fn merge_branches(a: &Arc<HclMap>, b: &Arc<HclMap>, why: &UnknownReason) -> HclValue {
    let mut entries = BTreeMap::new();
    let mut possible: BTreeMap<String, PossibleEntry> = BTreeMap::new();
    let mut doubt = |key: &String, value: &HclValue, why: &UnknownReason| {
        let value = possible.get(key).map_or_else(|| value.clone(), |there| either(&there.value, value, why));
        possible.insert(key.clone(), PossibleEntry { value, why: why.clone() });
    };
    for (key, value) in &a.entries {
        match b.entries.get(key) {
            Some(other) => drop(entries.insert(key.clone(), either(value, other, why))),
            None => doubt(key, value, why),
        }
    }
    for (key, value) in b.entries.iter().filter(|(key, _)| !a.entries.contains_key(*key)) {
        doubt(key, value, why);
    }
    for (key, entry) in a.possible.iter().chain(&b.possible) {
        doubt(key, &entry.value, &entry.why);
    }
    let typed = a.typed && b.typed;
    HclValue::map_of(entries, possible, a.more.clone().or_else(|| b.more.clone()), typed)
}

/// A map under construction from parts, of which later ones win.
#[derive(Default)]
pub(super) struct MapBuilder {
    entries: BTreeMap<String, HclValue>,
    possible: BTreeMap<String, PossibleEntry>,
    /// The reason why any other keys may exist.
    pub(super) more: Option<UnknownReason>,
}

impl MapBuilder {
    /// Adds entries that are unknown: each earlier value may be replaced.
    fn add_unknown(&mut self, why: &UnknownReason) {
        self.more = Some(why.clone());
        let values = self.entries.values_mut().chain(self.possible.values_mut().map(|it| &mut it.value));
        for value in values {
            value.kind = HclValueKind::Unknown(why.clone());
        }
    }

    fn add(&mut self, map: &HclMap) {
        if let Some(why) = &map.more {
            self.add_unknown(why);
        }
        for (key, PossibleEntry { value, why }) in &map.possible {
            self.add_possible(key, value, why);
        }
        for (key, value) in &map.entries {
            self.add_entry(key, value.clone());
        }
    }

    /// Adds an entry.
    pub(super) fn add_entry(&mut self, key: &str, value: HclValue) {
        self.possible.remove(key);
        self.entries.insert(key.to_owned(), value);
    }

    /// Adds an entry beside an earlier one of this key, which it does not replace: with another value, the value is unknown.
    pub(super) fn add_another(&mut self, key: &str, value: HclValue, why: &UnknownReason) {
        let possible = || self.possible.get(key).map(|it| &it.value);
        let value = match self.entries.get(key).or_else(possible) {
            Some(before) => either(before, &value, why),
            None => value,
        };
        self.add_entry(key, value);
    }

    /// Adds an entry that may exist.
    pub(super) fn add_possible(&mut self, key: &str, value: &HclValue, why: &UnknownReason) {
        if let Some(there) = self.entries.get_mut(key) {
            *there = either(there, value, why);
            return;
        }
        let value = self.possible.get(key).map_or_else(|| value.clone(), |it| either(&it.value, value, why));
        self.possible.insert(key.to_owned(), PossibleEntry { value, why: why.clone() });
    }

    /// The map (`typed`) or object.
    pub(super) fn into_map(self, typed: bool) -> HclValue {
        HclValue::map_of(self.entries, self.possible, self.more, typed)
    }
}

/// The function `merge`: later maps win. A key that a later map may have makes the earlier value unknown, not absent.
pub(super) fn merge<'v>(maps: impl IntoIterator<Item = &'v HclValue>) -> HclValue {
    let mut out = MapBuilder::default();
    let (mut sensitive, mut at, mut typed) = (false, None, true);
    for map in maps {
        sensitive |= map.sensitive;
        match &map.kind {
            HclValueKind::Map(map) => {
                typed &= map.typed;
                out.add(map);
            }
            HclValueKind::Null => {}
            HclValueKind::Unknown(why) => out.add_unknown(why),
            _ => out.add_unknown(&UnknownReason::failure("merge() with an argument that is not a map")),
        }
        at = at.or(map.at);
    }
    out.into_map(typed).at(at).with_sensitivity(sensitive)
}
