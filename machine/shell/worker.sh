# Runs in the guest, in the shell of start.sh, with the console as descriptors 30 and 29, or the port as both.
#
# Each request and each answer names the command that it is about, by its number in this worker's life. I is that of the last
# command. What is about another one is for nobody.
#
# Descriptors: 29 to the host, 30 from the host, 31 the root shell's stderr, 32 never readable,
# 33 and 37 scripts and a command's stdin, 34 and 35 by turns (O) a command's stdout, 36 what pump counted,
# 38 a go, 39 that a command has a stdin of its own, 40 acknowledgements.
exec 36<> <(:) 38<> <(:) 39<> <(:) 40<> <(:)
I=0

# What the fresh bash runs: it takes the script from 37. One that has not come whole must not run.
B='read -rN 11 -u 37 n && LC_ALL=C read -rN "${n:1}" -u 37 s || exit 254; if [[ $n == 1* ]]; then exec <&37; fi; exec 37<&-; eval "unset -v n s; $s"'
J=
if ! : </dev/tty; then J='set -m'; fi # a process group for each command, where there is no terminal
for D in /dev/shm /run /tmp; do [[ -d $D && -w $D ]] && break; done
# A script that names no interpreter is run by the very bash that is to execute it, in the forked process, which begins
# anew. Unlike a subshell that is a fresh bash, with a $$ of its own and nothing but the environment, and it is there in
# two thirds of the time. E is empty where that can't be had, as on a file system without programs.
E=$D/gotest-driver/bash
s='echo "$0 $((BASHPID - $$)) $BASH_SUBSHELL ${M-none}"'
printf -v x '0%010d%s' "${#s}" "$s"
mkdir -m 700 "${E%/*}"
((BASH_VERSINFO[0] >= 5)) && [[ -O ${E%/*} && ! -L ${E%/*} ]] &&
  printf '%s\n' "BASH_ARGV0=bash BASH_SUBSHELL=0; set -euo pipefail; $B" >"$E.$$" && chmod 700 "$E.$$" &&
  mv "$E.$$" "$E" && [[ $("$E" 37<<<"$x") == 'bash 0 0 none' ]] || E=
need=
((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)) || need+=' bash-4.4'
for c in dd; do type "$c" >/dev/null || need+=" $c"; done
printf '%sH%s %s;' "$M" "$BASH_VERSION" "$need" >&29

# pump copies a command's output to the host, with the arguments for dd, and tells 36 how much it was.
if [[ $(LC_ALL=C dd bs=1 count=1 </dev/zero 2>&1 >/dev/null) == *byte* ]]; then
  pump() { dd "$@" <&"$O" >&29 2>&36 29>&- 30<&- 31>&- 32>&- 37<&- 38>&- 39>&- 40>&-; }
else # a busybox whose dd does not tell: the kernel has counted
  pump() {
    (
      dd "$@" <&"$O" >&29 2>&- 29>&- 30<&- 31>&- 32>&- 37<&- 38>&- 39>&- 40>&-
      while read -r k v; do [[ $k == wchar: ]] && break; done </proc/self/io
      printf '%s bytes\n' "$v" >&36
    )
  }
fi

copy() { # runs pump and adds what it counted to c
  pump "$@"
  while read -rt 5 -u 36 n x; do [[ $x == byte* ]] && break; done
  ((c += n))
}

# follow copies the output of a command, whose process is $1, to its end, and tells its status.
follow() {
  local c=0 q=0 x n s
  # Starting dd costs more than reading a short output byte by byte.
  while ((q < 8)) && IFS= read -rd '' -n 512 -u "$O" x; do
    if ((${#x} < 512)); then # up to a NUL
      printf '%s\0' "$x" >&29
      ((c += ${#x} + 1, q++))
    else
      printf '%s' "$x" >&29
      ((c += 512, q = 9))
    fi
    x=
  done
  if ((q >= 8)); then
    if [[ $W == console ]]; then # a block at a time, or QEMU drops what does not fit
      while n=0; copy bs=65536 count=1 iflag=fullblock; ((n == 65536)); do
        printf '%sC%s;' "$M" "$I" >&29
        read -r -u 40
      done
    else
      copy bs=65536
    fi
    x=
  fi
  wait "$1"
  s=$?
  # The next request may come as soon as the host knows of the end.
  ((s > 128)) && more=
  read -rt 0 -u 39 && read -r -u 39 && more=
  printf '%s%sT%s %s %s;' "$x" "$M" "$I" "$s" "$((c + ${#x}))" >&29
}

# serve runs one command after the other, until one may have left something in the pipe that the scripts come through:
# its standard input, or a script that a signal has kept it from reading.
serve() {
  local more=1
  $J
  exec 37<&0 0</dev/null 30<&-
  while read -rt 0 -u 38; do read -r -u 38; done # a go for one that was killed before
  while [[ $more ]] && kill -0 "$$"; do
    # bash forgets a coprocess that has ended: it may begin when its output is in safe hands.
    coproc C {
      read -r -u 38
      ${L+export LC_ALL="$L"}
      exec 2>&31 29>&- 31>&- 32>&- 36>&- 38>&- 39>&- 40>&-
      [[ -x $E ]] && exec "$E"
      exec bash -euo pipefail -c "$B"
    }
    eval "exec $O<&${C[0]} {C[0]}<&- {C[1]}>&-"
    echo >&38
    ((++I))
    printf '%sR%s %s;' "$M" "$I" "$!" >&29
    follow "$!"
    eval "exec $O<&-"
    # By turns, so that nobody takes the next command's output for that of this one.
    ((O ^= 1))
  done
}

spawn() {
  exec 33>&-
  O=34
  exec 33> >(serve)
  S=$! O=35 # the first script makes this 34, as it is in serve
}

part() { # reads a part of a text, of those that come by lines, into x
  until IFS= read -r -u 30 x || return 1; [[ $x == "#\\"* ]]; do
    # A later worker is to begin: the rest was for a guest that has been reset.
    [[ $x == "#E none 0 "* ]] && ((${x##* } > G)) && return 1
  done
  x=${x:1}
}

take() { # reads a script of $1 bytes into s
  local x
  s=
  if [[ $C ]]; then # by lines
    while ((${#s} < $1)); do
      part || return 1
      printf -v x %b "$x"
      s+=$x
      printf '%sM;' "$M" >&29
    done
  else
    (($1 == 0)) || read -rN "$1" -u 30 s
  fi
}

holders() { # sets h to the processes, except serve, that hold the command's standard output
  local p
  h=()
  for p in /proc/[0-9]*; do
    [[ $p/fd/1 -ef /proc/$S/fd/$O ]] && h+=("${p#/proc/}")
  done
}

spawn
while :; do
  if ! read -r -u 30 o a b c; then
    # The port reads as empty while QEMU's side is not connected.
    [[ $W == port ]] || break
    read -rt 0.2 -u 32
    continue
  fi
  case ${o#"$C"} in
  x) # command a with a script of b bytes, c: with a stdin of its own
    take "$b" || break
    if ((a != I + 1)); then
      printf '%sX%s;' "$M" "$a" >&29
      continue
    fi
    I=$a
    ((O ^= 1))
    ((c)) && echo >&39
    printf '%d%010d%s' "$c" "${#s}" "$s" >&33
    ;;
  i) # b bytes for the stdin of command a
    # Through a file: a command that does not read must not keep the worker from reading.
    if [[ $C ]]; then
      for ((c = 0; c < b; c += ${#x} / 4)); do
        part && printf %b "$x" && printf '%sM;' "$M" >&29 || break 2
      done >"$D/.stdin.$$"
    else
      dd bs="$b" count=1 iflag=fullblock <&30 >"$D/.stdin.$$"
    fi
    ((a == I)) || continue
    { cat "$D/.stdin.$$" >&33; printf '%sA%s;' "$M" "$a" >&29; } 30<&- &
    ;;
  c) ((a == I)) && exec 33>&- ;;
  a) ((a == I)) && echo >&40 ;;
  n) ((a == I)) && spawn ;;
  e) # is anybody there? 1: also the process that runs the commands
    b=1
    [[ -e /proc/$S/cwd ]] || b=0
    printf '%sP%s %s;' "$M" "$a" "$b" >&29
    ;;
  k) # signal b for command a, whose process is c
    ((a == I)) || continue
    kill "-$b" -- "-$c" || kill "-$b" "$c"
    if [[ $b == KILL || ! -e /proc/$c/cwd ]]; then
      holders
      ((${#h[@]})) && kill "-$b" "${h[@]}"
    fi
    ;;
  p) # has command a, whose process is b, ended while something holds its output?
    if ((a == I)) && ! [[ -e /proc/$b/cwd ]]; then
      holders
      o=
      for b in "${h[@]}"; do read -r s <"/proc/$b/comm" && o+=" $s($b)"; done
      printf '%sG%s%s;' "$M" "$a" "${o:0:200}" >&29
    fi
    ;;
  E) # worker c begins: those before it go
    ((c > G)) && break
    ((b == 0)) || take "$b" || break
    ;;
  esac
done
rm -f "$D/.stdin.$$"
