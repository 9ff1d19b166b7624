"""The endpoints under /_emulator/: seeding, the truth, call counts, faults and limits."""

import datetime
import hashlib
import json
from urllib.parse import parse_qs

from moto.cognitoidp.models import CognitoIdpUserPool, cognitoidp_backends
from moto.core.base_backend import BackendDict
from moto.iam.models import (
    Group,
    ManagedPolicy,
    PolicyVersion,
    Role,
    User,
    VirtualMfaDevice,
    iam_backends,
)
from moto.organizations.models import organizations_backends

import aws_cognito
import aws_iam
import aws_other
import settings
from calls import forget_accounts
from front import json_answer

ACCOUNT = "123456789012"
# Seeds are the same in each run: fixed dates, and ids made from names.
CREATED = datetime.datetime(2024, 1, 15, 12, 0, 0)
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
BASE62 = BASE32 + "abcdefghijklmnopqrstuvwxyz0189"


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
            aws_other.LINGERING.clear()
            aws_other.TAG_POLICIES.clear()
            forget_accounts()


def seed(data):
    """Puts everything straight into moto's backends, past AWS's checks."""
    account = data.get("account", ACCOUNT)
    partition = data.get("partition", "aws")
    backend = iam_backends[account][partition]
    made = {"account": account, "users": [], "devices": [], "pools": {}}
    for spec in data.get("users", []):
        _known(spec, "name", "path", "tags", "created")
        user = User(account, partition, spec["name"], spec.get("path", "/"))
        user.id = "AIDA" + _id(BASE32, 16, "user", account, user.arn)
        user.create_date = _date(spec)
        if user.name in backend.users:
            raise ValueError(f"user {user.name} exists")
        backend.users[user.name] = user
        if spec.get("tags"):
            aws_iam.set_tags(backend, user.arn, spec["tags"])
        made["users"].append(user.arn)
    _seed_policies(backend, account, partition, data)
    for spec in data.get("devices", []):
        made["devices"].append(_seed_device(backend, account, partition, spec))
    for region, specs in data.get("pools", {}).items():
        made["pools"][region] = [
            _seed_pool(account, region, number, spec) for number, spec in enumerate(specs)
        ]
    if "tag_policy" in data:
        aws_other.TAG_POLICIES[account] = data["tag_policy"]
    if "organization" in data:
        _seed_organization(account, partition, data["organization"])
    return made


def _seed_policies(backend, account, partition, data):
    """Groups, roles and policies of any content: IAM's grammar is not asked."""
    for spec in data.get("policies", []):
        _known(spec, "name", "document", "old")
        policy = ManagedPolicy(spec["name"], account, "us-east-1", document=_text(spec.get("old", spec["document"])))
        if "old" in spec:
            version = PolicyVersion(policy.arn, _text(spec["document"]), version_id="v2")
            policy.versions.append(version)
            policy.update_default_version("v2")
        backend.managed_policies[policy.arn] = policy
    for spec in data.get("groups", []):
        _known(spec, "name", "users", "inline", "attached")
        group = Group(account, "us-east-1", spec["name"])
        group.users = [backend.users[name] for name in spec.get("users", [])]
        backend.groups[group.name] = group
        _give(backend, group, spec)
    for spec in data.get("roles", []):
        _known(spec, "name", "trust", "inline", "attached", "boundary")
        trust = _text(spec["trust"])
        role = Role(account, partition, "AROA" + spec["name"].upper(), spec["name"], trust, "/", None, "", [], "3600")
        backend.roles[role.id] = role
        _give(backend, role, spec)


def _give(backend, entity, spec):
    for name, document in spec.get("inline", {}).items():
        entity.policies[name] = _text(document)
    for arn in spec.get("attached", []):
        backend.managed_policies[arn].attach_to(entity)
    if "boundary" in spec:
        policy = backend.managed_policies[spec["boundary"]]
        entity.permissions_boundary_arn = policy.arn
        policy.boundary_count = getattr(policy, "boundary_count", 0) + 1


def _text(document):
    return document if isinstance(document, str) else json.dumps(document)


