use super::data::ROWS;
use super::{FORMAT, SCRIPT, STYLE, safe};
use crate::engine::Settings;
use crate::report::fixture::{HOSTILE, gaps, hostile, many, normal, render, report, report_with, waive};
use crate::report::options::{PageOptions, ReportOptions};
use crate::report::{GroupBy, TrendPoint};

/// The tags of a page, without its own script and with the addresses of links left out.
fn tags(page: &str) -> Vec<String> {
    let page = page.split("<script>").next().unwrap();
    let tags = page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap());
    let shape = |tag: &str| match tag.strip_prefix("a href=\"#").and_then(|rest| rest.split_once('"')) {
        Some((_, rest)) => format!("a href{rest}"),
        None => tag.chars().filter(|c| !c.is_ascii_digit()).collect(),
    };
    tags.map(shape).collect()
}

/// The data of the script.
fn data(page: &str) -> serde_json::Value {
    let json = page.split("id=\"data\">").nth(1).unwrap().split("</script>").next().unwrap();
    serde_json::from_str(json).unwrap()
}

/// The texts of a column, one for each row.
fn column(data: &serde_json::Value, id: &str) -> Vec<String> {
    let column = data["columns"].as_array().unwrap().iter().find(|column| column["id"] == id).unwrap();
    let values: Vec<&str> = column["values"].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect();
    let rows = column["rows"].as_array().unwrap().iter();
    rows.map(|at| values[usize::try_from(at.as_u64().unwrap()).unwrap()].to_owned()).collect()
}

fn passed(settings: &mut Settings) {
    settings.show_passed = true;
}

#[test]
fn the_page_says_how_it_is_and_what_to_do_first() {
    let page = render(&FORMAT, &report_with(&normal(), Vec::new(), passed), true);
    for words in [
        "<title>taglint: 3 errors in 3 resources (33% pass)</title>",
        "<strong>33.3%</strong> of 3 resources",
        "<b>2</b> fail (66.6%)",
        "These 3 changes fix 3 of 3 findings (100%).",
        "status=finding\">Rename CostCenter to Cost Center</a>",
        "<dt>Policy</dt><dd>default<small>",
        "Nothing: all was read, and every rule has a result.",
        "<a href=\"#account=111122223333&amp;status=finding\">111122223333</a>",
    ] {
        assert!(page.contains(words), "no {words} in:\n{page}");
    }
    assert!(!page.contains("class=\"incomplete\""));
    let data = data(&page);
    assert_eq!(column(&data, "rule"), ["cost-center", "environment", "cost-center"]);
    assert_eq!(column(&data, "path"), ["", "", "modules/a,b/main.tf"]);
    assert!(column(&data, "problem")[1].starts_with("Environment is \"Prod\"; it must be Production"));
    assert_eq!(column(&data, "instead")[2], "set Cost Center=12345; remove CostCenter");
    assert_eq!(data["lines"], serde_json::json!([0, 0, 14]));
}

