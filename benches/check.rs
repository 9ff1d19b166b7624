//! `cargo bench --bench check`: time and memory of checks of large inventories, beside bare parses of the same file into
//! borrowed structs, and the same checks in `DuckDB`'s SQL. `cargo bench --bench check -- quick-paths`: checks with one
//! optimization of the engine switched off at a time.
//!
//! Environment: `BENCH_RESOURCES` (default 1,000,000), `BENCH_RUNS` (default 3), `RAYON_NUM_THREADS`, `BENCH_PYTHON` (a
//! Python with `DuckDB`; without it those rows are left out).

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
use taglint::report::{ReportOptions, finding_line_of, format_of_path};

mod measure;

use measure::{Row, compare};

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
}

/// The special property of an inventory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// As taglint writes it; 16% of the resources break a rule.
    Sorted,
    /// The accounts by turns, fields in any order, spaces after `:` and `,`, and escapes in a tenth of the lines.
    Unsorted,
    /// 90% of the resources share 500 sets of tags.
    SharedTags,
    /// 60% of the resources break a rule.
    ManyViolations,
    /// Every resource breaks a rule.
    AllViolating,
}

impl Bench {
    fn new() -> Self {
        let number =
            |name: &str, default: usize| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
        let (resources, runs) = (number("BENCH_RESOURCES", 1_000_000), number("BENCH_RUNS", 3));
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench");
        std::fs::create_dir_all(&folder).expect("a folder for the benchmark");
        let mut bench = Self { folder, inventory: PathBuf::new(), resources, runs };
        bench.inventory = bench.file("inventory", Shape::Sorted);
        bench
    }

    /// An inventory, which is generated once.
    fn file(&self, name: &str, shape: Shape) -> PathBuf {
        let path = self.folder.join(format!("{name}-{}.jsonl", self.resources));
        if !path.exists() {
            generate(&path, self.resources, shape);
        }
        path
    }

    /// The five rules, and more up to a number.
    fn policy(&self, rules: usize) -> PathBuf {
        let path = self.folder.join(format!("policy{rules}.toml"));
        std::fs::write(&path, policy_of(rules)).expect("a policy");
        path
    }

