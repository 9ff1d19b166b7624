//! Carrying out, finishing and taking back, on a service in memory that does to each call what a test says: the order of
//! requests, what follows from an answer that tells nothing, and that no tag is lost on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use taglint::aws::{KeyIdentity, TagLimits, TaggableArn};
use taglint::fix::apply::{ApplySummary, Job, JobOutcome, RestorePermits, VerifyTimeout, execute, remaining, undo};
use taglint::fix::journal::{self, Intent, Journal, JournalError, JournalHeader, Record, Restore};
use taglint::fix::plan::{self, Change, ChangeReason, Plan, PolicyStamp, VERSION};
use taglint::fix::tags::{TagMap, hash_tags, put};

use crate::targets::simulated::{Call, Fate, Fold, Simulated};

const USER: &str = "arn:aws:iam::111122223333:user/ana";
const DEVICE: &str = "arn:aws:iam::111122223333:mfa/phone";
const POOL: &str = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_a";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:jobs";
/// Its ARN names no account and region.
const BUCKET: &str = "arn:aws:s3:::logs";

/// Longer than any number of stale reads here.
const PATIENCE: VerifyTimeout = VerifyTimeout(Duration::from_mins(2));
/// The reads in that time.
const PATIENCE_READS: usize = 29;

pub(crate) fn tags(pairs: &[(&str, &str)]) -> TagMap {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// So many tags beside those that a test is about.
fn filled(count: usize, own: TagMap) -> TagMap {
    (0..count).map(|n| (format!("filler{n:02}"), String::new())).chain(own).collect()
}

pub(crate) fn change(arn: &str, before: &TagMap, after: &TagMap) -> Change {
    let target = TaggableArn::parse(arn).unwrap();
    let region = if arn == BUCKET { Some("eu-west-1") } else { None };
    let place = target.place(Some("111122223333"), region).unwrap();
    let set: TagMap =
        after.iter().filter(|(k, v)| before.get(*k) != Some(*v)).map(|(k, v)| (k.clone(), v.clone())).collect();
    let replaced = |key: &str| set.keys().any(|new| limits(arn).key_identity(new, key) == KeyIdentity::Same);
    let gone = before.keys().filter(|key| !after.contains_key(*key) && !replaced(key));
    Change {
        kind: target.kind.to_owned(),
        arn: arn.to_owned(),
        account: place.account,
        region: place.region,
        rules: vec![ChangeReason {
            rule: Some("owner".to_owned()),
            key: "Owner".to_owned(),
            kind: "missing".to_owned(),
        }],
        read: hash_tags(before),
        before: before.clone(),
        after: after.clone(),
        remove: gone.cloned().collect(),
        set,
        ..Change::default()
    }
}

fn header(changes: Vec<Change>, restores: Vec<Restore>) -> JournalHeader {
    let plan = Plan {
        taglint: "plan".to_owned(),
        version: VERSION,
        created: "2026-11-22T00:00:00Z".to_owned(),
        policy: PolicyStamp { name: "test".to_owned(), hash: "0".repeat(64) },
        accounts: vec!["111122223333".to_owned()],
        changes,
        not_fixed: Vec::new(),
        not_evaluated: Vec::new(),
    };
    JournalHeader {
        version: journal::VERSION,
        started: "2026-11-22T00:00:00Z".to_owned(),
        accounts: plan.accounts.clone(),
        flags: Vec::new(),
        plan: restores.is_empty().then_some(plan),
        restores,
    }
}

/// Opens a journal. A program that another test is just starting holds every open file, and so its lock, for a moment.
fn free<T>(open: impl Fn() -> Result<T, JournalError>) -> T {
    for _ in 0..500 {
        match open() {
            Err(JournalError::InUse) => std::thread::sleep(Duration::from_millis(10)),
            other => return other.unwrap(),
        }
    }
    panic!("the journal is never free");
}

/// A folder with journals, first that of a fix, then those of undos.
pub(crate) struct Runs {
    folder: tempfile::TempDir,
    journals: usize,
}

impl Runs {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), journals: 0 }
    }

    fn path(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("{number}.jsonl"))
    }

    fn last(&self) -> PathBuf {
        self.path(self.journals)
    }

    fn create(&mut self, header: JournalHeader) -> Journal {
        self.journals += 1;
        Journal::create(&self.last(), header, Timestamp::now).unwrap()
    }

    pub(crate) fn apply(&mut self, changes: &[Change], remote: &Simulated<'_>) -> ApplySummary {
        let journal = self.create(header(changes.to_vec(), Vec::new()));
        let jobs = changes.iter().cloned().enumerate();
        let jobs: Vec<Job> = jobs.map(|(number, change)| Job::change(number, change, false).unwrap()).collect();
        execute(&jobs, remote, &journal, PATIENCE, &|_, _| {}).unwrap()
    }

    pub(crate) fn resume(&self, remote: &Simulated<'_>) -> ApplySummary {
        let (journal, history) = free(|| Journal::resume(&self.last(), None, Timestamp::now));
        let all = RestorePermits { unconfirmed: true, managed: true };
        let jobs = remaining(&history, Timestamp::now()).unwrap();
        let jobs: Vec<Job> = jobs.into_iter().map(|job| job.permitting(all)).collect();
        execute(&jobs, remote, &journal, PATIENCE, &|_, _| {}).unwrap()
    }

    /// Takes the last run back.
    pub(crate) fn undo(&mut self, remote: &Simulated<'_>) -> ApplySummary {
        let history = free(|| journal::read(&self.last()));
        let restores = undo(&history, Timestamp::now());
        let jobs = restores.iter().enumerate();
        let all = RestorePermits { unconfirmed: true, managed: true };
        let jobs: Vec<Job> = jobs
            .map(|(number, (restore, fresh))| Job::restore(number, restore.clone(), *fresh).unwrap().permitting(all))
            .collect();
        if jobs.is_empty() {
            return ApplySummary::default();
        }
        let journal = self.create(header(Vec::new(), restores.into_iter().map(|(restore, _)| restore).collect()));
        execute(&jobs, remote, &journal, PATIENCE, &|_, _| {}).unwrap()
    }
}

