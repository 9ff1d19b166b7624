//! Reads live AWS accounts: [`collect()`] makes the fewest calls that are correct and gives resources, gaps and counts.
//!
//! [`accounts`] says which accounts, [`scan`] reads one: one resource type a file ([`users`], [`devices`], [`pools`]).
//! [`session`] builds every client, from credentials that [`keys`] renews and [`assume`] gets for other accounts; all
//! calls go through [`calls`], which paces ([`pacer`]), bounds and counts them; all lists through [`paging`], which never
//! ends silently. [`index`] is the quicker and less certain source of tags. What was not read is said to be so: never is
//! a resource without tags where its tags could not be read. [`access()`] reads the accounts' policies instead.

mod access;
mod accounts;
mod assume;
mod calls;
mod devices;
mod error;
mod estimate;
mod failure;
mod harvest;
mod identity;
mod index;
mod keys;
mod kind;
mod options;
mod pacer;
mod paging;
mod permissions;
mod pools;
mod region;
mod regions;
mod roles;
mod scan;
mod session;
mod users;
mod write;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use jiff::Timestamp;

pub use self::access::access;
pub use self::calls::CallCount;
pub use self::error::CollectError;
pub use self::estimate::Estimate;
pub use self::kind::{ResourceKind, UnknownKind};
pub use self::options::{Accounts, Options, Organization, Regions, Shard, TagsFrom, Timeouts};
pub use self::permissions::{Bearer, TagWrites, explain_policy, fix_policy, scan_policy, summary_policy, trust_policy};
pub use self::roles::is_principal;
pub use self::write::{Place, WriteError, WriteFault, Writer};

use self::accounts::{Found, Target};
use self::harvest::{Harvest, Harvested, Part};
use self::scan::Plan;
use self::session::Root;
use crate::model::{InventoryEnd, InventoryHeader, Resource, Scope};

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
    pub left: Option<Duration>,
}

/// What was read.
#[derive(Debug)]
pub struct Collected {
    /// The inventory's first line.
    pub header: InventoryHeader,
    /// Sorted by [`Resource::order`].
    pub resources: Vec<Resource<'static>>,
    /// The inventory's last line, with what could not be read.
    pub end: InventoryEnd,
    /// How often each operation was called, by `service:Operation`.
    pub calls: BTreeMap<String, CallCount>,
    /// What the user should know and no report has a place for.
    pub notes: Vec<String>,
    /// Why the run ended early, if it did; what was not read is among the gaps.
    pub stopped: Option<Stop>,
}

/// What was read of policies.
#[derive(Debug)]
pub struct PolicyRead {
    /// What they read.
    pub known: crate::iam_policies::Known,
    /// What the user should know and no report has a place for.
    pub notes: Vec<String>,
    /// How often each operation was called, by `service:Operation`.
    pub calls: BTreeMap<String, CallCount>,
    /// Why the run ended early, if it did; what was not read is among the gaps.
    pub stopped: Option<Stop>,
}

/// Why a run ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Ctrl-C, or the system's wish to end the program.
    Signal,
    /// [`Options::deadline`].
    Deadline,
}

/// Says of a resource with the tags of the index whether they have to be confirmed: a policy would report it, or cannot
/// tell.
pub type Suspect<'a> = dyn Fn(&Resource<'_>) -> bool + 'a;

/// The exit code of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;
/// Accounts that are read at once.
const ACCOUNTS_AT_ONCE: usize = 64;

/// Reads the accounts that the options name. `now` becomes the inventory's time; `progress` is told of every resource,
/// from the calling thread; `suspect` chooses what is read directly where the tags of an index are asked for.
///
/// # Errors
/// [`CollectError`] where nothing could be read at all; anything less is a gap in [`Collected::end`].
pub fn collect(
    options: &Options,
    now: Timestamp,
    suspect: &Suspect<'_>,
    progress: &dyn Fn(Progress),
) -> Result<Collected, CollectError> {
    options::check(options)?;
    on_runtime(async {
        let mut stop = std::pin::pin!(stopped(options.deadline));
        let (root, found) = tokio::select! {
            prepared = prepare(options) => prepared?,
            why = &mut stop => return Err(CollectError::from(why)),
        };
        let accounts = found.targets.iter().map(|target| &*target.who.account);
        let harvest = Harvest::new(accounts, &parts(options, &root.regions), root.shared.calls.clone(), progress);
        harvest.tell();
        let plan = Plan::new(&root, &harvest, options, suspect);
        let stopped = tokio::select! {
            () = read(&plan, &found.targets) => None,
            why = &mut stop => Some(why),
        };
        let harvested = harvest.close(match stopped {
            Some(Stop::Deadline) => "the deadline came before it was read",
            Some(Stop::Signal) | None => "stopped before it was read",
        });
        Ok(assemble(options, now, &root, found, harvested, stopped))
    })
}

