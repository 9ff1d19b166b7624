"""Reads a report with someone else's reader. Arguments: the format and the file. Prints JSON about what it has read."""

import json
import os
import sys


def ocsf(path):
    from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

    events = [ComplianceFinding(**json.loads(line)) for line in open(path, encoding="utf-8")]
    assert all(event.type_uid == event.class_uid * 100 + event.activity_id for event in events)
    verdicts = {}
    for event in events:
        name = event.compliance.status_id.name
        verdicts[name] = verdicts.get(name, 0) + 1
    return verdicts


def asff(path):
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    shape = get_session().get_service_model("securityhub").operation_model("BatchImportFindings").input_shape
    statuses = shape.members["Findings"].member.members["Compliance"].members["Status"].enum
    findings = 0
    for line in open(path, encoding="utf-8"):
        request = json.loads(line)
        report = ParamValidator().validate(request, shape)
        assert not report.has_errors(), report.generate_report()
        assert len(request["Findings"]) <= 100 and len(line.encode()) <= 240_000
        assert len({(one["AwsAccountId"], one["ProductArn"]) for one in request["Findings"]}) == 1
        for one in request["Findings"]:
            # The model says that a text has a visible character; the validator does not look at patterns.
            assert one["Title"].strip() and one["Description"].strip() and one["Resources"][0]["Id"].strip()
            assert one["Compliance"]["Status"] in statuses
        findings += len(request["Findings"])
    return {"findings": findings}


def openmetrics(path):
    from prometheus_client import parser as prometheus
    from prometheus_client.openmetrics import parser

    text = open(path, encoding="utf-8", newline="").read()
    readings = [
        {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in read(text)
            for sample in family.samples
        }
        for read in (parser.text_string_to_metric_families, prometheus.text_string_to_metric_families)
    ]
    assert readings[0] == readings[1], "the two formats are read differently"
    named = lambda name, **labels: sum(
        value
        for (have, pairs), value in readings[0].items()
        if have == name and set(labels.items()) <= set(pairs)
    )
    return {
        "series": len(readings[0]),
        "fail": named("taglint_resources", verdict="fail"),
        "errors": named("taglint_findings", severity="error"),
        "complete": named("taglint_complete"),
        "names": sorted({dict(pairs)["account_name"] for (name, pairs) in readings[0] if name == "taglint_resources"}),
    }


def xlsx(path):
    import openpyxl

    book = openpyxl.load_workbook(path)
    for sheet in book:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" and cell.hyperlink is None for cell in row), sheet.title
    return {sheet.title: sheet.max_row for sheet in book}


def slack(path):
    from slack_sdk.models.blocks import Block

    text = open(path, encoding="utf-8").read()
    post = json.loads(text)
    assert set(post) == {"text", "blocks", "unfurl_links", "unfurl_media"} and len(post["blocks"]) <= 50
    shown = [post["text"]]
    for given in post["blocks"]:
        block = Block.parse(given)
        block.validate_json()
        assert json.loads(json.dumps(block.to_dict())) == given, f"another block was read: {given}"
        for one in [given["text"]] if "text" in given else given["elements"]:
            assert 0 < len(one["text"].encode("utf-16-le")) // 2 <= (150 if given["type"] == "header" else 3000)
            # Markup has no data but the address of the report.
            assert one["type"] == "plain_text" or one["text"].startswith((":warning: *", "*", "<https://"))
            assert one["type"] == "mrkdwn" or not set("<>") & set(one["text"]), one
            shown.append(one["text"])
    return {"text": "\n".join(shown)}


def teams(path):
    import subprocess
    import tempfile

    text = open(path, encoding="utf-8").read()
    assert len(text.encode()) <= 28 * 1024
    post = json.loads(text)
    assert set(post) == {"type", "attachments"} and post["type"] == "message" and len(post["attachments"]) == 1
    attachment = post["attachments"][0]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive" and attachment["contentUrl"] is None
    with tempfile.TemporaryDirectory() as folder:
        card = os.path.join(folder, "card.json")
        json.dump(attachment["content"], open(card, "w", encoding="utf-8"))
        reader = os.path.join(MESSAGES, "adaptivecards.js")
        args = ["node", os.path.join(ROOT, "tests", "messages", "card.mjs"), reader, card]
        run = subprocess.run(args, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stdout + run.stderr
    read = json.loads(run.stdout)
    assert len(read["texts"]) == read["count"], "an element was dropped"
    assert all(kind == "RichTextBlock" and "{{" not in text for kind, text in read["texts"]), read
    return {"text": "\n".join(text for _, text in read["texts"] ), "links": read["actions"]}


def sns(path):
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    text = open(path, encoding="utf-8").read()
    request = json.loads(text)
    shape = get_session().get_service_model("sns").operation_model("Publish").input_shape
    report = ParamValidator().validate({"TopicArn": "arn:aws:sns:eu-west-1:123456789012:tags", **request}, shape)
    assert not report.has_errors(), report.generate_report()
    subject = request["Subject"]
    assert 0 < len(subject) <= 100 and subject.isascii() and subject.isprintable() and subject[0].isalnum(), subject
    attributes = {name: one["StringValue"] for name, one in request["MessageAttributes"].items()}
    assert len(attributes) <= 10 and all(attributes.values())
    assert all(float(one["StringValue"]) >= 0 for one in request["MessageAttributes"].values() if one["DataType"] == "Number")
    assert len(request["Message"].encode()) + len(json.dumps(attributes)) <= 262144
    return {"text": subject + "\n" + request["Message"], "attributes": attributes}


def jira(path):
    import jsonschema

    request = json.load(open(path, encoding="utf-8"))
    assert set(request) == {"fields"}
    fields = request["fields"]
    schema = json.load(open(os.path.join(MESSAGES, "full.json"), encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(fields["description"])
    assert len(json.dumps(fields["description"], ensure_ascii=False)) <= 32767
    summary = fields["summary"]
    assert 0 < len(summary.encode("utf-16-le")) // 2 <= 255 and summary.isprintable(), summary
    assert all(label and not label.split() != [label] for label in fields["labels"])
    texts, marks = [], []

    def walk(node):
        texts.append(node.get("text", ""))
        marks.extend(mark["attrs"]["href"] for mark in node.get("marks", []))
        for child in node.get("content", []):
            walk(child)

    walk(fields["description"])
    return {"text": summary + "\n" + "\n".join(texts), "links": marks, "fields": sorted(fields)}


ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MESSAGES = os.path.join(ROOT, "target", "messages")
READERS = {
    "ocsf": ocsf,
    "asff": asff,
    "openmetrics": openmetrics,
    "xlsx": xlsx,
    "slack": slack,
    "teams": teams,
    "sns": sns,
    "jira": jira,
}
MODULES = {
    "ocsf": "py_ocsf_models",
    "asff": "botocore",
    "openmetrics": "prometheus_client",
    "xlsx": "openpyxl",
    "slack": "slack_sdk",
    "teams": "json",
    "sns": "botocore",
    "jira": "jsonschema",
}

if len(sys.argv) == 2:
    __import__(MODULES[sys.argv[1]])
    if sys.argv[1] in ("teams", "jira"):
        open(os.path.join(MESSAGES, "installed")).close()
else:
    print(json.dumps(READERS[sys.argv[1]](sys.argv[2])))
