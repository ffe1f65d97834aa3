# The packages of the Debian systems, and how they are installed. Needs common.sh.

system_packages="systemd systemd-sysv udev dbus dbus-user-session libpam-systemd kmod login passwd procps psmisc iproute2
  iputils-ping netcat-openbsd nginx-light openssh-server openssh-client kbd curl ca-certificates xdg-user-dirs xdg-utils
  e2fsprogs dosfstools less vim-tiny nftables tcpdump file rsync python3-minimal"
desktop_packages="xserver-xorg-core xserver-xorg-input-libinput xvfb xinit x11-xserver-utils x11-utils x11-apps xauth xterm
  twm xdotool fonts-dejavu-core xfonts-base"

# install_packages PACKAGES: a Debian system with PACKAGES and what they need, as OUT/root.tar.
install_packages() {
  local include
  include=$(echo $1 | tr ' ' ,)
  cd "$WORK"
  say 0 "installing Debian's packages (a minute or two)"

  TMPDIR=$SYSTEM_TMP mmdebstrap --variant=minbase --mode="$MMDEBSTRAP_MODE" --format=tar --architectures=amd64 \
    --aptopt="$APTCONF" --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --aptopt='APT::Sandbox::User "root"' \
    --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --include="$include" \
    --customize-hook='chroot "$1" dpkg-query -W -f "\${Package} \${Version}\n" > "$1/packages"' \
    --customize-hook='download /packages packages' \
    --customize-hook='rm -f "$1/packages" "$1"/etc/ssh/ssh_host_*' \
    bookworm root.tar "$SOURCES" 2>&1 | sed -u -e 's/^I: downloading packages with apt.*/::10 downloading packages/' \
    -e 's/^I: extracting archives.*/::30 unpacking packages/' -e 's/^I: installing remaining packages.*/::45 installing packages/' \
    -e 's/^I: creating tarball.*/::85 packing the system/' -e 's/^I: /  /'
  mv packages root.tar "$OUT/"
}

