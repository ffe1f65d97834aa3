# Sourced by run.sh and update-vendor-hash.sh: a recent Nix without installing one.
#
# It unpacks Debian's nix-bin of a newer suite, with its dependencies, into the cache (verified by
# apt, from apt's configured mirror). `in_nix COMMAND…` runs a command with that tree as the root, so
# its Nix has its own store, and Nix's build sandbox works. It needs root (mount namespaces), apt, and
# about 250 MB of cache. The working directory is the repository's top.

nix_suite=trixie
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gotest-driver/nix
nix_root=$cache/$nix_suite

# The Go that go.mod asks for.
repository=$PWD
go() { "$repository/scripts/go" "$@"; }

fail() {
  echo "nix/tests: $*" >&2
  exit 1
}

# The archive of this machine's release, from apt's configuration.
debian_mirrors() {
  local codename
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Identifier: Packages' |
    awk -v codename="$codename" '$2 == codename && !seen[$1]++ { print $1 }'
}

# A mirror may be in the middle of an update, or a connection may break: try again a little later.
fetch_nix() {
  local attempt
  rm -rf "$cache/apt"
  for attempt in 1 2 3; do
    if download_nix; then
      unpack_nix
      return
    fi
    echo "nix/tests: attempt $attempt to fetch Nix from Debian $nix_suite failed" >&2
    sleep $((attempt * 10))
  done
  cat "$cache/apt/log" >&2
  fail "no mirror of apt's configuration has Debian $nix_suite"
}

download_nix() {
  local state=$cache/apt mirror options
  mkdir -p "$state"/{lists/partial,archives/partial}
  : > "$state/log"
  : > "$state/status"
  options=(
    -q
    -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=-
    -o Dir::State="$state" -o Dir::State::Lists="$state/lists" -o Dir::State::status="$state/status"
    -o Dir::Cache="$state" -o Dir::Cache::Archives="$state/archives"
    -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::http::Timeout=60
  )
  for mirror in $(debian_mirrors); do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $nix_suite main" \
      > "$state/sources.list"
    if apt-get "${options[@]}" -o APT::Update::Error-Mode=any update >> "$state/log" 2>&1 &&
      apt-get "${options[@]}" install -y --no-install-recommends --download-only base-files nix-bin >> "$state/log" 2>&1; then
      return 0
    fi
  done
  return 1
}

unpack_nix() {
  local package
  rm -rf "$nix_root.new"
  mkdir -p "$nix_root.new"/{proc,dev,tmp,nix,host}
  for package in "$cache/apt/archives"/*.deb; do
    dpkg-deb -x "$package" "$nix_root.new"
  done
  chmod 1777 "$nix_root.new/tmp"
  rm -rf "$nix_root" "$cache/apt"
  mv "$nix_root.new" "$nix_root"
}

# Makes sure that Nix is installed; one process at a time.
need_nix() {
  [ "$(id -u)" = 0 ] || fail "must run as root: Nix gets its own root file system (unshare, pivot_root)"
  mkdir -p "$cache"
  (
    flock 8
    [ -x "$nix_root/usr/bin/nix" ] || fetch_nix
  ) 8> "$cache/lock"
}

# In it, the host's file system is at /host, and the directories of nix_mounts (FROM=TO) are at TO.
# /dev has no kvm, so that all machines use the same emulation.
in_nix() {
  nix_root=$nix_root nix_mounts=${nix_mounts:-} unshare --mount --pid --fork --kill-child --propagation private \
    bash -ec '
      mount --bind "$nix_root" "$nix_root"
      cd "$nix_root"
      mount -t proc proc proc
      mount -t tmpfs -o mode=755 dev dev
      for device in null zero full random urandom tty; do
        : > dev/$device
        mount --bind /dev/$device dev/$device
      done
      mkdir dev/pts dev/shm
      mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
      mount -t tmpfs -o mode=1777 shm dev/shm
      ln -s pts/ptmx dev/ptmx
      ln -s /proc/self/fd dev/fd
      for pair in $nix_mounts; do
        mkdir -p "./${pair#*=}"
        mount --rbind "${pair%%=*}" "./${pair#*=}"
      done
      pivot_root . host
      cd /
      exec "$@"' bash "$@"
}

# Nix, offline, with flakes and the build sandbox; the host's programs are in the sandbox too.
nix() {
  NIX_CONFIG='
experimental-features = nix-command flakes
build-users-group =
substituters =
sandbox = true
sandbox-fallback = false
sandbox-paths = /bin=/host/usr/bin /usr=/host/usr /lib=/host/usr/lib /lib64=/host/usr/lib64 '"${nix_sandbox_paths:-}"'
system-features = nixos-test kvm benchmark big-parallel
warn-dirty = false
' HOME=/tmp XDG_CACHE_HOME=/nix/cache in_nix /usr/bin/nix "$@"
}
