//! The flags of a scan beside a plan that exists: taken where they agree with it, refused where a change is outside.

use crate::common::{ACCOUNT, Scratch};
use crate::emulator::Emulator;
use crate::fix_apply::{apply, fixed, plan, tags, world};

#[test]
fn flags_that_contradict_the_plan_are_refused_with_the_changes() {
    let emulator = Emulator::with(&world(1));
    let scratch = Scratch::new();
    let before = tags(&emulator);
    plan(&scratch, &emulator);
    let other = "arn:aws:iam::111122223333:role/fix";
    let organization = ["--organization", "--role-name", "fix", "--exclude-account", ACCOUNT];
    for (flags, words) in [
        (
            &["--region", "eu-west-1"][..],
            &["--region eu-west-1", "changes 1 resource ", "(eu-central-1)", "--resource"][..],
        ),
        (
            &["--region", "us-east-1"],
            &["--region us-east-1", "changes 2 resources ", "(eu-central-1) and ", "(eu-west-1)"],
        ),
        (&["--region", "nowhere"], &["--region \"nowhere\"", "not a region name"]),
        (&["--type", "iam:user"], &["--type iam:user", "changes 3 resources ", "(iam:mfa)", "(cognito-idp:userpool)"]),
        (&["--type", "iam:role"], &["--type iam:role", "changes 4 resources ", "and 1 more"]),
        (&["--role-arn", other], &["--role-arn arn:aws:iam::111122223333:role/fix", "(123456789012)"]),
        (&organization, &["--exclude-account 123456789012", "(123456789012)"]),
        (&["--shard", "1/2"], &["--shard"]),
        (&["--tags-from", "auto"], &["--tags-from"]),
    ] {
        apply(&emulator, &scratch, flags).fails_with(2, words);
    }
    assert_eq!(tags(&emulator), before);
    assert_eq!(emulator.calls().len(), 0, "the flags are compared before any call");
}

#[test]
fn flags_that_agree_with_the_plan_change_nothing_about_it() {
    for flags in [
        &["--region", "eu-west-1,eu-central-1"][..],
        &["--all-regions"],
        &["--type", "iam:*,cognito-idp:userpool", "--region", "eu-central-1", "--region", "eu-west-1"],
        &["--type", "all"],
    ] {
        let emulator = Emulator::with(&world(1));
        let scratch = Scratch::new();
        let before = tags(&emulator);
        plan(&scratch, &emulator);
        apply(&emulator, &scratch, flags).exits(0);
        assert!(tags(&emulator).iter().all(|(arn, tags)| *tags == fixed(&before[arn])), "{flags:?}");
    }
    // Only the changes that --resource chooses must agree, and a user has no region.
    let emulator = Emulator::with(&world(1));
    let scratch = Scratch::new();
    plan(&scratch, &emulator);
    apply(&emulator, &scratch, &["--region", "us-east-1", "--resource", "*:user/*"]).exits(0);
}
