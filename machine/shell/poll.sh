set +eu +o pipefail
n=0
trap 'echo "$n"; exit 124' TERM
exec {fd}<> <(:)
while :; do
  ((++n))
  a=${EPOCHREALTIME/[^0-9]/}
  if {
CONDITION
  } >/dev/null; then echo "$n"; exit 0; fi
  b=${EPOCHREALTIME/[^0-9]/}
  ((w = (b - a) * 25, w = w < lo ? lo : w > hi ? hi : w))
  printf -v w %d.%06d $((w / 1000000)) $((w % 1000000))
  read -rt "$w" -u "$fd"
done
