//! Names of lists in fields (`values = "@stages"`).

use std::sync::Arc;

use toml::de::DeValue;

use super::table::Diagnostics;
use crate::base::{Span, quote};

impl Diagnostics<'_> {
    /// The items of the list that a text such as `@stages` names; `None` after reporting that there is none.
    pub(crate) fn list(&mut self, text: &str, span: &Span) -> Option<Arc<[String]>> {
        let name = text.strip_prefix('@')?;
        let items = self.lists.get(name).cloned();
        if items.is_none() {
            let help = self.lists.help(name);
            let literal = format!("{help}; write [{text:?}] for this text itself");
            self.error_help(span.clone(), format!("the policy has no list {}", quote(name)), literal);
        }
        items
    }

    /// Warns about texts in a list that look like names of lists: there they are only texts.
    pub(crate) fn warn_of_lists_in(&mut self, value: &DeValue<'_>) {
        let Some(items) = value.as_array() else { return };
        for item in items {
            let Some(text) = item.get_ref().as_str() else { continue };
            let Some(name) = text.strip_prefix('@').filter(|name| self.lists.get(name).is_some()) else { continue };
            self.warn_help(
                item.span(),
                format!("in a list, {} is a text and not the list of this name", quote(text)),
                format!("write the field as \"@{name}\", or declare a list of both: more = [\"@{name}\", \"…\"]"),
            );
        }
    }
}
