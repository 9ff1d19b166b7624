//! The context of a reader: one listing of one account.

use futures_util::StreamExt as _;

use super::fields::{read_tags, some, unread_tags, with_account};
use super::tag_index::{self, IndexRegion, TagIndex};
use crate::aws::{Partition, SupportedType};
use crate::collect::accounts::target_account::TargetAccount;
use crate::collect::client::api_error::{ApiError, Cause};
use crate::collect::client::session::AccountSession;
use crate::collect::collector::{Collector, Listing};
use crate::collect::options::TagsFrom;
use crate::model::{Origin, Resource, Tags};

/// Returns `true` if the tags of a resource, which come from the index, have to be read from the service, because a
/// policy would report the resource or its verdict is unknown.
pub type NeedsDirectRead<'a> = dyn Fn(&Resource<'_>) -> bool + 'a;

/// The settings that the scans of all accounts share.
pub(crate) struct ScanSettings<'a> {
    pub(crate) collector: &'a Collector<'a>,
    /// The types that are read and not reported.
    pub(crate) context_types: Vec<&'static SupportedType>,
    /// `true` if each account is asked for its regions. A disabled region is then known as such, so it is not a gap.
    pub(crate) all_regions: bool,
    pub(crate) tags_from: TagsFrom,
    /// The number of concurrent reads of one list.
    pub(crate) width: usize,
    pub(crate) needs_direct_read: &'a NeedsDirectRead<'a>,
    /// The time of the run, in seconds.
    pub(crate) now: i64,
}

/// The scan of one listing of one account.
pub(crate) struct ScanContext<'a> {
    pub(crate) settings: &'a ScanSettings<'a>,
    pub(crate) session: &'a AccountSession,
    pub(crate) target: &'a TargetAccount,
    pub(crate) resource_type: &'static SupportedType,
    /// The index with the tags of the type.
    pub(crate) index_region: IndexRegion,
    /// The region, if the type has regions.
    pub(crate) region: Option<&'a str>,
    /// `true` if the region is known to have the service.
    pub(crate) region_is_known: bool,
    /// The listing that is read in the same calls, if there is one.
    pub(crate) read_with: Option<Box<Self>>,
}

