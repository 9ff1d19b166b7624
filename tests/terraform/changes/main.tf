terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

# "before" is what was applied to make the state beside this file.
variable "stage" {
  type    = string
  default = "after"
}

locals {
  after = var.stage == "after"
}

provider "aws" {
  region                      = "eu-central-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = { Environment = local.after ? "Production" : "Production" }
  }
}

resource "aws_iam_user" "kept" {
  name = "kept"
  path = "/old/"
  tags = { "Cost Center" = "bad" }
}

resource "aws_iam_user" "retagged" {
  name = "retagged"
  tags = local.after ? { "Cost Center" = "bad" } : { "Cost Center" = "12345" }
}

resource "aws_iam_user" "renamed" {
  name = local.after ? "renamed" : "renames"
  tags = { "Cost Center" = "bad" }
}

# Changed, and nothing of it is what a rule looks at.
resource "aws_iam_user" "touched" {
  name          = "touched"
  force_destroy = local.after
  tags          = { "Cost Center" = "bad" }
}

resource "aws_iam_user" "gone" {
  count = local.after ? 0 : 1
  name  = "gone"
}

resource "aws_iam_user" "fresh" {
  count = local.after ? 1 : 0
  name  = "fresh"
}

# The old one goes first.
resource "aws_iam_virtual_mfa_device" "replaced" {
  virtual_mfa_device_name = local.after ? "replaced-2" : "replaced"
  tags                    = { "Cost Center" = "bad" }
}

# The new one comes first.
resource "aws_iam_virtual_mfa_device" "swapped" {
  virtual_mfa_device_name = local.after ? "swapped-2" : "swapped"
  tags                    = { "Cost Center" = "bad" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_virtual_mfa_device" "given" {
  virtual_mfa_device_name = "given"
  tags                    = { "Cost Center" = local.after ? "54321" : "bad" }
}

resource "aws_cognito_user_pool" "kept" {
  name = "kept"
  tags = { "Cost Center" = "12345" }
}

resource "aws_cognito_user_pool" "retagged" {
  name = "retagged"
  tags = local.after ? { "Cost Center" = "bad" } : { "Cost Center" = "12345" }
}
