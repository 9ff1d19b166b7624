resource "aws_cognito_user_pool" "changed" {
  tags = {
    Owner = "override"
  }
}
