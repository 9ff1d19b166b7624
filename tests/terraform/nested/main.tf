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
    tags = { Owner = "platform" }
  }
}

resource "aws_sns_topic" "first" {
  name = "first"
}

resource "aws_instance" "bare" {
  ami           = "ami-12345678"
  instance_type = "t3.micro"
}

resource "aws_instance" "all_volumes" {
  ami           = "ami-12345678"
  instance_type = "t3.micro"
  volume_tags   = { Environment = "Test" }
}

resource "aws_instance" "each_volume" {
  ami           = "ami-12345678"
  instance_type = "t3.micro"
  root_block_device {
    tags = { Environment = "Test" }
  }
  ebs_block_device {
    device_name = "/dev/sdf"
    volume_size = 1
    tags        = { Environment = "Test", Topic = aws_sns_topic.first.arn }
  }
  ebs_block_device {
    device_name = "/dev/sdg"
    volume_size = 1
  }
}

# A request for a Spot Instance cannot tag what it launches.
resource "aws_spot_instance_request" "spot" {
  ami           = "ami-12345678"
  instance_type = "t3.micro"
  root_block_device {
    tags = { Environment = "Test" }
  }
}

resource "aws_launch_template" "alone" {
  image_id = "ami-12345678"
  tag_specifications {
    resource_type = "instance"
    tags          = { Environment = "Test" }
  }
  tag_specifications {
    resource_type = "volume"
    tags          = { Topic = aws_sns_topic.first.arn, Gone = null }
  }
  tag_specifications {
    resource_type = "network-interface"
  }
}

resource "aws_launch_template" "grouped" {
  image_id = "ami-12345678"
  tag_specifications {
    resource_type = "instance"
    tags          = { Environment = "Template", Team = "blue" }
  }
}

resource "aws_autoscaling_group" "joined" {
  max_size           = 1
  min_size           = 0
  availability_zones = ["eu-central-1a"]
  launch_template {
    id      = aws_launch_template.grouped.id
    version = "$Latest"
  }
  tag {
    key                 = "Environment"
    value               = "Test"
    propagate_at_launch = true
  }
  tag {
    key                 = "Owner"
    value               = "platform"
    propagate_at_launch = false
  }
}

resource "aws_autoscaling_group" "elsewhere" {
  max_size           = 1
  min_size           = 0
  availability_zones = ["eu-central-1a"]
  launch_template {
    name = "of-another-project"
  }
  tag {
    key                 = "Environment"
    value               = "Test"
    propagate_at_launch = true
  }
}

resource "aws_autoscaling_group" "configured" {
  max_size             = 1
  min_size             = 0
  availability_zones   = ["eu-central-1a"]
  launch_configuration = "of-another-project"
  tag {
    key                 = "Environment"
    value               = "Test"
    propagate_at_launch = true
  }
}

resource "aws_dynamodb_table" "global" {
  name             = "global"
  hash_key         = "id"
  billing_mode     = "PAY_PER_REQUEST"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"
  tags             = { Environment = "Test" }
  attribute {
    name = "id"
    type = "S"
  }
  replica {
    region_name = "eu-west-1"
  }
  replica {
    region_name    = "eu-west-2"
    propagate_tags = true
  }
}

resource "aws_ecs_service" "service" {
  name            = "service"
  task_definition = "task:1"
  propagate_tags  = "SERVICE"
  tags            = { Environment = "Test" }
  volume_configuration {
    name = "data"
    managed_ebs_volume {
      role_arn   = "arn:aws:iam::123456789012:role/volumes"
      size_in_gb = 1
      tag_specifications {
        resource_type = "volume"
        tags          = { Environment = "Test" }
      }
    }
  }
}

resource "aws_ecs_service" "by_definition" {
  name            = "by-definition"
  task_definition = "task:1"
  propagate_tags  = "TASK_DEFINITION"
}

resource "aws_ecs_service" "silent" {
  name            = "silent"
  task_definition = "task:1"
}

resource "aws_spot_fleet_request" "fleet" {
  iam_fleet_role  = "arn:aws:iam::123456789012:role/fleet"
  target_capacity = 1
  launch_specification {
    ami           = "ami-12345678"
    instance_type = "t3.micro"
    tags          = { Environment = "Test" }
  }
}

resource "aws_batch_compute_environment" "batch" {
  compute_environment_name = "batch"
  type                     = "MANAGED"
  compute_resources {
    max_vcpus          = 1
    type               = "EC2"
    subnets            = ["subnet-1"]
    security_group_ids = ["sg-1"]
    instance_type      = ["c4.large"]
    instance_role      = "arn:aws:iam::123456789012:instance-profile/batch"
    tags               = { Environment = "Test" }
  }
}

# The target itself carries no tags.
resource "aws_cloudwatch_event_target" "nightly" {
  rule     = "nightly"
  arn      = "arn:aws:ecs:eu-central-1:123456789012:cluster/c"
  role_arn = "arn:aws:iam::123456789012:role/events"
  ecs_target {
    task_definition_arn = "arn:aws:ecs:eu-central-1:123456789012:task-definition/task:1"
    tags                = { Environment = "Test" }
  }
}
