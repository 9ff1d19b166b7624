//! The lists of a policy (`[lists]`), which a field names instead of having the items itself: `values = "@stages"`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{any_of, nearest};

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
