//! Terraform source that is hostile or very large: it ends as an error or a gap, soon, and never as a wrong answer.

use crate::source::{USER, scratch};

#[test]
fn hostile_text_costs_an_error_and_not_the_process() {
    let deep =
        |open: &str, close: &str| format!("locals {{\n  a = {}1{}\n}}\n", open.repeat(100_000), close.repeat(100_000));
    let wide = (0..60_000).fold(String::new(), |text, i| text + &format!("    a{i} = 1\n"));
    for (what, text) in [
        ("brackets", deep("[", "]")),
        ("braces", deep("{ a = ", " }")),
        ("parentheses", deep("(", ")")),
        ("templates", deep("\"${", "}\"")),
        ("signs", deep("!", "")),
        ("calls", deep("f(", ")")),
        ("indexes", deep("a[", "]")),
        ("conditions", deep("true ? 1 : ", "")),
        ("operators", format!("locals {{\n  a = 1{}\n}}\n", " + 1".repeat(100_000))),
        ("blocks", "a {\n".repeat(100_000)),
        ("entries", format!("locals {{\n  a = {{\n{wide}  }}\n}}\n")),
        ("no end", "locals {\n  a = \"${".to_owned()),
    ] {
        let scratch = scratch(&[("main.tf", &text)]);
        scratch.run(["check", "main.tf"]).fails_with(2, &["main.tf"]);
        assert!(!what.is_empty());
    }
    let json = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    scratch(&[("main.tf.json", &json)]).run(["check", "main.tf.json"]).fails_with(2, &["main.tf.json"]);
    let large = "#".repeat(5 << 20);
    scratch(&[("main.tf", &large)]).run(["check", "main.tf"]).fails_with(2, &["larger than 4 MiB"]);
}

#[test]
fn many_large_tags_end_as_a_gap() {
    let entries = (0..9_900).fold(String::new(), |text, at| text + &format!("    k{at} = 1\n"));
    let block = |at: usize| {
        format!("resource \"aws_iam_user\" \"u{at}\" {{\n  count = 1000\n  name = \"u\"\n  tags = local.tags\n}}\n")
    };
    let text = format!("locals {{\n  tags = {{\n{entries}  }}\n}}\n{}", (0..4).map(block).collect::<String>());
    let scratch = scratch(&[("a/main.tf", &text)]);
    // A key that is there: nothing is compared with all the others.
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"k\"\nkey = \"k1\"\nrequired = true\n");
    let run = scratch.run(["check", "a"]);
    run.exits(3);
    assert!(run.stdout.contains("the tags of the root are too large"), "{}", run.stdout);
}

#[test]
fn resources_without_steps_are_listed_and_the_limit_is_a_gap() {
    let block = |at: usize| {
        format!(
            "resource \"aws_iam_user\" \"u{at}\" {{\n  count = 1000\n  name = \"u\"\n  tags = {{ for a in local.all : a => count.index if a == \"k\" }}\n}}\n"
        )
    };
    let blocks: String = (0..4).map(block).collect();
    let scratch = scratch(&[("a/main.tf", &format!("locals {{\n  all = range(1000)\n}}\n{blocks}"))]);
    let report = scratch.run(["check", "a", "--format", "json", "--fail-on", "never"]).json();
    assert_eq!(report["summary"]["resources"], 4_000, "{report}");
    let run = scratch.run(["check", "a", "--format", "text", "--fail-on", "never"]);
    assert!(run.exits(3).stdout.contains("a/main.tf:"), "{}", run.stdout);
    assert!(run.stdout.contains("too many steps to evaluate"), "{}", run.stdout);
}

#[test]
fn work_without_end_ends_as_unknown() {
    let mut chain = String::from("locals {\n  l0 = { a = \"x\" }\n  s0 = \"xxxxxxxx\"\n  n0 = [1]\n");
    for i in 1..3_000 {
        let before = i - 1;
        chain += &format!("  l{i} = merge(local.l{before}, local.l{before}, {{ k{i} = 1 }})\n");
        chain += &format!("  s{i} = \"${{local.s{before}}}${{local.s{before}}}\"\n");
        chain += &format!("  n{i} = [local.n{before}, local.n{before}]\n");
    }
    chain += "}\n";
    let main = "resource \"aws_iam_user\" \"u\" {\n  name = local.s2999\n  tags = merge(local.l2999, { Owner = local.s2999, N = join(\",\", local.n2999) })\n}\n\
        resource \"aws_iam_user\" \"many\" {\n  count = 1000000000\n  name = \"u\"\n  tags = { Owner = count.index }\n}\n\
        locals {\n  ten = split(\",\", \"a,b,c,d,e,f,g,h,i,j\")\n  hundred = concat([for a in local.ten : local.ten]...)\n  \
        list = concat([for a in local.ten : local.hundred]...)\n  \
        cubed = [for a in local.list : [for b in local.list : [for c in local.list : \"${a}${b}${c}\"]]]\n  cycle = local.cycle_too\n  cycle_too = local.cycle\n}\n\
        resource \"aws_iam_user\" \"square\" {\n  name = \"u\"\n  tags = { Owner = length(local.cubed), Cycle = local.cycle }\n}\n";
    let recursive = "module \"a\" {\n  source = \"./\"\n}\nmodule \"b\" {\n  source = \"./\"\n}\n";
    let scratch =
        scratch(&[("a/chain.tf", &chain), ("a/main.tf", main), ("r/main.tf", recursive), ("r/user.tf", USER)]);
    let report = scratch.run(["check", "a", "--format", "json"]).exits(3).json();
    assert_eq!(report["summary"]["resources"], 3, "{report}");
    assert_eq!(report["summary"]["violating"], 0, "what took too long is unknown: {report}");
    // The limits are said in every format.
    for format in ["jsonl", "text", "sarif"] {
        let said = scratch.run(["check", "a", "--format", format]).exits(3).stdout.clone();
        assert!(said.contains("too many steps to evaluate"), "{format}: {said}");
        assert!(said.contains("more than 1000 instances of one block"), "{format}: {said}");
    }
    // The names within reach of themselves: as many levels as are gone into, and the rest is a gap.
    let run = scratch.run(["check", "r"]);
    run.exits(3);
    assert!(run.stdout.contains("too many"), "{}", run.stdout);
}
