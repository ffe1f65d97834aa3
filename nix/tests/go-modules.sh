#!/usr/bin/env bash
# go-modules.sh DIRECTORY: the module cache as nixpkgs' buildGoModule with proxyVendor makes it.
set -euo pipefail
cd "$(dirname "$0")/../.."
go() { scripts/go "$@"; }
target=$1
gopath=$(mktemp -d)
trap 'chmod -R u+w "$gopath"; rm -rf "$gopath"' EXIT
GOPROXY="file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)" \
  GOPATH=$gopath GOMODCACHE=$gopath/pkg/mod GOFLAGS=-modcacherw go mod download
rm -rf "$gopath/pkg/mod/cache/download/sumdb"
cp -r "$gopath/pkg/mod/cache/download" "$target"
