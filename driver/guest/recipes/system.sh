# system: the packages of a Debian system, installed but not yet set up. Both the VM and the container start from it.
. "$RECIPES/common.sh"
. "$RECIPES/packages.sh"

install_packages "$system_packages"
