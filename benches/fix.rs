//! `cargo bench --bench fix`: what a fix costs: calls for each resource by type and change, and the time of a thousand
//! users and two hundred pools beside what the quotas of AWS allow.
//!
//! It runs against the small server in `benches/server`, on the loopback, each answer 20 ms late. Environment:
//! `BENCH_USERS` (default 1,000), `BENCH_POOLS` (200, in two regions), `BENCH_IAM` (15: all calls to IAM a second where
//! they share one bucket), `BENCH_IAM_READS` (30) and `BENCH_IAM_WRITES` (10) where they do not, `BENCH_ONLY` (`calls`
//! or `pace`).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

mod measure;
#[allow(dead_code)] // scans are another benchmark
mod server;

use measure::measure;
use server::{Limits, MANAGEMENT, Quotas, Server, Size, TagMap, World};

const REGIONS: [&str; 2] = ["eu-central-1", "eu-west-1"];
const DELAY: Duration = Duration::from_millis(20);
/// Cognito's documented quotas: reads for a region, writes for an account.
const POOL_READS: f64 = 20.0;
const POOL_WRITES: f64 = 5.0;

const POLICY: &str = r#"version = 1
[[rule]]
id = "owner"
key = "Owner"
required = true
default = "nobody@example.com"
[[rule]]
id = "cost-center"
key = "Cost Center"
aliases = ["KST"]
[[rule]]
id = "stage"
key = "Environment"
values = ["Production", "Test"]
"#;

/// What is wrong with a resource, with its tags: each is one change.
const WRONG: [(&str, &[(&str, &str)]); 5] = [
    ("letter case", &[("owner", "a@example.com"), ("Environment", "Test")]),
    ("missing", &[("Environment", "Test")]),
    ("value", &[("Owner", "a@example.com"), ("Environment", "test")]),
    ("alias", &[("Owner", "a@example.com"), ("KST", "12345")]),
    ("all of them", &[("owner", "a@example.com"), ("KST", "12345"), ("Environment", "test")]),
];

fn main() {
    let number = |name: &str, default: usize| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    if only != "pace" {
        calls();
    }
    if only != "calls" {
        let (users, pools) = (number("BENCH_USERS", 1000), number("BENCH_POOLS", 200));
        let quotas = |iam_reads: usize, iam_writes: Option<usize>| Quotas {
            iam_reads: iam_reads as f64,
            iam_writes: iam_writes.map(|rate| rate as f64),
            pool_reads: POOL_READS,
            pool_writes: POOL_WRITES,
        };
        println!("\nIAM counts reads and writes together");
        pace(users, pools, quotas(number("BENCH_IAM", 15), None));
        println!("\nIAM counts reads and writes apart");
        pace(users, pools, quotas(number("BENCH_IAM_READS", 30), Some(number("BENCH_IAM_WRITES", 10))));
    }
}

/// Requests for each resource, by type and by what is wrong.
fn calls() {
    const EACH: usize = 10;
    println!("{:<22} {:<12} {:>6} {:>6} {:>6} {:>6} {:>6}", "type", "wrong", "read", "tag", "untag", "verify", "all");
    let server = Server::start(world(EACH, EACH));
    for kind in ["iam:user", "iam:mfa", "cognito-idp:userpool"] {
        for (name, wrong) in WRONG {
            let tags = (0..EACH).map(|i| (arn(kind, i), owned(wrong))).collect();
            fix(&server, tags, Limits { delay: DELAY, ..Limits::default() });
            let counts = server.counts();
            let sum = |part: &str| {
                let of = counts.iter().filter(|(call, _)| call.contains(part));
                of.map(|(_, count)| count.requests).sum::<u64>() as f64 / EACH as f64
            };
            let reads = sum(":ListUserTags") + sum(":ListMFADeviceTags") + sum(":ListTagsForResource");
            let (tag, untag) = (sum(":Tag"), sum(":Untag"));
            println!(
                "{kind:<22} {name:<12} {:>6.1} {tag:>6.1} {untag:>6.1} {:>6.1} {:>6.1}",
                reads.min(1.0),
                (reads - 1.0).max(0.0),
                reads + tag + untag
            );
        }
    }
}

