"""Every resource of an account that has tags, of whatever service: what AWS's indexes are made of.

A resource of a type that the emulator does not serve otherwise (`ec2:instance`) comes from the seed's `others`; it
exists in the indexes, in Cloud Control and for TagResources.
"""

import hashlib

from moto.cognitoidentity.models import cognitoidentity_backends
from moto.cognitoidp.models import cognitoidp_backends
from moto.iam.models import iam_backends

import aws_cognito
import aws_cognito_identity
import tagrules
from aws_iam_common import get_tags, set_tags, was_tagged
from aws_iam_family import is_local

# Where the indexes answer for global resources (seen for other global services on AWS).
GLOBAL_REGIONS = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}
# The tagging API's type: CloudFormation's type, its property with the tags, and whether that is a map. The schemas of
# managed policies and instance profiles have no such property, and the handler that reads an MFA device may only call
# ListVirtualMFADevices, which gives no tags (CloudFormation resource schemas, October 2026).
TYPES = {
    "iam:user": ("AWS::IAM::User", "Tags", False),
    "iam:role": ("AWS::IAM::Role", "Tags", False),
    "iam:policy": ("AWS::IAM::ManagedPolicy", None, False),
    "iam:instance-profile": ("AWS::IAM::InstanceProfile", None, False),
    "iam:oidc-provider": ("AWS::IAM::OIDCProvider", "Tags", False),
    "iam:saml-provider": ("AWS::IAM::SAMLProvider", "Tags", False),
    "iam:server-certificate": ("AWS::IAM::ServerCertificate", "Tags", False),
    "iam:mfa": ("AWS::IAM::VirtualMFADevice", None, False),
    "cognito-idp:userpool": ("AWS::Cognito::UserPool", "UserPoolTags", True),
    "cognito-identity:identitypool": ("AWS::Cognito::IdentityPool", "IdentityPoolTags", False),
}
# {(account, region): {ARN: Other}}
OTHERS = {}


class Other:
    """A resource of any type, as a seed describes it."""

    def __init__(self, spec):
        self.type, self.tags, self.ever_tagged = spec["type"], dict(spec.get("tags", {})), False
        self.cfn_type, self.tags_property = spec.get("cfn_type"), spec.get("tags_property", "Tags")
        self.identifier, self.properties = spec.get("identifier"), spec.get("properties", {})
        self.resource = None  # made at the first listing: there may be many


class Resource:
    """One resource, with functions to read and write its tags. `holder` carries what the seed said of the indexes."""

    def __init__(self, kind, arn, region, identifier, holder, read, write, once_tagged):
        self.kind, self.arn, self.region, self.identifier, self.holder = kind, arn, region, identifier, holder
        self.read, self.write, self.once_tagged = read, write, once_tagged
        self.cfn_type, self.tags_property, self.tags_are_map = TYPES.get(kind, (None, "Tags", False))
        self.ignore_case = kind in ("iam:user", "iam:role")

    def indexed_tags(self):
        """What an index says: the truth, unless the seed says otherwise."""
        tags = getattr(self.holder, "index_tags", None)
        return self.read() if tags is None else tags

    def properties(self):
        """Cloud Control's properties of the resource."""
        known, tags = getattr(self.holder, "properties", {}), self.read() if self.tags_property else {}
        listed = tags if self.tags_are_map else tagrules.as_list(tags)
        return {**known, **({self.tags_property: listed} if tags else {})}


def resources(account, partition, region):
    """The resources of one region; those of global services are in one region of their partition."""
    for pool in cognitoidp_backends[account][region].user_pools.values():
        yield _pool("cognito-idp:userpool", pool.arn, region, pool.id, pool, aws_cognito)
    for pool in cognitoidentity_backends[account][region].identity_pools.values():
        arn = aws_cognito_identity.arn_of(partition, account, region, pool)
        kind = "cognito-identity:identitypool"
        yield _pool(kind, arn, region, pool.identity_pool_id, pool, aws_cognito_identity)
    for arn, other in OTHERS.get((account, region), {}).items():
        if other.resource is None:
            other.resource = _other(arn, region, other)
        yield other.resource
    if region == GLOBAL_REGIONS.get(partition):
        yield from iam_resources(account, partition)


def iam_resources(account, partition):
    backend = iam_backends[account][partition]
    rows = [("iam:user", user.arn, user.name, user) for user in backend.users.values()]
    rows += [("iam:role", role.arn, role.name, role) for role in backend.roles.values()]
    rows += [("iam:policy", p.arn, p.arn, p) for p in backend.managed_policies.values() if is_local(p)]
    rows += [("iam:instance-profile", p.arn, p.name, p) for p in backend.instance_profiles.values()]
    rows += [("iam:oidc-provider", p.arn, p.arn, p) for p in backend.open_id_providers.values()]
    rows += [("iam:saml-provider", p.arn, p.arn, p) for p in backend.saml_providers.values()]
    rows += [("iam:server-certificate", c.arn, c.cert_name, c) for c in backend.certificates.values()]
    rows += [("iam:mfa", d.serial_number, d.serial_number, d) for d in backend.virtual_mfa_devices.values()]
    for kind, arn, identifier, holder in rows:
        yield Resource(
            kind,
            arn,
            "global",
            identifier,
            holder,
            lambda arn=arn: get_tags(backend, arn),
            lambda tags, arn=arn: set_tags(backend, arn, tags),
            lambda arn=arn: was_tagged(backend, arn),
        )


def _pool(kind, arn, region, identifier, pool, service):
    return Resource(
        kind,
        arn,
        region,
        identifier,
        pool,
        lambda: service.get_tags(pool),
        lambda tags: service.set_tags(pool, tags),
        lambda: service.was_tagged(pool),
    )


def _other(arn, region, other):
    def write(tags):
        other.tags, other.ever_tagged = dict(tags), True

    made = Resource(
        other.type,
        arn,
        region,
        other.identifier or arn,
        other,
        lambda: dict(other.tags),
        write,
        lambda: bool(other.tags) or other.ever_tagged,
    )
    made.cfn_type, made.tags_property = other.cfn_type, other.tags_property
    return made


def of_call(call, partition):
    """The resources that a request of any service names: those that a rival writes to."""
    params = call.params
    region = GLOBAL_REGIONS[partition] if call.service == "iam" else call.region
    arns = set(params.get("ResourceARNList") or [])
    names = ("SerialNumber", "PolicyArn", "OpenIDConnectProviderArn", "SAMLProviderArn", "ResourceArn")
    arns.update(params[name] for name in names if params.get(name))
    kinds = {
        "UserName": "iam:user",
        "RoleName": "iam:role",
        "InstanceProfileName": "iam:instance-profile",
        "ServerCertificateName": "iam:server-certificate",
    }
    named = {(kind, params[name]) for name, kind in kinds.items() if params.get(name)}
    found = resources(call.account, partition, region)
    return [r for r in found if r.arn in arns or (r.kind, r.identifier) in named]


def left_out(arn, percent):
    """Whether an index that lacks so many percent of the resources lacks this one: the same ones each time."""
    if not percent:
        return False
    number = int.from_bytes(hashlib.sha256(arn.encode()).digest()[:4], "big")
    return number % 10_000 < percent * 100
