//! The contract in plain code: it decides each rule from its text alone, slowly.

use std::collections::{BTreeMap, BTreeSet};

use super::kinds;
use super::model::{
    Answer, Demand, PlainPolicy, PlainResource, PlainRule, ROOT, SPECIAL_ACCOUNT, SPECIAL_UNIT, Side, Source, Test,
};

/// Yes, no, or `None` if it is not known.
pub(super) type Maybe = Option<bool>;

/// A problem that a rule reports, or would report: its kind, the key in the report and the key of the tag.
pub(super) type Problem = (&'static str, String, &'static str);

/// The state of one rule before other rules are considered.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    /// `Some(false)`: the rule does not apply.
    pub(super) applies: Maybe,
    /// Problems that are certain if the rule applies.
    pub(super) problems: Vec<Problem>,
    /// Tags that may turn out to be misspelled or forbidden, if the rule applies, with the kind.
    pub(super) doubtful: Vec<(&'static str, &'static str)>,
    /// True if something that is not known could make a problem.
    pub(super) open: bool,
    /// True if the resource is of a kind that the rule is not for.
    pub(super) foreign: bool,
}

pub(super) struct Case<'a> {
    pub(super) policy: &'a PlainPolicy,
    pub(super) resource: &'a PlainResource,
    /// All resources of the input.
    pub(super) all: &'a [PlainResource],
    /// True if the resource has an ARN, so that AWS has accepted its tags.
    pub(super) exists: bool,
}

/// The answers of all rules for the resource with this number.
pub(super) fn answers(
    policy: &PlainPolicy,
    all: &[PlainResource],
    at: usize,
    exists: bool,
) -> BTreeMap<String, Answer> {
    let case = Case { policy, resource: &all[at], all, exists };
    let drafts: Vec<Draft> = policy.0.iter().map(|rule| case.draft(rule)).collect();
    let after_tags = case.after_tags(&drafts);
    let drafts: Vec<Draft> = policy
        .0
        .iter()
        .zip(&after_tags)
        .map(|(rule, draft)| match rule.demand {
            Demand::Only(_) => silenced(draft, &after_tags, &["forbidden"]),
            _ => draft.clone(),
        })
        .collect();
    let ids = policy.0.iter().map(|rule| rule.id.clone());
    ids.zip(drafts.iter().enumerate().map(|(at, _)| case.answer(at, &drafts))).collect()
}

/// The draft of a rule without the tags that rules of these drafts report in one of these ways.
fn silenced(draft: &Draft, others: &[Draft], kinds: &[&str]) -> Draft {
    let mut out = Draft { problems: Vec::new(), ..draft.clone() };
    for problem in &draft.problems {
        let certain = others.iter().any(|other| {
            other.applies == Some(true)
                && other.problems.iter().any(|(kind, _, tag)| kinds.contains(kind) && *tag == problem.2)
        });
        let possible = others.iter().filter(|other| other.applies != Some(false)).any(|other| {
            other.doubtful.iter().any(|(kind, tag)| kinds.contains(kind) && *tag == problem.2)
                || other.applies.is_none()
                    && other.problems.iter().any(|(kind, _, tag)| kinds.contains(kind) && *tag == problem.2)
        });
        match (certain, possible) {
            (true, _) => {}
            (false, true) => {
                out.open = true;
                out.doubtful.push((problem.0, problem.2));
            }
            (false, false) => out.problems.push(problem.clone()),
        }
    }
    out
}

/// The knowledge about a tag.
pub(super) enum TagState {
    Absent,
    Possible,
    /// It exists, with its value if that is known.
    Present(Option<&'static str>),
}

impl Case<'_> {
    pub(super) fn folds(&self) -> bool {
        self.resource.kind == "iam:user"
    }

    fn same(&self, a: &str, b: &str) -> bool {
        a == b || self.folds() && a.eq_ignore_ascii_case(b)
    }

