//! The policies of one account, built from its users, groups, roles and managed policies.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Statement, statements};
use super::node::PolicyJson;
use crate::base::{count, quote};
use crate::model::Gap;

/// The operation that returns all policies of an account.
pub const OPERATION: &str = "iam:GetAccountAuthorizationDetails";

/// The kind of an IAM identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdentityKind {
    /// A user.
    User,
    /// A user group.
    Group,
    /// A role.
    Role,
}

impl IdentityKind {
    /// The name in a sentence.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }
}

/// The identity to which a policy is attached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttachedTo {
    /// The kind.
    pub kind: IdentityKind,
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// `true` if the policy is the permissions boundary.
    pub as_boundary: bool,
}

/// The kind of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyKind {
    /// A managed policy of the account.
    Customer,
    /// A managed policy of AWS.
    Aws,
    /// A policy embedded in a user, group or role.
    Inline,
    /// The trust policy of a role.
    Trust,
}

impl PolicyKind {
    /// The name in a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Customer => "managed policy",
            Self::Aws => "AWS managed policy",
            Self::Inline => "inline policy",
            Self::Trust => "trust policy",
        }
    }
}

/// An IAM policy that reads tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IamPolicy {
    /// The kind.
    pub kind: PolicyKind,
    /// The name; empty for a trust policy.
    pub name: String,
    /// The ARN of a managed policy.
    pub arn: Option<String>,
    /// The identities to which it is attached, sorted; the one in which an inline or trust policy is embedded.
    pub holders: Vec<AttachedTo>,
    /// The statements that read tags; never empty.
    pub statements: Vec<Statement>,
}

impl IamPolicy {
    /// The ARN, or the name with the ARN of the identity.
    #[must_use]
    pub fn title(&self) -> String {
        let of = || self.holders.first().map_or("", |holder| holder.arn.as_str());
        match (&self.arn, self.kind) {
            (Some(arn), _) => arn.clone(),
            (None, PolicyKind::Trust) => format!("trust policy of {}", of()),
            (None, _) => format!("inline policy {} of {}", self.name, of()),
        }
    }
}

/// The policies of one account that read tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountPolicies {
    /// The account id; empty if the input names none.
    pub id: String,
    /// The policies, sorted by kind, ARN, name and identity.
    pub policies: Vec<IamPolicy>,
    /// The number of documents that were read.
    pub documents: u64,
    /// Gaps: policies that could not be read or parsed. If there are any, an unknown policy may read every key.
    pub unread: Vec<Gap>,
}

impl AccountPolicies {
    /// An account whose policies could not be read.
    #[must_use]
    pub fn unread(id: &str, operation: &str, error: String) -> Self {
        let mut reading = AccountPoliciesBuilder::new(id);
        reading.gap(operation, error);
        reading.close()
    }
}

/// A user, group or role with its policies.
#[derive(Debug)]
pub struct IdentityDetail {
    /// The kind.
    pub kind: IdentityKind,
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The names and documents of the inline policies; no document if the answer has none.
    pub inline: Vec<(String, Option<PolicyJson>)>,
    /// The ARNs of the managed policies.
    pub attached: Vec<String>,
    /// The ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// The trust policy of a role.
    pub trust: Option<PolicyJson>,
}

/// A managed policy.
#[derive(Debug)]
pub struct ManagedPolicy {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The documents of the default version: one, unless the answer is inconsistent.
    pub documents: Vec<PolicyJson>,
    /// The number of attachments as policy or boundary, according to AWS.
    pub attachments: u64,
}

/// The builder of the policies of an account. Documents are parsed as they arrive, and not kept.
#[derive(Debug)]
pub struct AccountPoliciesBuilder {
    account: AccountPolicies,
    managed: BTreeMap<String, (ManagedPolicy, Vec<Statement>)>,
    holders: BTreeMap<String, BTreeSet<AttachedTo>>,
    /// `true` if attachments that AWS counts but the answer lacks are a gap. They are not for a file, which may have
    /// been filtered.
    strict: bool,
}

impl AccountPoliciesBuilder {
    /// A builder without policies.
    #[must_use]
    pub fn new(id: &str) -> Self {
        let account = AccountPolicies { id: id.to_owned(), policies: Vec::new(), documents: 0, unread: Vec::new() };
        Self { account, managed: BTreeMap::new(), holders: BTreeMap::new(), strict: false }
    }

    /// Treats attachments that AWS counts and the answer lacks as a gap.
    #[must_use]
    pub fn strict(self) -> Self {
        Self { strict: true, ..self }
    }

