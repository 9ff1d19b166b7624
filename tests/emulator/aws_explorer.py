"""Resource Explorer, which moto lacks: indexes, views and ListResources over what inventory.py knows.

Each region has a local index with a default view, unless a test says otherwise (`explorer` in settings.py). An index
sees its region; an aggregator sees every region with an index, and with `organization` every account. Global resources
are in the index of the region that is theirs in the tagging API; where AWS has them was not to be found.
"""

import datetime
import json
import uuid

from moto.cognitoidentity.models import cognitoidentity_backends
from moto.cognitoidp.models import cognitoidp_backends
from moto.organizations.models import organizations_backends
from moto.utilities.utils import get_partition

import tagrules
from errors import Refused
from inventory import GLOBAL_REGIONS, OTHERS, TYPES, left_out, resources
from paging import BadToken, paginate
from settings import LIMITS, STATE_LOCK

# Resource Explorer User Guide, "Resource types": it lists these of IAM, but not their tags.
WITHOUT_TAGS = "iam:"
EPOCH = "2025-01-01T00:00:00Z"
# The pages of a listing are of one state of the index, that of its first page: {(account, region, filter): rows}.
SNAPSHOTS = {}


def answer(call):
    """The body of the answer to `call`; every operation is a POST to its own name."""
    operations = {
        "ListResources": list_resources,
        "Search": search,
        "ListIndexes": list_indexes,
        "GetIndex": get_index,
        "ListViews": list_views,
        "GetView": get_view,
        "GetDefaultView": get_default_view,
        "ListSupportedResourceTypes": list_supported_types,
    }
    if call.operation not in operations:
        raise Refused("UnknownOperationException", f"No operation {call.operation}", 404)
    with STATE_LOCK:
        return operations[call.operation](call)


def switches(account):
    """What a test says of an account: of all, and then of this one."""
    every = LIMITS["explorer"]
    return {**every, **(every.get("accounts") or {}).get(account, {})}


# Indexes


def index_regions(account):
    """The regions that have an index."""
    regions = switches(account).get("regions")
    disabled = LIMITS["disabled_regions"]
    return sorted(r for r in (LIMITS["regions"] if regions is None else regions) if r not in disabled)


def index_type(account, region):
    return "AGGREGATOR" if region == switches(account).get("aggregator") else "LOCAL"


def index_arn(call, region):
    return f"{prefix(call, region)}:index/{stable_id('index', call.account, region)}"


def list_indexes(call):
    """API_ListIndexes: of all regions, from any region; at most 100 a page."""
    wanted, kind = call.params.get("Regions"), call.params.get("Type")
    indexes = [
        {"Arn": index_arn(call, region), "Region": region, "Type": index_type(call.account, region)}
        for region in index_regions(call.account)
        if (not wanted or region in wanted) and (not kind or kind == index_type(call.account, region))
    ]
    return page_of(call, indexes, "Indexes", lambda index: [index["Region"]], 100)


def get_index(call):
    """API_GetIndex: of the region called. An index that is still being made has less than everything."""
    require_index(call)
    kind, target = index_type(call.account, call.region), switches(call.account).get("aggregator")
    others = [region for region in index_regions(call.account) if region != call.region]
    partial = switches(call.account).get("partial") or {}
    return {
        "Arn": index_arn(call, call.region),
        "Type": kind,
        "State": "CREATING" if call.region in partial else "ACTIVE",
        "CreatedAt": EPOCH,
        "LastUpdatedAt": EPOCH,
        "Tags": {},
        **(
            {"ReplicatingFrom": others}
            if kind == "AGGREGATOR"
            else {"ReplicatingTo": [target] if target else []}
        ),
    }


def require_index(call):
    if call.region not in index_regions(call.account):
        message = "Index does not exist for the current Region"
        raise Refused("ResourceNotFoundException", message, 404)


# Views


def view_arn(call, region):
    return f"{prefix(call, region)}:view/all-resources/{stable_id('view', call.account, region)}"


def has_view(account, region):
    return region in index_regions(account) and region not in switches(account).get("no_default_view", ())


def list_views(call):
    """API_ListViews: those of the region called; at most 50 a page."""
    views = [view_arn(call, call.region)] if has_view(call.account, call.region) else []
    return page_of(call, views, "Views", lambda view: [view], 50)


