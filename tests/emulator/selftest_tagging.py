"""Tests of the emulator: the tagging API over all types, and faults, seeds and the truth of the IAM family."""

import time
import unittest

from selftest_case import ACCOUNT, OTHER, Case, tag_dict, tag_list

IAM = f"arn:aws:iam::{ACCOUNT}:"
SSO = "/aws-reserved/sso.amazonaws.com/eu-central-1/"
EVERYTHING = {
    "users": [{"name": "u", "tags": {"a": "b"}}],
    "roles": [{"name": "r", "tags": {"a": "b"}}, {"name": "sso", "path": SSO}],
    "policies": [{"name": "p", "tags": {"a": "b"}}, {"name": "never"}, {"name": "Aws", "aws": True}],
    "instance_profiles": [{"name": "i", "once_tagged": True}, {"name": "never"}],
    "oidc_providers": [{"url": "token.example.com", "tags": {"a": "b"}}],
    "saml_providers": [{"name": "s", "tags": {"a": "b"}, "index_tags": {"old": "1"}}],
    "certificates": [{"name": "c", "tags": {"a": "b"}}, {"name": "old", "gone": True}],
    "devices": [{"name": "d", "tags": {"a": "b"}}],
    "pools": {"eu-central-1": [{"name": "u", "tags": {"a": "b"}}]},
    "identity_pools": {"eu-central-1": [{"name": "p", "tags": {"a": "b"}}, {"name": "never"}]},
    "others": {
        "eu-central-1": [
            {"type": "sqs:queue", "name": "q", "cfn_type": "AWS::SQS::Queue", "tags": {"a": "b"}}
        ]
    },
}


