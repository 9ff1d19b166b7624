variable "flag" {
  type = bool
}
variable "word" {
  type = string
}
variable "names" {
  type = list(string)
}
variable "tags" {
  type = map(string)
}
variable "secret" {
  type      = string
  default   = "s3cr3t"
  sensitive = true
}
variable "size" {
  type    = number
  default = 3
}
variable "any" {
  default = { a = 1, b = ["x", 2], c = { d = true } }
}
variable "settings" {
  type = object({
    name = string
    tags = optional(object({ Owner = optional(string, "ok"), Team = optional(string) }), {})
    size = optional(number, 2)
    more = optional(map(string), { k = "v" })
    list = optional(list(object({ id = number, label = optional(string, "none") })), [{ id = 1 }])
  })
  default = { name = "n" }
}
variable "partial" {
  type    = object({ tags = optional(object({ Owner = optional(string, "ok"), Team = optional(string, "t") }), {}) })
  default = { tags = { Team = null } }
}
locals {
  greeting = "Dear $${name},"
  value  = "v"
  list   = ["x", "y", "z"]
  mixed  = [1, "a", true]
  map    = { a = "1", b = "2" }
  object = { name = "n", on = true, size = 3, list = ["p", "q"], inner = { k = "v" } }
  null   = null
  empty  = {}
  none   = []
  set    = toset(["b", "a", "b"])
  dropped = var.flag ? { Owner = null } : {}
  owner   = var.flag ? null : "ok"
}
locals {
  heredoc = <<EOT
a ${local.map["a"]} "quoted" \n $${x}
  b
EOT
  indented = <<-EOT
    a
      b

    %{ for x in local.list }
    item ${x}
    %{ endfor }
    end
  EOT
  trimmed = <<-EOT
    %{ for x in local.list ~}
    item ${x}
    %{ endfor ~}
    %{~ if true ~}
      yes
    %{~ else ~}
      no
    %{~ endif ~}
    end
  EOT
  spaced = <<-EOT
	tab
	  more
  EOT
  in_call = join(",", [<<A
x
A
    , <<-B
      y
    B
  ])
  broken_lines = {
    for k, v in { a = 1, b = null, c = "" } :
    upper(
      k
    ) => v == null
      ? "none" # a comment
      : "some"
    if k != "c" &&
       k != "d"
  }
  labels = { # a comment
    a = "1", b : "2"
    "c" = "3"
    // another
    "d-${1 + 1}" = /* in between */ "4"
    (local.list[0]) = "5",
  }
  long = (
    true
    && true
    || false
  ) ? [
    "x",
    "y", ] : []
  chained = [{ a = [{ b = "1" }, { b = "2" }] }]
}
