#!/usr/bin/env bash
# scripts/fuzz.sh TIME: runs every fuzz target of the repository, one after the other, for TIME in all (20s, 10m, 8h).
# scripts/fuzz.sh turn SECONDS: runs two of them for that many seconds each: which ones, the date says.
# Inputs that fail are in the package's testdata/fuzz, where every later test runs them.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t targets < <(grep -rnoE --include='*_test.go' '^func Fuzz[A-Za-z0-9]+' . | sed -E 's|^\./(.*)/[^/]+:[0-9]+:func (.*)|\1 \2|' | sort)
case ${1:-} in
turn)
  each=$2
  first=$((10#$(date +%j) * 2 % ${#targets[@]}))
  targets=("${targets[first]}" "${targets[(first + 1) % ${#targets[@]}]}")
  ;;
*[0-9][smh])
  unit=${1: -1}
  number=${1%?}
  case $unit in s) ;; m) number=$((number * 60)) ;; h) number=$((number * 3600)) ;; esac
  each=$((number / ${#targets[@]}))
  ;;
*)
  echo "usage: scripts/fuzz.sh TIME | scripts/fuzz.sh turn SECONDS (a TIME is 90s, 10m or 8h)" >&2
  exit 2
  ;;
esac
((each > 0)) || each=1
failed=()
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
  read -r folder name <<<"$target"
  echo "fuzz: $name in $folder, ${each} s"
  if ! scripts/go test -run '^$' -fuzz "^$name\$" -fuzztime "${each}s" -fuzzminimizetime 2s -parallel 2 "./$folder" 2>&1 | tee "$log"; then
    # Go's fuzzer can fail for its own time limit, when that runs out within an input: then it has found none.
    if ! grep -q '^ *context deadline exceeded$' "$log" || grep -q 'Failing input written' "$log"; then
      failed+=("$name in $folder")
    fi
  fi
done
if ((${#failed[@]})); then
  printf 'fuzz: %s failed; what it failed for is in its testdata/fuzz\n' "${failed[@]}" >&2
  exit 1
fi