/// Works out what a scan would cost; see [`Estimate`].
///
/// # Errors
/// [`CollectError`] where the accounts are not known.
pub fn estimate(options: &Options) -> Result<Estimate, CollectError> {
    options::check(options)?;
    on_runtime(async {
        let (root, found) = tokio::select! {
            prepared = prepare(options) => prepared?,
            why = stopped(options.deadline) => return Err(CollectError::from(why)),
        };
        tokio::select! {
            estimate = estimate::of(&root, options, found) => Ok(estimate),
            why = stopped(options.deadline) => Err(CollectError::from(why)),
        }
    })
}

fn on_runtime<T>(work: impl Future<Output = Result<T, CollectError>>) -> Result<T, CollectError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let result = runtime.block_on(work);
    // From here on the signal would find nobody: what is left is writing, and who wants to stop that means it.
    runtime.spawn(async {
        signalled().await;
        std::process::exit(INTERRUPTED);
    });
    // A name that is still being looked up must not hold up the end, and the signal has to be heard until then.
    std::mem::forget(runtime);
    result
}

/// Ends when the run has to.
async fn stopped(deadline: Option<Duration>) -> Stop {
    let late = async {
        match deadline {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = late => Stop::Deadline,
        () = signalled() => Stop::Signal,
    }
}

/// Ends with Ctrl-C or, where there is such a thing, the signal that job systems send before they kill.
async fn signalled() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Whose credentials these are, and which accounts are to be read.
async fn prepare(options: &Options) -> Result<(Root, Found), CollectError> {
    let root = Root::load(options).await?;
    let who = identity::whose(&root, options.profile.as_deref()).await?;
    let found = accounts::find(&root, &who, options).await?;
    root.widen(options, found.targets.len());
    Ok((root, found))
}

async fn read(plan: &Plan<'_>, targets: &[Target]) {
    futures_util::stream::iter(targets)
        .map(|target| plan.read(target))
        .buffer_unordered(ACCOUNTS_AT_ONCE)
        .collect::<()>()
        .await;
}

/// The lists that are read of each account. Where it is asked for its regions, one stands for all of them.
fn parts(options: &Options, regions: &[String]) -> Vec<Part> {
    let mut parts = Vec::new();
    for kind in options.kinds_read() {
        if kind == ResourceKind::Pool && options.regions != Regions::All {
            parts.extend(regions.iter().map(|region| (kind, Some(region.clone()))));
        } else {
            parts.push((kind, None));
        }
    }
    parts
}

fn assemble(
    options: &Options,
    now: Timestamp,
    root: &Root,
    found: Found,
    harvested: Harvested,
    stopped: Option<Stop>,
) -> Collected {
    let Harvested { resources, mut end, regions, mut notes } = harvested;
    end.unread.extend(found.gaps);
    end.unread.sort();
    notes.splice(0..0, found.notes);
    let kinds = options.kinds();
    let scope = Scope {
        accounts: found.targets.into_iter().map(|target| target.who.account).collect(),
        regions,
        types: kinds.iter().map(ToString::to_string).collect(),
        organization: found.organization,
        shard: options.shard.filter(|shard| shard.of > 1).map(|shard| shard.to_string()),
        some_accounts: options.some_accounts(),
        ..Scope::default()
    };
    Collected {
        header: InventoryHeader::new(now.round(jiff::Unit::Second).unwrap_or(now).to_string(), scope),
        resources,
        end,
        calls: root.shared.calls.by_operation(),
        notes,
        stopped,
    }
}

impl From<Stop> for CollectError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Signal => Self::Interrupted,
            Stop::Deadline => Self::Deadline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iam_is_read_once_and_pools_by_region() {
        let regions = ["eu-west-1".to_owned(), "us-east-1".to_owned()];
        assert_eq!(parts(&Options::default(), &regions).len(), 4);
        assert_eq!(
            parts(&Options { types: vec![ResourceKind::User], ..Options::default() }, &[]),
            [(ResourceKind::User, None)]
        );
        let all = Options { regions: Regions::All, types: vec![ResourceKind::Pool], ..Options::default() };
        assert_eq!(parts(&all, &[]), [(ResourceKind::Pool, None)]);
    }
}
