#!/usr/bin/env python3
"""Tests of the generator, without network and without the packages: `python3 tools/types/test_types.py`."""

import gzip
import io
import json
import pathlib
import sys
import tempfile
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
from vocabulary import c7n, cdk, cfn_lint, iam, terraform
from vocabulary.arn import pattern_of, tagging_name
from vocabulary.exceptions import Exceptions
from vocabulary.join import Sources, rows
from vocabulary.layout import LayoutError
from vocabulary.names import awscc
from vocabulary.packages import Archive
from vocabulary.schema import nested_sets, own_set

LIST = {"type": "array", "items": {"properties": {"Key": {}, "Value": {}}}}
PARTITION = "arn:${Partition}:"


class Files:
    """An archive in memory."""

    package = "package 1.0"

    def __init__(self, files):
        self._files = {name: data if isinstance(data, bytes) else json.dumps(data).encode() for name, data in files.items()}

    def read(self, name):
        if name not in self._files:
            raise LayoutError(self.package, f"the file {name}")
        return self._files[name]

    def below(self, folder, suffix):
        return sorted(name for name in self._files if name.startswith(folder) and name.endswith(suffix))


def cdk_archive(entities):
    document = {"schema": {"resource": {"entities": entities}}}
    return Files({cdk.MEMBER: gzip.compress(json.dumps(document).encode())})


def lint_archive(schemas):
    files = {cfn_lint.ROOT + "providers/us-east-1.json": {name: str(at) for at, name in enumerate(schemas)}}
    files.update({f"{cfn_lint.ROOT}resources/{at}.json": schema for at, schema in enumerate(schemas.values())})
    return Files(files)


def iam_archive(services):
    return Files({iam.MEMBER: {prefix: {"resources": resources} for prefix, resources in services.items()}})


def iam_resource(arn, keys=("aws:ResourceTag/${TagKey}",)):
    return {"arn": PARTITION + arn, "condition_keys": list(keys)}


def provider(resources):
    return {"provider_schemas": {terraform.PROVIDER: {"resource_schemas": {n: {"block": b} for n, b in resources.items()}}}}


