//! The first pass over one piece of an input.

use std::sync::atomic::{AtomicBool, Ordering};

use super::chunk::RawLine;
use super::finding::digest;
use super::frame::{Found, Seen};
use super::report::{Flagged, Mask};
use super::resource_index::InventoryIndex;
use super::rule_set::RuleSet;
use super::run::Settings;
use super::screen::{Inquiry, Screen};
use super::store::InputKind;
use super::summary::{AccountSummary, Summary, Sums, TypeSummary};
use crate::model::{FastLine, Resource, TagOffsets, Tags};
use crate::rule::Verdict;

/// What a piece is read against.
#[derive(Clone, Copy)]
pub(super) struct Around<'r> {
    pub(super) settings: &'r Settings,
    pub(super) resource_index: &'r InventoryIndex,
    /// Entries of the baseline that were found again.
    pub(super) seen: &'r [AtomicBool],
    pub(super) subject: &'r InputKind,
    /// ARNs are kept, to see what stands in two inputs.
    pub(super) named: bool,
}

impl<'r> Around<'r> {
    fn inquiry(self) -> Inquiry<'r> {
        Inquiry { policy: &self.settings.policy, today: self.settings.today, others: self.resource_index }
    }
}

/// Among which a resource is counted.
struct Whose<'r> {
    kind: &'r str,
    account: &'r str,
    /// Its tags could not be read.
    unread: bool,
}

/// Resources of one type and account, one after the other, of which there is nothing to report.
#[derive(Default)]
struct Run<'b> {
    kind: &'b str,
    account: &'b str,
    resources: u64,
}

/// What one piece of an input gives.
pub(super) struct Piece {
    pub(super) summary: Summary,
    pub(super) flagged: Vec<Flagged>,
    pub(super) seen: Seen,
    /// A hash of each ARN, where several inventories are checked together.
    pub(super) arns: Vec<u64>,
}

impl Piece {
    pub(super) fn read(
        source: u16,
        lines: &mut dyn Iterator<Item = RawLine<'_>>,
        around: Around<'_>,
        screen: &mut Screen,
    ) -> Self {
        let mut piece = Self {
            summary: Summary::new(around.settings.policy.rules.len(), around.settings.policy.waivers.len()),
            flagged: Vec::new(),
            seen: Seen::default(),
            arns: Vec::new(),
        };
        let (mut resource, mut places, mut run) = (Resource::default(), TagOffsets::default(), Run::default());
        for line in lines {
            let found = piece.seen.read(line, &mut places, &mut resource);
            let (arn, mask) = match found {
                // A resource of the context is there for the others to be compared with.
                Found::Resource if resource.is_context() => continue,
                Found::Nothing => continue,
                Found::Resource => {
                    let suspects = screen.suspects(around.inquiry(), &resource);
                    (resource.arn.as_deref(), piece.count(&resource, around, suspects))
                }
                Found::FastLine(plain) => {
                    (plain.arn, piece.count_plain(&plain, &mut resource, &mut run, around, screen))
                }
            };
            piece.arns.extend(arn.filter(|_| around.named).map(short_hash));
            if mask.any() || around.settings.show_passed {
                let length = u32::try_from(line.bytes.len()).expect("a line has at most 16 MiB");
                piece.flagged.push(Flagged { offset: line.offset, length, source, mask, rules: screen.keep() });
            }
        }
        piece.sum_up_good(&run, around.settings.show_passed);
        screen.hand_over(&mut piece.summary.rules);
        piece
    }

