"""Checks one event of CloudTrail with taglint, and publishes findings to an SNS topic.

The function's zip has this file, the static program `taglint` and the policy `taglint.toml`; see docs/events.md.
"""

import json
import os
import subprocess

import boto3

ROOT = os.environ.get("LAMBDA_TASK_ROOT", os.path.dirname(os.path.abspath(__file__)))
# The longest subject that Amazon SNS takes.
SUBJECT = 100
# Less than the 256 KiB that Amazon SNS takes for a message.
MESSAGE = 200_000


def check(event):
    """The exit code of taglint on an event, its report as an object, and its messages."""
    command = [os.path.join(ROOT, "taglint"), "check", "--event", "-", "--no-config"]
    command += ["--policy", os.path.join(ROOT, "taglint.toml"), "--format", "json", "--show", "unknown"]
    run = subprocess.run(command, input=json.dumps(event).encode(), capture_output=True, timeout=60, check=False)
    messages = run.stderr.decode(errors="replace")
    # 2: the policy or the event is wrong. Others come from a signal.
    if run.returncode not in (0, 1, 3):
        raise RuntimeError(f"taglint: exit code {run.returncode}: {messages}")
    return run.returncode, json.loads(run.stdout), messages


def lines_of(report):
    """One line for each finding, and for each result that the event cannot tell."""
    def line(word, entry, text):
        of = entry["resource"]
        name = of.get("arn") or of.get("address") or of.get("name") or "?"
        return f"{word} {entry['rule']} {of['type']} {name}: {text}"

    found = [line(entry["severity"], entry, entry["message"]) for entry in report["findings"]]
    # Text of an event is quoted: it may hold line breaks.
    return [json.dumps(text, ensure_ascii=True)[1:-1] for text in found]


def handler(event, _context):
    """The entry point of the function."""
    code, report, messages = check(event)
    lines = lines_of(report)
    if messages:
        print(json.dumps({"messages": messages}))
    if lines:
        text = "\n".join(lines)[:MESSAGE]
        subject = f"taglint: {len(lines)} findings" if len(lines) > 1 else "taglint: 1 finding"
        boto3.client("sns").publish(TopicArn=os.environ["TOPIC_ARN"], Subject=subject[:SUBJECT], Message=text)
    return {"exit-code": code, "findings": len(lines), "unknown": report["summary"]["unknown"]}
