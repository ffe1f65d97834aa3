# Functions of the recipes that make a Debian system. Needs common.sh.

debian_packages="systemd systemd-sysv udev dbus dbus-user-session libpam-systemd kmod login passwd procps psmisc iproute2
  iputils-ping netcat-openbsd nginx-light openssh-server openssh-client kbd curl ca-certificates xdg-user-dirs xdg-utils
  e2fsprogs dosfstools less vim-tiny nftables tcpdump file rsync python3-minimal"

# debian_tree HOSTNAME KIND PACKAGES: $WORK/root.tar, a Debian system with PACKAGES, set up by files/setup-debian.sh.
debian_tree() {
  local include
  include=$(echo $3 | tr ' ' ,)
  cd "$WORK"
  say 5 "installing Debian's packages (a minute or two)"
  export HOSTNAME_OF_GUEST=$1
  TMPDIR=$WORK mmdebstrap --variant=minbase --mode="$MMDEBSTRAP_MODE" --format=tar \
    --architectures=amd64 --aptopt="$APTCONF" --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --include="$include" \
    --customize-hook="bash $RECIPES/files/setup-debian.sh \"\$1\" $2" \
    --customize-hook='chroot "$1" dpkg-query -W -f "\${Package}\t\${Version}\n" > "$1/packages.list"' \
    --customize-hook='download /packages.list packages' \
    --customize-hook='rm "$1/packages.list"' \
    bookworm root.tar "$SOURCES" 2>&1 | sed -u 's/^I: /  /'
  cp packages "$OUT/packages"
}

# as_root COMMAND…: COMMAND as root, or as the root of a user namespace.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else unshare --map-root-user --map-auto "$@"; fi
}

# debian_initrd: an initramfs that mounts the disk. Debian's kernel has its drivers as modules.
debian_initrd() {
  local t=$WORK/initrd
  say 80 "packing the initramfs"
  mkdir -p "$t"/{dev,proc,sys,root,lib/gotest}
  add_busybox "$t"
  add_modules "$t" virtio_pci virtio_blk virtio_net ext4 crc32c_generic crc32c_intel
  cp "$RECIPES/files/words.sh" "$t/lib/gotest/words.sh"
  install -m 755 "$RECIPES/files/initrd-init" "$t/init"
  pack_cpio "$t" "$WORK/initrd.cpio"
  lz4 -q -f -l -9 "$WORK/initrd.cpio" "$OUT/initrd"
  cp "$BASE/vmlinuz" "$OUT/vmlinuz"
}

# debian_disk: $WORK/root.tar as the files of an ext4 file system (sparse, 4 GiB).
debian_disk() {
  say 85 "making the disk"
  mkdir "$WORK/root"
  as_root tar -C "$WORK/root" -xf "$WORK/root.tar" --numeric-owner --xattrs --xattrs-include='*' --exclude='./dev/*'
  truncate -s 4G "$OUT/disk.img"
  E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH as_root mke2fs -q -t ext4 -F -O ^has_journal -m 0 -L gotest \
    -U 676f7465-7374-4d64-8269-766572000001 -E hash_seed=676f7465-7374-4d64-8269-766572000002,root_owner=0:0,nodiscard \
    -d "$WORK/root" "$OUT/disk.img"
  as_root rm -rf "$WORK/root"
}
