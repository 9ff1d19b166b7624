//! The first pass: every rule asked of every resource, counts and places kept.

use std::sync::atomic::{AtomicBool, Ordering};

use super::baseline::Baseline;
use super::chunk::{self, RawLine};
use super::finding::{Fingerprint, State, Waived, fingerprint};
use super::neighbours::Neighbours;
use super::redact::Redactor;
use super::report::{Flagged, Mask, Report, source_gap};
use super::screen::{Inquiry, Screen, Screens};
use super::store::{Input, InputError, MAX_LINE, Subject};
use super::tally::Tally;
use crate::check::Answer;
use crate::model::{Day, End, Gap, Header, Line, LineError, Resource, Tags, is_marker, parse_line, read_resource};
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
    pub managed: Option<Managed>,
}

/// Which live resources states and stacks manage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Managed {
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
        breach: &crate::check::Breach<'_>,
        subject: &Subject,
    ) -> Fingerprint {
        let print = fingerprint(rule, resource, breach, subject);
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
    let neighbours = Neighbours::build(&settings.policy, &inputs).map_err(read_error(&all))?;
    let seen: Vec<AtomicBool> =
        settings.baseline.iter().flat_map(|b| &b.entries).map(|_| AtomicBool::new(false)).collect();
    let screens = Screens::default();
    let mut tally = Tally::new(settings.policy.rules.len(), settings.policy.waivers.len());
    let (mut flagged, mut gaps, mut headers, mut not_enabled) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut sorted, mut last, mut indexed) = (true, String::new(), 0);
    for (source, input) in inputs.iter().enumerate() {
        let source = u16::try_from(source).map_err(|_| InputError::Whole {
            name: input.name.clone(),
            message: "more than 65,536 inputs; put them together with `taglint merge`".to_owned(),
        })?;
        let pieces = chunk::each(&input.store, |lines| {
            let around = Around { settings: &settings, neighbours: &neighbours, seen: &seen, subject: &input.subject };
            screens.with(&settings.policy, |screen| Piece::read(source, lines, around, screen))
        })
        .map_err(read_error(&input.name))?;
        let frame = Frame::of(input, &pieces)?;
        gaps.extend(frame.gaps);
        headers.extend(frame.header);
        not_enabled.extend(frame.not_enabled);
        indexed += frame.indexed;
        for mut piece in pieces {
            sorted = sorted && piece.sorted && (piece.first.is_empty() || last <= piece.first);
            if !piece.last.is_empty() {
                last = piece.last;
            }
            tally.add(&piece.tally);
            flagged.append(&mut piece.flagged);
        }
    }
    if let Some(redactor) = &settings.redactor {
        for gap in &mut gaps {
            redactor.gap(gap);
        }
        for header in &mut headers {
            redactor.header(header);
        }
    }
    gaps.sort();
    gaps.dedup();
    let gone = settings.baseline.iter().flat_map(|b| &b.entries).zip(&seen);
    let gone = gone.filter(|(_, seen)| !seen.load(Ordering::Relaxed)).map(|((_, known), _)| known.clone()).collect();
    let untold_resources = std::collections::HashSet::new();
    let mut report = Report {
        settings,
        inputs,
        neighbours,
        screens,
        tally,
        flagged,
        gaps,
        headers,
        not_enabled,
        indexed,
        gone,
        untold_resources,
    };
    if !sorted {
        report = report.sort()?;
    }
    report.remember_untold().map_err(read_error(&all))?;
    Ok(report)
}

/// What a piece is read against.
#[derive(Clone, Copy)]
struct Around<'r> {
    settings: &'r Settings,
    neighbours: &'r Neighbours,
    /// Entries of the baseline that were found again.
    seen: &'r [AtomicBool],
    subject: &'r Subject,
}

/// What one piece of an input gives.
struct Piece {
    tally: Tally,
    flagged: Vec<Flagged>,
    /// Lines that start in the piece.
    lines: u64,
    /// Header and end lines: number in the piece, and what it is.
    markers: Vec<(u64, Marker)>,
    /// The first line that is wrong, and how many are.
    wrong: Option<(u64, String, bool)>,
    wrongs: u64,
    /// The number of the last line that is not blank.
    last_line: Option<u64>,
    sorted: bool,
    first: String,
    last: String,
}

enum Marker {
    Header(Header),
    End(End),
}

