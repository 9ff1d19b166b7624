//! The JSON Schema of a policy file, for editors (taplo, Even Better TOML). It is made from the description of the fields,
//! so editors and the program agree.
//!
//! taplo validates with draft 7. It reads a TOML date as a string, so a date is a string of that form here. It offers no
//! completion below `allOf`, so `dependencies` on the discriminating field exclude the fields of other kinds: the editor
//! then marks the field that does not belong.

use serde_json::{Map, Value, json};
use strum::VariantNames as _;

use crate::aws::{resource_types, supported};
use crate::policy::Severity;
use crate::policy::fields::{CONDITION, DATE_TEST, LIST_FILE, POLICY, RULE, TARGET, TEST, TEST_RESOURCE, TOP, WAIVER};
use crate::rule::spec::{Field, FieldType, KindSpec, Requirement, Table};
use crate::rule::{KINDS, ViolationKind};

/// `YYYY-MM-DD`.
const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
/// The name of a list.
const NAME: &str = "^[a-z0-9][a-z0-9-]*$";
/// The name of a list in place of a list.
const LIST: &str = "^@[a-z0-9][a-z0-9-]*$";
/// A number of days, at most 65535.
const DAYS: &str = "^0*([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])d$";
/// A share in percent.
const PERCENT: &str = "^(100(\\.0{1,2})?|0?[0-9]{1,2}(\\.[0-9]{1,2})?)%$";
/// One key, written out.
const LITERAL: &str = "^[^*?]+$";
/// The schema of a policy file, as it is committed in `rules/schema.json`.
#[must_use]
pub fn json_schema() -> String {
    let mut schema = table(&TOP);
    insert(&mut schema, "$schema", json!("http://json-schema.org/draft-07/schema#"));
    insert(&mut schema, "title", json!("taglint policy"));
    insert(
        &mut schema,
        "description",
        json!("Rules for the tags of AWS resources, version 1 of taglint's policy language."),
    );
    let definitions: Map<String, Value> =
        [&POLICY, &LIST_FILE, &RULE, &CONDITION, &DATE_TEST, &TARGET, &WAIVER, &TEST, &TEST_RESOURCE]
            .into_iter()
            .map(|table| (table.name.to_owned(), definition(table)))
            .collect();
    insert(&mut schema, "definitions", Value::Object(definitions));
    let mut text = serde_json::to_string_pretty(&sorted(schema)).unwrap_or_default();
    text.push('\n');
    text
}

fn definition(described: &Table) -> Value {
    let mut out = table(described);
    match described.name {
        "rule" => {
            insert(&mut out, "anyOf", kinds());
            insert(&mut out, "dependencies", rule_dependencies());
            insert(&mut out, "allOf", json!([bounds(&["integer", "number"], "number"), bounds(&["date"], "string")]));
            // A rule whose key is a glob may not have fields that need a literal key.
            insert(&mut out, "if", json!({ "required": ["key"], "properties": { "key": { "pattern": "[*?]" } } }));
            insert(&mut out, "then", excluding(needing(Requirement::LiteralKey)));
        }
        "condition" => {
            insert(&mut out, "minProperties", json!(1));
            let keys = json!({ "anyOf": [{ "required": ["tags"] }, { "required": ["account-tags"] }] });
            insert(&mut out, "dependencies", json!({ "ignore-key-case": keys }));
        }
        "date-test" => insert(&mut out, "minProperties", json!(1)),
        "test-resource" => insert(
            &mut out,
            "dependencies",
            json!({
                "unknown": excluding(["tags", "unknown-values", "more-tags"]),
                "user": { "properties": { "type": { "enum": assigned_types() } } },
            }),
        ),
        "list-file" => {
            insert(&mut out, "allOf", json!([list_file("column", ".csv", true), list_file("pointer", ".json", false)]));
        }
        _ => {}
    }
    out
}

/// The schema of a field that only files with this ending have, and `always` if all of them need it.
fn list_file(field: &str, ending: &str, always: bool) -> Value {
    // A URL may have a query after the name of the file.
    let pattern = format!("\\{ending}$|://[^?]*\\{ending}\\?");
    let file = json!({ "properties": { "file": { "pattern": pattern } } });
    let then = if always { json!({ "required": [field] }) } else { json!({}) };
    json!({ "if": file, "then": then, "else": excluding([field]) })
}

