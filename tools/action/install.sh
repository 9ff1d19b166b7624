#!/usr/bin/env bash
# Puts the program of a release into a folder, and prints its path as the output `program`. The archive is verified on
# each run, also one from a cache. A platform or version without a release is built outside of the workspace.
#
# Environment: VERSION and SHA256 (inputs, may be empty), REPOSITORY (of the action; empty if the workspace contains it),
# GITHUB_ACTION_PATH, RUNNER_TEMP, DOWNLOADS (the folder that is cached), GITHUB_OUTPUT, GH_TOKEN. `install.sh name` only prints the output `name`.
set -euo pipefail
. "${BASH_SOURCE[0]%/*}/common.sh"

server=${GITHUB_SERVER_URL:-https://github.com}

# The target of this machine, as releases name it; empty without a release.
target() {
    case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo x86_64-unknown-linux-musl ;;
    Linux-aarch64) echo aarch64-unknown-linux-musl ;;
    Darwin-arm64) echo aarch64-apple-darwin ;;
    Darwin-x86_64) echo x86_64-apple-darwin ;;
    MINGW*-x86_64 | MSYS*-x86_64) echo x86_64-pc-windows-msvc ;;
    esac
}

# The version in the Cargo.toml of the action.
own_version() {
    sed -n 's/^version = "\(.*\)"$/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1
}

digest() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -c 1-64
}

# Downloads a file of the release. Status 1: the release does not have it.
download() {
    local url=$server/$REPOSITORY/releases/download/v$version/$1 code
    code=$(curl --silent --show-error --location --proto '=https' --retry 3 --output "$scratch/part" \
        --write-out '%{http_code}' "$url") || fail "$url could not be downloaded"
    case "$code" in
    200) mv "$scratch/part" "$2" ;;
    404) return 1 ;;
    *) fail "$url could not be downloaded: HTTP status $code" ;;
    esac
}

# The checksum that the archive must have: the input, or that of the release.
expected() {
    if [ -n "$SHA256" ]; then
        printf '%s' "$SHA256"
        return
    fi
    awk -v name="$name.tar.gz" '$2 == name { print $1 }' "$scratch/sha256sums.txt"
}

# Takes the archive from the cache or the release, and compares its checksum. Status 1: there is no release.
obtain() {
    local want
    [ -n "$target" ] && [ -n "$REPOSITORY" ] || return 1
    [ -n "$SHA256" ] || download sha256sums.txt "$scratch/sha256sums.txt" || return 1
    want=$(expected)
    [ -n "$want" ] || return 1
    # An archive that was damaged in the cache is downloaded again.
    if [ -f "$archive" ] && [ "$(digest "$archive")" = "$want" ]; then return; fi
    download "$name.tar.gz" "$archive" || return 1
    if [ "$(digest "$archive")" != "$want" ]; then
        rm -f "$archive"
        fail "$name.tar.gz does not have the checksum $want"
    fi
}

# Verifies that the release workflow of the repository made the archive. Without `gh` only the checksum is verified.
attest() {
    if ! gh attestation --help >/dev/null 2>&1; then
        echo "::notice title=taglint::gh is not installed: the attestation of $name.tar.gz was not verified"
        return
    fi
    gh attestation verify "$archive" --repo "$REPOSITORY" \
        --signer-workflow "$REPOSITORY/.github/workflows/release.yml" ||
        fail "$name.tar.gz has no valid attestation of $REPOSITORY"
}

unpack() {
    tar -xzf "$archive" -C "$scratch"
    mv "$scratch/$name/taglint$suffix" "$program"
}

# Compiles the source of the action. A rust-toolchain.toml or .cargo/config.toml of the workspace must not decide which
# program this makes, and a check of files does not need the AWS SDK.
build() {
    [ "$version" = "$(own_version)" ] || fail "there is no release v$version for this platform"
    [ -z "$SHA256" ] || fail "there is no release v$version for this platform with the checksum $SHA256"
    echo "::notice title=taglint::there is no release v$version for this platform: it is built, which takes minutes"
    command -v cargo >/dev/null || fail "there is no release v$version for this platform, and no cargo to build it"
    (
        cd "$RUNNER_TEMP"
        RUSTUP_TOOLCHAIN=stable cargo install --quiet --locked --no-default-features --features sarif \
            --path "$GITHUB_ACTION_PATH" --root "$scratch"
    ) || fail "taglint could not be built"
    mv "$scratch/bin/taglint$suffix" "$program"
}

version=${VERSION:-$(own_version)}
[[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "the input version must be a version such as 0.2.0"
[[ "$SHA256" =~ ^([0-9a-f]{64})?$ ]] || fail "the input sha256 must have 64 hexadecimal digits"
target=$(target)
name=taglint-$version-${target:-none}
if [ "${1:-}" = name ]; then
    echo "name=$name" >> "$GITHUB_OUTPUT"
    exit
fi
suffix=
case "$target" in *windows*) suffix=.exe ;; esac
archive=$DOWNLOADS/$name.tar.gz
scratch=$RUNNER_TEMP/taglint-scratch
program=$RUNNER_TEMP/taglint-program/taglint$suffix
rm -rf "$scratch" "${program%/*}"
mkdir -p "$scratch" "${program%/*}" "$DOWNLOADS"
if obtain; then
    attest
    unpack
else
    build
fi
rm -rf "$scratch"
"$program" --version
echo "program=$program" >> "$GITHUB_OUTPUT"
