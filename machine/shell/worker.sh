# Runs in the guest, in the shell of start.sh, with the console as descriptors 30 and 29, or the port as both.
#
# Each request and each answer has the number of its command. Each worker numbers its commands; I is the number of the last
# one. Requests for another command are ignored.
#
# Descriptors: 29 to the host, 30 from the host, 31 the root shell's stderr, 32 never readable,
# 33 and 37 scripts and a command's stdin, 34 and 35 by turns (O) a command's stdout, 36 what pump counted,
# 38 a go, 39 that a command has its own stdin, 40 acknowledgements.

# The host may send commands from now on. What they do not need is not done before, or only when it is needed: each process
# that starts during the guest's boot makes the root shell later.
need=
((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)) || need=' bash-4.4'
printf '%sH%s %s;' "$M" "$BASH_VERSION" "$need" >&29

exec 38<> <(:) 39<> <(:)
if [[ $W == console ]]; then exec 40<> <(:); fi
I=0

# The program of the fresh bash: it reads the script from 37. An incomplete script must not run.
B='read -rN 11 -u 37 n && LC_ALL=C read -rN "${n:1}" -u 37 s || exit 254; if [[ $n == 1* ]]; then exec <&37; fi; exec 37<&-; eval "unset -v n s; $s"'
J=
if ! : </dev/tty; then J='set -m'; fi # a process group for each command, where there is no terminal
for D in /dev/shm /run /tmp; do [[ -d $D && -w $D ]] && break; done
# A bash that executes a script without an interpreter runs it in the forked process, after it has reset itself. Unlike a
# subshell this is a fresh bash, with its own $$ and only the environment, and it starts in two thirds of the time. E is
# empty where this is impossible, as on a file system with noexec.
E=$D/gotest-driver/bash
P="BASH_ARGV0=bash BASH_SUBSHELL=0; set -euo pipefail; $B"
s='echo "$0 $((BASHPID - $$)) $BASH_SUBSHELL ${M-none}"'
printf -v x '0%010d%s' "${#s}" "$s"
[[ -d ${E%/*} ]] || mkdir -m 700 "${E%/*}"
((BASH_VERSINFO[0] >= 5)) && [[ -O ${E%/*} && ! -L ${E%/*} ]] &&
  { { [[ -x $E ]] && read -r o <"$E" && [[ $o == "$P" ]]; } || { printf '%s\n' "$P" >"$E" && chmod 700 "$E"; }; } &&
  [[ $("$E" 37<<<"$x") == 'bash 0 0 none' ]] || E=

# slowly copies up to $1 bytes of the standard input with bash alone, and adds their number to c. It fails at the end of the input.
slowly() {
  local n=$1 k x
  while ((n > 0)); do
    ((k = n < 512 ? n : 512))
    if ! IFS= read -rd '' -n "$k" x; then
      printf %s "$x"
      ((c += ${#x}))
      return 1
    elif ((${#x} < k)); then # up to a NUL
      printf '%s\0' "$x" || return
      ((k = ${#x} + 1))
    else
      printf %s "$x" || return
    fi
    ((n -= k, c += k))
  done
}

has() { # is there a program $1? It may have been removed since its last use. If not, the host is told.
  hash -r
  type -P "$1" >/dev/null && return
  printf '%sL%s;' "$M" "$1" >&29
  return 1
}

# pump copies a command's output to the host, with the arguments for dd, and writes the number of bytes to 36. Its first
# call finds out which dd this is.
pump() {
  exec 36<> <(:)
  if [[ $(LC_ALL=C dd bs=1 count=1 </dev/zero 2>&1 >/dev/null) == *byte* ]]; then
    pump() { dd "$@" <&"$O" >&29 2>&36 29>&- 30<&- 31>&- 32>&- 37<&- 38>&- 39>&- 40>&-; }
  else # the dd of this busybox does not report the number: the kernel has counted
    pump() {
      (
        dd "$@" <&"$O" >&29 2>&- 29>&- 30<&- 31>&- 32>&- 37<&- 38>&- 39>&- 40>&-
        while read -r k v; do [[ $k == wchar: ]] && break; done </proc/self/io
        printf '%s bytes\n' "$v" >&36
      )
    }
  fi
  pump "$@"
}

copy() { # runs pump, if there is a dd, and adds its number of bytes to c
  n=0
  has dd || return
  pump "$@"
  while read -rt 5 -u 36 n x; do [[ $x == byte* ]] && break; done
  ((c += n))
}

ack() { # waits until the host has a block; the port stops us by itself
  [[ $W == port ]] || { printf '%sC%s;' "$M" "$I" && read -r -u 40; }
}

# follow copies the output of a command, whose process is $1, to its end, and reports its status.
follow() {
  local c=0 q=0 x n s
  # Starting dd costs more than reading a short output byte by byte.
  while ((q < 8)) && IFS= read -rd '' -n 512 -u "$O" x; do
    if ((${#x} < 512)); then # up to a NUL
      printf '%s\0' "$x"
      ((c += ${#x} + 1, q++))
    else
      printf '%s' "$x"
      ((c += 512, q = 9))
    fi
    x=
  done
  if ((q >= 8)); then
    if [[ $W == console ]]; then # a block at a time, or QEMU drops what does not fit
      while copy bs=65536 count=1 iflag=fullblock; ((n == 65536)); do ack; done
    else
      copy bs=65536
    fi
    # To the end, should there be no dd.
    while slowly 65536 <&"$O"; do ack; done
    x=
  fi
  wait "$1"
  s=$?
  # The next request may come as soon as the host has this answer.
  # 126 and 127: bash itself may not have started, and not have read its script.
  ((s > 125)) && more=
  read -rt 0 -u 39 && read -r -u 39 && more=
  printf '%s%sT%s %s %s;' "$x" "$M" "$I" "$s" "$((c + ${#x}))"
}

# serve runs one command after the other, until one may have left something in the pipe for the scripts: part of its
# standard input, or a script that it did not read because it did not start, or because of a signal.
serve() {
  local more=1
  $J
  exec 37<&0 0</dev/null 1>&29 30<&-
  while read -rt 0 -u 38; do read -r -u 38; done # a go for a command that was killed before it
  while [[ $more ]] && kill -0 "$$"; do
    # bash forgets a coprocess that has ended: it may start when its output descriptor is duplicated.
    coproc C {
      read -r -u 38
      ${L+export LC_ALL="$L"}
      [[ -x $E ]] || has bash
      x=$?
      exec 2>&31 29>&- 31>&- 32>&- 36>&- 38>&- 39>&- 40>&-
      [[ -x $E ]] && exec "$E"
      ((x)) || exec bash -euo pipefail -c "$B"
      # This bash is still in memory.
      exec -a bash /proc/self/exe -euo pipefail -c "$B"
    }
    eval "exec $O<&${C[0]} {C[0]}<&- {C[1]}>&-"
    echo >&38
    printf '%sR%s %s;' "$M" "$((++I))" "$!"
    follow "$!"
    eval "exec $O<&-"
    # In turns, so that nobody takes the next command's output for that of this one.
    ((O ^= 1))
  done
}

spawn() {
  exec 33>&-
  O=34 K=$((I + 1)) # the number of its first command
  exec 33> >(serve)
  S=$!
}

part() { # reads a line of a text that is sent in lines into x
  until IFS= read -r -u 30 x || return 1; [[ $x == "#\\"* ]]; do
    # A later worker starts: the rest was for a guest that has been reset.
    [[ $x == "#E none 0 "* ]] && ((${x##* } > G)) && return 1
  done
  x=${x:1}
}

take() { # reads a script of $1 bytes, sent in lines, into s
  local x
  s=
  while ((${#s} < $1)); do
    part || return 1
    printf -v x %b "$x"
    s+=$x
    printf '%sM;' "$M" >&29
  done
}

holders() { # sets h to the processes, except serve, that hold the command's standard output
  local p O=$((34 + ((I ^ K) & 1))) # as in serve
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
  case $o in
  x | '#x') # command a with a script of b bytes, c is 1: with its own stdin
    s=
    if [[ $C ]]; then take "$b"; else ((b == 0)) || read -rN "$b" -u 30 s; fi || break
    if ((a == I + 1 && (I = a))); then
      [[ $c ]] && echo >&39
      printf '%d%010d%s' "$c" "${#s}" "$s" >&33
    else
      printf '%sX%s;' "$M" "$a" >&29
    fi
    ;;
  i | '#i') # b bytes for the stdin of command a
    # Through a file: a command that does not read must not block the worker.
    if [[ $C ]]; then
      for ((c = 0; c < b; c += ${#x} / 4)); do
        part && printf %b "$x" && printf '%sM;' "$M" >&29 || break 2
      done >"$D/.stdin.$$"
    else
      if has dd; then dd bs="$b" count=1 iflag=fullblock <&30; else slowly "$b" <&30; fi >"$D/.stdin.$$"
    fi
    ((a == I)) || continue
    { if has cat; then cat; else slowly "$b"; fi <"$D/.stdin.$$" >&33; printf '%sA%s;' "$M" "$a" >&29; } 30<&- &
    ;;
  c | '#c') ((a == I)) && exec 33>&- ;;
  a | '#a') ((a == I)) && echo >&40 ;;
  n | '#n') ((a == I)) && spawn ;;
  e | '#e') # a sign of life, 1: also of the process that runs the commands
    b=1
    [[ -e /proc/$S/cwd ]] || b=0
    printf '%sP%s %s;' "$M" "$a" "$b" >&29
    ;;
  k | '#k') # signal b for command a, whose process is c
    ((a == I)) || continue
    kill "-$b" -- "-$c" || kill "-$b" "$c"
    if [[ $b == KILL || ! -e /proc/$c/cwd ]]; then
      holders
      ((${#h[@]})) && kill "-$b" "${h[@]}"
    fi
    ;;
  p | '#p') # has command a, whose process is b, ended while another process holds its output?
    if ((a == I)) && ! [[ -e /proc/$b/cwd ]]; then
      holders
      o=
      for b in "${h[@]}"; do read -r s <"/proc/$b/comm" && o+=" $s($b)"; done
      printf '%sG%s%s;' "$M" "$a" "${o:0:200}" >&29
    fi
    ;;
  E | '#E') # worker c starts: earlier ones exit
    ((c > G)) && break
    # The text of this worker, again.
    if [[ $C ]]; then take "$b"; else ((b == 0)) || read -rN "$b" -u 30 s; fi || break
    ;;
  esac
done
rm -f "$D/.stdin.$$"
