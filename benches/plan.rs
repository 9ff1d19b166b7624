//! `cargo bench --bench plan`: how long a check of a large Terraform plan takes, and how much memory, beside a bare parse
//! of the same file in the same run: by `serde_json` into nothing at all, and into its tree of values. Then the same of a small
//! plan, a folder of source and a template.
//!
//! Environment: `BENCH_MB` (size of the plan, default 100), `BENCH_RUNS` (default 9), `RAYON_NUM_THREADS`.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

mod measure;

use measure::Row;

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    if let (Some(parser), Some(file)) = (args.next(), args.next()) {
        bare_parse(&parser, Path::new(&file));
        return;
    }
    let number = |name: &str, default: usize| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (megabytes, runs) = (number("BENCH_MB", 100), number("BENCH_RUNS", 9));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-plan");
    std::fs::create_dir_all(&folder).expect("a folder for the benchmark");
    let plan = folder.join(format!("plan-{megabytes}.json"));
    if !plan.exists() {
        generate(&plan, megabytes << 20);
    }
    let policy = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/policy5.toml");
    let size = std::fs::metadata(&plan).expect("the plan").len();
    println!("{:.0} MB of plan, {} threads, {runs} runs each", size as f64 / 1e6, rayon::current_num_threads());
    let me = std::env::current_exe().expect("this program");
    let check = |flag: &str, input: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taglint"));
        command.args(["check", "--quiet", "--fail-on", "never", "--now", "2026-11-22", flag, "--policy"]);
        command.arg(&policy).arg("--output").arg(folder.join("findings.jsonl")).arg(input);
        command
    };
    let parse = |parser: &str| {
        let mut command = Command::new(&me);
        command.arg(parser).arg(&plan);
        command
    };
    let quiet = |name: &str, mut command: Command| {
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Row::new(name, command)
    };
    let rows = vec![
        quiet("bare parse into nothing", parse("nothing")),
        quiet("bare parse into values", parse("values")),
        quiet("taglint, what changes", check("--changed", &plan)).at_most(2.0, 0, 120),
        quiet("taglint, everything", check("--all", &plan)).at_most(2.0, 0, 120),
    ];
    measure::compare(rows, runs);
    let small = small_inputs(&folder.join("small"));
    let rows = small.iter().map(|(name, path)| quiet(name, check("--all", path)).within(30.0, 15)).collect();
    measure::compare(rows, 3 * runs);
}

/// A small plan, a folder with three files of source, and a template with ten resources.
fn small_inputs(folder: &Path) -> [(&'static str, PathBuf); 3] {
    let (plan, source, template) = (folder.join("plan.json"), folder.join("source"), folder.join("template.yaml"));
    std::fs::create_dir_all(&source).expect("a folder for source");
    generate(&plan, 38 << 10);
    for name in ["a", "b", "c"] {
        let tags = "tags = { Owner = \"a@example.com\", Service = \"svc-a\" }";
        let blocks: Vec<String> = (0..4)
            .map(|i| format!("resource \"aws_sqs_queue\" \"{name}{i}\" {{\n  name = \"{name}{i}\"\n  {tags}\n}}\n"))
            .collect();
        std::fs::write(source.join(format!("{name}.tf")), blocks.concat()).expect("source");
    }
    let resource = |i| {
        format!(
            "  Queue{i}:\n    Type: AWS::SQS::Queue\n    Properties:\n      Tags:\n        - {{Key: Owner, Value: a@example.com}}\n"
        )
    };
    let resources: Vec<String> = (0..10).map(resource).collect();
    std::fs::write(&template, format!("Resources:\n{}", resources.concat())).expect("a template");
    [("a small plan", plan), ("a folder of source", source), ("a template", template)]
}

fn bare_parse(parser: &str, path: &Path) {
    let text = std::fs::read(path).expect("the plan");
    match parser {
        "nothing" => drop(serde_json::from_slice::<serde::de::IgnoredAny>(&text).expect("JSON")),
        _ => drop(serde_json::from_slice::<serde_json::Value>(&text).expect("JSON")),
    }
}

/// A plan as Terraform prints one: every resource stands in it three or four times. A third is created, a third has new
/// tags, a third stays.
fn generate(path: &Path, size: usize) {
    const HEAD: &str = "{\"format_version\":\"1.2\",\"terraform_version\":\"1.11.4\",\"planned_values\":{\"root_module\":{\"resources\":[";
    let mut one = String::new();
    (0..9).for_each(|i| append(&mut one, i));
    let resources = size / (one.len() / 9);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).expect("the plan"));
    let mut put = |text: &str| out.write_all(text.as_bytes()).expect("disk");
    put(HEAD);
    let section = |put: &mut dyn FnMut(&str), each: fn(&mut String, usize), wanted: fn(usize) -> bool| {
        let (mut line, mut first) = (String::new(), true);
        for i in (0..resources).filter(|i| wanted(*i)) {
            line.clear();
            if !std::mem::take(&mut first) {
                line.push(',');
            }
            each(&mut line, i);
            put(&line);
        }
    };
    section(&mut put, planned, |_| true);
    put("]}},\"resource_changes\":[");
    section(&mut put, change, |_| true);
    put("],\"prior_state\":{\"format_version\":\"1.0\",\"values\":{\"root_module\":{\"resources\":[");
    section(&mut put, planned, |i| i % 3 > 0);
    put(
        "]}}},\"configuration\":{\"provider_config\":{\"aws\":{\"name\":\"aws\",\"expressions\":{\"region\":{\"constant_value\":\"eu-central-1\"},\"default_tags\":[{\"tags\":{\"constant_value\":{\"Environment\":\"Production\"}}}]}}},\"root_module\":{\"resources\":[",
    );
    section(&mut put, configured, |_| true);
    put("]}},\"timestamp\":\"2026-11-22T06:02:14Z\",\"complete\":true,\"errored\":false}");
    out.flush().expect("disk");
}

