//! Waivers and tests.

use std::sync::Arc;

use strum::VariantNames as _;
use toml::de::{DeTable, DeValue};

use super::type_names::check_type_names;
use crate::aws::{resource_types, supported};
use crate::base::{Glob, Globs, any_of, nearest, quote};
use crate::model::{DeviceAssignment, Origin, Resource, Tag, Tags, Text};
use crate::policy::fields;
use crate::policy::{PolicyLocation, TestCase, Waiver};
use crate::rule::{Diagnostics, GlobSubject, Located, TableFields, ViolationKind, day, warn_of_glob_mistakes};

/// The advice for a missing field, by the table and the field.
const HELP: [(&str, &str, &str); 2] = [
    ("the waiver", "reason", "write why the findings are accepted: `reason = \"…\"`"),
    ("the waiver", "expires", "write the last day of the waiver: `expires = 2027-03-31`"),
];

/// Whether a table has all of these fields; a missing one is reported.
pub(super) fn required(
    diagnostics: &mut Diagnostics<'_>,
    fields: &TableFields<'_>,
    table: &DeTable<'_>,
    place: &str,
    names: &[&str],
) -> bool {
    let mut all = true;
    for name in names {
        if !fields.has(name) {
            all = false;
            // A field of the wrong type was reported already.
            if !table.iter().any(|(key, _)| key.get_ref() == name) {
                let message = format!("{place} has no `{name}`");
                match HELP.iter().find(|(of, field, _)| *of == place && field == name) {
                    Some((_, _, help)) => diagnostics.error_help(fields.span.clone(), message, *help),
                    None => diagnostics.error(fields.span.clone(), message),
                }
            }
        }
    }
    all
}

/// Compiles one waiver, `None` if it has mistakes, and the names of its rules.
pub(super) fn waiver(
    diagnostics: &mut Diagnostics<'_>,
    table: &Located<&DeTable<'_>>,
) -> (Option<Waiver>, Vec<Located<String>>) {
    let fields = TableFields::read(diagnostics, "[[waiver]]", table.value, table.span.clone(), fields::WAIVER.fields);
    let names = fields.texts("rules").map(|rules| rules.value).unwrap_or_default();
    (compiled_waiver(diagnostics, table, &fields), names)
}

fn compiled_waiver(
    diagnostics: &mut Diagnostics<'_>,
    table: &Located<&DeTable<'_>>,
    fields: &TableFields<'_>,
) -> Option<Waiver> {
    if !required(diagnostics, fields, table.value, "the waiver", &["rules", "resources", "reason", "expires"]) {
        return None;
    }
    let (rules, resources, reason) = (fields.texts("rules")?, fields.texts("resources")?, fields.text("reason")?);
    let expires = match fields.value("expires")?.get_ref() {
        DeValue::Datetime(date) => day(date),
        _ => None,
    };
    let from = fields.value("from").and_then(|value| match value.get_ref() {
        DeValue::Datetime(date) => day(date),
        _ => None,
    });
    let before = diagnostics.errors();
    if from.is_some() && from > expires {
        diagnostics.error(fields.span.clone(), "the waiver has its `from` after its `expires`, so it is never valid");
    }
    if reason.value.trim().is_empty() {
        diagnostics.error(reason.span.clone(), "the waiver has an empty `reason`");
    }
    for (list, name) in [(&rules, "rules"), (&resources, "resources")] {
        if list.value.is_empty() {
            diagnostics.error(list.span.clone(), format!("`{name}` is an empty list, so nothing is waived"));
        }
    }
    warn_of_glob_mistakes(diagnostics, &resources.value, GlobSubject::WaivedResource);
    // A text without wildcards is looked up when all rules are known.
    let globs: Vec<_> = rules.value.iter().filter(|text| !Glob::new(&text.value).is_literal()).cloned().collect();
    warn_of_glob_mistakes(diagnostics, &globs, GlobSubject::WaivedRule);
    if diagnostics.errors() > before {
        return None;
    }
    Some(Waiver {
        rules: Globs::new(rules.value.iter().map(|t| &t.value)),
        resources: Globs::new(resources.value.iter().map(|t| &t.value)),
        reason: reason.value,
        owner: fields.text("owner").map(|t| t.value),
        from,
        expires: expires?,
        origin: PolicyLocation { file: Arc::clone(diagnostics.file), span: table.span.clone() },
    })
}

