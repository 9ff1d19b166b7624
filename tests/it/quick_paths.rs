//! `TAGLINT_SLOW=1` switches every optimization off: a report is the same with and without it, for whole plans and
//! templates, with mistakes too.

use std::path::{Path, PathBuf};

use crate::common::{Run, Scratch, repository};

/// The output of a check, which must be the same with and without the quick paths.
fn both_ways(scratch: &Scratch, inputs: &[PathBuf]) -> Run {
    let policy = repository("benches/policy5.toml");
    let run = |slow: &str| {
        let mut command = scratch.command(["check", "--all", "--format", "json", "--show", "passed", "--policy"]);
        command.arg(&policy).args(["--now", "2026-11-22"]).args(inputs).env("TAGLINT_SLOW", slow);
        Run::of(command.output().expect("the program starts"))
    };
    let (quick, slow) = (run("0"), run("1"));
    assert_eq!((quick.code, &quick.stdout, &quick.stderr), (slow.code, &slow.stdout, &slow.stderr), "{inputs:?}");
    quick
}

/// Random numbers, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % below
    }

    fn one_of<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.below(all.len())]
    }
}

/// White space that JSON allows between its parts.
const SPACE: [&str; 5] = ["", "", " ", "\n\t", "\r\n  "];

/// The name of an attribute in JSON, wanted or not, written plainly or with an escape.
fn key(random: &mut Random) -> &'static str {
    random.one_of(&[
        "\"tags\"",
        "\"tags\"",
        "\"tags_all\"",
        "\"t\\u0061gs\"",
        "\"name\"",
        "\"id\"",
        "\"arn\"",
        "\"user\"",
        "\"region\"",
        "\"tag\"",
        "\"launch_template\"",
        "\"é\"",
        "\"schema\"",
    ])
}

fn tags(random: &mut Random) -> String {
    let mut pairs: Vec<String> = Vec::new();
    for name in ["Environment", "Owner", "Cost Center", "Service", "K\\u00e9", "ReviewDate"] {
        if random.below(3) > 0 {
            let value = random.one_of(&[
                "\"Production\"",
                "\"12345\"",
                "\"a.b@example.com\"",
                "\"svc-a\"",
                "\"\\ud83d\\ude00\"",
                "\"\"",
                "null",
                "\"2026-01-02\"",
            ]);
            let space = random.one_of(&SPACE);
            pairs.push(format!("{space}\"{name}\"{space}:{space}{value}{space}"));
        }
    }
    format!("{{{}}}", pairs.join(","))
}

/// Any value, as the attributes of a resource have it.
fn value(random: &mut Random, depth: usize) -> String {
    let space = random.one_of(&SPACE);
    match random.below(if depth > 3 { 6 } else { 9 }) {
        0 => "null".to_owned(),
        1 => random.one_of(&["true", "false"]).to_owned(),
        2 => random.one_of(&["0", "-1.5e+3", "12345678901234567890", "1E400"]).to_owned(),
        3 | 4 => random.one_of(&["\"x\"", "\"a\\\"b\\\\\"", "\"ü\\n\"", "\"\\ud800\"", "\"}]\""]).to_owned(),
        5 | 6 => tags(random),
        7 => format!("[{space}{},{}{space}]", value(random, depth + 1), value(random, depth + 1)),
        _ => attributes(random, depth + 1),
    }
}

fn attributes(random: &mut Random, depth: usize) -> String {
    let mut names: Vec<&str> = (0..random.below(5)).map(|_| key(random)).collect();
    names.sort_unstable();
    names.dedup();
    let fields: Vec<String> = names
        .into_iter()
        .map(|name| {
            let value = if name.contains("gs") && random.below(8) > 0 { tags(random) } else { value(random, depth) };
            format!("{}{name}{}:{value}{}", random.one_of(&SPACE), random.one_of(&SPACE), random.one_of(&SPACE))
        })
        .collect();
    format!("{{{}}}", fields.join(","))
}