/// All that a plan has of one resource, to weigh it.
fn append(out: &mut String, i: usize) {
    planned(out, i);
    change(out, i);
    planned(out, i);
    configured(out, i);
}

fn planned(out: &mut String, i: usize) {
    let _ = write!(
        out,
        "{{\"address\":\"aws_cognito_user_pool.pool_{i}\",\"mode\":\"managed\",\"type\":\"aws_cognito_user_pool\",\"name\":\"pool_{i}\",\"provider_name\":\"registry.terraform.io/hashicorp/aws\",\"schema_version\":0,\"values\":"
    );
    values(out, i, i % 3);
    out.push_str(",\"sensitive_values\":{\"account_recovery_setting\":[],\"lambda_config\":[],\"schema\":[],\"tags\":{},\"tags_all\":{}}}");
}

fn values(out: &mut String, i: usize, version: usize) {
    let center = if i.is_multiple_of(11) { "12E45".to_owned() } else { format!("{:05}", i % 100_000) };
    let arn = if version == 0 {
        String::new()
    } else {
        format!(
            "\"arn\":\"arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_{i:09}\",\"id\":\"eu-central-1_{i:09}\","
        )
    };
    let _ = write!(
        out,
        "{{\"account_recovery_setting\":[],\"admin_create_user_config\":[{{\"allow_admin_create_user_only\":false,\"invite_message_template\":[]}}],\"alias_attributes\":null,{arn}\"auto_verified_attributes\":null,\"deletion_protection\":\"INACTIVE\",\"device_configuration\":[],\"email_configuration\":[{{\"configuration_set\":\"\",\"email_sending_account\":\"COGNITO_DEFAULT\",\"from_email_address\":\"\",\"reply_to_email_address\":\"\",\"source_arn\":\"\"}}],\"email_verification_message\":null,\"lambda_config\":[],\"mfa_configuration\":\"OFF\",\"name\":\"customers of service {i} \\\"main\\\"\",\"password_policy\":[{{\"minimum_length\":8,\"password_history_size\":0,\"require_lowercase\":true,\"require_numbers\":true,\"temporary_password_validity_days\":7}}],\"schema\":[],\"software_token_mfa_configuration\":[],\"tags\":{{\"Cost Center\":\"{center}\",\"Owner\":\"person.{i}@example.com\",\"Service\":\"svc-payments-{version}\"}},\"tags_all\":{{\"Cost Center\":\"{center}\",\"Environment\":\"Production\",\"Owner\":\"person.{i}@example.com\",\"Service\":\"svc-payments-{version}\"}},\"username_attributes\":null,\"web_authn_configuration\":[]}}"
    );
}

fn change(out: &mut String, i: usize) {
    let action = ["create", "update", "no-op"][i % 3];
    let _ = write!(
        out,
        "{{\"address\":\"aws_cognito_user_pool.pool_{i}\",\"mode\":\"managed\",\"type\":\"aws_cognito_user_pool\",\"name\":\"pool_{i}\",\"provider_name\":\"registry.terraform.io/hashicorp/aws\",\"change\":{{\"actions\":[\"{action}\"],\"before\":"
    );
    match i % 3 {
        0 => out.push_str("null"),
        n => values(out, i, n + 1),
    }
    out.push_str(",\"after\":");
    values(out, i, if i % 3 == 2 { 3 } else { i % 3 });
    let unknown = if i.is_multiple_of(3) { "{\"arn\":true,\"id\":true,\"tags\":{},\"tags_all\":{}}" } else { "{}" };
    let _ = write!(
        out,
        ",\"after_unknown\":{unknown},\"before_sensitive\":false,\"after_sensitive\":{{\"account_recovery_setting\":[],\"lambda_config\":[],\"schema\":[],\"tags\":{{}},\"tags_all\":{{}}}}}}}}"
    );
}

fn configured(out: &mut String, i: usize) {
    let _ = write!(
        out,
        "{{\"address\":\"aws_cognito_user_pool.pool_{i}\",\"mode\":\"managed\",\"type\":\"aws_cognito_user_pool\",\"name\":\"pool_{i}\",\"provider_config_key\":\"aws\",\"expressions\":{{\"name\":{{\"constant_value\":\"customers of service {i}\"}},\"tags\":{{\"references\":[\"local.tags\"]}}}},\"schema_version\":0}}"
    );
}
