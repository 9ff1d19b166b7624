terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "secret" {
  type      = string
  sensitive = true
  default   = "hunter2-never-shown"
}

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

# One default tag is unknown: the provider plans as if there were none.
provider "aws" {
  alias                       = "unknown"
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = {
      Environment = "Production"
      Creator     = aws_iam_user.first.unique_id
    }
  }
}

# A sensitive default tag: what the provider merges into tags_all has no mark.
provider "aws" {
  alias                       = "secret"
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = merge({ Environment = "Production" }, { Token = base64encode(var.secret) })
  }
}

resource "aws_iam_user" "first" {
  name = "first"
}

# The whole map is unknown, and a default tag may be overridden in it.
resource "aws_iam_user" "merged" {
  name = "merged"
  tags = merge({ Environment = "Test" }, { Creator = aws_iam_user.first.unique_id })
}

# The name is unknown too.
resource "aws_iam_user" "nameless" {
  name = aws_iam_user.first.unique_id
  tags = { Environment = "Test" }
}

# This resource's part of the provider keeps the other values.
resource "aws_bedrock_guardrail" "partly" {
  name                      = "partly"
  blocked_input_messaging   = "no"
  blocked_outputs_messaging = "no"
  tags = {
    Environment = "Test"
    Creator     = aws_iam_user.first.arn
  }
}

resource "aws_iam_user" "unknown_defaults" {
  provider = aws.unknown
  name     = "unknown-defaults"
  tags     = { "Cost Center" = "12345" }
}

resource "aws_iam_user" "no_tags_unknown_defaults" {
  provider = aws.unknown
  name     = "no-tags-unknown-defaults"
}

resource "aws_iam_user" "secret" {
  name = "secret"
  tags = {
    "Cost Center" = var.secret
    Environment   = "Test"
  }
}

resource "aws_iam_user" "secret_whole" {
  name = "secret-whole"
  tags = sensitive({ "Cost Center" = "hunter3-never-shown" })
}

resource "aws_iam_user" "secret_defaults" {
  provider = aws.secret
  name     = "secret-defaults"
  tags     = { "Cost Center" = "x-${var.secret}" }
}

# A block for each tag; default tags do not reach it.
resource "aws_autoscaling_group" "blocks" {
  name                 = "blocks"
  min_size             = 1
  max_size             = 1
  launch_configuration = "none"
  availability_zones   = ["eu-central-1a"]

  tag {
    key                 = "Environment"
    value               = "Test"
    propagate_at_launch = true
  }
  tag {
    key                 = "Creator"
    value               = aws_iam_user.first.unique_id
    propagate_at_launch = true
  }
}

# It carries no tags.
resource "aws_iam_account_alias" "untaggable" {
  account_alias = "example"
}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:GetObject"]
    resources = [aws_iam_user.first.arn]
  }
}
