//! `cargo bench --bench function`: the cold start and the memory of the Lambda function that scans.
//!
//! The zip is built by `tools/dist/function.py`, its `bootstrap` runs against a runtime API on the loopback, and the small
//! server in `benches/server` is the account. A cold start is the time from the start of `bootstrap`, with nothing of it in
//! memory but what the system caches, to its answer. Environment: `BENCH_RUNS` (default 5).

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[allow(dead_code)] // the tests use all of it
#[path = "../tests/it/common.rs"]
mod common;
#[path = "../tests/it/runtime_api.rs"]
mod runtime_api;
#[allow(dead_code)]
mod server;

use runtime_api::{RuntimeApi, unpacked};
use server::{Limits, MANAGEMENT, Server, Size, World};

fn main() {
    let runs = std::env::var("BENCH_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_taglint"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stripped = folder.path().join("taglint");
    let strip = Command::new("strip").arg("--output-file").args([&stripped, program]).status();
    assert!(strip.is_ok_and(|status| status.success()), "this benchmark needs the program strip");
    let policy = folder.path().join("taglint.toml");
    std::fs::write(&policy, "version = 1\nextends = [\"default\"]\n").expect("a file");
    unpacked("scan", &stripped, &policy, folder.path());
    let zip = std::fs::metadata(folder.path().join("scan.zip")).expect("a zip").len();
    println!("zip of {:.1} MB", zip as f64 / 1e6);
    for size in [Size::default(), Size { users: 100, devices: 10, pools: 5, ..Size::default() }] {
        let world = World { accounts: 1, regions: vec!["eu-west-1".to_owned()], size };
        let server = Server::start(world.clone());
        server.reset(Limits::default());
        let mut times: Vec<(Duration, u64)> = (0..runs).map(|_| invoke(&server, folder.path())).collect();
        times.sort();
        let peak = times.iter().map(|(_, peak)| *peak).max().unwrap_or(0);
        println!(
            "{} resources: cold start with the scan {:.2} s (median of {runs}), peak memory {} MiB",
            world.resources(),
            times[times.len() / 2].0.as_secs_f64(),
            peak >> 10
        );
    }
}

/// Runs the function for one event. Returns the time to its answer, and the peak of its processes' memory in KiB.
fn invoke(server: &Server, folder: &std::path::Path) -> (Duration, u64) {
    let root = folder.join("root");
    let api = RuntimeApi::start("{}");
    let mut command = Command::new(root.join("bootstrap"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", folder);
    command.env("AWS_LAMBDA_RUNTIME_API", api.address.to_string()).env("LAMBDA_TASK_ROOT", &root).env("ONCE", "1");
    command.env("AWS_REGION", "eu-west-1").env("AWS_ENDPOINT_URL", server.url());
    command.env("AWS_ACCESS_KEY_ID", format!("AKIA{MANAGEMENT}TEST")).env("AWS_SECRET_ACCESS_KEY", "secret");
    command.current_dir(&root).stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().expect("the function starts");
    let mut peak = 0;
    while child.try_wait().expect("the function can be waited for").is_none() {
        peak = peak.max(memory(child.id()));
        std::thread::sleep(Duration::from_millis(2));
    }
    let answer = api.answer().expect("an answer");
    assert!(answer.path.ends_with("/response"), "{}: {}", answer.path, answer.body);
    (answer.at - start, peak)
}

/// The memory of a process and of those that it has started, in KiB.
fn memory(process: u32) -> u64 {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
    let status = read("status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let own: u64 = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0);
    let children = read(&format!("task/{process}/children"));
    own + children.split_whitespace().filter_map(|id| id.parse().ok()).map(memory).sum::<u64>()
}
