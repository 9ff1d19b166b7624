//! The web page, in a real browser (`tests/browser`): what it shows and links, its width, accessibility, print and speed.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::common::{Scratch, inventory as lines, line, repository, skip};
use crate::organization::{POLICY, inventory};

const NOW: &str = "2026-11-28";

/// The parts of the test; the variable `BROWSER_ONLY` chooses some.
const PARTS: [&str; 8] =
    ["widths", "accessibility", "links", "keyboard_and_copy", "hostile", "print", "terminal", "speed"];

/// The screenshots of the documentation, which `tests/browser/screenshots.sh` renews.
const SCREENSHOTS: [(&str, &str); 4] = [
    ("1280.png", "page.png"),
    ("dark.png", "page-dark.png"),
    ("390.png", "page-phone.png"),
    ("terminal.png", "terminal.png"),
];

/// The browser, if there is one and its driver.
fn browser() -> Option<PathBuf> {
    let driver = repository("target/browser");
    if Command::new("node").arg("--version").stdout(Stdio::null()).status().is_err() {
        skip("the test of the web page needs node");
        return None;
    }
    if !driver.join("installed").exists() {
        skip("the test of the web page needs its driver: tests/browser/install.sh");
        return None;
    }
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found =
        names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()));
    if found.is_none() {
        skip("the test of the web page needs Chromium");
    }
    found
}

/// The page of the organization, with its trend and its teams.
fn organization(scratch: &Scratch) {
    scratch.file("taglint.toml", POLICY);
    let months = [("2026-06-28", 74), ("2026-07-28", 77), ("2026-08-28", 78), ("2026-09-28", 83), ("2026-10-28", 86)];
    for (day, good) in months {
        scratch.file("old.jsonl", inventory(&format!("{day}T04:00:00Z"), 60, good));
        let report = format!("reports/tags-{day}.json");
        std::fs::create_dir_all(scratch.path().join("reports")).unwrap();
        scratch.run(["check", "old.jsonl", "--now", day, "--output", &report, "-q"]).exits(3);
    }
    scratch.file("now.jsonl", inventory("2026-11-28T04:00:00Z", 60, 90));
    let args = ["check", "now.jsonl", "--now", NOW, "--output", "page.html", "-q", "--history", "reports"];
    let more = ["--baseline", "reports/tags-2026-10-28.json", "--group-by", "tags.Owner", "--show", "waived,unknown"];
    let source = ["--source-url", "https://git.example.com/shop/-/blob/main/{path}#L{line}"];
    scratch.run([&args[..], &more, &source].concat()).exits(3);
}

/// The text report of a small folder, as a terminal shows it.
fn terminal(scratch: &Scratch) {
    let source = "resource \"aws_s3_bucket\" \"invoices\" {\n  tags = {\n    CostCenter  = \"40012\"\n    Environment = \"prod\"\n  }\n}\n\n\
                  resource \"aws_sqs_queue\" \"jobs\" {\n  tags = {\n    Environment = var.stage\n    Owner       = \"shop@example.com\"\n  }\n}\n\n\
                  variable \"stage\" {\n  type = string\n}\n";
    let folder = Scratch::new();
    folder.file("taglint.toml", POLICY.split("[[target]]").next().unwrap());
    folder.file("infra/main.tf", source);
    let run = folder.run(["check", "infra", "--now", NOW, "--color", "always"]);
    scratch.file("terminal.txt", format!("$ taglint check infra\n{}", run.exits(1).stdout));
}

#[test]
fn the_screenshots_of_the_documentation_are_small() {
    for (_, name) in SCREENSHOTS {
        let size = std::fs::metadata(repository("docs/images").join(name)).expect(name).len();
        assert!(size <= 200 * 1024, "{name} has {size} bytes");
    }
}

/// A page with hostile texts in every place.
fn hostile(scratch: &Scratch) {
    let texts = [
        "</script><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "\" onmouseover=\"alert(1)",
        "javascript:alert(1)",
        "=cmd|' /C calc'!A0",
        "\u{202e}gnp.exe",
        "&lt;b&gt; <!-- ]]>",
    ];
    let mut resources: Vec<String> = Vec::new();
    for text in texts {
        let arn = format!("arn:aws:lambda:{text}:123456789012:function:{text}");
        let resource = line("lambda:function", &arn, text, &[("Owner", text), ("Environment", text), (text, text)]);
        let mut resource: serde_json::Value = serde_json::from_str(&resource).unwrap();
        for field in ["account", "region", "account-name"] {
            resource[field] = json!(text);
        }
        resource["account-ou"] = json!(format!("r-ab12/{text}"));
        resource["location"] = json!({"path": text, "line": 1});
        resources.push(resource.to_string());
    }
    scratch.file("taglint.toml", POLICY);
    scratch.file("hostile.jsonl", lines(&resources));
    let args = ["check", "hostile.jsonl", "--now", NOW, "--output", "hostile.html", "-q", "--show", "waived,unknown"];
    scratch.run([&args[..], &["--group-by", "tags.Owner"]].concat()).exits(1);
}