/// One change on one resource, with what becomes of its calls: the outcome, the calls, and the tags at the end.
fn one(arn: &str, before: &TagMap, after: &TagMap, fates: &[Fate]) -> (JobOutcome, Vec<Call>, TagMap) {
    let remote = Simulated::new(Fold::Ascii, [(arn.to_owned(), before.clone())].into()).fates(arn, fates);
    let mut summary = Runs::new().apply(&[change(arn, before, after)], &remote);
    let calls = remote.calls().into_iter().map(|(_, call)| call).collect();
    (summary.outcomes.remove(&0).unwrap(), calls, remote.tags(arn))
}

fn tag(pairs: &[(&str, &str)]) -> Call {
    Call::Tag(tags(pairs))
}

fn untag(key: &str) -> Call {
    Call::Untag(vec![key.to_owned()])
}

#[test]
fn requests_go_out_in_the_order_that_loses_nothing() {
    let (owner, right) = (tags(&[("owner", "a"), ("x", "y")]), tags(&[("Owner", "a"), ("x", "y")]));
    for arn in [USER, DEVICE, POOL] {
        let (outcome, calls, now) = one(arn, &owner, &right, &[]);
        assert_eq!((outcome, now), (JobOutcome::Done, right.clone()), "{arn}");
        let mut expected = vec![Call::Read, tag(&[("Owner", "a")]), untag("owner"), Call::Read];
        if arn == USER {
            expected.remove(2);
        }
        assert_eq!(calls, expected, "{arn}");
        // Another key: written first, taken away after; the other way round where no place is free.
        let (wrong, right) = (tags(&[("KST", "1")]), tags(&[("Cost Center", "1")]));
        let requests = [tag(&[("Cost Center", "1")]), untag("KST")];
        for (more, first) in [(48, 0), (49, 1)] {
            let (outcome, calls, now) = one(arn, &filled(more, wrong.clone()), &filled(more, right.clone()), &[]);
            assert_eq!((outcome, now), (JobOutcome::Done, filled(more, right.clone())), "{arn}, {more}");
            let expected = [Call::Read, requests[first].clone(), requests[1 - first].clone(), Call::Read];
            assert_eq!(calls, expected, "{arn}, {more}");
        }
        let (outcome, calls, _) = one(arn, &right, &right, &[]);
        assert_eq!((outcome, calls), (JobOutcome::Already, vec![Call::Read]));
    }
}

