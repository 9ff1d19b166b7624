//! The tests of the values of one key. Of hundreds of rules, many are on the same few keys, with the same pattern or with
//! other bounds on the length: one test tells that all of these accept a value.

use crate::engine::rule_set::RuleSet;
use crate::policy::Policy;
use crate::rule::{Check as _, ValueTest};

/// The number of tests that a rule is compared with, so that a hostile policy costs little.
const COMPARED: usize = 16;

/// Rules on the values of a key.
pub(super) struct KeyTest {
    pub(super) rules: Vec<usize>,
    /// `rules` as a set.
    pub(super) set: RuleSet,
    /// A test that accepts what all of them accept; `None` for one rule.
    pub(super) shared: Option<ValueTest>,
}

/// The tests of the rules on a key. If they share none, each rule has its own.
pub(super) fn key_tests(policy: &Policy, rules: &[usize], share: bool) -> Vec<KeyTest> {
    let mut out: Vec<KeyTest> = Vec::new();
    for &rule in rules {
        let own = share.then(|| policy.rules[rule].kind.value_test()).flatten();
        let both = |test: &KeyTest| test.shared.as_ref()?.and(own.as_ref()?);
        let shared = out.iter_mut().take(COMPARED).find_map(|test| both(test).map(|both| (test, both)));
        if let Some((test, both)) = shared {
            test.rules.push(rule);
            test.set.insert(rule);
            test.shared = Some(both);
        } else {
            let mut set = RuleSet::empty(policy.rules.len());
            set.insert(rule);
            out.push(KeyTest { rules: vec![rule], set, shared: own });
        }
    }
    out.iter_mut().filter(|test| test.rules.len() == 1).for_each(|test| test.shared = None);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Day;
    use crate::policy::parse_text;

    #[test]
    fn a_shared_test_accepts_what_all_of_its_rules_accept() {
        let fields = [
            "min-length = 2",
            "max-length = 4",
            "min-length = 3\nmax-length = 9",
            "values = [\"a*\", \"bcd\"]",
            "values = [\"a*\", \"bcd\"]\nmax-length = 3",
            "values = [\"a*\"]",
            "pattern = '[a-c]+'",
            "pattern = '[a-c]+'\nmin-length = 2",
            "not-pattern = '[a-c]+'",
            "allow-empty = true",
            "separator = \":\"\nmax-length = 2",
            "separator = \":\"\nmax-length = 2",
            "format = \"integer\"\nmax = 50",
            "format = \"integer\"\nmax = 500",
            "format = \"integer\"\nmax = 50\nmax-length = 1",
        ];
        let mut text = "version = 1\n".to_owned();
        // The rules of a policy are in the order of their ids.
        for (at, fields) in fields.iter().enumerate() {
            text += &format!("[[rule]]\nid = \"r{at:02}\"\nkey = \"K\"\n{fields}\n");
        }
        let policy = parse_text(&text).unwrap();
        let all: Vec<usize> = (0..fields.len()).collect();
        let tests = key_tests(&policy, &all, true);
        let rules: Vec<&[usize]> = tests.iter().map(|test| &*test.rules).collect();
        let want: [&[usize]; 10] = [&[0, 1, 2], &[3, 4], &[5], &[6, 7], &[8], &[9], &[10], &[11], &[12, 14], &[13]];
        assert_eq!(rules, want);
        let day = Day::parse("2026-11-22").unwrap();
        for value in ["", " ", "a", "ab", "abc", "abcd", "bcd", "b", "bb", "7", "70", "700", "é", "éééé", "aaaaaaaaaa"]
        {
            for test in &tests {
                let accepts = |rule: &usize| policy.rules[*rule].kind.value_test().unwrap().accepts(value, day);
                let shared = test.shared.as_ref().map(|shared| shared.accepts(value, day));
                let want = (test.rules.len() > 1).then(|| test.rules.iter().all(accepts));
                assert_eq!(shared, want, "{:?} on {value:?}", test.rules);
            }
        }
        let alone = key_tests(&policy, &all, false);
        assert!(alone.len() == fields.len() && alone.iter().all(|test| test.shared.is_none()));
    }
}
