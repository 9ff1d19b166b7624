"""The endpoints under /_emulator/: seeding, the truth, call counts, faults and limits."""

import json
from urllib.parse import parse_qs

from moto.cognitoidentity.models import cognitoidentity_backends
from moto.cognitoidp.models import cognitoidp_backends
from moto.core.base_backend import BackendDict
from moto.iam.models import iam_backends
from moto.organizations.models import organizations_backends

import aws_cognito
import aws_explorer
import aws_iam
import aws_tagging
import inventory
import settings
from aws_iam_common import get_tags, was_tagged
from calls import forget_accounts
from front import json_answer
from seeds import ACCOUNT, seed


class Control:
    def __init__(self, front):
        self.front = front

    def answer(self, method, path, query, body):
        handler = getattr(self, f"{method.lower()}_{path.removeprefix('/_emulator/')}", None)
        if handler is None:
            return json_answer(404, {"error": f"no {method} {path}"})
        try:
            data = json.loads(body) if body else None
            result = handler(data, {k: v[0] for k, v in parse_qs(query).items()})
        except (ValueError, KeyError, TypeError) as error:
            return json_answer(400, {"error": f"{type(error).__name__}: {error}"})
        return json_answer(200, {} if result is None else result)

    def get_calls(self, data, query):
        return self.front.counts()

    def delete_calls(self, data, query):
        self.front.reset_counts()

    def get_log(self, data, query):
        return self.front.logged()

    def get_faults(self, data, query):
        return self.front.faults.listed()

    def put_faults(self, data, query):
        self.front.faults.set(data)

    def delete_faults(self, data, query):
        self.front.faults.set([])

    def get_limits(self, data, query):
        return dict(settings.LIMITS)

    def put_limits(self, data, query):
        settings.set_limits(data)
        self.front.refill()
        return dict(settings.LIMITS)

    def delete_limits(self, data, query):
        settings.reset_limits()
        self.front.refill()

    def get_state(self, data, query):
        with settings.STATE_LOCK:
            return state(query.get("account", ACCOUNT), query.get("partition", "aws"))

    def post_seed(self, data, query):
        with settings.STATE_LOCK:
            return seed(data)

    def delete_seed(self, data, query):
        with settings.STATE_LOCK:
            BackendDict.reset()
            organizations_backends.master_accounts.clear()
            aws_tagging.LINGERING.clear()
            inventory.OTHERS.clear()
            aws_explorer.SNAPSHOTS.clear()
            forget_accounts()
            self.front.faults.forget()


def state(account, partition):
    """Everything an account holds, straight from the backends."""
    backend = iam_backends[account][partition]
    pools = {}
    for region, cognito in sorted(cognitoidp_backends[account].items()):
        if cognito.user_pools:
            pools[region] = [
                {
                    "id": p.id,
                    "name": p.name,
                    "arn": p.arn,
                    "tags": aws_cognito.get_tags(p),
                    "once_tagged": aws_cognito.was_tagged(p),
                }
                for p in sorted(cognito.user_pools.values(), key=lambda p: p.id)
            ]
    users = [
        {"name": u.name, "path": u.path, "id": u.id, "arn": u.arn, "tags": get_tags(backend, u.arn)}
        for u in sorted(backend.users.values(), key=lambda u: u.name)
    ]
    devices = [
        {
            "name": aws_iam.serial_name(serial),
            "arn": serial,
            "user": device.user.name if device.user else None,
            "root": aws_iam.is_root(device),
            "tags": get_tags(backend, serial),
            "once_tagged": was_tagged(backend, serial),
        }
        for serial, device in sorted(backend.virtual_mfa_devices.items())
    ]
    known = {"account": account, "users": users, "devices": devices, "pools": pools}
    return {**known, **_family(account, partition), **_regional(account, partition)}


def _family(account, partition):
    """The other types of IAM, each a list sorted by ARN."""
    names = {
        "iam:role": "roles",
        "iam:policy": "policies",
        "iam:instance-profile": "instance_profiles",
        "iam:oidc-provider": "oidc_providers",
        "iam:saml-provider": "saml_providers",
        "iam:server-certificate": "certificates",
    }
    lists = {name: [] for name in names.values()}
    for resource in sorted(inventory.iam_resources(account, partition), key=lambda r: r.arn):
        if resource.kind in names:
            lists[names[resource.kind]].append(_entry(resource))
    return lists


def _regional(account, partition):
    """Identity pools and the resources of other types, of each region that has any."""
    regions = sorted({*cognitoidentity_backends[account], *(r for a, r in inventory.OTHERS if a == account)})
    lists = {"identity_pools": {}, "others": {}}
    for region in regions:
        for resource in sorted(inventory.resources(account, partition, region), key=lambda r: r.arn):
            if resource.kind == "cognito-identity:identitypool":
                lists["identity_pools"].setdefault(region, []).append(_entry(resource))
            elif resource.arn in inventory.OTHERS.get((account, region), {}):
                lists["others"].setdefault(region, []).append(_entry(resource))
    return lists


def _entry(resource):
    return {
        "type": resource.kind,
        "id": resource.identifier,
        "arn": resource.arn,
        "tags": resource.read(),
        "once_tagged": resource.once_tagged(),
    }
