# desktop: the guest debian with an X server, a window manager and programs to look at both.
. "$RECIPES/common.sh"
. "$RECIPES/debian-common.sh"

unpack_system "$DESKTOP_SYSTEM"
set_up desktop desktop
make_disk
