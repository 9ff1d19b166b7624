# Tags that resources get from another one. `terraform plan` without AWS made plan.json:
#   terraform init && terraform plan -out plan && terraform show -json plan > plan.json

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
  default_tags {
    tags = { Owner = "platform" }
  }
}

resource "aws_ecs_task_definition" "one" {
  family                = "one"
  container_definitions = "[]"
  tags                  = { Environment = "Test" }
}

resource "aws_ecs_task_definition" "each" {
  for_each              = { a = "Alpha", b = "Beta" }
  family                = each.key
  container_definitions = "[]"
  tags                  = { Environment = each.value }
}

locals {
  definition = aws_ecs_task_definition.one.arn
}

resource "aws_ecs_service" "one" {
  name            = "one"
  task_definition = aws_ecs_task_definition.one.arn
  propagate_tags  = "TASK_DEFINITION"
  tags            = { Environment = "Service" }
}

resource "aws_ecs_service" "keyed" {
  name            = "keyed"
  task_definition = aws_ecs_task_definition.each["b"].arn
  propagate_tags  = "TASK_DEFINITION"
}

# With the family, ECS takes the newest revision, which may not be this one.
resource "aws_ecs_service" "family" {
  name            = "family"
  task_definition = aws_ecs_task_definition.one.family
  propagate_tags  = "TASK_DEFINITION"
}

resource "aws_batch_job_definition" "job" {
  name                 = "job"
  type                 = "container"
  propagate_tags       = true
  container_properties = "{\"image\": \"busybox\", \"resourceRequirements\": [{\"type\": \"VCPU\", \"value\": \"1\"}, {\"type\": \"MEMORY\", \"value\": \"128\"}]}"
}

resource "aws_emr_cluster" "cluster" {
  name          = "cluster"
  release_label = "emr-7.0.0"
  service_role  = "arn:aws:iam::123456789012:role/emr"
  master_instance_group {
    instance_type = "m5.xlarge"
  }
}

resource "aws_fsx_file_cache" "cache" {
  file_cache_type                           = "LUSTRE"
  file_cache_type_version                   = "2.12"
  storage_capacity                          = 1200
  subnet_ids                                = ["subnet-0123456789abcdef0"]
  copy_tags_to_data_repository_associations = true
  data_repository_association {
    data_repository_path = "nfs://filer.example.com/data"
    file_cache_path      = "/data"
    nfs { version = "NFS3" }
  }
  lustre_configuration {
    deployment_type             = "CACHE_1"
    per_unit_storage_throughput = 1000
    metadata_configuration { storage_capacity = 2400 }
  }
}