#[test]
fn the_second_request_waits_until_the_first_is_known_to_have_taken() {
    let (wrong, right) = (tags(&[("KST", "1")]), tags(&[("Cost Center", "1")]));
    let requests = [tag(&[("Cost Center", "1")]), untag("KST")];
    for arn in [USER, DEVICE, POOL] {
        let (outcome, calls, now) = one(arn, &wrong, &right, &[Fate::Good, Fate::Taken, Fate::Stale, Fate::Stale]);
        assert_eq!((outcome, now), (JobOutcome::Done, right.clone()), "{arn}");
        let [first, second] = requests.clone();
        assert_eq!(calls, [Call::Read, first.clone(), Call::Read, Call::Read, Call::Read, second, Call::Read], "{arn}");
        // It did not take: it is sent again when reads have not shown it until the timeout. If it never takes, nothing is
        // taken away.
        let lost = |times: usize, before: usize| {
            let round = std::iter::once(Fate::Lost).chain(std::iter::repeat_n(Fate::Good, PATIENCE_READS + 1));
            std::iter::repeat_n(Fate::Good, before)
                .chain(std::iter::repeat_n(round, times).flatten())
                .collect::<Vec<_>>()
        };
        let (outcome, calls, now) = one(arn, &wrong, &right, &lost(1, 1));
        assert_eq!((outcome, now), (JobOutcome::Done, right.clone()), "{arn}");
        assert_eq!(calls.iter().filter(|call| **call == requests[0]).count(), 2);
        let (outcome, calls, now) = one(arn, &wrong, &right, &lost(3, 1));
        assert!(matches!(outcome, JobOutcome::Unconfirmed(_)), "{outcome:?}");
        assert_eq!(now, wrong);
        assert!(!calls.contains(&requests[1]), "{calls:?}");
        // The second one: it is sent until it takes.
        for (fates, sent) in [(vec![Fate::Good, Fate::Good, Fate::Taken], 1), (lost(1, 2), 2)] {
            let (outcome, calls, now) = one(arn, &wrong, &right, &fates);
            assert_eq!((outcome, now), (JobOutcome::Done, right.clone()), "{arn}");
            assert_eq!(calls.iter().filter(|call| **call == requests[1]).count(), sent);
        }
        // A refusal after the first: what there is keeps both.
        let (outcome, _, now) = one(arn, &wrong, &right, &[Fate::Good, Fate::Good, Fate::Refused]);
        assert!(matches!(&outcome, JobOutcome::PartiallyApplied(why) if why.contains("still there")), "{outcome:?}");
        assert_eq!(now, tags(&[("KST", "1"), ("Cost Center", "1")]));
    }
}

#[test]
fn who_writes_at_the_same_time_is_waited_for_and_not_for_ever() {
    let (wrong, right) = (tags(&[("owner", "a")]), tags(&[("Owner", "a")]));
    let fates = |conflicts: usize| {
        let pairs = std::iter::repeat_n([Fate::Good, Fate::Conflict], conflicts);
        pairs.flatten().collect::<Vec<_>>()
    };
    let writes = |calls: &[Call]| calls.iter().filter(|call| **call != Call::Read).count();
    let (outcome, calls, now) = one(USER, &wrong, &right, &fates(5));
    assert_eq!((outcome, now, writes(&calls)), (JobOutcome::Done, right.clone(), 6));
    let (outcome, calls, now) = one(USER, &wrong, &right, &fates(9));
    assert!(matches!(&outcome, JobOutcome::Failed(why) if why.contains("another write")), "{outcome:?}");
    assert_eq!((now, writes(&calls)), (wrong.clone(), 6));
    // Between the two requests: what was written is not written again.
    let (outcome, calls, now) = one(DEVICE, &wrong, &right, &[Fate::Good, Fate::Good, Fate::Conflict]);
    assert_eq!((outcome, now), (JobOutcome::Done, right));
    let [tag, untag] = [tag(&[("Owner", "a")]), untag("owner")];
    assert_eq!(calls, [Call::Read, tag, untag.clone(), Call::Read, untag, Call::Read]);
}

