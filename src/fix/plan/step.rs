//! From one finding to what would settle it: a step, or the reason why there is none.

use std::collections::BTreeMap;

use super::model::{Ask, Permit, Rename};
use super::world::PlannedState;
use crate::base::quote;
use crate::model::{Assignment, Day, Resource, TagLookup};
use crate::policy::{Policy, Rule};
use crate::rule::{Check as _, Declared, DefaultFrom, Repair, RuleKind, TagDefault, Violation};

/// What flags let a plan do.
#[derive(Debug, Clone, Default)]
#[allow(clippy::struct_excessive_bools)] // each is a flag of its own
pub struct Permits {
    /// Rename a key that is only near: `--allow-guess`.
    pub guess: bool,
    /// Remove a tag: `--allow-remove`.
    pub remove: bool,
    /// Write another value over one that is there: `--allow-overwrite`.
    pub overwrite: bool,
}

impl Permits {
    fn refuse(&self, permit: Permit) -> bool {
        match permit {
            Permit::AllowGuess => !self.guess,
            Permit::AllowRemove => !self.remove,
            Permit::AllowOverwrite => !self.overwrite,
            Permit::AllowManaged | Permit::AllowAccessChange => false,
        }
    }
}

/// What would settle one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) ask: Ask,
    /// The key that is there.
    pub(super) found: Option<String>,
    pub(super) set: BTreeMap<String, String>,
    pub(super) remove: Vec<String>,
    pub(super) rename: Option<Rename>,
}

/// Why a finding has no step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct No {
    pub(super) reason: String,
    pub(super) permit: Option<Permit>,
}

fn no<T>(reason: impl Into<String>) -> Result<T, No> {
    Err(No { reason: reason.into(), permit: None })
}

/// What a finding may be settled with.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) policy: &'a Policy,
    pub(super) today: Day,
    pub(super) permits: &'a Permits,
    pub(super) world: &'a PlannedState,
}

