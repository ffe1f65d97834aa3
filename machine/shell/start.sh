# The first part of the guest's side: it finds the connection to the host, reports it, and reads the rest from there. It is
# short, so that the root shell gets all of it or nothing.
# M: the mark, G: the worker's number, N: the data port's name, T: how often to look for it, F: its descriptor if it is already open.
export -n M G N T F
unset -v C L
# The worker counts bytes, not characters. A command gets the original locale, L.
[[ ${LC_ALL+x} ]] && L=$LC_ALL
LC_ALL=C
trap : PIPE INT
exec 31>&2 2>/dev/null
[[ -e /dev/fd ]] || ln -s /proc/self/fd /dev/fd
exec 32<> <(:)
# evict ends the processes that an earlier worker has left: only one worker may write to the host.
evict() {
local p
for p in /proc/[0-9]*; do
[[ $p/fd/29 -ef $1 && ! $p -ef /proc/$$ || $p/fd/1 -ef $1 && $(<"$p/comm") == dd ]] && kill -KILL "${p#/proc/}"
done
}
W=console
((F)) && exec 30<&"$F" {F}<&- && W=given
for ((t = F ? T : 0; t < T; t++)); do
for d in /sys/class/virtio-ports/*; do
read -r x <"$d/name" && [[ $x == "$N" ]] || continue
d=/dev/${d##*/}
{ exec 30<>"$d"; } && W=port && break 2
[[ -c $d ]] && evict "$d"
done
read -rt 0.05 -u 32
done
if [[ $W == console ]]; then
C="#"
evict /dev/fd/29
else
exec 29>&30
# Input for the earlier worker is read in large pieces.
for ((t = 0; t < 99; t++)); do read -t 0 -u 30 && dd bs=65536 count=1 <&30 >/dev/null || break; done
fi
printf "\n%sS%s;\n" "$M" "$W" >&29
while :; do
if read -r -u 30 o a b c; then
[[ $o == "${C}E" ]] || continue
((c > G)) && exit
[[ $a == "$M" ]] && ((b)) && break
elif [[ $W == port ]]; then
read -rt 0.2 -u 32
else
exit 1
fi
done
s=
if [[ $C ]]; then
while ((${#s} < b)); do
IFS= read -r -u 30 x || exit
# A line that is not part of the text is for a later worker: this one is from before a reset.
[[ $x == "#E none 0 "* ]] && ((${x##* } > G)) && exit
[[ $x == "#\\"* ]] || continue
printf -v x %b "${x:1}"
s+=$x
printf "%sM;" "$M" >&29
done
else
s=$(dd bs="$b" count=1 iflag=fullblock <&30) || read -rN "$b" -u 30 s
((${#s} == b)) || exit
fi
eval "$s"
