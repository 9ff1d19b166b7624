//! `cargo bench --bench check`: time and memory of a check of a large inventory, beside a bare parse of the same file into
//! borrowed structs with the same number of threads. `cargo bench --bench check -- quick-paths`: checks with one
//! optimization of the engine switched off at a time.
//!
//! Environment: `BENCH_RESOURCES` (default 1,000,000), `BENCH_RUNS` (default 3), `RAYON_NUM_THREADS`.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;
use serde::Deserialize;
use taglint::engine::{QuickPaths, Settings, run};
use taglint::input::open;
use taglint::model::Day;
use taglint::policy::{PolicySource, load};
use taglint::report::{ReportOptions, format_of_path};

mod measure;

use measure::{Run, measure};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["parse", parser, file] => bare_parse(parser, Path::new(file)),
        ["check", quick_paths, policy, file] => check_with(quick_paths, Path::new(policy), Path::new(file)),
        ["quick-paths"] => Bench::new().run(Bench::quick_paths),
        _ => Bench::new().run(Bench::commands),
    }
}

/// The files of the benchmark and its settings.
struct Bench {
    folder: PathBuf,
    inventory: PathBuf,
    resources: usize,
    runs: usize,
    five_rules: PathBuf,
    fifty_rules: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let number =
            |name: &str, default: usize| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
        let (resources, runs) = (number("BENCH_RESOURCES", 1_000_000), number("BENCH_RUNS", 3));
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench");
        std::fs::create_dir_all(&folder).expect("a folder for the benchmark");
        let inventory = folder.join(format!("inventory-{resources}.jsonl"));
        if !inventory.exists() {
            generate(&inventory, resources);
        }
        let fifty = folder.join("policy50.toml");
        std::fs::write(&fifty, fifty_rules()).expect("a policy");
        let five = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/policy5.toml");
        Self { folder, inventory, resources, runs, five_rules: five, fifty_rules: fifty }
    }

    /// Whole checks beside bare parses.
    fn commands(&self) -> Vec<(String, Command)> {
        let check = |policy: &Path, format: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_taglint"));
            command.args(["check", "--quiet", "--fail-on", "never", "--sarif-limit", "0", "--now", "2026-11-22"]);
            command.arg("--policy").arg(policy).args(["--format", format]).arg(&self.inventory);
            command
        };
        vec![
            ("bare serde_json parse".to_owned(), self.child(&["parse", "serde_json"])),
            ("bare sonic-rs parse".to_owned(), self.child(&["parse", "sonic-rs"])),
            ("taglint, 5 rules, jsonl".to_owned(), check(&self.five_rules, "jsonl")),
            ("taglint, 50 rules, jsonl".to_owned(), check(&self.fifty_rules, "jsonl")),
            ("taglint, 5 rules, sarif".to_owned(), check(&self.five_rules, "sarif")),
        ]
    }

    /// Checks with one optimization switched off, beside one with all of them and one with none.
    fn quick_paths(&self) -> Vec<(String, Command)> {
        let mut rows = Vec::new();
        for (rules, policy) in [("5 rules", &self.five_rules), ("50 rules", &self.fifty_rules)] {
            for (name, _) in QUICK_PATHS {
                let policy = policy.to_str().expect("a path in UTF-8");
                rows.push((format!("{rules}, {name}"), self.child(&["check", name, policy])));
            }
        }
        rows
    }

    /// This program with arguments and the inventory.
    fn child(&self, args: &[&str]) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(args).arg(&self.inventory);
        command
    }

    /// Runs the rows in turn, so that changes of the machine's speed affect all of them alike. Ratios are to the first row.
    fn run(&self, rows: fn(&Self) -> Vec<(String, Command)>) {
        let size = std::fs::metadata(&self.inventory).expect("the inventory").len();
        println!(
            "{} resources, {:.0} MB, {} threads, {} runs each",
            self.resources,
            size as f64 / 1e6,
            rayon::current_num_threads(),
            self.runs
        );
        let mut rows = rows(self);
        let mut figures: Vec<Vec<Run>> = vec![Vec::new(); rows.len()];
        for _ in 0..self.runs {
            for ((_, command), figures) in rows.iter_mut().zip(&mut figures) {
                let findings = File::create(self.folder.join("findings")).expect("a file for the output");
                figures.push(measure(command.stdout(findings)));
            }
        }
        println!("{:<36} {:>8} {:>8} {:>8}   {:>8}  ratio", "", "min s", "median s", "max s", "peak MiB");
        let ([_, base, _], _) = measure::figures(&figures[0]);
        for ((name, _), runs) in rows.iter().zip(&figures) {
            let ([min, mid, max], peak) = measure::figures(runs);
            println!("{name:<36} {min:>8.2} {mid:>8.2} {max:>8.2}   {peak:>8}  {:.2}", mid / base);
        }
    }
}

