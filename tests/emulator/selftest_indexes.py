"""Tests of the emulator: Resource Explorer and Cloud Control."""

import datetime
import json
import unittest

from selftest_case import ACCOUNT, OTHER, Case, tag_dict

EVERYTHING = {
    "roles": [{"name": "r", "tags": {"a": "b"}}],
    "policies": [{"name": "p", "tags": {"a": "b"}}, {"name": "Aws", "aws": True}],
    "pools": {"eu-central-1": [{"name": "u", "tags": {"a": "b"}}]},
    "identity_pools": {"eu-central-1": [{"name": "p", "tags": {"a": "b"}}], "us-east-1": [{"name": "never"}]},
    "others": {
        "eu-central-1": [
            {
                "type": "sqs:queue",
                "name": "q",
                "arn": f"arn:aws:sqs:eu-central-1:{ACCOUNT}:q",
                "cfn_type": "AWS::SQS::Queue",
                "tags": {"a": "b"},
                "properties": {"DelaySeconds": 0},
            },
            {"type": "new:thing", "name": "t"},
        ]
    },
}


class Explorer(Case):
    def setUp(self):
        super().setUp()
        self.made = self.seed(**EVERYTHING)
        self.europe = self.explorer("eu-central-1")
        self.east = self.explorer("us-east-1")

    def explorer(self, region, **more):
        return self.client("resource-explorer-2", region, **more)

    def switch(self, **switches):
        self.emulator("PUT", "limits", {"explorer": switches})

    def arns(self, client, text="", **more):
        listed = client.list_resources(Filters={"FilterString": text}, **more)["Resources"]
        return [resource["Arn"] for resource in listed]

    def test_resources_of_a_region(self):
        made = self.made
        expected = [made[name]["eu-central-1"] for name in ("pools", "identity_pools", "others")]
        self.assertEqual(sorted(sum(expected, [])), self.arns(self.europe))
        self.assertEqual(
            sorted([made["roles"][0], made["policies"][0], *made["identity_pools"]["us-east-1"]]),
            self.arns(self.east),
        )
        answer = self.europe.list_resources()
        self.assertIn(":view/all-resources/", answer["ViewArn"])
        rows = {row["Arn"]: row for row in answer["Resources"]}
        queue = rows[made["others"]["eu-central-1"][0]]
        self.assertEqual(
            (ACCOUNT, "eu-central-1", "sqs:queue", "sqs", "AWS::SQS::Queue"),
            tuple(
                queue[k] for k in ("OwningAccountId", "Region", "ResourceType", "Service", "CfnResourceType")
            ),
        )
        self.assertEqual(["tags"], [p["Name"] for p in queue["Properties"]])
        self.assertEqual({"a": "b"}, tag_dict(queue["Properties"][0]["Data"]))
        self.assertNotIn("CfnResourceType", rows[made["others"]["eu-central-1"][1]])
        role = self.east.list_resources(Filters={"FilterString": "resourcetype:iam:role"})["Resources"][0]
        self.assertEqual(("global", []), (role["Region"], role["Properties"]))  # tags of IAM are not indexed

    def test_filters(self):
        for text, count in (
            ("service:sqs", 1),
            ("-service:sqs", 3),
            ("region:eu*", 4),
            ("region:us*", 0),
            ("resourcetype:cognito-idp:userpool", 1),
            ("tag:none", 1),
            ("tag:all", 3),
            ("tag:a=b service:cognito*", 2),
            ("-tag:a=b", 1),
        ):
            self.assertEqual(count, len(self.arns(self.europe, text)), text)
        self.refused("ValidationException", 400, self.arns, client=self.europe, text="free words")

    def test_pages(self):
        self.emulator("DELETE", "seed")
        many = [{"type": "sqs:queue", "name": f"q{n:04}"} for n in range(1200)]
        self.seed(others={"eu-central-1": many})
        pages = list(self.europe.get_paginator("list_resources").paginate(PaginationConfig={"PageSize": 500}))
        self.assertEqual([500, 500, 200], [len(page["Resources"]) for page in pages])
        page = self.europe.list_resources(MaxResults=1000)
        self.assertEqual((1000, False), (len(page["Resources"]), "NextToken" in page))
        self.assertTrue("NextToken" in self.europe.list_resources(MaxResults=999))
        found = self.europe.search(QueryString="", MaxResults=1000)
        self.assertEqual((1000, False), (len(found["Resources"]), found["Count"]["Complete"]))
        self.refused("ValidationException", 400, self.europe.list_resources, NextToken="nonsense")

    def test_indexes(self):
        indexes = {i["Region"]: i["Type"] for i in self.east.list_indexes()["Indexes"]}
        self.assertEqual(({"LOCAL"}, 5), (set(indexes.values()), len(indexes)))
        self.switch(regions=["eu-central-1", "us-east-1"], aggregator="us-east-1")
        self.assertEqual(2, len(self.east.list_indexes()["Indexes"]))
        aggregator = self.europe.list_indexes(Type="AGGREGATOR")["Indexes"]
        self.assertEqual(["us-east-1"], [index["Region"] for index in aggregator])
        index = self.east.get_index()
        self.assertEqual(
            ("AGGREGATOR", "ACTIVE", ["eu-central-1"]),
            tuple(index[k] for k in ("Type", "State", "ReplicatingFrom")),
        )
        self.assertEqual(["us-east-1"], self.europe.get_index()["ReplicatingTo"])
        west = self.explorer("us-west-2")
        self.refused("ResourceNotFoundException", 404, west.get_index)
        self.refused("ResourceNotFoundException", 404, west.get_default_view)
        self.refused("UnauthorizedException", 401, west.list_resources)
        self.assertEqual([], west.list_views()["Views"])
        self.assertEqual(
            set(self.arns(self.europe)), {a for a in self.arns(self.east) if ":eu-central-1:" in a}
        )
        self.assertEqual(7, len(self.arns(self.east)))

    def test_views(self):
        arn = self.europe.get_default_view()["ViewArn"]
        self.assertEqual([arn], self.europe.list_views()["Views"])
        view = self.europe.get_view(ViewArn=arn)["View"]
        self.assertEqual(
            ("", [{"Name": "tags"}]), (view["Filters"]["FilterString"], view["IncludedProperties"])
        )
        self.assertEqual(f"arn:aws:iam::{ACCOUNT}:root", view["Scope"])
        self.assertEqual(4, len(self.arns(self.europe, ViewArn=arn)))
        self.refused("UnauthorizedException", 401, self.europe.list_resources, ViewArn=arn + "0")
        self.switch(view_filter="service:sqs", view_tags=False)
        view = self.europe.get_view(ViewArn=arn)["View"]
        self.assertEqual(("service:sqs", []), (view["Filters"]["FilterString"], view["IncludedProperties"]))
        resources = self.europe.list_resources()["Resources"]
        self.assertEqual([(":q", [])], [(r["Arn"][-2:], r["Properties"]) for r in resources])
        self.refused("ValidationException", 400, self.arns, client=self.europe, text="tag:none")
        self.switch(no_default_view=["eu-central-1"])
        self.assertNotIn("ViewArn", self.europe.get_default_view())
        self.refused("UnauthorizedException", 401, self.europe.list_resources)

    def test_what_an_index_lacks(self):
        self.emulator("DELETE", "seed")
        self.seed(others={"eu-central-1": [{"type": "sqs:queue", "name": f"q{n}"} for n in range(900)]})
        self.switch(lacks_percent=5)
        some = self.arns(self.europe, MaxResults=1000)
        self.assertTrue(800 < len(some) < 900)
        self.assertEqual(some, self.arns(self.europe, MaxResults=1000))
        self.switch(partial={"eu-central-1": 50})
        self.assertEqual("CREATING", self.europe.get_index()["State"])
        self.assertTrue(300 < len(self.arns(self.europe, MaxResults=1000)) < 600)
        types = {row["ResourceType"] for row in self.europe.list_supported_resource_types()["ResourceTypes"]}
        self.assertTrue({"sqs:queue", "iam:role"} <= types)
        self.switch(without=["sqs:queue"])
        types = {row["ResourceType"] for row in self.europe.list_supported_resource_types()["ResourceTypes"]}
        self.assertNotIn("sqs:queue", types)
        self.assertEqual([], self.arns(self.europe))
        self.switch(reported_hours_ago=72)
        row = self.europe.list_resources()["Resources"][0]
        age = datetime.datetime.now(datetime.timezone.utc) - row["LastReportedAt"]
        self.assertEqual(72, round(age.total_seconds() / 3600))

    def test_an_organization(self):
        self.seed(organization={"accounts": [{"id": OTHER}]})
        self.seed(account=OTHER, others={"eu-west-1": [{"type": "sqs:queue", "name": "theirs"}]})
        self.switch(aggregator="us-east-1", organization=True)
        owners = {row["OwningAccountId"] for row in self.east.list_resources()["Resources"]}
        self.assertEqual({ACCOUNT, OTHER}, owners)
        view = self.east.get_view(ViewArn=self.east.get_default_view()["ViewArn"])["View"]
        self.assertIn(":organization/o-", view["Scope"])
        self.assertEqual(1, len(self.arns(self.east, f"accountid:{OTHER}")))
        self.switch(aggregator="us-east-1", organization=True, accounts={OTHER: {"regions": ["us-east-1"]}})
        self.assertEqual([], self.arns(self.east, f"accountid:{OTHER}"))
        self.assertEqual(1, len(self.explorer("us-east-1", account=OTHER).list_indexes()["Indexes"]))
        self.switch(aggregator="us-east-1")
        self.assertEqual([], self.arns(self.east, f"accountid:{OTHER}"))
        theirs = self.explorer("us-east-1", account=OTHER).list_resources()["Resources"]
        self.assertTrue(len(theirs) >= 1)

    def test_faults_and_counts(self):
        self.fault(operation="resource-explorer-2:ListResources", kind="throttle", times=1)
        self.refused("ThrottlingException", 429, self.europe.list_resources)
        self.fault(operation="resource-explorer-2:*", kind="deny")
        self.refused("AccessDeniedException", 403, self.europe.list_views)
        self.fault(kind="empty-page")
        pages = self.europe.get_paginator("list_resources").paginate(PaginationConfig={"PageSize": 100})
        self.assertEqual([0, 4], [len(page["Resources"]) for page in pages])
        self.fault(kind="untagged")
        self.assertEqual(4, len(self.europe.list_resources()["Resources"]))
        for resource in self.europe.list_resources()["Resources"]:
            self.assertEqual([[]] * len(resource["Properties"]), [p["Data"] for p in resource["Properties"]])
        self.assertEqual(5, self.emulator("GET", "calls")["calls"]["resource-explorer-2:ListResources"])


