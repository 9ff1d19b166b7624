//! Earlier JSON reports, as the points of a trend (`--history`).

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::model::Day;

/// The figures of one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrendPoint {
    /// The day of the report.
    pub day: Day,
    /// Resources that pass.
    pub pass: u64,
    /// Resources with a finding.
    pub fail: u64,
    /// Resources whose result is unknown.
    pub unknown: u64,
    /// Findings.
    pub findings: u64,
    /// `true` if everything was read.
    pub complete: bool,
    /// The name of the policy, and its hash, which is empty in reports of earlier versions.
    pub policy: (String, String),
}

impl TrendPoint {
    /// Resources with a verdict or an unknown result.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.pass + self.fail + self.unknown
    }

    /// `true` if another policy judged the other report, as far as both say.
    #[must_use]
    pub fn has_other_policy(&self, other: &Self) -> bool {
        let ((name, hash), (other, of_other)) = (&self.policy, &other.policy);
        name != other || (!hash.is_empty() && !of_other.is_empty() && hash != of_other)
    }
}

/// The reason why a file is no point of a trend.
#[derive(Debug, thiserror::Error)]
pub enum TrendError {
    /// The file is not a JSON report.
    #[error("not a JSON report of taglint: {0}")]
    NotAReport(String),
    /// Neither the report nor the name of the file has a date.
    #[error("the report has no date: put it into the name of the file, such as tags-2026-11-28.json")]
    NoDate,
}

#[derive(Deserialize)]
struct ReportJson {
    /// The time of the run, or an object with it; reports of earlier versions have none.
    #[serde(default)]
    generated: Option<serde_json::Value>,
    summary: SummaryJson,
    #[serde(default)]
    coverage: CoverageJson,
    #[serde(default)]
    policy: serde_json::Value,
    #[serde(rename = "findings")]
    _findings: IgnoredAny,
}

#[derive(Deserialize)]
struct SummaryJson {
    compliant: u64,
    violating: u64,
    unknown: u64,
    findings: std::collections::BTreeMap<String, u64>,
    #[serde(default)]
    complete: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
struct CoverageJson {
    #[serde(default)]
    not_judged: Vec<GroupJson>,
}

#[derive(Deserialize)]
struct GroupJson {
    reason: String,
    count: u64,
}

/// The point of a JSON report in the file `name`.
///
/// # Errors
/// [`TrendError`] if it is no report, or has no date.
pub fn trend_point(name: &str, json: &[u8]) -> Result<TrendPoint, TrendError> {
    let report: ReportJson = serde_json::from_slice(json).map_err(|e| TrendError::NotAReport(e.to_string()))?;
    let day = report.generated.as_ref().and_then(day_of).or_else(|| day_in(name)).ok_or(TrendError::NoDate)?;
    // Resources that no rule concerns have no verdict, and the summary counts them as compliant.
    let without = report.coverage.not_judged.iter().filter(|group| group.reason == "no-rule");
    let without: u64 = without.map(|group| group.count).fold(0, u64::saturating_add);
    let summary = report.summary;
    // The numbers are from a file: absurd ones must not overflow.
    let bounded = |n: u64| n.min(u64::MAX >> 8);
    Ok(TrendPoint {
        day,
        pass: bounded(summary.compliant.saturating_sub(without)),
        fail: bounded(summary.violating),
        unknown: bounded(summary.unknown),
        findings: bounded(summary.findings.values().copied().fold(0, u64::saturating_add)),
        complete: summary.complete,
        policy: policy_of(&report.policy),
    })
}

fn day_of(generated: &serde_json::Value) -> Option<Day> {
    match generated {
        serde_json::Value::String(text) => Day::of_text(text),
        serde_json::Value::Object(fields) => fields.values().find_map(|value| value.as_str().and_then(Day::of_text)),
        _ => None,
    }
}

/// The last date in the name of a file.
fn day_in(name: &str) -> Option<Day> {
    let starts = (0..name.len()).rev().filter(|at| name.is_char_boundary(*at));
    starts.filter_map(|at| name.get(at..at + 10)).find_map(Day::parse)
}

/// The name of the policy of a report, and its hash.
fn policy_of(policy: &serde_json::Value) -> (String, String) {
    let text = |field: &str| policy.get(field).and_then(|value| value.as_str()).unwrap_or("").to_owned();
    (text("name"), text("hash"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"version":1,"policy":{"name":"p","rules":2},
        "summary":{"resources":10,"compliant":7,"violating":2,"unknown":1,"findings":{"error":3,"warning":1,"note":0},"complete":true},
        "findings":[{"rule":"x"}],"coverage":{"not-judged":[{"type":"t","reason":"no-rule","count":4},{"type":"u","reason":"hidden","count":1}]}}"#;

    #[test]
    fn a_report_is_a_point_and_resources_without_a_rule_do_not_pass() {
        let point = trend_point("tags-2026-10-28.json", REPORT.as_bytes()).unwrap();
        assert_eq!((point.pass, point.fail, point.unknown, point.findings, point.all()), (3, 2, 1, 4, 6));
        assert_eq!((point.day.to_string().as_str(), point.policy.0.as_str()), ("2026-10-28", "p"));
        let dated = REPORT.replacen('{', r#"{"generated":"2026-11-01T08:00:00Z","#, 1);
        assert_eq!(trend_point("2026-10-28.json", dated.as_bytes()).unwrap().day.to_string(), "2026-11-01");
    }

    #[test]
    fn other_files_are_refused_and_absurd_numbers_do_not_overflow() {
        assert!(matches!(trend_point("x.json", REPORT.as_bytes()), Err(TrendError::NoDate)));
        for text in ["", "[]", "{}", r#"{"runs":[]}"#, r#"{"summary":{},"findings":[]}"#] {
            assert!(
                matches!(trend_point("2026-10-28.json", text.as_bytes()), Err(TrendError::NotAReport(_))),
                "{text}"
            );
        }
        let absurd = REPORT.replace(":7,", &format!(":{},", u64::MAX)).replace(":2,", &format!(":{},", u64::MAX));
        let absurd = absurd.replace("\"rules\":18446744073709551615", "\"rules\":2");
        assert!(trend_point("2026-10-28.json", absurd.as_bytes()).unwrap().all() > 0);
    }
}
