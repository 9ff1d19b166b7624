//! Text from AWS and from files is untrusted: none of it moves a cursor, adds a line, starts a
//! workflow command or breaks out of a format.

use taglint::report::FORMATS;

use crate::common::{Scratch, inventory, line};

/// Names, keys and values that want out.
pub(crate) fn lines() -> Vec<String> {
    let astral = "\u{20000}".repeat(256);
    let nasty = [
        "\u{1b}[2J\u{1b}]0;owned\u{7}",
        "a\nb\r\nc",
        "\u{202e}gnp.exe",
        "::error::owned",
        "\n::set-output name=x::y",
        "<script>alert(1)</script>",
        "=HYPERLINK(\"http://example.com\")",
        "](http://example.com) [x]",
        "../../etc/passwd",
        "%2e%2e/%00",
        "a|b`c``d",
        "@everyone #1 GH-2",
        "]]>",
        "\"quoted\\",
        "\u{feff}\u{200b}zero",
        &astral,
        "aws:owned",
        "{key}{value}",
        "",
        " ",
    ];
    let mut out = Vec::new();
    for (i, text) in nasty.iter().enumerate() {
        let arn = format!("arn:aws:iam::123456789012:user/{text}{i}");
        out.push(line("iam:user", &arn, text, &[("Environment", text), (text, "x"), ("cost_center", text)]));
        let pool = format!("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_{i}");
        out.push(line("cognito-idp:userpool", &pool, text, &[("Env", text), (&format!("{text}K"), text)]));
    }
    out
}

#[test]
fn no_format_lets_hostile_text_out() {
    let scratch = Scratch::new();
    scratch.file("in.jsonl", inventory(&lines()));
    for format in FORMATS.iter().filter(|format| !format.is_binary()).map(|format| format.name) {
        let run = scratch.run(["check", "in.jsonl", "--format", format, "--show", "waived,unknown,passed", "-v"]);
        run.exits(1);
        for (number, text) in run.stdout.lines().enumerate() {
            let bad = text.chars().find(|c| {
                (c.is_control() && *c != '\t')
                    || matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
            });
            assert_eq!(bad, None, "{format} line {}: {text}", number + 1);
            let command = text.trim_start().starts_with("::") && format != "github";
            assert!(!command, "{format}: a workflow command: {text}");
            if format == "github" {
                let allowed = ["::error ", "::warning ", "::notice ", "::group::", "::endgroup::"];
                assert!(!text.starts_with("::") || allowed.iter().any(|start| text.starts_with(start)), "{text}");
                assert!(!text.contains("::set-output name=x::y") || !text.starts_with("::set"), "{text}");
            }
        }
        match format {
            "json" => drop(run.json()),
            "jsonl" => {
                run.stdout.lines().for_each(|line| drop(serde_json::from_str::<serde_json::Value>(line).unwrap()));
            }
            "csv" => {
                for row in csv::Reader::from_reader(run.stdout.as_bytes()).records() {
                    for cell in &row.unwrap() {
                        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
                    }
                }
            }
            _ => {}
        }
    }
}

#[test]
fn messages_on_standard_error_are_safe_too() {
    let scratch = Scratch::new();
    scratch.file(
        "taglint.toml",
        "version = 1\n[[rule]]\nid = \"a\"\n\"k\\u001b[31m\" = 1\nkey = \"\u{202e}x\"\nvalues = 3\n",
    );
    scratch.file("in.jsonl", inventory(&[]));
    let run = scratch.run(["check", "in.jsonl"]);
    run.exits(2);
    assert!(!run.stderr.contains('\u{1b}') && !run.stderr.contains('\u{202e}'), "{:?}", run.stderr);
}

/// Every format, with everything shown, and what `explain` says.
fn everything(scratch: &Scratch, flags: &[&str]) -> String {
    let mut out = String::new();
    for format in ["text", "json", "jsonl", "sarif", "github", "markdown", "csv", "junit"] {
        let show = ["check", "in.jsonl", "--format", format, "--show", "waived,unknown,passed", "-v"];
        let run = scratch.run(show.iter().chain(flags));
        assert_eq!(run.code, 1, "{format}: {}", run.stderr);
        out += &(run.stdout + &run.stderr);
    }
    out
}