impl Means<'_> {
    /// The step that settles a finding.
    pub(super) fn step(self, rule: &Rule, violation: &Violation<'_>, resource: &Resource<'_>) -> Result<Step, No> {
        let mut step = Step {
            ask: ask(rule, violation),
            found: violation.found.as_deref().map(str::to_owned),
            set: BTreeMap::new(),
            remove: Vec::new(),
            rename: None,
        };
        let secret = resource.origin.as_ref().map(|origin| &origin.sensitive);
        if secret.is_some_and(|secret| violation.found.as_deref().is_some_and(|key| secret.contains(key))) {
            return no("its source says that the value is a secret: change it there");
        }
        match rule.kind.repair(violation.kind) {
            Repair::Rename => self.rename(&rule.kind, violation, resource, &mut step)?,
            Repair::SetDefault => {
                let value = self.default_of(&rule.kind, resource)?;
                step.set.insert(violation.key.as_deref().unwrap_or_default().to_owned(), value);
            }
            Repair::Rewrite => self.rewrite(&rule.kind, violation, resource, &mut step)?,
            Repair::Remove => {
                self.ask_permit(Permit::AllowRemove, "the tag would be removed")?;
                step.remove.extend(violation.found.as_deref().map(str::to_owned));
            }
            Repair::CopyFromUser => {
                let Some(suggestion) = &violation.suggestion else { return no("its user's value is not known") };
                if violation.found.is_some() {
                    self.ask_permit(Permit::AllowOverwrite, "its user's value would be written over the device's")?;
                }
                step.set.clone_from(&suggestion.set);
                respell(&mut step, violation, resource);
            }
            Repair::None(reason) => return no(reason),
        }
        Ok(step)
    }

    /// The steps of `--set`: a tag is written where it is not so already.
    pub(super) fn set(
        self,
        wanted: &BTreeMap<String, String>,
        resource: &Resource<'_>,
        left: &mut Vec<super::model::NotFixed>,
    ) -> Vec<Step> {
        let mut out = Vec::new();
        for (key, value) in wanted {
            let found = match resource.tags.find(key, resource.service().folds_case) {
                TagLookup::Present(at) => Some(&resource.tags.known()[at]),
                TagLookup::Absent | TagLookup::Unknown => None,
            };
            if found.is_some_and(|tag| tag.key.as_str() == key && tag.value.as_deref() == Some(value)) {
                continue;
            }
            let ask = Ask { rule: None, key: key.clone(), kind: "set".to_owned() };
            let other = found.filter(|tag| tag.value.as_deref() != Some(value));
            let refused = other.and_then(|tag| {
                let what =
                    format!("{} would be written over {}", quote(value), quote(tag.value.as_deref().unwrap_or("")));
                self.ask_permit(Permit::AllowOverwrite, &what).err()
            });
            let found = found.map(|tag| tag.key.to_string());
            match refused {
                None => out.push(Step {
                    ask,
                    rename: found.clone().filter(|from| from != key).map(|from| Rename {
                        from,
                        to: key.clone(),
                        guess: false,
                    }),
                    found,
                    set: BTreeMap::from([(key.clone(), value.clone())]),
                    remove: Vec::new(),
                }),
                Some(No { reason, permit }) => left.push(super::make::entry(resource, ask, found, reason, permit)),
            }
        }
        out
    }

    fn ask_permit(self, permit: Permit, what: &str) -> Result<(), No> {
        let refused = No { reason: format!("{what}: {} permits it", permit.flag()), permit: Some(permit) };
        if self.permits.refuse(permit) { Err(refused) } else { Ok(()) }
    }

    /// A key that is there under another spelling: the value is kept, if the rule accepts it.
    fn rename(
        self,
        rule: &RuleKind,
        violation: &Violation<'_>,
        resource: &Resource<'_>,
        step: &mut Step,
    ) -> Result<(), No> {
        let (key, found) =
            (violation.key.as_deref().unwrap_or_default(), violation.found.as_deref().unwrap_or_default());
        let (fold, declared) = (resource.service().folds_case, &self.policy.declared);
        let relation = rule.relation_to(found, fold, declared);
        let certain = relation.is_some_and(|relation| relation.certain(key, found));
        if let Some(other) = rival(rule, key, found, resource, declared) {
            return no(format!("{} and {} may both be meant, with different values", quote(found), quote(other)));
        }
        if !certain {
            let what = format!("that {} is meant to be {} is a guess", quote(found), quote(key));
            self.ask_permit(Permit::AllowGuess, &what)?;
        }
        let Some(suggestion) = &violation.suggestion else {
            return no(format!("the rule would refuse the value that {} has", quote(found)));
        };
        step.set.clone_from(&suggestion.set);
        step.remove.clone_from(&suggestion.remove);
        step.rename = Some(Rename { from: found.to_owned(), to: key.to_owned(), guess: !certain });
        Ok(())
    }

    /// A value that is wrong: corrected where that is certain, replaced by the default only where it may be.
    fn rewrite(
        self,
        rule: &RuleKind,
        violation: &Violation<'_>,
        resource: &Resource<'_>,
        step: &mut Step,
    ) -> Result<(), No> {
        if let Some(suggestion) = &violation.suggestion {
            step.set.clone_from(&suggestion.set);
            return Ok(());
        }
        let found = violation.found.as_deref().unwrap_or_default();
        if rule.tag_default().is_none_or(|tag| tag.default.is_none() && tag.default_from.is_none()) {
            return no("what the value should be is not certain");
        }
        let value = self.default_of(rule, resource)?;
        self.ask_permit(Permit::AllowOverwrite, &format!("{} would be written over the value", quote(&value)))?;
        step.set.insert(found.to_owned(), value);
        Ok(())
    }

    /// What a fix writes where the tag is missing: what the user or the account has, else the rule's default.
    fn default_of(self, rule: &RuleKind, resource: &Resource<'_>) -> Result<String, No> {
        let Some(tag) = rule.tag_default() else { return no("the rule has no default") };
        let taken = match tag.default_from {
            None => Err("the rule has no default".to_owned()),
            Some(DefaultFrom::User) => self.of_user(tag.key, resource),
            Some(DefaultFrom::Account) => of_account(tag.key, resource),
        };
        let taken = taken.and_then(|value| {
            if rule.accepts(&value, &resource.service(), self.today) {
                Ok(value)
            } else {
                Err(format!("the rule would refuse {}, the value that would be taken", quote(&value)))
            }
        });
        match (taken, tag.default) {
            (Ok(value), _) => Ok(value),
            (Err(_), Some(default)) => Ok(default.to_owned()),
            (Err(reason), None) => no(reason),
        }
    }

    /// The value of the user that an MFA device is given to, as the plan leaves it.
    fn of_user(self, key: &str, resource: &Resource<'_>) -> Result<String, String> {
        let Assignment::User(arn) = &resource.user else {
            return Err("it is given to no user whose value could be taken".to_owned());
        };
        let user = self.world.user_of(arn).ok_or("its user is not in the input")?;
        match user.tags.find(key, user.service().folds_case) {
            TagLookup::Present(at) => match user.tags.known()[at].value.as_deref() {
                Some(value) => Ok(value.to_owned()),
                None => Err("its user's value is not known".to_owned()),
            },
            TagLookup::Absent => Err("its user has no such tag".to_owned()),
            TagLookup::Unknown => Err("its user's tags were not read".to_owned()),
        }
    }
}

