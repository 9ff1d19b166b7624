"""Faults that a test orders: which calls they hit, and what is answered instead."""

import base64
import json
import random
import re
import threading
import time
from fnmatch import fnmatchcase

from moto.utilities.utils import get_partition

import aws_tagging
import inventory
from calls import Answer
from settings import STATE_LOCK

KINDS = (
    "deny", "throttle", "status", "error", "cut", "hang", "delay", "garbage", "expired", "gone",
    "repeat-token", "empty-page", "stale", "short", "lacks", "untagged", "flood", "endless",
    "failed-arns",
)  # fmt: skip
KEYS = {
    "operation": "*", "region": "*", "account": "*", "match": None, "kind": None, "code": None,
    "seconds": 60.0, "times": None, "every": 1, "after": 0, "probability": None, "seed": 0, "apply": False,
    "error": "InternalFailure", "message": "The request could not be served.", "rival": None,
}  # fmt: skip
REPEATED = "repeated-marker"
EMPTY = "after-empty-page."
# Where an answer of JSON has tags.
TAG_MEMBERS = ("Tags", "UserPoolTags", "IdentityPoolTags")

# Reads of one resource's tags that are not called so.
READS = ("DescribeIdentityPool", "GetResource")

# What AWS calls "too many requests" differs by service.
THROTTLED = {
    "iam": ("Throttling", 400),
    "sts": ("Throttling", 400),
    "cognito-idp": ("TooManyRequestsException", 400),
    "cognito-identity": ("TooManyRequestsException", 400),
    "resource-explorer-2": ("ThrottlingException", 429),
    "tag": ("ThrottledException", 400),
    "organizations": ("TooManyRequestsException", 400),
    "account": ("TooManyRequestsException", 429),
}


class Fault:
    def __init__(self, spec):
        unknown = set(spec) - set(KEYS)
        if unknown:
            raise ValueError(f"unknown key of a fault: {', '.join(sorted(unknown))}")
        if spec.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        self.spec = spec
        for key, default in KEYS.items():
            setattr(self, key, spec.get(key, default))
        self.random = random.Random(self.seed)
        self.matched = self.applied = 0

    def fires(self, call):
        """Whether this call is hit; counts it. The caller holds the lock."""
        patterns = ((self.operation, call.name), (self.region, call.region), (self.account, call.account))
        if not all(fnmatchcase(value, pattern) for pattern, value in patterns):
            return False
        if self.match is not None and self.match not in call.text:
            return False
        self.matched += 1
        turn = self.matched - self.after
        if turn <= 0 or turn % self.every or (self.times is not None and self.applied >= self.times):
            return False
        if self.probability is not None and self.random.random() >= self.probability:
            return False
        self.applied += 1
        return True


class Faults:
    def __init__(self):
        self.lock = threading.Lock()
        self.faults = []
        self.answers = {}  # of reads of tags, as they first were

    def remember(self, call, answer):
        name = call.operation or ""
        reads_tags = name.startswith("List") and name.endswith(("Tags", "TagsForResource")) or name in READS
        if reads_tags and answer.status == 200:
            with self.lock:
                self.answers.setdefault((call.account, call.region, call.name, call.text), answer)
        return answer

    def forget(self):
        """To be called when the accounts are emptied."""
        with self.lock:
            self.answers = {}

    def before(self, call):
        """What the same read answered first: IAM is eventually consistent."""
        with self.lock:
            return self.answers.get((call.account, call.region, call.name, call.text))

    def set(self, specs):
        if not isinstance(specs, list):
            raise ValueError("a list of faults is expected")
        faults = [Fault(spec) for spec in specs]
        with self.lock:
            self.faults = faults

    def listed(self):
        with self.lock:
            return [{**f.spec, "matched": f.matched, "applied": f.applied} for f in self.faults]

    def pick(self, call):
        """The first fault of the list that hits this call."""
        with self.lock:
            return next((fault for fault in self.faults if fault.fires(call)), None)


def run(call, faults, execute):
    """Answers `call`, by `execute` unless a fault says otherwise."""
    follows_empty = False
    if call.marker == REPEATED:
        call.set_marker(None)
        sent = REPEATED
    elif (call.marker or "").startswith(EMPTY):
        call.set_marker(base64.urlsafe_b64decode(call.marker[len(EMPTY) :]).decode() or None)
        follows_empty, sent = True, call.marker
    else:
        sent = call.marker
    fault = None if follows_empty else faults.pick(call)
    if fault is not None and fault.kind == "stale":
        return faults.before(call) or execute()
    if fault is None:
        return faults.remember(call, execute())
    if fault.rival is not None:
        _write_as_rival(call, fault.rival)
    if fault.kind == "delay":
        time.sleep(fault.seconds)
        return execute()
    if fault.kind == "repeat-token":
        answer = execute()
        good = call.marker_name and answer.status == 200
        return call.with_marker(answer, sent or REPEATED) if good else answer
    if fault.kind == "empty-page":
        if not call.marker_name:
            return execute()
        return call.empty_page(EMPTY + base64.urlsafe_b64encode((call.marker or "").encode()).decode())
    if fault.kind == "cut":
        answer = execute()
        answer.cut = True
        return answer
    if fault.kind in ("flood", "endless"):
        answer = execute()
        answer.filler = (fault.code or 1) << 20 if fault.kind == "flood" else float("inf")
        return answer
    if fault.kind in ("short", "lacks"):
        answer = execute()
        if answer.status == 200:
            answer.body = _short(answer.body, fault)
        return answer
    if fault.kind == "untagged":
        answer = execute()
        if answer.status == 200:
            answer.body = _untagged(answer.body, fault.spec.get("error"))
        return answer
    if fault.kind == "failed-arns":
        return _with_failures(call, fault, execute)
    if fault.apply:  # done, but the caller does not learn of it
        execute()
    if fault.kind == "hang":
        time.sleep(fault.seconds)
        answer = Answer(0, {}, b"")
        answer.drop = True
        return answer
    return _refusal(call, fault)


