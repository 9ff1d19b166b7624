#!/bin/sh
# The file `bootstrap` of a function with the runtime provided.al2023, in a zip with taglint and taglint.toml. It scans
# the account of the function. The findings go to the log of the function as JSON Lines, and an incomplete scan fails the
# invocation.
set -u
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while :; do
    headers=$(mktemp)
    curl --silent --show-error --dump-header "$headers" --output /dev/null "$api/next" || exit 1
    id=$(tr -d '\r' < "$headers" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: *//p')
    rm -f "$headers"
    code=0
    # Less than the timeout of the function (15 minutes at most), so that an incomplete scan still reports.
    "$LAMBDA_TASK_ROOT/taglint" scan --policy "$LAMBDA_TASK_ROOT/taglint.toml" --deadline "${DEADLINE:-12m}" \
        --no-progress --format jsonl || code=$?
    case $code in
    0 | 1) curl --silent --show-error --output /dev/null --data "{\"exit-code\":$code}" "$api/$id/response" ;;
    # An incomplete scan is an error of the invocation: the alarm on errors sees it.
    *) curl --silent --show-error --output /dev/null \
        --data "{\"errorType\":\"taglint.ExitCode\",\"errorMessage\":\"exit code $code\"}" "$api/$id/error" ;;
    esac
    [ -z "${ONCE:-}" ] || exit 0
done
