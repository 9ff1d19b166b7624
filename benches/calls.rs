//! `cargo bench --bench calls`: how many calls and how much time a scan takes, beside the least that is possible.
//!
//! It runs against the emulator of the tests: each answer 20 ms late, with tags read directly and from the tagging API's
//! index; and with Cognito's documented quotas and an IAM that allows 30 requests a second. Environment: `BENCH_USERS` (default 1,000), `BENCH_DEVICES` (500), `BENCH_POOLS`
//! (200, in two regions), `BENCH_ROLES` (400), `BENCH_POLICIES` (150), `BENCH_PROFILES` (80), `BENCH_IDENTITY_POOLS` (10, in
//! two regions).

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::json;

#[allow(dead_code)] // the tests use all of it
#[path = "../tests/it/common.rs"]
mod common;
#[allow(dead_code)]
#[path = "../tests/it/emulator.rs"]
mod emulator;

use common::Scratch;
use emulator::{Emulator, counts, crowd, family_crowd};

/// What AWS gives a page at most.
const IAM_PAGE: u64 = 1000;
const POOL_PAGE: u64 = 60;

const ARGS: [&str; 7] = [
    "--type",
    "iam:user,iam:mfa,iam:role,iam:policy,iam:instance-profile,cognito-idp:userpool,cognito-identity:identitypool",
    "--region",
    "eu-central-1,eu-west-1",
    "--quiet",
    "--fail-on",
    "never",
];

fn main() {
    let number = |name: &str, default: u64| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (users, devices, pools) =
        (number("BENCH_USERS", 1000), number("BENCH_DEVICES", 500), number("BENCH_POOLS", 200));
    let (roles, policies, profiles) =
        (number("BENCH_ROLES", 400), number("BENCH_POLICIES", 150), number("BENCH_PROFILES", 80));
    let identity_pools = number("BENCH_IDENTITY_POOLS", 10).div_ceil(2);
    let regions = [("eu-central-1", pools.div_ceil(2)), ("eu-west-1", pools / 2)];
    let pages = |count: u64, page: u64| count.div_ceil(page).max(1);
    let least = BTreeMap::from([
        ("cognito-idp:ListTagsForResource", pools),
        ("cognito-idp:ListUserPools", regions.iter().map(|(_, pools)| pages(*pools, POOL_PAGE)).sum()),
        ("cognito-identity:ListIdentityPools", 2 * pages(identity_pools, POOL_PAGE)),
        ("cognito-identity:ListTagsForResource", 2 * identity_pools),
        ("iam:GetAccountAuthorizationDetails", pages(users + roles, IAM_PAGE)),
        ("iam:ListInstanceProfileTags", profiles),
        ("iam:ListInstanceProfiles", pages(profiles, IAM_PAGE)),
        ("iam:ListMFADeviceTags", devices),
        ("iam:ListPolicies", pages(policies, IAM_PAGE)),
        ("iam:ListPolicyTags", policies),
        ("iam:ListVirtualMFADevices", pages(devices, IAM_PAGE)),
        ("sts:GetCallerIdentity", 1),
    ]);
    let size = |count: u64| usize::try_from(count).expect("a count that fits in memory");
    let people = crowd(size(users), size(devices), &regions.map(|(region, pools)| (region, size(pools))));
    let emulator =
        Emulator::with(&family_crowd(people, size(roles), size(policies), size(profiles), size(identity_pools)));
    let scratch = Scratch::new();
    println!(
        "{users} users, {devices} MFA devices, {pools} user pools, {roles} roles, {policies} policies, {profiles} instance \
         profiles, {} identity pools in {} regions",
        2 * identity_pools,
        regions.len()
    );
    let unpaced = json!({"rps": null, "delay_ms": 20});
    let paced = json!({"rps": {"iam": 30, "cognito-idp": 20}, "delay_ms": null});
    for (name, tags_from, limits) in [
        ("20 ms of delay, tags read directly", "direct", &unpaced),
        ("20 ms of delay, tags from the index", "tagging-api", &unpaced),
        ("30 a second for IAM, 20 for Cognito, tags read directly", "direct", &paced),
    ] {
        emulator.limits(limits);
        emulator.forget();
        let start = Instant::now();
        emulator.run_at_the_pace_of_aws(&scratch, &[&["scan", "--tags-from", tags_from], &ARGS[..]].concat()).exits(0);
        let time = start.elapsed();
        let tally = emulator.tally();
        let made = counts(&tally["calls"]);
        println!("\n{name}: {:.1} s, at most {} requests open", time.as_secs_f64(), tally["max_in_flight"]);
        println!("{:<40} {:>8} {:>8} {:>10}", "operation", "requests", "least", "throttled");
        for (operation, requests) in &made {
            let least = least.get(operation.as_str()).filter(|_| tags_from == "direct");
            let least = least.map_or_else(|| "-".to_owned(), u64::to_string);
            let throttled = tally["by_status"][operation]["400"].as_u64().unwrap_or(0);
            println!("{operation:<40} {requests:>8} {least:>8} {throttled:>10}");
        }
        let total = made.values().sum::<u64>();
        if tags_from == "direct" {
            println!("{:<40} {total:>8} {:>8}", "total", least.values().sum::<u64>());
            continue;
        }
        // Every tenth resource breaks a rule, and each of those is read before it is reported.
        let confirmed = [devices, policies, profiles, pools / 2, pools / 2, identity_pools, identity_pools];
        let confirmed: u64 = confirmed.into_iter().map(|count| count.div_ceil(10)).sum();
        println!("{:<40} {total:>8}, {confirmed} of them to confirm", "total");
    }
}
