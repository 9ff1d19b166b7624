//! The journal of `fix`.

use super::parts::TEXTS;
use super::plan::PLAN;
use super::spec::Type::{Any, Count, Flag, List, Map, Nullable, Object as Of, Text, Time, Version, Word, Words};
use super::spec::{Object, always, closed, maybe, open};

pub(super) static JOURNAL: Object = open(
    "journal",
    "The first line: everything that the run is going to do",
    &[
        always("taglint", Word("journal"), "the kind of the line"),
        always("version", Version(1), "the version of the format"),
        always("started", Time, "the time of the start"),
        always("accounts", TEXTS, "the accounts of the resources"),
        always("flags", TEXTS, "the `--allow-…` flags that were given"),
        maybe("plan", Of(&PLAN), "the plan, without changes that were refused before the first request"),
        maybe("restores", List(&Of(&RESTORE)), "the resources that are restored, in the journal of an undo"),
    ],
);

static RESTORE: Object = open(
    "restore",
    "The tags to restore on one resource",
    &[
        always("arn", Text, "the ARN"),
        maybe("account", Text, "the account ID, where the ARN has none"),
        maybe("region", Text, "the region, where the ARN has none and the resource has one"),
        always("touched", List(&Of(&TOUCHED)), "the tags that the run changed"),
        maybe("tags", Map(&Text), "all tags that the run left"),
        maybe("managed", Flag, "`true` if the plan says that another tool manages the resource"),
    ],
);

static TOUCHED: Object = closed(
    "touched",
    "The change of one tag",
    &[
        always("key", Text, "the key"),
        always("left", Nullable(&Text), "the value after the run; `null` if the run removed the tag"),
        always("was", Nullable(&Text), "the value before the run; `null` if there was no tag"),
        maybe("unconfirmed", Flag, "`true` if the run perhaps did not write it"),
    ],
);

const JOB: &str = "the position of the change in the plan, or of the resource among the restores, from 0";

pub(super) static INTENT: Object = open(
    "intent",
    "The requests for one resource, which is on disk before the first of them is sent",
    &[
        always("taglint", Word("intent"), "the kind of the line"),
        always("job", Count, JOB),
        always("at", Time, "the time"),
        always("tags", Map(&Text), "the tags as they were just read"),
        always("to", Map(&Text), "the tags after the requests"),
        always("requests", List(&Any(&[Of(&TAG), Of(&UNTAG)])), "the requests, in order"),
    ],
);

static TAG: Object = closed("tag", "A request that adds or overwrites tags", &[always("tag", Map(&Text), "the tags")]);
static UNTAG: Object = closed("untag", "A request that removes tags", &[always("untag", TEXTS, "the keys")]);

fn effects() -> Vec<&'static str> {
    vec!["no", "perhaps", "yes"]
}

pub(super) static ANSWER: Object = open(
    "answer",
    "The answer to one request",
    &[
        always("taglint", Word("answer"), "the kind of the line"),
        always("job", Count, JOB),
        always("at", Time, "the time"),
        always("request", Count, "the position of the request in the last `intent` of the job, from 0"),
        always("written", Words(effects), "the effect of the request"),
    ],
);

fn results() -> Vec<&'static str> {
    vec!["done", "already", "refused", "failed", "unclear", "changed", "half", "unconfirmed"]
}

pub(super) static RESULT: Object = open(
    "result",
    "The result of a resource",
    &[
        always("taglint", Word("result"), "the kind of the line"),
        always("job", Count, JOB),
        always("at", Time, "the time"),
        always("what", Words(results), "the result"),
        maybe("why", Text, "the reason"),
    ],
);

pub(super) static END: Object = open(
    "end",
    "The last line of a run",
    &[always("taglint", Word("end"), "the kind of the line"), always("at", Time, "the time")],
);
