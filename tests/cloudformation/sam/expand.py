"""Prints the template that SAM makes of a template: expand.py FILE. It needs aws-sam-translator and PyYAML."""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402


class ManagedPolicies:
    """The managed policies of the template, without a call of AWS."""

    def load(self):
        names = {"AWSLambdaBasicExecutionRole": "service-role/AWSLambdaBasicExecutionRole"}
        names["AWSLambdaExecute"] = "AWSLambdaExecute"
        return {name: f"arn:aws:iam::aws:policy/{path}" for name, path in names.items()}


with open(sys.argv[1], encoding="utf-8") as file:
    expanded = transform(yaml_parse(file.read()), {}, ManagedPolicies())
json.dump(expanded, sys.stdout, indent=1, sort_keys=True)