/// The page of 100,000 findings, and one with 20,000 plain rows and a filter that hides them.
fn large(scratch: &Scratch) {
    scratch.file("taglint.toml", POLICY);
    scratch.file("large.jsonl", inventory("2026-11-28T04:00:00Z", 560, 25));
    scratch
        .run(["check", "large.jsonl", "--now", NOW, "--output", "large.html", "--output", "rows.jsonl", "-q"])
        .exits(3);
    let rows = scratch.read("rows.jsonl");
    let count = rows.lines().count();
    assert!(count >= 100_000, "too few cases: {count} findings");
    let mut page = String::from(
        "<!DOCTYPE html><html lang=\"en\"><title>rows</title><input id=\"search\"><table><tbody id=\"rows\">\n",
    );
    // A browser needs minutes for more of them.
    for row in rows.lines().take(20_000) {
        let cells: Vec<String> =
            row.splitn(10, ',').map(|cell| format!("<td>{}</td>", cell.replace('<', "&lt;"))).collect();
        let _ = writeln!(page, "<tr>{}</tr>", cells.concat());
    }
    page += "</tbody></table><p id=\"end\">end</p><script>\n\
        const rows = [...document.getElementById(\"rows\").rows].map((row) => [row, row.textContent.toLowerCase()]);\n\
        document.getElementById(\"search\").addEventListener(\"input\", (event) => {\n\
        const words = event.target.value.split(\" \");\n\
        for (const [row, text] of rows) row.hidden = !words.every((word) => text.includes(word));\n});</script></html>\n";
    scratch.file("plain.html", page);
}

#[test]
fn the_page_works_in_a_browser() {
    let Some(browser) = browser() else { return };
    let only = std::env::var("BROWSER_ONLY").ok();
    let parts: Vec<&str> = only.as_deref().map_or(PARTS.to_vec(), |only| only.split(',').collect());
    let scratch = Scratch::new();
    organization(&scratch);
    hostile(&scratch);
    terminal(&scratch);
    let mut pages = vec!["page.html", "hostile.html", "terminal.txt"];
    if parts.contains(&"speed") {
        large(&scratch);
        pages.extend(["large.html", "plain.html"]);
    }
    let out = repository("target/tmp/html");
    std::fs::create_dir_all(&out).unwrap();
    for name in pages {
        std::fs::copy(scratch.path().join(name), out.join(name)).unwrap();
    }
    let plan = json!({"driver": repository("target/browser"), "browser": browser, "page": out.join("page.html"),
        "hostile": out.join("hostile.html"), "big": out.join("large.html"), "plain": out.join("plain.html"), "out": out,
        "terminal": out.join("terminal.txt"), "only": only});
    let plan = {
        std::fs::write(out.join("plan.json"), plan.to_string()).unwrap();
        out.join("plan.json")
    };
    let run = Command::new("node").arg(repository("tests/browser/check.mjs")).arg(plan).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", text(&run.stdout));
    assert!(run.status.success(), "{}{}", text(&run.stdout), text(&run.stderr));
    if std::env::var_os("TAGLINT_BLESS").is_some() {
        for (from, to) in SCREENSHOTS {
            std::fs::copy(out.join(from), repository("docs/images").join(to)).unwrap();
        }
    }
    for part in parts {
        assert!(text(&run.stdout).contains(&format!("good: {part}")), "{part} did not run");
    }
}

/// Two users: one with an owner, and one without any tag.
fn two(scratch: &Scratch) {
    let policy = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";
    scratch.file("taglint.toml", policy);
    let user = |name: &str, tags: &[(&str, &str)]| {
        line("iam:user", &format!("arn:aws:iam::123456789012:user/{name}"), name, tags)
    };
    scratch.file("in.jsonl", lines(&[user("anika", &[("Owner", "ops")]), user("bo", &[])]));
}