def _short(body, fault):
    """A body that arrives whole and says too little: its first `code` percent, or all but the member named by `error`."""
    if fault.kind == "short":
        return body[: len(body) * (fault.code or 0) // 100]
    if body.startswith(b"{"):
        return json.dumps({name: value for name, value in json.loads(body).items() if name != fault.error}).encode()
    name = re.escape(fault.error.encode())
    return re.sub(b"<" + name + b"(/>|>.*?</" + name + b">)", b"", body, flags=re.DOTALL)


def _untagged(body, key):
    """A whole answer without tags, or without the tags of one key."""
    if body.startswith(b"{"):
        return json.dumps(_without_tags(json.loads(body), key)).encode()
    if key is None:
        return re.sub(b"<Tags>.*?</Tags>", b"<Tags></Tags>", body, flags=re.DOTALL)
    return re.sub(b"<member>\\s*<Key>" + re.escape(key.encode()) + b"</Key>.*?</member>", b"", body, flags=re.DOTALL)


def _without_tags(value, key, tags=False):
    """The value, less the tags in its members that hold tags: a map, or a list of Key and Value."""
    if isinstance(value, dict):
        kept = {k: _without_tags(v, key, _holds_tags(k, value)) for k, v in value.items()}
        return {k: v for k, v in kept.items() if not tags or key not in (None, k)}
    if isinstance(value, list):
        return [_without_tags(v, key) for v in value if not tags or key not in (None, v["Key"])]
    if isinstance(value, str) and value.startswith("{"):  # Cloud Control's properties are JSON as text
        return json.dumps(_without_tags(json.loads(value), key))
    return value


def _holds_tags(name, parent):
    """Resource Explorer has tags as the data of a property of that name."""
    return name in TAG_MEMBERS or name == "Data" and parent.get("Name") == "tags"


def _with_failures(call, fault, execute):
    """TagResources or UntagResources: ARNs with `match` fail, the others (with `apply`, all) are done."""
    bad, rest = aws_tagging.split(call.params, fault.match or "")
    if not fault.apply and rest is not None:
        call.body = rest.encode()
    answer = execute() if fault.apply or rest is not None else call.json(200, {})
    if answer.status != 200:
        return answer
    body = json.loads(answer.body)
    failure = aws_tagging.failure(fault.error, fault.message, fault.code or 400)
    body["FailedResourcesMap"] = {**body.get("FailedResourcesMap", {}), **{arn: failure for arn in bad}}
    answer.body = json.dumps(body).encode()
    return answer


def _write_as_rival(call, tags):
    """Somebody else writes to the resources of this call; a value of None removes a tag."""
    with STATE_LOCK:
        resources = inventory.of_call(call, get_partition(call.region))
        if not resources:
            raise ValueError(f"no resource of {call.name} to write to")
        for resource in resources:
            resource.write(_changed(resource.read(), tags))


def _changed(tags, changes):
    return {key: value for key, value in {**tags, **changes}.items() if value is not None}


def throttled(call):
    code, status = THROTTLED.get(call.service, ("ThrottlingException", 400))
    return call.error(code, "Rate exceeded", status)


def _refusal(call, fault):
    query = call.protocol == "query"
    if fault.kind == "throttle":
        return throttled(call)
    if fault.kind == "deny":
        message = (
            f"User: {call.caller_arn()} is not authorized to perform: {call.name} on resource: * "
            f"because no identity-based policy allows the {call.name} action"
        )
        code = "AccessDenied" if query else "AccessDeniedException"
        return call.error(code, message, 400 if call.protocol == "json" else 403)
    if fault.kind == "expired":
        code = "ExpiredToken" if query else "ExpiredTokenException"
        return call.error(
            code, "The security token included in the request is expired", 403 if query else 400
        )
    if fault.kind == "gone":
        code, status = ("NoSuchEntity", 404) if query else ("ResourceNotFoundException", 400)
        return call.error(code, "The resource cannot be found.", status)
    if fault.kind == "status":
        names = {500: "ServiceFailure" if query else "InternalErrorException", 503: "ServiceUnavailable"}
        status = fault.code or 500
        return call.error(names.get(status, fault.error), fault.message, status)
    if fault.kind == "error":
        return call.error(fault.error, fault.message, fault.code or 400)
    answer = call.error("", "")
    answer.status, answer.body = 200, b"<<< neither XML {nor JSON"  # garbage
    return answer
