# tiny: the kernel and an initramfs of busybox and bash.
. "$RECIPES/common.sh"
say 0 "packing the initramfs"
t=$WORK/tree
mkdir -p "$t"/{dev,proc,sys,run,root,mnt,etc/acpi,var/log,tmp/shared,lib/gotest,usr}
chmod 1777 "$t/tmp"
ln -s ../bin "$t/usr/bin"
ln -s ../bin "$t/usr/sbin"
ln -s bin "$t/sbin"
ln -s ../run "$t/var/run"
add_busybox "$t"
rm "$t"/bin/dpkg* "$t"/bin/rpm*
cp "$BASE/bash" "$t/bin/bash"
# What the init loads, and what a test may ask modprobe for.
add_modules "$t" virtio_pci virtio_console virtio_net virtio_blk virtio_scsi sd_mod virtio-rng virtio_balloon virtio_input \
  9p 9pnet_virtio efivarfs crc32c_generic crc32c_intel button evdev psmouse 8021q bridge veth tun dummy bonding ext4 vfat isofs squashfs overlay loop \
  fuse virtiofs vmw_vsock_virtio_transport e1000 8139too ahci nvme sr_mod i6300esb nls_cp437 nls_ascii nls_utf8
cp "$RECIPES/files/words.sh" "$t/lib/gotest/words.sh"
install -m 755 "$RECIPES/files/tiny-init" "$t/init"
install -m 755 "$RECIPES/files/tiny-backdoor" "$t/lib/gotest/backdoor"
for name in poweroff reboot halt; do
  rm "$t/bin/$name"
  install -m 755 "$RECIPES/files/tiny-shutdown" "$t/bin/$name"
done
install -m 755 "$RECIPES/files/tiny-dhcp" "$t/lib/gotest/dhcp"
for name in pgrep pkill; do install -m 755 "$RECIPES/files/tiny-pgrep" "$t/bin/$name"; done
cp -r "$RECIPES/files/tiny-etc/." "$t/etc/"
mkdir -p "$t/home/alice"
chmod 755 "$t/etc/acpi/PWRF/"*
pack_initrd "$t" "$OUT/initrd"
take_kernel
cp "$BASE/packages" "$OUT/packages"
