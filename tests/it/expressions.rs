//! Expressions, evaluated by taglint and by the real terraform: what taglint says is what terraform says, whatever value the
//! variables have that source does not set.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use taglint::engine::resources;
use taglint::input::{InputOptions, open};
use taglint::model::{Tags, UnlistedTags};

use crate::common::{Scratch, repository, skip};

/// Values of the variables that have none in source.
fn values() -> [Value; 4] {
    [
        json!({"flag": true, "word": "w-ord", "names": ["n", "m"], "tags": {"Owner": "o", "A": "9"}}),
        json!({"flag": false, "word": "", "names": [], "tags": {}}),
        json!({"flag": true, "word": "a", "names": ["a", "x"], "tags": {"a": "k", "k": "q", "n": "z"}}),
        json!({"flag": false, "word": "X_y-9", "names": ["b-c"], "tags": {"p": "", "b": "1", "w-ord": "t"}}),
    ]
}

/// The files that expressions read, and the selected workspace.
const FILES: &[(&str, &str)] = &[
    ("data.txt", "owner of it\n"),
    ("data.json", "{\"owner\": \"é\", \"list\": [1]}"),
    (
        "data.yaml",
        "a: yes\nb: \"yes\"\nc: 010\nh: ~\n1: x\non: z\ni: |\n  line\n   two\nm: [a, b: 1, {c: d}]\nn: {a: 1}\n",
    ),
    ("greeting.tftpl", "Hello ${name}%{ for x in list ~}\n ${upper(x)}\n%{ endfor ~}\n"),
    ("whole.tftpl", "${value}"),
    ("trimmed.tftpl", "${~ value ~}\n"),
    ("escapes.tftpl", "a\\n\"b\" $${x} %%{y}\r\n  ${~ \"c\" ~}  \n é"),
    ("sub/a.txt", ""),
    ("sub/.b.txt", ""),
    ("sub/d/c.txt", ""),
    (".terraform/environment", "default"),
];

/// The expressions that Terraform knows and taglint does not.
const NOT_KNOWN: &str = "not_known.txt";

/// The value of an expression as a tag; `None` for null.
type TagValue = Option<String>;

/// The state of an expression: of taglint, its possible values.
#[derive(Debug, PartialEq)]
enum Verdict {
    Known(TagValue),
    Unknown,
}

fn prelude() -> String {
    std::fs::read_to_string(repository("tests/expressions/prelude.tf")).expect("the prelude")
}

fn lines(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository("tests/expressions").join(name)).expect("a list");
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect()
}

/// The value that taglint gives each expression.
fn by_taglint(folder: &Path, expressions: &[String]) -> Vec<Verdict> {
    let users = expressions.iter().enumerate().map(|(at, expression)| {
        format!("resource \"aws_iam_user\" \"e{at}\" {{\n  name = \"e\"\n  tags = {{ T = {expression} }}\n}}\n")
    });
    std::fs::write(folder.join("main.tf"), prelude() + &users.collect::<String>()).expect("a file");
    let options = InputOptions { srcroot: folder.to_owned(), ..InputOptions::default() };
    let opened = open(folder, &options).unwrap_or_else(|error| panic!("{error}"));
    let gaps: Vec<_> = opened.iter().flat_map(|opened| &opened.input.gaps).collect();
    assert!(gaps.is_empty(), "{gaps:?}");
    let mut found = BTreeMap::new();
    for resource in opened.iter().flat_map(|opened| resources(&opened.input)) {
        let resource = resource.expect("a resource");
        let name = resource.address.as_deref().expect("an address").trim_start_matches("aws_iam_user.e").to_owned();
        let Tags::Read { tags, more } = &resource.tags else { panic!("{name} has no tags") };
        let verdict = match (tags.first(), more) {
            (Some(tag), _) => {
                tag.value.as_deref().map_or(Verdict::Unknown, |text| Verdict::Known(Some(text.to_owned())))
            }
            (None, UnlistedTags::None) => Verdict::Known(None),
            (None, _) => Verdict::Unknown,
        };
        found.insert(name.parse::<usize>().expect("a number"), verdict);
    }
    assert_eq!(found.len(), expressions.len());
    found.into_values().collect()
}

fn terraform(folder: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new("terraform")
        .args(args)
        .current_dir(folder)
        .env("CHECKPOINT_DISABLE", "1")
        .env_remove("TF_CLI_ARGS")
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The files that the diagnostics of a run name.
fn refused(log: &str) -> BTreeSet<String> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let errors = lines.filter(|line| line["@level"] == "error");
    errors.filter_map(|line| line["diagnostic"]["range"]["filename"].as_str().map(str::to_owned)).collect()
}

/// The value that terraform gives each expression, in one run; nothing for those that it refuses.
fn by_terraform(folder: &Path, expressions: &[String], values: &Value) -> BTreeMap<usize, TagValue> {
    std::fs::write(folder.join("main.tf"), prelude()).expect("a file");
    std::fs::write(folder.join("terraform.tfvars.json"), values.to_string()).expect("a file");
    for (at, expression) in expressions.iter().enumerate() {
        let text =
            format!("output \"e{at}\" {{\n  sensitive = true\n  value     = {{ T = tostring({expression}) }}\n}}\n");
        std::fs::write(folder.join(format!("e{at}.tf")), text).expect("a file");
    }
    // An expression that terraform refuses would hide all others: its file is removed, and the rest is planned again.
    for _ in 0..20 {
        let log = terraform(folder, &["plan", "-json", "-input=false", "-out=plan"]).expect("terraform runs");
        let refused = refused(&log);
        if refused.is_empty() {
            assert!(folder.join("plan").exists(), "no plan: {log}");
            break;
        }
        for file in refused {
            assert_ne!(file, "main.tf", "{log}");
            std::fs::remove_file(folder.join(file)).expect("a file");
        }
    }
    let shown: Value =
        serde_json::from_str(&terraform(folder, &["show", "-json", "plan"]).expect("terraform runs")).expect("a plan");
    let outputs = shown["planned_values"]["outputs"].as_object().expect("outputs");
    let known = outputs.iter().map(|(name, output)| {
        let at = name.trim_start_matches('e').parse().expect("a number");
        (at, output["value"]["T"].as_str().map(str::to_owned))
    });
    known.collect()
}

