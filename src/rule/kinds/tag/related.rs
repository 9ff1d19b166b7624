//! The requirements of a tag rule that depend on other facts about the resource: `equals`, `values-by` and `requires`.

use crate::base::{Glob, Span, all_of, escape, quote};
use crate::model::{Resource, TagLookup};
use crate::rule::RuleBuilder;
use crate::rule::constraints::{ChosenSet, Constraints, ValuesBy};
use crate::rule::context::{Context, DeclaredKeys};
use crate::rule::property::{Property, PropertyValue, tag};
use crate::rule::spec::{Field, FieldType, Requirement};
use crate::rule::value_template::{ComposedValue, ValueTemplate};
use crate::rule::verdict::{Indeterminate, Verdict, Violation, ViolationKind};

/// The fields.
pub(super) const RELATED_FIELDS: &[Field] = &[
    Field::new(
        "equals",
        FieldType::NonEmptyText,
        "The value, composed of other facts: `{name}`, `{account}`, `{account-name}`, `{region}`, `{type}`, `{tags.KEY}` and `{account-tags.KEY}`, each with `|lower` or `|upper` if wanted.",
    )
    .requires(Requirement::LiteralKey)
    .excludes(NOT_WITH_EQUALS),
    Field::new(
        "prefix-of",
        FieldType::NonEmptyText,
        "A text, composed as that of `equals`, which begins with the value: `{account-name}`.",
    )
    .requires(Requirement::LiteralKey),
    Field::new(
        "values-by",
        FieldType::ValuesBy,
        "The allowed values (globs) by a property of the resource, such as `[rule.values-by.account]`; `\"*\"` for all others.",
    )
    .requires(Requirement::LiteralKey),
    Field::new("requires", FieldType::LiteralKeys, "Keys that must have a value if this tag exists.")
        .requires(Requirement::LiteralKey),
];

/// The fields that a rule with `equals` does not take: the value is the composed one.
const NOT_WITH_EQUALS: &[&str] = &["default", "default-from", "separator"];

/// The requirements that depend on other facts.
#[derive(Debug, Clone, Default)]
pub(super) struct RelatedFacts {
    equals: Option<ValueTemplate>,
    prefix_of: Option<ValueTemplate>,
    by: Option<ValuesBy>,
    requires: Vec<String>,
}

/// The result for one value.
#[derive(Debug, Default)]
pub(super) struct RelatedResult {
    /// The requirements that it violates, each as a clause.
    pub(super) clauses: Vec<String>,
    /// The reason why the result is unknown.
    pub(super) unknown: Option<String>,
    /// The right value, if it is known.
    pub(super) right: Option<String>,
    /// The indexes of the tags whose values the clauses may show.
    pub(super) quoted: Vec<usize>,
    pub(super) fails: bool,
}

impl RelatedFacts {
    pub(super) fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Self {
        let equals = template(builder, "equals");
        if equals.is_some() {
            for name in NOT_WITH_EQUALS {
                if builder.fields.has(name) {
                    builder.diagnostics.error_help(
                        builder.name_span(name),
                        format!("a rule with `equals` does not take `{name}`"),
                        "the value is the composed one; remove one of the fields",
                    );
                }
            }
        }
        Self {
            equals,
            prefix_of: template(builder, "prefix-of"),
            by: ValuesBy::parse(builder),
            requires: builder.literal_keys("requires").unwrap_or_default(),
        }
    }

    /// Returns `true` if there are no such requirements.
    pub(super) fn is_none(&self) -> bool {
        !self.constrains_value() && self.requires.is_empty()
    }

    /// Returns `true` if the value depends on other facts.
    pub(super) fn constrains_value(&self) -> bool {
        self.equals.is_some() || self.prefix_of.is_some() || self.by.is_some()
    }

    /// The composed texts.
    fn templates(&self) -> impl Iterator<Item = &ValueTemplate> {
        self.equals.iter().chain(&self.prefix_of)
    }

    /// Returns `true` if resources of a type do not have a property of which the value is composed.
    pub(super) fn is_foreign_to(&self, kind: &str) -> bool {
        self.templates().flat_map(ValueTemplate::properties).any(|property| property.is_foreign_to(kind))
    }

