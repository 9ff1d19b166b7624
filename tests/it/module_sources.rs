//! Sources of modules that are expressions of variables and locals, as OpenTofu 1.8 takes them: the module is read where
//! the source is known, and is a gap that names the variable where it is not.

use crate::common::Scratch;
use crate::source::{read, tags};

const MODULE: &str = "variable \"team\" {\n  default = \"none\"\n}\nresource \"aws_iam_user\" \"in\" {\n  tags = { Team = var.team }\n}\n";

/// The resources of some files, which have no gap.
fn resources(files: &[(&str, &str)]) -> Vec<String> {
    let scratch = Scratch::new();
    for (name, text) in files {
        scratch.file(name, text);
    }
    read(scratch.path()).iter().map(|(address, resource)| format!("{address}: {}", tags(resource))).collect()
}

/// The gaps of some files, and the number of resources.
fn gaps(files: &[(&str, &str)], args: &[&str]) -> (Vec<String>, u64) {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"t\"\nkey = \"Team\"\nrequired = true\n");
    for (name, text) in files {
        scratch.file(name, text);
    }
    let report = scratch.run([&["check", ".", "--format", "json", "--fail-on", "never"], args].concat()).json();
    let errors = report["incomplete"].as_array().expect("a list").iter();
    let errors = errors.map(|gap| gap["error"].as_str().expect("an error").to_owned()).collect();
    (errors, report["summary"]["resources"].as_u64().expect("a number"))
}

#[test]
fn the_module_of_a_known_source_is_read_with_its_arguments() {
    for (what, source, more) in [
        (
            "a variable with a default",
            "\"./${var.name}\"",
            vec![("v.tf", "variable \"name\" {\n  default = \"modules/m\"\n}\n")],
        ),
        (
            "a file of values",
            "\"./${var.name}\"",
            vec![("v.tf", "variable \"name\" {}\n"), ("terraform.tfvars", "name = \"modules/m\"\n")],
        ),
        (
            "locals",
            "local.source",
            vec![("v.tf", "locals {\n  kind = \"m\"\n  source = \"./modules/${local.kind}\"\n}\n")],
        ),
        ("a function", "format(\"./modules/%s\", lower(\"M\"))", vec![]),
        (
            "a condition",
            "var.on ? \"./modules/m\" : \"./modules/n\"",
            vec![("v.tf", "variable \"on\" {\n  default = true\n}\n")],
        ),
        ("the folder of the root", "\"./${basename(\"x/modules\")}/m\"", vec![]),
    ] {
        let main = format!("module \"m\" {{\n  source = {source}\n  team   = \"red\"\n}}\n");
        let mut files = vec![("main.tofu", main.as_str()), ("modules/m/main.tf", MODULE)];
        files.extend(more);
        assert_eq!(resources(&files), ["module.m.aws_iam_user.in: Team=red"], "{what}");
    }
    let json = r#"{"variable": {"name": {"default": "m"}}, "module": {"m": {"source": "./modules/${var.name}", "team": "red"}}}"#;
    let files = [("main.tf.json", json), ("modules/m/main.tf", MODULE)];
    assert_eq!(resources(&files), ["module.m.aws_iam_user.in: Team=red"]);
}

#[test]
fn a_source_within_a_module_has_the_arguments_of_its_caller() {
    let outer = "variable \"kind\" {}\nmodule \"in\" {\n  source = \"../${var.kind}\"\n  team   = var.kind\n}\n";
    let main = "locals {\n  path = \"outer\"\n}\nmodule \"a\" {\n  source = \"./${local.path}\"\n  kind   = \"one\"\n}\nmodule \"b\" {\n  source = \"./outer\"\n  for_each = toset([\"x\"])\n  kind   = \"two\"\n}\n";
    let files = [("main.tofu", main), ("outer/main.tofu", outer), ("one/main.tf", MODULE), ("two/main.tf", MODULE)];
    let want = ["module.a.module.in.aws_iam_user.in: Team=one", "module.b[\"x\"].module.in.aws_iam_user.in: Team=two"];
    assert_eq!(resources(&files), want);
}

