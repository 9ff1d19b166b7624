//! Fix plans: the exact changes that are certain, and all other findings with the reason.

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Run, Scratch, device, inventory, line, user};

const POLICY: &str = r#"version = 1
[[rule]]
id = "center"
key = "Cost Center"
aliases = ["KST"]
required = true
pattern = '\d{5}'
[[rule]]
id = "stage"
key = "Environment"
values = ["Production", "Test"]
default = "Test"
[[rule]]
id = "old"
forbid = ["tmp*"]
"#;

fn plan(lines: &[String], policy: &str, flags: &[&str]) -> (Scratch, Run, Value) {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", policy);
    scratch.file("in.jsonl", inventory(lines));
    let mut args = vec!["fix", "in.jsonl", "--output", "plan.json"];
    args.extend(flags);
    let run = scratch.run(&args);
    run.exits(0);
    let plan = serde_json::from_str(&scratch.read("plan.json")).unwrap();
    (scratch, run, plan)
}

/// What becomes of one resource's tags, or why nothing does.
fn fixed(line: &str, policy: &str, flags: &[&str]) -> Result<Value, String> {
    let (_, _, plan) = plan(&[line.to_owned()], policy, flags);
    match plan["changes"].as_array().unwrap().as_slice() {
        [] => Err(plan["not-fixed"]
            .as_array()
            .unwrap()
            .iter()
            .map(|left| left["reason"].as_str().unwrap())
            .collect::<Vec<_>>()
            .join("; ")),
        [change] => Ok(change["after"].clone()),
        more => panic!("{more:?}"),
    }
}

#[test]
fn certain_fixes_are_planned_and_guesses_only_where_they_are_allowed() {
    let none: &[&str] = &[];
    for (tags, flags, want) in [
        // An alias, letter case, a separator, outer space: the value is kept.
        (&[("KST", "12345")][..], none, Ok(json!({"Cost Center": "12345"}))),
        (&[("cost center", "12345")], none, Ok(json!({"Cost Center": "12345"}))),
        (&[("cost-center ", "12345")], none, Ok(json!({"Cost Center": "12345"}))),
        (&[("CostCenter", "12345"), ("x", "y")], none, Ok(json!({"Cost Center": "12345", "x": "y"}))),
        (&[("KST", "12E45")], none, Err("reject the value")),
        // A guess.
        (&[("Cost Centre", "12345")], none, Err("--allow-guess permits it")),
        (&[("Cost Centre", "12345")], &["--allow-guess"], Ok(json!({"Cost Center": "12345"}))),
        (&[("\u{421}ost Center", "12345")], none, Err("--allow-guess")),
        // Both are there, or two that may be meant.
        (&[("KST", "12345"), ("Cost Center", "54321")], none, Err("exist; keep one of them")),
        (&[("KST", "12345"), ("CostCenter", "54321")], none, Err("may both mean this key")),
        // Values.
        (
            &[("Cost Center", "12345"), ("Environment", " production")],
            none,
            Ok(json!({"Cost Center": "12345", "Environment": "Production"})),
        ),
        (&[("Cost Center", "12345"), ("Environment", "Stage")], none, Err("--allow-overwrite")),
        (
            &[("Cost Center", "12345"), ("Environment", "Stage")],
            &["--allow-overwrite"],
            Ok(json!({"Cost Center": "12345", "Environment": "Test"})),
        ),
        (&[("Cost Center", "x")], &["--allow-overwrite"], Err("not certain")),
        (&[], none, Err("the rule has no default")),
        // Forbidden keys.
        (&[("Cost Center", "12345"), ("tmp1", "x")], none, Err("--allow-remove permits it")),
        (&[("Cost Center", "12345"), ("tmp1", "x")], &["--allow-remove"], Ok(json!({"Cost Center": "12345"}))),
        // AWS's own tags stay.
        (&[("KST", "12345"), ("aws:x", "y")], none, Ok(json!({"Cost Center": "12345", "aws:x": "y"}))),
    ] {
        for resource in [user("anika", tags), device("anika", tags)] {
            match (fixed(&resource, POLICY, flags), &want) {
                (Ok(after), Ok(want)) => assert_eq!(after, *want, "{resource}"),
                (Err(reason), Err(words)) => assert!(reason.contains(words), "{resource}: {reason}"),
                (got, want) => panic!("{resource}: {got:?}, not {want:?}"),
            }
        }
    }
}