/// Compiles one test, `None` if it has mistakes, and the names of rules that it expects.
pub(super) fn test(
    diagnostics: &mut Diagnostics<'_>,
    table: &Located<&DeTable<'_>>,
    allowed: &Globs,
) -> (Option<TestCase>, Vec<Located<String>>) {
    let fields = TableFields::read(diagnostics, "[[test]]", table.value, table.span.clone(), fields::TEST.fields);
    let names = ["expect", "unknown"].into_iter().filter_map(|name| fields.texts(name)).flat_map(|texts| texts.value);
    let names = names.collect();
    (compiled_test(diagnostics, table, &fields, allowed), names)
}

fn compiled_test(
    diagnostics: &mut Diagnostics<'_>,
    table: &Located<&DeTable<'_>>,
    fields: &TableFields<'_>,
    allowed: &Globs,
) -> Option<TestCase> {
    let all = required(diagnostics, fields, table.value, "the test", &["name", "resource", "expect"]);
    let resource = fields.table("resource").and_then(|table| test_resource(diagnostics, &table, allowed));
    let others: Vec<_> =
        fields.tables("others").iter().filter_map(|table| test_resource(diagnostics, table, allowed)).collect();
    if !all {
        return None;
    }
    let (expect, unknown) =
        (fields.texts("expect")?.value, fields.texts("unknown").map(|u| u.value).unwrap_or_default());
    for expected in &expect {
        if let Some((_, kind)) = expected.value.split_once(':')
            && kind.parse::<ViolationKind>().is_err()
        {
            let known = ViolationKind::VARIANTS.iter().copied();
            let help = nearest(kind, known.clone()).map_or_else(
                || format!("kinds are {}", any_of(known.map(str::to_owned))),
                |meant| format!("did you mean {meant}?"),
            );
            diagnostics.error_help(expected.span.clone(), format!("unknown kind of finding {}", quote(kind)), help);
        }
    }
    Some(TestCase {
        name: fields.text("name")?.value,
        resource: resource?,
        expect: expect.iter().map(|t| t.value.clone()).collect(),
        unknown: unknown.iter().map(|t| t.value.clone()).collect(),
        others,
        today: match fields.value("today").map(toml::Spanned::get_ref) {
            Some(DeValue::Datetime(date)) => day(date),
            _ => None,
        },
        origin: PolicyLocation { file: Arc::clone(diagnostics.file), span: table.span.clone() },
    })
}

/// The resource of a test.
fn test_resource(
    diagnostics: &mut Diagnostics<'_>,
    table: &Located<&DeTable<'_>>,
    allowed: &Globs,
) -> Option<Resource<'static>> {
    let known = fields::TEST_RESOURCE.fields;
    let fields = TableFields::read(diagnostics, "the test's resource", table.value, table.span.clone(), known);
    if !required(diagnostics, &fields, table.value, "the test's resource", &["type"]) {
        return None;
    }
    let account_tags = fields.has("account-tags").then(|| pairs(diagnostics, &fields, "account-tags"));
    let tags = test_tags(diagnostics, &fields);
    check_type_names(diagnostics, &fields, "type", allowed);
    let text = |name: &str| fields.text(name).map(|t| Text::from(t.value));
    let kind = text("type")?;
    let kind = resource_types::named(&kind).map_or(kind, |known| Text::from(known.kind()));
    let user = assignment(diagnostics, &fields, &kind)?;
    let origin = source(diagnostics, &fields, &kind);
    Some(Resource {
        arn: text("arn"),
        address: text("address"),
        name: text("name"),
        id: text("id"),
        account: text("account"),
        region: text("region"),
        path: text("path"),
        user,
        created: text("created"),
        tags,
        input: None,
        location: None,
        origin,
        account_name: text("account-name"),
        account_ou: text("account-ou"),
        account_tags,
        kind,
    })
}

