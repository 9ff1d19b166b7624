terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws, aws.other]
    }
  }
}

variable "team" {
  type = string
}

module "person" {
  source = "./modules/person"
  count  = 1
  team   = var.team
  tags   = { "Cost Center" = var.team == "red" ? "12345" : "unknown" }
  providers = {
    aws = aws.other
  }
}

resource "aws_iam_user" "lead" {
  name = "${var.team}-lead"
  tags = {
    "Cost Center" = "54321"
    Team          = var.team
  }
}