#[test]
fn a_missing_tag_takes_the_default_or_what_the_user_or_the_account_has() {
    let policy = "version = 1\n[[rule]]\nid = \"team\"\nkey = \"Team\"\nrequired = true\ndefault-from = \"user\"\nresources = [\"iam:mfa\"]\n\
                  [[rule]]\nid = \"unit\"\nkey = \"Unit\"\nrequired = true\ndefault-from = \"account\"\nresources = [\"iam:mfa\"]\n\
                  [[rule]]\nid = \"stage\"\nkey = \"Stage\"\nrequired = true\ndefault = \"Test\"\nresources = [\"iam:mfa\"]\n\
                  [[rule]]\nid = \"user\"\nkey = \"Team\"\naliases = [\"Group\"]\nresources = [\"iam:user\"]\n";
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/anika");
    let given = json!({"type": "iam:mfa", "arn": format!("arn:aws:iam::{ACCOUNT}:mfa/d"), "name": "d", "account": ACCOUNT,
        "user": arn, "account-tags": {"Unit": "identity"}, "tags": {}});
    // The user's value as the plan leaves it: he has it under another name yet.
    let (_, _, plan) = plan(&[given.to_string(), user("anika", &[("Group", "payments")])], policy, &[]);
    assert_eq!(plan["changes"][0]["after"], json!({"Team": "payments", "Unit": "identity", "Stage": "Test"}));
    assert_eq!(plan["changes"][1]["after"], json!({"Team": "payments"}));
}

#[test]
fn a_fix_that_would_break_another_rule_is_refused() {
    // Under its right name the tag makes another rule apply.
    let policy = format!(
        "{POLICY}[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\nwhen.tags.\"Cost Center\" = \"12*\"\n"
    );
    let reason = fixed(&user("a", &[("KST", "12345")]), &policy, &[]).unwrap_err();
    assert!(reason.contains("it would break rule owner: Owner is missing"), "{reason}");
    // A default that only one may have.
    let policy = "version = 1\n[[rule]]\nid = \"id\"\nkey = \"Id\"\nrequired = true\ndefault = \"1\"\n[[rule]]\nid = \"one\"\nunique = \"Id\"\n";
    let (_, _, plan) = plan(&[user("a", &[]), user("b", &[])], policy, &[]);
    assert_eq!(plan["changes"].as_array().unwrap().len(), 1);
    assert!(plan["not-fixed"][0]["reason"].as_str().unwrap().contains("it would break rule one"), "{plan}");
}

#[test]
fn what_a_user_gets_may_not_break_his_device() {
    let policy = "version = 1\n[[rule]]\nid = \"team\"\nkey = \"Team\"\naliases = [\"Group\"]\nresources = [\"iam:user\"]\n[[rule]]\nid = \"same\"\nsame-as-user = [\"Team\"]\n";
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/anika");
    let given = |tags: Value| {
        json!({"type": "iam:mfa", "arn": format!("arn:aws:iam::{ACCOUNT}:mfa/d"), "name": "d", "account": ACCOUNT, "user": arn, "tags": tags}).to_string()
    };
    let lines = |tags: Value| [user("anika", &[("Group", "payments")]), given(tags)];
    // The device has none: it gets the same.
    let (_, _, both) = plan(&lines(json!({})), policy, &[]);
    assert_eq!(both["changes"].as_array().unwrap().len(), 2, "{both}");
    // It has another: that would have to be overwritten.
    let (_, _, none) = plan(&lines(json!({"Team": "identity"})), policy, &[]);
    assert_eq!(none["changes"], json!([]));
    assert!(none["not-fixed"].to_string().contains("would break rule same"), "{none}");
    let (_, _, both) = plan(&lines(json!({"Team": "identity"})), policy, &["--allow-overwrite"]);
    assert_eq!(both["changes"][0]["after"], json!({"Team": "payments"}), "{both}");
}

