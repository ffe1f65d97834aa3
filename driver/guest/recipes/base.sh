# base: what the VM guests have in common: Debian's kernel, its modules as far as a virtual machine can use them,
# and the static programs of their initramfs.
. "$RECIPES/common.sh"

say 0 "reading Debian's package lists"
apt_private apt-get update
kernel=$(apt_private apt-cache depends linux-image-amd64 | awk '$1 == "Depends:" { print $2; exit }')
[ -n "$kernel" ] || { echo "linux-image-amd64 names no kernel package in Debian's lists" >&2; exit 1; }

say 15 "downloading $kernel (70 MB)"
cd "$WORK"
apt_private apt-get download "$kernel" busybox-static bash-static
for deb in *.deb; do dpkg-deb -x "$deb" tree; done
for deb in *.deb; do dpkg-deb --show "$deb"; done > "$OUT/packages"

say 60 "choosing the kernel's modules"
release=${kernel#linux-image-}
echo "$release" > "$OUT/release"
cp tree/bin/busybox "$OUT/busybox"
cp tree/bin/bash-static "$OUT/bash"
cp "tree/boot/vmlinuz-$release" "$OUT/vmlinuz"


# The kernel proper, out of its compressed image (header fields: setup_sects, payload_offset, payload_length; the
# payload ends with its unpacked size). The program that runs this recipe makes a kernel of it that starts sooner.
number() { od -An -t"$1" -j "$2" -N "${1#u}" "$OUT/vmlinuz" | tr -d ' '; }
tail -c +$((($(number u1 0x1f1) + 1) * 512 + $(number u4 0x248) + 1)) "$OUT/vmlinuz" |
  head -c $(($(number u4 0x24c) - 4)) | xz -dc > "$WORK/vmlinux" || [ "${PIPESTATUS[*]}" = "141 0 0" ]

mkdir -p modules/lib/modules
mv "tree/lib/modules/$release" modules/lib/modules/
# Drivers of hardware that QEMU does not emulate are three quarters of the package.
cd "modules/lib/modules/$release/kernel/drivers"
for d in */; do
  case ${d%/} in
    acpi | ata | base | block | bluetooth | bus | cdrom | char | crypto | dax | dma | firmware | gpu | hid | hv | i2c | input | leds | \
    macintosh | md | message | misc | mmc | net | nvdimm | nvme | parport | pci | platform | pps | ptp | rtc | scsi | target | tty | \
    usb | uio | vfio | vhost | video | virt | virtio | watchdog) ;;
    *) rm -r "$d" ;;
  esac
done
cd gpu/drm
for d in */; do
  case ${d%/} in bochs | display | qxl | scheduler | tiny | ttm | udl | vgem | virtio | vkms | vmwgfx | vboxvideo | cirrus) ;; *) rm -r "$d" ;; esac
done
cd ../../net
for d in */; do
  case ${d%/} in
    bonding | ethernet | geneve | hyperv | ipvlan | mdio | net_failover | netdevsim | phy | ppp | slip | team | usb | vmxnet3 | vxlan | wireguard) ;;
    *) rm -r "$d" ;;
  esac
done
cd ethernet
for d in */; do
  case ${d%/} in 8390 | amd | dec | intel | realtek) ;; *) rm -r "$d" ;; esac
done
rm -rf intel/ice intel/i40e intel/iavf intel/fm10k intel/ixgbe*
cd "$WORK/modules/lib/modules/$release/kernel/drivers/scsi"
for d in */; do
  case ${d%/} in device_handler | megaraid | mpt3sas | sym53c8xx_2) ;; *) rm -r "$d" ;; esac
done
rm -rf ../bluetooth/!(vhci) ../misc/{habanalabs,mei} ../crypto/qat ../input/touchscreen ../usb/gadget
cd "$WORK"
rm -rf "modules/lib/modules/$release/kernel/sound/soc" "modules/lib/modules/$release/kernel/sound/pci"/!(hda|ac97)
rm -rf "modules/lib/modules/$release"/{build,source} "modules/lib/modules/$release"/kernel/net/{wireless,mac80211,mac802154,ieee802154,nfc,can,rds,tipc,atm,batman-adv,6lowpan}
find modules -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
depmod -b modules "$release"
pack_tar modules "$OUT/modules.tar"
