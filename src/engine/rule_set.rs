//! A set of rules, by their places in the policy.

/// A set of small numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RuleSet(Box<[u64]>);

impl RuleSet {
    /// No rule of a policy of so many.
    pub(super) fn none(rules: usize) -> Self {
        Self(vec![0; rules.div_ceil(64)].into())
    }

    /// The set as one word, and whether that is the whole of it.
    pub(super) fn first_word(&self) -> (u64, bool) {
        (self.0.first().copied().unwrap_or(0), self.0.len() <= 1)
    }

    /// Makes it the set of a policy of up to 64 rules that was kept as one word.
    pub(super) fn set_word(&mut self, word: u64) {
        self.clear();
        self.0[0] = word;
    }

    pub(super) fn insert(&mut self, rule: usize) {
        self.0[rule / 64] |= 1 << (rule % 64);
    }

    pub(super) fn has(&self, rule: usize) -> bool {
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

    /// Adds what `wanted` has and `seen` has not.
    pub(super) fn add_missing(&mut self, wanted: &Self, seen: &Self) {
        for ((mine, wanted), seen) in self.0.iter_mut().zip(&wanted.0).zip(&seen.0) {
            *mine |= wanted & !seen;
        }
    }

    /// The rules, in order.
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
        let (mut wanted, mut seen, mut out) = (RuleSet::none(130), RuleSet::none(130), RuleSet::none(130));
        for rule in [0, 63, 64, 129] {
            wanted.insert(rule);
        }
        seen.insert(63);
        out.insert(7);
        out.add_missing(&wanted, &seen);
        assert_eq!(out.iter().collect::<Vec<_>>(), [0, 7, 64, 129]);
        assert!(out.has(129) && !out.has(63));
        out.add(&seen);
        assert!(out.has(63) && !out.is_empty());
        out.clear();
        assert!(out.is_empty());
    }
}
