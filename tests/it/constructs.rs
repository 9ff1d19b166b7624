//! Constructs of Terraform 1.12 to 1.14 and OpenTofu 1.8 to 1.11 beside resources with tags: a file with one is read, and
//! the tags that it decides are known.

use crate::common::Scratch;
use crate::source::{read, tags};

/// A user whose tag is an expression.
fn user(tag: &str) -> String {
    format!("resource \"aws_iam_user\" \"u\" {{\n  tags = {{ T = {tag} }}\n}}\n")
}

/// The resources of some files with their tags and, if they may not exist, a question mark.
fn resources(files: &[(&str, String)]) -> Vec<String> {
    let scratch = Scratch::new();
    for (name, text) in files {
        scratch.file(name, text);
    }
    let of = |(address, resource): (&String, &taglint::model::Resource<'_>)| {
        let doubt = if resource.doubt().is_some() { "?" } else { "" };
        format!("{address}{doubt}: {}", tags(resource)).trim_end().to_owned()
    };
    read(scratch.path()).iter().map(of).collect()
}

/// Blocks and attributes that decide no tag. Each stands in a file with a user whose tag is known.
#[test]
fn blocks_that_decide_no_tags_are_read_over() {
    for (what, block) in [
        ("an ephemeral resource", "ephemeral \"aws_secretsmanager_secret_version\" \"s\" {\n  secret_id = \"s\"\n}\n"),
        (
            "an ephemeral variable and output",
            "variable \"e\" {\n  type      = string\n  ephemeral = true\n  default   = \"x\"\n}\noutput \"e\" {\n  value     = var.e\n  ephemeral = true\n}\n",
        ),
        (
            "a deprecated variable and output (OpenTofu)",
            "variable \"d\" {\n  default    = 1\n  deprecated = \"use e\"\n}\noutput \"d\" {\n  value      = 1\n  deprecated = \"use e\"\n}\n",
        ),
        (
            "write-only attributes",
            "resource \"aws_db_instance\" \"d\" {\n  password_wo         = \"x\"\n  password_wo_version = 1\n  tags                = {}\n}\n",
        ),
        (
            "an import with for_each",
            "import {\n  for_each = { a = \"one\" }\n  to       = aws_iam_role.r[each.key]\n  id       = each.value\n}\n",
        ),
        ("an import by identity", "import {\n  to = aws_iam_role.r\n  identity = {\n    name = \"r\"\n  }\n}\n"),
        ("moved between types", "moved {\n  from = aws_s3_bucket_object.a\n  to   = aws_s3_object.a\n}\n"),
        (
            "removed with a provisioner",
            "removed {\n  from = aws_iam_role.old\n  lifecycle {\n    destroy = false\n  }\n  provisioner \"local-exec\" {\n    when    = destroy\n    command = \"true\"\n  }\n}\n",
        ),
        (
            "a check with a data source",
            "check \"c\" {\n  data \"aws_iam_user\" \"u\" {\n    user_name = \"u\"\n  }\n  assert {\n    condition     = data.aws_iam_user.u.arn != \"\"\n    error_message = \"no ${var.missing}\"\n  }\n}\n",
        ),
        (
            "an action",
            "action \"aws_lambda_invoke\" \"a\" {\n  count = 1\n  config {\n    function_name = \"f\"\n    payload       = jsonencode({ tags = {} })\n  }\n}\n",
        ),
        (
            "an action trigger",
            "resource \"terraform_data\" \"t\" {\n  lifecycle {\n    action_trigger {\n      events    = [after_create, before_update]\n      condition = true\n      actions   = [action.aws_lambda_invoke.a]\n    }\n  }\n}\n",
        ),
        (
            "terraform_data",
            "resource \"terraform_data\" \"d\" {\n  input            = { tags = {} }\n  triggers_replace = [1]\n}\n",
        ),
        (
            "a backend of variables (OpenTofu)",
            "variable \"bucket\" {\n  default = \"b\"\n}\nterraform {\n  backend \"s3\" {\n    bucket = var.bucket\n    key    = \"${var.bucket}/state\"\n  }\n}\n",
        ),
        (
            "encryption of the state (OpenTofu)",
            "terraform {\n  encryption {\n    key_provider \"pbkdf2\" \"k\" {\n      passphrase = \"a long enough passphrase\"\n    }\n    method \"aes_gcm\" \"m\" {\n      keys = key_provider.pbkdf2.k\n    }\n    state {\n      method   = method.aes_gcm.m\n      enforced = true\n    }\n  }\n}\n",
        ),
        (
            "provider metadata and experiments",
            "terraform {\n  experiments = []\n  provider_meta \"aws\" {\n    user_agent = []\n  }\n}\n",
        ),
        (
            "preconditions",
            "resource \"aws_iam_role\" \"r\" {\n  tags = {}\n  lifecycle {\n    create_before_destroy = true\n    replace_triggered_by  = [aws_iam_user.u.id]\n    precondition {\n      condition     = self.name != \"\"\n      error_message = \"x\"\n    }\n  }\n}\n",
        ),
        (
            "validations across variables",
            "variable \"v\" {\n  default = 1\n  validation {\n    condition     = var.v < length(data.aws_regions.all.names)\n    error_message = \"x\"\n  }\n}\n",
        ),
        (
            "provisioners and connections",
            "resource \"aws_iam_role\" \"r\" {\n  tags = {}\n  connection {\n    host = self.id\n  }\n  provisioner \"local-exec\" {\n    command = <<-EOT\n      echo ${self.id}\n    EOT\n  }\n}\n",
        ),
    ] {
        let got = resources(&[("main.tf", format!("{block}{}", user("\"known\"")))]);
        assert!(got.contains(&"aws_iam_user.u: T=known".to_owned()), "{what}: {got:?}");
    }
}

