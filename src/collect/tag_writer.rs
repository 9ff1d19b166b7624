//! The tag writer of a fix: it reads and writes the tags of single resources.
//!
//! Each method makes one call, from any thread, with the rate limits and credentials of a scan. Reads are repeated as in a
//! scan. A write is sent once: between two attempts somebody else may write, so the fix reads the tags before it repeats
//! one. The fix decides which resources and tags to write, and in which order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;

use super::accounts::assume_role::{AssumeRoleRequest, enter};
use super::accounts::selection::connect;
use super::accounts::target_account::TargetAccount;
use super::any_type::unlisted;
use super::client::api_call::CallCount;
use super::client::api_error::{ApiError, Cause};
use super::client::session::{AccountSession, RootSession};
use super::error::CollectError;
use super::options::{self, CollectOptions, ExternalIds};
use super::permissions::session_policies::{self, FixLimit};
use super::permissions::{TagWrites, uses_cloud_control};
use super::policies::read_session;
use super::readers::reader::{TagTarget, TypeReader};
use super::readers::registry::reader_of;
use super::readers::tagging_api::{self, TagWrite};
use super::runtime::{INTERRUPTED, new_runtime, stop_signal};
use crate::aws::{Place, TaggableArn, tag_actions};
use crate::iam_policies::KnownPolicies;
use crate::model::TagMap;

/// The number of accounts that are entered at once.
const ENTERED_AT_ONCE: usize = 16;

/// The error of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteError {
    /// The consequence for the resource.
    pub kind: WriteErrorKind,
    /// The error code and the operation, without any credential.
    pub text: String,
}

/// The consequence of a failed call for the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteErrorKind {
    /// The service refused the request, or no request was sent: nothing was written.
    Refused,
    /// `ConcurrentModification`: nothing was written, and a retry may succeed.
    Conflict,
    /// The request was throttled or not sent: nothing was written, and a retry may succeed.
    Busy,
    /// An attempt had no clear answer: the tags may have been written.
    Uncertain,
    /// The answer to a read does not contain the resource.
    NotListed,
}

/// The accounts that the credentials give access to, with sessions for writing tags.
#[derive(Debug)]
pub struct TagWriter {
    runtime: Option<tokio::runtime::Runtime>,
    root: RootSession,
    sessions: BTreeMap<String, AccountSession>,
    partitions: BTreeMap<String, String>,
    closed: BTreeMap<String, String>,
    /// The accounts and regions of resources whose ARNs lack them, by ARN.
    places: BTreeMap<String, Place>,
    /// The number of writes that the rate limit has admitted, by ARN.
    admitted: Mutex<BTreeMap<String, usize>>,
    wide: Vec<String>,
    stopped: Arc<AtomicBool>,
}

