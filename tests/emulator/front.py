"""In front of moto: counts calls, applies limits and faults, and hands the rest over."""

import collections
import io
import json
import threading
import time
import traceback

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

import aws_cloud_control
import aws_cognito
import aws_cognito_identity
import aws_explorer
import aws_iam
import aws_other
import aws_tagging
import faults
from calls import GLOBAL_SERVICES, Answer, Call
from errors import Refused
from settings import LIMITS, STATE_LOCK

# Signing name -> moto's module, for the services that matter here (moto's own search is slow).
MODULES = {
    "iam": "iam",
    "sts": "sts",
    "cognito-idp": "cognitoidp",
    "cognito-identity": "cognitoidentity",
    "organizations": "organizations",
    "tagging": "resourcegroupstaggingapi",
}
# Services that moto lacks, by their signing names.
OWN = {
    "account": aws_other.account,
    "resource-explorer-2": aws_explorer.answer,
    "cloudcontrolapi": aws_cloud_control.answer,
}
LOGGED = 50_000


class Front:
    def __init__(self):
        for module in (aws_iam, aws_cognito, aws_cognito_identity, aws_other, aws_tagging):
            module.install()
        self.apps = {name: create_backend_app(module) for name, module in MODULES.items()}
        self.rest = DomainDispatcherApplication(create_backend_app)
        self.faults = faults.Faults()
        self.lock = threading.Lock()
        self.reset_counts()

    # Accounting

    def reset_counts(self):
        with self.lock:
            self.started = time.monotonic()
            self.log = collections.deque(maxlen=LOGGED)
            self.totals = collections.Counter()
            self.results = collections.Counter()
            self.in_flight = self.max_in_flight = 0
            self.buckets = {}

    def refill(self):
        with self.lock:
            self.buckets = {}

    def counts(self):
        with self.lock:
            by = {"calls": {}, "by_region": {}, "by_account": {}, "by_status": {}}
            for (name, region, account), n in self.totals.items():
                by["calls"][name] = by["calls"].get(name, 0) + n
                for kind, place in (("by_region", region), ("by_account", account)):
                    counts = by[kind].setdefault(place, {})
                    counts[name] = counts.get(name, 0) + n
            for (name, status), n in self.results.items():
                by["by_status"].setdefault(name, {})[str(status)] = n
            return {"total": sum(self.totals.values()), "max_in_flight": self.max_in_flight, **by}

    def logged(self):
        with self.lock:
            return list(self.log)

    def _begin(self, call):
        entry = {
            "at": round(time.monotonic() - self.started, 4),
            "call": call.name,
            "region": call.region,
            "account": call.account,
            "params": dict(call.params),
            "status": None,
        }
        with self.lock:
            self.log.append(entry)
            self.totals[call.name, call.region, call.account] += 1
            self.in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self.in_flight)
        return entry

    def _end(self, call, entry, answer):
        with self.lock:
            entry["status"] = answer.status
            self.results[call.name, answer.status] += 1
            self.in_flight = max(0, self.in_flight - 1)

    def _over_rate(self, call):
        """A token bucket per (account, service, region), as AWS's quotas are."""
        rates = LIMITS["rps"]
        rate = rates.get(call.service, rates.get("*")) if isinstance(rates, dict) else rates
        if rate is None:
            return False
        size, now = LIMITS["burst"] or max(1, rate), time.monotonic()
        key = (call.account, call.service, call.region)
        with self.lock:
            tokens, then = self.buckets.get(key, (size, now))
            tokens = min(size, tokens + (now - then) * rate)
            over = tokens < 1
            self.buckets[key] = (tokens if over else tokens - 1, now)
        return over

    # Answers

    def answer(self, method, path, query, headers, body):
        call = Call(method, path, headers, body)
        entry = self._begin(call)
        answer = Answer(500, {}, b"")
        try:
            answer = self._answer(call, query)
        except Exception:
            traceback.print_exc()
            answer = call.error("InternalFailure", "The emulator failed, see its standard error.", 500)
        finally:
            self._end(call, entry, answer)
        return answer

    def _answer(self, call, query):
        if LIMITS["delay_ms"]:
            time.sleep(LIMITS["delay_ms"] / 1000)
        if not call.signed and call.operation not in ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"):
            return call.error("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        if call.region in LIMITS["disabled_regions"] and call.service not in GLOBAL_SERVICES:
            message = "The security token included in the request is invalid."
            if call.protocol == "query":
                return call.error("InvalidClientTokenId", message, 403)
            return call.error("UnrecognizedClientException", message)
        if self._over_rate(call):
            return faults.throttled(call)
        return faults.run(call, self.faults, lambda: self._execute(call, query))

    def _execute(self, call, query):
        if call.signing_name in OWN:
            try:
                return call.json(200, OWN[call.signing_name](call))
            except Refused as refused:
                return call.error(refused.code, refused.message, refused.status)
        environ = {
            "REQUEST_METHOD": call.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": call.path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": call.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(call.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(call.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in call.headers.items():
            if name.lower() not in ("content-type", "content-length", "transfer-encoding"):
                environ["HTTP_" + name.upper().replace("-", "_")] = value
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        # moto would take a region named in the user agent before the signed one.
        environ["HTTP_USER_AGENT"] = "emulator"
        app = self.apps.get(call.signing_name, self.rest)
        try:
            with STATE_LOCK:
                chunks, status, headers = run_wsgi_app(app, environ, buffered=True)
        except Refused as refused:  # moto's applications let it through
            return call.error(refused.code, refused.message, refused.status)
        kept = {
            n: v
            for n, v in headers.items()
            if n.lower() in ("content-type", "x-amzn-requestid", "x-amzn-errortype")
        }
        answer = Answer(int(status.split()[0]), kept, b"".join(chunks))
        # moto says HTML of an answer that is a plain string.
        if call.protocol == "json":
            answer.headers["Content-Type"] = call.headers.get("Content-Type", "application/x-amz-json-1.1")
        elif call.protocol == "query":
            answer.headers["Content-Type"] = "text/xml"
        return answer


def json_answer(status, body):
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(body, ensure_ascii=False).encode())