impl Piece {
    fn read(
        source: u16,
        lines: &mut dyn Iterator<Item = RawLine<'_>>,
        around: Around<'_>,
        screen: &mut Screen,
    ) -> Self {
        let mut piece = Self {
            tally: Tally::new(around.settings.policy.rules.len(), around.settings.policy.waivers.len()),
            flagged: Vec::new(),
            lines: 0,
            markers: Vec::new(),
            wrong: None,
            wrongs: 0,
            last_line: None,
            sorted: true,
            first: String::new(),
            last: String::new(),
        };
        let (mut key, mut resource) = (String::new(), Resource::default());
        for line in lines {
            piece.lines += 1;
            if line.bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            piece.last_line = Some(line.number);
            if line.bytes.len() > MAX_LINE {
                piece.wrong(line, format!("the line is longer than {} MiB", MAX_LINE >> 20));
                continue;
            }
            if is_marker(line.bytes) {
                match parse_line(line.bytes) {
                    Ok(Line::Header(header)) => piece.markers.push((line.number, Marker::Header(header))),
                    Ok(Line::End(end)) => piece.markers.push((line.number, Marker::End(end))),
                    Ok(Line::Resource(_)) => unreachable!("a marker is no resource"),
                    Err(error) => piece.wrong(line, explain(&error)),
                }
                continue;
            }
            match read_resource(line.bytes, &mut resource) {
                // It is there for the others to be compared with.
                Ok(()) if resource.is_context() => {}
                Ok(()) => {
                    piece.order(&resource, &mut key);
                    let mask = piece.count(&resource, around, screen);
                    if mask.any() || around.settings.show_passed {
                        let length = u32::try_from(line.bytes.len()).expect("a line has at most 16 MiB");
                        piece.flagged.push(Flagged { offset: line.offset, length, source, mask, rules: screen.keep() });
                    }
                }
                Err(error) => piece.wrong(line, explain(&error)),
            }
        }
        screen.hand_over(&mut piece.tally.rules);
        piece
    }

    fn wrong(&mut self, line: RawLine<'_>, message: String) {
        self.wrongs += 1;
        if self.wrong.is_none() {
            self.wrong = Some((line.number, message, line.ended));
        }
    }

    /// Whether the resources come in the order of reports: then nothing has to be sorted later.
    fn order(&mut self, resource: &Resource<'_>, key: &mut String) {
        sort_key(resource, key);
        if self.first.is_empty() {
            self.first.clone_from(key);
        }
        self.sorted = self.sorted && self.last <= *key;
        std::mem::swap(&mut self.last, key);
    }

    /// Asks every rule and counts the answers.
    fn count(&mut self, resource: &Resource<'_>, around: Around<'_>, screen: &mut Screen) -> Mask {
        let Around { settings, neighbours, seen, subject } = around;
        let tally = &mut self.tally;
        tally.comments.read(resource);
        let mut mask = Mask::default();
        let inquiry = Inquiry { policy: &settings.policy, today: settings.today, others: neighbours };
        let suspects = screen.suspects(inquiry, resource);
        let answers = if suspects.is_empty() { Vec::new() } else { inquiry.ask(resource, suspects, false) };
        debug_assert_eq!(reported(&answers), reported(&inquiry.ask_all(resource)), "{resource:?}");
        for (at, answer) in answers {
            let rule = &settings.policy.rules[at];
            let counts = &mut tally.rules[at];
            counts.matched += u64::from(answer != Answer::NotApplicable);
            if !settings.chosen[at] {
                continue;
            }
            match answer {
                Answer::Broken(breaches) => {
                    let n = breaches.len() as u64;
                    if let Some((place, _)) = settings.waived(rule, resource) {
                        counts.waived += n;
                        tally.waived += n;
                        match place {
                            Some(place) => tally.waivers[place] += n,
                            None => tally.comments.used(rule, resource),
                        }
                        mask.add_waived();
                        continue;
                    }
                    counts.findings += n;
                    tally.findings[rule.severity as usize] += n;
                    mask.add(rule.severity);
                    for breach in &breaches {
                        let known = settings
                            .baseline
                            .as_ref()
                            .and_then(|b| b.find(&settings.print(rule, resource, breach, subject)));
                        match known {
                            Some(place) => seen[place].store(true, Ordering::Relaxed),
                            None => tally.new[rule.severity as usize] += 1,
                        }
                    }
                }
                // Whatever the answer will be, a waived rule leaves the resource compliant.
                Answer::Unknown(_) => match settings.waived(rule, resource) {
                    None => {
                        counts.unknown += 1;
                        tally.untold += 1;
                        mask.add_unknown();
                    }
                    Some((None, _)) => tally.comments.used(rule, resource),
                    Some((Some(_), _)) => {}
                },
                Answer::Holds | Answer::NotApplicable => {}
            }
        }
        tally.resources += 1;
        tally.unread += u64::from(matches!(resource.tags, Tags::Unread { .. }));
        let compliant = !mask.violating() && !mask.unknown();
        let of_type = tally.of_type(&resource.kind);
        of_type.resources += 1;
        of_type.compliant += u64::from(compliant);
        match (mask.violating(), mask.unknown()) {
            (true, _) => tally.violating += 1,
            (false, true) => tally.unknown += 1,
            (false, false) => tally.compliant += 1,
        }
        mask
    }
}