/// Every name of the types whose resources are assigned to users.
fn assigned_types() -> Vec<&'static str> {
    let names = supported::ALL.iter().filter(|supported| supported.assigned_to_user).map(|supported| supported.name);
    let other = |name: &'static str| {
        let row = resource_types::named(name);
        let terraform = row.into_iter().flat_map(|row| row.terraform().chain(row.awscc));
        [name].into_iter().chain(terraform).chain(row.and_then(|row| row.cloudformation))
    };
    names.flat_map(other).collect()
}

fn table(described: &Table) -> Value {
    let fields = described.fields;
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.to_owned(), property(field, described.name))).collect();
    let mut out = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    // The description of a required field contains this word, so that documentation and schema agree.
    let required: Vec<&str> = fields.iter().filter(|f| f.doc.contains("Required")).map(|f| f.name).collect();
    if !required.is_empty() {
        insert(&mut out, "required", json!(required));
    }
    out
}

fn property(field: &Field, place: &str) -> Value {
    let mut out = value(field.ty);
    let item = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match (place, field.name) {
        ("rule" | "target", "id") => insert(&mut out, "pattern", json!("^[a-z0-9][a-z0-9-]*$")),
        ("rule", "message") => {
            insert(&mut out, "pattern", json!("^([^{}]|\\{\\{|\\}\\}|\\{(key|value|name|type)\\})*$"));
        }
        ("waiver", "reason") => insert(&mut out, "pattern", json!("\\S")),
        ("test", "expect") => {
            let kinds = ViolationKind::VARIANTS.join("|");
            insert(&mut out, "items", item(&format!("^[a-z0-9][a-z0-9-]*(:({kinds}))?$")));
        }
        _ => {}
    }
    // In draft 7, validators ignore everything beside a `$ref`, but editors show the description.
    insert(&mut out, "description", json!(field.doc));
    out
}

fn value(ty: FieldType) -> Value {
    let text = || json!({ "type": "string" });
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    let filled = || json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
    let date = || json!({ "type": "string", "format": "date", "pattern": DATE });
    let whole = || json!({ "type": "integer", "minimum": 0 });
    let list =
        |pattern: &str| json!({ "type": "array", "items": { "type": "string", "pattern": pattern }, "minItems": 1 });
    let listed = |list: Value| json!({ "anyOf": [list, { "type": "string", "pattern": LIST }] });
    match ty {
        FieldType::Text | FieldType::Regex => text(),
        FieldType::NonEmptyText => json!({ "type": "string", "minLength": 1 }),
        FieldType::Key => json!({ "type": "string", "pattern": LITERAL }),
        FieldType::NonEmptyTexts => listed(filled()),
        FieldType::Texts => texts(),
        FieldType::Keys => listed(list("^[\\s\\S]")),
        FieldType::LiteralKeys => listed(list(LITERAL)),
        FieldType::TextOrTexts => json!({ "anyOf": [text(), filled()] }),
        FieldType::Flag => json!({ "type": "boolean" }),
        FieldType::Count => whole(),
        FieldType::Date => date(),
        FieldType::Bound => {
            let today = json!({ "type": "string", "pattern": format!("^today([+-]{})?$", &DAYS[1..DAYS.len() - 1]) });
            json!({ "anyOf": [{ "type": "number" }, date(), today] })
        }
        FieldType::Age => json!({ "anyOf": [{ "type": "string", "pattern": DAYS }, date()] }),
        FieldType::Percent => json!({ "type": "string", "pattern": PERCENT }),
        FieldType::Days => json!({ "type": "string", "pattern": DAYS }),
        FieldType::Choices(known) => {
            let word = json!({ "type": "string", "enum": known });
            json!({ "anyOf": [word, { "type": "array", "items": word, "minItems": 1 }] })
        }
        FieldType::Condition => reference(&CONDITION),
        FieldType::Conditions => json!({ "type": "array", "items": reference(&CONDITION), "minItems": 1 }),
        FieldType::Choice(known) => json!({ "type": "string", "enum": known }),
        FieldType::KeysOrDeclared => {
            let keys = json!({ "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": 1 });
            json!({ "anyOf": [{ "type": "string", "enum": ["declared"] }, { "type": "string", "pattern": LIST }, keys] })
        }
        FieldType::TagTests => {
            let one = json!({ "anyOf": [text(), filled(), { "type": "boolean" }, reference(&DATE_TEST)] });
            json!({ "type": "object", "additionalProperties": one, "minProperties": 1 })
        }
        FieldType::TagMap => json!({ "type": "object", "additionalProperties": text() }),
        FieldType::Settings => {
            let one = || json!({ "type": ["string", "number"] });
            let any = [
                json!({ "type": "boolean" }),
                one(),
                json!({ "type": "array", "items": one() }),
                json!({ "type": "object", "additionalProperties": one() }),
            ];
            json!({ "type": "object", "additionalProperties": { "anyOf": any } })
        }
        FieldType::Table(table) => reference(table),
        FieldType::Tables(table) => json!({ "type": "array", "items": reference(table) }),
        FieldType::Lists => json!({
            "type": "object",
            "propertyNames": { "pattern": NAME },
            "additionalProperties": { "anyOf": [filled(), reference(&LIST_FILE)] },
        }),
        FieldType::ValuesBy => {
            let set = json!({ "type": "object", "additionalProperties": listed(filled()), "minProperties": 1 });
            let keys = json!({ "type": "object", "additionalProperties": set, "minProperties": 1, "maxProperties": 1 });
            let names = ["name", "account", "account-name", "account-ou", "region", "type"];
            let mut properties: Map<String, Value> =
                names.map(|name| (name.to_owned(), set.clone())).into_iter().collect();
            properties.extend(["tags", "account-tags"].map(|name| (name.to_owned(), keys.clone())));
            let mut out = json!({ "type": "object", "properties": properties, "additionalProperties": false });
            insert(&mut out, "minProperties", json!(1));
            insert(&mut out, "maxProperties", json!(1));
            out
        }
        FieldType::Version => json!({ "type": "integer", "enum": [1] }),
    }
}

