"""What a request is (service, operation, account, region, parameters), and answers in its protocol."""

import json
import re
import uuid
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import get_account_id_from
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

# Signing name -> prefix of the service's actions in IAM policies.
PREFIXES = {"tagging": "tag", "cloudcontrolapi": "cloudformation"}
GLOBAL_SERVICES = ("iam", "organizations", "account")
# The marker of a request and of its answer, and the list paged, per operation.
PAGED = {
    "iam:ListUsers": ("Marker", "Users"),
    "iam:ListUserTags": ("Marker", "Tags"),
    "iam:ListMFADeviceTags": ("Marker", "Tags"),
    "iam:ListVirtualMFADevices": ("Marker", "VirtualMFADevices"),
    "iam:GetAccountAuthorizationDetails": ("Marker", "UserDetailList"),
    "iam:ListRoles": ("Marker", "Roles"),
    "iam:ListRoleTags": ("Marker", "Tags"),
    "iam:ListPolicies": ("Marker", "Policies"),
    "iam:ListPolicyTags": ("Marker", "Tags"),
    "iam:ListInstanceProfiles": ("Marker", "InstanceProfiles"),
    "iam:ListInstanceProfilesForRole": ("Marker", "InstanceProfiles"),
    "iam:ListInstanceProfileTags": ("Marker", "Tags"),
    "iam:ListOpenIDConnectProviderTags": ("Marker", "Tags"),
    "iam:ListSAMLProviderTags": ("Marker", "Tags"),
    "iam:ListServerCertificates": ("Marker", "ServerCertificateMetadataList"),
    "iam:ListServerCertificateTags": ("Marker", "Tags"),
    "cognito-identity:ListIdentityPools": ("NextToken", "IdentityPools"),
    "resource-explorer-2:ListResources": ("NextToken", "Resources"),
    "resource-explorer-2:ListIndexes": ("NextToken", "Indexes"),
    "resource-explorer-2:ListViews": ("NextToken", "Views"),
    "resource-explorer-2:ListSupportedResourceTypes": ("NextToken", "ResourceTypes"),
    "cognito-idp:ListUserPools": ("NextToken", "UserPools"),
    "tag:GetResources": ("PaginationToken", "ResourceTagMappingList"),
    "organizations:ListAccounts": ("NextToken", "Accounts"),
    "organizations:ListAccountsForParent": ("NextToken", "Accounts"),
    "organizations:ListOrganizationalUnitsForParent": ("NextToken", "OrganizationalUnits"),
    "account:ListRegions": ("NextToken", "Regions"),
}
_accounts = {}  # access key id -> account; keys only vanish with a reset


def forget_accounts():
    _accounts.clear()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.cut = False  # send half of the body, then close the connection
        self.filler = 0  # so many blanks after the body; without an end, they come slowly
        self.drop = False  # close the connection without an answer


