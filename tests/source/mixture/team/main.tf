variable "name" {
  type = string
}

variable "tags" {
  type     = map(string)
  default  = { Fallback = "f" }
  nullable = false
}

variable "strict" {
  type     = string
  default  = "strict"
  nullable = false
}

variable "settings" {
  type = object({
    labels = optional(list(object({ name = string, style = optional(string, "plain") })), [])
  })
  default = {}
}

locals {
  label = format("%s-%02d", var.name, length(var.settings.labels))
  map   = { k = { v = "${var.name}/${var.strict}" } }
}

resource "aws_sqs_queue" "queue" {
  name = local.label
  tags = merge(
    var.tags,
    { Strict = var.strict, Styles = join("+", var.settings.labels[*].style) },
    { for l in var.settings.labels : "Label${title(l.name)}" => l.style if l.style != "plain" },
    length(var.settings.labels) == 0 ? { Empty = "yes" } : null,
  )
}

output "label" {
  value = aws_sqs_queue.queue.name
}

output "tags" {
  value = { for k, v in aws_sqs_queue.queue.tags : "From${k}" => v }
}

output "map" {
  value = local.map
}