class Tagging(Case):
    def setUp(self):
        super().setUp()
        self.made = self.seed(**EVERYTHING)
        self.east = self.client("resourcegroupstaggingapi")
        self.europe = self.client("resourcegroupstaggingapi", "eu-central-1")

    def listed(self, client, **more):
        found = client.get_resources(**more)["ResourceTagMappingList"]
        return {row["ResourceARN"]: tag_dict(row["Tags"]) for row in found}

    def test_listing(self):
        made, tags = self.made, {"a": "b"}
        self.assertEqual(
            {
                made["policies"][0]: tags,
                made["instance_profiles"][0]: {},
                made["oidc_providers"][0]: tags,
                made["saml_providers"][0]: {"old": "1"},
                made["certificates"][0]: tags,
                made["certificates"][1]: {},
                made["devices"][0]: tags,
            },
            self.listed(self.east),
        )
        pools = made["identity_pools"]["eu-central-1"]
        expected = {pools[0], made["pools"]["eu-central-1"][0], made["others"]["eu-central-1"][0]}
        self.assertEqual(expected, set(self.listed(self.europe)))
        for kind, name in (
            ("iam:policy", "policies"),
            ("iam:instance-profile", "instance_profiles"),
            ("iam:oidc-provider", "oidc_providers"),
            ("iam:saml-provider", "saml_providers"),
            ("iam:mfa", "devices"),
        ):
            self.assertEqual([made[name][0]], list(self.listed(self.east, ResourceTypeFilters=[kind])), kind)
        self.assertEqual(
            made["certificates"], list(self.listed(self.east, ResourceTypeFilters=["iam:server-certificate"]))
        )
        self.assertEqual(
            [pools[0]], list(self.listed(self.europe, ResourceTypeFilters=["cognito-identity:identitypool"]))
        )

    def test_an_index_that_lacks_some(self):
        self.emulator("PUT", "limits", {"tag_index": {"without": ["iam:policy"]}})
        self.assertEqual({}, self.listed(self.east, ResourceTypeFilters=["iam:policy"]))
        self.assertEqual(6, len(self.listed(self.east)))
        self.emulator("PUT", "limits", {"tag_index": {"lacks_percent": 100}})
        self.assertEqual([self.made["certificates"][1]], list(self.listed(self.east)))  # it only lags behind
        self.emulator("PUT", "limits", {"tag_index": None})
        self.seed(policies=[{"name": f"p{n}", "tags": {"a": "b"}} for n in range(400)])
        whole = len(self.listed_all())
        self.emulator("PUT", "limits", {"tag_index": {"lacks_percent": 5}})
        some = self.listed_all()
        self.assertTrue(0.9 * whole < len(some) < whole)
        self.assertEqual(some, self.listed_all())

    def listed_all(self):
        pages = self.east.get_paginator("get_resources").paginate(PaginationConfig={"PageSize": 100})
        return [row["ResourceARN"] for page in pages for row in page["ResourceTagMappingList"]]

    def test_writing(self):
        names = (
            "users",
            "roles",
            "policies",
            "instance_profiles",
            "oidc_providers",
            "saml_providers",
            "certificates",
        )
        arns = [self.made[name][0] for name in names] + self.made["devices"]
        answer = self.east.tag_resources(ResourceARNList=arns, Tags={"A": "2", "x": "y"})
        self.assertEqual({}, answer["FailedResourcesMap"])
        tags = self.state_tags()
        self.assertEqual(
            [{"A": "2", "x": "y"}] * 2, [tags[arn] for arn in arns[:2]]
        )  # their keys ignore case
        self.assertEqual({"a": "b", "A": "2", "x": "y"}, tags[arns[2]])
        self.assertEqual({"A": "2", "x": "y"}, tags[arns[3]])
        self.assertEqual({"A": "2", "x": "y"}, tag_dict(self.iam.list_role_tags(RoleName="r")["Tags"]))
        self.assertEqual(
            {}, self.east.untag_resources(ResourceARNList=arns, TagKeys=["A", "absent"])["FailedResourcesMap"]
        )
        tags = self.state_tags()
        self.assertEqual(({"x": "y"}, {"a": "b", "x": "y"}), (tags[arns[1]], tags[arns[2]]))
        europe = [self.made[name]["eu-central-1"][0] for name in ("pools", "identity_pools", "others")]
        self.europe.tag_resources(ResourceARNList=europe, Tags={"A": "2"})
        self.assertEqual([{"a": "b", "A": "2"}] * 3, [self.listed(self.europe)[arn] for arn in europe])

    def state_tags(self):
        state = self.emulator("GET", f"state?account={ACCOUNT}")
        return {
            entry["arn"]: entry["tags"]
            for entries in state.values()
            if isinstance(entries, list)
            for entry in entries
        }

    def test_failures(self):
        good, sso = self.made["policies"][0], self.made["roles"][1]
        gone, elsewhere = IAM + "policy/none", self.made["pools"]["eu-central-1"][0]
        answer = self.east.tag_resources(ResourceARNList=[good, sso, gone, elsewhere], Tags={"n": "1"})
        codes = {
            arn: (row["ErrorCode"], row["StatusCode"]) for arn, row in answer["FailedResourcesMap"].items()
        }
        self.assertEqual(
            {
                sso: ("UnmodifiableEntity", 400),
                gone: ("NoSuchEntity", 404),
                elsewhere: ("ResourceNotFoundException", 400),
            },
            codes,
        )
        self.assertEqual({"a": "b", "n": "1"}, self.state_tags()[good])
        bad = self.east.tag_resources(ResourceARNList=[good], Tags={"no!": ""})["FailedResourcesMap"]
        self.assertEqual("ValidationError", bad[good]["ErrorCode"])
        call = self.east.tag_resources
        many = [f"{IAM}policy/p{n}" for n in range(21)]
        self.refused("InvalidParameterException", 400, call, ResourceARNList=many, Tags={"a": "b"})
        self.refused("InvalidParameterException", 400, call, ResourceARNList=["arn:none"], Tags={"a": "b"})

    def test_ordered_failures(self):
        one, other = self.made["policies"][:2]
        self.fault(
            operation="tag:TagResources",
            kind="failed-arns",
            match="policy/never",
            error="AccessDenied",
            code=403,
        )
        answer = self.east.tag_resources(ResourceARNList=[one, other], Tags={"n": "1"})
        self.assertEqual(
            {other: ("AccessDenied", 403)},
            {a: (r["ErrorCode"], r["StatusCode"]) for a, r in answer["FailedResourcesMap"].items()},
        )
        self.assertEqual(({"a": "b", "n": "1"}, {}), (self.state_tags()[one], self.state_tags()[other]))
        self.fault(operation="tag:UntagResources", kind="failed-arns", apply=True)
        self.assertEqual(
            {one}, set(self.east.untag_resources(ResourceARNList=[one], TagKeys=["n"])["FailedResourcesMap"])
        )
        self.assertEqual({"a": "b"}, self.state_tags()[one])


