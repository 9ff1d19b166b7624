//! Conversion of findings to SARIF results, and the bytes that pass them from the rendering threads to the writer.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_sarif::sarif::{self, Location, LogicalLocation, Message, PropertyBag, ResultLevel, Suppression};

use super::place::{ResultLocation, SourceRoot};
use super::words::{HANDLE, NAME, ResultMessage, clean};
use crate::base::{count, quote, thousands};
use crate::engine::{BaselineEntry, BaselineState, Finding, Fingerprint, Report, hex, is_target};
use crate::model::Resource;
use crate::policy::{Grace, PolicyLocation, RuleHead, Severity, TRUNCATED_RULE};
use crate::report::cost::columns;
use crate::report::options::{ReportOptions, Show};

/// The properties of the run that every result needs.
pub(super) struct Results<'r> {
    report: &'r Report,
    root: SourceRoot,
    /// The lines of the rules and targets in policy files of the repository, by index; the targets after the rules.
    links: Vec<Option<Location>>,
    /// SARIF 2.1.0, 3.27.23 and 3.27.24: either every result of a run has `suppressions`, or none; `baselineState` too.
    show_waived: bool,
    baseline: bool,
}

/// A rendered result.
pub(super) enum RenderedResult<'b> {
    /// A result on a live resource, as JSON.
    Live(Fingerprint, &'b [u8]),
    /// A result in a source file, which later results may join.
    Placed(Fingerprint, Box<Placed>),
}

/// A result of a source file without its message.
#[derive(Serialize, Deserialize)]
pub(super) struct Placed {
    /// The identity of the place. Findings with the same key become one result: `count` and `for_each` create many
    /// resources from one block, and GitHub computes the same line hash for all of them.
    pub(super) key: String,
    words: ResultMessage,
    result: sarif::Result,
    /// The fingerprints of the joined findings. A baseline needs all of them.
    also: Vec<String>,
}

impl Placed {
    pub(super) fn join(&mut self, other: Self) {
        self.words.join(other.words);
        self.also.extend(other.result.partial_fingerprints.into_iter().flatten().map(|(_, print)| print));
        // One finding that is past its grace period makes the combined result what its rule is.
        if self.result.level == Some(ResultLevel::Note) {
            self.result.level = other.result.level;
        }
        // One new finding makes the combined result new.
        if other.result.baseline_state == Some(Value::from("new")) {
            self.result.baseline_state = other.result.baseline_state;
        }
    }

    pub(super) fn finish(mut self) -> sarif::Result {
        self.result.message = message(self.words.message());
        if !self.also.is_empty() {
            let also = BTreeMap::from([("also".to_owned(), Value::from(self.also))]);
            self.result.properties.get_or_insert_default().additional_properties.extend(also);
        }
        self.result
    }
}

impl<'b> RenderedResult<'b> {
    /// Parses the output of [`Results::render`].
    pub(super) fn read(bytes: &'b [u8]) -> io::Result<Self> {
        let broken = || io::Error::other("a rendered result is too short");
        let (tag, rest) = bytes.split_first().ok_or_else(broken)?;
        let (print, json) = rest.split_first_chunk::<16>().ok_or_else(broken)?;
        Ok(if *tag == 0 { Self::Live(*print, json) } else { Self::Placed(*print, serde_json::from_slice(json)?) })
    }
}

/// The properties of a finding of a rule with a grace period.
fn grace_properties(finding: &Finding<'_>) -> BTreeMap<String, Value> {
    let (name, value) = match finding.grace {
        Grace::Until(day) => ("graceUntil", Value::from(day.to_string())),
        Grace::AgeUnknown(_) | Grace::None => ("ageUnknown", Value::from(true)),
    };
    let after = ("severityAfterGrace".to_owned(), Value::from(finding.rule.severity.name()));
    BTreeMap::from([(name.to_owned(), value), after])
}

impl<'r> Results<'r> {
    pub(super) fn new(report: &'r Report, options: &ReportOptions) -> Self {
        let root = SourceRoot::new(&options.srcroot);
        let link = |origin: &PolicyLocation, text: String| {
            let place = ResultLocation::of_policy(&origin.file, origin.span.start, &root)?;
            Some(Location::builder().id(1).physical_location(place.physical()).message(message(text)).build())
        };
        let policy = report.policy();
        let rules = policy.rules.iter().map(|rule| link(&rule.origin, format!("the rule {}", rule.id)));
        let targets = policy.targets.iter().map(|target| link(&target.origin, format!("the target {}", target.id)));
        Self {
            links: rules.chain(targets).collect(),
            root,
            report,
            show_waived: options.shows(Show::Waived),
            baseline: report.settings().baseline.is_some(),
        }
    }

