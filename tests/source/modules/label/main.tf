variable "name" {
  type = string
}

variable "stage" {
  type    = string
  default = "dev"
}

locals {
  id = join("-", compact([var.stage, var.name, ""]))
}

output "id" {
  value = local.id
}

output "tags" {
  value = {
    Name  = local.id
    Stage = title(var.stage)
  }
}
