"""Pages over a sorted listing.

A token names the last item given, not a position, so that a listing stays right when items come and
go between two pages. It also names the operation: a marker of another listing is refused.
"""

import base64
import json

from settings import page_size


class BadToken(Exception):
    pass


def paginate(items, key, token, size, operation):
    """One page of `items`, and the token of the next one or None. `key` gives a list, unique per item."""
    items = sorted(items, key=key)
    if token is not None:
        last = _decode(token, operation)
        try:
            items = [item for item in items if key(item) > last]
        except TypeError:
            raise BadToken(token) from None
    size = page_size(size)
    page = items[:size]
    more = len(items) > size
    return page, _encode(key(page[-1]), operation) if more else None


def _encode(last, operation):
    return base64.urlsafe_b64encode(json.dumps([operation, last]).encode()).decode()


def _decode(token, operation):
    try:
        made_by, last = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError):
        raise BadToken(token) from None
    if made_by != operation or not isinstance(last, list):
        raise BadToken(token)
    return last
