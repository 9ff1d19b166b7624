resource "aws_iam_user" "u" {
  count = 1000000000000
  tags  = { a = count.index }
}
locals {
  a = local.b
  b = local.a
}
resource "aws_iam_user" "v" {
  for_each = local.a
  tags     = local.b
}