    /// The properties on which the value depends.
    fn properties(&self) -> impl Iterator<Item = &Property> {
        let composed = self.templates().flat_map(ValueTemplate::properties);
        composed.chain(self.by.iter().map(|by| &by.property))
    }

    /// Returns `true` if the value depends on the tags of the account itself.
    pub(super) fn reads_account_tags(&self) -> bool {
        self.properties().any(|property| matches!(property, Property::AccountTag(_)))
    }

    /// Adds the keys that the requirements name.
    pub(super) fn declare_keys(&self, declared: &mut DeclaredKeys) {
        let keys =
            self.properties().filter_map(|property| property.tag_key()).chain(self.requires.iter().map(String::as_str));
        declared.keys.extend(keys.map(Glob::new));
    }

    /// The requirements for the value, each as a phrase after "must".
    pub(super) fn phrases(&self) -> Vec<String> {
        let equals = self.equals.iter().map(|template| format!("be {}", quote(template.as_str())));
        let prefix_of = self.prefix_of.iter().map(|whole| format!("be the beginning of {}", quote(whole.as_str())));
        equals.chain(prefix_of).chain(self.by.iter().map(ValuesBy::describe)).collect()
    }

    /// The requirement for other keys, as a sentence.
    pub(super) fn describe_keys(&self) -> Option<String> {
        let keys = || all_of(self.requires.iter().map(|key| quote(key)));
        (!self.requires.is_empty()).then(|| format!("if it exists, {} must exist and have a value too", keys()))
    }

    /// The right value of a resource, if it is composed and known.
    pub(super) fn right_value(&self, resource: &Resource<'_>) -> Option<(String, Vec<usize>)> {
        match self.equals.as_ref()?.compose(resource) {
            ComposedValue::Known(value, tags) => Some((value, tags)),
            ComposedValue::Lacking(_) | ComposedValue::Unknown(_) => None,
        }
    }

    /// Checks a value that is not empty.
    pub(super) fn check(&self, value: &str, constraints: &Constraints, resource: &Resource<'_>) -> RelatedResult {
        let mut out = RelatedResult::default();
        if let Some(template) = &self.equals {
            compare(template, resource, &mut out, |out, right| {
                if right != value {
                    out.clauses.push(format!("it must be {}", quote(&right)));
                    out.right = Some(right);
                }
            });
        }
        if let Some(template) = &self.prefix_of {
            compare(template, resource, &mut out, |out, whole| {
                if !constraints.parts(value).all(|part| whole.starts_with(part)) {
                    out.clauses.push(format!("it must be the beginning of {}", quote(&whole)));
                }
            });
        }
        if let Some(by) = &self.by {
            check_set(by, value, constraints, resource, &mut out);
        }
        out
    }

    /// Adds what the rule says of other keys to the verdict on its own tag.
    pub(super) fn with_required_keys<'a>(
        &'a self,
        verdict: Verdict<'a>,
        is_there: Option<bool>,
        key: &'a str,
        cx: &Context<'a>,
    ) -> Verdict<'a> {
        if self.requires.is_empty() || is_there == Some(false) || verdict == Verdict::NotApplicable {
            return verdict;
        }
        let (mut lacking, mut unknown) = (Vec::new(), false);
        for other in &self.requires {
            match tag(other, cx.resource) {
                PropertyValue::Known(..) => {}
                PropertyValue::Lacking if is_there.is_some() => lacking.push(lacking_key(other, key, cx)),
                // A value that is not known yet counts as one.
                PropertyValue::Unknown if has(other, cx) => {}
                PropertyValue::Lacking | PropertyValue::Unknown => unknown = true,
            }
        }
        match verdict {
            Verdict::Fail(mut violations) => {
                violations.append(&mut lacking);
                Verdict::from_violations(violations, || Verdict::Pass)
            }
            _ if !lacking.is_empty() => Verdict::from_violations(lacking, || Verdict::Pass),
            Verdict::Pass if unknown => {
                let reason = cx.resource.tags.why_unknown();
                Verdict::Indeterminate(Indeterminate::about_tags(Some(key), reason))
            }
            other => other,
        }
    }
}