#[test]
fn late_reads_are_read_again_and_patience_ends() {
    let (wrong, right) = (tags(&[("owner", "a")]), tags(&[("Owner", "a")]));
    let late = |reads: usize| {
        let mut fates = vec![Fate::Good, Fate::Good];
        fates.extend(std::iter::repeat_n(Fate::Stale, reads));
        fates
    };
    assert_eq!(one(USER, &wrong, &right, &late(4)).0, JobOutcome::Done);
    let remote = Simulated::new(Fold::Ascii, [(USER.to_owned(), wrong.clone())].into()).fates(USER, &late(100));
    let mut runs = Runs::new();
    let summary = runs.apply(&[change(USER, &wrong, &right)], &remote);
    assert!(
        matches!(&summary.outcomes[&0], JobOutcome::Unconfirmed(why) if why.contains("not show it yet")),
        "{summary:?}"
    );
    assert_eq!(remote.waited(), PATIENCE.0, "neither less nor more");
    // What was not seen by then is seen when it is taken up again, and not written twice.
    remote.befall(USER, &[]);
    assert_eq!(runs.resume(&remote).outcomes[&0], JobOutcome::Already);
    // An undo waits for what a read does not show yet.
    remote.befall(USER, &[Fate::Stale, Fate::Stale, Fate::Stale]);
    assert_eq!(runs.undo(&remote).outcomes[&0], JobOutcome::Done);
    assert_eq!(remote.tags(USER), wrong);
    assert_eq!(remote.past(USER).len(), 3);
}

#[test]
fn a_read_that_has_grown_old_while_a_write_waits_is_repeated() {
    let (wrong, right) = (tags(&[("owner", "a")]), tags(&[("Owner", "a")]));
    for (wait, reads) in [(Duration::from_millis(900), 2), (Duration::from_secs(5), 3)] {
        let remote = Simulated::new(Fold::Ascii, [(USER.to_owned(), wrong.clone())].into()).admit_after(wait);
        let summary = Runs::new().apply(&[change(USER, &wrong, &right)], &remote);
        assert_eq!(summary.outcomes[&0], JobOutcome::Done);
        let read = remote.calls().iter().filter(|(_, call)| *call == Call::Read).count();
        assert_eq!((read, remote.tags(USER)), (reads, right.clone()));
    }
}

#[test]
fn what_cannot_be_read_is_not_written() {
    let (wrong, right) = (tags(&[("owner", "a")]), tags(&[("Owner", "a")]));
    for fate in [Fate::Refused, Fate::Lost] {
        let (outcome, calls, now) = one(USER, &wrong, &right, &[fate]);
        assert!(matches!(outcome, JobOutcome::Failed(_)), "{outcome:?}");
        assert_eq!((calls, now), (vec![Call::Read], wrong.clone()));
    }
    // After the write it is only not confirmed.
    let (outcome, _, now) = one(USER, &wrong, &right, &[[Fate::Good; 2], [Fate::Refused; 2]].concat());
    assert_eq!((outcome, now), (JobOutcome::Done, right));
}

