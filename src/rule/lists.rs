//! The lists of a policy (`[lists]`), which a field names instead of having the items itself: `values = "@stages"`.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::de::DeValue;

use super::table::Diagnostics;
use crate::base::{Span, any_of, nearest, quote};

/// The most lists that a message names.
const LISTED: usize = 8;

/// The lists of a policy by name, each with its items.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lists(pub(crate) BTreeMap<String, Arc<[String]>>);

impl Lists {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<[String]>> {
        self.0.get(name)
    }

    /// The help for the name of a list that does not exist.
    pub(crate) fn help(&self, name: &str) -> String {
        let names = || self.0.keys().map(String::as_str);
        match nearest(name, names()) {
            Some(meant) => format!("did you mean \"@{meant}\"?"),
            None if self.is_empty() => format!("declare it: [lists] with {name} = [\"…\"]"),
            None => format!("the lists are {}", any_of(names().take(LISTED).map(|name| format!("\"@{name}\"")))),
        }
    }
}

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
