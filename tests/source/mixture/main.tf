# Constructs that stand inside each other. A test compares what source decides with a plan of Terraform.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "unset" {
  type = string
}

variable "teams" {
  type = map(object({
    owner = string
    size  = optional(number, 2)
    tags  = optional(map(string), {})
    deep = optional(object({
      list = optional(list(object({ name = string, on = optional(bool, true) })), [{ name = "first" }])
      map  = optional(map(object({ value = optional(string, "none") })), { only = {} })
    }), {})
  }))
  default = {
    red  = { owner = "r", tags = { Extra = "yes", Owner = "overridden" } }
    blue = { owner = "b", size = 3, deep = { list = [{ name = "x", on = false }, { name = "y" }] } }
    none = { owner = "n", tags = null, deep = null }
  }
}

variable "strict" {
  type     = map(string)
  default  = { Strict = "default" }
  nullable = false
}

variable "loose" {
  type    = map(string)
  default = { Loose = "default" }
}

variable "token" {
  type      = string
  default   = "t"
  ephemeral = true
}

locals {
  common   = { Owner = "common", Env = terraform.workspace == "default" ? "dev" : "prod" }
  environs = toset(["b", "a"])
  by_owner = { for name, team in var.teams : team.owner => name... }
  names    = [for name, team in var.teams : name if team.size > 2]
  flat = merge([
    for name, team in var.teams : {
      for item in team.deep.list : "${name}-${item.name}" => {
        on   = item.on
        team = team
      }
    }
  ]...)
  rules    = [{ key = "One", value = "1" }, { key = "Two", value = null }, { key = "Three", value = "3" }]
  template = "Team $${name} of $${owner}%%{ if on } (on)%%{ endif }"
}

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  default_tags {
    tags = merge(local.common, { Default = "d", Owner = "provider" }, length(local.names) > 5 ? { Never = "n" } : {})
  }
}

provider "aws" {
  alias                       = "other"
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  dynamic "default_tags" {
    for_each = var.strict == null ? [] : [var.strict]
    content {
      tags = { for k, v in default_tags.value : upper(k) => v }
    }
  }
}

resource "aws_sqs_queue" "team" {
  for_each = var.teams
  name     = each.key
  tags     = merge(each.value.tags, { Owner = each.value.owner, Size = each.value.size, Key = each.key })
}

resource "aws_sqs_queue" "deep" {
  for_each = { for name, team in var.teams : name => team.deep if team.deep != null }
  name     = each.key
  tags = {
    First = each.value.list[0].name
    On    = each.value.list[0].on
    All   = join(",", each.value.list[*].name)
    Last  = reverse(each.value.list)[0].name
    Map   = join(",", [for k, v in each.value.map : "${k}=${v.value}"])
  }
}

resource "aws_sqs_queue" "flat" {
  for_each = { for key, item in local.flat : key => item if item.on }
  provider = aws.other
  name     = each.key
  tags = {
    Team = each.value.team.owner
    Text = templatestring(local.template, { name = each.key, owner = each.value.team.owner, on = each.value.on })
  }
}

resource "aws_sqs_queue" "counted" {
  count = length(var.teams)
  name  = keys(var.teams)[count.index]
  tags = {
    Name  = element(keys(var.teams), count.index + 1)
    Index = count.index % 2 == 0 ? "even" : "odd"
    Next  = try(keys(var.teams)[count.index + 1], "last")
  }
}

resource "aws_sqs_queue" "nulls" {
  name = "nulls"
  tags = {
    A = null
    B = try(null, "fallback")
    C = coalesce(null, "", "c")
    D = lookup({ x = null }, "x", "unused")
    E = var.teams["none"].tags == null ? "null" : "set"
    F = one([for r in local.rules : r.key if r.value == null])
    G = length(local.by_owner)
    H = join("/", local.by_owner["b"])
    I = can(var.teams.red.nokey) ? "has" : "has not"
    J = try(var.teams.red.tags.NoKey, var.teams["red"].tags["Extra"])
  }
}

resource "aws_sqs_queue" "rules" {
  name = "rules"
  tags = merge({ for r in local.rules : r.key => r.value }, { for r in local.rules : "${r.key}-set" => r.value != null })
}

resource "aws_sqs_queue" "rules_filtered" {
  name = "rules-filtered"
  tags = { for i, r in local.rules : "${i}.${lower(r.key)}" => "${r.key}: ${r.value}" if r.value != null && i >= 0 }
}

