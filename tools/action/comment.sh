#!/usr/bin/env bash
# Writes the summary into the comment of a pull request, and updates the comment that an earlier run wrote. A marker in its
# first line has the name, so that several jobs have a comment each. A comment that cannot be written is a warning: the
# result is in the log and in the summary.
#
# Environment: NAME (the input comment), PR (the number), GITHUB_REPOSITORY, RUNNER_TEMP, GH_TOKEN.
set -uo pipefail
. "${BASH_SOURCE[0]%/*}/common.sh"

warn() {
    echo "::warning title=taglint::the comment could not be written ($1); a pull request of a fork has a read-only token"
    exit 0
}

[[ "$NAME" =~ ^[A-Za-z0-9][A-Za-z0-9._\ -]{0,40}$ && "$NAME" != *--* ]] ||
    fail "the input comment may contain letters, digits, spaces and . _ -"
marker="<!-- taglint: $NAME -->"
body="$RUNNER_TEMP/taglint-comment.md"
summary="$RUNNER_TEMP/taglint-summary.md"
{
    echo "$marker"
    # The comment of an earlier run must not stay as the result of this one.
    if [ -f "$summary" ]; then cat "$summary"; else printf '## taglint: nothing was checked\n\nThe log of the job says why.\n'; fi
} > "$body"
comments=repos/$GITHUB_REPOSITORY/issues/$PR/comments
# Anybody can write the marker, so only a comment of a program is updated.
filter=".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$marker\"))) | .id"
ids=$(gh api --paginate "$comments?per_page=100" --jq "$filter") || warn "gh api failed"
id=$(head -n 1 <<< "$ids")
if [ -n "$id" ]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$body" --silent || warn "gh api failed"
else
    gh api --method POST "$comments" --field "body=@$body" --silent || warn "gh api failed"
fi
