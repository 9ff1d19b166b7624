#!/bin/sh
# Downloads a release of taglint, verifies its checksum and puts the program into a folder. Keep this file in your
# repository, with the checksum that the release page shows: a changed download then fails.
#
#   INSTALL_VERSION=0.2.0 INSTALL_SHA256=… sh install.sh FOLDER
set -eu
folder=$1
case "$(uname -s)-$(uname -m)" in
Linux-x86_64) target=x86_64-unknown-linux-musl ;;
Linux-aarch64) target=aarch64-unknown-linux-musl ;;
*) echo "install.sh: no release for $(uname -s) on $(uname -m)" >&2; exit 2 ;;
esac
name=taglint-$INSTALL_VERSION-$target
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
url=https://github.com/OWNER/taglint/releases/download/v$INSTALL_VERSION/$name.tar.gz
curl --fail --silent --show-error --location --proto '=https' --retry 3 --output "$scratch/taglint.tar.gz" "$url"
printf '%s  %s\n' "$INSTALL_SHA256" "$scratch/taglint.tar.gz" | sha256sum -c - >/dev/null || {
    echo "install.sh: $url does not have the checksum $INSTALL_SHA256" >&2
    exit 2
}
tar -xzf "$scratch/taglint.tar.gz" -C "$scratch"
mkdir -p "$folder"
mv "$scratch/$name/taglint" "$folder/taglint"
