"""Tests of the emulator: user pools, GetResources, regions, accounts and organizations."""

import time
import unittest

from selftest_case import ACCOUNT, OTHER, THIRD, Case, tag_dict


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


if __name__ == "__main__":
    unittest.main()
