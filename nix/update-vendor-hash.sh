#!/usr/bin/env bash
# Writes the hash of the Go modules into nix/unwrapped.nix; with --check, only checks whether it is right.
# It downloads what `go mod download` does (the cache of this machine first, then the Go proxy) and
# hashes the result as nixpkgs' buildGoModule with proxyVendor does.
set -euo pipefail
cd "$(dirname "$0")/.."
. nix/tests/nix.sh

modules=$(mktemp -d)
trap 'rm -rf "$modules"' EXIT
nix/tests/go-modules.sh "$modules/modules"

need_nix
nix_mounts="$modules=/tmp/modules"
actual=$(nix hash path --type sha256 --sri /tmp/modules/modules)
written=$(sed -n 's/^ *vendorHash = "\(.*\)";$/\1/p' nix/unwrapped.nix)
if [ "$actual" = "$written" ]; then
  echo "vendorHash is right: $actual"
elif [ "${1:-}" = --check ]; then
  echo "vendorHash is stale: nix/unwrapped.nix has $written, the modules hash to $actual; run nix/update-vendor-hash.sh" >&2
  exit 1
else
  sed -i "s|^\( *vendorHash = \).*|\1\"$actual\";|" nix/unwrapped.nix
  echo "vendorHash: $written -> $actual"
fi
