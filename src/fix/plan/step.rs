//! The step that fixes one finding, or the reason why there is none.

use std::collections::BTreeMap;

use super::model::{ChangeReason, NotFixed, Override, Overrides, Rejection, Rename};
use super::planned_state::PlannedState;
use crate::base::quote;
use crate::engine::HiddenTags;
use crate::model::{Day, DeviceAssignment, Resource, TagLookup};
use crate::policy::{Policy, Rule};
use crate::rule::{Check as _, DeclaredKeys, DefaultFrom, Repair, RuleKind, TagDefault, Violation};

/// The tag changes that fix one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) reason: ChangeReason,
    /// The existing key.
    pub(super) found: Option<String>,
    pub(super) set: BTreeMap<String, String>,
    pub(super) remove: Vec<String>,
    pub(super) rename: Option<Rename>,
}

fn reject<T>(reason: impl Into<String>) -> Result<T, Rejection> {
    Err(Rejection::new(reason))
}

/// The context in which steps are built.
#[derive(Clone, Copy)]
pub(super) struct StepBuilder<'a> {
    pub(super) policy: &'a Policy,
    pub(super) today: Day,
    pub(super) overrides: &'a Overrides,
    pub(super) state: &'a PlannedState,
}

impl StepBuilder<'_> {
    /// Returns the step that fixes a finding.
    pub(super) fn step(
        self,
        rule: &Rule,
        violation: &Violation<'_>,
        resource: &Resource<'_>,
        hidden: &HiddenTags<'_>,
    ) -> Result<Step, Rejection> {
        let mut step = Step {
            reason: reason_of(rule, violation),
            found: violation.found.as_deref().map(str::to_owned),
            set: BTreeMap::new(),
            remove: Vec::new(),
            rename: None,
        };
        let marks = |key: &str| resource.origin.as_ref().is_some_and(|origin| origin.marks(key));
        if violation.found.as_deref().is_some_and(marks) {
            return reject("its source marks the value as sensitive; change it there");
        }
        let quoted = violation.quoted.iter().filter_map(|at| resource.tags.known().get(*at));
        if quoted.into_iter().any(|tag| marks(&tag.key)) {
            return reject("its value is composed of one that its source marks as sensitive; change it there");
        }
        if violation.quoted.iter().any(|tag| hidden.contains(*tag)) {
            return reject(
                "its value is composed of one that fails a rule with `sensitive = true`; fix that tag first",
            );
        }
        match rule.kind.repair(violation.kind) {
            Repair::Rename => self.rename(&rule.kind, violation, resource, &mut step)?,
            Repair::SetDefault => {
                let composed =
                    rule.kind.tag_default().is_none_or(|tag| tag.default.is_none() && tag.default_from.is_none());
                let composed = violation.suggestion.as_ref().filter(|_| composed);
                let value = match composed.and_then(|suggestion| suggestion.set.values().next()) {
                    Some(value) => value.clone(),
                    None => self.default_of(&rule.kind, resource)?,
                };
                step.set.insert(violation.key.as_deref().unwrap_or_default().to_owned(), value);
            }
            Repair::Rewrite => self.rewrite(&rule.kind, violation, resource, &mut step)?,
            Repair::Remove => {
                self.require(Override::AllowRemove, "the tag would be removed")?;
                step.remove.extend(violation.found.as_deref().map(str::to_owned));
            }
            Repair::CopyFromUser => {
                let Some(suggestion) = &violation.suggestion else { return reject("the value of its user is unknown") };
                if violation.found.is_some() {
                    self.require(Override::AllowOverwrite, "the user's value would overwrite the device's")?;
                }
                step.set.clone_from(&suggestion.set);
                respell(&mut step, violation, resource);
            }
            Repair::None(reason) => return reject(reason),
        }
        Ok(step)
    }

    /// Returns the steps of `--set` for tags that do not have the value yet.
    pub(super) fn set(
        self,
        tags: &BTreeMap<String, String>,
        resource: &Resource<'_>,
        not_fixed: &mut Vec<NotFixed>,
    ) -> Vec<Step> {
        let mut out = Vec::new();
        for (key, value) in tags {
            let found = match resource.tags.find(key, resource.tag_limits().folds_case) {
                TagLookup::Present(at) => Some(&resource.tags.known()[at]),
                TagLookup::Absent | TagLookup::Unknown => None,
            };
            if found.is_some_and(|tag| tag.key.as_str() == key && tag.value.as_deref() == Some(value)) {
                continue;
            }
            let reason = ChangeReason { rule: None, key: key.clone(), kind: "set".to_owned() };
            let other = found.filter(|tag| tag.value.as_deref() != Some(value));
            let refused = other.and_then(|tag| {
                let what = format!("{} would overwrite {}", quote(value), quote(tag.value.as_deref().unwrap_or("")));
                self.require(Override::AllowOverwrite, &what).err()
            });
            let found = found.map(|tag| tag.key.to_string());
            match refused {
                None => out.push(Step {
                    reason,
                    rename: found.clone().filter(|from| from != key).map(|from| Rename {
                        from,
                        to: key.clone(),
                        // The user named the key, so this rename is no guess.
                        guess: false,
                    }),
                    found,
                    set: BTreeMap::from([(key.clone(), value.clone())]),
                    remove: Vec::new(),
                }),
                Some(rejection) => not_fixed.push(NotFixed::new(resource, reason, found, rejection)),
            }
        }
        out
    }

    /// Rejects a step unless the user gave a flag.
    fn require(self, flag: Override, effect: &str) -> Result<(), Rejection> {
        if self.overrides.contains(&flag) {
            return Ok(());
        }
        Err(Rejection { reason: format!("{effect}; {} permits it", flag.flag()), overridable_by: Some(flag) })
    }

    /// Renames a misspelled key. The value is kept, and the rule must accept it.
    fn rename(
        self,
        rule: &RuleKind,
        violation: &Violation<'_>,
        resource: &Resource<'_>,
        step: &mut Step,
    ) -> Result<(), Rejection> {
        let (key, found) =
            (violation.key.as_deref().unwrap_or_default(), violation.found.as_deref().unwrap_or_default());
        let (fold, declared) = (resource.tag_limits().folds_case, &self.policy.declared);
        let relation = rule.relation_to(found, fold, declared);
        let certain = relation.is_some_and(|relation| relation.certain(key, found));
        if let Some(other) = rival(rule, key, found, resource, declared) {
            return reject(format!(
                "{} and {} may both mean this key and have different values",
                quote(found),
                quote(other)
            ));
        }
        if !certain {
            let what = format!("renaming {} to {} is a guess", quote(found), quote(key));
            self.require(Override::AllowGuess, &what)?;
        }
        let Some(suggestion) = &violation.suggestion else {
            return reject(format!("the rule would reject the value of {}", quote(found)));
        };
        step.set.clone_from(&suggestion.set);
        step.remove.clone_from(&suggestion.remove);
        step.rename = Some(Rename { from: found.to_owned(), to: key.to_owned(), guess: !certain });
        Ok(())
    }

    /// Corrects a value, or replaces it by the default if overwriting is permitted.
    fn rewrite(
        self,
        rule: &RuleKind,
        violation: &Violation<'_>,
        resource: &Resource<'_>,
        step: &mut Step,
    ) -> Result<(), Rejection> {
        if let Some(suggestion) = &violation.suggestion {
            step.set.clone_from(&suggestion.set);
            return Ok(());
        }
        let found = violation.found.as_deref().unwrap_or_default();
        if rule.tag_default().is_none_or(|tag| tag.default.is_none() && tag.default_from.is_none()) {
            return reject("the right value is not certain");
        }
        let value = self.default_of(rule, resource)?;
        self.require(Override::AllowOverwrite, &format!("{} would overwrite the value", quote(&value)))?;
        step.set.insert(found.to_owned(), value);
        Ok(())
    }

    /// Returns the value for a missing tag: that of the user or account, else the rule's default.
    fn default_of(self, rule: &RuleKind, resource: &Resource<'_>) -> Result<String, Rejection> {
        let Some(tag) = rule.tag_default() else { return reject("the rule has no default") };
        let value = match tag.default_from {
            None => Err("the rule has no default".to_owned()),
            Some(DefaultFrom::User) => self.of_user(tag.key, resource),
            Some(DefaultFrom::Account) => of_account(tag.key, resource),
        };
        let value = value.and_then(|value| {
            if rule.accepts(&value, &resource.tag_limits(), self.today) {
                Ok(value)
            } else {
                Err(format!("the rule would reject {}, the value found there", quote(&value)))
            }
        });
        match (value, tag.default) {
            (Ok(value), _) => Ok(value),
            (Err(_), Some(default)) => Ok(default.to_owned()),
            (Err(reason), None) => reject(reason),
        }
    }

    /// Returns the value of the user that an MFA device is assigned to, as the plan leaves it.
    fn of_user(self, key: &str, resource: &Resource<'_>) -> Result<String, String> {
        let DeviceAssignment::User(arn) = &resource.user else {
            return Err("it is assigned to no user that the value could come from".to_owned());
        };
        let user = self.state.user_of(arn).ok_or("its user is not in the input")?;
        match user.tags.find(key, user.tag_limits().folds_case) {
            TagLookup::Present(at) => match user.tags.known()[at].value.as_deref() {
                Some(value) => Ok(value.to_owned()),
                None => Err("the value of its user is unknown".to_owned()),
            },
            TagLookup::Absent => Err("its user has no such tag".to_owned()),
            TagLookup::Unknown => Err("the tags of its user could not be read".to_owned()),
        }
    }
}

