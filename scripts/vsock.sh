#!/usr/bin/env bash
# vsock.sh: downloads vhost-device-vsock for the tests of the SSH backdoor, and prints its directory. Debian has it only in
# unstable: the script extracts only the program from that package, with an apt that does not change this machine's lists,
# and keeps it in the cache. If the program is not available, these tests are skipped.
set -euo pipefail

tools=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/gotest-driver/tools
echo "$tools"
! command -v vhost-device-vsock > /dev/null && [ ! -x "$tools/vhost-device-vsock" ] || exit 0
skip() { echo "vsock.sh: $1: the SSH backdoor is not tested" >&2; exit 0; }
command -v apt-get > /dev/null || skip "no apt"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists/partial,cache/archives/partial,none}
: > "$work/status"
# shellcheck disable=SC2016 # apt expands the address
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2> /dev/null | grep -m 1 '/debian/*$' || :)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} unstable main" > "$work/sources"
apt_private() {
  (cd "$work" && apt-get -q -o Dir::State::Lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" \
    -o Dir::Etc::SourceList="$work/sources" -o Dir::Etc::SourceParts="$work/none" -o Dir::Etc::PreferencesParts="$work/none" \
    -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=2 "$@")
}
if ! apt_private update > "$work/log" 2>&1 || ! apt_private download vhost-device-vsock >> "$work/log" 2>&1; then
  tail -3 "$work/log" >&2
  skip "can't reach Debian's unstable"
fi
dpkg-deb -x "$work"/vhost-device-vsock_*.deb "$work/package"
"$work/package/usr/bin/vhost-device-vsock" --version > /dev/null 2>&1 || skip "Debian's program does not run here"
mkdir -p "$tools"
install -m 755 "$work/package/usr/bin/vhost-device-vsock" "$tools/.new.$$"
mv "$tools/.new.$$" "$tools/vhost-device-vsock"
