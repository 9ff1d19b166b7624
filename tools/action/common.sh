# shellcheck shell=bash
# Functions of the scripts of action.yml.

# Ends the step with a message that the page of the run shows.
fail() {
    echo "::error title=taglint::$1" >&2
    exit 2
}

# shellcheck disable=SC2034 # `list` is for the caller
# Sets `list` to the items of an input: its lines, so that a path may contain spaces; a single line is separated by spaces.
items() {
    local item
    list=()
    case "$1" in
    *$'\n'*)
        while IFS= read -r item; do
            item="${item%$'\r'}"
            if [ -n "$item" ]; then list+=("$item"); fi
        done <<< "$1"
        ;;
    *) read -r -a list <<< "$1" || true ;;
    esac
}