/// A small generator of random numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("32 bits") % limit
    }
}

/// Expressions by kind, from the grammar.
struct Grammar(BTreeMap<char, Vec<String>>);

impl Grammar {
    fn read() -> Self {
        let mut kinds = BTreeMap::<char, Vec<String>>::new();
        for line in lines("grammar.txt") {
            let (kind, form) = line.split_once(' ').expect("a kind and a form");
            kinds.entry(kind.chars().next().expect("a kind")).or_default().push(form.to_owned());
        }
        Self(kinds)
    }

    /// The kinds that stand alone in a form, not as a part of a word.
    fn is_kind(&self, form: &[char], at: usize) -> bool {
        let is_word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_' || *c == '"');
        let before = at.checked_sub(1).and_then(|at| form.get(at));
        self.0.contains_key(&form[at]) && !is_word(before) && !is_word(form.get(at + 1))
    }

    fn expression(&self, kind: char, depth: usize, random: &mut Random) -> String {
        let forms = &self.0[&kind];
        let is_leaf = |form: &&String| {
            let form: Vec<char> = form.chars().collect();
            !(0..form.len()).any(|at| self.is_kind(&form, at))
        };
        let leaves: Vec<&String> = forms.iter().filter(is_leaf).collect();
        let form = if depth == 0 { leaves[random.below(leaves.len())] } else { &forms[random.below(forms.len())] };
        let form: Vec<char> = form.chars().collect();
        let mut out = String::new();
        for at in 0..form.len() {
            if self.is_kind(&form, at) {
                out += &self.expression(form[at], depth.saturating_sub(1), random);
            } else {
                out.push(form[at]);
            }
        }
        out
    }
}

/// The hand-written expressions.
fn written() -> Vec<String> {
    ["list.txt", "numbers.txt", "nested.txt", NOT_KNOWN].into_iter().flat_map(lines).collect()
}

/// Hand-written and generated expressions. Another seed gives others: `TAGLINT_EXPRESSIONS_SEED=7`.
fn expressions() -> Vec<String> {
    let seed = std::env::var("TAGLINT_EXPRESSIONS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let (grammar, mut random) = (Grammar::read(), Random(seed));
    let mut all = written();
    for at in 0..250 {
        all.push(grammar.expression('S', 2 + at % 3, &mut random));
    }
    all
}

/// Returns whether an expression uses a variable that has no value in source. That it has one value with all values of the
/// test is chance then.
fn is_open(expression: &str) -> bool {
    ["var.flag", "var.word", "var.names", "var.tags"].iter().any(|name| expression.contains(name))
}

#[test]
fn an_expression_has_the_value_that_terraform_gives_it() {
    if Command::new("terraform").arg("version").output().is_err() {
        return skip("terraform is not installed");
    }
    let expressions = expressions();
    let scratch = Scratch::new();
    let folder = |name: &str| {
        let folder = scratch.path().join(name).join("root");
        std::fs::create_dir_all(&folder).expect("a folder");
        for (path, text) in FILES {
            std::fs::create_dir_all(folder.join(path).parent().expect("a folder")).expect("a folder");
            std::fs::write(folder.join(path), text).expect("a file");
        }
        folder
    };
    let ours = by_taglint(&folder("ours"), &expressions);
    let theirs: Vec<BTreeMap<usize, TagValue>> = values()
        .iter()
        .enumerate()
        .map(|(at, values)| by_terraform(&folder(&format!("terraform{at}")), &expressions, values))
        .collect();
    let written = written().len();
    let not_known: BTreeSet<String> = lines(NOT_KNOWN).into_iter().collect();
    let (mut right, mut wrong, mut unknown) = (0, Vec::new(), Vec::new());
    for (at, (expression, ours)) in expressions.iter().zip(&ours).enumerate() {
        let answers: Vec<&TagValue> = theirs.iter().filter_map(|all| all.get(&at)).collect();
        let is_settled = answers.len() == theirs.len() && answers.iter().all(|it| it == &answers[0]);
        match ours {
            Verdict::Unknown if not_known.contains(expression) => right += 1,
            Verdict::Known(_) if not_known.contains(expression) => {
                wrong.push(format!("{expression}\n  is known now: it belongs into another list than {NOT_KNOWN}"));
            }
            Verdict::Known(value) if answers.iter().all(|it| *it == value) => right += 1,
            Verdict::Known(value) => wrong.push(format!("{expression}\n  taglint {value:?}, terraform {answers:?}")),
            Verdict::Unknown if is_settled && (at < written || !is_open(expression)) => {
                unknown.push(format!("{expression}\n  terraform {:?}", answers[0]));
            }
            Verdict::Unknown => right += 1,
        }
    }
    eprintln!("{right} right, {} unknown, {} wrong\n{}", unknown.len(), wrong.len(), unknown.join("\n"));
    assert!(wrong.is_empty(), "wrong:\n{}\nunknown:\n{}", wrong.join("\n"), unknown.join("\n"));
    assert!(unknown.len() <= 20, "unknown:\n{}", unknown.join("\n"));
    assert!(theirs.iter().all(|all| all.len() >= 400), "terraform refuses most expressions");
}
