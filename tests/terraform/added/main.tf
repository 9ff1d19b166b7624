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
}

resource "aws_vpc" "alone" {
  cidr_block = "10.0.0.0/16"
  tags       = { Name = "alone" }
}

resource "aws_ec2_tag" "owner" {
  resource_id = aws_vpc.alone.id
  key         = "Owner"
  value       = "platform"
}

resource "aws_vpc" "both" {
  cidr_block = "10.1.0.0/16"
  tags       = { Owner = "network", Environment = "Test" }
}

resource "aws_ec2_tag" "another_value" {
  resource_id = aws_vpc.both.id
  key         = "Owner"
  value       = "platform"
}

resource "aws_ec2_tag" "same_value" {
  resource_id = aws_vpc.both.id
  key         = "Environment"
  value       = "Test"
}

resource "aws_vpc" "unknown_value" {
  cidr_block = "10.2.0.0/16"
}

resource "aws_ec2_tag" "unknown_value" {
  resource_id = aws_vpc.unknown_value.id
  key         = "Owner"
  value       = aws_vpc.both.arn
}

resource "aws_vpc" "several" {
  for_each   = toset(["a", "b"])
  cidr_block = "10.3.0.0/16"
}

resource "aws_ec2_tag" "one_of_several" {
  resource_id = aws_vpc.several["a"].id
  key         = "Owner"
  value       = "platform"
}

resource "aws_internet_gateway" "either" {
}

resource "aws_eip" "either" {
}

resource "aws_ec2_tag" "either" {
  resource_id = coalesce(aws_internet_gateway.either.id, aws_eip.either.id)
  key         = "Owner"
  value       = "platform"
}

module "network" {
  source = "./module"
  vpc_id = aws_vpc.alone.id
}

resource "aws_ec2_tag" "of_output" {
  resource_id = module.network.gateway_id
  key         = "Owner"
  value       = "platform"
}

resource "aws_autoscaling_group" "web" {
  min_size           = 1
  max_size           = 2
  availability_zones = ["eu-central-1a"]
  launch_template {
    id      = aws_launch_template.web.id
    version = "$Latest"
  }
  tag {
    key                 = "Environment"
    value               = "Test"
    propagate_at_launch = true
  }
}

resource "aws_launch_template" "web" {
}

resource "aws_autoscaling_group_tag" "owner" {
  autoscaling_group_name = aws_autoscaling_group.web.name
  tag {
    key                 = "Owner"
    value               = "platform"
    propagate_at_launch = true
  }
}

resource "aws_autoscaling_group_tag" "team" {
  autoscaling_group_name = aws_autoscaling_group.web.id
  tag {
    key                 = "Team"
    value               = "blue"
    propagate_at_launch = false
  }
}

resource "aws_dynamodb_table" "orders" {
  name         = "orders"
  hash_key     = "id"
  billing_mode = "PAY_PER_REQUEST"
  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_dynamodb_tag" "owner" {
  resource_arn = aws_dynamodb_table.orders.arn
  key          = "Owner"
  value        = "platform"
}

resource "aws_ecs_cluster" "main" {
  name = "main"
}

resource "aws_ecs_tag" "owner" {
  resource_arn = aws_ecs_cluster.main.arn
  key          = "Owner"
  value        = "platform"
}

resource "aws_transfer_server" "main" {
}

resource "aws_transfer_tag" "owner" {
  resource_arn = aws_transfer_server.main.arn
  key          = "Owner"
  value        = "platform"
}
