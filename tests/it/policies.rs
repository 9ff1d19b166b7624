//! `taglint policy` and `taglint init`, as their users run them.

use crate::common::{Scratch, inventory, repository, user};

#[test]
fn every_pack_passes_its_tests() {
    let scratch = Scratch::new();
    for pack in ["aws", "default", "finops", "security", "finops-iam", "aws-tagging-best-practices"] {
        let run = scratch.run(["policy", "test", pack]);
        run.exits(0);
        assert!(run.stdout.contains(", 0 failed"), "{}", run.stdout);
    }
}

#[test]
fn a_test_fails_both_ways_and_shows_the_difference() {
    let scratch = Scratch::new();
    scratch.file(
        "taglint.toml",
        r#"version = 1
[[rule]]
id = "owner"
key = "Owner"
required = true
[[rule]]
id = "stage"
key = "Stage"
values = ["Test"]
[[test]]
name = "an expected finding that is missing"
resource = { type = "iam:user", tags = { Owner = "me" } }
expect = ["owner"]
[[test]]
name = "an unexpected finding"
resource = { type = "iam:user", tags = { Owner = "me", Stage = "Prod" } }
expect = []
[[test]]
name = "the wrong kind"
resource = { type = "iam:user", tags = { Owner = "me", Stage = "Prod" } }
expect = ["stage:missing"]
[[test]]
name = "unknown"
resource = { type = "iam:user", unknown = "why" }
expect = []
"#,
    );
    let run = scratch.run(["policy", "test"]);
    run.exits(1);
    for line in [
        "FAIL  an expected finding that is missing  (taglint.toml:10)",
        "- expected owner: the rule passes",
        "+ reported stage:value: Stage is \"Prod\"; it must be Test",
        "- expected stage:missing: the rule reports value",
        "+ owner is unknown: why",
        "4 tests, 4 failed",
    ] {
        assert!(run.stdout.contains(line), "no {line:?} in\n{}", run.stdout);
    }
    let covered = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n[[test]]\nname = \"x\"\nresource = { type = \"iam:user\", tags = {} }\nexpect = [\"owner\"]\n";
    scratch.file("taglint.toml", covered);
    scratch.run(["policy", "test"]).exits(0);
    let run = scratch.run(["policy", "test", "--require-coverage"]);
    assert!(run.exits(1).stdout.contains("no test in which owner passes"), "{}", run.stdout);
}

#[test]
fn a_starter_policy_is_good_as_it_is() {
    let scratch = Scratch::new();
    scratch.run(["init"]).exits(0);
    scratch.run(["policy", "check"]).exits(0);
    scratch.run(["policy", "test"]).exits(0);
    scratch.run(["init"]).fails_with(2, &["already exists", "--force"]);
    scratch.run(["init", "--force"]).exits(0);
}

#[test]
fn a_policy_is_proposed_from_what_is_there() {
    let scratch = Scratch::new();
    let lines: Vec<String> = (0..200)
        .map(|i| {
            let key = if i % 40 == 0 { "CostCenter" } else { "Cost Center" };
            user(
                &format!("u{i:03}"),
                &[("Environment", ["Production", "Test"][i % 2]), (key, &format!("{:05}", 10_000 + i))],
            )
        })
        .collect();
    scratch.file("in.jsonl", inventory(&lines));
    scratch.run(["init", "--from", "in.jsonl"]).exits(0);
    scratch.run(["policy", "check"]).exits(0);
    let text = scratch.read("taglint.toml");
    for part in ["key = \"Environment\"", "\"Production\", \"Test\"", "key = \"Cost Center\"", "CostCenter"] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    scratch.run(["init", "--from", "no.jsonl", "-o", "x.toml"]).fails_with(2, &["no.jsonl"]);
    assert!(!scratch.path().join("x.toml").exists());
}

