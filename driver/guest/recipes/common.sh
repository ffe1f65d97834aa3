# Shell functions that the recipes share. A recipe is run by bash with
#   WORK     an empty directory for intermediate files
#   OUT      the directory whose files become the image
#   SOURCES  an apt sources file that holds Debian's own suites only
#   APTCONF  an apt configuration file (proxies of this machine, nothing else)
#   RECIPES  the directory of this file
#   SOURCE_DATE_EPOCH  the time stamp of every file that goes into an image
# and, for each recipe that it stands on, a variable of that one's name (BASE, SYSTEM, …) with the directory of its files.
set -euo pipefail
shopt -s extglob nullglob
export LC_ALL=C TZ=UTC PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022

# say PERCENT TEXT: one line of progress for the user.
say() { echo "::$1 ${*:2}"; }

# apt_private PROGRAM WORDS…: apt-get or apt-cache with lists, cache and dpkg status of its own, so that neither the
# packages nor the third-party sources of this machine matter.
apt_private() {
  local program=$1; shift
  mkdir -p "$WORK/apt/"{lists/partial,archives/partial,none}
  : >> "$WORK/apt/status"
  { cat "$APTCONF"; echo "Dir::Etc::Parts \"$WORK/apt/none\"; Acquire::Languages \"none\";"; } > "$WORK/apt/apt.conf"
  APT_CONFIG=$WORK/apt/apt.conf "$program" -q -o Dir::State="$WORK/apt" -o Dir::State::Lists="$WORK/apt/lists" \
    -o Dir::State::status="$WORK/apt/status" -o Dir::Cache="$WORK/apt" -o Dir::Cache::archives="$WORK/apt/archives" \
    -o Dir::Etc::SourceList="$SOURCES" -o Dir::Etc::SourceParts="$WORK/apt/none" \
    -o Dir::Etc::PreferencesParts="$WORK/apt/none" -o Dir::Etc::Preferences="$WORK/apt/none/none" \
    -o APT::Architecture=amd64 -o APT::Architectures=amd64 -o APT::Sandbox::User= "$@"
}

# pack_initrd DIR FILE: an initramfs whose bytes depend on DIR's files only. lz4 is what a kernel unpacks fastest.
pack_initrd() {
  find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  (cd "$1" && find . -mindepth 1 | sort | cpio --quiet -o -H newc -R 0:0 --reproducible) | lz4 -q -l -9 > "$2"
}

# take_kernel: BASE's kernels, as further names of the same files where the file system can.
take_kernel() {
  local f
  for f in kernel vmlinuz; do
    ln "$BASE/$f" "$OUT/$f" 2> /dev/null || cp -p "$BASE/$f" "$OUT/$f"
  done
}

# pack_tar DIR FILE: the same for a tar archive.
pack_tar() {
  tar -C "$1" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu -cf "$2" .
}

# add_modules TREE MODULE…: the named modules and what they need from BASE's kernel, with an index for modprobe.
add_modules() {
  local tree=$1 m f release; shift
  release=$(cat "$BASE/release")
  if [ ! -d "$WORK/kernel" ]; then
    mkdir "$WORK/kernel"
    tar -C "$WORK/kernel" -xf "$BASE/modules.tar"
  fi
  for m; do
    modprobe -S "$release" -d "$WORK/kernel" --show-depends "$m"
  done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r f; do
    f=${f#"$WORK/kernel"}
    mkdir -p "$tree$(dirname "$f")"
    cp "$WORK/kernel$f" "$tree$f"
  done
  cp "$WORK/kernel/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} "$tree/lib/modules/$release/"
  depmod -b "$tree" "$release"
}

# add_busybox TREE: Debian's static busybox under all its names.
add_busybox() {
  mkdir -p "$1/bin"
  cp "$BASE/busybox" "$1/bin/busybox"
  local a
  for a in $("$BASE/busybox" --list); do
    [ "$a" = busybox ] || ln -s busybox "$1/bin/$a"
  done
}
