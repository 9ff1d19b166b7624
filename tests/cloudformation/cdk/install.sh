#!/usr/bin/env bash
# Installs the CDK below target/cdk, for the test that synthesizes app.js. After a change of package.json:
#   npm install --package-lock-only --omit-lockfile-registry-resolved
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
folder="../../../target/cdk"
if ! cmp -s package-lock.json "$folder/installed"; then
    mkdir -p "$folder"
    cp package.json package-lock.json "$folder"
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund >&2)
    # Written last: an interrupted installation starts again.
    cp package-lock.json "$folder/installed"
fi
