use super::*;
use crate::engine::ByteSource;

const ALL: &str = r#""types":["cognito-idp:userpool","iam:user"]"#;

fn user(account: &str, name: &str, tags: &str) -> String {
    format!(
        r#"{{"type":"iam:user","arn":"arn:aws:iam::{account}:user/{name}","name":"{name}","account":"{account}","tags":{tags}}}"#
    )
}

fn inventory(name: &str, hour: u32, scope: &str, lines: &[String], unread: &str) -> Input {
    let text = format!(
        "{{\"taglint\":\"inventory\",\"version\":1,\"collected\":\"2026-11-22T0{hour}:00:00Z\",\"scope\":{{{scope}}}}}\n{}{{\"taglint\":\"end\",\"resources\":{},\"unread\":[{unread}]}}\n",
        lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>(),
        lines.len()
    );
    Input::inventory(name, ByteSource::Memory(text.into_bytes().into()))
}

fn scope(accounts: &str) -> String {
    format!(r#""accounts":[{accounts}],"regions":["eu-west-1"],{ALL}"#)
}

fn merge(inputs: Vec<Input>) -> (Merged, Vec<String>) {
    let mut out = Vec::new();
    let merged = Merge::new(inputs).unwrap().write(&mut out).unwrap();
    (merged, String::from_utf8(out).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn resources_come_in_order_whatever_the_order_of_the_inputs() {
    let names = |names: &[&str]| names.iter().map(|name| user("1", name, "{}")).collect::<Vec<_>>();
    let a = inventory("a", 1, &scope("\"1\""), &names(&["d", "b", "f"]), "");
    let b = inventory("b", 1, &scope("\"1\""), &names(&["a", "c", "e"]), "");
    for inputs in [vec![a.clone(), b.clone()], vec![b, a]] {
        let (merged, lines) = merge(inputs);
        assert_eq!(lines[1..7], names(&["a", "b", "c", "d", "e", "f"]));
        assert_eq!((merged.resources, merged.complete(), lines.len()), (6, true, 8));
    }
}

#[test]
fn the_later_line_wins_but_not_one_whose_tags_could_not_be_read() {
    let early = inventory(
        "early",
        1,
        &scope("\"1\""),
        &[user("1", "a", r#"{"k":"old"}"#), user("1", "b", r#"{"k":"old"}"#)],
        "",
    );
    let unread = user("1", "b", "null").replace("null", r#"null,"unknown":"AccessDenied""#);
    let late = inventory("late", 2, &scope("\"1\""), &[user("1", "a", r#"{"k":"new"}"#), unread], "");
    for inputs in [vec![early.clone(), late.clone()], vec![late, early]] {
        let (merged, lines) = merge(inputs);
        assert_eq!(lines[1..3], [user("1", "a", r#"{"k":"new"}"#), user("1", "b", r#"{"k":"old"}"#)]);
        assert_eq!((merged.duplicates, merged.unread), (2, 0));
        assert!(lines[0].contains("T01:00:00Z"), "as old as its oldest part: {}", lines[0]);
    }
}

#[test]
fn what_a_later_full_read_does_not_have_is_gone_and_nothing_else() {
    let early = [user("1", "deleted", "{}"), user("1", "kept", "{}"), user("2", "elsewhere", "{}")];
    let a = inventory("a", 1, &scope("\"1\",\"2\""), &early, "");
    let b = inventory("b", 2, &scope("\"1\""), &early[1..2], "");
    let (merged, lines) = merge(vec![a.clone(), b]);
    assert_eq!((merged.deleted, merged.duplicates), (1, 1));
    assert_eq!(lines[1..3], early[1..]);
    let unread = r#"{"account":"1","type":"iam:user","error":"denied"}"#;
    let (merged, _) = merge(vec![a, inventory("b", 2, &scope("\"1\""), &early[1..2], unread)]);
    assert_eq!((merged.deleted, merged.resources), (0, 3), "a list that was not read says nothing");
}

#[test]
fn a_gap_stays_unless_another_input_read_all_of_it() {
    let users = r#"{"account":"1","type":"iam:user","error":"denied"}"#;
    let account = r#"{"account":"1","operation":"sts:AssumeRole","error":"denied"}"#;
    for (gap, fill, left) in [
        (users, scope("\"1\""), 0),
        (users, scope("\"2\""), 1),
        (users, r#""accounts":["1"],"types":["iam:user"]"#.to_owned(), 0),
        (users, r#""accounts":["1"],"types":["iam:mfa"]"#.to_owned(), 1),
        (account, scope("\"1\""), 0),
        (account, r#""accounts":["1"],"types":["iam:user"]"#.to_owned(), 1),
        (account, format!(r#""accounts":["1"],"regions":["us-east-1"],{ALL}"#), 1),
        (r#"{"error":"somewhere"}"#, scope("\"1\""), 1),
    ] {
        let a = inventory("a", 1, &scope("\"1\""), &[], gap);
        let (merged, lines) = merge(vec![a.clone(), inventory("b", 1, &fill, &[], "")]);
        assert_eq!((merged.gaps, merged.filled), (left, 1 - left), "{gap} {fill}");
        assert_eq!(lines.last().unwrap().contains("error"), left > 0);
        let (merged, _) = merge(vec![a.clone(), a]);
        assert_eq!(merged.gaps, 1, "nobody read it");
    }
}

#[test]
fn a_truncated_input_is_a_gap_that_nothing_fills() {
    let lines = [user("1", "a", "{}"), user("1", "b", "{}")];
    let mut broken = inventory("broken", 1, &scope("\"1\""), &lines, "");
    let ByteSource::Memory(bytes) = &broken.bytes else { unreachable!() };
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let cut = text.find("user/b").unwrap();
    broken.bytes = ByteSource::Memory(text.as_bytes()[..cut].to_vec().into());
    let (merged, out) = merge(vec![broken, inventory("b", 2, &scope("\"2\""), &[], "")]);
    assert_eq!((merged.resources, merged.gaps), (1, 1));
    assert!(out.last().unwrap().contains("broken: the inventory is truncated"), "{out:?}");
}
