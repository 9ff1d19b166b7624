variable "vpc_id" {
  type = string
}

resource "aws_ec2_tag" "team" {
  resource_id = var.vpc_id
  key         = "Team"
  value       = "blue"
}

resource "aws_internet_gateway" "inside" {
}

output "gateway_id" {
  value = aws_internet_gateway.inside.id
}
