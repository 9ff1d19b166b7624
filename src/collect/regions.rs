//! The regions that an account has enabled.

use aws_sdk_account::types::RegionOptStatus;

use super::ResourceKind;
use super::paging::{self, Next, Page};
use super::region;
use super::scan::Scan;

/// What Account Management gives at most.
const PAGE: i32 = 50;

/// The regions to look for user pools in. Where the account does not tell, those that are known to have Cognito, and a
/// gap: there may be others.
pub(super) async fn enabled(scan: &Scan<'_>) -> Vec<String> {
    let (client, caller) = scan.session.about();
    let (mut names, mut off) = (Vec::new(), Vec::new());
    let end = paging::all(
        async |token| {
            let answer = caller
                .call("account:ListRegions", |probe| {
                    let call = client.list_regions().max_results(PAGE).set_next_token(token.clone());
                    call.customize().interceptor(probe).send()
                })
                .await?;
            Ok(Page { next: Next::token(answer.next_token), items: answer.regions.unwrap_or_default() })
        },
        |page| {
            for region in page {
                let Some(name) = region.region_name.filter(|name| region::check(name).is_ok()) else { continue };
                // One that is being switched off or on may still or already hold pools.
                match region.region_opt_status {
                    Some(RegionOptStatus::Disabled) => off.push(name),
                    _ => names.push(name),
                }
            }
        },
    )
    .await;
    if let Err(failure) = end {
        let known = region::with_pools(&scan.who.partition);
        names.extend(known.iter().filter(|name| !off.iter().any(|off| off == *name)).map(|name| (*name).to_owned()));
        let error = format!("{failure}; only the regions that taglint knows were read");
        scan.harvest.gap(&scan.who.account, &(ResourceKind::Pool, None), "account:ListRegions", error);
    }
    // Two partitions have no Cognito at all: there is nothing to read there, and nobody to ask.
    if region::with_pools(&scan.who.partition).is_empty() {
        names.clear();
        let partition = &scan.who.partition;
        scan.harvest.note(format!("partition {partition} has no Cognito: no user pools were looked for there"));
    }
    names.sort_unstable();
    names.dedup();
    for name in &off {
        scan.harvest.not_enabled(name);
    }
    scan.harvest.regions(&scan.who.account, &names);
    names
}