fn reference(table: &Table) -> Value {
    json!({ "$ref": format!("#/definitions/{}", table.name) })
}

/// A rule has at least one kind. [`rule_dependencies`] ensures that it has at most one.
fn kinds() -> Value {
    let kind = |kind: &KindSpec| {
        let fields: Vec<_> = kind.discriminating_fields.iter().map(|field| json!({ "required": [field] })).collect();
        let mut out = if fields.len() == 1 { fields[0].clone() } else { json!({ "anyOf": fields }) };
        insert(&mut out, "title", json!(format!("{} rule", kind.name)));
        insert(&mut out, "description", json!(kind.summary));
        out
    };
    KINDS.iter().map(kind).collect()
}

/// The fields of kinds that have a requirement.
fn needing(requirement: Requirement) -> impl Iterator<Item = &'static str> {
    KINDS.iter().flat_map(|kind| kind.fields).filter(move |field| field.requirement == requirement).map(|f| f.name)
}

/// The type of `min` and `max` of a rule with one of these formats. An editor reads a date as a string.
fn bounds(formats: &[&str], ty: &str) -> Value {
    json!({
        "if": { "required": ["format"], "properties": { "format": { "enum": formats } } },
        "then": { "properties": { "min": { "type": ty }, "max": { "type": ty } } },
    })
}

/// The fields that each field excludes, and those that it needs.
fn rule_dependencies() -> Value {
    let mut out = Map::new();
    for kind in KINDS {
        for own in kind.discriminating_fields {
            let all = KINDS.iter().flat_map(|kind| kind.fields).map(|field| field.name);
            let foreign = all.filter(|name| !kind.takes(name));
            let twins = kind.discriminating_fields.iter().filter(|other| kind.exclusive && *other != own);
            out.insert((*own).to_owned(), excluding(foreign.chain(twins.copied())));
        }
        for field in kind.fields {
            if let Some(needed) = needed(field.requirement) {
                out.insert(field.name.to_owned(), needed);
            } else if !field.excludes.is_empty() {
                out.insert(field.name.to_owned(), excluding(field.excludes.iter().copied()));
            }
        }
    }
    // Findings that are notes need no grace.
    let failing: Vec<_> = Severity::VARIANTS.iter().filter(|name| **name != Severity::Note.name()).collect();
    out.insert("grace".to_owned(), json!({ "properties": { "severity": { "enum": failing } } }));
    Value::Object(out)
}

