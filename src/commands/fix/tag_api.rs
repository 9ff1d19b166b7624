//! The tag operations of AWS, through the collector's writer.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::aws::{Place, TaggableArn};
use crate::collect::{TagWrite, TagWriter, WriteError, WriteErrorKind};
use crate::commands::live::print_calls;
use crate::fix::apply::{TagApi, TagApiError, TagApiErrorKind};
use crate::fix::requests::Request;
use crate::fix::tags::TagMap;
use crate::iam_policies::KnownPolicies;

/// The tag operations in the accounts that the flags name.
pub(super) struct AwsTagApi {
    writer: TagWriter,
}

impl AwsTagApi {
    pub(super) fn new(writer: TagWriter) -> Self {
        Self { writer }
    }

    /// Reads the policies of accounts.
    pub(super) fn policies(&self, accounts: &BTreeSet<String>) -> KnownPolicies {
        self.writer.policies(accounts)
    }

    pub(super) fn print_calls(&self, verbose: u8) {
        if verbose > 0 {
            print_calls(&self.writer.calls());
        }
    }
}

fn api_error(error: WriteError) -> TagApiError {
    let kind = match error.kind {
        WriteErrorKind::Refused => TagApiErrorKind::Rejected,
        WriteErrorKind::Conflict => TagApiErrorKind::Conflict,
        WriteErrorKind::Busy => TagApiErrorKind::Busy,
        WriteErrorKind::Uncertain => TagApiErrorKind::Unknown,
        WriteErrorKind::NotListed => TagApiErrorKind::NotListed,
    };
    TagApiError { kind, message: error.text }
}

impl TagApi for AwsTagApi {
    fn read(&self, arn: &str) -> Result<TagMap, TagApiError> {
        self.writer.tags(arn).map_err(api_error)
    }

    fn tag(&self, arn: &str, tags: &TagMap) -> Result<(), TagApiError> {
        self.writer.tag(arn, tags).map_err(api_error)
    }

    fn untag(&self, arn: &str, keys: &[String]) -> Result<(), TagApiError> {
        self.writer.untag(arn, keys).map_err(api_error)
    }

    fn read_all(&self, arns: &[&str]) -> Vec<Result<TagMap, TagApiError>> {
        self.writer.tags_of_all(arns).into_iter().map(|tags| tags.map_err(api_error)).collect()
    }

    fn write_all(&self, arns: &[&str], request: &Request) -> Vec<Result<(), TagApiError>> {
        let write = match request {
            Request::Tag(tags) => TagWrite::Tag(tags),
            Request::Untag(keys) => TagWrite::Untag(keys),
        };
        self.writer.write_all(arns, write).into_iter().map(|sent| sent.map_err(api_error)).collect()
    }

    fn admit(&self, arn: &str, writes: usize) -> Duration {
        self.writer.admit(arn, writes)
    }

    fn check_access(&self, arn: &str) -> Result<(), String> {
        let parsed = TaggableArn::parse(arn).ok_or("taglint cannot change tags of this resource type")?;
        let Place { account, .. } = self.writer.place(arn)?;
        let account = account.as_str();
        match self.writer.partition(account) {
            None => Err(format!("the credentials give no access to account {account}")),
            Some(partition) if partition != parsed.arn.partition => {
                Err(format!("account {account} is in partition {partition}"))
            }
            Some(_) => self.writer.closed(account).map_or(Ok(()), |why| Err(why.to_owned())),
        }
    }

    fn wait(&self, time: Duration) {
        self.writer.wait(time);
    }

    fn stopped(&self) -> bool {
        self.writer.stopped()
    }
}
