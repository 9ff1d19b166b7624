#!/usr/bin/env bash
# Prints the path of the policy that decides. On a pull request it comes from the base commit: a pull request must not
# choose the rules that judge it. Runs before anything of the pull request does.
#
# Environment: POLICY (the input, may be empty), EVENT (github.event_name), BASE_SHA, RUNNER_TEMP.
set -euo pipefail

fail() {
    echo "::error title=taglint::$1" >&2
    exit 2
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
root=$(git rev-parse --show-toplevel) || fail "this is no git checkout: run actions/checkout first"
# Whether the checked out commit contains a path or one of its parents as a file, a link or a submodule.
is_committed() {
    local part="" rest="$1/"
    while [ -n "$rest" ]; do
        part="$part${rest%%/*}"
        rest="${rest#*/}"
        if git ls-files -- ":(literal)$part" | grep -qFx -- "$part"; then return 0; fi
        part="$part/"
    done
    # A folder with committed files.
    [ -n "$(git ls-files -- ":(literal)$1")" ]
}
case "/$POLICY/" in
*/../*) fail "the input policy must not contain .." ;;
esac
if [ -n "$POLICY" ] && [ -e "$POLICY" ] && ! is_committed "$POLICY"; then
    # A step of the workflow put it there, such as a checkout of the base branch.
    printf '%s\n' "$POLICY"
    exit
fi
[[ "$BASE_SHA" =~ ^[0-9a-f]{40,64}$ ]] || fail "the event names no base commit; give the input policy an absolute path"

base="$RUNNER_TEMP/taglint-base"
if ! git -C "$root" cat-file -e "$BASE_SHA^{commit}" 2>/dev/null; then
    git -C "$root" fetch --quiet --no-tags --depth 1 origin "$BASE_SHA" ||
        fail "the base commit could not be fetched; let actions/checkout fetch it (fetch-depth: 0)"
fi
rm -rf "$base"
mkdir -p "$base"
# An index of its own: no hook runs, and the checkout stays as it is.
(
    cd "$root"
    export GIT_INDEX_FILE="$base/.index"
    git read-tree "$BASE_SHA"
    git ls-files -z -- '*.toml' | git checkout-index -z --stdin --prefix="$base/"
) || fail "the base commit could not be read"

if [ -n "$POLICY" ]; then
    [ -e "$base/$POLICY" ] || fail "the base branch has no policy $POLICY: merge it there first"
    printf '%s\n' "$base/$POLICY"
elif [ -f "$base/taglint.toml" ]; then
    printf '%s\n' "$base/taglint.toml"
else
    echo "::notice title=taglint::the base branch has no taglint.toml yet: the built-in policy default decides" >&2
    printf 'version = 1\nextends = ["default"]\n' > "$base/.taglint-default.toml"
    printf '%s\n' "$base/.taglint-default.toml"
fi