#[test]
fn the_service_would_take_every_change() {
    let full: Vec<(String, &str)> = (0..50).map(|i| (format!("k{i}"), "v")).collect();
    let full: Vec<(&str, &str)> = full.iter().map(|(k, v)| (k.as_str(), *v)).collect();
    let policy = "version = 1\n[[rule]]\nid = \"stage\"\nkey = \"Stage\"\nrequired = true\ndefault = \"Test\"\n";
    let reason = fixed(&device("d", &full), policy, &[]).unwrap_err();
    assert!(reason.contains("there would be 51 tags"), "{reason}");
    // A rename needs no place in the end; letter case on a user is no removal.
    let policy = "version = 1\n[[rule]]\nid = \"k\"\nkey = \"K0\"\n";
    let (scratch, _, plan) = plan(&[user("u", &full), device("d", &full)], policy, &[]);
    assert_eq!((&plan["changes"][0]["remove"], &plan["changes"][1]["remove"]), (&json!(["k0"]), &json!([])));
    let script = scratch.run(["fix", "in.jsonl", "--emit", "aws-cli"]).stdout;
    let at = |word: &str| script.find(word).unwrap_or_else(|| panic!("{script}"));
    assert!(at("iam untag-mfa-device") < at("iam tag-mfa-device") && !script.contains("iam untag-user"), "{script}");
    // Where the two ways to fold letters disagree, nobody knows.
    let policy = "version = 1\n[[rule]]\nid = \"k\"\nkey = \"key\"\n";
    let reason = fixed(&user("u", &[("\u{212a}ey", "v")]), policy, &[]).unwrap_err();
    assert!(reason.contains("not documented"), "{reason}");
}

/// A key that only Unicode case folding makes equal to another one: AWS does not say whether IAM does.
#[test]
fn keys_of_unclear_identity_are_neither_planned_nor_exported() {
    let policy = "version = 1\n[[rule]]\nid = \"k\"\nkey = \"Strasse\"\naliases = [\"Stra\u{df}e\"]\n";
    let tags = [("Stra\u{df}e", "x")];
    let (before, after) =
        [tags, [("Strasse", "x")]].map(|pairs| pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into()).into();
    let applied = taglint::fix::requests::requests("iam:user", &before, &after).unwrap_err();
    assert_eq!(fixed(&user("u", &tags), policy, &[]).unwrap_err(), applied);
    let (scratch, ..) = plan(&[user("u", &tags), device("d", &tags)], policy, &[]);
    let script = scratch.run(["fix", "in.jsonl", "--emit", "aws-cli"]).stdout;
    assert!(!script.contains("-user ") && script.contains("iam tag-mfa-device"), "{script}");
}