class FamilyFaults(Case):
    def setUp(self):
        super().setUp()
        self.made = self.seed(**EVERYTHING)
        self.identity = self.client("cognito-identity", "eu-central-1")
        self.pool = self.made["identity_pools"]["eu-central-1"][0]

    def test_codes(self):
        pools = {"MaxResults": 1}
        for kind, iam, cognito in (
            ("deny", ("AccessDenied", 403), ("AccessDeniedException", 400)),
            ("throttle", ("Throttling", 400), ("TooManyRequestsException", 400)),
            ("gone", ("NoSuchEntity", 404), ("ResourceNotFoundException", 400)),
            ("status", ("ServiceFailure", 500), ("InternalErrorException", 500)),
        ):
            self.fault(kind=kind)
            self.refused(*iam, self.iam.list_policies)
            self.refused(*cognito, self.identity.list_identity_pools, **pools)

    def test_pages(self):
        self.fault(kind="empty-page")
        for operation, key, count in (
            ("list_roles", "Roles", 2),
            ("list_policies", "Policies", 3),
            ("list_instance_profiles", "InstanceProfiles", 2),
            ("list_server_certificates", "ServerCertificateMetadataList", 1),
        ):
            pages = self.iam.get_paginator(operation).paginate()
            self.assertEqual([0, count], [len(page[key]) for page in pages], operation)
        tags = self.iam.get_paginator("list_role_tags").paginate(RoleName="r")
        self.assertEqual([0, 1], [len(page["Tags"]) for page in tags])
        pages = self.identity.get_paginator("list_identity_pools").paginate(PaginationConfig={"PageSize": 60})
        self.assertEqual([0, 2], [len(page["IdentityPools"]) for page in pages])
        self.fault(kind="repeat-token")
        page = self.iam.list_roles(MaxItems=1)
        again = self.iam.list_roles(MaxItems=1, Marker=page["Marker"])
        self.assertEqual((page["Marker"], page["Roles"]), (again["Marker"], again["Roles"]))

    def test_stale_reads(self):
        arn = self.made["policies"][0]
        before = self.iam.list_policy_tags(PolicyArn=arn)["Tags"]
        pool = self.identity.list_tags_for_resource(ResourceArn=self.pool)["Tags"]
        self.iam.tag_policy(PolicyArn=arn, Tags=tag_list({"n": "1"}))
        self.identity.tag_resource(ResourceArn=self.pool, Tags={"n": "1"})
        self.fault(kind="stale")
        self.assertEqual(before, self.iam.list_policy_tags(PolicyArn=arn)["Tags"])
        self.assertEqual(pool, self.identity.list_tags_for_resource(ResourceArn=self.pool)["Tags"])

    def test_reads_without_tags(self):
        self.fault(kind="untagged")
        details = self.iam.get_account_authorization_details(Filter=["User", "Role"])
        self.assertEqual(
            [[]] * 2, [details[kind][0]["Tags"] for kind in ("UserDetailList", "RoleDetailList")]
        )
        self.assertEqual(2, len(details["RoleDetailList"]))
        self.assertEqual({}, self.identity.list_tags_for_resource(ResourceArn=self.pool)["Tags"])
        found = self.client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]
        self.assertEqual([[]] * 7, [row["Tags"] for row in found])
        self.fault(kind="untagged", error="a")
        self.assertEqual({}, self.identity.list_tags_for_resource(ResourceArn=self.pool)["Tags"])

    def test_a_rival_writes_first(self):
        arns = [self.made["policies"][0], self.made["roles"][0]]
        for operation, call, arguments in (
            ("iam:TagRole", self.iam.tag_role, {"RoleName": "r", "Tags": tag_list({"x": "y"})}),
            ("iam:TagPolicy", self.iam.tag_policy, {"PolicyArn": arns[0], "Tags": tag_list({"x": "y"})}),
            (
                "cognito-identity:TagResource",
                self.identity.tag_resource,
                {"ResourceArn": self.pool, "Tags": {"x": "y"}},
            ),
        ):
            self.fault(operation=operation, kind="delay", seconds=0, rival={"a": None, "his": "1"})
            call(**arguments)
        expected = {"his": "1", "x": "y"}
        self.assertEqual(expected, tag_dict(self.iam.list_role_tags(RoleName="r")["Tags"]))
        self.assertEqual(expected, tag_dict(self.iam.list_policy_tags(PolicyArn=arns[0])["Tags"]))
        self.assertEqual(expected, self.identity.list_tags_for_resource(ResourceArn=self.pool)["Tags"])
        self.fault(operation="tag:TagResources", kind="delay", seconds=0, rival={"x": None})
        self.client("resourcegroupstaggingapi").tag_resources(ResourceARNList=arns, Tags={"z": "1"})
        self.assertEqual({"his": "1", "z": "1"}, tag_dict(self.iam.list_role_tags(RoleName="r")["Tags"]))

    def test_state_of_another_account(self):
        state = self.emulator("GET", f"state?account={OTHER}")
        self.assertEqual(([], {}), (state["roles"], state["identity_pools"]))
        state = self.emulator("GET", f"state?account={ACCOUNT}")
        self.assertEqual(sorted(self.made["roles"]), [role["arn"] for role in state["roles"]])
        self.assertEqual({"eu-central-1"}, set(state["others"]))
        self.assertEqual(
            [(self.made["policies"][1], False), (self.made["policies"][0], True)],
            [(policy["arn"], policy["once_tagged"]) for policy in state["policies"]],
        )

    def test_another_partition(self):
        kinds = (
            "policies",
            "groups",
            "roles",
            "instance_profiles",
            "oidc_providers",
            "saml_providers",
            "certificates",
        )
        specs = {
            kind: [{"url": "token.example.com"} if kind == "oidc_providers" else {"name": "x"}]
            for kind in kinds
        }
        specs["certificates"].append({"name": "old", "gone": True})
        pools = {"cn-north-1": [{"name": "p", "tags": {"a": "b"}}]}
        made = self.seed(account=OTHER, partition="aws-cn", identity_pools=pools, **specs)
        arns = [arn for kind in kinds for arn in made[kind]] + made["identity_pools"]["cn-north-1"]
        self.assertEqual([], [arn for arn in arns if not arn.startswith("arn:aws-cn:")])
        china = self.client("resourcegroupstaggingapi", "cn-north-1", account=OTHER)
        found = [row["ResourceARN"] for row in china.get_resources()["ResourceTagMappingList"]]
        self.assertEqual(sorted([made["certificates"][1], *made["identity_pools"]["cn-north-1"]]), found)
        listed = self.client("iam", "cn-north-1", account=OTHER).list_roles()["Roles"]
        self.assertEqual(made["roles"], [role["Arn"] for role in listed])

    def test_seeding_is_quick_and_the_same(self):
        tags = {f"k{n}": "value" for n in range(5)}
        data = {
            "roles": [{"name": f"r{n}", "tags": tags} for n in range(400)],
            "policies": [{"name": f"x{n}", "tags": tags} for n in range(150)],
            "instance_profiles": [{"name": f"x{n}", "role": f"r{n}", "tags": tags} for n in range(80)],
            "identity_pools": {"us-east-1": [{"name": f"x{n}", "tags": tags} for n in range(60)]},
        }
        self.emulator("DELETE", "seed")
        began = time.monotonic()
        made = self.seed(**data)
        self.assertLess(time.monotonic() - began, 2)
        self.assertEqual(400, len(made["roles"]))
        self.emulator("DELETE", "seed")
        self.assertEqual(made, self.seed(**data))


if __name__ == "__main__":
    unittest.main()