#[test]
fn explain_says_what_why_and_how() {
    let scratch = Scratch::new();
    let run = scratch.run(["policy", "explain", "cost-center"]);
    run.exits(0);
    for part in ["cost-center", "Cost Center", "terraform", "cloudformation", "aws iam tag-user"] {
        assert!(run.stdout.to_lowercase().contains(&part.to_lowercase()), "no {part:?} in\n{}", run.stdout);
    }
    scratch.run(["policy", "explain", "cost-centre"]).fails_with(2, &["did you mean cost-center?"]);
    scratch.file("in.jsonl", inventory(&[user("anika", &[("Environment", "Prod")])]));
    let run = scratch.run(["policy", "explain", "--resource", "arn:aws:iam::123456789012:user/anika", "in.jsonl"]);
    run.exits(0);
    for rule in ["cost-center", "environment", "aws-syntax", "aws-headroom", "aws-tag-limit"] {
        assert!(run.stdout.contains(rule), "{}", run.stdout);
    }
    scratch
        .run(["policy", "explain", "--resource", "nobody", "in.jsonl"])
        .fails_with(2, &["has no resource \"nobody\""]);
}

#[test]
fn the_committed_schema_is_the_programs() {
    let run = Scratch::new().run(["policy", "schema"]);
    assert_eq!(run.exits(0).stdout, std::fs::read_to_string(repository("rules/schema.json")).unwrap());
}

#[test]
fn an_aws_tag_policy_is_imported() {
    let scratch = Scratch::new();
    let policy = r#"{"tags":{"costcenter":{"tag_key":{"@@assign":"Cost Center"},"tag_value":{"@@assign":["100","300*"]},"enforced_for":{"@@assign":["iam:user"]}}}}"#;
    let run = scratch.pipe(["policy", "import", "-"], policy.as_bytes());
    run.exits(0);
    scratch.file("taglint.toml", &run.stdout);
    scratch.run(["policy", "check"]).exits(0);
    assert!(run.stdout.contains("key = \"Cost Center\"") && run.stdout.contains("\"300*\""), "{}", run.stdout);
    scratch.pipe(["policy", "import", "-"], b"{").fails_with(2, &["standard input", "tag policy"]);
}

#[test]
fn imports_name_what_is_lost_and_merge_several_files() {
    let scratch = Scratch::new();
    scratch.file(
        "root.json",
        r#"{"tags":{"costcenter":{"tag_key":{"@@assign":"CostCenter"},"tag_value":{"@@assign":["1"]}}}}"#,
    );
    let child = r#"{"tags":{"costcenter":{"tag_value":{"@@append":["2"]},"report_required_tag_for":{"@@assign":["s3:bucket","new:thing"]}}}}"#;
    scratch.file("child.json", child);
    let run = scratch.run(["policy", "import", "root.json", "child.json", "--quiet"]);
    run.exits(0);
    assert!(run.stderr.contains("note: the tag \"CostCenter\": \"new:thing\""), "{}", run.stderr);
    assert!(run.stdout.contains("# \"new:thing\"") && run.stdout.contains("\"1\", \"2\""), "{}", run.stdout);
    scratch.file("taglint.toml", &run.stdout);
    scratch.run(["policy", "check"]).exits(0);
    scratch.file(
        "main.tf",
        "resource \"aws_s3_bucket\" \"b\" {\n  tags = { CostCenter = \"2\" }\n}\nresource \"aws_s3_bucket\" \"c\" {}\n",
    );
    let run = scratch.run(["check", "main.tf", "--format", "json"]);
    assert_eq!(run.exits(1).json()["findings"].as_array().unwrap().len(), 1, "{}", run.stdout);

    let alone = scratch.run(["policy", "import", "child.json"]);
    assert!(alone.exits(0).stderr.contains("every letter case passes"), "{}", alone.stderr);
    scratch.file("scp.json", r#"{"Version":"2012-10-17","Statement":[]}"#);
    scratch.run(["policy", "import", "root.json", "scp.json"]).fails_with(2, &["scp.json", "tag policy"]);
    let nothing = r#"{"tag1Value":"x"}"#;
    scratch.pipe(["policy", "import", "-"], nothing.as_bytes()).fails_with(2, &["no rule can be made", "`tag1Key`"]);
}

#[test]
fn list_shows_every_rule_and_completions_every_command() {
    let scratch = Scratch::new();
    let run = scratch.run(["policy", "list"]);
    assert_eq!(run.exits(0).stdout.lines().count(), 5, "{}", run.stdout);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = scratch.run(["completions", shell]);
        assert!(run.exits(0).stdout.contains("require-coverage"), "{shell}");
    }
}

