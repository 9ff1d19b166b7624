//! `--split-by`: a report for each owner, account or other part, which together say what the whole report says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::common::{Run, Scratch, inventory as lines, line};
use crate::organization::{POLICY, inventory};

const NOW: &str = "2026-11-28";

/// A row of the index: the numbers (errors, warnings, notes, resources, pass, fail, unknown) and the files.
type Row = (Vec<u64>, Vec<String>);

/// The rows of an index by name; the last one is of all.
fn index(scratch: &Scratch, folder: &str) -> BTreeMap<String, Row> {
    let text = scratch.read(&format!("{folder}/index.md"));
    let table = text.split("|---|--:|--:|--:|--:|--:|--:|--:|---|\n").nth(1).expect("a table");
    let rows = table.lines().take_while(|line| line.starts_with("| ")).map(|line| {
        let line = line.trim_start_matches("| ").trim_end_matches(" |");
        // A name may have the separator, behind a backslash.
        let cells: Vec<&str> = line.rsplitn(9, " | ").collect();
        let [files, numbers @ .., name] = &cells[..] else { panic!("{line}") };
        let numbers = numbers.iter().rev().map(|number| number.replace(',', "").parse().expect(line)).collect();
        let files = files.split(", ").filter_map(|link| {
            let (shown, target) = link.strip_prefix('[')?.strip_suffix(')')?.split_once("](")?;
            assert_eq!(shown, target);
            Some(target.to_owned())
        });
        ((*name).to_owned(), (numbers, files.collect()))
    });
    rows.collect()
}

/// The fingerprints in a CSV.
fn fingerprints(csv: &str) -> Vec<String> {
    let is_one = |cell: &&str| cell.len() == 32 && cell.bytes().all(|b| b.is_ascii_hexdigit());
    let mut found: Vec<String> = csv.split(',').filter(is_one).map(str::to_owned).collect();
    found.sort();
    found
}