fn change(random: &mut Random, at: usize) -> String {
    let kind =
        random.one_of(&["aws_iam_user", "aws_cognito_user_pool", "aws_sqs_queue", "aws_instance", "null_resource"]);
    let actions =
        random.one_of(&["[\"create\"]", "[\"update\"]", "[\"no-op\"]", "[\"delete\",\"create\"]", "[\"read\"]"]);
    let before = if random.below(2) == 0 { "null".to_owned() } else { attributes(random, 0) };
    let unknown =
        random.one_of(&["{}", "{\"tags\":{\"Owner\":true}}", "{\"tags_all\":true,\"arn\":true}", "{\"id\":true}"]);
    let sensitive = random.one_of(&["false", "{}", "{\"tags\":{\"Owner\":true}}", "{\"schema\":[true]}"]);
    let after_name = random.one_of(&["after", "after", "\\u0061fter"]);
    format!(
        "{{\"address\":\"{kind}.r{at}\",\"mode\":\"managed\",\"type\":\"{kind}\",\"name\":\"r{at}\",\"index\":{},\"change\":{{\"actions\":{actions},\"before\":{before},\"{after_name}\":{},\"after_unknown\":{unknown},\"before_sensitive\":false,\"after_sensitive\":{sensitive},\"replace_paths\":{}}}}}",
        value(random, 2),
        attributes(random, 0),
        value(random, 2)
    )
}

fn plan(random: &mut Random) -> String {
    let changes: Vec<String> = (0..random.below(6)).map(|at| change(random, at)).collect();
    let configuration = random.one_of(&[
        "null",
        "{}",
        "{\"provider_config\":{\"aws\":{\"name\":\"aws\",\"expressions\":{\"default_tags\":[{\"tags\":{\"constant_value\":{\"Owner\":\"a.b@example.com\"}}}]}}},\"root_module\":{\"resources\":[{\"address\":\"aws_iam_user.r0\",\"type\":\"aws_iam_user\",\"name\":\"r0\",\"expressions\":{\"tags\":{\"references\":[\"var.t\"]},\"name\":{\"constant_value\":[{}]}}}],\"module_calls\":{\"m\":{\"source\":\"./m\",\"module\":{\"resources\":[]}}}}}",
    ]);
    let planned = random.one_of(&["null", "{}", "{\"root_module\":{\"resources\":[{\"values\":{\"a\":[1,2]}}]}}"]);
    format!(
        "{{\"format_version\":\"1.2\",\"planned_values\":{planned},\"variables\":{{\"t\":{{\"value\":{}}}}},\"resource_changes\":[{}],\"prior_state\":{},\"configuration\":{configuration},\"complete\":true}}\n",
        value(random, 1),
        changes.join(&format!(",{}", random.one_of(&SPACE))),
        value(random, 0)
    )
}

#[test]
fn generated_plans_give_the_same_report_both_ways() {
    let scratch = Scratch::new();
    let mut random = Random(11);
    let (mut read, mut refused) = (Vec::new(), 0);
    for at in 0..30 {
        let file = scratch.file(&format!("plan-{at}.json"), plan(&mut random));
        if both_ways(&scratch, std::slice::from_ref(&file)).code == 2 { refused += 1 } else { read.push(file) }
    }
    assert!(read.len() > 10, "{refused} of 30 plans were refused");
    let report = both_ways(&scratch, &read);
    for word in ["\"findings\":[\n{", "Owner", "aws_iam_user.r0"] {
        assert!(report.stdout.contains(word), "no {word}");
    }
}

