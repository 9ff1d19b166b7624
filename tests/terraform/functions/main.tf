# Default tags that functions make. A plan does not write the functions of an expression, and the provider omits all
# default tags if one of them is known only after the apply.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "none" {
  default = {}
}

variable "owner" {
  default = { Owner = "platform" }
}

locals {
  now = timestamp()
}

provider "aws" {
  alias                       = "clock"
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = { Created = timestamp(), Owner = "platform" }
  }
}

resource "aws_iam_user" "clock" {
  provider = aws.clock
  name     = "clock"
  tags     = { Own = "x" }
}

provider "aws" {
  alias                       = "merged"
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = merge(var.owner, { At = timestamp() })
  }
}

resource "aws_iam_user" "merged" {
  provider = aws.merged
  name     = "merged"
  tags     = { Own = "x" }
}

provider "aws" {
  alias                       = "random"
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = { Id = uuid(), Owner = "platform" }
  }
}

resource "aws_iam_user" "random" {
  provider = aws.random
  name     = "random"
  tags     = { Own = "x" }
}

provider "aws" {
  alias                       = "local"
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = { At = local.now, Owner = "platform" }
  }
}

resource "aws_iam_user" "local" {
  provider = aws.local
  name     = "local"
  tags     = { Own = "x" }
}

provider "aws" {
  alias                       = "variable"
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = var.owner
  }
}

resource "aws_iam_user" "variable" {
  provider = aws.variable
  name     = "variable"
  tags     = { Own = "x" }
}

provider "aws" {
  alias                       = "empty"
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = var.none
  }
}

resource "aws_iam_user" "empty" {
  provider = aws.empty
  name     = "empty"
  tags     = { Own = "x" }
}

provider "aws" {
  alias                       = "upper"
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = { Owner = upper("platform") }
  }
}

resource "aws_iam_user" "upper" {
  provider = aws.upper
  name     = "upper"
  tags     = { Own = "x" }
}
