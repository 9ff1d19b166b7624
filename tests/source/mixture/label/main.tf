variable "namespace" {
  default = null
}

variable "name" {
  default = null
}

variable "delimiter" {
  default = null
}

variable "attributes" {
  type    = list(string)
  default = []
}

variable "context" {
  type    = any
  default = { enabled = true, tags = {} }
}

locals {
  enabled   = try(var.context.enabled, true) != false
  delimiter = coalesce(var.delimiter, "-")
  given = {
    namespace = var.namespace
    name      = var.name
  }
  clean      = { for k, v in local.given : k => v == null ? "" : replace(lower(v), "/[^a-z0-9-]/", "") }
  attributes = compact(distinct([for a in var.attributes : a == null ? "" : a]))
  parts      = [for k in ["namespace", "name"] : local.clean[k] if length(local.clean[k]) > 0]
  id         = local.enabled ? join(local.delimiter, concat(local.parts, local.attributes)) : ""
  generated  = { for k, v in merge(local.clean, { attributes = join(local.delimiter, local.attributes) }) : title(k) => v if length(v) > 0 }
}

output "id" {
  value = local.id
}

output "tags" {
  value = merge(local.generated, lookup(var.context, "tags", {}), { Name = local.id })
}
