from_tfvars = "tfvars"
from_both   = "tfvars"
nulled      = null
strict      = null
