"""Resource Groups Tagging API, Organizations' lists and Account Management's ListRegions."""

import json

from moto.cognitoidp.models import cognitoidp_backends
from moto.core.responses import ActionResult
from moto.iam.models import iam_backends
from moto.organizations import urls as organizations_urls
from moto.organizations.responses import OrganizationsResponse
from moto.resourcegroupstaggingapi import urls as tagging_urls
from moto.resourcegroupstaggingapi.responses import ResourceGroupsTaggingAPIResponse

import aws_cognito
import aws_iam
from errors import Refused
from paging import BadToken, paginate
from settings import LIMITS, region_status

# Where the index answers for global resources (seen for other global services on AWS).
GLOBAL_REGIONS = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}
# The index lags behind the services: {(account, region): {arn: tags}} of resources it lists although
# they are gone (a deleted pool has been seen for more than 45 minutes). Filled by a seed.
LINGERING = {}
# The effective tag policy by account: {account: policy}. Filled by a seed.
TAG_POLICIES = {}


def install():
    tagging_urls.url_paths["{0}/$"] = Tagging.dispatch
    organizations_urls.url_paths["{0}/$"] = Organizations.dispatch


class Tagging(ResourceGroupsTaggingAPIResponse):
    def get_resources(self):
        """API_GetResources: tagged or previously tagged resources; IAM users are not supported."""
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

    def list_required_tags(self):
        """API_ListRequiredTags: the keys under report_required_tag_for of the effective tag policy, by type."""
        size = self._get_int_param("MaxResults")
        if size is not None and not 1 <= size <= 200:
            _invalid("MaxResults must be between 1 and 200")
        keys = {}
        for tag in TAG_POLICIES.get(self.current_account, {}).get("tags", {}).values():
            for kind in tag.get("report_required_tag_for", []):
                keys.setdefault(kind, []).append(tag["tag_key"])
        found = [
            {"ResourceType": kind, "CloudFormationResourceTypes": [], "ReportingTagKeys": sorted(names)}
            for kind, names in sorted(keys.items())
        ]
        try:
            token = self._get_param("NextToken") or None
            page, token = paginate(found, lambda r: [r["ResourceType"]], token, size or 50, "ListRequiredTags")
        except BadToken:
            raise Refused("PaginationTokenExpiredException", "The NextToken is invalid or has expired.") from None
        return ActionResult({"RequiredTags": page, "NextToken": token} if token else {"RequiredTags": page})

    def _indexed(self):
        for pool in cognitoidp_backends[self.current_account][self.region].user_pools.values():
            if aws_cognito.was_tagged(pool):
                tags = getattr(pool, "index_tags", None)
                yield "cognito-idp:userpool", pool.arn, aws_cognito.get_tags(pool) if tags is None else tags
        if self.region == GLOBAL_REGIONS.get(self.partition):
            backend = iam_backends[self.current_account][self.partition]
            for device in backend.virtual_mfa_devices.values():
                if aws_iam.was_tagged(backend, device.serial_number):
                    tags = getattr(device, "index_tags", None)
                    real = aws_iam.get_tags(backend, device.serial_number)
                    yield "iam:mfa", device.serial_number, real if tags is None else tags
        for arn, tags in LINGERING.get((self.current_account, self.region), {}).items():
            yield "cognito-idp:userpool", arn, tags


class Organizations(OrganizationsResponse):
    def list_accounts(self):
        self._may_list()
        accounts = [self._account(account) for account in self.organizations_backend.accounts]
        return self._page(accounts, "Accounts", "ListAccounts")

    def list_accounts_for_parent(self):
        """The accounts right below a unit or root."""
        parent = self._parent()
        accounts = [self._account(a) for a in self.organizations_backend.accounts if a.parent_id == parent]
        return self._page(accounts, "Accounts", "ListAccountsForParent")

    def _account(self, account):
        """An account with its path, which moto lacks (API_Account: o-ID/r-ID/ou-ID/ACCOUNT/)."""
        backend, units, parent = self.organizations_backend, [], account.parent_id
        parents = {unit.id: unit.parent_id for unit in backend.ou}
        while parent and parent not in units:
            units.insert(0, parent)
            parent = parents.get(parent)
        return {**account.describe(), "Paths": ["/".join([backend.org.id, *units, account.id, ""])]}

    def list_organizational_units_for_parent(self):
        units = [
            {"Id": unit.id, "Arn": unit.arn, "Name": unit.name}
            for unit in self.organizations_backend.ou
            if unit.parent_id == self._parent()
        ]
        return self._page(units, "OrganizationalUnits", "ListOrganizationalUnitsForParent")

    def describe_effective_policy(self):
        """API_DescribeEffectivePolicy, which any account of an organization may call for itself."""
        if self._get_param("PolicyType") != "TAG_POLICY":
            raise Refused("InvalidInputException", "The emulator has tag policies only.")
        self.organizations_backend.describe_organization()
        policy = TAG_POLICIES.get(self.current_account)
        if policy is None:
            # The words of AWS are not known.
            message = "There is no effective policy of this type for the account."
            raise Refused("EffectivePolicyNotFoundException", message)
        found = {
            "PolicyContent": json.dumps(policy),
            "LastUpdatedTimestamp": 1767225600.0,
            "TargetId": self.current_account,
            "PolicyType": "TAG_POLICY",
        }
        return ActionResult({"EffectivePolicy": found})

    def _parent(self):
        self._may_list()
        return self.organizations_backend.validate_parent_id(self._get_param("ParentId"))

    def _may_list(self):
        if not self.organizations_backend.org:
            # A member may not list, and an account without an organization has none.
            self.organizations_backend.describe_organization()
            message = "You don't have permissions to access this resource."
            raise Refused("AccessDeniedException", message)

    def _page(self, items, name, operation):
        """At most 20 a page (API_ListAccounts and its like)."""
        size = self._get_param("MaxResults") or 20
        if not 1 <= size <= 20:
            raise Refused("InvalidInputException", "You provided a value for MaxResults out of 1 to 20.")
        try:
            page, token = paginate(items, lambda a: [a["Id"]], self._get_param("NextToken"), size, operation)
        except BadToken:
            raise Refused("InvalidInputException", "You provided an invalid NextToken.") from None
        return ActionResult({name: page, "NextToken": token} if token else {name: page})


def list_regions(params):
    """Account Management's ListRegions, which moto lacks."""
    size = params.get("MaxResults") or 20
    if not 1 <= size <= 50:
        raise Refused("ValidationException", "MaxResults must be between 1 and 50")
    wanted = params.get("RegionOptStatusContains")
    names = sorted(set(LIMITS["regions"]) | set(LIMITS["disabled_regions"]))
    regions = [{"RegionName": name, "RegionOptStatus": region_status(name)} for name in names]
    if wanted:
        regions = [region for region in regions if region["RegionOptStatus"] in wanted]
    try:
        page, token = paginate(
            regions, lambda r: [r["RegionName"]], params.get("NextToken"), size, "ListRegions"
        )
    except BadToken:
        raise Refused("ValidationException", "The NextToken is invalid") from None
    return {"Regions": page, "NextToken": token} if token else {"Regions": page}


def _invalid(message):
    raise Refused("InvalidParameterException", message)