/// Changes are read a part at a time, and a device may stand in another part than its user.
#[test]
fn a_plan_of_several_parts_gives_every_resource() {
    const USERS: usize = 2100;
    let resource = |address: String, kind: &str, after: String| {
        format!(
            "{{\"address\":\"{address}\",\"mode\":\"managed\",\"type\":\"{kind}\",\"change\":{{\"actions\":[\"no-op\"],\"before\":{after},\"after\":{after}}}}}"
        )
    };
    let account = "arn:aws:iam::123456789012";
    let device = format!("{{\"arn\":\"{account}:mfa/d\",\"user_name\":\"u{}\",\"tags\":null}}", USERS - 1);
    let mut changes = vec![resource("aws_iam_virtual_mfa_device.d".to_owned(), "aws_iam_virtual_mfa_device", device)];
    changes.extend((0..USERS).map(|at| {
        let after = format!(
            "{{\"arn\":\"{account}:user/u{at}\",\"name\":\"u{at}\",\"path\":\"/\",\"tags\":{{\"Owner\":\"x\"}}}}"
        );
        resource(format!("aws_iam_user.u[{at}]"), "aws_iam_user", after)
    }));
    let text =
        format!("{{\"format_version\":\"1.2\",\"planned_values\":{{}},\"resource_changes\":[{}]}}", changes.join(","));
    let scratch = Scratch::new();
    let run = both_ways(&scratch, &[scratch.file("plan.json", text)]);
    assert!(
        run.stdout.contains(&format!("\"resources\":{}", USERS + 1)) || run.stdout.contains("\"resources\": 2101"),
        "{}",
        &run.stdout[..400]
    );
    assert!(run.stdout.contains(&format!("\"user\":\"{account}:user/u{}\"", USERS - 1)));
}

#[test]
fn plans_with_mistakes_give_the_same_error_both_ways() {
    let scratch = Scratch::new();
    let mut random = Random(12);
    for at in 0..12 {
        let whole = plan(&mut random);
        let mut cut = random.below(whole.len() - 60) + 30;
        while !whole.is_char_boundary(cut) {
            cut += 1;
        }
        let text = match at % 3 {
            0 => whole[..cut].to_owned(),
            1 => format!("{}{}{}", &whole[..cut], random.one_of(&["\"", "}", ",", "\u{1}", "01"]), &whole[cut..]),
            _ => whole.replacen("\"planned_values\"", "\"complete\":false,\"planned_values\"", 1),
        };
        let file = scratch.file(&format!("broken-{at}.json"), text);
        let run = both_ways(&scratch, &[file]);
        assert!(at % 3 == 1 || run.code == 2, "{at}: {}", run.stdout);
    }
}

/// The files with an extension in a folder and its folders, in order.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(files(&path, extension));
        } else if path.extension().is_some_and(|own| own == extension) {
            all.push(path);
        }
    }
    all.sort();
    all
}

#[test]
fn committed_plans_and_templates_give_the_same_report_both_ways() {
    let scratch = Scratch::new();
    let mut inputs: Vec<PathBuf> = files(&repository("tests/terraform"), "json");
    inputs.retain(|path| path.ends_with("plan.json"));
    assert!(inputs.len() >= 7, "{inputs:?}");
    let templates = files(&repository("tests/cloudformation"), "json");
    assert!(!templates.is_empty());
    for input in inputs.into_iter().chain(templates) {
        both_ways(&scratch, &[input]);
    }
}