fn of_account(key: &str, resource: &Resource<'_>) -> Result<String, String> {
    let tags = resource.account_tags.as_ref().ok_or("the tags of its account were not read")?;
    let found = tags.iter().find(|(name, _)| name.as_str() == key);
    found.map(|(_, value)| value.to_string()).ok_or_else(|| "its account has no such tag".to_owned())
}

/// Where a device has the key in no other letter case nothing changes; a user's own spelling is kept.
fn respell(step: &mut Step, violation: &Violation<'_>, resource: &Resource<'_>) {
    let Some(found) = violation.found.as_deref().filter(|_| resource.service().folds_case) else { return };
    if let Some((_, value)) = step.set.pop_first() {
        step.set.insert(found.to_owned(), value);
    }
}

/// Another key that would as well be renamed to this rule's, with another value.
fn rival<'r>(
    rule: &RuleKind,
    own_key: &str,
    found: &str,
    resource: &'r Resource<'_>,
    declared: &Declared,
) -> Option<&'r str> {
    let fold = resource.service().folds_case;
    let value =
        |key: &str| resource.tags.known().iter().find(|tag| tag.key.as_str() == key).and_then(|t| t.value.clone());
    let own = value(found);
    let sure = |key: &str| rule.relation_to(key, fold, declared).is_some_and(|how| how.certain(own_key, key));
    let others = resource.tags.known().iter().filter(|other| other.key.as_str() != found && other.value != own);
    others.map(|other| other.key.as_str()).find(|key| sure(key))
}

/// A rule's key that stands beside another spelling of it: nothing is chosen.
pub(super) fn both_there<'r>(
    rule: &'r Rule,
    resource: &'r Resource<'_>,
    declared: &Declared,
) -> Option<(&'r str, &'r str)> {
    let TagDefault { key, literal, .. } = rule.kind.tag_default()?;
    let fold = resource.service().folds_case;
    if !literal || !matches!(resource.tags.find(key, fold), TagLookup::Present(_)) {
        return None;
    }
    let meant = |other: &&str| {
        *other != key && rule.kind.relation_to(other, fold, declared).is_some_and(|how| how.certain(key, other))
    };
    let keys: Vec<&str> = resource.tags.known().iter().map(|tag| tag.key.as_str()).collect();
    if !keys.contains(&key) {
        return None;
    }
    keys.into_iter().filter(meant).min().map(|other| (key, other))
}

/// Who asks.
pub(super) fn ask(rule: &Rule, violation: &Violation<'_>) -> Ask {
    let key = violation.key.as_deref().or(violation.found.as_deref()).unwrap_or_default();
    Ask { rule: Some(rule.id.clone()), key: key.to_owned(), kind: violation.kind.name().to_owned() }
}