class Readers(unittest.TestCase):
    """A source is read as it is laid out, and a layout that changed is an error that names the package."""

    def test_cdk(self):
        bucket = {
            "cloudFormationType": "AWS::S3::Bucket",
            "tagInformation": {"tagPropertyName": "Tags", "variant": "standard"},
            "arnTemplate": "arn:${Partition}:s3:::${BucketName}",
        }
        found = cdk.read(cdk_archive([bucket]), least=1)["AWS::S3::Bucket"]
        self.assertEqual((found.property, found.form, found.arn), ("Tags", "list", bucket["arnTemplate"]))
        self.refuses("at least 1500 CloudFormation types, found 1", lambda: cdk.read(cdk_archive([bucket])))
        self.refuses("schema.resource.entities", lambda: cdk.read(Files({cdk.MEMBER: gzip.compress(b"{}")})))
        self.refuses("cloudFormationType", lambda: cdk.read(cdk_archive([{"name": "Bucket"}])))
        new = {**bucket, "tagInformation": {"tagPropertyName": "Tags", "variant": "set"}}
        self.refuses("tagInformation.variant", lambda: cdk.read(cdk_archive([new])))
        self.refuses("the file " + cdk.MEMBER, lambda: cdk.read(Files({})))

    def test_cfn_lint(self):
        schema = {"properties": {"Tags": LIST}, "tagging": {"taggable": True}, "handlers": {"create": {}, "read": {}}}
        found = cfn_lint.read(lint_archive({"AWS::S3::Bucket": schema}), least=1)["AWS::S3::Bucket"]
        self.assertEqual((found.sets, found.stack_tags, found.provisioned), ((("Tags", "list"),), "yes", True))
        # The wheels before 1.52 had modules of Python there.
        old = Files({cfn_lint.ROOT + "providers/us_east_1.py": b"types = {}"})
        self.refuses("providers/REGION.json", lambda: cfn_lint.read(old))
        self.refuses("found 1", lambda: cfn_lint.read(lint_archive({"AWS::S3::Bucket": schema})))
        bad = Files({cfn_lint.ROOT + "providers/us-east-1.json": ["AWS::S3::Bucket"]})
        self.refuses("a map of type names to digests", lambda: cfn_lint.read(bad))

    def test_iam(self):
        topic = {"topic": iam_resource("sns:${Region}:${Account}:${TopicName}")}
        found = iam.read(iam_archive({"sns": topic, "sqs": topic, "s3": topic}), least=1)
        self.assertEqual((found[0].name, found[0].pattern, found[0].taggable), ("topic", "sns:*", True))
        self.refuses("at least 300 services", lambda: iam.read(iam_archive({"sns": topic})))
        no_arn = {"sns": {"topic": {"resource": "topic"}}}
        self.refuses("arn and condition_keys in sns:topic", lambda: iam.read(iam_archive(no_arn), least=1))

    def test_c7n(self):
        module = b"class Queue:\n    class resource_type(TypeInfo):\n        service = 'sqs'\n        arn_type = 'q'\n        cfn_type = config_type = 'AWS::SQS::Queue'\n"
        found = c7n.read(Files({c7n.FOLDER + "sqs.py": module}), least=1)["AWS::SQS::Queue"]
        self.assertEqual((found.service, found.arn_type), ("sqs", "q"))
        self.refuses("at least 150 classes", lambda: c7n.read(Files({c7n.FOLDER + "sqs.py": module})))

    def test_terraform(self):
        blocks = {"nesting_mode": "set", "block": {"attributes": {"key": {}, "value": {}}}}
        resources = {
            "aws_s3_bucket": {"attributes": {"tags": {}, "tags_all": {}}},
            "aws_autoscaling_group": {"block_types": {"tag": blocks}},
            "aws_s3_bucket_policy": {"attributes": {"policy": {}}},
        }
        tagged, untagged = terraform.read(provider(resources), "1.0", least=3)
        self.assertEqual(tagged, {"aws_s3_bucket": "tags", "aws_autoscaling_group": "tag"})
        self.assertEqual(untagged, ["aws_s3_bucket_policy"])
        self.refuses("hashicorp/aws 1.0: expected a map at", lambda: terraform.read({}, "1.0"))
        self.refuses("at least 1000 resource types", lambda: terraform.read(provider(resources), "1.0"))

    def test_archive_without_the_member(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "c7n-1-py3-none-any.whl"
            data = io.BytesIO()
            with zipfile.ZipFile(data, "w") as wheel:
                wheel.writestr("c7n/version.py", "")
            path.write_bytes(data.getvalue())
            self.refuses("c7n 1: expected the file x.json", lambda: Archive("c7n 1", path).read("x.json"))

    def refuses(self, words, read):
        with self.assertRaises(LayoutError) as caught:
            read()
        self.assertIn(words, str(caught.exception))


class Names(unittest.TestCase):
    """Names are made as AWS and the providers make them."""

    def test_arns(self):
        for template, pattern, tagging in [
            ("sns:${Region}:${Account}:${TopicName}", "sns:*", None),
            ("ecs:${Region}:${Account}:service/${Cluster}/${Service}", "ecs:service/*/*", "ecs:service"),
            ("logs:${Region}:${Account}:log-group:${Name}:*", "logs:log-group:*", "logs:log-group"),
            ("apigateway:${Region}::/restapis/${Id}/stages/${Name}", "apigateway:/restapis/*/stages/*", "apigateway:restapis/stages"),
            ("elasticloadbalancing:r:a:loadbalancer/app/${N}/${I}", "elasticloadbalancing:loadbalancer/app/*/*", "elasticloadbalancing:loadbalancer"),
            ("wafv2:r:a:${Scope}/webacl/${Name}/${Id}", "wafv2:*/webacl/*/*", "wafv2:webacl"),
            ("guardduty:r:a:detector/${D}/filter/${F}", "guardduty:detector/*/filter/*", "guardduty:detector/filter"),
        ]:
            self.assertEqual(pattern_of(PARTITION + template), pattern)
            self.assertEqual(tagging_name(pattern), tagging)
        for bad in ("arn:aws:s3", "bucket", PARTITION + "${Service}:::x", PARTITION + "s3:::"):
            self.assertIsNone(pattern_of(bad), bad)

    def test_awscc(self):
        for name, want in [
            ("AWS::EC2::VPCEndpoint", "awscc_ec2_vpc_endpoint"),
            ("AWS::EC2::EC2Fleet", "awscc_ec2_ec2_fleet"),
            ("AWS::ElasticLoadBalancingV2::LoadBalancer", "awscc_elasticloadbalancingv2_load_balancer"),
            ("AWS::IAM::OIDCProvider", "awscc_iam_oidc_provider"),
            ("AWS::CloudFront::CloudFrontOriginAccessIdentity", "awscc_cloudfront_cloudfront_origin_access_identity"),
        ]:
            self.assertEqual(awscc(name), want)

    def test_sets_of_tags(self):
        replica = {"type": "object", "properties": {"Tags": LIST, "Region": {"type": "string"}}}
        schema = {
            "properties": {"Replicas": {"type": "array", "items": {"$ref": "#/definitions/Replica"}}},
            "definitions": {"Replica": replica},
        }
        self.assertEqual(nested_sets(schema), [("Replicas[].Tags", "list")])
        self.assertEqual(own_set(schema), (False, None, "unknown"))
        own = {"properties": {"UserPoolTags": {"type": "object"}}, "tagging": {"tagProperty": "/properties/UserPoolTags"}}
        self.assertEqual(own_set(own), (True, ("UserPoolTags", "map"), "yes"))
        self.assertEqual(own_set({**own, "tagging": {"taggable": False}}), (True, None, "unknown"))
        specifications = {"type": "array", "items": {"properties": {"ResourceType": {}, "Tags": LIST}}}
        template = {"properties": {"TagSpecifications": specifications}, "tagging": {"taggable": False}}
        self.assertEqual(own_set(template), (True, ("TagSpecifications", "specifications"), "unknown"))

    def test_exceptions(self):
        facts = Exceptions("# a comment\nprefix\tEC2\tvpc\tTF\nprefix\tEC2\tebs\tTF\nprefix\tRDS\tdb\tTF\n")
        self.assertEqual(facts.all("prefix", "EC2"), ["vpc", "ebs"])
        self.assertEqual(facts.unused(), ["prefix RDS"])
        with self.assertRaisesRegex(ValueError, "exceptions.tsv:1: "):
            Exceptions("prefix\tEC2\tvpc\n")


class Join(unittest.TestCase):
    """The names of one type come together in one row."""

    def test_rows(self):
        taggable = cdk.CdkType("Tags", "list", "arn:${Partition}:s3:::${BucketName}")
        db = cdk.CdkType("Tags", "list", "arn:${Partition}:rds:r:a:db:${Name}")
        sources = Sources(
            cdk={"AWS::S3::Bucket": taggable, "AWS::RDS::DBInstance": db, "AWS::Neptune::DBInstance": db,
                 "AWS::S3::BucketPolicy": cdk.CdkType(None, None, None)},
            cfn_lint={},
            iam=[iam.IamResource("bucket", "s3:*", True), iam.IamResource("snapshot", "rds:snapshot:*", True)],
            terraform={"aws_s3_bucket": "tags", "aws_db_instance": "tags", "aws_db_snapshot": "tags"},
            terraform_untagged=["aws_s3_bucket_policy"],
            exceptions=Exceptions(
                "prefix\tRDS\tdb\tTF\nprimary\trds:db\tAWS::RDS::DBInstance\tSAR\nterraform\taws_db_instance\tAWS::RDS::DBInstance\tTF\n"
                "terraform\taws_db_snapshot\trds:snapshot\tTF\n"
            ),
        )
        table, untagged = rows(sources)
        found = ["\t".join(row.cells()) for row in table]
        self.assertEqual(
            found,
            [
                "rds:db\tAWS::RDS::DBInstance\taws_db_instance\t-\ttags\tTags=list\tunknown\trds:db:*\tcdk,ours,terraform",
                "rds:db+\tAWS::Neptune::DBInstance\t-\t-\t-\tTags=list\tunknown\t-\tcdk",
                "rds:snapshot\t-\taws_db_snapshot\t-\ttags\t-\t-\trds:snapshot:*\tiam,ours,terraform",
                "s3:bucket\tAWS::S3::Bucket\taws_s3_bucket\t-\ttags\tTags=list\tunknown\ts3:*\tcdk,terraform",
            ],
        )
        self.assertEqual(untagged, ["AWS::S3::BucketPolicy", "aws_s3_bucket_policy"])


if __name__ == "__main__":
    unittest.main()
