//! Everything that comes from AWS or from a file is hostile text: none of it moves a cursor, forges a line, starts a
//! workflow command or breaks out of a format.

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
    for format in ["text", "json", "jsonl", "sarif", "github", "markdown", "csv", "junit", "html"] {
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
