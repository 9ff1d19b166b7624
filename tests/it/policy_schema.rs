//! The JSON Schema of policies against the loader: both accept and refuse the same policies, but for what a schema cannot
//! say. The validator is `jsonschema` of Python.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use taglint::policy::parse_text;

use crate::common::repository;
use crate::contract::Random;

/// The number of valid policies in a run.
const VALID: usize = 5_000;

/// The mistakes that a schema cannot express: a part of the loader's message, and the reason.
const BEYOND_A_SCHEMA: &[(&str, &str)] = &[
    ("is above", "it compares two values"),
    ("not a valid regular expression", "no format of draft 7 is the syntax of regular expressions in Rust"),
    ("without quotes", "editors read a date as a string"),
    ("does not accept its own `default`", "it evaluates the rule"),
    ("the policy has no list", "it looks a name up"),
    ("the policy has no rule", "it looks a name up"),
    ("is the key itself, not an alias", "it compares two values"),
    ("unknown placeholder", "it is a language of its own"),
    ("defined twice", "it compares the rules"),
    ("does not exist", "months have different lengths"),
    ("can't match", "it evaluates a glob"),
    ("can't be waived", "it looks up the rules of a waiver"),
];

/// Mistakes that both find.
const MISTAKES: &[&str] = &[
    "",
    "version = 2",
    "version = '1'",
    "rules = []\nversion = 1",
    "version = 1\ncolour = 'x'",
    "version = 1\nextends = 'default'",
    "version = 1\n[policy]\nname = 1\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[policy]\nextends = ['aws']\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[policy]\nmax-waiver = '180'\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[policy]\ninline-waivers = 'yes'\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[rule]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[rule]]\nkey = 'A'",
    "version = 1\n[[rule]]\nid = 'Bad Id'\nkey = 'A'",
    "version = 1\n[lists]\n'Bad Name' = ['a']\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[lists]\nstages = []\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[lists]\nstages = { file = 'a.csv' }\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[lists]\nstages = { file = 'a.txt', column = 'x' }\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[waiver]]\nrules = ['r']\nresources = ['*']\nreason = 'x'\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[waiver]]\nrules = ['r']\nresources = ['*']\nreason = ' '\nexpires = 2027-01-01\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[waiver]]\nrules = []\nresources = ['*']\nreason = 'x'\nexpires = 2027-01-01\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[waiver]]\nrules = ['r']\nresources = []\nreason = 'x'\nexpires = 2027-01-01\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[waiver]]\nrules = ['r']\nresources = ['*']\nreason = 'x'\nexpires = 'soon'\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[test]]\nname = 'x'\nexpect = []\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[test]]\nresource = { type = 'iam:user' }\nexpect = []\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[test]]\nname = 'x'\nresource = { type = 'iam:user' }\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[test]]\nname = 'x'\nresource = { tags = { A = 'x' } }\nexpect = []\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[test]]\nname = 'x'\nresource = { type = 'iam:user', tags = { A = 1 } }\nexpect = []\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[test]]\nname = 'x'\nresource = { type = 'iam:user', user = 'x' }\nexpect = []\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[test]]\nname = 'x'\nresource = { type = 'iam:user', managed-by = 'aws' }\nexpect = []\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[test]]\nname = 'x'\nresource = { type = 'iam:user', unknown = 'x', tags = {} }\nexpect = []\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[test]]\nname = 'x'\nresource = { type = 'iam:user' }\nexpect = ['r:mising']\n[[rule]]\nid = 'r'\nkey = 'A'",
    "version = 1\n[[test]]\nname = 'x'\nresource = { type = 'iam:user' }\nexpect = 'r'\n[[rule]]\nid = 'r'\nkey = 'A'",
];

