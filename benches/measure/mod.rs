//! What the benchmarks that time whole commands share.

use std::process::Command;
use std::time::{Duration, Instant};

/// Runs a command; its time, and its peak resident memory (`VmHWM`, KiB) as last seen before it ended.
pub(crate) fn measure(command: &mut Command) -> (Duration, u64) {
    let start = Instant::now();
    let mut child = command.spawn().expect("the command starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            peak = line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak);
        }
        if let Some(code) = child.try_wait().expect("the child") {
            assert!(code.success(), "{command:?} ended with {code}");
            return (start.elapsed(), peak);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The least, the median and the greatest time in seconds, and the greatest peak in MiB.
pub(crate) fn figures(runs: &[(Duration, u64)]) -> ([f64; 3], u64) {
    let mut times: Vec<f64> = runs.iter().map(|run| run.0.as_secs_f64()).collect();
    times.sort_by(f64::total_cmp);
    let peak = runs.iter().map(|run| run.1).max().unwrap_or(0);
    ([times[0], times[times.len() / 2], times[times.len() - 1]], peak / 1024)
}
