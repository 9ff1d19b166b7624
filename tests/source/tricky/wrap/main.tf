terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.second]
    }
  }
}
variable "settings" {
  type = object({ deep = optional(object({ on = optional(bool, false), name = optional(string, "deep") })) })
}
resource "aws_sqs_queue" "first" {
  tags = { Deep = try(var.settings.deep.on ? var.settings.deep.name : null, "none") }
}
resource "aws_sqs_queue" "second" {
  provider = aws.second
  count    = try(var.settings.deep.on, false) ? 2 : 0
  tags     = { N = count.index + 1 }
}
output "inner" { value = aws_sqs_queue.first }
