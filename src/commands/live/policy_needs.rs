//! The needs of a policy: the resource types, the data for comparisons, and the resources that it would report.

use crate::aws::supported::{self, SupportedType};
use crate::collect::{ACCOUNT_TYPE, CollectOptions, IndexedTypes};
use crate::engine::evaluate;
use crate::model::{Day, Resource};
use crate::policy::{Policy, Rule};
use crate::rule::{Check as _, Comparison, EmptyIndex, Verdict};

/// The needs of the selected rules of a policy on the day of the run.
pub(super) struct PolicyNeeds {
    policy: Policy,
    chosen: Vec<bool>,
    today: Day,
}

impl PolicyNeeds {
    pub(super) fn new(policy: &Policy, chosen: &[bool], today: Day) -> Self {
        Self { policy: policy.clone(), chosen: chosen.to_vec(), today }
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.policy.rules.iter().zip(&self.chosen).filter(|(_, chosen)| **chosen).map(|(rule, _)| rule)
    }

    /// Removes types that no rule applies to from the options, and adds the types and tags that rules compare with. If no
    /// flag selects types, those that a rule names are read besides the usual ones. Returns `false` if no type is left.
    pub(super) fn narrow(&self, options: &mut CollectOptions) -> bool {
        let concerned = |each: &&SupportedType| self.rules().any(|rule| rule.concerns(each.name));
        let is_named = |each: &SupportedType| self.rules().any(|rule| rule.resources.name(each.name));
        let chosen = |each: &&SupportedType| {
            let usual = options.types.is_empty() && !options.accounts_as_resources && options.indexed_types.is_none();
            if usual { each.by_default || is_named(each) } else { options.types.contains(each) }
        };
        options.types = supported::ALL.into_iter().filter(chosen).filter(concerned).collect();
        let indexed = options.indexed_types.take();
        let is_view = options.view.is_some();
        let indexed = indexed.map(|types| types.only(|kind| self.rules().any(|rule| rule.concerns(kind))));
        let is_left = |types: &IndexedTypes| types.rows().next().is_some() || is_view && types.kinds().next().is_some();
        options.indexed_types = indexed.filter(is_left);
        let compared = |each: &&SupportedType| {
            let compares =
                |rule: &Rule| rule.kind.comparison() == Comparison::DeviceAndUser && rule.concerns(each.name);
            each.assigned_to_user && self.rules().any(compares)
        };
        let compares_with_users = options.types.iter().any(compared);
        let users = supported::ALL.into_iter().filter(|each| compares_with_users && each.is_user);
        options.context_types = users.collect();
        // Account tags cost one call for each account, so they are read only for rules that ask for them.
        options.account_tags = self.rules().any(|rule| {
            rule.kind.reads_account_tags() || rule.conditions().iter().any(|each| !each.account_tags.is_empty())
        });
        options.accounts_as_resources &= self.rules().any(|rule| rule.concerns(ACCOUNT_TYPE));
        options.account_tags |= options.accounts_as_resources;
        !options.types.is_empty() || options.accounts_as_resources || options.indexed_types.is_some()
    }

    /// Returns `true` if a selected rule would report the resource, has an unknown verdict, or compares it with other
    /// resources: its tags must then be current.
    pub(super) fn needs_direct_read(&self, resource: &Resource<'_>) -> bool {
        evaluate(&self.policy, resource, self.today, &EmptyIndex, false).into_iter().any(|(at, answer)| {
            self.chosen[at]
                && match answer {
                    Verdict::Fail(_) | Verdict::Indeterminate(_) => true,
                    // Another resource may turn out to have the same value.
                    Verdict::Pass => self.policy.rules[at].kind.unique_value(resource).is_some(),
                    Verdict::NotApplicable => false,
                }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::supported;
    use crate::model::{DeviceAssignment, Tag, Tags};
    use crate::policy::parse_text;

    fn needs(rules: &str) -> PolicyNeeds {
        let policy = parse_text(&format!("version = 1\n{rules}")).unwrap();
        let chosen = vec![true; policy.rules.len()];
        PolicyNeeds::new(&policy, &chosen, Day(jiff::civil::date(2026, 1, 1)))
    }

    fn device(tags: &[(&'static str, &'static str)], user: DeviceAssignment<'static>) -> Resource<'static> {
        let tags = tags.iter().map(|(key, value)| Tag { key: (*key).into(), value: Some((*value).into()) }).collect();
        Resource { kind: "iam:mfa".into(), tags: Tags::Read { tags, more: false.into() }, user, ..Resource::default() }
    }

    #[test]
    fn types_without_rules_are_not_read() {
        let needs = needs("[[rule]]\nid = \"a\"\nresources = [\"iam:mfa\"]\nsame-as-user = [\"Owner\"]\n");
        let [device, user, pool] =
            ["iam:mfa", "iam:user", "cognito-idp:userpool"].map(|name| supported::by_name(name).unwrap());
        let mut options = CollectOptions::default();
        assert!(needs.narrow(&mut options));
        assert_eq!((&options.types[..], &options.context_types[..]), (&[device][..], &[user][..]));
        let mut options = CollectOptions { types: vec![pool], ..CollectOptions::default() };
        assert!(!needs.narrow(&mut options));
    }

    #[test]
    fn account_tags_are_read_for_rules_that_ask_for_them() {
        let rule =
            |when: &str| format!("[[rule]]\nid = \"a\"\nkey = \"Owner\"\nrequired = true\n[rule.when]\n{when}\n");
        for (when, wanted) in [
            ("account = \"*\"\n[rule.values-by.account-tags.Stage]\nprod = [\"a\"]", true),
            ("account = \"*\"\n[[rule]]\nid = \"b\"\nkey = \"B\"\nequals = \"{account-tags.Stage}\"", true),
            ("account = \"*\"\n[rule.values-by.account-ou]\nr-ab12 = [\"a\"]", false),
            ("account-tags.Stage = \"prod\"", true),
            ("any = [{ name = \"a\" }, { not = { account-tags.Stage = \"prod\" } }]", true),
            ("account-name = \"prod-*\"", false),
        ] {
            let mut options = CollectOptions::default();
            needs(&rule(when)).narrow(&mut options);
            assert_eq!(options.account_tags, wanted, "{when}");
        }
    }

    #[test]
    fn resources_that_would_be_reported_or_are_compared_are_read_directly() {
        let user = || DeviceAssignment::User("arn:aws:iam::111122223333:user/a".into());
        let owner = "[[rule]]\nid = \"a\"\nkey = \"Owner\"\nrequired = true\n";
        for (rules, tags, user, suspect) in [
            (owner, &[][..], DeviceAssignment::Unassigned, true),
            (owner, &[("Owner", "x")], DeviceAssignment::Unassigned, false),
            ("[[rule]]\nid = \"a\"\nunique = \"Id\"\n", &[("Id", "1")], DeviceAssignment::Unassigned, true),
            ("[[rule]]\nid = \"a\"\nunique = \"Id\"\n", &[], DeviceAssignment::Unassigned, false),
            ("[[rule]]\nid = \"a\"\nsame-as-user = [\"Owner\"]\n", &[("Owner", "x")], user(), true),
            (
                "[[rule]]\nid = \"a\"\nsame-as-user = [\"Owner\"]\n",
                &[("Owner", "x")],
                DeviceAssignment::Unassigned,
                false,
            ),
        ] {
            assert_eq!(needs(rules).needs_direct_read(&device(tags, user)), suspect, "{rules} {tags:?}");
        }
    }
}
