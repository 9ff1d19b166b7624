# taglint:ignore a
/* taglint:ignore b why */ resource "aws_iam_user" "u" {
  tags = {} # taglint:ignore
} // taglint:ignore c dé