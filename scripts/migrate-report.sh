#!/usr/bin/env bash
# migrate-report.sh FOLDER: downloads the repositories of cmd/gotest-driver/internal/python/testdata/public/repositories, each at its commit, to
# FOLDER/OWNER+NAME, unless that exists, and prints the table of "migrate --report" for all of them.
# $GIT_BASE is the source (https://github.com). The repositories have some gigabytes.
set -euo pipefail
[ $# = 1 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
failed=0
while read -r repository commit; do
  case $repository in '' | '#'*) continue ;; esac
  place=$folder/${repository/\//+}
  [ ! -d "$place" ] || continue
  echo "fetching $repository" >&2
  temp=$(mktemp -d "$folder/.fetch.XXXXXX")
  if git -C "$temp" init -q && git -C "$temp" fetch -q --depth 1 "${GIT_BASE:-https://github.com}/$repository" "$commit" &&
    git -C "$temp" -c advice.detachedHead=false checkout -q FETCH_HEAD; then
    mv "$temp" "$place"
  else
    rm -rf "$temp"
    failed=$((failed + 1))
  fi
done < cmd/gotest-driver/internal/python/testdata/public/repositories
[ "$failed" = 0 ] || echo "$failed repositories could not be fetched" >&2
scripts/go run ./cmd/gotest-driver/gotest-driver-tools migrate --report "$folder"
