terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "mock"
  secret_key                  = "mock"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = {
      Owner       = "platform"
      Environment = "Test"
    }
  }
}

provider "aws" {
  alias                       = "west"
  region                      = "us-west-2"
  access_key                  = "mock"
  secret_key                  = "mock"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = local.west
  }
}

locals {
  west = {
    Owner  = "west"
    Region = "us"
  }
  teams = {
    identity = { size = 2, tags = { CostCenter = "10001" } }
    payments = { size = 1, tags = { CostCenter = "10002", Owner = "payments" } }
  }
}

module "label" {
  source = "./label"
  name   = "root"
  stage  = "prod"
}

module "team" {
  for_each = local.teams
  source   = "./team"

  name   = each.key
  size   = each.value.size
  tags   = merge(each.value.tags, { Team = each.key })
  people = ["ann"]

  providers = {
    aws       = aws
    aws.other = aws.west
  }
}

resource "aws_iam_user" "labelled" {
  count = 2
  name  = "${module.label.id}-${count.index}"
  tags  = merge(module.label.tags, { Index = count.index })
}

resource "aws_cognito_user_pool" "west" {
  provider = aws.west
  name     = "west"
}

# taglint:ignore owner the pool goes away with the old login
resource "aws_cognito_user_pool" "old" {
  name = "old"
  tags = {
    Owner = "nobody" # taglint:ignore cost-center OPS-123
    Note  = "# taglint:ignore team this is a text"
  }
  // taglint:ignore environment
}
