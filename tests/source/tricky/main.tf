# Tricky ways to tags: null, optional attributes, instances, providers, precedence of values.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  default_tags {
    tags = merge({ Owner = "default", Nothing = null }, var.extra_defaults, local.more_defaults...)
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
  default_tags {
    tags = { for k, v in { A = "a", C = null } : lower(k) => v if v != null }
  }
}

provider "aws" {
  alias                       = "bare"
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  ignore_tags {
    keys         = ["Ignored"]
    key_prefixes = ["ignore:"]
  }
}

variable "extra_defaults" {
  type    = map(string)
  default = { Extra = "e" }
}

variable "from_auto_json" {
  default = "default"
}
variable "from_tfvars" {
  default = "default"
}
variable "from_both" {
  default = "default"
}
variable "nulled" {
  type    = string
  default = "kept"
}
variable "strict" {
  type     = string
  default  = "strict"
  nullable = false
}
variable "listed" {
  type    = list(string)
  default = ["a", "b"]
}
variable "ambiguous" {
  type    = number
  default = "07"
}
variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
variable "object" {
  type = object({
    a = optional(string, "A")
    b = optional(object({
      c = optional(list(object({ d = optional(string, "D"), e = optional(number) })), [{}])
      f = optional(map(bool), { g = true })
    }), {})
    h = optional(any)
    i = optional(set(number), [3, 1, 2, 3])
    j = optional(tuple([string, number]), ["s", 1])
  })
  default = { b = { c = [{ e = 1 }, { d = null }] }, h = null }
}
variable "any_map" {
  type    = map(any)
  default = { a = 1, b = "two", c = true }
}
variable "nested_map" {
  type    = map(object({ tags = optional(map(string), {}), count = optional(number, 1) }))
  default = { x = {}, y = { tags = { Y = "y", Owner = null }, count = 0 }, z = { tags = null } }
}

locals {
  more_defaults = [{ More = "m" }, null]
  nothing       = null
  maybe         = var.nulled == null ? {} : { Kept = var.nulled }
  keyed         = { for k, v in var.nested_map : k => v if v.count > 0 }
  grouped       = { for s in ["a1", "b1", "a2"] : substr(s, 0, 1) => s... }
  flat          = flatten([for k, v in local.grouped : [for s in v : { key = k, s = s }]])
  chain         = { for it in local.flat : "${it.key}-${it.s}" => it }
  numbers       = { half = 1 / 2, third = 1 / 3, big = 1e21, neg = -0.0, pow = pow(2, 70), mod = 10 % 3.3 }
}

