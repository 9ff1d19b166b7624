//! Look-ups in the maps of a plan.

/// Sorted keys with what belongs to each, for look-ups in maps of any size. Terraform writes maps in this order, and those of
/// tags are small, so that this costs less than a hash table.
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
}