/// Mistakes in the fields of a rule that both find.
const MISTAKES_OF_RULES: &[&str] = &[
    "description = 'x'",
    "key = ''",
    "key = 1",
    "key = ['A']",
    "key = 'A'\nforbid = ['B']",
    "key = 'A'\nreqired = true",
    "key = 'A'\nrequired = 'yes'",
    "key = 'A*'\nrequired = true",
    "key = 'A?'\naliases = ['B']",
    "key = 'A*'\nfrom-default-tags = true",
    "key = 'A*'\nequals = 'x'",
    "key = 'A'\nequals = ''",
    "key = 'A'\nequals = 'x'\ndefault = 'x'",
    "key = 'A'\nequals = 'x'\nseparator = ':'",
    "key = 'A'\nprefix-of = ''",
    "key = 'A'\nformat = 'integer'\nmin = 'today'",
    "key = 'A'\nformat = 'number'\nmax = 2026-01-01",
    "key = 'A'\nformat = 'date'\nmax = 3",
    "key = 'A'\nvalues = 'x'",
    "key = 'A'\nvalues = []",
    "key = 'A'\nvalues = [1]",
    "key = 'A'\nvalues = '@Bad'",
    "key = 'A'\naliases = ['B*']",
    "key = 'A'\nrequires = ['B?']",
    "key = 'A'\nmin = 3",
    "key = 'A'\nformat = 'email'\nmax = 3",
    "key = 'A'\nmax-items = 3",
    "key = 'A'\ntrim-items = true",
    "key = 'A'\nseparator = ''",
    "key = 'A'\nformat = 'emial'",
    "key = 'A'\nmin-length = -1",
    "key = 'A'\nmin-length = 1.5",
    "key = 'A'\nignore-case = true",
    "key = 'A'\ndefault-from = 'role'",
    "key = 'A'\nseverity = 'fatal'",
    "key = 'A'\nseverity = 'note'\ngrace = '7d'",
    "key = 'A'\ngrace = '-7d'",
    "key = 'A'\ngrace = '+7d'",
    "key = 'A'\nmessage = '{vlaue}'",
    "key = 'A'\nlabels = 'x'",
    "key = 'A'\nvalues-by.ou.x = ['a']",
    "key = 'A'\nvalues-by.account = ['a']",
    "key = 'A'\nvalues-by.account.'1' = []",
    "key = 'A'\nwhen = 'prod'",
    "key = 'A'\nwhen = {}",
    "key = 'A'\nwhen.any = []",
    "key = 'A'\nwhen.any = [{}]",
    "key = 'A'\nwhen.not = [{ name = 'x' }]",
    "key = 'A'\nwhen.ignore-key-case = true",
    "key = 'A'\nwhen.managed-by = 'teraform'",
    "key = 'A'\nwhen.older-than = '30'",
    "key = 'A'\nwhen.tags.B = 1",
    "key = 'A'\nwhen.tags.B.before = 'tomorrow'",
    "key = 'A'\nwhen.tags.B.within = 'a month'",
    "key = 'A'\nwhen.tags.B = {}",
    "key = 'A'\nwhen.assigned = 'yes'",
    "any-of = []",
    "any-of = ['A*']",
    "forbid = ['A']\nvalues = ['x']",
    "only = 'declred'",
    "key-style = 'kebabcase'",
    "syntax = 'aws'",
    "unique = 'A*'",
    "unique = 'A'\nwithin = 'region'",
    "same-as-user = ['A*']",
    "max-tags = '5'",
];

/// Optional fields of each rule.
const COMMON: &[&str] = &[
    "severity = 'warning'",
    "description = 'text'",
    "message = 'the {key} {{x}}'",
    "help = 'text'",
    "labels = ['a', 'b']",
    "resources = ['iam:*']",
    "waivable = false",
    "grace = '7d'",
    "severity = 'note'",
];

/// Optional fields of a rule with a key.
const FIELDS: &[&str] = &[
    "values = ['x', 'y*']",
    "values = '@stages'",
    "not-values = ['z']",
    "ignore-case = true",
    "pattern = '[a-z]+'",
    "not-pattern = '@'",
    "min-length = 1",
    "max-length = 9",
    "format = 'integer'",
    "format = 'date'",
    "format = 'email'",
    "min = 3",
    "min = 2026-01-01",
    "min = 'today'",
    "max = 'today+30d'",
    "max = 7.5",
    "separator = ','",
    "min-items = 1",
    "max-items = 3",
    "unique-items = true",
    "trim-items = true",
    "allow-empty = true",
    "required = true",
    "ignore-key-case = true",
    "aliases = ['Stg']",
    "default = 'x'",
    "default-from = 'user'",
    "sensitive = true",
    "equals = '{name}-x'",
    "prefix-of = '{account-name}'",
    "requires = ['Contact']",
    "from-default-tags = true",
    "values-by = { account = { '111122223333' = ['x'], '*' = ['y'] } }",
    "values-by = { account-ou = { r-ab12 = ['x'] } }",
    "values-by = { tags = { Team = { a = ['x'] } } }",
];

