//! Tests of the YAML tree.

use super::*;
use crate::syntax::testing::{file, yaml};

/// The written text of each scalar and key of a tree, in order; a key is followed by a colon and its value.
fn places(text: &str) -> Vec<String> {
    fn walk(node: &Node, text: &str, out: &mut Vec<String>) {
        match &node.kind {
            NodeKind::List(items) => items.iter().for_each(|item| walk(item, text, out)),
            NodeKind::Map(entries) => {
                for entry in entries {
                    out.push(format!("{}:{}", &text[entry.key_span.clone()], entry.key));
                    walk(&entry.value, text, out);
                }
            }
            _ => out.push(text[node.span.clone()].to_owned()),
        }
    }
    let mut out = Vec::new();
    walk(&yaml(text), text, &mut out);
    out
}

#[test]
fn every_node_knows_its_bytes() {
    let want = ["ä:ä", "ü x", "b:b", ":Ref", "!Ref P", "c:c", "'ö'", "\"d\":d", "12"];
    for text in [
        "ä: ü x # ✓\nb: !Ref P\nc: ['ö']\n\"d\": 12\n",
        "\u{feff}ä: ü x # ✓\r\nb: !Ref P\r\nc:\r\n- 'ö'\r\n\"d\": 12",
        "{ä: ü x, b: !Ref P, c: ['ö'], \"d\": 12}",
    ] {
        assert_eq!(places(text), want, "{text}");
    }
}

#[test]
fn short_tags_are_the_functions_that_they_stand_for() {
    for (short, long) in [
        ("!Ref P", "{Ref: P}"),
        ("!Sub '${P}'", "{Fn::Sub: '${P}'}"),
        ("!If [C, !Ref A, b]", "{Fn::If: [C, {Ref: A}, b]}"),
        ("!GetAtt A.B", "{Fn::GetAtt: A.B}"),
        ("!Condition C", "{Condition: C}"),
        ("!FindInMap\n - M\n - !Ref A\n - b\n", "{Fn::FindInMap: [M, {Ref: A}, b]}"),
        ("!Transform {Name: X}", "{Fn::Transform: {Name: X}}"),
        ("!!str 12", "'12'"),
        ("! 12", "'12'"),
        ("!!int 12", "12"),
    ] {
        assert_eq!(bare(&yaml(short)), bare(&yaml(long)), "{short}");
    }
}

/// A tree without spans.
fn bare(node: &Node) -> serde_json::Value {
    match &node.kind {
        NodeKind::List(items) => items.iter().map(bare).collect::<Vec<_>>().into(),
        NodeKind::Map(entries) => {
            serde_json::Value::Object(entries.iter().map(|e| (e.key.clone(), bare(&e.value))).collect())
        }
        other => format!("{other:?}").into(),
    }
}

#[test]
fn aliases_and_merges_are_what_they_name() {
    let text = "a: &a {x: 1, y: &y [2]}\nb: {<<: *a, x: 3, z: *y}\nc: {<<: [{x: 4}, *a]}\n";
    let want = "{a: {x: 1, y: [2]}, b: {x: 3, z: [2], y: [2]}, c: {x: 4, y: [2]}}";
    assert_eq!(bare(&yaml(text)), bare(&yaml(want)));
}

#[test]
fn two_merges_may_not_give_a_key_two_values() {
    let problem = |text: &str| parse(&file(text)).err().map(|problem| problem.message);
    let maps = "a: &a {x: 1}\nb: &b {x: 2}\n";
    let twice = problem(&format!("{maps}c:\n  <<: *a\n  <<: *b\n"));
    assert_eq!(twice.as_deref(), Some("duplicate key \"x\": two `<<` give it different values"));
    for good in ["c: {<<: [*a, *b]}\n", "c: {<<: *a, <<: *a}\n", "c: {<<: *a, <<: *b, x: 3}\n"] {
        assert_eq!(problem(&format!("{maps}{good}")), None, "{good}");
    }
}

#[test]
fn a_value_is_literal_where_its_span_alone_decides_it() {
    let text = "a: {k: v, 'q': \"w\"  , n: 12, t: true, z: ~}\nb: &b x\nc: *b\nd: !Ref P\ne: |\n  x\nf: 'x\n  y'\n\
                    g: {<<: {m: 1}, &k o: 2}\n";
    let root = yaml(text);
    let literals: Vec<_> =
        root.get("a").unwrap().entries().iter().map(|entry| entry.value.literal(text).unwrap()).collect();
    assert_eq!(literals, ["v", "w", "12", "true", "~"]);
    assert_eq!(&text[root.get("a").unwrap().get("q").unwrap().span.clone()], "\"w\"");
    for key in ["b", "c", "d", "e", "f", "g"] {
        assert_eq!(root.get(key).unwrap().literal(text), None, "{key}");
    }
    let keys: Vec<_> =
        root.get("g").unwrap().entries().iter().map(|entry| (entry.key.as_str(), entry.is_literal)).collect();
    assert_eq!(keys, [("o", false), ("m", false)]);
    assert!(root.get("a").unwrap().is_flow(text) && !root.is_flow(text));
}

