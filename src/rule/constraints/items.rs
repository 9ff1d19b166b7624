//! `separator` and the fields of lists: a value with several items.

use hashbrown::HashSet;

use super::failure_collector::FailureCollector;
use crate::aws::{is_iam, supported};
use crate::base::{Glob, count, quote};
use crate::rule::ViolationKind;
use crate::rule::builder::RuleBuilder;
use crate::rule::spec::{Field, FieldType, Requirement};

const SEPARATOR: Requirement = Requirement::AnyField(&["separator"]);

/// The form of a value that is a list.
#[derive(Debug, Clone, Default)]
pub(super) struct Items {
    separator: String,
    min: Option<usize>,
    max: Option<usize>,
    unique: bool,
    trim: bool,
}

impl Items {
    pub(super) const FIELDS: &'static [Field] = &[
        Field::new(
            "separator",
            FieldType::NonEmptyText,
            "The text between the items of a list; every other constraint then applies to each item.",
        ),
        Field::new("min-items", FieldType::Count, "The minimum number of items; needs `separator`.")
            .requires(SEPARATOR),
        Field::new("max-items", FieldType::Count, "The maximum number of items; needs `separator`.")
            .requires(SEPARATOR),
        Field::new("unique-items", FieldType::Flag, "Whether every item may appear only once; needs `separator`.")
            .requires(SEPARATOR),
        Field::new(
            "trim-items",
            FieldType::Flag,
            "Whether white space around an item does not count; needs `separator`. Default false.",
        )
        .requires(SEPARATOR),
    ];

    pub(super) fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Option<Self> {
        let (min, max) = (builder.number("min-items"), builder.number("max-items"));
        let Some(separator) = builder.fields.text("separator") else {
            for name in ["min-items", "max-items", "unique-items", "trim-items"] {
                if builder.fields.has(name) {
                    builder.diagnostics.error_help(
                        builder.name_span(name),
                        format!("`{name}` needs `separator`"),
                        "add the text between the items, such as separator = \":\"",
                    );
                }
            }
            return None;
        };
        if separator.value.is_empty() {
            builder.diagnostics.error_help(
                separator.span,
                "`separator` must not be empty",
                "write one or more characters, such as separator = \":\"",
            );
            return None;
        }
        builder.ordered("min-items", min, "max-items", max)?;
        // The character pattern of IAM has no comma (docs/contributing/aws-facts.md, "Tag limits").
        if separator.value.contains(',') && applies_to_iam(builder) {
            builder.diagnostics.warn_help(
                separator.span,
                "IAM does not allow commas in tag values, so no user or MFA device can have such a list",
                "use another separator, such as \":\"",
            );
        }
        Some(Self {
            separator: separator.value,
            min,
            max,
            unique: builder.flag("unique-items"),
            trim: builder.flag("trim-items"),
        })
    }

    pub(super) fn separator(&self) -> &str {
        &self.separator
    }

    pub(super) fn split<'v>(&self, value: &'v str) -> impl Iterator<Item = &'v str> {
        value.split(self.separator.as_str()).map(|item| if self.trim { item.trim() } else { item })
    }

    pub(super) fn no_empty_item(&self) -> String {
        format!("no item between {} may be empty", quote(&self.separator))
    }

    /// Reports why the list as a whole fails.
    pub(super) fn check(&self, value: &str, failures: &mut FailureCollector<'_>) {
        let items: Vec<&str> = self.split(value).collect();
        if let Some(min) = self.min.filter(|min| items.len() < *min) {
            failures.add(ViolationKind::Items, |_| format!("it must have at least {}, not {}", noun(min), items.len()));
        }
        if let Some(max) = self.max.filter(|max| items.len() > *max) {
            failures.add(ViolationKind::Items, |_| format!("it must have at most {}, not {}", noun(max), items.len()));
        }
        if self.unique {
            let mut seen = HashSet::with_capacity(items.len());
            if let Some(twice) = items.iter().find(|item| !seen.insert(**item)) {
                failures.add(ViolationKind::Items, |_| format!("it repeats the item {}", quote(twice)));
            }
        }
    }

    /// Adds the requirements for the list, each as a phrase after "must".
    pub(super) fn describe(&self, out: &mut Vec<String>) {
        out.extend(self.min.map(|min| format!("have at least {}", noun(min))));
        out.extend(self.max.map(|max| format!("have at most {}", noun(max))));
        out.extend(self.unique.then(|| "have no repeated item".to_owned()));
    }
}

fn noun(n: usize) -> String {
    count(n as u64, "item")
}

fn applies_to_iam(builder: &RuleBuilder<'_, '_, '_>) -> bool {
    let globs = builder.fields.plain_texts("resources");
    !builder.fields.has("resources")
        || supported::ALL
            .iter()
            .filter(|supported| is_iam(supported.name))
            .any(|supported| globs.iter().any(|glob| Glob::new(glob).matches(supported.name)))
}
