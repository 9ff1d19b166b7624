#!/usr/bin/env bash
# Installs the driver of the browser below target/browser, and Chromium if there is none and this may install packages.
# After a change of package.json: npm install --package-lock-only --omit-lockfile-registry-resolved
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
folder="../../target/browser"
if ! cmp -s package-lock.json "$folder/installed"; then
    mkdir -p "$folder"
    cp package.json package-lock.json "$folder"
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund >&2)
    # Written last: an interrupted installation starts again.
    cp package-lock.json "$folder/installed"
fi
for browser in chromium chromium-browser google-chrome; do
    if command -v "$browser" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update --quiet >&2
    apt-get install --yes --quiet --no-install-recommends chromium fonts-dejavu-core >&2
else
    echo "the test of the web page needs Chromium: install the package chromium" >&2
    exit 1
fi
