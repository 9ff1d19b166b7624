"""What a test may set while the server runs (PUT /_emulator/limits)."""

import threading

# moto's maps are plain dicts and its handlers iterate over them: one lock keeps a write from breaking
# a listing half way. The interpreter runs one thread at a time anyway, so little is lost.
STATE_LOCK = threading.RLock()

DEFAULTS = {
    "page": None,  # largest page of any listing
    "rps": None,  # calls a second per (account, service, region): a number or {"iam": 15, "*": 30}
    "burst": None,  # size of the token bucket, default: one second's worth
    "delay_ms": 0,  # added to each call
    # Regions that ListRegions answers. AWS: RegionOptStatus ENABLED_BY_DEFAULT, ENABLED or DISABLED.
    "regions": [
        "af-south-1",
        "eu-central-1",
        "eu-south-1",
        "eu-west-1",
        "us-east-1",
        "us-west-2",
    ],
    # Regional calls to these answer UnrecognizedClientException, as AWS does for a region not opted into.
    "disabled_regions": ["af-south-1"],
    # What AWS's own indexes lack, and Cloud Control does not do: the keys are in SWITCHES.
    "tag_index": {},
    "explorer": {},
    "cloud_control": {},
}
SWITCHES = {
    # `without`: types that GetResources knows none of; `lacks_percent`: so many of all ARNs, the same each time.
    "tag_index": ("without", "lacks_percent"),
    # `regions` with an index (default: all that are enabled); `aggregator`: the region that sees all of them;
    # `partial`: {region: percent that its index lacks}; `lacks_percent`; `without`: types that are not supported;
    # `view_filter` and `view_tags` (default: true) of the default views; `no_default_view`: regions;
    # `reported_hours_ago`: the age of LastReportedAt; `organization`: the aggregator's view sees every account;
    # `accounts`: {account: what differs there}.
    "explorer": (
        "regions", "aggregator", "partial", "lacks_percent", "without", "view_filter", "view_tags",
        "no_default_view", "reported_hours_ago", "organization", "accounts",
    ),
    # CloudFormation's types: `without` (TypeNotFoundException), `unsupported` (no handler for the action) and
    # `denied` (the handler may not read).
    "cloud_control": ("without", "unsupported", "denied"),
}  # fmt: skip
# Regions every account has from the start (AWS General Reference, "AWS regions").
DEFAULT_ENABLED = {
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ap-south-1", "ap-northeast-1",
    "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
    "eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "sa-east-1",
}  # fmt: skip

LIMITS = dict(DEFAULTS)


def set_limits(changes):
    """Changes the named limits and leaves the others; null puts one back to its default."""
    unknown = set(changes) - set(DEFAULTS)
    if unknown:
        raise ValueError(f"unknown limit: {', '.join(sorted(unknown))}")
    for name, switches in SWITCHES.items():
        changed = changes.get(name) or {}
        unknown = set(changed).union(*(changed.get("accounts") or {}).values()) - set(switches)
        if unknown:
            raise ValueError(f"unknown key of {name}: {', '.join(sorted(unknown))}")
    for name, value in changes.items():
        LIMITS[name] = DEFAULTS[name] if value is None else value


def reset_limits():
    LIMITS.clear()
    LIMITS.update(DEFAULTS)


def page_size(asked):
    """AWS may return fewer than asked for and still say there is more (API_ListUsers, IsTruncated)."""
    return asked if LIMITS["page"] is None else max(1, min(asked, int(LIMITS["page"])))


def region_status(region):
    if region in LIMITS["disabled_regions"]:
        return "DISABLED"
    return "ENABLED_BY_DEFAULT" if region in DEFAULT_ENABLED else "ENABLED"
