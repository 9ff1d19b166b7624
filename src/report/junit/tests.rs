use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};

use super::super::fixture::{gaps, hostile, many, normal, render, report, report_with, user, waive, without_hash};
use super::FORMAT;

type Attributes = BTreeMap<String, String>;

#[derive(Debug, Default)]
struct Case {
    attributes: Attributes,
    outcome: Option<(String, Attributes, String)>,
}

#[derive(Debug, Default)]
struct ParsedReport {
    attributes: Attributes,
    properties: Attributes,
    suites: Vec<(Attributes, Vec<Case>)>,
}

fn attributes(start: &BytesStart<'_>) -> Attributes {
    let attribute = |attribute: Attribute<'_>| {
        (attribute.key.as_ref().to_owned(), unescape(&attribute.value).expect("known entities").into_owned())
    };
    start.attributes().map(|found| attribute(found.expect("an attribute"))).collect()
}

/// Parses a report, and checks it against XML 1.0 and its own counts.
fn parse(xml: &str) -> ParsedReport {
    let forbidden = |c: char| (c < ' ' && c != '\n') || matches!(c, '\u{fffe}' | '\u{ffff}');
    assert!(!xml.contains(forbidden));
    let (mut out, mut text, mut reader) = (ParsedReport::default(), String::new(), Reader::from_str(xml));
    let start = |out: &mut ParsedReport, start: &BytesStart<'_>| {
        let (name, attributes) = (start.name(), attributes(start));
        match name.as_ref() {
            "testsuites" => out.attributes = attributes,
            "testsuite" => out.suites.push((attributes, Vec::new())),
            "testcase" => out.suites.last_mut().unwrap().1.push(Case { attributes, outcome: None }),
            "properties" => {}
            "property" => drop(out.properties.insert(attributes["name"].clone(), attributes["value"].clone())),
            other => {
                let case = out.suites.last_mut().unwrap().1.last_mut().unwrap();
                assert!(case.outcome.replace((other.to_owned(), attributes, String::new())).is_none());
            }
        }
    };
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(event) => {
                text.clear();
                start(&mut out, &event);
            }
            Event::Empty(event) => start(&mut out, &event),
            Event::Text(event) => text.push_str(event.as_ref()),
            Event::GeneralRef(event) => text.extend(["&", event.as_ref(), ";"]),
            Event::End(event) if ["failure", "error"].contains(&event.name().as_ref()) => {
                let case = out.suites.last_mut().unwrap().1.last_mut().unwrap();
                case.outcome.as_mut().unwrap().2 = unescape(&text).expect("known entities").into_owned();
            }
            Event::End(_) | Event::Decl(_) => {}
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    check_numbers(&out);
    out
}

fn check_numbers(suites: &ParsedReport) {
    for (attribute, element) in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped"), ("tests", "")] {
        let said = |attributes: &Attributes| attributes[attribute].parse::<usize>().expect("a number");
        let sum: usize = suites.suites.iter().map(|(attributes, _)| said(attributes)).sum();
        assert_eq!(said(&suites.attributes), sum, "{attribute}");
        for (attributes, cases) in &suites.suites {
            let is = |case: &&Case| case.outcome.as_ref().is_some_and(|outcome| outcome.0 == element);
            assert!(!cases.is_empty(), "a suite without cases is not shown");
            match element {
                "" => assert_eq!(said(attributes), cases.len(), "{attributes:?}"),
                _ => assert_eq!(said(attributes), cases.iter().filter(is).count(), "{attribute} of {attributes:?}"),
            }
        }
    }
}

fn suite<'s>(suites: &'s ParsedReport, name: &str) -> &'s (Attributes, Vec<Case>) {
    suites.suites.iter().find(|(attributes, _)| attributes["name"] == name).expect("the suite")
}