resource "aws_sqs_queue" "secret" {
  name = "secret"
  tags = {
    Nonsensitive = nonsensitive(sensitive("shown"))
    Is           = issensitive(sensitive("x"))
    AsNull       = ephemeralasnull("kept")
    FromToken    = ephemeralasnull(var.token) == null ? "dropped" : "kept"
  }
}

resource "aws_sqs_queue" "heredoc" {
  name = "heredoc"
  tags = {
    Text = trimspace(<<-EOT
      %{~ for name in sort(keys(var.teams)) ~}
      ${name}:%{ if var.teams[name].size > 2 }big%{ else }small%{ endif }
      %{~ endfor ~}
    EOT
    )
    Words = join(" ", [for w in split(" ", "a b  c") : title(w) if w != ""])
  }
}

resource "aws_sqs_queue" "from_other" {
  name = "from-other"
  tags = merge(aws_sqs_queue.team["red"].tags, { Copied = aws_sqs_queue.team["blue"].tags.Owner, Names = aws_sqs_queue.counted[1].name })
}

resource "aws_sqs_queue" "from_module" {
  name = "from-module"
  tags = merge(module.team["a"].tags, {
    Ids   = join(",", [for m in module.team : m.label])
    First = values(module.team)[0].label
    All   = join(",", values(module.team)[*].label)
    Pair  = module.pair[1].label
    Pairs = join(",", module.pair[*].label)
    Map   = module.team["b"].map["k"].v
  })
}

resource "aws_sqs_queue" "arn" {
  name = "arn"
  tags = {
    Account = provider::aws::arn_parse("arn:aws:iam::123456789012:role/example").account_id
    Trimmed = provider::aws::trim_iam_role_path("arn:aws:iam::123456789012:role/with/path/example")
    Known   = "known"
  }
}

resource "aws_sqs_queue" "data" {
  name = "data"
  tags = {
    Input = terraform_data.input.input
    Known = "known"
    Whole = jsonencode({ (local.names[0]) = [for n in local.names : { n = n }] })
  }
}

resource "terraform_data" "input" {
  input            = "in"
  triggers_replace = [local.names, var.teams]
}

resource "aws_autoscaling_group" "group" {
  name               = "g"
  max_size           = 1
  min_size           = 0
  availability_zones = ["eu-central-1a"]
  launch_template {
    id = "lt-12345678"
  }
  dynamic "tag" {
    for_each = { for r in local.rules : r.key => r.value if r.value != null }
    content {
      key                 = tag.key
      value               = "${tag.value}-${length(local.rules)}"
      propagate_at_launch = tag.key == "One"
    }
  }
  dynamic "tag" {
    for_each = [for k in ["X", "Y"] : { k = k }]
    iterator = it
    content {
      key                 = "${it.value.k}${it.key}"
      value               = it.value.k
      propagate_at_launch = true
    }
  }
}

resource "aws_instance" "server" {
  ami           = "ami-12345678"
  instance_type = "t3.micro"
  tags          = { for k, v in var.strict : k => "${v}!" }
  volume_tags   = merge(var.loose, { Volume = "v" })
}

resource "aws_sqs_queue" "moved" {
  for_each = local.environs
  name     = each.value
  tags     = { Environ = each.key, Same = each.key == each.value, Index = index(sort(local.environs), each.key) }
}

moved {
  from = aws_sqs_queue.old
  to   = aws_sqs_queue.moved["a"]
}

removed {
  from = aws_sqs_queue.gone
  lifecycle {
    destroy = false
  }
}

check "teams" {
  assert {
    condition     = length(var.teams) > 0
    error_message = "no teams: ${join(",", keys(var.teams))}"
  }
}

module "team" {
  source   = "./team"
  for_each = local.environs
  name     = each.key
  tags     = each.key == "a" ? { A = "a" } : null
  strict   = null
  settings = { labels = [{ name = each.key }, { name = "z", style = "bold" }] }
}

module "pair" {
  source    = "./team"
  count     = 2
  name      = "pair${count.index}"
  providers = { aws = aws.other }
}

module "label" {
  source     = "./label"
  namespace  = "ns"
  name       = "n"
  attributes = ["x", "", null, "y"]
  context    = { enabled = true, tags = { Ctx = "c" } }
}

resource "aws_sqs_queue" "label" {
  name = module.label.id
  tags = module.label.tags
}

resource "aws_sqs_queue" "partly" {
  name = "partly"
  tags = {
    Known  = "k"
    Unset  = var.unset
    Prefix = substr("abc-${var.unset}", 0, 3)
    Same   = var.unset == "" ? "same" : "same"
    Length = length([var.unset])
  }
}
