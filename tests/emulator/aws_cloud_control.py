"""Cloud Control's GetResource, which moto lacks, over what inventory.py knows."""

import json
import uuid

from moto.utilities.utils import get_partition

from errors import Refused
from inventory import GLOBAL_REGIONS, OTHERS, TYPES, resources
from settings import LIMITS, STATE_LOCK


def answer(call):
    """The body of the answer to `call`."""
    if call.operation != "GetResource":
        raise Refused("UnknownOperationException", f"No operation {call.operation}")
    with STATE_LOCK:
        return get_resource(call)


def get_resource(call):
    """API_GetResource (Cloud Control): Properties is JSON text, with the tags in the property of the type's schema.

    A type that is global is read in any region. AWS's handlers answer in these words for AccessDenied (recorded for
    ListResources); the words for NotFound were not at hand.
    """
    kind, identifier = call.params.get("TypeName") or "", call.params.get("Identifier") or ""
    switches = LIMITS["cloud_control"]
    if kind in switches.get("without", ()) or kind not in known_types():
        raise Refused("TypeNotFoundException", f"The type '{kind}' cannot be found.")
    if kind in switches.get("unsupported", ()):
        message = f"Resource type {kind} does not support READ action"
        raise Refused("UnsupportedActionException", message)
    if kind in switches.get("denied", ()):
        message = (
            f"User: {call.caller_arn()} is not authorized to perform this action on resource: {identifier}"
        )
        raise Refused("AccessDeniedException", failed(kind, message, "AccessDenied"))
    for resource in candidates(call, kind):
        if resource.cfn_type == kind and resource.identifier == identifier:
            description = {"Identifier": identifier, "Properties": json.dumps(resource.properties())}
            return {"TypeName": kind, "ResourceDescription": description}
    message = f"Resource of type '{kind}' with identifier '{identifier}' was not found."
    raise Refused("ResourceNotFoundException", failed(kind, message, "NotFound"))


def known_types():
    others = {other.cfn_type for region in OTHERS.values() for other in region.values()}
    return {cfn for cfn, _, _ in TYPES.values()} | others - {None}


def candidates(call, kind):
    partition = get_partition(call.region)
    region = GLOBAL_REGIONS[partition] if kind.startswith("AWS::IAM::") else call.region
    return resources(call.account, partition, region)


def failed(kind, message, code):
    return (
        f"{kind} Handler returned status FAILED: {message} "
        f"(HandlerErrorCode: {code}, RequestToken: {uuid.uuid4()})"
    )
