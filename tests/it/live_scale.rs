//! The calls of a scan of an account of ordinary size, with every type that has a reader.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::Scratch;
use crate::emulator::{Emulator, crowd, family_crowd};
use crate::truth::{never_wrong, scan, truth};

const USERS: usize = 1000;
const DEVICES: usize = 500;
/// User pools of each of two regions, and identity pools.
const POOLS: usize = 100;
const IDENTITY_POOLS: usize = 5;
const ROLES: usize = 400;
const POLICIES: usize = 150;
const PROFILES: usize = 80;

const TYPES: &str = "iam:user,iam:mfa,iam:role,iam:policy,iam:instance-profile,cognito-idp:userpool,\
    cognito-identity:identitypool";

/// The least number of calls that read everything: each list in the largest pages of AWS, and the tags that no list has one
/// by one.
fn least() -> usize {
    let pages = |count: usize, page: usize| count.div_ceil(page);
    let lists = [
        pages(USERS + ROLES, 1000),
        pages(DEVICES, 1000),
        pages(POLICIES, 1000),
        pages(PROFILES, 1000),
        2 * pages(POOLS, 60),
        2 * pages(IDENTITY_POOLS, 60),
    ];
    let tags = DEVICES + POLICIES + PROFILES + 2 * (POOLS + IDENTITY_POOLS);
    let identity = 1;
    lists.iter().sum::<usize>() + tags + identity
}

#[test]
fn a_thousand_users_and_their_account_take_the_least_calls_and_few_with_the_index() {
    let people = crowd(USERS, DEVICES, &[("eu-central-1", POOLS), ("eu-west-1", POOLS)]);
    let emulator = Emulator::with(&family_crowd(people, ROLES, POLICIES, PROFILES, IDENTITY_POOLS));
    let truth = truth(&emulator);
    assert_eq!(truth.len(), USERS + DEVICES + ROLES + POLICIES + PROFILES + 2 * (POOLS + IDENTITY_POOLS));
    let scratch = Scratch::new();
    let read = |more: &[&str]| {
        emulator.forget();
        let report: Value = scan(&emulator, &scratch, &[&["--type", TYPES], more].concat()).exits(1).json();
        assert_eq!(never_wrong(&report, &truth), BTreeMap::new(), "everything is read and right");
        let calls = emulator.calls();
        (usize::try_from(calls.values().sum::<u64>()).expect("a count"), calls)
    };
    let (direct, calls) = read(&[]);
    assert!((least()..=least() + 2).contains(&direct), "{direct} calls, {} are the least: {calls:?}", least());
    let (indexed, calls) = read(&["--tags-from", "tagging-api"]);
    // Every tenth has no tags. Users and roles are listed with theirs.
    let tenth = |count: usize| count.div_ceil(10);
    let violate = tenth(DEVICES) + tenth(POLICIES) + tenth(PROFILES) + 2 * (tenth(POOLS) + tenth(IDENTITY_POOLS));
    assert!(indexed <= 60 + violate, "{indexed} calls, of them {violate} for what violates: {calls:?}");
}
