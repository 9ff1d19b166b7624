//! A finished run: counts, gaps and notices at hand; findings read again from the input, in order.

use std::collections::HashSet;
use std::io;
use std::ops::ControlFlow;

use rayon::prelude::*;

use super::baseline::BaselineEntry;
use super::finding::{Fingerprint, UnknownResult};
use super::order::sort_key;
use super::render::parse;
use super::resource_index::InventoryIndex;
use super::run::Settings;
use super::screen::Screens;
use super::store::{Input, InputError, InputKind};
use super::summary::Summary;
use crate::base::{count, quote};
use crate::model::{Gap, InventoryHeader, Resource, Scope};
use crate::policy::{Policy, Severity};
use crate::rule::RuleKind;

/// What there is to report of a resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Mask(u8);

impl Mask {
    pub(super) fn add(&mut self, severity: Severity) {
        self.0 |= 1 << severity as u8;
    }
    pub(super) fn add_unknown(&mut self) {
        self.0 |= 8;
    }
    pub(super) fn add_waived(&mut self) {
        self.0 |= 16;
    }
    pub(super) fn has(self, severity: Severity) -> bool {
        self.0 & (1 << severity as u8) != 0
    }
    pub(super) fn violating(self) -> bool {
        self.0 & 7 != 0
    }
    pub(super) fn unknown(self) -> bool {
        self.0 & 8 != 0
    }
    pub(super) fn waived(self) -> bool {
        self.0 & 16 != 0
    }
    pub(super) fn any(self) -> bool {
        self.0 != 0
    }
}

/// The place of a resource with something to report.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flagged {
    pub(super) offset: u64,
    pub(super) length: u32,
    pub(super) source: u16,
    pub(super) mask: Mask,
    /// The rules to ask for words, where the policy has no more than 64; else 0.
    pub(super) rules: u64,
}

/// Something that the reader of a report should know: no finding, no gap.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Notice {
    /// `note` or `warning`.
    pub level: &'static str,
    /// For a person.
    pub message: String,
}

/// A finished run.
pub struct Report {
    pub(super) settings: Settings,
    pub(super) inputs: Vec<Input>,
    pub(super) resource_index: InventoryIndex,
    pub(super) screens: Screens,
    pub(super) summary: Summary,
    pub(super) flagged: Vec<Flagged>,
    pub(super) gaps: Vec<Gap>,
    pub(super) headers: Vec<InventoryHeader>,
    pub(super) not_enabled: Vec<String>,
    /// Resources whose tags come from the tagging API's index.
    pub(super) indexed: u64,
    pub(super) gone: Vec<BaselineEntry>,
    /// Resources of which something cannot be told, where a baseline asks for them.
    pub(super) untold_resources: HashSet<String>,
    /// How often an inventory has a resource that another one of them has too.
    pub(super) twice: u64,
}

/// A gap that is the input's own.
pub(super) fn source_gap(error: String) -> Gap {
    Gap { error, ..Gap::default() }
}