#[test]
fn a_value_that_source_calls_sensitive_is_checked_and_never_shown() {
    let secret = "s3cr3t-0f-th3-h0us3";
    let line = serde_json::json!({
        "type": "iam:user", "address": "aws_iam_user.a", "name": "a",
        "tags": {"Token": secret, "Environment": secret, "Ower": secret, "Cost Center": "12345"},
        "origin": {"sensitive": ["Token", "Environment", "Ower"]},
    });
    let user = serde_json::json!({
        "type": "iam:user", "arn": "arn:aws:iam::123456789012:user/b", "name": "b", "account": "123456789012",
        "tags": {"Token": secret}, "origin": {"sensitive": ["Token"]},
    });
    let device = serde_json::json!({
        "type": "iam:mfa", "arn": "arn:aws:iam::123456789012:mfa/b", "name": "b", "account": "123456789012",
        "user": "arn:aws:iam::123456789012:user/b", "tags": {},
    });
    let scratch = Scratch::new();
    scratch.file(
        "taglint.toml",
        r#"
version = 1
[[rule]]
id = "environment"
key = "Environment"
values = ["Production", "Test"]
message = "{key} is {value}"
[[rule]]
id = "owner"
key = "Owner"
required = true
pattern = '[a-z]+'
[[rule]]
id = "no-token"
forbid = ["Token"]
[[rule]]
id = "only"
only = ["Environment"]
[[rule]]
id = "unique"
unique = "Token"
within = "all"
[[rule]]
id = "same"
same-as-user = ["Token"]
[[rule]]
id = "style"
key-style = "kebab-case"
"#,
    );
    scratch.file("in.jsonl", inventory(&[line.to_string(), user.to_string(), device.to_string()]));
    let json = scratch.run(["check", "in.jsonl", "--format", "json"]).json();
    let mut rules: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect();
    rules.sort_unstable();
    rules.dedup();
    assert_eq!(rules, ["environment", "no-token", "only", "owner", "same", "style", "unique"]);
    assert!(json["findings"].as_array().unwrap().iter().any(|f| f["message"] == "Environment is (hidden)"), "{json:#}");
    for flags in [&[][..], &["--redact"]] {
        let text = everything(&scratch, flags);
        assert!(!text.contains(secret) && text.contains("(hidden)"), "{text}");
        if flags.is_empty() {
            assert!(text.contains("12345"), "what is not sensitive is shown: {text}");
        } else {
            assert!(!scratch.run(["check", "in.jsonl", "--format", "csv", "--redact"]).stdout.contains("= redacted"));
        }
    }
    let page = scratch.run(["policy", "explain", "--resource", "aws_iam_user.a", "in.jsonl"]);
    assert!(!page.exits(0).stdout.contains(secret) && page.stdout.contains("(hidden)"), "{}", page.stdout);
}

#[test]
fn a_secret_that_a_rule_finds_is_shown_by_no_rule() {
    let secret = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
    let scratch = Scratch::new();
    scratch.file(
        "taglint.toml",
        "version = 1\nextends = [\"security\"]\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nvalues = [\"x\"]\n\
         [[rule]]\nid = \"plain\"\nkey = \"Plain\"\nvalues = [\"x\"]\n",
    );
    let tags = [("Owner", secret.as_str()), ("password", "hunter2hunter2"), ("Plain", "seen")];
    scratch.file("in.jsonl", inventory(&[crate::common::user("anika", &tags)]));
    for flags in [&[][..], &["--redact"], &["--ignore", "secret-in-value,secret-key-name"]] {
        let text = everything(&scratch, flags);
        assert!(!text.contains(&secret) && !text.contains("hunter2hunter2"), "{text}");
        assert!(text.contains("(hidden)") && (flags.contains(&"--redact") || text.contains("seen")), "{text}");
    }
    let page = scratch.run(["policy", "explain", "--resource", "anika", "in.jsonl"]);
    assert!(!page.exits(0).stdout.contains(&secret) && !page.stdout.contains("hunter2hunter2"), "{}", page.stdout);
}
