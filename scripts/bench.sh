#!/usr/bin/env bash
# Runs the benchmarks of all packages.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/go test -run '^$' -bench . -benchmem ./...
