"""Cognito identity pools as AWS answers them, on top of moto's classes."""

import re

from moto.cognitoidentity import urls
from moto.cognitoidentity.models import CognitoIdentityPool
from moto.cognitoidentity.responses import CognitoIdentityResponse
from moto.core.responses import ActionResult, EmptyResult

import tagrules
from errors import Refused
from paging import BadToken, paginate

INVALID = "InvalidParameterException"
# Cognito identity API model, ARNString and IdentityPoolId.
POOL_ARN = r"arn:[\w-]+:cognito-identity:([\w-]+):(\d{12}):identitypool/([\w-]+:[0-9a-f-]+)"


def install():
    urls.url_paths["{0}/$"] = CognitoIdentity.dispatch


def arn_of(partition, account, region, pool):
    return f"arn:{partition}:cognito-identity:{region}:{account}:identitypool/{pool.identity_pool_id}"


def get_tags(pool):
    return dict(pool.tags)


def set_tags(pool, tags):
    pool.tags, pool.ever_tagged = dict(tags), True


def was_tagged(pool):
    return getattr(pool, "ever_tagged", False)


class CognitoIdentity(CognitoIdentityResponse):
    def create_identity_pool(self):
        """API_CreateIdentityPool: the answer has IdentityPoolTags. Names are not unique."""
        tags = self._get_param("IdentityPoolTags") or {}
        tagrules.check_pool_tags(tags)
        if tagrules.too_many(tags):
            raise Refused(INVALID, tagrules.too_many_message())
        name = self._get_param("IdentityPoolName") or ""
        if not re.fullmatch(r"[\w\s+=,.@-]{1,128}", name):
            _invalid("identityPoolName", name, r"satisfy regular expression pattern: [\w\s+=,.@-]+")
        pool = CognitoIdentityPool(
            self.region,
            name,
            allow_unauthenticated_identities=bool(self._get_param("AllowUnauthenticatedIdentities")),
            supported_login_providers=self._get_param("SupportedLoginProviders"),
            developer_provider_name=self._get_param("DeveloperProviderName"),
            open_id_connect_provider_arns=self._get_param("OpenIdConnectProviderARNs"),
            cognito_identity_providers=self._get_param("CognitoIdentityProviders"),
            saml_provider_arns=self._get_param("SamlProviderARNs"),
        )
        self.backend.identity_pools[pool.identity_pool_id] = pool
        if tags:
            set_tags(pool, tags)
        return ActionResult(described(pool))

    def describe_identity_pool(self):
        """API_DescribeIdentityPool: with IdentityPoolTags, an empty map without tags."""
        return ActionResult(described(self._pool(self._get_param("IdentityPoolId") or "")))

    def delete_identity_pool(self):
        """API_DeleteIdentityPool."""
        del self.backend.identity_pools[self._pool(self._get_param("IdentityPoolId") or "").identity_pool_id]
        return EmptyResult()

    def list_identity_pools(self):
        """API_ListIdentityPools: MaxResults is required, 1 to 60; nothing but ids and names."""
        size = self._get_param("MaxResults")
        if size is None:
            _invalid("maxResults", "null", "not be null")
        if size < 1:
            _invalid("maxResults", size, "have value greater than or equal to 1")
        if size > 60:
            _invalid("maxResults", size, "have value less than or equal to 60")
        pools, token = list(self.backend.identity_pools.values()), self._get_param("NextToken")
        try:
            page, token = paginate(pools, lambda p: [p.identity_pool_id], token, size, "ListIdentityPools")
        except BadToken:
            raise Refused(INVALID, "Invalid pagination token.") from None
        listed = [
            {"IdentityPoolId": p.identity_pool_id, "IdentityPoolName": p.identity_pool_name} for p in page
        ]
        return ActionResult({"IdentityPools": listed, **({"NextToken": token} if token else {})})

    def list_tags_for_resource(self):
        """API_ListTagsForResource."""
        return ActionResult({"Tags": get_tags(self._pool_by_arn())})

    def tag_resource(self):
        """API_TagResource: tags are merged; keys are case-sensitive. The page lists no error of its own for more than
        50 tags."""
        new = self._get_param("Tags") or {}
        tagrules.check_pool_tags(new)
        pool = self._pool_by_arn()
        tags = tagrules.merged(get_tags(pool), new)
        if tagrules.too_many(tags):
            raise Refused(INVALID, tagrules.too_many_message())
        if new:
            set_tags(pool, tags)
        return EmptyResult()

    def untag_resource(self):
        """API_UntagResource: a key that is absent is no error."""
        keys = self._get_param("TagKeys") or []
        if any(not 1 <= len(key) <= 128 for key in keys):
            _invalid("tagKeys", keys, "have length between 1 and 128")
        pool = self._pool_by_arn()
        if was_tagged(pool):
            set_tags(pool, tagrules.without(get_tags(pool), keys))
        return EmptyResult()

    def _pool_by_arn(self):
        arn = self._get_param("ResourceArn") or ""
        parts = re.fullmatch(POOL_ARN, arn)
        if not parts:
            _invalid("resourceArn", arn, "be the ARN of an identity pool")
        region, account, pool_id = parts.groups()
        if (region, account) != (self.region, self.current_account):
            _not_found(pool_id)
        return self._pool(pool_id)

    def _pool(self, pool_id):
        if not re.fullmatch(r"[\w-]+:[0-9a-f-]+", pool_id):
            _invalid("identityPoolId", pool_id, r"satisfy regular expression pattern: [\w-]+:[0-9a-f-]+")
        pool = self.backend.identity_pools.get(pool_id)
        return pool if pool is not None else _not_found(pool_id)


def described(pool):
    fields = {
        "IdentityPoolId": pool.identity_pool_id,
        "IdentityPoolName": pool.identity_pool_name,
        "AllowUnauthenticatedIdentities": bool(pool.allow_unauthenticated_identities),
        "SupportedLoginProviders": pool.supported_login_providers,
        "DeveloperProviderName": pool.developer_provider_name,
        "OpenIdConnectProviderARNs": pool.open_id_connect_provider_arns,
        "CognitoIdentityProviders": pool.cognito_identity_providers,
        "SamlProviderARNs": pool.saml_provider_arns,
    }
    return {
        **{k: v for k, v in fields.items() if v not in (None, "", [], {})},
        "IdentityPoolTags": get_tags(pool),
    }


def _not_found(pool_id):
    raise Refused("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found.")


def _invalid(where, value, rule):
    raise Refused(
        INVALID,
        f"1 validation error detected: Value '{value}' at '{where}' "
        f"failed to satisfy constraint: Member must {rule}",
    )
