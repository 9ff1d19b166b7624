use super::super::fixture::{HOSTILE, gaps, hostile, many, normal, render, report, report_with, waive};
use super::{FORMAT, ROWS, SCRIPT, STYLE, safe};

/// The tags of a page, without its script and style.
fn tags(page: &str) -> Vec<&str> {
    let page = page.split("<script>").next().unwrap();
    page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect()
}

#[test]
fn the_page_says_what_is_wrong_by_rule_type_and_account() {
    let page = render(&FORMAT, &report(&normal()), true);
    for words in [
        "<h1>taglint: 3 errors in 3 resources (33% pass)</h1>",
        "<td>iam:user</td><td class=\"n\" data-key=\"3\">3</td><td class=\"n\" data-key=\"1\">1</td><td class=\"n\" data-key=\"33\">33%</td>",
        "<td>111122223333</td><td class=\"n\" data-key=\"3\">3</td>",
        "<td>environment</td><td>111122223333</td><td></td><td>iam:user</td>",
        "Environment is &quot;Prod&quot;; it must be Production",
        "<td>set Cost Center=12345; remove CostCenter</td>",
        "<small>modules/a,b/main.tf:14</small>",
    ] {
        assert!(page.contains(words), "no {words} in:\n{page}");
    }
    assert!(!page.contains("class=\"incomplete\""));
}

#[test]
fn what_was_not_read_comes_before_all_else_and_an_empty_report_is_a_page() {
    let page = render(&FORMAT, &report_with(&normal(), gaps(3), |_| {}), false);
    let at = |words: &str| page.find(words).unwrap_or_else(|| panic!("no {words}"));
    assert!(at("Incomplete: not everything could be read") < at("By rule"));
    assert_eq!(page.matches("<li>444455556666 region-").count(), 3);
    let page = render(&FORMAT, &report(&[]), true);
    assert!(page.contains("<p>No findings.</p>") && page.ends_with("</html>\n"));
}

#[test]
fn nothing_in_the_page_can_load_or_run_but_its_own_style_and_script() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let page = render(&FORMAT, &report(&normal()), true);
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    let hash = |open: &str, close: &str| {
        let content = page.split(open).nth(1).unwrap().split(close).next().unwrap();
        format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(content)))
    };
    let (style, script) = (hash("<style>", "</style>"), hash("<script>", "</script>"));
    let want =
        format!("default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'");
    assert_eq!(policy, want);
    for text in [STYLE, SCRIPT] {
        assert!(!text.contains("://") && !text.contains("@import") && !text.contains("innerHTML"));
        assert!(!text.contains("</"), "it would end its element");
    }
}

#[test]
fn hostile_text_makes_no_tag_and_no_attribute() {
    let waived = |settings: &mut crate::engine::Settings| waive(settings, "environment", HOSTILE[18]);
    let plain = render(&FORMAT, &report_with(&normal(), gaps(1), waived), true);
    let mut known: Vec<&str> = tags(&plain);
    known.sort_unstable();
    known.dedup();
    let page = render(&FORMAT, &report_with(&hostile(), gaps(HOSTILE.len()), waived), true);
    for tag in tags(&page) {
        // The numbers in the small tables differ, so only their form is compared.
        let shape = |tag: &str| tag.replace(|c: char| c.is_ascii_digit(), "");
        assert!(known.iter().any(|known| shape(known) == shape(tag)), "<{tag}>");
    }
    let body = page.split("<h1>").nth(1).unwrap();
    assert!(!body.contains(|c| c != '\n' && crate::base::is_hostile(c)));
    assert_eq!(page.matches("<script>").count(), 1);
    assert!(page.contains("&lt;/details&gt;&lt;script&gt;alert(1)"), "the text is there, as text");
    assert_eq!(safe("\"'`<>&\u{1b}"), "&quot;&#39;&#96;&lt;&gt;&amp;\\u{1b}");
}

#[test]
fn rows_beyond_what_a_browser_bears_are_counted() {
    let half = usize::try_from(ROWS).unwrap() / 2;
    let page = render(&FORMAT, &report(&many(half + 10)), false);
    assert_eq!(page.matches("<tr><td class=\"error\">").count(), usize::try_from(ROWS).unwrap());
    assert!(page.contains("<p>20 more; the JSON and CSV reports have all.</p>"));
}