#[test]
fn what_was_begun_is_not_taken_for_failed() {
    let (wrong, right) = (tags(&[("KST", "1")]), tags(&[("Cost Center", "1")]));
    let remote = Simulated::new(Fold::Ascii, [(USER.to_owned(), wrong.clone())].into());
    // The first of two requests took, the second was refused, and a read does not show the first yet.
    remote.befall(USER, &[Fate::Good, Fate::Good, Fate::Refused]);
    let mut runs = Runs::new();
    assert!(matches!(
        runs.apply(&[change(USER, &wrong, &right)], &remote).outcomes[&0],
        JobOutcome::PartiallyApplied(_)
    ));
    remote.befall(USER, &[Fate::Stale; 5]);
    assert_eq!(runs.undo(&remote).outcomes[&0], JobOutcome::Done);
    assert_eq!(remote.tags(USER), wrong);
    // Taken up again it can't be read: it may be written.
    let mut runs = Runs::new();
    remote.befall(USER, &[[Fate::Good; 2], [Fate::Refused; 2]].concat());
    runs.apply(&[change(USER, &wrong, &right)], &remote);
    remote.befall(USER, &[Fate::Refused]);
    let summary = runs.resume(&remote);
    assert!(matches!(summary.outcomes[&0], JobOutcome::Unconfirmed(_)), "{summary:?}");
}

#[test]
fn a_run_that_is_stopped_ends_what_it_began_and_begins_no_more() {
    let arn = |n: usize| format!("{USER}{n:03}");
    let (wrong, right) = (tags(&[("KST", "1")]), tags(&[("Cost Center", "1")]));
    let changes: Vec<Change> = (0..60).map(|n| change(&arn(n), &wrong, &right)).collect();
    let all = (0..60).map(|n| (arn(n), wrong.clone())).collect();
    let remote = Simulated::new(Fold::Ascii, all).stopping_after(40);
    let mut runs = Runs::new();
    let summary = runs.apply(&changes, &remote);
    let begun: BTreeSet<String> = remote.calls().into_iter().map(|(arn, _)| arn).collect();
    assert!((10..30).contains(&begun.len()), "{}", begun.len());
    for (number, outcome) in &summary.outcomes {
        let (outcome_if_begun, tags) =
            if begun.contains(&arn(*number)) { (JobOutcome::Done, &right) } else { (JobOutcome::NotBegun, &wrong) };
        assert_eq!((outcome, &remote.tags(&arn(*number))), (&outcome_if_begun, tags));
    }
    assert_eq!(summary.outcomes.len(), 60);
    assert!(!free(|| journal::read(&runs.last())).ended);
    // A second run does the rest and nothing twice.
    let rest = Simulated::new(Fold::Ascii, changes.iter().map(|c| (c.arn.clone(), remote.tags(&c.arn))).collect());
    let summary = runs.resume(&rest);
    assert_eq!(summary.outcomes.len(), 60 - begun.len());
    assert!(summary.outcomes.values().all(|outcome| *outcome == JobOutcome::Done));
    assert!(rest.calls().iter().all(|(arn, _)| !begun.contains(arn)));
}

/// The intents that are on the disk.
fn intents(path: &Path) -> Vec<Intent> {
    let text = std::fs::read_to_string(path).unwrap();
    let records = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let records = records.map(|line| serde_json::from_str::<Record>(line).unwrap());
    records.filter_map(|record| if let Record::Intent(intent) = record { Some(intent) } else { None }).collect()
}

/// The keys that an undo of a journal restores, with `?` where the run perhaps wrote them. `lines` follow the header.
fn undone(before: &TagMap, after: &TagMap, lines: &[Value]) -> Vec<String> {
    let header = header(vec![change(DEVICE, before, after)], Vec::new());
    let mut text = serde_json::to_string(&Record::Journal(Box::new(header))).unwrap() + "\n";
    for line in lines {
        text += &(line.to_string() + "\n");
    }
    let restores = undo(&journal::parse(text.as_bytes()).unwrap(), Timestamp::UNIX_EPOCH);
    let touched = restores.into_iter().flat_map(|(restore, _)| restore.touched);
    touched.map(|t| if t.unconfirmed { format!("{}?", t.key) } else { t.key }).collect()
}

