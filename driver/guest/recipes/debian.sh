# debian: Debian 12 with systemd on a disk.
. "$RECIPES/common.sh"
. "$RECIPES/debian-common.sh"

unpack_system "$SYSTEM"
set_up vm debian
make_disk
