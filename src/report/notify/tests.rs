use serde_json::{Value, json};

use super::*;
use crate::base::encode::slack;
use crate::report::fixture::{HOSTILE, gaps, hostile, many, normal, report, report_with, user};
use crate::report::options::{NotifyOptions, PageOptions};
use crate::report::{MESSAGE_FORMATS, ReportFormat};

/// The options of a message with owners and a link.
fn options() -> ReportOptions {
    let url = "https://reports.example.com/tags/{part}.html?a=1&b=2".to_owned();
    ReportOptions {
        page: PageOptions { group_by: vec![GroupBy::Tag("Environment".to_owned())], ..PageOptions::default() },
        notify: NotifyOptions { report_url: Some(url), jira_project: Some("TAGS".to_owned()), jira_issue_type: None },
        ..ReportOptions::default()
    }
}

fn post(format: &ReportFormat, report: &Report) -> Value {
    let mut out = Vec::new();
    format.write(report, &options(), &mut out).expect("memory");
    assert!(out.ends_with(b"\n"));
    serde_json::from_slice(&out).expect("JSON")
}

/// All strings of a value.
fn strings(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => out.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, out)),
        Value::Object(map) => map.values().for_each(|item| strings(item, out)),
        _ => {}
    }
}

#[test]
fn a_message_says_what_was_checked_what_is_missing_and_what_to_do_first() {
    let report = report_with(&normal(), gaps(7), |_| {});
    let message = Message::new(&report, &options()).unwrap();
    assert_eq!(message.title, "Tag compliance: 33% pass (incomplete)");
    assert_eq!(message.result, "3 errors in 3 resources (33% pass); incomplete");
    assert_eq!(message.warning.as_deref(), Some(INCOMPLETE));
    let list = |title: &str| {
        let list = message.lists.iter().find(|list| list.title == title);
        list.unwrap_or_else(|| panic!("{title}: {:?}", message.lists)).within(ROOMS[0]).collect::<Vec<_>>()
    };
    assert_eq!(list("Not read").len(), 7);
    assert!(
        list("Not read")[0]
            .starts_with("444455556666 region-000 cognito-idp:userpool cognito-idp:ListUserPools: AccessDenied")
    );
    assert_eq!(
        list("What to fix first"),
        [
            "Add Cost Center: 1 finding",
            "Correct the value of Environment: 1 finding",
            "Rename CostCenter to Cost Center: 1 finding"
        ]
    );
    assert_eq!(list("Most findings by Environment"), ["Prod: 2 findings", "Test: 1 finding"]);
    assert!(message.scope.starts_with("checked on 2026-11-22 by taglint"), "{}", message.scope);
    assert_eq!(message.link.as_deref(), Some("https://reports.example.com/tags/index.html?a=1&b=2"));
    let clean = Message::new(&self::report(&normal()[..1]), &ReportOptions::default()).unwrap();
    assert_eq!((clean.title.as_str(), clean.warning, clean.lists.len()), ("Tag compliance: 100% pass", None, 0));
}

#[test]
fn lists_name_the_first_items_and_count_the_others() {
    let users: Vec<Value> =
        (0..25).map(|at| user(&format!("u{at}"), json!({"Environment": format!("e{at}")}))).collect();
    let message = Message::new(&report(&users), &options()).unwrap();
    for list in &message.lists {
        let items: Vec<String> = list.within(ROOMS[0]).collect();
        assert!(items.len() <= 11, "{items:?}");
    }
    let report = report(&users);
    let mut counted = Counted::of(&report, &[]).unwrap();
    counted.fixes =
        (0..14).map(|at| (format!("Add {at:02}"), fixes::Fix { findings: [2, 0, 0], ..Default::default() })).collect();
    let items = first_fixes(&Envelope::new(&report), &counted);
    assert_eq!(
        (items.len(), items[0].as_str(), items[10].as_str()),
        (11, "Add 00: 2 findings", "4 other changes: 8 findings")
    );
    let owners = message.lists.iter().find(|list| list.title.starts_with("Most findings")).unwrap();
    assert_eq!(owners.within(ROOMS[2]).last().unwrap(), "and 20 more");
}

#[test]
fn a_text_is_cut_with_a_count_and_never_over_its_limit() {
    assert_eq!(clip("short", 5, |_| 1), "short");
    assert_eq!(clip(&"a".repeat(50), 40, |_| 1), format!("{}… (42 more characters)", "a".repeat(8)));
    for limit in [40, 150, 3000] {
        for text in ["&".repeat(5000), "<!channel>".repeat(600), "\u{1f600}".repeat(4000), "a&".repeat(2500)] {
            let clipped = clip(&text, limit, slack::cost);
            assert!(slack::text(&clipped).encode_utf16().count() <= limit, "{limit}: {clipped}");
            let (kept, rest) = clipped.split_once('…').expect("it was cut");
            let cut: usize = rest.trim_matches(|c: char| !c.is_ascii_digit()).replace(',', "").parse().unwrap();
            assert_eq!(kept.chars().count() + cut, text.chars().count());
        }
    }
}

#[test]
fn no_service_gets_more_than_it_takes() {
    let long: Vec<Value> = (0..40)
        .map(|at| user(&format!("u{at}"), json!({"Environment": format!("{at}{}", "\u{1f600}\"&<{{".repeat(40))})))
        .collect();
    for resources in [hostile(), many(300), long, Vec::new()] {
        let report = report_with(&resources, gaps(60), |_| {});
        for format in MESSAGE_FORMATS {
            let post = post(format, &report);
            let size = serde_json::to_string(&post).unwrap().len();
            let limit = if format.name == "teams" { 20_001 } else { 60_000 };
            assert!(size <= limit, "{}: {size} bytes", format.name);
            let mut texts = Vec::new();
            strings(&post, &mut texts);
            let whole = texts.join("\n");
            assert!(whole.contains(INCOMPLETE), "{}: {whole}", format.name);
            assert!(whole.contains("reports.example.com/tags/index.html"), "{}", format.name);
            let hostile = |c: char| c != '\n' && crate::base::is_hostile(c);
            assert!(!texts.iter().any(|text| text.contains(hostile)), "{}: {whole}", format.name);
            if format.name == "slack" {
                assert!(post["blocks"].as_array().unwrap().len() <= 50);
                let is_link =
                    |text: &str| text == "<https://reports.example.com/tags/index.html?a=1&amp;b=2|The whole report>";
                assert!(texts.iter().all(|text| is_link(text) || !text.contains(['<', '>'])), "{whole}");
            }
        }
    }
    assert!(HOSTILE.iter().any(|text| text.contains('<')));
}

#[test]
fn an_issue_without_a_project_is_the_update_of_one() {
    let mut out = Vec::new();
    jira::FORMAT.write(&report(&normal()), &ReportOptions::default(), &mut out).unwrap();
    let update: Value = serde_json::from_slice(&out).unwrap();
    assert!(update["fields"].get("project").is_none() && update["fields"].get("issuetype").is_none());
    assert_eq!(update["fields"]["labels"], json!(["taglint"]));
    let create = post(&jira::FORMAT, &report(&normal()));
    assert_eq!(create["fields"]["project"]["key"], "TAGS");
    assert_eq!(create["fields"]["issuetype"]["name"], "Task");
}
