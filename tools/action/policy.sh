#!/usr/bin/env bash
# Prints the policy that decides, as two outputs: `path`, and on a pull request `from`, the base commit that it comes from.
# A pull request must not choose the rules that judge it. Runs before anything of the pull request does.
#
# Environment: POLICY (the input, may be empty), EVENT (github.event_name), BASE_SHA, RUNNER_TEMP.
set -euo pipefail
. "${BASH_SOURCE[0]%/*}/common.sh"

# Prints the outputs: the path, and the commit if the path is one in a commit.
decides() {
    printf 'path=%s\nfrom=%s\n' "$1" "${2:-}"
    exit
}

# A relative path without empty parts and `.`, so that git and the file system mean the same by it.
normalized() {
    local out="" part
    while IFS= read -r -d / part; do
        case "$part" in
        "" | .) ;;
        ..) return 1 ;;
        *) out="${out:+$out/}$part" ;;
        esac
    done <<< "$1/"
    printf '%s' "$out"
}

# Whether the checked out commit contains a path or one of its parents as a file, a link or a submodule, in any letter
# case: the file systems of some runners ignore case.
is_committed() {
    local part="" rest="$1/"
    while [ -n "$rest" ]; do
        part="$part${rest%%/*}"
        rest="${rest#*/}"
        if git ls-files -- ":(icase,literal)$part" | grep -qFxi -- "$part"; then return 0; fi
        part="$part/"
    done
    # A folder with committed files.
    [ -n "$(git ls-files -- ":(icase,literal)$1")" ]
}

# Asks for the policy files of the base commit, the files of their lists, the lock files and the copies of files on other
# machines, so that they are there when taglint reads them: it never fetches, and a partial clone lacks them.
fetch_base() {
    local entry path mode object list="$RUNNER_TEMP/taglint-base-list" objects="$RUNNER_TEMP/taglint-base-objects"
    # Not in a pipe: a list that breaks off would look like a base without a policy.
    git ls-tree -r -z "$BASE_SHA" > "$list" || return 1
    while IFS= read -r -d '' entry; do
        path="${entry#*$'\t'}"
        read -r mode _ object <<< "${entry%%$'\t'*}"
        case "$mode:$path" in
        100*:*.toml | 100*:*.txt | 100*:*.csv | 100*:*.json | 100*:taglint.lock | 100*:*/taglint.lock | \
            100*:.taglint/* | 100*:*/.taglint/*)
            printf '%s\n' "$object"
            ;;
        esac
    done < "$list" > "$objects"
    git cat-file --batch-check < "$objects" > "$list" || return 1
    ! grep -q ' missing$' "$list"
}

# Whether a path of the base commit is a file or a folder, and not a link or a submodule.
is_plain() {
    local entry
    entry=$(git --literal-pathspecs ls-tree "$BASE_SHA" -- "$1") || return 1
    case "$entry" in 100* | 040000*) ;; *) return 1 ;; esac
}

case "$EVENT" in
pull_request | pull_request_target | merge_group) ;;
*) decides "$POLICY" ;;
esac
# Outside of the checkout: the workflow decided where it comes from.
case "$POLICY" in /*) decides "$POLICY" ;; esac
# The path becomes a line of an output.
case "$POLICY" in *$'\n'* | *$'\r'*) fail "the input policy must be one line" ;; esac
policy=$(normalized "$POLICY") || fail "the input policy must not contain .."
root=$(git rev-parse --show-toplevel) || fail "this is no git checkout: run actions/checkout first"
# The way from the working directory to the root, which paths of the input are relative to.
up=$(git rev-parse --show-cdup)
cd "$root"
[[ "$BASE_SHA" =~ ^[0-9a-f]{40,64}$ ]] || fail "the event names no base commit; give the input policy an absolute path"
if ! git cat-file -e "$BASE_SHA^{commit}" 2>/dev/null; then
    git fetch --quiet --no-tags --depth 1 origin "$BASE_SHA" ||
        fail "the base commit could not be fetched; let actions/checkout fetch it (fetch-depth: 0)"
fi

if [ -n "$policy" ] && ! git cat-file -e "$BASE_SHA:$policy" 2>/dev/null; then
    # A step of the workflow put it there, such as a checkout of the base branch.
    if [ -e "$policy" ] && ! is_committed "$policy"; then decides "$up$policy"; fi
    fail "the base branch has no policy $policy: merge it there first"
fi
fetch_base || fail "the base commit could not be read"
if [ -n "$policy" ]; then
    is_plain "$policy" || fail "the policy $policy of the base branch is no file or folder, such as a link"
    decides "$up$policy" "$BASE_SHA"
elif git cat-file -e "$BASE_SHA:taglint.toml" 2>/dev/null; then
    is_plain taglint.toml ||
        fail "taglint.toml of the base branch is no file, such as a link: name the policy with the input policy"
    decides "${up}taglint.toml" "$BASE_SHA"
else
    echo "::notice title=taglint::the base branch has no taglint.toml yet: the built-in policy default decides" >&2
    default="$RUNNER_TEMP/taglint-default.toml"
    printf 'version = 1\nextends = ["default"]\n' > "$default"
    decides "$default"
fi
