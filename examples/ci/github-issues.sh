#!/usr/bin/env bash
# Keeps an issue for each owner who has findings: opens it, updates it on each run, and closes it when nothing is left. What
# could not be read closes nothing.
#
# The argument is the folder of --split-dir, with Markdown in it. A marker in the first line of an issue has the name of the
# file, so that a run finds the issue of an earlier one. Anybody can write the marker, so only issues of AUTHOR are changed.
#
# Environment: GITHUB_REPOSITORY, GH_TOKEN (permission `issues: write`), AUTHOR (who opens the issues: the account of the
# token; default github-actions[bot]), NAME (several reports in one repository need a name each; default tags).
set -euo pipefail
folder=${1:?name the folder of --split-dir}
author=${AUTHOR:-github-actions[bot]}
name=${NAME:-tags}
issues=repos/$GITHUB_REPOSITORY/issues
body=$(mktemp)
trap 'rm -f "$body"' EXIT

fail() {
    echo "github-issues.sh: $1" >&2
    exit 2
}

# Writes an issue: method, path and other fields. GitHub asks for a second between changes.
write() {
    gh api --silent --method "$1" "$2" --raw-field "title=$title" --field "body=@$body" "${@:3}" < /dev/null
    sleep "${PAUSE:-1}"
}

# Sets `number` and `state` to those of the first issue with a marker; empty without one.
find_issue() {
    local first
    number="" state=""
    while IFS=$'\t' read -r n s first; do
        if [ "$first" = "$1" ]; then number=$n state=$s; return; fi
    done <<< "$known"
}

[[ $name =~ ^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$ ]] || fail "NAME may contain letters, digits and -"
[[ $author =~ ^[A-Za-z0-9-]+(\[bot\])?$ ]] || fail "AUTHOR must be the login of an account"
[ -f "$folder/index.tsv" ] || fail "$folder has no index.tsv: run taglint check with --split-by and --split-dir"
creator=${author/\[bot\]/%5Bbot%5D}
filter=".[] | select(.user.login == \"$author\" and .pull_request == null) |
    [.number, .state, ((.body // \"\") | split(\"\\n\")[0] | rtrimstr(\"\\r\"))] | @tsv"
known=$(gh api --paginate "$issues?state=all&creator=$creator&per_page=100" --jq "$filter") || fail "gh could not list the issues"

seen=" " complete_run=false has_others=false
while IFS=$'\t' read -r part errors warnings notes _ _ _ unknown complete value; do
    if [ "$part" = index ]; then complete_run=$complete; continue; fi
    if [ "$part" = _others ]; then has_others=true; fi
    [[ $part =~ ^[a-z0-9_-]+$ ]] || fail "$folder/index.tsv has the name $part"
    seen+="$part "
    count=$((errors + warnings + notes))
    find_issue "<!-- taglint: $name/$part -->"
    # Inline code, so that no word of the value is a mention or a reference.
    value=${value//\`/\'}
    findings=findings
    if [ "$count" -eq 1 ]; then findings=finding; fi
    title="Tags: $count $findings of \`${value:0:150}\`"
    { echo "<!-- taglint: $name/$part -->"; cat "$folder/$part.md"; } > "$body"
    if [ "$count" -gt 0 ]; then
        if [ -n "$number" ]; then write PATCH "$issues/$number" --raw-field state=open; else write POST "$issues"; fi
    elif [ "$state" = open ] && [ "$complete" = true ] && [ "$unknown" -eq 0 ]; then
        write PATCH "$issues/$number" --raw-field state=closed --raw-field state_reason=completed
    elif [ "$state" = open ]; then
        write PATCH "$issues/$number"
    fi
done < <(tail -n +2 "$folder/index.tsv")

# An owner whom the run does not have any more has nothing left, unless something could not be read, or the owner is one of
# the (others) of more than 5,000.
[ "$complete_run" = true ] && [ "$has_others" = false ] || exit 0
while IFS=$'\t' read -r number state first; do
    part=${first#"<!-- taglint: $name/"}
    part=${part%" -->"}
    if [ "$state" != open ] || [ "$first" != "<!-- taglint: $name/$part -->" ] || [[ $seen == *" $part "* ]]; then continue; fi
    [[ $part =~ ^[a-z0-9_-]+$ ]] || continue
    gh api --silent --method PATCH "$issues/$number" --raw-field state=closed --raw-field state_reason=completed \
        < /dev/null
    sleep "${PAUSE:-1}"
done <<< "$known"
