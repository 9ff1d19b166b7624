resource "aws_iam_user" "u" { tags = { a = [[[[[[[[[[1]]]]]]]]]] } }
