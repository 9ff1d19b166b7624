"""Organizations' lists and Account Management's ListRegions."""

from moto.core.responses import ActionResult
from moto.organizations import urls as organizations_urls
from moto.organizations.responses import OrganizationsResponse

from errors import Refused
from paging import BadToken, paginate
from settings import LIMITS, region_status


def install():
    organizations_urls.url_paths["{0}/$"] = Organizations.dispatch


class Organizations(OrganizationsResponse):
    def list_accounts(self):
        self._may_list()
        accounts = [account.describe() for account in self.organizations_backend.accounts]
        return self._page(accounts, "Accounts", "ListAccounts")

    def list_accounts_for_parent(self):
        """The accounts right below a unit or root."""
        accounts = [
            a.describe() for a in self.organizations_backend.accounts if a.parent_id == self._parent()
        ]
        return self._page(accounts, "Accounts", "ListAccountsForParent")

    def list_organizational_units_for_parent(self):
        units = [
            {"Id": unit.id, "Arn": unit.arn, "Name": unit.name}
            for unit in self.organizations_backend.ou
            if unit.parent_id == self._parent()
        ]
        return self._page(units, "OrganizationalUnits", "ListOrganizationalUnitsForParent")

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


def account(call):
    """Account Management, which moto lacks."""
    if call.operation != "ListRegions":
        raise Refused("UnknownOperationException", f"No operation {call.operation}", 404)
    return list_regions(call.params)


def list_regions(params):
    """API_ListRegions (Account Management)."""
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
