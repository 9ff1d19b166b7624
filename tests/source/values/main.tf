# What expressions are worth: every tag here is compared with what Terraform makes of it.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "mock"
  secret_key                  = "mock"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = {
      Owner   = "platform"
      Number  = 5
      Nothing = null
      Hidden  = "by the provider"
      Same    = "default"
    }
  }

  ignore_tags {
    keys         = ["Hidden", "HiddenToo"]
    key_prefixes = ["hidden:"]
  }
}

locals {
  team = "identity"
  common = {
    Team = local.team
    Size = 3
  }
  people = ["b", "a", "b"]
  nested = { a = { b = ["x", "y"] } }
  flag   = true
}

resource "aws_iam_user" "none" {
  name = "none"
}

resource "aws_iam_user" "nulls" {
  name = "nulls"
  tags = {
    Null      = null
    Same      = null
    HiddenToo = "x"
    "hidden:" = "y"
    Half      = 1.50
    Bool      = true
  }
}

resource "aws_iam_user" "null" {
  name = "null"
  tags = null
}

resource "aws_iam_user" "texts" {
  name = "texts-${local.team}"
  tags = {
    Heredoc = <<-EOT
      hello
        world $${x} %%{y}
    EOT
    Tabs = <<-EOT
	  tab
	  and ${"interpolation"}
	EOT
    Plain   = <<EOT
  kept ${local.team}
EOT
    Escapes = "a${1 + 2}b$${x}%%{y}\u00e9\"q\"\\"
    Trimmed = "${~ "x" ~}  y"
    Block   = "a%{if local.flag}b%{endif}"
    Quotes  = "${local.common["Team"]}-${local.nested.a.b[1]}"
    Single  = "${local.common.Size}"
  }
}

resource "aws_iam_user" "functions" {
  name = "functions"
  path = "/a/"
  tags = {
    Lower     = lower("ABC-é")
    Lower2    = lower("ABC")
    Upper     = upper("abc")
    Title     = title("hello-wOrld don't x_y 1a")
    Trim      = trimspace("  x ")
    Prefix    = trimprefix("team-a", "team-")
    Suffix    = trimsuffix("a.b", ".b")
    Replace   = replace("a.b.c", ".", "-")
    Regex     = replace("abc", "/b/", "-")
    Format    = format("%s/%d/%v/%%", "a", 7, true)
    Padded    = format("%03d", 7)
    Join      = join(",", toset(local.people))
    Join2     = join(",", distinct(concat(local.people, ["c"])))
    Element   = element(split("/", "a/b/c"), 4)
    Coalesce  = coalesce(null, "", "z")
    Lookup    = lookup(local.common, "Nope", "default")
    Contains  = contains(local.people, "a") ? "yes" : "no"
    Keys      = join(",", keys(local.common))
    Values    = join(",", values(local.common))
    Length    = length(local.people)
    Try       = try(local.common.Team, "none")
    Compact   = join(",", compact(["a", "", "b"]))
    Starts    = startswith("abc", "a")
    Substring = substr("abcdef", 1, 2)
    Date      = formatdate("YYYY", "2026-11-22T00:00:00Z")
  }
}

resource "aws_iam_user" "operators" {
  name = "operators"
  tags = {
    Sum      = 1 + 2 * 3
    Half     = 7 / 2
    Whole    = 6 / 2
    Rest     = -7 % 3
    Negative = -5
    Large    = 12345678901234567890
    Power    = 1e3
    Zero     = 0.10
    Less     = 1 < 2 && !false
    Types    = 1 == "1"
    Null     = null == null
    Choice   = local.flag ? "on" : "off"
    Numeric  = local.flag ? 1 : 2
  }
}

resource "aws_cognito_user_pool" "merged" {
  name = "merged"
  tags = merge(local.common, { Team = "other", Own = "1" }, null, { for k in local.people : upper(k) => k... if k == "a" } == {} ? {} : { For = "x" })
}

resource "aws_cognito_user_pool" "comprehension" {
  name = "comprehension"
  tags = { for key, value in merge(local.common, { Extra = "e" }) : "x:${lower(key)}" => value if key != "Size" }
}

resource "aws_cognito_user_pool" "splat" {
  name = "splat"
  tags = {
    Names = join(",", [{ n = "a" }, { n = "b" }][*].n)
    List  = join(",", [for i, p in local.people : "${i}${p}"])
    Group = join(",", { for p in local.people : p => p... }["b"])
    Zip   = zipmap(["k"], ["v"]).k
  }
}

resource "aws_sqs_queue" "converted" {
  tags = tomap({ A = 1, B = "x" })
}

resource "aws_s3_bucket" "wrapped" {
  bucket = "bucket"
  tags   = "${merge(local.common, { Wrapped = "yes" })}"
}

resource "aws_autoscaling_group" "blocks" {
  name               = "blocks"
  max_size           = 1
  min_size           = 1
  availability_zones = ["eu-central-1a"]
  launch_configuration = "none"

  tag {
    key                 = "Owner"
    value               = "asg"
    propagate_at_launch = true
  }
}

resource "aws_ssm_parameter" "each" {
  for_each = { "a\"b$${x}" = 1, "c" = 2 }
  name     = "x${each.value}"
  type     = "String"
  value    = "v"
  tags     = { Key = each.key, Value = each.value }
}

resource "aws_ssm_parameter" "set" {
  for_each = toset(local.people)
  name     = each.value
  type     = "String"
  value    = "v"
  tags     = { Key = each.key }
}

resource "aws_ssm_parameter" "none" {
  count = local.flag ? 0 : 1
  name  = "none"
  type  = "String"
  value = "v"
}
