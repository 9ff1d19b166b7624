//! The first pass: every rule asked of every resource, counts and places kept.

use std::sync::atomic::{AtomicBool, Ordering};

use super::baseline::Baseline;
use super::chunk::{self, RawLine};
use super::evaluate::evaluate;
use super::finding::{Fingerprint, State, digest, fingerprint};
use super::frame::{Frame, Seen};
use super::neighbours::Neighbours;
use super::redact::Redactor;
use super::report::{Flagged, Mask, Report};
use super::store::{Input, InputError};
use super::tally::{AccountTally, Tally};
use crate::check::Answer;
use crate::model::{Day, Resource, Tags};
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
        }
    }

    /// The fingerprint that reports show.
    pub(super) fn print(&self, rule: &Rule, resource: &Resource<'_>, breach: &crate::check::Breach<'_>) -> Fingerprint {
        let print = fingerprint(rule, resource, breach);
        self.redactor.as_ref().map_or(print, |redactor| redactor.fingerprint(print))
    }

    /// The waiver that covers a finding, with its place.
    pub(super) fn waiver(&self, rule: &Rule, resource: &Resource<'_>) -> Option<(usize, &Waiver)> {
        if !rule.waivable || self.policy.waivers.is_empty() {
            return None;
        }
        let handle = resource.handle();
        let address = resource.address.as_deref();
        self.policy.waivers.iter().enumerate().find(|(_, waiver)| {
            waiver.holds_on(self.today)
                && waiver.rules.matches(&rule.id)
                && (waiver.resources.matches(&handle)
                    || address.is_some_and(|address| waiver.resources.matches(address)))
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
    let neighbours = Neighbours::build(&settings.policy, &inputs).map_err(read_error(&all))?;
    let seen: Vec<AtomicBool> =
        settings.baseline.iter().flat_map(|b| &b.entries).map(|_| AtomicBool::new(false)).collect();
    let mut tally = Tally::new(settings.policy.rules.len(), settings.policy.waivers.len());
    let (mut flagged, mut gaps, mut headers, mut not_enabled) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut sorted, mut last, mut arns, mut indexed) = (true, String::new(), Vec::new(), 0);
    let several = inputs.iter().filter(|input| !input.foreign).count() > 1;
    for (source, input) in inputs.iter().enumerate() {
        let source = u16::try_from(source).map_err(|_| InputError::Whole {
            name: input.name.clone(),
            message: "more than 65,536 inputs; put them together with `taglint merge`".to_owned(),
        })?;
        let named = several && !input.foreign;
        let pieces =
            chunk::each(&input.store, |lines| Piece::read(source, lines, &settings, &neighbours, &seen, named))
                .map_err(read_error(&input.name))?;
        let frame = Frame::of(input, pieces.iter().map(|piece| &piece.seen))?;
        gaps.extend(frame.gaps);
        headers.extend(frame.header);
        not_enabled.extend(frame.not_enabled);
        indexed += frame.indexed;
        for mut piece in pieces {
            sorted &= piece.seen.goes_on(&mut last);
            tally.add(&piece.tally);
            flagged.append(&mut piece.flagged);
            arns.append(&mut piece.arns);
        }
    }
    tally.place_accounts();
    if let Some(redactor) = &settings.redactor {
        tally.accounts = redactor.accounts(std::mem::take(&mut tally.accounts));
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
        neighbours,
        tally,
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

/// What one piece of an input gives.
struct Piece {
    tally: Tally,
    flagged: Vec<Flagged>,
    seen: Seen,
    /// A hash of each ARN, where several inventories are checked together.
    arns: Vec<u64>,
}

impl Piece {
    fn read(
        source: u16,
        lines: &mut dyn Iterator<Item = RawLine<'_>>,
        settings: &Settings,
        neighbours: &Neighbours,
        seen: &[AtomicBool],
        named: bool,
    ) -> Self {
        let mut piece = Self {
            tally: Tally::new(settings.policy.rules.len(), settings.policy.waivers.len()),
            flagged: Vec::new(),
            seen: Seen::default(),
            arns: Vec::new(),
        };
        for line in lines {
            let Some(resource) = piece.seen.resource(line) else { continue };
            let mask = piece.count(&resource, settings, neighbours, seen);
            piece.arns.extend(resource.arn.as_deref().filter(|_| named).map(short_hash));
            if mask.any() || settings.show_passed {
                let length = u32::try_from(line.bytes.len()).expect("a line has at most 16 MiB");
                piece.flagged.push(Flagged { offset: line.offset, length, source, mask });
            }
        }
        piece
    }

    /// Asks every rule and counts the answers.
    fn count(
        &mut self,
        resource: &Resource<'_>,
        settings: &Settings,
        neighbours: &Neighbours,
        seen: &[AtomicBool],
    ) -> Mask {
        let tally = &mut self.tally;
        let before = tally.sums();
        let mut mask = Mask::default();
        for (at, answer) in evaluate(&settings.policy, resource, settings.today, neighbours, false) {
            let rule = &settings.policy.rules[at];
            let counts = &mut tally.rules[at];
            counts.matched += u64::from(answer != Answer::NotApplicable);
            if !settings.chosen[at] {
                continue;
            }
            match answer {
                Answer::Broken(breaches) => {
                    let n = breaches.len() as u64;
                    if let Some((place, _)) = settings.waiver(rule, resource) {
                        counts.waived += n;
                        tally.waived += n;
                        tally.waivers[place] += n;
                        mask.add_waived();
                        continue;
                    }
                    counts.findings += n;
                    tally.findings[rule.severity as usize] += n;
                    mask.add(rule.severity);
                    for breach in &breaches {
                        let known =
                            settings.baseline.as_ref().and_then(|b| b.find(&settings.print(rule, resource, breach)));
                        match known {
                            Some(place) => seen[place].store(true, Ordering::Relaxed),
                            None => tally.new[rule.severity as usize] += 1,
                        }
                    }
                }
                // Whatever the answer will be, a waived rule leaves the resource compliant.
                Answer::Unknown(_) if settings.waiver(rule, resource).is_none() => {
                    counts.unknown += 1;
                    tally.untold += 1;
                    mask.add_unknown();
                }
                Answer::Unknown(_) | Answer::Holds | Answer::NotApplicable => {}
            }
        }
        tally.resources += 1;
        let unread = u64::from(matches!(resource.tags, Tags::Unread { .. }));
        tally.unread += unread;
        let compliant = !mask.violating() && !mask.unknown();
        let of_type = tally.of_type(&resource.kind);
        of_type.resources += 1;
        of_type.compliant += u64::from(compliant);
        let (violating, unknown) = (u64::from(mask.violating()), u64::from(!mask.violating() && mask.unknown()));
        let compliant = u64::from(compliant);
        tally.violating += violating;
        tally.unknown += unknown;
        tally.compliant += compliant;
        let flagged = usize::from(mask.any() || settings.show_passed);
        let own = AccountTally { compliant, violating, unknown, unread, flagged, ..AccountTally::default() };
        tally.count_account(resource.account.as_deref().unwrap_or(""), &before, own);
        mask
    }
}

/// Enough to tell ARNs apart for a notice, at eight bytes each.
fn short_hash(arn: &str) -> u64 {
    let digest = digest([arn.as_bytes()]);
    u64::from_le_bytes(digest[..8].try_into().expect("a digest has sixteen bytes"))
}

/// The state of a finding against the baseline.
pub(super) fn state(settings: &Settings, print: &Fingerprint) -> State {
    match &settings.baseline {
        Some(baseline) if baseline.find(print).is_some() => State::Unchanged,
        _ => State::New,
    }
}

/// The order of resources as one text; the separator sorts before every character of the parts.
pub(super) fn sort_key(resource: &Resource<'_>, key: &mut String) {
    key.clear();
    let (account, region, kind, name, address) = resource.order();
    for part in [account, region, kind, name, address] {
        key.push_str(part);
        key.push('\0');
    }
}
