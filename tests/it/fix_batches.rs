//! Batches of `fix`: equal changes of resources that the tagging API writes, on a service in memory that does to each call of
//! each resource what a test says. A batch ends as its jobs would end one by one.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use taglint::fix::apply::JobOutcome;
use taglint::fix::plan::Change;
use taglint::fix::tags::TagMap;

use crate::fix_run::{Runs, change, fates, tags};
use crate::targets::simulated::{Call, Fate, Fold, Simulated};

fn queue(number: usize) -> String {
    format!("arn:aws:sqs:eu-west-1:111122223333:q{number:02}")
}

/// Queues with tags of their own beside the one that is renamed.
fn queues(count: usize) -> (BTreeMap<String, TagMap>, Vec<Change>) {
    let before = |n: usize| tags(&[("owner", "a"), ("number", &n.to_string())]);
    let after = |n: usize| tags(&[("Owner", "a"), ("number", &n.to_string())]);
    let held = (0..count).map(|n| (queue(n), before(n))).collect();
    (held, (0..count).map(|n| change(&queue(n), &before(n), &after(n))).collect())
}

#[test]
fn equal_changes_share_their_calls_and_each_has_its_result() {
    let (held, changes) = queues(3);
    let remote = Simulated::new(Fold::Ascii, held.clone()).fates(&queue(1), &[Fate::Good, Fate::Refused]);
    let mut runs = Runs::new();
    let summary = runs.apply(&changes, &remote);
    assert_eq!(summary.outcomes[&0], JobOutcome::Done);
    assert!(matches!(summary.outcomes[&1], JobOutcome::Failed(_)));
    assert_eq!(summary.outcomes[&2], JobOutcome::Done);
    // All are read, then all are written: no job waits for another one's end.
    let order: Vec<String> = remote.calls().into_iter().take(6).map(|(arn, call)| format!("{arn} {call:?}")).collect();
    assert!(
        order[..3].iter().all(|call| call.ends_with("Read")) && order[3..].iter().all(|call| call.contains("Tag(")),
        "{order:?}"
    );
    runs.undo(&remote);
    assert!(held.iter().all(|(arn, tags)| remote.tags(arn) == *tags));
}

#[test]
fn a_batch_whose_write_had_to_wait_reads_again() {
    let (held, changes) = queues(2);
    let remote = Simulated::new(Fold::Ascii, held).admit_after(Duration::from_secs(2));
    Runs::new().apply(&changes, &remote);
    let before_writes = remote.calls().into_iter().take_while(|(_, call)| *call == Call::Read).count();
    assert_eq!(before_writes, 4);
}

#[test]
fn a_batch_of_throttled_calls_is_repeated_as_one() {
    let (held, changes) = queues(3);
    let mut remote = Simulated::new(Fold::Ascii, held);
    for number in 0..3 {
        remote = remote.fates(&queue(number), &[Fate::Good, Fate::Busy, Fate::Good, Fate::Busy]);
    }
    let summary = Runs::new().apply(&changes, &remote);
    assert!(summary.outcomes.values().all(|outcome| *outcome == JobOutcome::Done), "{summary:?}");
    let calls: Vec<Call> = remote.calls().into_iter().map(|(_, call)| call).collect();
    let (reads, writes): (Vec<_>, Vec<_>) = calls[..12].chunks(3).partition(|chunk| chunk[0] == Call::Read);
    assert!(reads.len() == 2 && writes.len() == 2, "three reads, three writes, and again: {calls:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_to_one_the_others_end_as_planned(
        on_the_way in proptest::collection::vec(fates(), 2..5),
        foreign in proptest::collection::vec(any::<bool>(), 5),
    ) {
        let (mut held, changes) = queues(on_the_way.len());
        for (number, _) in foreign.iter().enumerate().filter(|(number, foreign)| **foreign && *number < on_the_way.len()) {
            held.get_mut(&queue(number)).unwrap().insert("Team".to_owned(), "his".to_owned());
        }
        let mut remote = Simulated::new(Fold::Ascii, held.clone());
        for (number, fates) in on_the_way.iter().enumerate() {
            remote = remote.fates(&queue(number), fates);
        }
        let mut runs = Runs::new();
        let first = runs.apply(&changes, &remote);
        prop_assert_eq!(first.outcomes.len(), changes.len());
        for (number, change) in changes.iter().enumerate() {
            remote.befall(&change.arn, &[]);
            let outcome = &first.outcomes[&number];
            let now = remote.tags(&change.arn);
            match outcome {
                JobOutcome::Done | JobOutcome::Already => prop_assert_eq!(&now, &change.after),
                JobOutcome::Refused(_) => prop_assert_eq!(&now, &held[&change.arn]),
                _ => {}
            }
            prop_assert!(!foreign[number] || now == held[&change.arn], "{:?}", outcome);
        }
        let resumed = runs.resume(&remote);
        for (number, change) in changes.iter().enumerate() {
            let refused = |outcome: Option<&JobOutcome>| matches!(outcome, Some(JobOutcome::Refused(_)));
            let wanted = if foreign[number] { &held[&change.arn] } else { &change.after };
            prop_assert_eq!(&remote.tags(&change.arn), wanted);
            prop_assert_eq!(refused(resumed.outcomes.get(&number)), foreign[number]);
        }
        runs.undo(&remote);
        for (arn, tags) in &held {
            prop_assert_eq!(&remote.tags(arn), tags, "{}", arn);
        }
    }
}
