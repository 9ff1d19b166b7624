#!/usr/bin/env bash
# Puts Microsoft's reader of Adaptive Cards and Atlassian's schema of documents below target/messages, for the tests of the
# messages. Only these files are needed, and their packages depend on whole editors, so npm installs nothing: it downloads
# the packages, and their checksums are compared.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
folder="../../target/messages"
packages=(
    "44d0560c8c6a3a660af8dda32de5d1c428ffb414ff050ee61e9377d19785bbfb adaptivecards 3.0.6 dist/adaptivecards.js"
    "53693004c8c3d3ccbff2f8dcc172aaf3ef84dae402216fda4602cb1bbe10c62b @atlaskit/adf-schema 57.7.22 dist/json-schema/v1/full.json"
)
want=$(printf '%s\n' "${packages[@]}")
if [ -f "$folder/installed" ] && [ "$(cat "$folder/installed")" = "$want" ]; then exit 0; fi
rm -rf "$folder"
mkdir -p "$folder"
for package in "${packages[@]}"; do
    read -r sum name version file <<< "$package"
    archive=$(cd "$folder" && npm pack --silent "$name@$version")
    echo "$sum  $folder/$archive" | sha256sum --check --quiet >&2
    tar -xzf "$folder/$archive" -C "$folder" --strip-components="$(grep -o / <<< "package/$file" | wc -l)" "package/$file"
done
# Written last: an interrupted installation starts again.
printf '%s\n' "$want" > "$folder/installed"