def get_default_view(call):
    """API_GetDefaultView: no ViewArn in the answer if the region has no default view."""
    require_index(call)
    return {"ViewArn": view_arn(call, call.region)} if has_view(call.account, call.region) else {}


def get_view(call):
    """API_GetView: with the view's filter, its properties, and the account or organization that it sees."""
    arn = call.params.get("ViewArn") or ""
    region = require_view(call, arn)
    view = {
        "ViewArn": arn,
        "ViewName": "all-resources",
        "Owner": call.account,
        "Scope": scope(call, region),
        "Filters": {"FilterString": switches(call.account).get("view_filter") or ""},
        "IncludedProperties": [{"Name": "tags"}] if shows_tags(call.account) else [],
        "LastUpdatedAt": EPOCH,
    }
    return {"View": view, "Tags": {}}


def shows_tags(account):
    return switches(account).get("view_tags", True)


def scope(call, region):
    if organization_wide(call.account, region):
        organization = organization_of(call)
        if organization:
            return organization.arn
    return f"arn:{get_partition(call.region)}:iam::{call.account}:root"


def organization_wide(account, region):
    return switches(account).get("organization") and index_type(account, region) == "AGGREGATOR"


def organization_of(call):
    return organizations_backends[call.account][get_partition(call.region)].org


def require_view(call, arn):
    """The region of the view. A view is used in its own region, with or without naming it (API_ListResources)."""
    if not arn:
        if has_view(call.account, call.region):
            return call.region
        raise Refused("UnauthorizedException", "Unauthorized", 401)
    if not arn.startswith(f"{prefix(call, call.region)}:view/"):
        raise Refused("ValidationException", f"{arn} is not the ARN of a view of this Region")
    if not has_view(call.account, call.region) or arn != view_arn(call, call.region):
        raise Refused("UnauthorizedException", "Unauthorized", 401)
    return call.region


# Resources


def list_supported_types(call):
    """API_ListSupportedResourceTypes, of the types that the emulator has; at most 1000 a page."""
    known = {kind: cfn for kind, (cfn, _, _) in TYPES.items()}
    known.update({o.type: o.cfn_type for others in OTHERS.values() for o in others.values()})
    rows = [
        {
            "ResourceType": kind,
            "Service": kind.partition(":")[0],
            **({"CFNResourceTypes": [cfn]} if cfn else {}),
        }
        for kind, cfn in sorted(known.items())
        if kind not in switches(call.account).get("without", ())
    ]
    return page_of(call, rows, "ResourceTypes", lambda row: [row["ResourceType"]], 1000)


def list_resources(call):
    """API_ListResources: what both the view's filter and the caller's take. "Does not generate a NextToken if you set
    MaxResults to 1000": such a request is answered 1000 resources and no word of the others."""
    query = (call.params.get("Filters") or {}).get("FilterString", "")
    key = (call.account, call.region, query)
    if call.params.get("NextToken") and key in SNAPSHOTS:
        require_view(call, call.params.get("ViewArn") or "")
        rows, arn = SNAPSHOTS[key]
    else:
        rows, arn = SNAPSHOTS[key] = found(call, query)
    answer = page_of(call, rows, "Resources", arn_of_row, 1000, default=100)
    answer["Resources"] = [row(call, *found_one) for found_one in answer["Resources"]]
    if call.params.get("MaxResults") == 1000:
        answer.pop("NextToken", None)
    return {**answer, "ViewArn": arn}


def search(call):
    """API_Search: at most 1000 resources, and Count says whether they are all."""
    rows, arn = found(call, call.params.get("QueryString", ""))
    rows.sort(key=arn_of_row)
    answer = page_of(call, rows[:1000], "Resources", arn_of_row, 1000, default=100)
    answer["Resources"] = [row(call, *found_one) for found_one in answer["Resources"]]
    count = {"TotalResources": min(len(rows), 1000), "Complete": len(rows) <= 1000}
    return {**answer, "ViewArn": arn, "Count": count}


def found(call, query):
    region = require_view(call, call.params.get("ViewArn") or "")
    filters = parse(query) + parse(switches(call.account).get("view_filter") or "")
    if not shows_tags(call.account) and any(name.startswith("tag") for _, name, _ in parse(query)):
        message = "The view does not include tags, so that a filter cannot name them"
        raise Refused("ValidationException", message)
    rows = [
        (account, resource)
        for account, resource in visible(call, region)
        if all(negated != matches(resource, account, name, value) for negated, name, value in filters)
    ]
    return rows, view_arn(call, region)


