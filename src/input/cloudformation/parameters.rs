//! Parameters of templates: the declared ones, and the values that a deployment gives.

use std::collections::{BTreeMap, BTreeSet};

use super::parameter_limits::{ParameterLimits, scalar};
use super::template::ParsedTemplate;
use crate::base::{any_of, quote};
use crate::syntax::{MapEntry, Node, NodeKind};

/// The largest number of names that [`ParameterNames`] keeps apart. Two values of each are more combinations than are
/// tried.
const MAX_NAMES: usize = 8;

/// The value of a parameter, and the flag that gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenParameter {
    /// The value; `None` for that of the previous deployment, which is unknown.
    pub value: Option<String>,
    /// The flag, with the file that it names, for messages.
    pub flag: String,
}

/// A parameter that a template declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredParameter {
    /// The name.
    pub name: String,
    /// The allowed values, if they are limited to a list.
    pub(super) allowed: Option<Vec<String>>,
    /// The other limits of its value.
    pub(super) limits: ParameterLimits,
    /// The file and line of the declaration, for messages.
    pub(super) place: String,
}

impl DeclaredParameter {
    /// The reason why `CloudFormation` refuses a value, with the place of the declaration. It does not contain the value.
    pub(super) fn refusal(&self, value: &str) -> Option<String> {
        let place = &self.place;
        if let Some(allowed) = self.allowed.as_ref().filter(|allowed| !allowed.iter().any(|one| one == value)) {
            let allowed = any_of(allowed.iter().map(|value| quote(value)));
            return Some(format!("the value is not one of AllowedValues ({place}); use {allowed}"));
        }
        let why = self.limits.refusal(value)?;
        Some(format!("{why} ({place}): CloudFormation refuses the deployment"))
    }
}

/// The parameters of a template.
pub(super) fn declared(template: &ParsedTemplate) -> Vec<DeclaredParameter> {
    let entries = template.root.get("Parameters").map_or(&[][..], Node::entries);
    let declared = |entry: &MapEntry| {
        let at = template.location(entry.key_span.start);
        DeclaredParameter {
            name: entry.key.clone(),
            allowed: allowed(&entry.value),
            limits: ParameterLimits::of(&entry.value),
            place: format!("{}:{}", at.path, at.line),
        }
    };
    entries.iter().map(declared).collect()
}

/// The allowed values of a parameter. Those of a Systems Manager parameter limit its name, not its value, and those of a
/// list its elements.
pub(super) fn allowed(parameter: &Node) -> Option<Vec<String>> {
    let kind = parameter.get("Type").and_then(Node::text)?;
    // Numbers of other spellings are equal too.
    if kind != "String" {
        return None;
    }
    let values: Vec<String> = parameter.get("AllowedValues")?.items().iter().map(scalar).collect::<Option<_>>()?;
    (!values.is_empty()).then_some(values)
}

/// Returns whether the default of a parameter is not one of its allowed values. `CloudFormation` refuses a deployment with it.
pub(super) fn has_refused_default(parameter: &Node) -> bool {
    let default = parameter.get("Default").and_then(scalar);
    default.zip(allowed(parameter)).is_some_and(|(default, allowed)| !allowed.contains(&default))
}

/// The defaults that no deployment can use, of parameters without a given value: the bytes of their keys, and the names
/// of the parameters.
pub(super) fn refused_defaults<'t>(
    root: &'t Node,
    given: &BTreeMap<String, GivenParameter>,
) -> impl Iterator<Item = (usize, &'t str)> {
    let entries = root.get("Parameters").map_or(&[][..], Node::entries);
    let refused = entries.iter().filter(|one| !given.contains_key(&one.key) && has_refused_default(&one.value));
    refused.filter_map(|one| Some((one.value.entry("Default")?.key_span.start, one.key.as_str())))
}

/// Returns whether the value of a parameter must not appear in reports. `NoEcho` may be a boolean or a text in any letter
/// case; any other value hides.
pub(super) fn is_secret(parameter: &Node) -> bool {
    parameter.get("NoEcho").is_some_and(|no_echo| {
        let is_false = |text: &str| text.eq_ignore_ascii_case("false");
        !matches!(&no_echo.kind, NodeKind::Bool(false)) && !no_echo.text().is_some_and(is_false)
    })
}

/// The names of a few parameters, or of too many to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ParameterNames<'t> {
    Few(BTreeSet<&'t str>),
    /// Any parameter may be one of them.
    Any,
}

impl Default for ParameterNames<'_> {
    fn default() -> Self {
        Self::Few(BTreeSet::new())
    }
}

impl<'t> ParameterNames<'t> {
    pub(super) fn add(&mut self, name: &'t str) {
        if let Self::Few(names) = self {
            names.insert(name);
            if names.len() > MAX_NAMES {
                *self = Self::Any;
            }
        }
    }

    pub(super) fn extend(&mut self, other: &Self) {
        match other {
            Self::Few(names) => names.iter().for_each(|name| self.add(name)),
            Self::Any => *self = Self::Any,
        }
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        match self {
            Self::Few(names) => names.contains(name),
            Self::Any => true,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Few(names) if names.is_empty())
    }
}

/// The parameters without a given value that an evaluation used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct UsedParameters<'t> {
    /// Those whose default it took.
    pub(super) defaults: ParameterNames<'t>,
    /// Those without a value that may have one of several (`AllowedValues`).
    pub(super) open: ParameterNames<'t>,
}

impl UsedParameters<'_> {
    pub(super) fn extend(&mut self, other: &Self) {
        self.defaults.extend(&other.defaults);
        self.open.extend(&other.open);
    }
}

/// An assumption about parameters that the command line does not give.
#[derive(Debug, Clone, Default)]
pub(super) struct Assumption<'t> {
    /// The parameters that do not have their default.
    pub(super) without_default: ParameterNames<'t>,
    /// The values of parameters.
    pub(super) values: BTreeMap<&'t str, String>,
}

impl Assumption<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.without_default.is_empty() && self.values.is_empty()
    }

    /// Both assumptions.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut out = self.clone();
        out.without_default.extend(&other.without_default);
        out.values.extend(other.values.iter().map(|(name, value)| (*name, value.clone())));
        out
    }
}
