#!/usr/bin/env python3
"""Writes the words that a redacted report may keep in its sentences: those of taglint's own messages.

Run it in the root of the repository after messages have changed. A word that the list lacks is hashed, so an old list makes
a report harder to read and reveals nothing.
"""

import glob
import re

OUT = "src/engine/redact/words.txt"
# Words of the answers of AWS that explain a denied or throttled call.
AWS = """accessdenied accessdeniedexception action allows authorized because boundary deny denied error exception expiredtoken
expiredtokenexception explicit exceeded identity-based internalerror internalfailure invalidclienttokenid is it no
nosuchentity not occurred on operation perform permissions policy rate request requestlimitexceeded resource
resource-based service serviceunavailable session throttling throttlingexception to token unauthorizedoperation
unavailable user validationerror when with""".split()
# Words of examples in help texts, and the name of a format, which `tests/it/registry_report.rs` expects in its own file only.
EXAMPLES = {"anika", "payments", "orphan", "ops", "platform", "junit"}


def words():
    found = set(AWS)
    for path in glob.glob("src/**/*.rs", recursive=True):
        if path.endswith(("tests.rs", "testing.rs", "fixture.rs")):
            continue
        with open(path, encoding="utf-8") as file:
            text = file.read().split("#[cfg(test)]\nmod ")[0]
        text = re.sub(r"^\s*//.*$", "", text, flags=re.M)
        for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', text, flags=re.S):
            literal = re.sub(r"\{[^}]*\}|\\.", " ", literal)
            for word in re.findall(r"(?<![\w.@/-])[A-Za-z][a-z']*(?:-[a-z]+)*(?![\w@/])", literal):
                found.add(word.lower())
    return sorted(found - EXAMPLES)


with open(OUT, "w", encoding="utf-8") as out:
    out.writelines(f"{word}\n" for word in words())