fn names(scratch: &Scratch, folder: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(scratch.path().join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// Checks that the table for scripts has the rows of the index.
fn table_is_index(scratch: &Scratch, folder: &str, rows: &BTreeMap<String, Row>) {
    let text = scratch.read(&format!("{folder}/index.tsv"));
    let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let header = "part errors warnings notes resources pass fail unknown complete value";
    assert_eq!(lines.next().unwrap(), header.split(' ').collect::<Vec<_>>());
    let mut files: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for cells in lines {
        let [part, numbers @ .., complete, _] = &cells[..] else { panic!("{cells:?}") };
        assert!(matches!(*complete, "true" | "false") && numbers.len() == 7, "{cells:?}");
        files.insert((*part).to_owned(), numbers.iter().map(|number| number.parse().unwrap()).collect());
    }
    assert_eq!(files.remove("index").as_ref(), Some(&rows["**all**"].0), "{folder}");
    let stem = |file: &String| file.split('.').next().unwrap().to_owned();
    let want =
        rows.iter().filter(|(name, _)| *name != "**all**").map(|(_, (numbers, of))| (stem(&of[0]), numbers.clone()));
    assert_eq!(files, want.collect::<BTreeMap<_, _>>(), "{folder}");
}

/// Checks that the files of a folder say together what the report says, and that the index adds up to it.
fn adds_up(scratch: &Scratch, run: &Run, folder: &str) -> BTreeMap<String, Row> {
    let report = run.json();
    let rows = index(scratch, folder);
    let (all, none) = &rows["**all**"];
    let summary = &report["summary"];
    let severities = ["error", "warning", "note"].map(|name| &summary["findings"][name]);
    let want = severities.into_iter().chain([&summary["resources"]]).map(|n| n.as_u64().expect("a number"));
    assert_eq!(all[..4], want.collect::<Vec<_>>()[..], "{folder}: {summary}");
    assert_eq!(json!([all[5], all[6]]), json!([summary["violating"], summary["unknown"]]), "{folder}");
    assert!(none.is_empty());
    let parts = || rows.iter().filter(|(name, _)| *name != "**all**");
    for at in 0..7 {
        assert_eq!(parts().map(|(_, (numbers, _))| numbers[at]).sum::<u64>(), all[at], "{folder}: column {at}");
    }
    let mut files: BTreeSet<String> = parts().flat_map(|(_, (_, files))| files.clone()).collect();
    assert_eq!(files.len(), parts().map(|(_, (_, files))| files.len()).sum::<usize>(), "each has its own files");
    let mut found: Vec<String> = Vec::new();
    for (name, (numbers, files)) in parts() {
        for file in files.iter().filter(|file| file.contains(".csv")) {
            let own = fingerprints(&scratch.read(&format!("{folder}/{file}")));
            assert_eq!(own.len() as u64, numbers[..3].iter().sum::<u64>(), "{name}: {file}");
            found.extend(own);
        }
    }
    found.sort();
    let mut want: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["fingerprint"].as_str().unwrap().to_owned())
        .collect();
    want.sort();
    assert_eq!(found, want, "{folder}");
    files.extend(["index.md", "index.tsv"].map(str::to_owned));
    table_is_index(scratch, folder, &rows);
    assert_eq!(names(scratch, folder), files, "{folder}");
    rows
}

#[test]
fn the_parts_of_an_organization_add_up_to_its_report() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("old.jsonl", inventory("2026-10-28T04:00:00Z", 3, 70));
    scratch.file("now.jsonl", inventory("2026-11-28T04:00:00Z", 4, 75));
    scratch.run(["check", "old.jsonl", "--now", NOW, "--output", "old.json", "-q"]).exits(3);
    for by in ["account", "ou", "region", "type", "tags.Owner", "tags.Environment"] {
        let folder = by.replace('.', "-");
        let split = ["--split-by", by, "--split-dir", &folder, "--split-format", "csv,markdown"];
        let args = ["check", "now.jsonl", "--now", NOW, "--format", "json", "--baseline", "old.json"];
        let run = scratch.run([&args[..], &split].concat());
        run.exits(3);
        let rows = adds_up(&scratch, &run, &folder);
        let report = run.json();
        assert!(report["targets"].as_array().is_some_and(|targets| !targets.is_empty()), "a target is judged");
        // The accounts that could not be read at all have a file too, and each file says what could not be read.
        if by == "account" {
            assert_eq!(rows.len(), 101 + usize::from(rows.contains_key("`(whole run)`")));
            let unread = "111122223365";
            assert_eq!(rows[&format!("`{unread}`")].0, [0; 7]);
            let text = scratch.read(&format!("account/{unread}.md"));
            assert!(text.contains("**Incomplete") && text.contains("does not trust this account"), "{text}");
            let whole = scratch.read("account/111122223334.md");
            assert!(!whole.contains("does not trust this account") && whole.contains("Part of a report by `account`"));
        } else {
            for (name, (_, files)) in rows.iter().filter(|(name, _)| *name != "**all**") {
                let markdown = files.iter().find(|file| file.contains(".md")).expect("a file");
                let text = scratch.read(&format!("{folder}/{markdown}"));
                assert!(text.contains("**Incomplete"), "{name}: {text}");
            }
        }
        if by.starts_with("tags.") {
            assert!(rows["`(unknown)`"].0[3] > 0 && rows["`(no tag)`"].0[3] > 0, "{rows:?}");
            assert_eq!(rows["`(unknown)`"].1, ["_unknown.csv", "_unknown.md"]);
        }
    }
}

