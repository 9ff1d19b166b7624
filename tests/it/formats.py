"""Reads a report with someone else's reader. Arguments: the format and the file. Prints JSON about what it has read."""

import json
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


READERS = {"ocsf": ocsf, "asff": asff, "openmetrics": openmetrics, "xlsx": xlsx}

if len(sys.argv) == 2:
    modules = {"ocsf": "py_ocsf_models", "asff": "botocore", "openmetrics": "prometheus_client", "xlsx": "openpyxl"}
    __import__(modules[sys.argv[1]])
else:
    print(json.dumps(READERS[sys.argv[1]](sys.argv[2])))