#[test]
fn every_command_has_an_example_in_its_help() {
    let scratch = Scratch::new();
    for command in [
        &["check"][..],
        &["init"],
        &["completions"],
        &["policy", "list"],
        &["policy", "check"],
        &["policy", "test"],
        &["policy", "explain"],
        &["policy", "schema"],
        &["policy", "import"],
    ] {
        let run = scratch.run(command.iter().copied().chain(["--help"]));
        assert!(run.exits(0).stdout.contains("Example"), "{command:?}");
        assert!(run.stdout.contains("taglint "), "{command:?}");
    }
}

#[test]
fn a_regular_expression_in_a_field_of_globs_is_a_warning() {
    let scratch = Scratch::new();
    let rule =
        |fields: &str| format!("version = 1\n[[rule]]\nid = \"o\"\nkey = \"Owner\"\nrequired = true\n{fields}\n");
    for (fields, words) in [
        ("unless.name = \"^svc-.*\"", "looks like a regular expression"),
        ("values = [\"CC-\\\\d+\"]", "looks like a regular expression"),
        ("when.tags.Env = \"!prod\"", "is not a negation"),
        ("pattern = \"/^a$/\"", "the slashes are part of the pattern"),
        ("when.account = [\"1234*\", \"prod\"]", "an account ID has only digits"),
        ("when.path = \"eng/*\"", "an IAM path begins with"),
    ] {
        scratch.file("taglint.toml", rule(fields));
        let run = scratch.run(["policy", "check"]);
        assert!(run.exits(0).stderr.contains(words), "{fields}:\n{}", run.stderr);
    }
    let waiver = |rules: &str, resources: &str| {
        let rest = "reason = \"r\"\nexpires = 2030-01-01\n";
        format!("{}[[waiver]]\nrules = [\"{rules}\"]\nresources = [\"{resources}\"]\n{rest}", rule(""))
    };
    for (rules, resources, words) in [
        ("o", "^arn:aws:iam::.*", "looks like a regular expression"),
        ("o", "!aws_iam_user.x", "is not a negation"),
        ("o.*", "arn:*", "the ID of a rule has only"),
        ("o*", "module.m[\\\"a\\\"]*", ""),
    ] {
        scratch.file("taglint.toml", waiver(rules, resources));
        let run = scratch.run(["policy", "check"]);
        let said = run.exits(0).stderr.contains(if words.is_empty() { "warning" } else { words });
        assert_eq!(said, !words.is_empty(), "{rules} {resources}:\n{}", run.stderr);
    }
    for fields in
        ["unless.name = \"svc.*\"", "when.tags.Env = \"a (old)\"", "pattern = \"/home/.*/\"", "when.region = \"eu-*\""]
    {
        scratch.file("taglint.toml", rule(fields));
        let run = scratch.run(["policy", "check"]);
        assert!(!run.exits(0).stderr.contains("warning"), "{fields}:\n{}", run.stderr);
    }
}

/// Texts that are not what they look like, and fields that are known by other names.
#[test]
fn misleading_texts_and_other_names_are_told() {
    let scratch = Scratch::new();
    for (rule, words) in [
        ("key = \"\u{41e}wner\"", "is not what it looks like: U+041E looks like \"O\""),
        ("key = \"Ow\u{200b}ner\"", "is not what it looks like: U+200B is invisible"),
        ("key = \"A\"\nequals = \"{tags.A}\"", "`equals` depends on the tag itself"),
        ("key = \"A\"\nprefix-of = \"prod\"", "write values = [\"prod*\"]"),
        ("key = \"A\"\nvalues-by.account-ou.Prod = [\"a\"]", "\"Prod\" is never the organizational unit"),
        ("key = \"A\"\nwhen.account-ou = \"Prod\"", "looks like `ou-ab12-cd34ef56`"),
        ("key = \"A\"\nwhen.ou = \"x\"", "write `account-ou`"),
        ("key = \"A\"\nstarts-with = \"x\"", "write `values`"),
    ] {
        scratch.file("taglint.toml", format!("version = 1\n[[rule]]\nid = \"r\"\n{rule}\n"));
        let run = scratch.run(["policy", "check"]);
        assert!(run.stderr.contains(words), "{rule}: {}", run.stderr);
    }
    for good in ["Größe", "Kullanıcı", "Владелец", "Владелец 2", "naïve", "Ελλάδα"] {
        scratch.file("taglint.toml", format!("version = 1\n[[rule]]\nid = \"r\"\nkey = \"{good}\"\n"));
        let run = scratch.run(["policy", "check"]);
        assert_eq!(run.exits(0).stderr, "", "{good}");
    }
}

