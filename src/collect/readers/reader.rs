//! The trait of readers.

use aws_sdk_iam::types::SummaryKeyType;
use futures_util::future::LocalBoxFuture;

use super::context::ScanContext;
use super::tag_index::IndexRegion;
use crate::aws::SupportedType;
use crate::aws::supported::ResourceArn;
use crate::collect::client::api_call::ApiCaller;
use crate::collect::client::api_error::ApiError;
use crate::collect::client::session::AccountSession;
use crate::model::TagMap;

/// The future of an operation. It is not `Send`: a scan runs on the thread that reports its progress.
pub(crate) type OperationFuture<'a, T> = LocalBoxFuture<'a, T>;

/// The result of reading tags.
pub(crate) type ReadFuture<'a> = OperationFuture<'a, Result<TagMap, ApiError>>;
/// The result of writing tags.
pub(crate) type WriteFuture<'a> = OperationFuture<'a, Result<(), ApiError>>;

/// The resource whose tags are read or written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TagTarget<'a> {
    /// The ARN as text.
    pub(crate) arn: &'a str,
    /// The parts of the ARN.
    pub(crate) parts: ResourceArn<'a>,
    /// `true` if the rate limit has admitted the write.
    pub(crate) admitted: bool,
}

/// The part of a resource type that needs the AWS SDK.
pub(crate) trait TypeReader: Sync {
    /// The type.
    fn resource_type(&self) -> &'static SupportedType;

    /// The IAM actions of lists. They take no resource.
    fn list_actions(&self) -> &'static [&'static str];

    /// The IAM actions of fallbacks for reading tags, besides [`SupportedType::read_tags_action`].
    fn fallback_actions(&self) -> &'static [&'static str] {
        &[]
    }

    /// The type whose list has the resources of this type too. If both are read, its reader reads both.
    fn read_with(&self) -> Option<&'static SupportedType> {
        None
    }

    /// The index with the tags of the type. By default the one of the resource's region, or of the partition's main region for
    /// a global type; an index without any resource of a global type is not used.
    fn index_region(&self) -> IndexRegion {
        if self.resource_type().regional { IndexRegion::Own } else { IndexRegion::Main }
    }

    /// The regions of a partition that are known to have the service; for a type with regions only. They are read where
    /// an account does not list its regions.
    fn known_regions(&self, partition: &str) -> &'static [&'static str] {
        let _ = partition;
        &[]
    }

    /// Lists the resources of one account, in one region if the type has regions, and reads their tags.
    fn scan<'a>(&'a self, context: &'a ScanContext<'a>) -> OperationFuture<'a, ()>;

    /// Reads the tags of one resource.
    fn read_tags<'a>(&'a self, session: &'a AccountSession, target: &'a TagTarget<'a>) -> ReadFuture<'a>;

    /// The caller that paces writes.
    fn write_caller(&self, session: &AccountSession, target: &TagTarget<'_>) -> ApiCaller;

    /// Adds or overwrites tags of one resource.
    fn tag<'a>(&'a self, session: &'a AccountSession, target: &'a TagTarget<'a>, tags: &'a TagMap) -> WriteFuture<'a>;

    /// Removes tags of one resource.
    fn untag<'a>(
        &'a self,
        session: &'a AccountSession,
        target: &'a TagTarget<'a>,
        keys: &'a [String],
    ) -> WriteFuture<'a>;

    /// The entry of `GetAccountSummary` with the number of resources, and the noun for what it counts. A type without one
    /// is estimated with one resource for each region.
    fn summary_entry(&self) -> Option<(SummaryKeyType, &'static str)> {
        None
    }

    /// The calls that a scan makes for this number of resources in one account, or in one region of it: operation and
    /// number. Where `indexed`, tags come from the index.
    fn estimated_calls(&self, resources: u64, indexed: bool) -> Vec<(&'static str, u64)>;
}