/// The origin of a resource that a template or Terraform declares (`managed-by`).
fn source(diagnostics: &mut Diagnostics<'_>, fields: &TableFields<'_>, kind: &str) -> Option<Box<Origin>> {
    let text = fields.text("managed-by")?;
    let row = resource_types::named(kind);
    let name = match text.value.as_str() {
        "cloudformation" => row.and_then(|row| row.cloudformation).unwrap_or("AWS::Example::Example"),
        "terraform" => row.and_then(|row| row.terraform().next()).unwrap_or("aws_example"),
        other => {
            let help = "a test's resource is managed by \"cloudformation\" or \"terraform\"; a path or tags tell that it is \
                        managed by AWS";
            diagnostics.error_help(text.span, format!("unknown manager {}", quote(other)), help);
            return None;
        }
    };
    // `live`: the resource of a test exists, whatever else declares it.
    Some(Box::new(Origin { kind: Some(name.to_owned()), live: true, ..Origin::default() }))
}

/// The keys and values of a table of tags.
fn pairs(
    diagnostics: &mut Diagnostics<'_>,
    fields: &TableFields<'_>,
    name: &str,
) -> Vec<(Text<'static>, Text<'static>)> {
    let mut out = Vec::new();
    for (key, value) in fields.table(name).map(|t| t.value).into_iter().flatten() {
        match value.get_ref().as_str() {
            Some(value) => out.push((Text::from(key.get_ref().clone().into_owned()), Text::from(value.to_owned()))),
            None => diagnostics.error(value.span(), "a tag's value is a string"),
        }
    }
    out
}

/// The tags of a test's resource: known ones, ones with unknown values, or the reason why they could not be read.
fn test_tags(diagnostics: &mut Diagnostics<'_>, fields: &TableFields<'_>) -> Tags<'static> {
    let known = pairs(diagnostics, fields, "tags").into_iter().map(|(key, value)| Tag { key, value: Some(value) });
    let unknown_values = fields.plain_texts("unknown-values").into_iter();
    let tags = known.chain(unknown_values.map(|key| Tag { key: Text::from(key), value: None })).collect();
    if fields.has("unknown") && ["tags", "unknown-values", "more-tags"].iter().any(|name| fields.has(name)) {
        let at = fields.key_span("unknown").unwrap_or_else(|| fields.span.clone());
        diagnostics.error(at, "`unknown` means that the tags could not be read, so the resource has no `tags`");
    }
    match fields.text("unknown") {
        Some(reason) => Tags::Unread { reason: Text::from(reason.value) },
        None => Tags::Read { tags, more: fields.flag("more-tags").unwrap_or(false).into() },
    }
}

/// The user to whom the resource is assigned; `None` after reporting a `user` of a type that has none.
fn assignment(
    diagnostics: &mut Diagnostics<'_>,
    fields: &TableFields<'_>,
    kind: &str,
) -> Option<DeviceAssignment<'static>> {
    let Some(user) = fields.text("user") else { return Some(DeviceAssignment::Unknown) };
    if !supported::is_assigned_to_user(kind) {
        let types = supported::ALL.into_iter().filter(|supported| supported.assigned_to_user);
        let types = any_of(types.map(|supported| format!("a {} (type {})", supported.singular, supported.name)));
        let at = fields.key_span("user").unwrap_or_else(|| fields.span.clone());
        diagnostics.error(at, format!("only {types} has a `user`"));
        return None;
    }
    Some(if user.value.is_empty() {
        DeviceAssignment::Unassigned
    } else {
        DeviceAssignment::User(Text::from(user.value))
    })
}
