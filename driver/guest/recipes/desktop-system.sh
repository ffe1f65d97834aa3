# desktop-system: the same with the X window system.
. "$RECIPES/common.sh"
. "$RECIPES/packages.sh"

install_packages "$system_packages $desktop_packages"
