//! Who depends on a tag: which policies of an account read it. Pure: [`file`](read_file) reads what the AWS CLI printed,
//! the collector hands over what it reads live; neither keeps a document.
//!
//! A tag can decide who may do what: of the caller (`aws:PrincipalTag/…`) or of the resource (`aws:ResourceTag/…`).
//! [`Known::readers`] says who reads a key; what could not be read counts as read, never as unread.

mod account;
mod document;
mod file;
mod name;
mod node;
mod words;

pub use account::{Account, Entity, Holder, HolderKind, Managed, OPERATION, Policy, PolicyKind, Reading};
pub use document::{DocumentError, Place, Read, Statement, statements};
pub use file::{FileError, read as read_file};
pub use name::{Key, Whose};
pub use node::Node;
pub use words::meaning;

use crate::model::Gap;

/// What the answer never has, and every report names.
pub const NOT_LOOKED_AT: [&str; 5] = [
    "policies of buckets, keys, queues and other resources",
    "service control policies of the organization",
    "resource control policies of the organization",
    "session policies",
    "trust policies and other policies of other accounts",
];

/// What is known of the policies of accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Sorted by id.
    pub accounts: Vec<Account>,
    /// What is missing of the list of accounts itself.
    pub unread: Vec<Gap>,
}

/// A statement that reads a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reader {
    /// The policy, as [`Policy::title`] calls it.
    pub policy: String,
    /// The statement: its `Sid`, else its place from 1. None where the policy is unknown.
    pub statement: Option<String>,
    /// How it reads the key: `aws:PrincipalTag/Team`.
    pub reads: String,
}

impl Known {
    /// Whether everything that the operation gives was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty() && self.accounts.iter().all(|account| account.unread.is_empty())
    }

    /// Who reads a tag of a resource of this type and account, sorted, each once. Where the account's policies are not
    /// all known, one reader more stands for the others: such a key counts as read.
    #[must_use]
    pub fn readers(&self, account: &str, kind: &str, key: &str) -> Vec<Reader> {
        let (mut out, mut known) = (Vec::new(), false);
        for account in self.accounts.iter().filter(|known| known.id == account) {
            known = account.unread.is_empty();
            for (policy, statement, read) in account.reads() {
                if read.whose.concerns(kind) && read.key.reads(key) {
                    out.push(Reader {
                        policy: policy.title(),
                        statement: Some(statement.title()),
                        reads: read.written(),
                    });
                }
            }
            if !known {
                break;
            }
        }
        if !known {
            out.push(unknown(kind, key));
        }
        out.sort();
        out.dedup();
        out
    }
}

/// The reader that stands for policies which were not read.
fn unknown(kind: &str, key: &str) -> Reader {
    let reads = match kind {
        "iam:user" => format!("aws:PrincipalTag/{key} or aws:ResourceTag/{key}"),
        _ => format!("aws:ResourceTag/{key}"),
    };
    Reader { policy: "policies that were not read".to_owned(), statement: None, reads: format!("perhaps {reads}") }
}

impl Account {
    /// Everything that is read, with where.
    pub fn reads(&self) -> impl Iterator<Item = (&Policy, &Statement, &Read)> {
        self.policies.iter().flat_map(|policy| {
            policy
                .statements
                .iter()
                .flat_map(move |statement| statement.reads.iter().map(move |read| (policy, statement, read)))
        })
    }
}

impl Statement {
    /// Its `Sid`, else its place from 1.
    #[must_use]
    pub fn title(&self) -> String {
        self.sid.clone().unwrap_or_else(|| self.number.to_string())
    }
}

impl Read {
    /// As a condition key is written: `aws:PrincipalTag/Team`; `*` where it may be any key.
    #[must_use]
    pub fn written(&self) -> String {
        let key = match &self.key {
            Key::Named(key) => key.as_str(),
            Key::Any => "*",
        };
        match &self.whose {
            Whose::Principal => format!("aws:PrincipalTag/{key}"),
            Whose::Resource(service) => format!("{service}:ResourceTag/{key}"),
            Whose::Request => format!("aws:RequestTag/{key}"),
            Whose::Keys => "aws:TagKeys".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
