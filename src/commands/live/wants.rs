//! What a policy has to do with a scan: which types it looks at, what it needs besides, what it would report.

use crate::collect::{Options, ResourceKind};
use crate::engine::evaluate;
use crate::model::{Day, Resource};
use crate::policy::{Policy, Rule};
use crate::rule::{EmptyIndex, RuleKind, Verdict};

/// The chosen rules of a policy on the day of the run.
pub(super) struct Wants {
    policy: Policy,
    chosen: Vec<bool>,
    today: Day,
}

impl Wants {
    pub(super) fn new(policy: &Policy, chosen: &[bool], today: Day) -> Self {
        Self { policy: policy.clone(), chosen: chosen.to_vec(), today }
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.policy.rules.iter().zip(&self.chosen).filter(|(_, chosen)| **chosen).map(|(rule, _)| rule)
    }

    /// Leaves out of the options what no rule looks at, and adds what rules need. False where nothing is left.
    pub(super) fn narrow(&self, options: &mut Options) -> bool {
        let concerned = |kind: &ResourceKind| self.rules().any(|rule| rule.concerns(kind.as_str()));
        options.types = options.kinds().into_iter().filter(concerned).collect();
        let of_devices = |rule: &&Rule| rule.concerns(ResourceKind::Device.as_str());
        let compares = |rule: &Rule| matches!(rule.kind, RuleKind::SameAsUser(_));
        options.users_as_context = self.rules().filter(of_devices).any(compares);
        options.account_tags = self
            .rules()
            .flat_map(|rule| [&rule.when, &rule.unless])
            .flatten()
            .any(|condition| !condition.account_tags.is_empty());
        !options.types.is_empty()
    }

    /// Whether a chosen rule would report the resource, or cannot tell, or compares it with others: then its tags have
    /// to be certain.
    pub(super) fn suspects(&self, resource: &Resource<'_>) -> bool {
        evaluate(&self.policy, resource, self.today, &EmptyIndex, false).into_iter().any(|(at, answer)| {
            self.chosen[at]
                && match (answer, &self.policy.rules[at].kind) {
                    (Verdict::Fail(_) | Verdict::Indeterminate(_), _) => true,
                    (Verdict::Pass, RuleKind::Unique(unique)) => unique.value(resource).is_some(),
                    (Verdict::Pass | Verdict::NotApplicable, _) => false,
                }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Assignment, Tag, Tags};
    use crate::policy::parse_text;

    fn wants(rules: &str) -> Wants {
        let policy = parse_text(&format!("version = 1\n{rules}")).unwrap();
        let chosen = vec![true; policy.rules.len()];
        Wants::new(&policy, &chosen, Day(jiff::civil::date(2026, 1, 1)))
    }

    fn device(tags: &[(&'static str, &'static str)], user: Assignment<'static>) -> Resource<'static> {
        let tags = tags.iter().map(|(key, value)| Tag { key: (*key).into(), value: Some((*value).into()) }).collect();
        Resource { kind: "iam:mfa".into(), tags: Tags::Read { tags, more: false.into() }, user, ..Resource::default() }
    }

    #[test]
    fn what_no_rule_looks_at_is_not_read() {
        let wants = wants("[[rule]]\nid = \"a\"\nresources = [\"iam:mfa\"]\nsame-as-user = [\"Owner\"]\n");
        let mut options = Options::default();
        assert!(wants.narrow(&mut options));
        assert_eq!((&options.types[..], options.users_as_context), (&[ResourceKind::Device][..], true));
        let mut options = Options { types: vec![ResourceKind::Pool], ..Options::default() };
        assert!(!wants.narrow(&mut options));
    }

    #[test]
    fn account_tags_are_read_for_rules_that_ask_for_them() {
        let rule =
            |when: &str| format!("[[rule]]\nid = \"a\"\nkey = \"Owner\"\nrequired = true\n[rule.when]\n{when}\n");
        for (when, wanted) in [("account-tags.Stage = \"prod\"", true), ("account-name = \"prod-*\"", false)] {
            let mut options = Options::default();
            wants(&rule(when)).narrow(&mut options);
            assert_eq!(options.account_tags, wanted, "{when}");
        }
    }

    #[test]
    fn what_would_be_reported_or_is_compared_is_read_directly() {
        let user = || Assignment::User("arn:aws:iam::111122223333:user/a".into());
        let owner = "[[rule]]\nid = \"a\"\nkey = \"Owner\"\nrequired = true\n";
        for (rules, tags, user, suspect) in [
            (owner, &[][..], Assignment::Unassigned, true),
            (owner, &[("Owner", "x")], Assignment::Unassigned, false),
            ("[[rule]]\nid = \"a\"\nunique = \"Id\"\n", &[("Id", "1")], Assignment::Unassigned, true),
            ("[[rule]]\nid = \"a\"\nunique = \"Id\"\n", &[], Assignment::Unassigned, false),
            ("[[rule]]\nid = \"a\"\nsame-as-user = [\"Owner\"]\n", &[("Owner", "x")], user(), true),
            ("[[rule]]\nid = \"a\"\nsame-as-user = [\"Owner\"]\n", &[("Owner", "x")], Assignment::Unassigned, false),
        ] {
            assert_eq!(wants(rules).suspects(&device(tags, user)), suspect, "{rules} {tags:?}");
        }
    }
}
