//! Reads and writes the tags of single resources: what a fix is made of.
//!
//! One call each, from any thread; pacing, retries and credentials are those of the scan. Which resource, which tags and
//! in which order is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_iam::types::Tag as IamTag;
use futures_util::StreamExt as _;

use super::assume::Errand;
use super::calls::{CallCount, Caller};
use super::failure::{Cause, Failure};
use super::scan::enter_for;
use super::session::{Root, Session};
use super::{CollectError, Options, ResourceKind, access, devices, options, permissions, pools, users};
use crate::iam_policies::Known;
use crate::model::Tags;

/// Roles that are assumed at once.
const ENTERED_AT_ONCE: usize = 16;

/// A resource whose tags are read and written.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Its ARN.
    pub arn: &'a str,
    /// Its type; the one of the ARN.
    pub kind: ResourceKind,
    /// Twelve digits; the one of the ARN.
    pub account: &'a str,
    /// Of a user pool; the one of the ARN.
    pub region: Option<&'a str>,
    /// Of a user: the bare name, which is what IAM's operations take.
    pub name: &'a str,
}

/// A call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteError {
    /// What it means for what is on the resource.
    pub fault: WriteFault,
    /// Code and operation; no credential is in it.
    pub text: String,
}

/// What a failed call means for what is on the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteFault {
    /// The service refused, or was never asked: nothing was written.
    Refused,
    /// `ConcurrentModification`: nothing was written, and it is worth another try.
    Conflict,
    /// Some attempt got no answer that tells: it may have been written.
    Unsure,
}

/// The accounts that the credentials lead to, with their tags open for writing.
#[derive(Debug)]
pub struct Writer {
    runtime: Option<tokio::runtime::Runtime>,
    root: Root,
    sessions: BTreeMap<String, Session>,
    partitions: BTreeMap<String, String>,
    closed: BTreeMap<String, String>,
    stopped: Arc<AtomicBool>,
}

impl Writer {
    /// Finds out whose credentials these are and enters those accounts that are wanted, by their roles where the options
    /// have any.
    ///
    /// # Errors
    /// [`CollectError`] where the accounts are not known. One that cannot be entered is no error: see
    /// [`closed`](Self::closed).
    pub fn connect(options: &Options, wanted: &BTreeSet<String>) -> Result<Self, CollectError> {
        options::check(options)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let stopped = Arc::new(AtomicBool::new(false));
        let flag = stopped.clone();
        let (root, found) = runtime.block_on(async {
            tokio::select! {
                prepared = super::prepare(options) => prepared,
                () = super::signalled() => Err(CollectError::Interrupted),
            }
        })?;
        // The first signal lets what is under way come to its end; who sends a second one means it.
        runtime.spawn(async move {
            super::signalled().await;
            flag.store(true, Ordering::Relaxed);
            super::signalled().await;
            std::process::exit(super::INTERRUPTED);
        });
        let mut writer = Self {
            runtime: None,
            root,
            sessions: BTreeMap::new(),
            partitions: BTreeMap::new(),
            closed: BTreeMap::new(),
            stopped,
        };
        let targets: Vec<_> = found.targets.into_iter().filter(|target| wanted.contains(&target.who.account)).collect();
        let root = &writer.root;
        let entered: Vec<_> = runtime.block_on(
            futures_util::stream::iter(&targets)
                .map(|target| {
                    let errand = Errand { name: "taglint-fix", may: permissions::fix_session_policy() };
                    enter_for(root, target, options.external_id.as_deref(), errand)
                })
                .buffered(ENTERED_AT_ONCE)
                .collect(),
        );
        for (target, entered) in targets.into_iter().zip(entered) {
            writer.partitions.insert(target.who.account.clone(), target.who.partition);
            match entered {
                Ok(session) => drop(writer.sessions.insert(target.who.account, session)),
                Err(failure) => drop(writer.closed.insert(target.who.account, failure.to_string())),
            }
        }
        writer.runtime = Some(runtime);
        Ok(writer)
    }

    /// The partition of an account that the credentials lead to.
    #[must_use]
    pub fn partition(&self, account: &str) -> Option<&str> {
        self.partitions.get(account).map(String::as_str)
    }

    /// Why an account that the credentials should lead to could not be entered.
    #[must_use]
    pub fn closed(&self, account: &str) -> Option<&str> {
        self.closed.get(account).map(String::as_str)
    }

    /// The policies of accounts that were entered; one that was not is missing, and so counts as unknown.
    #[must_use]
    pub fn policies(&self, accounts: &BTreeSet<String>) -> Known {
        let Some(runtime) = &self.runtime else { return Known::default() };
        let wanted = self.sessions.iter().filter(|(id, _)| accounts.contains(*id));
        let read = futures_util::stream::iter(wanted)
            .map(|(id, session)| access::of_session(id, session))
            .buffered(ENTERED_AT_ONCE)
            .collect();
        Known { accounts: runtime.block_on(read), unread: Vec::new() }
    }