/// Many at once: no run can be faster than the longest of the buckets.
fn pace(users: usize, pools: usize, quotas: Quotas) {
    println!("{users} users and {pools} pools in {} regions; {quotas:?}", REGIONS.len());
    let server = Server::start(world(users, pools));
    let of = |kind: &'static str, count| (0..count).map(move |i| (arn(kind, i), owned(WRONG[i % WRONG.len()].1)));
    let tags = of("iam:user", users).chain(of("cognito-idp:userpool", pools)).collect();
    let (time, memory) = fix(&server, tags, Limits { delay: DELAY, quotas: Some(quotas), ..Limits::default() });
    let seconds = time.as_secs_f64();
    for (operation, count) in server.counts() {
        println!("{operation:<40} {:>8} requests {:>6} throttled", count.requests, count.throttled);
    }
    for used in server.used() {
        if let Some(rate) = used.rate {
            let least = used.requests as f64 / rate;
            println!("{:<40} {:>8} at {rate}/s: at least {least:.1} s", used.name, used.requests);
        }
    }
    let least = |part: &str| {
        let of = server.used().into_iter().filter(|used| used.name.contains(part));
        of.filter_map(|used| Some(used.requests as f64 / used.rate?)).fold(0.0, f64::max)
    };
    let throttled: u64 = server.counts().values().map(|count| count.throttled).sum();
    println!(
        "{seconds:.1} s, {throttled} throttled, peak memory {} MiB; ratio to the longest bucket {:.2}, to the longest of \
         writes alone {:.2}",
        memory >> 10,
        seconds / least(""),
        seconds / least("writes")
    );
}

fn world(users: usize, pools: usize) -> World {
    let regions = REGIONS.map(str::to_owned).to_vec();
    World { accounts: 1, regions, size: Size { users, devices: users, pools, ..Size::default() } }
}

fn arn(kind: &str, number: usize) -> String {
    match kind {
        "iam:user" => format!("arn:aws:iam::{MANAGEMENT}:user/user{number:05}"),
        "iam:mfa" => format!("arn:aws:iam::{MANAGEMENT}:mfa/device{number:05}"),
        _ => {
            let region = REGIONS[number % REGIONS.len()];
            format!("arn:aws:cognito-idp:{region}:{MANAGEMENT}:userpool/{region}_p{number:05}")
        }
    }
}

fn owned(tags: &[(&str, &str)]) -> TagMap {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// Plans from an inventory, carries the plan out, and holds the server to what the plan says; time and peak memory of the
/// second step.
fn fix(server: &Server, tags: BTreeMap<String, TagMap>, limits: Limits) -> (Duration, u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a folder");
    std::fs::write(folder.path().join("taglint.toml"), POLICY).expect("a policy");
    std::fs::write(folder.path().join("in.jsonl"), inventory(&tags)).expect("an inventory");
    server.fill(tags);
    measure(&mut taglint(folder.path(), server, &["in.jsonl", "--output", "plan.json", "--allow-incomplete"]));
    server.reset(limits);
    let flags = ["--apply", "plan.json", "--yes", "--journal", "journal.jsonl", "--allow-access-change"];
    let measured = measure(&mut taglint(folder.path(), server, &flags));
    let plan = std::fs::read(folder.path().join("plan.json")).expect("a plan");
    let plan = taglint::fix::plan::read(&plan[..]).expect("a plan");
    let (wanted, after) = (plan.changes.into_iter().map(|change| (change.arn, change.after)), server.tags());
    assert_eq!(wanted.collect::<BTreeMap<_, _>>(), after, "every tag is as it was planned");
    (measured.wall, measured.peak)
}

fn taglint(folder: &Path, server: &Server, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taglint"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(&name);
        }
    }
    command.args(["fix", "--quiet"]).args(args).current_dir(folder).env("HOME", folder);
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_ENDPOINT_URL", server.url());
    command.env("AWS_ACCESS_KEY_ID", format!("AKIA{MANAGEMENT}TEST")).env("AWS_SECRET_ACCESS_KEY", "secret");
    command.stdout(Stdio::null());
    command
}

fn inventory(tags: &BTreeMap<String, TagMap>) -> String {
    let kind = |arn: &str| match arn.split(':').nth(5) {
        Some(rest) if rest.starts_with("user/") => "iam:user",
        Some(rest) if rest.starts_with("mfa/") => "iam:mfa",
        _ => "cognito-idp:userpool",
    };
    let region = |arn: &str| arn.split(':').nth(3).filter(|region| !region.is_empty()).map(str::to_owned);
    let line = |(arn, tags): (&String, &TagMap)| {
        let mut line = json!({"type": kind(arn), "arn": arn, "account": MANAGEMENT, "tags": tags});
        if let Some(region) = region(arn) {
            line["region"] = region.into();
        }
        line.to_string() + "\n"
    };
    // What a line is stands first.
    let head = format!(
        "{{\"taglint\":\"inventory\",\"version\":1,\"collected\":\"2026-11-22T00:00:00Z\",\"scope\":{{\"accounts\":[\"{MANAGEMENT}\"]}}}}"
    );
    let end = format!("{{\"taglint\":\"end\",\"resources\":{},\"unread\":[]}}", tags.len());
    format!("{head}\n{}{end}\n", tags.iter().map(line).collect::<String>())
}