#[test]
fn a_part_is_the_report_of_its_resources_alone() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY.split("[[target]]").next().unwrap());
    let text = inventory("2026-11-28T04:00:00Z", 4, 75);
    scratch.file("all.jsonl", &text);
    let split = ["--split-by", "tags.Owner", "--split-dir", "owners", "--split-format", "markdown,html,csv"];
    scratch.run([&["check", "all.jsonl", "--now", NOW, "-q"][..], &split].concat()).exits(3);
    let rows = index(&scratch, "owners");
    let lines: Vec<&str> = text.lines().collect();
    let [header, resources @ .., end] = &lines[..] else { panic!("no inventory") };
    for (team, value) in [("search", json!("search")), ("(no tag)", Value::Null)] {
        let is_own = |line: &&&str| {
            let resource: Value = serde_json::from_str(line).unwrap();
            resource["tags"].is_object() && resource["tags"]["Owner"] == value
        };
        let own: Vec<&str> = resources.iter().filter(is_own).copied().collect();
        assert!(!own.is_empty());
        let mut end: Value = serde_json::from_str(end).unwrap();
        end["resources"] = json!(own.len());
        scratch.file("own.jsonl", format!("{header}\n{}\n{end}\n", own.join("\n")));
        let output = ["--output", "own.md", "--output", "own.html", "--output", "own.csv"];
        scratch.run([&["check", "own.jsonl", "--now", NOW, "-q"][..], &output].concat()).exits(3);
        let [markdown, html, csv] = &rows[&format!("`{team}`")].1[..] else { panic!("{rows:?}") };
        // Tags that could not be read may be those of a resource of the part.
        let part = |file: &String| {
            let text = scratch.read(&format!("owners/{file}")).replace("all.jsonl", "own.jsonl");
            let text = text.replace("5 scopes could not be read", "4 scopes could not be read");
            text.replace("and 2 parts of the scope", "and 1 part of the scope")
        };
        let is_own = |line: &&str| !line.contains("could not be read; any may belong here");
        // The part says which one it is, and has no notices: they concern the whole run.
        let findings = |text: &str| {
            let text =
                text.split("\nPart of a report").map(|rest| rest.split_once('\n').map_or(rest, |(_, rest)| rest));
            let text = text.collect::<Vec<_>>().join("");
            text.split("\nAlso:")
                .next()
                .unwrap()
                .lines()
                .filter(|line| !line.is_empty() && is_own(line))
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_eq!(findings(&part(markdown)), findings(&scratch.read("own.md")), "{team}");
        let is_part = |line: &&str| !line.contains(",run,,,,,,part,");
        assert_eq!(
            part(csv).lines().filter(is_part).filter(is_own).collect::<Vec<_>>(),
            scratch.read("own.csv").lines().collect::<Vec<_>>()
        );
        let section =
            |text: &str, from: &str, to: &str| text.split(from).nth(1).unwrap().split(to).next().unwrap().to_owned();
        let (page, whole) = (part(html), scratch.read("own.html"));
        // The shares, the groups, the counts of each rule, and the list of findings.
        for from in ["id=\"how\"", "id=\"first\"", "id=\"who\"", "id=\"waivers\"", "id=\"rules\""] {
            assert_eq!(
                section(&page, from, "</section>\n<section id"),
                section(&whole, from, "</section>\n<section id")
            );
        }
        assert_eq!(section(&page, "id=\"data\"", "</script>"), section(&whole, "id=\"data\"", "</script>"), "{team}");
        assert!(page.contains("<dt>Part</dt>") && !whole.contains("<dt>Part</dt>"));
    }
    // The page of the index has a row for each part, and links to all of its files.
    let page = scratch.read("owners/index.html");
    assert_eq!(page.matches("<th scope=\"row\">").count(), rows.len());
    for file in rows.values().flat_map(|(_, files)| files) {
        assert!(page.contains(&format!("<a href=\"{file}\">{file}</a>")), "{file}");
    }
    assert!(page.contains("class=\"incomplete\"") && !page.contains("<script"), "{page}");
    for anchor in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor}");
    }
}

#[test]
fn hostile_values_stay_in_the_folder_and_apart() {
    let scratch = Scratch::new();
    let owners = [
        "ops",
        "Ops",
        "OPS",
        "../../escape",
        "/etc/passwd",
        "a\\b",
        "con",
        "COM1",
        "index",
        "index.md",
        "",
        ".",
        "..",
        "| x | [y](https://evil.example)",
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "\u{202e}gnp.exe",
        "a\u{0}b",
        "one\ntwo",
        "`code`",
        "_unknown",
        "_no-tag",
        "größe",
        "team@example.com",
        "nul",
        "(no tag)",
    ];
    let long = "x".repeat(400);
    let mut resources: Vec<String> = Vec::new();
    for (at, owner) in owners.into_iter().chain([long.as_str()]).enumerate() {
        let name = format!("fn-{at}");
        let arn = format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}");
        resources.push(line("lambda:function", &arn, &name, &[("Owner", owner)]));
    }
    let bare = |name: &str| line("iam:user", &format!("arn:aws:iam::123456789012:user/{name}"), name, &[]);
    resources.push(bare("none"));
    resources
        .push(bare("unread").replace("\"tags\":{}", "\"tags\":null,\"unknown\":\"AccessDenied: iam:ListUserTags\""));
    scratch.file("taglint.toml", POLICY);
    scratch.file("in/hostile.jsonl", lines(&resources));
    let args = ["check", "in/hostile.jsonl", "--now", NOW, "--format", "json", "--split-by", "tags.Owner"];
    let folder = ["--split-dir", "out/deep", "--split-format", "csv"];
    let before = names(&scratch, ".");
    let run = scratch.run([&args[..], &folder].concat());
    run.exits(3);
    assert_eq!(names(&scratch, "out"), BTreeSet::from(["deep".to_owned()]));
    assert!(names(&scratch, ".").difference(&before).eq(["out"]));
    let rows = adds_up(&scratch, &run, "out/deep");
    // All owners, the resource without the tag, the one that could not be read, the whole run and the sum.
    assert_eq!(rows.len(), owners.len() + 1 + 4, "{rows:?}");
    assert_eq!((rows["`(no tag)`"].0[3], rows["`(unknown)`"].0[3], rows["`(empty)`"].0[3]), (1, 1, 1));
    assert_eq!(rows["`ops`"].1, ["ops.csv"]);
    let files = names(&scratch, "out/deep");
    let small: BTreeSet<String> = files.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(small.len(), files.len());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    assert!(
        files.iter().all(|name| name.len() < 100 && name.chars().all(is_plain) && !name.starts_with('.')),
        "{files:?}"
    );
    let text = scratch.read("out/deep/index.md");
    // Every line of the table is one row, and no value is markup.
    assert!(text.contains("| `<script>alert(1)</script>` |") && text.contains("| `` `code` `` |"), "{text}");
    assert!(
        text.contains(r"`\| x \| [y](https://evil.example)`") && !text.contains('\u{202e}') && !text.contains('\0')
    );

    let pages = ["--split-dir", "pages", "--split-format", "html"];
    scratch.run([&args[..], &pages].concat()).exits(3);
    let page = scratch.read("pages/index.html");
    assert!(page.contains("<th scope=\"row\">&lt;script&gt;alert(1)&lt;/script&gt;<small>"), "{page}");
    assert!(!page.contains("<script") && !page.contains('\u{202e}') && !page.contains('\0'));
    let links = page.split("<a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    assert!(links.clone().all(|link| link.starts_with('#') || scratch.path().join("pages").join(link).is_file()));
    assert_eq!(links.filter(|link| !link.starts_with('#')).count(), rows.len() - 1);

    // Names are the same in each run, whatever else there is; files of other runs are named, not removed.
    scratch.file("in/hostile.jsonl", lines(&resources[1..2]));
    let note = scratch.run([&args[..], &folder].concat()).exits(1).stderr.clone();
    assert!(note.contains("other reports of earlier runs, which index.md does not name"), "{note}");
    assert_eq!(index(&scratch, "out/deep")["`Ops`"].1, rows["`Ops`"].1);
    assert_eq!(names(&scratch, "out/deep"), files);
}