#[test]
fn flags_of_the_page_are_refused_where_they_mean_nothing() {
    let scratch = Scratch::new();
    two(&scratch);
    scratch.file("empty/notes.txt", "");
    scratch.file("other/2026-11-01.json", "{\"runs\":[]}");
    scratch.run(["check", "in.jsonl", "--output", "undated/report.json"]).exits(2);
    std::fs::create_dir_all(scratch.path().join("undated")).unwrap();
    let report = "{\"summary\":{\"compliant\":1,\"violating\":1,\"unknown\":0,\"findings\":{}},\"findings\":[]}";
    scratch.file("undated/report.json", report);
    let html = &["check", "in.jsonl", "--format", "html"][..];
    for (args, words) in [
        (&["check", "in.jsonl", "--group-by", "account"][..], "--group-by: no web page or message is written"),
        (&["check", "in.jsonl", "--history", "empty"], "--history: no web page is written"),
        (&["--group-by", "tags."], "tags.KEY"),
        (&["--source-url", "javascript:alert({path})"], "https://"),
        (&["--source-url", "https://git.example.com/"], "{path}"),
        (&["--history", "nowhere"], "--history nowhere"),
        (&["--history", "empty"], "no .json file"),
        (&["--history", "other"], "not a JSON report of taglint"),
        (&["--history", "undated"], "the report has no date"),
    ] {
        let args = if args[0] == "check" { args.to_vec() } else { [html, args].concat() };
        scratch.run(args).fails_with(2, &[words]);
    }
}

#[test]
fn a_page_changes_no_other_report_of_the_run() {
    let scratch = Scratch::new();
    two(&scratch);
    for format in ["text", "json", "jsonl", "sarif", "markdown", "csv", "junit", "github", "gitlab-codequality"] {
        let args = ["check", "in.jsonl", "--now", NOW, "--format", format];
        let alone = scratch.run(args).exits(1).stdout.clone();
        let beside = scratch.run([&args[..], &["--output", "page.html"]].concat()).exits(1).stdout.clone();
        assert_eq!(alone, beside, "{format}");
    }
    assert!(scratch.read("page.html").contains("<strong>50.0%</strong> of 2 resources"));
}

#[test]
fn reports_of_this_version_are_a_history_and_a_page_of_source_links_to_the_commit() {
    let scratch = Scratch::new();
    two(&scratch);
    std::fs::create_dir(scratch.path().join("old")).unwrap();
    for day in ["2026-10-01", "2026-11-01"] {
        let file = format!("old/report-{}.json", &day[5..7]);
        scratch.run(["check", "in.jsonl", "--now", day, "--output", &file]).exits(1);
    }
    let args = ["check", "in.jsonl", "--now", NOW, "--format", "html", "--history", "old"];
    let mut command = scratch.command(args);
    command.env("GITHUB_SERVER_URL", "https://git.example.com").env("GITHUB_REPOSITORY", "o/r").env("GITHUB_SHA", "0f");
    let page = crate::common::Run::of(command.output().unwrap());
    for words in [
        "unchanged since 2026-10-01, when 50.0% of 2 passed; findings went from 1 to 1.",
        "<td>2026-11-01</td>",
        "<a href=\"https://git.example.com/o/r/blob/0f/taglint.toml#L3\"",
        "\"source\":\"https://git.example.com/o/r/blob/0f/{path}#L{line}\"",
    ] {
        assert!(page.exits(1).stdout.contains(words), "no {words}");
    }
}

#[test]
fn a_redacted_page_and_a_secret_owner_show_nothing() {
    let scratch = Scratch::new();
    two(&scratch);
    let args = ["check", "in.jsonl", "--now", NOW, "--format", "html", "--group-by", "tags.Owner,account"];
    let redacted = scratch.run([&args[..], &["--redact"]].concat()).exits(1).stdout.clone();
    for word in ["123456789012", "anika", ">ops<", "\"ops\"", "user/bo", "taglint.toml"] {
        assert!(!redacted.contains(word), "{word}");
    }
    let open = scratch.run(args).exits(1).stdout.clone();
    assert!(open.contains(">ops<") && open.contains("(no tag)"), "{open}");
    let policy = scratch.read("taglint.toml");
    scratch
        .file("taglint.toml", policy.replace("required = true", "required = true\nvalues = [\"x\"]\nsensitive = true"));
    let hidden = scratch.run(args).exits(1).stdout.clone();
    assert!(hidden.contains("(hidden)") && !hidden.contains(">ops<"), "{hidden}");
}
