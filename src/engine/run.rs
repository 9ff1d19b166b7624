//! The first pass: every rule asked of every resource, counts and places kept.

use std::sync::atomic::{AtomicBool, Ordering};

use super::baseline::Baseline;
use super::chunk;
use super::finding::{BaselineState, Fingerprint, Waived, fingerprint};
use super::frame::Frame;
use super::piece::{Around, Piece};
use super::redact::Redactor;
use super::report::Report;
use super::resource_index::InventoryIndex;
use super::screen::Screens;
use super::store::{Input, InputError, InputKind};
use super::summary::Summary;
use crate::model::{Day, Resource};
use crate::policy::{Policy, Rule, Waiver};

/// What a run is asked for besides its inputs.
pub struct Settings {
    /// The policy.
    pub policy: Policy,
    /// The day of the run, UTC.
    pub today: Day,
    /// The chosen rules, by place (`--select`, `--ignore`).
    pub chosen: Vec<bool>,
    /// The earlier report, if one was given.
    pub baseline: Option<Baseline>,
    /// Keep the places of compliant resources too.
    pub show_passed: bool,
    /// Hashes account ids, names and values.
    pub redactor: Option<Redactor>,
    /// Which of the resources are managed, if states or stacks were given to tell.
    pub managed: Option<Ownership>,
}

/// Which live resources states and stacks manage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ownership {
    /// How many were looked up.
    pub read: u64,
    /// ARNs of those that nothing manages, in the order of the inputs.
    pub unmanaged: Vec<String>,
}

impl Settings {
    /// Every rule of a policy, without a baseline.
    #[must_use]
    pub fn new(policy: Policy, today: Day) -> Self {
        Self {
            chosen: vec![true; policy.rules.len()],
            policy,
            today,
            baseline: None,
            show_passed: false,
            redactor: None,
            managed: None,
        }
    }

    /// The fingerprint that reports show.
    pub(super) fn print(
        &self,
        rule: &Rule,
        resource: &Resource<'_>,
        violation: &crate::rule::Violation<'_>,
        subject: &InputKind,
    ) -> Fingerprint {
        let print = fingerprint(rule, resource, violation, subject);
        self.redactor.as_ref().map_or(print, |redactor| redactor.fingerprint(print))
    }

    /// What covers the findings of a rule on a resource, with the place of the policy's waiver if it is one: the
    /// policy's come first, then comments in source where the policy lets them count.
    pub(super) fn waived<'a>(&'a self, rule: &Rule, resource: &'a Resource<'_>) -> Option<(Option<usize>, Waived<'a>)> {
        if !rule.waivable {
            return None;
        }
        if let Some((place, waiver)) = self.waiver(rule, resource) {
            return Some((Some(place), Waived::by_policy(waiver)));
        }
        let origin = resource.origin.as_deref().filter(|_| self.policy.inline_waivers)?;
        let ignore = origin.ignores.iter().find(|ignore| ignore.rule == rule.id)?;
        Some((None, Waived::by_comment(&ignore.reason)))
    }

    /// Whether a waiver of the policy, or a comment that counts, covers the findings of a rule on a resource.
    #[must_use]
    pub fn waives(&self, rule: &Rule, resource: &Resource<'_>) -> bool {
        self.waived(rule, resource).is_some()
    }

    fn waiver(&self, rule: &Rule, resource: &Resource<'_>) -> Option<(usize, &Waiver)> {
        if self.policy.waivers.is_empty() {
            return None;
        }
        self.policy.waivers.iter().enumerate().find(|(_, waiver)| {
            waiver.holds_on(self.today)
                && waiver.rules.matches(&rule.id)
                && resource.is_named(|name| waiver.resources.matches(name))
        })
    }
}

/// Checks inputs against a policy.
///
/// # Errors
/// [`InputError`] where an input can't be checked at all; what is merely missing from one is a gap of the report.
pub fn run(settings: Settings, inputs: Vec<Input>) -> Result<Report, InputError> {
    let read_error = |name: &str| {
        let name = name.to_owned();
        move |error| InputError::Read { name, error }
    };
    let all = inputs.first().map_or(String::new(), |input| input.name.clone());
    let resource_index = InventoryIndex::build(&settings.policy, &inputs).map_err(read_error(&all))?;
    let seen: Vec<AtomicBool> =
        settings.baseline.iter().flat_map(|b| &b.entries).map(|_| AtomicBool::new(false)).collect();
    let screens = Screens::default();
    let mut summary = Summary::new(settings.policy.rules.len(), settings.policy.waivers.len());
    let (mut flagged, mut gaps, mut headers, mut not_enabled) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut sorted, mut last, mut arns, mut indexed) = (true, Vec::new(), Vec::new(), 0);
    let several = inputs.iter().filter(|input| !input.foreign).count() > 1;
    for (source, input) in inputs.iter().enumerate() {
        let source = u16::try_from(source).map_err(|_| InputError::Whole {
            name: input.name.clone(),
            message: "more than 65,536 inputs; put them together with `taglint merge`".to_owned(),
        })?;
        let around = Around {
            settings: &settings,
            resource_index: &resource_index,
            seen: &seen,
            subject: &input.subject,
            named: several && !input.foreign,
        };
        let pieces = chunk::each(&input.store, |lines| {
            screens.with(&settings.policy, |screen| Piece::read(source, lines, around, screen))
        })
        .map_err(read_error(&input.name))?;
        let frame = Frame::of(input, pieces.iter().map(|piece| &piece.seen))?;
        gaps.extend(frame.gaps);
        headers.extend(frame.header);
        not_enabled.extend(frame.not_enabled);
        indexed += frame.indexed;
        for mut piece in pieces {
            sorted &= piece.seen.order.goes_on(&mut last);
            summary.add(&piece.summary);
            flagged.append(&mut piece.flagged);
            arns.append(&mut piece.arns);
        }
    }
    summary.place_accounts();
    if let Some(redactor) = &settings.redactor {
        summary.accounts = redactor.accounts(std::mem::take(&mut summary.accounts));
        for gap in &mut gaps {
            redactor.gap(gap);
        }
        for header in &mut headers {
            redactor.header(header);
        }
    }
    gaps.sort();
    gaps.dedup();
    arns.sort_unstable();
    let twice = arns.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64;
    let gone = settings.baseline.iter().flat_map(|b| &b.entries).zip(&seen);
    let gone = gone.filter(|(_, seen)| !seen.load(Ordering::Relaxed)).map(|((_, known), _)| known.clone()).collect();
    let untold_resources = std::collections::HashSet::new();
    let mut report = Report {
        settings,
        inputs,
        resource_index,
        screens,
        summary,
        flagged,
        gaps,
        headers,
        not_enabled,
        indexed,
        gone,
        untold_resources,
        twice,
    };
    if !sorted {
        report = report.sort()?;
    }
    report.remember_untold().map_err(read_error(&all))?;
    Ok(report)
}

/// The state of a finding against the baseline.
pub(super) fn state(settings: &Settings, print: &Fingerprint) -> BaselineState {
    match &settings.baseline {
        Some(baseline) if baseline.find(print).is_some() => BaselineState::Unchanged,
        _ => BaselineState::New,
    }
}
