variable "name" {
  type = string
}

variable "tags" {
  type = map(string)
}

resource "aws_iam_user" "this" {
  name = var.name
  tags = merge(var.tags, {
    Environment = "Production"
  })
}

resource "aws_iam_virtual_mfa_device" "this" {
  virtual_mfa_device_name = var.name
}