/// The optimizations by the name of their row.
const QUICK_PATHS: &[(&str, QuickPaths)] = {
    let all = QuickPaths::ALL;
    &[
        ("all optimizations", all),
        ("without fast lines", QuickPaths { fast_lines: false, ..all }),
        ("without the prefilter", QuickPaths { prefilter: false, ..all }),
        ("without accepted values", QuickPaths { accepted_values: false, ..all }),
        ("without passed tags", QuickPaths { passed_tags: false, ..all }),
        ("without pattern tables", QuickPaths { pattern_tables: false, ..all }),
        ("without any", QuickPaths::NONE),
    ]
};

/// Checks an inventory with some optimizations and prints the findings as JSON Lines.
fn check_with(name: &str, policy: &Path, file: &Path) {
    let quick_paths = QUICK_PATHS.iter().find(|(row, _)| *row == name).expect("a name of a row").1;
    let policy = load(&PolicySource::Paths(vec![policy.to_owned()])).expect("a policy");
    let opened = open(file, &taglint::input::InputOptions::default()).expect("an inventory");
    let today = Day::parse("2026-11-22").expect("a day");
    let settings = Settings { quick_paths, ..Settings::new(policy, today) };
    let report = run(settings, opened.into_iter().map(|opened| opened.input).collect()).expect("a report");
    let mut out = BufWriter::new(std::io::stdout().lock());
    let jsonl = format_of_path("report.jsonl").expect("a format");
    jsonl.write(&report, &ReportOptions::default(), &mut out).expect("an output");
    out.flush().expect("an output");
}

#[derive(Deserialize)]
#[allow(dead_code)] // it is parsed, not used
struct Borrowed<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    arn: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    account: Cow<'a, str>,
    #[serde(borrow)]
    tags: Pairs<'a>,
}

struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> serde::de::Visitor<'de> for Visitor<'a> {
            type Value = Pairs<'a>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("tags")
            }
            fn visit_map<M: serde::de::MapAccess<'de>>(self, mut map: M) -> Result<Pairs<'a>, M::Error> {
                let mut pairs = Vec::with_capacity(16);
                while let Some((key, value)) = map.next_entry::<taglint::model::Text<'a>, taglint::model::Text<'a>>()? {
                    pairs.push((key.0, value.0));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Visitor(std::marker::PhantomData))
    }
}

/// Parses every line, on all threads, and adds something up so that nothing is optimised away.
fn bare_parse(parser: &str, path: &Path) {
    const CHUNK: u64 = 512 << 10;
    let file = File::open(path).expect("the inventory");
    let length = file.metadata().expect("its length").len();
    let total: usize = (0..length.div_ceil(CHUNK))
        .into_par_iter()
        .map_init(Vec::new, |buffer: &mut Vec<u8>, piece| {
            let (start, end) = (piece * CHUNK, ((piece + 1) * CHUNK).min(length));
            let from = start.saturating_sub(1);
            let to = (end + (64 << 10)).min(length);
            buffer.resize(usize::try_from(to - from).expect("a piece"), 0);
            file.read_exact_at(buffer, from).expect("a piece");
            let skip = if start == 0 { 0 } else { memchr::memchr(b'\n', buffer).map_or(buffer.len(), |at| at + 1) };
            let (mut at, mut sum) = (skip, 0);
            while from + (at as u64) < end && at < buffer.len() {
                let line = &buffer[at..];
                let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
                at += line.len() + 1;
                if line.starts_with(b"{\"taglint\"") {
                    continue;
                }
                let resource: Borrowed<'_> = match parser {
                    "serde_json" => serde_json::from_slice(line).expect("a resource"),
                    _ => sonic_rs::from_slice(line).expect("a resource"),
                };
                sum += resource.tags.0.len();
            }
            sum
        })
        .sum();
    println!("{total} tags");
}

