resource "aws_iam_user" "files" {
  name = "files"
  tags = {
    Default        = var.from_default
    TerraformFile  = var.from_terraform_tfvars
    Json           = var.from_json
    Auto           = var.from_auto
    LaterAuto      = var.from_later_auto
    OtherFile      = var.other_file
    SameInOther    = var.same_in_other_file
    NotNull        = var.null_is_default
    Stage          = var.settings.stage
    Size           = var.settings.size
    Missing        = var.settings.extra
    HasNoSuchField = try(var.settings.ignored, "gone")
    Secret         = var.secret
  }
}

resource "aws_iam_user" "unset" {
  name = var.unset
  tags = {
    Known   = "yes"
    Unknown = var.unset
    Mixed   = "a-${var.unset}"
    Maybe   = var.unset == "x" ? "here" : null
    Either  = var.unset == "x" ? "same" : "same"
    Settled = var.unset == "x" && false ? "a" : "b"
  }
}

resource "aws_iam_user" "unset_map" {
  name = "unset-map"
  tags = merge({ Before = "b", Owner = "user" }, var.unset_map, { After = "a" })
}

resource "aws_iam_user" "only_unset_map" {
  name = "only-unset-map"
  tags = var.unset_map
}

resource "aws_iam_user" "either_map" {
  name = "either-map"
  tags = var.unset == "x" ? { Both = "1", One = "1" } : { Both = "2", Two = "2" }
}

resource "aws_iam_user" "unset_count" {
  count = var.unset_count
  name  = "unset-count-${count.index}"
  tags  = { Index = count.index, Fixed = "f" }
}

resource "aws_iam_user" "unset_each" {
  for_each = var.unset_map
  name     = each.key
  tags     = { Key = each.key, Fixed = "f" }
}

resource "aws_iam_user" "workspace" {
  name = "workspace"
  tags = { Workspace = terraform.workspace, User = aws_iam_user.files.name }
}
