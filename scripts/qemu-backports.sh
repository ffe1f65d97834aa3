#!/usr/bin/env bash
# qemu-backports.sh DIRECTORY: puts the QEMU of Debian 12's backports into a directory of its own, without installing it, and
# prints the path of its program. It fails where this host is no Debian 12.
set -euo pipefail
[ $# = 1 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
# shellcheck source=/dev/null
. /etc/os-release
[ "$ID $VERSION_CODENAME" = "debian bookworm" ] || { echo "qemu-backports.sh: only for Debian 12, this is $PRETTY_NAME" >&2; exit 1; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
program=$dir/qemu-system-x86_64
if [ -x "$program" ]; then
  echo "$program"
  exit
fi
mkdir -p "$dir"/apt/lists/partial "$dir"/debs
# shellcheck disable=SC2016 # a format of apt's
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' | sed -n 1p)
[ -n "$mirror" ] || { echo "qemu-backports.sh: apt has no list of bookworm's packages: apt-get update" >&2; exit 1; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm-backports main" > "$dir/apt/sources.list"
options=(-q -o "Dir::Etc::SourceList=$dir/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$dir/apt/lists"
  -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache=" -o APT::Sandbox::User=root)
apt-get "${options[@]}" update >&2
# Its libraries are those of the QEMU that is installed, but for the ones that only backports have.
(cd "$dir/debs" && apt-get "${options[@]}" download qemu-system-x86 qemu-system-common qemu-system-data seabios >&2)
for deb in "$dir"/debs/*.deb; do dpkg-deb -x "$deb" "$dir/root"; done
missing=$(ldd "$dir/root/usr/bin/qemu-system-x86_64" | sed -n 's/ => not found//p')
[ -z "$missing" ] || { echo "qemu-backports.sh: libraries are missing: ${missing//$'\n'/}" >&2; exit 1; }
cat > "$program.new" << END
#!/bin/sh
export QEMU_MODULE_DIR="$dir/root/usr/lib/$(uname -m)-linux-gnu/qemu"
exec "$dir/root/usr/bin/qemu-system-x86_64" -L "$dir/root/usr/share/qemu" -L "$dir/root/usr/share/seabios" "\$@"
END
chmod +x "$program.new"
"$program.new" --version >&2
mv "$program.new" "$program"
echo "$program"
