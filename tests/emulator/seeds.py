"""Seeds: resources put straight into moto's backends, past AWS's checks, with the same ids in each run."""

import datetime
import hashlib
import json

from moto.cognitoidentity.models import CognitoIdentityPool, cognitoidentity_backends
from moto.cognitoidp.models import CognitoIdpUserPool, cognitoidp_backends
from moto.iam.models import (
    AWSManagedPolicy,
    Group,
    InstanceProfile,
    ManagedPolicy,
    OpenIDConnectProvider,
    PolicyVersion,
    Role,
    SAMLProvider,
    User,
    VirtualMfaDevice,
    iam_backends,
)
from moto.organizations.models import organizations_backends

import aws_cognito
import aws_cognito_identity
import aws_iam
import aws_iam_providers
import aws_tagging
import inventory
from aws_iam_common import set_tags

ACCOUNT = "123456789012"
# Seeds are the same in each run: fixed dates, and ids made from names.
CREATED = datetime.datetime(2024, 1, 15, 12, 0, 0)
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
BASE62 = BASE32 + "abcdefghijklmnopqrstuvwxyz0189"
# What every type that an index lists takes.
COMMON = ("tags", "created", "once_tagged", "index_tags", "gone")
DOCUMENT = {"Version": "2012-10-17", "Statement": []}


def seed(data):
    """Adds what `data` describes; the ARNs of all of it."""
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
            set_tags(backend, user.arn, spec["tags"])
        made["users"].append(user.arn)
    for name, add in IAM_KINDS.items():
        made[name] = [add(backend, account, partition, spec) for spec in data.get(name, [])]
    for region, specs in data.get("pools", {}).items():
        made["pools"][region] = [
            _seed_pool(account, region, number, spec) for number, spec in enumerate(specs)
        ]
    for name, add in REGIONAL_KINDS.items():
        made[name] = {
            region: [add(account, partition, region, number, spec) for number, spec in enumerate(specs)]
            for region, specs in data.get(name, {}).items()
        }
    if "organization" in data:
        _seed_organization(account, partition, data["organization"])
    return made


def _seed_policy(backend, account, partition, spec):
    """Of any content: IAM's grammar is not asked. `aws` makes it AWS's own."""
    _known(spec, "name", "path", "document", "old", "aws", *COMMON)
    kind = AWSManagedPolicy if spec.get("aws") else ManagedPolicy
    text, region = _text(spec.get("old", spec.get("document", DOCUMENT))), inventory.GLOBAL_REGIONS[partition]
    policy = kind(spec["name"], account, region, document=text, path=spec.get("path", "/"))
    policy.id = "ANPA" + _id(BASE32, 17, "policy", account, policy.arn)
    policy.create_date = policy.update_date = _date(spec)
    if "old" in spec:
        version = PolicyVersion(policy.arn, _text(spec["document"]), version_id="v2")
        policy.versions.append(version)
        policy.update_default_version("v2")
    if spec.get("aws"):
        backend.aws_managed_policies.append(policy)
    return _keep(backend, "iam:policy", policy.arn, policy, spec, backend.managed_policies, policy.arn)


def _seed_group(backend, account, partition, spec):
    _known(spec, "name", "users", "inline", "attached")
    group = Group(account, inventory.GLOBAL_REGIONS[partition], spec["name"])
    group.users = [backend.users[name] for name in spec.get("users", [])]
    backend.groups[group.name] = group
    _give(backend, group, spec)
    return group.arn


def _seed_role(backend, account, partition, spec):
    """`service` makes it a service-linked role, `template` one of a role template."""
    _known(
        spec,
        "name",
        "path",
        "trust",
        "tags",
        "created",
        "inline",
        "attached",
        "boundary",
        "service",
        "template",
    )
    service = spec.get("service")
    path = f"/aws-service-role/{service}/" if service else spec.get("path", "/")
    identifier = "AROA" + _id(BASE32, 17, "role", account, path, spec["name"])
    trust = _text(spec.get("trust", DOCUMENT))
    role = Role(account, partition, identifier, spec["name"], trust, path, None, "", [], "3600", service)
    role.create_date, role.template = _date(spec), spec.get("template")
    if any(role.name == other.name for other in backend.roles.values()):
        raise ValueError(f"role {role.name} exists")
    backend.roles[role.id] = role
    if spec.get("tags"):
        set_tags(backend, role.arn, spec["tags"])
    _give(backend, role, spec)
    return role.arn


def _seed_profile(backend, account, partition, spec):
    _known(spec, "name", "path", "role", *COMMON)
    role = [role for role in backend.roles.values() if role.name == spec.get("role")]
    region = inventory.GLOBAL_REGIONS[partition]
    profile = InstanceProfile(account, region, "", spec["name"], spec.get("path", "/"), role)
    profile.id = "AIPA" + _id(BASE32, 17, "profile", account, profile.arn)
    profile.create_date = _date(spec)
    return _keep(
        backend, "iam:instance-profile", profile.arn, profile, spec, backend.instance_profiles, profile.name
    )


def _seed_oidc(backend, account, partition, spec):
    _known(spec, "url", *COMMON)
    region = inventory.GLOBAL_REGIONS[partition]
    provider = OpenIDConnectProvider(account, region, "https://" + spec["url"], ["0" * 40], ["client"], {})
    provider.create_date = _date(spec)
    return _keep(
        backend, "iam:oidc-provider", provider.arn, provider, spec, backend.open_id_providers, provider.arn
    )


def _seed_saml(backend, account, partition, spec):
    _known(spec, "name", *COMMON)
    region = inventory.GLOBAL_REGIONS[partition]
    provider = SAMLProvider(account, region, spec["name"], "<EntityDescriptor/>".ljust(1000))
    provider.create_date = _date(spec)
    return _keep(
        backend, "iam:saml-provider", provider.arn, provider, spec, backend.saml_providers, provider.name
    )