/// The fields that make the kind of a rule.
const KINDS: &[&str] = &[
    "key = 'Stage'",
    "key = 'Owner'",
    "key = 'Cost*'",
    "any-of = ['A', 'B']",
    "forbid = ['tmp*']",
    "only = ['A', 'B*']",
    "only = 'declared'",
    "only = '@stages'",
    "key-style = 'kebab-case'",
    "key-pattern = '[a-z]+'",
    "max-tags = 9",
    "min-tags = 1",
    "reserve = 3",
    "syntax = 'service'",
    "unique = 'A'",
    "same-as-user = ['A']",
];

const CONDITIONS: &[&str] = &[
    "name = 'x*'",
    "account = ['111122223333', '4*']",
    "account-name = 'prod'",
    "account-ou = 'ou-ab12-cd34ef56'",
    "region = 'eu-*'",
    "path = '/a/*'",
    "arn = '*'",
    "resources = 'iam:*'",
    "assigned = true",
    "older-than = '30d'",
    "newer-than = 2026-01-01",
    "managed-by = 'aws'",
    "managed-by = ['terraform', 'cloudformation']",
    "ignore-key-case = true",
    "tags = { A = 'x', B = true }",
    "tags = { A = ['x', 'y'] }",
    "tags = { Expiry = { before = 'today', after = 2026-01-01 } }",
    "tags = { Expiry = { within = '30d' } }",
    "account-tags = { A = false }",
];

const REST: &[&str] = &[
    "[[waiver]]\nrules = ['r0']\nresources = ['*']\nreason = 'x'\nexpires = 2030-01-01\n",
    "[[waiver]]\nrules = ['r*']\nresources = ['*']\nreason = 'x'\nfrom = 2029-01-01\nexpires = 2030-01-01\nowner = 'a'\n",
    "[[test]]\nname = 'a'\nresource = { type = 'iam:user', tags = { A = 'x' } }\nexpect = ['r0', 'r0:missing']\n",
    "[[test]]\nname = 'a'\nresource = { type = 'iam:mfa', user = '' }\nexpect = []\nunknown = ['r0']\n",
    "[[test]]\nname = 'a'\nresource = { type = 'aws_iam_virtual_mfa_device', user = 'x' }\nexpect = []\ntoday = 2026-01-01\n",
    "[[test]]\nname = 'a'\nresource = { type = 'AWS::IAM::VirtualMFADevice', user = 'x', more-tags = true }\nexpect = []\n",
    "[[test]]\nname = 'a'\nresource = { type = 'iam:user', unknown = 'denied' }\nexpect = []\n[[test.others]]\ntype = 'iam:user'\n",
];

/// A condition as an inline table.
fn condition(random: &mut Random, depth: usize) -> String {
    let name = |field: &str| field.split(' ').next().map(str::to_owned);
    let (first, second) = (random.pick(CONDITIONS), random.pick(CONDITIONS));
    let mut fields = vec![first.to_owned()];
    // A key stands once in a table of TOML.
    if name(second) != name(first) && random.one_in(2) {
        fields.push(second.to_owned());
    }
    if depth < 2 && random.one_in(4) {
        fields.push(format!("not = {}", condition(random, depth + 1)));
    }
    if depth < 2 && random.one_in(4) {
        fields.push(format!("any = [{}, {}]", condition(random, depth + 1), condition(random, depth + 1)));
    }
    format!("{{ {} }}", fields.join(", "))
}