/// The export and the CSV report use one encoder, so that no text is a formula in one of them only.
#[test]
fn no_spreadsheet_reads_a_formula_from_any_table() {
    for start in ["=", "+", "-", "@", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}", " =", "x;=", "x; -", ";\u{ff1d}"]
    {
        let value = format!("{start}1+1");
        let policy = format!(
            "version = 1\n[[rule]]\nid = \"k\"\nkey = \"Key\"\nvalues = [\"a\"]\n[[rule]]\nid = \"f\"\nforbid = [{value:?}]\n"
        );
        let tags = [("Key", &*value), (&*value, "x")];
        let scratch = Scratch::new();
        scratch.file("taglint.toml", &policy);
        scratch.file("in.jsonl", inventory(&[device("d", &tags)]));
        scratch.run(["check", "in.jsonl", "--output", "report.csv"]).exits(1);
        let table = scratch.run(["fix", "in.jsonl", "--allow-remove", "--emit", "tag-editor"]).stdout;
        let guarded = taglint::base::encode::csv::without_formula(&value).into_owned();
        assert_ne!(guarded, value);
        for (name, text) in [("report", scratch.read("report.csv")), ("export", table)] {
            let mut rows = csv::Reader::from_reader(text.as_bytes());
            let cells: Vec<String> =
                rows.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect();
            assert!(cells.contains(&guarded), "{name} of {value:?}:\n{text}");
            assert!(!cells.iter().any(|cell| cell.starts_with(&value)), "{name} of {value:?}:\n{text}");
        }
    }
}

#[test]
fn one_off_repairs_and_choices() {
    let lines = [user("a", &[("KST", "12345")]), user("b", &[("Cost Center", "1"), ("Team", "x")])];
    let (scratch, _, chosen) = plan(&lines, POLICY, &["--resource", "*:user/b", "--set", "Team=y"]);
    assert!(
        chosen["not-fixed"].to_string().contains("--allow-overwrite") && chosen["changes"] == json!([]),
        "{chosen}"
    );
    let (_, _, chosen) = plan(&lines, POLICY, &["--resource", "b", "--set", "Team=y", "--allow-overwrite"]);
    assert_eq!(chosen["changes"][0]["set"], json!({"Team": "y"}));
    assert_eq!(chosen["changes"][0]["rules"], json!([{"key": "Team", "kind": "set"}]));
    let (_, _, chosen) = plan(&lines, POLICY, &["--ignore", "center"]);
    assert_eq!(chosen["changes"], json!([]));
    for (flags, words) in [
        (&["--resource", "nobody"][..], "no resource has such"),
        (&["--set", "a=b"], "--resource"),
        (&["--resource", "b", "--set", "a=b", "--set", "a=c"], "given twice"),
        (&["--select", "nothing"], "no rule of the policy matches"),
        (&["--output", "plan.txt"], "a plan is a .json file"),
    ] {
        let mut args = vec!["fix", "in.jsonl"];
        args.extend(flags);
        scratch.run(&args).fails_with(2, &[words]);
    }
}

#[test]
fn who_keeps_a_resource_is_said_and_counted() {
    let pool = |tags: Value| {
        json!({"type": "cognito-idp:userpool", "arn": format!("arn:aws:cognito-idp:eu-west-1:{ACCOUNT}:userpool/eu-west-1_a"),
            "name": "p", "id": "eu-west-1_a", "account": ACCOUNT, "region": "eu-west-1", "tags": tags}).to_string()
    };
    let stack =
        pool(json!({"KST": "12345", "aws:cloudformation:stack-name": "s", "aws:cloudformation:logical-id": "Pool"}));
    let (scratch, run, plan_of) = plan(&[stack, user("a", &[("KST", "12345")])], POLICY, &[]);
    assert_eq!(plan_of["changes"][0]["owner"], json!({"by": "unknown"}));
    assert_eq!(plan_of["changes"][1]["owner"], json!({"by": "cloudformation", "address": "s/Pool"}));
    assert!(
        run.stdout.contains("1 resource managed by CloudFormation or Terraform")
            && run.stdout.contains("1 resource with unknown owner")
    );
    let script = scratch.run(["fix", "in.jsonl", "--emit", "aws-cli"]).stdout;
    assert!(
        !script.contains("cognito-idp")
            && script.contains("Left out because CloudFormation or Terraform manages them: 1"),
        "{script}"
    );
    let script = scratch.run(["fix", "in.jsonl", "--emit", "aws-cli", "--allow-managed"]).stdout;
    assert!(script.contains("aws cognito-idp tag-resource --region eu-west-1"), "{script}");
    let (_, _, refused) = plan(&[user("a", &[("KST", "12345")])], POLICY, &["--require-owner-known"]);
    assert_eq!(refused["changes"], json!([]));
}

