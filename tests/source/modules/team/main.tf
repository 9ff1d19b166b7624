terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.other]
    }
  }
}

variable "name" {
  type = string
}

variable "size" {
  type = number
}

variable "tags" {
  type    = map(string)
  default = {}
}

variable "people" {
  type = list(string)
}

module "person" {
  source   = "./person"
  for_each = toset(var.people)
  name     = "${var.name}-${each.key}"
  tags     = merge(var.tags, { Person = each.key })
}

resource "aws_iam_user" "service" {
  count = var.size
  name  = "${var.name}-${count.index}"
  tags  = var.tags
}

resource "aws_cognito_user_pool" "other" {
  provider = aws.other
  name     = "${var.name}-other"
  tags     = var.tags
}
