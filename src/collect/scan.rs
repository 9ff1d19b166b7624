//! The scan of one account.

use aws_credential_types::provider::SharedCredentialsProvider;
use futures_util::future;

use super::accounts::Target;
use super::assume::{Errand, Role};
use super::failure::Failure;
use super::harvest::{self, Harvest, some};
use super::identity::Identity;
use super::index::Index;
use super::keys::Keys;
use super::options::{Options, Regions, TagsFrom};
use super::session::{Root, Session};
use super::{ResourceKind, Suspect, devices, pools, regions, users};
use crate::model::{Origin, Resource, Tags};

/// What the scans of all accounts share.
pub(super) struct Plan<'a> {
    pub(super) root: &'a Root,
    pub(super) harvest: &'a Harvest<'a>,
    /// What is read.
    pub(super) kinds: Vec<ResourceKind>,
    /// Whether users are read for the sake of devices alone.
    pub(super) users_are_context: bool,
    /// Whether each account is asked for its regions; one that is switched off is then merely listed.
    pub(super) all_regions: bool,
    pub(super) tags_from: TagsFrom,
    pub(super) external_id: Option<String>,
    /// Whether a policy would report a resource, or cannot tell.
    pub(super) suspect: &'a Suspect<'a>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(root: &'a Root, harvest: &'a Harvest<'a>, options: &Options, suspect: &'a Suspect<'a>) -> Self {
        Self {
            root,
            harvest,
            kinds: options.kinds_read(),
            users_are_context: !options.kinds().contains(&ResourceKind::User),
            all_regions: options.regions == Regions::All,
            tags_from: options.tags_from,
            external_id: options.external_id.clone(),
            suspect,
        }
    }

    /// Reads one account. One that cannot be entered is a gap.
    pub(super) async fn read(&self, target: &Target) {
        let account = &target.who.account;
        self.harvest.begin(account);
        match enter(self.root, target, self.external_id.as_deref(), super::permissions::session_policy).await {
            Ok(session) => {
                let scan = Scan { plan: self, session, who: &target.who, target, harvest: self.harvest };
                scan.read().await;
            }
            Err(failure) => self.harvest.lost(account, "sts:AssumeRole", failure.to_string()),
        }
    }
}

/// The session of an account: one's own, or of its role.
pub(super) async fn enter(
    root: &Root,
    target: &Target,
    external_id: Option<&str>,
    may: fn() -> String,
) -> Result<Session, Failure> {
    enter_for(root, target, external_id, Errand { name: "taglint-scan", may: may() }).await
}

/// The same for any errand.
pub(super) async fn enter_for(
    root: &Root,
    target: &Target,
    external_id: Option<&str>,
    errand: Errand,
) -> Result<Session, Failure> {
    let Some(arn) = &target.role else { return Ok(root.own(&target.who.account)) };
    let role = Role::new(root, arn, external_id, errand);
    let _place = match &root.shared.gate {
        Some(gate) => Some(gate.acquire().await),
        None => None,
    };
    let first = role.assume().await?;
    let keys = Keys::new(SharedCredentialsProvider::new(role), root.shared.timeouts.operation, Some(first));
    Ok(root.assumed(&target.who.account, keys))
}

/// The scan of one account, as the readers of all types see it.
pub(super) struct Scan<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) session: Session,
    pub(super) who: &'a Identity,
    target: &'a Target,
    pub(super) harvest: &'a Harvest<'a>,
}

impl Scan<'_> {
    /// Reads every type and region side by side. Users and devices share IAM's rate limit, and so their caller.
    async fn read(&self) {
        let reads = |kind| self.plan.kinds.contains(&kind);
        let (client, caller) = self.session.iam();
        let users = async {
            if reads(ResourceKind::User) {
                users::read(self, &client, &caller).await;
            }
        };
        let devices = async {
            if reads(ResourceKind::Device) {
                devices::read(self, &client, &caller).await;
            }
        };
        let pools = async {
            if reads(ResourceKind::Pool) {
                let names =
                    if self.plan.all_regions { regions::enabled(self).await } else { self.plan.root.regions.clone() };
                future::join_all(names.iter().map(|region| pools::read(self, region))).await;
            }
        };
        tokio::join!(users, devices, pools);
    }

    /// A resource of this account, its tags not read yet.
    pub(super) fn resource(&self, kind: ResourceKind, arn: String) -> Resource<'static> {
        let context = kind == ResourceKind::User && self.plan.users_are_context;
        Resource {
            kind: kind.as_str().into(),
            arn: some(arn),
            account: some(self.who.account.as_str()),
            account_name: self.target.name.clone().and_then(some),
            account_tags: self
                .target
                .tags
                .as_ref()
                .map(|tags| tags.iter().map(|(key, value)| (key.clone().into(), value.clone().into())).collect()),
            origin: context.then(|| Box::new(Origin { context, ..Origin::default() })),
            ..Resource::default()
        }
    }

    /// The index of a region's tags, where it is to be asked. Where it cannot be read, tags are read directly, which is
    /// never wrong.
    pub(super) async fn index(&self, region: &str, kind: ResourceKind, resources: usize) -> Option<Index> {
        if !super::index::wanted(self.plan.tags_from, resources) {
            return None;
        }
        match super::index::read(&self.session, region, kind).await {
            Ok(index) => Some(index),
            Err(failure) => {
                if self.plan.tags_from == TagsFrom::TaggingApi {
                    let account = &self.who.account;
                    self.harvest.note(format!("{failure} in account {account}: tags were read directly"));
                }
                None
            }
        }
    }

    /// Takes a resource in with its tags: those of the index where a policy has nothing to say to them, else those that
    /// `direct` reads.
    pub(super) async fn settle(
        &self,
        mut resource: Resource<'static>,
        index: Option<&Index>,
        direct: impl Future<Output = Result<Tags<'static>, Failure>>,
    ) {
        if let Some(index) = index {
            let arn = resource.arn.as_deref().unwrap_or_default();
            resource.tags = harvest::tags(index.of(arn).unwrap_or_default().iter().cloned());
            if !(self.plan.suspect)(&resource) {
                return self.harvest.add_indexed(resource);
            }
        }
        resource.tags = match direct.await {
            Ok(tags) => tags,
            // Deleted since it was listed.
            Err(failure) if failure.gone() => return self.harvest.skip(),
            Err(failure) => harvest::unread(&failure),
        };
        self.harvest.add(resource);
    }
}