#[test]
fn a_key_that_is_no_string_costs_its_entry_only() {
    let keys = |text: &str| yaml(text).entries().iter().map(|entry| entry.key.clone()).collect::<Vec<_>>();
    assert_eq!(keys("a: 1\n? [b]\n: 2\n!Ref C: 3\n"), ["a", "Fn::? [b]", "Fn::? !Ref C"]);
    assert_eq!(keys("a: &x b\n*x : 2\n{c: d}: 3\n"), ["a", "b", "Fn::? {c: d}"]);
    assert_eq!(keys("on: 1\nYes: 2\n1.10: 3\n~: 4\n"), ["on", "Yes", "1.10", "~"]);
}

#[test]
fn yaml_is_what_pyyaml_reads() {
    for (text, want) in [
        ("a: 'b\nc'\n", r#"{"a":"Text(\"b c\")"}"#),
        ("a: \"b\n\nc\\\n  d\"\nf: 1\n", r#"{"a":"Text(\"b\\ncd\")","f":"Number(\"1\")"}"#),
        (
            "a:\n  b: [\n    'c'\n  ]\n  d: {\n    'e': \"f\"\n  }\n",
            r#"{"a":{"b":["Text(\"c\")"],"d":{"e":"Text(\"f\")"}}}"#,
        ),
        ("[!Ref A: b, c: d, ? e]", r#"[{"Fn::? !Ref A":"Text(\"b\")"},{"c":"Text(\"d\")"},{"e":"Null"}]"#),
        ("{a, 'b':c, d: , http://x:80: e}", r#"{"a":"Null","b":"Text(\"c\")","d":"Null","http://x:80":"Text(\"e\")"}"#),
        ("a:\n- b\n-\n- - c\n  - d\n", r#"{"a":["Text(\"b\")","Null",["Text(\"c\")","Text(\"d\")"]]}"#),
        (
            "a: >-\n  b\n  c\n\n   d\n  e\n\nf: |+2\n   g\n\n",
            r#"{"a":"Text(\"b c\\n\\n d\\ne\")","f":"Text(\" g\\n\\n\")"}"#,
        ),
        ("%YAML 1.1\n%TAG !x! !\n--- \na: !x!Ref b\n...\n", r#"{"a":{"Ref":"Text(\"b\")"}}"#),
        ("a: b\t# c\nd:\te\tf\n", r#"{"a":"Text(\"b\")","d":"Text(\"e\\tf\")"}"#),
    ] {
        assert_eq!(bare(&yaml(text)).to_string(), want, "{text}");
    }
    for text in [
        "a: 'b\n--- c'\n",
        "a: b: c\n",
        "a:\n\tb: c\n",
        "a: @b\n",
        "]\n",
        "a: 1\nb\n",
        "a: !x!y z\n",
        "a: !%ff b\n",
        "a: \u{1}\n",
    ] {
        assert!(parse(&file(text)).is_err(), "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let laughs = (1..9).fold("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, n| {
        let last = n - 1;
        text + &format!("a{n}: &a{n} [{}]\n", vec![format!("*a{last}"); 10].join(","))
    });
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 1000].join(","));
    for (text, line, column, words) in [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "duplicate key \"a\""),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second YAML document"),
        ("a: [1\nb: 2\n", 2, 2, "not YAML"),
        ("ü: é\n\"b: 2\n", 2, 0, "not YAML"),
        ("a: &a [*a]\n", 1, 8, "refers to a value that contains it"),
        ("a: *b\n", 1, 4, "not YAML"),
        ("", 1, 1, "no YAML document"),
        (&laughs, 6, 1, "more than 500000 values"),
        (&long, 2, 1, "more than 500000 values"),
        (&("[".repeat(65) + &"]".repeat(65)), 1, 65, "nested more than 64 deep"),
        (&"- ".repeat(1 << 20), 1, 129, "nested more than 64 deep"),
        (
            &format!("a: &a {}\nb: {}*a{}\n", "[".repeat(40) + &"]".repeat(40), "[".repeat(40), "]".repeat(40)),
            2,
            0,
            "deep",
        ),
    ] {
        let file = file(text);
        let problem = parse(&file).expect_err(words);
        let at = file.line_column(problem.span.start);
        let short = &text[..text.len().min(60)];
        assert!(problem.message.contains(words), "{short}: {}", problem.message);
        assert_eq!(at.0, line, "{short}: {}", problem.message);
        assert!(column < 2 || at.1 == column, "{short}: column {}: {}", at.1, problem.message);
    }
}