    /// How often each operation was called, by `service:Operation`.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, CallCount> {
        self.root.shared.calls.by_operation()
    }

    /// Whether Ctrl-C or the system asked for the end.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Reads all tags of a resource from its own service.
    ///
    /// # Errors
    /// [`WriteError`] where they could not be read.
    pub fn tags(&self, place: &Place<'_>) -> Result<BTreeMap<String, String>, WriteError> {
        self.run(place, async |session| match place.kind {
            ResourceKind::User => {
                let (client, caller) = session.iam();
                users::tags_of(&client, &caller, place.name).await.map(pairs)
            }
            ResourceKind::Device => {
                let (client, caller) = session.iam();
                devices::tags_of(&client, &caller, place.arn).await.map(pairs)
            }
            ResourceKind::Pool => {
                let (client, caller) = session.cognito(place.region.unwrap_or_default());
                Ok(pools::tags_of(&client, &caller, place.arn).await?.into_iter().collect())
            }
        })
    }

    /// Adds or overwrites tags.
    ///
    /// # Errors
    /// [`WriteError`] where the service refused, or did not say.
    pub fn tag(&self, place: &Place<'_>, tags: &BTreeMap<String, String>) -> Result<(), WriteError> {
        self.run(place, async |session| {
            let (client, caller) = session.iam();
            match place.kind {
                ResourceKind::User => {
                    let tags = iam_tags(tags, "iam:TagUser")?;
                    caller
                        .call("iam:TagUser", |probe| {
                            let call = client.tag_user().user_name(place.name).set_tags(Some(tags.clone()));
                            call.customize().interceptor(probe).send()
                        })
                        .await
                        .map(drop)
                }
                ResourceKind::Device => {
                    let tags = iam_tags(tags, "iam:TagMFADevice")?;
                    caller
                        .call("iam:TagMFADevice", |probe| {
                            let call = client.tag_mfa_device().serial_number(place.arn).set_tags(Some(tags.clone()));
                            call.customize().interceptor(probe).send()
                        })
                        .await
                        .map(drop)
                }
                ResourceKind::Pool => {
                    let (client, caller) = pool(session, place);
                    let tags: std::collections::HashMap<_, _> = tags.clone().into_iter().collect();
                    caller
                        .call("cognito-idp:TagResource", |probe| {
                            let call = client.tag_resource().resource_arn(place.arn).set_tags(Some(tags.clone()));
                            call.customize().interceptor(probe).send()
                        })
                        .await
                        .map(drop)
                }
            }
        })
    }

    /// Takes tags away.
    ///
    /// # Errors
    /// [`WriteError`] where the service refused, or did not say.
    pub fn untag(&self, place: &Place<'_>, keys: &[String]) -> Result<(), WriteError> {
        let keys = || Some(keys.to_vec());
        self.run(place, async |session| {
            let (client, caller) = session.iam();
            match place.kind {
                ResourceKind::User => caller
                    .call("iam:UntagUser", |probe| {
                        let call = client.untag_user().user_name(place.name).set_tag_keys(keys());
                        call.customize().interceptor(probe).send()
                    })
                    .await
                    .map(drop),
                ResourceKind::Device => caller
                    .call("iam:UntagMFADevice", |probe| {
                        let call = client.untag_mfa_device().serial_number(place.arn).set_tag_keys(keys());
                        call.customize().interceptor(probe).send()
                    })
                    .await
                    .map(drop),
                ResourceKind::Pool => {
                    let (client, caller) = pool(session, place);
                    caller
                        .call("cognito-idp:UntagResource", |probe| {
                            let call = client.untag_resource().resource_arn(place.arn).set_tag_keys(keys());
                            call.customize().interceptor(probe).send()
                        })
                        .await
                        .map(drop)
                }
            }
        })
    }

    /// Lets time pass.
    pub fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn run<T>(
        &self,
        place: &Place<'_>,
        work: impl AsyncFnOnce(&Session) -> Result<T, Failure>,
    ) -> Result<T, WriteError> {
        let (Some(session), Some(runtime)) = (self.sessions.get(place.account), &self.runtime) else {
            let text = format!("account {} is not open", place.account);
            return Err(WriteError { fault: WriteFault::Refused, text });
        };
        runtime.block_on(work(session)).map_err(|failure| WriteError {
            fault: match failure.cause {
                _ if failure.unsure => WriteFault::Unsure,
                Cause::Conflict => WriteFault::Conflict,
                _ => WriteFault::Refused,
            },
            text: failure.to_string(),
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // A name that is still being looked up must not hold up the end.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn pool(session: &Session, place: &Place<'_>) -> (aws_sdk_cognitoidentityprovider::Client, Caller) {
    (session.cognito(place.region.unwrap_or_default()).0, session.cognito_writes())
}

fn pairs(tags: Tags<'static>) -> BTreeMap<String, String> {
    let pair = |tag: crate::model::Tag<'_>| {
        (tag.key.to_string(), tag.value.map(|value| value.to_string()).unwrap_or_default())
    };
    tags.into_known().into_iter().map(pair).collect()
}

fn iam_tags(tags: &BTreeMap<String, String>, operation: &str) -> Result<Vec<IamTag>, Failure> {
    let tag = |(key, value): (&String, &String)| IamTag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect::<Result<_, _>>().map_err(|_| Failure::empty(operation))
}
