"""Cognito user pools as AWS answers them, on top of moto's classes."""

import re
from types import SimpleNamespace

from moto.cognitoidp import models, urls
from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.responses import ActionResult, EmptyResult

import tagrules
from errors import Refused
from paging import BadToken, paginate

# Cognito API model, ArnType and the user pool's id.
POOL_ARN = r"arn:[\w-]+:cognito-idp:([\w-]+):(\d{12}):userpool/([\w-]+_[0-9a-zA-Z]+)"


def install():
    urls.url_paths["{0}/$"] = CognitoIdp.dispatch
    # moto parses the same RSA key anew for each pool, which takes 0.13 s: parse it once.
    parse_key, parsed = models.jwk.RSAKey.import_key, []

    def import_key(key):
        if not parsed:
            parsed.append(parse_key(key))
        return parsed[0]

    models.jwk = SimpleNamespace(RSAKey=SimpleNamespace(import_key=import_key))


def get_tags(pool):
    return dict(pool.extended_config.get("UserPoolTags") or {})


def set_tags(pool, tags):
    pool.extended_config["UserPoolTags"] = dict(tags)
    pool.ever_tagged = True


def was_tagged(pool):
    return getattr(pool, "ever_tagged", False)


class CognitoIdp(CognitoIdpResponse):
    def create_user_pool(self):
        tags = self._get_param("UserPoolTags") or {}
        tagrules.check_pool_tags(tags, "InvalidParameterException")
        if tagrules.too_many(tags):
            raise Refused("UserPoolTaggingException", tagrules.too_many_message())
        config = {k: v for k, v in self.parameters.items() if k not in ("PoolName", "UserPoolTags")}
        pool = self.backend.create_user_pool(self._get_param("PoolName"), config)
        if tags:
            set_tags(pool, tags)
        return ActionResult({"UserPool": pool.to_json(extended=True)})

    def list_user_pools(self):
        """API_ListUserPools: MaxResults is required, 1 to 60; neither ARN nor tags are returned."""
        size = self._get_param("MaxResults")
        if size is None:
            _invalid("maxResults", "null", "not be null")
        if size < 1:
            _invalid("maxResults", size, "have value greater than or equal to 1")
        if size > 60:
            _invalid("maxResults", size, "have value less than or equal to 60")
        pools = list(self.backend.user_pools.values())
        try:
            page, token = paginate(
                pools, lambda pool: [pool.id], self._get_param("NextToken"), size, "ListUserPools"
            )
        except BadToken:
            raise Refused("InvalidParameterException", "Invalid pagination token.") from None
        kept = ("Id", "Name", "LambdaConfig", "LastModifiedDate", "CreationDate")
        listed = [{k: v for k, v in pool.to_json().items() if k in kept} for pool in page]
        return ActionResult({"UserPools": listed, "NextToken": token})

    def list_tags_for_resource(self):
        return ActionResult({"Tags": get_tags(self._pool_by_arn())})

    def tag_resource(self):
        """Keys of user pools are case-sensitive; tags are merged, never replaced as a set."""
        new = self._get_param("Tags") or {}
        tagrules.check_pool_tags(new)
        pool = self._pool_by_arn()
        tags = tagrules.merged(get_tags(pool), new)
        if tagrules.too_many(tags):
            # The operation's model lists no error of its own for this.
            raise Refused("InvalidParameterException", tagrules.too_many_message())
        if new:
            set_tags(pool, tags)
        return EmptyResult()

    def untag_resource(self):
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
            _invalid("resourceArn", arn, "be the ARN of a user pool")
        region, account, pool_id = parts.groups()
        pool = self.backend.user_pools.get(pool_id)
        if pool is None or (region, account) != (self.region, self.current_account):
            raise Refused("ResourceNotFoundException", f"User pool {pool_id} does not exist.")
        return pool


def _invalid(where, value, rule):
    raise Refused(
        "InvalidParameterException",
        f"1 validation error detected: Value '{value}' at '{where}' "
        f"failed to satisfy constraint: Member must {rule}",
    )
