#!/usr/bin/env bash
# Fails if a Go file of the repository is not formatted by gofmt.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(git ls-files -co --exclude-standard '*.go')
gofmt=$(scripts/go env GOROOT)/bin/gofmt
bad=$("$gofmt" -l "${files[@]}")
[ -z "$bad" ] || { echo "not formatted (gofmt -w): $bad" >&2; exit 1; }
