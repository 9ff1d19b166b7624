//! What the benchmarks that time whole commands share.
#![allow(dead_code)] // no benchmark uses all of it

use std::process::Command;
use std::time::{Duration, Instant};

/// The figures of one run of a command.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) wall: Duration,
    /// Seconds of processor time, in user mode and in the kernel.
    pub(crate) cpu: f64,
    /// Peak resident memory in KiB.
    pub(crate) peak: u64,
}

/// Runs a command. The peak (`VmHWM`) is as last seen before it ended.
pub(crate) fn measure(command: &mut Command) -> Run {
    let (start, cpu) = (Instant::now(), cpu_of_children());
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
            return Run { wall: start.elapsed(), cpu: cpu_of_children() - cpu, peak };
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

/// The processor time of all child processes that have ended, in seconds.
fn cpu_of_children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may have spaces.
    let fields = stat.rsplit(')').next().unwrap_or("").split_ascii_whitespace();
    // `cutime` and `cstime` are fields 16 and 17; the first after the name is field 3. A tick is a hundredth of a second.
    fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The least, the median and the greatest time in seconds, and the greatest peak in MiB.
pub(crate) fn figures(runs: &[Run]) -> ([f64; 3], u64) {
    let times = sorted(runs.iter().map(|run| run.wall.as_secs_f64()));
    let peak = runs.iter().map(|run| run.peak).max().unwrap_or(0);
    ([times[0], times[times.len() / 2], times[times.len() - 1]], peak / 1024)
}

fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

/// A command to measure, and what it should reach.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) command: Command,
    pub(crate) bar: Bar,
}

/// The limits of a row.
#[derive(Clone, Copy, Default)]
pub(crate) struct Bar {
    /// The processor time, as a ratio to that of another row; infinite if the ratio is only shown.
    pub(crate) ratio: Option<(f64, usize)>,
    /// The time on the clock in milliseconds.
    pub(crate) wall: Option<f64>,
    /// The peak in MiB.
    pub(crate) peak: Option<u64>,
}

impl Row {
    pub(crate) fn new(name: &str, command: Command) -> Self {
        Self { name: name.to_owned(), command, bar: Bar::default() }
    }

    /// A bar: at most `ratio` times the processor time of row `of`, and at most `peak` MiB.
    pub(crate) fn at_most(self, ratio: f64, of: usize, peak: u64) -> Self {
        Self { bar: Bar { ratio: Some((ratio, of)), peak: Some(peak), ..Bar::default() }, ..self }
    }

    /// A bar for something small: at most `wall` milliseconds, and at most `peak` MiB.
    pub(crate) fn within(self, wall: f64, peak: u64) -> Self {
        Self { bar: Bar { wall: Some(wall), peak: Some(peak), ..Bar::default() }, ..self }
    }
}

/// Runs all rows in turn, so that changes of the machine's speed affect all of them alike, and prints their medians. A
/// ratio is the median of the ratios of the pairs of one turn, of the processor time and of the time on the clock.
pub(crate) fn compare(mut rows: Vec<Row>, runs: usize) {
    let mut all: Vec<Vec<Run>> = vec![Vec::new(); rows.len()];
    for _ in 0..runs {
        for (row, runs) in rows.iter_mut().zip(&mut all) {
            runs.push(measure(&mut row.command));
        }
    }
    println!("{:<38} {:>8} {:>8}   {:>8}  ratio of CPU time, of wall", "", "wall s", "CPU s", "peak MiB");
    for (row, runs) in rows.iter().zip(&all) {
        let ([_, wall, _], peak) = figures(runs);
        let cpu = sorted(runs.iter().map(|run| run.cpu))[runs.len() / 2];
        let (limit, of) = row.bar.ratio.map_or((None, 0), |(limit, of)| (Some(limit), of));
        let ratio = |time: fn(&Run) -> f64| {
            sorted(runs.iter().zip(&all[of]).map(|(run, base)| time(run) / time(base)))[runs.len() / 2]
        };
        let (of_cpu, of_wall) = (ratio(|run| run.cpu), ratio(|run| run.wall.as_secs_f64()));
        let ratios = if row.bar.wall.is_some() { String::new() } else { format!("{of_cpu:.2} {of_wall:.2}") };
        let time = limit.filter(|limit| limit.is_finite()).map_or(String::new(), |limit| judged(of_cpu, limit, ""));
        let clock = row.bar.wall.map_or(String::new(), |limit| judged(wall * 1e3, limit, " ms"));
        let memory = row.bar.peak.map_or(String::new(), |limit| judged(peak as f64, limit as f64, " MiB"));
        println!("{:<38} {wall:>8.3} {cpu:>8.2}   {peak:>8}  {ratios}{time}{clock}{memory}", row.name);
    }
}

fn judged(figure: f64, limit: f64, unit: &str) -> String {
    format!(" ({} {limit}{unit})", if figure <= limit { "within" } else { "ABOVE" })
}