/// The schema of a rule with a field that has this requirement. A glob as `key` is excluded by `if` instead.
fn needed(requirement: Requirement) -> Option<Value> {
    match requirement {
        Requirement::None | Requirement::LiteralKey => None,
        Requirement::AnyField([field]) => Some(json!([field])),
        Requirement::AnyField(fields) => {
            let one: Vec<_> = fields.iter().map(|field| json!({ "required": [field] })).collect();
            Some(json!({ "anyOf": one }))
        }
        Requirement::FieldValue(field, values) => {
            Some(json!({ "required": [field], "properties": { field: { "enum": values } } }))
        }
    }
}

/// No property of these names.
fn excluding<'n>(names: impl IntoIterator<Item = &'n str>) -> Value {
    let none: Map<String, Value> = names.into_iter().map(|name| (name.to_owned(), Value::Bool(false))).collect();
    json!({ "properties": none })
}

fn insert(value: &mut Value, name: &str, entry: Value) {
    if let Value::Object(map) = value {
        map.insert(name.to_owned(), entry);
    }
}

/// Sorts the members of every object by name, because their order depends on the features of `serde_json`.
pub(super) fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: std::collections::BTreeMap<_, _> = map.into_iter().collect();
            Value::Object(ordered.into_iter().map(|(name, entry)| (name, sorted(entry))).collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::fields::COMMON;

    #[test]
    fn the_committed_schema_is_current() {
        super::super::assert_committed("rules/schema.json", &json_schema());
    }

    #[test]
    fn what_it_requires_is_what_the_program_requires() {
        let schema: Value = serde_json::from_str(&json_schema()).expect("good JSON");
        let required = |place: &str| schema.pointer(&format!("{place}/required")).cloned();
        for (place, want) in [
            ("", Some(json!(["version"]))),
            ("/definitions/policy", None),
            ("/definitions/list-file", Some(json!(["file"]))),
            ("/definitions/rule", Some(json!(["id"]))),
            ("/definitions/condition", None),
            ("/definitions/target", Some(json!(["id", "rules", "compliant"]))),
            ("/definitions/waiver", Some(json!(["rules", "resources", "reason", "expires"]))),
            ("/definitions/test", Some(json!(["name", "resource", "expect"]))),
            ("/definitions/test-resource", Some(json!(["type"]))),
        ] {
            assert_eq!(required(place), want, "{place}");
        }
    }

    #[test]
    fn lists_that_must_not_be_empty_are_refused_empty_by_the_program_too() {
        for kind in KINDS {
            for field in kind.fields.iter().chain(COMMON) {
                let may = matches!(field.ty, FieldType::Texts);
                let schema = schema_of(field);
                if !may && ["/minItems", "/anyOf/0/minItems"].iter().all(|at| schema.pointer(at).is_none()) {
                    continue;
                }
                let own = kind.discriminating_fields.contains(&field.name);
                let example = if own { "" } else { kind.example };
                let text = format!("version = 1\n[[rule]]\nid = 'r'\n{example}\n{} = []\n", field.name);
                assert_eq!(super::super::load_text(&text).is_ok(), may, "{} of {}", field.name, kind.name);
            }
        }
    }

    fn schema_of(field: &Field) -> Value {
        let schema: Value = serde_json::from_str(&json_schema()).expect("good JSON");
        schema["definitions"]["rule"]["properties"][field.name].clone()
    }

    #[test]
    fn every_field_of_every_table_is_there_with_its_text() {
        let schema: Value = serde_json::from_str(&json_schema()).expect("good JSON");
        for described in [TOP, POLICY, LIST_FILE, RULE, CONDITION, DATE_TEST, WAIVER, TEST, TEST_RESOURCE] {
            let at = if described == TOP { String::new() } else { format!("/definitions/{}", described.name) };
            let names: std::collections::BTreeSet<_> = described.fields.iter().map(|field| field.name).collect();
            for field in described.fields {
                let text = schema.pointer(&format!("{at}/properties/{}/description", field.name));
                assert_eq!(text.and_then(Value::as_str), Some(field.doc), "{at} {}", field.name);
            }
            let table = schema.pointer(&at).and_then(Value::as_object).expect("a table");
            assert_eq!(table["additionalProperties"], json!(false));
            assert_eq!(table["properties"].as_object().map(Map::len), Some(names.len()));
        }
    }
}
