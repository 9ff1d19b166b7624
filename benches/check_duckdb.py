"""The five checks of policy5.toml in SQL over an inventory: `check_duckdb.py count FILE` or `check_duckdb.py findings FILE`.

`benches/check.rs` runs it beside taglint if BENCH_PYTHON names a Python that has DuckDB (`pip install duckdb`).
"""

import os
import sys

import duckdb

CHECKS = [
    ("environment", "Environment", "NOT IN ('Production', 'Staging', 'Test', 'Development')", True),
    ("cost-center", "Cost Center", r"\d{5}", True),
    ("owner", "Owner", r"[a-z][a-z0-9.]{1,40}@(?:[a-z0-9-]+\.)*example\.com", True),
    ("service", "Service", r"(?:svc|app|job)-[a-z]+(?:-[a-z0-9]+){0,4}", True),
    ("review", "ReviewDate", r"20[2-9]\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", False),
]


def check(rule: str, key: str, test: str, required: bool) -> str:
    value = f"tags['{key}']"
    bad = f"{value} {test}" if test.startswith("NOT IN") else f"NOT regexp_full_match({value}, '{test}')"
    wrong = f"{value} IS NULL OR {bad}" if required else bad
    return f"CASE WHEN {wrong} THEN {{rule: '{rule}', key: '{key}', value: {value}}} END"


def main() -> None:
    mode, path = sys.argv[1:]
    connection = duckdb.connect()
    connection.execute(f"SET threads = {os.environ.get('RAYON_NUM_THREADS', os.cpu_count())}")
    columns = "{type: 'VARCHAR', arn: 'VARCHAR', name: 'VARCHAR', account: 'VARCHAR', tags: 'MAP(VARCHAR, VARCHAR)'}"
    checks = ", ".join(check(*one) for one in CHECKS)
    findings = f"""
        SELECT type, arn, name, account, unnest(list_filter([{checks}], lambda one: one IS NOT NULL)) AS finding
        FROM read_json('{path}', format = 'newline_delimited', columns = {columns})
        WHERE type IS NOT NULL"""
    if mode == "count":
        print(connection.execute(f"SELECT finding.rule, count(*) FROM ({findings}) GROUP BY 1 ORDER BY 1").fetchall())
    else:
        connection.execute(f"COPY ({findings}) TO '/dev/stdout' (FORMAT json)")


main()