impl Report {
    /// The policy that was asked.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.settings.policy
    }

    /// The settings of the run.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What was counted.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// What could not be read, in order.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// The headers of the inventories.
    #[must_use]
    pub fn headers(&self) -> &[InventoryHeader] {
        &self.headers
    }

    /// What all inventories read together.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::unite(&self.headers.iter().map(|header| header.scope.clone()).collect::<Vec<_>>())
    }

    /// Regions that were left out because the account has them switched off.
    #[must_use]
    pub fn not_enabled(&self) -> &[String] {
        &self.not_enabled
    }

    /// Findings of the baseline that are not there any more, or whose resource was not read.
    #[must_use]
    pub fn gone(&self) -> &[BaselineEntry] {
        &self.gone
    }

    /// What became of a finding of the baseline that this run does not have: `gone`, or `unread` where its resource may
    /// not have been read, or the rule could not be told.
    #[must_use]
    pub fn state_of(&self, known: &BaselineEntry) -> &'static str {
        let fits = |want: &Option<String>, have: &str| want.as_deref().is_none_or(|want| want == have);
        let in_gap = self.gaps.iter().any(|gap| {
            fits(&gap.account, &known.account) && fits(&gap.region, &known.region) && fits(&gap.kind, &known.kind)
        });
        if in_gap || self.untold_resources.contains(&known.resource) { "unread" } else { "gone" }
    }

    /// Findings of the baseline that may still be there, as their resource was not read, with their fingerprints.
    pub fn unread_known(&self) -> impl Iterator<Item = (&Fingerprint, &BaselineEntry)> {
        let unread = self.gone.iter().filter(|known| self.state_of(known) == "unread");
        let unread: HashSet<(&str, &str)> = unread.map(|known| (&*known.rule, &*known.resource)).collect();
        let all = self.settings.baseline.iter().flat_map(|baseline| &baseline.entries);
        all.filter(move |(_, known)| unread.contains(&(&*known.rule, &*known.resource)))
            .map(|(print, known)| (print, known))
    }

    /// What the inputs are, in order, each once.
    #[must_use]
    pub fn subjects(&self) -> std::collections::BTreeSet<&InputKind> {
        self.inputs.iter().map(|input| &input.subject).collect()
    }

    /// The names of the inputs.
    pub fn inputs(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().map(|input| input.name.as_str())
    }

    /// Whether everything was read. Values that only an apply can know do not count.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.gaps.is_empty() && self.summary.unread == 0
    }

    /// What the reader should know of rules, waivers and the policy.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        let (policy, today) = (&self.settings.policy, self.settings.today);
        let mut out = Vec::new();
        let mut warn = |message: String| out.push(Notice { level: "warning", message });
        for (rule, (summary, chosen)) in policy.rules.iter().zip(self.summary.rules.iter().zip(&self.settings.chosen)) {
            if *chosen && summary.matched == 0 && self.summary.resources > 0 {
                warn(format!("the rule {} matched no resource", rule.id));
            }
        }
        for (waiver, used) in policy.waivers.iter().zip(&self.summary.waivers) {
            let what = format!(
                "the waiver for {} ({})",
                waiver.rules.0.iter().map(crate::base::Glob::as_str).collect::<Vec<_>>().join(", "),
                quote(&waiver.reason)
            );
            let left = waiver.expires.since(today);
            if !waiver.holds_on(today) {
                warn(format!("{what} expired on {} and no longer holds", waiver.expires));
            } else if *used == 0 {
                warn(format!("{what} was used by nothing"));
            } else if left <= 14 {
                let when = if left == 0 {
                    "today".to_owned()
                } else {
                    format!("in {}", count(u64::try_from(left).unwrap_or(0), "day"))
                };
                warn(format!("{what} expires {when}, on {}", waiver.expires));
            }
        }
        let partial = self.scope().narrowed();
        if policy.rules.iter().any(|rule| matches!(rule.kind, RuleKind::Unique(_))) && (!self.complete() || partial) {
            warn(
                "part of the scope was not read, so a value that a `unique` rule found once may stand there again"
                    .to_owned(),
            );
        }
        if self.twice > 0 {
            warn(format!(
                "{} of these inventories stand in more than one of them, and are counted and reported each time; `taglint merge` puts inventories together",
                count(self.twice, "resource")
            ));
        }
        if self.indexed > 0 {
            warn(format!(
                "the tags of {} come from the tagging API's index, which is some minutes late: a tag that was just \
                 removed or changed may still pass",
                count(self.indexed, "resource")
            ));
        }
        out.extend(self.unmanaged_notice());
        out.extend(self.summary.comments.notices(policy, &self.settings.chosen));
        let mut warn = |message: String| out.push(Notice { level: "warning", message });
        for problem in &policy.warnings {
            let (line, _) = problem.file.line_column(problem.span.start);
            warn(format!("{}:{line}: {}", problem.file.path.display(), problem.message));
        }
        out
    }

    /// Resources that nothing in the given states and stacks manages, where some were given: their ARNs.
    #[must_use]
    pub fn unmanaged(&self) -> Option<Vec<String>> {
        let managed = self.settings.managed.as_ref()?;
        let shown = |arn: &String| self.settings.redactor.as_ref().map_or(arn.clone(), |redactor| redactor.arn(arn));
        Some(managed.unmanaged.iter().map(shown).collect())
    }

    fn unmanaged_notice(&self) -> Option<Notice> {
        /// More than these are in the JSON report only.
        const NAMED: usize = 5;
        let (looked_up, names) = (self.settings.managed.as_ref()?.read, self.unmanaged()?);
        let more = if names.len() > NAMED { ", … (the JSON report names all)" } else { "" };
        let first = names.iter().take(NAMED).map(|name| crate::base::escape(name).into_owned());
        let message = format!(
            "{} of {} managed by nothing in the given states and stacks: {}{more}",
            names.len(),
            count(looked_up, "resource"),
            first.collect::<Vec<_>>().join(", ")
        );
        (!names.is_empty()).then_some(Notice { level: "note", message })
    }

    /// Notes which resources of the baseline's vanished findings can't be told, so that those are not called gone.
    pub(super) fn remember_untold(&mut self) -> io::Result<()> {
        if self.gone.is_empty() || self.summary.untold == 0 {
            return Ok(());
        }
        let wanted: HashSet<&str> = self.gone.iter().map(|known| known.resource.as_str()).collect();
        let mut found = HashSet::new();
        let name = |resource: &Resource<'_>, _: &UnknownResult<'_>, out: &mut Vec<u8>| {
            resource.is_named(|name| {
                let known = wanted.contains(name);
                if known {
                    out.extend_from_slice(name.as_bytes());
                }
                known
            });
        };
        self.untold(name, &mut |name| {
            if !name.is_empty() {
                found.insert(String::from_utf8_lossy(name).into_owned());
            }
            Ok(ControlFlow::Continue(()))
        })?;
        self.untold_resources = found;
        Ok(())
    }

    /// Puts the places in the order of reports. Only an input that is not sorted comes here.
    pub(super) fn sort(mut self) -> Result<Self, InputError> {
        let keyed: Result<Vec<(String, Flagged)>, io::Error> = self
            .flagged
            .par_iter()
            .map(|place| {
                let (mut line, mut key) = (Vec::new(), String::new());
                self.read(place, &mut line)?;
                sort_key(&parse(&line)?, &mut key);
                Ok((key, *place))
            })
            .collect();
        let name = self.inputs.first().map_or(String::new(), |input| input.name.clone());
        let mut keyed = keyed.map_err(|error| InputError::Read { name, error })?;
        keyed.par_sort_by(|a, b| (&a.0, a.1.source, a.1.offset).cmp(&(&b.0, b.1.source, b.1.offset)));
        self.flagged = keyed.into_iter().map(|(_, place)| place).collect();
        Ok(self)
    }
}
