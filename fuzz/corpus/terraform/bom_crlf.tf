resource "aws_iam_user" "u" {
  tags = {
    A = <<-X
      a
      X
  }
}
