from_auto = "a.auto.tfvars"
from_later_auto = "a.auto.tfvars"
