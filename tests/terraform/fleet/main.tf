terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "owner" {
  type    = string
  default = "platform@example.com"
}

provider "aws" {
  region                      = "eu-central-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = {
      Environment = "Production"
      Owner       = "platform@example.com"
    }
  }
}

provider "aws" {
  alias                       = "ireland"
  region                      = "eu-west-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  default_tags {
    tags = {
      Owner = var.owner
    }
  }
}

provider "aws" {
  alias                       = "plain"
  region                      = "eu-central-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

# Everything is right: its own tag and the two of the provider.
resource "aws_iam_user" "good" {
  name = "anika"
  path = "/team/"
  tags = {
    "Cost Center" = "12345"
  }
}

# It overrides a default tag with a value that is wrong.
resource "aws_iam_user" "override" {
  name = "bela"
  tags = {
    "Cost Center" = "12345"
    Environment   = "prod"
  }
}

# No tags, and no default tags.
resource "aws_iam_user" "bare" {
  provider = aws.plain
  name     = "carl"
}

# A value that only the apply can know: the provider then plans the whole map as unknown.
resource "aws_iam_user" "later" {
  name = "dana"
  tags = {
    "Cost Center" = "12345"
    Creator       = aws_iam_user.good.unique_id
  }
}

# An empty value makes `tags_all` unknown, and nothing else is.
resource "aws_iam_user" "empty" {
  provider = aws.plain
  name     = "emil"
  tags = {
    "Cost Center" = ""
    Environment   = "Test"
  }
}

resource "aws_iam_virtual_mfa_device" "spare" {
  count                   = 2
  virtual_mfa_device_name = "spare-${count.index}"
  path                    = "/spare/"
  tags = {
    "Cost Center" = count.index == 0 ? "12345" : "12E45"
  }
}

resource "aws_cognito_user_pool" "customers" {
  for_each = {
    shop      = "Staging"
    "b.c\"]x" = "Nowhere"
  }
  provider = aws.ireland
  name     = "customers ${length(each.key)}"
  tags = {
    Environment = each.value
  }
}

module "team" {
  source   = "./modules/team"
  for_each = toset(["red", "blue"])
  team     = each.key
  providers = {
    aws       = aws
    aws.other = aws.plain
  }
}
