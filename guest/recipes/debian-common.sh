# Functions of the recipes that make a Debian system. Needs common.sh.

system_packages="systemd systemd-sysv udev dbus dbus-user-session libpam-systemd kmod login passwd procps psmisc iproute2
  iputils-ping netcat-openbsd nginx-light openssh-server openssh-client kbd curl ca-certificates xdg-user-dirs xdg-utils
  e2fsprogs dosfstools less vim-tiny nftables tcpdump file rsync python3-minimal"
desktop_packages="xserver-xorg-core xserver-xorg-input-libinput xvfb xinit x11-xserver-utils x11-utils x11-apps xauth xterm
  twm xdotool fonts-dejavu-core xfonts-base"

# install_packages PACKAGES: a Debian system with PACKAGES and what they need, as OUT/root.tar.
install_packages() {
  local include
  include=$(echo $1 | tr ' ' ,)
  cd "$WORK"
  say 0 "installing Debian's packages (a minute or two)"

  TMPDIR=$SYSTEM_TMP mmdebstrap --variant=minbase --mode="$MMDEBSTRAP_MODE" --format=tar --architectures=amd64 \
    --aptopt="$APTCONF" --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --aptopt='APT::Sandbox::User "root"' \
    --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --include="$include" \
    --customize-hook='chroot "$1" dpkg-query -W -f "\${Package} \${Version}\n" > "$1/packages"' \
    --customize-hook='download /packages packages' \
    --customize-hook='rm "$1/packages"' \
    bookworm root.tar "$SOURCES" 2>&1 | sed -u -e 's/^I: downloading packages with apt.*/::10 downloading packages/' \
    -e 's/^I: extracting archives.*/::30 unpacking packages/' -e 's/^I: installing remaining packages.*/::45 installing packages/' \
    -e 's/^I: creating tarball.*/::85 packing the system/' -e 's/^I: /  /'
  mv packages root.tar "$OUT/"
}

# as_root COMMAND…: COMMAND as root, or as the root of a user namespace.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else unshare --map-root-user --map-auto "$@"; fi
}

# unpack_system DIR: the system of DIR/root.tar as WORK/root.
unpack_system() {
  say 0 "unpacking the system"
  mkdir "$WORK/root"
  as_root tar -C "$WORK/root" -xf "$1/root.tar" --numeric-owner --xattrs --xattrs-include='*' --exclude='./dev/*'
  cp "$1/packages" "$OUT/packages"
}

# set_up KIND HOSTNAME: makes WORK/root a test guest.
set_up() {
  say 30 "setting up the guest"
  export RECIPES BASE SOURCE_DATE_EPOCH
  as_root bash "$RECIPES/files/setup-debian.sh" "$WORK/root" "$@"
}

# make_initrd: an initramfs that mounts the disk. Debian's kernel has its drivers as modules.
make_initrd() {
  local t=$WORK/initrd
  say 50 "packing the initramfs"
  mkdir -p "$t"/{dev,proc,sys,root,lib/gotest}
  add_busybox "$t"
  ln -s bin "$t/sbin"
  add_modules "$t" virtio_pci virtio_console virtio_blk virtio_net virtio-rng 9pnet_virtio button evdev psmouse ext4 crc32c_generic
  cp "$RECIPES/files/words.sh" "$t/lib/gotest/words.sh"
  install -m 755 "$RECIPES/files/initrd-init" "$t/init"
  pack_initrd "$t" "$OUT/initrd"
  take_kernel
}

# make_disk: WORK/root as the files of an ext4 file system. The disk is sparse: it takes the space of its files.
make_disk() {
  say 60 "making the disk"
  truncate -s 4G "$OUT/disk.img"
  E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH as_root mke2fs -q -t ext4 -F -O ^has_journal,^metadata_csum -m 0 -L gotest \
    -U 676f7465-7374-4d64-8269-766572000001 -E hash_seed=676f7465-7374-4d64-8269-766572000002,root_owner=0:0,nodiscard \
    -d "$WORK/root" "$OUT/disk.img"
  as_root rm -rf "$WORK/root"
}