#[test]
fn a_rule_is_a_suite_and_a_finding_a_case() {
    let report = report(&normal());
    let text = render(&FORMAT, &report, false);
    parse(&text);
    insta::assert_snapshot!(without_hash(&text, &report), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="taglint" tests="8" failures="3" errors="0" skipped="0" time="0">
    <testsuite name="aws-headroom" tests="1" failures="0" errors="0" skipped="0" time="0" timestamp="2026-11-22T00:00:00">
    <properties>
    <property name="date" value="2026-11-22"/>
    <property name="taglint" value="0.2.0"/>
    <property name="policy" value="default, 5 rules, hash HASH; files: 2: default (built in), aws (built in)"/>
    <property name="accounts" value="111122223333"/>
    <property name="types" value="iam:user"/>
    <property name="inputs" value="test (live)"/>
    <property name="completeness" value="complete"/>
    <property name="coverage" value="3 judged (100%), 0 not judged that may need tags"/>
    <property name="results" value="1 of 3 resources pass, 2 fail, 0 unknown; 3 errors, 0 warnings, 0 notes, 0 unknown results, 0 findings waived"/>
    </properties>
    <testcase classname="taglint" name="aws-headroom: all 3 resources" time="0"/>
    </testsuite>
    <testsuite name="aws-syntax" tests="1" failures="0" errors="0" skipped="0" time="0" timestamp="2026-11-22T00:00:00">
    <testcase classname="taglint" name="aws-syntax: all 3 resources" time="0"/>
    </testsuite>
    <testsuite name="aws-tag-limit" tests="1" failures="0" errors="0" skipped="0" time="0" timestamp="2026-11-22T00:00:00">
    <testcase classname="taglint" name="aws-tag-limit: all 3 resources" time="0"/>
    </testsuite>
    <testsuite name="cost-center" tests="3" failures="2" errors="0" skipped="0" time="0" timestamp="2026-11-22T00:00:00">
    <testcase classname="taglint" name="cost-center: all other resources" time="0"/>
    <testcase classname="111122223333/global/iam:user" name="arn:aws:iam::111122223333:user/bo Cost Center (cost-center)" time="0"><failure type="missing" message="Cost Center is missing; it must match \d{5}">Cost Center is missing; it must match \d{5}</failure></testcase>
    <testcase classname="111122223333/global/iam:user" name="arn:aws:iam::111122223333:user/cy Cost Center (cost-center)" time="0" file="modules/a,b/main.tf" line="14"><failure type="misspelled" message="Cost Center is written &quot;CostCenter&quot;; rename the key">Cost Center is written &quot;CostCenter&quot;; rename the key
    set Cost Center=12345; remove CostCenter
    at modules/a,b/main.tf:14</failure></testcase>
    </testsuite>
    <testsuite name="environment" tests="2" failures="1" errors="0" skipped="0" time="0" timestamp="2026-11-22T00:00:00">
    <testcase classname="taglint" name="environment: all other resources" time="0"/>
    <testcase classname="111122223333/global/iam:user" name="arn:aws:iam::111122223333:user/bo Environment (environment)" time="0"><failure type="value" message="Environment is &quot;Prod&quot;; it must be Production, Staging, Test or Development; did you mean &quot;Production&quot;?">Environment is &quot;Prod&quot;; it must be Production, Staging, Test or Development; did you mean &quot;Production&quot;?</failure></testcase>
    </testsuite>
    </testsuites>
    "#);
}

#[test]
fn a_case_names_its_file_and_the_first_suite_says_what_was_checked() {
    let suites = parse(&render(&FORMAT, &report(&normal()), false));
    let (attributes, cases) = suite(&suites, "cost-center");
    let places: Vec<_> = cases.iter().map(|case| (case.attributes.get("file"), case.attributes.get("line"))).collect();
    let (file, line) = ("modules/a,b/main.tf".to_owned(), "14".to_owned());
    assert_eq!(places, [(None, None), (None, None), (Some(&file), Some(&line))]);
    assert_eq!(
        (cases[0].attributes["name"].as_str(), attributes["tests"].as_str()),
        ("cost-center: all other resources", "3")
    );
    assert_eq!(attributes["timestamp"], "2026-11-22T00:00:00");
    let want =
        [("date", "2026-11-22"), ("accounts", "111122223333"), ("types", "iam:user"), ("completeness", "complete")];
    for (name, value) in want {
        assert_eq!(suites.properties[name], value);
    }
}

#[test]
fn a_rule_that_looked_at_nothing_is_not_green() {
    let suites = parse(&render(&FORMAT, &report(&[]), true));
    assert_eq!(suites.suites.len(), 5);
    for (attributes, cases) in &suites.suites {
        assert_eq!((attributes["tests"].as_str(), attributes["skipped"].as_str()), ("1", "1"));
        assert_eq!(cases[0].outcome.as_ref().unwrap().0, "skipped");
    }
}

#[test]
fn hostile_text_comes_back_as_it_is_shown() {
    let suites = parse(&render(&FORMAT, &report(&hostile()), true));
    let (_, cases) = suite(&suites, "environment");
    assert_eq!(cases.len(), hostile().len());
    for resource in hostile() {
        let (arn, account) = (resource["arn"].as_str().unwrap(), resource["account"].as_str().unwrap());
        let name = super::xml(&format!("{arn} Environment (environment)")).into_owned();
        let case = cases.iter().find(|case| case.attributes["name"] == name).expect("the case of this resource");
        let class = super::xml(&format!("{account}/{account}/iam:user")).into_owned();
        assert_eq!(case.attributes["classname"], class);
        let (element, attributes, text) = case.outcome.as_ref().unwrap();
        assert_eq!(element, "failure");
        assert!(text.starts_with(attributes["message"].as_str()), "{text:?}");
        assert!(text.lines().all(|line| !line.contains(crate::base::is_hostile)), "{text:?}");
        assert_eq!(text.lines().count(), 2, "the message and the place: {text:?}");
    }
}

#[test]
fn the_cases_of_one_resource_have_names_of_their_own() {
    let suites = parse(&render(&FORMAT, &report(&many(60)), false));
    let mut names: Vec<_> =
        suites.suites.iter().flat_map(|(_, cases)| cases).map(|case| &case.attributes["name"]).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!((names.len(), all), (123, 123), "60 users without two tags, three rules that hold");
    assert_eq!(suite(&suites, "environment").0["tests"], "60");
}

#[test]
fn what_cannot_be_told_is_skipped_and_what_was_not_read_is_an_error() {
    let mut unread = user("anika", serde_json::Value::Null);
    unread["unknown"] = "AccessDenied: iam:ListUserTags".into();
    let suites = parse(&render(&FORMAT, &report_with(&[unread], gaps(22), |_| {}), false));
    let (element, attributes, _) = suite(&suites, "environment").1[0].outcome.as_ref().unwrap();
    assert_eq!((element.as_str(), attributes["message"].as_str()), ("skipped", "AccessDenied: iam:ListUserTags"));
    let (attributes, cases) = suite(&suites, "incomplete");
    assert_eq!((attributes["errors"].as_str(), cases.len()), ("23", 23));
    assert_eq!(cases[22].outcome.as_ref().unwrap().1["message"], "the tags of 1 resource could not be read");
}

#[test]
fn waived_findings_are_skipped_when_they_are_shown() {
    let report = report_with(&many(3), Vec::new(), |settings| waive(settings, "environment", "until <May>"));
    let shown = parse(&render(&FORMAT, &report, true));
    let (attributes, cases) = suite(&shown, "environment");
    assert_eq!((attributes["skipped"].as_str(), cases.len()), ("3", 4));
    assert_eq!(cases[1].outcome.as_ref().unwrap().1["message"], "waived: until <May>");
    let hidden = parse(&render(&FORMAT, &report, false));
    assert!(suite(&hidden, "environment").1[0].outcome.is_none(), "all that is left of it holds");
}

#[test]
fn a_rule_that_was_not_chosen_has_no_suite() {
    let report = report_with(&many(1), Vec::new(), |settings| settings.chosen[0] = false);
    assert_eq!(parse(&render(&FORMAT, &report, false)).suites.len(), 4);
}
