"""What the emulator's own tests share: a server, clients of boto3, and AWS's API model as the judge of each answer."""

import contextlib
import http.client
import json
import subprocess
import sys
import unittest
import urllib.request
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT, OTHER, THIRD = "123456789012", "111122223333", "444455556666"
SERVER = [sys.executable, str(Path(__file__).with_name("server.py")), "--port", "0"]
POOL = [sys.executable, str(Path(__file__).with_name("pool.py"))]
MFA = f"arn:aws:iam::{ACCOUNT}:mfa/"


# Where AWS itself does not keep to its model: `phone_number_verified` is longer, the documentation of ErrorCode allows
# each error of the resource's service, and the root user has neither name nor path (recorded).
LOOSE = (
    ".SchemaAttributes[].Name",
    ".ErrorCode",
    ".VirtualMFADevices[].User",
    ".VirtualMFADevices[].User.UserId",
)


def start():
    process = subprocess.Popen(SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip().removeprefix("listening on ")


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_dict(tags):
    return {tag["Key"]: tag["Value"] for tag in tags}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.process, cls.url = start()

    @classmethod
    def tearDownClass(cls):
        cls.process.stdin.close()
        assert cls.process.wait(5) == 0
        cls.process.stdout.close()

    def setUp(self):
        self.faulty = False
        for path in ("seed", "faults", "limits", "calls"):
            self.emulator("DELETE", path)
        self.iam = self.client("iam")
        self.cognito = self.client("cognito-idp", "eu-central-1")

    def emulator(self, method, path, data=None):
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{path}", method=method, data=body)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def client(self, service, region="us-east-1", account=ACCOUNT, **keys):
        keys = keys or {"aws_access_key_id": f"AKIA{account}TEST", "aws_secret_access_key": "secret"}
        config = Config(retries={"total_max_attempts": 1}, read_timeout=5, max_pool_connections=32)
        client = boto3.client(service, region_name=region, endpoint_url=self.url, config=config, **keys)
        client.meta.events.register("before-parse", self.judge)
        return client

    def judge(self, operation_model, response_dict, **_):
        """Holds an answer against the API model, unless a fault has made it what it is."""
        if response_dict["status_code"] == 200 and not self.faulty:
            problems = misfits(operation_model, response_dict["body"])
            self.assertEqual([], problems, operation_model.name)

    def seed(self, **data):
        return self.emulator("POST", "seed", data)

    def fault(self, **fault):
        self.faulty = True
        self.emulator("PUT", "faults", [fault])

    def refused(self, code, status, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        answer = caught.exception.response
        self.assertEqual(
            (code, status), (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"])
        )
        return answer["Error"]["Message"]

    def raw(self, service, region, body, target=None):
        scope = f"AKIA{ACCOUNT}TEST/20260101/{region}/{service}/aws4_request"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
            "Content-Type": "application/x-amz-json-1.1" if target else "application/x-www-form-urlencoded",
        }
        if target:
            headers["X-Amz-Target"] = target
        with contextlib.closing(http.client.HTTPConnection(self.url.removeprefix("http://"))) as connection:
            connection.request("POST", "/", body, headers)
            with connection.getresponse() as answer:
                return answer.status, answer.read()

    def user_tags(self, name):
        return tag_dict(self.iam.list_user_tags(UserName=name)["Tags"])


def misfits(operation, body):
    """What in the answer the API model of the operation does not have, or has otherwise. Patterns are not looked at."""
    if operation.output_shape is None:
        return []
    protocol = operation.service_model.metadata["protocols"]
    if "query" in protocol:
        root = ElementTree.fromstring(body)
        result = next((child for child in root if child.tag.endswith("Result")), None)
        return [] if result is None else xml_misfits(result, operation.output_shape, operation.name)
    return json_misfits(json.loads(body or b"{}"), operation.output_shape, operation.name)


def json_misfits(value, shape, where):
    if getattr(shape, "is_document_type", False):  # any JSON
        return []
    kind = shape.type_name
    expected = {
        "structure": dict,
        "map": dict,
        "list": list,
        "string": str,
        "boolean": bool,
        "integer": int,
        "long": int,
    }
    if not isinstance(value, expected.get(kind, object)):
        return [f"{where}: {type(value).__name__} instead of {kind}"]
    if kind == "structure":
        problems = members_misfit(set(value), shape, where)
        known = {name: shape.members[name] for name in value if name in shape.members}
        return problems + [p for n, s in known.items() for p in json_misfits(value[n], s, f"{where}.{n}")]
    if kind == "map":
        return [p for key, item in value.items() for p in json_misfits(item, shape.value, f"{where}.{key}")]
    if kind == "list":
        return [p for item in value for p in json_misfits(item, shape.member, f"{where}[]")]
    return text_misfits(value, shape, where) if kind == "string" else []


def xml_misfits(element, shape, where):
    if shape.type_name == "structure":
        names = [child.tag.rpartition("}")[2] for child in element]
        problems = members_misfit(set(names), shape, where)
        problems += [f"{where}: {name} twice" for name in set(names) if names.count(name) > 1]
        for name, child in zip(names, element):
            if name in shape.members:
                problems += xml_misfits(child, shape.members[name], f"{where}.{name}")
        return problems
    if shape.type_name == "list":
        return [p for child in element for p in xml_misfits(child, shape.member, f"{where}[]")]
    return text_misfits(element.text or "", shape, where) if shape.type_name == "string" else []


def members_misfit(names, shape, where):
    required = [] if where.endswith(LOOSE) else shape.required_members
    problems = [f"{where}: no member {name} in the model" for name in sorted(names - set(shape.members))]
    return problems + [f"{where}: {name} is required" for name in required if name not in names]


def text_misfits(text, shape, where):
    limits = {} if where.endswith(LOOSE) else shape.metadata
    if not limits.get("min", 0) <= len(text) <= limits.get("max", len(text)):
        return [f"{where}: {len(text)} characters instead of {limits.get('min')} to {limits.get('max')}"]
    if text not in limits.get("enum", [text]):
        return [f"{where}: {text} is none of {limits['enum']}"]
    return []