    /// Renders one finding. Several threads call this.
    pub(super) fn render(&self, finding: &Finding<'_>, out: &mut Vec<u8>) {
        let (rule, resource, violation) = (finding.rule, finding.resource, &finding.violation);
        let place = ResultLocation::of(resource, finding.location(), &self.root);
        let (at, print, handle) = (self.at(rule.id), finding.fingerprint(), resource.handle());
        let mut result = self.result(rule, at, &place, &print, &handle, resource.name.as_deref());
        self.add_calls(&mut result, resource);
        result.properties = Some(properties([
            ("type", Some(resource.kind.as_str())),
            ("account", resource.account.as_deref()),
            ("region", resource.region.as_deref()),
            ("key", violation.key.as_deref()),
            ("kind", Some(violation.kind.name())),
            ("found", violation.found.as_deref()),
        ]));
        if finding.cost.is_some() {
            let [cost, currency, basis] = columns(finding.cost.as_ref());
            let known = [("cost", cost), ("currency", currency), ("costBasis", basis)];
            let known = known.into_iter().filter(|(_, text)| !text.is_empty());
            let bag = &mut result.properties.get_or_insert_default().additional_properties;
            bag.extend(known.map(|(name, text)| (name.to_owned(), clean(&text, NAME).into())));
        }
        if finding.grace != Grace::None {
            result.level = Some(level(finding.severity()));
            let bag = result.properties.get_or_insert_default();
            bag.additional_properties.extend(grace_properties(finding));
        }
        if self.baseline {
            let state = if finding.state == BaselineState::New { "new" } else { "unchanged" };
            result.baseline_state = Some(Value::from(state));
        }
        if let Some(waiver) = &finding.waiver {
            let why = clean(&waiver.reason, HANDLE);
            // A waiver of the policy has an end date, a comment in source has none.
            let kind = if waiver.until.is_some() { "external" } else { "inSource" };
            result.suppressions =
                Some(vec![Suppression::builder().kind(kind).status("accepted").justification(why).build()]);
        }
        let subject = subject(&resource.kind, resource.name.as_deref());
        let what = if violation.message.trim().is_empty() { rule.id } else { &violation.message };
        let words = ResultMessage::new(what, subject, self.linked(at), &resource.called());
        out.push(u8::from(place.source));
        out.extend_from_slice(&print);
        if place.source {
            let waived = finding.waiver.is_some();
            // `\0` separates the parts, because neither a rule id nor an encoded URI can contain it.
            let key = format!("{}\0{}\0{}\0{}\0{waived}", rule.id, place.uri, place.line, place.column);
            json(out, &Placed { key, words, result, also: Vec::new() });
        } else {
            result.message = message(words.message());
            json(out, &result);
        }
    }

    /// A result for a baseline finding on a resource that was not read, or of a target whose state is unknown. Without it,
    /// GitHub would close the alert.
    pub(super) fn carried(&self, rule: &RuleHead<'_>, print: &Fingerprint, known: &BaselineEntry) -> sarif::Result {
        let (account, region) = (Some(known.account.as_str()), Some(known.region.as_str()));
        let is_target = is_target(&known.kind);
        // A baseline in SARIF has the type before the name of a target, one in JSON has the name alone.
        let before = format!("{}/", known.kind);
        let id = known.resource.strip_prefix(&before).filter(|_| is_target).unwrap_or(&known.resource);
        let (handle, name) = if is_target { (before + id, Some(id)) } else { (id.to_owned(), None) };
        let place = ResultLocation::live(&known.kind, account, region, id);
        let mut result = self.result(*rule, self.at(rule.id), &place, print, &handle, name);
        let some = |text: Option<&'_ str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let (account, region) = (some(account), some(region));
        result.properties = Some(properties([
            ("type", Some(known.kind.as_str())),
            ("account", account.as_deref()),
            ("region", region.as_deref()),
            ("kind", Some("unread")),
        ]));
        result.baseline_state = Some(Value::from("unchanged"));
        let why =
            if is_target { "its state is unknown in this run" } else { "its resource could not be read in this run" };
        let what = format!("{} was reported earlier; {why}", rule.id);
        let words = ResultMessage::new(&what, subject(&known.kind, name), self.linked(self.at(rule.id)), &handle);
        result.message = message(words.message());
        result
    }

    /// The result that reports the number of omitted findings.
    pub(super) fn truncated(&self, left: u64, limit: usize) -> sarif::Result {
        let text = format!(
            "{} left out of this file, which has {} at most. Fix or waive what is shown, or write one file for each account; \
             the JSON report has every finding.",
            if left == 1 { "1 finding is".to_owned() } else { format!("{} are", count(left, "finding")) },
            thousands(limit as u64),
        );
        let place = ResultLocation::truncated();
        let mut result = sarif::Result::builder()
            .rule_id(TRUNCATED_RULE)
            .rule_index(i64::try_from(self.links.len()).unwrap_or(-1))
            .level(ResultLevel::Warning)
            .message(message(text))
            .locations(vec![Location::builder().physical_location(place.physical()).build()])
            // A constant, so that the alert is the same in every run. `taglint/v1` is left out, because this is not a
            // finding and must not become part of a baseline.
            .partial_fingerprints(BTreeMap::from([(LINE_HASH.to_owned(), "7461676c696e7421:1".to_owned())]))
            .build();
        result.suppressions = self.show_waived.then(Vec::new);
        result.baseline_state = self.baseline.then(|| Value::from("new"));
        result
    }

