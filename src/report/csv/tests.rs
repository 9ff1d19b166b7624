use super::super::fixture::{HOSTILE, hostile, many, normal, render, report, report_with, waive};
use super::{FORMAT, HEADER};
use crate::base::encode::csv::without_formula;

type Row = std::collections::BTreeMap<String, String>;

fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap(), &HEADER[..]);
    let rows = reader.deserialize().map(|row| row.expect("every row has as many cells as the header"));
    rows.filter(|row: &Row| row["kind"] != "run").collect()
}

#[test]
fn a_finding_is_a_row() {
    let text = render(&FORMAT, &report(&normal()), false);
    assert!(text.split_terminator("\r\n").all(|line| !line.contains(['\r', '\n'])), "RFC 4180 line ends");
    let findings: String = text.split_inclusive("\r\n").filter(|line| !line.starts_with(",,run,")).collect();
    insta::assert_snapshot!(findings.replace("\r\n", "\n"), @r#"
    severity,rule,kind,account,region,type,name,arn,key,found,value,message,suggestion,state,fingerprint,labels,path,line,waiver,cost,currency,cost-basis
    error,cost-center,missing,111122223333,,iam:user,bo,arn:aws:iam::111122223333:user/bo,Cost Center,,,Cost Center is missing; it must match \d{5},,new,d443d57ef34586ea7c87bc6682d07401,,,,,,,
    error,environment,value,111122223333,,iam:user,bo,arn:aws:iam::111122223333:user/bo,Environment,Environment,Prod,"Environment is ""Prod""; it must be Production, Staging, Test or Development; did you mean ""Production""?",,new,bac1a2e841ee4ac9c136c5c6f2de0509,,,,,,,
    error,cost-center,misspelled,111122223333,,iam:user,cy,arn:aws:iam::111122223333:user/cy,Cost Center,CostCenter,12345,"Cost Center is written ""CostCenter""; rename the key",set Cost Center=12345; remove CostCenter,new,98a6083af203ca5f64b18531ca04c49a,,"modules/a,b/main.tf",14,,,,
    "#);
}

#[test]
fn the_last_rows_say_what_was_checked() {
    let text = render(&FORMAT, &report(&[]), true);
    assert!(text.starts_with(&(HEADER.join(",") + "\r\n")) && rows(&text).is_empty());
    let run: Vec<Row> = csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect();
    let message = |key: &str| run.iter().find(|row| row["key"] == key).map(|row| row["message"].clone());
    assert_eq!(message("date").as_deref(), Some("2026-11-22"));
    assert_eq!(message("completeness").as_deref(), Some("complete"));
    assert!(run.iter().all(|row| row["kind"] == "run" && row["severity"].is_empty() && row["rule"].is_empty()));
}

#[test]
fn hostile_text_stays_in_its_cell_and_starts_no_formula() {
    let report = report(&hostile());
    let rows = rows(&render(&FORMAT, &report, false));
    assert_eq!(rows.len() as u64, report.summary().counts.findings.iter().sum::<u64>());
    for value in rows.iter().flat_map(Row::values) {
        assert!(!value.contains(crate::base::is_hostile), "{value:?}");
        for piece in value.split(';') {
            let first = piece.trim_start().chars().next().unwrap_or(' ');
            assert!(!"=+-@＝＋－＠".contains(first), "{value:?}");
        }
    }
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str()).collect();
    for text in HOSTILE.iter().filter(|text| without_formula(text) == **text) {
        assert!(names.contains(text), "{text:?} is not as it was");
    }
}

#[test]
fn waived_findings_come_last_and_only_when_asked_for() {
    let report = report_with(&many(2), Vec::new(), |settings| waive(settings, "environment", "=soon gone"));
    let few = rows(&render(&FORMAT, &report, false));
    assert!(few.iter().all(|row| row["rule"] == "cost-center" && row["waiver"].is_empty()));
    let all = rows(&render(&FORMAT, &report, true));
    let waived: Vec<_> = all.iter().map(|row| (row["rule"].as_str(), row["waiver"].as_str())).collect();
    assert_eq!(waived[..2], [("cost-center", ""); 2]);
    assert_eq!(waived[2..], [("environment", "'=soon gone"); 2]);
}