#[test]
fn an_undo_restores_what_the_requests_wrote_in_journals_of_all_versions() {
    let (before, after) = (tags(&[("KST", "1")]), tags(&[("Cost Center", "1")]));
    let at = "2026-11-22T00:00:00Z";
    let intent = |tags: &TagMap, requests: Value| json!({"taglint": "intent", "job": 0, "at": at, "tags": tags, "to": after, "requests": requests});
    let first = || intent(&before, json!([{"tag": {"Cost Center": "1"}}, {"untag": ["KST"]}]));
    let result = |what: &str| json!({"taglint": "result", "job": 0, "at": at, "what": what});
    let answer = |request: usize, written: &str| json!({"taglint": "answer", "job": 0, "at": at, "request": request, "written": written});
    let both = tags(&[("KST", "1"), ("Cost Center", "1")]);
    for (lines, want) in [
        // Earlier versions wrote no answers.
        (vec![], vec![]),
        (vec![first(), result("done")], vec!["Cost Center", "KST"]),
        (vec![first(), result("failed")], vec![]),
        (vec![first(), result("half")], vec!["Cost Center"]),
        (vec![first(), result("unconfirmed")], vec!["Cost Center?", "KST?"]),
        (vec![first()], vec!["Cost Center?", "KST?"]),
        (vec![result("refused")], vec![]),
        (vec![first(), first(), result("failed")], vec!["Cost Center?", "KST?"]),
        // The answers tell.
        (vec![first(), answer(0, "yes"), answer(1, "no"), result("half")], vec!["Cost Center"]),
        (vec![first(), answer(0, "yes")], vec!["Cost Center", "KST?"]),
        (vec![first(), answer(0, "perhaps"), answer(1, "no"), result("unconfirmed")], vec!["Cost Center?"]),
        (vec![first(), answer(0, "no"), answer(1, "no"), result("changed")], vec![]),
        (
            vec![
                first(),
                answer(0, "yes"),
                answer(1, "no"),
                intent(&both, json!([{"untag": ["KST"]}])),
                answer(0, "perhaps"),
                result("done"),
            ],
            vec!["Cost Center", "KST"],
        ),
    ] {
        assert_eq!(undone(&before, &after, &lines), want, "{lines:?}");
    }
}

