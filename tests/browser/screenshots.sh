#!/usr/bin/env bash
# Renews the screenshots of the documentation, docs/images: the web page of an organization of 100 accounts in light, in dark and
# on a phone, and a text report. The browser and its driver come from install.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tests/browser/install.sh
TAGLINT_BLESS=1 TAGLINT_ALL_TESTS=1 BROWSER_ONLY=widths,terminal \
    cargo test --quiet --locked --no-default-features --features sarif --test it html_page::the_page_works_in_a_browser
ls -l docs/images
