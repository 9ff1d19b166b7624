//! Tests of the evaluation of HCL expressions.

use std::sync::Arc;

use super::super::files::ReadBoundary;
use super::super::project::Project;
use super::super::scope::Namespace;
use super::*;

/// A value in short: `?` for unknown, `…` for possible other entries.
fn shown(value: &HclValue) -> String {
    match &value.kind {
        HclValueKind::Unknown(_) => "?".to_owned(),
        HclValueKind::Null => "null".to_owned(),
        HclValueKind::List(list) => format!("[{}]", list.items.iter().map(shown).collect::<Vec<_>>().join(" ")),
        HclValueKind::Map(map) => {
            let mut parts: Vec<String> =
                map.entries.iter().map(|(key, value)| format!("{key}={}", shown(value))).collect();
            parts.extend(map.possible.keys().map(|key| format!("{key}?")));
            parts.extend(map.more.is_some().then(|| "…".to_owned()));
            format!("{{{}}}", parts.join(" "))
        }
        _ => value.as_text().expect("a text").to_string(),
    }
}

fn check(table: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("variable \"unset\" {}\nlocals {\n  map = { a = 1, b = 2 }\n  list = [\"x\", \"y\"]\n");
    for (at, (expression, _)) in table.iter().enumerate() {
        text += &format!("  t{at} = {expression}\n");
    }
    std::fs::write(folder.path().join("main.tf"), text + "}\n").unwrap();
    let boundary = ReadBoundary::new(folder.path(), folder.path()).unwrap();
    let (project, root) = Project::read_root(&folder.path().canonicalize().unwrap(), &boundary);
    assert!(project.problems.is_empty(), "{:?}", project.problems);
    let mut evaluator = HclEvaluator::new(ModuleScopes::new(Arc::new(project), Arc::new(root)));
    for (at, (expression, want)) in table.iter().enumerate() {
        let value = evaluator.resolve_name(0, Namespace::Local, &format!("t{at}"));
        assert_eq!(shown(&value), *want, "{expression}");
    }
}

#[test]
fn a_later_map_wins_and_an_unknown_one_hides_what_came_before() {
    check(&[
        ("merge(local.map, { b = 3, c = 4 })", "{a=1 b=3 c=4}"),
        ("merge(local.map, var.unset)", "{a=? b=? …}"),
        ("merge(var.unset, local.map)", "{a=1 b=2 …}"),
        ("merge(local.map, null, {})", "{a=1 b=2}"),
        ("merge([local.map, { a = 9 }]...)", "{a=9 b=2}"),
        ("merge(var.unset...)", "{…}"),
        ("{ (var.unset) = 1, a = 2 }", "{a=2 …}"),
        ("{ a = 2, (var.unset) = 1 }", "{a=? …}"),
        ("merge({ a = 1 }, var.unset == 1 ? { a = 2 } : {})", "{a=?}"),
        ("merge(var.unset == 1 ? { a = 2 } : {}, { a = 1 })", "{a=1}"),
        ("var.unset == 1 ? { a = 1, b = 1 } : { a = 1, c = 1 }", "{a=1 b? c?}"),
    ]);
}

#[test]
fn one_side_may_settle_what_the_other_leaves_open() {
    check(&[
        ("var.unset && false", "false"),
        ("true || var.unset", "true"),
        ("var.unset && true", "?"),
        ("var.unset ? 1 : 1", "1"),
        ("var.unset ? 1 : 2", "?"),
        ("null == null", "true"),
        ("var.unset == null", "?"),
        ("1 == \"1\"", "false"),
        ("[1] == [1]", "true"),
        ("contains(local.list, \"x\") ? \"in\" : \"out\"", "in"),
        ("contains([var.unset, \"a\"], \"a\")", "true"),
        ("contains([var.unset], \"a\")", "?"),
    ]);
}

#[test]
fn steps_lead_into_values_and_out_of_them_to_unknown() {
    check(&[
        ("local.map.a", "1"),
        ("local.map[\"b\"]", "2"),
        ("local.map.nope", "?"),
        ("local.list[1]", "y"),
        ("local.list[2]", "?"),
        ("local.list.0", "x"),
        ("local.nope", "?"),
        ("lookup(local.map, \"c\", \"d\")", "d"),
        ("lookup(merge(var.unset, local.map), \"c\", \"d\")", "?"),
        ("keys(merge(var.unset, local.map))", "?"),
        ("[{ a = 1 }, { a = 2 }][*].a", "[1 2]"),
        ("{ for k, v in local.map : upper(k) => v + 1 }", "{A=2 B=3}"),
        ("{ for k, v in local.map : k => v if v == var.unset }", "{a? b?}"),
        ("[for i, x in local.list : \"${i}${x}\"]", "[0x 1y]"),
        ("[for x in var.unset : x]", "?"),
        ("{ for x in [\"a\", \"a\"] : x => 1... }", "{a=[1 1]}"),
    ]);
}