resource "aws_sqs_queue" "nulls" {
  tags = merge({ Owner = "own", A = null, B = "" }, { B = null, C = "c" }, local.nothing, local.maybe)
}
resource "aws_sqs_queue" "null_tags" {
  tags = null
}
resource "aws_sqs_queue" "numbers" {
  tags = { for k, v in local.numbers : k => v }
}
resource "aws_sqs_queue" "bools" {
  tags = { T = true, F = !true, N = 1 == 1, S = "x" == 1, E = [] == [], Z = null == null }
}
resource "aws_sqs_queue" "strings" {
  tags = {
    a = "%{for x in ["a", "b"]}${x}%{endfor}"
    b = "%%{if}"
    c = "$${x}"
    d = "a\tb"
    e = "\u00e9"
    f = "${"a"}${1}${true}"
    g = <<-EOT
      x
        y
    EOT
    h = trimspace(<<EOT
    z
    EOT
    )
    "i j"        = "k"
    (upper("l")) = "m"
  }
}
resource "aws_sqs_queue" "object" {
  tags = {
    a  = var.object.a
    c0 = var.object.b.c[0].d
    c1 = var.object.b.c[1].d
    e0 = var.object.b.c[0].e
    e1 = var.object.b.c[1].e
    f  = join(",", [for k, v in var.object.b.f : "${k}=${v}"])
    h  = var.object.h
    i  = join(",", var.object.i)
    j  = jsonencode(var.object)
  }
}
resource "aws_sqs_queue" "maps" {
  tags = merge(var.any_map, { k = jsonencode(var.any_map), t = jsonencode(var.nested_map) })
}
resource "aws_sqs_queue" "values" {
  tags = {
    auto      = var.from_auto_json
    tfvars    = var.from_tfvars
    both      = var.from_both
    nulled    = var.nulled
    strict    = var.strict
    listed    = join("", var.listed)
    ambiguous = var.ambiguous
    secret    = var.secret
    len       = length(var.secret)
  }
}
resource "aws_sqs_queue" "each" {
  for_each = local.keyed
  tags     = merge({ Key = each.key }, each.value.tags)
}
resource "aws_sqs_queue" "chain" {
  for_each = local.chain
  tags     = { K = each.value.key, S = each.value["s"], Each = each.key }
}
resource "aws_sqs_queue" "counted" {
  count = length(var.listed) - 1
  tags  = { I = count.index, Last = element(var.listed, count.index), Neg = var.listed[length(var.listed) - 1] }
}
resource "aws_sqs_queue" "none" {
  count = var.from_tfvars == "default" ? 1 : 0
}
resource "aws_sqs_queue" "set" {
  for_each = toset([for s in ["b", "a", "b"] : upper(s)])
  tags     = { (each.key) = each.value }
}
resource "aws_sqs_queue" "other" {
  provider = aws.other
  tags     = { B = "own" }
}
resource "aws_sqs_queue" "bare" {
  provider = aws.bare
  tags     = { "ignore:x" = "1", Ignored = "2", Kept = "3" }
}
resource "aws_sqs_queue" "refers" {
  tags = {
    name  = aws_sqs_queue.each["x"].tags.Key
    all   = aws_sqs_queue.nulls.tags_all["Owner"]
    extra = try(aws_sqs_queue.nulls.tags.A, "none")
    splat = join(",", aws_sqs_queue.counted[*].tags.I)
    vals  = join(",", values(aws_sqs_queue.set)[*].tags_all["Owner"])
    mod   = module.team["x"].name
    mods  = join(",", [for m in module.team : m.name])
    one   = one(module.maybe[*].name)
    sub   = module.wrap.inner.tags["Deep"]
  }
}
resource "aws_sqs_queue" "lookups" {
  tags = {
    a = lookup({ a = "1" }, "a", "z")
    b = lookup({ a = "1" }, "b", "z")
    c = try({ a = "1" }.b, "z")
    d = try(var.listed[9], var.listed[0])
    e = coalesce(null, "", "x")
    f = coalesce(var.nulled, "y")
    g = can(regex("^a", "b")) ? "y" : "n"
    h = contains(keys({ a = 1 }), "a") ? "y" : "n"
    i = join(",", sort(distinct(concat(["b", "a"], ["a"]))))
    j = join(",", setsubtract(["a", "b"], ["b"]))
    k = format("%05.1f|%-4s|%+d|%x|%v", 3.14159, "a", 5, 255, 1000000)
    l = replace("a-b-c", "/-(\\w)/", "_$1")
    m = title("hello world")
    n = cidrsubnet("10.0.0.0/16", 8, 3)
    o = formatdate("YYYY", "2020-01-02T03:04:05Z")
    p = element(["a", "b"], 3)
    q = zipmap(["a", "b"], ["c", "d"])["b"]
    r = jsondecode("{\"a\": [1, {\"b\": null}]}").a[0]
    s = yamldecode("a: [1, two]").a[1]
    t = base64encode("é")
    u = substr("héllo", -3, -1)
    v = range(0, 1, 0.25)[3]
    w = transpose({ a = ["x"], b = ["x"] }).x[1]
    x = nonsensitive(var.secret)
  }
}
resource "aws_sqs_queue" "conditional" {
  tags = {
    a = var.listed == ["a", "b"] ? "same" : "other"
    b = tolist(["a"]) == tolist(["a"]) ? "same" : "other"
    c = { a = 1 } == { a = 1 } ? "same" : "other"
    d = (true ? [] : ["x"]) == [] ? "same" : "other"
    e = length(true ? [] : ["x"])
    f = true ? 1 : "2"
    g = tostring(true ? 1 : "2") == "1"
    h = jsonencode(true ? { a = 1 } : { b = "2" })
    i = jsonencode(false ? ["a"] : tolist([]))
    j = jsonencode([1, "2", null][*])
    k = jsonencode(null[*])
    l = jsonencode("x" [*])
    m = "a" == null ? "y" : "n"
    n = try(null.x, "none")
  }
}
resource "aws_autoscaling_group" "asg" {
  max_size             = 1
  min_size             = 0
  availability_zones   = ["eu-central-1a"]
  launch_configuration = "x"
  dynamic "tag" {
    for_each = merge({ Owner = "asg" }, var.extra_defaults)
    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = tag.key != "Owner"
    }
  }
  tag {
    key                 = "Static"
    value               = length(var.listed)
    propagate_at_launch = true
  }
}
resource "aws_instance" "web" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"
  tags          = { Name = "web" }
  root_block_device {
    tags = { Name = "root", None = null }
  }
  dynamic "ebs_block_device" {
    for_each = { sdf = { n = 1 }, sdg = { n = 2 } }
    content {
      device_name = "/dev/${ebs_block_device.key}"
      volume_size = 1
      tags        = { N = ebs_block_device.value.n }
    }
  }
  lifecycle {
    ignore_changes = [tags["Ignored"]]
  }
}
module "team" {
  source   = "./team"
  for_each = local.keyed
  name     = each.key
  tags     = each.value.tags
}
module "maybe" {
  source = "./team"
  count  = var.strict == "strict" ? 1 : 0
  name   = "maybe-${count.index}"
}
module "wrap" {
  source    = "./wrap"
  providers = { aws = aws.other, aws.second = aws }
  settings  = { deep = { on = true } }
}