#[test]
fn a_source_that_is_not_known_is_a_gap_that_says_why() {
    for (what, source, variable, want) in [
        ("no value", "\"./${var.name}\"", "{}", "its source is not known: `var.name` has no value in source (v.tf:1)"),
        (
            "a sensitive value",
            "\"./${var.name}\"",
            "{\n  default = \"m\"\n  sensitive = true\n}",
            "its source is not known: it is sensitive, which OpenTofu refuses",
        ),
        (
            "null",
            "var.name",
            "{\n  default = null\n}",
            "its source is not known: null where a string is expected (v.tf:2)",
        ),
        (
            "a value of a resource",
            "\"./${aws_iam_user.u.arn}\"",
            "{}",
            "its source is not known: `aws_iam_user.u` is a resource, whose attributes a plan knows (main.tf:2)",
        ),
        (
            "an address",
            "\"git::https://example.com/${var.name}.git\"",
            "{\n  default = \"m\"\n}",
            "it is not fetched; `terraform init` does that",
        ),
        ("no folder", "\"./${var.name}\"", "{\n  default = \"nowhere\"\n}", "its folder is not there"),
        (
            "a folder outside",
            "\"../${var.name}\"",
            "{\n  default = \"../../../../../etc\"\n}",
            "or is outside the checked folder",
        ),
    ] {
        let main = format!(
            "module \"m\" {{\n  source = {source}\n}}\nresource \"aws_iam_user\" \"u\" {{\n  tags = {{}}\n}}\n"
        );
        let variable = format!("variable \"name\" {variable}\n");
        let (errors, _) = gaps(&[("main.tf", &main), ("v.tf", &variable), ("m/main.tf", MODULE)], &[]);
        assert!(
            errors.iter().any(|it| it.starts_with("main.tf:1: module.m: ") && it.contains(want)),
            "{what}: {errors:?}"
        );
    }
    let main = "module \"m\" {\n  source = \"./${var.name}\"\n}\n";
    let files = [("main.tf", main), ("v.tf", "variable \"name\" {}\n"), ("m/main.tf", MODULE)];
    assert_eq!(gaps(&files, &["--var", "name=m"]), (vec![], 1), "a value of the command line");
}

/// A module that an expression certainly calls is no root. One that it may call, also with other values of its variables,
/// has values that nobody knows.
#[test]
fn what_an_expression_calls_is_no_root() {
    let main = |default: &str| {
        format!(
            "variable \"name\" {{{default}}}\nmodule \"m\" {{\n  source = \"./modules/${{var.name}}\"\n  team   = \"red\"\n}}\n"
        )
    };
    let known = main("\n  default = \"m\"\n");
    let files = [("main.tofu", known.as_str()), ("modules/m/main.tf", MODULE), ("modules/n/main.tf", MODULE)];
    assert_eq!(resources(&files), ["aws_iam_user.in: Team=? …", "module.m.aws_iam_user.in: Team=red"]);
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"t\"\nkey = \"Team\"\npattern = \"red\"\n");
    scratch.file("main.tofu", main(""));
    scratch.file("modules/m/main.tf", MODULE);
    let report = scratch.run(["check", ".", "--format", "json"]).exits(3).json();
    assert_eq!(report["summary"]["unknown"], 1, "{report}");
    assert!(report["unknown"][0]["reason"].as_str().unwrap().contains("what it sets is not read"), "{report}");
}

#[test]
fn sources_that_call_each_other_end() {
    let main = "variable \"to\" {\n  default = \"./\"\n}\nmodule \"a\" {\n  source = var.to\n}\nmodule \"b\" {\n  source = var.to\n}\n";
    let (errors, _) = gaps(&[("main.tofu", main)], &[]);
    assert!(errors.iter().any(|it| it.contains("too many")), "{errors:?}");
}
