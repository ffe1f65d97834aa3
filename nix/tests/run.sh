#!/usr/bin/env bash
# Tests of the Nix side with a real Nix: evaluates everything that the flake offers against a small
# stand-in for nixpkgs and compares the values, then builds the package from source and runs tests in
# Nix's build sandbox. It needs root, apt and Go. `run.sh NAME…` runs only the named steps.
set -euo pipefail
cd "$(dirname "$0")/../.."
. nix/tests/nix.sh

passed=0
failed=0
result() { # STATUS NAME
  if [ "$1" = 0 ]; then
    passed=$((passed + 1))
    echo "ok - $2"
  else
    failed=$((failed + 1))
    echo "not ok - $2"
  fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
need_nix

# The flake as a user gets it: the files that git tracks, and new files that are not ignored.
mkdir -p "$work/flake" "$cache/go-build"
git ls-files -coz --exclude-standard | xargs -0 ls -d 2> /dev/null |
  tar c -T - | tar x -C "$work/flake"
cp -r nix/tests/suite "$work/suite"
cp -r nix/tests/nixpkgs "$work/nixpkgs"
printf %s "$(go env GOVERSION | sed 's/^go//')" > "$work/nixpkgs/go-version"
nix/tests/go-modules.sh "$work/go-modules"
mkdir "$work/nixpkgs/guest"
# Placeholders until the guest is built; an evaluation doesn't read them.
touch "$work/nixpkgs/guest/"{kernel,initrd,cmdline}
nix_mounts="$work=/gotest $cache/go-build=/go-build $(go env GOROOT)=/go-root"
nix_sandbox_paths="/go-root /go-cache=/go-build /go-modules=/gotest/go-modules"

# Removes the results of old runs.
[ "$(du -sm "$nix_root/nix" | cut -f1)" -lt 4000 ] || nix store gc > /dev/null 2>&1

# suite COMMAND ATTRIBUTE OPTION…: nix with an output of nix/tests/suite.
suite() {
  local command=$1 attribute=$2
  shift 2
  nix "$command" "path:/gotest/suite#$attribute" --no-write-lock-file \
    --override-input nixpkgs path:/gotest/nixpkgs --override-input gotest-driver path:/gotest/flake \
    --override-input gotest-driver/nixpkgs path:/gotest/nixpkgs "$@" < /dev/null
}

values() {
  local text line
  if ! text=$(suite eval values --raw 2> "$work/log"); then
    result 1 "the flake evaluates"
    show
    return
  fi
  while IFS= read -r line; do
    case $line in
      "ok - "*) passed=$((passed + 1)) ;;
      *) failed=$((failed + 1)) ;;
    esac
    echo "$line"
  done <<< "$text"
}

vendor_hash() {
  local status=0
  nix/update-vendor-hash.sh --check || status=$?
  result $status "vendorHash is the hash of the modules that go.mod asks for"
}

# The end of the log, with the reason, after the line with the name of the failed test.
show() { tail -n 60 "$work/log" | cut -c 1-200; }

build() { # ATTRIBUTE NAME
  local status=0 start=$SECONDS
  suite build "$1" -L --no-link > "$work/log" 2>&1 || status=$?
  result $status "$2 ($((SECONDS - start)) s)"
  [ $status = 0 ] || show
}

build_fails() { # ATTRIBUTE TEXT NAME
  if suite build "$1" -L --no-link > "$work/log" 2>&1; then
    result 1 "$3: it was built"
  elif ! grep -q -e "$2" "$work/log"; then
    result 1 "$3: the log has no «$2»"
    show
  else
    result 0 "$3"
  fi
}

# The tiny guest of the start scripts, built by the new package.
guest() {
  local binary directory
  binary=$(suite build package.unwrapped --no-link --print-out-paths 2> "$work/log") || { show; return 1; }
  directory=$("$nix_root$binary/bin/gotest-driver" guest build tiny)
  cp "$directory/kernel" "$work/nixpkgs/guest/kernel"
  cp "$directory/initrd" "$work/nixpkgs/guest/initrd"
  printf %s "console=ttyS0 quiet panic=-1 tsc=reliable no_timer_check random.trust_cpu=on" > "$work/nixpkgs/guest/cmdline"
}

steps=${*:-values vendor_hash package boots python interactive scripts refusals}
for step in $steps; do
  case $step in
    # These steps start machines.
    boots | python | interactive) [ -s "$work/nixpkgs/guest/kernel" ] || guest || fail "can't make the tiny guest" ;;
  esac
  case $step in
    values) values ;;
    vendor_hash) vendor_hash ;;
    package)
      build package "the package is built from the flake's source, offline, and vendorHash is accepted by Nix"
      build program "the package's programs run in the sandbox"
      ;;
    boots)
      build configuration "the configuration file and the wrapper follow the module"
      build newer-framework "a test runs in the sandbox"
      build older-framework "a test runs under the framework of nixpkgs 25.11"
      build two-machines "two machines of a test reach each other"
      build environment "the environment variables of older wrappers are understood"
      build future-keys "keys of a future nixpkgs are ignored with a warning"
      build options "-K, -o, --junit-xml, LOGFILE and shortened flags do what they say"
      build_fails failing-test "exit 3" "a failing test fails its build and shows the command"
      ;;
    scripts)
      build own-scripts "the scripts of the flake's checks and of the template pass the check"
      ;;
    python)
      build python "a Python test runs unchanged"
      build own-python "the Python script of the flake's checks passes the check"
      build python-modules "a Python test uses a package of extraPythonPackages and a module of testScriptRoot"
      build closures "only the driver of a Python test has a Python interpreter in its closure"
      build_fails python-type-error "return-type" "a type error of a Python test fails the build of the driver"
      build python-type-error-skipped "skipTypeCheck builds it all the same"
      build_fails python-name-error "unknown-attribute" "an unknown method fails it even without types"
      ;;
    interactive)
      build interactive "-I reads statements from the standard input, --no-interactive undoes it"
      build debug-hook "a client attaches to a failing test in the sandbox; nixpkgs' form of the hook is accepted"
      ;;
    refusals)
      build_fails type-error "argument-type" "a type error fails the build of the driver, with the finding in the log"
      build type-error-skipped "skipTypeCheck builds it all the same"
      build_fails lint "sleep 1 &" "so does a finding of the lints"
      build lint-skipped "skipLint ignores findings of the lints"
      ;;
    *) fail "there is no step $step" ;;
  esac
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
