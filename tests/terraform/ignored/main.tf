terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = { Environment = "Production", Owner = "platform" }
  }

  ignore_tags {
    keys         = ["Owner"]
    key_prefixes = ["k8s:"]
  }
}

# What is ignored is not known before the apply.
provider "aws" {
  alias                       = "later"
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  ignore_tags {
    keys = [aws_iam_user.plain.unique_id]
  }
}

resource "aws_iam_user" "plain" {
  name = "plain"
}

resource "aws_iam_user" "own" {
  name = "own"
  tags = { Owner = "own", Team = "red", "k8s:cluster" = "a" }
}

resource "aws_iam_user" "unknown" {
  name = "unknown"
  tags = { Owner = aws_iam_user.plain.unique_id, Team = "red" }
}

resource "aws_iam_user" "later" {
  provider = aws.later
  name     = "later"
  tags     = { Owner = "own" }
}

resource "aws_s3_object" "plain" {
  bucket  = "bucket"
  key     = "plain"
  content = "x"
  tags    = { Team = "red" }
}

# The whole map is unknown, and the provider's default tags do not reach it.
resource "aws_s3_object" "unknown" {
  bucket  = "bucket"
  key     = "unknown"
  content = "x"
  tags    = { Team = aws_iam_user.plain.unique_id }

  override_provider {
    default_tags {
      tags = {}
    }
  }
}
