//! What is known of an account's policies, put together from its users, groups, roles and managed policies.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Statement, statements};
use super::node::Node;
use crate::base::{count, quote};
use crate::model::Gap;

/// The operation that gives all of it.
pub const OPERATION: &str = "iam:GetAccountAuthorizationDetails";

/// What has policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HolderKind {
    /// A user.
    User,
    /// A group of users.
    Group,
    /// A role.
    Role,
}

impl HolderKind {
    /// As a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }
}

/// Who has a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// What it is.
    pub kind: HolderKind,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Whether the policy is its permissions boundary.
    pub as_boundary: bool,
}

/// What sort of policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyKind {
    /// A managed policy of the account.
    Customer,
    /// A managed policy of AWS.
    Aws,
    /// A policy that is part of its user, group or role.
    Inline,
    /// Who may assume a role.
    Trust,
}

impl PolicyKind {
    /// As words.
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

/// A policy that reads tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What sort.
    pub kind: PolicyKind,
    /// Its name; a trust policy has none of its own.
    pub name: String,
    /// Of a managed policy.
    pub arn: Option<String>,
    /// Who has it, sorted; the one it is part of for an inline or trust policy. None: it is attached to nothing.
    pub holders: Vec<Holder>,
    /// The statements that read tags; never empty.
    pub statements: Vec<Statement>,
}

impl Policy {
    /// What to call it: its ARN, or whose it is and its name.
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
pub struct Account {
    /// Twelve digits; empty where the input names none.
    pub id: String,
    /// Sorted by kind, name and holder.
    pub policies: Vec<Policy>,
    /// How many documents were read.
    pub documents: u64,
    /// What could not be read or understood. Where there is any, whatever is not known to be read may be.
    pub unread: Vec<Gap>,
}

impl Account {
    /// An account of which nothing is known.
    #[must_use]
    pub fn unread(id: &str, operation: &str, error: String) -> Self {
        let mut reading = Reading::new(id);
        reading.gap(operation, error);
        reading.close()
    }
}

/// A user, group or role with its policies.
#[derive(Debug)]
pub struct Entity {
    /// What it is.
    pub kind: HolderKind,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Names and documents of its inline policies; a document that the answer lacks is none.
    pub inline: Vec<(String, Option<Node>)>,
    /// ARNs of its managed policies.
    pub attached: Vec<String>,
    /// ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// Who may assume the role.
    pub trust: Option<Node>,
}

/// A managed policy.
#[derive(Debug)]
pub struct Managed {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The documents that are its default version: one, unless the answer is not to be trusted.
    pub documents: Vec<Node>,
    /// How many users, groups and roles AWS says have it, as policy or as boundary.
    pub attachments: u64,
}

/// An account that is being read. Documents are looked at as they come, and not kept.
#[derive(Debug)]
pub struct Reading {
    account: Account,
    managed: BTreeMap<String, (Managed, Vec<Statement>)>,
    holders: BTreeMap<String, BTreeSet<Holder>>,
    /// Whether holders that AWS counts and the answer lacks are a gap: in a file, they may have been left out.
    strict: bool,
}

impl Reading {
    /// Nothing yet.
    #[must_use]
    pub fn new(id: &str) -> Self {
        let account = Account { id: id.to_owned(), policies: Vec::new(), documents: 0, unread: Vec::new() };
        Self { account, managed: BTreeMap::new(), holders: BTreeMap::new(), strict: false }
    }

    /// Takes holders that AWS counts and nobody names for a sign that something was left out.
    #[must_use]
    pub fn strict(self) -> Self {
        Self { strict: true, ..self }
    }

    /// Something could not be read.
    pub fn gap(&mut self, operation: &str, error: String) {
        let account = Some(self.account.id.clone()).filter(|id| !id.is_empty());
        let operation = (!operation.is_empty()).then(|| operation.to_owned());
        self.account.unread.push(Gap { account, operation, error, ..Gap::default() });
    }

