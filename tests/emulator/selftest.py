"""Tests of the emulator itself, with boto3 over HTTP: `python selftest.py`."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

import selftest_family
import selftest_indexes
import selftest_tagging
from selftest_case import ACCOUNT, MFA, OTHER, POOL, THIRD, Case, start, tag_dict, tag_list


def load_tests(loader, tests, pattern):
    """The tests of the other files, too."""
    for module in (selftest_family, selftest_tagging, selftest_indexes):
        tests.addTests(loader.loadTestsFromModule(module))
    return tests


class Users(Case):
    def test_listing_has_no_tags(self):
        self.iam.create_user(UserName="ana", Path="/ops/", Tags=tag_list({"Owner": "a"}))
        listed = self.iam.list_users()["Users"]
        self.assertEqual(["ana"], [user["UserName"] for user in listed])
        self.assertNotIn("Tags", listed[0])
        self.assertEqual(f"arn:aws:iam::{ACCOUNT}:user/ops/ana", listed[0]["Arn"])
        self.assertEqual([], self.iam.list_users(PathPrefix="/dev/")["Users"])
        self.assertEqual([{"Key": "Owner", "Value": "a"}], self.iam.get_user(UserName="ana")["User"]["Tags"])

    def test_tags_element_absent_without_tags(self):
        self.iam.create_user(UserName="ana")
        self.assertNotIn("Tags", self.iam.get_user(UserName="ana")["User"])
        detail = self.iam.get_account_authorization_details(Filter=["User"])["UserDetailList"][0]
        self.assertEqual([], detail.get("Tags", []))

    def test_paging(self):
        self.seed(users=[{"name": f"u{n:02}", "tags": {"n": str(n)}} for n in range(25)])
        for operation, key in (
            ("list_users", "Users"),
            ("get_account_authorization_details", "UserDetailList"),
        ):
            pages = list(self.iam.get_paginator(operation).paginate(PaginationConfig={"PageSize": 10}))
            self.assertEqual([10, 10, 5], [len(page[key]) for page in pages])
            self.assertEqual(
                [f"u{n:02}" for n in range(25)], [u["UserName"] for page in pages for u in page[key]]
            )
            self.assertEqual([True, True, False], [page["IsTruncated"] for page in pages])
        self.assertNotIn("Marker", self.iam.list_users())
        detail = self.iam.get_account_authorization_details(Filter=["User"])["UserDetailList"][3]
        self.assertEqual([{"Key": "n", "Value": "3"}], detail["Tags"])
        marker = self.iam.list_users(MaxItems=10)["Marker"]
        self.iam.delete_user(UserName="u09")
        self.assertEqual("u10", self.iam.list_users(Marker=marker)["Users"][0]["UserName"])

    def test_page_limit_of_the_server(self):
        self.seed(users=[{"name": f"u{n}", "tags": {"a": "", "b": "", "c": ""}} for n in range(9)])
        self.emulator("PUT", "limits", {"page": 2})
        page = self.iam.list_users(MaxItems=1000)
        self.assertEqual((2, True), (len(page["Users"]), page["IsTruncated"]))
        tags = list(self.iam.get_paginator("list_user_tags").paginate(UserName="u1"))
        self.assertEqual([2, 1], [len(page["Tags"]) for page in tags])
        self.emulator("PUT", "limits", {"page": None})
        self.assertEqual(9, len(self.iam.list_users()["Users"]))

    def test_details_of_all_kinds(self):
        self.seed(users=[{"name": "ana"}])
        self.iam.create_group(GroupName="ops")
        self.iam.add_user_to_group(GroupName="ops", UserName="ana")
        self.iam.create_role(RoleName="r", AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}')
        pages = list(
            self.iam.get_paginator("get_account_authorization_details").paginate(
                PaginationConfig={"PageSize": 1}
            )
        )
        self.assertEqual(3, len(pages))
        self.assertEqual(["ops"], pages[0]["UserDetailList"][0]["GroupList"])
        self.assertEqual("ops", pages[1]["GroupDetailList"][0]["GroupName"])
        self.assertEqual("r", pages[2]["RoleDetailList"][0]["RoleName"])

    def test_bad_markers_and_sizes(self):
        self.seed(users=[{"name": f"u{n}"} for n in range(3)])
        marker = self.iam.list_users(MaxItems=1)["Marker"]
        self.refused("ValidationError", 400, self.iam.list_users, Marker="nonsense")
        message = self.refused("ValidationError", 400, self.iam.list_virtual_mfa_devices, Marker=marker)
        self.assertEqual("Invalid Marker.", message)
        request = b"Action=ListUsers&Version=2010-05-08&MaxItems=1001"
        self.assertEqual(400, self.raw("iam", "us-east-1", request)[0])

    def test_keys_ignore_case_and_keep_it(self):
        self.iam.create_user(UserName="ana", Tags=tag_list({"Department": "finance", "b": "1"}))
        self.iam.tag_user(UserName="ana", Tags=tag_list({"department": "hr"}))
        self.assertEqual({"department": "hr", "b": "1"}, self.user_tags("ana"))
        self.iam.untag_user(UserName="ana", TagKeys=["DEPARTMENT", "absent"])
        self.assertEqual({"b": "1"}, self.user_tags("ana"))
        for call in (self.iam.tag_user, self.iam.create_user):
            name = "ana" if call == self.iam.tag_user else "bob"
            message = self.refused(
                "InvalidInput", 400, call, UserName=name, Tags=tag_list({"Env": "1", "env": "2"})
            )
            self.assertIn("case insensitive", message)
        self.assertEqual({"b": "1"}, self.user_tags("ana"))

    def test_limits_of_tags(self):
        self.iam.create_user(UserName="ana", Tags=tag_list({f"k{n}": "" for n in range(50)}))
        message = self.refused(
            "LimitExceeded", 409, self.iam.tag_user, UserName="ana", Tags=tag_list({"x": ""})
        )
        self.assertEqual("The number of tags has reached the maximum limit.", message)
        self.iam.tag_user(UserName="ana", Tags=tag_list({"K7": "new"}))  # replaces, so there is room
        self.assertEqual((50, "new"), (len(self.user_tags("ana")), self.user_tags("ana")["K7"]))
        many = tag_list({f"k{n}": "" for n in range(51)})
        for call, name in ((self.iam.tag_user, "ana"), (self.iam.create_user, "bob")):
            message = self.refused("ValidationError", 400, call, UserName=name, Tags=many)
            self.assertIn("Value at 'tags' failed to satisfy constraint", message)
            self.assertIn("less than or equal to 50", message)

    def test_characters_and_lengths(self):
        self.iam.create_user(UserName="ana")
        bad = (
            ("k" * 129, "", "tags.1.member.key' failed to satisfy constraint: Member must have length"),
            ("k", "v" * 257, "tags.1.member.value' failed to satisfy constraint: Member must have length"),
            ("a!", "", r"pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+"),
            ("k", "a,b", r"pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*"),
            ("k", "e\u0301", "pattern"),
            ("k\u200b", "", "pattern"),
            ("", "v", "tags.1.member.key"),
        )
        for key, value, expected in bad:
            tags = [{"Key": key, "Value": value}]
            with self.subTest(key=key, value=value):
                try:
                    message = self.refused(
                        "ValidationError", 400, self.iam.tag_user, UserName="ana", Tags=tags
                    )
                    self.assertIn(expected, message)
                except BotoCoreError:  # the client itself refuses an empty key
                    self.assertEqual("", key)
        for key, value in (("aws:x", ""), ("AWS:x", ""), ("k", "aws:v")):
            self.refused(
                "InvalidInput", 400, self.iam.tag_user, UserName="ana", Tags=[{"Key": key, "Value": value}]
            )
        good = {" k ": " ", "日本": "𠀀", "Ⅷ½": "\u00a0", "a_.:/=+-@": "", "\u00e9" * 128: "v" * 256}
        self.iam.tag_user(UserName="ana", Tags=tag_list(good))
        self.assertEqual(good, self.user_tags("ana"))
        keys = [tag["Key"] for tag in self.iam.list_user_tags(UserName="ana")["Tags"]]
        self.assertEqual(sorted(good), keys)

    def test_unknown_user(self):
        for call, more in (
            (self.iam.list_user_tags, {}),
            (self.iam.tag_user, {"Tags": tag_list({"a": "b"})}),
            (self.iam.untag_user, {"TagKeys": ["a"]}),
        ):
            message = self.refused("NoSuchEntity", 404, call, UserName="nobody", **more)
            self.assertEqual("The user with name nobody cannot be found.", message)

    def test_names_are_unique_without_case(self):
        self.iam.create_user(UserName="Ana")
        self.refused("EntityAlreadyExists", 409, self.iam.create_user, UserName="ana")

    def test_rename_keeps_tags(self):
        self.iam.create_user(UserName="ana", Tags=tag_list({"a": "b"}))
        self.iam.update_user(UserName="ana", NewUserName="bea", NewPath="/x/")
        self.assertEqual({"a": "b"}, self.user_tags("bea"))


class Devices(Case):
    def tags(self, serial):
        return tag_dict(self.iam.list_mfa_device_tags(SerialNumber=serial)["Tags"])

    def test_tags(self):
        made = self.iam.create_virtual_mfa_device(VirtualMFADeviceName="d", Tags=tag_list({"Env": "1"}))
        serial = made["VirtualMFADevice"]["SerialNumber"]
        self.assertEqual(MFA + "d", serial)
        self.assertEqual({"Env": "1"}, self.tags(serial))
        self.iam.tag_mfa_device(SerialNumber=serial, Tags=tag_list({"env": "2", "Env": "3"}))
        self.assertEqual({"Env": "3", "env": "2"}, self.tags(serial))
        self.iam.untag_mfa_device(SerialNumber=serial, TagKeys=["ENV", "env"])
        self.assertEqual({"Env": "3"}, self.tags(serial))
        self.iam.tag_mfa_device(SerialNumber=serial, Tags=tag_list({f"k{n}": "" for n in range(49)}))
        full = tag_list({"one more": ""})
        self.refused("LimitExceeded", 409, self.iam.tag_mfa_device, SerialNumber=serial, Tags=full)
        twice = [{"Key": "a", "Value": ""}] * 2
        message = self.refused("InvalidInput", 400, self.iam.tag_mfa_device, SerialNumber=serial, Tags=twice)
        self.assertEqual("Duplicate tag keys found.", message)
        bad = tag_list({"a": "!"})
        self.refused("ValidationError", 400, self.iam.tag_mfa_device, SerialNumber=serial, Tags=bad)
        self.refused(
            "ValidationError", 400, self.iam.create_virtual_mfa_device, VirtualMFADeviceName="e", Tags=bad
        )
        self.iam.delete_virtual_mfa_device(SerialNumber=serial)
        self.refused("NoSuchEntity", 404, self.iam.list_mfa_device_tags, SerialNumber=serial)

    def test_paging_of_tags(self):
        self.seed(devices=[{"name": "d", "tags": {f"k{n}": "" for n in range(5)}}])
        pages = list(
            self.iam.get_paginator("list_mfa_device_tags").paginate(
                SerialNumber=MFA + "d", PaginationConfig={"PageSize": 2}
            )
        )
        self.assertEqual([2, 2, 1], [len(page["Tags"]) for page in pages])

    def test_serial_numbers(self):
        for call, more in (
            (self.iam.list_mfa_device_tags, {}),
            (self.iam.tag_mfa_device, {"Tags": tag_list({"a": "b"})}),
            (self.iam.untag_mfa_device, {"TagKeys": ["a"]}),
        ):
            self.refused("NoSuchEntity", 404, call, SerialNumber=MFA + "none", **more)
            self.refused("NoSuchEntity", 404, call, SerialNumber="GAHT12345678", **more)
            self.refused("ValidationError", 400, call, SerialNumber=MFA + "a!b/d", **more)
        made = self.iam.create_virtual_mfa_device(VirtualMFADeviceName="d", Path="/a//b!/")
        self.assertEqual(MFA + "a//b!/d", made["VirtualMFADevice"]["SerialNumber"])

    def test_listing(self):
        self.seed(
            users=[{"name": "ana", "tags": {"a": "b"}}],
            devices=[
                {"name": "free", "tags": {"a": "b"}},
                {"name": "hers", "path": "/x/", "user": "ana"},
                {"name": "root-account-mfa-device", "root": True},
            ],
        )
        listed = self.iam.list_virtual_mfa_devices()["VirtualMFADevices"]
        by_name = {device["SerialNumber"].split("/")[-1]: device for device in listed}
        self.assertEqual({"SerialNumber": MFA + "free"}, by_name["free"])
        self.assertEqual("ana", by_name["hers"]["User"]["UserName"])
        self.assertNotIn("Tags", by_name["hers"]["User"])
        root = by_name["root-account-mfa-device"]
        self.assertEqual({"UserId", "Arn", "CreateDate"}, set(root["User"]))
        self.assertEqual(
            (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"), (root["User"]["UserId"], root["User"]["Arn"])
        )
        for status, count in (("Any", 3), ("Assigned", 2), ("Unassigned", 1)):
            found = self.iam.list_virtual_mfa_devices(AssignmentStatus=status)["VirtualMFADevices"]
            self.assertEqual(count, len(found), status)
        pages = list(
            self.iam.get_paginator("list_virtual_mfa_devices").paginate(PaginationConfig={"PageSize": 1})
        )
        self.assertEqual([True, True, False], [page["IsTruncated"] for page in pages])
        self.assertEqual(
            ["hers"],
            [
                d["SerialNumber"].split("/")[-1]
                for d in self.iam.list_mfa_devices(UserName="ana")["MFADevices"]
            ],
        )

    def test_enabling(self):
        self.iam.create_user(UserName="ana", Tags=tag_list({"a": "b"}))
        serial = self.iam.create_virtual_mfa_device(VirtualMFADeviceName="d")["VirtualMFADevice"][
            "SerialNumber"
        ]
        code = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
        self.iam.enable_mfa_device(UserName="ana", SerialNumber=serial, **code)
        device = self.iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"][0]
        self.assertEqual("ana", device["User"]["UserName"])
        self.refused("DeleteConflict", 409, self.iam.delete_user, UserName="ana")
        self.refused("DeleteConflict", 409, self.iam.delete_virtual_mfa_device, SerialNumber=serial)
        self.iam.deactivate_mfa_device(UserName="ana", SerialNumber=serial)
        self.assertEqual([{"SerialNumber": serial}], self.iam.list_virtual_mfa_devices()["VirtualMFADevices"])

    def test_summary(self):
        self.seed(
            users=[{"name": "a"}, {"name": "b"}],
            devices=[{"name": "x"}, {"name": "y", "user": "a"}, {"name": "z", "root": True}],
        )
        summary = self.iam.get_account_summary()["SummaryMap"]
        self.assertEqual(
            (2, 3, 2, 1),
            tuple(summary[k] for k in ("Users", "MFADevices", "MFADevicesInUse", "AccountMFAEnabled")),
        )


class Pools(Case):
    def pool(self, **more):
        return self.cognito.create_user_pool(PoolName="p", **more)["UserPool"]

    def tags(self, arn):
        return self.cognito.list_tags_for_resource(ResourceArn=arn)["Tags"]

    def test_tags(self):
        pool = self.pool(UserPoolTags={"Env": "1"})
        self.assertEqual({"Env": "1"}, self.tags(pool["Arn"]))
        self.cognito.tag_resource(ResourceArn=pool["Arn"], Tags={"env": "2", "Env": "3", "free text!": "é,"})
        self.assertEqual({"Env": "3", "env": "2", "free text!": "é,"}, self.tags(pool["Arn"]))
        self.cognito.untag_resource(ResourceArn=pool["Arn"], TagKeys=["ENV", "env"])
        self.assertEqual({"Env": "3", "free text!": "é,"}, self.tags(pool["Arn"]))
        described = self.cognito.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]
        self.assertEqual(self.tags(pool["Arn"]), described["UserPoolTags"])
        self.assertEqual({}, self.tags(self.pool()["Arn"]))

    def test_limits_of_tags(self):
        arn = self.pool(UserPoolTags={f"k{n}": "" for n in range(50)})["Arn"]
        call = self.cognito.tag_resource
        self.refused("InvalidParameterException", 400, call, ResourceArn=arn, Tags={"x": ""})
        self.cognito.tag_resource(ResourceArn=arn, Tags={"k1": "y"})
        for tags in ({"k" * 129: ""}, {"k": "v" * 257}, {"aws:x": ""}):
            self.refused("InvalidParameterException", 400, call, ResourceArn=arn, Tags=tags)

    def test_unknown(self):
        arn = f"arn:aws:cognito-idp:eu-central-1:{ACCOUNT}:userpool/eu-central-1_abcdefghi"
        for call, more in (
            (self.cognito.list_tags_for_resource, {}),
            (self.cognito.tag_resource, {"Tags": {"a": "b"}}),
            (self.cognito.untag_resource, {"TagKeys": ["a"]}),
        ):
            self.refused("ResourceNotFoundException", 400, call, ResourceArn=arn, **more)
            self.refused("InvalidParameterException", 400, call, ResourceArn="arn:aws:s3:::a-bucket", **more)

    def test_listing(self):
        self.seed(
            pools={
                "eu-central-1": [{"name": f"p{n}", "tags": {"a": "b"}} for n in range(130)],
                "us-west-2": [{"name": "w"}],
            }
        )
        pages = list(
            self.cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
        )
        self.assertEqual([60, 60, 10], [len(page["UserPools"]) for page in pages])
        self.assertEqual(130, len({pool["Id"] for page in pages for pool in page["UserPools"]}))
        self.assertFalse({"Arn", "UserPoolTags", "Tags"} & set(pages[0]["UserPools"][0]))
        self.assertEqual(
            ["w"],
            [
                p["Name"]
                for p in self.client("cognito-idp", "us-west-2").list_user_pools(MaxResults=1)["UserPools"]
            ],
        )
        self.refused("InvalidParameterException", 400, self.cognito.list_user_pools, MaxResults=61)
        call = self.cognito.list_user_pools
        self.refused("InvalidParameterException", 400, call, MaxResults=5, NextToken="nonsense")

    def test_regions_that_nobody_knows(self):
        self.seed(pools={"me-west-1": [{"name": "p"}]})
        pools = self.client("cognito-idp", "me-west-1").list_user_pools(MaxResults=1)["UserPools"]
        self.assertEqual("p", pools[0]["Name"])

    def test_creating_is_quick(self):
        self.pool()
        began = time.monotonic()
        for _ in range(10):
            self.pool()
        self.assertLess(time.monotonic() - began, 0.6)


class Others(Case):
    def test_get_resources(self):
        made = self.seed(
            users=[{"name": "ana", "tags": {"a": "b"}}],
            devices=[
                {"name": "t", "tags": {"a": "b"}},
                {"name": "never"},
                {"name": "once", "once_tagged": True},
            ],
            pools={
                "us-east-1": [{"name": "e", "tags": {"a": "c"}}],
                "eu-central-1": [
                    {"name": "p", "tags": {"a": "b"}},
                    {"name": "never"},
                    {"name": "old", "tags": {"x": "y"}, "gone": True},
                ],
            },
        )
        east = self.client("resourcegroupstaggingapi").get_resources()
        found = {r["ResourceARN"]: tag_dict(r["Tags"]) for r in east["ResourceTagMappingList"]}
        expected = {
            made["devices"][0]: {"a": "b"},
            made["devices"][2]: {},
            made["pools"]["us-east-1"][0]: {"a": "c"},
        }
        self.assertEqual((expected, ""), (found, east["PaginationToken"]))
        europe = self.client("resourcegroupstaggingapi", "eu-central-1")
        arns = [r["ResourceARN"] for r in europe.get_resources()["ResourceTagMappingList"]]
        never = made["pools"]["eu-central-1"][1]
        self.assertEqual(sorted(set(made["pools"]["eu-central-1"]) - {never}), arns)
        self.cognito.tag_resource(ResourceArn=never, Tags={"z": "z"})
        self.cognito.untag_resource(ResourceArn=never, TagKeys=["z"])
        page = europe.get_resources(ResourceARNList=[never])["ResourceTagMappingList"]
        self.assertEqual([{"ResourceARN": never, "Tags": []}], page)
        filtered = self.client("resourcegroupstaggingapi").get_resources(
            ResourceTypeFilters=["cognito-idp:userpool"]
        )
        self.assertEqual(1, len(filtered["ResourceTagMappingList"]))

    def test_get_resources_paging(self):
        self.seed(pools={"eu-central-1": [{"name": f"p{n}", "tags": {"a": "b"}} for n in range(205)]})
        tagging = self.client("resourcegroupstaggingapi", "eu-central-1")
        pages = list(tagging.get_paginator("get_resources").paginate(PaginationConfig={"PageSize": 100}))
        self.assertEqual([100, 100, 5], [len(page["ResourceTagMappingList"]) for page in pages])
        self.refused("InvalidParameterException", 400, tagging.get_resources, ResourcesPerPage=101)
        self.refused("PaginationTokenExpiredException", 400, tagging.get_resources, PaginationToken="old")

    def test_regions(self):
        account = self.client("account")
        regions = {r["RegionName"]: r["RegionOptStatus"] for r in account.list_regions()["Regions"]}
        self.assertEqual(
            ("DISABLED", "ENABLED", "ENABLED_BY_DEFAULT"),
            tuple(regions[r] for r in ("af-south-1", "eu-south-1", "us-east-1")),
        )
        wanted = account.list_regions(RegionOptStatusContains=["ENABLED"])["Regions"]
        self.assertEqual(["eu-south-1"], [r["RegionName"] for r in wanted])
        pages = list(account.get_paginator("list_regions").paginate(PaginationConfig={"PageSize": 4}))
        self.assertEqual([4, 2], [len(page["Regions"]) for page in pages])
        for service, code in (
            ("cognito-idp", "list_user_pools"),
            ("resourcegroupstaggingapi", "get_resources"),
        ):
            call = getattr(self.client(service, "af-south-1"), code)
            arguments = {"MaxResults": 1} if service == "cognito-idp" else {}
            self.refused("UnrecognizedClientException", 400, call, **arguments)
        self.emulator("PUT", "limits", {"disabled_regions": [], "regions": ["us-east-1", "af-south-1"]})
        self.assertEqual(
            [], self.client("cognito-idp", "af-south-1").list_user_pools(MaxResults=1)["UserPools"]
        )
        self.assertEqual(2, len(account.list_regions()["Regions"]))

    def test_accounts_stay_apart(self):
        sts = self.client("sts")
        self.assertEqual(
            (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/moto"),
            (sts.get_caller_identity()["Account"], sts.get_caller_identity()["Arn"]),
        )
        made = sts.assume_role(RoleArn=f"arn:aws:iam::{OTHER}:role/Scan", RoleSessionName="session")[
            "Credentials"
        ]
        keys = {
            "aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"],
            "aws_session_token": made["SessionToken"],
        }
        self.seed(account=OTHER, users=[{"name": "theirs"}])
        self.seed(users=[{"name": "ours"}])
        other = self.client("iam", **keys)
        self.assertEqual(["theirs"], [u["UserName"] for u in other.list_users()["Users"]])
        self.assertEqual(["ours"], [u["UserName"] for u in self.iam.list_users()["Users"]])
        identity = self.client("sts", **keys).get_caller_identity()
        self.assertEqual(f"arn:aws:sts::{OTHER}:assumed-role/Scan/session", identity["Arn"])
        self.assertEqual(OTHER, self.client("sts", account=OTHER).get_caller_identity()["Account"])
        self.assertEqual({ACCOUNT, OTHER}, set(self.emulator("GET", "calls")["by_account"]))
        self.fault(operation="iam:*", account=OTHER, kind="deny")
        message = self.refused("AccessDenied", 403, other.list_users)
        self.assertIn(
            f"User: arn:aws:sts::{OTHER}:assumed-role/Scan/session is not authorized to perform: iam:List",
            message,
        )
        self.iam.list_users()

    def test_organization(self):
        members = [{"id": OTHER, "name": "one", "tags": {"Team": "x"}}, {"id": THIRD, "state": "SUSPENDED"}]
        self.seed(organization={"accounts": members})
        organizations = self.client("organizations")
        listed = {a["Id"]: a for a in organizations.list_accounts()["Accounts"]}
        self.assertEqual({ACCOUNT, OTHER, THIRD}, set(listed))
        self.assertEqual(("one", "ACTIVE"), (listed[OTHER]["Name"], listed[OTHER]["State"]))
        self.assertEqual("SUSPENDED", listed[THIRD]["State"])
        tags = organizations.list_tags_for_resource(ResourceId=OTHER)["Tags"]
        self.assertEqual([{"Key": "Team", "Value": "x"}], tags)
        self.emulator("PUT", "limits", {"page": 1})
        pages = list(organizations.get_paginator("list_accounts").paginate())
        self.assertEqual(3, len(pages))
        self.refused("InvalidInputException", 400, organizations.list_accounts, MaxResults=21)
        member = self.client("organizations", account=OTHER)
        self.refused("AccessDeniedException", 400, member.list_accounts)
        self.seed(
            organization={
                "units": [
                    {"id": "ou-ab12-cd34ef56"},
                    {"id": "ou-ab12-11112222", "parent": "ou-ab12-cd34ef56"},
                ],
                "accounts": [
                    {"id": OTHER, "unit": "ou-ab12-cd34ef56"},
                    {"id": THIRD, "unit": "ou-ab12-11112222"},
                ],
            }
        )
        for unit, accounts, below in (
            ("ou-ab12-cd34ef56", [OTHER], ["ou-ab12-11112222"]),
            ("ou-ab12-11112222", [THIRD], []),
        ):
            listed = organizations.list_accounts_for_parent(ParentId=unit)["Accounts"]
            self.assertEqual(accounts, [account["Id"] for account in listed])
            units = organizations.list_organizational_units_for_parent(ParentId=unit)["OrganizationalUnits"]
            self.assertEqual(below, [unit["Id"] for unit in units])
        self.refused(
            "ParentNotFoundException", 400, organizations.list_accounts_for_parent, ParentId="ou-ab12-00000000"
        )
        alone = self.client("organizations", account="999999999999")
        self.refused("AWSOrganizationsNotInUseException", 400, alone.list_accounts)


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


class Server(Case):
    def test_counting(self):
        self.iam.list_users()
        self.cognito.list_user_pools(MaxResults=1)
        self.client("cognito-idp", "us-west-2").list_user_pools(MaxResults=1)
        self.refused("NoSuchEntity", 404, self.iam.list_user_tags, UserName="none")
        counts = self.emulator("GET", "calls")
        self.assertEqual(
            {"iam:ListUsers": 1, "iam:ListUserTags": 1, "cognito-idp:ListUserPools": 2}, counts["calls"]
        )
        self.assertEqual({"cognito-idp:ListUserPools": 1}, counts["by_region"]["us-west-2"])
        self.assertEqual({"404": 1}, counts["by_status"]["iam:ListUserTags"])
        self.assertEqual(4, counts["total"])
        log = self.emulator("GET", "log")
        self.assertEqual(
            ("iam:ListUserTags", "none", 404),
            (log[3]["call"], log[3]["params"]["UserName"], log[3]["status"]),
        )
        self.emulator("DELETE", "calls")
        self.assertEqual(0, self.emulator("GET", "calls")["total"])

    def test_rate(self):
        self.emulator("PUT", "limits", {"rps": 5})
        done = refused = 0
        for _ in range(8):
            try:
                self.iam.list_users()
                done += 1
            except ClientError as error:
                self.assertEqual("Throttling", error.response["Error"]["Code"])
                refused += 1
        self.assertEqual(8, done + refused)
        self.assertIn(done, (5, 6))
        self.cognito.list_user_pools(MaxResults=1)  # a bucket of its own
        time.sleep(0.4)
        self.iam.list_users()
        self.emulator("PUT", "limits", {"rps": {"cognito-idp": 1}})
        for _ in range(10):
            self.iam.list_users()

    def test_delay_and_concurrency(self):
        self.emulator("PUT", "limits", {"delay_ms": 100})
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda _: self.iam.list_users(), range(20)))
        self.assertLess(time.monotonic() - began, 1)
        self.assertGreater(self.emulator("GET", "calls")["max_in_flight"], 5)

    def test_concurrent_writes(self):
        self.seed(users=[{"name": f"u{n}"} for n in range(100)])
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(
                pool.map(
                    lambda n: self.iam.tag_user(UserName=f"u{n}", Tags=tag_list({"n": str(n)})), range(100)
                )
            )
        users = self.emulator("GET", "state")["users"]
        self.assertEqual({f"u{n}": {"n": str(n)} for n in range(100)}, {u["name"]: u["tags"] for u in users})

    def test_seeding_is_quick_and_the_same(self):
        tags = {f"k{n}": "value" for n in range(10)}
        data = {
            "users": [{"name": f"u{n:04}", "path": "/p/", "tags": tags} for n in range(5000)],
            "pools": {"eu-central-1": [{"name": f"p{n}", "tags": tags} for n in range(500)]},
        }
        began = time.monotonic()
        made = self.seed(**data)
        self.assertLess(time.monotonic() - began, 4)
        self.assertEqual(f"arn:aws:iam::{ACCOUNT}:user/p/u0000", made["users"][0])
        self.assertEqual((5000, 500), (len(made["users"]), len(made["pools"]["eu-central-1"])))
        self.emulator("DELETE", "seed")
        self.assertEqual([], self.emulator("GET", "state")["users"])
        self.assertEqual(made, self.seed(**data))

    def test_seeding_what_aws_would_refuse(self):
        bad = {"Env": "1", "env": "a!,\r\n\t<&>", "aws:x": ""}
        made = self.seed(
            users=[{"name": "ana", "tags": bad}],
            devices=[{"name": "d", "tags": bad}],
            pools={"eu-central-1": [{"name": "p", "tags": bad}]},
        )
        self.assertEqual(bad, self.user_tags("ana"))
        self.assertEqual(
            bad, tag_dict(self.iam.list_mfa_device_tags(SerialNumber=made["devices"][0])["Tags"])
        )
        pool = made["pools"]["eu-central-1"][0]
        self.assertEqual(bad, self.cognito.list_tags_for_resource(ResourceArn=pool)["Tags"])
        state = self.emulator("GET", f"state?account={ACCOUNT}")
        self.assertEqual(
            (bad, bad, bad),
            (
                state["users"][0]["tags"],
                state["devices"][0]["tags"],
                state["pools"]["eu-central-1"][0]["tags"],
            ),
        )
        self.assertEqual(pool, state["pools"]["eu-central-1"][0]["arn"])

    def test_keep_alive(self):
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"))
        for _ in range(3):
            connection.request("GET", "/_emulator/calls")
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(11, answer.version)
            self.assertFalse(answer.will_close)
        connection.close()

    def test_unsigned(self):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(self.url, data=b"Action=ListUsers&Version=2010-05-08")
        self.assertEqual(403, caught.exception.code)
        caught.exception.close()

    @unittest.skipIf(os.name == "nt", "no such signal")
    def test_sigterm(self):
        process, _ = start()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(0, process.wait(5))
        process.stdin.close()
        process.stdout.close()


class Pool(unittest.TestCase):
    arguments = []

    @classmethod
    def setUpClass(cls):
        pipe = subprocess.PIPE
        cls.process = subprocess.Popen(POOL + cls.arguments, stdin=pipe, stdout=pipe, text=True)

    @classmethod
    def tearDownClass(cls):
        """The emulators end with the process that started them, even if it had no time to stop them."""
        pool = cls()
        urls = [pool.start(), pool.start()]
        cls.process.kill()
        cls.process.wait()
        cls.process.stdin.close()
        cls.process.stdout.close()
        assert all(pool.gone(url) for url in urls)

    def order(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def start(self):
        return self.order("start").removeprefix("listening on ")

    def users(self, url):
        keys = {"aws_access_key_id": f"AKIA{ACCOUNT}TEST", "aws_secret_access_key": "secret"}
        config = Config(retries={"total_max_attempts": 1})
        iam = boto3.client("iam", region_name="us-east-1", endpoint_url=url, config=config, **keys)
        with contextlib.closing(iam):
            return [user["UserName"] for user in iam.list_users()["Users"]]

    def emulator(self, url, method, path, data=None):
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"{url}/_emulator/{path}", method=method, data=body)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def gone(self, url):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                self.emulator(url, "GET", "calls")
            except OSError:
                return True
            time.sleep(0.05)
        return False

    def test_emulators_share_nothing(self):
        one, other = self.start(), self.start()
        self.emulator(one, "POST", "seed", {"users": [{"name": "ana"}]})
        self.emulator(one, "PUT", "limits", {"page": 1})
        self.assertEqual((["ana"], []), (self.users(one), self.users(other)))
        self.emulator(one, "PUT", "faults", [{"kind": "deny"}])
        self.assertEqual([], self.users(other))
        self.assertEqual([1, 2], [self.emulator(url, "GET", "calls")["total"] for url in (one, other)])
        self.assertIsNone(self.emulator(other, "GET", "limits")["page"])

    def test_a_new_emulator_is_empty(self):
        url = self.start()
        self.assertEqual(0, self.emulator(url, "GET", "calls")["total"])
        self.assertEqual([], self.emulator(url, "GET", "log"))
        self.assertEqual([], self.emulator(url, "GET", "state?account=000000000000")["users"])

    def test_stop(self):
        one, other = self.start(), self.start()
        self.assertEqual(f"stopped {one}", self.order(f"stop {one}"))
        self.assertTrue(self.gone(one))
        self.assertEqual([], self.users(other))
        self.assertIn("error", self.order(f"stop {one}"))


class PoolWithoutFork(Pool):
    arguments = ["--no-fork"]


if __name__ == "__main__":
    unittest.main()
