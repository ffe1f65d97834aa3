# Shell functions (busybox sh) that carry out the kernel words of package guest. Both guests' initramfs use them.

load() { modprobe -a -q "$@" 2> /dev/null; }

# words NAME: the values of the kernel words gotest.NAME=VALUE, one a line.
words() {
  local w
  for w in $cmdline; do
    case $w in "gotest.$1="*) echo "${w#*=}" ;; esac
  done
}

# rename_cards: gives each card whose MAC address a gotest.net word names the name that the word gives it.
rename_cards() {
  local w mac name dir n=0
  for w in $(words net); do
    mac=$(echo "$w" | cut -d, -f3)
    name=${w%%,*}
    [ -n "$mac" ] || continue
    for dir in /sys/class/net/*; do
      [ "$(cat "$dir/address")" = "$mac" ] && [ "${dir##*/}" != "$name" ] || continue
      # Whoever holds the name now gets out of the way; it is given its own name when its word is read, or keeps this one.
      [ ! -e "/sys/class/net/$name" ] || { ip link set "$name" name "was$n"; n=$((n + 1)); }
      ip link set "${dir##*/}" name "$name"
      break
    done
  done
}

# identity ROOT: host name and hosts file under ROOT.
identity() {
  local name pair pairs
  name=$(words hostname | tail -n 1)
  name=${name:-$default_hostname}
  hostname "$name"
  echo "$name" > "$1/etc/hostname"
  {
    echo "127.0.0.1 localhost"
    echo "::1 localhost ip6-localhost ip6-loopback"
    pairs=
    for pair in $(words hosts | tr , ' '); do
      echo "${pair#*=} ${pair%%=*}"
      [ "${pair%%=*}" != "$name" ] || pairs=1
    done
    [ -n "$pairs" ] || echo "127.0.1.1 $name"
  } > "$1/etc/hosts"
}
