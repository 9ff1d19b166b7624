//! `cargo bench --bench organization`: the pace of a scan against a server that throttles, and a scan of a whole
//! organization: time, requests, peak memory.
//!
//! It runs against the small server in `benches/server`, on the loopback. Environment: `BENCH_ACCOUNTS` (default 100), `BENCH_RATE`
//! (requests a second of each account, service and region; default 15), `BENCH_ONLY` (`pace`, `organization` or `all-types`).

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[allow(dead_code)] // tags are written by another benchmark
mod server;

use server::{Count, Limits, MANAGEMENT, Server, Size, World};

const REGIONS: [&str; 3] = ["eu-central-1", "eu-west-1", "us-east-1"];

fn main() {
    let number = |name: &str, default: usize| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    let rate = number("BENCH_RATE", 15) as f64;
    let is_wanted = |part: &str| only.is_empty() || only == part;
    if is_wanted("pace") {
        pace(rate);
    }
    if is_wanted("organization") {
        organization(number("BENCH_ACCOUNTS", 100), rate);
    }
    if is_wanted("all-types") {
        all_types(number("BENCH_ACCOUNTS", 100), rate);
    }
}

/// One account, paced: no scan can be faster than the longest of its buckets.
fn pace(rate: f64) {
    let size = Size { users: 1000, devices: 500, pools: 100, ..Size::default() };
    let world = World { accounts: 1, regions: own(&REGIONS[..2]), size };
    println!(
        "1,000 users, 500 devices, 100 pools in each of 2 regions; {rate} requests a second of each service and region"
    );
    let server = Server::start(world.clone());
    server.reset(Limits { rate: Some(rate), ..Limits::default() });
    let run = scan(&server, &world, &["--region", "eu-central-1,eu-west-1"]);
    let least = server.longest_bucket() as f64 / rate;
    println!("least time {least:.1} s, ratio {:.2}", run.time.as_secs_f64() / least);
}

/// Many accounts, with the limits off and on.
fn organization(accounts: usize, rate: f64) {
    let size = Size { users: 200, devices: 100, pools: 20, ..Size::default() };
    let world = World { accounts, regions: own(&REGIONS), size };
    println!("\n{accounts} accounts × 3 regions × (200 users, 100 devices, 20 pools): {} resources", world.resources());
    let server = Server::start(world.clone());
    let everywhere = ["--organization", "--role-name", "taglint-scan", "--region", "eu-central-1,eu-west-1,us-east-1"];
    let delayed = Limits { delay: Duration::from_millis(20), ..Limits::default() };
    for (name, limits) in [
        ("no limit", Limits::default()),
        ("no limit, each answer takes 20 ms", delayed),
        ("limits on", Limits { rate: Some(rate), ..Limits::default() }),
    ] {
        for tags_from in ["direct", "tagging-api"] {
            println!("\n{name}, --tags-from {tags_from}");
            server.reset(limits);
            scan(&server, &world, &[&everywhere[..], &["--tags-from", tags_from]].concat());
        }
    }
}

/// Many accounts with all types, with the limits off and on. AWS allows each of them the rate at the same time, so no scan
/// is faster than the longest bucket of one account.
fn all_types(accounts: usize, rate: f64) {
    let size = Size {
        users: 200,
        devices: 100,
        pools: 20,
        roles: 60,
        policies: 40,
        profiles: 20,
        identity_pools: 5,
        others: 90,
    };
    let world = World { accounts, regions: own(&REGIONS), size };
    println!("\n{accounts} accounts × 3 regions with all types: {} resources", world.resources());
    let server = Server::start(world.clone());
    let everything = ["--organization", "--role-name", "taglint-scan", "--region", "eu-central-1,eu-west-1,us-east-1"];
    for (name, limits) in
        [("no limit", Limits::default()), ("limits on", Limits { rate: Some(rate), ..Limits::default() })]
    {
        println!("\n{name}, --type all");
        server.reset(limits);
        let run = scan(&server, &world, &[&everything[..], &["--type", "all"]].concat());
        if limits.rate.is_some() {
            let least = server.longest_bucket() as f64 / rate;
            println!("longest bucket {least:.1} s, ratio {:.2}", run.time.as_secs_f64() / least);
        }
    }
}

fn own(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

struct Run {
    time: Duration,
}

/// Scans everything, holds the report to what the server has, and prints what it took.
fn scan(server: &Server, world: &World, args: &[&str]) -> Run {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_taglint"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(&name);
        }
    }
    command.args(["scan", "--quiet", "--fail-on", "never", "--output", "report.json"]).args(args);
    command.current_dir(folder.path()).env("HOME", folder.path()).env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("AWS_ENDPOINT_URL", server.url()).env("AWS_ACCESS_KEY_ID", format!("AKIA{MANAGEMENT}TEST"));
    command.env("AWS_SECRET_ACCESS_KEY", "secret").stdout(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let (mut peak, mut cpu) = (0, Duration::ZERO);
    let status = loop {
        peak = peak.max(peak_memory(child.id()));
        cpu = cpu.max(cpu_time(child.id()));
        match child.try_wait().expect("the program can be waited for") {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let time = start.elapsed();
    assert!(status.success(), "the scan ended with {status}");
    right(&folder.path().join("report.json"), world);
    let counts = server.counts();
    for (operation, count) in &counts {
        let Count { requests, throttled, refused } = count;
        println!("{operation:<40} {requests:>8} requests {throttled:>6} throttled {refused:>4} refused");
    }
    let sum = |of: fn(&Count) -> u64| counts.values().map(of).sum::<u64>();
    let (requests, throttled) = (sum(|count| count.requests), sum(|count| count.throttled));
    println!(
        "{requests} requests, {throttled} throttled ({:.2}%), {} refused, {:.1} s, peak memory {} MiB",
        throttled as f64 * 100.0 / requests as f64,
        sum(|count| count.refused),
        time.as_secs_f64(),
        peak >> 10
    );
    println!("{:.1} s of CPU", cpu.as_secs_f64());
    Run { time }
}

/// The report has every resource, and calls exactly those without tags violating.
fn right(report: &Path, world: &World) {
    let text = std::fs::read_to_string(report).expect("a report");
    let report: serde_json::Value = serde_json::from_str(&text).expect("a report in JSON");
    let summary = &report["summary"];
    let want = [("resources", world.resources()), ("violating", world.untagged()), ("unknown", 0)];
    for (name, want) in want {
        assert_eq!(summary[name], want, "{name}: {summary}");
    }
    assert_eq!(report["incomplete"], serde_json::json!([]));
}

/// The most memory that a process has had at once, in KiB; 0 where nobody can say.
fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// The time that a process has used of the processors, in user and system; 0 where nobody can say.
fn cpu_time(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // After the name in parentheses: user time is field 14, system time field 15, in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}