/// A policy that is valid more often than not.
fn policy(random: &mut Random) -> String {
    let mut out = "version = 1\n".to_owned();
    if random.one_in(3) {
        out += "[policy]\nname = 'p'\nmax-waiver = '9999d'\n";
    }
    if !random.one_in(8) {
        out += "[lists]\nstages = ['x', 'y']\nmore = ['@stages', 'z']\n";
    }
    for n in 0..=random.below(3) {
        out += &format!("[[rule]]\nid = 'r{n}'\n");
        let kind = random.pick(KINDS);
        let mut lines = vec![kind.to_owned()];
        let fields = if kind.starts_with("key = ") { random.below(4) } else { usize::from(random.one_in(12)) };
        lines.extend((0..fields).map(|_| random.pick(FIELDS).to_owned()));
        lines.extend((0..random.below(3)).map(|_| random.pick(COMMON).to_owned()));
        for field in ["when", "unless"] {
            if random.one_in(3) {
                lines.push(format!("{field} = {}", condition(random, 0)));
            }
        }
        // A key stands once in a table of TOML.
        let mut seen = std::collections::BTreeSet::new();
        lines.retain(|line| seen.insert(line.split(' ').next().map(str::to_owned)));
        out += &(lines.join("\n") + "\n");
    }
    if random.one_in(2) {
        out += random.pick(REST);
    }
    out
}

/// A document as an editor hands it to a validator: a date is a string.
fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(flag) => json!(flag),
        toml::Value::Datetime(date) => json!(date.to_string()),
        toml::Value::Array(items) => items.iter().map(json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(name, value)| (name.clone(), json(value))).collect())
        }
    }
}

/// Whether the schema accepts each policy; `None` where there is no Python with `jsonschema`.
fn accepted_by_schema(policies: &[String]) -> Option<Vec<bool>> {
    let has_validator = Command::new("python3").args(["-c", "import jsonschema"]).stderr(Stdio::null()).status();
    if !has_validator.is_ok_and(|status| status.success()) {
        return None;
    }
    let schema: Value = serde_json::from_slice(&std::fs::read(repository("rules/schema.json")).unwrap()).unwrap();
    let documents: Vec<Value> = policies
        .iter()
        .map(|text| json(&toml::Value::Table(text.parse().unwrap_or_else(|e| panic!("{e}: {text}")))))
        .collect();
    let mut python = Command::new("python3");
    python.args(["-B", "-X", "utf8"]).arg(repository("tests/it/policy_schema.py"));
    let mut child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(&serde_json::to_vec(&json!([schema, documents])).unwrap()).expect("the script reads its input");
    drop(input);
    let output = child.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "the script failed");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

/// The message of the loader, if it refuses the policy.
fn refusal(text: &str) -> Option<String> {
    parse_text(text).err().map(|error| format!("{error:?}"))
}

#[test]
fn the_schema_accepts_and_refuses_what_the_loader_does() {
    let mut random = Random::new(0x5eed);
    let mut policies = Vec::new();
    let mut valid = 0;
    while valid < VALID {
        let text = policy(&mut random);
        valid += usize::from(refusal(&text).is_none());
        policies.push(text);
    }
    let Some(accepted) = accepted_by_schema(&policies) else {
        return eprintln!("skipped: there is no python3 with jsonschema");
    };
    let mut wrong = Vec::new();
    let mut refused = 0;
    for (text, accepted) in policies.iter().zip(accepted) {
        match (refusal(text), accepted) {
            (None, true) => {}
            (None, false) => wrong.push(format!("only the schema refuses\n{text}")),
            (Some(_), false) => refused += 1,
            (Some(why), true) => {
                if !BEYOND_A_SCHEMA.iter().any(|(part, _)| why.contains(part)) {
                    wrong.push(format!("only the loader refuses\n{text}{why}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), policies.len(), wrong[..wrong.len().min(12)].join("\n\n"));
    assert!(refused > 500, "both refused only {refused} of {}", policies.len());
}

#[test]
fn the_schema_and_the_loader_find_the_same_mistakes() {
    let rules = MISTAKES_OF_RULES.iter().map(|body| format!("version = 1\n[[rule]]\nid = 'r'\n{body}\n"));
    let policies: Vec<String> = MISTAKES.iter().map(|text| (*text).to_owned()).chain(rules).collect();
    assert!(policies.len() >= 60);
    for text in &policies {
        assert!(refusal(text).is_some(), "the loader accepts\n{text}");
    }
    let Some(accepted) = accepted_by_schema(&policies) else {
        return eprintln!("skipped: there is no python3 with jsonschema");
    };
    let missed: Vec<_> =
        policies.iter().zip(accepted).filter(|(_, accepted)| *accepted).map(|(text, _)| text).collect();
    assert!(missed.is_empty(), "the schema accepts {missed:#?}");
}
