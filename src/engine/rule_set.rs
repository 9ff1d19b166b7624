//! A set of rules by index.

/// A set of indices of a policy's rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RuleSet(Box<[u64]>);

impl RuleSet {
    /// The empty set for a policy with this number of rules.
    pub(super) fn empty(rules: usize) -> Self {
        Self(vec![0; rules.div_ceil(64)].into())
    }

    /// The set as one word; `None` if the policy has more than 64 rules.
    pub(super) fn to_word(&self) -> Option<u64> {
        (self.0.len() <= 1).then(|| self.0.first().copied().unwrap_or(0))
    }

    /// Restores the set from [`Self::to_word`].
    pub(super) fn set_word(&mut self, word: u64) {
        self.clear();
        self.0[0] = word;
    }

    pub(super) fn insert(&mut self, rule: usize) {
        self.0[rule / 64] |= 1 << (rule % 64);
    }

    pub(super) fn contains(&self, rule: usize) -> bool {
        self.0[rule / 64] & (1 << (rule % 64)) != 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn clear(&mut self) {
        self.0.fill(0);
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine |= theirs;
        }
    }

    /// Adds the rules that are in `wanted` and not in `seen`.
    pub(super) fn add_missing(&mut self, wanted: &Self, seen: &Self) {
        for ((mine, wanted), seen) in self.0.iter_mut().zip(&wanted.0).zip(&seen.0) {
            *mine |= wanted & !seen;
        }
    }

    /// The rules in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_rules() {
        let (mut wanted, mut seen, mut out) = (RuleSet::empty(130), RuleSet::empty(130), RuleSet::empty(130));
        for rule in [0, 63, 64, 129] {
            wanted.insert(rule);
        }
        seen.insert(63);
        out.insert(7);
        out.add_missing(&wanted, &seen);
        assert_eq!(out.iter().collect::<Vec<_>>(), [0, 7, 64, 129]);
        assert!(out.contains(129) && !out.contains(63));
        out.add(&seen);
        assert!(out.contains(63) && !out.is_empty());
        out.clear();
        assert!(out.is_empty());
    }
}