/// A key that the tag requires and that has no value.
fn lacking_key<'a>(other: &'a str, key: &str, cx: &Context<'a>) -> Violation<'a> {
    let mut violation = Violation::new(ViolationKind::Requires, Some(other));
    if cx.with_messages {
        violation.message = format!("{} has no value; a resource with {} needs it", escape(other), escape(key));
    }
    violation
}

/// Returns `true` if the resource has the tag, with whatever value.
fn has(key: &str, cx: &Context<'_>) -> bool {
    matches!(cx.resource.tags.find(key, cx.fold()), TagLookup::Present(_))
}

fn template(builder: &mut RuleBuilder<'_, '_, '_>, name: &str) -> Option<ValueTemplate> {
    let text = builder.fields.text(name)?;
    if text.value.is_empty() {
        builder.diagnostics.error_help(text.span, format!("`{name}` is empty"), "write the value, or remove the field");
        return None;
    }
    match ValueTemplate::parse(&text.value) {
        Ok(template) => {
            warn_of_useless(builder, name, &template, text.span);
            Some(template)
        }
        Err(error) => {
            let help = "write `{{` and `}}` for braces";
            builder.diagnostics.error_help(text.span, format!("invalid `{name}`: {error}"), help);
            None
        }
    }
}

/// Warns about a text that depends on nothing, or on the tag itself.
fn warn_of_useless(builder: &mut RuleBuilder<'_, '_, '_>, name: &str, template: &ValueTemplate, span: Span) {
    let key = builder.fields.text("key").map(|key| key.value);
    if template.properties().any(|property| property.tag_key().is_some() && property.tag_key() == key.as_deref()) {
        let help = "name another property: the value is compared with itself";
        builder.diagnostics.warn_help(span, format!("`{name}` depends on the tag itself"), help);
    } else if name == "prefix-of" && template.properties().next().is_none() {
        let help = format!("for values that begin with it, write values = [\"{}*\"]", template.as_str());
        builder.diagnostics.warn_help(span, "`prefix-of` has no placeholder: the value must be its beginning", help);
    }
}

/// Composes a text and compares it; `check` adds a clause if the value is wrong.
fn compare(
    template: &ValueTemplate,
    resource: &Resource<'_>,
    out: &mut RelatedResult,
    check: impl FnOnce(&mut RelatedResult, String),
) {
    match template.compose(resource) {
        ComposedValue::Known(text, tags) => {
            let before = out.clauses.len();
            check(out, text);
            if out.clauses.len() > before {
                out.fails = true;
                out.quoted.extend(tags);
            }
        }
        ComposedValue::Lacking(property) => {
            out.fails = true;
            let lacking = property.describe();
            out.clauses.push(format!("it must be {}, and the {lacking} has no value", quote(template.as_str())));
        }
        ComposedValue::Unknown(property) => {
            out.unknown = Some(format!("it depends on the {}, which is not known", property.describe()));
        }
    }
}

/// Checks a value, or each item of it, against the values for the resource.
fn check_set(by: &ValuesBy, value: &str, constraints: &Constraints, resource: &Resource<'_>, out: &mut RelatedResult) {
    let chosen = by.chosen(resource);
    let property = by.property.describe();
    match chosen {
        ChosenSet::Any => {}
        ChosenSet::One(set, tag) => {
            if !constraints.parts(value).all(|part| by.has(set, part)) {
                out.fails = true;
                out.quoted.extend(tag);
                out.clauses.push(format!("it must be {} for its {property}", set.sentence()));
            }
        }
        ChosenSet::Unknown => {
            match by.has_in_every_case(|set| constraints.parts(value).all(|part| by.has(set, part))) {
                Some(true) => {}
                Some(false) => {
                    out.fails = true;
                    out.clauses.push(format!("it must {}", by.describe()));
                }
                None => {
                    out.unknown = Some(format!("it depends on the {property}, which is not known"));
                }
            }
        }
    }
}