class CloudControl(Case):
    def setUp(self):
        super().setUp()
        self.made = self.seed(**EVERYTHING)
        self.control = self.client("cloudcontrol", "eu-central-1")

    def properties(self, kind, identifier):
        answer = self.control.get_resource(TypeName=kind, Identifier=identifier)
        self.assertEqual(
            (kind, identifier), (answer["TypeName"], answer["ResourceDescription"]["Identifier"])
        )
        return json.loads(answer["ResourceDescription"]["Properties"])

    def test_properties(self):
        tags = [{"Key": "a", "Value": "b"}]
        self.assertEqual({"DelaySeconds": 0, "Tags": tags}, self.properties("AWS::SQS::Queue", "q"))
        user_pool = self.made["pools"]["eu-central-1"][0].rsplit("/", 1)[1]
        self.assertEqual({"a": "b"}, self.properties("AWS::Cognito::UserPool", user_pool)["UserPoolTags"])
        pool = self.made["identity_pools"]["eu-central-1"][0].rsplit("/", 1)[1]
        self.assertEqual(tags, self.properties("AWS::Cognito::IdentityPool", pool)["IdentityPoolTags"])
        self.assertEqual(tags, self.properties("AWS::IAM::Role", "r")["Tags"])
        self.assertNotIn("Tags", self.properties("AWS::IAM::ManagedPolicy", self.made["policies"][0]))

    def test_refusals(self):
        call = self.control.get_resource
        queue = {"TypeName": "AWS::SQS::Queue", "Identifier": "q"}
        message = self.refused("ResourceNotFoundException", 400, call, **{**queue, "Identifier": "none"})
        self.assertIn("HandlerErrorCode: NotFound", message)
        self.refused("TypeNotFoundException", 400, call, TypeName="AWS::Not::There", Identifier="q")
        for switch, code in (
            ("unsupported", "UnsupportedActionException"),
            ("without", "TypeNotFoundException"),
            ("denied", "AccessDeniedException"),
        ):
            self.emulator("PUT", "limits", {"cloud_control": {switch: ["AWS::SQS::Queue"]}})
            self.refused(code, 400, call, **queue)
        self.emulator("PUT", "limits", {"cloud_control": None})
        self.fault(operation="cloudformation:GetResource", kind="throttle", times=1)
        self.refused("ThrottlingException", 400, call, **queue)
        self.fault(kind="untagged")
        self.assertEqual({"DelaySeconds": 0, "Tags": []}, self.properties("AWS::SQS::Queue", "q"))
        self.fault(kind="stale")
        call(**queue)
        self.assertEqual({"cloudformation:GetResource"}, set(self.emulator("GET", "calls")["calls"]))

    def test_bad_switches_are_refused(self):
        for bad in (
            {"explorer": {"vew_filter": ""}},
            {"explorer": {"accounts": {OTHER: {"x": 1}}}},
            {"tag_index": {"x": 1}},
            {"cloud_control": {"x": []}},
        ):
            with self.assertRaises(OSError) as caught:
                self.emulator("PUT", "limits", bad)
            caught.exception.close()


if __name__ == "__main__":
    unittest.main()