def _seed_device(backend, account, partition, spec):
    _known(spec, "name", "path", "user", "root", "tags", "created", "once_tagged", "index_tags")
    device = VirtualMfaDevice(account, partition, spec.get("path", "/") + spec["name"])
    serial = device.serial_number
    if serial in backend.virtual_mfa_devices:
        raise ValueError(f"device {serial} exists")
    if spec.get("root"):
        device.enable_date = _date(spec)
        device.user_attribute = aws_iam.root_user(account, partition, CREATED)
    elif spec.get("user"):
        user = backend.users[spec["user"]]
        device.user, device.enable_date = user, _date(spec)
        user.enable_mfa_device(serial, "", "")
    if spec.get("tags") or spec.get("once_tagged"):
        aws_iam.set_tags(backend, serial, spec.get("tags", {}))
    if "index_tags" in spec:
        device.index_tags = spec["index_tags"]
    backend.virtual_mfa_devices[serial] = device
    return serial


def _seed_pool(account, region, number, spec):
    _known(spec, "name", "id", "tags", "created", "once_tagged", "index_tags", "gone")
    pools = cognitoidp_backends[account][region].user_pools
    pool = CognitoIdpUserPool(account, region, spec["name"], {})
    pool.id = (
        spec.get("id")
        or f"{region}_{_id(BASE62, 9, 'pool', account, region, number + len(pools), spec['name'])}"
    )
    pool.arn = f"{pool.arn.rsplit('/', 1)[0]}/{pool.id}"
    pool.creation_date = pool.last_modified_date = _date(spec)
    if spec.get("gone"):
        aws_other.LINGERING.setdefault((account, region), {})[pool.arn] = spec.get("tags", {})
        return pool.arn
    if spec.get("tags") or spec.get("once_tagged"):
        aws_cognito.set_tags(pool, spec.get("tags", {}))
    if "index_tags" in spec:
        pool.index_tags = spec["index_tags"]
    if pool.id in pools:
        raise ValueError(f"pool {pool.id} exists")
    pools[pool.id] = pool
    return pool.arn


def _seed_organization(account, partition, spec):
    """An organization managed by `account`, with members of known ids (moto's are random)."""
    _known(spec, "accounts", "units")
    backend = organizations_backends[account][partition]
    region = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-northwest-1"}[partition]
    if backend.org is None:
        backend.create_organization(region, FeatureSet="ALL")
    for unit in spec.get("units", []):
        _known(unit, "id", "name", "parent")
        made = backend.create_organizational_unit(
            Name=unit.get("name", unit["id"]), ParentId=unit.get("parent", backend.org.root_id)
        )
        next(ou for ou in backend.ou if ou.id == made["OrganizationalUnit"]["Id"]).id = unit["id"]
    for member in spec["accounts"]:
        _known(member, "id", "name", "email", "state", "tags", "unit")
        known = next((a for a in backend.accounts if a.id == member["id"]), None)
        if known is None:
            name = member.get("name", member["id"])
            backend.create_account(AccountName=name, Email=f"{member['id']}@example.com")
            known = backend.accounts[-1]
            organizations_backends.master_accounts.pop(known.id, None)
            known.id = member["id"]
            organizations_backends.master_accounts[known.id] = (account, partition)
        known.name = member.get("name", known.name)
        known.email = member.get("email", known.email)
        known.state = known.status = member.get("state", "ACTIVE")
        known.tags.update(member.get("tags", {}))
        if "unit" in member:
            known.parent_id = backend.get_organizational_unit_by_id(member["unit"]).id


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
        {"name": u.name, "path": u.path, "id": u.id, "arn": u.arn, "tags": aws_iam.get_tags(backend, u.arn)}
        for u in sorted(backend.users.values(), key=lambda u: u.name)
    ]
    devices = [
        {
            "name": aws_iam.serial_name(serial),
            "arn": serial,
            "user": device.user.name if device.user else None,
            "root": aws_iam.is_root(device),
            "tags": aws_iam.get_tags(backend, serial),
            "once_tagged": aws_iam.was_tagged(backend, serial),
        }
        for serial, device in sorted(backend.virtual_mfa_devices.items())
    ]
    return {"account": account, "users": users, "devices": devices, "pools": pools}


def _id(alphabet, length, *parts):
    number = int.from_bytes(hashlib.sha256(repr(parts).encode()).digest(), "big")
    text = ""
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        text += alphabet[digit]
    return text


def _date(spec):
    return datetime.datetime.fromisoformat(spec["created"].rstrip("Z")) if "created" in spec else CREATED


def _known(spec, *keys):
    """A mistyped key of a seed would make a test pass for the wrong reason."""
    unknown = set(spec) - set(keys)
    if unknown:
        raise ValueError(f"unknown key of a seed: {', '.join(sorted(unknown))}")
