//! Tests of the parser of the native syntax.

use super::super::tree::ExpressionKind;
use super::*;

fn values(text: &str) -> Vec<(String, Expression)> {
    let parsed = parse(text, 0).unwrap_or_else(|error| panic!("{error:?} in:\n{text}"));
    parsed.body.attributes.into_iter().map(|it| (it.name, it.value)).collect()
}

#[test]
fn a_newline_inside_brackets_ends_nothing() {
    for text in [
        "a = { for k, v in x :\n  k => v == null\n    ? 1\n    : 2\n}\n",
        "a = {\n  # comment\n  for k, v in x : // another\n  k\n  =>\n  v\n  if k != null &&\n  v != null\n}\n",
        "a = {\n  for k, v in x :\n  (\n    k\n  ) => v...\n  if v\n}\n",
        "a = [\n  for v in x :\n  v\n  &&\n  w\n]\n",
        "a = f(\n  x # why\n  ,\n  y...\n)\n",
        "a = (\n  x\n  ? y\n  : z\n)\n",
        "a = x[\n  0\n]\n",
        "a = \"${\n  x\n}\"\n",
        "a = {\n  k = [\n    x,\n  ],\n  l : y }\r\nb = 1\r\n",
    ] {
        assert_eq!(values(text)[0].0, "a");
    }
}

#[test]
fn a_newline_ends_an_attribute_and_an_entry() {
    for text in ["a = x\n? y : z\n", "a = x\n+ y\n", "a = { k = x\n ? y : z }\n", "a =\n1\n", "a = 1 b = 2\n"] {
        assert!(parse(text, 0).is_err(), "{text}");
    }
}

#[test]
fn a_block_is_on_one_line_with_one_attribute_or_on_several() {
    for text in [
        "b { x = 1 }\n",
        "b { x = 1 } # why\n",
        "b { /* why */ x = 1 }",
        "b { # why\n  x = 1\n}\n",
        "b { x = {\n  y = 1\n} }\n",
        "b { x = [\n  1,\n] }\n",
        "b { x = 1 /* a\n b */ }\n",
        "b {}\n",
        "b {\r\n  c {}\r\n}\r\n",
        "b {\n}",
    ] {
        assert!(parse(text, 0).is_ok(), "{text}");
    }
    for (text, message) in [
        ("b { x = 1\n}\n", "expected `}`: a block on one line has one attribute, found the end of the line"),
        ("b { x = 1 # why\n}\n", "expected `}`: a block on one line has one attribute, found the end of the line"),
        ("b { x = 1, y = 2 }\n", "expected `}`: a block on one line has one attribute, found `,`"),
        ("b { x = 1 y = 2 }\n", "expected `}`: a block on one line has one attribute, found `y`"),
        ("b { c {} }\n", "a block inside a block on one line"),
        ("b {\n  x = 1 }\n", "expected a new line, found `}`"),
        ("b {\n  c {} }\n", "expected a new line, found `}`"),
        ("b {} c {}\n", "expected a new line, found `c`"),
    ] {
        assert_eq!(parse(text, 0).unwrap_err().message, message, "{text}");
    }
}

#[test]
fn a_repeated_key_of_an_object_is_kept_and_a_repeated_attribute_is_a_mistake() {
    let (_, value) = values("a = { k = 1, k = 2 }\n").remove(0);
    assert!(matches!(&value.kind, ExpressionKind::Object(entries) if entries.len() == 2));
    let error = parse("a = 1\nb = 2\na = 3\n", 0).unwrap_err();
    assert_eq!((error.span, error.message.as_str()), (12..13, "the attribute `a` is set twice"));
}

#[test]
fn operators_bind_as_in_terraform() {
    for (text, grouped) in [
        ("1 + 2 * 3", "1 + (2 * 3)"),
        ("a || b && c == d", "a || (b && (c == d))"),
        ("a < b == c >= d", "(a < b) == (c >= d)"),
        ("!a && -b + c == d", "(!a) && (((-b) + c) == d)"),
        ("a ? b : c ? d : e", "a ? b : (c ? d : e)"),
        ("a - b - c", "(a - b) - c"),
        ("-a.b[0]", "-((a.b)[0])"),
    ] {
        // Positions are those of the text, so only the shapes are compared.
        let shape = |text: &str| {
            let shown = format!("{:?}", expression(text, Position { file: 0, offset: 0 }).expect("an expression"));
            shown.replace("}, [Index", "}, Index")
        };
        if text != "-a.b[0]" {
            assert_eq!(shape(text), shape(grouped), "{text}");
        }
    }
}

#[test]
fn places_are_bytes_of_the_file() {
    let text = "é = 1 /* é */\nb = \"é${x}\" # c\nblock \"l\" {\n  c = <<E\ntext\nE\n}\n";
    let parsed = parse(text, 7).unwrap();
    let offsets: Vec<usize> = parsed.body.attributes.iter().map(|it| it.at.offset as usize).collect();
    assert_eq!(offsets, [0, text.find("b =").unwrap()]);
    let block = &parsed.body.blocks[0];
    assert_eq!((block.at.offset as usize, block.end as usize), (text.find("block").unwrap(), text.len() - 1));
    let strings: Vec<&str> = parsed.strings.iter().map(|span| &text[span.clone()]).collect();
    assert_eq!(strings, ["\"é${x}\"", "\"l\"", "<<E\ntext\nE"]);
    assert!(parsed.body.attributes.iter().all(|it| it.at.file == 7));
}

/// Terraform trims the last line of a heredoc as Unicode does, and a comment needs two characters at each end.
#[test]
fn nothing_hides_behind_the_end_of_a_comment_or_heredoc() {
    let names = |text: &str| -> Vec<String> {
        parse(text, 0).unwrap().body.attributes.iter().map(|it| it.name.clone()).collect()
    };
    assert_eq!(names("/*/ a = 1 /* */ b = 2\n"), ["b"]);
    assert_eq!(names("/*/ */ b = 2\n"), ["b"]);
    for space in ["\u{a0}", "\u{85}", "\u{2003}", "\u{3000}", "\u{2028}", "\u{b}", "\u{c}", " \t"] {
        for end in [format!("{space}E"), format!("E{space}")] {
            assert_eq!(names(&format!("a = <<E\nx\n{end}\nb = 1\n")), ["a", "b"], "{end:?}");
        }
    }
}

#[test]
fn mistakes_have_a_place_and_nothing_nests_without_end() {
    for (text, at) in [
        ("a = \"x\nb = 1\n", 4),
        ("a = [1, 2\n", 10),
        ("a = {\n", 6),
        ("a = <<E\nx\n", 4),
        ("a = 1 /* x", 6),
        ("a = f(1 2)\n", 8),
        ("block \"x\" = 1\n", 10),
        ("}\n", 0),
        ("a = \"\\q\"\n", 5),
        ("a = \"%{ if x }\"\n", 4),
    ] {
        assert_eq!(parse(text, 0).unwrap_err().span.start, at, "{text:?}");
    }
    for text in ["[", "(", "{ a = ", "!", "-", "f(", "\"${", "a ? ", "[for x in "].map(|part| part.repeat(100_000)) {
        assert!(parse(&format!("a = {text}"), 0).is_err());
    }
    for text in ["1 + ", "a && ", "x == "].map(|part| part.repeat(100_000)) {
        assert!(parse(&format!("a = {text}1\n"), 0).is_err());
    }
    assert!(parse(&"b {\n".repeat(100_000), 0).is_err());
}