    /// Builds a result from the parts that a finding and a waived comment share.
    fn result(
        &self,
        rule: RuleHead<'_>,
        at: Option<usize>,
        place: &ResultLocation,
        print: &Fingerprint,
        handle: &str,
        name: Option<&str>,
    ) -> sarif::Result {
        let handle = clean(handle, HANDLE);
        let mut logical = LogicalLocation::builder().fully_qualified_name(handle).kind("resource").build();
        logical.name = name.filter(|name| !name.is_empty()).map(|name| clean(name, NAME));
        let location = Location::builder().physical_location(place.physical()).logical_locations(vec![logical]).build();
        let mut result = sarif::Result::builder()
            .rule_id(rule.id)
            .level(level(rule.severity))
            .message(Message::default())
            .locations(vec![location])
            .partial_fingerprints(fingerprints(print, place.source))
            .build();
        result.rule_index = at.and_then(|at| i64::try_from(at).ok());
        result.related_locations = at.and_then(|at| self.links[at].clone()).map(|link| vec![link]);
        result.suppressions = self.show_waived.then(Vec::new);
        result
    }

    /// Adds the module calls (or nested stacks) that lead to the resource as related locations, after the rule in the
    /// policy.
    fn add_calls(&self, result: &mut sarif::Result, resource: &Resource<'_>) {
        let calls = resource.origin.iter().flat_map(|origin| &origin.calls);
        let places = calls.filter_map(|call| ResultLocation::in_source(call, &self.root));
        let locations: Vec<Location> = places
            .take(MOST_CALLS)
            // Id 1 is the rule in the policy file.
            .zip(2..)
            .map(|(place, id)| {
                let message = message("called from here".to_owned());
                Location::builder().id(id).physical_location(place.physical()).message(message).build()
            })
            .collect();
        if !locations.is_empty() {
            result.related_locations.get_or_insert_default().extend(locations);
        }
    }

    /// Returns `true` if the rule in the policy file is the related location with the id 1.
    fn linked(&self, at: Option<usize>) -> bool {
        at.is_some_and(|at| self.links[at].is_some())
    }

    /// The index of a rule or target among the rules of the run.
    fn at(&self, id: &str) -> Option<usize> {
        let policy = self.report.policy();
        let target = || Some(policy.rules.len() + policy.targets.iter().position(|target| target.id == id)?);
        policy.rules.binary_search_by(|other| other.id.as_str().cmp(id)).ok().or_else(target)
    }
}

/// The maximum number of related locations. Real modules are not nested this deep.
const MOST_CALLS: usize = 100;
/// The one fingerprint that GitHub reads.
const LINE_HASH: &str = "primaryLocationLineHash";

/// The fingerprints of a result; for a live resource also GitHub's own, because there is no line to hash. The upload
/// action computes that one for source files, and warns about a result that has another
/// (docs/contributing/code-scanning-facts.md, "Fingerprints").
fn fingerprints(print: &Fingerprint, source: bool) -> BTreeMap<String, String> {
    let whole = hex(print);
    let mut out = BTreeMap::new();
    if !source {
        out.insert(LINE_HASH.to_owned(), format!("{}:1", &whole[..16]));
    }
    out.insert("taglint/v1".to_owned(), whole);
    out
}

fn message(text: String) -> Message {
    Message::builder().text(text).build()
}

fn subject(kind: &str, name: Option<&str>) -> String {
    let kind = if kind.is_empty() { "resource".to_owned() } else { clean(kind, NAME) };
    match name.filter(|name| !name.is_empty()) {
        Some(name) => format!("{kind} {}", quote(&super::words::cut(name, NAME))),
        None => kind,
    }
}

fn properties<'p>(fields: impl IntoIterator<Item = (&'static str, Option<&'p str>)>) -> PropertyBag {
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), clean(value?, NAME).into())));
    PropertyBag::builder().additional_properties(fields.collect::<BTreeMap<String, Value>>()).build()
}

fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Error => ResultLevel::Error,
        Severity::Warning => ResultLevel::Warning,
        Severity::Note => ResultLevel::Note,
    }
}

fn json(out: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(&mut *out, value)
        .expect("these types have no key that is not text, and writing to memory cannot fail");
}
