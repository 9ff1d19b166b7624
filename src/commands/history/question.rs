//! The question of a history: a key, with or without a policy, or a rule.

use crate::base::{nearest, quote};
use crate::cli::{Global, HistoryArgs, PolicyArgs};
use crate::commands::Failure;
use crate::commands::inputs::{found_policy, note, policy};
use crate::engine::evaluate;
use crate::history::Observed;
use crate::model::{Day, Resource, TagLookup};
use crate::policy::{Policy, PolicySource, load, parse_text};
use crate::rule::{ResourceIndex, Verdict, ViolationKind};

/// A policy whose rule compares no resources, for a question that needs no policy.
const NO_COMPARISON: &str = "version = 1\n[[rule]]\nid = \"key\"\nkey = \"Key\"\nrequired = true\n";

/// A question about every resource.
pub(super) struct Question {
    policy: Policy,
    subject: Subject,
}

enum Subject {
    /// The key must be present.
    Key(String),
    /// The rules of the policy judge the key.
    JudgedKey(String),
    /// The rule with this index.
    Rule(usize),
}

impl Question {
    /// The question that the arguments ask. The name of a rule takes precedence over a key.
    pub(super) fn new(args: &HistoryArgs, global: &Global) -> Result<Self, Failure> {
        let name = args.question.clone();
        if name.is_empty() {
            return Err(Failure::new("the key is empty").help("name a tag key, an ARN or a rule"));
        }
        if args.policy.is_empty() {
            if !global.quiet {
                note_rule(&name);
            }
            let policy = parse_text(NO_COMPARISON).map_err(|_| Failure::new("the policy of a key is not valid"))?;
            return Ok(Self { policy, subject: Subject::Key(name) });
        }
        let policy = policy(&PolicyArgs { policy: args.policy.clone() }, global)?;
        if let Some(at) = policy.rules.iter().position(|rule| rule.id == name) {
            return Ok(Self { policy, subject: Subject::Rule(at) });
        }
        if !policy.declared.has(&name, false) {
            let ids = policy.rules.iter().map(|rule| rule.id.as_str());
            let help = nearest(&name, ids).map_or_else(
                || "leave out --policy to ask which resources do not have the key at all".to_owned(),
                |meant| format!("did you mean the rule {meant}?"),
            );
            return Err(
                Failure::new(format!("the policy has no rule {0}, and none about a key {0}", quote(&name))).help(help)
            );
        }
        Ok(Self { policy, subject: Subject::JudgedKey(name) })
    }

    /// The policy, for the index of the resources that its rules compare.
    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// `key` or `rule`.
    pub(super) fn about(&self) -> &'static str {
        if matches!(self.subject, Subject::Rule(_)) { "rule" } else { "key" }
    }

    /// The answer for a resource on a day, with the problem if there is one.
    pub(super) fn judge(&self, resource: &Resource<'_>, day: Day, index: &dyn ResourceIndex) -> (Observed, String) {
        let fold = resource.tag_limits().folds_case;
        match &self.subject {
            Subject::Key(key) => match resource.tags.find(key, fold) {
                TagLookup::Present(_) => (Observed::Right, String::new()),
                TagLookup::Absent => (Observed::Wrong, ViolationKind::Missing.name().to_owned()),
                TagLookup::Unknown => (Observed::Unknown, String::new()),
            },
            Subject::JudgedKey(key) => {
                let same = |other: &Option<std::borrow::Cow<'_, str>>| {
                    other.as_deref().is_some_and(|other| other == key || (fold && crate::aws::same_key(other, key)))
                };
                self.verdicts(resource, day, index, |_| true, |named, found| same(named) || same(found))
            }
            Subject::Rule(at) => self.verdicts(resource, day, index, |rule| rule == *at, |_, _| true),
        }
    }

    /// The result of some rules for a resource, as far as they concern the key.
    fn verdicts(
        &self,
        resource: &Resource<'_>,
        day: Day,
        index: &dyn ResourceIndex,
        is_asked: impl Fn(usize) -> bool,
        concerns: impl Fn(&Option<std::borrow::Cow<'_, str>>, &Option<std::borrow::Cow<'_, str>>) -> bool,
    ) -> (Observed, String) {
        let (mut problems, mut unknown) = (Vec::new(), false);
        for (_, verdict) in
            evaluate(&self.policy, resource, day, index, false).into_iter().filter(|(at, _)| is_asked(*at))
        {
            match verdict {
                Verdict::Fail(violations) => {
                    let own = violations.iter().filter(|one| concerns(&one.key, &one.found));
                    problems.extend(own.map(|one| one.kind.name()));
                }
                // A result without a key may concern each.
                Verdict::Indeterminate(one) => unknown |= one.key.is_none() || concerns(&one.key, &None),
                Verdict::Pass | Verdict::NotApplicable => {}
            }
        }
        problems.sort_unstable();
        problems.dedup();
        match (problems.is_empty(), unknown) {
            (false, _) => (Observed::Wrong, problems.join(", ")),
            (true, true) => (Observed::Unknown, String::new()),
            (true, false) => (Observed::Right, String::new()),
        }
    }
}

/// Prints a note if a key has the name of a rule of the policy that a check would use: a history reads no policy that
/// `--policy` does not name.
fn note_rule(name: &str) {
    let source = found_policy();
    // The commands that use the policy report its mistakes.
    if !load(&source).is_ok_and(|policy| policy.rule(name).is_some()) {
        return;
    }
    let (of, advice) = match &source {
        PolicySource::Discovered { file, .. } => {
            let file = file.display();
            (file.to_string(), format!("add --policy {file} to ask about the rule"))
        }
        _ => (
            "the built-in policy `default`".to_owned(),
            "to ask about the rule, add --policy with a file that extends \"default\"".to_owned(),
        ),
    };
    note(&format!("{} is a rule of {of}, and is read as a tag key here; {advice}", quote(name)));
}
