//! The collection of the constraints that a value violates.

use std::borrow::Cow;

use crate::base::quote;
use crate::model::Day;
use crate::rule::ViolationKind;

/// The failure of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConstraintFailure {
    /// The first kind in the order of [`ViolationKind`].
    pub(crate) kind: ViolationKind,
    /// The constraints that the value violates, each as a full clause (`it must match \d{5}`); empty unless messages
    /// are wanted.
    pub(crate) clauses: Vec<String>,
}

/// The kinds and clauses of the failures of one value.
pub(super) struct Sink<'v> {
    /// The day of the run.
    pub(super) today: Day,
    kind: Option<ViolationKind>,
    clauses: Vec<String>,
    with_messages: bool,
    item: Option<&'v str>,
}

/// The subject of a clause: the value, or an item of it.
pub(super) struct Subject<'v>(Option<&'v str>);

impl Subject<'_> {
    /// The subject in a sentence: "it", or the quoted item.
    pub(super) fn must(&self, requirement: &str) -> String {
        let subject = self.0.map_or(Cow::Borrowed("it"), |item| Cow::Owned(quote(item)));
        format!("{subject} must {requirement}")
    }
}

impl<'v> Sink<'v> {
    pub(super) fn new(today: Day, with_messages: bool) -> Self {
        Self { today, kind: None, clauses: Vec::new(), with_messages, item: None }
    }

    /// Makes an item of the value the subject of the next clauses.
    pub(super) fn item(&mut self, item: &'v str) {
        self.item = Some(item);
    }

    /// Adds a failure; its clause is made only if messages are wanted.
    pub(super) fn add(&mut self, kind: ViolationKind, clause: impl FnOnce(&Subject<'_>) -> String) {
        self.kind = Some(self.kind.map_or(kind, |first| first.min(kind)));
        if self.with_messages {
            let clause = clause(&Subject(self.item));
            // A list may contain the same wrong item twice.
            if !self.clauses.contains(&clause) {
                self.clauses.push(clause);
            }
        }
    }

    pub(super) fn finish(self) -> Option<ConstraintFailure> {
        self.kind.map(|kind| ConstraintFailure { kind, clauses: self.clauses })
    }
}
