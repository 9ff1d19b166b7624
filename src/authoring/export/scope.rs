//! The resources that a rule covers, as far as other policy languages can say it.

use std::collections::BTreeSet;

use super::omission::{Effect, Omissions};
use crate::aws::TypeGlobs;
use crate::aws::resource_types::{ResourceType, all};
use crate::base::{Globs, quote};
use crate::policy::Rule;
use crate::rule::Condition;

/// The resources of a rule.
#[derive(Debug, Clone)]
pub(in crate::authoring) struct Scope<'p> {
    /// The types, in the order of the table; `None` for every type.
    pub(in crate::authoring) types: Option<Vec<&'static ResourceType>>,
    /// `true` if the rule or the command names types; a rule for all but some names none.
    pub(super) is_named: bool,
    /// The names of the types; empty for every type.
    kinds: BTreeSet<&'static str>,
    /// Services that are meant as a whole (`s3` of `s3:*`).
    pub(in crate::authoring) services: Vec<String>,
    /// The accounts, if the rule covers only some.
    pub(super) accounts: Option<&'p Globs>,
    /// The accounts that the rule does not cover.
    pub(super) not_accounts: Option<&'p Globs>,
}

impl<'p> Scope<'p> {
    /// The resources of a rule; `None`, with an omission, if the rule covers none for certain.
    pub(super) fn of(rule: &'p Rule, chosen: Option<&TypeGlobs>, omissions: &mut Omissions) -> Option<Self> {
        unknown_types(rule, omissions);
        let when = rule.when.as_ref().map(without_account);
        let not_accounts = rule.unless.as_ref().filter(|unless| is_account_only(unless));
        let unless = rule.unless.as_ref().filter(|_| not_accounts.is_none());
        let (mut types, mut open) = (Vec::new(), Vec::new());
        let mut covered = 0;
        for row in all().iter().filter(|row| rule.concerns(row.kind())) {
            let holds = when.as_ref().map_or(Some(true), |when| when.settled_by_type(row.kind()));
            let excluded = unless.map_or(Some(false), |unless| unless.settled_by_type(row.kind()));
            match (holds, excluded) {
                (Some(false), _) | (_, Some(true)) => {}
                (None, _) => open.push("when"),
                (_, None) => open.push("unless"),
                _ => {
                    covered += 1;
                    if chosen.is_none_or(|chosen| chosen.matches(row.kind())) {
                        types.push(row);
                    }
                }
            }
        }
        open.dedup();
        let effect = if covered == 0 { Effect::NotExported } else { Effect::Weaker };
        for field in &open {
            let reason = format!("{} cannot say this condition on other properties than the type", omissions.title());
            omissions.add(rule, field, effect, reason);
        }
        if types.is_empty() {
            if covered > 0 {
                omissions.add(rule, "resources", Effect::NotExported, "it covers none of the types of --resources");
            }
            return None;
        }
        let names_types = !rule.resources.is_empty() || rule.when.as_ref().is_some_and(|when| when.resources.is_some());
        let every = open.is_empty() && chosen.is_none() && !names_types && unless.is_none();
        let written = rule.resources.written().chain(chosen.into_iter().flat_map(TypeGlobs::written));
        Some(Self {
            is_named: names_types || chosen.is_some(),
            kinds: types.iter().filter(|_| !every).map(|row| row.kind()).collect(),
            types: (!every).then_some(types),
            services: written.filter_map(service).map(str::to_owned).collect(),
            accounts: rule.when.as_ref().and_then(|when| when.account.as_ref()),
            not_accounts: not_accounts.and_then(|unless| unless.account.as_ref()),
        })
    }

    /// `true` if the rule covers every account.
    pub(super) fn is_every_account(&self) -> bool {
        self.accounts.is_none() && self.not_accounts.is_none()
    }

    /// `true` if the rule covers a type.
    pub(in crate::authoring) fn covers(&self, row: &ResourceType) -> bool {
        self.types.is_none() || self.kinds.contains(row.kind())
    }
}

/// The service of `s3:*`.
fn service(glob: &str) -> Option<&str> {
    glob.strip_suffix(":*").filter(|service| !service.contains(['*', '?', ':']))
}

fn without_account(condition: &Condition) -> Condition {
    Condition { account: None, ..condition.clone() }
}

/// Returns `true` for a condition on the account and nothing else.
fn is_account_only(condition: &Condition) -> bool {
    condition.account.is_some()
        && condition.resources.is_none()
        && all().iter().all(|row| without_account(condition).settled_by_type(row.kind()) == Some(true))
}

/// Names the types that the policy allows although taglint does not know them: no format has a name for them.
fn unknown_types(rule: &Rule, omissions: &mut Omissions) {
    for glob in rule.resources.written() {
        let alone = TypeGlobs::new(Globs::new([glob]));
        if !all().iter().any(|row| alone.matches(row.kind())) {
            let reason = format!("taglint does not know {}", quote(glob));
            omissions.add(rule, "resources", Effect::Weaker, reason);
        }
    }
}
