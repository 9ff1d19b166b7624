//! JSON as the content of an HTML `script` element.

use serde::Serialize;

use super::json;

/// A value as JSON that stays inside its `script` element: `<`, `>` and `&` are written as `\u003c`, `\u003e` and `\u0026`,
/// because `</script` would end the element and `<!--` would change how the rest is read (HTML Standard, "Restrictions for
/// contents of script elements"). In JSON these characters occur in strings only, so a parser reads the original text.
#[must_use]
pub fn to_string(value: &(impl Serialize + ?Sized)) -> String {
    let json = json::to_string(value);
    if !json.contains(['<', '>', '&']) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_the_element_or_begins_a_comment() {
        let texts = ["</script><script>alert(1)</script>", "<!-- -->", "]]>", "a && b", "\u{2028}\u{202e}\0", "\"\\"];
        let json = to_string(&texts);
        assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{202e}', '\0']), "{json}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), texts);
    }
}