class Call:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body
        scope = re.search(
            r"Credential=([^/,]+)/[^/]*/([^/]+)/([^/]+)/aws4_request", headers.get("Authorization", "")
        )
        self.signed = bool(scope)
        self.access_key, self.region, self.signing_name = (
            scope.groups() if scope else ("", "us-east-1", "sts")
        )
        self.service = PREFIXES.get(self.signing_name, self.signing_name)
        target = headers.get("X-Amz-Target")
        form = headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        text = body.decode("utf-8", "replace")
        if form:
            self.protocol, self.params = "query", dict(parse_qsl(text, keep_blank_values=True))
            self.text = "&".join(f"{key}={value}" for key, value in self.params.items())
            operation = self.params.get("Action")
        else:
            self.protocol, self.params, self.text = "json" if target else "rest-json", _json(text), text
            self.text += "\n" + json.dumps(self.params, ensure_ascii=False)  # without \u escapes
            operation = target.split(".")[-1] if target else path
            if self.signing_name == "account" and path in ("/listRegions", "/list-regions"):
                operation = "ListRegions"
            elif self.signing_name == "resource-explorer-2":
                operation = path.strip("/")  # its URIs are the operations' names
        self.name = f"{self.service}:{operation or 'unknown'}"
        self.operation = operation
        self.account = self._account()

    def _account(self):
        chosen = self.headers.get("X-Moto-Account-Id")
        if chosen:
            return chosen
        if self.access_key not in _accounts:
            # AKIA + twelve digits + four characters names the account itself.
            own = re.fullmatch(r"[A-Z]{4}(\d{12})[A-Z0-9]{4}", self.access_key)
            _accounts[self.access_key] = own[1] if own else get_account_id_from(self.access_key)
        return _accounts[self.access_key] or DEFAULT_ACCOUNT_ID

    def caller_arn(self):
        partition = get_partition(self.region)
        role = sts_backends[self.account][partition].get_assumed_role_from_access_key(self.access_key)
        return role.arn if role else f"arn:{partition}:iam::{self.account}:user/moto"

    @property
    def marker_name(self):
        return PAGED[self.name][0] if self.name in PAGED else None

    @property
    def marker(self):
        return self.params.get(self.marker_name) or None

    def set_marker(self, marker):
        """Rewrites the request as if it had been sent with `marker` (None: without one)."""
        self.params.pop(self.marker_name, None)
        if marker is not None:
            self.params[self.marker_name] = marker
        if self.protocol == "query":
            self.body = urlencode(self.params).encode()
        else:
            self.body = json.dumps(self.params).encode()

    # Answers

    def error(self, code, message, status=400):
        request_id = str(uuid.uuid4())
        if self.protocol == "query":
            kind = "Sender" if status < 500 else "Receiver"
            space = "https://sts.amazonaws.com/doc/2011-06-15/"
            if self.service == "iam":
                space = "https://iam.amazonaws.com/doc/2010-05-08/"
            body = (
                f'<ErrorResponse xmlns="{space}"><Error><Type>{kind}</Type><Code>{code}</Code>'
                f"<Message>{escape(message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
            )
            return self._answer(status, body, {"x-amzn-RequestId": request_id})
        body = json.dumps({"__type": code, "message": message})
        return self._answer(status, body, {"x-amzn-RequestId": request_id, "x-amzn-ErrorType": code})

    def json(self, status, body):
        return self._answer(status, json.dumps(body), {"x-amzn-RequestId": str(uuid.uuid4())})

    def empty_page(self, marker):
        """A page without items that says there is more."""
        name, items = PAGED[self.name]
        if self.protocol != "query":
            return self.json(200, {items: [], name: marker})
        body = (
            f'<{self.operation}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
            f"<{self.operation}Result><{items}/><IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"
            f"</{self.operation}Result><ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
            f"</{self.operation}Response>"
        )
        return self._answer(200, body, {})

    def with_marker(self, answer, marker):
        """`answer`, a page, saying that there is more behind `marker`."""
        if self.protocol == "query":
            text = re.sub(r"<Marker>[^<]*</Marker>", "", answer.body.decode())
            more = f"<IsTruncated>true</IsTruncated><Marker>{escape(marker)}</Marker>"
            answer.body = re.sub(r"<IsTruncated>\w+</IsTruncated>", lambda _: more, text).encode()
        else:
            answer.body = json.dumps({**json.loads(answer.body), self.marker_name: marker}).encode()
        return answer

    def _answer(self, status, body, headers):
        types = {"query": "text/xml", "json": "application/x-amz-json-1.1", "rest-json": "application/json"}
        if self.signing_name == "cloudcontrolapi":
            types["json"] = "application/x-amz-json-1.0"
        return Answer(status, {"Content-Type": types[self.protocol], **headers}, body.encode())


def _json(text):
    try:
        params = json.loads(text or "{}")
    except ValueError:
        return {}
    return params if isinstance(params, dict) else {}