def visible(call, region):
    """Accounts and resources of the index, less what it lacks. An aggregator has what the local indexes have."""
    partition = get_partition(call.region)
    aggregates = index_type(call.account, region) == "AGGREGATOR"
    for account in accounts_of(call, region):
        known = switches(account)
        for place in index_regions(account) if aggregates else [region]:
            lacks = (known.get("partial") or {}).get(place, 0)
            for resource in resources_of(account, partition, place):
                if resource.kind in known.get("without", ()) or left_out(resource.arn, lacks):
                    continue
                if not left_out("explorer " + resource.arn, known.get("lacks_percent")):
                    yield account, resource


def accounts_of(call, region):
    if not (organization_wide(call.account, region) and organization_of(call)):
        return [call.account]
    members = organizations_backends[call.account][get_partition(call.region)].accounts
    return sorted({member.id for member in members if member.state == "ACTIVE"} | {call.account})


def resources_of(account, partition, region):
    """As `resources`, without making moto's backends for accounts and regions that hold nothing."""
    holds = (
        region in cognitoidp_backends[account].keys()
        or region in cognitoidentity_backends[account].keys()
        or (account, region) in OTHERS
        or region == GLOBAL_REGIONS.get(partition)
    )
    return resources(account, partition, region) if holds else ()


def arn_of_row(found_one):
    return [found_one[1].arn]


def row(call, account, resource):
    reported = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    reported -= datetime.timedelta(hours=switches(account).get("reported_hours_ago") or 0)
    reported = reported.strftime("%Y-%m-%dT%H:%M:%SZ")
    tags = tags_of(resource)
    properties = (
        [{"Name": "tags", "LastReportedAt": reported, "Data": tagrules.as_list(tags)}] if tags else []
    )
    return {
        "Arn": resource.arn,
        "OwningAccountId": account,
        "Region": resource.region,
        "ResourceType": resource.kind,
        "Service": resource.kind.partition(":")[0],
        **({"CfnResourceType": resource.cfn_type} if resource.cfn_type else {}),
        "LastReportedAt": reported,
        "Properties": properties if shows_tags(call.account) else [],
    }


def tags_of(resource):
    return {} if resource.kind.startswith(WITHOUT_TAGS) else resource.indexed_tags()


# Filters (Resource Explorer User Guide, "Search query syntax reference")


def parse(text):
    """`-region:us* service:ec2`: (negated, name, value) each; other words than filters are not allowed."""
    terms = []
    for term in text.split():
        negated, name, value = term.startswith("-"), *term.lstrip("-").partition(":")[::2]
        if name not in FILTERS or not value:
            raise Refused("ValidationException", f"The filter {term} is not valid")
        terms.append((negated, name, value.strip('"')))
    return terms


FILTERS = ("region", "service", "resourcetype", "accountid", "tag", "tag.key", "tag.value", "id")


def matches(resource, account, name, value):
    tags = tags_of(resource)
    if name == "tag":
        if value in ("none", "all"):
            return bool(tags) == (value == "all")
        key, _, wanted = value.partition("=")
        return key in tags and like(tags[key], wanted)
    if name in ("tag.key", "tag.value"):
        return any(like(text, value) for text in (tags if name == "tag.key" else tags.values()))
    texts = {
        "region": resource.region,
        "service": resource.kind.partition(":")[0],
        "resourcetype": resource.kind,
        "accountid": account,
        "id": resource.arn,
    }
    return any(like(texts[name], part) for part in value.split(","))


def like(text, pattern):
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


# Helpers


def prefix(call, region):
    return f"arn:{get_partition(region)}:resource-explorer-2:{region}:{call.account}"


def stable_id(*parts):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(parts)))


def page_of(call, items, name, key, most, default=None):
    size = call.params.get("MaxResults") or default or most
    if not 1 <= size <= most:
        raise Refused("ValidationException", f"MaxResults must be between 1 and {most}")
    try:
        page, token = paginate(items, key, call.params.get("NextToken"), size, call.operation)
    except BadToken:
        raise Refused("ValidationException", "The NextToken is invalid") from None
    return {name: page, "NextToken": token} if token else {name: page}
