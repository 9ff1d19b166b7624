variable "defaults" {
  type    = map(string)
  default = { Owner = "default" }
}

variable "from_default" {
  default = "default"
}

variable "from_terraform_tfvars" {
  default = "default"
}

variable "from_json" {
  default = "default"
}

variable "from_auto" {
  default = "default"
}

variable "from_later_auto" {
  default = "default"
}

variable "other_file" {
  default = "default"
}

variable "same_in_other_file" {
  default = "default"
}

variable "unset" {
  type = string
}

variable "unset_map" {
  type = map(string)
}

variable "unset_count" {
  type = number
}

variable "secret" {
  type      = string
  default   = "hunter2"
  sensitive = true
}

variable "settings" {
  type = object({
    name  = string
    stage = optional(string, "dev")
    extra = optional(string)
    size  = optional(number, 3)
  })
  default = {
    name    = "n"
    ignored = "not part of the type"
  }
}

variable "null_is_default" {
  type     = string
  default  = "not null"
  nullable = false
}