fn of_account(key: &str, resource: &Resource<'_>) -> Result<String, String> {
    let tags = resource.account_tags.as_ref().ok_or("the tags of its account could not be read")?;
    let found = tags.iter().find(|(name, _)| name.as_str() == key);
    found.map(|(_, value)| value.to_string()).ok_or_else(|| "its account has no such tag".to_owned())
}

/// Keeps the existing spelling of a key if the service ignores case.
fn respell(step: &mut Step, violation: &Violation<'_>, resource: &Resource<'_>) {
    let Some(found) = violation.found.as_deref().filter(|_| resource.tag_limits().folds_case) else { return };
    if let Some((_, value)) = step.set.pop_first() {
        step.set.insert(found.to_owned(), value);
    }
}

/// Returns another key that would be renamed to the same key and has another value.
fn rival<'r>(
    rule: &RuleKind,
    own_key: &str,
    found: &str,
    resource: &'r Resource<'_>,
    declared: &DeclaredKeys,
) -> Option<&'r str> {
    let fold = resource.tag_limits().folds_case;
    let value =
        |key: &str| resource.tags.known().iter().find(|tag| tag.key.as_str() == key).and_then(|t| t.value.clone());
    let own = value(found);
    let sure = |key: &str| rule.relation_to(key, fold, declared).is_some_and(|how| how.certain(own_key, key));
    let others = resource.tags.known().iter().filter(|other| other.key.as_str() != found && other.value != own);
    others.map(|other| other.key.as_str()).find(|key| sure(key))
}

