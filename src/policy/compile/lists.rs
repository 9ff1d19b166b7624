//! The `[lists]` table of a file, before the names in it are looked up.

use std::sync::Arc;

use toml::de::DeValue;

use super::hints::{TOP_PLACE, misplaced, states_a_version};
use super::nesting::too_deep;
use crate::base::{Diagnostic, SourceFile, quote};
use crate::policy::fields;
use crate::policy::remote::ending;
use crate::rule::{Diagnostics, Lists, Located, TableFields};

/// A list as its file declares it.
pub(in crate::policy) struct ListDefinition {
    pub(in crate::policy) name: Located<String>,
    pub(in crate::policy) file: Arc<SourceFile>,
    pub(in crate::policy) content: ListContent,
}

/// The content of a list.
pub(in crate::policy) enum ListContent {
    Items(Vec<ListItem>),
    File(ListFileFields),
}

/// An item of a list in a policy.
pub(in crate::policy) enum ListItem {
    Text(String),
    /// The items of another list, or of the list of this name that this one replaces.
    List(Located<String>),
}

/// The fields of a list in a file.
pub(in crate::policy) struct ListFileFields {
    pub(in crate::policy) file: Located<String>,
    pub(in crate::policy) column: Option<Located<String>>,
    pub(in crate::policy) pointer: Option<Located<String>>,
}

/// The files that a policy file extends, and its lists.
pub(in crate::policy) struct Outline {
    pub(in crate::policy) extends: Vec<Located<String>>,
    pub(in crate::policy) lists: Vec<ListDefinition>,
    pub(in crate::policy) problems: Vec<Diagnostic>,
}

/// Reads what must be known before the rules of any file are compiled. Mistakes outside of `[lists]` are reported later.
pub(in crate::policy) fn outline(file: &Arc<SourceFile>) -> Outline {
    let mut out = Outline { extends: Vec::new(), lists: Vec::new(), problems: Vec::new() };
    let concerned = file.text.contains("extends") || file.text.contains("lists");
    if file.built_in || !concerned || !states_a_version(&file.text) || too_deep(&file.text).is_some() {
        return out;
    }
    let (table, errors) = toml::de::DeTable::parse_recoverable(&file.text);
    if !errors.is_empty() {
        return out;
    }
    let mut diagnostics = diagnostics(file, Lists::default());
    let top = TableFields::read(&mut diagnostics, TOP_PLACE, table.get_ref(), 0..0, fields::TOP.fields);
    // The whole file is read again with all lists, and its mistakes are reported then.
    diagnostics.list.clear();
    out.extends = top.texts("extends").map(|texts| texts.value).unwrap_or_default();
    if let Some(lists) = top.table("lists") {
        for (key, value) in lists.value {
            let name = Located { value: key.get_ref().clone().into_owned(), span: key.span() };
            let content = content(&mut diagnostics, &name, value);
            out.lists.extend(content.map(|content| ListDefinition { name, file: Arc::clone(file), content }));
        }
    }
    out.problems = diagnostics.list;
    out
}

/// Diagnostics of a file of a policy with these lists.
pub(super) fn diagnostics(file: &Arc<SourceFile>, lists: impl Into<Arc<Lists>>) -> Diagnostics<'_> {
    Diagnostics { file, list: Vec::new(), pattern_bytes: 0, lists: lists.into(), misplaced }
}

fn content(
    diagnostics: &mut Diagnostics<'_>,
    name: &Located<String>,
    value: &toml::Spanned<DeValue<'_>>,
) -> Option<ListContent> {
    if !is_name(&name.value) {
        diagnostics.error_help(
            name.span.clone(),
            format!("invalid name of a list {}", quote(&name.value)),
            "start with a lowercase letter or digit, and use only lowercase letters, digits and `-`",
        );
        return None;
    }
    match value.get_ref() {
        DeValue::Array(items) if items.is_empty() => {
            diagnostics.error_help(
                value.span(),
                format!("the list {} is empty, so it matches nothing", quote(&name.value)),
                "add an item, or remove the list",
            );
            None
        }
        DeValue::Array(items) if items.iter().all(|item| item.get_ref().is_str()) => {
            let item = |item: &toml::Spanned<DeValue<'_>>| Some(item_of(item.get_ref().as_str()?, item.span()));
            Some(ListContent::Items(items.iter().filter_map(item).collect()))
        }
        DeValue::Table(table) => file_fields(diagnostics, table, value.span()).map(ListContent::File),
        DeValue::String(file) => {
            let help = format!("write {} = {{ file = {} }} for a file", name.value, quote(file));
            diagnostics.error_help(value.span(), "a list is a list of strings, or a table with `file`", help);
            None
        }
        _ => {
            diagnostics.error(value.span(), "a list is a list of strings, or a table with `file`");
            None
        }
    }
}

/// A list names another one with `@`; a text that begins with `@` is written with two of them.
fn item_of(text: &str, span: crate::base::Span) -> ListItem {
    match text.strip_prefix('@') {
        Some(literal) if literal.starts_with('@') => ListItem::Text(literal.to_owned()),
        Some(name) => ListItem::List(Located { value: name.to_owned(), span }),
        None => ListItem::Text(text.to_owned()),
    }
}

fn is_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.bytes().next().is_some_and(good) && name.bytes().all(|byte| good(byte) || byte == b'-')
}

fn file_fields(
    diagnostics: &mut Diagnostics<'_>,
    table: &toml::de::DeTable<'_>,
    span: crate::base::Span,
) -> Option<ListFileFields> {
    let before = diagnostics.errors();
    let fields = TableFields::read(diagnostics, "the list", table, span.clone(), fields::LIST_FILE.fields);
    let Some(file) = fields.text("file") else {
        if diagnostics.errors() == before {
            diagnostics.error_help(span, "the list has no `file`", "add one, such as file = \"codes.txt\"");
        }
        return None;
    };
    let (column, pointer) = (fields.text("column"), fields.text("pointer"));
    let ending = ending(&file.value);
    match ending {
        "csv" if column.is_none() => diagnostics.error_help(
            file.span.clone(),
            "a list in a `.csv` file needs `column`",
            "name the column as the first line of the file does",
        ),
        "csv" | "txt" | "json" => {}
        _ => diagnostics.error_help(
            file.span.clone(),
            format!("{} is no file of a list", quote(&file.value)),
            "its name ends in .txt (one item on each line), .csv or .json",
        ),
    }
    for (field, name, kind) in [(&column, "column", "csv"), (&pointer, "pointer", "json")] {
        if let Some(field) = field.as_ref().filter(|_| ending != kind) {
            diagnostics.error_help(field.span.clone(), format!("`{name}` is for a `.{kind}` file"), "remove the field");
        }
    }
    (diagnostics.errors() == before).then_some(ListFileFields { file, column, pointer })
}
