terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "name" { type = string }
variable "tags" {
  type     = map(string)
  default  = { Team = "default" }
  nullable = false
}
resource "aws_sqs_queue" "q" {
  tags = merge(var.tags, { Team = coalesce(lookup(var.tags, "Team", null), var.name) })
}
output "name" { value = "team-${var.name}" }
