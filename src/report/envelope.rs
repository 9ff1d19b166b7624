//! The envelope of a report: the facts about the run that every format says besides its findings.
//!
//! A list of findings alone has no date, no scope and no statement about what is missing from it. The envelope has all
//! of that once; each format writes it in its own way, most of them from [`Envelope::rows`].

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::cost;
use crate::base::{count, escape, percent_text, thousands};
use crate::engine::{CheckedAccount, CheckedInput, Report, WaiverUse};
use crate::model::Day;
use crate::policy::Severity;

/// The number of accounts, regions, types, inputs or files that a row names.
const NAMED: usize = 20;
/// The number of accounts that the sentence names.
const BRIEF: usize = 3;

/// The facts about a run.
pub(super) struct Envelope<'r> {
    /// The day of the run, UTC.
    pub(super) generated: Day,
    /// The accounts with their counts, by id.
    pub(super) accounts: Vec<CheckedAccount<'r>>,
    /// The regions of the inventories; empty if no input says them.
    pub(super) regions: Vec<String>,
    /// The types of the inventories and of the resources.
    pub(super) types: Vec<String>,
    /// The organization id, if an organization was read.
    pub(super) organization: Option<String>,
    /// `true` if a shard or flags narrowed the inventories.
    pub(super) narrowed: bool,
    /// The inputs.
    pub(super) inputs: Vec<CheckedInput>,
    /// The times of the first and the last collection, RFC 3339.
    pub(super) collected: Option<(String, String)>,
    /// The hash of the policy.
    pub(super) policy_hash: String,
    /// The waivers of the policy.
    pub(super) waivers: Vec<WaiverUse>,
    report: &'r Report,
}

/// The version of this program.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

impl<'r> Envelope<'r> {
    pub(super) fn new(report: &'r Report) -> Self {
        let scope = report.scope();
        let mut types: Vec<String> = scope.types.iter().chain(report.summary().types.keys()).cloned().collect();
        types.sort_unstable();
        types.dedup();
        Self {
            generated: report.settings().today,
            accounts: report.accounts(),
            narrowed: scope.narrowed(),
            regions: scope.regions,
            types,
            organization: scope.organization,
            inputs: report.checked_inputs(),
            collected: report.collected().map(|(first, last)| (first.to_string(), last.to_string())),
            policy_hash: report.policy_hash(),
            waivers: report.waivers(),
            report,
        }
    }

