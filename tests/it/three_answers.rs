//! Compares `docs/verdicts.md` with the engine: evaluates each row of its tables, and computes its summary from them.
//! `TAGLINT_BLESS=1` rewrites the summary.

use std::collections::BTreeMap;

use taglint::engine::evaluate;
use taglint::model::{Day, DeviceAssignment, Resource, Tag, Tags, Text};
use taglint::policy::{Policy, PolicySource, load};
use taglint::rule::{Check as _, ResourceIndex, UniqueValue, Verdict};

use crate::common::{ACCOUNT, Scratch, repository};

const PAGE: &str = "docs/verdicts.md";
const USER: &str = "arn:aws:iam::123456789012:user/anika";
/// The states of knowledge, by their column in the summary.
const STATES: [&str; 4] = ["all tags known", "a value unknown", "more tags possible", "tags could not be read"];
const ANSWERS: [&str; 4] = ["pass", "fail", "unknown", "not applicable"];

/// One heading with its rule and its table.
#[derive(Default)]
struct Section {
    heading: String,
    rule: String,
    rows: Vec<BTreeMap<String, String>>,
}

fn cells(line: &str) -> Vec<String> {
    line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// The sections that have a rule.
fn sections(page: &str) -> Vec<Section> {
    let mut out: Vec<Section> = Vec::new();
    let mut header: Vec<String> = Vec::new();
    let mut in_rule = false;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("### ") {
            out.push(Section { heading: heading.to_owned(), ..Section::default() });
            header.clear();
            continue;
        }
        let Some(section) = out.last_mut() else { continue };
        match line {
            "```toml" => in_rule = true,
            "```" => in_rule = false,
            _ if in_rule => section.rule.extend([line, "\n"]),
            _ if line.starts_with("|---") => {}
            _ if line.starts_with('|') && header.is_empty() => header = cells(line),
            _ if line.starts_with('|') => {
                let row = cells(line);
                assert_eq!(row.len(), header.len(), "{line}");
                section.rows.push(header.iter().cloned().zip(row).collect());
            }
            _ => {}
        }
    }
    out
}

/// Tags as the page writes them.
fn tags(cell: &str) -> Tags<'static> {
    let (mut tags, mut more) = (Vec::new(), false);
    for part in cell.split(", ") {
        match part {
            "could not be read" => return Tags::Unread { reason: Text::from("AccessDenied") },
            "no tags" => {}
            "…" => more = true,
            _ => {
                let part = part.strip_prefix('`').and_then(|p| p.strip_suffix('`')).unwrap_or_else(|| panic!("{cell}"));
                let (key, value) = part.split_once(" = ").unwrap_or_else(|| panic!("{cell}"));
                let value = (value != "?").then(|| {
                    let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
                    Text::from(quoted.unwrap_or_else(|| panic!("{cell}")).to_owned())
                });
                tags.push(Tag { key: Text::from(key.to_owned()), value });
            }
        }
    }
    Tags::Read { tags, more: more.into() }
}

fn state(cell: &str) -> usize {
    match cell {
        "could not be read" => 3,
        _ if cell.contains('…') => 2,
        _ if cell.contains("= ?") => 1,
        _ => 0,
    }
}

fn resource(kind: &str, name: &str, tags: Tags<'static>) -> Resource<'static> {
    let arn = match kind {
        "iam:user" => format!("arn:aws:iam::{ACCOUNT}:user/{name}"),
        "iam:mfa" => format!("arn:aws:iam::{ACCOUNT}:mfa/{name}"),
        _ => format!("arn:aws:cognito-idp:eu-central-1:{ACCOUNT}:userpool/eu-central-1_{name}"),
    };
    Resource {
        kind: Text::from(kind.to_owned()),
        arn: Some(Text::from(arn)),
        name: Some(Text::from(name.to_owned())),
        account: Some(Text::from(ACCOUNT)),
        tags,
        ..Resource::default()
    }
}

/// The other resources of a row.
struct InventoryIndex<'p> {
    policy: &'p Policy,
    all: Vec<Resource<'static>>,
    user: Option<Resource<'static>>,
}

impl ResourceIndex for InventoryIndex<'_> {
    fn holders(&self, slot: usize, scope: &str, value: &str) -> u32 {
        let wanted = UniqueValue { slot, scope, value };
        let rules = &self.policy.rules;
        let has = |resource: &&Resource<'_>| rules.iter().any(|rule| rule.kind.unique_value(resource) == Some(wanted));
        u32::try_from(self.all.iter().filter(has).count()).unwrap()
    }

    fn user(&self, arn: &str) -> Option<Resource<'static>> {
        self.user.clone().filter(|user| user.arn.as_deref() == Some(arn))
    }
}