    /// The tags that are known, without those of AWS.
    pub(super) fn own(&self) -> Vec<(&'static str, Option<&'static str>)> {
        let tags = self.resource.tags.iter().flatten();
        tags.filter(|(key, _)| !key.starts_with("aws:")).copied().collect()
    }

    /// Returns whether tags may exist that are not listed.
    pub(super) fn more(&self) -> bool {
        self.resource.more || self.resource.tags.is_none()
    }

    fn fits(&self, pattern: &str, key: &str) -> bool {
        match pattern.strip_suffix('*') {
            Some(start) => key.get(..start.len()).is_some_and(|head| self.same(head, start)),
            None => self.same(pattern, key),
        }
    }

    /// Returns whether the policy names this key.
    fn is_declared(&self, key: &str) -> bool {
        self.policy.0.iter().any(|rule| {
            let same = |own: &str| self.same(own, key);
            let by_demand = match &rule.demand {
                Demand::AnyOf(keys) | Demand::SameAsUser(keys) => keys.iter().any(|own| same(own)),
                Demand::Unique { key, .. } => same(key),
                Demand::Linked { equals, prefix, requires, .. } => {
                    let names = |source: &Option<Source>| matches!(source, Some(Source::Tag(own)) if same(own));
                    requires.is_some_and(same) || names(equals) || names(prefix)
                }
                _ => false,
            };
            let tests = rule.when.iter().chain(&rule.unless).flat_map(Test::keys).collect::<Vec<_>>();
            by_demand || self.is_key_of(rule, key) || tests.into_iter().any(same)
        })
    }

    /// Returns whether this key is that of a tag rule.
    pub(super) fn is_key_of(&self, rule: &PlainRule, key: &str) -> bool {
        match &rule.demand {
            Demand::Tag { key: own, .. }
            | Demand::Linked { key: own, .. }
            | Demand::ByAccount { key: own, .. }
            | Demand::ByUnit { key: own, .. }
            | Demand::Items { key: own, .. } => self.same(own, key),
            Demand::AnyCase { key: own, .. } => own.eq_ignore_ascii_case(key),
            _ => false,
        }
    }

