//! The regions that an account has enabled, from AWS Account Management.

use aws_sdk_account::types::RegionOptStatus;

use crate::aws::Region;
use crate::collect::client::api_error::ApiError;
use crate::collect::client::paging::{Next, Page, read_all};
use crate::collect::client::session::AccountSession;

/// The operation that lists the regions.
pub(crate) const LIST_REGIONS: &str = "account:ListRegions";
/// The largest page of `ListRegions`.
const PAGE: i32 = 50;

/// The regions of an account, as far as they could be read.
#[derive(Debug, Default)]
pub(crate) struct AccountRegions {
    /// The enabled regions, and those that are being enabled or disabled: they may hold resources.
    pub(crate) enabled: Vec<String>,
    /// The disabled regions.
    pub(crate) disabled: Vec<String>,
    /// The reason that the list is incomplete, if it is.
    pub(crate) error: Option<ApiError>,
}

/// Lists the regions of an account.
pub(crate) async fn account_regions(session: &AccountSession) -> AccountRegions {
    let (client, caller) = session.account_management();
    let mut regions = AccountRegions::default();
    let end = read_all(
        async |token| {
            let answer = caller
                .call(LIST_REGIONS, |interceptor| {
                    let call = client.list_regions().max_results(PAGE).set_next_token(token.clone());
                    call.customize().interceptor(interceptor).send()
                })
                .await?;
            Ok(Page { next: Next::token(answer.next_token), items: answer.regions.unwrap_or_default() })
        },
        |page| {
            for region in page {
                // The name becomes part of a host name, so only valid names are used.
                let Some(name) = region.region_name.filter(|name| Region::is_valid(name)) else { continue };
                match region.region_opt_status {
                    Some(RegionOptStatus::Disabled) => regions.disabled.push(name),
                    _ => regions.enabled.push(name),
                }
            }
        },
    )
    .await;
    regions.error = end.err();
    regions
}
