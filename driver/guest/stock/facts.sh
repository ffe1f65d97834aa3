# What there is in an image, a line for each fact. It waits for the end of the boot, since cloud-init comes late.
echo "state=$(systemctl is-system-running --wait)"
(. /etc/os-release; echo "system=$PRETTY_NAME")
echo "kernel=$(uname -r)"
echo "systemd=$(systemctl --version | sed -n '1s/^systemd \([^ ]*\).*/\1/p')"
! command -v cloud-init >/dev/null || echo "cloud-init=$(cloud-init --version 2>&1 | sed 's/.* //')"
echo "agent=$(systemctl is-active qemu-guest-agent)"
systemctl --failed --no-legend --plain | sed 's/^\([^ ]*\).*/failed=\1/'
for way in extra-unit:/run/systemd/generator.early tmpfiles:/etc/systemd/system cloud-init:/run/systemd/system; do
  [ ! -e "${way#*:}/gotest-backdoor.service" ] || echo "way=${way%%:*}"
done
