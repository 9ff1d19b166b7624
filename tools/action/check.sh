#!/usr/bin/env bash
# Checks the inputs, publishes the summary and outputs the counts.
#
# Environment: the inputs of action.yml (INPUTS, SOURCE, FAIL_ON, SARIF, ARGS), POLICY_PATH and POLICY_FROM of policy.sh,
# TAGLINT (the program), RUNNER_TEMP, GITHUB_OUTPUT, GITHUB_STEP_SUMMARY.
set -uo pipefail
set -f # do not expand globs in names
. "${BASH_SOURCE[0]%/*}/common.sh"
list=()

# The counts of the report as outputs. Without a report or jq they are empty, never zero.
counts() {
    local filter='.summary | "findings=\(.findings | add)", "errors=\(.findings.error)", "warnings=\(.findings.warning)",
        "notes=\(.findings.note)", "unknown=\(.unknown)", "resources=\(.resources)", "complete=\(.complete)"'
    [ -f "$report" ] || return 0
    jq --raw-output "$filter" "$report" >> "$GITHUB_OUTPUT" ||
        echo "::warning title=taglint::the outputs with counts are empty: jq could not read the report"
}

summary="$RUNNER_TEMP/taglint-summary.md"
report="$RUNNER_TEMP/taglint-report.json"
# A summary that an earlier step left must not be published as the result of this one.
rm -f "$summary" "$report"
args=(check --format github --fail-on "$FAIL_ON" --output "$summary" --output "$report")
if [ -n "$POLICY_PATH" ]; then args+=("--policy=$POLICY_PATH"); fi
if [ -n "$POLICY_FROM" ]; then args+=("--policy-from=$POLICY_FROM"); fi
if [ -n "$SOURCE" ]; then args+=(--source "$SOURCE"); fi
if [ -n "$SARIF" ]; then args+=(--output "$SARIF"); fi
items "$ARGS"
args+=(${list[@]+"${list[@]}"})
items "$INPUTS"
# Without a path taglint would read standard input.
[ "${#list[@]}" -gt 0 ] || fail "the input inputs names no path"
code=0
"$TAGLINT" "${args[@]}" -- "${list[@]}" || code=$?
if [ -f "$summary" ]; then cat "$summary" >> "$GITHUB_STEP_SUMMARY"; fi
if [ "$code" -eq 2 ]; then
    echo "::error title=taglint::nothing was checked: the log of this step says why"
fi
counts
echo "exit-code=$code" >> "$GITHUB_OUTPUT"
exit "$code"