#[test]
fn an_answer_belongs_to_a_request_that_was_announced() {
    let header = header(vec![change(DEVICE, &tags(&[]), &tags(&[("a", "1")]))], Vec::new());
    let header = serde_json::to_string(&Record::Journal(Box::new(header))).unwrap() + "\n";
    let intent = "{\"taglint\":\"intent\",\"job\":0,\"at\":\"\",\"tags\":{},\"to\":{\"a\":\"1\"},\"requests\":[{\"tag\":{\"a\":\"1\"}}]}\n";
    let answer = |request: usize| {
        json!({"taglint": "answer", "job": 0, "at": "", "request": request, "written": "no"}).to_string() + "\n"
    };
    assert!(journal::parse((header.clone() + intent + &answer(0)).as_bytes()).is_ok());
    for (text, words) in
        [(header.clone() + &answer(0), "line 2: job 0"), (header + intent + &answer(1), "line 3: unknown")]
    {
        let error = journal::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn the_intent_is_on_the_disk_before_the_request() {
    let (wrong, right) = (tags(&[("KST", "1"), ("x", "y")]), tags(&[("Cost Center", "1"), ("x", "y")]));
    let arns = [USER, DEVICE, POOL];
    let changes = arns.map(|arn| change(arn, &wrong, &right));
    let mut runs = Runs::new();
    let path = runs.path(1);
    let seen = std::sync::atomic::AtomicUsize::new(0);
    let remote = Simulated::new(Fold::Ascii, arns.map(|arn| (arn.to_owned(), wrong.clone())).into())
        .fates(DEVICE, &[Fate::Good, Fate::Conflict])
        .watched(|arn, call, now| {
            let number = arns.iter().position(|other| *other == arn).unwrap();
            let intents = intents(&path);
            let intent = intents.iter().rfind(|intent| intent.job == number).expect("announced before it is asked for");
            assert_eq!((&intent.tags, &intent.to), (&wrong, &right));
            let announced = serde_json::to_string(&intent.requests).unwrap();
            let words = match call {
                Call::Tag(_) => "Cost Center",
                _ => "KST",
            };
            assert!(announced.contains(words) && now.contains_key("x"));
            seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        });
    let summary = runs.apply(&changes, &remote);
    assert!(summary.outcomes.values().all(|outcome| *outcome == JobOutcome::Done), "{summary:?}");
    drop(remote);
    assert_eq!(seen.into_inner(), 7, "two writes each, and one that met somebody else's");
}

#[test]
fn a_service_that_folds_case_and_one_that_does_not() {
    let (both, one_key) = (tags(&[("owner", "a"), ("Owner", "b")]), tags(&[("Owner", "b")]));
    // Two spellings on a device are two tags.
    let (outcome, calls, now) = one(DEVICE, &both, &one_key, &[]);
    assert_eq!((outcome, now), (JobOutcome::Done, one_key.clone()));
    assert_eq!(calls, [Call::Read, untag("owner"), Call::Read]);
    // Where only some ways to fold make one key of two, a user is left alone.
    for (before, after) in [("\u{212a}ey", "key"), ("\u{c9}t\u{e9}", "\u{e9}t\u{e9}")] {
        let (before, after) = (tags(&[(before, "v")]), tags(&[(after, "v")]));
        let (outcome, calls, now) = one(USER, &before, &after, &[]);
        assert!(matches!(outcome, JobOutcome::Refused(_)), "{outcome:?}");
        assert_eq!((calls, now), (vec![Call::Read], before));
    }
}

const KEYS: [&str; 12] = [
    "Owner",
    "owner",
    "OWNER",
    "owner ",
    "Cost Center",
    "cost center",
    "KST",
    "Stra\u{df}e",
    "stra\u{df}e",
    "\u{212a}ey",
    "key",
    "path:a/b",
];

fn limits(arn: &str) -> TagLimits {
    TagLimits::of(TaggableArn::parse(arn).unwrap().kind)
}

/// Tags as a service would hold them.
fn held(arn: &str, pairs: Vec<(&str, u8)>) -> TagMap {
    let mut tags = TagMap::new();
    for (key, value) in pairs {
        put(&mut tags, key, &format!("v{value}"), limits(arn));
    }
    tags
}

/// What is there and what shall be: renamed, removed, set, beside tags that nobody touches.
fn wish() -> impl Strategy<Value = (String, TagMap, TagMap)> {
    let pairs = || proptest::collection::vec((proptest::sample::select(&KEYS[..]), 0..6_u8), 0..6);
    let arn = proptest::sample::select(&[USER, DEVICE, POOL, QUEUE, BUCKET][..]);
    let filler = prop_oneof![3 => Just(0_usize), 2 => 40..50_usize];
    let moves = proptest::collection::vec((0..6_usize, proptest::sample::select(&KEYS[..])), 0..4);
    (arn, pairs(), moves, pairs(), filler).prop_map(|(arn, before, moves, new, filler)| {
        let before = held(arn, before);
        let filler = filler.min(50 - before.len());
        let mut after = before.clone();
        for (at, to) in moves {
            let Some(from) = after.keys().nth(at).cloned() else { continue };
            let value = after.remove(&from).unwrap();
            put(&mut after, to, &value, limits(arn));
        }
        for (key, value) in new.into_iter().take(2) {
            if after.len() + filler < 50 {
                put(&mut after, key, &format!("w{value}"), limits(arn));
            }
        }
        (arn.to_owned(), filled(filler, before), filled(filler, after))
    })
}

pub(crate) fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        5 => Just(Fate::Good),
        1 => Just(Fate::Refused),
        1 => Just(Fate::Conflict),
        1 => Just(Fate::Busy),
        2 => Just(Fate::Lost),
        2 => Just(Fate::Taken),
        2 => Just(Fate::Stale),
    ];
    proptest::collection::vec(fate, 0..14)
}

