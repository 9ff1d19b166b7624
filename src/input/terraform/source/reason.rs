//! The reasons of unknown values.

use std::fmt;
use std::sync::Arc;

use crate::syntax::hcl::Position;

/// The reason why a value is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnknownReason {
    text: Arc<str>,
    /// True if Terraform certainly refuses the expression. That is what `try` and `can` ask for.
    pub(super) fails: bool,
    /// The variable or expression that is not known.
    pub(super) at: Option<Position>,
}

impl UnknownReason {
    /// The reason of an expression that Terraform certainly refuses.
    pub(super) fn failure(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), fails: true, at: None }
    }

    /// The reason of an expression that Terraform refuses if `fails`.
    pub(super) fn failure_if(fails: bool, text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), fails, at: None }
    }

    /// Sets the position, unless the reason has one: that of the innermost expression is kept.
    pub(super) fn place(&mut self, at: Position) {
        self.at.get_or_insert(at);
    }

    /// The same reason where it is not certain that the expression is evaluated.
    pub(super) fn possibly(&self) -> Self {
        Self { fails: false, ..self.clone() }
    }
}

impl From<&str> for UnknownReason {
    fn from(text: &str) -> Self {
        Self { text: text.into(), fails: false, at: None }
    }
}

impl From<String> for UnknownReason {
    fn from(text: String) -> Self {
        Self { text: text.into(), fails: false, at: None }
    }
}

impl fmt::Display for UnknownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
