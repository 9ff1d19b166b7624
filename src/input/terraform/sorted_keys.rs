//! Look-ups in the maps of a plan. Terraform writes maps in order, and those of tags are small, so that a binary search costs
//! less than a hash table.

use super::json::{JsonValue, is_same};
use crate::model::Text;

/// Sorted keys with what belongs to each, for look-ups in maps of any size.
pub(super) struct SortedKeys<'v, T>(Vec<(&'v str, T)>);

impl<'v, T> SortedKeys<'v, T> {
    pub(super) fn new(entries: impl IntoIterator<Item = (&'v str, T)>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by_key(|(key, _)| *key);
        Self(entries)
    }

    /// The item of a key; the last, if there are several.
    pub(super) fn get(&self, key: &str) -> Option<&T> {
        let after = self.0.partition_point(|(own, _)| *own <= key);
        self.0[..after].last().filter(|(own, _)| *own == key).map(|(_, value)| value)
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The number of different keys.
    pub(super) fn count(&self) -> usize {
        self.0.chunk_by(|(a, _), (b, _)| a == b).count()
    }
}

/// One key and value of an object.
type Entry<'a> = (Text<'a>, JsonValue<'a>);

/// The number of entries up to which each is compared: that costs less than a look at their order.
const FEW: usize = 8;

/// The entries of an object for look-ups. Nothing is copied if they are few, or in order and no key stands twice.
pub(super) enum SortedEntries<'v, 'a> {
    Few(&'v [Entry<'a>]),
    InOrder(&'v [Entry<'a>]),
    Sorted(Vec<&'v Entry<'a>>),
}

impl<'v, 'a> SortedEntries<'v, 'a> {
    /// The entries of a value; none unless it is an object.
    pub(super) fn of(object: &'v JsonValue<'a>) -> Self {
        let entries = object.entries();
        if entries.len() <= FEW {
            return Self::Few(entries);
        }
        if entries.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            return Self::InOrder(entries);
        }
        let mut sorted: Vec<_> = entries.iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        Self::Sorted(sorted)
    }

    /// The value of a key; the last, if there are several.
    pub(super) fn get(&self, key: &str) -> Option<&'v JsonValue<'a>> {
        match self {
            Self::Few(entries) => entries.iter().rfind(|(own, _)| is_same(own, key)).map(|(_, value)| value),
            Self::InOrder(entries) => {
                entries.binary_search_by(|(own, _)| own.as_str().cmp(key)).ok().map(|at| &entries[at].1)
            }
            Self::Sorted(entries) => same_key(entries, key).last().map(|(_, value)| value),
        }
    }

    /// Returns whether there is an entry.
    pub(super) fn has_some(&self) -> bool {
        !matches!(self, Self::Few([]))
    }

    /// Returns whether a value of a key satisfies a predicate.
    pub(super) fn any(&self, key: &str, is_wanted: impl Fn(&JsonValue<'a>) -> bool) -> bool {
        match self {
            Self::Few(entries) => entries.iter().any(|(own, value)| is_same(own, key) && is_wanted(value)),
            Self::InOrder(_) => self.get(key).is_some_and(is_wanted),
            Self::Sorted(entries) => same_key(entries, key).iter().any(|(_, value)| is_wanted(value)),
        }
    }
}

/// The entries with a key.
fn same_key<'s, 'v, 'a>(entries: &'s [&'v Entry<'a>], key: &str) -> &'s [&'v Entry<'a>] {
    let from = entries.partition_point(|(own, _)| own.as_str() < key);
    let length = entries[from..].partition_point(|(own, _)| own.as_str() == key);
    &entries[from..from + length]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_equal_keys_counts() {
        let keys = SortedKeys::new([("b", 1), ("a", 2), ("b", 3), ("", 4)]);
        assert_eq!(["", "a", "b", "c"].map(|key| keys.get(key).copied()), [Some(4), Some(2), Some(3), None]);
        assert_eq!(keys.count(), 3);
        assert!(keys.contains("a") && !keys.contains("B"));
        assert_eq!(SortedKeys::<()>::new([]).count(), 0);
    }

    #[test]
    fn entries_are_found_in_any_order() {
        let more = (0..FEW).map(|i| format!(r#", "k{i}": "{i}""#)).collect::<Vec<_>>().concat();
        for (text, form) in [
            (r#"{"": "4", "a": "2", "b": "3"}"#.to_owned(), "few"),
            (r#"{"b": "1", "a": "2", "b": "3", "": "4"}"#.to_owned(), "few, one twice"),
            (format!(r#"{{"": "4", "a": "2", "b": "3"{more}}}"#), "in order"),
            (format!(r#"{{"b": "1", "a": "2", "b": "3", "": "4"{more}}}"#), "sorted, one twice"),
            (format!(r#"{{"": "4", "a": "2", "b": "1", "b": "3"{more}}}"#), "sorted, one twice"),
        ] {
            let object: JsonValue<'_> = serde_json::from_str(&text).unwrap();
            let entries = SortedEntries::of(&object);
            let found = match entries {
                SortedEntries::Few(_) => "few",
                SortedEntries::InOrder(_) => "in order",
                SortedEntries::Sorted(_) => "sorted",
            };
            assert!(form.starts_with(found), "{text}");
            let get = |key| entries.get(key).and_then(JsonValue::as_str);
            assert_eq!(["", "a", "b", "c"].map(get), [Some("4"), Some("2"), Some("3"), None], "{text}");
            assert_eq!(entries.any("b", |value| value.as_str() == Some("1")), form.contains("twice"), "{text}");
            assert!(!entries.any("c", |_| true) && !entries.any("a", JsonValue::is_null) && entries.has_some());
        }
        let nothing = SortedEntries::of(&JsonValue::Null);
        assert!(nothing.get("").is_none() && !nothing.has_some());
    }
}
