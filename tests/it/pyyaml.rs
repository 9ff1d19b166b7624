//! The YAML reader against `PyYAML`, which AWS's own tools use: the same texts are read, as the same trees.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use taglint::base::SourceFile;
use taglint::syntax::{DuplicateReading, Node, NodeKind, yaml};

use crate::common::skip;

/// Texts that each have constructs of templates. The generator changes them.
const CORPUS: &[&str] = &[
    "Resources:\n  U:\n    Type: AWS::IAM::User\n    Properties:\n      Tags:\n      - Key: a\n        Value: 'b\nc'\n",
    "a:\n  b: [\n    'c', \"d\"\n  ]\n  e: {\n    'f': \"g\", h: [i, j: k]\n  }\n",
    "A: !If [IsX, !Ref B, {C: !Sub '${D}-x'}]\nE: !GetAtt F.G\n",
    "A: !Join\n  - '-'\n  - - a\n    - !Ref B\nC: !Sub\n  - 'x${Y}'\n  - {Y: z}\n",
    "D: >-\n  one\n  two\n\n    three\n  four\nE: |+\n  x\n\n\nF: |2\n    y\n",
    "a: &x {b: c}\nd: *x\ne: &y f\n? *y\n: g\n? [h]\n: i\n",
    "# comment\n--- # more\n'a b': \"c\\u00e9\\x41\\\n  d\"   # end\n\"e\": f#g h # i\n...\n",
    "- a\n-\n  - b\n  - c: d\n    e: f\n- ? g\n  : h\n- - - i\n",
    "on: yes\nNo: ~\n1.10: 010\nnull: 2026-11-27\narn: arn:aws:iam::1:role/x\nurl: http://x/?a=b&c\n",
    "{a: b, 'c':d, \"e\": , f, ? g : h, i: [j, k, ], }\n",
    "a: b\n  c\n\n  d\ne:\n- f\n- g\nh: i é ü\nj: 'k''l'\n",
    "A: &a {x: 1, y: 2}\nB: &b\n  w: 3\n  z: 4\nC:\n  <<: *a\n  y: 5\n  <<: *b\nD: {<<: [*a, *b], w: 6}\n",
    "A: &a {x: 1}\nB: &b !Sub {x: 2}\nC:\n  <<: *b\nD:\n  '<<': *a\n  !!str <<: *a\nE:\n  <<: {<<: *a, z: 3}\n",
    "%YAML 1.1\n%TAG !t! !\n---\na: !t!Ref b\nc: !<!Sub> d\ne: ! 12\nf: !!str 3\n",
];

/// Texts that `PyYAML` refuses.
const REFUSED: &[&str] =
    &["A: b\nC:\n  <<: text\n", "C: {<<: [{d: e}, f]}\n", "A: &a b\nC: &a d\n", "C: {<<: !If [d, e]}\n"];

/// Pieces that the generator puts into a text.
const PIECES: &[&str] = &[
    "\n", "\n", " ", " ", "  ", "\n  ", "- ", "-", ": ", ":", "? ", "[", "]", "{", "}", ",", ", ", "'", "\"", "#",
    " #", "|\n", ">-\n", "|+1\n", "&x ", "*x", "!Ref ", "!!str ", "!", "%", "@", "é", "---\n", "...\n", "--- ", "\\",
    "\\n", "\r\n", "\u{85}", "\u{2028}", "a", "b: c", "~", "''", "\"\"", "`", "=", "!a!b ", "!<x> ", "\t",
];

/// A generator of numbers, the same in each run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

/// A text of the corpus with a few pieces inserted, removed, or taken from another.
fn changed(numbers: &mut Numbers) -> String {
    let mut text: Vec<char> = CORPUS[numbers.below(CORPUS.len())].chars().collect();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(text.len() + 1);
        let end = (at + numbers.below(6)).min(text.len());
        match numbers.below(3) {
            0 => drop(text.splice(at..end, [])),
            1 => drop(text.splice(at..at, PIECES[numbers.below(PIECES.len())].chars())),
            _ => {
                let other: Vec<char> = CORPUS[numbers.below(CORPUS.len())].chars().collect();
                let from = numbers.below(other.len());
                let to = (from + numbers.below(20)).min(other.len());
                drop(text.splice(at..end, other[from..to].iter().copied()));
            }
        }
    }
    text.into_iter().collect()
}

/// The tree of a text as the script shows it: the last of two values of a key.
fn tree(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null => json!("(null)"),
        NodeKind::Bool(value) => json!(format!("({value})")),
        NodeKind::Number(text) | NodeKind::AmbiguousNumber(text) | NodeKind::Text(text) => json!(text),
        NodeKind::List(items) => items.iter().map(tree).collect(),
        NodeKind::Map(entries) => {
            let key = |key: &str| if key.starts_with("Fn::? ") { "(no string)".to_owned() } else { key.to_owned() };
            Value::Object(entries.iter().map(|entry| (key(&entry.key), tree(&entry.value))).collect())
        }
    }
}

