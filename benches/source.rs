//! `cargo bench --bench source`: how long a check of a tree of Terraform files takes, and how much memory.
//!
//! Environment: `BENCH_FILES` (default 2,000), `BENCH_RUNS` (default 3), `RAYON_NUM_THREADS`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

mod measure;

fn main() {
    let number = |name: &str, default: usize| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (files, runs) = (number("BENCH_FILES", 2_000), number("BENCH_RUNS", 3));
    let five = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/policy5.toml");
    println!("{files} files, {} threads, {runs} runs each", rayon::current_num_threads());
    println!("{:<34} {:>8} {:>8} {:>8}   {:>8}", "", "min s", "median s", "max s", "peak MiB");
    for (name, roots) in [("many roots, 10 files each", files / 10), ("one root, modules of 10 files", 1)] {
        let folder = tempfile::tempdir().expect("a folder for the benchmark");
        let bytes = generate(folder.path(), files, roots);
        let figures: Vec<measure::Run> = (0..runs).map(|_| check(folder.path(), &five)).collect();
        let ([min, mid, max], peak) = measure::figures(&figures);
        let name = format!("{name} ({:.1} MB)", bytes as f64 / 1e6);
        println!("{name:<34} {min:>8.2} {mid:>8.2} {max:>8.2}   {peak:>8}");
    }
}

/// A check of the folder; its time and peak memory.
fn check(folder: &Path, policy: &Path) -> measure::Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taglint"));
    command.args(["check", "--quiet", "--fail-on", "never", "--format", "jsonl", "--now", "2026-11-22", "--policy"]);
    command.arg(policy).arg("--srcroot").arg(folder).arg(folder).stdout(Stdio::null());
    measure::measure(&mut command)
}

/// Folders of ten files; with one root, each folder but the first is a module that it calls. Returns the bytes written.
fn generate(folder: &Path, files: usize, roots: usize) -> usize {
    let mut bytes = 0;
    let mut write = |path: &Path, text: &str| {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("disk");
        std::fs::write(path, text).expect("disk");
        bytes += text.len();
    };
    for group in 0..files / 10 {
        let here = folder.join(format!("area-{}/stack-{group:04}", group % 20));
        for file in 0..10 {
            let text = if file == 0 { head(group, roots > 1) } else { resources(group, file) };
            write(&here.join(format!("file{file}.tf")), &text);
        }
    }
    if roots == 1 {
        let mut text = head(0, true);
        for group in 0..files / 10 {
            let _ = writeln!(
                text,
                "module \"stack_{group}\" {{\n  source = \"./area-{}/stack-{group:04}\"\n  tags = local.common\n}}\n",
                group % 20
            );
        }
        write(&folder.join("main.tf"), &text);
    }
    bytes
}

fn head(group: usize, provider: bool) -> String {
    let mut text = format!(
        "variable \"stage\" {{\n  type    = string\n  default = \"Production\"\n}}\n\nvariable \"tags\" {{\n  type    = map(string)\n  default = {{}}\n}}\n\nlocals {{\n  common = merge(var.tags, {{\n    Environment   = var.stage\n    \"Cost Center\" = \"{:05}\"\n    Service       = \"svc-${{lower(var.stage)}}-{group}\"\n  }})\n}}\n\n",
        group * 7 % 100_000
    );
    if provider {
        text += "provider \"aws\" {\n  region = \"eu-central-1\"\n\n  default_tags {\n    tags = {\n      Owner = \"platform@example.com\"\n    }\n  }\n}\n\n";
    }
    text
}

fn resources(group: usize, file: usize) -> String {
    let mut text = String::new();
    for at in 0..5 {
        let _ = write!(
            text,
            "# What person {at} of file {file} needs.\nresource \"aws_iam_user\" \"person_{file}_{at}\" {{\n  name = \"person-{group}-{file}-{at}\"\n  path = \"/team-{}/\"\n\n  tags = merge(local.common, {{\n    Name  = \"person-${{var.stage}}-{at}\"\n    Group = {group}\n  }})\n}}\n\nresource \"aws_iam_user_policy_attachment\" \"person_{file}_{at}\" {{\n  user       = aws_iam_user.person_{file}_{at}.name\n  policy_arn = \"arn:aws:iam::aws:policy/ReadOnlyAccess\"\n}}\n\nresource \"aws_sqs_queue\" \"queue_{file}_{at}\" {{\n  count = 2\n  name  = \"queue-${{count.index}}\"\n  tags  = {{\n    Environment = \"prod\"\n    Index       = count.index\n  }}\n}}\n\n",
            group % 50
        );
    }
    text
}