    /// Takes in a user, group or role.
    pub fn entity(&mut self, entity: Entity) {
        let Entity { kind, name, arn, inline, attached, boundary, trust } = entity;
        let holder = |as_boundary| Holder { kind, name: name.clone(), arn: arn.clone(), as_boundary };
        for policy in attached {
            self.holders.entry(policy).or_default().insert(holder(false));
        }
        if let Some(policy) = boundary {
            self.holders.entry(policy).or_default().insert(holder(true));
        }
        let own = inline.into_iter().map(|(name, document)| (PolicyKind::Inline, name, document));
        let trusts = trust.map(|document| (PolicyKind::Trust, String::new(), Some(document)));
        let trusts = trusts.or_else(|| (kind == HolderKind::Role).then(|| (PolicyKind::Trust, String::new(), None)));
        for (kind, name, document) in own.chain(trusts) {
            let mut policy = Policy { kind, name, arn: None, holders: vec![holder(false)], statements: Vec::new() };
            policy.statements = self.read(&policy.title(), document.as_ref());
            if !policy.statements.is_empty() {
                self.account.policies.push(policy);
            }
        }
    }

    /// Takes in a managed policy.
    pub fn managed(&mut self, policy: Managed) {
        let mut found = Vec::new();
        if policy.documents.is_empty() {
            self.read(&policy.arn, None);
        }
        for document in &policy.documents {
            found.extend(self.read(&policy.arn, Some(document)));
        }
        let policy = Managed { documents: Vec::new(), ..policy };
        self.managed.insert(policy.arn.clone(), (policy, found));
    }

    fn read(&mut self, title: &str, document: Option<&Node>) -> Vec<Statement> {
        self.account.documents += 1;
        let read = document.map(statements);
        match read {
            Some(Ok(found)) => return found,
            Some(Err(error)) => self.gap("", format!("{} can't be understood: {error}", quote(title))),
            None => self.gap("", format!("{} comes without its document", quote(title))),
        }
        Vec::new()
    }

    /// All that was to be taken in has been.
    #[must_use]
    pub fn close(mut self) -> Account {
        for (arn, (policy, statements)) in std::mem::take(&mut self.managed) {
            let holders: Vec<Holder> = self.holders.remove(&arn).unwrap_or_default().into_iter().collect();
            let unseen = policy.attachments.saturating_sub(holders.len() as u64);
            if self.strict && unseen > 0 {
                let holders = count(unseen, "user, group or role").replace("roles", "roles each");
                self.gap(
                    "",
                    format!("{} is attached to {holders} more than the answer has: was `--filter` used?", quote(&arn)),
                );
            }
            let kind = if is_of_aws(&arn) { PolicyKind::Aws } else { PolicyKind::Customer };
            // AWS has a thousand policies that nobody uses, and that are not the account's own.
            let unused = kind == PolicyKind::Aws && holders.is_empty() && unseen == 0;
            if !statements.is_empty() && !unused {
                let policy = Policy { kind, name: policy.name, arn: Some(arn), holders, statements };
                self.account.policies.push(policy);
            }
        }
        for (arn, holders) in std::mem::take(&mut self.holders) {
            let holder = holders.first().map(|holder| format!("{} {}", holder.kind.word(), quote(&holder.name)));
            let holder = holder.unwrap_or_default();
            self.gap("", format!("{} is attached to {holder} and not in the answer", quote(&arn)));
        }
        let order = |policy: &Policy| (policy.kind, policy.arn.clone(), policy.name.clone(), policy.holders.clone());
        self.account.policies.sort_by_cached_key(order);
        self.account.unread.sort();
        self.account
    }
}

/// `arn:aws:iam::aws:policy/…`: the policies of AWS belong to no account.
fn is_of_aws(arn: &str) -> bool {
    arn.split(':').nth(4) == Some("aws")
}