#[test]
fn expressions_of_new_versions_are_known_or_unknown_and_no_mistake() {
    for (expression, want) in [
        ("core::upper(\"a\")", "T=A"),
        ("provider::aws::arn_parse(\"arn:aws:iam::123456789012:user/u\").account_id", "T=?"),
        ("provider::terraform::encode_expr(\"a\")", "T=?"),
        ("ephemeral.aws_secretsmanager_secret_version.s.secret_string", "T=?"),
        ("terraform.applying ? \"a\" : \"b\"", "T=?"),
        ("templatestring(local.text, { x = \"y\" })", "T=y-z"),
        ("ephemeralasnull(\"a\")", "T=a"),
        ("ephemeralasnull(ephemeral.aws_secretsmanager_secret_version.s.secret_string)", "…T"),
        ("convert([3, 1, 3], set(string)) == toset([\"1\", \"3\"])", "T=true"),
        ("try(convert(\"x\", number), \"none\")", "T=none"),
        ("action.aws_lambda_invoke.a", "T=?"),
    ] {
        let text = format!("locals {{\n  text = \"$${{x}}-z\"\n}}\n{}", user(expression));
        assert_eq!(resources(&[("main.tf", text)]), [format!("aws_iam_user.u: {want}")], "{expression}");
    }
}

/// The `enabled` of OpenTofu 1.11 decides whether a resource or a module exists.
#[test]
fn a_resource_and_a_module_that_are_not_enabled_do_not_exist() {
    let of = |enabled: &str| {
        let lifecycle = format!("lifecycle {{\n    enabled = {enabled}\n  }}\n");
        let text = format!(
            "variable \"on\" {{}}\nresource \"aws_iam_user\" \"u\" {{\n  tags = {{ T = \"a\" }}\n  {lifecycle}}}\nmodule \"m\" {{\n  source = \"./m\"\n  {lifecycle}}}\nresource \"aws_iam_role\" \"r\" {{\n  tags = {{ M = module.m == null ? \"none\" : module.m.name }}\n}}\n"
        );
        let module = "resource \"aws_iam_user\" \"in\" {\n  tags = {}\n}\noutput \"name\" {\n  value = \"in\"\n}\n";
        resources(&[("main.tf", text), ("m/main.tf", module.to_owned())])
    };
    assert_eq!(of("true"), ["aws_iam_role.r: M=in", "aws_iam_user.u: T=a", "module.m.aws_iam_user.in:"]);
    assert_eq!(of("1 > 2"), ["aws_iam_role.r: M=none"]);
    assert_eq!(of("var.on"), ["aws_iam_role.r: M=?", "aws_iam_user.u?: T=a", "module.m.aws_iam_user.in?:"]);
    // The doubt names the argument that causes it.
    let scratch = crate::common::Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"t\"\nkey = \"T\"\nrequired = true\n");
    for (argument, name) in [
        ("lifecycle {\n    enabled = var.on\n  }\n", "enabled"),
        ("count = var.on\n", "count"),
        ("for_each = var.on\n", "for_each"),
    ] {
        scratch.file("main.tf", format!("variable \"on\" {{}}\nresource \"aws_iam_user\" \"u\" {{\n  {argument}}}\n"));
        let shown = scratch.run(["check", "main.tf", "--show", "unknown"]).stdout;
        let doubt = format!("it may not exist: source does not decide its `{name}` (`var.on` has no value in source)");
        assert!(shown.contains(&doubt), "{name}: {shown}");
    }
}