    /// The same as [`Piece::count`] of a plain line. Only if rules have to be asked of it, it is made a resource.
    fn count_plain<'b>(
        &mut self,
        plain: &FastLine<'b, '_>,
        resource: &mut Resource<'b>,
        run: &mut Run<'b>,
        around: Around<'_>,
        screen: &mut Screen,
    ) -> Mask {
        let inquiry = around.inquiry();
        let suspects = screen.suspects_of(inquiry, plain);
        if suspects.is_some_and(RuleSet::is_empty) {
            debug_assert!(all_hold(inquiry, plain), "{plain:?}");
            let (kind, account) = (plain.kind, plain.account.unwrap_or(""));
            if run.kind != kind || run.account != account {
                self.sum_up_good(run, around.settings.show_passed);
                *run = Run { kind, account, resources: 0 };
            }
            run.resources += 1;
            return Mask::default();
        }
        plain.fill(resource);
        match suspects {
            Some(suspects) => self.count(resource, around, suspects),
            None => self.count(resource, around, screen.suspects(inquiry, resource)),
        }
    }

    /// Asks the suspects among the rules and counts the answers: all others hold or do not apply.
    fn count(&mut self, resource: &Resource<'_>, around: Around<'_>, suspects: &RuleSet) -> Mask {
        let Around { settings, seen, subject, .. } = around;
        let summary = &mut self.summary;
        let before = summary.sums();
        summary.comments.read(resource);
        let mut mask = Mask::default();
        let inquiry = around.inquiry();
        let answers = if suspects.is_empty() { Vec::new() } else { inquiry.ask(resource, suspects, false) };
        debug_assert_eq!(reported(&answers), reported(&inquiry.ask_all(resource)), "{resource:?}");
        for (at, answer) in answers {
            let rule = &settings.policy.rules[at];
            let counts = &mut summary.rules[at];
            counts.matched += u64::from(answer != Verdict::NotApplicable);
            if !settings.chosen[at] {
                continue;
            }
            match answer {
                Verdict::Fail(violations) => {
                    let n = violations.len() as u64;
                    if let Some((place, _)) = settings.waived(rule, resource) {
                        counts.waived += n;
                        summary.waived += n;
                        match place {
                            Some(place) => summary.waivers[place] += n,
                            None => summary.comments.used(rule, resource),
                        }
                        mask.add_waived();
                        continue;
                    }
                    counts.findings += n;
                    summary.findings[rule.severity as usize] += n;
                    mask.add(rule.severity);
                    for violation in &violations {
                        let known = settings
                            .baseline
                            .as_ref()
                            .and_then(|b| b.find(&settings.print(rule, resource, violation, subject)));
                        match known {
                            Some(place) => seen[place].store(true, Ordering::Relaxed),
                            None => summary.new[rule.severity as usize] += 1,
                        }
                    }
                }
                // Whatever the answer will be, a waived rule leaves the resource compliant.
                Verdict::Indeterminate(_) => match settings.waived(rule, resource) {
                    None => {
                        counts.unknown += 1;
                        summary.untold += 1;
                        mask.add_unknown();
                    }
                    Some((None, _)) => summary.comments.used(rule, resource),
                    Some((Some(_), _)) => {}
                },
                Verdict::Pass | Verdict::NotApplicable => {}
            }
        }
        let unread = matches!(resource.tags, Tags::Unread { .. });
        let whose = Whose { kind: &resource.kind, account: resource.account.as_deref().unwrap_or(""), unread };
        self.sum_up(&whose, mask, &before, settings.show_passed);
        mask
    }

    /// Counts resources of which there is nothing to report.
    fn sum_up_good(&mut self, run: &Run<'_>, show_passed: bool) {
        let Run { kind, account, resources } = *run;
        if resources == 0 {
            return;
        }
        self.summary.resources += resources;
        self.summary.compliant += resources;
        self.summary.add_type(kind, TypeSummary { resources, compliant: resources });
        let flagged = if show_passed { usize::try_from(resources).expect("no more than bytes of a piece") } else { 0 };
        let own = AccountSummary { resources, compliant: resources, flagged, ..AccountSummary::default() };
        self.summary.add_account(account, &own);
    }

    /// Counts one resource, whose findings were added to the sums since they were `before`.
    fn sum_up(&mut self, whose: &Whose<'_>, mask: Mask, before: &Sums, show_passed: bool) {
        let summary = &mut self.summary;
        summary.resources += 1;
        let unread = u64::from(whose.unread);
        summary.unread += unread;
        let compliant = u64::from(!mask.violating() && !mask.unknown());
        summary.add_type(whose.kind, TypeSummary { resources: 1, compliant });
        let (violating, unknown) = (u64::from(mask.violating()), u64::from(!mask.violating() && mask.unknown()));
        summary.violating += violating;
        summary.unknown += unknown;
        summary.compliant += compliant;
        let flagged = usize::from(mask.any() || show_passed);
        let own = AccountSummary { compliant, violating, unknown, unread, flagged, ..AccountSummary::default() };
        summary.count_account(whose.account, before, own);
    }
}

/// Whether every rule, asked of the resource itself, has nothing to report.
fn all_hold(inquiry: Inquiry<'_>, plain: &FastLine<'_, '_>) -> bool {
    let mut resource = Resource::default();
    plain.fill(&mut resource);
    let answers = inquiry.ask_all(&resource);
    reported(&answers).is_empty()
}

/// What of the answers is reported.
fn reported<'r, 'a>(answers: &'r [(usize, Verdict<'a>)]) -> Vec<&'r (usize, Verdict<'a>)> {
    answers.iter().filter(|(_, answer)| matches!(answer, Verdict::Fail(_) | Verdict::Indeterminate(_))).collect()
}

/// Enough to tell ARNs apart for a notice, at eight bytes each.
fn short_hash(arn: &str) -> u64 {
    let digest = digest([arn.as_bytes()]);
    u64::from_le_bytes(digest[..8].try_into().expect("a digest has sixteen bytes"))
}
