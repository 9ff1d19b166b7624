use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::base::display_width;
use crate::model::Gap;
use crate::report::fixture::{many, normal, report, report_with, user};
use crate::report::options::Show;

fn text(report: &Report, options: &ReportOptions) -> String {
    let mut out = Vec::new();
    FORMAT.write(report, options, &mut out).expect("memory");
    String::from_utf8(out).expect("UTF-8")
}

fn wide(width: usize) -> ReportOptions {
    ReportOptions { width: Some(width), ..ReportOptions::default() }
}

/// The lines of a report below its entries: tables are laid out for their width.
fn entries(text: &str) -> &str {
    text.rfind("\n\nfindings by rule:").map_or(text, |end| &text[..end])
}

#[test]
fn a_narrow_report_has_the_words_of_a_wide_one() {
    let report = report(&normal());
    let words = |text: &str| {
        let marks = |word: &&str| !word.trim_matches('^').is_empty();
        text.split_whitespace().filter(marks).map(str::to_owned).collect::<Vec<_>>()
    };
    let whole = text(&report, &ReportOptions::default());
    for width in [40, 80, 120, 200] {
        let narrow = text(&report, &wide(width));
        assert_eq!(words(&narrow), words(&whole), "{width}");
        for line in narrow.lines() {
            let is_one_word = !line.trim_start().contains(' ') || line.trim_start().starts_with("  ");
            assert!(display_width(line) <= width || is_one_word, "{width}: {line:?}");
        }
    }
    insta::assert_snapshot!(entries(&text(&report, &wide(40))), @r#"
    iam:user bo
      arn:aws:iam::111122223333:user/bo
      error   cost-center  Cost Center is
              missing; it must match \d{5}
      error   environment  Environment is
              "Prod"; it must be Production,
              Staging, Test or Development;
              did you mean "Production"?
              Environment = "Prod"
                            ^^^^^^

    iam:user cy
      arn:aws:iam::111122223333:user/cy
      modules/a,b/main.tf:14:5
      error   cost-center  Cost Center is
              written "CostCenter"; rename
              the key
              CostCenter = "12345"
              ^^^^^^^^^^
              fix: set Cost Center =
                "12345", remove "CostCenter"
    "#);
}

#[test]
fn a_tag_that_is_wider_than_the_terminal_has_no_marks_below_another_part() {
    let report = report(&[user("a", json!({"Environment": "Test", "Cost Center": "1".repeat(100)}))]);
    assert!(text(&report, &ReportOptions::default()).contains("^^^"));
    let narrow = text(&report, &wide(80));
    assert!(!narrow.contains('^') && narrow.contains(&format!("Cost Center = \"{}\"\n", "1".repeat(100))), "{narrow}");
}

#[test]
fn a_cut_report_begins_with_errors_and_counts_all() {
    // 100 users with a warning come first by name; 30 with two errors.
    let with_warning = (0..100).map(|at| {
        let mut tags: serde_json::Map<_, _> = (0..45).map(|at| (format!("k{at}"), json!("v"))).collect();
        tags.insert("Environment".to_owned(), json!("Test"));
        tags.insert("Cost Center".to_owned(), json!("12345"));
        user(&format!("a-{at:03}"), tags)
    });
    let resources: Vec<_> = with_warning.chain(many(30)).collect();
    let report = report(&resources);
    let whole = text(&report, &ReportOptions { limit: Some(160), ..ReportOptions::default() });
    assert_eq!(whole, text(&report, &ReportOptions::default()));
    for (limit, errors, warnings) in [(159, 60, 99), (61, 60, 1), (60, 60, 0), (59, 60, 0), (1, 2, 0)] {
        let cut = text(&report, &ReportOptions { limit: Some(limit), ..ReportOptions::default() });
        let of = |word: &str| cut.lines().filter(|line| line.starts_with(word)).count();
        assert_eq!((of("  error  "), of("  warning")), (errors, warnings), "{limit}");
        let line = format!("shown: {} of 160 findings, errors first; `--limit 0`", errors + warnings);
        assert!(cut.contains(&line), "{cut}");
        assert!(cut.ends_with("60 errors, 100 warnings in 130 resources\n0 pass (0%), 130 fail, 0 unknown\n"), "{cut}");
    }
}

#[test]
fn resources_and_scopes_that_share_a_reason_are_one_line() {
    let unread = |name: String| {
        let mut user = user(&name, json!({}));
        user["tags"] = json!(null);
        user["unknown"] = json!("AccessDenied: iam:ListUserTags");
        user
    };
    let gaps: Vec<Gap> = (0..60)
        .map(|at| Gap {
            account: Some(["111122223333", "123456789012", "444455556666"][at % 3].to_owned()),
            region: Some(format!("region-{at:02}")),
            kind: Some("ec2:instance".to_owned()),
            operation: None,
            error: "AccessDenied: ec2:DescribeInstances".to_owned(),
        })
        .collect();
    let of = |n: usize, gaps: &[Gap]| {
        let resources: Vec<_> = (0..n).map(|at| unread(format!("u{at:03}"))).collect();
        report_with(&resources, gaps.to_vec(), |_| {})
    };
    let few = text(&of(3, &gaps[..3]), &ReportOptions::default());
    assert_eq!(few.matches("its tags could not be read: AccessDenied: iam:ListUserTags").count(), 3, "{few}");
    assert_eq!(few.matches("region-0").count(), 3, "{few}");
    let many = of(500, &gaps);
    let shown = text(&many, &ReportOptions::default());
    insta::assert_snapshot!(shown.split("policy:").next().unwrap_or_default(), @r"
    Could not be read
      3 accounts (111122223333, 123456789012, 444455556666), 60 regions (region-00, region-01, region-02, region-03, region-04, …), ec2:instance  AccessDenied: ec2:DescribeInstances
      the tags of 500 iam:user, such as arn:aws:iam::111122223333:user/u000  AccessDenied: iam:ListUserTags
      to settle AccessDenied: `taglint permissions scan` prints the IAM policy that the reading role needs
      --show unknown lists each resource
    ");
    assert!(shown.ends_with("0 pass (0%), 0 fail, 500 unknown\n"), "{shown}");
    let listed = text(&many, &ReportOptions { show: vec![Show::Unknown], ..ReportOptions::default() });
    assert_eq!(listed.matches("AccessDenied: iam:ListUserTags").count(), 500);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn hostile_and_long_texts_are_wrapped_by_words(
        name in "[a-z 費e\u{301}\u{1f600}]{1,60}",
        value in "[ -~費\u{1b}]{0,256}",
        width in 40_usize..200,
    ) {
        let report = report(&[user(&name, json!({"Environment": value, "Cost Center": "12345"}))]);
        let (narrow, whole) = (text(&report, &wide(width)), text(&report, &ReportOptions::default()));
        let words = |text: &str| text.split_whitespace().filter(|word| !word.trim_matches('^').is_empty()).collect::<String>();
        prop_assert_eq!(words(&narrow), words(&whole));
        prop_assert_eq!(narrow.find('\u{1b}'), None);
    }
}
