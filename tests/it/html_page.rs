//! The web page, in a real browser (`tests/browser`): what it shows and links, its width, accessibility, print and speed.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::common::{Scratch, inventory as lines, line, repository, skip};
use crate::organization::{POLICY, inventory};

const NOW: &str = "2026-11-28";

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
    let found = names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()));
    if found.is_none() {
        skip("the test of the web page needs Chromium");
    }
    found
}

/// The page of the organization, with its trend and its teams.
fn organization(scratch: &Scratch) {
    scratch.file("taglint.toml", POLICY);
    let months = [("2026-06-28", 58), ("2026-07-28", 60), ("2026-08-28", 61), ("2026-09-28", 66), ("2026-10-28", 69)];
    for (day, good) in months {
        scratch.file("old.jsonl", inventory(&format!("{day}T04:00:00Z"), 60, good));
        let report = format!("reports/tags-{day}.json");
        std::fs::create_dir_all(scratch.path().join("reports")).unwrap();
        scratch.run(["check", "old.jsonl", "--now", day, "--output", &report, "-q"]).exits(3);
    }
    scratch.file("now.jsonl", inventory("2026-11-28T04:00:00Z", 60, 74));
    let args = ["check", "now.jsonl", "--now", NOW, "--output", "page.html", "-q", "--history", "reports"];
    let more = ["--baseline", "reports/tags-2026-10-28.json", "--group-by", "tags.Owner", "--show", "waived,unknown"];
    let source = ["--source-url", "https://git.example.com/shop/-/blob/main/{path}#L{line}"];
    scratch.run([&args[..], &more, &source].concat()).exits(3);
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

/// The page of 100,000 findings, and one with as many plain rows and a filter that hides them.
fn large(scratch: &Scratch) {
    scratch.file("taglint.toml", POLICY);
    scratch.file("large.jsonl", inventory("2026-11-28T04:00:00Z", 830, 45));
    scratch.run(["check", "large.jsonl", "--now", NOW, "--output", "large.html", "--output", "large.json", "-q"]).exits(3);
    let report: serde_json::Value = serde_json::from_str(&scratch.read("large.json")).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.len() >= 100_000, "too few cases: {} findings", findings.len());
    let mut page = String::from(
        "<!DOCTYPE html><html lang=\"en\"><title>rows</title><input id=\"search\"><table><tbody id=\"rows\">\n",
    );
    for finding in &findings[..100_000] {
        let resource = &finding["resource"];
        let cells = [&finding["severity"], &finding["rule"], &resource["account"], &resource["region"], &resource["type"],
            &resource["name"], &resource["arn"], &finding["key"], &finding["message"]];
        let cells = cells.map(|cell| format!("<td>{}</td>", cell.as_str().unwrap_or("").replace('<', "&lt;")));
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
    let scratch = Scratch::new();
    organization(&scratch);
    hostile(&scratch);
    large(&scratch);
    let out = repository("target/tmp/html");
    std::fs::create_dir_all(&out).unwrap();
    let file = |name: &str| scratch.path().join(name);
    for name in ["page.html", "hostile.html", "large.html", "plain.html"] {
        std::fs::copy(file(name), out.join(name)).unwrap();
    }
    let plan = json!({"driver": repository("target/browser"), "browser": browser, "page": out.join("page.html"),
        "hostile": out.join("hostile.html"), "big": out.join("large.html"), "plain": out.join("plain.html"), "out": out,
        "rounds": 3, "only": std::env::var("BROWSER_ONLY").ok()});
    let plan = { std::fs::write(out.join("plan.json"), plan.to_string()).unwrap(); out.join("plan.json") };
    let run = Command::new("node").arg(repository("tests/browser/check.mjs")).arg(plan).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", text(&run.stdout));
    assert!(run.status.success(), "{}{}", text(&run.stdout), text(&run.stderr));
    for part in ["widths", "accessibility", "links", "keyboard_and_copy", "hostile", "print", "speed"] {
        assert!(text(&run.stdout).contains(&format!("good: {part}")), "{part} did not run");
    }
}