#[test]
fn every_instance_of_a_provider_and_files_of_opentofu_are_read() {
    let providers = "locals {\n  regions = { a = \"x\" }\n}\nprovider \"aws\" {\n  for_each = local.regions\n  alias    = \"by\"\n  region   = each.key\n  default_tags {\n    tags = { D = each.value }\n  }\n}\n";
    let replaced = user("\"terraform\"");
    let own = user("\"opentofu\"").replace("{\n  tags", "{\n  provider = aws.by[\"a\"]\n  tags");
    let got = resources(&[
        ("main.tf", replaced),
        ("main.tofu", own),
        ("providers.tofu", providers.to_owned()),
        ("override.tofu", "resource \"aws_iam_user\" \"u\" {\n  path = \"/x/\"\n}\n".to_owned()),
    ]);
    assert_eq!(got, ["aws_iam_user.u: D=x T=opentofu"]);
}

#[test]
fn files_of_tests_mocks_and_queries_are_no_modules_and_no_callers() {
    let query = "list \"aws_instance\" \"all\" {\n  provider         = aws\n  include_resource = true\n  config {\n    region = \"eu-west-1\"\n  }\n}\n";
    let test = "mock_provider \"aws\" {\n  override_during = plan\n  mock_resource \"aws_iam_user\" {\n    defaults = { arn = \"x\" }\n  }\n}\nrun \"r\" {\n  command = plan\n  variables {\n    name = \"x\"\n  }\n  module {\n    source = \"./\"\n  }\n}\n";
    let got = resources(&[
        ("main.tf", format!("variable \"name\" {{\n  default = \"n\"\n}}\n{}", user("var.name"))),
        ("all.tfquery.hcl", query.to_owned()),
        ("a.tftest.hcl", test.to_owned()),
        ("b.tofutest.hcl", test.to_owned()),
        ("mocks/aws.tfmock.hcl", "mock_resource \"aws_iam_user\" {\n  defaults = {}\n}\n".to_owned()),
    ]);
    assert_eq!(got, ["aws_iam_user.u: T=n"]);
}

/// An output of Terraform 1.15 may have a type, which leaves out what the type does not have.
#[test]
fn an_output_has_the_type_that_it_names() {
    let module = "output \"tags\" {\n  type  = object({ A = string, B = optional(string, \"b\") })\n  value = { A = 1, C = \"c\" }\n}\n";
    let main = "module \"m\" {\n  source = \"./m\"\n}\nresource \"aws_iam_user\" \"u\" {\n  tags = module.m.tags\n}\n";
    let got = resources(&[("main.tf", main.to_owned()), ("m/main.tf", module.to_owned())]);
    assert_eq!(got, ["aws_iam_user.u: A=1 B=b"]);
}

/// Ephemeral is no sensitive mark, and taglint hides both values alike.
#[test]
fn an_ephemeral_variable_is_not_called_sensitive() {
    for (mark, want) in [("", "no"), ("sensitive = true", "yes"), ("ephemeral = true", "?")] {
        let main = format!("variable \"v\" {{\n  default = \"x\"\n  {mark}\n}}\n");
        let main = main + &user("issensitive(var.v) ? \"yes\" : \"no\"");
        assert_eq!(resources(&[("main.tf", main)]), [format!("aws_iam_user.u: T={want}")], "{mark}");
    }
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark_change_nothing() {
    let text = "locals {\n  text = <<-EOT\n    a\n      b\n  EOT\n  list = [\n    \"x\", # why\n    \"y\",\n  ]\n}\nresource \"aws_iam_user\" \"u\" {\n  tags = { // why\n    A = join(\"-\", local.list)\n    B = replace(replace(local.text, \"\\r\", \"\"), \"\\n\", \"|\")\n    /* a\n    b */\n    C = true ? \"c\" : \"d\"\n  }\n}\n";
    let want = ["aws_iam_user.u: A=x-y B=a|  b| C=c"];
    let windows = text.replace('\n', "\r\n");
    for text in [text.to_owned(), windows.clone(), format!("\u{feff}{text}"), format!("\u{feff}{windows}")] {
        assert_eq!(resources(&[("main.tf", text.clone())]), want, "{text:?}");
    }
    let json = "\u{feff}{\r\n  \"resource\": {\"aws_iam_user\": {\"u\": {\"tags\": {\"A\": \"${1 + 1}\"}}}}\r\n}\r\n";
    assert_eq!(resources(&[("main.tf.json", json.to_owned())]), ["aws_iam_user.u: A=2"]);
}