    /// The time of the observation: that of the last collection, else the start of the day of the run.
    pub(super) fn time(&self) -> Timestamp {
        let start = || self.generated.0.to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |time| time.timestamp());
        self.report.collected().map_or_else(start, |(_, last)| last)
    }

    /// The envelope as names and texts, for people. The texts contain raw data: each format escapes them.
    pub(super) fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![("date", self.generated.to_string()), ("taglint", VERSION.to_owned())];
        if let Some(part) = self.report.part() {
            rows.push(("part", format!("{}: {}", part.property, part.label())));
        }
        rows.push(("policy", self.policy()));
        rows.push(("accounts", named(self.accounts.iter().map(account_with_state))));
        if let Some(organization) = &self.organization {
            rows.push(("organization", organization.clone()));
        }
        if !self.regions.is_empty() {
            rows.push(("regions", named(self.regions.iter().cloned())));
        }
        rows.push(("types", named(self.types.iter().cloned())));
        rows.push(("inputs", self.inputs()));
        rows.push(("completeness", self.completeness()));
        rows.push(("coverage", self.coverage()));
        rows.push(("results", self.results()));
        rows.push(("waivers", self.waivers()));
        rows.extend(cost::rows(self.report));
        rows.retain(|(_, text)| !text.is_empty());
        rows
    }

    /// The envelope in one line: what was checked, when and from what. It contains raw data.
    pub(super) fn sentence(&self) -> String {
        let names: Vec<String> = self.accounts.iter().take(BRIEF).map(account_text).collect();
        let more = if self.accounts.len() > BRIEF { ", …" } else { "" };
        let names = if names.is_empty() { String::new() } else { format!(" ({}{more})", names.join(", ")) };
        let inputs = match &self.inputs[..] {
            [one] => one.name.clone(),
            several => count(several.len() as u64, "input"),
        };
        self.line(&names, &inputs)
    }

    /// [`Self::sentence`] with numbers instead of names, and the policy's hash. It contains no data.
    pub(super) fn sentence_without_data(&self) -> String {
        format!("{}; policy hash {}", self.line("", &count(self.inputs.len() as u64, "input")), self.short_hash())
    }

    fn line(&self, accounts: &str, inputs: &str) -> String {
        let mut parts = Vec::new();
        if !self.accounts.is_empty() {
            parts.push(format!("{}{accounts}", count(self.accounts.len() as u64, "account")));
            let unread = self.accounts.iter().filter(|account| !account.was_read).count() as u64;
            if unread > 0 {
                parts.push(format!("{} not read", thousands(unread)));
            }
        }
        if !self.regions.is_empty() {
            parts.push(count(self.regions.len() as u64, "region"));
        }
        parts.push(count(self.types.len() as u64, "type"));
        parts.push(format!("from {inputs}{}", self.days()));
        let generated = self.generated;
        format!("checked on {generated} by taglint {VERSION}: {}", parts.join(", "))
    }

    /// The days of the collections, and the number of inputs that have one, unless all do.
    fn days(&self) -> String {
        let Some((first, last)) = &self.collected else { return String::new() };
        let day = |time: &'_ str| time.get(..10).unwrap_or(time).to_owned();
        let (first, last) = (day(first), day(last));
        let days = if first == last { first } else { format!("{first} to {last}") };
        match self.dated() {
            Some((dated, _)) => format!(", {dated} of them of {days}"),
            None => format!(" of {days}"),
        }
    }

    /// The number of inputs with a time of collection, and of all; `None` if all have one, or none.
    pub(super) fn dated(&self) -> Option<(usize, usize)> {
        let (dated, all) = (self.report.dated_inputs(), self.inputs.len());
        (0 < dated && dated < all).then_some((dated, all))
    }

    fn policy(&self) -> String {
        let policy = self.report.policy();
        let files = named(policy.files.iter().map(|file| file.display().to_string()));
        format!(
            "{}, {}, hash {}; files: {files}",
            policy.name,
            count(policy.rules.len() as u64, "rule"),
            self.short_hash()
        )
    }

    /// The first digits of the policy's hash, enough to tell policies apart.
    pub(super) fn short_hash(&self) -> &str {
        let length = if self.report.redaction_key().is_some() { self.policy_hash.len() } else { 12 };
        self.policy_hash.get(..length).unwrap_or(&self.policy_hash)
    }

    fn inputs(&self) -> String {
        let names = named(self.inputs.iter().map(|input| format!("{} ({})", input.name, input.kind)));
        let narrowed = if self.narrowed { "; a shard or flags narrowed the scope" } else { "" };
        let dated = self.dated().map(|(dated, all)| format!("{dated} of {all} ")).unwrap_or_default();
        match &self.collected {
            None => format!("{names}{narrowed}"),
            Some((first, last)) if first == last => format!("{names}; {dated}read at {first}{narrowed}"),
            Some((first, last)) => format!("{names}; {dated}read from {first} to {last}{narrowed}"),
        }
    }

    /// `complete`, or the parts that could not be read.
    pub(super) fn completeness(&self) -> String {
        let (gaps, unread) = (self.report.gaps().len() as u64, self.report.summary().counts.unread);
        let mut parts = Vec::new();
        if gaps > 0 {
            parts.push(format!("{} could not be read", count(gaps, "scope")));
        }
        if unread > 0 {
            parts.push(format!("the tags of {} could not be read", count(unread, "resource")));
        }
        if parts.is_empty() {
            return "complete".to_owned();
        }
        format!("incomplete: {}; there may be more findings", parts.join(", and "))
    }

    fn coverage(&self) -> String {
        let coverage = self.report.coverage();
        let share = coverage.share().map(|share| format!(" ({})", percent_text(share))).unwrap_or_default();
        format!(
            "{} judged{share}, {} not judged that may need tags",
            thousands(coverage.judged),
            thousands(coverage.missed())
        )
    }

    fn results(&self) -> String {
        let tally = &self.report.summary().counts;
        let (pass, judged) = self.report.passing();
        let severities = Severity::ALL.map(|severity| count(tally.findings[severity as usize], severity.name()));
        format!(
            "{} of {} pass, {} fail, {} unknown; {}, {}, {}",
            thousands(pass),
            count(judged, "resource"),
            thousands(tally.violating),
            thousands(tally.unknown),
            severities.join(", "),
            count(tally.unknown_results, "unknown result"),
            format_args!("{} waived", count(tally.waived, "finding")),
        )
    }

    fn waivers(&self) -> String {
        let valid = || self.waivers.iter().filter(|waiver| waiver.holds);
        let Some(next) = valid().map(|waiver| waiver.expires).min() else { return String::new() };
        format!("{}; the next one ends on {next}", count(valid().count() as u64, "valid waiver"))
    }
}

