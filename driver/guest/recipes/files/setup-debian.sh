# Turns a fresh Debian tree ($1) into a test guest. Runs as (mapped) root outside of the tree; programs of the tree run by chroot.
set -euo pipefail
shopt -s nullglob
export LC_ALL=C
umask 022
root=$1
kind=$2 # vm, desktop or container
hostname=$3

tar -C "$RECIPES/files/debian" -cf - --owner=0 --group=0 . | tar -C "$root" -xf - --no-overwrite-dir --keep-directory-symlink
chmod 755 "$root/usr/local/lib/gotest/"*

echo "$hostname" > "$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$hostname" > "$root/etc/hosts"
echo "nameserver 10.0.2.3" > "$root/etc/resolv.conf"
echo 676f746573742d647269766572000000 > "$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id"
ln -s /etc/machine-id "$root/var/lib/dbus/machine-id"
: > "$root/etc/fstab"
mkdir -p "$root/tmp/shared"

chroot "$root" passwd -q -d root
chroot "$root" useradd -m -s /bin/bash -u 1000 -c Alice -p "$(cat "$RECIPES/files/password")" alice
for f in passwd group shadow gshadow subuid subgid; do rm -f "$root/etc/$f-"; done
chroot "$root" chage -d 19000 root
chroot "$root" chage -d 19000 alice
rm -f "$root/etc/shadow-" "$root/etc/passwd-"

# Keys of sshd are made at its first start: no two runs share them, and the image has no secret in it.
rm -f "$root"/etc/ssh/ssh_host_*
mkdir -p "$root/etc/ssh/sshd_config.d"
printf 'HostKey /etc/ssh/ssh_host_ed25519_key\nPermitRootLogin yes\nPermitEmptyPasswords yes\nUseDNS no\n' > "$root/etc/ssh/sshd_config.d/gotest.conf"

enable() { systemctl -q --root="$root" enable "$@"; }
mask() { local u; for u; do ln -sfn /dev/null "$root/etc/systemd/system/$u"; done; }

enable nginx.service ssh.socket systemd-networkd.service
systemctl -q --root="$root" disable ssh.service

# Generators run at each boot and reload, for features that the guest does not have.
mkdir -p "$root/etc/systemd/system-generators"
for g in cryptsetup gpt-auto hibernate-resume integritysetup rc-local run system-update sysv veritysetup; do
  ln -sfn /dev/null "$root/etc/systemd/system-generators/systemd-$g-generator"
done

# What a test guest has no use for, each with its price at every boot.
mask systemd-udev-settle.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_reap.service e2scrub_all.timer \
  fstrim.timer systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-random-seed.service \
  systemd-journal-flush.service systemd-hwdb-update.service systemd-journal-catalog-update.service systemd-update-done.service \
  systemd-firstboot.service systemd-sysusers.service systemd-pstore.service systemd-machine-id-commit.service \
  systemd-network-generator.service systemd-boot-system-token.service systemd-binfmt.service systemd-modules-load.service systemd-repart.service \
  systemd-fsck-root.service dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
  modprobe@configfs.service modprobe@drm.service modprobe@fuse.service modprobe@efi_pstore.service modprobe@dm_mod.service \
  modprobe@loop.service kmod-static-nodes.service proc-sys-fs-binfmt_misc.automount keyboard-setup.service console-setup.service \
  systemd-ask-password-console.path systemd-ask-password-wall.path systemd-tmpfiles-clean.timer remote-fs.target \
  systemd-networkd-wait-online.service

rm -f "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/cache/debconf/*-old "$root"/var/cache/ldconfig/aux-cache \
  "$root"/var/log/{apt,dpkg.log,alternatives.log,bootstrap.log,faillog,lastlog} "$root/etc/apt/apt.conf.d/99mmdebstrap" "$root"/var/lib/dpkg/*-old
: > "$root/etc/apt/sources.list"

[ "$kind" != container ] || exit 0

mask serial-getty@ttyS0.service serial-getty@hvc0.service getty@hvc0.service
enable backdoor.service tmp-shared.mount
if [ "$kind" = desktop ]; then
  tar -C "$RECIPES/files/desktop" -cf - --owner=0 --group=0 . | tar -C "$root" -xf - --no-overwrite-dir --keep-directory-symlink
  chmod 755 "$root/usr/local/lib/gotest/"*
  enable x11.service
fi
tar -C "$root" -xf "$BASE/modules.tar" --no-overwrite-dir --keep-directory-symlink
chroot "$root" depmod "$(cat "$BASE/release")"

# Rules of udev for hardware that QEMU has not; each costs time for every device at boot. The guest's own 80-drivers.rules
# is in place already.
mkdir -p "$root/etc/udev/rules.d"
for rule in "$root"/lib/udev/rules.d/*; do
  case ${rule##*/} in
    50-udev-default.rules | 60-block.rules | 60-persistent-storage.rules | 60-input-id.rules | 60-persistent-input.rules | \
      60-evdev.rules | 60-drm.rules | 70-power-switch.rules | 80-drivers.rules | 70-uaccess.rules | 71-seat.rules | 73-seat-late.rules | \
      80-net-setup-link.rules | 90-vconsole.rules | 99-systemd.rules) ;;
    *) ln -sfn /dev/null "$root/etc/udev/rules.d/${rule##*/}" ;;
  esac
done
