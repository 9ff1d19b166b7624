//! The resources of a target by verdict, and the limits of the share that complies.

/// The resources to which a rule of a target applies or may apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct TargetCounts {
    /// Those that comply with every rule that applies.
    pub compliant: u64,
    /// Those that comply, and that may not exist or to which no rule may apply.
    pub uncertain: u64,
    /// Those that violate no rule as far as known, with an unknown result.
    pub unknown: u64,
    /// Those that violate a rule, waived or not.
    pub violating: u64,
}

impl TargetCounts {
    /// Number of resources.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.compliant + self.uncertain + self.unknown + self.violating
    }

    /// Adds other counts.
    pub(in crate::engine) fn add(&mut self, other: &Self) {
        self.compliant += other.compliant;
        self.uncertain += other.uncertain;
        self.unknown += other.unknown;
        self.violating += other.violating;
    }

    /// The greatest possible share: everything that may comply exists and does.
    #[must_use]
    pub fn best(&self) -> Share {
        Share { part: self.compliant + self.uncertain + self.unknown, whole: self.all() }
    }

    /// The least possible share: nothing that is uncertain exists, and nothing that is unknown complies.
    #[must_use]
    pub fn worst(&self) -> Share {
        Share { part: self.compliant, whole: self.all() - self.uncertain }
    }
}

/// A share of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// The whole, which may be 0.
    pub whole: u64,
}

impl Share {
    /// True if the share is at least this one, in hundredths of a percent. A share of nothing is.
    #[must_use]
    pub fn reaches(self, hundredths: u64) -> bool {
        u128::from(self.part) * 10_000 >= u128::from(hundredths) * u128::from(self.whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_widens_the_share() {
        for (counts, best, worst) in [
            ((95, 0, 0, 5), (95, 100), (95, 100)),
            ((90, 0, 5, 5), (95, 100), (90, 100)),
            ((90, 5, 0, 5), (95, 100), (90, 95)),
            ((0, 3, 0, 0), (3, 3), (0, 0)),
        ] {
            let (compliant, uncertain, unknown, violating) = counts;
            let counts = TargetCounts { compliant, uncertain, unknown, violating };
            let pair = |share: Share| (share.part, share.whole);
            assert_eq!((pair(counts.best()), pair(counts.worst())), (best, worst), "{counts:?}");
        }
        let share = |part, whole| Share { part, whole };
        assert!(share(95, 100).reaches(9500) && !share(94_999, 100_000).reaches(9500));
        assert!(share(0, 0).reaches(10_000) && !share(u64::MAX - 1, u64::MAX).reaches(10_000));
    }
}
