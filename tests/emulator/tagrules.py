"""AWS's rules for tags, and the errors it answers when they are broken."""

import unicodedata

from errors import Refused

MAX_TAGS = 50  # IAM User Guide, reference_iam-quotas; Cognito Developer Guide, tagging
KEY_PATTERN = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"  # IAM API model, tagKeyType
VALUE_PATTERN = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"


def allowed(text):
    """True when each character is in \\p{L}\\p{Z}\\p{N}_.:/=+-@ (Python's re does not know \\p)."""
    return all(c in "_.:/=+-@" or unicodedata.category(c)[0] in "LZN" for c in text)


def constraint(where, rule):
    """The wording AWS answers for a role's tags; `where` is like tags.1.member.key."""
    return f"1 validation error detected: Value at '{where}' failed to satisfy constraint: Member must {rule}"


def check_iam_tags(tags, ignore_case):
    """Raises what IAM answers for a bad list of tags. Nothing of such a request is applied (API_TagUser)."""
    if len(tags) > MAX_TAGS:
        _invalid(constraint("tags", f"have length less than or equal to {MAX_TAGS}"))
    for number, tag in enumerate(tags, 1):
        where = f"tags.{number}.member"
        check_iam_key(tag.get("Key", ""), f"{where}.key")
        value = tag.get("Value") or ""
        if len(value) > 256:
            _invalid(constraint(f"{where}.value", "have length less than or equal to 256"))
        if not allowed(value):
            _invalid(constraint(f"{where}.value", f"satisfy regular expression pattern: {VALUE_PATTERN}"))
        if is_reserved(tag["Key"]) or is_reserved(value):
            # IAM User Guide, id_tags: neither a key nor a value may begin with aws:, whatever its case.
            # No recording of AWS's code and wording was at hand.
            raise Refused("InvalidInput", "Tag keys and values cannot begin with the text aws:")
    keys = [fold(tag["Key"], ignore_case) for tag in tags]
    if len(set(keys)) < len(keys):
        hint = " Please note that Tag keys are case insensitive." if ignore_case else ""
        raise Refused("InvalidInput", f"Duplicate tag keys found.{hint}")


def check_iam_keys(keys):
    """The key list of UntagUser and UntagMFADevice."""
    if len(keys) > MAX_TAGS:
        _invalid(constraint("tagKeys", f"have length less than or equal to {MAX_TAGS}"))
    for number, key in enumerate(keys, 1):
        check_iam_key(key, f"tagKeys.{number}.member")


def check_iam_key(key, where):
    if not key:
        _invalid(constraint(where, "have length greater than or equal to 1"))
    if len(key) > 128:
        _invalid(constraint(where, "have length less than or equal to 128"))
    if not allowed(key):
        _invalid(constraint(where, f"satisfy regular expression pattern: {KEY_PATTERN}"))


def check_pool_tags(tags, code="InvalidParameterException"):
    """Cognito's model gives lengths and no pattern (TagKeysType 1..128, TagValueType 0..256)."""
    for key, value in tags.items():
        if not 1 <= len(key) <= 128:
            raise Refused(code, _pool_constraint("keys", 128, 1))
        if len(value) > 256:
            raise Refused(code, _pool_constraint("value", 256, 0))
        if is_reserved(key):
            raise Refused(code, "aws: prefixed tag key names are not allowed for external use.")


def _pool_constraint(what, longest, shortest):
    return (
        f"1 validation error detected: Value at 'tags' failed to satisfy constraint: Map {what} must satisfy "
        f"constraint: [Member must have length less than or equal to {longest}, "
        f"Member must have length greater than or equal to {shortest}]"
    )


def merged(existing, new, ignore_case=False):
    """`existing` with `new` on top. Without regard to case the new spelling of a key wins (as on roles)."""
    result = dict(existing)
    for key, value in new.items():
        for old in [k for k in result if fold(k, ignore_case) == fold(key, ignore_case)]:
            del result[old]
        result[key] = value
    return result


def without(existing, keys, ignore_case=False):
    """`existing` less `keys`; a key that is absent is no error. System tags cannot be removed."""
    drop = {fold(key, ignore_case) for key in keys}
    return {k: v for k, v in existing.items() if fold(k, ignore_case) not in drop or is_reserved(k)}


def too_many(tags):
    """aws: tags do not count toward the limit (CloudFormation, aws-properties-resource-tags)."""
    return sum(not is_reserved(key) for key in tags) > MAX_TAGS


def too_many_message():
    """Cognito's words; no recording was at hand."""
    return f"The number of tags exceeds the limit of {MAX_TAGS}."


def fold(key, ignore_case):
    return key.lower() if ignore_case else key


def is_reserved(text):
    return text[:4].lower() == "aws:"


def as_list(tags):
    """List calls sort by key (API_ListUserTags)."""
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def as_dict(tags):
    return {tag["Key"]: tag.get("Value") or "" for tag in tags or []}


def _invalid(message):
    raise Refused("ValidationError", message)