impl ScanContext<'_> {
    /// The account id.
    pub(crate) fn account(&self) -> &str {
        &self.target.identity.account
    }

    /// The partition of the account.
    pub(crate) fn partition(&self) -> &str {
        &self.target.identity.partition
    }

    /// The region; empty for a type without regions.
    pub(crate) fn region(&self) -> &str {
        self.region.unwrap_or_default()
    }

    fn listing(&self) -> Listing {
        Listing::new(self.resource_type, self.region)
    }

    /// Awaits the scan of the listing, unless the region belongs to another partition than the account.
    pub(crate) async fn run(&self, scan: impl Future<Output = ()>) {
        let partition = Partition::of_region(self.region()).name;
        if self.region.is_some() && partition != self.partition() {
            let region = self.region();
            let home = self.partition();
            let error = format!("region {region} is in partition {partition}, the credentials are of partition {home}");
            self.gap("", error);
        } else {
            scan.await;
        }
        for done in std::iter::once(self).chain(self.read_with.as_deref()) {
            self.settings.collector.listing_done(done.account(), &done.listing());
        }
    }

    /// Records that the listing could not be read to its end.
    pub(crate) fn gap(&self, operation: &str, error: impl Into<String>) {
        self.settings.collector.gap(self.account(), &self.listing(), operation, error.into());
    }

    /// Records a failed list of a type with regions. If it failed at once, the region may be disabled, or there may be none
    /// of this name.
    pub(crate) fn regional_list_failed(&self, operation: &str, error: &ApiError, at_once: bool) {
        let (region, all_regions) = (self.region(), self.settings.all_regions);
        let text = match error.cause {
            Cause::UnknownToken if at_once && all_regions => return self.settings.collector.not_enabled(region),
            // AWS opens a region before all of its services are available there.
            Cause::Unreachable(true) if at_once && all_regions && !self.region_is_known => {
                return self.settings.collector.not_enabled(region);
            }
            Cause::UnknownToken if at_once => format!("region {region} is not enabled in this account ({error})"),
            Cause::Unreachable(true) => {
                let host = error.endpoint.as_deref().unwrap_or("its endpoint");
                let plural = self.resource_type.plural;
                format!("{host} does not resolve: does region {region} exist, and does it have {plural}?")
            }
            _ => error.to_string(),
        };
        self.gap(operation, text);
    }

    /// Announces resources that will be added.
    pub(crate) fn expect(&self, resources: usize) {
        self.settings.collector.expect(resources);
    }

    /// Adds a resource with its tags.
    pub(crate) fn add(&self, resource: Resource<'static>) {
        self.settings.collector.add(resource);
    }

    /// A resource of this listing, without its tags.
    pub(crate) fn resource(&self, arn: impl Into<String>) -> Resource<'static> {
        let resource_type = self.resource_type;
        let context = self.settings.context_types.contains(&resource_type);
        let resource = Resource {
            kind: resource_type.name.into(),
            arn: some(arn),
            region: self.region.and_then(some),
            origin: context.then(|| Box::new(Origin { context, ..Origin::default() })),
            ..Resource::default()
        };
        with_account(self.target, resource)
    }

    /// Adds listed resources, which come without tags. `read_one` makes a resource of an item and reads its tags; this
    /// read is skipped if the index has the tags and no policy would report them.
    pub(crate) async fn add_all<T, F>(&self, items: Vec<T>, read_one: impl Fn(T) -> (Resource<'static>, F))
    where
        F: Future<Output = Result<Tags<'static>, ApiError>>,
    {
        self.expect(items.len());
        let index = self.tag_index(items.len()).await;
        futures_util::stream::iter(items)
            .map(|item| {
                let (resource, direct) = read_one(item);
                self.add_with_tags(resource, index.as_ref(), direct)
            })
            .buffer_unordered(self.settings.width)
            .collect::<()>()
            .await;
    }

    /// The index of tags, if it is to be used. If it cannot be read, tags are read from the service, which is never wrong.
    async fn tag_index(&self, resources: usize) -> Option<TagIndex> {
        let region = match self.index_region {
            IndexRegion::None => return None,
            IndexRegion::Main => Partition::of_region(&self.session.home).main_region,
            IndexRegion::Own => self.region(),
        };
        if !tag_index::is_wanted(self.settings.tags_from, resources) {
            return None;
        }
        match tag_index::read(self.session, region, self.resource_type.name).await {
            // Whether the index lists global resources is not documented for all types: an index without any of them is
            // ignored (docs/contributing/aws-facts.md).
            Ok(index) => Some(index).filter(|index| self.region.is_some() || !index.is_empty()),
            Err(error) => {
                if self.settings.tags_from == TagsFrom::TaggingApi {
                    let account = self.account();
                    let note = format!("{error} in account {account}: tags were read directly");
                    self.settings.collector.note(note);
                }
                None
            }
        }
    }

    /// Adds a resource with the tags of the index if no policy would report them, else with those that `direct` reads.
    async fn add_with_tags(
        &self,
        mut resource: Resource<'static>,
        index: Option<&TagIndex>,
        direct: impl Future<Output = Result<Tags<'static>, ApiError>>,
    ) {
        let collector = self.settings.collector;
        if let Some(index) = index {
            let arn = resource.arn.as_deref().unwrap_or_default();
            resource.tags = read_tags(index.tags_of(arn).unwrap_or_default().iter().cloned());
            if !(self.settings.needs_direct_read)(&resource) {
                return collector.add_indexed(resource);
            }
        }
        resource.tags = match direct.await {
            Ok(tags) => tags,
            // The resource was deleted after it was listed.
            Err(error) if error.gone() => return collector.skip(),
            Err(error) => unread_tags(&error),
        };
        collector.add(resource);
    }
}
