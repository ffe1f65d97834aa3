# The cards of a guest with systemd-networkd are plugged in again: it sets them up anew.
while read -r card _ address; do
  [[ -n $card && -n $address && -e /run/systemd/network/10-$card.network ]] || continue
  state=/run/systemd/netif/links/$(<"/sys/class/net/$card/ifindex")
  for ((n = 0; n < 600; n++)); do
    [[ $(<"$state") == *ADMIN_STATE=configured*OPER_STATE=routable* || $(<"$state") == *OPER_STATE=routable*ADMIN_STATE=configured* ]] && break
    sleep 0.05
  done
done <<<"$cards"
