# Runs in the guest, started once by the root shell. M: the mark, N: the data port's name,
# T: how often to look for it, F: its descriptor if it is open already.
export -n M N T F
trap : PIPE INT
exec 31>&2 2>/dev/null
exec 32<> <(:)
W=console
if ((F)); then
  exec 30<&"$F" {F}<&- && W=given
fi
for ((t = F ? T : 0; t < T; t++)); do
  for d in /sys/class/virtio-ports/*; do
    read -r x <"$d/name" && [[ $x == "$N" ]] && { exec 30<>"/dev/${d##*/}"; } && W=port && break 2
  done
  read -rt 0.05 -u 32
done
if [[ $W != console ]]; then exec 29>&30; else exec 30<&0 29>&1; fi
exec 0</dev/null 1>/dev/null
B='read -r n i || exit 0; IFS= LC_ALL=C read -rN "$n" s; ((i)) || exec </dev/null; eval "unset -v n i s; set -euo pipefail; $s"'
J=:
if ! : </dev/tty; then J='set -m'; fi
for D in /dev/shm /run /tmp; do [[ -d $D && -w $D ]] && break; done
need=
for c in dd; do type "$c" >/dev/null || need+=" $c"; done
printf '%sH%s %s %s;' "$M" "$W" "$BASH_VERSION" "$need" >&29

spawn() {
  exec 33> >(
    exec 34> >(LC_ALL=C exec dd bs=65536 >&29 2>&29 29>&- 30<&- 31>&- 32>&-)
    d=$!
    $J
    bash -c "$B" <&0 >&34 2>&31 29>&- 30<&- 31>&- 32>&- 34>&- &
    b=$!
    exec 0</dev/null 34>&-
    printf '%sR%s;' "$M" "$b" >&29
    wait "$b"; s=$?
    printf '%sE%s;' "$M" "$s" >&29
    wait "$d"
    printf '%sT%s;' "$M" "$s" >&29
  )
}

take() { # reads a script of $1 bytes into s
  if [[ $W != console ]]; then
    IFS= LC_ALL=C read -rN "$1" -u 30 s
  else
    IFS= LC_ALL=C read -r -u 30 s; printf -v s %b "$s"
  fi
}

spawn
while :; do
  if ! read -r -u 30 o a b; then
    # The port reads as empty while QEMU's side is not connected.
    [[ $W == port ]] || break
    read -rt 0.2 -u 32
    continue
  fi
  case $o in
  x) take "$a"; printf '%s %s\n%s' "$a" "$b" "$s" >&33; ((b)) || exec 33>&- ;;
  i)
    # Through a file: a command that does not read must not keep the worker from reading.
    dd bs="$a" count=1 iflag=fullblock <&30 >"$D/.stdin.$$"
    { cat "$D/.stdin.$$" >&33; printf '%sA%s;' "$M" "$b" >&29; } 30<&- &
    ;;
  c) exec 33>&- ;;
  n) spawn ;;
  k) kill "-$a" -- "-$b" || kill "-$a" "$b" ;;
  q) break ;;
  esac
done
rm -f "$D/.stdin.$$"
