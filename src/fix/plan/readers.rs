//! Detection of policies that read changed keys. Changing such a tag may grant or revoke a permission.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Access, Change, NotEvaluated, Plan};
use crate::iam_policies::{DependentStatement, KnownPolicies, NOT_LOOKED_AT};
use crate::model::Gap;

/// The maximum number of readers listed for one key; more are counted.
const MAX_READERS: usize = 20;

/// Adds the readers of changed keys to every change, and the policies that could not be evaluated to the plan. `known` is
/// `None` if no policies were read.
pub fn note_readers(plan: &mut Plan, known: Option<&KnownPolicies>) {
    if plan.changes.is_empty() {
        return;
    }
    let mut seen = BTreeSet::new();
    match known {
        None => {
            let accounts: BTreeSet<&str> = plan.changes.iter().map(|change| change.account.as_str()).collect();
            seen.extend(accounts.into_iter().map(not_read));
        }
        Some(known) => {
            let mut readers = Readers::new(known);
            for change in &mut plan.changes {
                change.access = readers.of(change);
            }
            let gaps = known.unread.iter().chain(known.accounts.iter().flat_map(|account| &account.unread));
            seen.extend(gaps.map(gap));
        }
    }
    // These policies are never read, so no plan may look complete without this entry.
    seen.insert(NotEvaluated {
        what: "other policies that may read these tags".to_owned(),
        reason: format!("not part of the IAM policies of an account: {}", NOT_LOOKED_AT.join("; ")),
    });
    plan.not_evaluated.extend(seen);
}

fn not_read(account: &str) -> NotEvaluated {
    NotEvaluated {
        what: format!("policies of account {account}"),
        reason: "not read; --access adds them to a plan, and --apply reads them".to_owned(),
    }
}

fn gap(gap: &Gap) -> NotEvaluated {
    let account = gap.account.as_deref().map(|id| format!(" of account {id}")).unwrap_or_default();
    let operation = gap.operation.as_deref().map(|name| format!("{name}: ")).unwrap_or_default();
    NotEvaluated { what: format!("policies{account}"), reason: format!("{operation}{}", gap.error) }
}

/// A cache of the readers by account, type and key. A plan changes few keys on many resources.
#[derive(Debug)]
pub struct Readers<'k> {
    known: &'k KnownPolicies,
    found: BTreeMap<[String; 3], Vec<DependentStatement>>,
}

impl<'k> Readers<'k> {
    /// An empty cache.
    #[must_use]
    pub fn new(known: &'k KnownPolicies) -> Self {
        Self { known, found: BTreeMap::new() }
    }

    /// Returns the readers of the keys that a change touches.
    pub fn of(&mut self, change: &Change) -> Vec<Access> {
        change.touched().into_iter().flat_map(|key| self.of_key(&change.account, &change.kind, key)).collect()
    }

    /// Returns the readers of one key on resources of a type.
    pub fn of_key(&mut self, account: &str, kind: &str, key: &str) -> Vec<Access> {
        let place = [account, kind, key].map(str::to_owned);
        let known = self.known;
        let readers = self.found.entry(place).or_insert_with(|| known.readers(account, kind, key));
        let access = |reader: &DependentStatement| Access {
            key: key.to_owned(),
            policy: reader.policy.clone(),
            statement: reader.statement.clone(),
            reads: reader.condition_key.clone(),
        };
        let mut out: Vec<Access> = readers.iter().take(MAX_READERS).map(access).collect();
        if readers.len() > MAX_READERS {
            out.push(Access {
                key: key.to_owned(),
                policy: format!("{} more statements", readers.len() - MAX_READERS),
                statement: None,
                reads: "this key".to_owned(),
            });
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam_policies::{AccountPolicies, AccountPoliciesBuilder, ManagedPolicy, PolicyJson};

    fn known(statements: usize) -> KnownPolicies {
        let one = |n: usize| {
            format!(
                r#"{{"Sid":"S{n}","Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{{"StringEquals":{{"aws:PrincipalTag/team":"a"}}}}}}"#
            )
        };
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
            (0..statements).map(one).collect::<Vec<_>>().join(",")
        );
        let mut reading = AccountPoliciesBuilder::new("123456789012");
        reading.managed(ManagedPolicy {
            name: "by-team".to_owned(),
            arn: "arn:aws:iam::123456789012:policy/by-team".to_owned(),
            documents: vec![PolicyJson::Scalar(document)],
            attachments: 0,
        });
        let account = reading.close();
        KnownPolicies { accounts: vec![account], unread: Vec::new() }
    }

    fn plan(kind: &str, key: &str) -> Plan {
        let change = Change {
            kind: kind.to_owned(),
            account: "123456789012".to_owned(),
            before: [(key.to_owned(), "a".to_owned())].into(),
            ..Change::default()
        };
        Plan {
            taglint: String::new(),
            version: 1,
            created: String::new(),
            policy: super::super::PolicyStamp::default(),
            accounts: Vec::new(),
            changes: vec![change],
            not_fixed: Vec::new(),
            not_evaluated: Vec::new(),
        }
    }

    #[test]
    fn a_key_is_read_whatever_its_letter_case_and_what_was_not_looked_at_is_said() {
        let mut read = plan("iam:user", "Team");
        note_readers(&mut read, Some(&known(1)));
        let found: Vec<&str> = read.changes[0].access.iter().map(|access| access.reads.as_str()).collect();
        assert_eq!(found, ["aws:PrincipalTag/team"]);
        assert!(read.not_evaluated.iter().any(|one| one.reason.contains("service control policies")));
        // Users can be principals, user pools cannot.
        let mut pool = plan("cognito-idp:userpool", "Team");
        note_readers(&mut pool, Some(&known(1)));
        assert_eq!(pool.changes[0].access, []);
    }

    #[test]
    fn what_was_not_read_counts_as_read_and_offline_it_is_listed() {
        let mut unread = plan("iam:user", "Any");
        let account = AccountPolicies::unread("123456789012", "iam:X", "AccessDenied".to_owned());
        note_readers(&mut unread, Some(&KnownPolicies { accounts: vec![account], unread: Vec::new() }));
        assert_eq!(unread.changes[0].access.len(), 1);
        assert!(unread.not_evaluated.iter().any(|one| one.reason.contains("AccessDenied")));
        let mut offline = plan("iam:user", "Any");
        note_readers(&mut offline, None);
        assert_eq!(offline.changes[0].access, []);
        assert!(offline.not_evaluated.iter().any(|one| one.what == "policies of account 123456789012"));
    }

    #[test]
    fn of_very_many_readers_the_rest_is_counted() {
        let mut plan = plan("iam:user", "team");
        note_readers(&mut plan, Some(&known(MAX_READERS + 5)));
        let access = &plan.changes[0].access;
        assert_eq!(access.len(), MAX_READERS + 1);
        assert_eq!(access.last().unwrap().policy, "5 more statements");
    }
}