/// A small generator of numbers: the same inventory every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// 12 tags on average; about 16% of the resources break a rule.
fn generate(path: &Path, resources: usize) {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).expect("the inventory"));
    let mut dice = Dice(42);
    writeln!(out, "{{\"taglint\":\"inventory\",\"version\":1,\"collected\":\"2026-11-22T00:00:00Z\",\"scope\":{{}}}}")
        .expect("disk");
    let mut line = String::new();
    for i in 0..resources {
        let account = 100_000_000_000 + (i as u64 / 5000);
        line.clear();
        let _ = write!(
            line,
            "{{\"type\":\"iam:user\",\"arn\":\"arn:aws:iam::{account}:user/team-{:02}/person-{i:08}\",\"name\":\"person-{i:08}\",\"id\":\"AIDA{i:016X}\",\"account\":\"{account}\",\"path\":\"/team-{:02}/\",\"created\":\"20{:02}-0{}-1{}T09:00:00Z\",\"tags\":{{",
            i / 100 % 50,
            i / 100 % 50,
            10 + dice.below(16),
            1 + dice.below(9),
            dice.below(10)
        );
        let bad = dice.below(100);
        let environment =
            ["Production", "Staging", "Test", "Development"][usize::try_from(dice.below(4)).expect("small")];
        let environment = if bad < 4 { "Prod" } else { environment };
        let cost_center = if (4..8).contains(&bad) {
            format!("12E{:02}", dice.below(100))
        } else {
            format!("{:05}", dice.below(100_000))
        };
        let _ = write!(line, "\"Environment\":\"{environment}\",\"Cost Center\":\"{cost_center}\",");
        if !(8..12).contains(&bad) {
            let _ = write!(line, "\"Owner\":\"person.{}@team-{}.example.com\",", dice.below(9000), dice.below(40));
        }
        let service = if (12..16).contains(&bad) {
            "Payments Service".to_owned()
        } else {
            format!("svc-payments-{}-{}", dice.below(300), dice.below(30))
        };
        let _ = write!(
            line,
            "\"Service\":\"{service}\",\"ReviewDate\":\"202{}-1{}-2{}\"",
            dice.below(10),
            dice.below(3),
            dice.below(8)
        );
        for extra in 0..3 + dice.below(9) {
            let _ = write!(
                line,
                ",\"acme:attribute-{extra:02}\":\"value {:016x} {}\"",
                dice.next(),
                "x".repeat(usize::try_from(dice.below(9)).expect("small"))
            );
        }
        line.push_str("}}\n");
        out.write_all(line.as_bytes()).expect("disk");
    }
    writeln!(out, "{{\"taglint\":\"end\",\"resources\":{resources},\"unread\":[]}}").expect("disk");
    out.flush().expect("disk");
}

/// The five rules and forty-five more, on keys that are there and keys that are not.
fn fifty_rules() -> String {
    let mut text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/policy5.toml"))
        .expect("the policy");
    for i in 0..45 {
        let _ = match i % 5 {
            0 => writeln!(
                text,
                "\n[[rule]]\nid = \"x{i}\"\nkey = \"acme:attribute-{:02}\"\npattern = 'value [0-9a-f]{{16}} x*'",
                i % 12
            ),
            1 => writeln!(
                text,
                "\n[[rule]]\nid = \"x{i}\"\nkey = \"acme:extra-{i:02}\"\nvalues = [\"a\", \"b\", \"c-*\"]"
            ),
            2 => writeln!(text, "\n[[rule]]\nid = \"x{i}\"\nforbid = [\"tmp-{i}\", \"scratch{i}*\"]"),
            3 => writeln!(text, "\n[[rule]]\nid = \"x{i}\"\nkey = \"Owner\"\nmin-length = 5\nmax-length = {}", 100 + i),
            _ => writeln!(
                text,
                "\n[[rule]]\nid = \"x{i}\"\nkey = \"Environment\"\nnot-values = [\"TBD\", \"unknown-{i}\"]\n[rule.when]\nresources = \"iam:*\""
            ),
        };
    }
    text
}