/// What the engine answers for a row, in the page's words.
fn ask(policy: &Policy, row: &BTreeMap<String, String>) -> String {
    let kind = row.get("type").map_or("cognito-idp:userpool", String::as_str);
    let mut asked = resource(kind, "asked", tags(&row["tags"]));
    let mut user = None;
    match row.get("user's tags").map(String::as_str) {
        None => {}
        Some("unassigned") => asked.user = DeviceAssignment::Unassigned,
        Some("the root user") => {
            asked.user = DeviceAssignment::User(Text::from(format!("arn:aws:iam::{ACCOUNT}:root")));
        }
        Some(cell) => {
            asked.user = DeviceAssignment::User(Text::from(USER));
            user = (cell != "not in the input").then(|| resource("iam:user", "anika", tags(cell)));
        }
    }
    let mut all = vec![asked.clone()];
    all.extend(row.get("other resource's tags").map(|cell| resource(kind, "another", tags(cell))));
    let resource_index = InventoryIndex { policy, all, user };
    let today = Day::parse("2026-11-22").unwrap();
    let said = |words| match &evaluate(policy, &asked, today, &resource_index, words)[..] {
        [] | [(_, Verdict::NotApplicable)] => "not applicable".to_owned(),
        [(_, Verdict::Pass)] => "pass".to_owned(),
        [(_, Verdict::Indeterminate(_))] => "unknown".to_owned(),
        [(_, Verdict::Fail(violations))] => {
            let kinds: Vec<_> = violations.iter().map(|violation| violation.kind.name()).collect();
            format!("fail: {}", kinds.join(", "))
        }
        more => panic!("one rule gives one answer: {more:?}"),
    };
    assert_eq!(said(true), said(false), "words change no answer: {row:?}");
    said(true)
}

fn page() -> String {
    std::fs::read_to_string(repository(PAGE)).unwrap()
}

#[test]
fn every_row_is_what_the_engine_answers() {
    let scratch = Scratch::new();
    let (mut rows, mut wrong) = (0, Vec::new());
    for section in sections(&page()) {
        let path = scratch.file("rule.toml", format!("version = 1\n{}", section.rule));
        let policy = load(&PolicySource::Paths(vec![path])).unwrap_or_else(|e| panic!("{}: {e}", section.heading));
        assert_eq!(policy.rules.len(), 1, "{}", section.heading);
        for row in &section.rows {
            rows += 1;
            let answer = ask(&policy, row);
            if answer != row["verdict"] {
                wrong.push(format!("{}: {row:?}: the engine answers: {answer}", section.heading));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows > 100, "too few cases: {rows} rows");
}

#[test]
fn every_kind_of_rule_has_a_section() {
    let page = page();
    let rules: String = sections(&page).iter().map(|section| section.rule.clone()).collect();
    for kind in taglint::rule::KINDS {
        assert!(
            kind.discriminating_fields.iter().any(|field| rules.contains(&format!("\n{field} = "))),
            "no section on {}",
            kind.name
        );
    }
}

#[test]
fn the_summary_is_counted_from_the_rows() {
    let text = page();
    let (mut want, mut wrong) = (text.clone(), Vec::new());
    for section in sections(&text) {
        let anchor: String =
            section.heading.to_lowercase().chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect();
        let head = format!("| [{}](#{}) |", section.heading, anchor.replace(' ', "-"));
        let line = text.lines().find(|line| line.starts_with(&head)).unwrap_or_else(|| panic!("no line {head}"));
        let mut new = head;
        for (at, name) in STATES.iter().enumerate() {
            let seen: Vec<&str> = section
                .rows
                .iter()
                .filter(|row| state(&row["tags"]) == at)
                .map(|row| row["verdict"].split(':').next().unwrap())
                .collect();
            assert!(!seen.is_empty(), "{}: no row with {name}", section.heading);
            let answers: Vec<&str> = ANSWERS.into_iter().filter(|answer| seen.contains(answer)).collect();
            new.extend([" ", &answers.join(", "), " |"]);
        }
        if line != new {
            wrong.push(new.clone());
        }
        want = want.replace(line, &new);
    }
    if std::env::var_os("TAGLINT_BLESS").is_some() {
        std::fs::write(repository(PAGE), &want).unwrap();
        return;
    }
    assert!(wrong.is_empty(), "the rows say otherwise (TAGLINT_BLESS=1 writes it):\n{}", wrong.join("\n"));
}
