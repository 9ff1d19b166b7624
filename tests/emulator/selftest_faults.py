"""Tests of the emulator: faults."""

import http.client
import time
import unittest
import urllib.error

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from selftest_case import MFA, Case, tag_list


class Faults(Case):
    def setUp(self):
        super().setUp()
        self.made = self.seed(
            users=[{"name": f"u{n}", "tags": {"n": str(n)}} for n in range(4)],
            devices=[{"name": "d1"}, {"name": "d2"}],
            pools={"eu-central-1": [{"name": "p"}, {"name": "q"}]},
        )
        self.pool = self.made["pools"]["eu-central-1"][0]

    def test_one_resource(self):
        self.fault(operation="iam:List*Tags", match=MFA + "d2", kind="deny")
        self.iam.list_mfa_device_tags(SerialNumber=MFA + "d1")
        self.refused("AccessDenied", 403, self.iam.list_mfa_device_tags, SerialNumber=MFA + "d2")
        self.fault(operation="*", match=self.pool, kind="gone")
        self.refused(
            "ResourceNotFoundException", 400, self.cognito.list_tags_for_resource, ResourceArn=self.pool
        )
        self.cognito.list_tags_for_resource(ResourceArn=self.made["pools"]["eu-central-1"][1])

    def test_codes(self):
        pools = {"MaxResults": 1}
        for kind, iam, cognito in (
            ("deny", ("AccessDenied", 403), ("AccessDeniedException", 400)),
            ("throttle", ("Throttling", 400), ("TooManyRequestsException", 400)),
            ("expired", ("ExpiredToken", 403), ("ExpiredTokenException", 400)),
            ("gone", ("NoSuchEntity", 404), ("ResourceNotFoundException", 400)),
            ("status", ("ServiceFailure", 500), ("InternalErrorException", 500)),
        ):
            self.fault(kind=kind)
            self.refused(*iam, self.iam.list_users)
            self.refused(*cognito, self.cognito.list_user_pools, **pools)
        self.fault(kind="status", code=503)
        self.refused("ServiceUnavailable", 503, self.iam.list_users)
        self.fault(kind="error", error="ConcurrentModification", code=409, message="busy")
        self.assertEqual("busy", self.refused("ConcurrentModification", 409, self.iam.list_users))
        self.emulator("DELETE", "faults")
        self.iam.list_users()

    def test_regions(self):
        self.fault(operation="cognito-idp:*", region="eu-*", kind="throttle")
        self.refused("TooManyRequestsException", 400, self.cognito.list_user_pools, MaxResults=1)
        self.client("cognito-idp", "us-west-2").list_user_pools(MaxResults=1)

    def test_counts(self):
        def outcomes(**fault):
            self.fault(operation="iam:ListUsers", kind="throttle", **fault)
            results = ""
            for _ in range(8):
                try:
                    self.iam.list_users()
                    results += "."
                except ClientError:
                    results += "x"
            return results

        self.assertEqual("xx......", outcomes(times=2))
        self.assertEqual("..x..x..", outcomes(every=3))
        self.assertEqual("...xxxxx", outcomes(after=3))
        self.assertEqual("..x.....", outcomes(every=3, times=1))
        first = outcomes(probability=0.5, seed=7)
        self.assertEqual({".", "x"}, set(first))
        self.assertEqual(first, outcomes(probability=0.5, seed=7))
        self.assertEqual(
            (8, first.count("x")), tuple(self.emulator("GET", "faults")[0][k] for k in ("matched", "applied"))
        )

    def test_broken_answers(self):
        # Seen raw: boto3 takes half a JSON answer for a whole one.
        users = ("iam", "us-east-1", b"Action=ListUsers&Version=2010-05-08")
        target = "AWSCognitoIdentityProviderService.ListUserPools"
        for call in (users, ("cognito-idp", "eu-central-1", b'{"MaxResults": 1}', target)):
            whole = self.raw(*call)[1]
            self.fault(kind="cut", times=1)
            with self.assertRaises(http.client.IncompleteRead) as caught:
                self.raw(*call)
            self.assertEqual(len(whole) // 2, len(caught.exception.partial))
            self.fault(kind="garbage", times=1)
            status, body = self.raw(*call)
            self.assertEqual((200, b"<<<"), (status, body[:3]))
        self.fault(kind="cut", times=1)
        self.assertRaises((BotoCoreError, ResponseParserError), self.iam.list_users)
        self.iam.list_users()  # over a new connection

    def test_answers_that_say_too_little(self):
        users = ("iam", "us-east-1", b"Action=ListUsers&Version=2010-05-08")
        whole = self.raw(*users)[1]
        self.fault(kind="short", code=50, times=1)
        self.assertEqual((200, whole[: len(whole) // 2]), self.raw(*users))
        self.fault(kind="short", times=1)
        self.assertEqual((200, b""), self.raw(*users))
        self.fault(kind="lacks", error="Users", times=1)
        status, body = self.raw(*users)
        self.assertEqual(200, status)
        self.assertNotIn(b"<Users", body)
        self.assertTrue(body.rstrip().endswith(b"</ListUsersResponse>"))
        target = "AWSCognitoIdentityProviderService.ListUserPools"
        self.fault(kind="lacks", error="UserPools", times=1)
        status, body = self.raw("cognito-idp", "eu-central-1", b'{"MaxResults": 1}', target)
        self.assertEqual(200, status)
        self.assertNotIn(b"UserPools", body)

    def test_reads_without_tags(self):
        self.iam.tag_user(UserName="u0", Tags=tag_list({"a": "b", "c": "d"}))
        whole = self.user_tags("u0")
        self.fault(operation="iam:ListUserTags", kind="untagged", times=1)
        self.assertEqual({}, self.user_tags("u0"))
        self.fault(operation="iam:ListUserTags", kind="untagged", error="a", times=1)
        self.assertEqual({key: value for key, value in whole.items() if key != "a"}, self.user_tags("u0"))
        self.assertEqual(whole, self.user_tags("u0"))

    def test_a_rival_writes_first(self):
        self.iam.tag_user(UserName="u0", Tags=tag_list({"a": "b", "c": "d"}))
        self.fault(operation="iam:TagUser", kind="throttle", times=1, rival={"a": "his", "c": None})
        self.refused("Throttling", 400, self.iam.tag_user, UserName="u0", Tags=tag_list({"x": "y"}))
        tags = self.user_tags("u0")
        self.assertEqual(("his", False, False), (tags["a"], "c" in tags, "x" in tags))

    def test_slow_answers(self):
        self.fault(kind="hang", seconds=0.3)
        began = time.monotonic()
        self.assertRaises(BotoCoreError, self.iam.list_users)
        self.assertGreater(time.monotonic() - began, 0.29)
        self.fault(kind="delay", seconds=0.2)
        began = time.monotonic()
        self.assertEqual(4, len(self.iam.list_users()["Users"]))
        self.assertGreater(time.monotonic() - began, 0.19)

    def test_done_and_not_told(self):
        self.fault(operation="iam:TagUser", kind="status", apply=True)
        self.refused("ServiceFailure", 500, self.iam.tag_user, UserName="u0", Tags=tag_list({"a": "b"}))
        self.assertEqual("b", self.user_tags("u0")["a"])
        self.fault(operation="iam:TagUser", kind="status")
        self.refused("ServiceFailure", 500, self.iam.tag_user, UserName="u1", Tags=tag_list({"a": "b"}))
        self.assertNotIn("a", self.user_tags("u1"))

    def test_repeated_token(self):
        self.fault(operation="*:List*", kind="repeat-token")
        page = self.iam.list_users(MaxItems=2)
        self.assertEqual((True, ["u0", "u1"]), (page["IsTruncated"], [u["UserName"] for u in page["Users"]]))
        again = self.iam.list_users(MaxItems=2, Marker=page["Marker"])
        self.assertEqual((page["Marker"], page["Users"]), (again["Marker"], again["Users"]))
        pools = self.cognito.list_user_pools(MaxResults=60)
        self.assertEqual(
            pools["NextToken"],
            self.cognito.list_user_pools(MaxResults=60, NextToken=pools["NextToken"])["NextToken"],
        )
        self.emulator("DELETE", "faults")
        marker = self.iam.list_users(MaxItems=2)["Marker"]
        self.fault(kind="repeat-token")
        page = self.iam.list_users(MaxItems=2, Marker=marker)
        self.assertEqual((marker, "u2"), (page["Marker"], page["Users"][0]["UserName"]))

    def test_empty_pages(self):
        self.fault(kind="empty-page")
        pages = list(self.iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 2}))
        self.assertEqual([0, 2, 0, 2], [len(page["Users"]) for page in pages])
        pages = list(self.cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 1}))
        self.assertEqual([0, 1, 0, 1], [len(page["UserPools"]) for page in pages])
        devices = self.iam.get_paginator("list_virtual_mfa_devices").paginate()
        self.assertEqual([0, 2], [len(page["VirtualMFADevices"]) for page in devices])
        details = self.iam.get_paginator("get_account_authorization_details").paginate(Filter=["User"])
        self.assertEqual([0, 4], [len(page["UserDetailList"]) for page in details])

    def test_bad_faults_are_refused(self):
        for bad in ([{"kind": "nonsense"}], [{"kind": "deny", "opration": "x"}], {"kind": "deny"}):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                self.emulator("PUT", "faults", bad)
            self.assertEqual(400, caught.exception.code)
            caught.exception.close()


if __name__ == "__main__":
    unittest.main()