/// The writes of a fix by account id, and there by type.
pub type AccountWrites = BTreeMap<String, Vec<(&'static str, TagWrites)>>;

/// A resource with the session and region of its calls.
struct Target<'w, 'a> {
    parsed: TaggableArn<'a>,
    place: Place,
    session: &'w AccountSession,
    runtime: &'w tokio::runtime::Runtime,
}

/// Enters an account, with a session for its writes alone.
async fn enter_for(
    root: &RootSession,
    target: &TargetAccount,
    external_ids: &ExternalIds,
    writes: &AccountWrites,
) -> Result<(AccountSession, bool), ApiError> {
    let account = &target.identity.account;
    let writes = writes.get(account).map_or(&[][..], Vec::as_slice);
    let sessions = session_policies::fix(writes);
    let wide = target.role.is_some() && sessions[0].limit != FixLimit::Resources;
    let policies = sessions.into_iter().map(|session| session.policy).collect();
    let request = || {
        let request = AssumeRoleRequest::fix(policies);
        if uses_cloud_control(writes) { request.with_read_only(&target.identity.partition) } else { request }
    };
    let session = enter(root, target, external_ids.of(account), request).await?;
    Ok((session, wide))
}

impl TagWriter {
    /// Enters those of the selected accounts that have writes. A session in another account may write only these keys on
    /// these resources, as far as that fits into a session policy. `places` are those of resources whose ARNs name no
    /// account or region.
    ///
    /// # Errors
    /// [`CollectError`] if the accounts could not be found. An account that cannot be entered is no error: see
    /// [`closed`](Self::closed).
    pub fn connect(
        options: &CollectOptions,
        writes: &AccountWrites,
        places: BTreeMap<String, Place>,
    ) -> Result<Self, CollectError> {
        options::check(options)?;
        let runtime = new_runtime()?;
        let (root, list) = runtime.block_on(async {
            tokio::select! {
                connected = connect(options) => connected,
                () = stop_signal() => Err(CollectError::Interrupted),
            }
        })?;
        let mut out = Self {
            stopped: watch_signals(&runtime),
            runtime: None,
            root,
            sessions: BTreeMap::new(),
            partitions: BTreeMap::new(),
            closed: BTreeMap::new(),
            places,
            admitted: Mutex::default(),
            wide: Vec::new(),
        };
        let targets: Vec<_> =
            list.targets.into_iter().filter(|target| writes.contains_key(&target.identity.account)).collect();
        let root = &out.root;
        let enter_one = |target| enter_for(root, target, &options.external_ids, writes);
        let entered: Vec<_> =
            runtime.block_on(futures_util::stream::iter(&targets).map(enter_one).buffered(ENTERED_AT_ONCE).collect());
        for (target, entered) in targets.into_iter().zip(entered) {
            let account = target.identity.account;
            out.partitions.insert(account.clone(), target.identity.partition);
            match entered {
                Ok((session, wide)) => {
                    out.wide.extend(wide.then(|| account.clone()));
                    out.sessions.insert(account, session);
                }
                Err(error) => drop(out.closed.insert(account, error.to_string())),
            }
        }
        out.runtime = Some(runtime);
        Ok(out)
    }

    /// The partition of an account that the credentials give access to.
    #[must_use]
    pub fn partition(&self, account: &str) -> Option<&str> {
        self.partitions.get(account).map(String::as_str)
    }

    /// The reason that an account could not be entered.
    #[must_use]
    pub fn closed(&self, account: &str) -> Option<&str> {
        self.closed.get(account).map(String::as_str)
    }

    /// The accounts whose sessions may write more than the plan's resources, because these do not fit into a session policy.
    #[must_use]
    pub fn wide_sessions(&self) -> &[String] {
        &self.wide
    }

    /// The policies of those accounts that were entered. Any other account is missing, so its policies are unknown.
    #[must_use]
    pub fn policies(&self, accounts: &BTreeSet<String>) -> KnownPolicies {
        let Some(runtime) = &self.runtime else { return KnownPolicies::default() };
        let wanted = self.sessions.iter().filter(|(id, _)| accounts.contains(*id));
        let read = futures_util::stream::iter(wanted)
            .map(|(id, session)| read_session(id, session))
            .buffered(ENTERED_AT_ONCE)
            .collect();
        KnownPolicies { accounts: runtime.block_on(read), unread: Vec::new() }
    }

    /// The number of calls by `service:Operation`.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, CallCount> {
        self.root.shared.calls.by_operation()
    }

    /// Returns `true` if Ctrl-C or SIGTERM requested the end.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Waits until the rate limit admits this number of writes to a resource, so that they do not wait later. Returns the
    /// time that it took.
    pub fn admit(&self, arn: &str, writes: usize) -> Duration {
        let begun = Instant::now();
        let Ok(Target { parsed, place, session, runtime }) = self.target(arn) else { return Duration::ZERO };
        let caller = match parsed.native {
            Some(parts) => {
                let target = TagTarget { arn, parts, admitted: false };
                reader_of(parts.resource_type).write_caller(session, &target)
            }
            None => session.tagging_writes(place.tagging_region(parsed.arn.partition)).1,
        };
        let admitted = self.admitted().get(arn).copied().unwrap_or_default();
        for _ in admitted..writes {
            runtime.block_on(caller.admit());
        }
        self.admitted().insert(arn.to_owned(), writes.max(admitted));
        begun.elapsed()
    }

    fn admitted(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.admitted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns `true` if a write to a resource was admitted; it is then made.
    fn use_admission(&self, arn: &str) -> bool {
        let mut admitted = self.admitted();
        let Some(left) = admitted.get_mut(arn).filter(|left| **left > 0) else { return false };
        *left -= 1;
        true
    }

    /// Reads the tags of a resource: from its own service if its type is supported, else as
    /// [`tags_of_all`](Self::tags_of_all).
    ///
    /// # Errors
    /// [`WriteError`] if they could not be read.
    pub fn tags(&self, arn: &str) -> Result<TagMap, WriteError> {
        if by_tagging_api(arn) {
            return single(self.tags_of_all(&[arn]));
        }
        self.run(arn, false, async |reader, session, target| reader.read_tags(session, target).await)
    }

    /// Adds or overwrites tags.
    ///
    /// # Errors
    /// [`WriteError`] if the service refused them or gave no clear answer.
    pub fn tag(&self, arn: &str, tags: &TagMap) -> Result<(), WriteError> {
        if by_tagging_api(arn) {
            return single(self.write_all(&[arn], TagWrite::Tag(tags)));
        }
        let admitted = self.use_admission(arn);
        self.run(arn, admitted, async |reader, session, target| reader.tag(session, target, tags).await)
    }

    /// Removes tags.
    ///
    /// # Errors
    /// [`WriteError`] if the service refused or gave no clear answer.
    pub fn untag(&self, arn: &str, keys: &[String]) -> Result<(), WriteError> {
        if by_tagging_api(arn) {
            return single(self.write_all(&[arn], TagWrite::Untag(keys)));
        }
        let admitted = self.use_admission(arn);
        self.run(arn, admitted, async |reader, session, target| reader.untag(session, target, keys).await)
    }

    /// Waits, at the pace of the run.
    pub fn wait(&self, time: Duration) {
        std::thread::sleep(self.root.shared.pace.pause(time));
    }

    fn run<T>(
        &self,
        arn: &str,
        admitted: bool,
        operation: impl AsyncFnOnce(&dyn TypeReader, &AccountSession, &TagTarget<'_>) -> Result<T, ApiError>,
    ) -> Result<T, WriteError> {
        let Target { parsed, session, runtime, .. } = self.target(arn)?;
        let parts = parsed.native.ok_or_else(|| refused("not the ARN of a supported resource type".to_owned()))?;
        let target = TagTarget { arn, parts, admitted };
        let result = runtime.block_on(operation(reader_of(parts.resource_type), session, &target));
        result.map_err(|error| write_error(&error))
    }

    /// Reads the tags of resources of one account and region that the tagging API has, in one call. Those that it does not
    /// list, Cloud Control reads one by one.
    pub fn tags_of_all(&self, arns: &[&str]) -> Vec<Result<TagMap, WriteError>> {
        let Some(first) = arns.first() else { return Vec::new() };
        let read = self.target(first).and_then(|Target { parsed, place, session, runtime }| {
            let region = place.tagging_region(parsed.arn.partition);
            let listed =
                runtime.block_on(tagging_api::read(session, region, arns)).map_err(|error| write_error(&error))?;
            let others = arns.iter().filter(|arn| !listed.contains_key(**arn)).map(|arn| (*arn).to_owned()).collect();
            let others = runtime.block_on(unlisted::read(session, region, others));
            let others = others.into_iter().map(|(arn, tags)| (arn, tags.map_err(|reason| not_listed(&reason))));
            Ok(listed.into_iter().map(|(arn, tags)| (arn, Ok(tags))).chain(others).collect::<HashMap<_, _>>())
        });
        match read {
            Err(error) => arns.iter().map(|_| Err(error.clone())).collect(),
            Ok(mut found) => arns
                .iter()
                .map(|arn| found.remove(*arn).unwrap_or_else(|| Err(not_listed("it was not asked"))))
                .collect(),
        }
    }

    /// Writes the tags of up to 20 resources of one account and region that the tagging API has, in one call.
    pub fn write_all(&self, arns: &[&str], write: TagWrite<'_>) -> Vec<Result<(), WriteError>> {
        let Some(first) = arns.first() else { return Vec::new() };
        let admitted = arns.iter().any(|arn| self.use_admission(arn));
        let written = self.target(first).and_then(|Target { parsed, place, session, runtime }| {
            let region = place.tagging_region(parsed.arn.partition);
            let written = runtime.block_on(tagging_api::write(session, region, arns, write, admitted));
            written.map_err(|error| write_error(&error))
        });
        let result = |arn: &&str| match &written {
            Err(error) => Err(error.clone()),
            Ok(failed) => failed.get(*arn).map_or(Ok(()), |error| Err(write_error_of_resource(arn, error))),
        };
        arns.iter().map(result).collect()
    }

    /// The account and region of a resource.
    ///
    /// # Errors
    /// The place that its ARN does not have, nor anything else.
    pub fn place(&self, arn: &str) -> Result<Place, String> {
        if let Some(place) = self.places.get(arn) {
            return Ok(place.clone());
        }
        let parsed = TaggableArn::parse(arn).ok_or("not the ARN of a taggable type")?;
        Ok(parsed.place(None, None)?)
    }

    /// The parts, place and session of a resource.
    fn target<'a>(&self, arn: &'a str) -> Result<Target<'_, 'a>, WriteError> {
        let parsed = TaggableArn::parse(arn).ok_or_else(|| refused("not the ARN of a taggable type".to_owned()))?;
        let place = self.place(arn).map_err(refused)?;
        let (Some(session), Some(runtime)) = (self.sessions.get(&place.account), &self.runtime) else {
            return Err(refused(format!("account {} was not entered", place.account)));
        };
        Ok(Target { parsed, place, session, runtime })
    }
}

fn by_tagging_api(arn: &str) -> bool {
    TaggableArn::parse(arn).is_some_and(|parsed| parsed.native.is_none())
}

/// The result for the only resource of a call.
fn single<T>(results: Vec<Result<T, WriteError>>) -> Result<T, WriteError> {
    results.into_iter().next().unwrap_or_else(|| Err(refused("nothing was asked for".to_owned())))
}

fn refused(text: String) -> WriteError {
    WriteError { kind: WriteErrorKind::Refused, text }
}

/// The error for a resource that the tagging API does not list. `reason`: why Cloud Control does not tell its tags.
fn not_listed(reason: &str) -> WriteError {
    let text = format!(
        "not read: {} does not list it, and what is not listed is not known to have no tags. Cloud Control does not tell them \
         either: {reason}. Allow what `taglint permissions fix` lists, or set a first tag with Tag Editor or the service \
         itself, and make the plan again",
        tag_actions::READ
    );
    WriteError { kind: WriteErrorKind::NotListed, text }
}

fn write_error(error: &ApiError) -> WriteError {
    WriteError {
        kind: match error.cause {
            _ if error.uncertain => WriteErrorKind::Uncertain,
            Cause::Conflict => WriteErrorKind::Conflict,
            _ if error.transient => WriteErrorKind::Busy,
            _ => WriteErrorKind::Refused,
        },
        text: error.to_string(),
    }
}

/// The error of one resource of a call that succeeded: its service refused the caller.
fn write_error_of_resource(arn: &str, error: &ApiError) -> WriteError {
    let mut out = write_error(error);
    if error.cause == Cause::Denied {
        let service = TaggableArn::parse(arn).map_or("its service", |parsed| parsed.arn.service);
        out.text = format!("{}: {service} refuses its own tag action; `taglint permissions fix` lists it", out.text);
    }
    out
}

/// A flag that the first signal sets, so that the current operation completes. The second one ends the program.
fn watch_signals(runtime: &tokio::runtime::Runtime) -> Arc<AtomicBool> {
    let stopped = Arc::new(AtomicBool::new(false));
    let flag = stopped.clone();
    runtime.spawn(async move {
        stop_signal().await;
        flag.store(true, Ordering::Relaxed);
        stop_signal().await;
        std::process::exit(INTERRUPTED);
    });
    stopped
}

impl Drop for TagWriter {
    fn drop(&mut self) {
        // Dropping the runtime would wait for a name lookup that is under way.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
