# shellcheck shell=sh
# An after_plan hook, in a context that the owners of a stack cannot edit. The context mounts the policy, and the runner
# image contains taglint.
terraform show -json spacelift.plan > plan.json && taglint check plan.json --policy /mnt/workspace/company.toml --no-config
