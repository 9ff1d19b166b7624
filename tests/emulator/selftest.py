"""Tests of the emulator itself, with boto3 over HTTP: `python selftest.py`."""

import unittest

import selftest_family
import selftest_faults
import selftest_indexes
import selftest_server
import selftest_services
import selftest_tagging
import selftest_users

MODULES = (
    selftest_users,
    selftest_services,
    selftest_family,
    selftest_tagging,
    selftest_indexes,
    selftest_faults,
    selftest_server,
)


def load_tests(loader, tests, pattern):
    """The tests of all files."""
    for module in MODULES:
        tests.addTests(loader.loadTestsFromModule(module))
    return tests


if __name__ == "__main__":
    unittest.main()
