"""Names of one type in several name spaces."""

import re

# Words that the provider `awscc` writes as one.
ONE_WORD = ("CloudFormation", "CloudFront", "CloudWatch", "FSx")


def normal(text):
    """Letters and digits alone, in lower case."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def split_cloudformation(name):
    """(`EC2`, `Instance`) of `AWS::EC2::Instance`"""
    _, namespace, resource = name.split("::", 2)
    return namespace, resource


def awscc(name):
    """The name in the Terraform provider `awscc`: `AWS::EC2::VPCEndpoint` is `awscc_ec2_vpc_endpoint`. The provider names
    its types so: the service in lower case, and an underscore where the case of the resource changes."""
    namespace, resource = split_cloudformation(name)
    return f"awscc_{namespace.lower()}_{snake(resource)}"


def snake(text):
    """`VPCEndpoint` as `vpc_endpoint`, `S3Bucket` as `s3_bucket`."""
    for word in ONE_WORD:
        text = text.replace(word, word.capitalize())
    text = re.sub(r"(?<=[A-Z])(?=[A-Z][a-z])", "_", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "_", text)
    return re.sub(r"(?<=[0-9])(?=[A-Za-z])", "_", text).lower()
