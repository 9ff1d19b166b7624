terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "team" {
  type = string
}

variable "tags" {
  type = map(string)
}

resource "aws_iam_user" "member" {
  for_each = toset(["one", "two"])
  name     = "${var.team}-${each.key}"
  tags     = merge(var.tags, { Environment = each.key == "one" ? "Test" : "Tset" })
}
