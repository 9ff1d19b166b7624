resource "aws_autoscaling_group" "g" {
  tag {
    key   = "a"
    value = var.x
  }
  dynamic "tag" {
    for_each = {}
  }
}
provider "aws" {
  default_tags {
    tags = null
  }
  ignore_tags {
    keys = var.y
  }
}
resource "aws_iam_user" "u" {
  provider = aws.nope
}