/// What of the answers is reported.
fn reported<'r, 'a>(answers: &'r [(usize, Answer<'a>)]) -> Vec<&'r (usize, Answer<'a>)> {
    answers.iter().filter(|(_, answer)| matches!(answer, Answer::Broken(_) | Answer::Unknown(_))).collect()
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

fn explain(error: &LineError) -> String {
    match error {
        LineError::Version(_) => format!("{error}; update taglint"),
        _ => error.to_string(),
    }
}

/// What stands around the resources of one input.
struct Frame {
    header: Option<Header>,
    gaps: Vec<Gap>,
    not_enabled: Vec<String>,
    indexed: u64,
}

impl Frame {
    fn of(input: &Input, pieces: &[Piece]) -> Result<Self, InputError> {
        let name = || input.name.clone();
        let mut gaps = input.gaps.clone();
        let (mut header, mut end, mut base, mut last_line) = (None, None, 0_u64, 0_u64);
        let (mut wrong, mut wrongs) = (None, 0_u64);
        let mut resources = 0;
        for piece in pieces {
            for (number, marker) in &piece.markers {
                let line = base + number + 1;
                match marker {
                    Marker::Header(found) if line == 1 => header = Some(found.clone()),
                    Marker::End(found) if end.is_none() => end = Some((line, found.clone())),
                    Marker::Header(_) | Marker::End(_) => {
                        return Err(InputError::Line {
                            name: name(),
                            line,
                            message: "a second inventory begins or ends in this one; name both files, or put them together with `taglint merge`".to_owned(),
                            more: 0,
                        });
                    }
                }
            }
            if let (None, Some((number, message, ended))) = (&wrong, &piece.wrong) {
                wrong = Some((base + number + 1, message.clone(), *ended));
            }
            wrongs += piece.wrongs;
            last_line = piece.last_line.map_or(last_line, |number| base + number + 1);
            base += piece.lines;
            resources += piece.tally.resources;
        }
        match wrong {
            // A file that breaks off in the middle of its last line: what came before is good.
            Some((line, _, false)) if wrongs == 1 && line == last_line && line > 1 => {}
            Some((line, message, _)) => return Err(InputError::Line { name: name(), line, message, more: wrongs - 1 }),
            None => {}
        }
        match &end {
            Some((line, _)) if *line != last_line => {
                return Err(InputError::Line {
                    name: name(),
                    line: line + 1,
                    message: "there are lines after the inventory's end".to_owned(),
                    more: 0,
                });
            }
            Some((_, end)) => {
                gaps.extend(end.unread.iter().cloned());
                if end.resources != resources {
                    gaps.push(source_gap(format!(
                        "{}: the inventory says that it has {} resources, and has {resources}",
                        input.name, end.resources
                    )));
                }
            }
            None if input.foreign => {}
            None => {
                gaps.push(source_gap(format!("{}: the inventory breaks off: its last line is not there", input.name)));
            }
        }
        if last_line == 0 && !input.foreign {
            return Err(InputError::Whole { name: name(), message: "the input is empty".to_owned() });
        }
        let (not_enabled, indexed) = end.map(|(_, end)| (end.not_enabled, end.indexed)).unwrap_or_default();
        Ok(Self { header, gaps, not_enabled, indexed })
    }
}
