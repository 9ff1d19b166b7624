"""The error for a source that is not laid out as the generator expects."""


class LayoutError(Exception):
    """A package changed its layout. The sentence names the package and the expectation."""

    def __init__(self, package, expected):
        super().__init__(
            f"{package}: expected {expected}. The package's layout changed: adapt its reader in tools/types/vocabulary, "
            "or pin the last version that has this layout in tools/types/packages.json"
        )


def demand(condition, package, expected):
    """Raises [`LayoutError`] unless the condition holds."""
    if not condition:
        raise LayoutError(package, expected)


def demand_count(found, least, package, noun):
    """Raises [`LayoutError`] where a source has fewer entries than it ever had: a reader that finds nothing is broken."""
    demand(len(found) >= least, package, f"at least {least} {noun}, found {len(found)}")
