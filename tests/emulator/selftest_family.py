"""Tests of the emulator: the IAM family beside users and MFA devices, and identity pools."""

import unittest

from selftest_case import ACCOUNT, Case, tag_dict, tag_list

TRUST = '{"Version":"2012-10-17","Statement":[]}'
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}'
IAM = f"arn:aws:iam::{ACCOUNT}:"
SSO = "/aws-reserved/sso.amazonaws.com/eu-central-1/"


class Roles(Case):
    def role(self, name="r", **more):
        return self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, **more)["Role"]

    def tags(self, name="r"):
        return tag_dict(self.iam.list_role_tags(RoleName=name)["Tags"])

    def test_only_reads_of_one_role_have_tags(self):
        made = self.role(Path="/ops/", Tags=tag_list({"Owner": "a"}), Description="d")
        self.assertEqual([{"Key": "Owner", "Value": "a"}], made["Tags"])
        self.assertEqual(IAM + "role/ops/r", made["Arn"])
        listed = self.iam.list_roles()["Roles"]
        self.assertFalse({"Tags", "PermissionsBoundary", "RoleLastUsed"} & set(listed[0]))
        self.assertEqual((made["RoleId"], "d"), (listed[0]["RoleId"], listed[0]["Description"]))
        self.assertEqual({"Statement": [], "Version": "2012-10-17"}, listed[0]["AssumeRolePolicyDocument"])
        self.assertEqual([], self.iam.list_roles(PathPrefix="/dev/")["Roles"])
        self.assertEqual(made["Tags"], self.iam.get_role(RoleName="r")["Role"]["Tags"])
        self.iam.untag_role(RoleName="r", TagKeys=["owner"])
        self.assertNotIn("Tags", self.iam.get_role(RoleName="r")["Role"])

    def test_details_of_users_and_roles(self):
        self.seed(
            users=[{"name": f"u{n}", "tags": {"n": str(n)}} for n in range(3)],
            roles=[{"name": f"r{n}", "path": "/x/", "tags": {"n": str(n)}} for n in range(3)],
            policies=[{"name": "p", "tags": {"n": "p"}}],
            instance_profiles=[{"name": "i", "role": "r1", "tags": {"n": "i"}}],
        )
        pages = list(
            self.iam.get_paginator("get_account_authorization_details").paginate(
                Filter=["Role", "User"], PaginationConfig={"PageSize": 2}
            )
        )
        found = [[len(page[kind]) for kind in ("UserDetailList", "RoleDetailList")] for page in pages]
        self.assertEqual([[2, 0], [1, 1], [0, 2]], found)
        self.assertEqual([], [policy for page in pages for policy in page["Policies"]])
        roles = [role for page in pages for role in page["RoleDetailList"]]
        self.assertEqual([{"n": "0"}, {"n": "1"}, {"n": "2"}], [tag_dict(role["Tags"]) for role in roles])
        self.assertEqual(
            (IAM + "role/x/r0", "/x/", "2024-01-15"),
            (roles[0]["Arn"], roles[0]["Path"], str(roles[0]["CreateDate"].date())),
        )
        self.assertEqual(["i"], [p["InstanceProfileName"] for p in roles[1]["InstanceProfileList"]])
        self.assertNotIn("Tags", roles[1]["InstanceProfileList"][0])
        local = self.iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])["Policies"]
        self.assertEqual(["p"], [policy["PolicyName"] for policy in local])
        self.assertNotIn("Tags", local[0])

    def test_keys_ignore_case_and_keep_it(self):
        self.role(Tags=tag_list({"Department": "finance", "b": "1"}))
        self.iam.tag_role(RoleName="r", Tags=tag_list({"department": "hr"}))
        self.assertEqual({"department": "hr", "b": "1"}, self.tags())
        self.iam.untag_role(RoleName="r", TagKeys=["DEPARTMENT", "absent"])
        self.assertEqual({"b": "1"}, self.tags())
        twice = tag_list({"Env": "1", "env": "2"})
        self.assertIn(
            "case insensitive", self.refused("InvalidInput", 400, self.iam.tag_role, RoleName="r", Tags=twice)
        )

    def test_rules_of_tags(self):
        self.role(Tags=tag_list({f"k{n}": "" for n in range(50)}))
        self.refused("LimitExceeded", 409, self.iam.tag_role, RoleName="r", Tags=tag_list({"x": ""}))
        self.iam.tag_role(RoleName="r", Tags=tag_list({"K7": "new"}))
        for tags in ({"a!": ""}, {"k" * 129: ""}, {"a": "v" * 257}, {"a": "b,c"}):
            self.refused("ValidationError", 400, self.iam.tag_role, RoleName="r", Tags=tag_list(tags))
        self.refused("InvalidInput", 400, self.iam.tag_role, RoleName="r", Tags=tag_list({"AWS:a": ""}))
        message = self.refused("NoSuchEntity", 404, self.iam.list_role_tags, RoleName="none")
        self.assertEqual("The role with name none cannot be found.", message)
        self.refused(
            "EntityAlreadyExists", 409, self.iam.create_role, RoleName="R", AssumeRolePolicyDocument=TRUST
        )

    def test_paging(self):
        self.seed(roles=[{"name": f"r{n:02}", "tags": {"a": "", "b": "", "c": ""}} for n in range(25)])
        pages = list(self.iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 10}))
        self.assertEqual([10, 10, 5], [len(page["Roles"]) for page in pages])
        tags = self.iam.get_paginator("list_role_tags").paginate(
            RoleName="r01", PaginationConfig={"PageSize": 2}
        )
        self.assertEqual([2, 1], [len(page["Tags"]) for page in tags])

    def test_roles_of_aws(self):
        made = self.iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")["Role"]
        self.assertEqual("/aws-service-role/autoscaling.amazonaws.com/", made["Path"])
        self.refused(
            "InvalidInput",
            400,
            self.iam.create_service_linked_role,
            AWSServiceName="autoscaling.amazonaws.com",
        )
        name = made["RoleName"]
        self.iam.tag_role(RoleName=name, Tags=tag_list({"a": "b"}))
        self.assertEqual({"a": "b"}, self.tags(name))
        self.refused("UnmodifiableEntity", 400, self.iam.delete_role, RoleName=name)
        reserved = "AWSReservedSSO_Admin_0123456789abcdef"
        self.seed(
            roles=[
                {"name": reserved, "path": SSO, "tags": {"x": "y"}},
                {"name": "AWSServiceRoleForSupport", "service": "support.amazonaws.com"},
                {"name": "made", "template": "arn:aws:iam::aws:role-template/t"},
            ]
        )
        listed = {role["RoleName"]: role for role in self.iam.list_roles()["Roles"]}
        self.assertEqual({name, reserved, "AWSServiceRoleForSupport", "made"}, set(listed))
        self.assertEqual(
            IAM + "role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport",
            listed["AWSServiceRoleForSupport"]["Arn"],
        )
        self.assertEqual(
            "arn:aws:iam::aws:role-template/t", listed["made"]["SourceRoleTemplate"]["TemplateArn"]
        )
        self.assertEqual({"x": "y"}, self.tags(reserved))
        for call, more in (
            (self.iam.tag_role, {"Tags": tag_list({"a": "b"})}),
            (self.iam.untag_role, {"TagKeys": ["x"]}),
        ):
            message = self.refused("UnmodifiableEntity", 400, call, RoleName=reserved, **more)
            self.assertIn("only modifiable by AWS", message)


