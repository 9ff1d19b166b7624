"""Reads a schema and documents as one JSON list from standard input; writes for each document whether it is valid."""

import json
import sys

from jsonschema import Draft7Validator

schema, documents = json.load(sys.stdin)
Draft7Validator.check_schema(schema)
validator = Draft7Validator(schema)
json.dump([validator.is_valid(document) for document in documents], sys.stdout)
