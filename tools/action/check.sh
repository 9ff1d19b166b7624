#!/usr/bin/env bash
# Checks the inputs and publishes the summary.
#
# Environment: the inputs of action.yml (INPUTS, SOURCE, FAIL_ON, SARIF, ARGS), POLICY_PATH, TAGLINT (the program),
# RUNNER_TEMP, GITHUB_OUTPUT, GITHUB_STEP_SUMMARY.
set -uo pipefail
set -f # do not expand globs in names

summary="$RUNNER_TEMP/taglint-summary.md"
# A summary that an earlier step left must not be published as the result of this one.
rm -f "$summary"
args=(check --format github --fail-on "$FAIL_ON" --output "$summary")
if [ -n "$POLICY_PATH" ]; then args+=(--policy "$POLICY_PATH"); fi
if [ -n "$SOURCE" ]; then args+=(--source "$SOURCE"); fi
if [ -n "$SARIF" ]; then args+=(--output "$SARIF"); fi
code=0
# shellcheck disable=SC2086 # lists, separated by spaces
"$TAGLINT" "${args[@]}" $ARGS -- $INPUTS || code=$?
if [ -f "$summary" ]; then cat "$summary" >> "$GITHUB_STEP_SUMMARY"; fi
if [ "$code" -eq 2 ]; then
    echo "::error title=taglint::nothing was checked: the log of this step says why"
fi
echo "exit-code=$code" >> "$GITHUB_OUTPUT"
exit "$code"
