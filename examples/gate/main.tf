# An example for `taglint check examples/gate`, which finds two errors before a deployment.
provider "aws" {
  region = "eu-central-1"
  default_tags {
    tags = { Environment = "Production" }
  }
}

variable "cost_center" {
  default = "12E45"
}

resource "aws_iam_user" "deployer" {
  name = "deployer"
  tags = {
    "Cost Center" = var.cost_center
  }
}

resource "aws_cognito_user_pool" "customers" {
  name = "customers"
  tags = merge(local.common, { Team = "web" })
}

locals {
  common = { CostCenter = "40210" }
}