class Family(Case):
    """The types whose tag keys are case-sensitive, all by the same tests."""

    def kinds(self):
        """Name, the parameter that selects one, its value, Create with tags, and the operations' suffix."""
        iam = self.iam
        saml, oidc = IAM + "saml-provider/s", IAM + "oidc-provider/token.example.com"
        return (
            (
                "PolicyArn",
                IAM + "policy/x/p",
                "policy",
                lambda t: iam.create_policy(PolicyName="p", Path="/x/", PolicyDocument=DOCUMENT, Tags=t)[
                    "Policy"
                ],
            ),
            (
                "InstanceProfileName",
                "i",
                "instance_profile",
                lambda t: iam.create_instance_profile(InstanceProfileName="i", Path="/x/", Tags=t)[
                    "InstanceProfile"
                ],
            ),
            (
                "OpenIDConnectProviderArn",
                oidc,
                "open_id_connect_provider",
                lambda t: iam.create_open_id_connect_provider(
                    Url="https://token.example.com", ThumbprintList=["0" * 40], ClientIDList=["c"], Tags=t
                ),
            ),
            (
                "SAMLProviderArn",
                saml,
                "saml_provider",
                lambda t: iam.create_saml_provider(Name="s", SAMLMetadataDocument="x" * 1000, Tags=t),
            ),
            (
                "ServerCertificateName",
                "c",
                "server_certificate",
                lambda t: iam.upload_server_certificate(
                    ServerCertificateName="c", Path="/x/", CertificateBody="b", PrivateKey="k", Tags=t
                ),
            ),
        )

    def test_tags(self):
        for parameter, value, suffix, create in self.kinds():
            with self.subTest(suffix):
                one = {parameter: value}
                tag, untag = (getattr(self.iam, f"{verb}_{suffix}") for verb in ("tag", "untag"))
                read = getattr(self.iam, f"list_{suffix}_tags")
                self.refused("NoSuchEntity", 404, read, **one)
                self.assertEqual([{"Key": "Env", "Value": "1"}], create(tag_list({"Env": "1"}))["Tags"])
                self.refused("EntityAlreadyExists", 409, create, t=[])
                tag(**one, Tags=tag_list({"env": "2", "Env": "3"}))
                self.assertEqual({"Env": "3", "env": "2"}, tag_dict(read(**one)["Tags"]))
                untag(**one, TagKeys=["ENV", "env"])
                self.assertEqual({"Env": "3"}, tag_dict(read(**one)["Tags"]))
                tag(**one, Tags=tag_list({f"k{n}": "" for n in range(49)}))
                self.refused("LimitExceeded", 409, tag, **one, Tags=tag_list({"more": ""}))
                self.refused("ValidationError", 400, tag, **one, Tags=tag_list({"a": "!"}))
                self.refused("InvalidInput", 400, tag, **one, Tags=tag_list({"aws:a": ""}))
                twice = [{"Key": "a", "Value": ""}] * 2
                message = self.refused("InvalidInput", 400, tag, **one, Tags=twice)
                self.assertEqual("Duplicate tag keys found.", message)
                first = read(**one, MaxItems=30)
                rest = read(**one, MaxItems=30, Marker=first["Marker"])
                self.assertEqual((30, True, 20, False), (*sizes(first), *sizes(rest)))
                found = getattr(self.iam, f"get_{suffix}")(**one)
                found = (
                    found.get("Policy")
                    or found.get("InstanceProfile")
                    or found.get("ServerCertificate")
                    or found
                )
                self.assertEqual(50, len(found["Tags"]))
                getattr(self.iam, f"delete_{suffix}")(**one)
                self.refused("NoSuchEntity", 404, read, **one)
                self.assertNotIn("Tags", create([]))
                self.assertEqual([], read(**one)["Tags"])

    def test_listings_have_no_tags(self):
        tags = {"a": "b"}
        self.seed(
            policies=[{"name": f"p{n}", "path": "/x/", "tags": tags} for n in range(3)]
            + [{"name": "Aws", "aws": True}],
            roles=[{"name": "r", "tags": tags}],
            instance_profiles=[{"name": f"i{n}", "path": "/x/", "tags": tags, "role": "r"} for n in range(3)],
            certificates=[{"name": f"c{n}", "path": "/x/", "tags": tags} for n in range(3)],
            oidc_providers=[{"url": "token.example.com/a", "tags": tags}, {"url": "other.example.com"}],
            saml_providers=[{"name": "s", "tags": tags}],
        )
        for operation, key in (
            ("list_policies", "Policies"),
            ("list_instance_profiles", "InstanceProfiles"),
            ("list_server_certificates", "ServerCertificateMetadataList"),
        ):
            arguments = {"PathPrefix": "/x/", "PaginationConfig": {"PageSize": 2}}
            pages = list(self.iam.get_paginator(operation).paginate(**arguments))
            self.assertEqual([2, 1], [len(page[key]) for page in pages])
            self.assertNotIn("Tags", pages[0][key][0])
            self.assertEqual([], getattr(self.iam, operation)(PathPrefix="/y/")[key])
        profile = self.iam.list_instance_profiles()["InstanceProfiles"][0]
        self.assertEqual(("r", False), (profile["Roles"][0]["RoleName"], "Tags" in profile["Roles"][0]))
        certificate = self.iam.list_server_certificates()["ServerCertificateMetadataList"][0]
        self.assertEqual(
            (IAM + "server-certificate/x/c0", "c0", "/x/", "2024-01-15"),
            (
                certificate["Arn"],
                certificate["ServerCertificateName"],
                certificate["Path"],
                str(certificate["UploadDate"].date()),
            ),
        )
        oidc = self.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        arns = [IAM + "oidc-provider/other.example.com", IAM + "oidc-provider/token.example.com/a"]
        self.assertEqual([{"Arn": arn} for arn in arns], oidc)
        saml = self.iam.list_saml_providers()["SAMLProviderList"]
        self.assertEqual([IAM + "saml-provider/s"], [provider["Arn"] for provider in saml])

    def test_scopes_of_policies(self):
        self.seed(policies=[{"name": "mine"}, {"name": "ReadOnlyAccess", "aws": True}])
        names = {
            scope: [policy["PolicyName"] for policy in self.iam.list_policies(Scope=scope)["Policies"]]
            for scope in ("Local", "AWS", "All")
        }
        self.assertEqual(
            {"Local": ["mine"], "AWS": ["ReadOnlyAccess"], "All": ["mine", "ReadOnlyAccess"]},
            {scope: sorted(found, key=str.lower) for scope, found in names.items()},
        )
        aws = "arn:aws:iam::aws:policy/ReadOnlyAccess"
        self.refused("InvalidInput", 400, self.iam.tag_policy, PolicyArn=aws, Tags=tag_list({"a": "b"}))
        local = self.iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])["Policies"]
        self.assertEqual(["mine"], [policy["PolicyName"] for policy in local])
        role = {"RoleName": "r", "PolicyArn": IAM + "policy/mine"}
        self.iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
        self.assertEqual([], self.iam.list_policies(OnlyAttached=True)["Policies"])
        self.iam.attach_role_policy(**role)
        self.assertEqual(1, len(self.iam.list_policies(OnlyAttached=True)["Policies"]))
        self.refused("DeleteConflict", 409, self.iam.delete_policy, PolicyArn=role["PolicyArn"])

    def test_summary(self):
        self.seed(
            policies=[{"name": "p"}, {"name": "Aws", "aws": True}],
            roles=[
                {"name": "r"},
                {"name": "s", "service": "support.amazonaws.com"},
                {"name": "t", "path": SSO},
            ],
            instance_profiles=[{"name": "i"}],
            oidc_providers=[{"url": "token.example.com"}],
            saml_providers=[{"name": "s"}],
            certificates=[{"name": "c"}],
        )
        summary = self.iam.get_account_summary()["SummaryMap"]
        keys = ("Roles", "Policies", "InstanceProfiles", "Providers", "ServerCertificates")
        self.assertEqual((3, 1, 1, 2, 1), tuple(summary[key] for key in keys))


