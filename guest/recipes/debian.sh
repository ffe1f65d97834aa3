# debian: Debian 12 with systemd on a disk.
. "$RECIPES/common.sh"
. "$RECIPES/debian-common.sh"

debian_tree debian vm "$debian_packages"
debian_initrd
debian_disk
