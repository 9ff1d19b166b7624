use std::collections::BTreeMap;

use super::super::fixture::{HOSTILE, gaps, hostile, many, normal, render, report, report_with, user, without_hash};
use super::{FORMAT, data};
use crate::base::escape;

/// Parses a command as the runner does: name, properties, message.
fn command(line: &str) -> Option<(&str, BTreeMap<&str, String>, String)> {
    let (head, message) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let plain = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n");
    let property = |text: &str| plain(text).replace("%3A", ":").replace("%2C", ",").replace("%25", "%");
    let properties = properties.split(',').filter_map(|pair| pair.split_once('='));
    Some((name, properties.map(|(key, value)| (key, property(value))).collect(), plain(message).replace("%25", "%")))
}

fn count(text: &str, name: &str) -> usize {
    text.lines().filter_map(command).filter(|(found, ..)| *found == name).count()
}

#[test]
fn a_finding_is_an_annotation() {
    let report = report(&normal());
    insta::assert_snapshot!(without_hash(&render(&FORMAT, &report, false), &report), @r#"
    taglint: 3 errors in 3 resources (33% pass)
    taglint: checked on 2026-11-22 by taglint 0.2.0: 1 account, 1 type, from 1 input; policy hash HASH
    ::error title=cost-center%3A bo::Cost Center is missing; it must match \d{5}%0Aarn:aws:iam::111122223333:user/bo
    ::error title=environment%3A bo::Environment is "Prod"; it must be Production, Staging, Test or Development; did you mean "Production"?%0Aarn:aws:iam::111122223333:user/bo
    ::error file=modules/a%2Cb/main.tf,line=14,col=5,title=cost-center%3A cy::Cost Center is written "CostCenter"; rename the key%0Aset Cost Center=12345; remove CostCenter%0Aarn:aws:iam::111122223333:user/cy
    "#);
}

#[test]
fn an_empty_inventory_has_a_line() {
    let report = report(&[]);
    assert_eq!(
        without_hash(&render(&FORMAT, &report, false), &report),
        "taglint: no findings in 0 resources\n\
         taglint: checked on 2026-11-22 by taglint 0.2.0: 0 types, from 1 input; policy hash HASH\n"
    );
}

#[test]
fn the_location_comes_through_the_escapes() {
    let text = render(&FORMAT, &report(&normal()), false);
    let (_, properties, message) = text.lines().filter_map(command).next_back().expect("three findings");
    assert_eq!(properties["file"], "modules/a,b/main.tf");
    assert_eq!((properties["line"].as_str(), properties["col"].as_str()), ("14", "5"));
    assert_eq!(properties["title"], "cost-center: cy");
    assert!(message.contains("set Cost Center=12345; remove CostCenter"), "{message}");
}

#[test]
fn ten_of_a_level_and_how_many_more() {
    let text = render(&FORMAT, &report(&many(40)), false);
    assert_eq!(count(&text, "error"), 10);
    assert!(text.contains("\ntaglint: 70 more errors; GitHub shows 10 annotations of a level"), "{text}");
    assert!(text.contains("user-00004") && !text.contains("user-00005"), "the first in the report's order");
}

#[test]
fn errors_do_not_crowd_out_warnings_but_gaps_come_first() {
    let tags: serde_json::Map<_, _> = (0..47).map(|at| (format!("k{at:02}"), "v".into())).collect();
    let full: Vec<_> = (0..12).map(|at| user(&format!("full-{at:02}"), tags.clone())).collect();
    let text = render(&FORMAT, &report(&full), false);
    assert_eq!((count(&text, "error"), count(&text, "warning")), (10, 10));
    assert!(text.contains("2 more warnings"), "{text}");
    let text = render(&FORMAT, &report_with(&full, gaps(7), |_| {}), false);
    assert_eq!((count(&text, "error"), count(&text, "warning")), (10, 10));
    assert!(text.contains("9 more warnings"), "{text}");
    let text = render(&FORMAT, &report_with(&full, gaps(22), |_| {}), false);
    let incomplete = text.lines().filter(|line| line.starts_with("::warning title=incomplete::444455556666 region-"));
    assert_eq!((incomplete.count(), count(&text, "warning")), (10, 10));
    assert!(text.contains("taglint: 12 more scopes could not be read\n") && text.contains("12 more warnings"));
}

#[test]
fn tags_that_could_not_be_read_are_said() {
    let mut unread = user("anika", serde_json::Value::Null);
    unread["unknown"] = "AccessDenied: iam:ListUserTags".into();
    let text = render(&FORMAT, &report(&[unread]), false);
    assert!(text.contains("::warning title=incomplete::the tags of 1 resource could not be read\n"), "{text}");
    assert!(text.starts_with("taglint: no findings in 1 resource (0% pass, 1 unknown); incomplete\n"), "{text}");
}

#[test]
fn no_text_becomes_a_command() {
    for at in 0..hostile().len() {
        let text = render(&FORMAT, &report_with(&hostile()[at..=at], gaps(22), |_| {}), false);
        for line in text.split_inclusive('\n') {
            assert!(!line.trim_end_matches('\n').contains(crate::base::is_hostile), "{line:?}");
            assert!(!line.contains("##["), "{line:?}");
            match command(line) {
                Some((name, properties, _)) => {
                    assert!(["error", "warning"].contains(&name), "{line}");
                    let known = ["file", "line", "title"];
                    assert!(properties.keys().all(|key| known.contains(key)), "{line}");
                    assert!(properties.contains_key("title"), "{line}");
                }
                None => assert!(line.starts_with("taglint: "), "{line}"),
            }
        }
    }
}

#[test]
fn the_runner_reads_what_was_meant() {
    for text in HOSTILE {
        let line = format!("::error title={}::{}", super::property(text), data(text));
        let (_, properties, message) = command(&line).expect("a command");
        let want = escape(text).replace("##[", "##\\u{5b}");
        assert_eq!((properties["title"].as_str(), message.as_str()), (want.as_str(), want.as_str()));
    }
}