#[test]
fn groups_count_each_resource_once_and_shares_need_those_that_pass() {
    let group_by = vec![GroupBy::Tag("Environment".to_owned())];
    let page_of = |set: fn(&mut Settings)| {
        let options = ReportOptions {
            page: PageOptions { group_by: group_by.clone(), ..PageOptions::default() },
            ..ReportOptions::default()
        };
        let mut out = Vec::new();
        FORMAT.write(&report_with(&normal(), Vec::new(), set), &options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let page = page_of(passed);
    let row = |page: &str, name: &str| {
        let page = page.split("<h3>By Environment</h3>").nth(1).unwrap().split("</section>").next().unwrap();
        let row =
            page.split("<tr>").find(|row| row.contains(&format!(">{name}<"))).unwrap_or_else(|| panic!("no {name}"));
        let cells = row.split("<td").skip(1).map(|cell| cell.split('>').nth(1).unwrap().split('<').next().unwrap());
        cells.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(row(&page, "Prod"), ["2", "1", "0", "0.0%"]);
    assert_eq!(row(&page, "Test"), ["1", "1", "0", "0.0%"]);
    assert!(page.contains("Production<svg"), "a group without findings is no link");
    assert_eq!(column(&data(&page), "tags.Environment"), ["Prod", "Prod", "Test"]);
    // Without the resources that pass, no share is known.
    assert_eq!(row(&page_of(|_| {}), "Prod"), ["2", "1", "0", "–"]);
}

#[test]
fn what_was_not_read_comes_before_all_else_and_an_empty_report_is_a_page() {
    let page = render(&FORMAT, &report_with(&normal(), gaps(3), |_| {}), false);
    let at = |words: &str| page.find(words).unwrap_or_else(|| panic!("no {words}"));
    assert!(at("Incomplete: not everything could be read") < at("How are we?"));
    assert_eq!(page.matches("444455556666 region-").count(), 3);
    let page = render(&FORMAT, &report(&[]), true);
    assert!(page.contains("<p>No findings.</p>") && page.ends_with("</html>\n"));
}

#[test]
fn the_trend_ends_with_this_report_and_says_where_the_policy_changed() {
    let point = |day: &str, pass, hash: &str| TrendPoint {
        day: crate::model::Day::parse(day).unwrap(),
        pass,
        fail: 2,
        unknown: 1,
        findings: 9,
        complete: true,
        policy: ("default".to_owned(), hash.to_owned()),
    };
    let history = vec![point("2026-10-01", 1, ""), point("2026-11-01", 2, "0123"), point("2099-01-01", 3, "0123")];
    let options = ReportOptions { page: PageOptions { history, ..PageOptions::default() }, ..ReportOptions::default() };
    let mut out = Vec::new();
    FORMAT.write(&report(&normal()), &options, &mut out).unwrap();
    let page = String::from_utf8(out).unwrap();
    // One of four results of the first report is unknown: it may have been more than 25%.
    let doubt = "<b>▲ up 8.3 points</b> (not certain: more results are unknown than this) since 2026-10-01, when 25.0% of 4 passed";
    assert!(page.contains(doubt), "{page}");
    assert_eq!(page.matches("<circle").count(), 3);
    assert_eq!(page.matches("another policy").count(), 1);
    assert!(page.contains("<td>2026-11-22</td>"), "the day of this report");
    assert!(page.contains("1 report dated after this one: left out of the trend.") && !page.contains("2099"), "{page}");
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
        assert!(!text.contains("</") && !text.contains("<!--"), "it would end its element");
    }
    for word in ["outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "DOMParser", "srcdoc"] {
        assert!(!SCRIPT.contains(word), "{word} could make markup of a text");
    }
}

#[test]
fn hostile_text_makes_no_tag_and_no_attribute() {
    let waived = |settings: &mut Settings| {
        waive(settings, "environment", HOSTILE[18]);
        settings.show_passed = true;
    };
    let plain = render(&FORMAT, &report_with(&normal(), gaps(1), waived), true);
    let more = ["ul", "/ul", "b", "/b", "details", "/details", "summary", "/summary"].map(str::to_owned);
    let known: Vec<String> = tags(&plain).into_iter().chain(more).collect();
    let page = render(&FORMAT, &report_with(&hostile(), gaps(HOSTILE.len()), waived), true);
    for tag in tags(&page) {
        assert!(known.contains(&tag), "<{tag}>");
    }
    let body = page.split("<h1>").nth(1).unwrap();
    assert!(!body.contains(|c| c != '\n' && crate::base::is_hostile(c)));
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert!(page.contains("&lt;/details&gt;&lt;script&gt;alert(1)"), "the text is there, as text");
    assert!(page.contains("\\u003c/details\\u003e\\u003cscript\\u003ealert(1)"), "and in the data");
    let texts = data(&page).to_string();
    assert!(!texts.contains("\\u202e") && texts.contains("\\\\u{202e}"), "the data has the visible spelling");
    assert_eq!(safe("\"'`<>&\u{1b}"), "&quot;&#39;&#96;&lt;&gt;&amp;\\u{1b}");
}

#[test]
fn rows_beyond_what_a_browser_bears_are_counted() {
    let half = usize::try_from(ROWS).unwrap() / 2;
    let page = render(&FORMAT, &report(&many(half + 10)), false);
    assert_eq!(data(&page)["resources"].as_array().unwrap().len(), usize::try_from(ROWS).unwrap());
    assert!(page.contains("<p>20 more; the JSON and CSV reports have all.</p>"));
    assert!(page.contains("2 changes fix 100,020 of 100,020 findings"), "the counts are of all findings");
}
