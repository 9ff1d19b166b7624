"""What all of IAM's operations share: where tags are kept, pages, and answers as AWS's XML."""

import datetime
import json
import re
import uuid
from urllib.parse import quote
from xml.sax.saxutils import escape

from moto.iam.responses import IamResponse

import tagrules
from errors import Refused
from paging import BadToken, paginate

# Roles that only AWS may change (IAM User Guide, "Using service-linked roles"; IAM Identity Center, "Referencing
# permission sets").
SERVICE_LINKED, RESERVED = "/aws-service-role/", "/aws-reserved/"


def get_tags(backend, arn):
    return {key: value or "" for key, value in backend.tagger.tags.get(arn, {}).items()}


def set_tags(backend, arn, tags):
    backend.tagger.tags[arn] = dict(tags)


def was_tagged(backend, arn):
    """An ARN stays in moto's tagger when its last tag goes."""
    return arn in backend.tagger.tags


def forget_tags(backend, arn):
    backend.tagger.tags.pop(arn, None)


class IamBase(IamResponse):
    """moto's IAM, with AWS's pages and rules for tags. All types keep their tags in moto's tagger, by ARN."""

    def _answer(self, result=None):
        """The answer as XML. moto's writer takes 0.7 s for 1000 users with ten tags each, this one 0.02 s."""
        operation = self._get_action()
        body = "" if result is None else f"<{operation}Result>{xml(result)}</{operation}Result>"
        return (
            f'<{operation}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/">{body}'
            f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{operation}Response>"
        )

    def _page(self, items, key):
        size = self._get_int_param("MaxItems", 100)
        for bad, rule in (
            (size < 1, "greater than or equal to 1"),
            (size > 1000, "less than or equal to 1000"),
        ):
            if bad:
                raise Refused("ValidationError", tagrules.constraint("maxItems", f"have value {rule}"))
        try:
            page, marker = paginate(items, key, self._get_param("Marker"), size, self._get_action())
        except BadToken:
            raise Refused("ValidationError", "Invalid Marker.") from None
        return page, {"IsTruncated": marker is not None, "Marker": marker}

    def _named_page(self, items, name):
        """A page of what is below PathPrefix, sorted by name."""
        prefix = self._get_param("PathPrefix") or "/"
        return self._page([item for item in items if item.path.startswith(prefix)], lambda item: [name(item)])

    # Tags

    def _tags_page(self, arn):
        page, paging = self._page(tagrules.as_list(get_tags(self.backend, arn)), lambda tag: [tag["Key"]])
        return self._answer({"Tags": page, **paging})

    def _new_tags(self, ignore_case=False):
        """The tags of a Create call, checked."""
        tags = self._get_param("Tags", [])
        tagrules.check_iam_tags(tags, ignore_case)
        return tags

    def _keep_new_tags(self, arn, tags):
        if tags:
            set_tags(self.backend, arn, tagrules.as_dict(tags))

    def _tag(self, find, ignore_case=False):
        """A Tag… call for the ARN that `find` gives; the tags are checked first, as AWS does."""
        tags = self._new_tags(ignore_case)
        arn = find()
        all_tags = tagrules.merged(get_tags(self.backend, arn), tagrules.as_dict(tags), ignore_case)
        if tagrules.too_many(all_tags):
            raise Refused("LimitExceeded", "The number of tags has reached the maximum limit.")
        set_tags(self.backend, arn, all_tags)
        return self._answer()

    def _untag(self, find, ignore_case=False):
        """An Untag… call: a key that is absent is no error."""
        keys = self._get_param("TagKeys", [])
        tagrules.check_iam_keys(keys)
        arn = find()
        if was_tagged(self.backend, arn):
            kept = tagrules.without(get_tags(self.backend, arn), keys, ignore_case)
            set_tags(self.backend, arn, kept)
        return self._answer()

    def _tags_member(self, arn):
        """The element is absent when there are no tags (recorded for GetUser and GetRole)."""
        tags = get_tags(self.backend, arn)
        return {"Tags": tagrules.as_list(tags)} if tags else {}

    # Names and ARNs

    def _name(self, parameter, longest=128):
        """A name: `[\\w+=,.@-]+` (IAM API model, its name types)."""
        name = self._get_param(parameter) or ""
        where = parameter[0].lower() + parameter[1:]
        if not 1 <= len(name) <= longest:
            rule = f"have length between 1 and {longest}"
            raise Refused("ValidationError", tagrules.constraint(where, rule))
        if not re.fullmatch(r"[\w+=,.@-]+", name, re.ASCII):
            rule = r"satisfy regular expression pattern: [\w+=,.@-]+"
            raise Refused("ValidationError", tagrules.constraint(where, rule))
        return name

    def _arn(self, parameter, service_part):
        """An ARN of 20 to 2048 characters (IAM API model, arnType) of the type that the operation is for."""
        arn = self._get_param(parameter) or ""
        where = parameter[0].lower() + parameter[1:]
        if not 20 <= len(arn) <= 2048:
            rule = "have length between 20 and 2048"
            raise Refused("ValidationError", tagrules.constraint(where, rule))
        if f":{service_part}/" not in arn:
            raise Refused("InvalidInput", f"ARN {arn} is not valid.")
        return arn

    def _refuse_taken(self, what, name, names):
        """Names are unique without regard to case (IAM User Guide, reference_iam-quotas)."""
        if any(name.lower() == other.lower() for other in names):
            raise Refused("EntityAlreadyExists", f"{what} with name {name} already exists.")


def xml(value):
    """AWS Query's XML of plain data: a list is a row of <member>, an absent field is left out."""
    if isinstance(value, dict):
        return "".join(f"<{k}>{xml(v)}</{k}>" for k, v in value.items() if v is not None)
    if isinstance(value, list):
        return "".join(f"<member>{xml(item)}</member>" for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return escape(str(value), {"\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"})


def inline(policies):
    return [{"PolicyName": n, "PolicyDocument": document(d)} for n, d in policies.items()]


def document(text):
    """Percent-encoded by RFC 3986, as IAM gives every document (API_GetAccountAuthorizationDetails)."""
    return quote(text if isinstance(text, str) else json.dumps(text), safe="")


def attached(entity):
    return [{"PolicyName": p.name, "PolicyArn": arn} for arn, p in entity.managed_policies.items()]


def boundary(entity):
    arn = getattr(entity, "permissions_boundary_arn", None)
    if not arn:
        return {}
    return {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}}
