#!/usr/bin/env bash
# apt.sh TARGET…: installs the missing packages for targets of the Makefile with apt.
# Targets: build, demo, test, nix-test, slurm, testdata (for making ocr/testdata). Does not call apt when nothing is missing.
# Without apt, or without the right to use it, it prints what is missing.
set -euo pipefail

# Each entry is a Debian package and, after a colon, a program or file that shows its presence without dpkg.
build="ca-certificates:/etc/ssl/certs git:git g++:g++ pkg-config:pkg-config
  libtesseract-dev:/usr/include/tesseract/capi.h libleptonica-dev:/usr/include/leptonica/allheaders.h"
run="qemu-system-x86:qemu-system-x86_64 qemu-utils:qemu-img ovmf:/usr/share/OVMF vde-switch:vde_switch vdeplug:vde_plug vde2:vde_plug2tap
  vde-wirefilter:wirefilter tesseract-ocr:tesseract tesseract-ocr-eng:tesseract systemd-container:systemd-nspawn
  iproute2:ip nftables:nft util-linux:nsenter"
guests="mmdebstrap:mmdebstrap debian-archive-keyring:/usr/share/keyrings/debian-archive-keyring.gpg
  e2fsprogs:mke2fs systemd:systemctl apt:apt-get tar:tar"
libvirt="libvirt-daemon-system:libvirtd libvirt-daemon-driver-qemu:/usr/share/doc/libvirt-daemon-driver-qemu util-linux:unshare"
stock="fdisk:sfdisk util-linux:flock"
checks="bash:bash shellcheck:shellcheck mypy:mypy python3:python3 python3-debugpy:/usr/lib/python3/dist-packages/debugpy neovim:nvim emacs-nox:emacs elpa-eglot:emacs
  chromium:chromium tshark:tshark tesseract-ocr-deu:/usr/share/tesseract-ocr/5/tessdata/deu.traineddata
  tcpdump:tcpdump tmux:tmux curl:curl openssh-client:ssh imagemagick:convert xvfb:Xvfb x11-apps:xwd x11-utils:xwininfo
  x11-xserver-utils:xsetroot xdotool:xdotool xterm:xterm fonts-dejavu-core:/usr/share/fonts/truetype/dejavu
  libxml2-utils:xmllint procps:ps socat:socat etcd-server:etcd etcd-client:etcdctl"
testdata="qemu-system-x86:qemu-system-x86_64 busybox-static:busybox cpio:cpio apt:apt-get dpkg:dpkg python3:python3 xvfb:Xvfb imagemagick:import
  xterm:xterm x11-utils:xmessage python3-tk:/usr/lib/python3/dist-packages/tkinter python3-pyqt5:/usr/lib/python3/dist-packages/PyQt5
  python3-gi:/usr/lib/python3/dist-packages/gi gir1.2-gtk-3.0:/usr/share/gir-1.0 fonts-dejavu-core:/usr/share/fonts/truetype/dejavu
  fonts-dejavu-extra:/usr/share/fonts/truetype/dejavu fonts-liberation:/usr/share/fonts/truetype/liberation xfonts-base:/usr/share/fonts/X11/misc"
slurm="slurmctld:slurmctld slurmd:slurmd slurm-client:sbatch slurm-wlm-basic-plugins:slurmd munge:munged procps:pgrep python3:python3"
nix="ca-certificates:/etc/ssl/certs curl:curl git:git util-linux:unshare mypy:mypy python3:python3"

entries=()
want() { read -r -d '' -a more <<< "$*" || true; entries+=("${more[@]}"); }
[ $# -gt 0 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
for target; do
  case $target in
    build) want "$build" ;;
    demo) want "$build" "$run" "$guests" ;;
    test)
      want "$build" "$run" "$guests" "$stock" "$libvirt" "$checks"
      # Node.js from elsewhere brings npm along, and conflicts with Debian's.
      command -v npm > /dev/null || want "npm:npm"
      ;;
    testdata) want "$testdata" ;;
    slurm) want "$slurm" ;;
    nix-test) want "$build" "$run" "$guests" "$nix" ;;
    *) echo "apt.sh: there is no target $target" >&2; exit 2 ;;
  esac
done

installed() {
  if command -v dpkg-query > /dev/null; then
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null)" = installed ]
  else
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v "$2" > /dev/null || [ -e "$2" ]
  fi
}
missing=()
for entry in "${entries[@]}"; do
  installed "${entry%%:*}" "${entry#*:}" || missing+=("${entry%%:*}")
done
# Any version of Go is enough: it downloads the one that go.mod names (scripts/go).
for go in go /usr/local/go/bin/go; do
  ! command -v "$go" > /dev/null || break
  go=
done
[ -n "$go" ] || missing+=(golang-go)
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get > /dev/null; then
  echo "Programs are missing, and there is no apt to install them. The Debian packages are:" >&2
  echo "  ${missing[*]}" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  echo "Packages are missing. Install them as root:" >&2
  echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -q -y -o DPkg::Lock::Timeout=600 --no-install-recommends "${missing[@]}" < /dev/null; }
# The lists of packages may be missing (a container image) or too old.
if [ -z "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2> /dev/null)" ]; then
  apt-get update -q
  install
else
  install || { apt-get update -q; install; }
fi