#[test]
fn what_is_not_exactly_terraforms_is_not_said() {
    check(&[
        // Results of `can` and `try` that depend on more than taglint knows.
        ("can(regex(\"a**\", \"a\"))", "?"),
        ("can(regex(\"(?R)a\", \"a\"))", "?"),
        ("can(tonumber(\"inf\"))", "?"),
        ("can(cidrhost(\"010.0.0.0/8\", 1))", "?"),
        ("can(length([var.unset[3]]))", "?"),
        ("try(length([var.unset[3]]), \"none\")", "?"),
        ("can(length(slice(var.unset, 0, 3)))", "?"),
        ("length(slice(var.unset, 0, 3))", "3"),
        ("can(true ? \"a\" : var.unset[0])", "?"),
        ("can(true || null)", "?"),
        ("lower(\"É\")", "é"),
        ("lower(\"\u{1e9e}\")", "?"),
        ("title(\"a b-c\")", "A B-C"),
        ("7 / 2", "3.5"),
        (
            "1 / length([1, 2, 3])",
            "0.33333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333335",
        ),
        ("length([1]) / length([1, 2, 3])", "0.33333333333333333334"),
        ("6 / 2", "3"),
        ("1.50", "1.5"),
        ("100.0", "100"),
        ("-1.5", "-1.5"),
        ("1e3", "1000"),
        ("1e700", "?"),
        ("1 / 0", "?"),
        ("12345678901234567890", "12345678901234567890"),
        ("format(\"%s-%d\", \"a\", 3)", "a-3"),
        ("format(\"%5s\", \"a\")", "    a"),
        ("format(\"%e\", 1)", "1.000000e+00"),
        ("format(\"%v\", 1000000)", "1e+06"),
        ("format(\"%s\")", "?"),
        ("replace(\"a.b\", \"/./\", \"x\")", "xxx"),
        ("replace(\"aé\", \"/\\\\w/\", \"x\")", "?"),
        ("replace(\"a\", \"/[a&&b]/\", \"x\")", "?"),
        ("timestamp()", "?"),
        ("provider::aws::arn_parse(\"x\")", "?"),
        ("\"%{if true}a%{endif}\"", "a"),
        ("9223372036854775807 + 1", "9223372036854775808"),
        ("1 % 0", "1"),
        ("coalesce(var.unset, \"x\")", "?"),
        ("terraform.workspace", "?"),
        ("log(16, 2)", "?"),
        ("base64gzip(\"a\")", "?"),
        ("fileset(\".\", \"*.none\")", "?"),
        ("fileset(\".\", \"**\")", "?"),
        ("fileset(\".\", \"../*\")", "?"),
        ("fileset(\"..\", \"*\")", "?"),
        ("templatefile(\"../outside.tftpl\", {})", "?"),
        ("templatefile(\"none.tftpl\", {})", "?"),
        ("yamldecode(\"a: &x 1\\nb: *x\")", "?"),
        ("yamldecode(\"a: 1\\na: 2\")", "?"),
        ("yamldecode(\"a: 0x1F\").a", "?"),
        ("yamldecode(\"a: 2026-01-02\").a", "?"),
        ("yamldecode(\"a: 1\\n---\\nb: 1\")", "?"),
        ("yamldecode(\"\")", "?"),
        ("yamlencode(var.unset)", "?"),
        ("timeadd(timestamp(), \"1h\")", "?"),
        ("timeadd(\"2026-01-01T00:00:60Z\", \"1h\")", "?"),
        ("csvdecode(var.unset)", "?"),
        ("try(local.nope, \"x\")", "?"),
        ("jsondecode(\"0.1\")", "0.1"),
        ("jsondecode(\"123456789012345678\")", "123456789012345678"),
        ("jsondecode(\"12345678901234567890.5\")", "?"),
        ("jsondecode(\"0.10000000000000000000001\")", "?"),
        ("can(jsondecode(\"1e999\"))", "?"),
        ("cidrhost(\"::ffff:10.0.0.0/104\", 1)", "?"),
    ]);
}

#[test]
fn functions_of_opentofu_are_evaluated() {
    check(&[
        ("urldecode(\"a%20b+c%2F%C3%A9\")", "a b c/é"),
        ("urldecode(\"%zz\")", "?"),
        ("urldecode(\"%ff\")", "?"),
        ("base64gunzip(\"H4sIAAAAAAAA/0oEAAAA//8BAAD//0O+t+gBAAAA\")", "a"),
        ("base64gunzip(\"YQ==\")", "?"),
        ("cidrcontains(\"10.0.0.0/8\", \"10.1.2.3\")", "true"),
        ("cidrcontains(\"10.0.0.0/8\", \"10.0.0.0/7\")", "false"),
        ("cidrcontains(\"10.0.0.0/8\", \"11.0.0.0/16\")", "false"),
        ("cidrcontains(\"10.0.0.0/8\", \"::1\")", "?"),
    ]);
}
