use proptest::prelude::*;

use super::super::super::must_load;
use super::*;
use crate::model::{Line, parse_line};

fn draft(lines: &[String]) -> String {
    propose(lines.iter().map(|line| match parse_line(line.as_bytes()) {
        Ok(Line::Resource(resource)) => resource,
        other => panic!("{line}: {other:?}"),
    }))
}

fn users(n: usize, tags: impl Fn(usize) -> serde_json::Value) -> Vec<String> {
    (0..n).map(|at| serde_json::json!({ "type": "iam:user", "tags": tags(at) }).to_string()).collect()
}

/// The fields of a rule as the draft has them.
fn fields(text: &str, id: &str) -> toml::Table {
    let file: toml::Table = text.parse().unwrap();
    let mut rules = file["rule"].as_array().unwrap().iter().map(|rule| rule.as_table().unwrap());
    rules.find(|rule| rule["id"].as_str() == Some(id)).unwrap_or_else(|| panic!("no rule {id} in\n{text}")).clone()
}

fn field(text: &str, id: &str, name: &str) -> String {
    fields(text, id).get(name).map(ToString::to_string).unwrap_or_default()
}

#[test]
fn common_keys_become_rules_with_what_they_have() {
    let stages = ["Production", "Test", "Staging"];
    let lines = users(100, |n| {
        let mut tags = serde_json::json!({
            "Cost Center": format!("{:05}", n * 7),
            "Environment": if n == 3 { "production" } else { stages[n % 3] },
            "Contact": format!("person-{n}@example.com"),
            "Created": format!("2026-01-{:02}", n % 28 + 1),
        });
        let map = tags.as_object_mut().unwrap();
        if n < 70 {
            map.insert("Team".to_owned(), ["red", "blue"][n % 2].into());
        }
        if n == 9 {
            let value = map.remove("Cost Center").unwrap();
            map.insert("CostCentre".to_owned(), value);
        }
        if n < 10 {
            map.insert("Rare".to_owned(), "x".into());
        }
        tags
    });
    let text = draft(&lines);
    let policy = must_load(&text);
    assert_eq!(field(&text, "cost-center", "required"), "true");
    assert_eq!(field(&text, "cost-center", "aliases"), r#"["CostCentre"]"#);
    assert_eq!(field(&text, "cost-center", "pattern"), r"'\d{5}'");
    assert_eq!(field(&text, "environment", "values"), r#"["Production", "Staging", "Test"]"#);
    assert!(text.contains("\"production\" (1) is assumed to be a misspelling"), "{text}");
    assert!(text.contains("# On 100 of 100 iam:user (100 %)."), "{text}");
    assert_eq!(field(&text, "team-optional", "required"), "");
    assert!(text.contains("# On 70 of 100 iam:user (70 %)."), "{text}");
    assert_eq!(field(&text, "contact", "format"), "\"email\"");
    assert_eq!(field(&text, "created", "format"), "\"date\"");
    assert!(policy.rule("rare").is_none() && text.contains("#   \"Rare\" on 10 resources"), "{text}");
    assert!(!text.contains("person-"), "an address got into the file\n{text}");
}

#[test]
fn packs_with_rules_for_the_keys_are_named() {
    let tags = serde_json::json!({ "Owner": "team", "Cost Center": "12345", "Environment": "Test" });
    let text = draft(&users(10, |_| tags.clone()));
    must_load(&text);
    for (pack, keys) in [
        ("default", "\"Cost Center\" and \"Environment\""),
        ("finops", "\"Cost Center\" and \"Owner\""),
        ("finops-iam", "\"Cost Center\" and \"Owner\""),
    ] {
        assert!(text.contains(&format!("# The pack {pack} has rules for {keys}")), "{pack}: {text}");
    }
    assert!(!text.contains("security") && !text.contains("best-practices"), "{text}");
    let text = draft(&users(10, |n| serde_json::json!({ "Owner": "team", "Rare": n.to_string() })));
    assert!(!text.contains("The pack"), "one key in common is not enough: {text}");
}

#[test]
fn a_types_keys_are_its_own() {
    let mut lines = users(20, |_| serde_json::json!({ "Owner": "anika", "Stage": "a" }));
    lines.extend((0..20).map(|n| {
        let tags = if n < 13 { serde_json::json!({ "Stage": "b" }) } else { serde_json::json!({}) };
        serde_json::json!({ "type": "iam:mfa", "tags": tags }).to_string()
    }));
    let text = draft(&lines);
    let policy = must_load(&text);
    let concerns =
        |id: &str| ["iam:user", "iam:mfa"].map(|kind| policy.rule(id).is_some_and(|rule| rule.concerns(kind)));
    assert_eq!(concerns("stage"), [true, false]);
    assert_eq!(concerns("stage-optional"), [false, true]);
    assert_eq!(concerns("owner"), [true, false]);
    assert!(!text.contains("anika"), "{text}");
    assert_eq!(field(&text, "stage", "values"), "[\"a\"]");
}

#[test]
fn what_aws_made_does_not_count() {
    let role = |path: &str, tags: serde_json::Value| {
        serde_json::json!({ "type": "iam:role", "path": path, "tags": tags }).to_string()
    };
    let mut lines: Vec<_> = (0..4).map(|_| role("/", serde_json::json!({ "Owner": "a" }))).collect();
    lines.extend((0..6).map(|_| role("/aws-service-role/ecs.amazonaws.com/", serde_json::json!({}))));
    lines.extend(users(4, |_| serde_json::json!({ "Team": "a" })));
    let text = draft(&lines);
    must_load(&text);
    assert_eq!(field(&text, "owner", "required"), "true", "{text}");
    assert_eq!(field(&text, "owner", "unless"), "{ managed-by = \"aws\" }", "{text}");
    assert_eq!(field(&text, "team", "unless"), "", "{text}");
}

#[test]
fn nothing_to_go_by_is_still_a_policy() {
    let unread = r#"{"type":"iam:user","tags":null,"unknown":"AccessDenied"}"#.to_owned();
    for lines in [vec![], users(3, |_| serde_json::json!({})), vec![unread]] {
        let policy = must_load(&draft(&lines));
        assert!(policy.rules.iter().all(|rule| rule.origin.file.built_in));
    }
}

#[test]
fn a_key_of_the_same_letters_and_another_digit_is_another_key() {
    let lines = users(40, |n| {
        let key = if n == 0 { "Tier2" } else { "Tier1" };
        serde_json::json!({ key: "x" })
    });
    assert_eq!(field(&draft(&lines), "tier1", "aliases"), "");
}

#[test]
fn a_key_that_a_small_type_always_has_is_no_misspelling_on_a_large_one() {
    let mut lines = users(100, |_| serde_json::json!({ "Project Code": "x" }));
    lines.push(r#"{"type":"iam:mfa","tags":{"Project Codes":"x"}}"#.to_owned());
    let text = draft(&lines);
    must_load(&text);
    assert_eq!(field(&text, "project-code", "aliases"), "");
    assert_eq!(field(&text, "project-codes", "required"), "true");
}

#[test]
fn values_that_would_be_globs_are_not_listed() {
    for (value, listed) in [("a*", false), ("a?", false), ("a.", true)] {
        let text = draft(&users(9, |_| serde_json::json!({ "Stage": value })));
        must_load(&text);
        assert_eq!(
            (!field(&text, "stage", "values").is_empty(), text.contains("a glob here")),
            (listed, !listed),
            "{value}\n{text}"
        );
    }
}

#[test]
fn many_keys_take_no_long_time() {
    let lines = users(2000, |n| serde_json::json!({ format!("Key number {n}"): "x", "Environment": "a", "Team": "b" }));
    let start = std::time::Instant::now();
    must_load(&draft(&lines));
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

proptest! {
    #[test]
    fn any_tags_give_a_draft_that_loads_whatever_their_order(
        tags in prop::collection::vec(("[\\PC\\[{\"'\\\\#\\n\\u{1b}]{0,12}", "[\\PC\\[{\"'\\\\#\\n*?]{0,12}"), 0..12),
        n in 1_usize..8,
    ) {
        let map: BTreeMap<_, _> = tags.into_iter().collect();
        let mut lines = users(n, |at| if at == 0 { serde_json::json!({}) } else { serde_json::json!(map) });
        let text = draft(&lines);
        must_load(&text);
        lines.reverse();
        prop_assert_eq!(draft(&lines), text);
    }
}