/// An organizational unit that is not known is not another one.
#[test]
fn a_path_without_a_root_is_no_path() {
    let scratch = Scratch::new();
    let rules = "[[rule]]\nid = \"a\"\nkey = \"A\"\n[rule.values-by.account-ou]\nou-ab12-cd34ef56 = [\"y\"]\n\"*\" = [\"x\"]\n\
                 [[rule]]\nid = \"b\"\nkey = \"B\"\nrequired = true\nwhen.account-ou = \"ou-*\"\n";
    scratch.file("taglint.toml", format!("version = 1\n{rules}"));
    for (path, findings, unknown) in [
        ("\"\"", 0, 2),
        ("null", 0, 2),
        ("\"ou-ab12-cd34ef56\"", 0, 2),
        ("\"r-ab12\"", 0, 0),
        ("\"r-ab12/ou-ab12-11112222/ou-ab12-cd34ef56\"", 2, 0),
    ] {
        let line = format!(
            "{{\"type\":\"iam:user\",\"arn\":\"arn:aws:iam::123456789012:user/a\",\"account-ou\":{path},\"tags\":{{\"A\":\"x\"}}}}"
        );
        scratch.file("in.jsonl", crate::common::inventory(&[line]));
        let report = scratch.run(["check", "in.jsonl", "--format", "json"]).json();
        let count = |part: &str| report[part].as_array().map(Vec::len);
        assert_eq!((count("findings"), count("unknown")), (Some(findings), Some(unknown)), "{path}: {report}");
    }
}

/// All mistakes are shown at once: those of values beside names of rules that do not exist.
#[test]
fn names_of_rules_are_looked_up_beside_other_mistakes() {
    let scratch = Scratch::new();
    let policy = r#"version = 1
extends = ["./shared.toml"]
disable = ["owner", "nowhere"]
[[rule]]
id = "stage"
key = "Stage"
pattern = "("
[[rule]]
id = "team"
key = "Team"
[[target]]
id = "share"
rules = ["stage", "team", "taem", "cost-*"]
compliant = "95%"
[[target]]
id = "other"
rules = ["gone"]
compliant = "much"
[[waiver]]
rules = ["stage", "lost"]
resources = ["*"]
reason = ""
expires = 2030-01-01
[[test]]
name = "t"
resource = { type = "iam:user" }
expect = ["stage:pattern", "absent"]
"#;
    scratch.file("shared.toml", "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nseverity = \"fatal\"\n");
    scratch.file("taglint.toml", policy);
    let all = [
        "`pattern` is not a valid regular expression",
        "no rule \"taem\"",
        "did you mean \"team\"?",
        "no rule matches \"cost-*\"",
        "\"much\" is not a percentage",
        "no rule \"gone\"",
        "empty `reason`",
        "no rule \"lost\"",
        "no rule \"absent\"",
        "severity",
        "no extended rule matches \"nowhere\"",
    ];
    let run = scratch.run(["policy", "check"]);
    run.fails_with(2, &all);
    for known in ["no rule \"stage", "matches \"owner\""] {
        assert!(!run.stderr.contains(known), "{known}: {}", run.stderr);
    }
    // Where a file can't be read, a rule of it may have the name.
    for hidden in ["version = 1\n[[rule", "version = 1\n[rule]\nid = \"lost\"\n", "version = 1\n[[rule]]\nkey = 1\n"] {
        scratch.file("shared.toml", hidden);
        let run = scratch.run(["policy", "check"]);
        run.fails_with(2, &["`pattern` is not a valid regular expression", "\"much\" is not a percentage"]);
        for name in ["lost", "taem", "gone", "nowhere"] {
            assert!(!run.stderr.contains(&format!("\"{name}\"\n")), "{hidden} {name}: {}", run.stderr);
            assert!(!run.stderr.contains(&format!("no rule \"{name}\"")), "{hidden} {name}: {}", run.stderr);
        }
    }
}