/// The lines of an inventory with their sort keys. Nine of ten resources share a few sets of tags.
fn resource_lines(random: &mut Random, number: usize) -> Vec<(String, String)> {
    let tag_set = |random: &mut Random| {
        let mut pairs: Vec<String> = Vec::new();
        let space = random.one_of(&["", "", " "]);
        for name in ["Service", "Owner", "Cost Center", "Environment", "ReviewDate", "x-1", "x-2", "K\u{e9}"] {
            if random.below(8) > 0 {
                let value = random.one_of(&[
                    "Production",
                    "12345",
                    "a.b@example.com",
                    "svc-a",
                    "2026-01-02",
                    "",
                    "a\\\"b\\u202e",
                    "\u{202e}",
                ]);
                let value = match (name, random.below(4)) {
                    ("Environment", 1..) => "Production",
                    ("Cost Center", 1..) => "12345",
                    ("Owner", 1..) => "a.b@example.com",
                    ("Service", 1..) => "svc-a",
                    ("ReviewDate", 1..) => "2026-01-02",
                    _ => value,
                };
                pairs.push(format!("\"{name}\":{space}\"{value}\""));
            }
        }
        format!("{{{}}}", pairs.join(&format!(",{space}")))
    };
    let shared: Vec<String> = (0..6).map(|_| tag_set(random)).collect();
    let mut lines = Vec::new();
    for at in 0..number {
        let account = random.one_of(&["111122223333", "123456789012", "444455556666"]);
        let kind = random.one_of(&["iam:user", "iam:user", "iam:user", "iam:mfa", "cognito-idp:userpool", "sqs:queue"]);
        let tags = if random.below(10) > 0 { shared[random.below(shared.len())].clone() } else { tag_set(random) };
        let name = format!("{kind}/n-{:04}", at * 7919 % number);
        let arn = (random.below(12) > 0).then(|| format!("arn:aws:x::{account}:{name}"));
        let space = random.one_of(&["", "", " "]);
        let mut fields = vec![("type", kind.to_owned()), ("name", name.clone()), ("account", account.to_owned())];
        fields.extend(arn.clone().map(|arn| ("arn", arn)));
        let start = random.below(fields.len());
        fields.rotate_left(start);
        let mut fields: Vec<String> =
            fields.iter().map(|(field, value)| format!("\"{field}\":{space}\"{value}\"")).collect();
        let place = if random.below(8) > 0 { fields.len() } else { random.below(fields.len()) };
        fields.insert(place, format!("\"tags\":{space}{tags}"));
        let key = [account, "", kind, arn.as_deref().unwrap_or(&name), ""].join("\0");
        lines.push((key, format!("{{{}}}\n", fields.join(&format!(",{space}")))));
    }
    lines
}

#[test]
fn inventories_in_every_order_give_the_same_report_both_ways() {
    let scratch = Scratch::new();
    let mut random = Random(13);
    let mut lines = resource_lines(&mut random, 3000);
    let text = |lines: &[(String, String)]| {
        let body: String = lines.iter().map(|(_, line)| line.as_str()).collect();
        let end = format!("{{\"taglint\":\"end\",\"resources\":{},\"unread\":[]}}\n", lines.len());
        format!("{{\"taglint\":\"inventory\",\"version\":1,\"scope\":{{}}}}\n{body}{end}")
    };
    let unsorted = both_ways(&scratch, &[scratch.file("inventory.jsonl", text(&lines))]);
    let nearly = {
        lines.sort();
        let sorted = both_ways(&scratch, &[scratch.file("inventory.jsonl", text(&lines))]);
        assert_eq!((sorted.code, &sorted.stdout), (unsorted.code, &unsorted.stdout), "sorted and unsorted");
        lines.swap(2990, 2991);
        both_ways(&scratch, &[scratch.file("inventory.jsonl", text(&lines))])
    };
    assert_eq!(nearly.stdout, unsorted.stdout, "one line out of place");
    let report: serde_json::Value = serde_json::from_str(&unsorted.stdout).expect("JSON");
    let count = |list: &str| report[list].as_array().map_or(0, Vec::len);
    assert!(count("findings") > 500 && count("passed") > 100, "{}, {}", count("findings"), count("passed"));
}

/// Tags that pass every rule of the benchmark's policy.
const TAGS: &str = r#"{"Environment":"Test","Cost Center":"12345","Owner":"a.b@example.com","Service":"svc-a"}"#;

