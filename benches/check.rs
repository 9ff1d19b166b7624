//! `cargo bench --bench check`: how long a check of a large inventory takes, and how much memory, beside a bare parse of
//! the same file into borrowed structs in the same run, with the same number of threads.
//!
//! Environment: `BENCH_RESOURCES` (default 1,000,000), `BENCH_RUNS` (default 3), `RAYON_NUM_THREADS`.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rayon::prelude::*;
use serde::Deserialize;

mod measure;

use measure::measure;

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    if let (Some(parser), Some(file)) = (args.next(), args.next()) {
        bare_parse(&parser, Path::new(&file));
        return;
    }
    let number = |name: &str, default: usize| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
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
    let size = std::fs::metadata(&inventory).expect("the inventory").len();
    println!(
        "{resources} resources, {:.0} MB, {} threads, {runs} runs each",
        size as f64 / 1e6,
        rayon::current_num_threads()
    );
    let taglint = env!("CARGO_BIN_EXE_taglint");
    let me = std::env::current_exe().expect("this program");
    let check = |policy: &Path, format: &str| {
        let mut command = Command::new(taglint);
        command.args([
            "check",
            "--quiet",
            "--fail-on",
            "never",
            "--sarif-limit",
            "0",
            "--now",
            "2026-11-22",
            "--policy",
        ]);
        command.arg(policy).args(["--format", format]).arg(&inventory);
        command
    };
    let parse = |parser: &str| {
        let mut command = Command::new(&me);
        command.arg(parser).arg(&inventory);
        command
    };
    let mut rows: Vec<(&str, Command)> = vec![
        ("bare serde_json parse", parse("serde_json")),
        ("bare sonic-rs parse", parse("sonic-rs")),
        ("taglint, 5 rules, jsonl", check(&five, "jsonl")),
        ("taglint, 50 rules, jsonl", check(&fifty, "jsonl")),
        ("taglint, 5 rules, sarif", check(&five, "sarif")),
    ];
    let mut figures: Vec<Vec<(Duration, u64)>> = vec![Vec::new(); rows.len()];
    for _ in 0..runs {
        for ((_, command), figures) in rows.iter_mut().zip(&mut figures) {
            let findings = File::create(folder.join("findings")).expect("a file for what it prints");
            figures.push(measure(command.stdout(findings)));
        }
    }
    println!("{:<28} {:>8} {:>8} {:>8}   {:>8}  ratio to serde_json", "", "min s", "median s", "max s", "peak MiB");
    let ([_, base, _], _) = measure::figures(&figures[0]);
    for ((name, _), runs) in rows.iter().zip(&figures) {
        let ([min, mid, max], peak) = measure::figures(runs);
        println!("{name:<28} {min:>8.2} {mid:>8.2} {max:>8.2}   {peak:>8}  {:.2}", mid / base);
    }
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