    /// Whole checks beside bare parses and `DuckDB`. A ratio is to the row with the number after it.
    fn commands(&self) -> Vec<Row> {
        let check = |rules: usize, format: &str, file: &Path| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_taglint"));
            command.args(["check", "--quiet", "--fail-on", "never", "--sarif-limit", "0", "--now", "2026-11-22"]);
            command.arg("--policy").arg(self.policy(rules)).args(["--format", format]).arg(file);
            command
        };
        let (sorted, many) = (&self.inventory, self.file("many-violations", Shape::ManyViolations));
        let packed = sorted.with_extension("jsonl.zst");
        if !packed.exists() {
            let (from, to) = (File::open(sorted).expect("the inventory"), File::create(&packed).expect("a file"));
            zstd::stream::copy_encode(from, to, 3).expect("disk");
        }
        let mut unpack = Command::new("zstd");
        unpack.args(["-dcq"]).arg(&packed);
        let mut rows = vec![
            Row::new("0 5 rules, jsonl", check(5, "jsonl", sorted)),
            Row::new("1 bare serde_json parse", self.child(&["parse", "serde_json"])),
            Row::new("2 bare sonic-rs parse", self.child(&["parse", "sonic-rs"])),
            Row::new("3 5 rules, count only", check(5, "github", sorted)),
            Row::new("4 5 rules, 600k findings", check(5, "jsonl", &many)),
            Row::new("5 5 rules, sarif", check(5, "sarif", sorted)),
            Row::new("6 50 rules", check(50, "jsonl", sorted)).at_most(1.5, 0, 64),
            Row::new("7 500 rules", check(500, "jsonl", sorted)).at_most(3.0, 0, 64),
            Row::new("8 unsorted", check(5, "jsonl", &self.file("unsorted", Shape::Unsorted))).at_most(1.3, 0, 64),
            Row::new("9 shared tags", check(5, "jsonl", &self.file("shared", Shape::SharedTags))).at_most(0.6, 0, 64),
            Row::new("10 all violating", check(5, "jsonl", &self.file("all-violating", Shape::AllViolating))),
            Row::new("11 zstd -dc", unpack),
            Row::new("12 jsonl.zst", check(5, "jsonl", &packed)),
        ];
        let Some(python) = std::env::var_os("BENCH_PYTHON") else {
            println!("without DuckDB: BENCH_PYTHON is not set");
            return rows;
        };
        for (name, mode, file) in [
            ("13 DuckDB, count", "count", sorted),
            ("14 DuckDB, findings", "findings", sorted),
            ("15 DuckDB, 600k findings", "findings", &many),
        ] {
            let mut command = Command::new(&python);
            command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/check_duckdb.py")).arg(mode).arg(file);
            rows.push(Row::new(name, command));
        }
        for (row, limit, of) in [(3, 0.2, 13), (0, 0.25, 14), (4, 0.45, 15)] {
            rows[row].bar.ratio = Some((limit, of));
        }
        rows
    }

    /// Checks with one optimization switched off, beside one with all of them and one with none.
    fn quick_paths(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for rules in [5, 50, 500] {
            let first = rows.len();
            for (name, _) in QUICK_PATHS {
                let policy = self.policy(rules);
                let command = self.child(&["check", name, policy.to_str().expect("a path in UTF-8")]);
                let mut row = Row::new(&format!("{rules} rules, {name}"), command);
                row.bar.ratio = Some((f64::INFINITY, first));
                rows.push(row);
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

    fn run(&self, rows: fn(&Self) -> Vec<Row>) {
        let size = std::fs::metadata(&self.inventory).expect("the inventory").len();
        println!(
            "{} resources, {:.0} MB, {} threads, {} runs each",
            self.resources,
            size as f64 / 1e6,
            rayon::current_num_threads(),
            self.runs
        );
        let mut rows = rows(self);
        for row in &mut rows {
            row.command.stdout(File::create(self.folder.join("findings")).expect("a file for the output"));
        }
        compare(rows, self.runs);
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
        ("without grouped lines", QuickPaths { grouped_lines: false, ..all }),
        ("without lines of the first pass", QuickPaths { first_pass_lines: false, ..all }),
        ("without shared tests", QuickPaths { shared_tests: false, ..all }),
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
    let jsonl = format_of_path("report.jsonl").expect("a format");
    let finding_line = finding_line_of([jsonl].into_iter(), false);
    let settings = Settings { quick_paths, finding_line, ..Settings::new(policy, today) };
    let report = run(settings, opened.into_iter().map(|opened| opened.input).collect()).expect("a report");
    let mut out = BufWriter::new(std::io::stdout().lock());
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

/// 12 tags on average.
fn generate(path: &Path, resources: usize, shape: Shape) {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).expect("the inventory"));
    let mut dice = Dice(42);
    writeln!(out, "{{\"taglint\":\"inventory\",\"version\":1,\"collected\":\"2026-11-22T00:00:00Z\",\"scope\":{{}}}}")
        .expect("disk");
    for at in 0..resources {
        let accounts = resources.div_ceil(5000);
        // By turns: the first resource of each account, then the second.
        let i = if shape == Shape::Unsorted { at % accounts * 5000 + at / accounts } else { at };
        let account = 100_000_000_000 + (i as u64 / 5000);
        let team = i / 100 % 50;
        let mut fields = vec![
            "\"type\":\"iam:user\"".to_owned(),
            format!("\"arn\":\"arn:aws:iam::{account}:user/team-{team:02}/person-{i:08}\""),
            format!("\"name\":\"person-{i:08}\""),
            format!("\"id\":\"AIDA{i:016X}\""),
            format!("\"account\":\"{account}\""),
            format!("\"path\":\"/team-{team:02}/\""),
        ];
        let (year, month, day) = (10 + dice.below(16), 1 + dice.below(9), dice.below(10));
        fields.push(format!("\"created\":\"20{year:02}-0{month}-1{day}T09:00:00Z\""));
        let mut tags = match shape {
            Shape::SharedTags if dice.below(10) < 9 => tags(&mut Dice(dice.below(500)), shape),
            _ => tags(&mut dice, shape),
        };
        if shape == Shape::Unsorted {
            if dice.below(10) == 0 {
                tags.push("\"note\":\"a \\\"quoted\\\" \\\\ text\\twith \\u00e9\"".to_owned());
            }
            let all = tags.join(", ").replace("\":\"", "\": \"");
            fields.push(format!("\"tags\": {{{all}}}"));
            let start = usize::try_from(dice.below(8)).expect("small");
            fields.rotate_left(start);
            let fields: Vec<String> = fields.iter().map(|field| field.replacen("\":\"", "\": \"", 1)).collect();
            writeln!(out, "{{{}}}", fields.join(", ")).expect("disk");
        } else {
            writeln!(out, "{{{},\"tags\":{{{}}}}}", fields.join(","), tags.join(",")).expect("disk");
        }
    }
    writeln!(out, "{{\"taglint\":\"end\",\"resources\":{resources},\"unread\":[]}}").expect("disk");
    out.flush().expect("disk");
}

/// A set of tags, each as its part of the object.
fn tags(dice: &mut Dice, shape: Shape) -> Vec<String> {
    let bad = match shape {
        Shape::AllViolating => dice.below(16),
        Shape::ManyViolations if dice.below(10) < 6 => dice.below(16),
        Shape::ManyViolations => 16,
        Shape::Sorted | Shape::Unsorted | Shape::SharedTags => dice.below(100),
    };
    let environment = ["Production", "Staging", "Test", "Development"][usize::try_from(dice.below(4)).expect("small")];
    let environment = if bad < 4 { "Prod" } else { environment };
    let cost_center = if (4..8).contains(&bad) {
        format!("12E{:02}", dice.below(100))
    } else {
        format!("{:05}", dice.below(100_000))
    };
    let mut tags = vec![format!("\"Environment\":\"{environment}\""), format!("\"Cost Center\":\"{cost_center}\"")];
    if !(8..12).contains(&bad) {
        tags.push(format!("\"Owner\":\"person.{}@team-{}.example.com\"", dice.below(9000), dice.below(40)));
    }
    let service = if (12..16).contains(&bad) {
        "Payments Service".to_owned()
    } else {
        format!("svc-payments-{}-{}", dice.below(300), dice.below(30))
    };
    tags.push(format!("\"Service\":\"{service}\""));
    let (year, month, day) = (dice.below(10), dice.below(3), dice.below(8));
    tags.push(format!("\"ReviewDate\":\"202{year}-1{month}-2{day}\""));
    for extra in 0..3 + dice.below(9) {
        let (number, length) = (dice.next(), usize::try_from(dice.below(9)).expect("small"));
        tags.push(format!("\"acme:attribute-{extra:02}\":\"value {number:016x} {}\"", "x".repeat(length)));
    }
    tags
}

/// The five rules and more, on keys that are there and keys that are not.
fn policy_of(rules: usize) -> String {
    let mut text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/policy5.toml"))
        .expect("the policy");
    for i in 0..rules - 5 {
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