    /// Records what could not be read.
    pub fn gap(&mut self, operation: &str, error: String) {
        let account = Some(self.account.id.clone()).filter(|id| !id.is_empty());
        let operation = (!operation.is_empty()).then(|| operation.to_owned());
        self.account.unread.push(Gap { account, operation, error, ..Gap::default() });
    }

    /// Adds a user, group or role.
    pub fn entity(&mut self, entity: IdentityDetail) {
        let IdentityDetail { kind, name, arn, inline, attached, boundary, trust } = entity;
        let holder = |as_boundary| AttachedTo { kind, name: name.clone(), arn: arn.clone(), as_boundary };
        for policy in attached {
            self.holders.entry(policy).or_default().insert(holder(false));
        }
        if let Some(policy) = boundary {
            self.holders.entry(policy).or_default().insert(holder(true));
        }
        let own = inline.into_iter().map(|(name, document)| (PolicyKind::Inline, name, document));
        let trusts = trust.map(|document| (PolicyKind::Trust, String::new(), Some(document)));
        // Every role has a trust policy, so a missing one is a gap.
        let trusts = trusts.or_else(|| (kind == IdentityKind::Role).then(|| (PolicyKind::Trust, String::new(), None)));
        for (kind, name, document) in own.chain(trusts) {
            let mut policy = IamPolicy { kind, name, arn: None, holders: vec![holder(false)], statements: Vec::new() };
            policy.statements = self.read(&policy.title(), document.as_ref());
            if !policy.statements.is_empty() {
                self.account.policies.push(policy);
            }
        }
    }

    /// Adds a managed policy.
    pub fn managed(&mut self, policy: ManagedPolicy) {
        let mut found = Vec::new();
        if policy.documents.is_empty() {
            self.read(&policy.arn, None);
        }
        for document in &policy.documents {
            found.extend(self.read(&policy.arn, Some(document)));
        }
        let policy = ManagedPolicy { documents: Vec::new(), ..policy };
        self.managed.insert(policy.arn.clone(), (policy, found));
    }

    fn read(&mut self, title: &str, document: Option<&PolicyJson>) -> Vec<Statement> {
        self.account.documents += 1;
        let read = document.map(statements);
        match read {
            Some(Ok(found)) => return found,
            Some(Err(error)) => self.gap("", format!("{} cannot be parsed: {error}", quote(title))),
            None => self.gap("", format!("{} has no document in the answer", quote(title))),
        }
        Vec::new()
    }

    /// Returns the policies.
    #[must_use]
    pub fn close(mut self) -> AccountPolicies {
        for (arn, (policy, statements)) in std::mem::take(&mut self.managed) {
            let holders: Vec<AttachedTo> = self.holders.remove(&arn).unwrap_or_default().into_iter().collect();
            let unseen = policy.attachments.saturating_sub(holders.len() as u64);
            if self.strict && unseen > 0 {
                let holders = count(unseen, "user, group or role").replace("roles", "roles each");
                self.gap(
                    "",
                    format!("{} is attached to {holders} more than the answer has: was `--filter` used?", quote(&arn)),
                );
            }
            let kind = if is_of_aws(&arn) { PolicyKind::Aws } else { PolicyKind::Customer };
            // AWS has more than a thousand managed policies, most of them attached to nothing.
            let unused = kind == PolicyKind::Aws && holders.is_empty() && unseen == 0;
            if !statements.is_empty() && !unused {
                let policy = IamPolicy { kind, name: policy.name, arn: Some(arn), holders, statements };
                self.account.policies.push(policy);
            }
        }
        // The policies that are left are attached, but the answer does not contain them.
        for (arn, holders) in std::mem::take(&mut self.holders) {
            let holder = holders.first().map(|holder| format!("{} {}", holder.kind.word(), quote(&holder.name)));
            let holder = holder.unwrap_or_default();
            self.gap("", format!("{} is attached to {holder} and not in the answer", quote(&arn)));
        }
        let order = |policy: &IamPolicy| (policy.kind, policy.arn.clone(), policy.name.clone(), policy.holders.clone());
        self.account.policies.sort_by_cached_key(order);
        self.account.unread.sort();
        self.account
    }
}

/// Returns `true` if a policy is an AWS managed policy: `arn:aws:iam::aws:policy/…`.
fn is_of_aws(arn: &str) -> bool {
    arn.split(':').nth(4) == Some("aws")
}