/// Runs that end in nothing but success or a refusal.
fn settle(runs: &Runs, remote: &Simulated<'_>, arn: &str, first: &ApplySummary) -> Result<bool, TestCaseError> {
    remote.befall(arn, &[]);
    let refused = |summary: &ApplySummary| matches!(summary.outcomes.get(&0), Some(JobOutcome::Refused(_)));
    if refused(first) {
        return Ok(false);
    }
    let summary = runs.resume(remote);
    prop_assert!(summary.outcomes.len() <= 1);
    if refused(&summary) {
        return Ok(false);
    }
    let good = |outcome: &JobOutcome| matches!(outcome, JobOutcome::Done | JobOutcome::Already);
    prop_assert!(summary.outcomes.values().all(good), "{:?}", summary);
    Ok(true)
}

/// Every value that was there and shall stay is there at every moment, under its old key or its new one.
fn nothing_lost(past: &[TagMap], from: &TagMap, to: &TagMap) -> Result<(), TestCaseError> {
    let values = |tags: &TagMap| tags.values().cloned().collect::<BTreeSet<String>>();
    let (from, to) = (values(from), values(to));
    for state in past {
        let now = values(state);
        let lost: Vec<_> = from.intersection(&to).filter(|value| !now.contains(*value)).collect();
        prop_assert!(lost.is_empty(), "{:?} is lost in {:?}", lost, past);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_a_fix_ends_as_planned_and_is_undone_to_the_byte(
        (arn, before, after) in wish(),
        unicode in any::<bool>(),
        on_the_way in (fates(), fates(), fates()),
        finished in any::<bool>(),
    ) {
        // Two reads in a row that are both as old as the tags before the fix are believed: docs/fix.md says so.
        let is_old_twice = |pair: &[Fate]| matches!(pair, [Fate::Stale, Fate::Stale]);
        prop_assume!(!on_the_way.2.windows(2).any(is_old_twice), "an undo that reads old tags twice");
        let fold = if unicode { Fold::Unicode } else { Fold::Ascii };
        let remote = Simulated::new(fold, BTreeMap::from([(arn.clone(), before.clone())])).fates(&arn, &on_the_way.0);
        let mut runs = Runs::new();
        let change = change(&arn, &before, &after);
        let plan = header(vec![change.clone()], Vec::new()).plan;
        prop_assume!(plan::read(&serde_json::to_vec(&plan).unwrap()[..]).is_ok(), "no plan has that");
        let summary = runs.apply(std::slice::from_ref(&change), &remote);
        let full = before.len() + after.keys().filter(|key| !before.contains_key(*key)).count() > 50;
        // It may be finished or not before it is taken back.
        if finished {
            remote.befall(&arn, &on_the_way.1);
            let summary = if matches!(summary.outcomes[&0], JobOutcome::Refused(_)) { summary } else { runs.resume(&remote) };
            if settle(&runs, &remote, &arn, &summary)? {
                prop_assert_eq!(&remote.tags(&arn), &after);
            } else {
                prop_assert_eq!(&remote.tags(&arn), &before);
            }
        }
        let past = remote.past(&arn);
        if !full {
            nothing_lost(&past, &before, &after)?;
        }
        for state in &past {
            for (key, value) in before.iter().filter(|(key, value)| after.get(*key) == Some(*value)) {
                prop_assert_eq!(state.get(key), Some(value), "{} is not the plan's", key);
            }
        }
        remote.befall(&arn, &on_the_way.2);
        let at = past.len();
        let summary = runs.undo(&remote);
        if !summary.outcomes.is_empty() {
            prop_assert!(settle(&runs, &remote, &arn, &summary)?, "{:?}", summary);
            prop_assert!(summary.drifts.is_empty(), "{:?}", summary);
        }
        prop_assert_eq!(remote.tags(&arn), before.clone());
        if !full {
            nothing_lost(&remote.past(&arn)[at - 1..], past.last().unwrap(), &before)?;
        }
    }
}