#[test]
fn fields_behind_remembered_tags_are_read() {
    let scratch = Scratch::new();
    let line = |before: &str, behind: &str| format!("{{\"type\":\"s3:bucket\",{before}\"tags\":{TAGS}{behind}}}\n");
    for (lines, want) in [
        (vec![line("\"name\":\"b\",", ",\"account\":\"111122223333\""); 3], 3),
        (vec![line("", ",\"origin\":{}"), line("", ",\"origin\":{\"context\":true}")], 1),
        (vec![line("\"name\":\"b\",\"origin\":{},", ""), line("\"name\":\"c\",\"origin\":{\"context\":true},", "")], 1),
        (vec![line("", ""), line("", ",\"region\":\"eu-west-1\",\"account\":\"111122223333\"")], 2),
    ] {
        let input = scratch.file("inventory.jsonl", lines.concat());
        let run = both_ways(&scratch, &[input]);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
        assert_eq!(report["summary"]["resources"], want, "{lines:?}");
        assert_eq!(report["findings"], serde_json::json!([]), "{lines:?}");
    }
}

/// A sorted inventory of users, each of which breaks two of three rules of different severities.
fn sorted_inventory(users: usize) -> String {
    let mut text = "{\"taglint\":\"inventory\",\"version\":1,\"scope\":{}}\n".to_owned();
    let path = "path/".repeat(80);
    for at in 0..users {
        let (arn, tag) = (format!("arn:aws:iam::123456789012:user/{path}u{at:06}"), ["Owner", "Team", "Stage"][at % 3]);
        text += &format!(
            "{{\"type\":\"iam:user\",\"arn\":\"{arn}\",\"account\":\"123456789012\",\"tags\":{{\"{tag}\":\"value of {at}\"}}}}\n"
        );
    }
    text + &format!("{{\"taglint\":\"end\",\"resources\":{users},\"unread\":[]}}\n")
}

#[test]
fn findings_of_the_first_pass_are_the_same_and_come_only_after_the_last_valid_line() {
    const USERS: usize = 9_000;
    let scratch = Scratch::new();
    let mut policy = "version = 1\n".to_owned();
    for (key, severity) in [("Owner", "error"), ("Team", "warning"), ("Stage", "note")] {
        policy +=
            &format!("[[rule]]\nid = \"x{severity}\"\nkey = \"{key}\"\nrequired = true\nseverity = \"{severity}\"\n");
    }
    let policy = scratch.file("policy.toml", policy);
    let inventory = sorted_inventory(USERS);
    let invalid = inventory.replace("{\"taglint\":\"end\"", "no JSON\n{\"taglint\":\"end\"");
    let lines: Vec<&str> = inventory.lines().collect();
    let swapped = [&lines[..USERS - 1], &[lines[USERS], lines[USERS - 1]], &lines[USERS + 1..]].concat().join("\n");
    for (name, text, code) in
        [("sorted.jsonl", &inventory, 1), ("unsorted.jsonl", &swapped, 1), ("invalid.jsonl", &invalid, 2)]
    {
        let input = scratch.file(name, text);
        for format in ["jsonl", "json"] {
            // The lines of each severity are more than fit into memory, so that they wait in a file, if one can be made.
            let run = |slow: &str, temporary: Option<&str>| {
                let mut command = scratch.command(["check", "--format", format, "--now", "2026-11-22", "--policy"]);
                command.arg(&policy).arg(&input).env("TAGLINT_SLOW", slow);
                temporary.map(|folder| command.env("TMPDIR", folder));
                Run::of(command.output().expect("the program starts"))
            };
            let slow = run("1", None);
            assert_eq!(slow.code, code, "{name} {format}: {}", slow.stderr);
            let least = if code == 2 { 0 } else { 3 * (4 << 20) };
            assert!(slow.stdout.len() > least || code == 2 && slow.stdout.is_empty(), "{name} {format}");
            for temporary in [None, Some("/no/such/folder")] {
                let quick = run("0", temporary);
                assert!(
                    (quick.code, &quick.stdout, &quick.stderr) == (slow.code, &slow.stdout, &slow.stderr),
                    "{name} {format} {temporary:?}: {} and {} bytes, {}",
                    quick.stdout.len(),
                    slow.stdout.len(),
                    quick.stderr
                );
            }
        }
    }
}
