"""The Resource Groups Tagging API as AWS answers it, on top of moto's classes."""

import json

from moto.core.responses import ActionResult
from moto.resourcegroupstaggingapi import urls
from moto.resourcegroupstaggingapi.responses import ResourceGroupsTaggingAPIResponse

import tagrules
from aws_iam_common import RESERVED
from errors import Refused
from inventory import left_out, resources
from paging import BadToken, paginate
from settings import LIMITS

# The index lags behind the services: {(account, region): {arn: (kind, tags)}} of resources it lists although
# they are gone (a deleted pool has been seen for more than 45 minutes). Filled by a seed.
LINGERING = {}
# Resource Groups Tagging API reference, Welcome: GetResources does not support them, TagResources does.
NOT_LISTED = ("iam:user", "iam:role")


def install():
    urls.url_paths["{0}/$"] = Tagging.dispatch


class Tagging(ResourceGroupsTaggingAPIResponse):
    def get_resources(self):
        """API_GetResources: tagged or previously tagged resources; IAM users and roles are not supported."""
        arns = self._get_param("ResourceARNList") or []
        types = self._get_param("ResourceTypeFilters") or []
        filters = self._get_param("TagFilters") or []
        size = self._get_int_param("ResourcesPerPage")
        token = self._get_param("PaginationToken") or None
        if arns and (types or filters or size is not None or token):
            _invalid("ResourceARNList cannot be combined with filters or paging")
        if len(arns) > 100 or len(types) > 100:
            _invalid("At most 100 ARNs or resource types can be given")
        if size is not None and not 1 <= size <= 100:
            _invalid("ResourcesPerPage must be between 1 and 100")
        found = [
            {"ResourceARN": arn, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
            for kind, arn, tags in self._indexed()
            if (not arns or arn in arns)
            and (not types or any(kind == t or kind.startswith(t + ":") for t in types))
            and all(
                f["Key"] in tags and (not f.get("Values") or tags[f["Key"]] in f["Values"]) for f in filters
            )
        ]
        if arns:
            return ActionResult({"ResourceTagMappingList": found, "PaginationToken": ""})
        try:
            page, token = paginate(found, lambda r: [r["ResourceARN"]], token, size or 50, "GetResources")
        except BadToken:
            message = "The PaginationToken is invalid or has expired."
            raise Refused("PaginationTokenExpiredException", message) from None
        # The last page carries an empty token rather than none.
        return ActionResult({"ResourceTagMappingList": page, "PaginationToken": token or ""})

    def tag_resources(self):
        """API_TagResources: 1 to 20 ARNs and 1 to 50 tags; what fails is told for each ARN, in an answer of 200."""
        tags = self._get_param("Tags") or {}
        if not 1 <= len(tags) <= tagrules.MAX_TAGS:
            _invalid(f"Tags must have between 1 and {tagrules.MAX_TAGS} entries")

        def change(resource):
            if resource.kind.startswith("iam:"):
                tagrules.check_iam_tags(as_list(tags), resource.ignore_case)
            else:
                tagrules.check_pool_tags(tags)
            merged = tagrules.merged(resource.read(), tags, resource.ignore_case)
            if tagrules.too_many(merged):
                code = "LimitExceeded" if resource.kind.startswith("iam:") else "InvalidParameterException"
                raise Refused(code, "The number of tags has reached the maximum limit.")
            resource.write(merged)

        return self._for_each(change)

    def untag_resources(self):
        """API_UntagResources: 1 to 20 ARNs and 1 to 50 keys; a key that is absent is no failure."""
        keys = self._get_param("TagKeys") or []
        if not 1 <= len(keys) <= tagrules.MAX_TAGS or any(not 1 <= len(key) <= 128 for key in keys):
            _invalid(f"TagKeys must have between 1 and {tagrules.MAX_TAGS} entries of 1 to 128 characters")

        def change(resource):
            if resource.once_tagged():
                resource.write(tagrules.without(resource.read(), keys, resource.ignore_case))

        return self._for_each(change)

    def _for_each(self, change):
        arns = self._get_param("ResourceARNList") or []
        if not 1 <= len(arns) <= 20:
            _invalid("ResourceARNList must have between 1 and 20 ARNs")
        if len(set(arns)) < len(arns):
            _invalid("ResourceARNList must not have the same ARN twice")
        bad = [arn for arn in arns if not arn.startswith("arn:") or arn.count(":") < 5]
        if bad:
            _invalid(f"{bad[0]} is not a valid AmazonResourceName (ARN)")
        known = {r.arn: r for r in resources(self.current_account, self.partition, self.region)}
        failed = {}
        for arn in arns:
            try:
                if arn not in known:
                    raise Refused(*missing(arn))
                refuse_protected(known[arn])
                change(known[arn])
            except Refused as refused:
                failed[arn] = failure(refused.code, refused.message, refused.status)
        return ActionResult({"FailedResourcesMap": failed})

    def _indexed(self):
        """What the index lists: not what it has never seen with a tag, nor what a test took out of it."""
        lacks = LIMITS["tag_index"]
        for resource in resources(self.current_account, self.partition, self.region):
            if resource.kind in NOT_LISTED or not resource.once_tagged():
                continue
            if resource.kind in lacks.get("without", ()) or left_out(
                resource.arn, lacks.get("lacks_percent")
            ):
                continue
            yield resource.kind, resource.arn, resource.indexed_tags()
        for arn, (kind, tags) in LINGERING.get((self.current_account, self.region), {}).items():
            if kind not in lacks.get("without", ()):
                yield kind, arn, tags


def missing(arn):
    """The service's own error comes through (API_FailureInfo, ErrorCode). A resource of another region is not there:
    the page of TagResources wants those of the region called."""
    service = arn.split(":")[2]
    if service == "iam":
        return "NoSuchEntity", f"The resource {arn} cannot be found."
    return "ResourceNotFoundException", f"The resource {arn} cannot be found."


def refuse_protected(resource):
    path = getattr(resource.holder, "path", "")
    if resource.kind == "iam:role" and path.startswith(RESERVED):
        message = f"Cannot perform the operation on the protected role '{resource.identifier}'"
        raise Refused("UnmodifiableEntity", f"{message} - this role is only modifiable by AWS")


def failure(code, message, status):
    return {"StatusCode": status, "ErrorCode": code, "ErrorMessage": message}


def split(params, part):
    """The ARNs of a request that contain `part`, and the body of the request for the others (None: there are none)."""
    arns = params.get("ResourceARNList") or []
    rest = [arn for arn in arns if part not in arn]
    return [a for a in arns if part in a], json.dumps({**params, "ResourceARNList": rest}) if rest else None


def as_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _invalid(message):
    raise Refused("InvalidParameterException", message)