/// Our reading: `None` where the text is refused.
fn ours(text: &str) -> Result<Value, String> {
    let file = SourceFile { path: Path::new("t.yaml").to_owned(), text: text.to_owned(), built_in: false };
    yaml::parse(&Arc::new(file)).map(|node| tree(&node)).map_err(|problem| problem.message)
}

/// The answers of the script, such as the readings of `PyYAML` by its two parsers; `None` where there is no Python with it.
fn pyyaml<T: serde::de::DeserializeOwned>(arguments: &[&str], texts: &[String]) -> Option<Vec<T>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/pyyaml.py");
    let has_yaml = Command::new("python3").args(["-c", "import yaml"]).stderr(Stdio::null()).status();
    if !has_yaml.is_ok_and(|status| status.success()) {
        return None;
    }
    let mut python = Command::new("python3");
    python.args(["-B", "-X", "utf8"]).arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = python.spawn().expect("python3 starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(&serde_json::to_vec(texts).unwrap()).expect("the script reads its input");
    drop(input);
    let output = child.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "the script failed");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[test]
fn yaml_is_read_as_pyyaml_reads_it() {
    let mut numbers = Numbers(0x5eed_1234_5678_9abc);
    let corpus = CORPUS.iter().chain(REFUSED).map(|text| (*text).to_owned());
    let texts: Vec<String> = corpus.chain((0..6000).map(|_| changed(&mut numbers))).collect();
    let Some(readings) = pyyaml::<[Vec<Value>; 2]>(&[], &texts) else { return skip("there is no python3 with PyYAML") };
    let (mut read, mut wrong) = (0, Vec::new());
    for (text, [strict, loose]) in texts.iter().zip(readings) {
        let ours = ours(text);
        // Two values of one key are refused on purpose, also if two `<<` give them: versions of PyYAML differ there.
        if ours.as_ref().is_err_and(|message| message.starts_with("duplicate key")) {
            continue;
        }
        let agrees = match &ours {
            Ok(tree) => [strict.first(), loose.first()].contains(&Some(tree)),
            Err(_) => strict.is_empty(),
        };
        read += usize::from(ours.is_ok());
        if !agrees {
            wrong.push(format!("{text:?}\n  taglint {ours:?}\n  PyYAML {strict:?} or {loose:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), texts.len(), wrong[..wrong.len().min(25)].join("\n"));
    assert!(read > 1000, "only {read} texts are YAML");
}

/// The key that is read from a text without quotes; `None` where it is said to be unknown.
fn our_key(text: &str) -> Option<String> {
    let text = format!("{text}: a\n");
    let file = SourceFile { path: Path::new("t.yaml").to_owned(), text: text.clone(), built_in: false };
    let root = yaml::parse_with(&Arc::new(file), &|_| DuplicateReading::Refused).ok()?;
    let [entry] = root.entries() else { return None };
    (!entry.is_ambiguous(&text)).then(|| entry.key.clone())
}

#[test]
fn a_key_without_quotes_is_what_pyyaml_makes_of_it() {
    let mut numbers = Numbers(0x0dd_5eed);
    let mut texts: Vec<String> =
        "on On off yes Yes NO true False y n 1.10 10.0 0.10 -1.50 1.5 2.000 010 0x1f 1_000 12 -7 1e3 1.0e+3 .5 5. 1:30 1.2.3"
            .split(' ')
            .map(str::to_owned)
            .collect();
    let pieces = ["0", "1", "5", "9", ".", ".", "0", "-", "+", "_", "e", "x", ":", "on", "10", "00"];
    for _ in 0..2000 {
        let length = 1 + numbers.below(6);
        let text: String = (0..length).map(|_| pieces[numbers.below(pieces.len())]).collect();
        // The mark of a document is no key.
        texts.extend(Some(text).filter(|text| !text.starts_with("---")));
    }
    let Some(keys) = pyyaml::<Option<String>>(&["keys"], &texts) else {
        return skip("there is no python3 with PyYAML");
    };
    let read = texts.iter().zip(&keys).filter_map(|(text, key)| Some((text, our_key(text)?, key.as_ref()?)));
    let (same, wrong): (Vec<_>, Vec<_>) = read.partition(|(_, ours, key)| ours == *key);
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(same.iter().filter(|(text, ours, _)| *text != ours).count() > 20, "few keys change: {}", same.len());
}
