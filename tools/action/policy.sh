#!/usr/bin/env bash
# Prints the path of the policy that decides. On a pull request it comes from the base commit: a pull request must not
# choose the rules that judge it. Runs before anything of the pull request does.
#
# Environment: POLICY (the input, may be empty), EVENT (github.event_name), BASE_SHA, RUNNER_TEMP.
set -euo pipefail
. "${BASH_SOURCE[0]%/*}/common.sh"

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

# Writes the policy files of the base commit, the files of their lists, the lock files and the copies of files on other
# machines, byte by byte: git's own export would obey .gitattributes of the checkout.
write_base() {
    local entry path mode object file list="$RUNNER_TEMP/taglint-base-list"
    # Not in a pipe: a list that breaks off would look like a base without a policy.
    git ls-tree -r -z "$BASE_SHA" > "$list" || return 1
    while IFS= read -r -d '' entry; do
        path="${entry#*$'\t'}"
        read -r mode _ object <<< "${entry%%$'\t'*}"
        case "$mode:$path" in
        100*:*.toml | 100*:*.txt | 100*:*.csv | 100*:*.json | 100*:taglint.lock | 100*:*/taglint.lock | \
            100*:.taglint/* | 100*:*/.taglint/*)
            file="$base/$path"
            mkdir -p "${file%/*}" && git cat-file blob "$object" > "$file" || return 1
            ;;
        esac
    done < "$list"
}

case "$EVENT" in
pull_request | pull_request_target | merge_group) ;;
*)
    printf '%s\n' "$POLICY"
    exit
    ;;
esac
case "$POLICY" in
/*)
    # Outside of the checkout: the workflow decided where it comes from.
    printf '%s\n' "$POLICY"
    exit
    ;;
esac
# The path becomes a line of an output.
case "$POLICY" in *$'\n'* | *$'\r'*) fail "the input policy must be one line" ;; esac
policy=$(normalized "$POLICY") || fail "the input policy must not contain .."
root=$(git rev-parse --show-toplevel) || fail "this is no git checkout: run actions/checkout first"
cd "$root"
[[ "$BASE_SHA" =~ ^[0-9a-f]{40,64}$ ]] || fail "the event names no base commit; give the input policy an absolute path"
if ! git cat-file -e "$BASE_SHA^{commit}" 2>/dev/null; then
    git fetch --quiet --no-tags --depth 1 origin "$BASE_SHA" ||
        fail "the base commit could not be fetched; let actions/checkout fetch it (fetch-depth: 0)"
fi

if [ -n "$policy" ] && ! git cat-file -e "$BASE_SHA:$policy" 2>/dev/null; then
    if [ -e "$policy" ] && ! is_committed "$policy"; then
        # A step of the workflow put it there, such as a checkout of the base branch.
        printf '%s\n' "$policy"
        exit
    fi
    fail "the base branch has no policy $policy: merge it there first"
fi
base="$RUNNER_TEMP/taglint-base"
rm -rf "$base"
mkdir -p "$base"
write_base || fail "the base commit could not be read"
if [ -n "$policy" ]; then
    [ -e "$base/$policy" ] || fail "the policy $policy of the base branch is no .toml file or folder of such files"
    printf '%s\n' "$base/$policy"
elif [ -f "$base/taglint.toml" ]; then
    printf '%s\n' "$base/taglint.toml"
elif git cat-file -e "$BASE_SHA:taglint.toml" 2>/dev/null; then
    fail "taglint.toml of the base branch is no file, such as a link: name the policy with the input policy"
else
    echo "::notice title=taglint::the base branch has no taglint.toml yet: the built-in policy default decides" >&2
    printf 'version = 1\nextends = ["default"]\n' > "$base/.taglint-default.toml"
    printf '%s\n' "$base/.taglint-default.toml"
fi
