//! The fix's way to AWS: the collector's writer.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::print_calls;
use crate::collect::{TagWriter, WriteError, WriteErrorKind};
use crate::fix::apply::{Fault, FaultKind, Remote, TagMap};
use crate::fix::plan::Target;
use crate::iam_policies::KnownPolicies;

/// The accounts that the flags lead to.
pub(super) struct Aws {
    writer: TagWriter,
}

impl Aws {
    pub(super) fn new(writer: TagWriter) -> Self {
        Self { writer }
    }

    /// Whether the credentials lead to the resource: to its account, in its partition.
    pub(super) fn leads_to(&self, arn: &str) -> Result<(), String> {
        let target = Target::of(arn).ok_or("no user, MFA device or user pool has such an ARN")?;
        let account = target.account;
        match self.writer.partition(account) {
            None => Err(format!("the credentials do not lead to account {account}")),
            Some(partition) if partition != target.partition => {
                Err(format!("account {account} is of partition {partition}"))
            }
            Some(_) => self.writer.closed(account).map_or(Ok(()), |why| Err(why.to_owned())),
        }
    }

    /// The policies of accounts.
    pub(super) fn policies(&self, accounts: &BTreeSet<String>) -> KnownPolicies {
        self.writer.policies(accounts)
    }

    pub(super) fn print_calls(&self, verbose: u8) {
        if verbose > 0 {
            print_calls(&self.writer.calls());
        }
    }
}

fn fault(error: WriteError) -> Fault {
    let kind = match error.kind {
        WriteErrorKind::Refused => FaultKind::Refused,
        WriteErrorKind::Conflict => FaultKind::Conflict,
        WriteErrorKind::Uncertain => FaultKind::Unsure,
    };
    Fault { kind, text: error.text }
}

impl Remote for Aws {
    fn read(&self, arn: &str) -> Result<TagMap, Fault> {
        self.writer.tags(arn).map_err(fault)
    }

    fn tag(&self, arn: &str, tags: &TagMap) -> Result<(), Fault> {
        self.writer.tag(arn, tags).map_err(fault)
    }

    fn untag(&self, arn: &str, keys: &[String]) -> Result<(), Fault> {
        self.writer.untag(arn, keys).map_err(fault)
    }

    fn wait(&self, time: Duration) {
        self.writer.wait(time);
    }

    fn stopped(&self) -> bool {
        self.writer.stopped()
    }
}