/// The id and the name of an account.
fn account_text(account: &CheckedAccount<'_>) -> String {
    match account.name {
        Some(name) => format!("{} {name}", account.id),
        None => account.id.to_owned(),
    }
}

/// [`account_text`], and whether the account could not be read.
pub(super) fn account_with_state(account: &CheckedAccount<'_>) -> String {
    let state = if account.was_read { "" } else { " (not read)" };
    account_text(account) + state
}

/// The name of an account that has one. The id is escaped, as groups have it.
pub(super) fn account_name(envelope: &Envelope<'_>, id: &str) -> Option<String> {
    let account = envelope.accounts.iter().find(|account| escape(account.id) == id)?;
    account.name.map(|name| escape(name).into_owned())
}

/// The number of items and the first names.
fn named(mut items: impl ExactSizeIterator<Item = String>) -> String {
    let all = items.len();
    match all {
        0 => "not known".to_owned(),
        1 => items.next().unwrap_or_default(),
        _ => {
            let more = if all > NAMED { ", …" } else { "" };
            let first: Vec<String> = items.take(NAMED).collect();
            format!("{}: {}{more}", thousands(all as u64), first.join(", "))
        }
    }
}

/// `scope` of the contract.
pub(super) struct ScopeJson<'e, 'r>(pub(super) &'e Envelope<'r>);

impl Serialize for ScopeJson<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let envelope = self.0;
        let mut map = serializer.serialize_map(None)?;
        let accounts: Vec<_> = envelope.accounts.iter().map(AccountJson).collect();
        map.serialize_entry("accounts", &accounts)?;
        if let Some(organization) = &envelope.organization {
            map.serialize_entry("organization", organization)?;
        }
        map.serialize_entry("regions", &envelope.regions)?;
        map.serialize_entry("types", &envelope.types)?;
        map.serialize_entry("inputs", &envelope.inputs.iter().map(InputJson).collect::<Vec<_>>())?;
        if let Some((first, last)) = &envelope.collected {
            map.serialize_entry(
                "collected",
                &[("first", first), ("last", last)].into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            )?;
        }
        if envelope.narrowed {
            map.serialize_entry("narrowed", &true)?;
        }
        map.end()
    }
}

struct AccountJson<'e, 'r>(&'e CheckedAccount<'r>);

impl Serialize for AccountJson<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let CheckedAccount { id, name, counts, was_read } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", id)?;
        if let Some(name) = name {
            map.serialize_entry("name", name)?;
        }
        if !was_read {
            map.serialize_entry("not-read", &true)?;
        }
        for (field, number) in [
            ("resources", counts.resources),
            ("compliant", counts.compliant),
            ("violating", counts.violating),
            ("unknown", counts.unknown),
            ("unread", counts.unread),
            ("findings", counts.findings.iter().sum()),
            ("waived", counts.waived),
        ] {
            map.serialize_entry(field, &number)?;
        }
        map.end()
    }
}