/// Commands with PATH take the flag of the others too.
#[test]
fn a_policy_can_be_named_with_the_flag_of_other_commands() {
    let scratch = Scratch::new();
    scratch.file(
        "p.toml",
        "version = 1\n[[rule]]\nid = \"a\"\nkey = \"A\"\nrequired = true\n[[test]]\nname = \"t\"\nresource = { type = \"iam:user\" }\nexpect = [\"a\"]\n",
    );
    scratch.file("q.toml", "version = 1\n[[rule]]\nid = \"b\"\nkey = \"B\"\n");
    let checked = scratch.run(["policy", "check", "--policy", "p.toml", "--policy", "q.toml"]);
    assert!(checked.exits(0).stdout.contains("2 rules, 1 test"), "{}", checked.stdout);
    assert_eq!(scratch.run(["policy", "check", "p.toml", "--policy", "q.toml"]).exits(0).stdout, checked.stdout);
    let tested = scratch.run(["policy", "test", "--policy", "p.toml"]);
    assert!(tested.exits(0).stdout.contains("1 test, 0 failed"), "{}", tested.stdout);
    let packs = scratch.run(["policy", "test", "--policy", "default"]);
    assert!(packs.exits(0).stdout.starts_with("default: "), "{}", packs.stdout);
    scratch.run(["policy", "lock", "--policy", "p.toml"]).exits(0);
    scratch.run(["policy", "check", "--policy", "none.toml"]).fails_with(2, &["none.toml"]);
}

#[test]
fn the_page_of_a_rule_shows_its_lists_and_says_each_thing_once() {
    let scratch = Scratch::new();
    scratch.file("teams.txt", (0..12).map(|n| format!("team-{n}")).collect::<Vec<_>>().join("\n"));
    scratch.file(
        "taglint.toml",
        "version = 1\n[lists]\nstages = [\"Production\", \"Test\"]\nteams = { file = \"teams.txt\" }\n\
         [[rule]]\nid = \"stage\"\nkey = \"Stage\"\nvalues = \"@stages\"\n\
         [[rule]]\nid = \"team\"\ndescription = \"Says who runs it\"\nkey = \"Team\"\nvalues = \"@teams\"\n\
         [[target]]\nid = \"share\"\nrules = [\"team\"]\ncompliant = \"95%\"\n",
    );
    let page = |id: &str| scratch.run(["policy", "explain", id]).exits(0).stdout.clone();
    let stage = page("stage");
    let list = "- `@stages`: 2 items from taglint.toml:3: \"Production\" and \"Test\".\n";
    assert!(stage.contains(list) && stage.starts_with("# stage\n\nSeverity error"), "{stage}");
    assert_eq!(stage.matches("must be Production or Test").count(), 1, "{stage}");
    let team = page("team");
    let list = "- `@teams`: 12 items from teams.txt, as taglint.toml:4 says: \"team-0\", ";
    assert!(team.contains(list) && team.contains("\"team-9\" and 2 more.\n"), "{team}");
    assert!(team.starts_with("# team\n\nSays who runs it.\n\nSeverity error"), "{team}");
    let share = page("share");
    assert_eq!(share.matches("At least 95% of the resources").count(), 1, "{share}");
}

#[test]
fn a_single_letter_is_not_offered_for_another() {
    let scratch = Scratch::new();
    scratch.file(
        "taglint.toml",
        "version = 1\n[[rule]]\nid = \"tier\"\nkey = \"Tier\"\nvalues = [\"a\", \"b\", \"dev\"]\n",
    );
    for (value, offered) in [("x", None), ("A", Some("a")), ("dv", Some("dev")), ("ab", None)] {
        scratch.file("in.jsonl", inventory(&[user("u", &[("Tier", value)])]));
        let run = scratch.run(["check", "in.jsonl"]);
        let shown = &run.exits(1).stdout;
        match offered {
            Some(offered) => assert!(shown.contains(&format!("did you mean \"{offered}\"?")), "{value}: {shown}"),
            None => assert!(!shown.contains("did you mean"), "{value}: {shown}"),
        }
    }
}
