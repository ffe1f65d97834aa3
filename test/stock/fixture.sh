#!/bin/bash
# fixture.sh NAME: makes a disk image as a distribution would, for the tests of stock images, and prints its path. A partition
# table (GPT), GRUB in the boot sector, Debian's own kernel and initramfs, and nothing of the driver's.
#
#   debian-12        systemd 252 and nothing to configure it; root has no password
#   debian-12-cloud  the same with cloud-init and sshd; root has no password that works
#   debian-13        systemd 257 and sshd, without cloud-init; root has no password that works
#
# Images are kept in $XDG_CACHE_HOME/gotest-driver/stock, by the checksum of this file, since other checkouts have other versions of
# it; one that was not used for two weeks goes. It needs root, but neither loop devices nor device nodes; of programs
# mmdebstrap, mke2fs, tar and sfdisk.
# shellcheck disable=SC2016 # mmdebstrap and apt expand what stands in single quotes
set -euo pipefail
shopt -s nullglob
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

name=${1:?usage: fixture.sh debian-12|debian-12-cloud|debian-13}
packages="linux-image-cloud-amd64 initramfs-tools grub-pc-bin grub-common systemd systemd-sysv udev dbus kmod procps iproute2 iputils-ping login passwd util-linux"
case $name in
  debian-12) suite=bookworm ;;
  debian-12-cloud) suite=bookworm packages+=" cloud-init openssh-server" ;;
  debian-13) suite=trixie packages+=" openssh-server" ;;
  *) echo "fixture.sh: there is no fixture $name" >&2; exit 2 ;;
esac

cache=${XDG_CACHE_HOME:-$HOME/.cache}/gotest-driver/stock
image=$cache/$name-$(sha256sum < "$0" | cut -c 1-16).img
mkdir -p "$cache"
find "$cache" -maxdepth 1 -name '*.img' ! -path "$image" -atime +14 -delete
exec 9> "$cache/$name.lock"
flock 9
if [ -e "$image" ]; then touch -a "$image"; echo "$image"; exit 0; fi
rm -rf "$cache/$name".*.new
work=$(mktemp -d "$cache/$name.XXXXXX.new")
trap 'rm -rf "$work"' EXIT
exec 3>&1 1>&2

# The mirror is that of this machine's own packages.
mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | grep '/debian/\?$' | head -n 1) || true
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keyring] ${mirror:-http://deb.debian.org/debian} $suite main" > "$work/sources.list"

# grub-mkimage puts the modules into one file here, that the partition without a file system (BIOS boot) takes. The file system
# and GRUB's settings are the second partition.
cat > "$work/settings" <<'SETTINGS'
set -e
mkdir -p "$1/etc/initramfs-tools/conf.d"
echo 'MODULES=list' > "$1/etc/initramfs-tools/conf.d/fixture"
printf '%s\n' virtio_pci virtio_blk ext4 crc32c_generic > "$1/etc/initramfs-tools/modules"
SETTINGS
TMPDIR=$work mmdebstrap --variant=minbase --mode=root --format=tar --architectures=amd64 \
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' --aptopt='APT::Sandbox::User "root"' \
  --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --essential-hook="sh $work/settings \"\$1\"" --include="${packages// /,}" \
  --customize-hook='chroot "$1" grub-mkimage -O i386-pc -p "(hd0,gpt2)/boot/grub" -o /boot/core.img biosdisk part_gpt ext2 normal linux serial terminal' \
  --customize-hook="download /boot/core.img $work/core.img" \
  --customize-hook="download /usr/lib/grub/i386-pc/boot.img $work/boot.img" \
  --customize-hook='rm -rf "$1/boot/core.img" "$1"/usr/lib/grub "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap" "$1/etc/apt/apt.conf.d/99mmdebstrap"' \
  "$suite" "$work/root.tar" "$work/sources.list"

root=$work/root
mkdir "$root"
tar -C "$root" -xf "$work/root.tar" --numeric-owner --xattrs --xattrs-include='*' --exclude='./dev/*'
rm "$work/root.tar"
echo stock > "$root/etc/hostname"
echo '127.0.0.1 localhost' > "$root/etc/hosts"
echo '/dev/vda2 / ext4 errors=remount-ro 0 1' > "$root/etc/fstab"
: > "$root/etc/machine-id"
[ "$name" != debian-12 ] || chroot "$root" passwd -q -d root
mkdir -p "$root/boot/grub"
cat > "$root/boot/grub/grub.cfg" <<'GRUB'
serial --unit=0 --speed=115200
terminal_output serial
linux /vmlinuz root=/dev/vda2 ro console=tty0 console=ttyS0
initrd /initrd.img
boot
GRUB
# As the distributions' images without cloud-init have it: an address by DHCP for each wired card.
if [[ $name == *-cloud ]]; then
  echo 'locale: C.UTF-8' > "$root/etc/cloud/cloud.cfg.d/90-fixture.cfg" # the one that needs no package
else
  printf '[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n' > "$root/etc/systemd/network/80-wired.network"
fi
systemctl -q --root="$root" enable systemd-networkd.service

# The disk: the boot sector, the partition table, GRUB from sector 2048 on, the file system from sector 4096 on.
disk=$work/disk.img
truncate -s 2G "$disk"
printf 'label: gpt\nstart=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649\nstart=4096, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4\n' |
  sfdisk -q "$disk"
mke2fs -q -t ext4 -F -m 0 -O ^metadata_csum_seed,^orphan_file -L root -E offset=$((4096 * 512)),nodiscard -d "$root" "$disk" $((2 * 1024 * 1024 - 4096 / 2 - 1024))k

# put OFFSET BYTES: little-endian numbers of GRUB's own tables. The boot sector names the first sector of the core, and that
# one, in its last entry of 12 bytes, where the rest is: first sector, number of sectors, segment in memory.
put() { printf %b "$2" | dd of="$disk" bs=1 seek="$1" conv=notrunc status=none; }
le() { local v=$1 n=$2; while [ "$n" -gt 0 ]; do printf '\\x%02x' $((v & 255)); v=$((v >> 8)) n=$((n - 1)); done; }
dd if="$work/boot.img" of="$disk" bs=440 count=1 conv=notrunc status=none
put $((0x5c)) "$(le 2048 8)"
dd if="$work/core.img" of="$disk" bs=512 seek=2048 conv=notrunc status=none
sectors=$((($(stat -c %s "$work/core.img") + 511) / 512))
[ "$sectors" -le 2048 ]
put $((2048 * 512 + 0x1f4)) "$(le 2049 8)$(le $((sectors - 1)) 2)$(le $((0x820)) 2)"
mv "$disk" "$image"
echo "$image" >&3