#[test]
fn redaction_holds_in_names_and_contents() {
    let scratch = Scratch::new();
    let resource = |at: usize| {
        let arn = format!("arn:aws:lambda:eu-west-1:123456789012:function:secret-name-{at}");
        line("lambda:function", &arn, &format!("secret-name-{at}"), &[("Owner", &format!("Secret-Team-{at}"))])
    };
    scratch.file("taglint.toml", POLICY);
    scratch.file("in.jsonl", lines(&[resource(1), resource(2)]));
    for by in ["tags.Owner", "account"] {
        let folder = by.replace('.', "-");
        let args = ["check", "in.jsonl", "--now", NOW, "--redact", "--format", "json", "--split-by", by];
        let more = ["--split-dir", &folder, "--split-format", "html,csv,markdown"];
        let run = scratch.run([&args[..], &more].concat());
        run.exits(1);
        let rows = index(&scratch, &folder);
        assert!(rows.keys().filter(|name| name.starts_with("`redacted-")).count() >= 1, "{rows:?}");
        for name in names(&scratch, &folder) {
            let text = scratch.read(&format!("{folder}/{name}")).to_lowercase() + &name;
            assert!(!text.contains("secret-") && !text.contains("123456789012"), "{name}");
        }
    }
}

#[test]
fn a_wrong_use_is_refused_before_the_check() {
    let scratch = Scratch::new();
    scratch.file("in.jsonl", lines(&[line("iam:user", "arn:aws:iam::123456789012:user/a", "a", &[])]));
    let run = |args: &[&str]| scratch.run([&["check", "in.jsonl"][..], args].concat());
    run(&["--split-by", "rule", "--split-dir", "out"]).fails_with(2, &["account, ou, region, type or tags.KEY"]);
    run(&["--split-by", "tags.", "--split-dir", "out"]).fails_with(2, &["tags.KEY"]);
    run(&["--split-by", "account"]).fails_with(2, &["--split-dir"]);
    run(&["--split-dir", "out"]).fails_with(2, &["--split-by"]);
    run(&["--split-by", "account", "--split-dir", "out", "--split-format", "json"]).fails_with(2, &["markdown"]);
    let page = ["--split-by", "account", "--split-dir", "pages", "--split-format", "html", "--history", "."];
    run(&page).fails_with(2, &["--history", "no web page is written"]);
    run(&["--split-by", "account", "--split-dir", "in.jsonl"]).fails_with(2, &["--split-dir in.jsonl"]);
    assert!(!scratch.path().join("out").exists());
}