    fn test(&self, test: &Test) -> Maybe {
        match test {
            Test::Account(start) => self.resource.account.map(|account| account.starts_with(start)),
            Test::Name(name) => self.resource.name.map(|own| own == *name),
            Test::Unit(unit) => self.units().map(|units| units.contains(unit)),
            Test::Service(service) => Some(self.resource.kind.split(':').next() == Some(service)),
            Test::Exists(key, there) => match self.tag(key) {
                TagState::Possible => None,
                TagState::Absent => Some(!there),
                TagState::Present(_) => Some(*there),
            },
            Test::Value(key, value) => self.value(key, &|own| own == *value),
            Test::Date(key, side) => self.value(key, &|own| {
                let days = match own {
                    "2026-01-01" => -1,
                    "2026-12-01T10:00:00Z" => 9,
                    "2027-01-01" => 40,
                    _ => return false,
                };
                match *side {
                    Side::Before => days < 0,
                    Side::After => days > 0,
                    Side::Within(most) => days >= 0 && days <= i64::from(most),
                }
            }),
            Test::Managed(manager) => self.managed_by(manager),
            Test::Any(all) => {
                let results: Vec<Maybe> = all.iter().map(|tests| self.all(tests)).collect();
                if results.contains(&Some(true)) {
                    Some(true)
                } else if results.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
            Test::Not(tests) => self.all(tests).map(|result| !result),
        }
    }

    /// Returns whether a tag has a value of which this is true.
    fn value(&self, key: &str, is_right: &dyn Fn(&str) -> bool) -> Maybe {
        match self.tag(key) {
            TagState::Possible => None,
            TagState::Absent => Some(false),
            TagState::Present(own) => own.map(is_right),
        }
    }

    pub(super) fn tag(&self, key: &str) -> TagState {
        let found = self.resource.tags.iter().flatten().find(|(own, _)| self.same(own, key));
        match found {
            Some((_, value)) => TagState::Present(*value),
            None if self.more() => TagState::Possible,
            None => TagState::Absent,
        }
    }

    fn all(&self, tests: &[Test]) -> Maybe {
        let results: Vec<Maybe> = tests.iter().map(|test| self.test(test)).collect();
        if results.contains(&Some(false)) {
            Some(false)
        } else if results.contains(&None) {
            None
        } else {
            Some(true)
        }
    }

    fn applies(&self, rule: &PlainRule) -> Maybe {
        let excepted = if rule.unless.is_empty() { Some(false) } else { self.all(&rule.unless) };
        match (self.all(&rule.when), excepted) {
            (Some(false), _) | (_, Some(true)) => Some(false),
            (Some(true), Some(false)) => Some(true),
            _ => None,
        }
    }

    fn draft(&self, rule: &PlainRule) -> Draft {
        let draft = match &rule.demand {
            Demand::Tag { key, required, aliases, values, no_at } => self.one(key, *required, aliases, values, *no_at),
            Demand::Linked { key, equals, prefix, requires } => self.linked(key, *equals, *prefix, *requires),
            Demand::AnyCase { key, required, values } => self.any_case(key, *required, values),
            Demand::ByAccount { key, special, other } => self.by_account(key, special, other),
            Demand::ByUnit { key, special, other } => self.by_unit(key, special, other),
            Demand::AnyOf(keys) => self.any_of(keys),
            Demand::Style => self.style(&kinds::is_capitalized),
            Demand::NamedStyle(style) => self.style(&|part| kinds::has_style(style, part)),
            Demand::Syntax => self.syntax(),
            Demand::Unique { key, in_all } => self.unique(key, *in_all),
            Demand::SameAsUser(keys) => self.same_as_user(keys),
            Demand::Items { key, .. } => self.items(key, &rule.demand),
            Demand::Every { values, no_at } => {
                let mut out = Draft { open: self.more(), ..Draft::default() };
                for (key, value) in self.own() {
                    check(key, value, values, *no_at, &mut out);
                }
                out
            }
            Demand::Forbid(keys) => self.keys("forbidden", &|key| {
                keys.iter().any(|own| self.fits(own, key) && (!own.ends_with('*') || !self.is_declared(key)))
            }),
            Demand::Only(Some(keys)) => self.keys("undeclared", &|key| !keys.iter().any(|own| self.fits(own, key))),
            Demand::Only(None) => self.keys("undeclared", &|key| !self.is_declared(key)),
            Demand::Count { .. } => Draft::default(),
        };
        Draft { applies: if draft.foreign { Some(false) } else { self.applies(rule) }, ..draft }
    }

    pub(super) fn keys(&self, kind: &'static str, bad: &dyn Fn(&str) -> bool) -> Draft {
        let problems = self.own().into_iter().filter(|(key, _)| bad(key)).map(|(key, _)| (kind, key.to_owned(), key));
        Draft { problems: problems.collect(), open: self.more(), ..Draft::default() }
    }

    pub(super) fn one(
        &self,
        key: &'static str,
        required: bool,
        aliases: &[&'static str],
        values: &[&str],
        no_at: bool,
    ) -> Draft {
        let mut out = Draft::default();
        let own = self.own();
        if let Some((found, value)) = own.iter().find(|(own, _)| self.same(own, key)) {
            if *found == key {
                check(key, *value, values, no_at, &mut out);
            } else {
                out.problems.push(("misspelled", key.to_owned(), found));
            }
            return out;
        }
        let alias = own.iter().find(|(own, _)| aliases.iter().any(|alias| self.same(alias, own)));
        let case = own.iter().find(|(own, _)| own.eq_ignore_ascii_case(key) && !self.is_declared(own));
        let near = own.iter().find(|(own, _)| required && key == "Environment" && *own == "Environmnt");
        let other = alias.or(case).or(near).map(|(own, _)| *own);
        match other {
            _ if self.more() => {
                out.open = true;
                out.doubtful.extend(other.map(|other| ("misspelled", other)));
            }
            Some(other) => out.problems.push(("misspelled", key.to_owned(), other)),
            None if required => out.problems.push(("missing", key.to_owned(), "")),
            None => {}
        }
        out
    }

    fn any_case(&self, key: &'static str, required: bool, values: &[&str]) -> Draft {
        let mut out = Draft::default();
        let found: Vec<_> = self.own().into_iter().filter(|(own, _)| own.eq_ignore_ascii_case(key)).collect();
        if found.is_empty() {
            return self.one(key, required, &[], values, false);
        }
        for (own, value) in found {
            check(own, value, values, false, &mut out);
        }
        out.open |= self.more();
        out
    }

    fn by_account(&self, key: &'static str, special: &str, other: &str) -> Draft {
        let mut out = self.one(key, false, &[], &[], false);
        let Some((_, value)) = self.own().into_iter().find(|(own, _)| *own == key) else { return out };
        let wrong = match (value, self.resource.account) {
            (Some(value), _) if value.trim().is_empty() => return out,
            (Some(value), Some(account)) => Some(value != if account == SPECIAL_ACCOUNT { special } else { other }),
            (Some(value), None) if value != special && value != other => Some(true),
            _ => None,
        };
        match wrong {
            Some(true) => out.problems.push(("value", key.to_owned(), key)),
            Some(false) => {}
            None => out.open = true,
        }
        out
    }

    /// The root and the units of the account, if the path begins at the root.
    fn units(&self) -> Option<Vec<&'static str>> {
        let units: Vec<&str> = self.resource.units?.split('/').collect();
        (units[0] == ROOT).then_some(units)
    }

    fn by_unit(&self, key: &'static str, special: &str, other: &str) -> Draft {
        let mut out = self.one(key, false, &[], &[], false);
        let Some((_, value)) = self.own().into_iter().find(|(own, _)| *own == key) else { return out };
        match (value, self.units()) {
            (Some(value), _) if value.trim().is_empty() => {}
            // Another root than that of the rule has no values, but no path of these tests has one.
            (Some(value), Some(units)) => {
                if value != if units.contains(&SPECIAL_UNIT) { special } else { other } {
                    out.problems.push(("value", key.to_owned(), key));
                }
            }
            _ => out.open = true,
        }
        out
    }

    fn any_of(&self, keys: &[&'static str]) -> Draft {
        let states: Vec<TagState> = keys.iter().map(|key| self.tag(key)).collect();
        let has_value = |state: &TagState| match state {
            TagState::Present(value) => value.is_none_or(|value| !value.trim().is_empty()),
            TagState::Absent | TagState::Possible => false,
        };
        let mut out = Draft::default();
        if states.iter().any(has_value) {
            return out;
        }
        if states.iter().any(|state| matches!(state, TagState::Possible)) {
            out.open = true;
        } else {
            out.problems.push(("any-of", keys[0].to_owned(), ""));
        }
        out
    }

    fn linked(
        &self,
        key: &'static str,
        equals: Option<Source>,
        prefix: Option<Source>,
        requires: Option<&'static str>,
    ) -> Draft {
        let mut out = self.one(key, false, &[], &[], false);
        let own = self.own();
        let Some((found, value)) = own.iter().find(|(own, _)| self.same(own, key)) else { return out };
        // `None`: the composed value is not known. An empty one is none.
        let composed = |source: Source| match source {
            Source::Name => self.resource.name,
            Source::Tag(other) => match self.tag(other) {
                TagState::Absent => Some(""),
                TagState::Possible => None,
                TagState::Present(value) => value.map(str::trim),
            },
        };
        for (source, is_whole) in [(equals, true), (prefix, false)] {
            let Some(source) = source.filter(|_| *found == key) else { continue };
            match (composed(source), value) {
                (_, Some(value)) if value.trim().is_empty() => {}
                (Some(right), Some(value)) => {
                    if !(if is_whole { right == *value } else { right.starts_with(value) }) {
                        out.problems.push(("value", key.to_owned(), key));
                    }
                }
                _ => out.open = true,
            }
        }
        match requires.map(|other| (other, self.tag(other))) {
            Some((other, TagState::Absent)) => out.problems.push(("requires", other.to_owned(), "")),
            Some((other, TagState::Present(Some(value)))) if value.trim().is_empty() => {
                out.problems.push(("requires", other.to_owned(), ""));
            }
            Some((_, TagState::Possible)) => out.open = true,
            _ => {}
        }
        out
    }

    /// The drafts once the reports of tag rules are known: they silence rules about keys.
    fn after_tags(&self, drafts: &[Draft]) -> Vec<Draft> {
        let one = |(rule, draft): (&PlainRule, &Draft)| match rule.demand {
            Demand::Forbid(_) | Demand::Only(_) | Demand::Style | Demand::NamedStyle(_) => {
                silenced(draft, drafts, &["misspelled"])
            }
            _ => draft.clone(),
        };
        self.policy.0.iter().zip(drafts).map(one).collect()
    }

    fn answer(&self, at: usize, drafts: &[Draft]) -> Answer {
        let draft = &drafts[at];
        let (problems, open) = match self.policy.0[at].demand {
            Demand::Count { max, min, reserve } => self.count(at, max, min, reserve, drafts),
            _ => (draft.problems.clone(), draft.open),
        };
        match draft.applies {
            Some(false) => Answer::NotApplicable,
            Some(true) if !problems.is_empty() => strongest(&problems),
            _ if open || !problems.is_empty() => Answer::Unknown,
            _ => Answer::Pass,
        }
    }

    fn count(
        &self,
        at: usize,
        max: Option<usize>,
        min: Option<usize>,
        reserve: Option<usize>,
        drafts: &[Draft],
    ) -> (Vec<Problem>, bool) {
        let (n, more) = (self.own().len(), self.more());
        let problem = |kind| (vec![(kind, String::new(), "")], false);
        if max.is_some_and(|max| n > max) {
            return problem("too-many");
        }
        if !more && min.is_some_and(|min| n < min) {
            return problem("too-few");
        }
        // Too many tags by another rule: `Some(false)` if none can report them.
        let by_another = self.policy.0.iter().zip(drafts).enumerate().filter(|(other, _)| *other != at);
        let too_many = by_another.map(|(_, (rule, draft))| match (&rule.demand, draft.applies) {
            (_, Some(false)) => Some(false),
            (Demand::Count { max: Some(max), .. }, applies) if n > *max => applies,
            (Demand::Count { max: Some(_), .. }, _) if more => None,
            _ => Some(false),
        });
        let too_many: BTreeSet<Maybe> = too_many.collect();
        let silent = too_many.contains(&Some(true));
        let lacks_room = reserve.is_some_and(|reserve| max.unwrap_or(50).saturating_sub(n) < reserve);
        if lacks_room && !silent {
            return if too_many.contains(&None) { (Vec::new(), true) } else { problem("headroom") };
        }
        let open = max.is_some() || reserve.is_some() && !silent || min.is_some_and(|min| n < min);
        (Vec::new(), more && open)
    }
}

/// Checks one value.
fn check(key: &'static str, value: Option<&str>, values: &[&str], no_at: bool, out: &mut Draft) {
    let kind = match value {
        None => {
            out.open |= !values.is_empty() || no_at;
            return;
        }
        Some(value) if value.trim().is_empty() => "empty",
        Some(value) if !values.is_empty() && !values.contains(&value) => "value",
        Some(value) if no_at && value.contains('@') => "pattern",
        Some(_) => return,
    };
    out.problems.push((kind, key.to_owned(), key));
}

fn strongest(problems: &[Problem]) -> Answer {
    Answer::fail(problems.iter().map(|(kind, key, _)| (*kind, key.as_str())))
}
