"""Tests of the emulator: IAM users and virtual MFA devices."""

import unittest

from botocore.exceptions import BotoCoreError

from selftest_case import ACCOUNT, MFA, Case, tag_dict, tag_list


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


if __name__ == "__main__":
    unittest.main()
