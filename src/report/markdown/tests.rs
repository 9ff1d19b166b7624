use super::super::fixture::{gaps, hostile, many, normal, render, report, report_with, user, waive, without_hash};
use super::{FORMAT, MAX_TEXT, code};
use crate::base::encode::markdown::code_spans;
use crate::engine::Report;

/// Fails if text outside code spans, which GitHub renders as markup, is not this program's own.
fn check_prose(text: &str) {
    let plain: String = text.lines().map(|line| code_spans(line).0 + "\n").collect();
    assert_eq!(plain.matches("<details>").count(), plain.matches("</details>").count());
    let mut rest = plain;
    for own in ["<!-- taglint -->\n## taglint:", "<details><summary>", "</summary>\n\n", "</details>\n", "**"] {
        rest = rest.replace(own, "");
    }
    let own = |c: char| c.is_ascii_alphanumeric() || " \n-.,:;()%|".contains(c);
    assert!(rest.chars().all(own), "{:?}", rest.chars().filter(|c| !own(*c)).collect::<String>());
    assert!(!rest.contains("http") && !rest.contains("www"), "{rest}");
}

/// Fails if a row has another number of cells than the header of its table.
fn check_tables(text: &str) {
    let mut width = None;
    for line in text.lines() {
        let bars = line.replace("\\|", "").matches('|').count();
        if !line.starts_with('|') {
            assert!(width.is_none() || line.is_empty(), "{line:?} in a table");
            width = None;
        } else if *width.get_or_insert(bars) != bars {
            panic!("{line:?} has {bars} bars");
        }
    }
}

fn checked(report: &Report, everything: bool) -> String {
    let text = render(&FORMAT, report, everything);
    assert!(text.len() < 65_000, "{} bytes", text.len());
    assert!(text.starts_with("<!-- taglint -->\n## taglint: "));
    assert!(!text.replace('\n', "").contains(crate::base::is_hostile));
    check_prose(&text);
    check_tables(&text);
    text
}

fn rows(text: &str) -> usize {
    text.lines().filter(|line| line.starts_with("| error") || line.starts_with("| warning")).count()
}

#[test]
fn a_comment_for_a_person() {
    let report = report(&normal());
    insta::assert_snapshot!(without_hash(&checked(&report, false), &report), @r#"
    <!-- taglint -->
    ## taglint: 3 errors in 3 resources (33% pass)

    | Severity | Rule | Resource | Key | Problem | Fix |
    |---|---|---|---|---|---|
    | error | `cost-center` | `arn:aws:iam::111122223333:user/bo` | `Cost Center` | `Cost Center is missing; it must match \d{5}` |  |
    | error | `environment` | `arn:aws:iam::111122223333:user/bo` | `Environment` | `Environment is "Prod"; it must be Production, Staging, Test or Development; did you mean "Production"?` |  |
    | error | `cost-center` | `arn:aws:iam::111122223333:user/cy` `modules/a,b/main.tf:14` | `Cost Center` | `Cost Center is written "CostCenter"; rename the key` | `set Cost Center=12345; remove CostCenter` |

    Policy: `default (built in)`, `aws (built in)` (hash `HASH`)

    Scope: `checked on 2026-11-22 by taglint 0.2.0: 1 account (111122223333), 1 type, from test`
    "#);
}

#[test]
fn an_empty_inventory_has_a_headline_and_its_policy() {
    let text = checked(&report(&[]), true);
    assert!(text.starts_with("<!-- taglint -->\n## taglint: no findings in 0 resources\n"), "{text}");
    assert!(text.contains("Policy: `") && !text.contains("| Severity"));
}

#[test]
fn hostile_text_is_neither_markup_nor_a_reference() {
    let report = report_with(&hostile(), gaps(22), |settings| waive(settings, "cost-center", "@someone </details> |`"));
    let text = checked(&report, true);
    assert!(rows(&text) as u64 == report.summary().counts.findings.iter().sum::<u64>());
    assert!(text.contains("| `` @someone </details> \\|` `` | 2027-11-22 |"), "the reason is shown");
}

#[test]
fn what_could_not_be_read_comes_before_the_findings() {
    let mut unread = user("anika", serde_json::Value::Null);
    unread["unknown"] = "AccessDenied: iam:ListUserTags".into();
    let text = checked(&report_with(&[unread, many(1).remove(0)], gaps(500), |_| {}), true);
    let (incomplete, table) = (text.find("**Incomplete:").unwrap(), text.find("| Severity").unwrap());
    assert!(incomplete < table);
    assert!(text[incomplete..table].contains(" more\n") && text[incomplete..table].len() < 14_000);
    assert!(text.contains("unknown results</summary>"), "{text}");
}

#[test]
fn fifty_are_open_and_the_others_folded() {
    let text = checked(&report(&many(60)), false);
    let (open, folded) = text.split_once("<details><summary>70 more findings</summary>").expect("a fold");
    assert_eq!((rows(open), rows(folded)), (50, 70));
    assert!(!text.contains("left out"));
}

#[test]
fn a_huge_report_says_how_many_it_leaves_out() {
    let text = checked(&report(&many(5_000)), false);
    let shown = rows(&text);
    assert!(text.len() > 60_000, "the room is used: {}", text.len());
    let left = crate::base::thousands(10_000 - shown as u64);
    assert!(text.contains(&format!("\n{left} more findings omitted")), "{shown} of 10,000 shown");
}

#[test]
fn one_finding_can_not_fill_the_comment() {
    let long = "\u{1f600}|`\u{1b}".repeat(100_000);
    let report = report(&[user("anika", serde_json::json!({"Environment": long, "Cost Center": "1"}))]);
    let text = checked(&report, true);
    assert_eq!(rows(&text) as u64, report.summary().counts.findings.iter().sum::<u64>());
    assert!(text.len() < 10_000, "{}", text.len());
}

#[test]
fn waived_findings_are_counted_and_shown_when_asked_for() {
    let report = report_with(&many(2), Vec::new(), |settings| waive(settings, "environment", "moved in May"));
    let text = checked(&report, false);
    assert!(text.contains("Also: 2 findings waived.") && !text.contains("moved in May"), "{text}");
    let text = checked(&report, true);
    assert_eq!(text.matches("| `moved in May` | 2027-11-22 |").count(), 2, "{text}");
}

#[test]
fn a_long_text_is_cut() {
    assert_eq!(code(&"é".repeat(5_000)).chars().count(), MAX_TEXT + 3);
}
