//! Invalid input: a clear message (what, where, what to do next) and exit code 2. A truncated input: exit code 3.

use crate::common::{Run, Scratch, inventory, user};

fn policy(text: &str) -> Run {
    let scratch = Scratch::new();
    scratch.file("in.jsonl", inventory(&[]));
    scratch.file("taglint.toml", text);
    scratch.run(["check", "in.jsonl"])
}

fn check(content: impl AsRef<[u8]>) -> Run {
    let scratch = Scratch::new();
    scratch.file("in.jsonl", content);
    scratch.run(["check", "in.jsonl"])
}

#[test]
fn every_mistake_of_a_policy_is_shown_with_its_place() {
    let run = policy(
        r#"version = 1
[[rule]]
id = "a"
key = "Owner"
reqired = true
values = "x"
pattern = '\d{5'
[[rule]]
id = "a"
key = "Team"
severity = "fatal"
"#,
    );
    run.fails_with(
        2,
        &[
            "taglint.toml:5:1",
            "unknown field \"reqired\"",
            "did you mean `required`?",
            "taglint.toml:6:10",
            "`values` takes a list of strings, not the string \"x\"",
            "taglint.toml:7:",
            "not a valid regular expression",
            "unknown severity \"fatal\"",
            "4 errors",
        ],
    );
    assert!(run.stderr.contains('^'), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn bad_policies() {
    let rule = |body: &str| format!("version = 1\n[[rule]]\nid = \"r\"\n{body}\n");
    let waived = |body: &str| format!("version = 1\nextends = [\"default\"]\n[[waiver]]\n{body}\n");
    for (text, words) in [
        ("version = 1\n".to_owned(), &["the policy has no rules"][..]),
        (String::new(), &["has no `version`", "version = 1"]),
        ("version = 2\n".to_owned(), &["unknown version of the policy language"]),
        ("version = 1\nextends = [\"defalt\"]\n".to_owned(), &["unknown pack \"defalt\"", "did you mean \"default\"?"]),
        ("version = 1\nextends = [\"./no.toml\"]\n".to_owned(), &["can't read \"./no.toml\""]),
        ("version = 1\nextends = [\"./taglint.toml\"]\n".to_owned(), &["is circular"]),
        ("version = 1\nextends = [\"aws\"]\ndisable = [\"aws-hedroom\"]\n".to_owned(), &["no extended rule matches", "did you mean \"aws-headroom\"?"]),
        ("version = 1\n[policy]\nname = \"x\"\nextends = [\"aws\"]\n".to_owned(), &["is a field of the top of the file"]),
        (rule("key = \"A\"\n[rule.when]\nassigned = true\nrequired = true"), &["is a field of the rule", "[rule.when]"]),
        (rule("key = \"A\"\nwhen.tags.Cost Center = \"x\""), &["write a key with a space in quotes"]),
        (rule("key = \"A\"\nwhen.tags.app.owner = \"x\""), &["is a table, not a tag test", "in quotes"]),
        (rule("key = \"A\"\nwhen.tags.Expiry.before = \"2026-01-01\""), &["`before` takes a date", "without quotes"]),
        (rule("key = \"A\"\nwhen.tags.Expiry.within = \"a month\""), &["`within` takes a number of days"]),
        (rule("key = \"A\"\nwhen.tags.Expiry = { before = \"today\", until = \"today\" }"), &["unknown field \"until\""]),
        (rule("key = \"A\"\nwhen.any = []"), &["`any` is an empty list"]),
        (rule("key = \"A\"\nwhen.any = [{}]"), &["[rule.when.any] has no condition"]),
        (rule("key = \"A\"\nwhen.any = { name = \"x\" }"), &["`any` takes a list of tables", "any = [{"]),
        (rule("key = \"A\"\nwhen.not = [{ name = \"x\" }]"), &["`not` takes a table", "not = {"]),
        (rule("key = \"A\"\nwhen.or = [{ name = \"x\" }]"), &["unknown field \"or\" in [rule.when]", "write `any`"]),
        (rule("key = \"A\"\nwhen.not.and = [{ name = \"x\" }]"), &["in [rule.when.not]", "all of its fields must be true"]),
        (rule(&format!("key = \"A\"\nwhen{} = \"x\"", ".not".repeat(10) + ".name")), &["nest deeper than 8 levels"]),
        (rule("key = \"A\"\nwhen.ignore-key-case = true"), &["needs `tags` or `account-tags`"]),
        (rule("key = \"A\"\nwhen.managed-by = \"teraform\""), &["unknown manager", "did you mean \"terraform\"?"]),
        (rule("key = \"A\"\nwhen.managed-by = []"), &["`managed-by` is an empty list"]),
        (rule("key = \"A\"\ngrace = \"a week\""), &["`grace` takes a number of days"]),
        (rule("key = \"A\"\nseverity = \"note\"\ngrace = \"7d\""), &["are notes already"]),
        (rule("key = \"A\"\n[[target]]\nid = \"t\"\nrules = [\"r\"]"), &["the target has no `compliant`"]),
        (rule("key = \"A\"\n[[target]]\nid = \"t\"\nrules = [\"r\"]\ncompliant = \"95\""), &["\"95\" is not a percentage", "\"95%\""]),
        (rule("key = \"A\"\n[[target]]\nid = \"t\"\nrules = [\"no\"]\ncompliant = \"95%\""), &["the policy has no rule \"no\""]),
        (rule("key = \"A\"\n[[target]]\nid = \"t\"\nrules = [\"x*\"]\ncompliant = \"95%\""), &["no rule matches \"x*\""]),
        (rule("key = \"A\"\n[[target]]\nid = \"t\"\nrules = [\"*\"]\ncompliant = \"95%\"\nwithin = \"acount\""), &["unknown within", "did you mean \"account\"?"]),
        (rule("key = \"A\"\n[[target]]\nid = \"t\"\nrules = [\"*\"]\ncompliant = \"5%\"\n[[target]]\nid = \"t\"\nrules = [\"*\"]\ncompliant = \"5%\"\n"), &["duplicate target id \"t\""]),
        (rule("description = \"x\""), &["the rule checks nothing"]),
        (rule("key = \"A\"\nforbid = [\"B\"]"), &["more than one kind"]),
        (rule("forbid = [\"B\"]\nvalues = [\"x\"]"), &["does not take `values`"]),
        (rule("key = \"A\"\nmin = 3"), &["`min` needs a `format`"]),
        (rule("key = \"A\"\nformat = \"integer\"\nmin = 5\nmax = 3"), &["`min` is above `max`"]),
        (rule("key = \"A\"\nmin-length = 5\nmax-length = 3"), &["`min-length` = 5 is above `max-length` = 3"]),
        (rule("key = \"A\"\nmax-items = 3"), &["`max-items` needs `separator`"]),
        (rule("key = \"A\"\nequals = \"{tag.B}\""), &["unknown placeholder `{tag.B}`", "`tags.KEY`"]),
        (rule("key = \"A\"\nequals = \"\""), &["`equals` is empty"]),
        (rule("key = \"A*\"\nequals = \"x\""), &["`equals` needs one key"]),
        (rule("key = \"A\"\nequals = \"x\"\ndefault = \"x\""), &["a rule with `equals` does not take `default`"]),
        (rule("key = \"A\"\nvalues-by.ou.x = [\"a\"]"), &["unknown property \"ou\" in `values-by`"]),
        (rule("key = \"A\"\nvalues-by.account = [\"a\"]"), &["takes a table of lists"]),
        (rule("key = \"A\"\nvalues-by.account.\"1*\" = [\"a\"]"), &["is a glob", "exact values"]),
        (rule("key = \"A\"\nvalues-by.account.\"1\" = []"), &["takes a list of strings"]),
        (rule("key = \"A\"\nvalues-by.account.\"1\" = \"@no\""), &["the policy has no list \"no\""]),
        (rule("key = \"A\"\ndepends-on = [\"B\"]"), &["write `requires`"]),
        (rule("key = \"A\"\ntrim-items = true"), &["`trim-items` needs `separator`"]),
        (rule("key = \"A\"\nformat = \"emial\""), &["unknown format \"emial\"", "did you mean \"email\"?"]),
        (rule("key-style = \"kebabcase\""), &["unknown key-style", "kebab-case"]),
        (rule("key = \"A\"\nmessage = \"{vlaue} is wrong\""), &["unknown placeholder `{vlaue}`"]),
        (rule("key = \"A\"\nrequired = true\nvalues = [\"x\"]\ndefault = \"y\""), &["does not accept its own `default` \"y\""]),
        (rule("key = \"A*\"\nrequired = true"), &["`required` needs one key"]),
        (rule("key = \"A\"\npattern = '(a|b'"), &["not a valid regular expression", "taglint.toml:5:12"]),
        (rule("key = \"A\"\npattern = '(\\w{900}){900}'"), &["MiB"]),
        (rule("key = \"A\"\nseparator = \"\""), &["`separator` must not be empty"]),
        ("version = 1\n[[rule]]\nid = \"Bad Id\"\nkey = \"A\"\n".to_owned(), &["invalid rule id \"Bad Id\""]),
        ("version = 1\n[[rule]]\nkey = \"A\"\n".to_owned(), &["the rule has no `id`"]),
        ("version = 1\n[[rule]\nid = \"a\"\n".to_owned(), &["taglint.toml:2"]),
        (waived("rules = [\"cost-center\"]\nresources = [\"*\"]\nreason = \"x\""), &["the waiver has no `expires`"]),
        (waived("rules = [\"cost-centre\"]\nresources = [\"*\"]\nreason = \"x\"\nexpires = 2027-01-01"), &["the policy has no rule \"cost-centre\"", "did you mean \"cost-center\"?"]),
        (waived("rules = [\"cost-center\"]\nresources = [\"*\"]\nreason = \" \"\nexpires = 2027-01-01"), &["the waiver has an empty `reason`"]),
        (waived("rules = [\"cost-center\"]\nresources = [\"*\"]\nreason = \"x\"\nexpires = \"2027-01-01\""), &["without quotes"]),
        ("version = 1\nextends = [\"default\"]\n[[rule]]\nid = \"w\"\nkey = \"W\"\nwaivable = false\n[[waiver]]\nrules = [\"w\"]\nresources = [\"*\"]\nreason = \"x\"\nexpires = 2027-01-01\n".to_owned(), &["can't be waived"]),
        ("version = 1\n[rule]\nid = \"a\"\nkey = \"K\"\n".to_owned(), &["write `[[rule]]`, with two brackets"]),
        (rule("key = \"A\"\npattern = \"\\d{5}\""), &["in single quotes: pattern = '"]),
        (rule("key = \"A\"\nformat = \"date\"\nmin = \"2026-01-01\""), &["without quotes: min = 2026-01-01"]),
        (rule("key = \"A\"\nwhen = \"prod\""), &["`when` takes a table", "when.resources = "]),
        (rule("key = \"A\"\nregex = 'x'"), &["write `pattern`, which takes a string with a regular expression"]),
        (rule("key = \"A\"\nallowed_values = ['x']"), &["write `values`"]),
        (rule("key = \"A\"\ntype = 'x'"), &["write `resources`"]),
        (rule("kind = 'x'"), &["its kind follows from its fields"]),
        (rule("key = \"A\"\ncolour-of-it = 'x'"), &["docs/policy-reference.md lists the fields of [[rule]]"]),
        (waived("rule = \"cost-center\"\nresources = [\"*\"]\nreason = \"x\"\nexpires = 2027-01-01"), &["did you mean `rules`?"]),
        ("version: 1\nrules:\n  - id: a\n".to_owned(), &["looks like YAML", "TOML"]),
        (format!("version = 1\nx = {}1{}\n", "[".repeat(60), "]".repeat(60)), &["nest deeper"]),
    ] {
        let run = policy(&text);
        assert_eq!(run.code, 2, "{text}\n{}{}", run.stdout, run.stderr);
        for word in words {
            assert!(run.stderr.contains(word), "{text}\nno {word:?} in:\n{}", run.stderr);
        }
    }
}

#[test]
fn the_patterns_of_a_file_have_a_size_together() {
    // Each is within the limit of one pattern.
    let rule = |n: usize| format!("[[rule]]\nid = \"r{n}\"\nkey = \"K{n}\"\npattern = '\\w{{1,36}}x'\n");
    let text: String = (0..70).map(rule).collect();
    let run = policy(&format!("version = 1\n{text}"));
    run.fails_with(2, &["the patterns of the policy compile to more than 64 MiB"]);
    assert!(!run.stderr.contains("not a valid regular expression"), "{}", run.stderr);
}

#[test]
fn the_patterns_of_extended_files_count_too() {
    let scratch = Scratch::new();
    let rule = |n: usize| format!("[[rule]]\nid = \"r{n}\"\nkey = \"K{n}\"\npattern = '\\w{{1,36}}x'\n");
    let part = |from: usize| (from..from + 35).map(rule).collect::<String>();
    scratch.file("one.toml", format!("version = 1\n{}", part(0)));
    scratch.file("taglint.toml", format!("version = 1\nextends = [\"one.toml\"]\n{}", part(35)));
    assert_eq!(scratch.run(["policy", "check", "one.toml"]).code, 0);
    scratch.run(["policy", "check"]).fails_with(2, &["the patterns of the policy compile to more than 64 MiB"]);
}

#[test]
fn policies_that_are_not_there_or_not_text() {
    let scratch = Scratch::new();
    scratch.file("in.jsonl", inventory(&[]));
    scratch
        .run(["check", "in.jsonl", "--policy", "no.toml"])
        .fails_with(2, &["can't read the policy", "no.toml", "taglint init"]);
    scratch.file("empty/readme.md", "x");
    scratch.run(["check", "in.jsonl", "--policy", "empty"]).fails_with(2, &["no *.toml file"]);
    scratch.file("latin.toml", b"version = 1 # \xe9\n");
    scratch.run(["check", "in.jsonl", "--policy", "latin.toml"]).fails_with(2, &["not UTF-8", "byte 15"]);
    scratch.file("two/a.toml", "version = 1\n[[rule]]\nid = \"same\"\nkey = \"A\"\n");
    scratch.file("two/b.toml", "version = 1\n[[rule]]\nid = \"same\"\nkey = \"B\"\n");
    scratch
        .run(["check", "in.jsonl", "--policy", "two"])
        .fails_with(2, &["duplicate rule id \"same\"", "a.toml, line 3"]);
}

#[test]
fn inventories_that_cannot_be_checked() {
    let good = user("a", &[]);
    let head = "{\"taglint\":\"inventory\",\"version\":1,\"scope\":{}}";
    let end = |n: usize| format!("{{\"taglint\":\"end\",\"resources\":{n},\"unread\":[]}}");
    for (content, words) in [
        (String::new(), &["the input is empty"][..]),
        ("hello\n".to_owned(), &["not an input that taglint knows"]),
        (format!("{head}\n{good}\nnonsense\n{good}\n{}\n", end(3)), &["in.jsonl:3:", "expected"]),
        (format!("{head}\n{{\"type\":\"iam:user\"}}\n{}\n", end(1)), &["in.jsonl:2:", "tags"]),
        (format!("{head}\n{{\"tags\":{{}}}}\n{}\n", end(1)), &["in.jsonl:2:", "type"]),
        (format!("{head}\n{{\"type\":\"iam:user\",\"tags\":[]}}\n{}\n", end(1)), &["in.jsonl:2:"]),
        (format!("{head}\n{{\"type\":\"iam:user\",\"tags\":{{\"a\":1}}}}\n{}\n", end(1)), &["in.jsonl:2:"]),
        (head.replace('1', "9") + "\n", &["inventory version 9", "update taglint"]),
        (format!("{head}\n{}\n{good}\n", end(0)), &["after the inventory's end"]),
        (format!("{head}\n{head}\n{}\n", end(0)), &["in.jsonl:2:", "taglint merge"]),
        ("{\"resource_changes\":[]}\n".to_owned(), &["Terraform plan"]),
        (format!("{head}\n{}\n{}\n", "[".repeat(100_000), end(1)), &["in.jsonl:2:"]),
    ] {
        let run = check(&content);
        assert_eq!(run.code, 2, "{content:.200}\n{}{}", run.stdout, run.stderr);
        for word in words {
            assert!(run.stderr.contains(word), "{content:.200}\nno {word:?} in:\n{}", run.stderr);
        }
    }
    check(
        format!("{head}\n{{\"type\":\"iam:user\",\"name\":\"")
            .into_bytes()
            .into_iter()
            .chain([0xff, 0xfe])
            .chain(b"\",\"tags\":{}}\n{}\n".iter().copied())
            .collect::<Vec<_>>(),
    )
    .fails_with(2, &["in.jsonl:2:", "not UTF-8"]);
    check([0xff, 0xfe, b'{', 0, b'}']).fails_with(2, &["in.jsonl: not UTF-16 (byte 5)"]);
    let scratch = Scratch::new();
    scratch.run(["check", "no.jsonl"]).fails_with(2, &["no.jsonl", "No such file"]);
    scratch.file("folder/readme.md", "x");
    scratch.run(["check", "folder"]).fails_with(2, &["nothing to check in this folder"]);
}

#[test]
fn inventories_that_break_off_are_incomplete() {
    let whole = inventory(&[user("a", &[("Environment", "Test"), ("Cost Center", "12345")]), user("b", &[])]);
    let lines: Vec<&str> = whole.lines().collect();
    // The end is missing; the last line is cut in its middle; a line was lost.
    for text in [
        format!("{}\n{}\n{}\n", lines[0], lines[1], lines[2]),
        whole[..whole.len() - 80].to_owned(),
        format!("{}\n{}\n{}\n", lines[0], lines[1], lines[3]),
    ] {
        let run = check(&text);
        assert_eq!(run.code, 3, "{text}\n{}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains("Could not be read"), "{}", run.stdout);
    }
}

#[test]
fn flags_that_name_nothing() {
    let scratch = Scratch::new();
    scratch.file("in.jsonl", inventory(&[]));
    for (args, words) in [
        (vec!["--select", "cost-centre"], vec!["--select \"cost-centre\"", "did you mean cost-center?"]),
        (vec!["--ignore", "zzz*"], vec!["--ignore", "the rules are"]),
        (vec!["--ignore", "*"], vec!["leave no rule"]),
        (vec!["--output", "x.docx"], vec!["unknown output extension", "use .txt, .json"]),
        (vec!["--output", "no/such/folder/x.json"], vec!["can't write no/such/folder/x.json"]),
        (vec!["--output", "."], vec!["unknown output extension"]),
        (vec!["--now", "tomorrow"], vec!["not a date"]),
        (vec!["--fail-on", "fatal"], vec!["invalid value"]),
        (vec!["--format", "yaml"], vec!["invalid value"]),
    ] {
        let run = scratch.run(["check", "in.jsonl"].into_iter().chain(args.iter().copied()));
        assert_eq!(run.code, 2, "{args:?}: {}{}", run.stdout, run.stderr);
        for word in words {
            assert!(run.stderr.contains(word), "{args:?}: no {word:?} in {}", run.stderr);
        }
    }
    scratch.run(["check"]).fails_with(2, &["<INPUT>"]);
    scratch.run(["chekc"]).fails_with(2, &["check"]);
}

#[test]
fn an_output_that_cannot_be_written_is_found_before_anything_is_read() {
    let scratch = Scratch::new();
    // The input is broken too: the output is named first.
    scratch.file("in.jsonl", "nonsense");
    scratch.file("file", "x");
    scratch.run(["check", "in.jsonl", "--output", "file/x.json"]).fails_with(2, &["can't write file/x.json"]);
}

#[test]
fn the_order_of_fields_in_the_lines_of_an_inventory_means_nothing() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n");
    let resource = r#"{"tags":{"Owner":"a","taglint":"x"},"type":"cognito-idp:userpool","name":"p"}"#;
    for (header, end) in [
        (r#"{"version":1,"scope":{},"taglint":"inventory"}"#, r#"{"resources":1,"unread":[],"taglint":"end"}"#),
        (r#"{ "taglint": "inventory", "version": 1 }"#, r#"{ "unread": [], "taglint": "end", "resources": 1 }"#),
    ] {
        scratch.file("in.jsonl", format!("{header}\n{resource}\n{end}\n"));
        let run = scratch.run(["check", "in.jsonl"]);
        assert!(run.exits(0).stdout.contains("no findings in 1 resource"), "{}", run.stdout);
    }
}

#[test]
fn a_tag_that_occurs_twice_in_an_inventory_is_an_error() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n");
    let tags = r#"{"Owner":"a","Name":"b","Owner":"c"}"#;
    let line = format!(r#"{{"type":"cognito-idp:userpool","name":"p","tags":{tags}}}"#);
    scratch.file("in.jsonl", inventory(&[line]));
    scratch.run(["check", "in.jsonl"]).fails_with(2, &["in.jsonl:2", "the tag \"Owner\" occurs twice"]);
    scratch.run(["merge", "in.jsonl", "in.jsonl"]).fails_with(2, &["the tag \"Owner\" occurs twice"]);
}
