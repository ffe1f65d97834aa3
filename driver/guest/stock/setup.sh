# What a new root shell does first. The variables: name, the host name; hosts, lines for /etc/hosts; cards, a line of number,
# MAC address and address for each card; quiesce, not empty when the machine is to be left alone by its own services.
has() { command -v "$1" >/dev/null 2>&1; }
active() { has systemctl && systemctl -q is-active "$1"; }
[[ $(</proc/sys/kernel/hostname) == "$name" ]] || echo "$name" >/proc/sys/kernel/hostname
if [[ -f /etc/hosts && -w /etc/hosts ]]; then
  kept=$(sed '/# test driver$/d' /etc/hosts)
  printf '%s\n127.0.1.1 %s # test driver\n%s' "$kept" "$name" "$hosts" >/etc/hosts
fi
# networkd may be running, about to start, or just reading its files: the files are there before it is looked for, and say that
# an address that is set by hand stays.
networkd=$(systemctl show --value -p LoadState systemd-networkd 2>/dev/null)
reload=
while read -r number mac address; do
  [[ $mac && $networkd == loaded ]] || continue
  file=/run/systemd/network/05-gotest$number.network
  settings=$(printf '[Match]\nMACAddress=%s\nType=ether\n[Network]\nAddress=%s\nConfigureWithoutCarrier=yes\nKeepConfiguration=static' "$mac" "$address")
  [[ ! -e $file || $(<"$file") != "$settings" ]] || continue
  mkdir -p /run/systemd/network
  printf '%s\n' "$settings" >"$file"
  reload=1
done <<<"$cards"
if [[ $reload ]]; then
  case $(systemctl is-active systemd-networkd) in
    active | activating | reloading) networkctl reload 2>/dev/null || systemctl try-restart systemd-networkd ;;
  esac
fi
# This may be so early that the drivers of the cards are not loaded, and the cards have not got their names.
card_of() {
  local dir found n
  for ((n = 0; n < 600; n++)); do
    for dir in /sys/class/net/*; do
      [[ -e $dir/device ]] && read -r found <"$dir/address" && [[ $found == "$1" ]] && card=${dir##*/} && return
    done
    sleep 0.1
  done
  echo "there is no network card $1" >&2
  return 1
}
status=0
[[ ! $cards ]] || ! has udevadm || udevadm settle --timeout=60
while read -r number mac address; do
  [[ $mac ]] || continue
  card_of "$mac" || { status=1; continue; }
  if active NetworkManager && has nmcli; then
    nmcli -w 5 device set "$card" managed no >/dev/null 2>&1
  fi
  record=/run/gotest-driver-address$number # of the machine whose snapshot this one goes on from, maybe
  [[ ! -e $record || $(<"$record") == "$address" ]] || ip addr del "$(<"$record")" dev "$card"
  echo "$address" >"$record"
  ip link set "$card" up || status=1
  ip addr replace "$address" dev "$card" || status=1 # networkd may be about to do the same
done <<<"$cards"
if [[ $quiesce ]] && has systemctl; then
  systemctl is-system-running --wait >/dev/null
  systemctl stop '*.timer'
fi
(exit $status)
