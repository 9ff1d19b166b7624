"""Faults that a test orders: which calls they hit, and what is answered instead."""

import base64
import json
import random
import re
import threading
import time
from fnmatch import fnmatchcase

from moto.cognitoidp.models import cognitoidp_backends
from moto.iam.models import iam_backends

import aws_cognito
import aws_iam
from calls import Answer
from settings import STATE_LOCK

KINDS = (
    "deny", "throttle", "status", "error", "cut", "hang", "delay", "garbage", "expired", "gone",
    "repeat-token", "empty-page", "stale", "short", "lacks", "lacks-each", "untagged", "flood", "endless",
)  # fmt: skip
KEYS = {
    "operation": "*", "region": "*", "account": "*", "match": None, "kind": None, "code": None,
    "seconds": 60.0, "times": None, "every": 1, "after": 0, "probability": None, "seed": 0, "apply": False,
    "error": "InternalFailure", "message": "The request could not be served.", "rival": None,
}  # fmt: skip
REPEATED = "repeated-marker"
EMPTY = "after-empty-page."

# What AWS calls "too many requests" differs by service.
THROTTLED = {
    "iam": ("Throttling", 400),
    "sts": ("Throttling", 400),
    "cognito-idp": ("TooManyRequestsException", 400),
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
        if call.operation in ("ListUserTags", "ListMFADeviceTags", "ListTagsForResource"):
            with self.lock:
                self.answers.setdefault((call.account, call.region, call.name, call.text), answer)
        return answer

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
    if fault.kind in ("short", "lacks", "lacks-each"):
        answer = execute()
        if answer.status == 200:
            answer.body = _short(answer.body, fault)
        return answer
    if fault.kind == "untagged":
        answer = execute()
        if answer.status == 200:
            answer.body = _untagged(answer.body, fault.spec.get("error"))
        return answer
    if fault.apply:  # done, but the caller does not learn of it
        execute()
    if fault.kind == "hang":
        time.sleep(fault.seconds)
        answer = Answer(0, {}, b"")
        answer.drop = True
        return answer
    return _refusal(call, fault)


def _short(body, fault):
    """A body that arrives whole and says too little: its first `code` percent, or all but the member named by `error`, of
    the answer or (`lacks-each`) of each item of its lists."""
    if fault.kind == "short":
        return body[: len(body) * (fault.code or 0) // 100]
    if body.startswith(b"{"):
        def without(members):
            return {name: value for name, value in members.items() if name != fault.error}

        answer = json.loads(body)
        if fault.kind == "lacks-each":
            lists = {n: [without(item) for item in v] for n, v in answer.items() if isinstance(v, list)}
            return json.dumps({**answer, **lists}).encode()
        return json.dumps(without(answer)).encode()
    name = re.escape(fault.error.encode())
    return re.sub(b"<" + name + b"(/>|>.*?</" + name + b">)", b"", body, flags=re.DOTALL)


def _untagged(body, key):
    """A whole answer without tags, or without the tag of one key."""
    if body.startswith(b"{"):
        answer = json.loads(body)
        answer["Tags"] = {name: value for name, value in answer["Tags"].items() if key not in (None, name)}
        return json.dumps(answer).encode()
    if key is None:
        return re.sub(b"<Tags>.*</Tags>", b"<Tags></Tags>", body, flags=re.DOTALL)
    return re.sub(b"<member>\\s*<Key>" + re.escape(key.encode()) + b"</Key>.*?</member>", b"", body, flags=re.DOTALL)


def _write_as_rival(call, tags):
    """Somebody else writes to the resource of this call; a value of None removes a tag."""
    with STATE_LOCK:
        if call.service == "iam":
            backend = iam_backends[call.account]["aws"]
            arn = call.params.get("SerialNumber") or backend.users[call.params["UserName"]].arn
            aws_iam.set_tags(backend, arn, _changed(aws_iam.get_tags(backend, arn), tags))
        else:
            pool_id = call.params["ResourceArn"].rsplit("/", 1)[-1]
            pool = cognitoidp_backends[call.account][call.region].user_pools[pool_id]
            aws_cognito.set_tags(pool, _changed(aws_cognito.get_tags(pool), tags))


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