def _seed_certificate(backend, account, partition, spec):
    _known(spec, "name", "path", *COMMON)
    region = inventory.GLOBAL_REGIONS[partition]
    certificate = aws_iam_providers.new_certificate(account, region, spec["name"], spec.get("path", "/"))
    identifier = "ASCA" + _id(BASE32, 17, "certificate", account, certificate.arn)
    aws_iam_providers.date_certificate(certificate, identifier, _date(spec))
    return _keep(
        backend,
        "iam:server-certificate",
        certificate.arn,
        certificate,
        spec,
        backend.certificates,
        identifier,
    )


def _keep(backend, kind, arn, entity, spec, entities, key):
    """The entity in moto's map of its type, with its tags; or in the index alone, if it is gone."""
    if spec.get("gone"):
        region = inventory.GLOBAL_REGIONS[backend.partition]
        aws_tagging.LINGERING.setdefault((backend.account_id, region), {})[arn] = (kind, spec.get("tags", {}))
        return arn
    if key in entities:
        raise ValueError(f"{arn} exists")
    entities[key] = entity
    if spec.get("tags") or spec.get("once_tagged"):
        set_tags(backend, arn, spec.get("tags", {}))
    if "index_tags" in spec:
        entity.index_tags = spec["index_tags"]
    return arn


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
    _known(spec, "name", "path", "user", "root", *COMMON)
    device = VirtualMfaDevice(account, partition, spec.get("path", "/") + spec["name"])
    serial = device.serial_number
    if spec.get("root"):
        device.enable_date = _date(spec)
        device.user_attribute = aws_iam.root_user(account, partition, CREATED)
    elif spec.get("user"):
        user = backend.users[spec["user"]]
        device.user, device.enable_date = user, _date(spec)
        user.enable_mfa_device(serial, "", "")
    return _keep(backend, "iam:mfa", serial, device, spec, backend.virtual_mfa_devices, serial)


def _seed_pool(account, region, number, spec):
    _known(spec, "name", "id", *COMMON)
    pools = cognitoidp_backends[account][region].user_pools
    pool = CognitoIdpUserPool(account, region, spec["name"], {})
    pool.id = (
        spec.get("id")
        or f"{region}_{_id(BASE62, 9, 'pool', account, region, number + len(pools), spec['name'])}"
    )
    pool.arn = f"{pool.arn.rsplit('/', 1)[0]}/{pool.id}"
    pool.creation_date = pool.last_modified_date = _date(spec)
    if spec.get("gone"):
        row = ("cognito-idp:userpool", spec.get("tags", {}))
        aws_tagging.LINGERING.setdefault((account, region), {})[pool.arn] = row
        return pool.arn
    if spec.get("tags") or spec.get("once_tagged"):
        aws_cognito.set_tags(pool, spec.get("tags", {}))
    if "index_tags" in spec:
        pool.index_tags = spec["index_tags"]
    if pool.id in pools:
        raise ValueError(f"pool {pool.id} exists")
    pools[pool.id] = pool
    return pool.arn


def _seed_identity_pool(account, partition, region, number, spec):
    _known(spec, "name", "id", *COMMON)
    pools = cognitoidentity_backends[account][region].identity_pools
    pool = CognitoIdentityPool(region, spec["name"])
    digits = _id("0123456789abcdef", 32, "identity pool", account, region, number + len(pools), spec["name"])
    uuid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    pool.identity_pool_id, pool.creation_time = spec.get("id") or f"{region}:{uuid}", _date(spec)
    arn = aws_cognito_identity.arn_of(partition, account, region, pool)
    if spec.get("gone"):
        row = ("cognito-identity:identitypool", spec.get("tags", {}))
        aws_tagging.LINGERING.setdefault((account, region), {})[arn] = row
        return arn
    if spec.get("tags") or spec.get("once_tagged"):
        aws_cognito_identity.set_tags(pool, spec.get("tags", {}))
    if "index_tags" in spec:
        pool.index_tags = spec["index_tags"]
    if pool.identity_pool_id in pools:
        raise ValueError(f"identity pool {pool.identity_pool_id} exists")
    pools[pool.identity_pool_id] = pool
    return arn


def _seed_other(account, partition, region, number, spec):
    """A resource of any type (`ec2:instance`), which only the indexes and Cloud Control know."""
    _known(spec, "type", "name", "arn", "cfn_type", "identifier", "tags_property", "properties", *COMMON)
    service, _, kind = spec["type"].partition(":")
    arn = spec.get("arn") or f"arn:{partition}:{service}:{region}:{account}:{kind}/{spec['name']}"
    if spec.get("gone"):
        row = (spec["type"], spec.get("tags", {}))
        aws_tagging.LINGERING.setdefault((account, region), {})[arn] = row
        return arn
    others = inventory.OTHERS.setdefault((account, region), {})
    if arn in others:
        raise ValueError(f"{arn} exists")
    others[arn] = inventory.Other({"identifier": spec.get("name"), **spec})
    others[arn].ever_tagged = bool(spec.get("once_tagged"))
    if "index_tags" in spec:
        others[arn].index_tags = spec["index_tags"]
    return arn


# In this order: groups and roles name users and policies, profiles name roles.
IAM_KINDS = {
    "policies": _seed_policy,
    "groups": _seed_group,
    "roles": _seed_role,
    "instance_profiles": _seed_profile,
    "oidc_providers": _seed_oidc,
    "saml_providers": _seed_saml,
    "certificates": _seed_certificate,
    "devices": _seed_device,
}
REGIONAL_KINDS = {"identity_pools": _seed_identity_pool, "others": _seed_other}


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
