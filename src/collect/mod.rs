//! Reads live AWS accounts: [`collect`] makes the fewest calls that are correct and gives resources, gaps and counts.
//!
//! One resource type a file ([`users`], [`devices`], [`pools`]); [`session`] builds every client; all calls go
//! through [`calls`], which paces, bounds and counts them; all lists through [`paging`], which never ends silently.
//! What was not read is said to be so: never is a resource without tags where its tags could not be read.

mod calls;
mod devices;
mod error;
mod failure;
mod harvest;
mod identity;
mod kind;
mod options;
mod pacer;
mod paging;
mod permissions;
mod pools;
mod region;
mod roles;
mod session;
mod users;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use self::calls::CallCount;
pub use self::error::CollectError;
pub use self::kind::{Kind, UnknownKind};
pub use self::options::{Accounts, Options, Organization, Regions, Shard, TagsFrom, Timeouts};
pub use self::permissions::scan_policy;

use self::harvest::{Harvest, Part};
use self::identity::Identity;
use self::session::Session;
use crate::model::{End, Header, Resource, Scope};

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Accounts to read.
    pub accounts: usize,
    /// Accounts that are done.
    pub accounts_done: usize,
    /// Lists to read: one a type, for user pools one a region.
    pub parts: usize,
    /// Lists that are done.
    pub parts_done: usize,
    /// Resources so far.
    pub resources: u64,
    /// Resources among them whose tags could not be read.
    pub unread: u64,
    /// Requests so far.
    pub calls: u64,
    /// Requests among them that were throttled.
    pub throttles: u64,
    /// How long the rest will take at the pace so far; absent while that is a guess.
    pub left: Option<std::time::Duration>,
}

/// What was read.
#[derive(Debug)]
pub struct Collected {
    /// The inventory's first line.
    pub header: Header,
    /// Sorted by [`Resource::order`].
    pub resources: Vec<Resource<'static>>,
    /// The inventory's last line, with what could not be read.
    pub end: End,
    /// How often each operation was called, by `service:Operation`.
    pub calls: BTreeMap<String, CallCount>,
    /// The account, twelve digits.
    pub account: String,
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
}

/// What the readers of all types share.
struct Scan<'a> {
    session: &'a Session,
    who: Identity,
    harvest: Harvest<'a>,
    skip_not_enabled: bool,
}

/// Reads the account that the credentials belong to. `now` becomes the inventory's time; `progress` is told of every
/// resource, from the calling thread.
///
/// # Errors
/// [`CollectError`] where nothing could be read at all; anything less is a gap in [`Collected::end`].
pub fn collect(options: &Options, now: Timestamp, progress: &dyn Fn(Progress)) -> Result<Collected, CollectError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let collected = runtime.block_on(run(options, now, progress));
    // A name that is still being looked up must not hold up the end.
    runtime.shutdown_background();
    collected
}

async fn run(options: &Options, now: Timestamp, progress: &dyn Fn(Progress)) -> Result<Collected, CollectError> {
    let session = Session::load(options).await?;
    let who = identity::whose(&session, options.profile.as_deref()).await?;
    let kinds = options.kinds();
    let harvest = Harvest::new(&who, session.shared.calls.clone(), parts(&kinds, &session.regions), progress);
    harvest.tell();
    let scan = Scan { session: &session, who, harvest, skip_not_enabled: options.regions == Regions::All };
    read(&scan, &kinds).await;

    let Scan { who, harvest, .. } = scan;
    let (resources, end) = harvest.close();
    let scope = Scope {
        accounts: vec![who.account.clone()],
        regions: session.regions.clone(),
        types: kinds.iter().map(ToString::to_string).collect(),
        partial: kinds.len() < Kind::ALL.len(),
        ..Scope::default()
    };
    Ok(Collected {
        header: Header::new(now.round(jiff::Unit::Second).unwrap_or(now).to_string(), scope),
        resources,
        end,
        calls: session.shared.calls.by_operation(),
        account: who.account,
        partition: who.partition,
    })
}

fn parts(kinds: &[Kind], regions: &[String]) -> Vec<Part> {
    let global = kinds.iter().filter(|kind| **kind != Kind::Pool).map(|kind| (*kind, None));
    global.chain(regions.iter().map(|region| (Kind::Pool, Some(region.clone())))).collect()
}

/// Reads every type and region side by side. Users and devices share IAM's rate limit, and so their caller.
async fn read(scan: &Scan<'_>, kinds: &[Kind]) {
    let client = scan.session.iam(&scan.who.account);
    let caller = scan.session.caller(pacer::IAM);
    let users = async {
        if kinds.contains(&Kind::User) {
            users::read(scan, &client, &caller).await;
        }
    };
    let devices = async {
        if kinds.contains(&Kind::Device) {
            devices::read(scan, &client, &caller).await;
        }
    };
    let pools = futures_util::future::join_all(scan.session.regions.iter().map(|region| pools::read(scan, region)));
    tokio::join!(users, devices, pools);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_types_are_all_types() {
        assert_eq!(Options::default().kinds(), Kind::ALL);
        let options = Options { types: vec![Kind::User, Kind::Device, Kind::User], ..Options::default() };
        assert_eq!(options.kinds(), [Kind::Device, Kind::User]);
    }

    #[test]
    fn iam_is_read_once_and_pools_by_region() {
        let regions = ["eu-west-1".to_owned(), "us-east-1".to_owned()];
        assert_eq!(parts(&Kind::ALL, &regions).len(), 4);
        assert_eq!(parts(&[Kind::User], &[]), [(Kind::User, None)]);
    }
}
