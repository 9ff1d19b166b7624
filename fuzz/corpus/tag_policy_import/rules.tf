locals { types = ["AWS::S3::Bucket"] }
resource "aws_config_config_rule" "tags" {
  source { source_identifier = "REQUIRED_TAGS" }
  scope { compliance_resource_types = local.types }
  input_parameters = jsonencode({ tag1Key = "Owner", tag1Value = join(",", ["a", "b"]) })
}
resource "aws_organizations_policy" "tags" {
  type    = "TAG_POLICY"
  content = jsonencode({ tags = { owner = { tag_value = { "@@append" = ["a?", "b*"] } } } })
}