class IdentityPools(Case):
    def setUp(self):
        super().setUp()
        self.identity = self.client("cognito-identity", "eu-central-1")

    def pool(self, **more):
        return self.identity.create_identity_pool(
            IdentityPoolName="p", AllowUnauthenticatedIdentities=False, **more
        )

    def arn(self, pool):
        return f"arn:aws:cognito-identity:eu-central-1:{ACCOUNT}:identitypool/{pool['IdentityPoolId']}"

    def test_tags(self):
        pool = self.pool(IdentityPoolTags={"Env": "1"})
        self.assertEqual({"Env": "1"}, pool["IdentityPoolTags"])
        self.assertRegex(pool["IdentityPoolId"], r"^eu-central-1:[0-9a-f-]{36}$")
        arn = self.arn(pool)
        self.identity.tag_resource(ResourceArn=arn, Tags={"env": "2", "Env": "3", "free!": "é,"})
        self.identity.untag_resource(ResourceArn=arn, TagKeys=["ENV", "env"])
        expected = {"Env": "3", "free!": "é,"}
        self.assertEqual(expected, self.identity.list_tags_for_resource(ResourceArn=arn)["Tags"])
        described = self.identity.describe_identity_pool(IdentityPoolId=pool["IdentityPoolId"])
        self.assertEqual(expected, described["IdentityPoolTags"])
        self.identity.tag_resource(ResourceArn=arn, Tags={f"k{n}": "" for n in range(48)})
        for tags in ({"one more": ""}, {"aws:x": ""}):
            self.refused(
                "InvalidParameterException", 400, self.identity.tag_resource, ResourceArn=arn, Tags=tags
            )
        self.assertEqual({}, self.identity.list_tags_for_resource(ResourceArn=self.arn(self.pool()))["Tags"])

    def test_listing(self):
        self.seed(
            identity_pools={
                "eu-central-1": [{"name": f"p{n}", "tags": {"a": "b"}} for n in range(130)],
                "us-west-2": [{"name": "w"}],
            }
        )
        pages = list(
            self.identity.get_paginator("list_identity_pools").paginate(PaginationConfig={"PageSize": 60})
        )
        self.assertEqual([60, 60, 10], [len(page["IdentityPools"]) for page in pages])
        self.assertEqual({"IdentityPoolId", "IdentityPoolName"}, set(pages[0]["IdentityPools"][0]))
        self.assertNotIn("NextToken", pages[2])
        west = self.client("cognito-identity", "us-west-2").list_identity_pools(MaxResults=1)
        self.assertEqual("w", west["IdentityPools"][0]["IdentityPoolName"])
        call = self.identity.list_identity_pools
        self.refused("InvalidParameterException", 400, call, MaxResults=61)
        self.refused("InvalidParameterException", 400, call, MaxResults=5, NextToken="nonsense")

    def test_unknown(self):
        pool = {"IdentityPoolId": "eu-central-1:00000000-0000-4000-8000-000000000000"}
        for call, more in (
            (self.identity.list_tags_for_resource, {}),
            (self.identity.tag_resource, {"Tags": {"a": "b"}}),
            (self.identity.untag_resource, {"TagKeys": ["a"]}),
        ):
            self.refused("ResourceNotFoundException", 400, call, ResourceArn=self.arn(pool), **more)
            self.refused("InvalidParameterException", 400, call, ResourceArn="arn:aws:s3:::a-bucket", **more)
        self.refused("ResourceNotFoundException", 400, self.identity.describe_identity_pool, **pool)
        self.refused("ResourceNotFoundException", 400, self.identity.delete_identity_pool, **pool)


def sizes(page):
    return len(page["Tags"]), page["IsTruncated"]


if __name__ == "__main__":
    unittest.main()
