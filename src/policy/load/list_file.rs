//! The items of a list in a file: text, CSV or JSON.

use serde_json::Value;

use crate::base::quote;
use crate::policy::compile::lists::ListFileFields;
use crate::policy::remote::ending;

/// The items of a file, or its mistake. The message has the line, but no text of the file: a policy of somebody else may
/// name any file in its folder.
pub(super) fn items(fields: &ListFileFields, text: &str) -> Result<Vec<String>, String> {
    let name = &fields.file.value;
    let items = match (&fields.column, ending(name)) {
        (Some(column), _) => of_csv(&column.value, name, text)?,
        (None, "json") => of_json(fields.pointer.as_ref().map_or("", |pointer| &pointer.value), name, text)?,
        (None, _) => of_lines(text),
    };
    if items.is_empty() { Err(format!("{name} has no item")) } else { Ok(items) }
}

/// One item on each line, without outer space; empty lines and lines that begin with `#` are none.
fn of_lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

fn of_csv(column: &str, name: &str, text: &str) -> Result<Vec<String>, String> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let at = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("{name}:{line}: the row has {len} columns, and the first line has {expected_len}")
            }
            _ => format!("{name}:{line}: no row of a CSV file"),
        }
    };
    let header = reader.headers().map_err(|error| at(&error))?.clone();
    let mut found = header.iter().enumerate().filter(|(_, name)| name.trim() == column).map(|(at, _)| at);
    let Some(index) = found.next() else {
        return Err(format!("{name}:1: the file has no column {}", quote(column)));
    };
    if found.next().is_some() {
        return Err(format!("{name}:1: the file has more than one column {}", quote(column)));
    }
    let mut out = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| at(&error))?;
        let item = record.get(index).unwrap_or_default().trim();
        if !item.is_empty() {
            out.push(item.to_owned());
        }
    }
    Ok(out)
}

fn of_json(pointer: &str, name: &str, text: &str) -> Result<Vec<String>, String> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| format!("{name}:{}:{}: the file is not valid JSON", error.line(), error.column()))?;
    let place = if pointer.is_empty() { "the document".to_owned() } else { quote(pointer) };
    let Some(found) = document.pointer(pointer) else {
        return Err(format!("{name} has nothing at {place}"));
    };
    let Some(items) = found.as_array() else {
        return Err(format!("{name}: {place} is no array of strings"));
    };
    let text = |(at, item): (usize, &Value)| {
        item.as_str().map(str::to_owned).ok_or_else(|| format!("{name}: item {} of {place} is no string", at + 1))
    };
    items.iter().enumerate().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Located;

    fn read(file: &str, column: &str, pointer: &str, text: &str) -> String {
        let located = |text: &str| Located { value: text.to_owned(), span: 0..0 };
        let given = |text: &str| (!text.is_empty()).then(|| located(text));
        let fields = ListFileFields { file: located(file), column: given(column), pointer: given(pointer) };
        items(&fields, text).map_or_else(|error| format!("error: {error}"), |items| items.join("|"))
    }

    #[test]
    fn items_of_every_form() {
        for (file, column, pointer, text, want) in [
            ("a.txt", "", "", "# codes\n 100 \r\n\n200\n@x\n", "100|200|@x"),
            ("a.txt", "", "", "\n#x\n", "error: a.txt has no item"),
            ("a.csv", "code", "", "name,code\r\n\"a, b\",100\nc,\nd, 200 \n", "100|200"),
            ("a.csv", "Code", "", "name,code\na,b\n", "error: a.csv:1: the file has no column \"Code\""),
            ("a.csv", "c", "", "c,c\na,b\n", "error: a.csv:1: the file has more than one column \"c\""),
            ("a.csv", "c", "", "b,c\n1,2\n3\n", "error: a.csv:3: the row has 1 columns, and the first line has 2"),
            ("a.json", "", "", "[\"a\", \"b*\"]", "a|b*"),
            ("a.json", "", "/x/0/y", "{\"x\": [{\"y\": [\"a\"]}]}", "a"),
            ("a.json", "", "/z", "{\"x\": []}", "error: a.json has nothing at \"/z\""),
            ("a.json", "", "", "{\"x\": []}", "error: a.json: the document is no array of strings"),
            ("a.json", "", "", "[\"a\", 7]", "error: a.json: item 2 of the document is no string"),
            ("a.json", "", "", "[\n\"secret", "error: a.json:2:7: the file is not valid JSON"),
            ("a.json", "", "", &"[".repeat(100_000), "error: a.json:1:128: the file is not valid JSON"),
        ] {
            assert_eq!(read(file, column, pointer, text), want, "{text:.40}");
        }
    }
}
