//! The parts of a policy that a format cannot say.

use serde::Serialize;

use super::format::ExportFormat;
use crate::base::count;
use crate::policy::{Policy, Rule, Severity};

/// The consequence of an omission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The rule is missing.
    NotExported,
    /// The export accepts something that the rule reports.
    Weaker,
    /// The export reports something that the rule does not cover. It refuses nothing that the policy allows.
    Wider,
}

impl Effect {
    /// The name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotExported => "not exported",
            Self::Weaker => "weaker",
            Self::Wider => "wider",
        }
    }
}

/// A part of the policy that the format cannot say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Omission {
    /// The id of the rule; `None` for the policy as a whole.
    pub rule: Option<String>,
    /// The field.
    pub field: String,
    /// The consequence.
    pub effect: Effect,
    /// The reason.
    pub reason: String,
    /// `true` if the author of the policy wrote the field.
    #[serde(skip)]
    pub is_written: bool,
}

impl Omission {
    /// The omission on one line. It names no field that nobody wrote.
    #[must_use]
    pub fn line(&self) -> String {
        let rule = self.rule.as_deref().unwrap_or("the policy");
        let field = if self.is_written { format!("`{}`: ", self.field) } else { String::new() };
        format!("{rule}: {field}{}: {}", self.effect.name(), self.reason)
    }
}

/// The omissions of an export.
#[derive(Debug)]
pub(in crate::authoring) struct Omissions {
    format: ExportFormat,
    list: Vec<Omission>,
}

impl Omissions {
    pub(in crate::authoring) fn new(format: ExportFormat) -> Self {
        Self { format, list: Vec::new() }
    }

    /// The name of the format in messages.
    pub(super) fn title(&self) -> &'static str {
        self.format.title()
    }

    /// Adds an omission of a rule.
    pub(super) fn add(&mut self, rule: &Rule, field: &str, effect: Effect, reason: impl Into<String>) {
        let is_written = rule.written.contains(&field);
        self.push(Omission {
            rule: Some(rule.id.clone()),
            field: field.to_owned(),
            effect,
            reason: reason.into(),
            is_written,
        });
    }

    /// Adds a part of the policy outside of rules.
    fn add_part(&mut self, field: &str, effect: Effect, reason: String) {
        self.push(Omission { rule: None, field: field.to_owned(), effect, reason, is_written: true });
    }

    /// Adds the reason why a rule is only reported where the others are enforced.
    pub(super) fn not_enforced(&mut self, rule: &Rule) {
        if rule.severity != Severity::Error {
            let reason = format!("`enforced_for` refuses, and the rule is a {}", rule.severity.name());
            self.add(rule, "severity", Effect::Weaker, reason);
        }
        if rule.grace.is_some() {
            let reason = "`enforced_for` refuses, and a resource in its grace period has a note";
            self.add(rule, "grace", Effect::Weaker, reason);
        }
    }

    /// Adds the constraints on a value that the format has no word for.
    pub(super) fn values(&mut self, rule: &Rule, fields: &[&str]) {
        let title = self.title();
        for field in fields {
            self.add(rule, field, Effect::Weaker, format!("{title} cannot say it"));
        }
    }

    /// Returns `false`, with an omission, if a rule is not severe enough to refuse something.
    pub(super) fn refuses(&mut self, rule: &Rule) -> bool {
        let is_error = rule.severity == Severity::Error;
        if !is_error {
            let reason = format!("{} refuses, and the rule is a {}", self.title(), rule.severity.name());
            self.add(rule, "severity", Effect::NotExported, reason);
        }
        if rule.grace.is_some() {
            let reason = format!("{} refuses, and a resource in its grace period has a note", self.title());
            self.add(rule, "grace", Effect::NotExported, reason);
        }
        is_error && rule.grace.is_none()
    }

    /// Adds the waivers and the targets, which no format has.
    pub(super) fn waivers(&mut self, policy: &Policy) {
        if !policy.targets.is_empty() {
            let many = count(policy.targets.len() as u64, "target");
            self.add_part("target", Effect::NotExported, format!("{many} not exported: {} has none", self.title()));
        }
        if !policy.waivers.is_empty() {
            let many = count(policy.waivers.len() as u64, "waiver");
            self.add_part("waiver", Effect::Wider, format!("{many} not exported: {} has none", self.title()));
        }
    }

    fn push(&mut self, omission: Omission) {
        if !self.list.contains(&omission) {
            self.list.push(omission);
        }
    }

    /// The omissions so far, one a line.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut sorted = self.list.clone();
        sorted.sort();
        sorted.iter().map(Omission::line).collect()
    }

    /// All of them, by rule.
    pub(in crate::authoring) fn finish(mut self) -> Vec<Omission> {
        self.list.sort();
        self.list
    }
}
