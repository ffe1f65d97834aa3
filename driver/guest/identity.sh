# A guest that goes on from another machine's snapshot becomes a machine of its own. The variables: name, its name; seed,
# random text; cards, a line for each card on a network: its name or its present hardware address, the new hardware address,
# and for the built-in guests the new IP address; hosts, the hosts file of a built-in guest.
set +e
printf %s "$seed" >/dev/urandom
echo "$name" >/proc/sys/kernel/hostname || exit
while read -r card mac address; do
  [[ -n $card ]] || continue
  if [[ $card == *:* ]]; then
    for dir in /sys/class/net/*; do
      [[ $(<"$dir/address") != "$card" ]] || card=${dir##*/}
    done
  fi
  [[ -e /sys/class/net/$card ]] || continue
  if [[ $(<"/sys/class/net/$card/address") != "$mac" ]]; then
    # The link-local address follows from the hardware address when the card comes up.
    ip link set "$card" down && ip link set "$card" address "$mac" && ip link set "$card" up || exit
  fi
  [[ -n $address ]] || continue
  if [[ " $(ip -4 -o addr show dev "$card") " != *" $address "* ]]; then
    ip -4 addr flush dev "$card" && ip addr add "$address" broadcast + dev "$card" || exit
  fi
  file=/run/systemd/network/10-$card.network
  if [[ -e $file && $'\n'$(<"$file")$'\n' != *$'\n'"Address=$address"$'\n'* ]]; then
    sed -i "s|^Address=.*|Address=$address|" "$file" && reload=1 || exit
  fi
done <<<"$cards"
[[ -n $hosts ]] || exit 0
[[ -z ${reload-} ]] || networkctl reload || exit
printf %s "$hosts" >/etc/hosts && echo "$name" >/etc/hostname || exit
if [[ -e /etc/machine-id ]]; then
  old=$(</etc/machine-id) new=$(echo "$name" | md5sum | cut -c 1-32)
  if [[ $old != "$new" ]]; then
    echo "$new" >/etc/machine-id
    # The journal is read from the directory of that name.
    [[ ! -d /run/log/journal/$old ]] || { mv "/run/log/journal/$old" "/run/log/journal/$new" && systemctl restart systemd-journald; } || exit
  fi
fi
if [[ -e /etc/ssh/ssh_host_ed25519_key ]]; then
  rm -f /etc/ssh/ssh_host_* && ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key && systemctl try-restart ssh.service || exit
fi
exit 0