struct InputJson<'e>(&'e CheckedInput);

impl Serialize for InputJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", &self.0.name)?;
        map.serialize_entry("kind", self.0.kind)?;
        map.end()
    }
}

/// An item of `waivers` of the contract.
#[derive(Serialize)]
pub(super) struct WaiverUseJson<'e> {
    rules: &'e [String],
    resources: &'e [String],
    reason: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    expires: String,
    /// `true` if it is valid on the day of the run.
    valid: bool,
    /// Number of findings and unknown results that it covers.
    covers: u64,
}

impl Envelope<'_> {
    /// `waivers` of the contract.
    pub(super) fn waiver_list(&self) -> Vec<WaiverUseJson<'_>> {
        let waivers = self.waivers.iter().map(|waiver| WaiverUseJson {
            rules: &waiver.rules,
            resources: &waiver.resources,
            reason: &waiver.reason,
            owner: waiver.owner.as_deref(),
            from: waiver.from.map(|day| day.to_string()),
            expires: waiver.expires.to_string(),
            valid: waiver.holds,
            covers: waiver.covers,
        });
        waivers.collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::fixture::{gaps, normal, render, report_with, waive};
    use super::*;

    #[test]
    fn json_and_json_lines_say_the_same_of_the_run() {
        let mut resources = normal();
        resources[0]["account-name"] = "shop".into();
        let report = report_with(&resources, gaps(2), |settings| waive(settings, "cost-center", "until then"));
        let json: Value = serde_json::from_str(&render(&super::super::json::FORMAT, &report, false)).unwrap();
        let lines = render(&super::super::jsonl::FORMAT, &report, false);
        let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
        for field in ["generated", "scope", "policy", "coverage", "incomplete", "summary", "waivers"] {
            assert_eq!(json[field], last[field], "{field}");
        }
        assert_eq!(json["generated"], "2026-11-22");
        let account = json!({"id": "111122223333", "name": "shop", "resources": 3, "compliant": 2, "violating": 1, "unknown": 0,
            "unread": 0, "findings": 1, "waived": 2});
        let inputs = json!([{"name": "test", "kind": "live"}]);
        assert_eq!(
            json["scope"],
            json!({"accounts": [account], "regions": [], "types": ["iam:user"], "inputs": inputs})
        );
        assert_eq!(json["policy"]["hash"].as_str().unwrap().len(), 64);
        let coverage = &json["coverage"];
        assert_eq!(
            (&coverage["complete"], &coverage["gaps"], &coverage["unread"]),
            (&json!(false), &json!(2), &json!(0))
        );
        let waiver = json!({"rules": ["cost-center"], "resources": ["*"], "reason": "until then", "expires": "2027-11-22",
            "valid": true, "covers": 2});
        assert_eq!(json["waivers"], json!([waiver]));
    }

    #[test]
    fn the_rows_say_what_is_missing_and_when_a_waiver_ends() {
        let report = report_with(&normal(), gaps(2), |settings| waive(settings, "cost-center", "until then"));
        let envelope = Envelope::new(&report);
        let row = |name| envelope.rows().into_iter().find(|(row, _)| *row == name).map(|(_, text)| text).unwrap();
        assert_eq!(row("completeness"), "incomplete: 2 scopes could not be read; there may be more findings");
        assert_eq!(row("waivers"), "1 valid waiver; the next one ends on 2027-11-22");
        assert_eq!(row("accounts"), "111122223333");
        let several = (1..30).map(|number| number.to_string());
        assert!(named(several).starts_with("29: 1, 2, 3,") && named((1..30).map(|n| n.to_string())).ends_with("20, …"));
    }
}
