from_terraform_tfvars = "terraform.tfvars"
from_json             = "terraform.tfvars"
from_auto             = "terraform.tfvars"
defaults              = { Owner = "tfvars", Environment = "Test" }
null_is_default       = null