#[test]
#[cfg(unix)]
fn only_the_owner_may_read_a_plan() {
    use std::os::unix::fs::PermissionsExt as _;
    let (scratch, ..) = plan(&[user("ann", &[])], POLICY, &[]);
    let mode = std::fs::metadata(scratch.path().join("plan.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn every_resource_without_an_arn_is_named_as_not_fixed() {
    let pool = |id: &str| {
        format!(r#"{{"type":"cognito-idp:userpool","id":"{id}","name":"p","account":"{ACCOUNT}","tags":{{}}}}"#)
    };
    let (_, _, plan) = plan(&[pool("eu-west-1_a"), pool("eu-west-1_b")], POLICY, &[]);
    let left = plan["not-fixed"].as_array().unwrap();
    let center = left.iter().filter(|entry| entry["ask"]["rule"] == "center").count();
    assert_eq!(center, 2, "{plan}");
}

#[test]
fn what_was_not_read_is_neither_fixed_nor_forgotten() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let unread = format!(
        "{{\"type\":\"iam:user\",\"arn\":\"arn:aws:iam::{ACCOUNT}:user/u\",\"name\":\"u\",\"account\":\"{ACCOUNT}\",\"tags\":null,\"unknown\":\"AccessDenied\"}}"
    );
    scratch.file("in.jsonl", inventory(&[unread, user("a", &[("KST", "12345")])]));
    let run = scratch.run(["fix", "in.jsonl"]);
    run.exits(3);
    assert!(
        run.stdout.contains("its tags could not be read: AccessDenied") && run.stdout.contains("+ \"Cost Center\"")
    );
    scratch.run(["fix", "in.jsonl", "--allow-incomplete"]).exits(0);
    scratch.file("main.tf", "resource \"aws_iam_user\" \"a\" {}\n");
    scratch.run(["fix", "main.tf"]).fails_with(2, &["not an inventory"]);
}

/// The project's source, its state, and the inventory of what it made.
fn project(scratch: &Scratch, source: &str, tags: &[(&str, &str)]) {
    scratch.file("taglint.toml", POLICY);
    scratch.file("infra/main.tf", source);
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/anika");
    let state = json!({"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", "outputs": {}, "resources": [
        {"mode": "managed", "type": "aws_iam_user", "name": "anika", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
         "instances": [{"schema_version": 0, "attributes": {"arn": arn, "name": "anika"}}]}]});
    scratch.file("infra/terraform.tfstate", state.to_string());
    scratch.file("in.jsonl", inventory(&[user("anika", tags)]));
}

#[test]
fn a_patch_of_literal_tags_applies_and_keeps_comments() {
    let git = |scratch: &Scratch, args: &[&str]| {
        let done = std::process::Command::new("git").current_dir(scratch.path()).args(args).output().unwrap();
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    for (source, want) in [
        (
            "# who\nresource \"aws_iam_user\" \"anika\" {\n  name = \"anika\"\n  tags = {\n    KST   = \"12345\" # finance\n    tmp1  = \"x\"\n    Environment = \"production\"\n  }\n}\n",
            "# who\nresource \"aws_iam_user\" \"anika\" {\n  name = \"anika\"\n  tags = {\n    \"Cost Center\"   = \"12345\" # finance\n    Environment = \"Production\"\n  }\n}\n",
        ),
        (
            "resource \"aws_iam_user\" \"anika\" {\n  tags = { KST = \"12345\", tmp1 = \"x\", Environment = \"production\" }\n}",
            "resource \"aws_iam_user\" \"anika\" {\n  tags = { \"Cost Center\" = \"12345\", Environment = \"Production\" }\n}",
        ),
    ] {
        let scratch = Scratch::new();
        std::fs::remove_dir(scratch.path().join(".git")).unwrap();
        git(&scratch, &["init", "-q"]);
        project(&scratch, source, &[("KST", "12345"), ("tmp1", "x"), ("Environment", "production")]);
        let run =
            scratch.run(["fix", "in.jsonl", "--terraform-state", "infra", "--patch", "out.diff", "--allow-remove"]);
        run.exits(0);
        assert!(run.stdout.contains("managed by Terraform as aws_iam_user.anika, infra/main.tf:"), "{}", run.stdout);
        git(&scratch, &["apply", "--check", "out.diff"]);
        git(&scratch, &["apply", "out.diff"]);
        assert_eq!(scratch.read("infra/main.tf"), want);
    }
    // What is not literal is left alone, and said.
    for tags in
        ["local.tags", "{ KST = var.center }", "merge({ KST = \"12345\" }, {})", "{ KST = \"99999\", x = \"${1}\" }"]
    {
        let scratch = Scratch::new();
        project(&scratch, &format!("resource \"aws_iam_user\" \"anika\" {{\n  tags = {tags}\n}}\n"), &[("tmp1", "x")]);
        let run =
            scratch.run(["fix", "in.jsonl", "--terraform-state", "infra", "--patch", "out.diff", "--allow-remove"]);
        assert_eq!(scratch.read("out.diff"), "");
        run.fails_with(0, &["note: --patch: aws_iam_user.anika"]);
    }
}

#[test]
fn hostile_text_is_shown_and_runs_nowhere() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"k\"\nkey = \"Key\"\nrequired = true\ndefault = \"it's $(touch owned) `touch owned` ${path.module} %{if}\"\n\
        [[rule]]\nid = \"e\"\nkey = \"Environment\"\naliases = [\"Env\"]\n");
    scratch.file("in.jsonl", inventory(&crate::hostile::lines()));
    let pool = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_1";
    let tags = [("Env", "a'b\"; touch owned; '"), ("=1+1", "-x"), ("$(touch owned)", "\u{202e}")];
    let odd = json!({"type": "cognito-idp:userpool", "arn": pool, "name": "\u{1b}[2J", "account": ACCOUNT, "tags": {}})
        .to_string();
    scratch.file("odd.jsonl", inventory(&[line("test:thing", "arn:aws:test:::x", "x", &tags), odd]));
    for file in ["in.jsonl", "odd.jsonl"] {
        for form in [&[][..], &["--emit", "aws-cli"], &["--emit", "terraform"], &["--emit", "tag-editor"]] {
            let mut args = vec!["fix", file, "--allow-remove", "--allow-overwrite", "--allow-guess"];
            args.extend(form);
            let run = scratch.run(&args);
            run.exits(0);
            let bad = run.stdout.chars().find(|c| taglint::base::is_hostile(*c) && !matches!(c, '\n' | '\r'));
            assert_eq!(bad, None, "{form:?}: {}", run.stdout);
        }
    }
    // The script itself, with an `aws` that only writes down what it is told.
    let tool = scratch.file(
        "bin/aws",
        "#!/bin/sh\nif [ \"$1\" = sts ]; then echo 123456789012; exit; fi\nprintf '%s\\n' \"$@\" >> calls\n",
    );
    let script = scratch.run(["fix", "in.jsonl", "--emit", "aws-cli"]).stdout;
    assert!(script.is_ascii());
    scratch.file("fix.sh", &script);
    #[cfg(unix)]
    {
        std::fs::set_permissions(&tool, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", tool.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let done = std::process::Command::new("sh")
            .arg("fix.sh")
            .env("PATH", path)
            .current_dir(scratch.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        assert!(!scratch.path().join("owned").exists());
        if script.contains("--cli-input-json") {
            for line in scratch.read("calls").lines().filter(|line| line.starts_with('{')) {
                serde_json::from_str::<Value>(line).unwrap();
            }
        }
    }
}
