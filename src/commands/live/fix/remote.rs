//! The fix's way to AWS: the collector's writer.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::say_calls;
use crate::collect::{Place, ResourceKind, WriteError, WriteFault, Writer};
use crate::fix::apply::{Fault, FaultKind, Remote, TagMap};
use crate::fix::plan::Target;
use crate::iam_policies::Known;

/// The accounts that the flags lead to.
pub(super) struct Aws {
    writer: Writer,
}

impl Aws {
    pub(super) fn new(writer: Writer) -> Self {
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
    pub(super) fn policies(&self, accounts: &BTreeSet<String>) -> Known {
        self.writer.policies(accounts)
    }

    pub(super) fn print_calls(&self, verbose: u8) {
        if verbose > 0 {
            say_calls(&self.writer.calls());
        }
    }
}

fn call<T>(arn: &str, call: impl FnOnce(&Place<'_>) -> Result<T, WriteError>) -> Result<T, Fault> {
    let refused = || Fault { kind: FaultKind::Refused, text: "nothing that can be tagged".to_owned() };
    let target = Target::of(arn).ok_or_else(refused)?;
    let kind: ResourceKind = target.kind.parse().map_err(|_| refused())?;
    let place = Place { arn, kind, account: target.account, region: target.region, name: target.name };
    call(&place).map_err(|error| Fault {
        kind: match error.fault {
            WriteFault::Refused => FaultKind::Refused,
            WriteFault::Conflict => FaultKind::Conflict,
            WriteFault::Unsure => FaultKind::Unsure,
        },
        text: error.text,
    })
}

impl Remote for Aws {
    fn read(&self, arn: &str) -> Result<TagMap, Fault> {
        call(arn, |place| self.writer.tags(place))
    }

    fn tag(&self, arn: &str, tags: &TagMap) -> Result<(), Fault> {
        call(arn, |place| self.writer.tag(place, tags))
    }

    fn untag(&self, arn: &str, keys: &[String]) -> Result<(), Fault> {
        call(arn, |place| self.writer.untag(place, keys))
    }

    fn wait(&self, time: Duration) {
        self.writer.wait(time);
    }

    fn stopped(&self) -> bool {
        self.writer.stopped()
    }
}
