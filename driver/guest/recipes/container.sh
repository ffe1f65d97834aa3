# container: a root directory for systemd-nspawn.
. "$RECIPES/common.sh"
. "$RECIPES/debian-common.sh"

unpack_system "$DESKTOP_SYSTEM"
set_up container container
mv "$WORK/root" "$OUT/root"
cp "$DESKTOP_SYSTEM/packages" "$OUT/packages"
