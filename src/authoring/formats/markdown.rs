//! The formats as a page of the documentation, `docs/schemas.md`.

use std::fmt::Write as _;

use super::FORMAT_SCHEMAS;
use super::spec::{FormatSchema, Object, Type};

const HEADER: &str = "<!-- generated from src/authoring/formats: change the texts there, then run the tests with TAGLINT_BLESS=1 -->

# Schemas of files

What taglint writes for programs has a JSON Schema (draft 2020-12). `taglint schema NAME` prints it, and the files are in
[schemas](../schemas). Tests validate real output with them.

```console
$ taglint schema report > report.schema.json
$ taglint check inventory.jsonl --output report.json
$ check-jsonschema --schemafile report.schema.json report.json
```

In files with JSON Lines each line is a document of its own. `taglint schema policy` prints the schema of policy files, which
editors read ([policy.md](policy.md#errors-in-a-policy)).

**Stability.** While `version` is 1, a field keeps its name, type and meaning. A newer taglint can write new fields and new
words: ignore what you do not know. The exception is a fix plan, in which taglint refuses unknown fields. An optional field is
absent where it has nothing to say. Files of older versions may lack fields that are required here; taglint reads them.

**Units.** A time is RFC 3339, a day is `YYYY-MM-DD` in UTC, a share is in percent, lines and columns count from 1. The results
of `taglint check --event` are reports.

";

/// The page `docs/schemas.md`.
#[must_use]
pub fn schemas_markdown() -> String {
    let mut out = HEADER.to_owned();
    let rows = FORMAT_SCHEMAS.iter().map(|format| {
        let name = format.name;
        format!(
            "| [`{name}`](#{name}) | [{}](../{}) | {} | {} |\n",
            format.file, format.file, format.about, format.page
        )
    });
    out.push_str("| name | file | describes | more |\n|---|---|---|---|\n");
    out.extend(rows);
    let mut shown: Vec<&Object> = Vec::new();
    for format in FORMAT_SCHEMAS {
        section(&mut out, format, &mut shown);
    }
    out
}

/// The section of a format, with the objects that no section above shows.
fn section(out: &mut String, format: &FormatSchema, shown: &mut Vec<&'static Object>) {
    let _ = write!(out, "\n## {}\n\n{}.\n", format.name, format.about);
    if format.roots.len() > 1 {
        let names: Vec<String> = format.roots.iter().map(|root| format!("`{}`", root.name)).collect();
        let _ = write!(out, "\nA line is one of {}.\n", names.join(", "));
    }
    let is_new = |object: &&Object| !shown.iter().any(|known| std::ptr::eq(*known, *object));
    let (new, old): (Vec<&Object>, Vec<&Object>) = format.objects().into_iter().partition(is_new);
    if !old.is_empty() {
        let names: Vec<String> = old.iter().map(|object| format!("*{}*", object.name)).collect();
        let _ = write!(out, "\nThese objects are described above: {}.\n", names.join(", "));
    }
    shown.extend(&new);
    for object in new {
        let _ = write!(out, "\n### {}: {}\n\n{}.\n\n", format.name, object.name, object.about);
        out.push_str("| field | value | meaning |\n|---|---|---|\n");
        for field in object.fields() {
            let optional = if field.optional { ", optional" } else { "" };
            let _ = writeln!(out, "| `{}` | {}{optional} | {} |", field.name, words(field.ty), field.about);
        }
    }
}

/// The type in words.
fn words(ty: Type) -> String {
    match ty {
        Type::Text => "text".to_owned(),
        Type::Day => "day".to_owned(),
        Type::Time => "time".to_owned(),
        Type::Count => "number".to_owned(),
        Type::Percent => "percent".to_owned(),
        Type::Flag => "`true` or `false`".to_owned(),
        Type::Word(word) => format!("`\"{word}\"`"),
        Type::Version(version) => format!("`{version}`"),
        Type::Words(names) => names().iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        Type::List(inner) => format!("list of {}", words(*inner)),
        Type::Pair(first, second) => format!("list of two: {}, {}", words(*first), words(*second)),
        Type::Map(inner) => format!("object: names with {}", words(*inner)),
        Type::Object(Object { name, .. }) => format!("*{name}*"),
        Type::Nullable(inner) => format!("{} or `null`", words(*inner)),
        Type::Any(types) => types.iter().map(|ty| words(*ty)).collect::<Vec<_>>().join(", or "),
    }
}