/// Returns the rule's own key and a misspelled one, if both exist.
pub(super) fn ambiguous_spelling<'r>(
    rule: &'r Rule,
    resource: &'r Resource<'_>,
    declared: &DeclaredKeys,
) -> Option<(&'r str, &'r str)> {
    let TagDefault { key, literal, .. } = rule.kind.tag_default()?;
    let fold = resource.tag_limits().folds_case;
    if !literal || !matches!(resource.tags.find(key, fold), TagLookup::Present(_)) {
        return None;
    }
    let meant = |other: &&str| {
        *other != key && rule.kind.relation_to(other, fold, declared).is_some_and(|how| how.certain(key, other))
    };
    let keys: Vec<&str> = resource.tags.known().iter().map(|tag| tag.key.as_str()).collect();
    // The key exists only in another spelling that the service treats as the same, which is no ambiguity.
    if !keys.contains(&key) {
        return None;
    }
    keys.into_iter().filter(meant).min().map(|other| (key, other))
}

/// Returns the reason for fixing a violation.
pub(super) fn reason_of(rule: &Rule, violation: &Violation<'_>) -> ChangeReason {
    let key = violation.key.as_deref().or(violation.found.as_deref()).unwrap_or_default();
    ChangeReason { rule: Some(rule.id.clone()), key: key.to_owned(), kind: violation.kind.name().to_owned() }
}
